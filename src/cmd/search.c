/*
 * search.c - `qtrail search`: find messages and rejected attempts.
 */
#include <getopt.h>
#include <stdio.h>

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

enum {
	OPT_DOMAIN = 256,
	OPT_MESSAGE_ID,
	OPT_QUEUE_ID,
	OPT_CLIENT,
	OPT_RELAY,
	OPT_HOST,
	OPT_USER,
	OPT_STATE,
	OPT_DSN,
	OPT_SIZE,
	OPT_SINCE,
	OPT_UNTIL,
	OPT_JSON,
	OPT_CSV,
	OPT_UTC,
	OPT_NO_PAGER
};

static const struct option long_options[] = { { "db", required_argument, NULL, 'd' },
					      { "sender", required_argument, NULL, 's' },
					      { "recipient", required_argument, NULL, 'r' },
					      { "limit", required_argument, NULL, 'n' },
					      { "domain", required_argument, NULL, OPT_DOMAIN },
					      { "message-id", required_argument, NULL,
						OPT_MESSAGE_ID },
					      { "queue-id", required_argument, NULL, OPT_QUEUE_ID },
					      { "client", required_argument, NULL, OPT_CLIENT },
					      { "relay", required_argument, NULL, OPT_RELAY },
					      { "host", required_argument, NULL, OPT_HOST },
					      { "user", required_argument, NULL, OPT_USER },
					      { "state", required_argument, NULL, OPT_STATE },
					      { "dsn", required_argument, NULL, OPT_DSN },
					      { "size", required_argument, NULL, OPT_SIZE },
					      { "since", required_argument, NULL, OPT_SINCE },
					      { "until", required_argument, NULL, OPT_UNTIL },
					      { "json", no_argument, NULL, OPT_JSON },
					      { "csv", no_argument, NULL, OPT_CSV },
					      { "utc", no_argument, NULL, OPT_UTC },
					      { "no-pager", no_argument, NULL, OPT_NO_PAGER },
					      { "help", no_argument, NULL, 'h' },
					      { NULL, 0, NULL, 0 } };

/* ">1M", "<10k", "2000": bytes */
static bool parse_size(struct str s, struct search_query *q)
{
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

static struct str *text_of(struct search_query *q, int c)
{
	switch (c) {
	case 's':
		return &q->sender;
	case 'r':
		return &q->recipient;
	case OPT_DOMAIN:
		return &q->domain;
	case OPT_MESSAGE_ID:
		return &q->message_id;
	case OPT_QUEUE_ID:
		return &q->queue_id;
	case OPT_CLIENT:
		return &q->client;
	case OPT_RELAY:
		return &q->relay;
	case OPT_HOST:
		return &q->host;
	case OPT_USER:
		return &q->user;
	case OPT_STATE:
		return &q->state;
	case OPT_DSN:
		return &q->dsn;
	default:
		return NULL;
	}
}

/* -1, or the exit code of a usage error. */
static int set_value(int c, struct options *opt)
{
	struct search_query *q = &opt->query;
	struct str value = str_of(optarg);
	int64_t n = 0;
	switch (c) {
	case OPT_SINCE:
	case OPT_UNTIL:
		return c == OPT_SINCE ? cmd_time("search", "--since", false, &q->since_us)
				      : cmd_time("search", "--until", true, &q->until_us);
	case OPT_SIZE:
		return parse_size(value, q)
			       ? -1
			       : cmd_usage("search",
					   "--size is a number of bytes such as 2000, '>1M'");
	case 'n':
		if (!str_to_int64(value, &n) || n < 1)
			return cmd_usage("search", "--limit is a number from 1 on");
		q->limit = (size_t)n;
		return -1;
	default:
		break;
	}
	if (value.len == 0)
		return cmd_usage("search", "an empty value finds nothing; leave the option out");
	*text_of(q, c) = value;
	return -1;
}

static int parse(int argc, char **argv, struct options *opt)
{
	int c;
	while ((c = getopt_long(argc, argv, "d:s:r:n:h", long_options, NULL)) != -1) {
		int code = -1;
		if (c == 'h')
			return cmd_help("search");
		if (c == '?')
			return cmd_usage("search", NULL);
		if (c == 'd')
			opt->db = optarg;
		else if (c == OPT_JSON)
			opt->format = FORMAT_JSON;
		else if (c == OPT_CSV)
			opt->format = FORMAT_CSV;
		else if (c == OPT_UTC)
			opt->list.utc = true;
		else if (c == OPT_NO_PAGER)
			opt->no_pager = true;
		else
			code = set_value(c, opt);
		if (code >= 0)
			return code;
	}
	if (optind + 1 < argc)
		return cmd_usage("search", "one word at most: quote what belongs together");
	if (optind < argc)
		opt->query.word = str_of(argv[optind]);
	return -1;
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
