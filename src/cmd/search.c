/*
 * search.c - `qtrail search`: find messages and rejected attempts.
 */
#include <stdio.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "show/list.h"

enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_CSV };

struct options {
	const char *db;
	bool no_pager;
	enum format format;
	struct search_query query;
	struct list_options list;
};

/* ">1M", "<10k", "2000": bytes */
static bool take_size(void *to, const char *text)
{
	struct search_query *q = to;
	struct str s = str_of(text);
	bool more = str_starts(s, STR(">")), less = str_starts(s, STR("<"));
	int64_t n = 0, unit = 1;
	if (more || less)
		s = str_skip(s, 1);
	if (s.len > 0) {
		static const char units[] = "kKmMgG";
		const char *u = memchr(units, s.at[s.len - 1], 6);
		for (long i = u != NULL ? (u - units) / 2 + 1 : 0; i > 0; i--)
			unit *= 1024;
		s.len -= u != NULL;
	}
	if (!str_to_int64(s, &n) || n < 0 || n > INT64_MAX / unit)
		return false;
	n *= unit;
	q->size_min = more ? n + 1 : less ? TRACE_NONE : n;
	q->size_max = more ? TRACE_NONE : less ? n - 1 : n;
	return true;
}

static bool print(const struct options *opt, const struct search_row *rows, size_t count, bool more,
		  struct err *err)
{
	if (opt->format == FORMAT_JSON)
		return list_json(stdout, rows, count, err);
	if (opt->format == FORMAT_CSV)
		list_csv(stdout, rows, count);
	else
		list_text(stdout, rows, count, &opt->list);
	fflush(stdout);
	if (more)
		fprintf(stderr, "qtrail: there are more; these are the newest %zu (--limit)\n",
			count);
	return true;
}

static int answer(struct store *s, const struct options *opt)
{
	struct err err = { "" };
	struct arena *a = arena_new();
	struct search_row *rows = NULL;
	size_t count = 0;
	bool more = false;
	bool ok = search_run(s, a, &opt->query, &rows, &count, &more, &err) &&
		  print(opt, rows, count, more, &err);
	if (ok && count == 0 && opt->format == FORMAT_TEXT)
		fputs("qtrail: nothing found\n", stderr);
	ok = ok && cmd_written(&err);
	arena_free(a);
	if (!ok)
		return cmd_fail("%s", err.text);
	return count > 0 ? EXIT_FOUND : EXIT_NOTHING;
}

/* -1: go on. */
static int parse(int argc, char **argv, struct options *opt)
{
	struct search_query *q = &opt->query;
	const struct cmd_option options[] = {
		{ "db", 'd', OPTION_TEXT, .to = &opt->db },
		{ "sender", 's', OPTION_WORD, .to = &q->sender },
		{ "recipient", 'r', OPTION_WORD, .to = &q->recipient },
		{ "domain", 0, OPTION_WORD, .to = &q->domain },
		{ "message-id", 0, OPTION_WORD, .to = &q->message_id },
		{ "queue-id", 0, OPTION_WORD, .to = &q->queue_id },
		{ "client", 0, OPTION_WORD, .to = &q->client },
		{ "relay", 0, OPTION_WORD, .to = &q->relay },
		{ "host", 0, OPTION_WORD, .to = &q->host },
		{ "user", 0, OPTION_WORD, .to = &q->user },
		{ "state", 0, OPTION_WORD, .to = &q->state },
		{ "dsn", 0, OPTION_WORD, .to = &q->dsn },
		{ "size", 0, OPTION_CALL, .to = q, .take = take_size,
		  .due = "a number of bytes such as 2000, '>1M'" },
		{ "since", 0, OPTION_TIME, .to = &q->since_us },
		{ "until", 0, OPTION_TIME_END, .to = &q->until_us },
		{ "limit", 'n', OPTION_COUNT, .to = &q->limit, .least = 1,
		  .due = "a number from 1 on" },
		{ "json", 0, OPTION_CHOICE, .to = &opt->format, .choice = FORMAT_JSON },
		{ "csv", 0, OPTION_CHOICE, .to = &opt->format, .choice = FORMAT_CSV },
		{ "utc", 0, OPTION_FLAG, .to = &opt->list.utc },
		{ "no-pager", 0, OPTION_FLAG, .to = &opt->no_pager },
	};
	int code = cmd_options("search", argc, argv, options, COUNT(options));
	if (code >= 0)
		return code;
	if (optind + 1 < argc)
		return cmd_usage("search", "one word at most: quote what belongs together");
	if (optind < argc)
		q->word = str_of(argv[optind]);
	return -1;
}

int cmd_search(int argc, char **argv)
{
	struct options opt = { .query = { .size_min = TRACE_NONE,
					  .size_max = TRACE_NONE,
					  .since_us = TRACE_NONE,
					  .until_us = TRACE_NONE,
					  .limit = 50 } };
	int code = parse(argc, argv, &opt);
	if (code >= 0)
		return code;
	opt.list.width = cmd_width(0);
	struct store *s = cmd_open(opt.db);
	if (s == NULL)
		return EXIT_TROUBLE;
	struct pager pager = cmd_pager(!opt.no_pager);
	code = answer(s, &opt);
	cmd_pager_end(&pager);
	store_close(s);
	return code;
}
