/*
 * nothing.c - why a trace found nothing, for people.
 */
#include "show/page.h"

#define HOSTS_MAX 20
#define WIDTH 80

static void put(FILE *out, const char *first, struct buf *b)
{
	struct page p = { .out = out, .width = WIDTH };
	page_line(&p, first, "  ", 2, buf_str(b));
	b->len = 0;
}

static void covers(struct buf *b, const struct say *how, int64_t first_us, int64_t last_us)
{
	say_time(b, how, first_us);
	buf_puts(b, " to ");
	say_time(b, how, last_us);
}

/* "CCC03: mx2.example.org[192.0.2.2] took AAA01 of mx1 by this ID, 09:15:02; its log ..." */
static void claim(struct buf *b, const struct say *how, const struct trace_near *n)
{
	buf_puts(b, "it is the ID by which ");
	say_peer(b, how, n->relay_host, n->relay_ip, TRACE_NONE);
	buf_puts(b, " took ");
	say_log(b, how, n->id);
	buf_puts(b, " from ");
	say_log(b, how, n->host);
	buf_puts(b, ", ");
	say_time(b, how, n->at_us);
	if (n->ours.at == NULL) {
		buf_puts(b, "; the log of that server is not in the database");
		return;
	}
	buf_puts(b, "; the log of ");
	say_log(b, how, n->ours);
	if (n->cover_first_us == TRACE_NONE) {
		buf_puts(b, " has not been read");
		return;
	}
	buf_puts(b, " has been read from ");
	covers(b, how, n->cover_first_us, n->cover_last_us);
	if (n->at_us >= n->cover_first_us && n->at_us <= n->cover_last_us)
		buf_puts(b, " and has no line of it");
}

static void reject(struct buf *b, const struct say *how, const struct trace_near *n)
{
	const struct trace_reject *r = &n->reject;
	buf_puts(b, "rejected on ");
	say_log(b, how, n->host);
	buf_puts(b, ", ");
	say_time(b, how, n->at_us);
	if (r->stage.len > 0) {
		buf_puts(b, ", at ");
		say_log(b, how, r->stage);
	}
	if (r->sender.at != NULL) {
		buf_puts(b, ", from ");
		say_address(b, how, r->sender);
	}
	if (r->recipient.at != NULL) {
		buf_puts(b, " to ");
		say_address(b, how, r->recipient);
	}
	if (r->client_host.len > 0 || r->client_ip.len > 0) {
		buf_puts(b, ", client ");
		say_peer(b, how, r->client_host, r->client_ip, TRACE_NONE);
	}
	say_refusal(b, how, r);
}

static void near(struct buf *b, const struct say *how, const struct trace_near *n)
{
	static const char *const words[] = { [TRACE_NEAR_CASE] = "in other case: ",
					     [TRACE_NEAR_PREFIX] = "begins like this: ",
					     [TRACE_NEAR_ADDRESS] = "a message from or to it: " };
	if (n->kind == TRACE_NEAR_CLAIM) {
		claim(b, how, n);
		return;
	}
	if (n->kind == TRACE_NEAR_REJECT) {
		reject(b, how, n);
		return;
	}
	buf_puts(b, words[n->kind]);
	say_log(b, how, n->id);
	buf_puts(b, " on ");
	say_log(b, how, n->host);
	buf_puts(b, ", ");
	say_time(b, how, n->at_us);
}

void show_coverage(FILE *out, const struct trace_cover *list, size_t count, bool utc)
{
	const struct say how = { .utc = utc, .day_us = TRACE_NONE };
	struct buf b = { 0 };
	for (size_t i = 0; i < count && i < HOSTS_MAX; i++) {
		say_log(&b, &how, list[i].host);
		if (list[i].first_us != TRACE_NONE) {
			buf_puts(&b, " from ");
			covers(&b, &how, list[i].first_us, list[i].last_us);
		} else {
			buf_puts(&b, ": no log");
		}
		put(out, "  ", &b);
	}
	if (count > HOSTS_MAX)
		fprintf(out, "  and %zu more hosts\n", count - HOSTS_MAX);
	buf_free(&b);
}

void show_nothing(FILE *out, const struct trace_nothing *n, struct str query, const char *empty,
		  bool utc)
{
	const struct say how = { .utc = utc, .day_us = TRACE_NONE };
	struct buf b = { 0 };
	bool address = false;
	buf_puts(&b, "nothing found for ");
	buf_safe(&b, query);
	put(out, "qtrail: ", &b);
	if (n->near_count > 0)
		fputs("Near misses:\n", out);
	for (size_t i = 0; i < n->near_count; i++) {
		near(&b, &how, &n->nears[i]);
		put(out, "  ", &b);
		address |= n->nears[i].kind == TRACE_NEAR_ADDRESS;
	}
	if (address)
		fputs("An address may have any number of messages: qtrail search ADDRESS lists "
		      "them.\n",
		      out);
	fputs("The database covers:\n", out);
	if (n->cover_count == 0)
		fprintf(out, "  %s\n", empty);
	show_coverage(out, n->covers, n->cover_count, utc);
	buf_free(&b);
}
