/*
 * explain.c - `qtrail explain`: what a log line is to qtrail.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "cmd/cmd.h"
#include "rules/rules.h"
#include "show/buf.h"
#include "syslog/syslog.h"

struct explain {
	struct rules *rules;
	struct framer *framer;
	struct arena *arena;
	int events;
};

static void print_safe(struct str s)
{
	struct buf b = { 0 };
	buf_safe(&b, s);
	fwrite(buf_str(&b).at, 1, b.len, stdout);
	buf_free(&b);
}

static void print_field(const char *name, struct str value)
{
	printf("    %-19s ", name);
	print_safe(value);
	putchar('\n');
}

static void print_event(void *arg, const struct event *ev)
{
	struct explain *x = arg;
	if (x->events++ == 0) {
		printf("plugin    %s\nrule      %s\n", ev->plugin, ev->rule);
	}
	printf("event     %s%s\n", event_kind_name(ev->kind),
	       ev->ambiguous ? " (ambiguous: can be read two ways, changes no state)" : "");
	for (int f = 0; f < EVENT_FIELD_COUNT; f++) {
		if (ev->field[f].at != NULL)
			print_field(event_field_name((enum event_field)f), ev->field[f]);
	}
	if (ev->field[FIELD_NEXT_QUEUE_ID].at != NULL)
		printf("next      %s\n",
		       ev->followable ? "a queue ID that the next hop's log can show"
				      : "an ID that no log here shows; it is not followed");
}

static void print_record(const struct record *rec)
{
	char at[CLOCK_ISO_LEN];
	clock_iso(rec->time_us, at);
	printf("framing   %s\ntime      %s%s\nhost      ", framing_name(rec->framing), at,
	       rec->year_inferred ? " (year inferred)" : "");
	print_safe(rec->host);
	puts(rec->host_assumed ? " (assumed)" : "");
	if (rec->ident.len > 0) {
		printf("ident     ");
		print_safe(rec->ident);
		putchar('\n');
	}
	if (rec->pid >= 0)
		printf("pid       %lld\n", (long long)rec->pid);
	if (rec->repeat > 1)
		printf("repeated  %u times\n", rec->repeat);
}

static void print_nearest(struct explain *x, const struct rules_input *in)
{
	struct str plugin, rule;
	size_t stopped = 0;
	if (!rules_nearest(x->rules, in, &plugin, &rule, &stopped))
		return;
	printf("plugin    %.*s\nrule      none; the nearest is %.*s, %s:\n", (int)plugin.len,
	       plugin.at, (int)rule.len, rule.at,
	       stopped < in->body.len ? "its match stopped here"
				      : "which wants more than stands here");
	struct str before = { in->body.at, stopped < in->body.len ? stopped : in->body.len };
	printf("    ");
	print_safe(before);
	printf("  >>>  ");
	print_safe(str_skip(in->body, stopped));
	putchar('\n');
}

static int explain_record(struct explain *x, const struct record *rec)
{
	struct rules_input in = { rec->host, rec->ident, rec->pid, rec->time_us, rec->body };
	print_record(rec);
	x->events = 0;
	switch (rules_match(x->rules, x->arena, &in, print_event, x)) {
	case RULES_MATCHED:
		if (x->events == 0)
			printf("plugin    %.*s\nevent     none (the line says nothing about a "
			       "message)\n",
			       (int)rules_owner(x->rules, rec->ident).len,
			       rules_owner(x->rules, rec->ident).at);
		return EXIT_FOUND;
	case RULES_PENDING:
		puts("part of a split record; its events come with the last part");
		return EXIT_FOUND;
	case RULES_DUPLICATE:
		puts("a copy of a line already taken");
		return EXIT_FOUND;
	case RULES_UNMATCHED:
		print_nearest(x, &in);
		return EXIT_NOTHING;
	case RULES_FOREIGN:
		break;
	}
	printf("plugin    none owns this program\n");
	return EXIT_NOTHING;
}

static int explain_line(struct explain *x, struct str line)
{
	struct record rec;
	switch (framer_line(x->framer, line, &rec)) {
	case FRAME_RECORD:
		return explain_record(x, &rec);
	case FRAME_MORE:
	case FRAME_NOT_MAIL:
		puts("framing   a line of the log tool, or a part of a record; no event");
		return EXIT_NOTHING;
	case FRAME_MALFORMED:
		break;
	}
	puts("framing   none: the line does not start like any log format known here");
	return EXIT_NOTHING;
}

static int explain_stdin(struct explain *x)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t len;
	int code = EXIT_NOTHING;
	for (int n = 0; (len = getline(&line, &room, stdin)) > 0; n++) {
		if (line[len - 1] == '\n')
			len--;
		if (n > 0)
			putchar('\n');
		if (explain_line(x, (struct str){ line, (size_t)len }) == EXIT_FOUND)
			code = EXIT_FOUND;
		arena_reset(x->arena);
	}
	if (ferror(stdin) != 0)
		code = cmd_fail("standard input: %s", strerror(errno));
	free(line);
	return code;
}

static bool set_up(struct explain *x, const char *host, const char *directory, struct err *err)
{
	struct framer_options opt = { .host = host };
	x->rules = cmd_rules(directory, err);
	x->arena = arena_new();
	x->framer = framer_new(&opt, err);
	return x->rules != NULL && x->framer != NULL;
}

int cmd_explain(int argc, char **argv)
{
	const char *host = NULL, *directory = NULL;
	struct explain x = { 0 };
	struct err err = { "" };
	const struct cmd_option options[] = {
		{ "host", 0, OPTION_TEXT, .to = &host },
		{ "parsers", 0, OPTION_TEXT, .to = &directory },
	};
	int code = cmd_options("explain", argc, argv, options, COUNT(options));
	if (code >= 0)
		return code;
	if (optind + 1 != argc)
		return cmd_usage("explain",
				 "one log line is due (quote it), or - for standard input");
	if (!set_up(&x, host, directory, &err))
		code = cmd_fail("%s", err.text);
	else if (strcmp(argv[optind], "-") == 0)
		code = explain_stdin(&x);
	else
		code = explain_line(&x, str_of(argv[optind]));
	framer_free(x.framer);
	rules_free(x.rules);
	arena_free(x.arena);
	return cmd_done(code);
}
