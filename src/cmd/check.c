/*
 * check.c - `qtrail check`: is the database whole?
 */
#include <stdio.h>

#include "cmd/cmd.h"
#include "show/buf.h"
#include "show/show.h"
#include "store/check.h"

static void say(void *arg, struct str sentence)
{
	(void)arg;
	show_safe(stdout, sentence);
	putchar('\n');
}

static void summary(const struct check_counts *c)
{
	struct buf b = { 0 };
	buf_count(&b, (size_t)c->entries);
	buf_puts(&b, " entries and ");
	buf_count(&b, (size_t)c->chunks);
	buf_puts(&b, c->findings == 0 ? " chunks of lines were looked at: nothing is wrong\n"
				      : " chunks of lines were looked at: ");
	if (c->findings > 0) {
		buf_count(&b, (size_t)c->findings);
		buf_puts(&b, c->findings == 1 ? " finding\n" : " findings\n");
	}
	fwrite(b.at, 1, b.len, stdout);
	buf_free(&b);
}

int cmd_check(int argc, char **argv)
{
	const char *db = NULL;
	bool quiet = false;
	struct err err = { "" };
	struct check_counts counts = { 0 };
	const struct cmd_option options[] = {
		{ "db", 'd', OPTION_TEXT, .to = &db },
		{ "quiet", 'q', OPTION_FLAG, .to = &quiet },
	};
	int code = cmd_options_only("check", argc, argv, options, COUNT(options));
	if (code >= 0)
		return code;
	struct store *s = cmd_open(db);
	if (s == NULL)
		return EXIT_TROUBLE;
	store_check(s, say, NULL, &counts);
	if (!quiet)
		summary(&counts);
	bool ok = cmd_written(&err);
	store_close(s);
	if (!ok)
		return cmd_fail("%s", err.text);
	return counts.findings == 0 ? EXIT_FOUND : EXIT_NOTHING;
}
