/*
 * say.h - phrases that text, JSON and DOT share: times, places, verdicts.
 */
#ifndef SHOW_SAY_H
#define SHOW_SAY_H

#include "show/buf.h"
#include "trace/trace.h"

/* How phrases are put. */
struct say {
	bool raw; /* for an encoder behind it: log text as it is, times ISO 8601 UTC */
	bool utc;
	int64_t day_us; /* times of that day go without their date; TRACE_NONE: all have it */
};

void say_log(struct buf *b, const struct say *how, struct str s);
void say_time(struct buf *b, const struct say *how, int64_t at_us);
/* "40 ms", "1.3 s", "4 h 10 m" */
void say_duration(struct buf *b, int64_t us);
/* "UTC", "CET, UTC+01:00" */
void say_zone(struct buf *b, const struct say *how, int64_t at_us);
/* An address; in <> unless it is plain enough to be told from the words around it. */
void say_address(struct buf *b, const struct say *how, struct str address);
/* "name[ip]", either alone, with ":port" unless it is 25 or not known */
void say_peer(struct buf *b, const struct say *how, struct str name, struct str ip, int64_t port);
void say_relay(struct buf *b, const struct say *how, const struct trace_delivery *d);
bool say_has_relay(const struct trace_delivery *d);

/* "from alice@example.net, client app.example.net[198.51.100.7], ESMTPS, TLSv1.3, 2,000 bytes";
 * tls: as much of it as is wanted. */
void say_arrival(struct buf *b, const struct say *how, const struct trace_entry *e, struct str tls);

/* The state and place of many recipients in a few words: "relayed to mx.example.net[203.0.113.25]".
 */
void say_kind(struct buf *b, const struct say *how, struct str state,
	      const struct trace_recipient *last);

/* 2: it failed for good, 1: it waits, 0: neither. */
int say_trouble(struct str state);

/* "10,000 recipients: 100 bounced, 30 deferred, 9,870 relayed": the worst first. state_of: of the
 * i-th of count. */
void say_states(struct buf *b, const struct say *how, size_t count,
		struct str (*state_of)(const void *arg, size_t i), const void *arg);

/* The reply with its enhanced status code before it, unless it begins with one. */
void say_reply(struct buf *b, const struct say *how, const struct trace_recipient *r);

/* ": 550 5.7.1 no": code, enhanced code and words of a refusal; some logs have the codes in the
 * words. */
void say_refusal(struct buf *b, const struct say *how, const struct trace_reject *r);

/* Whom a verdict is about: "sales@example.org (as bob@example.org)"; the queue ID when no recipient
 * is known. */
void say_whom(struct buf *b, const struct say *how, const struct trace_verdict *v);

/* One sentence without its full stop: what became of the recipient, how long it took, and where
 * our view ends. */
void say_verdict(struct buf *b, const struct say *how, const struct trace_verdict *v);

/* What is not in the logs, and which log would show it. */
void say_gap(struct buf *b, const struct say *how, const struct trace_gap *g);

/* "relay", "bounce notice", ... */
const char *say_hop(struct str kind);

#endif
