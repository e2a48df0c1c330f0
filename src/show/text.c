/*
 * text.c - the text page of a trace: what was asked, the verdicts, the tree.
 */
#include <stdlib.h>

#include "base/arena.h"
#include "show/page.h"

#define FOLD_MAX ((size_t)500) /* verdicts that are compared with each other */

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
	say_zone(&b, &p->say, e->first_at_us);
	buf_puts(&b, ")");
	page_line(p, "", "  ", 0, buf_str(&b));
	buf_free(&b);
}

/* Whom, then the sentence, its first word in the colour of the state. */
static void put_verdict(struct page *p, const struct trace_verdict *v, struct str whom,
			struct str sentence)
{
	struct buf b = { 0 };
	const char *blank = memchr(sentence.at, ' ', sentence.len);
	size_t first = blank != NULL ? (size_t)(blank - sentence.at) : sentence.len;
	buf_add(&b, whom);
	buf_puts(&b, ": ");
	page_colour(p, &b, page_state_colour(v->state));
	buf_add(&b, (struct str){ sentence.at, first });
	page_colour(p, &b, PLAIN);
	buf_add(&b, str_skip(sentence, first));
	page_line(p, "", "", 4, buf_str(&b));
	buf_free(&b);
}

/* Verdicts of the same words are one, with all their recipients. */
static void put_verdicts(struct page *p, const struct trace_verdict *first, size_t count)
{
	bool *done = mem_zalloc(count + 1);
	struct buf whom = { 0 }, sentence = { 0 }, other = { 0 };
	for (size_t i = 0; i < count; i++) {
		if (done[i])
			continue;
		whom.len = sentence.len = 0;
		say_whom(&whom, &p->say, &first[i]);
		say_verdict(&sentence, &p->say, &first[i]);
		for (size_t k = i + 1; k < count && count <= FOLD_MAX; k++) {
			other.len = 0;
			say_verdict(&other, &p->say, &first[k]);
			if (done[k] || !str_eq(buf_str(&other), buf_str(&sentence)))
				continue;
			done[k] = true;
			buf_puts(&whom, ", ");
			say_whom(&whom, &p->say, &first[k]);
		}
		put_verdict(p, &first[i], buf_str(&whom), buf_str(&sentence));
	}
	buf_free(&whom);
	buf_free(&sentence);
	buf_free(&other);
	free(done);
}

static struct str state_of(const void *arg, size_t i)
{
	return ((const struct trace_verdict *)arg)[i].state;
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
	for (struct group *g = groups.first; g != NULL; g = g->hh.next)
		g->rank = say_trouble(((const struct trace_verdict *)g->sample)->state);
	groups_sort(&groups);
	say_states(&b, &p->say, count, state_of, first);
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
	put_verdicts(p, &t->verdicts[from], to - from);
}

/* What is missing, and which log would show it. */
static void gaps(struct page *p, size_t component)
{
	const struct trace *t = p->trace;
	struct buf b = { 0 };
	size_t shown = 0, left = 0;
	for (size_t i = 0; i < t->gap_count; i++) {
		if (t->gaps[i].entry->component != component)
			continue;
		if (shown >= PAGE_MANY && !p->opt->all) {
			left++;
			continue;
		}
		if (shown++ == 0)
			fputs("\nNot in the logs read so far:\n", p->out);
		say_gap(&b, &p->say, &t->gaps[i]);
		page_line(p, "  ", "  ", 2, buf_str(&b));
		b.len = 0;
	}
	if (left > 0)
		fprintf(p->out, "  and %zu more\n", left);
	p->summed |= left > 0;
	buf_free(&b);
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
		gaps(&p, i);
	}
	if (t->cut)
		fprintf(out,
			"\nThe trace goes on: it was cut at %zu entries. --all shows them all.\n",
			t->limit);
	else if (p.summed)
		fputs("\nMany recipients are summed up; --all lists every one.\n", out);
	buf_free(&p.prefix);
}
