/*
 * gap.c - what a trace does not show, and whose log would: where a message came from, what a relay
 * did with it, what happened after the end of a log.
 */
#include "trace/verdict.h"

/* One gap for an entry, a kind and a relay, however many recipients. */
struct seen {
	char *key;
	size_t gap;
	UT_hash_handle hh;
};

struct gaps {
	struct store *store;
	struct trace *trace;
	struct seen *seen;
};

static struct str key_of(struct arena *a, const struct trace_entry *e, enum trace_gap_kind kind,
			 const struct trace_delivery *d)
{
	const struct str host = d != NULL ? d->relay_host : STR(""),
			 ip = d != NULL ? d->relay_ip : STR("");
	size_t len = sizeof(e->id) + 2 + host.len + ip.len;
	char *key = arena_alloc(a, len), *at = key;
	memcpy(at, &e->id, sizeof(e->id));
	at += sizeof(e->id);
	*at++ = (char)kind;
	if (host.len > 0)
		memcpy(at, host.at, host.len);
	at += host.len;
	*at++ = '\0';
	if (ip.len > 0)
		memcpy(at, ip.at, ip.len);
	return (struct str){ key, len };
}

/* NULL: it is known already, and was counted. */
static struct trace_gap *add(struct gaps *g, const struct trace_entry *e, enum trace_gap_kind kind,
			     const struct trace_delivery *d)
{
	struct trace *t = g->trace;
	struct str key = key_of(t->arena, e, kind, d);
	struct seen *s = NULL;
	HASH_FIND(hh, g->seen, key.at, key.len, s);
	if (s != NULL) {
		t->gaps[s->gap].count++;
		return NULL;
	}
	s = arena_alloc(t->arena, sizeof(*s));
	*s = (struct seen){ (char *)key.at, t->gap_count, { 0 } };
	HASH_ADD_KEYPTR(hh, g->seen, s->key, key.len, s);
	t->gaps = arena_grow(t->arena, t->gaps, t->gap_count, sizeof(*t->gaps));
	struct trace_gap *out = &t->gaps[t->gap_count++];
	*out = (struct trace_gap){ .kind = kind,
				   .entry = e,
				   .attempt = d,
				   .count = 1,
				   .cover_first_us = TRACE_NONE,
				   .cover_last_us = TRACE_NONE };
	return out;
}

/* A gap in the logs of the entry's own host. */
static bool add_own(struct gaps *g, const struct trace_entry *e, enum trace_gap_kind kind,
		    struct err *err)
{
	struct trace_cover cover;
	struct trace_gap *gap = add(g, e, kind, NULL);
	if (gap == NULL)
		return true;
	if (!trace_cover_of(g->store, g->trace->arena, e->host_id, &cover, err))
		return false;
	gap->host = cover.host;
	gap->cover_first_us = cover.first_us;
	gap->cover_last_us = cover.last_us;
	return true;
}

static void add_next(struct gaps *g, const struct trace_entry *e, const struct trace_recipient *r)
{
	const struct trace_hop *h = r->memo != NULL ? r->memo->hop : NULL;
	bool named = r->last->next_queue_id.at != NULL;
	bool handed = str_eq(r->state, STR("relayed")) || str_eq(r->state, STR("filtered")) ||
		      (str_eq(r->state, STR("expanded")) && named);
	if (!handed || !e->followed || (h != NULL && h->to_id != TRACE_NONE))
		return;
	struct trace_gap *gap = add(g, e, TRACE_GAP_NEXT, r->last);
	if (gap == NULL || h == NULL)
		return;
	gap->host = h->host;
	gap->cover_first_us = h->cover_first_us;
	gap->cover_last_us = h->cover_last_us;
}

static bool gaps_of(struct gaps *g, const struct trace_entry *e, struct err *err)
{
	bool waits = false;
	if (e->head_missing && !add_own(g, e, TRACE_GAP_BEGIN, err))
		return false;
	for (size_t i = 0; i < e->recipient_count; i++) {
		const struct trace_recipient *r = &e->recipients[i];
		if (r->superseded)
			continue;
		add_next(g, e, r);
		waits = waits ||
			(trace_waits(r->state) && (r->memo == NULL || r->memo->hop == NULL));
	}
	if (e->recipient_count == 0 && judge_moved_whole(e) == NULL) {
		waits = str_eq(e->state, STR("accepted")) || str_eq(e->state, STR("held"));
		if (str_eq(e->state, STR("completed")) && e->outcome.at == NULL &&
		    !add_own(g, e, TRACE_GAP_DELIVERIES, err))
			return false;
	}
	return !waits || e->closed_at_us != TRACE_NONE || e->outcome.at != NULL ||
	       add_own(g, e, TRACE_GAP_LATER, err);
}

bool trace_find_gaps(struct store *s, struct trace *t, struct err *err)
{
	struct gaps g = { s, t, NULL };
	bool ok = true;
	for (size_t i = 0; ok && i < t->entry_count; i++)
		ok = gaps_of(&g, t->entries[i], err);
	HASH_CLEAR(hh, g.seen);
	return ok;
}
