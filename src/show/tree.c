/*
 * tree.c - the entries of a trace as a tree of lines. A chain goes straight down; only a branch
 * indents.
 */
#include <stdlib.h>

#include "base/arena.h"
#include "show/order.h"
#include "show/page.h"

#define INDENT_MAX 40 /* columns; deeper branches stay there */

static void hop_text(struct page *p, struct buf *b, const struct step *s)
{
	const struct trace_hop *h = s->hop;
	buf_puts(b, say_hop(h->kind));
	if (s->hops > 1) {
		buf_puts(b, ", ");
		buf_count(b, s->hops);
		buf_puts(b, " recipients");
	}
	buf_puts(b, ", ");
	page_colour(p, b, page_evidence_colour(h->evidence));
	say_log(b, &p->say, h->evidence);
	page_colour(p, b, PLAIN);
	if (h->latency_us != TRACE_NONE) {
		buf_puts(b, ", after ");
		say_duration(b, h->latency_us);
	}
	if (s->kind != STEP_AGAIN)
		return;
	buf_puts(b, ": ");
	say_log(b, &p->say, s->entry->queue_id);
	buf_puts(b, " on ");
	say_log(b, &p->say, s->entry->host);
	buf_puts(b, ", shown above");
}

/* The line of a hop, and the indentation of what hangs on it. */
static void put_hop(struct page *p, const struct step *s)
{
	struct buf b = { 0 };
	const char *bar = page_piece(p, PIECE_BAR), *blank = "   ";
	if (s->kind == STEP_HIDDEN) {
		buf_count(&b, s->hops);
		buf_puts(&b, " more entries it went on to");
	} else {
		hop_text(p, &b, s);
		page_line(p, bar, "", 0, STR(""));
	}
	if (s->branch)
		page_line(p, page_piece(p, s->last ? PIECE_LAST : PIECE_TEE), s->last ? blank : bar,
			  0, buf_str(&b));
	else
		page_line(p, page_piece(p, s->kind == STEP_AGAIN ? PIECE_LAST : PIECE_DOWN), blank,
			  0, buf_str(&b));
	if (s->branch && p->prefix.len < INDENT_MAX)
		buf_puts(&p->prefix, s->last ? blank : bar);
	buf_free(&b);
}

void page_tree(struct page *p, size_t component)
{
	struct order o;
	order_of(p->trace, component, p->opt->all ? SIZE_MAX : PAGE_MANY, &o);
	size_t *prefix = mem_alloc((o.count + 1) * sizeof(*prefix)); /* its length at each step */
	for (size_t i = 0; i < o.count; i++) {
		const struct step *s = &o.at[i];
		const struct trace_entry *parent = NULL;
		p->prefix.len = 0;
		if (s->parent != ORDER_ROOT) {
			p->prefix.len = prefix[s->parent];
			parent = o.at[s->parent].entry;
			put_hop(p, s);
		} else if (i > 0) {
			fputc('\n', p->out);
		}
		prefix[i] = p->prefix.len;
		if (s->kind == STEP_ENTRY)
			page_node(p, s->entry, parent);
	}
	p->summed |= o.hidden > 0;
	p->prefix.len = 0;
	free(prefix);
	order_free(&o);
}
