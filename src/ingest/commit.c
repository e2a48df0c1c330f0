/*
 * commit.c - what every part of a run does: commit, and say what is wrong.
 *
 * Promises: rows and the checkpoints of all open sources commit together.
 */
#include "base/clock.h"
#include "ingest/internal.h"

void ingest_say(const struct ingest *g, const char *sentence)
{
	g->hooks->say(g->hooks->arg, sentence);
}

void ingest_trouble(struct ingest *g, const char *sentence)
{
	ingest_say(g, sentence);
	g->trouble = true;
}

void ingest_show_progress(struct ingest *g)
{
	int64_t now = clock_now_us();
	if (g->hooks->progress == NULL || now - g->shown_us < US_PER_S / 5)
		return;
	g->shown_us = now;
	g->hooks->progress(g->hooks->arg, g->feed->path, input_raw_position(g->feed->in),
			   input_raw_size(g->feed->in), g->counts.lines);
}

bool feed_save(struct ingest *g, struct feed *f)
{
	if (f->is_journal ? f->cursor[0] == '\0'
			  : input_is_stream(f->in) || f->source.offset == 0 || f->records == 0)
		return true;
	return store_source_save(g->store, &f->source, &g->err);
}

static bool save_feeds(struct ingest *g)
{
	for (struct feed *f = g->feeds; f != NULL; f = f->next) {
		if (!feed_save(g, f))
			return false;
	}
	return true;
}

bool ingest_commit(struct ingest *g)
{
	g->counts.limit_hits = (int64_t)rules_limit_hits(g->rules);
	bool ok = track_flush(g->track, &g->err) && shapes_flush(g->shapes, g->store, &g->err) &&
		  store_pending_save(g->store, rules_pending(g->rules, g->arena), &g->err) &&
		  save_feeds(g) && store_run_update(g->store, g->run, 0, &g->counts, &g->err) &&
		  store_checkpoint(g->store, &g->err);
	g->batch_lines = 0;
	arena_reset(g->arena);
	return ok;
}

bool ingest_settle(struct ingest *g)
{
	return store_learn(g->store, &g->err) && store_commit(g->store, &g->err) &&
	       store_bulk_end(g->store, &g->err) && store_begin(g->store, &g->err);
}
