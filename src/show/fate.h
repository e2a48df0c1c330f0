/*
 * fate.h - recipients of one entry that shared all of its attempts, as one: same state, second,
 * relay, TLS, code, reply, next ID and retries. Text and HTML show each fate once.
 */
#ifndef SHOW_FATE_H
#define SHOW_FATE_H

#include "base/hash.h"

#include "show/buf.h"
#include "show/say.h"

struct fate {
	const struct trace_recipient **at; /* not those superseded */
	size_t count;
	int64_t delay_us; /* the longest; TRACE_NONE */
	char *key;
	UT_hash_handle hh;
};

struct fates {
	struct fate *first; /* uthash list, in the order of the log */
	size_t count;
};

/* Fill *out (zero it before). Free with fates_free. */
void fates_of(const struct trace_entry *e, struct fates *out);
void fates_free(struct fates *f);

/* Their addresses, with the original ones; at most `most`, then how many more. */
void fate_names(struct buf *b, const struct say *how, const struct fate *f, size_t most);

/* The reply; of several recipients the address in it becomes "...". */
void fate_reply(struct buf *b, const struct say *how, const struct fate *f);

/* What came before: "deferred 12 times, 4 h 10 m, last 11:00:01: 451 4.7.1 greylisted"; nothing
 * when there were no retries. */
void fate_retries(struct buf *b, const struct say *how, const struct fate *f);

/* The claim of an attempt that leads to no entry; NULL. */
const struct trace_hop *fate_claim(const struct trace_entry *e, const struct fate *f);

#endif
