/*
 * prune.c - `qtrail prune`: delete what is old, whole traces.
 */
#include "cmd/prune.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/age.h"
#include "cmd/cmd.h"
#include "ingest/config.h"
#include "ingest/stop.h"
#include "show/report_words.h"
#include "show/show.h"
#include "store/write.h"

struct options {
	const char *db, *age;
	int64_t wait_s, batch;
	bool dry_run, quiet, utc;
};

static void put_count(struct buf *b, int64_t n, const char *one, const char *many)
{
	buf_count(b, n > 0 ? (size_t)n : 0);
	buf_puts(b, n == 1 ? one : many);
}

static void say(const struct prune_options *opt, const struct prune_counts *c, bool utc)
{
	struct buf b = { 0 };
	struct say how = { .utc = utc, .day_us = TRACE_NONE };
	buf_puts(&b,
		 opt->dry_run ? "Would delete what is older than " : "Deleted what is older than ");
	say_time(&b, &how, opt->before_us);
	buf_puts(&b, ":\n  ");
	put_count(&b, c->entries, " entry, ", " entries, ");
	put_count(&b, c->deliveries, " delivery, ", " deliveries, ");
	put_count(&b, c->rejects, " reject, ", " rejects, ");
	put_count(&b, c->notes, " note, ", " notes, ");
	put_count(&b, c->chunks, " chunk of lines\n", " chunks of lines\n");
	if (c->kept_together > 0) {
		buf_puts(&b, "  kept, as newer mail hangs together with it: ");
		put_count(&b, c->kept_together, " entry\n", " entries\n");
	}
	if (c->kept_open > 0) {
		buf_puts(&b, "  kept, as it is still open: ");
		put_count(&b, c->kept_open, " entry\n", " entries\n");
	}
	if (!opt->dry_run) {
		buf_puts(&b, "  the database had ");
		words_bytes(&b, c->bytes_before);
		buf_puts(&b, ", it has ");
		words_bytes(&b, c->bytes_after);
		buf_puts(&b, "\n");
	}
	fwrite(b.at, 1, b.len, stdout);
	buf_free(&b);
}

static bool prune(struct store *s, struct prune_options *opt, const char *age, bool quiet, bool utc,
		  struct err *err)
{
	struct prune_counts counts = { 0 };
	opt->now_us = clock_now_us();
	opt->stop = stop_wanted;
	if (!age_parse(str_of(age), opt->now_us, &opt->before_us))
		return err_set(err,
			       "\"%s\" is no age such as 90d, 12w, 6m, 2y, and no date in the past",
			       age);
	if (!store_prune(s, opt, &counts, err))
		return false;
	if (!quiet)
		say(opt, &counts, utc);
	return !counts.stopped ||
	       err_set(err, "stopped by %s; what was deleted is whole, run it again to go on",
		       stop_name());
}

bool prune_old(struct store *s, const char *age, bool keep_room, bool quiet, struct err *err)
{
	struct prune_options opt = { .keep_room = keep_room, .batch = PRUNE_BATCH };
	return prune(s, &opt, age, quiet, false, err);
}

/* ---- the command ---- */

static struct store *open_database(const struct options *opt, const char *path, struct err *err)
{
	const struct store_wait wait = { opt->wait_s, stop_fd(), "qtrail prune" };
	if (opt->dry_run)
		return store_open(path, STORE_READ, err);
	if (access(path, F_OK) != 0) { /* opening it for writing would make it */
		err_set(err, "%s: %s; name the database with -d", path, strerror(errno));
		return NULL;
	}
	return store_open_alone(path, &wait, err);
}

static int run(const struct options *opt, const struct config *config)
{
	struct err err = { "" };
	const char *age = opt->age != NULL ? opt->age : config->retention;
	int64_t before_us;
	if (age == NULL)
		return cmd_usage(
			"prune",
			"say what is old, such as --older-than 90d, or retention in " CONFIG_PATH);
	if (!age_parse(str_of(age), clock_now_us(), &before_us))
		return cmd_usage("prune",
				 "--older-than is an age such as 90d, 12w, 6m, 2y, or a date in "
				 "the past such as 2026-03-14");
	char *path = cmd_database(opt->db, config);
	stop_catch();
	struct store *s = open_database(opt, path, &err);
	struct prune_options how = { .dry_run = opt->dry_run, .batch = opt->batch };
	bool ok = s != NULL && prune(s, &how, age, opt->quiet, opt->utc, &err) && cmd_written(&err);
	store_close(s);
	free(path);
	return ok ? EXIT_FOUND : cmd_fail("%s", err.text);
}

/* -1: go on. */
static int parse(int argc, char **argv, struct options *opt)
{
	const struct cmd_option options[] = {
		{ "db", 'd', OPTION_TEXT, .to = &opt->db },
		{ "older-than", 0, OPTION_TEXT, .to = &opt->age },
		{ "dry-run", 0, OPTION_FLAG, .to = &opt->dry_run },
		{ "wait", 0, OPTION_NUMBER, .to = &opt->wait_s, .most = CONFIG_WAIT_MAX_S,
		  .due = "a number of seconds" },
		{ "batch", 0, OPTION_NUMBER, .to = &opt->batch, .least = 1,
		  .due = "a number of entries, 1 or more" },
		{ "utc", 0, OPTION_FLAG, .to = &opt->utc },
		{ "quiet", 'q', OPTION_FLAG, .to = &opt->quiet },
	};
	return cmd_options_only("prune", argc, argv, options, COUNT(options));
}

int cmd_prune(int argc, char **argv)
{
	struct options opt = { .wait_s = -1, .batch = PRUNE_BATCH };
	struct config config;
	struct err err;
	int code = parse(argc, argv, &opt);
	if (code >= 0)
		return code;
	code = config_read(&config, NULL, &err) ? -1 : cmd_fail("%s", err.text);
	if (opt.wait_s < 0)
		opt.wait_s = code < 0 && config.wait_s >= 0 ? config.wait_s : CONFIG_WAIT_DEFAULT_S;
	if (code < 0)
		code = run(&opt, &config);
	config_free(&config);
	return code;
}
