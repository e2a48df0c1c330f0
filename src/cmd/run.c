/*
 * run.c - a run of `qtrail ingest`: the database taken, its sources one after
 * another, commits, the summary.
 *
 * Promises: rows and checkpoints commit together; on failure what was
 * committed before stays as it is, and the reason is said.
 */
#include <locale.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "cmd/ingest.h"
#include "cmd/prune.h"
#include "cmd/sources.h"
#include "cmd/stop.h"

void ingest_trouble(struct ingest *g, const char *sentence)
{
	cmd_fail("%s", sentence);
	g->trouble = true;
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

void ingest_show_progress(struct ingest *g)
{
	int64_t now = clock_now_us();
	if (!g->progress || now - g->shown_us < US_PER_S / 5)
		return;
	g->shown_us = now;
	int64_t size = input_raw_size(g->feed->in), at = input_raw_position(g->feed->in);
	if (size > 0) {
		int done = (int)(at * 20 / size);
		fprintf(stderr, "\r%-30.30s [%.*s%*s] %3d%%", g->feed->path, done,
			"####################", 20 - done, "", (int)(at * 100 / size));
	} else {
		fprintf(stderr, "\r%-30.30s %lld lines", g->feed->path, (long long)g->counts.lines);
	}
}

void ingest_clear_progress(const struct ingest *g)
{
	if (g->progress)
		fprintf(stderr, "\r%70s\r", "");
}

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

static void summary(const struct ingest *g, const struct sources *s, int64_t took_us)
{
	const struct run_counts *c = &g->counts;
	if (g->opt.quiet)
		return;
	setlocale(LC_NUMERIC, "");
	printf("%'lld lines (%.1f MB) in %.1f s: %'lld matched, %'lld not mail, %'lld unmatched",
	       (long long)c->lines, (double)c->bytes / 1e6, (double)took_us / 1e6,
	       (long long)c->matched, (long long)c->not_mail, (long long)c->unmatched);
	const struct {
		int64_t n;
		const char *word;
	} rest[] = { { c->duplicate, "copies" },
		     { c->malformed, "malformed" },
		     { c->too_long, "too long" },
		     { c->limit_hits, "too costly to match" } };
	for (size_t i = 0; i < sizeof(rest) / sizeof(rest[0]); i++) {
		if (rest[i].n > 0)
			printf(", %'lld %s", (long long)rest[i].n, rest[i].word);
	}
	if (s->finished > 0)
		printf("\n%zu file(s) not opened: read to the end before, and unchanged",
		       s->finished);
	if (s->no_log > 0)
		printf("\n%zu file(s) passed over: no log", s->no_log);
	printf("\ndatabase %s\n", g->opt.db);
}

static void free_run(struct ingest *g)
{
	shapes_free(g->shapes);
	track_free(g->track);
	rules_free(g->rules);
	if (g->store != NULL)
		store_rollback(g->store);
	store_close(g->store);
	arena_free(g->arena);
	free(g->zones);
}

/*
 * Lives come and go by the hundred thousand; giving their memory back to the
 * system each time costs a quarter of the run.
 */
static void keep_memory(void)
{
	mallopt(M_TRIM_THRESHOLD, 64 * 1024 * 1024);
	mallopt(M_MMAP_THRESHOLD, 16 * 1024 * 1024);
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

/* What the configuration says is too old. No transaction is under way. */
static bool retain(struct ingest *g)
{
	const char *age = g->opt.config.retention;
	return age == NULL || stop_wanted() ||
	       prune_old(g->store, age, true, g->opt.quiet || g->opt.follow, &g->err);
}

bool ingest_retain(struct ingest *g)
{
	if (g->opt.config.retention == NULL)
		return true;
	if (!ingest_commit(g) || !store_commit(g->store, &g->err) || !retain(g))
		return false;
	/* its lives may be of entries that are gone */
	struct track_sink sink = store_sink(g->store, g->opt.config.keep_lines != 0);
	track_free(g->track);
	g->track = track_new(&sink, NULL);
	return store_begin(g->store, &g->err);
}

static bool read_all(struct ingest *g, char **args, int count, struct sources *s)
{
	take_zones(g);
	if (!start_run(g))
		return false;
	bool ok = g->opt.follow ? follow_run(g, args, count) : read_files(g, args, count, s);
	return ok && end_run(g) && retain(g);
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

int ingest_run(const struct ingest_options *opt, char **args, int count)
{
	keep_memory();
	stop_catch();
	struct ingest g = { .opt = *opt };
	struct sources s = { 0 };
	int64_t started = clock_now_us();
	g.progress = !opt->quiet && !opt->follow && isatty(STDERR_FILENO) != 0;
	g.rules = cmd_rules(opt->config.parsers, &g.err);
	bool ok = g.rules != NULL && read_all(&g, args, count, &s);
	ingest_clear_progress(&g);
	if (ok)
		summary(&g, &s, clock_now_us() - started);
	else
		ingest_trouble(&g, g.err.text);
	report_stop(&g);
	sources_free(&s);
	free_run(&g);
	return g.trouble ? EXIT_TROUBLE : EXIT_FOUND;
}
