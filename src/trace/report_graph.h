/*
 * report_graph.h - the entries of a part of the span and which of them are one message.
 *
 * A part is what is held in memory at a time. An entry belongs to the part in which the first
 * entry of its message began, so the parts add up to the span.
 */
#ifndef TRACE_REPORT_GRAPH_H
#define TRACE_REPORT_GRAPH_H

#include "trace/report_internal.h"

struct leg { /* an entry */
	int64_t id, host, first_us, last_us, size, nrcpt;
	struct str sender, client_host, client_ip, state, outcome;
	uint64_t message; /* a hash of its Message-ID; 0: none */
	bool head_missing, accepted;
	bool stated;           /* its own log names an entry it came of */
	bool outside;          /* it came of an entry of another part, or before the span */
	bool notice;           /* a log states it as a bounce or other notice */
	bool moved;            /* all that was still queued went on under another ID */
	bool filtered;         /* its log states a child for what was filtered, ... */
	bool relayed;          /* ... relayed, ... */
	bool forwarded;        /* ... expanded; no single attempt is named */
	bool led;              /* an attempt of it went on into another entry */
	bool unnamed;          /* an attempt names no next ID, where one may have been */
	size_t ends;           /* recipients with an attempt, passed on or not */
	size_t vain;           /* of these, address verifications and refusals in the session */
	int64_t from, from_us; /* the earliest entry it came of, when that began; INT64_MAX: none */
	struct leg *parent;    /* that entry; NULL: it came in here, or is outside */
	UT_hash_handle hh;     /* of those beyond the part */
};

/* A recipient at the last attempt of an entry. */
struct final {
	struct leg *leg;
	int64_t delivery, at_us;
	struct str recipient, original, state;
	enum end end;
};

struct passed { /* a delivery that went on into another entry */
	int64_t delivery;
	UT_hash_handle hh;
};

/* A hop that a reply names, or the link that a log states, to one of the legs. */
struct edge {
	struct leg *to;
	int64_t from, delivery;
	bool notice, plain; /* of links: kinds; plain: relay, filter or forward */
};

struct graph {
	struct maker *maker;
	struct events *events;  /* takes the attempts */
	struct arena *arena;    /* of this part */
	int64_t from_us, to_us; /* the part */
	struct leg *legs;       /* by id */
	size_t leg_count;
	struct leg *later;     /* uthash: beyond the part, in the order they were found */
	struct passed *passed; /* uthash */
	struct final *finals;
	size_t final_count;
	struct edge *claims, *links; /* by entry they lead to */
	size_t claim_count, link_count;
};

/* ---- report_legs.c: rows ---- */

/* The legs of the part, their finals, claims and links; their attempts go to events. */
bool graph_rows(struct graph *g);
/* NULL: not of the part, nor found beyond it */
struct leg *graph_leg(const struct graph *g, int64_t id);
/* One beyond the part, with its finals; *out NULL: not of the report. */
bool graph_add_later(struct graph *g, int64_t id, struct leg **out);

/* ---- report_graph.c: hops ---- */

/* Zero-initialise but for maker, events, arena and the part. Free with graph_free, whatever it
 * says. */
bool graph_load(struct graph *g);
void graph_free(struct graph *g);

/* Where the message of a leg came in; NULL: in another part, or before the span. */
struct leg *graph_root(struct leg *l);

/* Did this recipient go on into another entry? */
bool graph_passed(const struct graph *g, const struct final *f);

#endif
