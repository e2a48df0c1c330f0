/*
 * report_plot.c - the drawings: one row of bars for each thing counted over time, and percentiles
 * of relays on a logarithmic scale. Sizes are in units of the viewBox; the page scales them.
 */
#include <math.h>

#include "base/clock.h"
#include "show/report_plot.h"

#define WIDTH 480.0
#define LEFT 4.0
#define ROW_HEIGHT 56.0
#define BAR_HEIGHT 34.0
#define TIMES_HEIGHT 32.0

enum course { COURSE_MESSAGES, COURSE_DEFERRALS, COURSE_BOUNCES, COURSE_REJECTS, COURSE_COUNT };

static int64_t value_of(const struct report_bucket *at, enum course which)
{
	switch (which) {
	case COURSE_MESSAGES:
		return at->messages;
	case COURSE_DEFERRALS:
		return at->deferred;
	case COURSE_BOUNCES:
		return at->bounced;
	default:
		return at->rejected;
	}
}

static void bar(struct buf *b, const struct report *r, size_t i, int64_t n, int64_t most,
		double top, bool utc)
{
	double step = (WIDTH - 2 * LEFT) / (double)r->bucket_count;
	double gap = step > 4 ? 1 : 0;
	double height = BAR_HEIGHT * (double)n / (double)most;
	struct buf when = { 0 };
	if (height < 1)
		height = 1;
	words_step(&when, r, r->buckets[i].at_us, utc);
	buf_printf(b, "<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\"><title>",
		   LEFT + (double)i * step + gap / 2, top + BAR_HEIGHT - height, step - gap,
		   height);
	markup_encode(b, buf_str(&when));
	buf_puts(b, ": ");
	words_count(b, n);
	buf_puts(b, "</title></rect>\n");
	buf_free(&when);
}

static void course_row(struct buf *b, const struct report *r, enum course which, bool utc)
{
	static const char *const names[] = { "messages", "deferrals", "bounces", "rejects" };
	int64_t most = 0, sum = 0;
	double top = (double)which * ROW_HEIGHT + 17;
	for (size_t i = 0; i < r->bucket_count; i++) {
		int64_t n = value_of(&r->buckets[i], which);
		most = n > most ? n : most;
		sum += n;
	}
	buf_printf(b, "<g class=\"%s\"><text x=\"%.0f\" y=\"%.0f\">%s: ", names[which], LEFT,
		   top - 4, names[which]);
	words_count(b, sum);
	if (sum > 0) {
		buf_puts(b, ", at most ");
		words_count(b, most);
		buf_puts(b, r->bucket_us >= S_PER_DAY * US_PER_S ? " a day" : " an hour");
	}
	buf_puts(b, "</text>\n");
	for (size_t i = 0; i < r->bucket_count; i++) {
		int64_t n = value_of(&r->buckets[i], which);
		if (n > 0)
			bar(b, r, i, n, most, top, utc);
	}
	buf_printf(b, "<line x1=\"%.0f\" x2=\"%.0f\" y1=\"%.1f\" y2=\"%.1f\"/></g>\n", LEFT,
		   WIDTH - LEFT, top + BAR_HEIGHT + 0.5, top + BAR_HEIGHT + 0.5);
}

/* At most six times below the bars. */
static void course_axis(struct buf *b, const struct report *r, double y, bool utc)
{
	double step = (WIDTH - 2 * LEFT) / (double)r->bucket_count;
	size_t every = (r->bucket_count + 5) / 6;
	for (size_t i = 0; i<r->bucket_count; i += every> 0 ? every : 1) {
		struct buf when = { 0 };
		if (i > 0 && LEFT + (double)i * step > WIDTH - 50)
			break; /* it would not fit */
		words_step(&when, r, r->buckets[i].at_us, utc);
		buf_printf(b, "<text class=\"axis\" x=\"%.2f\" y=\"%.1f\">",
			   LEFT + (double)i * step, y);
		markup_encode(b, buf_str(&when));
		buf_puts(b, "</text>\n");
		buf_free(&when);
	}
}

void plot_course(struct buf *b, const struct report *r, bool utc)
{
	double height = COURSE_COUNT * ROW_HEIGHT + 12;
	buf_printf(b,
		   "<svg class=\"course\" viewBox=\"0 0 %.0f %.0f\" role=\"img\" "
		   "aria-label=\"Messages, deferrals, bounces and rejects over time\">\n",
		   WIDTH, height);
	for (int i = 0; i < COURSE_COUNT; i++)
		course_row(b, r, (enum course)i, utc);
	course_axis(b, r, height - 4, utc);
	buf_puts(b, "</svg>\n");
}

/* ---- how long it took ---- */

/* Ten milliseconds to five days, by powers of ten. */
#define LEAST_S 0.01
#define MOST_S 432000.0

static double place(int64_t us)
{
	double s = (double)us / 1e6;
	s = s < LEAST_S ? LEAST_S : s > MOST_S ? MOST_S : s;
	return LEFT + (WIDTH - 2 * LEFT) * log10(s / LEAST_S) / log10(MOST_S / LEAST_S);
}

static void times_row(struct buf *b, const struct report_times *t, double y)
{
	const int64_t us[] = { t->p50_us, t->p95_us, t->p99_us };
	static const char *const names[] = { "p50", "p95", "p99" };
	buf_printf(b, "<text x=\"%.0f\" y=\"%.0f\">", LEFT, y);
	markup_text(b, t->name.len > 50 ? (struct str){ t->name.at, 50 } : t->name);
	buf_printf(b, "%s, ", t->name.len > 50 ? "..." : "");
	words_count(b, t->count);
	buf_printf(b, "</text>\n<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%.0f\" y2=\"%.0f\"/>\n",
		   place(us[0]), place(us[2]), y + 9, y + 9);
	for (int i = 0; i < 3; i++) {
		buf_printf(b, "<circle class=\"%s\" cx=\"%.1f\" cy=\"%.0f\" r=\"3.5\"><title>%s ",
			   names[i], place(us[i]), y + 9, names[i]);
		say_duration(b, us[i]);
		buf_puts(b, "</title></circle>\n");
	}
}

void plot_times(struct buf *b, const struct report *r)
{
	static const struct {
		int64_t us;
		const char *name;
	} marks[] = { { 10000, "" },
		      { 100000, "0.1s" },
		      { US_PER_S, "1s" },
		      { 10 * US_PER_S, "10s" },
		      { 60 * US_PER_S, "1m" },
		      { 600 * US_PER_S, "10m" },
		      { 3600 * US_PER_S, "1h" },
		      { 6 * 3600 * US_PER_S, "6h" },
		      { 86400 * US_PER_S, "1d" } };
	double rows = (double)r->relay_count + (r->whole.count > 0),
	       height = rows * TIMES_HEIGHT + 20;
	buf_printf(b,
		   "<svg class=\"times\" viewBox=\"0 0 %.0f %.0f\" role=\"img\" aria-label=\"Time "
		   "taken: p50, p95 and p99 of the slowest relays\">\n",
		   WIDTH, height);
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		buf_printf(b,
			   "<line class=\"grid\" x1=\"%.1f\" x2=\"%.1f\" y1=\"0\" y2=\"%.0f\"/>"
			   "<text class=\"axis\" x=\"%.1f\" y=\"%.0f\">%s</text>\n",
			   place(marks[i].us), place(marks[i].us), height - 16, place(marks[i].us),
			   height - 4, marks[i].name);
	double y = 12;
	if (r->whole.count > 0) {
		times_row(b, &r->whole, y);
		y += TIMES_HEIGHT;
	}
	for (size_t i = 0; i < r->relay_count; i++, y += TIMES_HEIGHT)
		times_row(b, &r->relays[i], y);
	buf_puts(b, "</svg>\n");
}
