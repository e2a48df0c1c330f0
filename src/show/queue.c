/*
 * queue.c - how old, whose, to whom, why; and what the log it is read from can tell.
 */
#include "show/queue.h"

#include "show/buf.h"
#include "show/csv.h"
#include "show/say.h"
#include "show/value.h"

#define RECIPIENTS_SHOWN 5 /* of one message, in text */

/* How much the answer is worth now. */
static const char *certainty(const struct queue_entry *e)
{
	return e->silent ? "silent" : e->host->fresh ? "fresh" : "ended";
}

static int64_t age_us(const struct queue_entry *e)
{
	return e->host->end_us != TRACE_NONE ? e->host->end_us - e->first_us : 0;
}

/* ---- text ---- */

static void address(struct buf *b, struct str a)
{
	buf_puts(b, a.at == NULL ? "?" : "<");
	buf_safe(b, a);
	buf_puts(b, a.at == NULL ? "" : ">");
}

/* The line from start on ends; when it is too long it is cut. Bytes stand for columns here: one
 * with others is cut a little early, between characters. */
static void end_line(struct buf *b, size_t start, size_t width)
{
	if (width > 8 && b->len - start > width) {
		b->len = start + width - 3;
		while (b->len > start && ((unsigned char)b->at[b->len] & 0xc0) == 0x80)
			b->len--;
		buf_puts(b, "...");
	}
	buf_puts(b, "\n");
}

/* How many in which state. */
static void counts(struct buf *b, const struct queue_host *h)
{
	const char *before = " (";
	buf_count(b, (size_t)queue_count(h));
	buf_puts(b, h->fresh ? " queued" : " were queued");
	for (int i = 0; i < QUEUE_STATES; i++) {
		if (h->count[i] == 0)
			continue;
		buf_puts(b, before);
		buf_count(b, (size_t)h->count[i]);
		buf_printf(b, " %s", queue_state_name((enum queue_state)i));
		before = ", ";
	}
	buf_puts(b, before[0] == ',' ? ")" : "");
}

static void host_line(FILE *out, const struct queue_host *h, const struct queue_view *view)
{
	struct say how = { .utc = view->utc, .day_us = TRACE_NONE };
	struct buf b = { 0 };
	int64_t past = view->now_us > h->end_us ? view->now_us - h->end_us : 0;
	if (h->end_us == TRACE_NONE)
		return;
	buf_safe(&b, h->name);
	buf_puts(&b, ": ");
	counts(&b, h);
	buf_puts(&b, h->fresh ? " as of " : " when its log ended, ");
	say_time(&b, &how, h->end_us);
	buf_puts(&b, ", ");
	say_duration(&b, past);
	buf_puts(&b, h->fresh ? " ago" : " ago; what became of them since no log here tells");
	if (h->silent > 0) {
		buf_puts(&b, ". Of ");
		buf_count(&b, (size_t)h->silent);
		buf_puts(&b, " more the log said nothing for 7 days: they are most likely gone "
			     "(--all lists them)");
	}
	buf_puts(&b, "\n");
	fwrite(b.at, 1, b.len, out);
	buf_free(&b);
}

static void recipient_line(struct buf *b, const struct queue_recipient *r, const struct say *how,
			   size_t width)
{
	size_t start = b->len;
	buf_puts(b, "    ");
	address(b, r->recipient);
	if (r->original.len > 0) {
		buf_puts(b, " for ");
		address(b, r->original);
	}
	if (r->attempts == 0)
		buf_puts(b, " not tried yet, ");
	else
		buf_printf(b, " %lld attempt%s, last ", (long long)r->attempts,
			   r->attempts == 1 ? "" : "s");
	say_time(b, how, r->at_us);
	bool reached = r->relay_ip.len > 0 ||
		       (r->relay_host.len > 0 && !str_eq(r->relay_host, STR("none")));
	if (reached) {
		buf_puts(b, " by ");
		say_peer(b, how, r->relay_host, r->relay_ip, TRACE_NONE);
	}
	end_line(b, start, width);
	if (r->reply.len == 0 && r->dsn.len == 0)
		return;
	start = b->len;
	buf_puts(b, "        ");
	if (r->dsn.len > 0 && memmem(r->reply.at != NULL ? r->reply.at : "", r->reply.len,
				     r->dsn.at, r->dsn.len) == NULL) {
		buf_safe(b, r->dsn);
		buf_puts(b, " ");
	}
	buf_safe(b, r->reply);
	end_line(b, start, width);
}

static void entry_text(FILE *out, const struct queue_entry *e, const struct queue_view *view)
{
	struct say how = { .utc = view->utc, .day_us = TRACE_NONE };
	struct buf b = { 0 };
	buf_puts(&b, e->head_missing ? "over " : "");
	say_duration(&b, age_us(e));
	buf_puts(&b, "  ");
	buf_safe(&b, e->host->name);
	buf_puts(&b, "  ");
	buf_safe(&b, e->queue_id);
	buf_printf(&b, "  %s%s%s  from ", e->silent || e->host->fresh ? "" : "was ",
		   queue_state_name(e->state), e->silent ? ", then silence" : "");
	address(&b, e->sender);
	if (e->recipient_count == 0 && e->nrcpt != TRACE_NONE)
		buf_printf(&b, ", %lld recipient%s", (long long)e->nrcpt, e->nrcpt == 1 ? "" : "s");
	end_line(&b, 0, view->width);
	for (size_t i = 0; i < e->recipient_count && i < RECIPIENTS_SHOWN; i++)
		recipient_line(&b, &e->recipient[i], &how, view->width);
	if (e->recipient_count > RECIPIENTS_SHOWN) {
		buf_puts(&b, "    and ");
		buf_count(&b, e->recipient_count - RECIPIENTS_SHOWN);
		buf_puts(&b, " more recipients (--json, --csv)\n");
	}
	fwrite(b.at, 1, b.len, out);
	buf_free(&b);
}

void queue_text(FILE *out, const struct queue *q, const struct queue_view *view)
{
	for (size_t i = 0; i < q->host_count; i++)
		host_line(out, &q->host[i], view);
	for (size_t i = 0; i < q->entry_count; i++) {
		if (i == 0)
			fputs("\n", out);
		entry_text(out, &q->entry[i], view);
	}
}

/* ---- JSON ---- */

static json_t *host_object(const struct queue_host *h)
{
	json_t *o = json_object();
	value_put(o, "host", value_text(h->name));
	value_put(o, "as_of", value_time(h->end_us));
	value_put(o, "fresh", json_boolean(h->fresh));
	value_put(o, "queued", value_number(queue_count(h)));
	value_put(o, "deferred", value_number(h->count[QUEUE_DEFERRED]));
	value_put(o, "untried", value_number(h->count[QUEUE_UNTRIED]));
	value_put(o, "held", value_number(h->count[QUEUE_HELD]));
	value_put(o, "silent", value_number(h->silent));
	return o;
}

static json_t *recipient_object(const struct queue_recipient *r)
{
	json_t *o = json_object();
	value_put(o, "recipient", value_text(r->recipient));
	value_put(o, "original_recipient", value_text(r->original));
	value_put(o, "state", value_text(r->state));
	value_put(o, "attempts", value_number(r->attempts));
	value_put(o, "last_attempt", value_time(r->at_us));
	value_put(o, "relay_host", value_text(r->relay_host));
	value_put(o, "relay_ip", value_text(r->relay_ip));
	value_put(o, "dsn", value_text(r->dsn));
	value_put(o, "reply", value_text(r->reply));
	return o;
}

/* As a word of programs: without a blank. */
static struct str state_word(enum queue_state state)
{
	return state == QUEUE_UNTRIED ? STR("untried") : str_of(queue_state_name(state));
}

static json_t *entry_object(const struct queue_entry *e)
{
	json_t *o = json_object(), *list = json_array();
	for (size_t i = 0; i < e->recipient_count; i++)
		json_array_append_new(list, recipient_object(&e->recipient[i]));
	value_put(o, "entry", value_number(e->id));
	value_put(o, "host", value_text(e->host->name));
	value_put(o, "mta", value_text(e->mta));
	value_put(o, "queue_id", value_text(e->queue_id));
	value_put(o, "message_id", value_text(e->message_id));
	value_put(o, "sender", value_text(e->sender));
	value_put(o, "client_host", value_text(e->client_host));
	value_put(o, "client_ip", value_text(e->client_ip));
	value_put(o, "size", value_number(e->size));
	value_put(o, "nrcpt", value_number(e->nrcpt));
	value_put(o, "first_at", value_time(e->first_us));
	value_put(o, "last_at", value_time(e->last_us));
	value_put(o, "as_of", value_time(e->host->end_us));
	value_put(o, "age_s", value_seconds(age_us(e)));
	value_put(o, "head_missing", json_boolean(e->head_missing));
	value_put(o, "state", value_text(state_word(e->state)));
	value_put(o, "certainty", value_text(str_of(certainty(e))));
	value_put(o, "recipients", list);
	return o;
}

bool queue_json(FILE *out, const struct queue *q, const struct queue_view *view, struct err *err)
{
	json_t *o = json_object(), *hosts = json_array(), *messages = json_array();
	for (size_t i = 0; i < q->host_count; i++)
		json_array_append_new(hosts, host_object(&q->host[i]));
	for (size_t i = 0; i < q->entry_count; i++)
		json_array_append_new(messages, entry_object(&q->entry[i]));
	value_put(o, "asked_at", value_time(view->now_us));
	value_put(o, "hosts", hosts);
	value_put(o, "messages", messages);
	value_put(o, "more", json_boolean(q->more));
	bool ok = json_dumpf(o, out, JSON_INDENT(2)) == 0;
	json_decref(o);
	fputc('\n', out);
	return ok || err_set(err, "cannot write JSON: is the disk full, or the reader gone?");
}

/* ---- CSV ---- */

static void record(struct buf *b, const struct queue_entry *e, const struct queue_recipient *r,
		   FILE *out)
{
	static const struct queue_recipient none = { .attempts = TRACE_NONE, .at_us = TRACE_NONE };
	if (r == NULL)
		r = &none;
	csv_text(b, e->host->name);
	csv_time(b, e->host->end_us);
	csv_text(b, str_of(certainty(e)));
	csv_text(b, e->queue_id);
	csv_text(b, state_word(e->state));
	csv_time(b, e->first_us);
	csv_number(b, age_us(e) / 1000000);
	csv_text(b, e->sender);
	csv_text(b, r->recipient);
	csv_text(b, r->original);
	csv_number(b, e->size);
	csv_number(b, e->nrcpt);
	csv_number(b, r->attempts);
	csv_time(b, r->at_us);
	const struct str rest[] = { r->relay_host, r->relay_ip, r->dsn, r->reply, e->message_id };
	for (size_t i = 0; i < sizeof(rest) / sizeof(rest[0]); i++)
		csv_text(b, rest[i]);
	csv_end(b, out);
}

void queue_csv(FILE *out, const struct queue *q)
{
	struct buf b = { 0 };
	fputs("host,as_of,certainty,queue_id,state,first_at,age_s,sender,recipient,"
	      "original_recipient,size,nrcpt,attempts,last_attempt,relay_host,relay_ip,dsn,reply,"
	      "message_id\r\n",
	      out);
	for (size_t i = 0; i < q->entry_count; i++) {
		const struct queue_entry *e = &q->entry[i];
		if (e->recipient_count == 0)
			record(&b, e, NULL, out);
		for (size_t k = 0; k < e->recipient_count; k++)
			record(&b, e, &e->recipient[k], out);
	}
	buf_free(&b);
}
