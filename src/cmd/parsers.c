/*
 * parsers.c - `qtrail parsers`: list the plugins, run their samples.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "rules/rules.h"

static void print_info(void *arg, const struct rules_info *info)
{
	struct str *last = arg;
	if (!str_eq(*last, info->plugin)) {
		printf("%.*s (%.*s)\n", (int)info->plugin.len, info->plugin.at, (int)info->file.len,
		       info->file.at);
		*last = info->plugin;
	}
	printf("  %-32.*s %-11s %3zu sample%s\n", (int)info->rule.len, info->rule.at,
	       info->is_reply ? "reply" : event_kind_name(info->kind), info->samples,
	       info->samples == 1 ? "" : "s");
}

static void print_failure(void *arg, const char *sentence)
{
	(void)arg;
	fprintf(stderr, "%s\n", sentence);
}

static int check(struct rules *r)
{
	size_t samples = 0, failures = 0;
	bool ok = rules_check(r, print_failure, NULL, &samples, &failures);
	printf("%zu samples, %zu failures\n", samples, failures);
	return ok ? EXIT_FOUND : EXIT_TROUBLE;
}

int cmd_parsers(int argc, char **argv)
{
	static const struct option options[] = { { "check", no_argument, NULL, 'c' },
						 { "parsers", required_argument, NULL, 'P' },
						 { "help", no_argument, NULL, 'h' },
						 { NULL, 0, NULL, 0 } };
	bool run_samples = false;
	const char *directory = NULL;
	int c;
	while ((c = getopt_long(argc, argv, "ch", options, NULL)) != -1) {
		if (c == 'h')
			return cmd_help("parsers");
		if (c == 'c')
			run_samples = true;
		else if (c == 'P')
			directory = optarg;
		else
			return cmd_usage("parsers", NULL);
	}
	struct err err = { "" };
	struct rules *r = cmd_rules(directory, &err);
	bool ok = r != NULL;
	for (int i = optind; ok && i < argc; i++)
		ok = rules_add_file(r, argv[i], &err);
	int code = EXIT_TROUBLE;
	if (!ok) {
		cmd_fail("%s", err.text);
	} else if (run_samples) {
		code = check(r);
	} else {
		struct str last = { 0 };
		rules_list(r, print_info, &last);
		code = EXIT_FOUND;
	}
	rules_free(r);
	return cmd_done(code);
}
