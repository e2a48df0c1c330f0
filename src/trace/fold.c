/*
 * fold.c - the attempts for one recipient to one state. The rule is that of
 * view last_delivery: the last attempt counts, ambiguous lines do not, nor does
 * an expansion or a deletion of what has arrived, nor that it was not tried once more, and an
 * outcome of the whole entry ends what was still waiting. Finer than the view in one point: two
 * original recipients that lead to the same address stay two.
 */
#include "trace/internal.h"

struct fold_key {
	char *key; /* recipient, NUL, original recipient */
	size_t index;
	UT_hash_handle hh;
};

bool trace_waits(struct str state)
{
	return str_eq(state, STR("queued")) || str_eq(state, STR("deferred")) ||
	       str_eq(state, STR("held"));
}

static struct str key_of(struct arena *a, const struct trace_delivery *d)
{
	size_t len = d->recipient.len + 1 + d->original_recipient.len;
	char *key = arena_alloc(a, len + 1);
	memcpy(key, d->recipient.at, d->recipient.len);
	key[d->recipient.len] = d->original_recipient.at == NULL ? '\0' : '\1';
	if (d->original_recipient.len > 0)
		memcpy(key + d->recipient.len + 1, d->original_recipient.at,
		       d->original_recipient.len);
	return (struct str){ key, len };
}

static bool arrived(struct str state)
{
	return str_eq(state, STR("relayed")) || str_eq(state, STR("delivered")) ||
	       str_eq(state, STR("filtered"));
}

static bool failed(struct str state)
{
	return str_eq(state, STR("bounced")) || str_eq(state, STR("expired"));
}

/* After either nothing more is tried: two of what the recipient was expanded to (a mailbox, a
 * program), for which the log has one name. */
static bool both_final(struct str a, struct str b)
{
	return (arrived(a) && failed(b)) || (failed(a) && arrived(b));
}

/* An automatic reply beside the delivery, an operator's mark after it: neither undoes it. */
static bool undoes_nothing(struct str state)
{
	return str_eq(state, STR("expanded")) || str_eq(state, STR("deleted"));
}

static void take(struct trace_recipient *r, const struct trace_delivery *d)
{
	bool tried = !str_eq(d->state, STR("queued"));
	if (r->first == NULL) {
		r->recipient = d->recipient;
		r->original_recipient = d->original_recipient;
	}
	if (r->first == NULL || (tried && r->attempts == 0))
		r->first = d;
	r->attempts += tried;
	if (!tried && r->attempts > 0)
		return;
	r->arrived = r->arrived || arrived(d->state);
	if (r->arrived && undoes_nothing(d->state))
		return;
	if (r->last != NULL && str_eq(r->last->state, STR("deferred"))) {
		r->last_deferred = r->last;
		r->deferrals++;
	}
	if (r->last != NULL && both_final(r->last->state, d->state))
		r->other_end = r->last;
	r->last = d;
	r->state = d->state;
	r->reply = d->reply;
	r->at_us = d->at_us;
}

static void apply_outcome(const struct trace_entry *e, struct trace_recipient *r)
{
	if (e->outcome.at == NULL || !trace_waits(r->state) || e->outcome_at_us < r->at_us)
		return;
	if (str_eq(r->state, STR("deferred"))) {
		r->last_deferred = r->last;
		r->deferrals++;
	}
	r->state = e->outcome;
	r->at_us = e->outcome_at_us;
	r->by_outcome = true;
	if (e->outcome_reply.at != NULL)
		r->reply = e->outcome_reply;
}

static struct trace_recipient *named(struct arena *a, const struct trace_entry *e,
				     struct fold_key *by_name, struct str recipient,
				     struct str original)
{
	const struct trace_delivery d = { .recipient = recipient, .original_recipient = original };
	struct str key = key_of(a, &d);
	struct fold_key *found = NULL;
	HASH_FIND(hh, by_name, key.at, key.len, found);
	return found != NULL ? &e->recipients[found->index] : NULL;
}

/* from is what `to` was called while it waited. */
static void supersede(struct trace_recipient *from, struct trace_recipient *to)
{
	if (from == NULL || to == NULL || from == to || from->superseded ||
	    !trace_waits(from->last->state) || from->last->at_us > to->at_us)
		return;
	from->superseded = true;
	to->attempts += from->attempts;
	to->deferrals += from->attempts;
	if (to->last_deferred == NULL)
		to->last_deferred = from->last;
	to->first = from->first;
}

static struct str local_part(struct str address)
{
	const char *at = address.len > 0 ? memchr(address.at, '@', address.len) : NULL;
	return (struct str){ address.at, at != NULL ? (size_t)(at - address.at) : 0 };
}

/* Could r, which waited without an original address, not be expanded yet? Else it is a mailbox
 * beside what it is expanded to. */
static bool became(const struct trace_recipient *r, const struct trace_recipient *to)
{
	struct str transport = r->last->transport;
	return transport.len == 0 ||
	       (str_eq(transport, to->last->transport) && local_part(to->recipient).len > 0);
}

/*
 * Some logs name a recipient as it came while it cannot be expanded, and the address it was
 * expanded to, with the original one beside it, later. And some give a local user a domain while
 * the mail waits, and once it is stored none, or that of the original address.
 */
static void supersede_names(struct arena *a, struct trace_entry *e, struct fold_key *by_name)
{
	const struct str none = { 0 };
	for (size_t i = 0; i < e->recipient_count; i++) {
		struct trace_recipient *r = &e->recipients[i];
		struct str original = r->original_recipient, local = local_part(r->recipient);
		if (original.len == 0)
			continue;
		struct trace_recipient *first = named(a, e, by_name, original, none);
		if (first != NULL && !str_eq(r->recipient, original) && became(first, r))
			supersede(first, r);
		if (local.len == 0)
			continue;
		supersede(r, named(a, e, by_name, local, original));
		if (str_eq_nocase(local, local_part(original)))
			supersede(r, first);
	}
}

static void add_recipient(struct arena *a, struct trace_entry *e, struct trace_recipient r)
{
	e->recipients = arena_grow(a, e->recipients, e->recipient_count, sizeof(*e->recipients));
	e->recipients[e->recipient_count++] = r;
}

static void add_other_ends(struct arena *a, struct trace_entry *e)
{
	for (size_t i = 0, count = e->recipient_count; i < count; i++) {
		const struct trace_delivery *d = e->recipients[i].other_end;
		struct trace_recipient other = { 0 };
		if (d == NULL)
			continue;
		take(&other, d);
		add_recipient(a, e, other);
	}
}

void trace_fold(struct arena *a, struct trace_entry *e)
{
	struct fold_key *folds = NULL;
	for (size_t i = 0; i < e->delivery_count; i++) {
		const struct trace_delivery *d = &e->deliveries[i];
		if (d->ambiguous)
			continue;
		struct str key = key_of(a, d);
		struct fold_key *f = NULL;
		HASH_FIND(hh, folds, key.at, key.len, f);
		if (f == NULL) {
			f = arena_alloc(a, sizeof(*f));
			*f = (struct fold_key){ (char *)key.at, e->recipient_count, { 0 } };
			add_recipient(a, e, (struct trace_recipient){ 0 });
			HASH_ADD_KEYPTR(hh, folds, f->key, key.len, f);
		}
		take(&e->recipients[f->index], d);
	}
	for (size_t i = 0; i < e->recipient_count; i++)
		apply_outcome(e, &e->recipients[i]);
	supersede_names(a, e, folds);
	add_other_ends(a, e);
	HASH_CLEAR(hh, folds);
}
