/*
 * status.c - what a database holds, read at one moment.
 */
#include "trace/status.h"

#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>

#include "trace/internal.h"

static bool pragma(struct store *s, const char *sql, int64_t *out, struct err *err)
{
	sqlite3_stmt *row = store_prepare(s, sql, err);
	if (row == NULL)
		return false;
	bool ok = sqlite3_step(row) == SQLITE_ROW;
	if (ok)
		*out = sqlite3_column_int64(row, 0);
	else
		trace_failed(s, err);
	sqlite3_reset(row);
	return ok;
}

static bool load_size(struct store *s, struct status *st, struct err *err)
{
	int64_t size = 0, pages = 0, unused = 0;
	char wal[PATH_MAX];
	struct stat file;
	if (!pragma(s, "PRAGMA page_size", &size, err) ||
	    !pragma(s, "PRAGMA page_count", &pages, err) ||
	    !pragma(s, "PRAGMA freelist_count", &unused, err) ||
	    !pragma(s, "PRAGMA user_version", &st->version, err))
		return false;
	st->path = store_path(s);
	st->bytes = size * pages;
	st->free_bytes = size * unused;
	snprintf(wal, sizeof(wal), "%s-wal", st->path);
	st->wal_bytes = stat(wal, &file) == 0 ? file.st_size : 0;
	return true;
}

static void read_run(struct status *st, sqlite3_stmt *row, struct status_run *r)
{
	int64_t *const numbers[] = { &r->lines,     &r->bytes,     &r->matched,
				     &r->not_mail,  &r->duplicate, &r->unmatched,
				     &r->malformed, &r->too_long,  &r->limit_hits };
	r->count = sqlite3_column_int64(row, 0);
	r->started_us = trace_int(row, 1);
	r->ended_us = trace_int(row, 2);
	r->version = trace_text(st->arena, row, 3);
	for (int i = 0; i < (int)(sizeof(numbers) / sizeof(numbers[0])); i++)
		*numbers[i] = sqlite3_column_int64(row, 4 + i);
}

static bool load_runs(struct store *s, struct status *st, struct err *err)
{
	sqlite3_stmt *row = store_prepare(s, schema_status_runs_sql, err);
	if (row == NULL)
		return false;
	int rc = sqlite3_step(row);
	if (rc == SQLITE_ROW) {
		read_run(st, row, &st->all);
		rc = sqlite3_step(row);
	}
	if (rc == SQLITE_ROW) {
		read_run(st, row, &st->last);
		rc = sqlite3_step(row);
	}
	sqlite3_reset(row);
	return rc == SQLITE_DONE || trace_failed(s, err);
}

static bool load_hosts(struct store *s, struct status *st, struct err *err)
{
	sqlite3_stmt *row = store_prepare(s, schema_status_hosts_sql, err);
	if (row == NULL)
		return false;
	int rc;
	while ((rc = sqlite3_step(row)) == SQLITE_ROW) {
		st->hosts = arena_grow(st->arena, st->hosts, st->host_count, sizeof(*st->hosts));
		struct status_host *h = &st->hosts[st->host_count++];
		*h = (struct status_host){ .id = sqlite3_column_int64(row, 0),
					   .name = trace_text(st->arena, row, 1),
					   .first_us = trace_int(row, 2),
					   .last_us = trace_int(row, 3),
					   .entries = sqlite3_column_int64(row, 4),
					   .rejects = sqlite3_column_int64(row, 5),
					   .open = sqlite3_column_int64(row, 6),
					   .open_first_us = trace_int(row, 7) };
	}
	sqlite3_reset(row);
	bool ok = rc == SQLITE_DONE || trace_failed(s, err);
	for (size_t i = 0; ok && i < st->host_count; i++)
		ok = status_gaps(s, st->arena, &st->hosts[i], err);
	return ok;
}

static bool load_sources(struct store *s, struct status *st, struct err *err)
{
	sqlite3_stmt *row = store_prepare(s, schema_status_sources_sql, err);
	if (row == NULL)
		return false;
	int rc;
	while ((rc = sqlite3_step(row)) == SQLITE_ROW) {
		st->sources =
			arena_grow(st->arena, st->sources, st->source_count, sizeof(*st->sources));
		st->sources[st->source_count++] =
			(struct status_source){ .path = trace_text(st->arena, row, 0),
						.host = trace_text(st->arena, row, 1),
						.is_journal = sqlite3_column_int(row, 2) != 0,
						.first_us = trace_int(row, 3),
						.last_us = trace_int(row, 4),
						.bytes = sqlite3_column_int64(row, 5),
						.lines = sqlite3_column_int64(row, 6),
						.matched = sqlite3_column_int64(row, 7),
						.unmatched = sqlite3_column_int64(row, 8),
						.run_us = trace_int(row, 9) };
	}
	sqlite3_reset(row);
	return rc == SQLITE_DONE || trace_failed(s, err);
}

/* One read transaction, so that the numbers are of one moment. */
static bool transaction(struct store *s, const char *sql, struct err *err)
{
	return sqlite3_exec(store_db(s), sql, NULL, NULL, NULL) == SQLITE_OK ||
	       trace_failed(s, err);
}

struct status *status_make(struct store *s, struct err *err)
{
	struct arena *a = arena_new();
	struct status *st = arena_alloc(a, sizeof(*st));
	*st = (struct status){ .arena = a };
	bool ok = transaction(s, "BEGIN", err);
	ok = ok && load_size(s, st, err) && load_runs(s, st, err) && load_hosts(s, st, err) &&
	     load_sources(s, st, err);
	struct err ignored;
	ok = transaction(s, "COMMIT", ok ? err : &ignored) && ok;
	if (ok)
		return st;
	arena_free(a);
	return NULL;
}

void status_free(struct status *st)
{
	if (st != NULL)
		arena_free(st->arena);
}
