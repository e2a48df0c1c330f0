/*
 * trace.h - from a queue ID or Message-ID to everything known of the message:
 * its entries over all hosts, the hops between them, a verdict per recipient.
 *
 * Reads the store, knows nothing of printing. Whether a claimed queue ID is an
 * entry is decided by the view `hop` alone. Text is as logged: any byte, chosen
 * by strangers; whoever shows it escapes it. Times are microseconds UTC.
 */
#ifndef TRACE_TRACE_H
#define TRACE_TRACE_H

#include "base/arena.h"
#include "base/err.h"
#include "store/store.h"

#define TRACE_NONE INT64_MIN /* a time or number that is not known */

/* Entries of a trace, unless the caller asks for more. */
#define TRACE_LIMIT ((size_t)5000)

/* ---- what is asked for ---- */

struct trace_life {
	int64_t entry, first_at_us, last_at_us;
};

struct trace_lives {
	struct trace_life *life; /* oldest first */
	size_t count;
	bool cut; /* there are more */
};

/*
 * All lives of a queue ID (any host), or all with a Message-ID, with or without
 * <>. Case-sensitive. Blanks around and punctuation after it do not count. *out lives in a;
 * count 0 when nothing has that name. False and *err on a failure of the database.
 */
bool trace_find(struct store *s, struct arena *a, struct str text, struct trace_lives *out,
		struct err *err);

/* The same for every word of a pasted text that is a queue ID or <Message-ID> of the database. */
bool trace_find_words(struct store *s, struct arena *a, struct str text, struct trace_lives *out,
		      struct err *err);

/* Keep the lives that reach into a span of time; none does: the nearest one. */
void trace_lives_at(struct trace_lives *lives, int64_t from_us, int64_t to_us);

/* ---- the answer ---- */

struct trace_delivery {
	int64_t id, at_us;
	struct str recipient, original_recipient, state;
	struct str relay_host, relay_ip, transport, tls, dsn, reply, next_queue_id, server;
	int64_t relay_port, delay_us; /* TRACE_NONE */
	bool followable, ambiguous;
};

/* The attempts for one recipient of an entry, folded (same rule as view last_delivery). */
struct trace_recipient {
	struct str recipient, original_recipient; /* original: at == NULL when none */
	struct str state, reply;
	int64_t at_us;
	const struct trace_delivery *first, *last;
	const struct trace_delivery
		*last_deferred; /* NULL: never deferred before its last attempt */
	/* NULL: none. The other end it had as well, once; trace_fold makes it a recipient beside
	 * this one. */
	const struct trace_delivery *other_end;
	size_t attempts, deferrals; /* 0 attempts: queued, and not tried yet */
	bool arrived;               /* an attempt succeeded */
	bool by_outcome;            /* the state is the outcome of the whole entry */
	bool superseded;            /* the attempts went on under the name it was expanded to */
	struct trace_memo *memo;    /* verdict.c's own */
};

struct trace_note {
	int64_t at_us;
	struct str origin, text;
};

struct trace_reject {
	int64_t id, at_us, code;
	struct str stage, client_host, client_ip, helo, sender, recipient, dsn, reason;
};

struct trace_entry {
	int64_t id, host_id;
	struct str host, mta, instance, queue_id, message_id, resent_message_id, sender;
	struct str client_host, client_ip, helo, user, protocol, tls, state;
	struct str outcome, outcome_reply;
	int64_t size, nrcpt, first_at_us, last_at_us, accepted_at_us, closed_at_us, outcome_at_us;
	bool head_missing, year_inferred, host_assumed;
	bool asked;    /* one of the lives asked for */
	bool followed; /* its hops down are in the trace (not with only `up` asked for) */

	struct trace_delivery *deliveries; /* by time */
	struct trace_recipient *recipients;
	struct trace_note *notes;
	struct trace_reject *rejects;
	size_t delivery_count, recipient_count, note_count, reject_count;

	struct trace_hop **down, **up; /* by time; down includes claims */
	size_t down_count, up_count;
	size_t index;                    /* in trace.entries */
	size_t component;                /* entries of one component hang together */
	struct trace_address *addresses; /* verdict.c's own */
};

struct trace_hop {
	int64_t from_id, to_id;        /* to_id TRACE_NONE: a claim */
	struct trace_entry *from, *to; /* to NULL: a claim, or beyond */
	bool beyond;                   /* to_id is past the limit of the trace */
	struct str kind, evidence, next_queue_id;
	int64_t delivery; /* TRACE_NONE: stated for the entry */
	int64_t at_us;
	int64_t latency_us; /* from arrival to hand-over; TRACE_NONE */
	/* Of a claim to a host whose logs we have: its name, and what they cover. */
	struct str host;
	int64_t cover_first_us, cover_last_us;
	const struct trace_delivery *attempt; /* of delivery; NULL */
};

/* Why a verdict ends where it does. */
enum trace_end {
	TRACE_END_ATTEMPT,  /* the last attempt stands (verdict.last) */
	TRACE_END_CLAIM,    /* accepted by a relay under an ID that is in no log (verdict.claim) */
	TRACE_END_ENTRY,    /* the entry itself ended: outcome, deleted, discarded, ... */
	TRACE_END_WAITING,  /* accepted, no attempt seen */
	TRACE_END_NEVER,    /* never accepted */
	TRACE_END_REJECTED, /* refused in the session (verdict.reject) */
	TRACE_END_LOOP,     /* comes back to an entry it has been through */
	TRACE_END_CUT,      /* goes on beyond the limit of the trace */
	TRACE_END_UNCLEAR   /* rewritten together with others: worst state of them */
};

/* What became of one recipient; one per final recipient where one was expanded. */
struct trace_verdict {
	struct str recipient; /* as first asked for; at NULL: none known */
	struct str address;   /* final recipient; at NULL: none known */
	struct str state;
	enum trace_end end;
	int64_t at_us;
	const struct trace_entry *entry;
	const struct trace_recipient *last;
	const struct trace_hop *claim;
	const struct trace_entry *notice;   /* the bounce or delay notice sent; NULL */
	const struct trace_recipient *told; /* whom it is for; NULL: its log names nobody */
	bool told_sender;
	struct str told_state; /* what became of it */
	const struct trace_reject *reject;
	size_t among, failed; /* TRACE_END_UNCLEAR: recipients, those of them that failed */
	bool copy;            /* a further copy for a recipient that has a verdict */
	int64_t took_us;      /* since the message came to where the trace begins; TRACE_NONE */
};

/* What the logs do not show. */
enum trace_gap_kind {
	TRACE_GAP_BEGIN,     /* where the entry came from */
	TRACE_GAP_NEXT,      /* what became of it behind a relay that took it */
	TRACE_GAP_LATER,     /* what came after the end of the log: it still waits */
	TRACE_GAP_DELIVERIES /* the attempts of an entry that left the queue */
};

struct trace_gap {
	enum trace_gap_kind kind;
	const struct trace_entry *entry;
	const struct trace_delivery *attempt;  /* TRACE_GAP_NEXT: of one of the recipients */
	size_t count;                          /* TRACE_GAP_NEXT: recipients */
	struct str host;                       /* whose log it is; at NULL: none of our hosts */
	int64_t cover_first_us, cover_last_us; /* of its logs; TRACE_NONE: none read */
};

struct trace {
	struct arena *arena;
	struct trace_entry **entries; /* oldest first */
	struct trace_hop *hops;
	struct trace_verdict *verdicts; /* by component */
	struct trace_gap *gaps;         /* oldest entry first */
	size_t entry_count, hop_count, verdict_count, gap_count;
	size_t component_count; /* 0: the one with the newest entry asked for, and so on */
	size_t limit;
	bool cut; /* the limit was hit: there are more entries */
};

struct trace_options {
	bool up, down; /* neither: all that hangs together; both: no siblings */
	size_t limit;  /* entries; 0: TRACE_LIMIT, SIZE_MAX: all */
};

/* Walk the hops from these lives. NULL and *err on failure. Free with trace_free. */
struct trace *trace_walk(struct store *s, const struct trace_lives *lives,
			 const struct trace_options *opt, struct err *err);
void trace_free(struct trace *t);

/* A hop that carries the message on; the others (bounce, delay, dsn) are notices about it. */
bool trace_is_way(const struct trace_hop *hop);

/* ---- its log lines ---- */

struct trace_line {
	const struct trace_entry *entry;
	struct str text;
	int64_t at_us; /* TRACE_NONE: no stamp in it */
};

/* Time of a raw line as good as it can be told from the line alone; TRACE_NONE: cannot. */
typedef int64_t trace_line_time_fn(void *arg, struct str line);

/*
 * The archived lines of all entries in time order, each line of a log once. Years and time zones
 * missing in the lines are taken from the entries. *out lives in the trace's arena.
 */
bool trace_lines(struct store *s, struct trace *t, trace_line_time_fn *time, void *arg,
		 struct trace_line **out, size_t *count, struct err *err);

/* The lines of one entry, in the order of the log. */
struct trace_entry_lines {
	struct trace_line *at;
	size_t count;
};

/*
 * The archived lines of each entry, by trace_entry.index; a line that names two entries is given to
 * both. *out lives in the trace's arena.
 */
bool trace_lines_by_entry(struct store *s, struct trace *t, struct trace_entry_lines **out,
			  struct err *err);

/* ---- for sharing ---- */

/*
 * Replace addresses, hosts, machine addresses, Message-IDs and users of the trace by pseudonyms of
 * s (scrub.h), which knows all names of the trace afterwards: log lines and the query can be put
 * through scrub_text. Pseudonyms live as long as the arena of s.
 */
struct scrub;
bool trace_anonymize(struct store *store, struct trace *t, struct scrub *s, struct err *err);

/* ---- nothing found ---- */

struct trace_cover {
	int64_t host_id;
	struct str host;
	int64_t first_us, last_us; /* TRACE_NONE: no entries */
};

/* What time the logs of each host cover. In a. */
bool trace_coverage(struct store *s, struct arena *a, struct trace_cover **out, size_t *count,
		    struct err *err);

enum trace_near_kind {
	TRACE_NEAR_CLAIM,   /* a relay named this ID: id is the entry that was sent there */
	TRACE_NEAR_CASE,    /* the same in other case */
	TRACE_NEAR_PREFIX,  /* it begins like this */
	TRACE_NEAR_ADDRESS, /* it is an address: id is an entry from or to it */
	TRACE_NEAR_REJECT   /* it is an address: refused in the session */
};

struct trace_near {
	enum trace_near_kind kind;
	struct str id, host; /* id: at NULL for TRACE_NEAR_REJECT */
	int64_t at_us;
	/* TRACE_NEAR_CLAIM: who named it; our name of that host (at NULL: none of ours) and what
	 * its logs cover */
	struct str relay_host, relay_ip, ours;
	int64_t cover_first_us, cover_last_us;
	struct trace_reject reject; /* TRACE_NEAR_REJECT */
};

/* Why there is no answer. */
struct trace_nothing {
	struct trace_cover *covers; /* what time the logs of each host cover */
	struct trace_near *nears; /* what the text may have been meant to be; a few of each kind */
	size_t cover_count, near_count;
};

/* Rejects are sought around at_us; TRACE_NONE: the latest. *out lives in a. */
bool trace_nothing(struct store *s, struct arena *a, struct str text, int64_t at_us,
		   struct trace_nothing *out, struct err *err);

/* Pseudonyms for all of it. */
void trace_anonymize_nothing(struct trace_nothing *n, struct scrub *s);

#endif
