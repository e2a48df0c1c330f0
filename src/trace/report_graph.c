/*
 * report_graph.c - joins the entries of a part that are one message, as views hop, next_entry and
 * unnamed_entry say, and follows the last ones beyond the part.
 */
#include "trace/report_graph.h"

#include <stdlib.h>

#include "base/clock.h"

/* A next entry may begin this long before its parent's attempt (view next_entry), ... */
#define EARLY_US (3600 * US_PER_S)
/* ... or before its parent, where that is on another host (view unnamed_entry). */
#define SKEW_US (10 * US_PER_S)
#define DEPTH_MAX 100 /* hops of one message; a loop of mail is broken far earlier */
#define TWINS_MAX 256 /* entries of one Message-ID; of more view unnamed_entry tells nothing */

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

/* Host and beginning of an entry that is not held. */
static bool peek(struct maker *m, int64_t entry, int64_t *host, int64_t *first_us)
{
	static const char sql[] = "SELECT host, first_at FROM entry WHERE id = ?1";
	sqlite3_stmt *row = trace_by_id(m->store, sql, entry, m->err);
	if (row == NULL)
		return false;
	int rc = sqlite3_step(row);
	*host = rc == SQLITE_ROW ? sqlite3_column_int64(row, 0) : TRACE_NONE;
	*first_us = rc == SQLITE_ROW ? sqlite3_column_int64(row, 1) : INT64_MAX;
	sqlite3_reset(row);
	return rc == SQLITE_ROW || rc == SQLITE_DONE || trace_failed(m->store, m->err);
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
	from->led = true;
	HASH_FIND(hh, g->passed, &h->delivery, sizeof(h->delivery), p);
	if (p != NULL)
		return;
	p = arena_alloc(g->arena, sizeof(*p));
	p->delivery = h->delivery;
	HASH_ADD(hh, g->passed, delivery, sizeof(p->delivery), p);
}

/* Of several parents the earliest says to which message, and to which part, an entry belongs. */
static bool join(struct graph *g, const struct hop *h, struct leg *to)
{
	struct leg *from = graph_leg(g, h->from);
	int64_t host = TRACE_NONE, first = from != NULL ? from->first_us : 0;
	to->notice |= h->kind == HOP_NOTICE;
	if (h->kind == HOP_NOTICE || from == to)
		return true;
	if (from != NULL)
		mark_passed(g, from, h);
	else if (!peek(g->maker, h->from, &host, &first))
		return false;
	else if (g->maker->host != TRACE_NONE && host != g->maker->host)
		return true;
	if (first < to->from_us || (first == to->from_us && h->from <= to->from)) {
		to->from_us = first;
		to->from = h->from;
		to->parent = from;
		to->outside = from == NULL;
	}
	return true;
}

/* The hops of a statement are read before anything else is asked. */
static bool join_all(struct graph *g, const char *sql, struct leg *to)
{
	struct maker *m = g->maker;
	sqlite3_stmt *row = trace_by_id(m->store, sql, to->id, m->err);
	struct hop *hops = NULL;
	size_t count = 0;
	int rc = SQLITE_ERROR;
	if (row == NULL)
		return false;
	while ((rc = sqlite3_step(row)) == SQLITE_ROW) {
		hops = arena_grow(g->arena, hops, count, sizeof(*hops));
		hops[count++] = hop_of(row);
	}
	sqlite3_reset(row);
	if (rc != SQLITE_DONE)
		return trace_failed(m->store, m->err);
	bool ok = true;
	for (size_t i = 0; ok && i < count; i++)
		ok = join(g, &hops[i], to);
	return ok;
}

/* ---- hops that replies name or logs state ---- */

static bool has_claim(const struct edge *claims, size_t count, int64_t from)
{
	for (size_t i = 0; i < count; i++)
		if (claims[i].from == from)
			return true;
	return false;
}

/*
 * The links of an entry say nothing beyond its claims, or that it is a notice: what reply and log
 * both name is a hop of the claim, and of its kind.
 */
static bool is_plain(const struct edge *links, size_t count, const struct edge *claims,
		     size_t claim_count)
{
	for (size_t i = 0; i < count; i++) {
		bool named = has_claim(claims, claim_count, links[i].from);
		if (links[i].notice ? named : !(named && links[i].plain))
			return false;
	}
	return true;
}

static size_t edges_of(const struct edge *edges, size_t count, size_t from, const struct leg *l)
{
	size_t n = 0;
	while (from + n < count && edges[from + n].to == l)
		n++;
	return n;
}

static bool join_leg(struct graph *g, struct leg *l, const struct edge *links, size_t count,
		     const struct edge *claims, size_t claim_count)
{
	if (count > 0 && !is_plain(links, count, claims, claim_count))
		return join_all(g, schema_report_parents_sql, l);
	for (size_t i = 0; i < count; i++)
		l->notice |= links[i].notice;
	bool ok = true;
	for (size_t i = 0; ok && i < claim_count; i++) {
		struct hop h = { claims[i].from, l->id, claims[i].delivery, HOP_RELAY };
		ok = join(g, &h, l);
	}
	return ok;
}

/* Both kinds are in the order of the legs. */
static bool join_named(struct graph *g)
{
	size_t claim = 0, link = 0;
	bool ok = true;
	while (ok && (claim < g->claim_count || link < g->link_count)) {
		struct leg *l = claim < g->claim_count ? g->claims[claim].to : NULL;
		if (l == NULL || (link < g->link_count && g->links[link].to < l))
			l = g->links[link].to;
		size_t claims = edges_of(g->claims, g->claim_count, claim, l);
		size_t links = edges_of(g->links, g->link_count, link, l);
		/* without any, there is nothing to point at */
		ok = join_leg(g, l, links > 0 ? g->links + link : NULL, links,
			      claims > 0 ? g->claims + claim : NULL, claims);
		claim += claims;
		link += links;
	}
	return ok;
}

/* ---- hops that nothing names ---- */

/* An entry that has a Message-ID. */
struct twin {
	uint64_t message;
	int64_t host, first_us;
	struct leg *leg; /* NULL: of another part */
};

struct twins {
	struct twin *at;
	size_t count, room;
};

static void add_twin(struct twins *t, struct twin twin)
{
	if (t->count == t->room) {
		t->room = t->room == 0 ? 1024 : t->room * 2;
		t->at = mem_realloc(t->at, t->room * sizeof(*t->at));
	}
	t->at[t->count++] = twin;
}

static int by_message(const void *a, const void *b)
{
	const struct twin *x = a, *y = b;
	if (x->message != y->message)
		return x->message < y->message ? -1 : 1;
	return (x->first_us > y->first_us) - (x->first_us < y->first_us);
}

static bool add_before(struct graph *g, struct twins *t)
{
	struct maker *m = g->maker;
	sqlite3_stmt *row = report_between(m, schema_report_before_sql, g->from_us, g->to_us);
	int rc = SQLITE_ERROR;
	if (row == NULL)
		return false;
	while ((rc = sqlite3_step(row)) == SQLITE_ROW) {
		struct str id = report_text(row, 0);
		add_twin(t, (struct twin){ hash_from(id.len, id.at, id.len) | 1,
					   sqlite3_column_int64(row, 1),
					   sqlite3_column_int64(row, 2), NULL });
	}
	sqlite3_reset(row);
	return rc == SQLITE_DONE || trace_failed(m->store, m->err);
}

/* May an attempt of p have led to l? A rough sieve: whether it did, says view unnamed_entry. */
static bool may_lead(const struct twin *p, const struct twin *l)
{
	return p->leg != l->leg && (p->leg == NULL || p->leg->unnamed) &&
	       p->first_us <= l->first_us + (p->host == l->host ? 0 : SKEW_US);
}

static bool join_twins(struct graph *g, const struct twin *at, size_t count)
{
	bool ok = true;
	for (size_t i = 0; ok && i < count; i++) {
		struct leg *l = at[i].leg;
		if (l == NULL || l->stated || l->from_us != INT64_MAX || !l->accepted)
			continue;
		size_t p = 0;
		while (p < count && !may_lead(&at[p], &at[i]))
			p++;
		if (p < count)
			ok = join_all(g, schema_report_inferred_sql, l);
	}
	return ok;
}

/* Those whose Message-ID no other has, which are most, need no sorting. */
static void drop_single(struct twins *t)
{
	size_t room = 1024, kept = 0;
	while (room < t->count * 2)
		room *= 2;
	struct slot {
		uint64_t message;
		size_t first; /* which was there first */
	} *slots = mem_zalloc(room * sizeof(*slots));
	bool *twice = mem_zalloc(t->count);
	for (size_t n = 0; n < t->count; n++) {
		size_t i = (t->at[n].message >> 1) & (room - 1);
		while (slots[i].message != 0 && slots[i].message != t->at[n].message)
			i = (i + 1) & (room - 1);
		if (slots[i].message == 0)
			slots[i] = (struct slot){ t->at[n].message, n };
		else
			twice[n] = twice[slots[i].first] = true;
	}
	for (size_t n = 0; n < t->count; n++)
		if (twice[n])
			t->at[kept++] = t->at[n];
	t->count = kept;
	free(slots);
	free(twice);
}

/* Entries without a parent so far, of whose Message-ID there are others. */
static bool join_unnamed(struct graph *g)
{
	struct twins t = { 0 };
	for (size_t i = 0; i < g->leg_count; i++) {
		struct leg *l = &g->legs[i];
		if (l->message != 0)
			add_twin(&t, (struct twin){ l->message, l->host, l->first_us, l });
	}
	bool ok = add_before(g, &t);
	if (ok)
		drop_single(&t);
	if (ok && t.count > 1)
		qsort(t.at, t.count, sizeof(*t.at), by_message);
	for (size_t i = 0, n; ok && i < t.count; i = n) {
		for (n = i + 1; n < t.count && t.at[n].message == t.at[i].message;)
			n++;
		if (n - i <= TWINS_MAX)
			ok = join_twins(g, t.at + i, n - i);
	}
	free(t.at);
	return ok;
}

/* ---- beyond the part ---- */

static bool load_children(struct graph *g, struct leg *l)
{
	struct maker *m = g->maker;
	sqlite3_stmt *row = trace_by_id(m->store, schema_report_beyond_sql, l->id, m->err);
	int64_t *ids = NULL;
	size_t count = 0;
	int rc = SQLITE_ERROR;
	if (row == NULL)
		return false;
	while ((rc = sqlite3_step(row)) == SQLITE_ROW) {
		ids = arena_grow(g->arena, ids, count, sizeof(*ids));
		ids[count++] = sqlite3_column_int64(row, 0);
	}
	sqlite3_reset(row);
	bool ok = rc == SQLITE_DONE || trace_failed(m->store, m->err);
	for (size_t i = 0; ok && i < count; i++) {
		struct leg *to = graph_leg(g, ids[i]);
		/* one held already may have come of l, which was not: it is joined again */
		bool again = to != NULL && to->outside;
		ok = to != NULL || graph_add_later(g, ids[i], &to);
		if (ok && to != NULL && (again || to->from_us == INT64_MAX))
			ok = join_all(g, schema_report_parents_sql, to);
	}
	return ok;
}

/* Is there more of it than this part has: after it, or by another host's clock before? */
static bool reaches_out(const struct graph *g, const struct leg *l)
{
	const struct maker *m = g->maker;
	return (g->to_us <= m->end_us && l->last_us >= g->to_us - EARLY_US) ||
	       (g->from_us > m->begin_us && l->first_us < g->from_us + EARLY_US);
}

/* uthash keeps the order of adding: legs found on the way are looked at as well. */
static bool load_beyond(struct graph *g)
{
	bool ok = true;
	for (size_t i = 0; ok && i < g->leg_count; i++)
		ok = !reaches_out(g, &g->legs[i]) || load_children(g, &g->legs[i]);
	for (struct leg *l = g->later; ok && l != NULL; l = l->hh.next)
		ok = load_children(g, l);
	return ok;
}

bool graph_load(struct graph *g)
{
	return graph_rows(g) && join_named(g) && join_unnamed(g) && load_beyond(g);
}

void graph_free(struct graph *g)
{
	/* what they hold lives in the arena */
	HASH_CLEAR(hh, g->later);
	HASH_CLEAR(hh, g->passed);
	free(g->legs);
	free(g->finals);
	free(g->claims);
	free(g->links);
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
	if (f->leg->moved && report_waits(f->end))
		return true;
	if ((f->leg->filtered && f->end == END_FILTERED) ||
	    (f->leg->relayed && f->end == END_RELAYED))
		return true;
	if (f->leg->led)
		HASH_FIND(hh, g->passed, &f->delivery, sizeof(f->delivery), p);
	return p != NULL;
}
