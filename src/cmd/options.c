/*
 * options.c - a command's options as a table: what each is called, and where its value goes.
 *
 * Promises: -h and --help work in every command; a value that cannot be meant is a usage error
 * that names the option and says what is due.
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/when.h"
#include "cmd/cmd.h"

#define OPTIONS_MAX 32
#define LONG_BASE 256 /* getopt's value of the first long option, above all letters */

static bool is_flag(const struct cmd_option *o)
{
	return o->kind == OPTION_FLAG || o->kind == OPTION_CHOICE;
}

static bool take_number(const struct cmd_option *o, const char *text, int64_t *out)
{
	int64_t n = 0;
	if (!str_to_int64(str_of(text), &n) || n < o->least || (o->most > 0 && n > o->most))
		return false;
	*out = n;
	return true;
}

/* False: the argument is not what is due. */
static bool take(const struct cmd_option *o, const char *text)
{
	int64_t n = 0;
	switch (o->kind) {
	case OPTION_FLAG:
		*(bool *)o->to = true;
		return true;
	case OPTION_CHOICE:
		*(int *)o->to = o->choice;
		return true;
	case OPTION_TEXT:
		*(const char **)o->to = text;
		return true;
	case OPTION_WORD:
		*(struct str *)o->to = str_of(text);
		return text[0] != '\0';
	case OPTION_NUMBER:
		return take_number(o, text, o->to);
	case OPTION_COUNT:
		if (!take_number(o, text, &n))
			return false;
		*(size_t *)o->to = (size_t)n;
		return true;
	case OPTION_TIME:
	case OPTION_TIME_END:
		return when_parse(str_of(text), clock_now_us(), o->kind == OPTION_TIME_END, o->to);
	case OPTION_CALL:
		break;
	}
	return o->take(o->to, text);
}

static const char *due(const struct cmd_option *o)
{
	if (o->kind == OPTION_TIME || o->kind == OPTION_TIME_END)
		return CMD_TIME_DUE;
	if (o->kind == OPTION_WORD)
		return "empty, which finds nothing; leave the option out";
	return o->due;
}

/* The option getopt returned as c. */
static const struct cmd_option *option_of(int c, const struct cmd_option *o, size_t count)
{
	if (c >= LONG_BASE)
		return &o[c - LONG_BASE];
	for (size_t i = 0; i < count; i++) {
		if (o[i].letter == c)
			return &o[i];
	}
	return NULL; /* getopt said what is wrong */
}

/* only: take this option and leave the others alone; NULL: take all. */
static int walk(const char *command, int argc, char **argv, const struct cmd_option *o,
		size_t count, const char *only)
{
	struct option longs[OPTIONS_MAX + 2] = { 0 };
	char shorts[2 * OPTIONS_MAX + 2] = "h", *at = shorts + 1;
	int c;
	if (count > OPTIONS_MAX)
		abort();
	longs[count] = (struct option){ "help", no_argument, NULL, 'h' };
	for (size_t i = 0; i < count; i++) {
		int arg = is_flag(&o[i]) ? no_argument : required_argument;
		longs[i] = (struct option){ o[i].name, arg, NULL, LONG_BASE + (int)i };
		if (o[i].letter != 0)
			*at++ = o[i].letter;
		if (o[i].letter != 0 && arg == required_argument)
			*at++ = ':';
	}
	opterr = only == NULL;
	optind = 0; /* start over */
	while ((c = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		if (c == 'h')
			return cmd_help(command);
		const struct cmd_option *option = option_of(c, o, count);
		if (only != NULL && (option == NULL || strcmp(option->name, only) != 0))
			continue;
		if (option == NULL)
			return cmd_usage(command, NULL);
		if (!take(option, optarg))
			return cmd_usage(command, "--%s is %s", option->name, due(option));
	}
	return -1;
}

int cmd_option_first(const char *command, int argc, char **argv, const struct cmd_option *options,
		     size_t count, const char *name)
{
	return walk(command, argc, argv, options, count, name);
}

int cmd_options(const char *command, int argc, char **argv, const struct cmd_option *options,
		size_t count)
{
	return walk(command, argc, argv, options, count, NULL);
}

int cmd_options_only(const char *command, int argc, char **argv, const struct cmd_option *options,
		     size_t count)
{
	int code = cmd_options(command, argc, argv, options, count);
	if (code < 0 && optind < argc)
		return cmd_usage(command, "%s takes no arguments, only options", command);
	return code;
}
