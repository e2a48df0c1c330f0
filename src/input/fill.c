/*
 * fill.c - decompressed bytes into the buffer.
 *
 * Promises: constant memory whatever the source holds; a damaged compressed
 * file gives the bytes before the damage, but for those in the block (64 KiB
 * and more, by the kind of compression) it falls into, then an error.
 */
#include <archive_entry.h>
#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "input/internal.h"

/* False: nothing is there now, or the waiting is over. */
static bool wait_for_bytes(const struct input *in)
{
	struct pollfd p[2] = { { .fd = in->fd, .events = POLLIN },
			       { .fd = in->wake_fd, .events = POLLIN } };
	int got;
	do {
		got = poll(p, 2, in->follow && !in->binary ? 0 : -1);
	} while (got < 0 && errno == EINTR);
	return p[0].revents != 0 && p[1].revents == 0;
}

ssize_t read_raw(struct input *in, void *to, size_t n)
{
	ssize_t got;
	if (in->stream && (in->follow || in->wake_fd >= 0) && !wait_for_bytes(in))
		return 0;
	do {
		got = read(in->fd, to, n);
	} while (got < 0 && errno == EINTR);
	if (got > 0)
		in->raw_at += got;
	in->hung_up = got == 0;
	return got;
}

la_ssize_t archive_take(struct archive *a, void *arg, const void **out)
{
	struct input *in = arg;
	ssize_t got = (ssize_t)in->peeked.len;
	*out = in->raw;
	in->peeked.len = 0;
	if (got == 0)
		got = read_raw(in, in->raw, RAW_SIZE);
	if (got < 0)
		archive_set_error(a, errno, "%s", strerror(errno));
	return got;
}

static bool fail(struct input *in, struct err *err, const char *what)
{
	in->failed = true;
	err_set(&in->why,
		"%s: %s after byte %lld of its content; the lines before it were kept, run it "
		"again when the file is whole",
		in->path, what, (long long)(in->offset + (int64_t)(in->len - in->at)));
	return err_set(err, "%s", in->why.text);
}

static bool read_plain(struct input *in, struct err *err)
{
	ssize_t got = read_raw(in, in->buf + in->len, in->room - in->len);
	if (got < 0)
		return fail(in, err, strerror(errno));
	in->len += (size_t)got;
	in->eof = got == 0;
	return true;
}

/* Bytes that wait somewhere else (the peeked head, a block of libarchive's) into buf. */
static void move_in(struct input *in, struct str *from)
{
	size_t room = in->room - in->len, n = from->len < room ? from->len : room;
	memcpy(in->buf + in->len, from->at, n);
	in->len += n;
	*from = str_skip(*from, n);
}

/*
 * Block by block: archive_read_data() would fill all of buf, and at damaged
 * data throw away what it had put there before.
 */
static bool read_block(struct input *in, struct err *err)
{
	const void *at;
	size_t n;
	la_int64_t offset;
	while (in->block.len == 0 && !in->eof) {
		int got = archive_read_data_block(in->archive, &at, &n, &offset);
		if (got == ARCHIVE_EOF) {
			in->eof = true;
		} else if (got == ARCHIVE_OK) {
			in->block = (struct str){ at, n };
		} else if (got != ARCHIVE_RETRY) {
			const char *why = archive_error_string(in->archive);
			return fail(in, err, why != NULL ? why : "damaged data");
		}
	}
	if (in->block.len > 0)
		move_in(in, &in->block);
	return true;
}

bool fill(struct input *in, struct err *err)
{
	if (in->failed)
		return err_set(err, "%s", in->why.text);
	if (in->at > 0) {
		memmove(in->buf, in->buf + in->at, in->len - in->at);
		in->len -= in->at;
		in->at = 0;
	}
	if (in->len == in->room) {
		in->room *= 2;
		in->buf = mem_realloc(in->buf, in->room);
	}
	if (in->archive != NULL)
		return read_block(in, err);
	if (in->peeked.len == 0)
		return read_plain(in, err);
	move_in(in, &in->peeked);
	return true;
}
