/*
 * report_graph.h - the entries of a span and which of them are one message.
 */
#ifndef TRACE_REPORT_GRAPH_H
#define TRACE_REPORT_GRAPH_H

#include "trace/report_internal.h"

struct leg { /* an entry */
	int64_t id, host, first_us, last_us, size, nrcpt;
	struct str sender, client_host, client_ip, state, outcome;
	bool head_missing;
	bool stated_child;  /* its own log names the entry it came of */
	bool outside;       /* it came of an entry before the span */
	bool notice;        /* a log states it as a bounce or other notice */
	bool moved;         /* all that was still queued went on under another ID */
	bool filtered;      /* its log states a child for what was filtered, ... */
	bool relayed;       /* ... relayed, ... */
	bool forwarded;     /* ... expanded; no single attempt is named */
	bool asked;         /* its children are looked for already */
	size_t ends;        /* recipients with an attempt, passed on or not */
	size_t vain;        /* of these, address verifications and refusals in the session */
	struct leg *parent; /* the earliest one; NULL: it came in here */
	UT_hash_handle hh;
};

/* A recipient at the last attempt of an entry. */
struct final {
	struct leg *leg;
	int64_t delivery, at_us;
	struct str recipient, original, state;
};

struct passed { /* a delivery that went on into another entry */
	int64_t delivery;
	UT_hash_handle hh;
};

struct graph {
	struct maker *maker;
	struct leg *legs;      /* uthash, in the order they were read */
	struct passed *passed; /* uthash */
	struct final *finals;
	size_t final_count;
};

/* Zero-initialise but for the maker. Free with graph_free, whatever it says. */
bool graph_load(struct graph *g);
void graph_free(struct graph *g);

/* Where the message of a leg came in; NULL: before the span. */
struct leg *graph_root(struct leg *l);

/* Did this recipient go on into another entry? */
bool graph_passed(const struct graph *g, const struct final *f);

#endif
