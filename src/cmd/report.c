/*
 * report.c - `qtrail report`: the numbers of a span of time.
 */
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

/* The time after what is meant; of a date alone that is the next day. */
static int64_t after(int64_t until_us)
{
	return until_us != TRACE_NONE && until_us % US_PER_S == US_PER_S - 1 ? until_us + 1
									     : until_us;
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

/* -1: go on. */
static int parse(int argc, char **argv, struct options *opt)
{
	const struct cmd_option options[] = {
		{ "db", 'd', OPTION_TEXT, .to = &opt->db },
		{ "since", 's', OPTION_TIME, .to = &opt->report.since_us },
		{ "until", 'u', OPTION_TIME_END, .to = &opt->report.until_us },
		{ "host", 'H', OPTION_WORD, .to = &opt->report.host },
		{ "top", 'n', OPTION_COUNT, .to = &opt->report.top, .least = 1, .most = TOP_MAX,
		  .due = "a number from 1 to 100000" },
		{ "json", 0, OPTION_CHOICE, .to = &opt->format, .choice = FORMAT_JSON },
		{ "html", 0, OPTION_CHOICE, .to = &opt->format, .choice = FORMAT_HTML },
		{ "utc", 0, OPTION_FLAG, .to = &opt->show.utc },
		{ "ascii", 0, OPTION_FLAG, .to = &opt->show.ascii },
		{ "no-pager", 0, OPTION_FLAG, .to = &opt->no_pager },
	};
	int code = cmd_options_only("report", argc, argv, options, COUNT(options));
	if (code >= 0)
		return code;
	opt->report.until_us = after(opt->report.until_us);
	return -1;
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
