/*
 * search.c - a search: its statements run, their rows put together.
 *
 * Promises: newest first; what is found does not depend on the way it is looked for.
 */
#include "trace/search.h"

#include <stdlib.h>

#include "trace/internal.h"
#include "trace/search_sql.h"

struct found {
	struct arena *a;
	struct search_row *row;
	size_t count;
};

static void read_row(struct found *f, sqlite3_stmt *stmt)
{
	f->row = arena_grow(f->a, f->row, f->count, sizeof(*f->row));
	struct search_row *r = &f->row[f->count++];
	struct str *const texts[] = { &r->host,
				      &r->mta,
				      &r->queue_id,
				      &r->message_id,
				      &r->sender,
				      &r->recipient,
				      &r->original_recipient,
				      &r->client_host,
				      &r->client_ip,
				      &r->state,
				      &r->dsn,
				      &r->relay_host,
				      &r->relay_ip,
				      &r->text };
	*r = (struct search_row){ .reject = sqlite3_column_int(stmt, 0) != 0,
				  .entry = sqlite3_column_int64(stmt, 1),
				  .at_us = sqlite3_column_int64(stmt, 2),
				  .size = trace_int(stmt, 3),
				  .attempts = trace_int(stmt, 4) };
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		*texts[i] = trace_text(f->a, stmt, (int)i + 5);
}

static bool run(struct store *s, const struct build *b, struct found *f, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	if (sqlite3_prepare_v2(store_db(s), b->sql, -1, &stmt, NULL) != SQLITE_OK)
		return trace_failed(s, err);
	for (int i = 0; i < b->values; i++) {
		if (b->is_text[i])
			sqlite3_bind_text64(stmt, i + 1, b->text[i].at, b->text[i].len,
					    SQLITE_STATIC, SQLITE_UTF8);
		else
			sqlite3_bind_int64(stmt, i + 1, b->number[i]);
	}
	int rc;
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW)
		read_row(f, stmt);
	sqlite3_finalize(stmt);
	return rc == SQLITE_DONE || trace_failed(s, err);
}

static int newest_first(const void *a, const void *b)
{
	const struct search_row *x = a, *y = b;
	if (x->at_us != y->at_us)
		return x->at_us < y->at_us ? 1 : -1;
	if (x->entry != y->entry)
		return x->entry < y->entry ? 1 : -1;
	return 0;
}

/* ---- which hosts ---- */

struct hosts {
	int64_t *id;
	size_t count;
	bool all;
};

static bool add_hosts(struct store *s, struct arena *a, const struct search_query *q,
		      struct hosts *h, struct err *err)
{
	bool pattern = q->host.len > 0;
	sqlite3_stmt *stmt = store_prepare(s,
					   pattern ? "SELECT id FROM host WHERE lower(name) GLOB ?1"
						   : "SELECT id FROM host",
					   err);
	if (stmt == NULL)
		return false;
	if (pattern) {
		struct str glob = search_glob(a, q->host);
		sqlite3_bind_text64(stmt, 1, glob.at, glob.len, SQLITE_STATIC, SQLITE_UTF8);
	}
	int rc;
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		h->id = arena_grow(a, h->id, h->count, sizeof(*h->id));
		h->id[h->count++] = sqlite3_column_int64(stmt, 0);
	}
	sqlite3_reset(stmt);
	return rc == SQLITE_DONE || trace_failed(s, err);
}

/* Those whose logs are meant. None: there is none of that name. */
static bool find_hosts(struct store *s, struct arena *a, const struct search_query *q,
		       struct hosts *h, struct err *err)
{
	bool nothing = false;
	struct str name;
	h->all = q->host.len == 0;
	if (h->all || search_is_pattern(q->host))
		return add_hosts(s, a, q, h, err);
	h->id = arena_alloc(a, sizeof(*h->id));
	h->count = 1;
	if (trace_host(s, a, q->host, h->id, &name, &nothing, err))
		return true;
	h->count = 0;
	return nothing;
}

/* ---- the newest, then all ---- */

/*
 * What is asked for is often among the newest entries often enough: they are looked at one by one,
 * which ends as soon as the limit is reached. Only when that is not so lists are made, which take
 * as long for one entry as for many.
 */
#define NEWEST 3000

struct search {
	struct store *store;
	const struct search_query *query;
	struct hosts hosts;
	struct found *found;
	struct err *err;
};

/* first_at of the entry that many before the newest that is meant, if that is after *since; *older
 * then: there are entries before it. */
static bool newest_of(struct search *q, int64_t host, int64_t *since, bool *older)
{
	static const char sql[] = "SELECT first_at FROM entry WHERE host = ?1 AND first_at <= ?2 "
				  "ORDER BY first_at DESC LIMIT 1 OFFSET ?3";
	sqlite3_stmt *row = trace_by_id(q->store, sql, host, q->err);
	if (row == NULL)
		return false;
	size_t many = q->query->newest > 0 ? q->query->newest : NEWEST;
	int64_t until = q->query->until_us;
	sqlite3_bind_int64(row, 2, until != TRACE_NONE ? until : INT64_MAX);
	sqlite3_bind_int64(row, 3, (int64_t)many);
	int rc = sqlite3_step(row);
	int64_t at = rc == SQLITE_ROW ? sqlite3_column_int64(row, 0) : TRACE_NONE;
	if (at > *since) {
		*since = at;
		*older = true;
	}
	sqlite3_reset(row);
	return rc == SQLITE_ROW || rc == SQLITE_DONE || trace_failed(q->store, q->err);
}

static bool add_rejects(struct search *q, int64_t since)
{
	bool ok = true;
	for (size_t i = 0; ok && i < (q->hosts.all ? 1 : q->hosts.count); i++) {
		struct build b = { .a = q->found->a };
		int64_t host = q->hosts.all ? TRACE_NONE : q->hosts.id[i];
		if (search_rejects(&b, q->query, host, since))
			ok = run(q->store, &b, q->found, q->err);
	}
	return ok;
}

/* A list is made once for all hosts when all are meant; one by one is host by host. */
static bool add_entries(struct search *q, int64_t since, bool list)
{
	struct build b = { .a = q->found->a };
	if (list && q->hosts.all) {
		search_entries(&b, q->query, TRACE_NONE, since, true);
		if (b.listed)
			return run(q->store, &b, q->found, q->err);
	}
	bool ok = true;
	for (size_t i = 0; ok && i < q->hosts.count; i++) {
		b = (struct build){ .a = q->found->a };
		search_entries(&b, q->query, q->hosts.id[i], since, list);
		ok = run(q->store, &b, q->found, q->err);
	}
	return ok;
}

static bool search(struct search *q)
{
	int64_t asked = q->query->since_us, since = asked;
	bool ok = true, older = search_names_one(q->query);
	for (size_t i = 0; ok && i < q->hosts.count && !search_names_one(q->query); i++)
		ok = newest_of(q, q->hosts.id[i], &since, &older);
	if (ok && since > asked) {
		ok = add_entries(q, since, false) && add_rejects(q, since);
		if (!ok || q->found->count > q->query->limit)
			return ok;
		q->found->count = 0;
	}
	return ok && add_entries(q, asked, older) && add_rejects(q, asked);
}

bool search_run(struct store *s, struct arena *a, const struct search_query *q,
		struct search_row **rows, size_t *count, bool *more, struct err *err)
{
	struct found f = { .a = a };
	struct search this = { .store = s, .query = q, .found = &f, .err = err };
	bool ok = find_hosts(s, a, q, &this.hosts, err) && search(&this);
	if (f.count > 1)
		qsort(f.row, f.count, sizeof(*f.row), newest_first);
	*more = f.count > q->limit;
	*rows = f.row;
	*count = *more ? q->limit : f.count;
	return ok;
}
