/*
 * input.c - lines of a plain or compressed source.
 *
 * Promises: constant memory whatever the source holds; a damaged compressed
 * file gives the lines before the damage, but for those in the block (64 KiB
 * and more, by the kind of compression) it falls into, then an error; no program is ever
 * started to decompress (only filters built into libarchive are allowed).
 */
#include "input/input.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"

#define RAW_SIZE ((size_t)256 * 1024)
#define TAKE_MAX ((size_t)16 * 1024 * 1024)
#define MAGIC_MAX 6 /* bytes that tell any compression */

struct input {
	char *path;
	int fd;
	bool stream;
	int64_t raw_size, raw_at, mtime_us;
	struct archive *archive; /* NULL: plain */
	char *raw;               /* what libarchive reads from */
	struct str peeked;       /* the first bytes, in raw, until they are used */
	struct str block;        /* decompressed bytes, in libarchive, not yet in buf */
	char *buf;               /* decompressed bytes; [at, len) not yet handed out */
	size_t at, len, room;
	int64_t offset; /* of buf[at] */
	int64_t number; /* of the last line */
	bool eof, failed;
	struct err why;
};

/* ---- bytes ---- */

static ssize_t read_raw(struct input *in, void *to, size_t n)
{
	ssize_t got;
	do {
		got = read(in->fd, to, n);
	} while (got < 0 && errno == EINTR);
	if (got > 0)
		in->raw_at += got;
	return got;
}

static la_ssize_t archive_take(struct archive *a, void *arg, const void **out)
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

/* More bytes into buf. False on error; in->eof at the end. */
static bool fill(struct input *in, struct err *err)
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

/* ---- open ---- */

static bool refuse(const struct input *in, struct err *err, int why)
{
	const char *cure = why == EACCES   ? "; run as a user who may read it (often group adm)"
			   : why == ENOENT ? "; check the name"
					   : "";
	return err_set(err, "%s: %s%s", in->path, strerror(why), cure);
}

static bool open_path(struct input *in, bool is_stdin, struct err *err)
{
	struct stat st;
	in->fd = is_stdin ? dup(STDIN_FILENO) : open(in->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (in->fd < 0 || fstat(in->fd, &st) != 0)
		return refuse(in, err, errno);
	if (S_ISDIR(st.st_mode))
		return err_set(err, "%s: is a directory; name the files in it", in->path);
	in->stream = is_stdin || !S_ISREG(st.st_mode);
	in->raw_size = in->stream ? -1 : (int64_t)st.st_size;
	in->mtime_us = in->stream
			       ? clock_now_us()
			       : (int64_t)st.st_mtim.tv_sec * US_PER_S + st.st_mtim.tv_nsec / 1000;
	return true;
}

/*
 * Filters built into libarchive. Where a library was left out of its build,
 * archive_read_support_filter_* would start a program instead: never here.
 */
static void allow_filters(struct archive *a)
{
	if (archive_zlib_version() != NULL)
		archive_read_support_filter_gzip(a);
	if (archive_bzlib_version() != NULL)
		archive_read_support_filter_bzip2(a);
	if (archive_liblzma_version() != NULL) {
		archive_read_support_filter_xz(a);
		archive_read_support_filter_lzma(a);
	}
	if (archive_libzstd_version() != NULL)
		archive_read_support_filter_zstd(a);
	if (archive_liblz4_version() != NULL)
		archive_read_support_filter_lz4(a);
}

/* Let libarchive read the peeked head and what follows. */
static bool open_archive(struct input *in, struct err *err)
{
	struct archive_entry *entry;
	struct archive *a = in->archive = archive_read_new();
	if (a == NULL)
		return refuse(in, err, ENOMEM);
	allow_filters(a);
	archive_read_support_format_raw(a);
	archive_read_support_format_empty(a); /* a compressed empty file, as rotation makes them */
	if (archive_read_open(a, in, NULL, archive_take, NULL) == ARCHIVE_OK) {
		int got = archive_read_next_header(a, &entry);
		in->eof = got == ARCHIVE_EOF;
		if ((in->eof || got == ARCHIVE_OK) &&
		    archive_filter_code(a, 0) != ARCHIVE_FILTER_NONE)
			return true;
	}
	const char *why = archive_error_string(a);
	return err_set(err, "%s: looks compressed, but is damaged (%s); nothing was read", in->path,
		       why != NULL ? why : "bad head");
}

/* A pipe may give its first bytes one by one; a magic number needs a few. */
static bool peek(struct input *in, struct err *err)
{
	ssize_t got;
	in->peeked.at = in->raw;
	do {
		got = read_raw(in, in->raw + in->peeked.len, RAW_SIZE - in->peeked.len);
		if (got < 0)
			return refuse(in, err, errno);
		in->peeked.len += (size_t)got;
	} while (got > 0 && in->peeked.len < MAGIC_MAX);
	return true;
}

/*
 * gzip RFC 1952, bzip2, xz, lzma (its usual 5d0000), zstd RFC 8878, lz4: a log
 * line starts with none of these, so only such heads are shown to libarchive.
 */
static bool is_compressed(const struct input *in)
{
	static const struct str magic[] = { { "\x1f\x8b", 2 },         { "BZh", 3 },
					    { "\xfd\x37zXZ", 5 },      { "\x5d\0\0", 3 },
					    { "\x28\xb5\x2f\xfd", 4 }, { "\x04\x22\x4d\x18", 4 } };
	for (size_t i = 0; i < sizeof(magic) / sizeof(magic[0]); i++) {
		if (str_starts(in->peeked, magic[i]))
			return true;
	}
	return false;
}

static bool detect(struct input *in, struct err *err)
{
	return peek(in, err) && (!is_compressed(in) || open_archive(in, err));
}

struct input *input_open(const char *path, struct err *err)
{
	struct input *in = mem_zalloc(sizeof(*in));
	bool is_stdin = strcmp(path, "-") == 0;
	in->path = mem_strdup(is_stdin ? "standard input" : path);
	in->fd = -1;
	in->raw = mem_alloc(RAW_SIZE);
	in->room = 2 * RAW_SIZE;
	in->buf = mem_alloc(in->room);
	if (open_path(in, is_stdin, err) && detect(in, err))
		return in;
	input_close(in);
	return NULL;
}

void input_close(struct input *in)
{
	if (in == NULL)
		return;
	if (in->archive != NULL)
		archive_read_free(in->archive);
	if (in->fd >= 0)
		close(in->fd);
	free(in->raw);
	free(in->buf);
	free(in->path);
	free(in);
}

/* ---- lines ---- */

/*
 * Pass over a line that is too long, keeping none of it. In a growing file one
 * without an end is partial: the next run, too, has to see it from its start.
 */
static enum input_result skip_long(struct input *in, struct line *out, struct err *err)
{
	const char *nl;
	do {
		nl = memchr(in->buf + in->at, '\n', in->len - in->at);
		size_t n = nl != NULL ? (size_t)(nl - (in->buf + in->at)) + 1 : in->len - in->at;
		in->offset += (int64_t)n;
		in->at += n;
		if (nl == NULL && !in->eof && !fill(in, err))
			return INPUT_ERROR;
	} while (nl == NULL && !(in->eof && in->at == in->len));
	out->text = (struct str){ in->buf, 0 };
	out->end = in->offset;
	return nl == NULL && input_is_growing(in) ? INPUT_PARTIAL : INPUT_TOO_LONG;
}

static void hand_out(struct input *in, struct line *out, size_t len, size_t used)
{
	out->text = (struct str){ in->buf + in->at, len };
	if (out->text.len > 0 && out->text.at[out->text.len - 1] == '\r')
		out->text.len--;
	in->at += used;
	in->offset += (int64_t)used;
	out->end = in->offset;
}

enum input_result input_next(struct input *in, struct line *out, struct err *err)
{
	size_t searched = 0;
	for (;;) {
		const char *from = in->buf + in->at;
		size_t have = in->len - in->at;
		const char *nl =
			have > searched ? memchr(from + searched, '\n', have - searched) : NULL;
		size_t len = nl != NULL ? (size_t)(nl - from) : have;
		if (nl == NULL && len <= INPUT_LINE_MAX && !in->eof) {
			searched = have;
			if (!fill(in, err))
				return INPUT_ERROR;
			continue;
		}
		out->offset = in->offset;
		if (nl == NULL && len == 0)
			return INPUT_END;
		out->number = ++in->number;
		if (len > INPUT_LINE_MAX)
			return skip_long(in, out, err);
		if (nl != NULL) {
			hand_out(in, out, len, len + 1);
			return INPUT_LINE;
		}
		hand_out(in, out, len, len);
		return INPUT_PARTIAL;
	}
}

bool input_take(struct input *in, size_t n, struct str *out, struct err *err)
{
	if (n > TAKE_MAX)
		return err_set(err, "%s: a binary field of %zu bytes is too long", in->path, n);
	while (in->len - in->at < n) {
		if (in->eof)
			return err_set(err, "%s: ends within a binary field", in->path);
		if (!fill(in, err))
			return false;
	}
	*out = (struct str){ in->buf + in->at, n };
	in->at += n;
	in->offset += (int64_t)n;
	return true;
}

struct str input_head(struct input *in, struct err *err)
{
	while (in->len - in->at < INPUT_HEAD_MAX && !in->eof && fill(in, err)) {
	}
	size_t have = in->len - in->at;
	return (struct str){ in->buf + in->at, have < INPUT_HEAD_MAX ? have : INPUT_HEAD_MAX };
}

/* ---- go on where an earlier run stopped ---- */

/* The bytes right before the offset: do they end in tail and a line break? */
static bool ends_in(struct str before, struct str tail)
{
	if (before.len > 0 && before.at[before.len - 1] == '\n')
		before.len--;
	if (before.len > tail.len && before.at[before.len - 1] == '\r')
		before.len--;
	return before.len >= tail.len && str_eq(str_skip(before, before.len - tail.len), tail);
}

static bool seek_plain(struct input *in, int64_t offset, struct str tail, struct err *err)
{
	char have[4096];
	int64_t want = (int64_t)tail.len + 2 < offset ? (int64_t)tail.len + 2 : offset;
	ssize_t got = pread(in->fd, have, (size_t)want, (off_t)(offset - want));
	if (got != want || !ends_in((struct str){ have, (size_t)got }, tail))
		return false;
	if (lseek(in->fd, (off_t)offset, SEEK_SET) < 0)
		return err_set(err, "%s: %s", in->path, strerror(errno));
	in->raw_at = offset;
	in->at = in->len = 0;
	in->peeked.len = 0;
	in->eof = false;
	in->offset = offset;
	return true;
}

/* Read up to the offset; the last bytes before it stay in the buffer for the comparison. */
static bool skim(struct input *in, int64_t offset, struct str tail, struct err *err)
{
	int64_t keep = (int64_t)tail.len + 2 < offset ? (int64_t)tail.len + 2 : offset;
	while (in->offset + (int64_t)(in->len - in->at) < offset) {
		int64_t have = (int64_t)(in->len - in->at);
		int64_t drop = have - keep > 0 ? have - keep : 0;
		in->at += (size_t)drop;
		in->offset += drop;
		if (in->eof || !fill(in, err))
			return false;
	}
	const char *at = in->buf + in->at + (offset - in->offset);
	bool same = ends_in((struct str){ at - keep, (size_t)keep }, tail);
	in->at += (size_t)(offset - in->offset);
	in->offset = offset;
	return same;
}

bool input_seek_after(struct input *in, int64_t offset, struct str tail, struct err *err)
{
	*err = (struct err){ "" };
	if (offset < 1 || tail.len > 2048)
		return false;
	if (in->archive == NULL && !in->stream)
		return offset <= in->raw_size && seek_plain(in, offset, tail, err);
	return skim(in, offset, tail, err);
}

bool input_is_growing(const struct input *in)
{
	return in->archive == NULL && !in->stream;
}

int64_t input_raw_size(const struct input *in)
{
	return in->raw_size;
}

int64_t input_raw_position(const struct input *in)
{
	return in->raw_at;
}

int64_t input_mtime_us(const struct input *in)
{
	return in->mtime_us;
}

bool input_is_stream(const struct input *in)
{
	return in->stream;
}
