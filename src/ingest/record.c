/*
 * record.c - a line on its way: framed, matched, its events tracked, and counted
 * whatever became of it.
 */
#include "base/clock.h"
#include "base/hash.h"
#include "ingest/internal.h"

/* With time, process and length enough to know a line by: to= and orig_to= of a list are in it. */
#define BODY_HASHED ((size_t)128)

static void on_event(void *arg, const struct event *ev)
{
	struct ingest *g = arg;
	if (!g->failed)
		g->failed = !track_event(g->track, &g->tracked, ev, &g->err);
}

static void widen_span(struct source *s, int64_t at)
{
	if (s->first_at == TRACK_NONE || at < s->first_at)
		s->first_at = at;
	if (s->last_at == TRACK_NONE || at > s->last_at)
		s->last_at = at;
}

/* The record, however its file stamps lines and calls the host: to know it again in another file.
 */
static void add_to_sketch(struct source *s, const struct record *rec)
{
	const int64_t who[] = { rec->time_us / US_PER_S, rec->pid };
	const char *dot = rec->host.len > 0 ? memchr(rec->host.at, '.', rec->host.len) : NULL;
	size_t label = dot != NULL ? (size_t)(dot - rec->host.at) : rec->host.len;
	uint64_t hash = hash_from(rec->body.len, who, sizeof(who));
	hash = hash_from(hash, rec->host.at, label);
	size_t len = rec->body.len < BODY_HASHED ? rec->body.len : BODY_HASHED;
	sketch_add(&s->sketch, hash_from(hash, rec->body.at, len));
}

/* A framed record through rules and track. */
void feed_record(struct ingest *g, struct feed *f, const struct record *rec)
{
	struct rules_input in = { rec->host, rec->ident, rec->pid, rec->time_us, rec->body };
	struct track_record *t = &g->tracked; /* set by field: clearing it all takes longer */
	t->host = rec->host;
	t->ident = rec->ident;
	t->raw = rec->line;
	t->pid = rec->pid;
	t->time_us = rec->time_us;
	t->repeat = rec->repeat;
	t->year_inferred = rec->year_inferred;
	t->host_assumed = rec->host_assumed;
	t->archived = false;
	f->records++;
	widen_span(&f->source, rec->time_us);
	switch (rules_match(g->rules, g->arena, &in, on_event, g)) {
	case RULES_MATCHED:
	case RULES_PENDING:
		g->counts.matched++;
		f->source.matched++;
		add_to_sketch(&f->source, rec);
		break;
	case RULES_DUPLICATE:
		g->counts.duplicate++;
		break;
	case RULES_FOREIGN:
		g->counts.not_mail++;
		break;
	case RULES_UNMATCHED:
		g->counts.unmatched++;
		f->source.unmatched++;
		shapes_add(g->shapes, rules_owner(g->rules, rec->ident), rec->body);
		break;
	}
}

static bool is_damaged(struct str s)
{
	return memchr(s.at, '\0', s.len) != NULL;
}

static void take_frame(struct ingest *g, struct feed *f, const struct line *line,
		       enum frame_result got, const struct record *rec)
{
	switch (got) {
	case FRAME_RECORD:
		feed_record(g, f, rec);
		break;
	case FRAME_MORE:
	case FRAME_NOT_MAIL:
		g->counts.not_mail++;
		break;
	case FRAME_MALFORMED:
		g->counts.malformed++;
		f->damaged += is_damaged(line->text);
		if (f->malformed++ == 0)
			f->first_bad_line = line->number;
		if (line->text.len > 0)
			shapes_add(g->shapes, STR("(no log format)"), line->text);
		break;
	}
}

bool feed_line(struct ingest *g, struct feed *f, const struct line *line)
{
	struct record rec;
	enum frame_result got = framer_line(f->framer, line->text, &rec);
	take_frame(g, f, line, got, &rec);
	while (!g->failed && framer_wants_bytes(f->framer) > 0) {
		struct str bytes;
		if (!input_take(f->in, framer_wants_bytes(f->framer), &bytes, &g->err)) {
			ingest_trouble(g, g->err.text);
			return false;
		}
		framer_binary(f->framer, bytes);
	}
	return !g->failed;
}
