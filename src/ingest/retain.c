/*
 * retain.c - deletes what the configuration says is too old: at the end of a run, and from time to
 * time while one follows.
 */
#include "ingest/internal.h"
#include "ingest/stop.h"

bool retain_now(struct ingest *g)
{
	return g->hooks->retain == NULL || stop_wanted() ||
	       g->hooks->retain(g->hooks->arg, g->store, &g->err);
}

bool retain_between(struct ingest *g)
{
	if (g->hooks->retain == NULL)
		return true;
	if (!ingest_commit(g) || !store_commit(g->store, &g->err) || !retain_now(g))
		return false;
	/* its lives may be of entries that are gone */
	struct track_sink sink = store_sink(g->store, g->opt.config.keep_lines != 0);
	track_free(g->track);
	g->track = track_new(&sink, NULL);
	return store_begin(g->store, &g->err);
}
