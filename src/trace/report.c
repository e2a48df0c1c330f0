/*
 * report.c - the span and the host of a report, and its parts in their order.
 */
#include "trace/report.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "trace/report_internal.h"

#define HOUR_US (3600 * US_PER_S)
#define DAY_US (S_PER_DAY * US_PER_S)
#define HOURS_UP_TO_US (4 * DAY_US) /* longer spans are counted by the day */
#define PART 200000                 /* entries: some 100 MB */

/* ---- what is there ---- */

static bool cover(struct maker *m, struct report_host *h)
{
	sqlite3_stmt *row = trace_by_id(m->store, schema_trace_coverage_sql, h->id, m->err);
	if (row == NULL)
		return false;
	int rc = sqlite3_step(row);
	h->first_us = rc == SQLITE_ROW ? trace_int(row, 2) : TRACE_NONE;
	h->last_us = rc == SQLITE_ROW ? trace_int(row, 3) : TRACE_NONE;
	sqlite3_reset(row);
	return rc == SQLITE_ROW || rc == SQLITE_DONE || trace_failed(m->store, m->err);
}

/* Rejects may be the only thing that happened. */
static bool cover_rejects(struct maker *m)
{
	static const char sql[] = "SELECT max(at), min(at) FROM reject WHERE host = ?1";
	static const char all[] =
		"SELECT (SELECT max(at) FROM reject), (SELECT min(at) FROM reject)";
	sqlite3_stmt *row = store_prepare(m->store, m->host == TRACE_NONE ? all : sql, m->err);
	if (row == NULL)
		return false;
	if (m->host != TRACE_NONE)
		sqlite3_bind_int64(row, 1, m->host);
	int rc = sqlite3_step(row);
	int64_t at = rc == SQLITE_ROW ? trace_int(row, 0) : TRACE_NONE;
	int64_t first = rc == SQLITE_ROW ? trace_int(row, 1) : TRACE_NONE;
	if (at > m->end_us)
		m->end_us = at;
	if (first != TRACE_NONE && first < m->begin_us)
		m->begin_us = first;
	sqlite3_reset(row);
	return rc == SQLITE_ROW || trace_failed(m->store, m->err);
}

static bool load_hosts(struct maker *m)
{
	sqlite3_stmt *row = store_prepare(m->store, schema_report_hosts_sql, m->err);
	if (row == NULL)
		return false;
	int rc;
	while ((rc = sqlite3_step(row)) == SQLITE_ROW) {
		m->hosts = arena_grow(m->arena, m->hosts, m->host_count, sizeof(*m->hosts));
		m->hosts[m->host_count++] =
			(struct report_host){ sqlite3_column_int64(row, 0), TRACE_NONE, TRACE_NONE,
					      trace_text(m->arena, row, 1) };
	}
	sqlite3_reset(row);
	if (rc != SQLITE_DONE)
		return trace_failed(m->store, m->err);
	m->end_us = TRACE_NONE;
	m->begin_us = INT64_MAX;
	for (size_t i = 0; i < m->host_count; i++) {
		struct report_host *h = &m->hosts[i];
		if (!cover(m, h))
			return false;
		if (h->last_us == TRACE_NONE || (m->host != TRACE_NONE && m->host != h->id))
			continue;
		if (h->last_us > m->end_us)
			m->end_us = h->last_us;
		if (h->first_us < m->begin_us)
			m->begin_us = h->first_us;
	}
	return cover_rejects(m);
}

static bool choose_host(struct maker *m, struct str name, bool *nothing)
{
	return name.at == NULL ||
	       trace_host(m->store, m->arena, name, &m->host, &m->report->host, nothing, m->err);
}

/* ---- the span ---- */

static bool choose_span(struct maker *m, const struct report_options *opt, bool *nothing)
{
	struct report *r = m->report;
	if (m->end_us == TRACE_NONE) {
		*nothing = true;
		return err_set(m->err, "the database covers no time at all; read logs with "
				       "`qtrail ingest FILE`");
	}
	r->by_default = opt->since_us == TRACE_NONE && opt->until_us == TRACE_NONE;
	r->until_us = opt->until_us != TRACE_NONE ? opt->until_us : m->end_us + 1;
	r->since_us = opt->since_us != TRACE_NONE ? opt->since_us : r->until_us - DAY_US;
	if (r->by_default && r->since_us < m->begin_us)
		r->since_us = m->begin_us;
	if (r->since_us >= r->until_us) {
		*nothing = true;
		return err_set(m->err, opt->until_us != TRACE_NONE
					       ? "the span is empty: its end is not after its "
						 "beginning"
					       : "the database covers nothing that late");
	}
	return true;
}

/* Hours or days, on the clock of the zone, of that part of the span for which there may be lines.
 */
static void make_buckets(struct maker *m)
{
	struct report *r = m->report;
	int64_t from = r->since_us, to = r->until_us;
	/* a retry of an old message may come a little after what counts as covered */
	if (from < m->begin_us - DAY_US)
		from = m->begin_us - DAY_US;
	if (to > m->end_us + 8 * DAY_US)
		to = m->end_us + 8 * DAY_US;
	if (to <= from)
		return;
	int64_t covered =
		(to < m->end_us ? to : m->end_us) - (from > m->begin_us ? from : m->begin_us);
	r->bucket_us = covered <= HOURS_UP_TO_US ? HOUR_US : DAY_US;
	int64_t local = from + m->zone_us;
	int64_t over = local % r->bucket_us;
	int64_t first = from - (over < 0 ? over + r->bucket_us : over);
	r->bucket_count = (size_t)((to - first + r->bucket_us - 1) / r->bucket_us);
	r->buckets = arena_alloc(m->arena, r->bucket_count * sizeof(*r->buckets));
	for (size_t i = 0; i < r->bucket_count; i++)
		r->buckets[i] =
			(struct report_bucket){ .at_us = first + (int64_t)i * r->bucket_us };
}

static bool is_empty(const struct report_bucket *b)
{
	return b->messages == 0 && b->deferred == 0 && b->bounced == 0 && b->rejected == 0;
}

/* Empty ones before and after what the logs cover say nothing. */
static void trim_buckets(struct maker *m)
{
	struct report *r = m->report;
	while (r->bucket_count > 0 && is_empty(r->buckets) &&
	       r->buckets[0].at_us + r->bucket_us <= m->begin_us) {
		r->buckets++;
		r->bucket_count--;
	}
	while (r->bucket_count > 0 && is_empty(&r->buckets[r->bucket_count - 1]) &&
	       r->buckets[r->bucket_count - 1].at_us > m->end_us)
		r->bucket_count--;
}

struct report *report_make(struct store *s, const struct report_options *opt, bool *nothing,
			   struct err *err)
{
	struct report *r = mem_zalloc(sizeof(*r));
	r->arena = arena_new();
	r->queued_oldest_us = TRACE_NONE;
	struct maker m = { .store = s,
			   .arena = r->arena,
			   .report = r,
			   .err = err,
			   .top = opt->top,
			   .part = opt->part > 0 ? opt->part : PART,
			   .host = TRACE_NONE,
			   .zone_us = opt->zone_us };
	struct events e = { .maker = &m };
	*nothing = false;
	/* all from one state of the database; pages are mostly wanted once, in order */
	sqlite3_exec(store_db(s), "PRAGMA cache_size = -16384; BEGIN", NULL, NULL, NULL);
	bool ok = choose_host(&m, opt->host, nothing) && load_hosts(&m) &&
		  choose_span(&m, opt, nothing);
	if (ok)
		make_buckets(&m);
	ok = ok && report_messages(&m, &e) && report_events(&e);
	report_events_free(&e);
	sqlite3_exec(store_db(s), "ROLLBACK", NULL, NULL, NULL);
	if (ok) {
		trim_buckets(&m);
		return r;
	}
	report_free(r);
	return NULL;
}

void report_free(struct report *r)
{
	if (r == NULL)
		return;
	arena_free(r->arena);
	free(r);
}
