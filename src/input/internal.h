/*
 * internal.h - what the files of input/ share: input.c opens and detects,
 * fill.c gets decompressed bytes, lines.c makes lines of them, seek.c goes on where an earlier run
 * stopped.
 */
#ifndef INPUT_INTERNAL_H
#define INPUT_INTERNAL_H

#include <archive.h>

#include "base/arena.h"
#include "input/input.h"

#define RAW_SIZE ((size_t)256 * 1024)

struct input {
	char *path;
	int fd;
	bool stream;
	int wake_fd;   /* readable: a stream ends here; -1: none */
	bool follow;   /* an end is not the last word */
	bool binary;   /* bytes of a record are due: wait for them */
	bool passing;  /* within a line that is too long */
	bool is_short; /* ended before the offset it was to go on at */
	bool hung_up;  /* a stream whose writer is gone */
	int64_t raw_size, raw_at, mtime_us;
	struct archive *archive; /* NULL: plain */
	char *raw;               /* what libarchive reads from */
	struct str peeked;       /* the first bytes, in raw, until they are used */
	struct str block;        /* decompressed bytes, in libarchive, not yet in buf */
	char *buf;               /* decompressed bytes; [at, len) not yet handed out */
	size_t at, len, room;
	int64_t long_at; /* where the line that is being passed began */
	int64_t offset;  /* of buf[at] */
	int64_t number;  /* of the last line */
	bool eof, failed;
	struct err why;
};

/*
 * More bytes into buf; what was handed out before moves. False on error; in->eof at the end.
 */
bool fill(struct input *in, struct err *err);

/* read(2) that goes on after a signal; of a stream 0 also when it is to wait no longer. */
ssize_t read_raw(struct input *in, void *to, size_t n);

/* What libarchive reads by. */
la_ssize_t archive_take(struct archive *a, void *arg, const void **out);

#endif
