/*
 * report.c - `qtrail report`: the numbers of a span of time.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "base/when.h"
#include "cmd/cmd.h"
#include "show/report.h"
#include "trace/report.h"

#define TOP 10
#define TOP_MAX 100000

enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_HTML };

struct options {
	const char *db;
	enum format format;
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

static size_t terminal_width(void)
{
	struct winsize w;
	if (isatty(STDOUT_FILENO) != 0 && ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col > 0)
		return w.ws_col;
	return 80;
}

static const struct option long_options[] = { { "db", required_argument, NULL, 'd' },
					      { "since", required_argument, NULL, 's' },
					      { "until", required_argument, NULL, 'u' },
					      { "host", required_argument, NULL, 'H' },
					      { "top", required_argument, NULL, 'n' },
					      { "json", no_argument, NULL, 'j' },
					      { "html", no_argument, NULL, 'w' },
					      { "utc", no_argument, NULL, 'U' },
					      { "ascii", no_argument, NULL, 'S' },
					      { "help", no_argument, NULL, 'h' },
					      { NULL, 0, NULL, 0 } };

/* until: the time after what is meant; of a date alone that is the next day. */
static int set_time(const char *option, bool until, int64_t *at_us)
{
	if (!when_parse(str_of(optarg), clock_now_us(), until, at_us))
		return cmd_usage("report",
				 "%s is a time such as yesterday, '2 hours ago', 2026-03-14 or "
				 "2026-03-14T09:15:02Z",
				 option);
	if (until && *at_us % US_PER_S == US_PER_S - 1)
		(*at_us)++;
	return -1;
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

/* ---- nothing found ---- */

static void say_coverage(struct store *s, bool utc)
{
	struct trace_cover *cover = NULL;
	size_t count = 0;
	struct err err;
	struct arena *a = arena_new();
	if (trace_coverage(s, a, &cover, &count, &err) && count > 0) {
		fputs("The database covers:\n", stderr);
		for (size_t i = 0; i < count; i++) {
			fputs("  ", stderr);
			show_safe(stderr, cover[i].host);
			if (cover[i].first_us != TRACE_NONE) {
				fputs(" from ", stderr);
				show_time(stderr, cover[i].first_us, utc);
				fputs(" to ", stderr);
				show_time(stderr, cover[i].last_us, utc);
			}
			fputc('\n', stderr);
		}
	}
	arena_free(a);
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
			say_coverage(s, opt->show.utc);
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
	if (ok && fflush(stdout) != 0)
		ok = err_set(&err,
			     "cannot write the report: is the disk full, or the reader gone?");
	if (!ok)
		return cmd_fail("%s", err.text);
	if (empty) {
		cmd_fail("nothing happened within that span");
		say_coverage(s, opt->show.utc);
	}
	return empty ? EXIT_NOTHING : EXIT_FOUND;
}

int cmd_report(int argc, char **argv)
{
	struct options opt = {
		.report = { .since_us = TRACE_NONE, .until_us = TRACE_NONE, .top = TOP }
	};
	struct err err = { "" };
	int code = parse(argc, argv, &opt);
	if (code >= 0)
		return code;
	const char *no_colour = getenv("NO_COLOR");
	opt.report.zone_us = zone_us(&opt);
	opt.show.colour = isatty(STDOUT_FILENO) != 0 && (no_colour == NULL || no_colour[0] == '\0');
	opt.show.width = terminal_width();
	char *own = opt.db == NULL ? store_default_path() : NULL;
	struct store *s = store_open(own != NULL ? own : opt.db, STORE_READ, &err);
	code = s != NULL ? answer(s, &opt) : cmd_fail("%s", err.text);
	store_close(s);
	free(own);
	return code;
}
