/*
 * text.c - the text page of a trace: what was asked, the verdicts, the tree.
 */
#include "show/order.h"
#include "show/page.h"
#include "show/sentence.h"

/* A pasted text may be long: only its beginning is repeated. */
static void title(struct page *p, struct str query, size_t component)
{
	struct buf b = { 0 };
	const struct trace_entry *e = order_first(p->trace, component);
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

/* Whom, then the sentence, its first word (the number of a sum) in the colour of the state. */
static void put_sentence(struct page *p, const struct sentence *s, bool sum)
{
	struct buf b = { 0 };
	struct str text = buf_str(&s->text);
	const char *blank = memchr(text.at, ' ', text.len);
	size_t first = blank != NULL ? (size_t)(blank - text.at) : text.len;
	buf_add(&b, buf_str(&s->whom));
	buf_puts(&b, sum ? "" : ": ");
	page_colour(p, &b, page_state_colour(s->state));
	buf_add(&b, (struct str){ text.at, first });
	page_colour(p, &b, PLAIN);
	buf_add(&b, str_skip(text, first));
	page_line(p, sum ? "  " : "", sum ? "  " : "", 4, buf_str(&b));
	buf_free(&b);
}

static void verdicts(struct page *p, size_t component)
{
	struct sentences list;
	sentences_of(p->trace, component, &p->say, p->opt->all ? SIZE_MAX : PAGE_MANY, &list);
	bool sum = list.head.len > 0;
	if (sum)
		page_line(p, "", "", 4, buf_str(&list.head));
	for (size_t i = 0; i < list.count; i++)
		put_sentence(p, &list.at[i], sum);
	if (list.more > 0)
		fprintf(p->out, "  and %zu more kinds\n", list.more);
	p->summed |= sum;
	sentences_free(&list);
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
		if (shown >= PAGE_GAPS && !p->opt->all) {
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
		p.say.day_us = order_first(t, i)->first_at_us;
		if (i > 0)
			fputc('\n', out);
		title(&p, query, i);
		fputc('\n', out);
		verdicts(&p, i);
		fputc('\n', out);
		page_tree(&p, i);
		gaps(&p, i);
	}
	if (t->component_count > 1)
		fprintf(out, "\n%zu traces, the newest first; --at TIME shows that of a time.\n",
			t->component_count);
	if (t->cut)
		fprintf(out,
			"\nThe trace goes on: it was cut at %zu entries. --all shows them all.\n",
			t->limit);
	else if (p.summed)
		fputs("\nMany recipients are summed up; --all lists every one.\n", out);
	buf_free(&p.prefix);
}
