/*
 * status.h - what a database holds: hosts, files, runs, and where something is missing.
 */
#ifndef TRACE_STATUS_H
#define TRACE_STATUS_H

#include "base/clock.h"
#include "trace/trace.h"

#define STATUS_SLOT_US (600 * US_PER_S) /* gaps are told to ten minutes */

/*
 * A silence that is unusual for its host. Time is cut into slots of ten minutes; a slot with a
 * record of the host in it is busy. The slots outside the silence, and outside other gaps, tell how
 * often slots of an hour of the day, of weekdays and of weekends each (UTC), are busy; of an hour
 * with fewer than 12 such slots, weekdays and weekends are taken together, and then all hours. A
 * silence is a gap when its chance by that, the product of (1 - share) over its slots, is less than
 * one in a million. No share counts for more than 97 %, so no gap is shorter than 40 minutes.
 */
struct status_gap {
	int64_t from_us, until_us; /* ends of the busy slots before and after it */
	double usual;              /* busy slots that were to be expected in it */
};

struct status_host {
	int64_t id;
	struct str name;
	int64_t first_us, last_us; /* TRACE_NONE: no log of it */
	int64_t entries, rejects, open, open_first_us;
	struct status_gap *gaps;
	size_t gap_count;
};

struct status_source {
	struct str path, host;
	bool is_journal;
	int64_t first_us, last_us;                /* of its records; TRACE_NONE */
	int64_t bytes, lines, matched, unmatched; /* taken so far */
	int64_t run_us;                           /* start of the run that read it last */
};

struct status_run {
	int64_t count; /* runs summed up here */
	int64_t started_us,
		ended_us; /* the first start, the last end; TRACE_NONE: none, or killed */
	struct str version;
	int64_t lines, bytes, matched, not_mail, duplicate, unmatched, malformed, too_long,
		limit_hits;
};

struct status {
	struct arena *arena;
	const char *path;
	int64_t version;                      /* of the schema */
	int64_t bytes, wal_bytes, free_bytes; /* free_bytes: of bytes, for rows to come */
	struct status_run all, last;          /* last.count 0: there was none */
	struct status_host *hosts;
	size_t host_count;
	struct status_source *sources;
	size_t source_count;
};

/* The caller frees it. NULL and *err. */
struct status *status_make(struct store *s, struct err *err);
void status_free(struct status *st);

/* gaps.c: the gaps of one host, in a, oldest first. False and *err. */
bool status_gaps(struct store *s, struct arena *a, struct status_host *h, struct err *err);

/* schema/status/, embedded by the Makefile */
extern const char schema_status_hosts_sql[];
extern const char schema_status_sources_sql[];
extern const char schema_status_runs_sql[];
extern const char schema_status_arrivals_sql[];
extern const char schema_status_attempts_sql[];

#endif
