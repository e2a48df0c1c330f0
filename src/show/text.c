/*
 * text.c - the text page of a trace: what was asked, the verdicts, the tree.
 */
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "show/page.h"

static void put_zone(struct page *p, struct buf *b, int64_t at_us)
{
	if (p->opt->utc) {
		buf_puts(b, "UTC");
		return;
	}
	char zone[32], offset[16];
	time_t at = (time_t)(at_us / US_PER_S);
	struct tm tm;
	if (localtime_r(&at, &tm) == NULL)
		return;
	strftime(zone, sizeof(zone), "%Z", &tm);
	strftime(offset, sizeof(offset), "%z", &tm);
	buf_printf(b, "%s, UTC%.3s:%s", zone, offset, offset + (offset[0] != '\0' ? 3 : 0));
}

static const struct trace_entry *first_of(const struct trace *t, size_t component)
{
	for (size_t i = 0; i < t->entry_count; i++)
		if (t->entries[i]->component == component)
			return t->entries[i];
	return t->entries[0];
}

/* A pasted text may be long: only its beginning is repeated. */
static void title(struct page *p, struct str query, size_t component)
{
	struct buf b = { 0 };
	const struct trace_entry *e = first_of(p->trace, component);
	page_colour(p, &b, BOLD);
	buf_puts(&b, "Trace of ");
	bool cut = query.len > 120;
	struct str shown = { query.at, cut ? 120 : query.len };
	buf_safe(&b, shown);
	buf_puts(&b, cut ? "..." : "");
	page_colour(p, &b, PLAIN);
	if (p->trace->component_count > 1)
		buf_printf(&b, ", %zu of %zu", component + 1, p->trace->component_count);
	buf_puts(&b, ", ");
	struct say day = p->say;
	day.day_us = TRACE_NONE;
	say_time(&b, &day, e->first_at_us);
	buf_puts(&b, " (");
	put_zone(p, &b, e->first_at_us);
	buf_puts(&b, ")");
	page_line(p, "", "  ", 0, buf_str(&b));
	buf_free(&b);
}

/* The first word of the sentence of a verdict in the colour of its state. */
static void put_verdict(struct page *p, const struct trace_verdict *v)
{
	struct buf b = { 0 };
	page_colour(p, &b, page_state_colour(v->state));
	if (v->recipient.at != NULL) {
		buf_puts(&b, "<");
		say_log(&b, &p->say, v->recipient);
		buf_puts(&b, ">");
	} else {
		say_log(&b, &p->say, v->entry->queue_id);
	}
	page_colour(p, &b, PLAIN);
	buf_puts(&b, " ");
	say_verdict(&b, &p->say, v);
	page_line(p, "", "", 4, buf_str(&b));
	buf_free(&b);
}

static void sum_up(struct page *p, const struct trace_verdict *first, size_t count)
{
	struct groups groups = { NULL };
	struct buf b = { 0 };
	size_t shown = 0;
	for (size_t i = 0; i < count; i++) {
		const struct trace_verdict *v = &first[i];
		say_kind(&b, &p->say, v->state, v->last);
		buf_puts(&b, str_eq(v->state, STR("relayed")) ? " from " : " on ");
		say_log(&b, &p->say, v->entry->host);
		groups_add(&groups, buf_str(&b), v);
		b.len = 0;
	}
	groups_sort(&groups);
	buf_count(&b, count);
	buf_puts(&b, " recipients:");
	page_line(p, "", "", 4, buf_str(&b));
	for (struct group *g = groups.first; g != NULL && shown < PAGE_MANY;
	     g = g->hh.next, shown++) {
		const struct trace_verdict *v = g->sample;
		b.len = 0;
		page_colour(p, &b, page_state_colour(v->state));
		buf_count(&b, g->count);
		page_colour(p, &b, PLAIN);
		buf_puts(&b, " ");
		buf_add(&b, (struct str){ g->label, g->len });
		if (str_eq(v->state, STR("relayed")))
			buf_puts(&b, "; last place we can see");
		page_line(p, "  ", "  ", 4, buf_str(&b));
	}
	if (HASH_COUNT(groups.first) > PAGE_MANY)
		fprintf(p->out, "  and %u more kinds\n", HASH_COUNT(groups.first) - PAGE_MANY);
	p->summed = true;
	groups_free(&groups);
	buf_free(&b);
}

static void verdicts(struct page *p, size_t component)
{
	const struct trace *t = p->trace;
	size_t from = 0, to;
	while (from < t->verdict_count && t->verdicts[from].entry->component != component)
		from++;
	for (to = from; to < t->verdict_count && t->verdicts[to].entry->component == component;)
		to++;
	if (to - from > PAGE_MANY && !p->opt->all) {
		sum_up(p, &t->verdicts[from], to - from);
		return;
	}
	for (size_t i = from; i < to; i++)
		put_verdict(p, &t->verdicts[i]);
}

void show_text(FILE *out, const struct trace *t, struct str query, const struct show_options *opt)
{
	struct page p = { .out = out,
			  .trace = t,
			  .opt = opt,
			  .width = opt->width > 0 ? opt->width : 80,
			  .say = { .utc = opt->utc, .day_us = TRACE_NONE } };
	for (size_t i = 0; i < t->component_count; i++) {
		p.say.day_us = first_of(t, i)->first_at_us;
		if (i > 0)
			fputc('\n', out);
		title(&p, query, i);
		fputc('\n', out);
		verdicts(&p, i);
		fputc('\n', out);
		page_tree(&p, i);
	}
	if (t->cut)
		fprintf(out,
			"\nThe trace goes on: it was cut at %zu entries. --all shows them all.\n",
			t->limit);
	else if (p.summed)
		fputs("\nMany recipients are summed up; --all lists every one.\n", out);
	buf_free(&p.prefix);
}
