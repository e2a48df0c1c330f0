/*
 * report.h - the numbers of a span of time: what came in, what became of it, what
 * went wrong, what was slow, who sent most, what is still queued.
 *
 * What is counted:
 *   - A message counts once, where and when it first came in: an entry that is the child of a
 *     relay, filter, forward, requeue or clone hop is the same message, on any host of ours. A
 *     bounce or other notice is a message of its own. With a host chosen, only hops within that
 *     host join: the report is that host's view.
 *   - Volume, states, senders, recipients, clients and domains are those of messages that came in
 *     within the span; a recipient has the state of the last entry it was seen in.
 *   - Deferrals, bounces, relays and rejects are events within the span, whenever the message came.
 *   - Queue: what came before the end of the span and has no end in any log read.
 * Probes (address verification) and IDs that never became a message are left out.
 *
 * Times are microseconds UTC, sizes bytes. Text is as logged: whoever shows it escapes it.
 */
#ifndef TRACE_REPORT_H
#define TRACE_REPORT_H

#include "base/arena.h"
#include "base/err.h"
#include "store/store.h"
#include "trace/trace.h"

struct report_options {
	int64_t since_us, until_us; /* [since, until); TRACE_NONE: see report_make */
	struct str host;            /* at NULL: all; any name of it */
	size_t top;                 /* rows of a list */
	int64_t zone_us;            /* offset of the zone whose hours and days are counted by */
	size_t part;                /* entries read at a time, about; 0: as many as pay */
};

struct report_line {
	struct str code;    /* of reasons: enhanced status code, or SMTP code; at NULL: none */
	struct str name;    /* address, domain, client, state, or a reason as reason.h makes it */
	struct str example; /* of reasons: one text as logged */
	int64_t count;      /* messages; recipients of states; attempts of reasons */
	int64_t bytes;      /* of those messages; 0 for reasons */
};

/* The first ones of a list; total and kinds are over all. */
struct report_list {
	struct report_line *at;
	size_t count, kinds;
	int64_t total;
};

/* How long it took; percentiles by nearest rank. */
struct report_times {
	struct str name;
	int64_t count, p50_us, p95_us, p99_us, max_us;
};

struct report_bucket {
	int64_t at_us; /* its start */
	int64_t messages, bytes, deferred, bounced, rejected;
};

/* What is still queued, by age: under the limit (and not under the one before). */
#define REPORT_AGES 6
extern const int64_t report_age_us[REPORT_AGES]; /* the last is INT64_MAX */

struct report {
	int64_t since_us, until_us;
	bool by_default; /* the span is the last 24 hours covered */
	struct str host; /* name of the one chosen; at NULL: all */

	int64_t messages, notices;          /* notices: of the messages, bounces and the like */
	int64_t entries;                    /* queue entries (legs) they took */
	int64_t recipients, ends, bytes;    /* recipients as they came; ends: after expansion */
	int64_t deferred, bounced, refused; /* attempts, recipients, rejects within the span */
	struct report_list states;          /* of ends */
	struct report_list deferrals, bounces, rejects;
	struct report_list senders, recipient_list, clients, sender_domains, recipient_domains;

	struct report_times *relays; /* slowest (p95) first */
	size_t relay_count, relay_kinds;
	int64_t relay_least;       /* relays that took fewer are left out */
	struct report_times whole; /* end to end */

	int64_t bucket_us; /* an hour or a day; of the span, what the logs cover */
	struct report_bucket *buckets;
	size_t bucket_count;

	int64_t queued, queued_age[REPORT_AGES]; /* entries */
	int64_t queued_oldest_us;                /* TRACE_NONE: none */
	struct arena *arena;
};

/*
 * Read the numbers. Without an end the span ends with what the logs cover, without a beginning it
 * begins 24 hours earlier (with neither: no earlier than they cover). NULL and *err on a failure;
 * also when there is no such host or nothing at all in the database, and then *nothing is true and
 * err says what there is. Free with report_free.
 */
struct report *report_make(struct store *s, const struct report_options *opt, bool *nothing,
			   struct err *err);
void report_free(struct report *r);

#endif
