/*
 * queue.c - `qtrail queue`: what the logs say is still queued, and why.
 */
#include <stdio.h>

#include "base/clock.h"
#include "cmd/cmd.h"
#include "show/queue.h"

enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_CSV };

struct options {
	const char *db;
	enum format format;
	struct queue_options queue;
	struct queue_view view;
	bool no_pager;
};

static bool print(const struct options *opt, const struct queue *q, struct err *err)
{
	if (opt->format == FORMAT_JSON)
		return queue_json(stdout, q, &opt->view, err);
	if (opt->format == FORMAT_CSV)
		queue_csv(stdout, q);
	else
		queue_text(stdout, q, &opt->view);
	fflush(stdout);
	if (q->more)
		fprintf(stderr, "qtrail: there are more; these are the oldest %zu (--limit)\n",
			q->entry_count);
	return true;
}

static int answer(struct store *s, const struct options *opt)
{
	struct err err = { "" };
	struct arena *a = arena_new();
	struct queue q = { 0 };
	bool nothing = false;
	bool ok = queue_read(s, a, &opt->queue, &q, &nothing, &err) && print(opt, &q, &err);
	ok = ok && cmd_written(&err);
	size_t count = ok ? q.entry_count : 0;
	arena_free(a);
	if (ok)
		return count > 0 ? EXIT_FOUND : EXIT_NOTHING;
	int code = cmd_fail("%s", err.text);
	if (nothing)
		cmd_coverage(s, NULL, opt->view.utc);
	return nothing ? EXIT_NOTHING : code;
}

/* -1: go on. */
static int parse(int argc, char **argv, struct options *opt)
{
	const struct cmd_option options[] = {
		{ "db", 'd', OPTION_TEXT, .to = &opt->db },
		{ "host", 'H', OPTION_WORD, .to = &opt->queue.host },
		{ "limit", 'n', OPTION_COUNT, .to = &opt->queue.limit, .least = 1,
		  .due = "a number from 1 on" },
		{ "all", 'a', OPTION_FLAG, .to = &opt->queue.silent },
		{ "json", 0, OPTION_CHOICE, .to = &opt->format, .choice = FORMAT_JSON },
		{ "csv", 0, OPTION_CHOICE, .to = &opt->format, .choice = FORMAT_CSV },
		{ "utc", 0, OPTION_FLAG, .to = &opt->view.utc },
		{ "no-pager", 0, OPTION_FLAG, .to = &opt->no_pager },
	};
	return cmd_options_only("queue", argc, argv, options, COUNT(options));
}

int cmd_queue(int argc, char **argv)
{
	int64_t now = clock_now_us();
	struct options opt = { .queue = { .limit = 50, .now_us = now }, .view = { .now_us = now } };
	int code = parse(argc, argv, &opt);
	if (code >= 0)
		return code;
	opt.view.width = cmd_width(0);
	struct store *s = cmd_open(opt.db);
	if (s == NULL)
		return EXIT_TROUBLE;
	struct pager pager = cmd_pager(!opt.no_pager);
	code = answer(s, &opt);
	cmd_pager_end(&pager);
	store_close(s);
	return code;
}
