/*
 * check.c - `qtrail check`: is the database whole?
 */
#include <getopt.h>
#include <stdio.h>

#include "cmd/cmd.h"
#include "show/buf.h"
#include "show/show.h"
#include "store/check.h"

static const struct option long_options[] = { { "db", required_argument, NULL, 'd' },
					      { "quiet", no_argument, NULL, 'q' },
					      { "help", no_argument, NULL, 'h' },
					      { NULL, 0, NULL, 0 } };

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
	int c;
	while ((c = getopt_long(argc, argv, "d:qh", long_options, NULL)) != -1) {
		if (c == 'h')
			return cmd_help("check");
		if (c == 'd')
			db = optarg;
		else if (c == 'q')
			quiet = true;
		else
			return cmd_usage("check", NULL);
	}
	if (optind < argc)
		return cmd_usage("check", "check takes no arguments, only options");
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
