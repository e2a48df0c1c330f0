/*
 * search.c - a search: its statements run, their rows put together.
 *
 * Promises: newest first; without a name to look up, the index on (host, first_at) gives the newest
 * of each host, so that the size of the database does not matter.
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

static bool hosts(struct store *s, struct arena *a, int64_t **out, size_t *count, struct err *err)
{
	sqlite3_stmt *stmt = store_prepare(s, "SELECT id FROM host", err);
	int rc = SQLITE_ERROR;
	while (stmt != NULL && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		*out = arena_grow(a, *out, *count, sizeof(**out));
		(*out)[(*count)++] = sqlite3_column_int64(stmt, 0);
	}
	if (stmt != NULL)
		sqlite3_reset(stmt);
	return rc == SQLITE_DONE || (stmt != NULL && trace_failed(s, err));
}

static bool run_entries(struct store *s, const struct search_query *q, struct found *f,
			struct err *err)
{
	struct build b = { .a = f->a };
	int64_t *host = NULL;
	size_t count = 0;
	search_entries(&b, q, TRACE_NONE);
	if (b.named)
		return run(s, &b, f, err);
	bool ok = hosts(s, f->a, &host, &count, err);
	for (size_t i = 0; ok && i < count; i++) {
		b = (struct build){ .a = f->a };
		search_entries(&b, q, host[i]);
		ok = run(s, &b, f, err);
	}
	return ok;
}

bool search_run(struct store *s, struct arena *a, const struct search_query *q,
		struct search_row **rows, size_t *count, bool *more, struct err *err)
{
	struct found f = { .a = a };
	struct build b = { .a = a };
	bool ok = run_entries(s, q, &f, err);
	if (ok && search_rejects(&b, q))
		ok = run(s, &b, &f, err);
	if (f.count > 1)
		qsort(f.row, f.count, sizeof(*f.row), newest_first);
	*more = f.count > q->limit;
	*rows = f.row;
	*count = *more ? q->limit : f.count;
	return ok;
}
