/*
 * report_legs.c - the rows of a part of a report: its entries, and of these the attempts, the hops
 * that replies name and those that logs state.
 *
 * Entries of one time mostly have ids beside each other, and so have their attempts: each table is
 * read from one id to another, in order, and what is of another part passed over.
 */
#include <stdlib.h>

#include "trace/report_graph.h"

/* Ids that far apart are read in one go: passing a row over is cheaper than looking for the next
 * one. */
#define GAP 16

/* Room for one more, twice as much when there is none. */
static void *more(void *items, size_t count, size_t size)
{
	if (count != 0 && (count & (count - 1)) != 0)
		return items;
	return mem_realloc(items, (count == 0 ? 1 : count * 2) * size);
}

static int by_id(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

struct leg *graph_leg(const struct graph *g, int64_t id)
{
	size_t low = 0, high = g->leg_count;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (g->legs[mid].id < id)
			low = mid + 1;
		else
			high = mid;
	}
	if (low < g->leg_count && g->legs[low].id == id)
		return &g->legs[low];
	struct leg *l = NULL;
	HASH_FIND(hh, g->later, &id, sizeof(id), l);
	return l;
}

/* ---- entries ---- */

static struct str word(struct graph *g, sqlite3_stmt *row, int column)
{
	/* the words of entry.state, in the order of their number */
	static const char *const usual[] = { "completed", "accepted", "open", "aborted" };
	struct str s = report_text(row, column);
	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
		if (str_eq(s, str_of(usual[i])))
			return str_of(usual[i]);
	return s.at != NULL ? arena_copy(g->arena, s) : s;
}

static void fill_leg(struct graph *g, struct leg *l, sqlite3_stmt *row)
{
	struct arena *a = g->arena;
	struct str message = report_text(row, 12);
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
			   .state = word(g, row, 10),
			   .outcome = word(g, row, 11),
			   .accepted = sqlite3_column_int(row, 13) != 0,
			   .from_us = INT64_MAX };
	if (message.len > 0)
		l->message = hash_from(message.len, message.at, message.len) | 1;
}

/* The ids of the part, in order. */
static bool load_ids(struct graph *g)
{
	struct maker *m = g->maker;
	sqlite3_stmt *row = report_between(m, schema_report_ids_sql, g->from_us, g->to_us);
	int64_t *ids = NULL;
	size_t count = 0;
	int rc = SQLITE_ERROR;
	if (row == NULL)
		return false;
	while ((rc = sqlite3_step(row)) == SQLITE_ROW) {
		ids = more(ids, count, sizeof(*ids));
		ids[count++] = sqlite3_column_int64(row, 0);
	}
	sqlite3_reset(row);
	if (count > 1)
		qsort(ids, count, sizeof(*ids), by_id);
	g->legs = mem_zalloc(count * sizeof(*g->legs));
	g->leg_count = count;
	for (size_t i = 0; i < count; i++)
		g->legs[i].id = ids[i];
	free(ids);
	return rc == SQLITE_DONE || trace_failed(m->store, m->err);
}

/* ---- finals ---- */

static struct final *add_final(struct graph *g, struct leg *l, sqlite3_stmt *row, enum end end)
{
	struct arena *a = g->arena;
	g->finals = more(g->finals, g->final_count, sizeof(*g->finals));
	struct final *f = &g->finals[g->final_count++];
	*f = (struct final){ l,
			     sqlite3_column_int64(row, 1),
			     sqlite3_column_int64(row, 2),
			     trace_text(a, row, 3),
			     trace_text(a, row, 4),
			     end == END_OTHER ? trace_text(a, row, 5) : report_end_name(end),
			     end };
	return f;
}

/* Of one entry, as view last_delivery has them. */
static bool read_finals_of(struct graph *g, struct leg *l)
{
	struct maker *m = g->maker;
	sqlite3_stmt *row = trace_by_id(m->store, schema_report_finals_sql, l->id, m->err);
	int rc;
	if (row == NULL)
		return false;
	while ((rc = sqlite3_step(row)) == SQLITE_ROW)
		add_final(g, l, row, report_end(report_text(row, 5)));
	sqlite3_reset(row);
	return rc == SQLITE_DONE || trace_failed(m->store, m->err);
}

/* The leg whose attempts are read. */
struct reading {
	struct leg *leg;
	size_t first; /* its finals begin there */
	bool simple;  /* so far, the last attempt for a recipient is the last word */
};

/* What waits may have arrived under another name, which view last_delivery knows. */
static bool may_go_on(const struct graph *g, const struct reading *r)
{
	for (size_t i = r->first; i < g->final_count && g->final_count > r->first + 1; i++) {
		if (report_waits(g->finals[i].end))
			return true;
	}
	return false;
}

static bool end_leg(struct graph *g, struct reading *r)
{
	struct leg *l = r->leg;
	if (l == NULL)
		return true;
	if (!r->simple || may_go_on(g, r)) {
		g->final_count = r->first;
		if (!read_finals_of(g, l))
			return false;
	}
	l->ends = g->final_count - r->first;
	l->vain = 0;
	for (size_t i = r->first; i < g->final_count; i++)
		l->vain += g->finals[i].end == END_PROBE || g->finals[i].end == END_REJECTED;
	r->leg = NULL;
	return true;
}

/* May it have led somewhere without saying so (view unnamed_entry)? */
static bool is_unnamed(sqlite3_stmt *row, enum end end)
{
	return (end == END_RELAYED || end == END_DELIVERED || end == END_FILTERED ||
		end == END_DEFERRED || end == END_BOUNCED) &&
	       sqlite3_column_int(row, 7) != 0;
}

/* Beside an attempt that says more, view last_delivery leaves the others out. */
static bool counts_always(enum end end)
{
	return end != END_EXPANDED && end != END_DELETED && end != END_QUEUED;
}

static bool arrived(enum end end)
{
	return end == END_RELAYED || end == END_DELIVERED || end == END_FILTERED;
}

static bool failed(enum end end)
{
	return end == END_BOUNCED || end == END_EXPIRED;
}

/* Then view last_delivery has both. */
static bool both_final(enum end a, enum end b)
{
	return (arrived(a) && failed(b)) || (failed(a) && arrived(b));
}

/*
 * Of an entry without an outcome of its own the last attempt for a recipient is the last word,
 * but where view last_delivery does not count it: then that is asked. Rows of one recipient come
 * together.
 */
static void add_attempt(struct graph *g, struct reading *r, sqlite3_stmt *row)
{
	bool ambiguous = sqlite3_column_int(row, 6) != 0;
	enum end end = report_end(report_text(row, 5));
	struct leg *l = r->leg;
	if (!ambiguous)
		report_attempt(g->events, row, end, l->head_missing ? TRACE_NONE : l->first_us);
	l->unnamed |= !ambiguous && is_unnamed(row, end);
	r->simple = r->simple && !ambiguous;
	if (!r->simple)
		return;
	struct final *last = g->final_count > r->first ? &g->finals[g->final_count - 1] : NULL;
	if (last == NULL || !str_eq(last->recipient, report_text(row, 3))) {
		add_final(g, l, row, end);
		return;
	}
	int64_t at = sqlite3_column_int64(row, 2), id = sqlite3_column_int64(row, 1);
	r->simple = counts_always(end) && counts_always(last->end) && !both_final(end, last->end);
	if (at > last->at_us || (at == last->at_us && id > last->delivery)) {
		g->final_count--;
		add_final(g, l, row, end);
	}
}

/* ---- ranges ---- */

static sqlite3_stmt *range(struct graph *g, const char *sql, const struct leg *first,
			   const struct leg *last)
{
	sqlite3_stmt *row = store_prepare(g->maker->store, sql, g->maker->err);
	if (row == NULL)
		return NULL;
	sqlite3_bind_int64(row, 1, first->id);
	sqlite3_bind_int64(row, 2, last->id);
	return row;
}

/* Rows come by the id of a leg: that leg, from l on; NULL: of another part. */
static struct leg *reach(struct leg **l, const struct leg *last, int64_t id)
{
	while (*l < last && (*l)->id < id)
		(*l)++;
	return (*l)->id == id ? *l : NULL;
}

static bool done(struct graph *g, sqlite3_stmt *row, int rc)
{
	sqlite3_reset(row);
	return rc == SQLITE_DONE || trace_failed(g->maker->store, g->maker->err);
}

static bool read_entries(struct graph *g, struct leg *l, const struct leg *last)
{
	sqlite3_stmt *row = range(g, schema_report_entries_sql, l, last);
	int rc = SQLITE_ERROR;
	if (row == NULL)
		return false;
	while ((rc = sqlite3_step(row)) == SQLITE_ROW)
		if (reach(&l, last, sqlite3_column_int64(row, 0)) != NULL)
			fill_leg(g, l, row);
	return done(g, row, rc);
}

static bool read_deliveries(struct graph *g, struct leg *l, const struct leg *last)
{
	sqlite3_stmt *row = range(g, schema_report_deliveries_sql, l, last);
	struct reading r = { 0 };
	bool ok = row != NULL;
	int rc = SQLITE_DONE;
	while (ok && (rc = sqlite3_step(row)) == SQLITE_ROW) {
		struct leg *now = reach(&l, last, sqlite3_column_int64(row, 0));
		if (now == NULL)
			continue;
		if (now != r.leg) {
			ok = end_leg(g, &r);
			r = (struct reading){ now, g->final_count, now->outcome.at == NULL };
		}
		add_attempt(g, &r, row);
	}
	ok = ok && end_leg(g, &r);
	return row != NULL && done(g, row, ok ? rc : SQLITE_ERROR);
}

static void add_claim(struct graph *g, struct leg *to, sqlite3_stmt *row)
{
	g->claims = more(g->claims, g->claim_count, sizeof(*g->claims));
	g->claims[g->claim_count++] = (struct edge){ .to = to,
						     .from = sqlite3_column_int64(row, 0),
						     .delivery = trace_int(row, 2) };
}

static void add_link(struct graph *g, struct leg *to, sqlite3_stmt *row)
{
	struct str kind = report_text(row, 2);
	g->links = more(g->links, g->link_count, sizeof(*g->links));
	g->links[g->link_count++] = (struct edge){
		.to = to,
		.from = sqlite3_column_int64(row, 0),
		.delivery = TRACE_NONE,
		.notice = str_eq(kind, STR("bounce")) || str_eq(kind, STR("delay")) ||
			  str_eq(kind, STR("dsn")),
		.plain = str_eq(kind, STR("relay")) || str_eq(kind, STR("filter")) ||
			 str_eq(kind, STR("forward")),
	};
	to->stated = true;
}

/* Rows of parent, child, and what add reads of them. */
static bool read_edges(struct graph *g, const char *sql, struct leg *l, const struct leg *last,
		       void (*add)(struct graph *g, struct leg *to, sqlite3_stmt *row))
{
	sqlite3_stmt *row = range(g, sql, l, last);
	int rc = SQLITE_ERROR;
	if (row == NULL)
		return false;
	while ((rc = sqlite3_step(row)) == SQLITE_ROW) {
		if (reach(&l, last, sqlite3_column_int64(row, 1)) != NULL)
			add(g, l, row);
	}
	return done(g, row, rc);
}

bool graph_rows(struct graph *g)
{
	bool ok = load_ids(g);
	for (size_t i = 0, n; ok && i < g->leg_count; i = n) {
		struct leg *first = &g->legs[i];
		for (n = i + 1; n < g->leg_count && g->legs[n].id - g->legs[n - 1].id <= GAP;)
			n++;
		const struct leg *last = &g->legs[n - 1];
		ok = read_entries(g, first, last) && read_deliveries(g, first, last) &&
		     read_edges(g, schema_report_claims_sql, first, last, add_claim) &&
		     read_edges(g, schema_report_links_sql, first, last, add_link);
	}
	return ok;
}

/* ---- beyond the part ---- */

bool graph_add_later(struct graph *g, int64_t id, struct leg **out)
{
	struct maker *m = g->maker;
	struct leg only = { .id = id };
	sqlite3_stmt *row = range(g, schema_report_entries_sql, &only, &only);
	*out = NULL;
	if (row == NULL)
		return false;
	int rc = sqlite3_step(row);
	if (rc == SQLITE_ROW &&
	    (m->host == TRACE_NONE || sqlite3_column_int64(row, 1) == m->host)) {
		struct leg *l = *out = arena_alloc(g->arena, sizeof(*l));
		fill_leg(g, l, row);
		HASH_ADD(hh, g->later, id, sizeof(l->id), l);
	}
	sqlite3_reset(row);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		return trace_failed(m->store, m->err);
	struct reading r = { *out, g->final_count, false };
	return *out == NULL || end_leg(g, &r);
}
