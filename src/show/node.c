/*
 * node.c - one entry on the text page: where and when, what came in, every recipient's attempts
 * folded, what else the log says of it, and what is missing.
 */
#include "show/fate.h"
#include "show/page.h"

#define NAMES_MAX ((size_t)PAGE_MANY)

static void body(struct page *p, const struct trace_entry *e, size_t hang, struct buf *b)
{
	(void)e;
	const char *bar = page_piece(p, PIECE_BAR);
	page_line(p, bar, bar, hang, buf_str(b));
	b->len = 0;
}

static void head(struct page *p, const struct trace_entry *e, struct buf *b)
{
	const struct say *how = &p->say;
	page_colour(p, b, BOLD);
	say_log(b, how, e->queue_id);
	page_colour(p, b, PLAIN);
	buf_puts(b, "  ");
	struct buf rest = { 0 };
	say_log(&rest, how, e->host);
	buf_puts(&rest, ", ");
	say_log(&rest, how, e->mta);
	if (e->instance.len > 0 && !str_eq(e->instance, e->mta)) {
		buf_puts(&rest, " ");
		say_log(&rest, how, e->instance);
	}
	buf_puts(&rest, ", ");
	say_time(&rest, how, e->first_at_us);
	if (e->asked)
		buf_puts(&rest, " (asked for)");
	buf_add(b, buf_str(&rest));
	buf_free(&rest);
	const char *mark = page_piece(p, e->asked ? PIECE_ASKED : PIECE_NODE);
	page_line(p, mark, page_piece(p, PIECE_BAR), 0, buf_str(b));
	b->len = 0;
}

static void comma(struct buf *b, size_t start)
{
	if (b->len > start)
		buf_puts(b, ", ");
}

static void word(struct page *p, struct buf *b, size_t start, const char *label, struct str s)
{
	if (s.len == 0)
		return;
	comma(b, start);
	buf_puts(b, label);
	say_log(b, &p->say, s);
}

/* What matters of TLS at a glance: the version. Wide pages have room for all of it. */
static struct str short_tls(const struct page *p, struct str tls)
{
	size_t from = 0, n = 0;
	if (p->width >= PAGE_WIDE)
		return tls;
	while (from + 3 < tls.len && memcmp(tls.at + from, "TLS", 3) != 0 &&
	       memcmp(tls.at + from, "SSL", 3) != 0)
		from++; /* "version=TLSv1.3, verify=OK" */
	if (from + 3 < tls.len)
		tls = str_skip(tls, from);
	while (n < tls.len && strchr(" ,:", tls.at[n]) == NULL)
		n++;
	return (struct str){ tls.at, n };
}

static void arrival(struct page *p, const struct trace_entry *e, struct buf *b)
{
	say_arrival(b, &p->say, e, short_tls(p, e->tls));
	if (b->len > 0)
		body(p, e, 2, b);
}

/* Where it is not that of the entry above. */
static void identity(struct page *p, const struct trace_entry *e, const struct trace_entry *parent,
		     struct buf *b)
{
	if (e->message_id.at == NULL ||
	    (parent != NULL && str_eq(parent->message_id, e->message_id)))
		return;
	buf_puts(b, "Message-ID ");
	say_log(b, &p->say, e->message_id);
	body(p, e, 2, b);
}

/* Beginning, year, host: how far this entry can be trusted. */
static void doubts(struct page *p, const struct trace_entry *e, struct buf *b)
{
	if (e->head_missing)
		buf_puts(b, "its beginning is in no log read so far");
	if (e->year_inferred) {
		comma(b, 0);
		buf_puts(b, "year inferred");
	}
	if (e->host_assumed) {
		comma(b, 0);
		buf_puts(b, "host assumed");
	}
	if (b->len == 0)
		return;
	struct buf line = { 0 };
	page_colour(p, &line, DIM);
	buf_puts(&line, "(");
	buf_add(&line, buf_str(b));
	buf_puts(&line, ")");
	page_colour(p, &line, PLAIN);
	b->len = 0;
	body(p, e, 2, &line);
	buf_free(&line);
}

/* A line below a fate's. */
static void below(struct page *p, struct buf *b)
{
	const char *bar = page_piece(p, PIECE_BAR);
	char first[32];
	snprintf(first, sizeof(first), "%s  ", bar);
	if (b->len > 0)
		page_line(p, first, bar, 4, buf_str(b));
	b->len = 0;
}

/* "bob@example.org: relayed 09:15:02 to mx2.example.org[192.0.2.2], TLSv1.3, after 1.5 s" */
static void fate_line(struct page *p, const struct trace_entry *e, const struct fate *f,
		      struct buf *b)
{
	const struct trace_recipient *r = f->at[0];
	const struct trace_delivery *d = r->last;
	fate_names(b, &p->say, f, p->opt->all ? SIZE_MAX : NAMES_MAX);
	buf_puts(b, ": ");
	page_state(p, b, r->state);
	buf_puts(b, " ");
	say_time(b, &p->say, r->at_us);
	if (!r->by_outcome && say_has_relay(d)) {
		buf_puts(b, str_eq(r->state, STR("relayed")) ? " to " : " by ");
		say_relay(b, &p->say, d);
	}
	if (!r->by_outcome) {
		word(p, b, 0, "", short_tls(p, d->tls));
		if (f->delay_us != TRACE_NONE) {
			buf_puts(b, ", after ");
			say_duration(b, f->delay_us);
		}
	}
	body(p, e, 4, b);
}

/* What the next ID of an attempt is, when it leads to no entry. */
static void claim(struct page *p, const struct trace_entry *e, const struct fate *f, struct buf *b)
{
	const struct trace_hop *h = fate_claim(e, f);
	if (h == NULL)
		return;
	page_colour(p, b, page_evidence_colour(STR("claimed")));
	buf_puts(b, "claimed");
	page_colour(p, b, PLAIN);
	buf_puts(b, " next ID ");
	say_log(b, &p->say, h->next_queue_id);
	buf_puts(b,
		 h->host.at == NULL ? ": no log of that host" : ": no line of it in the log of ");
	say_log(b, &p->say, h->host);
	below(p, b);
}

static void fate(struct page *p, const struct trace_entry *e, const struct fate *f)
{
	struct buf b = { 0 };
	fate_line(p, e, f, &b);
	fate_reply(&b, &p->say, f);
	below(p, &b);
	fate_retries(&b, &p->say, f);
	if (b.len > 0) {
		struct buf line = { 0 };
		buf_puts(&line, "before: ");
		buf_add(&line, buf_str(&b));
		below(p, &line);
		buf_free(&line);
		b.len = 0;
	}
	claim(p, e, f, &b);
	buf_free(&b);
}

static void sum_up(struct page *p, const struct trace_entry *e)
{
	struct groups groups = { NULL };
	struct buf b = { 0 };
	size_t shown = 0, left = 0;
	for (size_t i = 0; i < e->recipient_count; i++) {
		if (e->recipients[i].superseded)
			continue;
		say_kind(&b, &p->say, e->recipients[i].state, &e->recipients[i]);
		groups_add(&groups, buf_str(&b), &e->recipients[i]);
		b.len = 0;
	}
	for (struct group *g = groups.first; g != NULL; g = g->hh.next)
		g->rank = say_trouble(((const struct trace_recipient *)g->sample)->state);
	groups_sort(&groups);
	for (struct group *g = groups.first; g != NULL; g = g->hh.next) {
		if (++shown > PAGE_MANY) {
			left += g->count;
			continue;
		}
		buf_count(&b, g->count);
		buf_puts(&b, " ");
		buf_add(&b, (struct str){ g->label, g->len });
		body(p, e, 4, &b);
	}
	if (left > 0) {
		buf_count(&b, left);
		buf_puts(&b, " otherwise");
		body(p, e, 4, &b);
	}
	p->summed = true;
	groups_free(&groups);
	buf_free(&b);
}

static void recipients(struct page *p, const struct trace_entry *e)
{
	struct fates fates = { NULL, 0 };
	if (e->recipient_count > PAGE_MANY && !p->opt->all) {
		sum_up(p, e);
		return;
	}
	fates_of(e, &fates);
	for (const struct fate *f = fates.first; f != NULL; f = f->hh.next)
		fate(p, e, f);
	fates_free(&fates);
}

static void events(struct page *p, const struct trace_entry *e, struct buf *b)
{
	size_t max = p->opt->all ? SIZE_MAX : PAGE_MANY;
	for (size_t i = 0; i < e->reject_count && i < max; i++) {
		const struct trace_reject *r = &e->rejects[i];
		page_state(p, b, STR("rejected"));
		buf_puts(b, " ");
		say_time(b, &p->say, r->at_us);
		word(p, b, 0, "at ", r->stage);
		word(p, b, 0, "to ", r->recipient);
		say_refusal(b, &p->say, r);
		body(p, e, 4, b);
	}
	for (size_t i = 0; i < e->note_count && i < max; i++) {
		buf_puts(b, "note ");
		say_time(b, &p->say, e->notes[i].at_us);
		buf_puts(b, " ");
		say_log(b, &p->say, e->notes[i].origin);
		buf_puts(b, ": ");
		say_log(b, &p->say, e->notes[i].text);
		body(p, e, 4, b);
	}
	if (e->reject_count > max || e->note_count > max)
		p->summed = true;
}

/* Some MTAs log no end: it is over when every recipient has a final state. */
static bool all_final(const struct trace_entry *e)
{
	for (size_t i = 0; i < e->recipient_count; i++) {
		struct str state = e->recipients[i].state;
		if (str_eq(state, STR("queued")) || str_eq(state, STR("deferred")) ||
		    str_eq(state, STR("held")))
			return false;
	}
	return e->recipient_count > 0 && e->outcome.at == NULL && !str_eq(e->state, STR("held"));
}

/* The outcome of the entry is what each recipient says already. */
static bool all_met(const struct trace_entry *e)
{
	for (size_t i = 0; i < e->recipient_count; i++)
		if (!str_eq(e->recipients[i].state, e->outcome))
			return false;
	return e->recipient_count > 0 && e->outcome.at != NULL;
}

/* It went on under another ID, whatever its own lines say last. */
static bool was_requeued(const struct trace_entry *e)
{
	for (size_t i = 0; i < e->down_count; i++)
		if (str_eq(e->down[i]->kind, STR("requeue")) && e->down[i]->to != NULL)
			return true;
	return false;
}

/* The entry's end, where it says more than its deliveries do. */
static void end(struct page *p, const struct trace_entry *e, struct buf *b)
{
	if (str_eq(e->state, STR("completed")) || all_final(e) || all_met(e))
		return;
	if (str_eq(e->state, STR("accepted")) && was_requeued(e))
		return;
	if (e->outcome.at != NULL || e->closed_at_us != TRACE_NONE ||
	    str_eq(e->state, STR("held"))) {
		struct str state = e->outcome.at != NULL ? e->outcome : e->state;
		int64_t at = e->outcome.at != NULL ? e->outcome_at_us : e->closed_at_us;
		page_state(p, b, state);
		if (at == TRACE_NONE && e->outcome.at == NULL) {
			buf_puts(b, " since");
			at = e->last_at_us;
		}
		if (at != TRACE_NONE) {
			buf_puts(b, " ");
			say_time(b, &p->say, at);
		}
	} else {
		bool tried = e->delivery_count > 0 || e->accepted_at_us != TRACE_NONE;
		bool never = str_eq(e->state, STR("open")) || str_eq(e->state, STR("aborted"));
		buf_puts(b, never && !tried ? "not accepted" : "in the queue");
		buf_puts(b, " as far as the logs go, last line ");
		say_time(b, &p->say, e->last_at_us);
	}
	body(p, e, 4, b);
}

void page_node(struct page *p, const struct trace_entry *e, const struct trace_entry *parent)
{
	struct buf b = { 0 };
	head(p, e, &b);
	arrival(p, e, &b);
	identity(p, e, parent, &b);
	doubts(p, e, &b);
	recipients(p, e);
	events(p, e, &b);
	end(p, e, &b);
	buf_free(&b);
}
