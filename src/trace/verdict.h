/*
 * verdict.h - what verdict.c, follow.c and match.c share.
 */
#ifndef TRACE_VERDICT_H
#define TRACE_VERDICT_H

#include "trace/internal.h"

/* Where one recipient ended. */
struct final {
	struct trace_entry *entry;
	struct trace_recipient *last; /* NULL: the entry has none for it */
	enum trace_end end;
	struct str state;
	int64_t at_us;
	const struct trace_hop *claim;
	size_t among, failed;
};

struct finals {
	struct final *at;
	size_t count, room;
};

/* Recipients of one entry that went to the same next entry together. */
struct pair {
	struct {
		int64_t from, to; /* entry ids */
	} key;
	const struct trace_entry *from;
	struct trace_entry *to;
	size_t unmatched;              /* recipients of from that are none of to's */
	struct trace_recipient **rest; /* recipients of to that are none of from's; where there are
					  none and to is done, all of them: */
	bool merged;                   /* one copy was for several recipients of from */
	size_t rest_count;
	bool counted;
	struct final *summary; /* where it cannot be told who became whom */
	UT_hash_handle hh;
};

struct trace_memo {
	struct finals finals;
	bool busy, done;
	bool shown;                  /* its finals stand in a verdict already */
	const struct trace_hop *hop; /* the way on; NULL: none */
	size_t mark;                 /* of drop_doubles */
};

/* Recipients of an entry by address, domain in lower case, or by local part. */
struct trace_address {
	char *key;
	struct trace_recipient **at;
	size_t count;
	UT_hash_handle hh;
};

/* Hops by delivery, or by entry and next queue ID where a delivery is not stated. */
struct way {
	char *key;
	size_t len;
	const struct trace_hop *hop;
	UT_hash_handle hh;
};

struct judge {
	struct trace *trace;
	struct arena *arena;
	struct way *ways;
	struct pair *pairs;
	size_t mark, *marks; /* of drop_doubles: the round under way, and by entry */
};

enum address_kind { ADDRESS_WHOLE = 'a', ADDRESS_LOCAL = 'l' };

/* Build e->addresses. Freed with match_free. */
void match_index(struct judge *j, struct trace_entry *e);
void match_free(struct trace_entry *e);

/* Recipients of e with this address; NULL: none. */
const struct trace_address *match_address(struct judge *j, const struct trace_entry *e,
					  struct str address, enum address_kind kind);

/* The same of an address that entry `from` has. A name without a domain is somebody else on another
 * host. */
const struct trace_address *match_across(struct judge *j, const struct trace_entry *from,
					 const struct trace_entry *to, struct str address);

/* Is r, a recipient of `from`, by either of its addresses one of `to`? */
bool match_any(struct judge *j, const struct trace_entry *from, const struct trace_recipient *r,
	       const struct trace_entry *to);

/* Index all hops, then choose for each recipient the hop it went on by. */
void match_ways(struct judge *j);

/* The recipients that went from one entry to another. */
struct pair *match_pair(struct judge *j, const struct trace_entry *from, struct trace_entry *to);

struct trace_memo *match_memo(struct judge *j, struct trace_recipient *r);

/* follow.c: where a recipient of e ended; at least one place. */
struct finals judge_follow(struct judge *j, struct trace_entry *e, struct trace_recipient *r);

/* An entry whose log names none of its recipients, and a notice that it failed: its outcome is that
 * it bounced. Once its hops and notes are there, before any verdict. */
void judge_failed_whole(struct trace_entry *e);

/* What the entry's own state says for recipients without an attempt. */
struct final judge_entry(struct trace_entry *e);

/* The only stated way on from an entry that shows no attempts (requeue, clone). */
struct trace_entry *judge_moved_whole(const struct trace_entry *e);

/* How bad a state is, for sums; from JUDGE_FAILED on it has failed for good. */
#define JUDGE_FAILED 7
int judge_badness(struct str state);

#endif
