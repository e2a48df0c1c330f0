/*
 * answer.c - what the commands that answer from the database share: opening it, the
 * terminal, what is said when there is no answer.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "show/show.h"
#include "trace/trace.h"

struct store *cmd_open(const char *given)
{
	struct err err = { "" };
	char *path = cmd_database(given, NULL);
	struct store *s = path != NULL ? store_open(path, STORE_READ, &err) : NULL;
	if (path != NULL && s == NULL)
		cmd_fail("%s", err.text);
	free(path);
	return s;
}

size_t cmd_width(size_t otherwise)
{
	struct winsize w;
	if (isatty(STDOUT_FILENO) != 0 && ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col > 0)
		return w.ws_col;
	return otherwise;
}

bool cmd_colour(void)
{
	const char *no_colour = getenv("NO_COLOR");
	return isatty(STDOUT_FILENO) != 0 && (no_colour == NULL || no_colour[0] == '\0');
}

void cmd_coverage(struct store *s, const char *empty, bool utc)
{
	struct trace_cover *cover = NULL;
	size_t count = 0;
	struct err err;
	struct arena *a = arena_new();
	bool known = trace_coverage(s, a, &cover, &count, &err);
	if (count > 0 || empty != NULL)
		fputs("The database covers:\n", stderr);
	if (known && count == 0 && empty != NULL)
		fprintf(stderr, "  %s\n", empty);
	show_coverage(stderr, cover, count, utc);
	arena_free(a);
}
