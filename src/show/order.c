/*
 * order.c - a trace's graph as a list of steps. Works with a stack of its own, as a chain may be as
 * long as a trace.
 */
#include "show/order.h"

#include <stdlib.h>

#include "base/arena.h"

/* All hops from one entry to another. */
struct edge {
	const struct trace_hop *hop;
	size_t hops;
};

struct frame {
	const struct trace_entry *entry;
	struct edge *edges;
	size_t count, next, hidden;
	size_t step; /* of the entry */
};

struct tree {
	struct order *order;
	size_t most, step_room;
	struct frame *stack;
	size_t depth, room;
	bool *placed, *leads; /* by entry: has its step; leads to one asked for */
	size_t *edge_of;      /* by entry: its edge of the frame being made, plus one */
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

/* One edge for each next entry, the first ones and those that lead to the asked one. */
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
		if (kept < tr->most || tr->leads[to])
			f->edges[kept++] = f->edges[i];
	}
	f->hidden = f->count - kept;
	f->count = kept;
	tr->order->hidden += f->hidden;
}

static void add_step(struct tree *tr, struct step s)
{
	struct order *o = tr->order;
	if (o->count == tr->step_room) {
		tr->step_room = tr->step_room == 0 ? 16 : tr->step_room * 2;
		o->at = mem_realloc(o->at, tr->step_room * sizeof(*o->at));
	}
	o->at[o->count++] = s;
}

static void push(struct tree *tr, const struct trace_entry *e)
{
	if (tr->depth == tr->room) {
		tr->room = tr->room == 0 ? 16 : tr->room * 2;
		tr->stack = mem_realloc(tr->stack, tr->room * sizeof(*tr->stack));
	}
	struct frame *f = &tr->stack[tr->depth++];
	*f = (struct frame){ .entry = e, .step = tr->order->count - 1 };
	tr->placed[e->index] = true;
	make_edges(tr, f);
}

static void next_edge(struct tree *tr, struct frame *f)
{
	const struct edge *g = &f->edges[f->next++];
	struct trace_entry *to = g->hop->to;
	bool again = tr->placed[to->index];
	add_step(tr, (struct step){ .kind = again ? STEP_AGAIN : STEP_ENTRY,
				    .entry = to,
				    .parent = f->step,
				    .hop = g->hop,
				    .hops = g->hops,
				    .branch = f->count + (f->hidden > 0) > 1,
				    .last = f->next == f->count && f->hidden == 0 });
	if (!again)
		push(tr, to);
}

static void grow(struct tree *tr, const struct trace_entry *root)
{
	add_step(tr, (struct step){ .kind = STEP_ENTRY, .entry = root, .parent = ORDER_ROOT });
	push(tr, root);
	while (tr->depth > 0) {
		struct frame *f = &tr->stack[tr->depth - 1];
		if (f->next < f->count) {
			next_edge(tr, f);
			continue;
		}
		if (f->hidden > 0)
			add_step(tr, (struct step){ .kind = STEP_HIDDEN,
						    .entry = f->entry,
						    .parent = f->step,
						    .hops = f->hidden,
						    .branch = true,
						    .last = true });
		free(f->edges);
		tr->depth--;
	}
}

void order_of(const struct trace *t, size_t component, size_t most, struct order *out)
{
	struct tree tr = { .order = out, .most = most };
	*out = (struct order){ NULL, 0, 0 };
	tr.placed = mem_zalloc(t->entry_count + 1);
	tr.leads = mem_zalloc(t->entry_count + 1);
	tr.edge_of = mem_zalloc((t->entry_count + 1) * sizeof(*tr.edge_of));
	mark_leads(&tr, t);
	/* roots, then what a loop keeps from having one */
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < t->entry_count; i++) {
			const struct trace_entry *e = t->entries[i];
			if (e->component == component && !tr.placed[i] &&
			    (round == 0 ? e->up_count == 0 : e->asked))
				grow(&tr, e);
		}
	}
	free(tr.stack);
	free(tr.placed);
	free(tr.leads);
	free(tr.edge_of);
}

void order_free(struct order *o)
{
	free(o->at);
	*o = (struct order){ NULL, 0, 0 };
}

const struct trace_entry *order_first(const struct trace *t, size_t component)
{
	const struct trace_entry *oldest = NULL;
	for (size_t i = 0; i < t->entry_count; i++) {
		const struct trace_entry *e = t->entries[i];
		if (e->component != component)
			continue;
		if (e->up_count == 0)
			return e;
		if (oldest == NULL)
			oldest = e;
	}
	return oldest != NULL ? oldest : t->entries[0];
}
