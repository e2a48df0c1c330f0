/*
 * report_html.c - a report as one page that stands by itself: tables and inline SVG, no scripts,
 * nothing from elsewhere, readable on a phone and in print.
 */
#include "show/report_plot.h"

#include <stdio.h>

#include "base/clock.h"

static const char style[] =
	"dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(8rem,1fr));gap:.6rem;"
	"margin:1rem 0}\n"
	"dl div{background:var(--wash);border-radius:.4rem;padding:.5rem .7rem}\n"
	"dt{color:var(--soft);font-size:.85rem}dd{margin:0;font-size:1.3rem;"
	"font-variant-numeric:tabular-nums}dd small{display:block;font-size:.8rem;"
	"color:var(--soft)}\n"
	".n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums;width:1%}\n"
	"td.bar{width:35%}td.bar i{display:block;height:.8rem;margin-top:.35rem;"
	"background:var(--blue);border-radius:2px;min-width:1px}\n"
	".two{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,28rem),1fr));"
	"gap:0 2rem;align-items:start}\n"
	"details{color:var(--soft);font-size:.85rem}.times .axis{text-anchor:middle}\n"
	".times line:not(.grid){stroke:var(--soft);stroke-width:2}\n"
	".messages rect{fill:var(--blue)}.deferrals rect{fill:var(--amber)}"
	".bounces rect{fill:var(--red)}.rejects rect{fill:var(--violet)}\n"
	"circle.p50{fill:var(--blue)}circle.p95{fill:var(--amber)}circle.p99{fill:var(--red)}\n"
	"@media(max-width:40rem){td.bar{width:22%}}\n"
	"@media print{tr,dl div{break-inside:avoid}h2,h2+p{break-after:avoid}"
	"details:not([open]){display:none}"
	"td.bar i{-webkit-print-color-adjust:exact;print-color-adjust:exact}}\n";

static void heading(struct buf *b, const char *title, const char *more)
{
	buf_printf(b, "<h2>%s</h2>\n", title);
	if (more != NULL)
		buf_printf(b, "<p>%s</p>\n", more);
}

/* ---- volume ---- */

static void card(struct buf *b, const char *name, int64_t n, const char *more, int64_t of)
{
	buf_printf(b, "<div><dt>%s</dt><dd>", name);
	words_count(b, n);
	buf_puts(b, "<small>");
	if (of >= 0) {
		words_count(b, of);
		buf_puts(b, " ");
	}
	buf_printf(b, "%s</small></dd></div>\n", more);
}

static void volume(struct buf *b, const struct report *r)
{
	struct buf size = { 0 };
	words_bytes(&size, r->bytes);
	buf_add(&size, (struct str){ "", 1 });
	buf_puts(b, "<dl>\n");
	card(b, "Messages", r->messages, "of them notices", r->notices);
	card(b, "Recipients", r->recipients, "after aliases and lists", r->ends);
	buf_printf(b, "<div><dt>Size</dt><dd>%s<small>in ", size.at);
	words_count(b, r->entries);
	buf_puts(b, " queue entries</small></dd></div>\n");
	card(b, "Deferrals", r->deferred, "attempts", -1);
	card(b, "Bounces", r->bounced, "recipients", -1);
	card(b, "Rejects", r->refused, "in the session", -1);
	card(b, "Still queued", r->queued, "queue entries", -1);
	buf_puts(b, "</dl>\n");
	buf_free(&size);
}

/* ---- tables ---- */

static void number_cell(struct buf *b, int64_t n)
{
	buf_puts(b, "<td class=\"n\">");
	words_count(b, n);
	buf_puts(b, "</td>");
}

static void bar_cell(struct buf *b, int64_t n, int64_t most)
{
	if (n <= 0) {
		buf_puts(b, "<td class=\"bar\"></td>");
		return;
	}
	buf_printf(b, "<td class=\"bar\"><i style=\"width:%.1f%%\"></i></td>",
		   most > 0 ? 100.0 * (double)n / (double)most : 0.0);
}

static void rest_row(struct buf *b, const struct report_list *l, int columns)
{
	int64_t shown = 0;
	if (l->kinds == l->count)
		return;
	for (size_t i = 0; i < l->count; i++)
		shown += l->at[i].count;
	buf_puts(b, "<tr>");
	number_cell(b, l->total - shown);
	buf_printf(b, "<td colspan=\"%d\">of ", columns);
	buf_count(b, l->kinds - l->count);
	buf_puts(b, " others</td></tr>\n");
}

static void states(struct buf *b, const struct report_list *l)
{
	if (l->count == 0)
		return;
	heading(b, "What became of the recipients",
		"Relayed: the next server took it; that is the last place these logs can see.");
	buf_puts(b, "<table>\n");
	for (size_t i = 0; i < l->count; i++) {
		buf_puts(b, "<tr><td>");
		markup_text(b, l->at[i].name);
		buf_puts(b, "</td>");
		number_cell(b, l->at[i].count);
		buf_puts(b, "<td class=\"n\">");
		words_share(b, l->at[i].count, l->total);
		buf_puts(b, "</td>");
		bar_cell(b, l->at[i].count, l->at[0].count);
		buf_puts(b, "</tr>\n");
	}
	buf_puts(b, "</table>\n");
}

static void reasons(struct buf *b, const char *title, const char *counted,
		    const struct report_list *l)
{
	if (l->count == 0)
		return;
	heading(b, title, NULL);
	buf_printf(b, "<table>\n<tr><th class=\"n\">%s</th><th>Code</th><th>Reason</th></tr>\n",
		   counted);
	for (size_t i = 0; i < l->count; i++) {
		const struct report_line *line = &l->at[i];
		buf_puts(b, "<tr>");
		number_cell(b, line->count);
		buf_puts(b, "<td>");
		markup_text(b, line->code.at != NULL ? line->code : STR(""));
		buf_puts(b, "</td><td>");
		markup_text(b, line->name);
		if (line->example.len > 0 && !str_eq(line->example, line->name)) {
			struct str shown = line->example;
			buf_puts(b, "<details><summary>one of them</summary>");
			markup_text(b, shown.len > 1000 ? (struct str){ shown.at, 1000 } : shown);
			buf_puts(b, "</details>");
		}
		buf_puts(b, "</td></tr>\n");
	}
	rest_row(b, l, 2);
	buf_puts(b, "</table>\n");
}

static void who(struct buf *b, const char *title, const char *counted, const struct report_list *l)
{
	if (l->count == 0)
		return;
	buf_printf(b,
		   "<section><h2>%s</h2>\n<table>\n<tr><th class=\"n\">%s</th><th "
		   "class=\"n\">Size</th><th></th></tr>\n",
		   title, counted);
	for (size_t i = 0; i < l->count; i++) {
		buf_puts(b, "<tr>");
		number_cell(b, l->at[i].count);
		buf_puts(b, "<td class=\"n\">");
		words_bytes(b, l->at[i].bytes);
		buf_puts(b, "</td><td>");
		markup_text(b, l->at[i].name);
		buf_puts(b, "</td></tr>\n");
	}
	rest_row(b, l, 2);
	buf_puts(b, "</table></section>\n");
}

static void times_row(struct buf *b, const struct report_times *t)
{
	const int64_t us[] = { t->p50_us, t->p95_us, t->p99_us };
	buf_puts(b, "<tr><td>");
	markup_text(b, t->name);
	buf_puts(b, "</td>");
	number_cell(b, t->count);
	for (int i = 0; i < 3; i++) {
		buf_puts(b, "<td class=\"n\">");
		say_duration(b, us[i]);
		buf_puts(b, "</td>");
	}
	buf_puts(b, "</tr>\n");
}

static void relays(struct buf *b, const struct report *r)
{
	if (r->whole.count == 0 && r->relay_count == 0)
		return;
	heading(b, "How long it took",
		"End to end, then the slowest relays by p95, since the message came to that queue: "
		"half "
		"(p50), 95 % and 99 % of the recipients took no longer.");
	plot_times(b, r);
	buf_puts(b, "<details><summary>in figures</summary><table>\n<tr><th></th><th "
		    "class=\"n\">count</th><th class=\"n\">p50</th><th class=\"n\">p95</th><th "
		    "class=\"n\">p99</th></tr>\n");
	times_row(b, &r->whole);
	for (size_t i = 0; i < r->relay_count; i++)
		times_row(b, &r->relays[i]);
	buf_puts(b, "</table></details>\n");
	if (r->relay_least > 1)
		buf_printf(b, "<p>Relays that took fewer than %lld recipients are left out.</p>\n",
			   (long long)r->relay_least);
}

static void queue(struct buf *b, const struct report *r, bool utc)
{
	int64_t most = 0;
	struct say how = { .utc = utc, .day_us = TRACE_NONE };
	heading(b, "Still queued", "By age when the log of its host ends.");
	if (r->queued == 0) {
		buf_puts(b, "<p>Nothing.</p>\n");
		return;
	}
	for (size_t i = 0; i < REPORT_AGES; i++)
		most = r->queued_age[i] > most ? r->queued_age[i] : most;
	buf_puts(b, "<table>\n");
	for (size_t i = 0; i < REPORT_AGES; i++) {
		buf_printf(b, "<tr><td>%s</td>", words_age(i));
		number_cell(b, r->queued_age[i]);
		bar_cell(b, r->queued_age[i], most);
		buf_puts(b, "</tr>\n");
	}
	buf_puts(b, "</table>\n<p>The oldest since ");
	say_time(b, &how, r->queued_oldest_us);
	buf_puts(b, ".</p>\n");
}

/* ---- the page ---- */

static void title(struct buf *b, const struct report *r, bool utc)
{
	struct buf span = { 0 };
	words_span(&span, r, utc);
	buf_puts(b, "<h1>Mail of ");
	markup_text(b, r->host.at != NULL ? r->host : STR("all hosts"));
	buf_puts(b, "</h1>\n<p>");
	markup_encode(b, buf_str(&span));
	buf_puts(b,
		 r->by_default ? " (the last 24 hours that the database covers)</p>\n" : "</p>\n");
	buf_free(&span);
}

void show_report_html(FILE *out, const struct report *r, const struct show_options *opt)
{
	struct buf page = { 0 }, *b = &page;
	markup_begin(b, STR("Mail report"), style);
	title(b, r, opt->utc);
	volume(b, r);
	heading(b, r->bucket_us >= S_PER_DAY * US_PER_S ? "By day" : "By hour", NULL);
	plot_course(b, r, opt->utc);
	states(b, &r->states);
	reasons(b, "Deferred, by reason", "Attempts", &r->deferrals);
	reasons(b, "Bounced, by reason", "Recipients", &r->bounces);
	reasons(b, "Rejected in the session, by reason", "Rejects", &r->rejects);
	relays(b, r);
	queue(b, r, opt->utc);
	buf_puts(b, "<div class=\"two\">\n");
	who(b, "Senders", "Messages", &r->senders);
	who(b, "Sender domains", "Messages", &r->sender_domains);
	who(b, "Recipients", "Messages", &r->recipient_list);
	who(b, "Recipient domains", "Recipients", &r->recipient_domains);
	who(b, "Clients", "Messages", &r->clients);
	buf_puts(b, "</div>\n");
	markup_end(b);
	fwrite(page.at, 1, page.len, out);
	buf_free(&page);
}
