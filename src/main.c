/*
 * main.c - the command table and dispatch; nothing else.
 */
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"

int main(int argc, char **argv)
{
	cmd_streams();
	if (argc < 2)
		return cmd_usage(NULL, "no command; `qtrail help` lists them");
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
		puts("qtrail " QTRAIL_VERSION);
		return cmd_done(EXIT_FOUND);
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	    strcmp(argv[1], "help") == 0) {
		return cmd_help(argc > 2 ? argv[2] : NULL);
	}
	const struct command *c = cmd_find(argv[1]);
	if (c == NULL)
		return cmd_usage(NULL, "there is no command \"%s\"", argv[1]);
	char name[64]; /* what getopt says before its complaints */
	snprintf(name, sizeof(name), "qtrail %s", c->name);
	argv[1] = name;
	return c->run(argc - 1, argv + 1);
}
