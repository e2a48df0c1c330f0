/*
 * status_text.c - the status of a database for a terminal.
 */
#include <time.h>

#include "base/clock.h"
#include "show/report_words.h"
#include "show/say.h"
#include "show/status.h"

#define GAPS 10
#define FILES 20

struct writer {
	struct buf b;
	struct say how;
	const struct show_options *opt;
};

static void minute(struct writer *w, int64_t at_us)
{
	say_time(&w->b, &w->how, at_us);
	if (at_us != TRACE_NONE && w->b.len > 3)
		w->b.len -= 3; /* the seconds */
}

/* The zone of the times. */
static void zone(struct writer *w)
{
	char text[64] = "UTC";
	time_t now = (time_t)(clock_now_us() / US_PER_S);
	struct tm tm;
	if (!w->opt->utc && localtime_r(&now, &tm) != NULL)
		strftime(text, sizeof(text), "%Z", &tm);
	buf_puts(&w->b, text);
}

static void count(struct writer *w, int64_t n, const char *word)
{
	if (n < 0)
		buf_printf(&w->b, "%lld", (long long)n);
	else
		buf_count(&w->b, (size_t)n);
	buf_puts(&w->b, word);
}

static void span(struct writer *w, int64_t first_us, int64_t last_us)
{
	if (first_us == TRACE_NONE) {
		buf_puts(&w->b, "no time is known");
		return;
	}
	say_time(&w->b, &w->how, first_us);
	buf_puts(&w->b, " to ");
	say_time(&w->b, &w->how, last_us);
}

static void database(struct writer *w, const struct status *st)
{
	buf_puts(&w->b, "Database ");
	buf_safe(&w->b, str_of(st->path));
	buf_puts(&w->b, "\n  ");
	words_bytes(&w->b, st->bytes);
	buf_puts(&w->b, ", of which ");
	words_bytes(&w->b, st->free_bytes);
	buf_puts(&w->b, " are free");
	if (st->wal_bytes > 0) {
		buf_puts(&w->b, "; ");
		words_bytes(&w->b, st->wal_bytes);
		buf_puts(&w->b, " in its WAL");
	}
	buf_printf(&w->b, "; schema version %lld\n", (long long)st->version);
}

static void run_lines(struct writer *w, const struct status_run *r)
{
	buf_puts(&w->b, "    ");
	count(w, r->lines, " lines (");
	words_bytes(&w->b, r->bytes);
	buf_puts(&w->b, "): ");
	count(w, r->matched, " matched, ");
	count(w, r->unmatched, " unmatched,\n    ");
	count(w, r->not_mail, " not mail, ");
	count(w, r->duplicate, " copies, ");
	count(w, r->malformed, " malformed, ");
	count(w, r->too_long, " too long\n");
}

static void runs(struct writer *w, const struct status *st)
{
	if (st->last.count == 0) {
		buf_puts(&w->b, "  Nothing was read into it yet (see qtrail ingest).\n");
		return;
	}
	buf_puts(&w->b, "  last run ");
	say_time(&w->b, &w->how, st->last.started_us);
	if (st->last.ended_us == TRACE_NONE) {
		buf_puts(&w->b, ", not ended: under way, or killed");
	} else {
		buf_puts(&w->b, ", took ");
		say_duration(&w->b, st->last.ended_us - st->last.started_us);
	}
	buf_puts(&w->b, " (qtrail ");
	buf_safe(&w->b, st->last.version);
	buf_puts(&w->b, ")\n");
	run_lines(w, &st->last);
	if (st->all.count < 2)
		return;
	buf_puts(&w->b, "  all ");
	count(w, st->all.count, " runs since ");
	say_time(&w->b, &w->how, st->all.started_us);
	buf_puts(&w->b, "\n");
	run_lines(w, &st->all);
}

static void gaps(struct writer *w, const struct status_host *h)
{
	size_t shown = w->opt->all || h->gap_count <= GAPS ? h->gap_count : GAPS;
	for (size_t i = h->gap_count - shown; i < h->gap_count; i++) {
		const struct status_gap *g = &h->gaps[i];
		buf_puts(&w->b, "    gap ");
		minute(w, g->from_us);
		buf_puts(&w->b, " to ");
		minute(w, g->until_us);
		buf_puts(&w->b, ", ");
		say_duration(&w->b, g->until_us - g->from_us);
		buf_printf(
			&w->b,
			"\n      (at other such times %.0f of %lld ten-minute slots have mail)\n",
			g->usual, (long long)((g->until_us - g->from_us) / STATUS_SLOT_US));
	}
	if (shown < h->gap_count) {
		buf_puts(&w->b, "    and ");
		count(w, (int64_t)(h->gap_count - shown), " older gaps (--all)\n");
	}
}

static void hosts(struct writer *w, const struct status *st)
{
	if (st->host_count > 0)
		buf_puts(&w->b, "\nHosts, times in ");
	if (st->host_count > 0)
		zone(w);
	for (size_t i = 0; i < st->host_count; i++) {
		const struct status_host *h = &st->hosts[i];
		buf_puts(&w->b, i == 0 ? "\n  " : "  ");
		buf_safe(&w->b, h->name);
		buf_puts(&w->b, "\n    ");
		if (h->first_us == TRACE_NONE) {
			buf_puts(&w->b, "no log of it, only its name\n");
			continue;
		}
		span(w, h->first_us, h->last_us);
		buf_puts(&w->b, "\n    ");
		count(w, h->entries, h->entries == 1 ? " entry, " : " entries, ");
		count(w, h->open, " still open");
		if (h->open > 0) {
			buf_puts(&w->b, " (oldest of ");
			minute(w, h->open_first_us);
			buf_puts(&w->b, ")");
		}
		buf_puts(&w->b, ", ");
		count(w, h->rejects, h->rejects == 1 ? " reject\n" : " rejects\n");
		gaps(w, h);
	}
}

static void files(struct writer *w, const struct status *st)
{
	size_t shown = w->opt->all || st->source_count <= FILES ? st->source_count : FILES;
	if (shown > 0)
		buf_puts(&w->b, "\nFiles, the newest first\n");
	for (size_t i = 0; i < shown; i++) {
		const struct status_source *s = &st->sources[i];
		buf_puts(&w->b, "  ");
		if (s->is_journal) {
			buf_puts(&w->b, "journal of ");
			buf_safe(&w->b, s->host);
		} else {
			buf_safe(&w->b, s->path);
		}
		buf_puts(&w->b, "\n    ");
		span(w, s->first_us, s->last_us);
		buf_puts(&w->b, "\n    ");
		count(w, s->lines, s->lines == 1 ? " line (" : " lines (");
		words_bytes(&w->b, s->bytes);
		buf_puts(&w->b, "): ");
		count(w, s->matched, " matched, ");
		count(w, s->unmatched, " unmatched\n    read ");
		say_time(&w->b, &w->how, s->run_us);
		buf_puts(&w->b, "\n");
	}
	if (shown < st->source_count) {
		buf_puts(&w->b, "  and ");
		count(w, (int64_t)(st->source_count - shown), " older ones (--all)\n");
	}
}

void show_status_text(FILE *out, const struct status *st, const struct show_options *opt)
{
	struct writer w = { .how = { .utc = opt->utc, .day_us = TRACE_NONE }, .opt = opt };
	database(&w, st);
	runs(&w, st);
	hosts(&w, st);
	files(&w, st);
	fwrite(w.b.at, 1, w.b.len, out);
	buf_free(&w.b);
}
