/*
 * trace_html.c - a trace as one page that stands by itself: verdicts, a drawing of the hops over
 * time, what is missing, then each step with its log lines. No scripts, nothing from elsewhere;
 * readable on a phone, in the dark and in print.
 */
#include "show/trace_html.h"

#include "show/sentence.h"

static const char style[] =
	"body{overflow-wrap:anywhere}h3{font-size:1rem;margin:0}\n"
	"code,pre{font:0.92em/1.45 ui-monospace,monospace}\n"
	".verdicts{list-style:none;margin:1rem 0;padding:0}\n"
	".verdicts li{background:var(--wash);border-left:.3rem solid var(--blue);"
	"border-radius:.3rem;padding:.5rem .8rem;margin:.4rem 0}\n"
	".verdicts.sum li{background:none;padding:0 .8rem;margin:0;border-radius:0}\n"
	".verdicts li.done{border-left-color:var(--green)}\n"
	".verdicts li.waits,article.waits{border-left-color:var(--amber)}\n"
	".verdicts li.failed,article.failed{border-left-color:var(--red)}\n"
	".verdicts b{display:block}.state{font-weight:600}\n"
	".fine{color:var(--blue)}.done{color:var(--green)}\n"
	".state.waits{color:var(--amber)}.state.failed{color:var(--red)}\n"
	"article{border-left:.3rem solid var(--blue);padding:.1rem 0 .1rem .9rem;"
	"margin:1.1rem 0}article.fine,.verdicts li{color:inherit}\n"
	"article .asked{background:var(--ink);color:var(--back);border-radius:.2rem;"
	"padding:0 .35rem;font-size:.8rem;font-weight:400;white-space:nowrap}\n"
	"article table{margin:.4rem 0}td .reply{display:block;color:var(--soft)}\n"
	"td:first-child{width:32%}td:nth-child(2){width:8rem}\n"
	".hop{font-size:.9rem}.stated,.proven{color:var(--green)}\n"
	".likely{color:var(--amber)}.claimed{color:var(--red)}\n"
	"pre{white-space:pre-wrap;margin:.3rem 0;padding:.6rem .8rem;color:var(--ink);"
	"background:var(--wash);border-radius:.3rem}\n"
	"pre span{display:block;padding-left:2ch;text-indent:-2ch}\n"
	"details{font-size:.85rem;color:var(--soft)}figure{margin:0}\n"
	"figcaption,footer{font-size:.85rem;color:var(--soft)}\n"
	"footer{border-top:1px solid var(--line);margin-top:2rem;padding-top:.5rem}\n"
	"figcaption span{white-space:nowrap;margin-right:.8em}\n"
	"svg{max-width:52rem}svg text{font-size:8px;paint-order:stroke;"
	"stroke:var(--back);stroke-width:2.5px;stroke-linejoin:round}\n"
	"svg .axis{font-size:7px}svg .bar{fill:var(--blue)}\n"
	"svg .ghost{fill:var(--back);stroke:var(--red);stroke-dasharray:2 2}\n"
	"svg circle{stroke:var(--back);fill:var(--ink)}\n"
	"svg .bar.waits,svg circle.waits{fill:var(--amber)}\n"
	"svg .bar.failed,svg circle.failed{fill:var(--red)}\n"
	"svg path.way{fill:none;stroke-width:1.6}svg path.notice{stroke-dasharray:4 3}\n"
	"svg .stroke-sure{stroke:var(--green)}svg .fill-sure{fill:var(--green)}\n"
	"svg .stroke-likely{stroke:var(--amber)}svg .fill-likely{fill:var(--amber)}\n"
	"svg .stroke-claimed{stroke:var(--red)}svg .fill-claimed{fill:var(--red)}\n"
	"svg .id{font-weight:600}svg .end{text-anchor:end}\n"
	"@media(max-width:40rem){svg text{font-size:13px}svg .axis{font-size:11px}\n"
	"article{padding-left:.6rem}article thead{position:absolute;left:-9999px}\n"
	"article tr,article td{display:block;width:auto!important;border:0;padding:0}\n"
	"article tr{border-bottom:1px solid var(--line);padding:.3rem 0}}\n"
	"@media print{article{break-inside:auto}tr,.verdicts li{break-inside:avoid}\n"
	"details::details-content{content-visibility:visible;block-size:auto;"
	"display:block}summary{list-style:none}}\n";

/* "from alice@example.net, Message-ID <...>, 2026-03-14 09:15:00 (UTC)" */
static void about(struct buf *b, const struct trace_entry *e, const struct say *how)
{
	struct buf text = { 0 };
	struct say dated = *how;
	dated.day_us = TRACE_NONE;
	say_time(&text, &dated, e->first_at_us);
	buf_puts(&text, " (");
	say_zone(&text, how, e->first_at_us);
	buf_puts(&text, ")");
	if (e->sender.at != NULL) {
		buf_puts(&text, ", from ");
		say_address(&text, how, e->sender);
	}
	if (e->message_id.at != NULL) {
		buf_puts(&text, ", Message-ID ");
		say_log(&text, how, e->message_id);
	}
	buf_puts(b, "<p>");
	markup_encode(b, buf_str(&text));
	buf_puts(b, "</p>\n");
	buf_free(&text);
}

static void verdicts(struct buf *b, const struct trace *t, size_t component, const struct say *how,
		     bool all)
{
	struct sentences list;
	sentences_of(t, component, how, all ? SIZE_MAX : HTML_MANY, &list);
	buf_puts(b, "<h2>What became of it</h2>\n");
	if (list.head.len > 0) {
		buf_puts(b, "<p>");
		markup_encode(b, buf_str(&list.head));
		buf_puts(b, "</p>\n");
	}
	buf_puts(b,
		 list.head.len > 0 ? "<ul class=\"verdicts sum\">\n" : "<ul class=\"verdicts\">\n");
	for (size_t i = 0; i < list.count; i++) {
		const struct sentence *s = &list.at[i];
		buf_printf(b, "<li class=\"%s\">", html_trouble(s->state));
		if (s->whom.len > 0) {
			buf_puts(b, "<b>");
			markup_encode(b, buf_str(&s->whom));
			buf_puts(b, "</b> ");
		}
		markup_encode(b, buf_str(&s->text));
		buf_puts(b, "</li>\n");
	}
	if (list.more > 0)
		buf_printf(b, "<li>and %zu more kinds</li>\n", list.more);
	buf_puts(b, "</ul>\n");
	sentences_free(&list);
}

static void missing(struct buf *b, const struct trace *t, size_t component, const struct say *how,
		    bool all)
{
	struct buf text = { 0 };
	size_t shown = 0, left = 0;
	for (size_t i = 0; i < t->gap_count; i++) {
		if (t->gaps[i].entry->component != component)
			continue;
		if (shown >= HTML_GAPS && !all) {
			left++;
			continue;
		}
		if (shown++ == 0)
			buf_puts(b,
				 "<h2>Not in the logs read so far</h2>\n<ul class=\"missing\">\n");
		text.len = 0;
		say_gap(&text, how, &t->gaps[i]);
		buf_puts(b, "<li>");
		markup_encode(b, buf_str(&text));
		buf_puts(b, "</li>\n");
	}
	if (left > 0)
		buf_printf(b, "<li>and %zu more</li>\n", left);
	if (shown > 0)
		buf_puts(b, "</ul>\n");
	buf_free(&text);
}

static void steps(struct buf *b, const struct order *o, const struct say *how, bool all,
		  const struct trace_entry_lines *lines)
{
	size_t number = 0;
	buf_puts(b, "<h2>Step by step</h2>\n");
	for (size_t i = 0; i < o->count; i++)
		if (o->at[i].kind == STEP_ENTRY)
			html_entry(b, o, i, ++number, how, all, lines);
	if (o->hidden > 0) {
		buf_puts(b, "<p>");
		buf_count(b, o->hidden);
		buf_puts(b, " more entries are left out; --all shows every one.</p>\n");
	}
}

static void component(struct buf *b, const struct trace *t, size_t i,
		      const struct show_options *opt, const struct trace_entry_lines *lines)
{
	const struct trace_entry *first = order_first(t, i);
	const struct say how = { .utc = opt->utc, .day_us = first->first_at_us };
	struct order o;
	order_of(t, i, opt->all ? SIZE_MAX : HTML_MANY, &o);
	buf_puts(b, "<section>\n");
	if (t->component_count > 1)
		buf_printf(b, "<h2>Message %zu of %zu</h2>\n", i + 1, t->component_count);
	about(b, first, &how);
	verdicts(b, t, i, &how, opt->all);
	plot_trace(b, t, &o, &how);
	missing(b, t, i, &how, opt->all);
	steps(b, &o, &how, opt->all, lines);
	buf_puts(b, "</section>\n");
	order_free(&o);
}

void show_trace_html(FILE *out, const struct trace *t, struct str query,
		     const struct show_options *opt, const struct trace_entry_lines *lines)
{
	struct buf page = { 0 }, title = { 0 }, *b = &page;
	bool cut = query.len > 120;
	buf_puts(&title, "Trace of ");
	buf_add(&title, (struct str){ query.at, cut ? 120 : query.len });
	buf_puts(&title, cut ? "..." : "");
	markup_begin(b, buf_str(&title), style);
	buf_puts(b, "<main>\n<h1>");
	markup_text(b, buf_str(&title));
	buf_puts(b, "</h1>\n");
	for (size_t i = 0; i < t->component_count; i++)
		component(b, t, i, opt, lines);
	if (t->cut)
		buf_printf(b,
			   "<p>The trace goes on: it was cut at %zu entries. --all shows them "
			   "all.</p>\n",
			   t->limit);
	buf_puts(b,
		 "</main>\n<footer><p>Evidence of a hop: <span class=\"stated\">stated</span>, the "
		 "log of one host names both IDs; <span class=\"proven\">proven</span>, the next "
		 "host's log shows that ID and the same Message-ID; <span "
		 "class=\"likely\">likely</span>, ID, time and addresses agree; <span "
		 "class=\"claimed\">claimed</span>, the reply named an ID that no log here "
		 "has. Relayed: the next server took it, which is the last place that these logs "
		 "can see.</p></footer>\n");
	markup_end(b);
	fwrite(page.at, 1, page.len, out);
	buf_free(&title);
	buf_free(&page);
}
