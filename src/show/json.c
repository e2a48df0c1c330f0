/*
 * json.c - a trace as one JSON object. The contract is schema/trace.schema.json;
 * members may be added, never renamed or dropped. Absent values are null.
 */
#include <jansson.h>

#include "base/clock.h"
#include "show/json_text.h"
#include "show/say.h"
#include "show/show.h"

static json_t *text(struct str s)
{
	return json_text(s);
}

static json_t *number(int64_t n)
{
	return n == TRACE_NONE ? json_null() : json_integer((json_int_t)n);
}

static json_t *time_of(int64_t at_us)
{
	char iso[CLOCK_ISO_LEN];
	if (at_us == TRACE_NONE)
		return json_null();
	clock_iso(at_us, iso);
	return json_string(iso);
}

static json_t *seconds(int64_t us)
{
	return us == TRACE_NONE ? json_null() : json_real((double)us / 1e6);
}

static void put(json_t *object, const char *key, json_t *value)
{
	json_object_set_new(object, key, value);
}

static json_t *relay(const struct trace_delivery *d)
{
	if (d->relay_host.at == NULL && d->relay_ip.at == NULL)
		return json_null();
	json_t *o = json_object();
	put(o, "host", text(d->relay_host));
	put(o, "ip", text(d->relay_ip));
	put(o, "port", number(d->relay_port));
	return o;
}

static json_t *delivery(const struct trace_delivery *d)
{
	json_t *o = json_object();
	put(o, "id", number(d->id));
	put(o, "at", time_of(d->at_us));
	put(o, "recipient", text(d->recipient));
	put(o, "original_recipient", text(d->original_recipient));
	put(o, "state", text(d->state));
	put(o, "relay", relay(d));
	put(o, "transport", text(d->transport));
	put(o, "tls", text(d->tls));
	put(o, "dsn", text(d->dsn));
	put(o, "delay_s", seconds(d->delay_us));
	put(o, "reply", text(d->reply));
	put(o, "next_queue_id", text(d->next_queue_id));
	put(o, "server", text(d->server));
	put(o, "ambiguous", json_boolean(d->ambiguous));
	return o;
}

static json_t *note(const struct trace_note *n)
{
	json_t *o = json_object();
	put(o, "at", time_of(n->at_us));
	put(o, "origin", text(n->origin));
	put(o, "text", text(n->text));
	return o;
}

static json_t *reject(const struct trace_reject *r)
{
	json_t *o = json_object();
	put(o, "at", time_of(r->at_us));
	put(o, "stage", text(r->stage));
	put(o, "client_host", text(r->client_host));
	put(o, "client_ip", text(r->client_ip));
	put(o, "helo", text(r->helo));
	put(o, "sender", text(r->sender));
	put(o, "recipient", text(r->recipient));
	put(o, "code", number(r->code));
	put(o, "dsn", text(r->dsn));
	put(o, "reason", text(r->reason));
	return o;
}

static json_t *client(const struct trace_entry *e)
{
	static const struct say raw = { .raw = true, .day_us = TRACE_NONE };
	struct buf b = { 0 };
	if (e->client_host.at == NULL && e->client_ip.at == NULL)
		return json_null();
	say_peer(&b, &raw, e->client_host, e->client_ip, TRACE_NONE);
	json_t *out = text(buf_str(&b));
	buf_free(&b);
	return out;
}

static json_t *entry(const struct trace_entry *e)
{
	json_t *o = json_object(), *deliveries = json_array(), *notes = json_array(),
	       *rejects = json_array();
	const struct {
		const char *key;
		struct str value;
	} texts[] = { { "host", e->host },
		      { "mta", e->mta },
		      { "instance", e->instance },
		      { "queue_id", e->queue_id },
		      { "message_id", e->message_id },
		      { "resent_message_id", e->resent_message_id },
		      { "sender", e->sender },
		      { "client_host", e->client_host },
		      { "client_ip", e->client_ip },
		      { "helo", e->helo },
		      { "user", e->user },
		      { "protocol", e->protocol },
		      { "tls", e->tls },
		      { "state", e->state },
		      { "outcome", e->outcome },
		      { "outcome_reply", e->outcome_reply } };
	put(o, "id", number(e->id));
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		put(o, texts[i].key, text(texts[i].value));
	put(o, "client", client(e));
	put(o, "size", number(e->size));
	put(o, "nrcpt", number(e->nrcpt));
	put(o, "first_at", time_of(e->first_at_us));
	put(o, "last_at", time_of(e->last_at_us));
	put(o, "accepted_at", time_of(e->accepted_at_us));
	put(o, "closed_at", time_of(e->closed_at_us));
	put(o, "outcome_at", time_of(e->outcome_at_us));
	put(o, "head_missing", json_boolean(e->head_missing));
	put(o, "year_inferred", json_boolean(e->year_inferred));
	put(o, "host_assumed", json_boolean(e->host_assumed));
	put(o, "asked", json_boolean(e->asked));
	for (size_t i = 0; i < e->delivery_count; i++)
		json_array_append_new(deliveries, delivery(&e->deliveries[i]));
	for (size_t i = 0; i < e->note_count; i++)
		json_array_append_new(notes, note(&e->notes[i]));
	for (size_t i = 0; i < e->reject_count; i++)
		json_array_append_new(rejects, reject(&e->rejects[i]));
	put(o, "deliveries", deliveries);
	put(o, "notes", notes);
	put(o, "rejects", rejects);
	return o;
}

static json_t *hop(const struct trace_hop *h)
{
	json_t *o = json_object(), *covered = json_null();
	put(o, "from", number(h->from_id));
	put(o, "to", number(h->to_id));
	put(o, "kind", text(h->kind));
	put(o, "evidence", text(h->evidence));
	put(o, "delivery", number(h->delivery));
	put(o, "at", time_of(h->at_us));
	put(o, "latency_s", seconds(h->latency_us));
	put(o, "next_queue_id", text(h->next_queue_id));
	put(o, "host", text(h->to != NULL ? h->to->host : h->host));
	if (h->cover_first_us != TRACE_NONE) {
		covered = json_object();
		put(covered, "first_at", time_of(h->cover_first_us));
		put(covered, "last_at", time_of(h->cover_last_us));
	}
	put(o, "logs_cover", covered);
	put(o, "beyond_limit", json_boolean(h->beyond));
	return o;
}

static json_t *verdict(const struct trace_verdict *v)
{
	static const struct say raw = { .raw = true, .day_us = TRACE_NONE };
	struct buf b = { 0 };
	json_t *o = json_object();
	say_verdict(&b, &raw, v);
	put(o, "recipient", text(v->recipient));
	put(o, "state", text(v->state));
	put(o, "entry", number(v->entry->id));
	put(o, "at", time_of(v->at_us));
	put(o, "text", text(buf_str(&b)));
	put(o, "final_recipient", text(v->address));
	put(o, "delivery", v->last != NULL ? number(v->last->last->id) : json_null());
	put(o, "notice", v->notice != NULL ? number(v->notice->id) : json_null());
	put(o, "further_copy", json_boolean(v->copy));
	buf_free(&b);
	return o;
}

bool show_json(FILE *out, const struct trace *t, struct str query, struct err *err)
{
	json_t *o = json_object(), *entries = json_array(), *hops = json_array(),
	       *verdicts = json_array();
	for (size_t i = 0; i < t->entry_count; i++)
		json_array_append_new(entries, entry(t->entries[i]));
	for (size_t i = 0; i < t->hop_count; i++)
		json_array_append_new(hops, hop(&t->hops[i]));
	for (size_t i = 0; i < t->verdict_count; i++)
		json_array_append_new(verdicts, verdict(&t->verdicts[i]));
	put(o, "query", text(query));
	put(o, "entries", entries);
	put(o, "hops", hops);
	put(o, "verdicts", verdicts);
	put(o, "cut", json_boolean(t->cut));
	bool ok = json_dumpf(o, out, JSON_INDENT(2)) == 0 && fputc('\n', out) != EOF;
	json_decref(o);
	return ok || err_set(err, "cannot write JSON to the output");
}
