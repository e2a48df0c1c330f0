/*
 * record.c - a body on its way to the rules: inner stamp stripped, split
 * records joined, escapes decoded, copies recognised.
 *
 * Promises: parts waiting for the rest are bounded in number and size; a part
 * out of order drops its record (the parts count as matched nowhere).
 */
#include <stdlib.h>

#include "rules/internal.h"

#define JOINS_MAX 1024
#define JOIN_SIZE_MAX ((size_t)256 * 1024)
#define JOIN_AGE_US (INT64_C(60) * 1000000)
#define RECENT_COUNT 64

struct join {
	UT_hash_handle hh;
	char *key;
	size_t key_len;
	char *text;
	size_t len;
	int64_t parts;
	int64_t started_us;
};

struct recent {
	char *key; /* host, pid and body */
	size_t len;
	int64_t time_us;
};

static void join_drop(struct rules *r, struct join *j)
{
	HASH_DEL(r->joins, j);
	free(j->key);
	free(j->text);
	free(j);
}

void record_forget(struct rules *r)
{
	struct join *j, *next;
	HASH_ITER(hh, r->joins, j, next)
	join_drop(r, j);
	for (size_t i = 0; r->recent != NULL && i < RECENT_COUNT; i++)
		free(r->recent[i].key);
	free(r->recent);
	r->recent = NULL;
	r->recent_next = 0;
}

/* host NUL ident NUL pid NUL rest, in the arena. */
static struct str source_key(struct arena *a, const struct rules_input *in, struct str rest)
{
	size_t len = in->host.len + in->ident.len + sizeof(in->pid) + rest.len + 2;
	char *key = arena_alloc(a, len);
	char *at = key;
	memcpy(at, in->host.at, in->host.len);
	at += in->host.len;
	*at++ = '\0';
	if (in->ident.len > 0)
		memcpy(at, in->ident.at, in->ident.len);
	at += in->ident.len;
	*at++ = '\0';
	memcpy(at, &in->pid, sizeof(in->pid));
	at += sizeof(in->pid);
	if (rest.len > 0)
		memcpy(at, rest.at, rest.len);
	return (struct str){ key, len };
}

static struct join *join_start(struct rules *r, struct str key, int64_t now)
{
	if (HASH_COUNT(r->joins) >= JOINS_MAX) {
		struct join *oldest = r->joins; /* uthash keeps insertion order */
		join_drop(r, oldest);
	}
	struct join *j = mem_zalloc(sizeof(*j));
	j->key = mem_str(key);
	j->key_len = key.len;
	j->started_us = now;
	HASH_ADD_KEYPTR(hh, r->joins, j->key, j->key_len, j);
	return j;
}

static void join_add(struct join *j, struct str text)
{
	if (text.len == 0 || j->len + text.len > JOIN_SIZE_MAX)
		return;
	j->text = mem_realloc(j->text, j->len + text.len);
	memcpy(j->text + j->len, text.at, text.len);
	j->len += text.len;
}

/* One part of a split record. True with *body when it was the last. */
static bool join_part(struct rules *r, struct arena *a, const struct rules_input *in,
		      const struct str *slots, struct str *body)
{
	struct join *j;
	int64_t n = 0, total = 0;
	struct str key = source_key(a, in, slots[JOIN_KEY]);
	HASH_FIND(hh, r->joins, key.at, key.len, j);
	str_to_int64(slots[JOIN_N], &n);
	if (j != NULL &&
	    (n == 1 || n != j->parts + 1 || in->time_us - j->started_us > JOIN_AGE_US ||
	     j->started_us - in->time_us > JOIN_AGE_US)) {
		join_drop(r, j);
		j = NULL;
	}
	if (j == NULL) {
		if (n != 1)
			return false;
		j = join_start(r, key, in->time_us);
		join_add(j, slots[JOIN_PREFIX]);
	}
	j->parts = n;
	join_add(j, slots[JOIN_PART]);
	if (slots[JOIN_NEWLINE].at != NULL)
		join_add(j, STR("\n"));
	bool last =
		str_to_int64(slots[JOIN_TOTAL], &total) ? n >= total : slots[JOIN_MORE].at == NULL;
	if (!last)
		return false;
	*body = arena_copy(a, (struct str){ j->text, j->len });
	join_drop(r, j);
	return true;
}

/* \\ \t \n \r and \ooo; anything else stays as it is. */
static struct str unescape(struct arena *a, struct str s)
{
	if (memchr(s.at, '\\', s.len) == NULL)
		return s;
	char *out = arena_alloc(a, s.len);
	size_t len = 0;
	for (size_t i = 0; i < s.len; i++) {
		static const char from[] = "\\tnr", to[] = "\\\t\n\r";
		const char *known = NULL;
		if (s.at[i] == '\\' && i + 1 < s.len && s.at[i + 1] != '\0')
			known = strchr(from, s.at[i + 1]);
		if (known != NULL) {
			out[len++] = to[known - from];
			i++;
		} else if (s.at[i] == '\\' && i + 3 < s.len && s.at[i + 1] >= '0' &&
			   s.at[i + 1] <= '3' && s.at[i + 2] >= '0' && s.at[i + 2] <= '7' &&
			   s.at[i + 3] >= '0' && s.at[i + 3] <= '7') {
			unsigned byte = (unsigned)(s.at[i + 1] - '0') * 64 +
					(unsigned)(s.at[i + 2] - '0') * 8 +
					(unsigned)(s.at[i + 3] - '0');
			out[len++] = (char)byte;
			i += 3;
		} else {
			out[len++] = s.at[i];
		}
	}
	return (struct str){ out, len };
}

/*
 * Was an equal body of the same host and pid seen a moment ago? Remembers this one. What follows
 * its first line (a copy may have the message's headers there) does not count, and is left out.
 */
static bool duplicate(struct rules *r, struct plugin *p, struct arena *a,
		      const struct rules_input *in, struct str *whole)
{
	struct str body = *whole;
	struct str slots[SLOT_MAX]; /* not looked at */
	/* Files without idents have no copies in them: equal lines there are two events (pitfall
	 * 28). */
	if (p->duplicate_us == 0 || in->ident.len == 0 ||
	    (p->duplicates_of != NULL &&
	     !pattern_match(p->duplicates_of, &r->matcher, body, 0, slots, NULL)))
		return false;
	const char *line_end = memchr(body.at, '\n', body.len);
	if (line_end != NULL)
		body.len = (size_t)(line_end - body.at);
	*whole = body;
	if (r->recent == NULL)
		r->recent = mem_zalloc(RECENT_COUNT * sizeof(*r->recent));
	struct str key = source_key(a, in, body);
	for (size_t i = 0; i < RECENT_COUNT; i++) {
		struct recent *seen = &r->recent[i];
		int64_t age = in->time_us - seen->time_us;
		if (seen->key == NULL || age > p->duplicate_us || age < -p->duplicate_us ||
		    !str_eq((struct str){ seen->key, seen->len }, key))
			continue;
		/* A third equal line is a new event, with its own copy. */
		free(seen->key);
		seen->key = NULL;
		return true;
	}
	struct recent *slot = &r->recent[r->recent_next++ % RECENT_COUNT];
	free(slot->key);
	*slot = (struct recent){ mem_str(key), key.len, in->time_us };
	return false;
}

static struct str strip(struct plugin *p, struct matcher *m, struct str body)
{
	struct str slots[SLOT_MAX]; /* not looked at */
	size_t end = 0;
	if (p->strip != NULL && pattern_match(p->strip, m, body, 0, slots, &end))
		return str_skip(body, end);
	return body;
}

struct str record_body(struct plugin *p, struct matcher *m, struct arena *a, struct str body)
{
	body = strip(p, m, body);
	return p->unescape && body.len > 0 ? unescape(a, body) : body;
}

enum record_result record_prepare(struct rules *r, struct plugin *p, struct arena *a,
				  const struct rules_input *in, struct str *body)
{
	for (size_t i = 0; i < p->join_count; i++) {
		struct str slots[JOIN_SLOTS];
		memset(slots + SLOT_MAX, 0, sizeof(slots) - SLOT_MAX * sizeof(*slots));
		if (!pattern_match(&p->join[i], &r->matcher, *body, 0, slots, NULL))
			continue;
		if (!join_part(r, a, in, slots, body))
			return RECORD_PENDING;
		break;
	}
	*body = record_body(p, &r->matcher, a, *body);
	if (duplicate(r, p, a, in, body))
		return RECORD_DUPLICATE;
	return RECORD_READY;
}

/* ---- from one run to the next: 'j' parts start key text, 'c' time key; numbers of 8 bytes, low
 * first ---- */

struct writer {
	char *at; /* NULL: only count */
	size_t len;
};

static void put_bytes(struct writer *w, const char *from, size_t n)
{
	if (w->at != NULL && n > 0)
		memcpy(w->at + w->len, from, n);
	w->len += n;
}

static void put_number(struct writer *w, int64_t v)
{
	char bytes[8];
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(unsigned char)((uint64_t)v >> (8 * i));
	put_bytes(w, bytes, sizeof(bytes));
}

static void put_text(struct writer *w, const char *from, size_t n)
{
	put_number(w, (int64_t)n);
	put_bytes(w, from, n);
}

static void put_all(const struct rules *r, struct writer *w)
{
	for (const struct join *j = r->joins; j != NULL; j = j->hh.next) {
		put_bytes(w, "j", 1);
		put_number(w, j->parts);
		put_number(w, j->started_us);
		put_text(w, j->key, j->key_len);
		put_text(w, j->text, j->len);
	}
	for (size_t i = 0; r->recent != NULL && i < RECENT_COUNT; i++) {
		/* oldest first */
		const struct recent *c = &r->recent[(r->recent_next + i) % RECENT_COUNT];
		if (c->key == NULL)
			continue;
		put_bytes(w, "c", 1);
		put_number(w, c->time_us);
		put_text(w, c->key, c->len);
	}
}

struct str rules_pending(const struct rules *r, struct arena *a)
{
	struct writer w = { NULL, 0 };
	put_all(r, &w);
	if (w.len == 0)
		return (struct str){ 0 };
	w.at = arena_alloc(a, w.len);
	w.len = 0;
	put_all(r, &w);
	return (struct str){ w.at, w.len };
}

static bool take_number(struct str *s, int64_t *out)
{
	uint64_t v = 0;
	if (s->len < 8)
		return false;
	for (size_t i = 0; i < 8; i++)
		v |= (uint64_t)(unsigned char)s->at[i] << (8 * i);
	*s = str_skip(*s, 8);
	*out = (int64_t)v;
	return true;
}

static bool take_text(struct str *s, struct str *out)
{
	int64_t n;
	if (!take_number(s, &n) || n < 0 || (uint64_t)n > s->len)
		return false;
	*out = (struct str){ s->at, (size_t)n };
	*s = str_skip(*s, (size_t)n);
	return true;
}

static bool resume_join(struct rules *r, struct str *s)
{
	int64_t parts, started;
	struct str key, text;
	if (!take_number(s, &parts) || !take_number(s, &started) || !take_text(s, &key) ||
	    !take_text(s, &text))
		return false;
	struct join *j = join_start(r, key, started);
	join_add(j, text);
	j->parts = parts;
	return true;
}

static bool resume_copy(struct rules *r, struct str *s)
{
	int64_t at;
	struct str key;
	if (!take_number(s, &at) || !take_text(s, &key))
		return false;
	if (r->recent == NULL)
		r->recent = mem_zalloc(RECENT_COUNT * sizeof(*r->recent));
	struct recent *slot = &r->recent[r->recent_next++ % RECENT_COUNT];
	free(slot->key);
	*slot = (struct recent){ mem_str(key), key.len, at };
	return true;
}

void rules_resume(struct rules *r, struct str pending)
{
	bool ok = true;
	record_forget(r);
	while (ok && pending.len > 0) {
		char kind = pending.at[0];
		pending = str_skip(pending, 1);
		ok = kind == 'j' ? resume_join(r, &pending)
				 : kind == 'c' && resume_copy(r, &pending);
	}
}
