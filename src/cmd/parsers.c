/*
 * parsers.c - `qtrail parsers`: list the plugins, run their samples.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

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
	bool run_samples = false;
	const char *directory = NULL;
	const struct cmd_option options[] = {
		{ "check", 'c', OPTION_FLAG, .to = &run_samples },
		{ "parsers", 0, OPTION_TEXT, .to = &directory },
	};
	int code = cmd_options("parsers", argc, argv, options, COUNT(options));
	if (code >= 0)
		return code;
	struct err err = { "" };
	struct rules *r = cmd_rules(directory, &err);
	bool ok = r != NULL;
	for (int i = optind; ok && i < argc; i++)
		ok = rules_add_file(r, argv[i], &err);
	if (!ok) {
		code = cmd_fail("%s", err.text);
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
