/*
 * report_internal.h - what the files of a report share.
 */
#ifndef TRACE_REPORT_INTERNAL_H
#define TRACE_REPORT_INTERNAL_H

#include "trace/internal.h"
#include "trace/reason.h"
#include "trace/tally.h"

/* schema/report/, embedded by the Makefile */
extern const char schema_report_ids_sql[];
extern const char schema_report_count_sql[];
extern const char schema_report_before_sql[];
extern const char schema_report_entries_sql[];
extern const char schema_report_deliveries_sql[];
extern const char schema_report_finals_sql[];
extern const char schema_report_claims_sql[];
extern const char schema_report_links_sql[];
extern const char schema_report_parents_sql[];
extern const char schema_report_inferred_sql[];
extern const char schema_report_beyond_sql[];
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
	size_t part;  /* entries read at a time, about */
	int64_t host; /* TRACE_NONE: all */
	int64_t zone_us;
	struct report_host *hosts;
	size_t host_count;
	int64_t begin_us, end_us; /* of all that is covered, of the host chosen */
};

/* States of recipients that a report tells apart, the most frequent first; the others are words. */
enum end {
	END_OTHER,
	END_DELIVERED,
	END_RELAYED,
	END_FILTERED,
	END_DEFERRED,
	END_QUEUED,
	END_HELD,
	END_EXPANDED,
	END_BOUNCED,
	END_EXPIRED,
	END_DELETED,
	END_REJECTED,
	END_PROBE
};

/* ---- report_span.c ---- */

/*
 * A statement of schema/report/ with ?1 since, ?2 until, ?3 the host or NULL. NULL and *err.
 */
sqlite3_stmt *report_between(struct maker *m, const char *sql, int64_t since_us, int64_t until_us);
sqlite3_stmt *report_span(struct maker *m, const char *sql); /* that of the report */

/* The text of a column while the row stands. */
struct str report_text(sqlite3_stmt *row, int column);

/* Known, it has a name that stays. */
enum end report_end(struct str state);
struct str report_end_name(enum end end);
bool report_waits(enum end end); /* is it still to come? */

/* The bucket of a time; NULL when it is outside the span. */
struct report_bucket *report_bucket_at(struct maker *m, int64_t at_us);

/* ---- report_events.c: deferrals, bounces, relays, rejects, queue ---- */

struct events {
	struct maker *maker;
	struct tally deferrals, bounces, rejects, relays;
};

/*
 * An attempt of an entry that began at first_us (TRACE_NONE: not seen), if it was made within the
 * span: a row with the columns of deliveries.sql, its state.
 */
void report_attempt(struct events *e, sqlite3_stmt *row, enum end end, int64_t first_us);
/* All but the attempts of entries that began within the span. */
bool report_events(struct events *e);
void report_events_free(struct events *e);

/* ---- report_messages.c: volume, states, tops, end to end ---- */

/* Hands the attempts of all entries that began within the span to e. */
bool report_messages(struct maker *m, struct events *e);

#endif
