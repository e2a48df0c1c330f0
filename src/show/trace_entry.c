/*
 * trace_entry.c - one entry on the HTML page of a trace.
 */
#include "show/fate.h"
#include "show/trace_html.h"

/* What text has so far goes out between <tag> and </tag>, encoded. */
static void put(struct buf *b, const char *open, struct buf *text, const char *close)
{
	buf_puts(b, open);
	markup_encode(b, buf_str(text));
	buf_puts(b, close);
	text->len = 0;
}

static void comma(struct buf *b)
{
	if (b->len > 0)
		buf_puts(b, ", ");
}

static void word(struct buf *b, const struct say *how, const char *label, struct str s)
{
	if (s.len == 0)
		return;
	comma(b);
	buf_puts(b, label);
	say_log(b, how, s);
}

static void head(struct buf *b, const struct trace_entry *e, size_t number, const struct say *how)
{
	struct buf text = { 0 };
	buf_printf(b, "<h3>%zu. ", number);
	say_log(&text, how, e->queue_id);
	put(b, "<code>", &text, "</code>");
	buf_puts(&text, " on ");
	say_log(&text, how, e->host);
	buf_puts(&text, ", ");
	say_log(&text, how, e->mta);
	if (e->instance.len > 0 && !str_eq(e->instance, e->mta)) {
		buf_puts(&text, " ");
		say_log(&text, how, e->instance);
	}
	buf_puts(&text, ", ");
	say_time(&text, how, e->first_at_us);
	put(b, "", &text, e->asked ? " <span class=\"asked\">asked for</span></h3>\n" : "</h3>\n");
	buf_free(&text);
}

/* "relayed from 4F5C640001 on mx1, proven, after 1.5 s" */
static void hop(struct buf *b, const struct step *s, const struct trace_entry *from,
		const struct say *how)
{
	struct buf text = { 0 };
	const struct trace_hop *h = s->hop;
	buf_puts(&text, say_hop(h->kind));
	buf_puts(&text, trace_is_way(h) ? " from " : " of ");
	say_log(&text, how, from->queue_id);
	buf_puts(&text, " on ");
	say_log(&text, how, from->host);
	if (s->hops > 1) {
		buf_puts(&text, ", ");
		buf_count(&text, s->hops);
		buf_puts(&text, " recipients");
	}
	put(b, "<p class=\"hop\">", &text, ", ");
	const char *evidence = html_evidence(h->evidence);
	buf_printf(b, "<span class=\"%s\">%s</span>", evidence, evidence);
	if (h->latency_us != TRACE_NONE) {
		buf_puts(&text, ", after ");
		say_duration(&text, h->latency_us);
	}
	put(b, "", &text, "</p>\n");
	buf_free(&text);
}

static void arrival(struct buf *b, const struct trace_entry *e, const struct trace_entry *parent,
		    const struct say *how)
{
	struct buf text = { 0 };
	say_arrival(&text, how, e, e->tls);
	if (parent != NULL && !str_eq(parent->message_id, e->message_id))
		word(&text, how, "Message-ID ", e->message_id);
	word(&text, how, "",
	     e->head_missing ? STR("its beginning is in no log read so far") : STR(""));
	word(&text, how, "", e->year_inferred ? STR("year inferred") : STR(""));
	word(&text, how, "", e->host_assumed ? STR("host assumed") : STR(""));
	if (text.len > 0)
		put(b, "<p>", &text, "</p>\n");
	buf_free(&text);
}

static void state(struct buf *b, struct str s, const struct say *how)
{
	struct buf text = { 0 };
	buf_printf(b, "<span class=\"state %s\">", html_trouble(s));
	say_log(&text, how, s);
	put(b, "", &text, "</span>");
	buf_free(&text);
}

static void fate(struct buf *b, const struct trace_entry *e, const struct fate *f,
		 const struct say *how, bool all)
{
	struct buf text = { 0 };
	const struct trace_recipient *r = f->at[0];
	const struct trace_delivery *d = r->last;
	fate_names(&text, how, f, all ? SIZE_MAX : HTML_MANY);
	put(b, "<tr><td>", &text, "</td><td>");
	state(b, r->state, how);
	buf_puts(&text, " ");
	say_time(&text, how, r->at_us);
	put(b, "", &text, "</td><td>");
	if (!r->by_outcome && say_has_relay(d)) {
		buf_puts(&text, str_eq(r->state, STR("relayed")) ? "to " : "by ");
		say_relay(&text, how, d);
	}
	if (!r->by_outcome) {
		word(&text, how, "", d->tls);
		if (f->delay_us != TRACE_NONE) {
			comma(&text);
			buf_puts(&text, "after ");
			say_duration(&text, f->delay_us);
		}
	}
	put(b, "", &text, "");
	fate_reply(&text, how, f);
	if (text.len > 0)
		put(b, " <span class=\"reply\">", &text, "</span>");
	fate_retries(&text, how, f);
	if (text.len > 0)
		put(b, " <span class=\"reply\">before: ", &text, "</span>");
	const struct trace_hop *claim = fate_claim(e, f);
	if (claim != NULL) {
		buf_puts(b, " <span class=\"reply\"><span class=\"claimed\">claimed</span>");
		buf_puts(&text, " next ID ");
		say_log(&text, how, claim->next_queue_id);
		buf_puts(&text, claim->host.at == NULL ? ": no log of that host"
						       : ": no line of it in the log of ");
		say_log(&text, how, claim->host);
		put(b, "", &text, "</span>");
	}
	buf_puts(b, "</td></tr>\n");
	buf_free(&text);
}

static struct str state_of(const void *arg, size_t i)
{
	return ((const struct trace_recipient *)arg)[i].state;
}

static void recipients(struct buf *b, const struct trace_entry *e, const struct say *how, bool all)
{
	struct fates fates = { NULL, 0 };
	size_t left = 0;
	if (e->recipient_count == 0)
		return;
	fates_of(e, &fates);
	if (e->recipient_count > HTML_MANY) {
		struct buf text = { 0 };
		say_states(&text, how, e->recipient_count, state_of, e->recipients);
		put(b, "<p>", &text, "</p>\n");
		buf_free(&text);
	}
	buf_puts(b, "<table>\n<thead><tr><th>Recipients</th><th>State</th><th>Where, how</th></tr>"
		    "</thead>\n<tbody>\n");
	/* what failed and what waits first, where not all have room */
	for (int trouble = 2; trouble >= 0; trouble--) {
		size_t shown = 0;
		for (const struct fate *f = fates.first; f != NULL; f = f->hh.next) {
			if (say_trouble(f->at[0]->state) != trouble)
				continue;
			if (all || shown++ < HTML_MANY)
				fate(b, e, f, how, all);
			else
				left += f->count;
		}
	}
	if (left > 0) {
		buf_puts(b, "<tr><td>");
		buf_count(b, left);
		buf_puts(b, " more</td><td></td><td>--all lists every one</td></tr>\n");
	}
	buf_puts(b, "</tbody>\n</table>\n");
	fates_free(&fates);
}

static void events(struct buf *b, const struct trace_entry *e, const struct say *how, bool all)
{
	struct buf text = { 0 };
	size_t most = all ? SIZE_MAX : HTML_MANY;
	for (size_t i = 0; i < e->reject_count && i < most; i++) {
		const struct trace_reject *r = &e->rejects[i];
		buf_puts(&text, " ");
		say_time(&text, how, r->at_us);
		word(&text, how, "at ", r->stage);
		word(&text, how, "to ", r->recipient);
		say_refusal(&text, how, r);
		buf_puts(b, "<p>");
		state(b, STR("rejected"), how);
		put(b, "", &text, "</p>\n");
	}
	for (size_t i = 0; i < e->note_count && i < most; i++) {
		buf_puts(&text, "note ");
		say_time(&text, how, e->notes[i].at_us);
		buf_puts(&text, " ");
		say_log(&text, how, e->notes[i].origin);
		buf_puts(&text, ": ");
		say_log(&text, how, e->notes[i].text);
		put(b, "<p>", &text, "</p>\n");
	}
	if (str_eq(e->state, STR("held")) || e->outcome.at != NULL) {
		buf_puts(b, "<p>");
		state(b, e->outcome.at != NULL ? e->outcome : e->state, how);
		buf_puts(&text, e->outcome.at != NULL ? " " : " since ");
		say_time(&text, how, e->outcome.at != NULL ? e->outcome_at_us : e->last_at_us);
		put(b, "", &text, "</p>\n");
	}
	buf_free(&text);
}

static void log_lines(struct buf *b, const struct trace_entry_lines *l, bool all)
{
	size_t most = all ? l->count : HTML_LINES;
	if (l->count == 0)
		return;
	buf_puts(b, "<details><summary>");
	buf_count(b, l->count);
	buf_puts(b, l->count == 1 ? " log line</summary>\n<pre>" : " log lines</summary>\n<pre>");
	for (size_t i = 0; i < l->count && i < most; i++) {
		buf_puts(b, "<span>");
		markup_text(b, l->at[i].text);
		buf_puts(b, "</span>");
	}
	buf_puts(b, "</pre>\n");
	if (l->count > most) {
		buf_puts(b, "<p>");
		buf_count(b, l->count - most);
		buf_puts(b, " more; --all has every one.</p>\n");
	}
	buf_puts(b, "</details>\n");
}

void html_entry(struct buf *b, const struct order *o, size_t step, size_t number,
		const struct say *how, bool all, const struct trace_entry_lines *lines)
{
	const struct step *s = &o->at[step];
	const struct trace_entry *e = s->entry;
	const struct trace_entry *parent = s->parent != ORDER_ROOT ? o->at[s->parent].entry : NULL;

	buf_printf(b, "<article id=\"e%lld\" class=\"%s\">\n", (long long)e->id, html_worst(e));
	head(b, e, number, how);
	if (parent != NULL)
		hop(b, s, parent, how);
	arrival(b, e, parent, how);
	recipients(b, e, how, all);
	events(b, e, how, all);
	if (lines != NULL)
		log_lines(b, &lines[e->index], all);
	buf_puts(b, "</article>\n");
}
