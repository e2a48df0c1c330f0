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
void say_duration(struct buf *b, int64_t us);
/* "name[ip]", either alone, with ":port" unless it is 25 or not known */
void say_peer(struct buf *b, const struct say *how, struct str name, struct str ip, int64_t port);
void say_relay(struct buf *b, const struct say *how, const struct trace_delivery *d);

/* The state and place of many recipients in a few words: "relayed to mx.example.net[203.0.113.25]".
 */
void say_kind(struct buf *b, const struct say *how, struct str state,
	      const struct trace_recipient *last);

/* The reply with its enhanced status code before it, unless it begins with one. */
void say_reply(struct buf *b, const struct say *how, const struct trace_recipient *r);

/* One sentence without its full stop: what became of the recipient, and where our view ends. */
void say_verdict(struct buf *b, const struct say *how, const struct trace_verdict *v);

/* "relay", "bounce notice", ... */
const char *say_hop(struct str kind);

#endif
