/*
 * status.c - `qtrail status`: what the database holds, and where something is missing.
 */
#include <getopt.h>
#include <stdio.h>

#include "cmd/cmd.h"
#include "show/status.h"

struct options {
	const char *db;
	bool json;
	struct show_options show;
};

static const struct option long_options[] = {
	{ "db", required_argument, NULL, 'd' }, { "json", no_argument, NULL, 'j' },
	{ "all", no_argument, NULL, 'a' },      { "utc", no_argument, NULL, 'U' },
	{ "help", no_argument, NULL, 'h' },     { NULL, 0, NULL, 0 }
};

static int parse(int argc, char **argv, struct options *opt)
{
	int c;
	while ((c = getopt_long(argc, argv, "d:h", long_options, NULL)) != -1) {
		if (c == 'h')
			return cmd_help("status");
		if (c == 'd')
			opt->db = optarg;
		else if (c == 'j')
			opt->json = true;
		else if (c == 'a')
			opt->show.all = true;
		else if (c == 'U')
			opt->show.utc = true;
		else
			return cmd_usage("status", NULL);
	}
	if (optind < argc)
		return cmd_usage("status", "status takes no arguments, only options");
	return -1;
}

int cmd_status(int argc, char **argv)
{
	struct options opt = { 0 };
	struct err err = { "" };
	int code = parse(argc, argv, &opt);
	if (code >= 0)
		return code;
	struct store *s = cmd_open(opt.db);
	if (s == NULL)
		return EXIT_TROUBLE;
	struct status *st = status_make(s, &err);
	bool ok = st != NULL;
	if (ok && opt.json)
		ok = show_status_json(stdout, st, &err);
	else if (ok)
		show_status_text(stdout, st, &opt.show);
	ok = ok && cmd_written(&err);
	status_free(st);
	store_close(s);
	return ok ? EXIT_FOUND : cmd_fail("%s", err.text);
}
