/*
 * report_graph.c - loads the entries that began within the span, joins those that are one message
 * by view hop, and follows the last ones beyond the end of the span.
 */
#include "trace/report_graph.h"

#include <stdlib.h>

#include "base/clock.h"

/* A next entry may begin this long before its parent's attempt (view next_entry). */
#define EARLY_US (3600 * US_PER_S)
#define DEPTH_MAX 100 /* hops of one message; a loop of mail is broken far earlier */

static struct leg *leg_of(const struct graph *g, int64_t id)
{
	struct leg *l = NULL;
	HASH_FIND(hh, g->legs, &id, sizeof(id), l);
	return l;
}

/* Rows come in the order of the legs: mostly it is the same one, or the one after it. */
static struct leg *next_leg(const struct graph *g, struct leg *last, int64_t id)
{
	struct leg *next = last != NULL ? last->hh.next : NULL;
	if (last != NULL && last->id == id)
		return last;
	return next != NULL && next->id == id ? next : leg_of(g, id);
}

static struct leg *add_leg(struct graph *g, sqlite3_stmt *row)
{
	struct arena *a = g->maker->arena;
	struct leg *l = arena_alloc(a, sizeof(*l));
	*l = (struct leg){ .id = sqlite3_column_int64(row, 0),
			   .host = sqlite3_column_int64(row, 1),
			   .first_us = sqlite3_column_int64(row, 2),
			   .last_us = sqlite3_column_int64(row, 3),
			   .head_missing = sqlite3_column_int(row, 4) != 0,
			   .size = trace_int(row, 5),
			   .nrcpt = trace_int(row, 6),
			   .sender = trace_text(a, row, 7),
			   .client_host = trace_text(a, row, 8),
			   .client_ip = trace_text(a, row, 9),
			   .state = trace_text(a, row, 10),
			   .outcome = trace_text(a, row, 11),
			   .stated_child = sqlite3_column_int(row, 12) != 0 };
	HASH_ADD(hh, g->legs, id, sizeof(l->id), l);
	return l;
}

static bool load_legs(struct graph *g)
{
	sqlite3_stmt *row = report_span(g->maker, schema_report_entries_sql);
	int rc = SQLITE_ERROR;
	if (row == NULL)
		return false;
	while ((rc = sqlite3_step(row)) == SQLITE_ROW)
		add_leg(g, row);
	sqlite3_reset(row);
	return rc == SQLITE_DONE || trace_failed(g->maker->store, g->maker->err);
}

/* ---- hops ---- */

struct hop {
	int64_t from, to, delivery; /* TRACE_NONE: no attempt is named, no entry is known */
	enum { HOP_NOTICE, HOP_RELAY, HOP_FORWARD, HOP_FILTER, HOP_MOVE } kind;
};

static struct hop hop_of(sqlite3_stmt *row)
{
	struct hop h = { trace_int(row, 0), trace_int(row, 1), trace_int(row, 3), HOP_RELAY };
	struct str kind = report_text(row, 2);
	if (str_eq(kind, STR("bounce")) || str_eq(kind, STR("delay")) || str_eq(kind, STR("dsn")))
		h.kind = HOP_NOTICE;
	else if (str_eq(kind, STR("filter")))
		h.kind = HOP_FILTER;
	else if (str_eq(kind, STR("requeue")) || str_eq(kind, STR("clone")))
		h.kind = HOP_MOVE;
	else if (str_eq(kind, STR("forward")))
		h.kind = HOP_FORWARD;
	return h;
}

static bool host_of(struct maker *m, int64_t entry, int64_t *host)
{
	static const char sql[] = "SELECT host FROM entry WHERE id = ?1";
	sqlite3_stmt *row = trace_by_id(m->store, sql, entry, m->err);
	if (row == NULL)
		return false;
	int rc = sqlite3_step(row);
	*host = rc == SQLITE_ROW ? sqlite3_column_int64(row, 0) : TRACE_NONE;
	sqlite3_reset(row);
	return rc == SQLITE_ROW || trace_failed(m->store, m->err);
}

/* What the hop says of its parent's recipients. */
static void mark_passed(struct graph *g, struct leg *from, const struct hop *h)
{
	struct passed *p = NULL;
	if (h->kind == HOP_MOVE)
		from->moved = true;
	if (h->delivery == TRACE_NONE) {
		from->filtered |= h->kind == HOP_FILTER;
		from->relayed |= h->kind == HOP_RELAY;
		from->forwarded |= h->kind == HOP_FORWARD;
		return;
	}
	HASH_FIND(hh, g->passed, &h->delivery, sizeof(h->delivery), p);
	if (p != NULL)
		return;
	p = arena_alloc(g->maker->arena, sizeof(*p));
	p->delivery = h->delivery;
	HASH_ADD(hh, g->passed, delivery, sizeof(p->delivery), p);
}

static bool join(struct graph *g, const struct hop *h, struct leg *to)
{
	struct leg *from = leg_of(g, h->from);
	to->notice |= h->kind == HOP_NOTICE;
	if (h->kind == HOP_NOTICE || from == to)
		return true;
	if (from != NULL) {
		if (to->parent == NULL || from->first_us < to->parent->first_us)
			to->parent = from;
		mark_passed(g, from, h);
		return true;
	}
	int64_t host = TRACE_NONE;
	if (g->maker->host != TRACE_NONE && !host_of(g->maker, h->from, &host))
		return false;
	if (host == g->maker->host)
		to->outside = true;
	return true;
}

/* The hops of a statement are read before anything else is asked. */
static bool read_hops(struct graph *g, const char *sql, int64_t id, struct hop **hops,
		      size_t *count)
{
	struct maker *m = g->maker;
	sqlite3_stmt *row = trace_by_id(m->store, sql, id, m->err);
	int rc = SQLITE_ERROR;
	if (row == NULL)
		return false;
	*count = 0;
	while ((rc = sqlite3_step(row)) == SQLITE_ROW) {
		*hops = arena_grow(m->arena, *hops, *count, sizeof(**hops));
		(*hops)[(*count)++] = hop_of(row);
	}
	sqlite3_reset(row);
	return rc == SQLITE_DONE || trace_failed(m->store, m->err);
}

/* Hops that their log states, a child at a time; then all those that only a reply names, at once.
 */
static bool load_parents(struct graph *g)
{
	struct maker *m = g->maker;
	struct hop *hops = NULL;
	size_t count = 0;
	for (struct leg *l = g->legs; l != NULL; l = l->hh.next) {
		if (!l->stated_child)
			continue;
		if (!read_hops(g, schema_report_parents_sql, l->id, &hops, &count))
			return false;
		for (size_t i = 0; i < count; i++)
			if (!join(g, &hops[i], l))
				return false;
	}
	sqlite3_stmt *row = report_span(m, schema_report_claims_sql);
	int rc = SQLITE_ERROR;
	bool ok = row != NULL;
	struct leg *to = NULL;
	while (ok && (rc = sqlite3_step(row)) == SQLITE_ROW) {
		struct hop h = { trace_int(row, 0), trace_int(row, 1), trace_int(row, 3),
				 HOP_RELAY };
		to = next_leg(g, to, h.to);
		ok = to == NULL || to->stated_child || join(g, &h, to);
	}
	if (row != NULL)
		sqlite3_reset(row);
	return ok && (rc == SQLITE_DONE || trace_failed(m->store, m->err));
}

/* ---- beyond the end of the span ---- */

static void add_final(struct graph *g, struct leg *l, sqlite3_stmt *row)
{
	struct arena *a = g->maker->arena;
	g->finals = arena_grow(a, g->finals, g->final_count, sizeof(*g->finals));
	struct final *f = &g->finals[g->final_count++];
	*f = (struct final){ l,
			     sqlite3_column_int64(row, 1),
			     sqlite3_column_int64(row, 2),
			     trace_text(a, row, 3),
			     trace_text(a, row, 4),
			     trace_text(a, row, 5) };
	l->ends++;
	l->vain += str_eq(f->state, STR("probe")) || str_eq(f->state, STR("rejected"));
}

/* Of one entry, as view last_delivery has them. */
static bool read_finals_of(struct graph *g, struct leg *l)
{
	struct maker *m = g->maker;
	sqlite3_stmt *row = trace_by_id(m->store, schema_report_finals_one_sql, l->id, m->err);
	int rc;
	if (row == NULL)
		return false;
	l->ends = l->vain = 0;
	while ((rc = sqlite3_step(row)) == SQLITE_ROW)
		add_final(g, l, row);
	sqlite3_reset(row);
	return rc == SQLITE_DONE || trace_failed(m->store, m->err);
}

static bool is_after(struct str a, struct str b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int c = n > 0 ? memcmp(a.at, b.at, n) : 0;
	return c != 0 ? c > 0 : a.len > b.len;
}

/*
 * An attempt for a recipient who was tried once, of an entry without an outcome of its own, is the
 * last word. That is nearly all of them; which others are says the view. Rows of an entry come by
 * recipient: each must be after the one before it, or it is not the only one.
 */
static bool read_finals(struct graph *g)
{
	struct maker *m = g->maker;
	sqlite3_stmt *row = report_span(m, schema_report_finals_sql);
	struct leg *l = NULL;
	size_t first = 0; /* of this leg */
	bool simple = true, ok = row != NULL;
	int rc = SQLITE_ERROR;
	while (ok && (rc = sqlite3_step(row)) == SQLITE_ROW) {
		struct leg *next = next_leg(g, l, sqlite3_column_int64(row, 0));
		if (next == NULL)
			continue;
		if (next != l) {
			first = g->final_count;
			simple = true;
			l = next;
		}
		if (!simple)
			continue;
		simple = sqlite3_column_int(row, 6) == 0 &&
			 (g->final_count == first ||
			  is_after(report_text(row, 3), g->finals[g->final_count - 1].recipient));
		if (simple) {
			add_final(g, l, row);
			continue;
		}
		g->final_count = first;
		ok = read_finals_of(g, l);
	}
	if (row != NULL)
		sqlite3_reset(row);
	return ok && (rc == SQLITE_DONE || trace_failed(m->store, m->err));
}

/* An entry that began after the span, and what became of its recipients. */
static bool load_later(struct graph *g, int64_t id, struct leg **out)
{
	struct maker *m = g->maker;
	sqlite3_stmt *row = trace_by_id(m->store, schema_report_entry_sql, id, m->err);
	if (row == NULL)
		return false;
	int rc = sqlite3_step(row);
	*out = NULL;
	if (rc == SQLITE_ROW &&
	    (m->host == TRACE_NONE || sqlite3_column_int64(row, 1) == m->host) &&
	    sqlite3_column_int64(row, 2) >= m->report->since_us)
		*out = add_leg(g, row);
	sqlite3_reset(row);
	if (rc != SQLITE_ROW)
		return trace_failed(m->store, m->err);
	return *out == NULL || read_finals_of(g, *out);
}

static bool load_children(struct graph *g, struct leg *l)
{
	struct hop *hops = NULL;
	size_t count = 0;
	if (!read_hops(g, schema_report_children_sql, l->id, &hops, &count))
		return false;
	for (size_t i = 0; i < count; i++) {
		struct leg *to = NULL;
		if (hops[i].to == TRACE_NONE || hops[i].kind == HOP_NOTICE ||
		    ((to = leg_of(g, hops[i].to)) != NULL &&
		     to->first_us < g->maker->report->until_us))
			continue;
		if (to == NULL && !load_later(g, hops[i].to, &to))
			return false;
		if (to != NULL && !join(g, &hops[i], to))
			return false;
	}
	return true;
}

/* uthash keeps the order of adding: legs found on the way are looked at as well. */
static bool load_after_span(struct graph *g)
{
	struct maker *m = g->maker;
	if (m->end_us < m->report->until_us)
		return true;
	for (struct leg *l = g->legs; l != NULL; l = l->hh.next) {
		if (l->asked || l->last_us < m->report->until_us - EARLY_US)
			continue;
		l->asked = true;
		if (!load_children(g, l))
			return false;
	}
	return true;
}

bool graph_load(struct graph *g)
{
	return load_legs(g) && read_finals(g) && load_parents(g) && load_after_span(g);
}

void graph_free(struct graph *g)
{
	/* what they hold lives in the arena */
	HASH_CLEAR(hh, g->legs);
	HASH_CLEAR(hh, g->passed);
}

struct leg *graph_root(struct leg *l)
{
	for (int i = 0; i < DEPTH_MAX && l->parent != NULL && !l->outside; i++)
		l = l->parent;
	return l->outside ? NULL : l;
}

bool graph_passed(const struct graph *g, const struct final *f)
{
	struct passed *p = NULL;
	if (f->leg->moved && (str_eq(f->state, STR("queued")) ||
			      str_eq(f->state, STR("deferred")) || str_eq(f->state, STR("held"))))
		return true;
	if ((f->leg->filtered && str_eq(f->state, STR("filtered"))) ||
	    (f->leg->relayed && str_eq(f->state, STR("relayed"))))
		return true;
	HASH_FIND(hh, g->passed, &f->delivery, sizeof(f->delivery), p);
	return p != NULL;
}
