/*
 * status.c - `qtrail status`: what the database holds, and where something is missing.
 */
#include <stdio.h>

#include "cmd/cmd.h"
#include "show/status.h"

struct options {
	const char *db;
	bool json;
	struct show_options show;
};

int cmd_status(int argc, char **argv)
{
	struct options opt = { 0 };
	struct err err = { "" };
	const struct cmd_option options[] = {
		{ "db", 'd', OPTION_TEXT, .to = &opt.db },
		{ "json", 0, OPTION_FLAG, .to = &opt.json },
		{ "all", 0, OPTION_FLAG, .to = &opt.show.all },
		{ "utc", 0, OPTION_FLAG, .to = &opt.show.utc },
	};
	int code = cmd_options_only("status", argc, argv, options, COUNT(options));
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
