/*
 * json.c - a trace as one JSON object. The contract is schema/trace.schema.json;
 * members may be added, never renamed or dropped. Absent values are null.
 */
#include "show/say.h"
#include "show/show.h"
#include "show/value.h"

static json_t *relay(const struct trace_delivery *d)
{
	if (d->relay_host.at == NULL && d->relay_ip.at == NULL)
		return json_null();
	json_t *o = json_object();
	value_put(o, "host", value_text(d->relay_host));
	value_put(o, "ip", value_text(d->relay_ip));
	value_put(o, "port", value_number(d->relay_port));
	return o;
}

static json_t *delivery(const struct trace_delivery *d)
{
	json_t *o = json_object();
	value_put(o, "id", value_number(d->id));
	value_put(o, "at", value_time(d->at_us));
	value_put(o, "recipient", value_text(d->recipient));
	value_put(o, "original_recipient", value_text(d->original_recipient));
	value_put(o, "state", value_text(d->state));
	value_put(o, "relay", relay(d));
	value_put(o, "transport", value_text(d->transport));
	value_put(o, "tls", value_text(d->tls));
	value_put(o, "dsn", value_text(d->dsn));
	value_put(o, "delay_s", value_seconds(d->delay_us));
	value_put(o, "reply", value_text(d->reply));
	value_put(o, "next_queue_id", value_text(d->next_queue_id));
	value_put(o, "server", value_text(d->server));
	value_put(o, "ambiguous", json_boolean(d->ambiguous));
	return o;
}

static json_t *note(const struct trace_note *n)
{
	json_t *o = json_object();
	value_put(o, "at", value_time(n->at_us));
	value_put(o, "origin", value_text(n->origin));
	value_put(o, "text", value_text(n->text));
	return o;
}

static json_t *reject(const struct trace_reject *r)
{
	json_t *o = json_object();
	value_put(o, "at", value_time(r->at_us));
	value_put(o, "stage", value_text(r->stage));
	value_put(o, "client_host", value_text(r->client_host));
	value_put(o, "client_ip", value_text(r->client_ip));
	value_put(o, "helo", value_text(r->helo));
	value_put(o, "sender", value_text(r->sender));
	value_put(o, "recipient", value_text(r->recipient));
	value_put(o, "code", value_number(r->code));
	value_put(o, "dsn", value_text(r->dsn));
	value_put(o, "reason", value_text(r->reason));
	return o;
}

static json_t *client(const struct trace_entry *e)
{
	static const struct say raw = { .raw = true, .day_us = TRACE_NONE };
	struct buf b = { 0 };
	if (e->client_host.at == NULL && e->client_ip.at == NULL)
		return json_null();
	say_peer(&b, &raw, e->client_host, e->client_ip, TRACE_NONE);
	json_t *out = value_text(buf_str(&b));
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
	value_put(o, "id", value_number(e->id));
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		value_put(o, texts[i].key, value_text(texts[i].value));
	value_put(o, "client", client(e));
	value_put(o, "size", value_number(e->size));
	value_put(o, "nrcpt", value_number(e->nrcpt));
	value_put(o, "first_at", value_time(e->first_at_us));
	value_put(o, "last_at", value_time(e->last_at_us));
	value_put(o, "accepted_at", value_time(e->accepted_at_us));
	value_put(o, "closed_at", value_time(e->closed_at_us));
	value_put(o, "outcome_at", value_time(e->outcome_at_us));
	value_put(o, "head_missing", json_boolean(e->head_missing));
	value_put(o, "year_inferred", json_boolean(e->year_inferred));
	value_put(o, "host_assumed", json_boolean(e->host_assumed));
	value_put(o, "asked", json_boolean(e->asked));
	for (size_t i = 0; i < e->delivery_count; i++)
		json_array_append_new(deliveries, delivery(&e->deliveries[i]));
	for (size_t i = 0; i < e->note_count; i++)
		json_array_append_new(notes, note(&e->notes[i]));
	for (size_t i = 0; i < e->reject_count; i++)
		json_array_append_new(rejects, reject(&e->rejects[i]));
	value_put(o, "deliveries", deliveries);
	value_put(o, "notes", notes);
	value_put(o, "rejects", rejects);
	return o;
}

static json_t *cover(int64_t first_us, int64_t last_us)
{
	if (first_us == TRACE_NONE)
		return json_null();
	json_t *o = json_object();
	value_put(o, "first_at", value_time(first_us));
	value_put(o, "last_at", value_time(last_us));
	return o;
}

static json_t *hop(const struct trace_hop *h)
{
	json_t *o = json_object();
	value_put(o, "from", value_number(h->from_id));
	value_put(o, "to", value_number(h->to_id));
	value_put(o, "kind", value_text(h->kind));
	value_put(o, "evidence", value_text(h->evidence));
	value_put(o, "delivery", value_number(h->delivery));
	value_put(o, "at", value_time(h->at_us));
	value_put(o, "latency_s", value_seconds(h->latency_us));
	value_put(o, "next_queue_id", value_text(h->next_queue_id));
	value_put(o, "host", value_text(h->to != NULL ? h->to->host : h->host));
	value_put(o, "logs_cover", cover(h->cover_first_us, h->cover_last_us));
	value_put(o, "beyond_limit", json_boolean(h->beyond));
	return o;
}

static json_t *verdict(const struct trace_verdict *v)
{
	static const struct say raw = { .raw = true, .day_us = TRACE_NONE };
	struct buf b = { 0 };
	json_t *o = json_object();
	if (v->address.at != NULL && v->recipient.at != NULL && !str_eq(v->address, v->recipient)) {
		buf_puts(&b, "as ");
		say_log(&b, &raw, v->address);
		buf_puts(&b, ": ");
	}
	say_verdict(&b, &raw, v);
	value_put(o, "recipient", value_text(v->recipient));
	value_put(o, "state", value_text(v->state));
	value_put(o, "entry", value_number(v->entry->id));
	value_put(o, "at", value_time(v->at_us));
	value_put(o, "text", value_text(buf_str(&b)));
	value_put(o, "final_recipient", value_text(v->address));
	value_put(o, "delivery", v->last != NULL ? value_number(v->last->last->id) : json_null());
	value_put(o, "notice", v->notice != NULL ? value_number(v->notice->id) : json_null());
	value_put(o, "further_copy", json_boolean(v->copy));
	value_put(o, "took_s", value_seconds(v->took_us));
	buf_free(&b);
	return o;
}

static json_t *gap(const struct trace_gap *g)
{
	static const struct say raw = { .raw = true, .day_us = TRACE_NONE };
	static const char *const kinds[] = { "begin", "next", "later", "deliveries" };
	struct buf b = { 0 };
	json_t *o = json_object();
	say_gap(&b, &raw, g);
	value_put(o, "kind", json_string(kinds[g->kind]));
	value_put(o, "entry", value_number(g->entry->id));
	value_put(o, "relay", g->attempt != NULL ? relay(g->attempt) : json_null());
	value_put(o, "next_queue_id",
		  g->attempt != NULL ? value_text(g->attempt->next_queue_id) : json_null());
	value_put(o, "recipients",
		  g->attempt != NULL ? json_integer((json_int_t)g->count) : json_null());
	value_put(o, "host", value_text(g->host));
	value_put(o, "logs_cover", cover(g->cover_first_us, g->cover_last_us));
	value_put(o, "text", value_text(buf_str(&b)));
	buf_free(&b);
	return o;
}

static bool write_out(json_t *o, FILE *out, struct err *err)
{
	bool ok = json_dumpf(o, out, JSON_INDENT(2)) == 0 && fputc('\n', out) != EOF;
	json_decref(o);
	return ok || err_set(err, "cannot write JSON to the output");
}

bool show_json(FILE *out, const struct trace *t, struct str query, struct err *err)
{
	json_t *o = json_object(), *entries = json_array(), *hops = json_array(),
	       *verdicts = json_array(), *missing = json_array();
	for (size_t i = 0; i < t->entry_count; i++)
		json_array_append_new(entries, entry(t->entries[i]));
	for (size_t i = 0; i < t->hop_count; i++)
		json_array_append_new(hops, hop(&t->hops[i]));
	for (size_t i = 0; i < t->verdict_count; i++)
		json_array_append_new(verdicts, verdict(&t->verdicts[i]));
	for (size_t i = 0; i < t->gap_count; i++)
		json_array_append_new(missing, gap(&t->gaps[i]));
	value_put(o, "query", value_text(query));
	value_put(o, "entries", entries);
	value_put(o, "hops", hops);
	value_put(o, "verdicts", verdicts);
	value_put(o, "missing", missing);
	value_put(o, "cut", json_boolean(t->cut));
	value_put(o, "nothing", json_null());
	return write_out(o, out, err);
}

/* ---- nothing found ---- */

static json_t *near(const struct trace_near *n)
{
	static const char *const kinds[] = { "claim", "case", "prefix", "address", "reject" };
	struct trace_delivery d = { .relay_host = n->relay_host,
				    .relay_ip = n->relay_ip,
				    .relay_port = TRACE_NONE };
	json_t *o = json_object();
	value_put(o, "kind", json_string(kinds[n->kind]));
	value_put(o, "id", value_text(n->id));
	value_put(o, "host", value_text(n->host));
	value_put(o, "at", value_time(n->at_us));
	value_put(o, "relay", relay(&d));
	value_put(o, "relay_is", value_text(n->ours));
	value_put(o, "logs_cover", cover(n->cover_first_us, n->cover_last_us));
	value_put(o, "reject", n->kind == TRACE_NEAR_REJECT ? reject(&n->reject) : json_null());
	return o;
}

bool show_json_nothing(FILE *out, const struct trace_nothing *n, struct str query, struct err *err)
{
	static const char *const empty[] = { "entries", "hops", "verdicts", "missing" };
	json_t *o = json_object(), *nothing = json_object(), *covers = json_array(),
	       *nears = json_array();
	for (size_t i = 0; i < n->cover_count; i++) {
		json_t *c = json_object();
		value_put(c, "host", value_text(n->covers[i].host));
		value_put(c, "logs_cover", cover(n->covers[i].first_us, n->covers[i].last_us));
		json_array_append_new(covers, c);
	}
	for (size_t i = 0; i < n->near_count; i++)
		json_array_append_new(nears, near(&n->nears[i]));
	value_put(o, "query", value_text(query));
	for (size_t i = 0; i < sizeof(empty) / sizeof(empty[0]); i++)
		value_put(o, empty[i], json_array());
	value_put(o, "cut", json_false());
	value_put(nothing, "hosts", covers);
	value_put(nothing, "near", nears);
	value_put(o, "nothing", nothing);
	return write_out(o, out, err);
}
