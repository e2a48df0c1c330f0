/*
 * queue.c - `qtrail queue`: what the logs say is still queued, and why.
 */
#include <getopt.h>
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

static const struct option long_options[] = {
	{ "db", required_argument, NULL, 'd' },    { "host", required_argument, NULL, 'H' },
	{ "limit", required_argument, NULL, 'n' }, { "all", no_argument, NULL, 'a' },
	{ "json", no_argument, NULL, 'j' },        { "csv", no_argument, NULL, 'c' },
	{ "utc", no_argument, NULL, 'U' },         { "no-pager", no_argument, NULL, 'P' },
	{ "help", no_argument, NULL, 'h' },        { NULL, 0, NULL, 0 }
};

/* -1: go on. */
static int set_option(int c, struct options *opt)
{
	int64_t n;
	switch (c) {
	case 'd':
		opt->db = optarg;
		return -1;
	case 'H':
		opt->queue.host = str_of(optarg);
		return -1;
	case 'n':
		if (!str_to_int64(str_of(optarg), &n) || n < 1)
			return cmd_usage("queue", "--limit is a number from 1 on");
		opt->queue.limit = (size_t)n;
		return -1;
	case 'a':
		opt->queue.silent = true;
		return -1;
	case 'j':
		opt->format = FORMAT_JSON;
		return -1;
	case 'c':
		opt->format = FORMAT_CSV;
		return -1;
	case 'U':
		opt->view.utc = true;
		return -1;
	case 'P':
		opt->no_pager = true;
		return -1;
	case 'h':
		return cmd_help("queue");
	default:
		return cmd_usage("queue", NULL);
	}
}

static int parse(int argc, char **argv, struct options *opt)
{
	int c, code = -1;
	while (code < 0 && (c = getopt_long(argc, argv, "d:H:n:ah", long_options, NULL)) != -1)
		code = set_option(c, opt);
	if (code < 0 && optind < argc)
		return cmd_usage("queue", "the queue takes no arguments, only options");
	return code;
}

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
