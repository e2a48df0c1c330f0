/*
 * gaps.c - silences in a host's logs that are unusual for it (status.h says what that is).
 *
 * Promises: memory grows with the busy slots of ten minutes, not with the records; deliveries are
 * looked at only within silences that arrivals and refusals alone would call gaps.
 */
#include <math.h>
#include <stdlib.h>

#include "trace/internal.h"
#include "trace/status.h"

#define HOUR_SLOTS 6
#define DAY_SLOTS ((int64_t)144)
#define WEEK_SLOTS ((int64_t)1008)
#define CLASSES 48                     /* hours of weekdays, hours of weekends */
#define ENOUGH 12.0                    /* slots that tell a habit */
#define SHARE_MAX 0.97                 /* nothing is certain */
#define CHANCE_LOG -13.815510557964274 /* ln(1e-6) */
#define SHORTEST 4                     /* SHARE_MAX makes shorter ones likelier than that */
#define ROUNDS 5
#define LOOKED_AT 200 /* silences that are looked into for deliveries */

struct slots {
	int64_t *at;
	size_t count, room;
};

/* Slots by class. */
struct classes {
	double n[CLASSES];
};

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static int64_t slot_of(int64_t at_us)
{
	return floor_div(at_us, STATUS_SLOT_US);
}

static int class_of(int64_t slot)
{
	int64_t day = floor_div(slot, DAY_SLOTS);
	int64_t weekday =
		(day + 4) - floor_div(day + 4, 7) * 7; /* 1970-01-01 was a Thursday; 0: Sunday */
	int hour = (int)((slot - day * DAY_SLOTS) / HOUR_SLOTS);
	return weekday == 0 || weekday == 6 ? 24 + hour : hour;
}

/* How many slots from, until (without it) of each class there are. */
static void count_span(int64_t from, int64_t until, struct classes *out)
{
	int64_t weeks = (until - from) / WEEK_SLOTS;
	for (int i = 0; i < CLASSES; i++)
		out->n[i] = (double)weeks * HOUR_SLOTS * (i < 24 ? 5 : 2);
	for (int64_t slot = from + weeks * WEEK_SLOTS; slot < until; slot++)
		out->n[class_of(slot)] += 1;
}

static void add(struct slots *s, int64_t slot)
{
	if (s->count > 0 && s->at[s->count - 1] == slot)
		return;
	if (s->count == s->room) {
		s->room = s->room > 0 ? s->room * 2 : 1024;
		s->at = mem_realloc(s->at, s->room * sizeof(*s->at));
	}
	s->at[s->count++] = slot;
}

static int by_slot(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

static void order(struct slots *s)
{
	size_t kept = 0;
	if (s->count > 1)
		qsort(s->at, s->count, sizeof(*s->at), by_slot);
	for (size_t i = 0; i < s->count; i++) {
		if (kept == 0 || s->at[kept - 1] != s->at[i])
			s->at[kept++] = s->at[i];
	}
	s->count = kept;
}

static bool load(struct store *s, int64_t host, struct slots *out, struct err *err)
{
	sqlite3_stmt *row = trace_by_id(s, schema_status_arrivals_sql, host, err);
	int rc = SQLITE_ERROR;
	while (row != NULL && (rc = sqlite3_step(row)) == SQLITE_ROW)
		add(out, slot_of(sqlite3_column_int64(row, 0)));
	if (row != NULL)
		sqlite3_reset(row);
	order(out);
	return rc == SQLITE_DONE || (row != NULL && trace_failed(s, err));
}

/* Deliveries within a gap. */
static bool load_attempts(struct store *s, int64_t host, const struct status_gap *g,
			  struct slots *out, struct err *err)
{
	sqlite3_stmt *row = trace_by_id(s, schema_status_attempts_sql, host, err);
	if (row == NULL)
		return false;
	sqlite3_bind_int64(row, 2, g->from_us);
	sqlite3_bind_int64(row, 3, g->until_us);
	int rc;
	while ((rc = sqlite3_step(row)) == SQLITE_ROW)
		add(out, sqlite3_column_int64(row, 0));
	sqlite3_reset(row);
	return rc == SQLITE_DONE || trace_failed(s, err);
}

/* The share of busy slots at a class of times, by those outside the silence. */
static double share(const struct classes *all, const struct classes *busy,
		    const struct classes *quiet, int class)
{
	int hour = class % 24;
	double other = all->n[class] - quiet->n[class], had = busy->n[class];
	if (other < ENOUGH) {
		other = all->n[hour] - quiet->n[hour] + all->n[hour + 24] - quiet->n[hour + 24];
		had = busy->n[hour] + busy->n[hour + 24];
	}
	if (other < ENOUGH) {
		other = had = 0;
		for (int i = 0; i < CLASSES; i++) {
			other += all->n[i] - quiet->n[i];
			had += busy->n[i];
		}
	}
	double p = other > 0 ? had / other : 0;
	return p < SHARE_MAX ? p : SHARE_MAX;
}

/* What is known of a host's habit. */
struct habit {
	struct classes all;  /* slots, those of gaps found before left out */
	struct classes busy; /* of these */
};

/* Is the silence between two busy slots a gap? left_out: it is one of those found before. */
static bool is_gap(const struct habit *habit, int64_t before, int64_t after, bool left_out,
		   struct status_gap *out)
{
	struct classes quiet, none = { { 0 } };
	double chance = 0;
	count_span(before + 1, after, &quiet);
	*out = (struct status_gap){ (before + 1) * STATUS_SLOT_US, after * STATUS_SLOT_US, 0 };
	for (int i = 0; i < CLASSES; i++) {
		if (quiet.n[i] > 0) {
			double p = share(&habit->all, &habit->busy, left_out ? &none : &quiet, i);
			chance += quiet.n[i] * log1p(-p);
			out->usual += quiet.n[i] * p;
		}
	}
	return chance < CHANCE_LOG;
}

static void learn_habit(const struct slots *s, const struct status_host *h, struct habit *out)
{
	struct classes gap;
	*out = (struct habit){ 0 };
	count_span(s->at[0], s->at[s->count - 1] + 1, &out->all);
	for (size_t i = 0; i < s->count; i++)
		out->busy.n[class_of(s->at[i])] += 1;
	for (size_t k = 0; k < h->gap_count; k++) {
		count_span(slot_of(h->gaps[k].from_us), slot_of(h->gaps[k].until_us), &gap);
		for (int i = 0; i < CLASSES; i++)
			out->all.n[i] -= gap.n[i];
	}
}

/* The gaps by what h->gaps, found before, leaves of the host's habit. */
static void find_again(struct arena *a, const struct slots *s, struct status_host *h)
{
	struct habit habit;
	struct status_gap gap, *gaps = NULL;
	size_t count = 0, known = 0;
	learn_habit(s, h, &habit);
	for (size_t i = 1; i < s->count; i++) {
		int64_t from_us = (s->at[i - 1] + 1) * STATUS_SLOT_US;
		while (known < h->gap_count && h->gaps[known].from_us < from_us)
			known++;
		bool left_out = known < h->gap_count && h->gaps[known].from_us == from_us;
		if (s->at[i] - s->at[i - 1] <= SHORTEST ||
		    !is_gap(&habit, s->at[i - 1], s->at[i], left_out, &gap))
			continue;
		gaps = arena_grow(a, gaps, count, sizeof(*gaps));
		gaps[count++] = gap;
	}
	h->gaps = gaps;
	h->gap_count = count;
}

/* A long gap hides a short one until it is left out of what is usual. */
static void find(struct arena *a, const struct slots *s, struct status_host *h)
{
	h->gap_count = 0;
	for (size_t before = 0, round = 0; s->count > 1 && round < ROUNDS; round++) {
		find_again(a, s, h);
		if (h->gap_count == before)
			break;
		before = h->gap_count;
	}
}

bool status_gaps(struct store *s, struct arena *a, struct status_host *h, struct err *err)
{
	struct slots slots = { 0 };
	bool ok = load(s, h->id, &slots, err);
	find(a, &slots, h);
	size_t look = h->gap_count < LOOKED_AT ? h->gap_count : LOOKED_AT;
	for (size_t i = 0; ok && i < look; i++)
		ok = load_attempts(s, h->id, &h->gaps[i], &slots, err);
	if (look > 0) {
		order(&slots);
		find(a, &slots, h);
	}
	free(slots.at);
	return ok;
}
