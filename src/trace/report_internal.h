/*
 * report_internal.h - what the files of a report share.
 */
#ifndef TRACE_REPORT_INTERNAL_H
#define TRACE_REPORT_INTERNAL_H

#include "trace/internal.h"
#include "trace/reason.h"
#include "trace/tally.h"

/* schema/report/, embedded by the Makefile */
extern const char schema_report_entries_sql[];
extern const char schema_report_entry_sql[];
extern const char schema_report_claims_sql[];
extern const char schema_report_parents_sql[];
extern const char schema_report_children_sql[];
extern const char schema_report_finals_sql[];
extern const char schema_report_finals_one_sql[];
extern const char schema_report_attempts_sql[];
extern const char schema_report_expired_sql[];
extern const char schema_report_rejects_sql[];
extern const char schema_queue_entries_sql[];
extern const char schema_report_hosts_sql[];

/* What the logs of a host cover. */
struct report_host {
	int64_t id, first_us, last_us; /* TRACE_NONE */
	struct str name;
};

struct maker {
	struct store *store;
	struct arena *arena; /* the report's */
	struct report *report;
	struct err *err;
	size_t top;
	int64_t host; /* TRACE_NONE: all */
	int64_t zone_us;
	struct report_host *hosts;
	size_t host_count;
	int64_t begin_us, end_us; /* of all that is covered, of the host chosen */
};

/* ---- report_span.c ---- */

/*
 * A statement of schema/report/ with ?1 since, ?2 until, ?3 the host or NULL. NULL and *err.
 */
sqlite3_stmt *report_span(struct maker *m, const char *sql);

/* The text of a column while the row stands. */
struct str report_text(sqlite3_stmt *row, int column);

/* The bucket of a time; NULL when it is outside the span. */
struct report_bucket *report_bucket_at(struct maker *m, int64_t at_us);

/* report_messages.c: volume, states, tops, end to end. */
bool report_messages(struct maker *m);
/* report_events.c: deferrals, bounces, relays, rejects, queue. */
bool report_events(struct maker *m);

#endif
