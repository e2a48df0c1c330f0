/*
 * fate.c - grouping of recipients, and what a group is said to have met.
 */
#include "show/fate.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/clock.h"

/* text with every `address` in it as "...". */
static void without(struct buf *b, struct str text, struct str address)
{
	while (address.len > 0 && text.len >= address.len) {
		const char *found = memmem(text.at, text.len, address.at, address.len);
		if (found == NULL)
			break;
		buf_add(b, (struct str){ text.at, (size_t)(found - text.at) });
		buf_puts(b, "...");
		text = str_skip(text, (size_t)(found - text.at) + address.len);
	}
	buf_add(b, text);
}

static void put_key(struct buf *b, struct str s)
{
	buf_printf(b, "%zu:", s.len);
	buf_add(b, s);
}

static void key_of(struct buf *b, const struct trace_recipient *r)
{
	const struct trace_delivery *d = r->last;
	buf_printf(b, "%d %lld %lld %zu ", r->by_outcome, (long long)(r->at_us / US_PER_S),
		   (long long)d->relay_port, r->deferrals);
	const struct str parts[] = { r->state, d->relay_host, d->relay_ip,     d->transport,
				     d->tls,   d->dsn,        d->next_queue_id };
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		put_key(b, parts[i]);
	without(b, r->reply, r->recipient);
	buf_puts(b, "/");
	if (r->last_deferred != NULL)
		without(b, r->last_deferred->reply, r->recipient);
}

void fates_of(const struct trace_entry *e, struct fates *out)
{
	struct buf key = { 0 };
	for (size_t i = 0; i < e->recipient_count; i++) {
		const struct trace_recipient *r = &e->recipients[i];
		struct fate *f = NULL;
		if (r->superseded)
			continue;
		key.len = 0;
		key_of(&key, r);
		HASH_FIND(hh, out->first, key.at, key.len, f);
		if (f == NULL) {
			f = mem_zalloc(sizeof(*f));
			f->key = mem_str(buf_str(&key));
			f->delay_us = TRACE_NONE;
			HASH_ADD_KEYPTR(hh, out->first, f->key, key.len, f);
			out->count++;
		}
		if (f->count == 0 || (f->count & (f->count - 1)) == 0)
			f->at = mem_realloc(f->at, (f->count == 0 ? 1 : f->count * 2) *
							   sizeof(struct trace_recipient *));
		f->at[f->count++] = r;
		if (r->last->delay_us > f->delay_us)
			f->delay_us = r->last->delay_us;
	}
	buf_free(&key);
}

void fates_free(struct fates *f)
{
	struct fate *k = NULL, *next = NULL;
	HASH_ITER(hh, f->first, k, next)
	{
		HASH_DEL(f->first, k);
		free(k->key);
		free(k->at);
		free(k);
	}
	f->count = 0;
}

void fate_names(struct buf *b, const struct say *how, const struct fate *f, size_t most)
{
	for (size_t i = 0; i < f->count; i++) {
		const struct trace_recipient *r = f->at[i];
		if (i == most && f->count > most + 1) {
			buf_puts(b, " and ");
			buf_count(b, f->count - most);
			buf_puts(b, " more");
			return;
		}
		buf_puts(b, i > 0 ? ", " : "");
		say_address(b, how, r->recipient);
		if (r->original_recipient.len == 0)
			continue;
		buf_puts(b, " (for ");
		say_address(b, how, r->original_recipient);
		buf_puts(b, ")");
	}
}

void fate_reply(struct buf *b, const struct say *how, const struct fate *f)
{
	struct trace_recipient r = *f->at[0];
	struct buf reply = { 0 };
	if (f->count > 1) {
		without(&reply, r.reply, r.recipient);
		r.reply = buf_str(&reply);
	}
	say_reply(b, how, &r);
	buf_free(&reply);
}

void fate_retries(struct buf *b, const struct say *how, const struct fate *f)
{
	const struct trace_recipient *r = f->at[0];
	if (r->deferrals == 0)
		return;
	buf_puts(b, "deferred ");
	buf_count(b, r->deferrals);
	buf_puts(b, r->deferrals == 1 ? " time, " : " times, ");
	if (r->deferrals > 1) {
		say_duration(b, r->last_deferred->at_us - r->first->at_us);
		buf_puts(b, ", last ");
	}
	say_time(b, how, r->last_deferred->at_us);
	if (r->last_deferred->reply.len == 0 || str_eq(r->reply, r->last_deferred->reply))
		return; /* it stands above already */
	buf_puts(b, ": ");
	struct buf reply = { 0 };
	if (f->count > 1)
		without(&reply, r->last_deferred->reply, r->recipient);
	else
		buf_add(&reply, r->last_deferred->reply);
	say_log(b, how, buf_str(&reply));
	buf_free(&reply);
}

const struct trace_hop *fate_claim(const struct trace_entry *e, const struct fate *f)
{
	for (size_t i = 0; i < e->down_count; i++)
		if (e->down[i]->delivery == f->at[0]->last->id && e->down[i]->to_id == TRACE_NONE)
			return e->down[i];
	return NULL;
}
