/*
 * report_span.c - the span of a report, as its parts ask for it: statements over it, columns of
 * their rows, states, and the hour or day of a time.
 */
#include "trace/report_internal.h"

sqlite3_stmt *report_between(struct maker *m, const char *sql, int64_t since_us, int64_t until_us)
{
	sqlite3_stmt *row = store_prepare(m->store, sql, m->err);
	if (row == NULL)
		return NULL;
	sqlite3_bind_int64(row, 1, since_us);
	sqlite3_bind_int64(row, 2, until_us);
	if (m->host != TRACE_NONE)
		sqlite3_bind_int64(row, 3, m->host);
	return row;
}

sqlite3_stmt *report_span(struct maker *m, const char *sql)
{
	return report_between(m, sql, m->report->since_us, m->report->until_us);
}

struct str report_text(sqlite3_stmt *row, int column)
{
	const void *at = sqlite3_column_blob(row, column);
	if (at != NULL)
		return (struct str){ at, (size_t)sqlite3_column_bytes(row, column) };
	return sqlite3_column_type(row, column) == SQLITE_NULL ? (struct str){ NULL, 0 } : STR("");
}

/* ---- states ---- */

static const struct str names[] = {
	[END_OTHER] = { "other", 5 },       [END_QUEUED] = { "queued", 6 },
	[END_DEFERRED] = { "deferred", 8 }, [END_HELD] = { "held", 4 },
	[END_RELAYED] = { "relayed", 7 },   [END_DELIVERED] = { "delivered", 9 },
	[END_FILTERED] = { "filtered", 8 }, [END_EXPANDED] = { "expanded", 8 },
	[END_BOUNCED] = { "bounced", 7 },   [END_EXPIRED] = { "expired", 7 },
	[END_DELETED] = { "deleted", 7 },   [END_REJECTED] = { "rejected", 8 },
	[END_PROBE] = { "probe", 5 },
};

struct str report_end_name(enum end end)
{
	return names[end];
}

enum end report_end(struct str state)
{
	for (int end = END_OTHER + 1; end <= END_PROBE; end++)
		if (names[end].len == state.len && memcmp(names[end].at, state.at, state.len) == 0)
			return (enum end)end;
	return END_OTHER;
}

bool report_waits(enum end end)
{
	return end == END_QUEUED || end == END_DEFERRED || end == END_HELD;
}

struct report_bucket *report_bucket_at(struct maker *m, int64_t at_us)
{
	struct report *r = m->report;
	if (at_us < r->since_us || at_us >= r->until_us || r->bucket_count == 0)
		return NULL;
	size_t i = (size_t)((at_us - r->buckets[0].at_us) / r->bucket_us);
	return i < r->bucket_count ? &r->buckets[i] : NULL;
}
