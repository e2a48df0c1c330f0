/*
 * year.c - the year of stamps without one, by queue IDs that tell when they were given
 * (pitfall 29): a log may have been copied or touched long after it was written.
 *
 * Promises: only IDs of mail that arrives in the line itself count, and two thirds of them must
 * be of one year's time; nothing is moved into the future; --year is believed. At most LINES_MAX
 * lines of a new file are read ahead, and only where stamps have no year.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "ingest/internal.h"
#include "ingest/stop.h"

#define NEAR_US (2 * S_PER_DAY * US_PER_S) /* an ID and its line, whatever the zone */
#define YEARS_MAX 60
#define SPAN_US (356 * S_PER_DAY * US_PER_S) /* a file of a year, less some days of disorder */
#define LINES_MAX 1000
#define VOTES_MAX 50u

/* When a line was written, by the ID of the mail that arrives in it. */
struct ballot {
	int64_t at_us;
	bool moved; /* not in the year its stamp was taken for */
};

struct votes {
	struct ingest *g;
	struct arena *arena; /* of events; emptied now and then */
	struct record rec;   /* under way */
	struct ballot at[VOTES_MAX];
	size_t count;
	size_t dated; /* records whose stamps have a year */
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
	    ev->ambiguous || v->count == VOTES_MAX ||
	    !rules_id_time(v->g->rules, v->rec.ident, ev->field[FIELD_QUEUE_ID], told, &at))
		return;
	for (int years = 0; years < YEARS_MAX; years++) {
		int64_t then = years_earlier(told, years);
		if (!near(then, at))
			continue;
		v->at[v->count++] = (struct ballot){ then, years > 0 };
		return;
	}
}

/* Has enough been seen? */
static bool look(struct framer *framer, struct str line, struct votes *v)
{
	const struct record *rec = &v->rec;
	if (framer_line(framer, line, &v->rec) != FRAME_RECORD)
		return false;
	if (!rec->year_inferred)
		return ++v->dated > 10;
	struct rules_input in = { rec->host, rec->ident, rec->pid, rec->time_us, rec->body };
	rules_match(v->g->rules, v->arena, &in, vote, v);
	return v->count == VOTES_MAX;
}

static void look_at_head(struct framer *framer, struct str head, struct votes *v)
{
	while (head.len > 0) {
		const char *nl = memchr(head.at, '\n', head.len);
		if (nl == NULL)
			return;
		struct str line = { head.at, (size_t)(nl - head.at) };
		head = str_skip(head, line.len + 1);
		if (look(framer, line, v))
			return;
	}
}

/* A file may open with deliveries of older mail: read on until enough arrived. What cannot be read
 * is told when its turn comes. */
static void look_ahead(struct framer *framer, const char *path, struct votes *v)
{
	struct err err;
	struct line line;
	struct input *in = input_open_until(path, stop_fd(), &err);
	for (int n = 0; in != NULL && n < LINES_MAX; n++) {
		enum input_result got = input_next(in, &line, &err);
		if (got != INPUT_LINE && got != INPUT_TOO_LONG)
			break;
		if (got == INPUT_LINE && look(framer, line.text, v))
			break;
		if (n % 100 == 99)
			arena_reset(v->arena);
	}
	if (in != NULL)
		input_close(in);
}

static int by_time(const void *a, const void *b)
{
	const struct ballot *x = a, *y = b;
	return (x->at_us > y->at_us) - (x->at_us < y->at_us);
}

/* The most votes that fit in one file of a year, *first the earliest of them. False unless they are
 * two thirds of all and some stamp was taken for another year. */
static bool elect(struct votes *v, int64_t *first)
{
	size_t best = 0, best_at = 0;
	bool moved = false;
	qsort(v->at, v->count, sizeof(*v->at), by_time);
	for (size_t i = 0, end = 0; i < v->count; i++) {
		while (end < v->count && v->at[end].at_us - v->at[i].at_us < SPAN_US)
			end++;
		if (end - i > best) {
			best = end - i;
			best_at = i;
		}
	}
	for (size_t i = best_at; i < best_at + best; i++)
		moved = moved || v->at[i].moved;
	*first = best > 0 ? v->at[best_at].at_us : 0;
	return moved && best * 3 >= v->count * 2;
}

bool year_check(struct ingest *g, struct feed *f, struct framer_options *opt)
{
	struct votes v = { .g = g };
	int64_t first;
	if (opt->year != 0 || f->is_journal || f->source.id != 0 || f->source.head.len == 0)
		return true;
	struct framer *framer = framer_new(opt, &g->err);
	if (framer == NULL)
		return false;
	struct str waiting = rules_pending(g->rules, f->arena);
	v.arena = arena_new();
	if (input_is_stream(f->in))
		look_at_head(framer, f->source.head, &v);
	else
		look_ahead(framer, f->path, &v);
	arena_free(v.arena);
	rules_restart(g->rules);
	rules_resume(g->rules, waiting);
	framer_free(framer);
	if (elect(&v, &first) && first + SPAN_US < opt->mtime_us)
		opt->mtime_us = first + SPAN_US;
	return true;
}
