/*
 * list.c - what a search found: for people, as JSON, as CSV.
 */
#include "show/list.h"

#include "show/buf.h"
#include "show/csv.h"
#include "show/say.h"
#include "show/show.h"
#include "show/value.h"

/* ---- text ---- */

static bool went_well(struct str state)
{
	static const char *const good[] = { "relayed",  "delivered", "filtered", "expanded",
					    "accepted", "completed", "queued",   "open" };
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		if (str_eq(state, str_of(good[i])))
			return true;
	}
	return false;
}

static void address(struct buf *b, struct str a)
{
	if (a.at == NULL) {
		buf_puts(b, "?");
		return;
	}
	buf_puts(b, "<");
	buf_safe(b, a);
	buf_puts(b, ">");
}

/* What did not go well has its reason below it. */
static void reason(struct buf *b, const struct search_row *r, size_t width)
{
	size_t start = b->len;
	if (went_well(r->state) || r->text.len == 0)
		return;
	buf_puts(b, "    ");
	if (r->dsn.len > 0 &&
	    (r->text.len < r->dsn.len || memcmp(r->text.at, r->dsn.at, r->dsn.len) != 0)) {
		buf_safe(b, r->dsn);
		buf_puts(b, " ");
	}
	buf_safe(b, r->text);
	/* bytes stand for columns here: a line with others is cut a little early, between
	 * characters */
	if (width > 8 && b->len - start > width) {
		b->len = start + width - 3;
		while (b->len > start && ((unsigned char)b->at[b->len] & 0xc0) == 0x80)
			b->len--;
		buf_puts(b, "...");
	}
	buf_puts(b, "\n");
}

void list_text(FILE *out, const struct search_row *rows, size_t count,
	       const struct list_options *opt)
{
	struct say how = { .utc = opt->utc, .day_us = TRACE_NONE };
	struct buf b = { 0 };
	for (size_t i = 0; i < count; i++) {
		const struct search_row *r = &rows[i];
		b.len = 0;
		say_time(&b, &how, r->at_us);
		buf_puts(&b, "  ");
		buf_safe(&b, r->host);
		buf_puts(&b, "  ");
		buf_safe(&b, r->queue_id.at != NULL ? r->queue_id : STR("-"));
		buf_puts(&b, "  ");
		buf_safe(&b, r->state);
		if (r->attempts > 1)
			buf_printf(&b, " (%lld attempts)", (long long)r->attempts);
		buf_puts(&b, "  ");
		address(&b, r->sender);
		buf_puts(&b, " -> ");
		address(&b, r->recipient);
		buf_puts(&b, "\n");
		reason(&b, r, opt->width);
		fwrite(b.at, 1, b.len, out);
	}
	buf_free(&b);
}

/* ---- JSON ---- */

static json_t *object(const struct search_row *r)
{
	json_t *o = json_object();
	value_put(o, "kind", json_string(r->reject ? "reject" : "message"));
	value_put(o, "entry", r->entry != 0 ? json_integer((json_int_t)r->entry) : json_null());
	value_put(o, "at", value_time(r->at_us));
	value_put(o, "host", value_text(r->host));
	value_put(o, "mta", value_text(r->mta));
	value_put(o, "queue_id", value_text(r->queue_id));
	value_put(o, "message_id", value_text(r->message_id));
	value_put(o, "sender", value_text(r->sender));
	value_put(o, "recipient", value_text(r->recipient));
	value_put(o, "original_recipient", value_text(r->original_recipient));
	value_put(o, "client_host", value_text(r->client_host));
	value_put(o, "client_ip", value_text(r->client_ip));
	value_put(o, "size", value_number(r->size));
	value_put(o, "state", value_text(r->state));
	value_put(o, "attempts", value_number(r->attempts));
	value_put(o, "dsn", value_text(r->dsn));
	value_put(o, "relay_host", value_text(r->relay_host));
	value_put(o, "relay_ip", value_text(r->relay_ip));
	value_put(o, "text", value_text(r->text));
	return o;
}

bool list_json(FILE *out, const struct search_row *rows, size_t count, struct err *err)
{
	json_t *list = json_array();
	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, object(&rows[i]));
	bool ok = json_dumpf(list, out, JSON_INDENT(2)) == 0;
	json_decref(list);
	fputc('\n', out);
	return ok || err_set(err, "cannot write JSON: is the disk full, or the reader gone?");
}

/* ---- CSV ---- */

void list_csv(FILE *out, const struct search_row *rows, size_t count)
{
	struct buf b = { 0 };
	fputs("kind,at,host,queue_id,state,attempts,dsn,sender,recipient,original_recipient,size,"
	      "client_host,"
	      "client_ip,relay_host,relay_ip,message_id,text\r\n",
	      out);
	for (size_t i = 0; i < count; i++) {
		const struct search_row *r = &rows[i];
		csv_text(&b, r->reject ? STR("reject") : STR("message"));
		csv_time(&b, r->at_us);
		csv_text(&b, r->host);
		csv_text(&b, r->queue_id);
		csv_text(&b, r->state);
		csv_number(&b, r->attempts);
		csv_text(&b, r->dsn);
		csv_text(&b, r->sender);
		csv_text(&b, r->recipient);
		csv_text(&b, r->original_recipient);
		csv_number(&b, r->size);
		const struct str rest[] = { r->client_host, r->client_ip,  r->relay_host,
					    r->relay_ip,    r->message_id, r->text };
		for (size_t k = 0; k < sizeof(rest) / sizeof(rest[0]); k++)
			csv_text(&b, rest[k]);
		csv_end(&b, out);
	}
	buf_free(&b);
}
