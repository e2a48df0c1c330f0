/*
 * tree.c - the entries of a trace as a tree, oldest ancestor first.
 *
 * A chain goes straight down; only a branch indents. An entry with several
 * parents stands under the first one and is named under the others.
 */
#include "show/page.h"

#include <stdlib.h>

#include "base/arena.h"

#define INDENT_MAX 40 /* columns; deeper branches stay there */

/* All hops from one entry to another. */
struct edge {
	const struct trace_hop *hop;
	size_t hops;
};

struct frame {
	const struct trace_entry *entry;
	struct edge *edges;
	size_t count, next, hidden;
	size_t prefix; /* length of the prefix at the entry */
};

struct tree {
	struct page *page;
	struct frame *stack;
	size_t depth, room;
	bool *printed, *leads; /* by entry: stands on the page; leads to one asked for */
	size_t *edge_of;       /* by entry: its edge of the frame being made, plus one */
};

/* Entries from which one asked for can be reached: their branches are never left out. */
static void mark_leads(struct tree *tr, const struct trace *t)
{
	struct trace_entry **stack = mem_alloc((t->entry_count + 1) * sizeof(struct trace_entry *));
	size_t n = 0;
	for (size_t i = 0; i < t->entry_count; i++)
		if (t->entries[i]->asked) {
			tr->leads[i] = true;
			stack[n++] = t->entries[i];
		}
	while (n > 0) {
		const struct trace_entry *e = stack[--n];
		for (size_t i = 0; i < e->up_count; i++) {
			struct trace_entry *from = e->up[i]->from;
			if (tr->leads[from->index])
				continue;
			tr->leads[from->index] = true;
			stack[n++] = from;
		}
	}
	free(stack);
}

/* One edge for each next entry, the first PAGE_MANY and those that lead to the asked one. */
static void make_edges(struct tree *tr, struct frame *f)
{
	const struct trace_entry *e = f->entry;
	f->edges = mem_alloc((e->down_count + 1) * sizeof(*f->edges));
	for (size_t i = 0; i < e->down_count; i++) {
		const struct trace_hop *h = e->down[i];
		if (h->to == NULL)
			continue;
		size_t *known = &tr->edge_of[h->to->index];
		if (*known == 0) {
			f->edges[f->count++] = (struct edge){ h, 0 };
			*known = f->count;
		}
		f->edges[*known - 1].hops++;
	}
	size_t kept = 0;
	for (size_t i = 0; i < f->count; i++) {
		size_t to = f->edges[i].hop->to->index;
		tr->edge_of[to] = 0;
		if (kept < PAGE_MANY || tr->leads[to] || tr->page->opt->all)
			f->edges[kept++] = f->edges[i];
	}
	f->hidden = f->count - kept;
	f->count = kept;
	tr->page->summed |= f->hidden > 0;
}

static void push(struct tree *tr, const struct trace_entry *e, const struct trace_entry *parent)
{
	if (tr->depth == tr->room) {
		tr->room = tr->room == 0 ? 16 : tr->room * 2;
		tr->stack = mem_realloc(tr->stack, tr->room * sizeof(*tr->stack));
	}
	struct frame *f = &tr->stack[tr->depth++];
	*f = (struct frame){ .entry = e, .prefix = tr->page->prefix.len };
	tr->printed[e->index] = true;
	page_node(tr->page, e, parent);
	make_edges(tr, f);
}

static void edge_text(struct tree *tr, struct buf *b, const struct edge *g, bool again)
{
	struct page *p = tr->page;
	const struct trace_hop *h = g->hop;
	buf_puts(b, say_hop(h->kind));
	if (g->hops > 1) {
		buf_puts(b, ", ");
		buf_count(b, g->hops);
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
	if (!again)
		return;
	buf_puts(b, ": ");
	say_log(b, &p->say, h->to->queue_id);
	buf_puts(b, " on ");
	say_log(b, &p->say, h->to->host);
	buf_puts(b, ", shown above");
}

static void put_edge(struct tree *tr, struct frame *f, const struct edge *g)
{
	struct page *p = tr->page;
	struct buf b = { 0 };
	bool again = tr->printed[g->hop->to->index];
	bool last = f->next == f->count && f->hidden == 0;
	bool branch = f->count + (f->hidden > 0) > 1;
	const char *bar = page_piece(p, PIECE_BAR), *blank = "   ";
	edge_text(tr, &b, g, again);
	page_line(p, bar, "", 0, STR(""));
	if (branch)
		page_line(p, page_piece(p, last ? PIECE_LAST : PIECE_TEE), last ? blank : bar, 0,
			  buf_str(&b));
	else
		page_line(p, page_piece(p, again ? PIECE_LAST : PIECE_DOWN), blank, 0, buf_str(&b));
	if (branch && p->prefix.len < INDENT_MAX)
		buf_puts(&p->prefix, last ? blank : bar);
	buf_free(&b);
	if (!again)
		push(tr, g->hop->to, f->entry);
}

static void put_hidden(struct tree *tr, const struct frame *f)
{
	struct buf b = { 0 };
	if (f->hidden == 0)
		return;
	buf_count(&b, f->hidden);
	buf_puts(&b, " more entries it went on to");
	page_line(tr->page, page_piece(tr->page, PIECE_LAST), "   ", 0, buf_str(&b));
	buf_free(&b);
}

static void grow(struct tree *tr, const struct trace_entry *root)
{
	push(tr, root, NULL);
	while (tr->depth > 0) {
		struct frame *f = &tr->stack[tr->depth - 1];
		tr->page->prefix.len = f->prefix;
		if (f->next < f->count) {
			const struct edge g = f->edges[f->next++];
			put_edge(tr, f, &g);
			continue;
		}
		put_hidden(tr, f);
		free(f->edges);
		tr->depth--;
	}
	tr->page->prefix.len = 0;
}

void page_tree(struct page *p, size_t component)
{
	const struct trace *t = p->trace;
	struct tree tr = { .page = p };
	bool first = true;
	tr.printed = mem_zalloc(t->entry_count + 1);
	tr.leads = mem_zalloc(t->entry_count + 1);
	tr.edge_of = mem_zalloc((t->entry_count + 1) * sizeof(*tr.edge_of));
	mark_leads(&tr, t);
	/* roots, then what a loop keeps from having one */
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < t->entry_count; i++) {
			const struct trace_entry *e = t->entries[i];
			if (e->component != component || tr.printed[i] ||
			    (round == 0 && e->up_count > 0) || (round == 1 && !e->asked))
				continue;
			if (!first)
				fputc('\n', p->out);
			first = false;
			grow(&tr, e);
		}
	}
	free(tr.stack);
	free(tr.printed);
	free(tr.leads);
	free(tr.edge_of);
}
