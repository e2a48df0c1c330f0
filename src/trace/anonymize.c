/*
 * anonymize.c - a trace with pseudonyms: first all its names are learned, then every text of it is
 * gone through.
 */
#include "trace/internal.h"

#include "trace/scrub.h"
#include "trace/shape.h"

/* ---- what is known ---- */

/* A bare word is often a transport's name, not a host's. */
static void learn_peer(struct scrub *s, struct str name, struct str ip)
{
	if (ip.len > 0 || (name.len > 0 && memchr(name.at, '.', name.len) != NULL))
		scrub_know_host(s, name);
	scrub_know_host(s, ip);
}

static void learn_bare(struct scrub *s, struct str name)
{
	if (!shape_is_common(name))
		scrub_know_host(s, name);
}

static void learn_reject(struct scrub *s, const struct trace_reject *r)
{
	scrub_know_address(s, r->sender);
	scrub_know_address(s, r->recipient);
	learn_peer(s, r->client_host, r->client_ip);
	learn_bare(s, r->helo);
}

static void learn_entry(struct scrub *s, const struct trace_entry *e)
{
	const char *dot = e->host.len > 0 ? memchr(e->host.at, '.', e->host.len) : NULL;
	scrub_know_message_id(s, e->message_id);
	scrub_know_message_id(s, e->resent_message_id);
	scrub_know_host(s, e->host);
	if (dot != NULL)
		learn_bare(s, (struct str){ e->host.at, (size_t)(dot - e->host.at) });
	learn_peer(s, e->client_host, e->client_ip);
	learn_bare(s, e->helo);
	scrub_know_address(s, e->sender);
	scrub_know_address(s, e->user);
	for (size_t i = 0; i < e->delivery_count; i++) {
		const struct trace_delivery *d = &e->deliveries[i];
		scrub_know_address(s, d->recipient);
		scrub_know_address(s, d->original_recipient);
		learn_peer(s, d->relay_host, d->relay_ip);
	}
	for (size_t i = 0; i < e->reject_count; i++)
		learn_reject(s, &e->rejects[i]);
}

/* The names that logs and other hosts give the hosts of the trace. */
static bool learn_names(struct store *store, struct scrub *s, struct trace *t, struct err *err)
{
	static const char sql[] = "SELECT name FROM host_name WHERE host = ?1";
	int64_t last = TRACE_NONE;
	for (size_t i = 0; i < t->entry_count; i++) {
		int rc;
		if (t->entries[i]->host_id == last)
			continue;
		last = t->entries[i]->host_id;
		sqlite3_stmt *row = trace_by_id(store, sql, last, err);
		if (row == NULL)
			return false;
		while ((rc = sqlite3_step(row)) == SQLITE_ROW)
			learn_bare(s, trace_text(t->arena, row, 0));
		sqlite3_reset(row);
		if (rc != SQLITE_DONE)
			return trace_failed(store, err);
	}
	return true;
}

/* ---- every text, once ---- */

static void change(struct scrub *s, struct str *text)
{
	*text = scrub_text(s, *text);
}

static void change_reject(struct scrub *s, struct trace_reject *r)
{
	struct str *texts[] = { &r->client_host, &r->client_ip, &r->helo,
				&r->sender,      &r->recipient, &r->reason };
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		change(s, texts[i]);
}

static void change_entry(struct scrub *s, struct trace_entry *e)
{
	struct str *texts[] = {
		&e->host,   &e->instance,     &e->queue_id,  &e->message_id, &e->resent_message_id,
		&e->sender, &e->client_host,  &e->client_ip, &e->helo,       &e->user,
		&e->tls,    &e->outcome_reply
	};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		change(s, texts[i]);
	for (size_t i = 0; i < e->delivery_count; i++) {
		struct trace_delivery *d = &e->deliveries[i];
		struct str *of[] = { &d->recipient, &d->original_recipient, &d->relay_host,
				     &d->relay_ip,  &d->transport,          &d->tls,
				     &d->reply,     &d->next_queue_id };
		for (size_t k = 0; k < sizeof(of) / sizeof(of[0]); k++)
			change(s, of[k]);
	}
	for (size_t i = 0; i < e->recipient_count; i++) {
		change(s, &e->recipients[i].recipient);
		change(s, &e->recipients[i].original_recipient);
		change(s, &e->recipients[i].reply);
	}
	for (size_t i = 0; i < e->note_count; i++)
		change(s, &e->notes[i].text);
	for (size_t i = 0; i < e->reject_count; i++)
		change_reject(s, &e->rejects[i]);
}

bool trace_anonymize(struct store *store, struct trace *t, struct scrub *s, struct err *err)
{
	for (size_t i = 0; i < t->entry_count; i++)
		learn_entry(s, t->entries[i]);
	if (!learn_names(store, s, t, err))
		return false;
	for (size_t i = 0; i < t->entry_count; i++)
		change_entry(s, t->entries[i]);
	for (size_t i = 0; i < t->hop_count; i++) {
		change(s, &t->hops[i].next_queue_id);
		change(s, &t->hops[i].host);
	}
	for (size_t i = 0; i < t->verdict_count; i++) {
		change(s, &t->verdicts[i].recipient);
		change(s, &t->verdicts[i].address);
	}
	for (size_t i = 0; i < t->gap_count; i++)
		change(s, &t->gaps[i].host);
	return true;
}

void trace_anonymize_nothing(struct trace_nothing *n, struct scrub *s)
{
	for (size_t i = 0; i < n->cover_count; i++)
		learn_bare(s, n->covers[i].host);
	for (size_t i = 0; i < n->near_count; i++) {
		learn_peer(s, n->nears[i].relay_host, n->nears[i].relay_ip);
		learn_reject(s, &n->nears[i].reject);
	}
	for (size_t i = 0; i < n->cover_count; i++)
		change(s, &n->covers[i].host);
	for (size_t i = 0; i < n->near_count; i++) {
		struct trace_near *near = &n->nears[i];
		struct str *texts[] = { &near->id, &near->host, &near->relay_host, &near->relay_ip,
					&near->ours };
		for (size_t k = 0; k < sizeof(texts) / sizeof(texts[0]); k++)
			change(s, texts[k]);
		change_reject(s, &near->reject);
	}
}
