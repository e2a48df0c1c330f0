/*
 * report.c - `qtrail report`: the numbers of a span of time.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "cmd/cmd.h"
#include "show/report.h"
#include "trace/report.h"

#define TOP 10
#define TOP_MAX 100000

enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_HTML };

struct options {
	const char *db;
	enum format format;
	bool no_pager;
	struct report_options report;
	struct show_options show;
};

/* Offset of the local zone at the end of the span, which is what the hours are counted by. */
static int64_t zone_us(const struct options *opt)
{
	time_t at = opt->report.until_us != TRACE_NONE ? (time_t)(opt->report.until_us / US_PER_S)
						       : time(NULL);
	struct tm tm;
	if (opt->format == FORMAT_JSON || opt->show.utc || localtime_r(&at, &tm) == NULL)
		return 0;
	return tm.tm_gmtoff * US_PER_S;
}

static const struct option long_options[] = {
	{ "db", required_argument, NULL, 'd' },    { "since", required_argument, NULL, 's' },
	{ "until", required_argument, NULL, 'u' }, { "host", required_argument, NULL, 'H' },
	{ "top", required_argument, NULL, 'n' },   { "json", no_argument, NULL, 'j' },
	{ "html", no_argument, NULL, 'w' },        { "utc", no_argument, NULL, 'U' },
	{ "ascii", no_argument, NULL, 'S' },       { "no-pager", no_argument, NULL, 'P' },
	{ "help", no_argument, NULL, 'h' },        { NULL, 0, NULL, 0 }
};

/* until: the time after what is meant; of a date alone that is the next day. */
static int set_time(const char *option, bool until, int64_t *at_us)
{
	int code = cmd_time("report", option, until, at_us);
	if (code < 0 && until && *at_us % US_PER_S == US_PER_S - 1)
		(*at_us)++;
	return code;
}

/* -1: go on. */
static int set_option(int c, struct options *opt)
{
	int64_t top;
	switch (c) {
	case 'd':
		opt->db = optarg;
		return -1;
	case 's':
		return set_time("--since", false, &opt->report.since_us);
	case 'u':
		return set_time("--until", true, &opt->report.until_us);
	case 'H':
		opt->report.host = str_of(optarg);
		return -1;
	case 'n':
		if (!str_to_int64(str_of(optarg), &top) || top < 1 || top > TOP_MAX)
			return cmd_usage("report", "--top is a number from 1 to %d", TOP_MAX);
		opt->report.top = (size_t)top;
		return -1;
	case 'j':
		opt->format = FORMAT_JSON;
		return -1;
	case 'w':
		opt->format = FORMAT_HTML;
		return -1;
	case 'P':
		opt->no_pager = true;
		return -1;
	case 'U':
		opt->show.utc = true;
		return -1;
	case 'S':
		opt->show.ascii = true;
		return -1;
	case 'h':
		return cmd_help("report");
	default:
		return cmd_usage("report", NULL);
	}
}

static int parse(int argc, char **argv, struct options *opt)
{
	int c, code = -1;
	while (code < 0 && (c = getopt_long(argc, argv, "d:s:u:H:n:h", long_options, NULL)) != -1)
		code = set_option(c, opt);
	if (code < 0 && optind < argc)
		return cmd_usage("report", "a report takes no arguments, only options");
	return code;
}

static bool is_empty(const struct report *r)
{
	return r->messages == 0 && r->deferred == 0 && r->bounced == 0 && r->refused == 0 &&
	       r->relay_kinds == 0;
}

/* ---- the command ---- */

static int answer(struct store *s, const struct options *opt)
{
	struct err err = { "" };
	bool nothing = false, ok = true;
	struct report *r = report_make(s, &opt->report, &nothing, &err);
	if (r == NULL) {
		int code = cmd_fail("%s", err.text);
		if (nothing)
			cmd_coverage(s, NULL, opt->show.utc);
		return nothing ? EXIT_NOTHING : code;
	}
	bool empty = is_empty(r);
	if (opt->format == FORMAT_JSON)
		ok = show_report_json(stdout, r, &err);
	else if (opt->format == FORMAT_HTML)
		show_report_html(stdout, r, &opt->show);
	else if (!empty)
		show_report_text(stdout, r, &opt->show);
	report_free(r);
	ok = ok && cmd_written(&err);
	if (!ok)
		return cmd_fail("%s", err.text);
	if (empty) {
		cmd_fail("nothing happened within that span");
		cmd_coverage(s, NULL, opt->show.utc);
	}
	return empty ? EXIT_NOTHING : EXIT_FOUND;
}

int cmd_report(int argc, char **argv)
{
	struct options opt = {
		.report = { .since_us = TRACE_NONE, .until_us = TRACE_NONE, .top = TOP }
	};
	int code = parse(argc, argv, &opt);
	if (code >= 0)
		return code;
	opt.report.zone_us = zone_us(&opt);
	opt.show.colour = cmd_colour();
	opt.show.width = cmd_width(80);
	struct store *s = cmd_open(opt.db);
	if (s == NULL)
		return EXIT_TROUBLE;
	struct pager pager = cmd_pager(!opt.no_pager);
	code = answer(s, &opt);
	cmd_pager_end(&pager);
	store_close(s);
	return code;
}
