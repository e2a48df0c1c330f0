/*
 * repeat.c - lines that stand for several: "message repeated 3 times: [ body]"
 * of rsyslog, "last message repeated 3 times" of classic syslogd.
 *
 * The second refers to the record before it of the same host, so the last
 * record of some hosts is kept here, by a hash of the name: two hosts that
 * share a place forget each other, and memory is bounded whatever names a file holds.
 *
 * Promises: a count is believed up to a million; texts in the middle of a body
 * are never taken for a repetition.
 */
#include <stdlib.h>

#include "syslog/internal.h"

#define TIMES_MAX 1000000

/* Leading digits of s, taken off. */
static bool leading_number(struct str *s, unsigned *out)
{
	size_t n = 0;
	int64_t value = 0;
	while (n < s->len && is_digit(s->at[n]))
		n++;
	if (!str_to_int64((struct str){ s->at, n }, &value) || value < 1 || value > TIMES_MAX)
		return false;
	*s = str_skip(*s, n);
	*out = (unsigned)value;
	return true;
}

void repeat_expand(struct record *r)
{
	const struct str head = STR("message repeated "), mid = STR(" times: [");
	unsigned times;
	if (!str_starts(r->body, head))
		return;
	struct str s = str_skip(r->body, head.len);
	if (!leading_number(&s, &times) || !str_starts(s, mid) || s.at[s.len - 1] != ']')
		return;
	s = str_skip(s, mid.len);
	s.len--;
	r->body = s.len > 0 && s.at[0] == ' ' ? str_skip(s, 1) : s;
	r->repeat = times;
}

/* "last message repeated 3 times", and nothing after it. */
bool repeat_of_last(struct str body, unsigned *times)
{
	const struct str head = STR("last message repeated ");
	if (!str_starts(body, head))
		return false;
	struct str s = str_skip(body, head.len);
	if (!leading_number(&s, times))
		return false;
	s = str_trim(s);
	return str_eq(s, STR("times")) || str_eq(s, STR("time"));
}

static struct last *place_of(struct framer *f, struct str host)
{
	unsigned hash = 2166136261u; /* FNV-1a */
	for (size_t i = 0; i < host.len; i++)
		hash = (hash ^ (unsigned char)host.at[i]) * 16777619u;
	return &f->last[(hash ^ hash >> 16) % LAST_COUNT];
}

/* The same part of a copy of the line; what is not of the line (an assumed host) stays. */
static struct str moved(struct str part, struct str line, const char *copy)
{
	size_t at = (uintptr_t)part.at - (uintptr_t)line.at;
	return part.at != NULL && at <= line.len ? (struct str){ copy + at, part.len } : part;
}

void repeat_remember(struct framer *f, struct str line, const struct record *r)
{
	struct last *l = place_of(f, r->host);
	char *copy = room_need(&l->room, line.len);
	memcpy(copy, line.at, line.len);
	l->rec = *r;
	l->rec.host = moved(r->host, line, copy);
	l->rec.ident = moved(r->ident, line, copy);
	l->rec.body = moved(r->body, line, copy);
	l->used = true;
}

/* out: the line that says so, with its own time, host and perhaps ident. */
bool repeat_again(struct framer *f, unsigned times, struct record *out)
{
	const struct last *l = place_of(f, out->host);
	if (!l->used || !str_eq(out->host, l->rec.host))
		return false;
	if (out->ident.len > 0 && !str_eq(out->ident, l->rec.ident) &&
	    !str_eq(out->ident, STR("syslogd")))
		return false;
	int64_t time_us = out->time_us;
	*out = l->rec;
	out->time_us = time_us;
	out->repeat = times;
	return true;
}

void repeat_forget(struct framer *f)
{
	for (size_t i = 0; i < LAST_COUNT; i++)
		f->last[i].used = false;
}
