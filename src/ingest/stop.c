/*
 * stop.c - notes a signal; the only state of the process that hangs off no
 * context, as a handler has none.
 */
#include "ingest/stop.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

static volatile sig_atomic_t noted;
static int wake = -1;

static void note(int number)
{
	const uint64_t one = 1;
	int saved = errno;
	noted = number;
	if (wake >= 0 && write(wake, &one, sizeof(one)) < 0)
		noted = number; /* it is noted all the same */
	errno = saved;
}

void stop_catch(void)
{
	/* no SA_RESTART: the open(2) of a FIFO without a writer must end, too */
	struct sigaction act = { .sa_handler = note, .sa_flags = (int)SA_RESETHAND };
	wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	sigemptyset(&act.sa_mask);
	sigaction(SIGTERM, &act, NULL);
	sigaction(SIGINT, &act, NULL);
}

bool stop_wanted(void)
{
	return noted != 0;
}

const char *stop_name(void)
{
	return noted == SIGINT ? "SIGINT" : "SIGTERM";
}

int stop_fd(void)
{
	return wake;
}
