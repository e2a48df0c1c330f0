/*
 * year.c - the year of stamps without one, by queue IDs that tell when they were given
 * (pitfall 29): a log may have been copied or touched long after it was written.
 *
 * Promises: only IDs of mail that arrives in the line itself count, and only when all of
 * them in the head of the file agree; nothing is moved into the future; --year is believed.
 */
#include "base/clock.h"
#include "ingest/internal.h"

#define NEAR_US (2 * S_PER_DAY * US_PER_S) /* an ID and its line, whatever the zone */
#define YEARS_MAX 60
#define SPAN_US (356 * S_PER_DAY * US_PER_S) /* a file of a year, less some days of disorder */

struct votes {
	struct ingest *g;
	struct record rec; /* under way */
	int years;         /* how many years earlier the stamps are */
	size_t count;
	bool differ;
	int64_t first_us; /* of the first line that told, in its right year */
};

static int64_t years_earlier(int64_t at_us, int years)
{
	int year, month, day;
	int64_t days = at_us / US_PER_S / S_PER_DAY;
	clock_civil(days, &year, &month, &day);
	return at_us - (days - clock_days(year - years, month, day)) * S_PER_DAY * US_PER_S;
}

static bool near(int64_t a, int64_t b)
{
	return a - b <= NEAR_US && b - a <= NEAR_US;
}

static void vote(void *arg, const struct event *ev)
{
	struct votes *v = arg;
	int64_t at, told = v->rec.time_us;
	if ((ev->kind != EVENT_RECEIVE && ev->kind != EVENT_MESSAGE_ID) || ev->mta.len == 0 ||
	    ev->ambiguous ||
	    !rules_id_time(v->g->rules, v->rec.ident, ev->field[FIELD_QUEUE_ID], told, &at))
		return;
	for (int years = 0; years < YEARS_MAX; years++) {
		int64_t then = years_earlier(told, years);
		if (!near(then, at))
			continue;
		if (v->count++ == 0) {
			v->years = years;
			v->first_us = then;
		}
		v->differ = v->differ || years != v->years;
		return;
	}
}

static void look(struct ingest *g, struct framer *framer, struct str head, struct votes *v)
{
	while (head.len > 0) {
		const struct record *rec = &v->rec;
		const char *nl = memchr(head.at, '\n', head.len);
		if (nl == NULL)
			return;
		struct str line = { head.at, (size_t)(nl - head.at) };
		head = str_skip(head, line.len + 1);
		if (framer_line(framer, line, &v->rec) != FRAME_RECORD || !rec->year_inferred)
			continue;
		struct rules_input in = { rec->host, rec->ident, rec->pid, rec->time_us,
					  rec->body };
		rules_match(g->rules, g->arena, &in, vote, v);
	}
}

bool year_check(struct ingest *g, struct feed *f, struct framer_options *opt)
{
	struct votes v = { .g = g };
	if (opt->year != 0 || f->is_journal || f->source.id != 0 || f->source.head.len == 0)
		return true;
	struct framer *framer = framer_new(opt, &g->err);
	if (framer == NULL)
		return false;
	struct str waiting = rules_pending(g->rules, f->arena);
	look(g, framer, f->source.head, &v);
	rules_restart(g->rules);
	rules_resume(g->rules, waiting);
	framer_free(framer);
	if (v.count > 0 && !v.differ && v.years > 0 && v.first_us + SPAN_US < opt->mtime_us)
		opt->mtime_us = v.first_us + SPAN_US;
	return true;
}
