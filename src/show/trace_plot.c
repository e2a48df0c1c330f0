/*
 * trace_plot.c - a drawing of the hops over time: a row with a bar for each entry, from its first
 * log line to its last, dots for attempts, arrows for hops in the colour of their evidence, and a
 * hollow mark for what a relay claimed. Sizes are in units of the viewBox; the page scales them.
 */
#include <stdlib.h>

#include "base/arena.h"
#include "base/clock.h"
#include "show/trace_html.h"

#define WIDTH 480.0
#define LEFT 6.0
#define RIGHT 8.0
#define ROW_HEIGHT 34.0
#define BAR_HEIGHT 7.0
#define TOP 6.0
#define ROWS_MAX ((size_t)60)
#define GHOSTS_MAX 5 /* claims of one entry */
#define NAME_MAX 38u /* characters of a label */
#define DOTS 120     /* places for dots of one kind on a row */
#define NO_ROW SIZE_MAX

struct row {
	const struct step *step;     /* NULL: a claim */
	const struct trace_gap *gap; /* of a claim */
	size_t parent;               /* row; NO_ROW */
};

struct plot {
	struct buf *b;
	const struct say *how;
	struct row rows[ROWS_MAX];
	size_t count, left; /* rows; entries without one */
	int64_t from_us, to_us;
};

static double at_x(const struct plot *p, int64_t at_us)
{
	double span = (double)(p->to_us - p->from_us), x = (double)(at_us - p->from_us);
	if (span <= 0 || x <= 0)
		return LEFT;
	return LEFT + (WIDTH - LEFT - RIGHT) * (x > span ? 1 : x / span);
}

static double at_y(size_t row)
{
	return TOP + (double)row * ROW_HEIGHT;
}

/* ---- what stands where ---- */

static void stretch(struct plot *p, int64_t at_us)
{
	if (at_us == TRACE_NONE)
		return;
	if (p->count == 0 || at_us < p->from_us)
		p->from_us = at_us;
	if (p->count == 0 || at_us > p->to_us)
		p->to_us = at_us;
}

static void add_row(struct plot *p, const struct step *s, const struct trace_gap *g, size_t parent)
{
	if (p->count == ROWS_MAX) {
		p->left += g == NULL;
		return;
	}
	stretch(p, s != NULL ? s->entry->first_at_us : g->attempt->at_us);
	p->rows[p->count++] = (struct row){ s, g, parent };
	if (s != NULL)
		stretch(p, s->entry->last_at_us);
}

static void add_rows(struct plot *p, const struct trace *t, const struct order *o)
{
	size_t *row = mem_alloc((o->count + 1) * sizeof(*row)); /* by step */
	for (size_t i = 0; i < o->count; i++) {
		const struct step *s = &o->at[i];
		size_t ghosts = 0;
		row[i] = NO_ROW;
		if (s->kind != STEP_ENTRY)
			continue;
		row[i] = p->count < ROWS_MAX ? p->count : NO_ROW;
		add_row(p, s, NULL, s->parent != ORDER_ROOT ? row[s->parent] : NO_ROW);
		for (size_t k = 0; k < t->gap_count && ghosts < GHOSTS_MAX; k++) {
			const struct trace_gap *g = &t->gaps[k];
			if (g->entry != s->entry || g->kind != TRACE_GAP_NEXT)
				continue;
			add_row(p, NULL, g, row[i]);
			ghosts++;
		}
	}
	free(row);
}

/* ---- the axis ---- */

/* A round step that gives at most five marks. */
static int64_t step_us(int64_t span_us)
{
	static const int64_t seconds[] = { 60,    120,   300,   600,   900,    1800,   3600,  7200,
					   10800, 21600, 43200, 86400, 172800, 432000, 864000 };
	for (int64_t unit = 1000; unit <= 10 * US_PER_S; unit *= 10)
		for (int64_t k = 1; k <= 5; k += k == 1 ? 1 : 3)
			if (span_us <= 5 * k * unit && k * unit < 60 * US_PER_S)
				return k * unit;
	for (size_t i = 0; i < sizeof(seconds) / sizeof(seconds[0]); i++)
		if (span_us <= 5 * seconds[i] * US_PER_S)
			return seconds[i] * US_PER_S;
	return span_us / 4 + 1;
}

/* "+2 h 0 m" is round: "+2 h". */
static void cut_end(struct buf *b, const char *end)
{
	size_t len = strlen(end);
	if (b->len > len && memcmp(b->at + b->len - len, end, len) == 0)
		b->len -= len;
}

static void axis(struct plot *p, double bottom)
{
	struct buf *b = p->b;
	int64_t step = step_us(p->to_us - p->from_us);
	for (int64_t at = p->from_us; at <= p->to_us; at += step) {
		double x = at_x(p, at);
		struct buf text = { 0 };
		if (at == p->from_us) {
			say_time(&text, p->how, at);
		} else {
			buf_puts(&text, "+");
			say_duration(&text, at - p->from_us);
			cut_end(&text, " 0 m");
			cut_end(&text, " 0 s");
			cut_end(&text, " 0 h");
		}
		buf_printf(b,
			   "<line class=\"grid\" x1=\"%.1f\" x2=\"%.1f\" y1=\"0\" y2=\"%.0f\"/>"
			   "<text class=\"axis%s\" x=\"%.1f\" y=\"%.0f\">",
			   x, x, bottom, x > WIDTH - 50 ? " end" : "",
			   x > WIDTH - 50 ? WIDTH - 2 : x, bottom + 11);
		markup_encode(b, buf_str(&text));
		buf_puts(b, "</text>\n");
		buf_free(&text);
	}
}

/* ---- rows ---- */

static const char *sureness(struct str evidence)
{
	const char *name = html_evidence(evidence);
	return name[0] == 's' || name[0] == 'p' ? "sure" : name;
}

static void arrow(struct plot *p, size_t i)
{
	const struct row *r = &p->rows[i];
	if (r->parent == NO_ROW)
		return;
	const struct trace_hop *h = r->step != NULL ? r->step->hop : NULL;
	const char *sure = h != NULL ? sureness(h->evidence) : "claimed";
	int64_t left_us = h != NULL ? h->at_us : r->gap->attempt->at_us;
	int64_t came_us = r->step != NULL ? r->step->entry->first_at_us : left_us;
	double x1 = at_x(p, left_us), x2 = at_x(p, came_us) + (r->step != NULL ? 1.5 : 3.5);
	double y1 = at_y(r->parent) + BAR_HEIGHT, y2 = at_y(i) - 1;
	double bend = r->parent + 1 == i ? 10 : 22;
	buf_printf(
		p->b,
		"<path class=\"way%s stroke-%s\" d=\"M%.1f %.1fC%.1f %.1f %.1f %.1f %.1f %.1f\"/>"
		"<path class=\"fill-%s\" d=\"M%.1f %.1fl-3 -5h6z\"/>\n",
		h != NULL && !trace_is_way(h) ? " notice" : "", sure, x1, y1, x1, y1 + bend, x2,
		y2 - bend - 4, x2, y2 - 4, sure, x2, y2);
}

/* A dot for each attempt; of those that would cover each other one of each kind. */
static void attempts(struct plot *p, const struct trace_entry *e, double y)
{
	bool drawn[3][DOTS + 1] = { { false } };
	for (size_t i = 0; i < e->delivery_count; i++) {
		const struct trace_delivery *d = &e->deliveries[i];
		double x = at_x(p, d->at_us);
		bool *done = &drawn[say_trouble(d->state)][(size_t)(x * DOTS / WIDTH)];
		if (*done)
			continue;
		*done = true;
		struct buf text = { 0 };
		say_address(&text, p->how, d->recipient);
		buf_puts(&text, ": ");
		say_log(&text, p->how, d->state);
		buf_puts(&text, " ");
		say_time(&text, p->how, d->at_us);
		buf_printf(p->b, "<circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"%s\"><title>",
			   html_trouble(d->state), x, y + BAR_HEIGHT / 2,
			   e->delivery_count > 100 ? "2" : "2.8");
		markup_encode(p->b, buf_str(&text));
		buf_puts(p->b, "</title></circle>\n");
		buf_free(&text);
	}
}

static void bar(struct plot *p, size_t i)
{
	const struct row *r = &p->rows[i];
	double y = at_y(i);
	if (r->step == NULL) {
		buf_printf(
			p->b,
			"<rect class=\"ghost\" x=\"%.1f\" y=\"%.1f\" width=\"7\" height=\"%.0f\" "
			"rx=\"2\"/>\n",
			at_x(p, r->gap->attempt->at_us), y, BAR_HEIGHT);
		return;
	}
	const struct trace_entry *e = r->step->entry;
	double x = at_x(p, e->first_at_us), width = at_x(p, e->last_at_us) - x;
	buf_printf(p->b,
		   "<rect class=\"bar %s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.0f\" "
		   "rx=\"2\"/>\n",
		   html_worst(e), x, y, width < 4 ? 4 : width, BAR_HEIGHT);
	attempts(p, e, y);
}

/* At most `most` characters of text that is safe already. */
static void put_short(struct buf *b, struct str text, size_t most)
{
	size_t n = 0, i = 0;
	for (; i < text.len; i++) {
		if (((unsigned char)text.at[i] & 0xc0u) != 0x80 && n++ == most)
			break;
	}
	markup_encode(b, (struct str){ text.at, i });
	buf_puts(b, i < text.len ? "..." : "");
}

static void label(struct plot *p, size_t i)
{
	const struct row *r = &p->rows[i];
	struct buf *b = p->b, text = { 0 }, id = { 0 }, way = { 0 };
	double y = at_y(i) + BAR_HEIGHT + 11;
	const char *sure = "claimed";
	if (r->step != NULL) {
		const struct trace_hop *h = r->step->hop;
		say_log(&text, p->how, r->step->entry->host);
		say_log(&id, p->how, r->step->entry->queue_id);
		if (h != NULL) {
			sure = sureness(h->evidence);
			say_log(&way, p->how, h->kind);
			buf_printf(&way, ", %s", html_evidence(h->evidence));
		}
		if (h != NULL && h->latency_us != TRACE_NONE) {
			buf_puts(&way, ", ");
			say_duration(&way, h->latency_us);
		}
	} else {
		const struct trace_delivery *d = r->gap->attempt;
		say_log(&text, p->how, d->relay_host.len > 0 ? d->relay_host : d->relay_ip);
		say_log(&id, p->how, r->gap->attempt->next_queue_id);
		buf_puts(&way, id.len > 0 ? "claimed" : "not in the logs");
	}
	buf_printf(b, "<text x=\"%.0f\" y=\"%.1f\">", LEFT, y);
	put_short(b, buf_str(&text), id.len > NAME_MAX - 12 ? 12 : NAME_MAX - id.len);
	buf_puts(b, " <tspan class=\"id\">");
	put_short(b, buf_str(&id), NAME_MAX - 12);
	buf_puts(b, r->step != NULL && r->step->entry->asked
			    ? "</tspan> <tspan class=\"axis\">asked for</tspan></text>"
			    : "</tspan></text>");
	if (way.len > 0) {
		buf_printf(b, "<text class=\"end fill-%s\" x=\"%.0f\" y=\"%.1f\">", sure, WIDTH - 2,
			   y);
		markup_encode(b, buf_str(&way));
		buf_puts(b, "</text>");
	}
	buf_puts(b, "\n");
	buf_free(&text);
	buf_free(&id);
	buf_free(&way);
}

/* ---- the drawing ---- */

static void describe(struct plot *p, const struct order *o)
{
	struct buf text = { 0 };
	size_t entries = 0;
	for (size_t i = 0; i < o->count; i++)
		entries += o->at[i].kind == STEP_ENTRY;
	buf_count(&text, entries);
	buf_puts(&text, entries == 1 ? " queue entry, from " : " queue entries, from ");
	say_time(&text, p->how, p->from_us);
	buf_puts(&text, " to ");
	say_time(&text, p->how, p->to_us);
	buf_puts(&text, "; the steps below say the same in words.");
	buf_puts(p->b, "<title>The hops of the message over time</title>\n<desc>");
	markup_encode(p->b, buf_str(&text));
	buf_puts(p->b, "</desc>\n");
	buf_free(&text);
}

void plot_trace(struct buf *b, const struct trace *t, const struct order *o, const struct say *how)
{
	struct plot *p = mem_zalloc(sizeof(*p));
	p->b = b;
	p->how = how;
	add_rows(p, t, o);
	double bottom = at_y(p->count) - 4;
	buf_printf(b,
		   "<h2>Over time</h2>\n<figure>\n<svg viewBox=\"0 0 %.0f %.0f\" role=\"img\" "
		   "xmlns=\"http://www.w3.org/2000/svg\">\n",
		   WIDTH, bottom + 16);
	describe(p, o);
	axis(p, bottom);
	for (size_t i = 0; i < p->count; i++)
		arrow(p, i);
	for (size_t i = 0; i < p->count; i++)
		bar(p, i);
	for (size_t i = 0; i < p->count; i++)
		label(p, i);
	buf_puts(b, "</svg>\n<figcaption>");
	if (p->left > 0) {
		buf_count(b, p->left);
		buf_puts(b, " more entries are not drawn. ");
	}
	buf_puts(b, "A bar is a queue entry from its first log line to its last, a dot an attempt; "
		    "arrows "
		    "are hops: <span class=\"proven\">stated or proven</span> <span "
		    "class=\"likely\">likely</span> <span class=\"claimed\">claimed</span> broken: "
		    "a notice</figcaption>\n</figure>\n");
	free(p);
}
