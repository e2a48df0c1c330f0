/*
 * streams.c - the standard streams: errors go to the one, answers to the other, and whether all of
 * an answer was written.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "cmd/cmd.h"

void cmd_say(const char *fmt, va_list ap)
{
	fputs("qtrail: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
}

int cmd_fail(const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	cmd_say(fmt, ap);
	va_end(ap);
	return EXIT_TROUBLE;
}

bool cmd_written(struct err *err)
{
	/* what went wrong before the last flush counts too */
	return (fflush(stdout) == 0 && ferror(stdout) == 0) ||
	       err_set(err, "cannot write the answer: is the disk full, or the reader gone?");
}

int cmd_done(int code)
{
	struct err err;
	return code == EXIT_TROUBLE || cmd_written(&err) ? code : cmd_fail("%s", err.text);
}

void cmd_streams(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF &&
		    open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
			return;
}
