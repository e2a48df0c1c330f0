/*
 * tally.h - things counted by a key, and percentiles of durations.
 */
#ifndef TRACE_TALLY_H
#define TRACE_TALLY_H

#include "base/hash.h"
#include "trace/report.h"

/* Durations; zero-initialise. The memory is the tally's. */
struct series {
	int64_t *us;
	size_t count, room;
	bool sorted;
};

void series_add(struct series *s, int64_t us);
/* Sorts it. Nearest rank: the smallest value that `percent` of all do not exceed; 0 for none. */
int64_t series_percentile(struct series *s, int percent);

struct tally_line {
	struct report_line line;
	struct series *times; /* NULL: none so far; see tally_time */
	int64_t last;         /* the entry counted last, for what counts once an entry */
	UT_hash_handle hh;    /* by code and name; in the order of making */
};

/* Zero-initialise; lines and texts live in the arena. Free with tally_free. */
struct tally {
	struct tally_line *first, *recent; /* recent: the one asked for last */
	size_t kinds;
};

/* The line of (code, name), made when it is not there. */
struct tally_line *tally_at(struct tally *t, struct arena *a, struct str code, struct str name);

/* A duration of the line. */
void tally_time(struct tally_line *l, struct arena *a, int64_t us);

/* The first `top` by count (then by bytes and name), copied to the arena; totals over all. */
struct report_list tally_top(struct tally *t, struct arena *a, size_t top);

void tally_free(struct tally *t);

#endif
