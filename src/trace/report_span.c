/*
 * report_span.c - the span of a report, as its parts ask for it: statements over it, columns of
 * their rows, and the hour or day of a time.
 */
#include "trace/report_internal.h"

sqlite3_stmt *report_span(struct maker *m, const char *sql)
{
	sqlite3_stmt *row = store_prepare(m->store, sql, m->err);
	if (row == NULL)
		return NULL;
	sqlite3_bind_int64(row, 1, m->report->since_us);
	sqlite3_bind_int64(row, 2, m->report->until_us);
	if (m->host != TRACE_NONE)
		sqlite3_bind_int64(row, 3, m->host);
	return row;
}

struct str report_text(sqlite3_stmt *row, int column)
{
	if (sqlite3_column_type(row, column) == SQLITE_NULL)
		return (struct str){ NULL, 0 };
	const void *at = sqlite3_column_blob(row, column);
	size_t len = (size_t)sqlite3_column_bytes(row, column);
	return at != NULL ? (struct str){ at, len } : STR("");
}

struct report_bucket *report_bucket_at(struct maker *m, int64_t at_us)
{
	struct report *r = m->report;
	if (at_us < r->since_us || at_us >= r->until_us || r->bucket_count == 0)
		return NULL;
	size_t i = (size_t)((at_us - r->buckets[0].at_us) / r->bucket_us);
	return i < r->bucket_count ? &r->buckets[i] : NULL;
}
