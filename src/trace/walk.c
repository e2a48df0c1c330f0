/*
 * walk.c - breadth first over the hops, up and down, each entry once.
 *
 * Reads in one transaction, so that an ingest under way cannot tear a trace.
 * Costs two look-ups in indexes an entry, and one row a hop.
 */
#include <stdlib.h>

#include "trace/internal.h"

enum { GO_UP = 1, GO_DOWN = 2 };

struct node {
	int64_t id;
	struct trace_entry *entry;
	unsigned want, done; /* directions */
	bool queued;
	UT_hash_handle hh;
};

/* A hop is found from both its ends. Holds no padding: hashed as bytes. */
struct hop_key {
	int64_t from, to, delivery, kind;
};

struct found_hop {
	struct hop_key key;
	struct trace_hop hop;
	struct found_hop *next;
	UT_hash_handle hh;
};

struct walk {
	struct store *store;
	struct trace *trace;
	struct node *nodes;
	struct found_hop *hops, *first, **end;
	struct node **queue;
	size_t queue_len, queue_room;
	bool whole;    /* siblings too */
	unsigned want; /* else: the directions asked for */
};

static void enqueue(struct walk *w, struct node *n)
{
	if (n->queued || (n->want & ~n->done) == 0)
		return;
	if (w->queue_len == w->queue_room) {
		w->queue_room = w->queue_room == 0 ? 64 : w->queue_room * 2;
		w->queue = mem_realloc(w->queue, w->queue_room * sizeof(struct node *));
	}
	w->queue[w->queue_len++] = n;
	n->queued = true;
}

/* Make an entry part of the trace. NULL when the limit is reached. */
static struct node *visit(struct walk *w, int64_t id, unsigned want)
{
	struct trace *t = w->trace;
	struct node *n = NULL;
	HASH_FIND(hh, w->nodes, &id, sizeof(id), n);
	if (n == NULL) {
		if (t->entry_count >= t->limit) {
			t->cut = true;
			return NULL;
		}
		struct trace_entry *e = arena_alloc(t->arena, sizeof(*e));
		*e = (struct trace_entry){ .id = id };
		n = arena_alloc(t->arena, sizeof(*n));
		*n = (struct node){ .id = id, .entry = e };
		HASH_ADD(hh, w->nodes, id, sizeof(n->id), n);
		t->entries = arena_grow(t->arena, t->entries, t->entry_count,
					sizeof(struct trace_entry *));
		t->entries[t->entry_count++] = e;
	}
	n->want |= w->whole ? GO_UP | GO_DOWN : want;
	enqueue(w, n);
	return n;
}

static void add_hop(struct walk *w, sqlite3_stmt *row, bool beyond)
{
	struct arena *a = w->trace->arena;
	struct str kind = { (const char *)sqlite3_column_text(row, 2),
			    (size_t)sqlite3_column_bytes(row, 2) };
	struct hop_key key = { trace_int(row, 0), trace_int(row, 1), trace_int(row, 4), 0 };
	memcpy(&key.kind, kind.at, kind.len < sizeof(key.kind) ? kind.len : sizeof(key.kind));
	struct found_hop *f = NULL;
	HASH_FIND(hh, w->hops, &key, sizeof(key), f);
	if (f != NULL)
		return;
	f = arena_alloc(a, sizeof(*f));
	*f = (struct found_hop){ .key = key };
	f->hop.beyond = beyond;
	f->hop.from_id = key.from;
	f->hop.to_id = key.to;
	f->hop.delivery = key.delivery;
	f->hop.kind = trace_text(a, row, 2);
	f->hop.evidence = trace_text(a, row, 3);
	f->hop.at_us = trace_int(row, 5);
	f->hop.next_queue_id = trace_text(a, row, 6);
	f->hop.latency_us = f->hop.cover_first_us = f->hop.cover_last_us = TRACE_NONE;
	HASH_ADD(hh, w->hops, key, sizeof(f->key), f);
	*w->end = f;
	w->end = &f->next;
	w->trace->hop_count++;
}

static bool step(struct walk *w, const struct node *n, unsigned direction, struct err *err)
{
	const char *sql =
		direction == GO_UP ? schema_trace_hops_up_sql : schema_trace_hops_down_sql;
	sqlite3_stmt *row = trace_by_id(w->store, sql, n->id, err);
	if (row == NULL)
		return false;
	int rc;
	while ((rc = sqlite3_step(row)) == SQLITE_ROW) {
		int64_t other = trace_int(row, direction == GO_UP ? 0 : 1);
		bool beyond = other != TRACE_NONE && visit(w, other, direction) == NULL;
		if (!beyond || direction == GO_DOWN)
			add_hop(w, row, beyond);
	}
	sqlite3_reset(row);
	return rc == SQLITE_DONE || trace_failed(w->store, err);
}

static bool walk_all(struct walk *w, const struct trace_lives *lives, struct err *err)
{
	w->trace->cut = lives->cut;
	for (size_t i = 0; i < lives->count; i++) {
		struct node *n = visit(w, lives->life[i].entry, w->want);
		if (n != NULL)
			n->entry->asked = true;
	}
	for (size_t i = 0; i < w->queue_len; i++) {
		struct node *n = w->queue[i];
		unsigned todo = n->want & ~n->done;
		n->queued = false;
		n->done |= todo;
		n->entry->followed = (n->done & GO_DOWN) != 0;
		if (((todo & GO_UP) != 0 && !step(w, n, GO_UP, err)) ||
		    ((todo & GO_DOWN) != 0 && !step(w, n, GO_DOWN, err)))
			return false;
	}
	return true;
}

static int by_time(const void *a, const void *b)
{
	const struct trace_entry *x = *(struct trace_entry *const *)a;
	const struct trace_entry *y = *(struct trace_entry *const *)b;
	if (x->first_at_us != y->first_at_us)
		return x->first_at_us < y->first_at_us ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

static int by_hop_time(const void *a, const void *b)
{
	const struct trace_hop *x = a, *y = b;
	if (x->at_us != y->at_us)
		return x->at_us < y->at_us ? -1 : 1;
	if (x->delivery != y->delivery)
		return x->delivery < y->delivery ? -1 : 1;
	if (x->from_id != y->from_id)
		return x->from_id < y->from_id ? -1 : 1;
	return x->to_id < y->to_id ? -1 : x->to_id > y->to_id;
}

/* Hops from the list to the array; entries and hops to know each other. */
static void tie(struct walk *w)
{
	struct trace *t = w->trace;
	t->hops = arena_alloc(t->arena, (t->hop_count + 1) * sizeof(*t->hops));
	size_t n = 0;
	for (struct found_hop *f = w->first; f != NULL; f = f->next)
		t->hops[n++] = f->hop;
	qsort(t->hops, n, sizeof(*t->hops), by_hop_time);
	for (size_t i = 0; i < n; i++) {
		struct trace_hop *h = &t->hops[i];
		struct node *from = NULL, *to = NULL;
		HASH_FIND(hh, w->nodes, &h->from_id, sizeof(h->from_id), from);
		if (h->to_id != TRACE_NONE)
			HASH_FIND(hh, w->nodes, &h->to_id, sizeof(h->to_id), to);
		h->from = from->entry;
		h->to = to != NULL ? to->entry : NULL;
		struct trace_entry *e = h->from;
		e->down = arena_grow(t->arena, e->down, e->down_count, sizeof(struct trace_hop *));
		e->down[e->down_count++] = h;
		e = h->to;
		if (e == NULL)
			continue;
		e->up = arena_grow(t->arena, e->up, e->up_count, sizeof(struct trace_hop *));
		e->up[e->up_count++] = h;
	}
}

struct attempt {
	int64_t id;
	const struct trace_delivery *delivery;
	UT_hash_handle hh;
};

/* The attempt of each hop, and how long the message was with the entry it left. */
static void time_hops(struct trace *t)
{
	struct attempt *attempts = NULL;
	for (size_t i = 0; i < t->entry_count; i++) {
		const struct trace_entry *e = t->entries[i];
		for (size_t j = 0; e->down_count > 0 && j < e->delivery_count; j++) {
			if (e->deliveries[j].next_queue_id.at == NULL)
				continue;
			struct attempt *k = arena_alloc(t->arena, sizeof(*k));
			*k = (struct attempt){ .id = e->deliveries[j].id,
					       .delivery = &e->deliveries[j] };
			HASH_ADD(hh, attempts, id, sizeof(k->id), k);
		}
	}
	for (size_t i = 0; i < t->hop_count; i++) {
		struct trace_hop *h = &t->hops[i];
		struct attempt *k = NULL;
		HASH_FIND(hh, attempts, &h->delivery, sizeof(h->delivery), k);
		if (k != NULL)
			h->attempt = k->delivery;
		if (k != NULL && k->delivery->delay_us != TRACE_NONE)
			h->latency_us = k->delivery->delay_us;
		else if (!h->from->head_missing)
			h->latency_us =
				(h->to != NULL && k == NULL ? h->to->first_at_us : h->at_us) -
				h->from->first_at_us;
	}
	HASH_CLEAR(hh, attempts);
}

static size_t find_root(size_t *parent, size_t i)
{
	while (parent[i] != i)
		i = parent[i] = parent[parent[i]];
	return i;
}

/* Number the components: the one with the newest entry asked for first. */
static void number_components(struct trace *t)
{
	size_t n = t->entry_count;
	size_t *parent = mem_alloc(2 * n * sizeof(*parent)), *number = parent + n;
	for (size_t i = 0; i < n; i++) {
		parent[i] = i;
		number[i] = SIZE_MAX;
		t->entries[i]->index = i;
	}
	for (size_t i = 0; i < t->hop_count; i++) {
		const struct trace_hop *h = &t->hops[i];
		if (h->to != NULL)
			parent[find_root(parent, h->from->index)] = find_root(parent, h->to->index);
	}
	for (size_t i = n; i-- > 0;) {
		size_t root = find_root(parent, i);
		if (t->entries[i]->asked && number[root] == SIZE_MAX)
			number[root] = t->component_count++;
	}
	for (size_t i = 0; i < n; i++)
		t->entries[i]->component = number[find_root(parent, i)];
	free(parent);
}

static bool build(struct walk *w, const struct trace_lives *lives, struct err *err)
{
	struct trace *t = w->trace;
	if (!walk_all(w, lives, err))
		return false;
	for (size_t i = 0; i < t->entry_count; i++)
		if (!trace_load_entry(w->store, t->arena, t->entries[i], err))
			return false;
	qsort(t->entries, t->entry_count, sizeof(struct trace_entry *), by_time);
	tie(w);
	time_hops(t);
	number_components(t);
	if (!trace_load_claims(w->store, t, err))
		return false;
	trace_judge(t);
	return trace_find_gaps(w->store, t, err);
}

struct trace *trace_walk(struct store *s, const struct trace_lives *lives,
			 const struct trace_options *opt, struct err *err)
{
	struct trace *t = mem_zalloc(sizeof(*t));
	t->arena = arena_new();
	t->limit = opt->limit > 0 ? opt->limit : TRACE_LIMIT;
	struct walk w = { .store = s, .trace = t, .whole = !opt->up && !opt->down };
	w.end = &w.first;
	w.want = (opt->up ? GO_UP : 0u) | (opt->down ? GO_DOWN : 0u);
	bool ok = sqlite3_exec(store_db(s), "BEGIN", NULL, NULL, NULL) == SQLITE_OK ||
		  trace_failed(s, err);
	ok = ok && build(&w, lives, err);
	sqlite3_exec(store_db(s), "COMMIT", NULL, NULL, NULL);
	HASH_CLEAR(hh, w.nodes);
	HASH_CLEAR(hh, w.hops);
	free(w.queue);
	if (ok)
		return t;
	trace_free(t);
	return NULL;
}

void trace_free(struct trace *t)
{
	if (t == NULL)
		return;
	arena_free(t->arena);
	free(t);
}
