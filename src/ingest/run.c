/*
 * run.c - a run of ingest: the database taken, its sources one after another.
 *
 * Promises: rows and checkpoints commit together; on failure what was
 * committed before stays as it is, and the reason is said.
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "ingest/internal.h"
#include "ingest/sources.h"
#include "ingest/stop.h"

static bool add_aliases(struct ingest *g)
{
	const struct pairs *names = &g->opt.config.names;
	for (size_t i = 0; i < names->count; i++) {
		if (!store_host_alias(g->store, str_of(names->at[i].key),
				      str_of(names->at[i].value), &g->err))
			return false;
	}
	return true;
}

static void take_zones(struct ingest *g)
{
	const struct pairs *zones = &g->opt.config.zones;
	g->zones = mem_zalloc((zones->count + 1) * sizeof(*g->zones));
	for (size_t i = 0; i < zones->count; i++)
		g->zones[i] = (struct framer_zone){ zones->at[i].key, zones->at[i].value };
}

static bool start_run(struct ingest *g)
{
	const struct store_wait wait = { g->opt.config.wait_s, stop_fd(), g->opt.command };
	g->store = store_open_alone(g->opt.db, &wait, &g->err);
	if (g->store == NULL)
		return false;
	if (!store_bulk_start(g->store, &g->err) || !store_begin(g->store, &g->err))
		return false;
	if (g->opt.batch == 0)
		g->opt.batch = store_batch(g->store);
	struct track_sink sink = store_sink(g->store, g->opt.config.keep_lines != 0);
	g->track = track_new(&sink, NULL);
	g->shapes = shapes_new();
	g->arena = arena_new();
	struct str pending;
	if (!store_pending_load(g->store, g->arena, &pending, &g->err))
		return false;
	rules_resume(g->rules, pending);
	return add_aliases(g) && store_run_start(g->store, QTRAIL_VERSION, &g->run, &g->err);
}

static bool end_run(struct ingest *g)
{
	return store_learn(g->store, &g->err) &&
	       store_run_update(g->store, g->run, clock_now_us(), &g->counts, &g->err) &&
	       store_commit(g->store, &g->err) && store_bulk_end(g->store, &g->err);
}

static void free_run(struct ingest *g)
{
	shapes_free(g->shapes);
	track_free(g->track);
	if (g->store != NULL)
		store_rollback(g->store);
	store_close(g->store);
	arena_free(g->arena);
	free(g->zones);
}

/*
 * Lives come and go by the hundred thousand; giving their memory back to the system each time costs
 * a quarter of the run. The writer's thread takes its memory from the same place: one of its own
 * would grow page by page.
 */
static void keep_memory(void)
{
	mallopt(M_TRIM_THRESHOLD, 64 * 1024 * 1024);
	mallopt(M_MMAP_THRESHOLD, 16 * 1024 * 1024);
	mallopt(M_ARENA_MAX, 1);
	mallopt(M_TOP_PAD, 4 * 1024 * 1024);
}

static bool read_files(struct ingest *g, char **args, int count, struct sources *s)
{
	struct err err;
	for (int i = 0; i < count; i++) {
		if (!sources_add(s, args[i], &err))
			ingest_trouble(g, err.text);
	}
	bool ok = sources_prepare(g, s);
	for (size_t i = 0; ok && i < s->count && !stop_wanted(); i++)
		ok = feed_file(g, s->at[i].path);
	return ok && (g->opt.config.journal != 1 || journal_ingest(g));
}

static bool read_all(struct ingest *g, char **args, int count, struct sources *s)
{
	take_zones(g);
	if (!start_run(g))
		return false;
	bool ok = g->opt.follow ? follow_run(g, args, count) : read_files(g, args, count, s);
	return ok && end_run(g) && retain_now(g);
}

/* To be told to stop is how following ends. */
static void report_stop(struct ingest *g)
{
	char text[120];
	if (!stop_wanted() || g->opt.follow)
		return;
	snprintf(text, sizeof(text),
		 "stopped by %s; what was read is kept, run it again to go on from there",
		 stop_name());
	ingest_trouble(g, text);
}

bool ingest_run(const struct ingest_options *opt, struct rules *rules,
		const struct ingest_hooks *hooks, char **paths, int count, struct ingest_result *r)
{
	keep_memory();
	stop_catch();
	struct ingest g = { .opt = *opt, .rules = rules, .hooks = hooks };
	struct sources s = { 0 };
	int64_t started = clock_now_us();
	bool ok = read_all(&g, paths, count, &s);
	if (!ok)
		ingest_trouble(&g, g.err.text);
	report_stop(&g);
	*r = (struct ingest_result){ .counts = g.counts,
				     .finished = s.finished,
				     .no_log = s.no_log,
				     .took_us = clock_now_us() - started,
				     .trouble = g.trouble };
	sources_free(&s);
	free_run(&g);
	return ok;
}
