/*
 * pager.c - answers longer than the terminal go through a pager: $QTRAIL_PAGER, else $PAGER, else
 * less. Only on a terminal; a pager that is not there is done without, and one that is left early
 * is no error.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "cmd/cmd.h"

/* F: not for what fits; R: colours; X: leave it on the screen. */
#define PAGER "less -FRX"

/* NULL: none is wanted. */
static const char *command(void)
{
	const char *terminal = getenv("TERM"), *pager = getenv("QTRAIL_PAGER");
	if (pager == NULL)
		pager = getenv("PAGER");
	if (pager == NULL)
		pager = PAGER;
	if (pager[0] == '\0' || strcmp(pager, "cat") == 0)
		return NULL;
	return terminal != NULL && strcmp(terminal, "dumb") == 0 ? NULL : pager;
}

/* Is the program of a simple command there? What the shell has to make sense of is taken for it. */
static bool is_there(const char *pager)
{
	const char *path = getenv("PATH"), *end;
	size_t len = strcspn(pager, " \t");
	if (strcspn(pager, "=$`\"'\\|&;()<>*?[~") < len || path == NULL)
		return true;
	if (memchr(pager, '/', len) != NULL)
		path = "";
	for (;; path = end + 1) {
		end = strchrnul(path, ':');
		char *file = NULL;
		int n = asprintf(&file, "%.*s%s%.*s", (int)(end - path), path,
				 end > path ? "/" : "", (int)len, pager);
		bool there = n >= 0 && access(file, X_OK) == 0;
		free(file);
		if (there || *end == '\0')
			return there;
	}
}

/* The pager was left before the end: there was something to see. */
static void left_early(int signal)
{
	(void)signal;
	_exit(EXIT_FOUND);
}

static void become(const char *pager, const int ends[2])
{
	dup2(ends[0], STDIN_FILENO);
	close(ends[0]);
	close(ends[1]);
	setenv("LESS", "FRX", 0); /* when $PAGER is less */
	setenv("LV", "-c", 0);
	execl("/bin/sh", "sh", "-c", pager, (char *)NULL);
	_exit(127);
}

struct pager cmd_pager(bool wanted)
{
	struct pager p = { -1 };
	const char *pager = wanted && isatty(STDOUT_FILENO) != 0 ? command() : NULL;
	int ends[2];
	if (pager == NULL || !is_there(pager) || pipe(ends) != 0)
		return p;
	fflush(stdout);
	p.pid = fork();
	if (p.pid == 0)
		become(pager, ends);
	close(ends[0]);
	if (p.pid > 0) {
		dup2(ends[1], STDOUT_FILENO);
		signal(SIGPIPE, left_early);
		/* the terminal's are for the pager; it ends, and so do we */
		signal(SIGINT, SIG_IGN);
		signal(SIGQUIT, SIG_IGN);
	}
	close(ends[1]);
	return p;
}

void cmd_pager_end(struct pager *p)
{
	int status;
	if (p->pid <= 0)
		return;
	fclose(stdout);
	while (waitpid(p->pid, &status, 0) < 0 && errno == EINTR)
		;
	p->pid = -1;
}
