/*
 * lines.c - the archived log lines of a trace, across hosts, in time order.
 *
 * A line may belong to several entries (a bounce line names two IDs) and is
 * given once; two equal lines of one entry are two events (pitfall 28) and stay. Lines of one
 * entry stay in log order where their stamps do not tell.
 */
#include <stdlib.h>

#include "trace/internal.h"

/* Stamps without year or time zone are off by whole quarters of an hour. */
#define SHIFT_US (INT64_C(900) * 1000000)

/* How often a line was given out, by host and text. */
struct given {
	char *key;
	size_t len;
	size_t out;   /* times */
	size_t here;  /* times met in the entry under way */
	size_t entry; /* index of that entry, plus one */
	UT_hash_handle hh;
};

struct line_list {
	struct trace *trace;
	trace_line_time_fn *time;
	void *time_arg;
	struct trace_line *at;
	size_t count;
	const struct trace_entry *entry;
	size_t first; /* of the entry under way */
	struct given *given;
};

static bool is_new(struct line_list *l, struct str text)
{
	struct arena *a = l->trace->arena;
	size_t len = sizeof(l->entry->host_id) + text.len;
	char *key = arena_alloc(a, len);
	memcpy(key, &l->entry->host_id, sizeof(l->entry->host_id));
	if (text.len > 0)
		memcpy(key + sizeof(l->entry->host_id), text.at, text.len);
	struct given *g = NULL;
	HASH_FIND(hh, l->given, key, len, g);
	if (g == NULL) {
		g = arena_alloc(a, sizeof(*g));
		*g = (struct given){ .key = key, .len = len };
		HASH_ADD_KEYPTR(hh, l->given, g->key, g->len, g);
	}
	if (g->entry != l->entry->index + 1) {
		g->entry = l->entry->index + 1;
		g->here = 0;
	}
	if (++g->here <= g->out)
		return false;
	g->out++;
	return true;
}

static void take(void *arg, const struct store_line *line)
{
	struct line_list *l = arg;
	struct arena *a = l->trace->arena;
	l->at = arena_grow(a, l->at, l->count, sizeof(*l->at));
	struct trace_line *out = &l->at[l->count++];
	out->entry = l->entry;
	out->text = arena_copy(a, line->text);
	out->at_us = l->time != NULL ? l->time(l->time_arg, line->text) : TRACE_NONE;
}

/* Bring the stamps of one entry's lines to its times; a line without one stands with the line
 * before it. */
static void shift(struct line_list *l)
{
	const struct trace_entry *e = l->entry;
	int64_t first = TRACE_NONE, last = TRACE_NONE;
	for (size_t i = l->first; i < l->count; i++) {
		int64_t at = l->at[i].at_us;
		if (at != TRACE_NONE && (first == TRACE_NONE || at < first))
			first = at;
	}
	int64_t off = first == TRACE_NONE ? 0 : e->first_at_us - first;
	int64_t half = off < 0 ? -SHIFT_US / 2 : SHIFT_US / 2;
	off = (off + half) / SHIFT_US * SHIFT_US;
	for (size_t i = l->first; i < l->count; i++) {
		if (l->at[i].at_us != TRACE_NONE)
			last = l->at[i].at_us += off;
		else
			l->at[i].at_us = last != TRACE_NONE ? last : e->first_at_us;
	}
}

/* Keep the lines of this entry that were not given out for another one. */
static void drop_given(struct line_list *l)
{
	size_t kept = l->first;
	for (size_t i = l->first; i < l->count; i++)
		if (is_new(l, l->at[i].text))
			l->at[kept++] = l->at[i];
	l->count = kept;
}

/* Merge sort: stable, so that log order stays where times are equal. */
static void sort_lines(struct trace_line *at, struct trace_line *room, size_t n)
{
	if (n < 2)
		return;
	size_t half = n / 2, i = 0, k = half, out = 0;
	sort_lines(at, room, half);
	sort_lines(at + half, room, n - half);
	memcpy(room, at, n * sizeof(*at));
	while (i < half || k < n) {
		if (k == n || (i < half && room[i].at_us <= room[k].at_us))
			at[out++] = room[i++];
		else
			at[out++] = room[k++];
	}
}

bool trace_lines(struct store *s, struct trace *t, trace_line_time_fn *time, void *arg,
		 struct trace_line **out, size_t *count, struct err *err)
{
	struct line_list l = { .trace = t, .time = time, .time_arg = arg };
	bool ok = true;
	for (size_t i = 0; ok && i < t->entry_count; i++) {
		l.entry = t->entries[i];
		l.first = l.count;
		ok = store_lines(s, t->entries[i]->id, take, &l, err);
		shift(&l);
		drop_given(&l);
	}
	HASH_CLEAR(hh, l.given);
	struct trace_line *room = arena_alloc(t->arena, (l.count + 1) * sizeof(*room));
	sort_lines(l.at, room, l.count);
	*out = l.at;
	*count = l.count;
	return ok;
}
