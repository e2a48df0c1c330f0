/*
 * report_events.c - what happened within the span, whenever the message came: attempts that
 * failed, how long relays took, rejects; and what is still queued.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "trace/report_internal.h"

#define MINUTE_US (60 * US_PER_S)
#define HOUR_US (60 * MINUTE_US)
#define DAY_US (24 * HOUR_US)

const int64_t report_age_us[REPORT_AGES] = { 15 * MINUTE_US, HOUR_US,    4 * HOUR_US,
					     DAY_US,         5 * DAY_US, INT64_MAX };

/* The example is the earliest, so that the order of reading does not show. */
static void add_reason(struct events *e, struct tally *t, int64_t at_us, struct str code,
		       struct str text)
{
	struct arena *a = e->maker->arena;
	char room[REASON_MAX];
	struct str reason = reason_of(room, text);
	struct tally_line *l = tally_at(t, a, code, reason.len > 0 ? reason : STR("(no reason)"));
	if (l->line.count++ == 0 || at_us < l->last) {
		l->line.example = arena_copy(a, text.at != NULL ? text : STR(""));
		l->last = at_us;
	}
}

/* A failed attempt: deferred, or bounced for good. */
static void add_failure(struct events *e, enum end end, int64_t at_us, struct str dsn,
			struct str reply)
{
	struct report *r = e->maker->report;
	struct report_bucket *b = report_bucket_at(e->maker, at_us);
	bool deferred = end == END_DEFERRED;
	*(deferred ? &r->deferred : &r->bounced) += 1;
	if (b != NULL)
		*(deferred ? &b->deferred : &b->bounced) += 1;
	add_reason(e, deferred ? &e->deferrals : &e->bounces, at_us, dsn, reply);
}

static bool is_failure(enum end end)
{
	return end == END_DEFERRED || end == END_BOUNCED || end == END_EXPIRED;
}

/* The next hop by name, else by address, else how the MTA calls it. */
static struct str relay_of(sqlite3_stmt *row)
{
	struct str relay = report_text(row, 8);
	if (relay.len == 0)
		relay = report_text(row, 9);
	return relay.len > 0 ? relay : report_text(row, 10);
}

void report_attempt(struct events *e, sqlite3_stmt *row, enum end end, int64_t first_us)
{
	const struct report *r = e->maker->report;
	int64_t at = sqlite3_column_int64(row, 2);
	if (at < r->since_us || at >= r->until_us)
		return;
	if (is_failure(end))
		add_failure(e, end, at, report_text(row, 12), report_text(row, 13));
	if (end != END_RELAYED && end != END_DELIVERED && end != END_FILTERED)
		return;
	struct str relay = relay_of(row);
	int64_t took = trace_int(row, 11);
	if (took == TRACE_NONE && first_us != TRACE_NONE)
		took = at - first_us;
	if (relay.len == 0 || took == TRACE_NONE || took < 0)
		return;
	struct tally_line *l = tally_at(&e->relays, e->maker->arena, (struct str){ 0 }, relay);
	l->line.count++;
	tally_time(l, e->maker->arena, took);
}

/* Of entries that began before the span. */
static bool read_attempts(struct events *e)
{
	struct maker *m = e->maker;
	sqlite3_stmt *row = report_span(m, schema_report_attempts_sql);
	int rc = SQLITE_ERROR;
	if (row == NULL)
		return false;
	while ((rc = sqlite3_step(row)) == SQLITE_ROW)
		if (sqlite3_column_int(row, 6) == 0)
			report_attempt(e, row, report_end(report_text(row, 5)), trace_int(row, 14));
	sqlite3_reset(row);
	return rc == SQLITE_DONE || trace_failed(m->store, m->err);
}

static bool read_expired(struct events *e)
{
	struct maker *m = e->maker;
	sqlite3_stmt *row = report_span(m, schema_report_expired_sql);
	int rc = SQLITE_ERROR;
	if (row == NULL)
		return false;
	while ((rc = sqlite3_step(row)) == SQLITE_ROW)
		add_failure(e, END_EXPIRED, sqlite3_column_int64(row, 0), report_text(row, 1),
			    report_text(row, 2));
	sqlite3_reset(row);
	return rc == SQLITE_DONE || trace_failed(m->store, m->err);
}

static bool read_rejects(struct events *e)
{
	struct maker *m = e->maker;
	sqlite3_stmt *row = report_span(m, schema_report_rejects_sql);
	int rc = SQLITE_ERROR;
	if (row == NULL)
		return false;
	while ((rc = sqlite3_step(row)) == SQLITE_ROW) {
		int64_t at = sqlite3_column_int64(row, 0);
		struct report_bucket *b = report_bucket_at(m, at);
		m->report->refused++;
		if (b != NULL)
			b->rejected++;
		add_reason(e, &e->rejects, at, report_text(row, 1), report_text(row, 2));
	}
	sqlite3_reset(row);
	return rc == SQLITE_DONE || trace_failed(m->store, m->err);
}

/* ---- relays ---- */

static int slowest(const void *a, const void *b)
{
	const struct report_times *x = a, *y = b;
	if (x->p95_us != y->p95_us)
		return x->p95_us < y->p95_us ? 1 : -1;
	if (x->count != y->count)
		return x->count < y->count ? 1 : -1;
	size_t n = x->name.len < y->name.len ? x->name.len : y->name.len;
	int c = n > 0 ? memcmp(x->name.at, y->name.at, n) : 0;
	return c != 0 ? c : (x->name.len > y->name.len) - (x->name.len < y->name.len);
}

/* Relays that took less than a thousandth of all say little by their percentiles. */
static void rank_relays(struct events *e)
{
	struct report *r = e->maker->report;
	int64_t all = 0;
	for (struct tally_line *l = e->relays.first; l != NULL; l = l->hh.next)
		all += l->line.count;
	r->relay_least = all / 1000 > 1 ? all / 1000 : 1;
	r->relay_kinds = e->relays.kinds;
	struct report_times *at = arena_alloc(e->maker->arena, (r->relay_kinds + 1) * sizeof(*at));
	size_t n = 0;
	for (struct tally_line *l = e->relays.first; l != NULL; l = l->hh.next) {
		if (l->line.count >= r->relay_least)
			at[n++] = (struct report_times){ l->line.name,
							 l->line.count,
							 series_percentile(l->times, 50),
							 series_percentile(l->times, 95),
							 series_percentile(l->times, 99),
							 series_percentile(l->times, 100) };
	}
	qsort(at, n, sizeof(*at), slowest);
	r->relays = at;
	r->relay_count = n < e->maker->top ? n : e->maker->top;
}

/* ---- queue ---- */

static bool read_queue_of(struct maker *m, const struct report_host *h)
{
	struct report *r = m->report;
	/* now, as far as the logs of this host tell; or the end of the span */
	int64_t now = h->last_us < r->until_us ? h->last_us : r->until_us;
	sqlite3_stmt *row = store_prepare(m->store, schema_queue_entries_sql, m->err);
	int rc = SQLITE_ERROR;
	if (row == NULL)
		return false;
	sqlite3_bind_text64(row, 1, h->name.at, h->name.len, SQLITE_STATIC, SQLITE_UTF8);
	while ((rc = sqlite3_step(row)) == SQLITE_ROW) {
		int64_t first = sqlite3_column_int64(row, 2);
		size_t i = 0;
		if (first >= r->until_us)
			continue;
		while (i + 1 < REPORT_AGES && now - first >= report_age_us[i])
			i++;
		r->queued++;
		r->queued_age[i]++;
		if (r->queued_oldest_us == TRACE_NONE || first < r->queued_oldest_us)
			r->queued_oldest_us = first;
	}
	sqlite3_reset(row);
	return rc == SQLITE_DONE || trace_failed(m->store, m->err);
}

static bool read_queue(struct maker *m)
{
	bool ok = true;
	for (size_t i = 0; ok && i < m->host_count; i++)
		if (m->host == TRACE_NONE || m->host == m->hosts[i].id)
			ok = read_queue_of(m, &m->hosts[i]);
	return ok;
}

bool report_events(struct events *e)
{
	struct maker *m = e->maker;
	if (!read_attempts(e) || !read_expired(e) || !read_rejects(e) || !read_queue(m))
		return false;
	rank_relays(e);
	m->report->deferrals = tally_top(&e->deferrals, m->arena, m->top);
	m->report->bounces = tally_top(&e->bounces, m->arena, m->top);
	m->report->rejects = tally_top(&e->rejects, m->arena, m->top);
	return true;
}

void report_events_free(struct events *e)
{
	tally_free(&e->deferrals);
	tally_free(&e->bounces);
	tally_free(&e->rejects);
	tally_free(&e->relays);
}
