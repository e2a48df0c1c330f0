/*
 * queue.h - what the logs say is still queued, oldest first, and why.
 *
 * A log tells of a queue only up to its own end. So everything here is as of the end of the log of
 * its host; a message of which that log says nothing for QUEUE_SILENT_US is taken to have left
 * without a line that says so (unless it is held: held mail waits for an operator).
 */
#ifndef TRACE_QUEUE_H
#define TRACE_QUEUE_H

#include "base/arena.h"
#include "store/store.h"
#include "trace/trace.h"

/* Longer than a queue keeps trying by default (5 days with two of the MTAs, 4 with the third). */
#define QUEUE_SILENT_US (INT64_C(7) * 86400 * 1000000)
/* Of a log that ended longer ago nothing is known of now. */
#define QUEUE_FRESH_US (INT64_C(86400) * 1000000)

enum queue_state { QUEUE_DEFERRED, QUEUE_UNTRIED, QUEUE_HELD, QUEUE_STATES };

struct queue_options {
	struct str host; /* at NULL: all; any name of it */
	size_t limit;    /* messages */
	bool silent;     /* those as well of which the log no longer speaks */
	int64_t now_us;
};

struct queue_host {
	int64_t id, end_us; /* last line of its log; TRACE_NONE: none */
	bool fresh;         /* ended no longer than QUEUE_FRESH_US before now */
	struct str name;
	int64_t count[QUEUE_STATES]; /* messages, without the silent ones */
	int64_t silent;
};

struct queue_recipient {
	struct str recipient, original, state, relay_host, relay_ip, dsn, reply;
	int64_t attempts, at_us; /* the last attempt */
};

struct queue_entry {
	int64_t id, first_us, last_us, size, nrcpt; /* size, nrcpt: or TRACE_NONE */
	const struct queue_host *host;
	enum queue_state state;
	bool silent, head_missing;
	struct str mta, queue_id, message_id, sender, client_host, client_ip;
	struct queue_recipient *recipient; /* who waits after an attempt; none of an untried one */
	size_t recipient_count;
};

struct queue {
	struct queue_host *host; /* those asked for, by name */
	size_t host_count;
	struct queue_entry *entry; /* oldest first */
	size_t entry_count;
	bool more; /* there are others, by the limit */
};

/* Into *q, in a. False and *err on failure; *nothing: there is no such host. */
bool queue_read(struct store *s, struct arena *a, const struct queue_options *opt, struct queue *q,
		bool *nothing, struct err *err);

/* "deferred", "not tried", "held" */
const char *queue_state_name(enum queue_state state);

/* Sum over the states. */
int64_t queue_count(const struct queue_host *h);

#endif
