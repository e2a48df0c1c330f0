/*
 * match.c - which hop a recipient went on by, and which recipient of the next
 * entry it is there. Addresses are compared with their domain in lower case (RFC 5321
 * section 2.3.11: the local part is the receiver's own affair).
 *
 * Promises time linear in recipients and hops: all look-ups go through tables.
 */
#include "trace/verdict.h"

#define LINKS_MAX 64 /* stated hops of an entry that are tried for a recipient */

struct trace_memo *match_memo(struct judge *j, struct trace_recipient *r)
{
	if (r->memo == NULL) {
		r->memo = arena_alloc(j->arena, sizeof(*r->memo));
		*r->memo = (struct trace_memo){ 0 };
	}
	return r->memo;
}

/* ---- addresses ---- */

static struct str address_key(struct judge *j, struct str address, enum address_kind kind)
{
	const char *sign = address.len > 0 ? memrchr(address.at, '@', address.len) : NULL;
	size_t local = sign != NULL ? (size_t)(sign - address.at) : address.len;
	size_t len = kind == ADDRESS_LOCAL ? local : address.len;
	char *key = arena_alloc(j->arena, len + 1);
	key[0] = (char)kind;
	for (size_t i = 0; i < len; i++) {
		char c = address.at[i];
		key[i + 1] = i > local && c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
	}
	return (struct str){ key, len + 1 };
}

static void index_address(struct judge *j, struct trace_entry *e, struct trace_recipient *r,
			  struct str address, enum address_kind kind)
{
	struct str key = address_key(j, address, kind);
	struct trace_address *k = NULL;
	HASH_FIND(hh, e->addresses, key.at, key.len, k);
	if (k == NULL) {
		k = arena_alloc(j->arena, sizeof(*k));
		*k = (struct trace_address){ .key = (char *)key.at };
		HASH_ADD_KEYPTR(hh, e->addresses, k->key, key.len, k);
	}
	if (k->count > 0 && k->at[k->count - 1] == r)
		return;
	k->at = arena_grow(j->arena, k->at, k->count, sizeof(struct trace_recipient *));
	k->at[k->count++] = r;
}

void match_index(struct judge *j, struct trace_entry *e)
{
	for (size_t i = 0; i < e->recipient_count; i++) {
		struct trace_recipient *r = &e->recipients[i];
		if (r->superseded)
			continue;
		index_address(j, e, r, r->recipient, ADDRESS_WHOLE);
		index_address(j, e, r, r->recipient, ADDRESS_LOCAL);
		if (r->original_recipient.len > 0)
			index_address(j, e, r, r->original_recipient, ADDRESS_WHOLE);
	}
}

void match_free(struct trace_entry *e)
{
	HASH_CLEAR(hh, e->addresses);
}

const struct trace_address *match_address(struct judge *j, const struct trace_entry *e,
					  struct str address, enum address_kind kind)
{
	struct trace_address *k = NULL;
	if (address.at == NULL || e->addresses == NULL)
		return NULL;
	struct str key = address_key(j, address, kind);
	HASH_FIND(hh, e->addresses, key.at, key.len, k);
	return k;
}

const struct trace_address *match_across(struct judge *j, const struct trace_entry *from,
					 const struct trace_entry *to, struct str address)
{
	if (address.len > 0 && from->host_id != to->host_id &&
	    memchr(address.at, '@', address.len) == NULL)
		return NULL;
	return match_address(j, to, address, ADDRESS_WHOLE);
}

bool match_any(struct judge *j, const struct trace_entry *from, const struct trace_recipient *r,
	       const struct trace_entry *to)
{
	return match_across(j, from, to, r->recipient) != NULL ||
	       (r->original_recipient.len > 0 &&
		match_across(j, from, to, r->original_recipient) != NULL);
}

/* ---- hops ---- */

static int rank(const struct trace_hop *h)
{
	if (str_eq(h->evidence, STR("stated")))
		return 3;
	if (str_eq(h->evidence, STR("proven")))
		return 2;
	return str_eq(h->evidence, STR("likely")) ? 1 : 0;
}

static int64_t distance(const struct trace_hop *h)
{
	int64_t d = h->to != NULL ? h->to->first_at_us - h->at_us : 0;
	return d < 0 ? -d : d;
}

static struct str way_key(struct judge *j, char tag, int64_t id, struct str queue_id)
{
	char *key = arena_alloc(j->arena, 1 + sizeof(id) + queue_id.len);
	key[0] = tag;
	memcpy(key + 1, &id, sizeof(id));
	if (queue_id.len > 0)
		memcpy(key + 1 + sizeof(id), queue_id.at, queue_id.len);
	return (struct str){ key, 1 + sizeof(id) + queue_id.len };
}

static const struct trace_hop *way_find(struct judge *j, struct str key)
{
	struct way *w = NULL;
	HASH_FIND(hh, j->ways, key.at, key.len, w);
	return w != NULL ? w->hop : NULL;
}

/* Of two hops of one attempt the better proven one stays, then the nearer one. */
static void way_add(struct judge *j, struct str key, const struct trace_hop *hop)
{
	struct way *w = NULL;
	HASH_FIND(hh, j->ways, key.at, key.len, w);
	if (w == NULL) {
		w = arena_alloc(j->arena, sizeof(*w));
		*w = (struct way){ .key = (char *)key.at, .len = key.len, .hop = hop };
		HASH_ADD_KEYPTR(hh, j->ways, w->key, w->len, w);
		return;
	}
	int better = rank(hop) - rank(w->hop);
	if (better > 0 || (better == 0 && distance(hop) < distance(w->hop)))
		w->hop = hop;
}

static struct pair *pair_of(struct judge *j, const struct trace_entry *from, struct trace_entry *to)
{
	struct pair probe = { .key = { from->id, to->id } }, *p = NULL;
	HASH_FIND(hh, j->pairs, &probe.key, sizeof(probe.key), p);
	if (p != NULL)
		return p;
	p = arena_alloc(j->arena, sizeof(*p));
	*p = (struct pair){ .key = { from->id, to->id }, .from = from, .to = to };
	HASH_ADD(hh, j->pairs, key, sizeof(p->key), p);
	return p;
}

/* The last attempt handed the message on, as far as its state says. */
static bool moved_on(struct str state)
{
	return str_eq(state, STR("relayed")) || str_eq(state, STR("delivered")) ||
	       str_eq(state, STR("filtered")) || str_eq(state, STR("expanded"));
}

/*
 * Hops that the log states for an entry without saying which recipient: the one
 * whose next entry has this recipient, else the only one.
 */
static const struct trace_hop *stated_way(struct judge *j, const struct trace_entry *e,
					  const struct trace_recipient *r)
{
	const struct trace_hop *only = NULL;
	size_t count = 0;
	for (size_t i = 0; i < e->down_count && count < LINKS_MAX; i++) {
		const struct trace_hop *h = e->down[i];
		if (h->delivery != TRACE_NONE || h->to == NULL || !trace_is_way(h))
			continue;
		if (match_any(j, e, r, h->to))
			return h;
		only = h;
		count++;
	}
	return count == 1 ? only : NULL;
}

/* Requeued, only what still waited goes on under the new ID: a bounce is the end (its notice is
 * another hop). */
static bool waits(const struct trace_recipient *r)
{
	return r->by_outcome || trace_waits(r->state);
}

/* An operator may requeue everything at once: only the new entry's line says so then. The old ID is
 * gone, unless it was tried again later. */
static bool was_requeued(const struct trace_entry *e, const struct trace_recipient *r)
{
	if (str_eq(e->state, STR("requeued")))
		return true;
	for (size_t i = 0; i < e->down_count; i++)
		if (str_eq(e->down[i]->kind, STR("requeue")) && e->down[i]->to != NULL &&
		    e->down[i]->to->first_at_us >= r->at_us)
			return true;
	return false;
}

static const struct trace_hop *way_of(struct judge *j, const struct trace_entry *e,
				      const struct trace_recipient *r)
{
	const struct trace_delivery *d = r->last;
	if (r->by_outcome || !moved_on(r->state))
		return waits(r) && was_requeued(e, r) ? stated_way(j, e, r) : NULL;
	const struct trace_hop *h = way_find(j, way_key(j, 'd', d->id, STR("")));
	if ((h == NULL || h->to_id == TRACE_NONE) && d->next_queue_id.at != NULL) {
		const struct trace_hop *stated =
			way_find(j, way_key(j, 'q', e->id, d->next_queue_id));
		if (stated != NULL)
			return stated;
	}
	if (h != NULL || d->next_queue_id.at != NULL)
		return h;
	bool inside = str_eq(r->state, STR("filtered")) || str_eq(r->state, STR("expanded"));
	return inside ? stated_way(j, e, r) : NULL;
}

void match_ways(struct judge *j)
{
	struct trace *t = j->trace;
	for (size_t i = 0; i < t->hop_count; i++) {
		const struct trace_hop *h = &t->hops[i];
		if (!trace_is_way(h))
			continue;
		if (h->delivery != TRACE_NONE)
			way_add(j, way_key(j, 'd', h->delivery, STR("")), h);
		else
			way_add(j, way_key(j, 'q', h->from_id, h->next_queue_id), h);
	}
	for (size_t i = 0; i < t->entry_count; i++) {
		struct trace_entry *e = t->entries[i];
		for (size_t k = 0; k < e->recipient_count; k++) {
			struct trace_recipient *r = &e->recipients[k];
			struct trace_memo *m = match_memo(j, r);
			m->hop = way_of(j, e, r);
			if (m->hop != NULL && m->hop->to != NULL && !r->superseded &&
			    !match_any(j, e, r, m->hop->to))
				pair_of(j, e, m->hop->to)->unmatched++;
		}
	}
}

static void add_rest(struct judge *j, struct pair *p, bool all)
{
	for (size_t i = 0; i < p->to->recipient_count; i++) {
		struct trace_recipient *r = &p->to->recipients[i];
		if (r->superseded || (!all && match_any(j, p->to, r, p->from)))
			continue;
		p->rest = arena_grow(j->arena, p->rest, p->rest_count,
				     sizeof(struct trace_recipient *));
		p->rest[p->rest_count++] = r;
	}
}

struct pair *match_pair(struct judge *j, const struct trace_entry *from, struct trace_entry *to)
{
	struct pair *p = pair_of(j, from, to);
	if (p->counted)
		return p;
	p->counted = true;
	add_rest(j, p, false);
	p->merged = p->rest_count == 0 && to->closed_at_us != TRACE_NONE;
	if (p->merged)
		add_rest(j, p, true);
	return p;
}
