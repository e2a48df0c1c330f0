/*
 * lock.c - one writer at a time, and who it is.
 *
 * A file beside the database ("DB-lock") is locked by flock(2), so the lock ends
 * with its process, however it ends; its text says who has it. The file stays:
 * taking it away would let two processes lock two files of one name.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "store/internal.h"

#define RETRY_MS 50
#define HOLDER_MAX 400

/* "PID COMMAND\n" and when, as the lock's holder wrote it; cleaned, as it is only a file. */
static void read_holder(int fd, char who[HOLDER_MAX + 80])
{
	char text[HOLDER_MAX] = "", when[64] = "";
	struct stat st;
	struct tm tm;
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
	text[n > 0 ? n : 0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	for (char *at = text; *at != '\0'; at++) {
		if ((unsigned char)*at < ' ' || (unsigned char)*at >= 127)
			*at = '?';
	}
	if (fstat(fd, &st) == 0 && localtime_r(&st.st_mtime, &tm) != NULL)
		strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &tm);
	const char *command = strchr(text, ' ');
	if (command == NULL)
		snprintf(who, HOLDER_MAX + 80, "another process is writing to it");
	else
		snprintf(who, HOLDER_MAX + 80, "\"%s\" (process %.*s, since %s) is writing to it",
			 command + 1, (int)(command - text), text, when);
}

static void write_holder(int fd, const char *command)
{
	char text[HOLDER_MAX];
	int n = snprintf(text, sizeof(text), "%ld %.300s\n", (long)getpid(), command);
	/* who it is is only told to people: the lock holds without it */
	if (ftruncate(fd, 0) != 0 || pwrite(fd, text, (size_t)n, 0) != n)
		return;
}

static bool try_until(int fd, const struct store_wait *wait)
{
	int64_t deadline = clock_now_us() + wait->seconds * US_PER_S;
	struct pollfd wake = { .fd = wait->wake_fd, .events = POLLIN };
	while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return false;
		if (clock_now_us() >= deadline || poll(&wake, 1, RETRY_MS) > 0) {
			errno = EWOULDBLOCK;
			return false;
		}
	}
	return true;
}

/* The lock's descriptor; -1 and *err. */
static int take_lock(const char *path, const struct store_wait *wait, struct err *err)
{
	char name[PATH_MAX + 8], who[HOLDER_MAX + 80], waited[64] = "";
	char *real = realpath(path, NULL); /* one lock, by whatever name the database goes */
	snprintf(name, sizeof(name), "%s-lock", real != NULL ? real : path);
	free(real);
	int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (fd < 0) {
		err_set(err, "%s: %s; %s", name, strerror(errno),
			errno == ENOENT || errno == ENOTDIR
				? "make the directory first"
				: "check the permissions of the directory");
		return -1;
	}
	if (try_until(fd, wait)) {
		write_holder(fd, wait->command);
		return fd;
	}
	if (wait->seconds > 0)
		snprintf(waited, sizeof(waited), "; waited %lld s", (long long)wait->seconds);
	if (errno == EWOULDBLOCK) {
		read_holder(fd, who);
		err_set(err, "%s: %s%s; run this when it has ended", path, who, waited);
	} else {
		err_set(err, "%s: cannot lock it: %s", name, strerror(errno));
	}
	close(fd);
	return -1;
}

bool store_lock(struct store *s, struct err *err)
{
	const struct store_wait none = { .wake_fd = -1, .command = "qtrail" };
	if (s->lock_fd < 0)
		s->lock_fd = take_lock(s->path, &none, err);
	return s->lock_fd >= 0;
}

struct store *store_open_alone(const char *path, const struct store_wait *wait, struct err *err)
{
	struct stat st;
	bool is_directory = stat(path, &st) == 0 && S_ISDIR(st.st_mode);
	/* a directory is refused by store_open, in its words */
	int fd = is_directory ? -1 : take_lock(path, wait, err);
	if (fd < 0 && !is_directory)
		return NULL;
	struct store *s = store_open(path, STORE_WRITE, err);
	if (s != NULL)
		s->lock_fd = fd;
	else if (fd >= 0)
		close(fd);
	return s;
}
