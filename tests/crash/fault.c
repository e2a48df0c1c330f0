/*
 * fault.c - LD_PRELOAD: at the n-th system call on files of one name, kill the process or fail.
 *
 * FAULT_PATH   part of the name of the files meant (the database; its -wal and -journal too)
 * FAULT_OPS    kinds of calls that count: w(rite) s(ync) t(runcate) u(nlink) o(pen) r(ead)
 * FAULT_AT     the call at which it happens, from 1; 0: never
 * FAULT_DO     kill; torn (half of the write is done, then kill); or an error: ENOSPC, EIO
 * FAULT_SYNCED set: after each sync the file is copied to NAME.synced, what a loss of power leaves
 * FAULT_STAY   set: the error stays; else it is that one call
 * FAULT_COUNT  file to which the number of calls is written at the end
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#define FD_MAX 1024

static bool ours[FD_MAX];
static long calls, at;
static const char *path, *ops, *action;
static bool stay, ready, keep_synced;
static char *names[FD_MAX];

static void start(void)
{
	const char *n = getenv("FAULT_AT");
	path = getenv("FAULT_PATH");
	ops = getenv("FAULT_OPS");
	action = getenv("FAULT_DO");
	at = n != NULL ? atol(n) : 0;
	stay = getenv("FAULT_STAY") != NULL;
	keep_synced = getenv("FAULT_SYNCED") != NULL;
	ready = true;
}

static bool known(int fd)
{
	return fd >= 0 && fd < FD_MAX && ours[fd];
}

static bool meant(const char *name)
{
	if (!ready)
		start();
	return path != NULL && strstr(name, path) != NULL;
}

/* Is this the call? Kills, or returns the error; 0: let it pass; -1: torn. */
static int strike(char op)
{
	if (ops == NULL || strchr(ops, op) == NULL)
		return 0;
	calls++;
	if (at == 0 || action == NULL || (stay ? calls < at : calls != at))
		return 0;
	if (strcmp(action, "torn") == 0 && op == 'w')
		return -1;
	if (strcmp(action, "kill") == 0 || strcmp(action, "torn") == 0)
		raise(SIGKILL);
	return strcmp(action, "ENOSPC") == 0 ? ENOSPC : EIO;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

#define FAIL_IF(fd, op)                                                                            \
	if (known(fd)) {                                                                           \
		int e_ = strike(op);                                                               \
		if (e_ > 0) {                                                                      \
			errno = e_;                                                                \
			return -1;                                                                 \
		}                                                                                  \
	}

static int remember(int fd, const char *name)
{
	if (fd >= 0 && fd < FD_MAX) {
		ours[fd] = meant(name);
		free(names[fd]);
		names[fd] = ours[fd] ? strdup(name) : NULL;
	}
	return fd;
}

#define OPEN(name)                                                                                 \
	int name(const char *file, int flags, ...)                                                 \
	{                                                                                          \
		va_list args;                                                                      \
		va_start(args, flags);                                                             \
		mode_t mode = (flags & O_CREAT) != 0 ? va_arg(args, mode_t) : 0;                   \
		va_end(args);                                                                      \
		int e = meant(file) ? strike('o') : 0;                                             \
		if (e > 0) {                                                                       \
			errno = e;                                                                 \
			return -1;                                                                 \
		}                                                                                  \
		return remember(REAL(name)(file, flags, mode), file);                              \
	}
OPEN(open)
OPEN(open64)

int close(int fd)
{
	if (known(fd))
		ours[fd] = false;
	return REAL(close)(fd);
}

/* pwrite and pwrite64 differ in name only here, but a program may call either. */
#define PWRITE(name)                                                                               \
	ssize_t name(int fd, const void *from, size_t n, off_t to)                                 \
	{                                                                                          \
		int e = known(fd) ? strike('w') : 0;                                               \
		if (e > 0) {                                                                       \
			errno = e;                                                                 \
			return -1;                                                                 \
		}                                                                                  \
		if (e < 0) {                                                                       \
			REAL(name)(fd, from, n / 2, to);                                           \
			raise(SIGKILL);                                                            \
		}                                                                                  \
		return REAL(name)(fd, from, n, to);                                                \
	}
PWRITE(pwrite)
PWRITE(pwrite64)

#define PREAD(name)                                                                                \
	ssize_t name(int fd, void *to, size_t n, off_t from)                                       \
	{                                                                                          \
		FAIL_IF(fd, 'r')                                                                   \
		return REAL(name)(fd, to, n, from);                                                \
	}
PREAD(pread)
PREAD(pread64)

ssize_t read(int fd, void *to, size_t n)
{
	FAIL_IF(fd, 'r')
	return REAL(read)(fd, to, n);
}

/* Copies the file as it is now. */
static int synced(int fd, int result)
{
	char to[4096], buf[65536];
	if (result != 0 || !keep_synced || !known(fd) || names[fd] == NULL)
		return result;
	snprintf(to, sizeof(to), "%s.synced", names[fd]);
	int out = REAL(open64)(to, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	off_t done = 0;
	ssize_t n;
	while ((n = REAL(pread64)(fd, buf, sizeof(buf), done)) > 0)
		done += REAL(pwrite64)(out, buf, (size_t)n, done);
	REAL(close)(out);
	return result;
}

int fsync(int fd)
{
	FAIL_IF(fd, 's')
	return synced(fd, REAL(fsync)(fd));
}

int fdatasync(int fd)
{
	FAIL_IF(fd, 's')
	return synced(fd, REAL(fdatasync)(fd));
}

int ftruncate(int fd, off_t size)
{
	FAIL_IF(fd, 't')
	return REAL(ftruncate)(fd, size);
}

int ftruncate64(int fd, off_t size)
{
	FAIL_IF(fd, 't')
	return REAL(ftruncate64)(fd, size);
}

int unlink(const char *file)
{
	int e = meant(file) ? strike('u') : 0;
	if (e > 0) {
		errno = e;
		return -1;
	}
	return REAL(unlink)(file);
}

__attribute__((destructor)) static void report(void)
{
	const char *name = getenv("FAULT_COUNT");
	FILE *f = name != NULL ? fopen(name, "w") : NULL;
	if (f != NULL) {
		fprintf(f, "%ld\n", calls);
		fclose(f);
	}
}
