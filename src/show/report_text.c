/*
 * report_text.c - a report as text: sections with counts to the right, bars where they help.
 */
#include <string.h>

#include "show/page.h"
#include "show/report.h"
#include "show/report_words.h"

#define COUNT_WIDTH 10

struct sheet {
	FILE *out;
	const struct report *r;
	const struct show_options *opt;
	struct page page; /* wrapping and colour */
};

static void heading(struct sheet *s, const char *title, const char *more)
{
	struct buf b = { 0 };
	fputc('\n', s->out);
	page_colour(&s->page, &b, BOLD);
	buf_puts(&b, title);
	page_colour(&s->page, &b, PLAIN);
	buf_puts(&b, more);
	page_line(&s->page, "", "", 2, buf_str(&b));
	buf_free(&b);
}

/* Right-aligned in a column. */
static void put_count(struct buf *b, int64_t n, size_t width)
{
	struct buf digits = { 0 };
	words_count(&digits, n);
	for (size_t i = digits.len; i < width; i++)
		buf_puts(b, " ");
	buf_add(b, buf_str(&digits));
	buf_free(&digits);
}

static void put_line(struct sheet *s, struct buf *b)
{
	fwrite(b->at, 1, b->len, s->out);
	fputc('\n', s->out);
	b->len = 0;
}

/* A bar of at most `room` columns for n of most. */
static void put_bar(const struct sheet *s, struct buf *b, int64_t n, int64_t most, size_t room)
{
	size_t len = most > 0 ? (size_t)((double)n / (double)most * (double)room + 0.5) : 0;
	if (n > 0 && len == 0)
		len = 1;
	if (len > 0)
		buf_puts(b, "  ");
	for (size_t i = 0; i < len; i++)
		buf_puts(b, s->opt->ascii ? "#" : "█");
}

/* ---- sections ---- */

static void title(struct sheet *s)
{
	struct buf b = { 0 };
	page_colour(&s->page, &b, BOLD);
	buf_puts(&b, "Mail of ");
	if (s->r->host.at != NULL)
		buf_safe(&b, s->r->host);
	else
		buf_puts(&b, "all hosts");
	page_colour(&s->page, &b, PLAIN);
	buf_puts(&b, ", ");
	words_span(&b, s->r, s->opt->utc);
	page_line(&s->page, "", "", 2, buf_str(&b));
	if (s->r->by_default)
		fputs("(the last 24 hours that the database covers)\n", s->out);
	buf_free(&b);
}

static void amount(struct sheet *s, const char *name, int64_t n, const char *more)
{
	struct buf b = { 0 };
	buf_printf(&b, "  %-12s", name);
	put_count(&b, n, COUNT_WIDTH);
	buf_puts(&b, more);
	put_line(s, &b);
	buf_free(&b);
}

static void volume(struct sheet *s)
{
	const struct report *r = s->r;
	struct buf more = { 0 };
	heading(s, "Volume", "");
	buf_puts(&more, "  notices among them: ");
	buf_count(&more, (size_t)r->notices);
	buf_puts(&more, "; queue entries: ");
	buf_count(&more, (size_t)r->entries);
	buf_add(&more, (struct str){ "", 1 });
	amount(s, "messages", r->messages, more.at);
	more.len = 0;
	buf_puts(&more, "  ");
	buf_count(&more, (size_t)r->ends);
	buf_puts(&more, " after aliases and lists");
	buf_add(&more, (struct str){ "", 1 });
	amount(s, "recipients", r->recipients, more.at);
	more.len = 0;
	buf_puts(&more, "  (");
	words_bytes(&more, r->bytes);
	buf_puts(&more, ")");
	buf_add(&more, (struct str){ "", 1 });
	amount(s, "bytes", r->bytes, more.at);
	amount(s, "deferrals", r->deferred, "  attempts");
	amount(s, "bounces", r->bounced, "  recipients");
	amount(s, "rejects", r->refused, "  in the session");
	buf_free(&more);
}

static void states(struct sheet *s)
{
	struct buf b = { 0 };
	const struct report_list *l = &s->r->states;
	heading(s, "What became of the recipients", "");
	for (size_t i = 0; i < l->count; i++) {
		buf_puts(&b, "  ");
		size_t from = b.len;
		page_state(&s->page, &b, l->at[i].name);
		for (size_t w = s->opt->colour ? l->at[i].name.len : b.len - from; w < 12; w++)
			buf_puts(&b, " ");
		put_count(&b, l->at[i].count, COUNT_WIDTH);
		struct buf share = { 0 };
		words_share(&share, l->at[i].count, l->total);
		buf_printf(&b, "%9.*s", (int)share.len, share.at != NULL ? share.at : "");
		buf_free(&share);
		put_line(s, &b);
	}
	buf_free(&b);
}

static void course(struct sheet *s)
{
	const struct report *r = s->r;
	struct buf b = { 0 };
	int64_t most = 0;
	heading(s, r->bucket_us >= 86400000000 ? "By day" : "By hour", "");
	fprintf(s->out, "  %-12s%10s%10s%9s%9s\n", "", "messages", "deferrals", "bounces",
		"rejects");
	for (size_t i = 0; i < r->bucket_count; i++)
		if (r->buckets[i].messages > most)
			most = r->buckets[i].messages;
	size_t room = s->page.width > 56 ? s->page.width - 54 : 2;
	for (size_t i = 0; i < r->bucket_count; i++) {
		const struct report_bucket *at = &r->buckets[i];
		buf_puts(&b, "  ");
		words_step(&b, r, at->at_us, s->opt->utc);
		while (b.len < 14)
			buf_puts(&b, " ");
		put_count(&b, at->messages, 10);
		put_count(&b, at->deferred, 10);
		put_count(&b, at->bounced, 9);
		put_count(&b, at->rejected, 9);
		put_bar(s, &b, at->messages, most, room < 40 ? room : 40);
		put_line(s, &b);
	}
	buf_free(&b);
}

/* "3 more kinds" below a list that is cut. */
static void rest(struct sheet *s, const struct report_list *l)
{
	int64_t shown = 0;
	struct buf b = { 0 };
	if (l->kinds == l->count)
		return;
	for (size_t i = 0; i < l->count; i++)
		shown += l->at[i].count;
	put_count(&b, l->total - shown, COUNT_WIDTH);
	buf_puts(&b, "  of ");
	buf_count(&b, l->kinds - l->count);
	buf_puts(&b, l->kinds - l->count == 1 ? " other" : " others");
	put_line(s, &b);
	buf_free(&b);
}

static void reasons(struct sheet *s, const char *name, const struct report_list *l)
{
	struct buf b = { 0 };
	if (l->count == 0)
		return;
	heading(s, name, "");
	for (size_t i = 0; i < l->count; i++) {
		struct buf first = { 0 };
		put_count(&first, l->at[i].count, COUNT_WIDTH);
		buf_puts(&first, "  ");
		buf_add(&first, (struct str){ "", 1 });
		if (l->at[i].code.len > 0) {
			buf_safe(&b, l->at[i].code);
			buf_puts(&b, "  ");
		}
		buf_safe(&b, l->at[i].name);
		page_line(&s->page, first.at, "            ", 2, buf_str(&b));
		b.len = 0;
		buf_free(&first);
	}
	rest(s, l);
	buf_free(&b);
}

static void who(struct sheet *s, const char *name, const struct report_list *l)
{
	struct buf b = { 0 };
	if (l->count == 0)
		return;
	heading(s, name, "");
	for (size_t i = 0; i < l->count; i++) {
		put_count(&b, l->at[i].count, COUNT_WIDTH);
		struct buf bytes = { 0 };
		words_bytes(&bytes, l->at[i].bytes);
		buf_printf(&b, "%11.*s  ", (int)bytes.len, bytes.at);
		buf_free(&bytes);
		/* an address is one word: it may be wider than the page, and stays whole */
		buf_safe(&b, l->at[i].name);
		put_line(s, &b);
	}
	rest(s, l);
	buf_free(&b);
}

static void put_times(struct sheet *s, struct buf *b, const struct report_times *t)
{
	const int64_t us[] = { t->p50_us, t->p95_us, t->p99_us };
	put_count(b, t->count, COUNT_WIDTH);
	for (size_t i = 0; i < 3; i++) {
		struct buf d = { 0 };
		say_duration(&d, us[i]);
		buf_printf(b, "%11.*s", (int)d.len, d.at);
		buf_free(&d);
	}
	buf_puts(b, "  ");
	buf_safe(b, t->name);
	put_line(s, b);
}

static void relays(struct sheet *s)
{
	struct buf b = { 0 };
	const struct report *r = s->r;
	if (r->whole.count == 0 && r->relay_count == 0)
		return;
	heading(s, "How long it took", ": end to end, and the slowest relays by p95");
	fprintf(s->out, "%10s%11s%11s%11s\n", "count", "p50", "p95", "p99");
	put_times(s, &b, &r->whole);
	for (size_t i = 0; i < r->relay_count; i++)
		put_times(s, &b, &r->relays[i]);
	if (r->relay_least > 1)
		fprintf(s->out, "  Relays that took fewer than %lld recipients are left out.\n",
			(long long)r->relay_least);
	buf_free(&b);
}

static void queue(struct sheet *s)
{
	const struct report *r = s->r;
	struct buf b = { 0 };
	heading(s, "Still queued", ", by age when the log of its host ends");
	if (r->queued == 0)
		fputs("  nothing\n", s->out);
	for (size_t i = 0; i < REPORT_AGES; i++) {
		if (r->queued_age[i] == 0)
			continue;
		put_count(&b, r->queued_age[i], COUNT_WIDTH);
		buf_puts(&b, "  ");
		buf_puts(&b, words_age(i));
		put_line(s, &b);
	}
	if (r->queued_oldest_us != TRACE_NONE) {
		struct say how = { .utc = s->opt->utc, .day_us = TRACE_NONE };
		buf_puts(&b, "  the oldest since ");
		say_time(&b, &how, r->queued_oldest_us);
		put_line(s, &b);
	}
	buf_free(&b);
}

void show_report_text(FILE *out, const struct report *r, const struct show_options *opt)
{
	struct sheet s = { .out = out, .r = r, .opt = opt };
	s.page = (struct page){ .out = out, .opt = opt, .width = opt->width > 0 ? opt->width : 80 };
	title(&s);
	volume(&s);
	if (r->states.count > 0)
		states(&s);
	course(&s);
	reasons(&s, "Deferred: attempts by reason", &r->deferrals);
	reasons(&s, "Bounced: recipients by reason", &r->bounces);
	reasons(&s, "Rejected in the session, by reason", &r->rejects);
	relays(&s);
	who(&s, "Senders, by messages", &r->senders);
	who(&s, "Sender domains, by messages", &r->sender_domains);
	who(&s, "Recipients, by messages", &r->recipient_list);
	who(&s, "Recipient domains, by recipients", &r->recipient_domains);
	who(&s, "Clients, by messages", &r->clients);
	queue(&s);
	buf_free(&s.page.prefix);
}
