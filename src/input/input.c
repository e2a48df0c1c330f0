/*
 * input.c - lines of a plain or compressed source.
 *
 * Promises: constant memory whatever the source holds; a damaged compressed
 * file gives all lines before the damage, then an error; no program is ever
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

struct input {
	char *path;
	int fd;
	bool stream;
	int64_t raw_size, raw_at, mtime_us;
	struct archive *archive; /* NULL: plain */
	char *raw;		 /* what libarchive reads from */
	bool raw_peeked;	 /* a stream's first bytes wait in raw */
	size_t raw_len;
	char *buf; /* decompressed bytes; [at, len) not yet handed out */
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
	ssize_t got;
	*out = in->raw;
	if (in->raw_peeked) {
		in->raw_peeked = false;
		return (la_ssize_t)in->raw_len;
	}
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
	*err = in->why;
	return false;
}

/* More bytes into buf. False on error; in->eof at the end. */
static bool fill(struct input *in, struct err *err)
{
	if (in->failed) {
		*err = in->why;
		return false;
	}
	if (in->at > 0) {
		memmove(in->buf, in->buf + in->at, in->len - in->at);
		in->len -= in->at;
		in->at = 0;
	}
	if (in->len == in->room) {
		in->room *= 2;
		in->buf = mem_realloc(in->buf, in->room);
	}
	if (in->archive == NULL && in->raw_peeked) {
		if (in->room - in->len < in->raw_len) {
			in->room += in->raw_len;
			in->buf = mem_realloc(in->buf, in->room);
		}
		memcpy(in->buf + in->len, in->raw, in->raw_len);
		in->len += in->raw_len;
		in->raw_peeked = false;
		return true;
	}
	la_ssize_t got = in->archive == NULL
				 ? read_raw(in, in->buf + in->len, in->room - in->len)
				 : archive_read_data(in->archive, in->buf + in->len,
						     in->room - in->len);
	if (got < 0) {
		const char *why = in->archive != NULL ? archive_error_string(in->archive)
						      : strerror(errno);
		return fail(in, err, why != NULL ? why : "damaged data");
	}
	in->len += (size_t)got;
	in->eof = got == 0;
	return true;
}

/* ---- open ---- */

static bool open_path(struct input *in, struct err *err)
{
	struct stat st;
	bool is_stdin = strcmp(in->path, "-") == 0;
	in->fd = is_stdin ? dup(STDIN_FILENO) : open(in->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (in->fd < 0)
		return err_set(err, "%s: %s", in->path, strerror(errno));
	if (fstat(in->fd, &st) != 0)
		return err_set(err, "%s: %s", in->path, strerror(errno));
	if (S_ISDIR(st.st_mode))
		return err_set(err, "%s: is a directory; name the files in it", in->path);
	in->stream = is_stdin || !S_ISREG(st.st_mode);
	in->raw_size = in->stream ? -1 : (int64_t)st.st_size;
	in->mtime_us = in->stream ? clock_now_us()
				  : (int64_t)st.st_mtim.tv_sec * US_PER_S + st.st_mtim.tv_nsec / 1000;
	return true;
}

/* Does the peeked head belong to a compressed file? Then in->archive reads it. */
static bool open_archive(struct input *in, struct err *err)
{
	struct archive *a = archive_read_new();
	struct archive_entry *entry;
	if (a == NULL)
		return err_set(err, "%s: out of memory", in->path);
	archive_read_support_filter_gzip(a);
	archive_read_support_filter_bzip2(a);
	archive_read_support_filter_xz(a);
	archive_read_support_filter_lzma(a);
	archive_read_support_filter_zstd(a);
	archive_read_support_filter_lz4(a);
	archive_read_support_format_raw(a);
	bool opened = archive_read_open(a, in, NULL, archive_take, NULL) == ARCHIVE_OK &&
		      archive_read_next_header(a, &entry) == ARCHIVE_OK;
	if (opened && archive_filter_code(a, 0) != ARCHIVE_FILTER_NONE) {
		in->archive = a;
		return true;
	}
	archive_read_free(a);
	return false;
}

static bool detect(struct input *in, struct err *err)
{
	/* gzip 1f8b, bzip2 BZh, xz fd377a58, lzma 5d0000, zstd 28b52ffd, lz4 04224d18: a log line
	 * starts with none of these, so only such heads are shown to libarchive. */
	static const char *const magic[] = { "\x1f\x8b", "BZh", "\xfd" "7zX", "\x5d\0\0",
					     "\x28\xb5\x2f\xfd", "\x04\x22\x4d\x18" };
	static const size_t magic_len[] = { 2, 3, 4, 3, 4, 4 };
	ssize_t got = read_raw(in, in->raw, RAW_SIZE);
	if (got < 0)
		return err_set(err, "%s: %s", in->path, strerror(errno));
	in->raw_len = (size_t)got;
	in->raw_peeked = got > 0;
	for (size_t i = 0; i < sizeof(magic) / sizeof(magic[0]); i++) {
		if (in->raw_len < magic_len[i] || memcmp(in->raw, magic[i], magic_len[i]) != 0)
			continue;
		if (open_archive(in, err))
			return true;
		return err_set(err,
			       "%s: looks compressed, but its head is damaged; nothing was read",
			       in->path);
	}
	return true;
}

struct input *input_open(const char *path, struct err *err)
{
	struct input *in = mem_zalloc(sizeof(*in));
	in->path = mem_strdup(path);
	in->fd = -1;
	in->raw = mem_alloc(RAW_SIZE);
	in->room = 2 * RAW_SIZE;
	in->buf = mem_alloc(in->room);
	if (open_path(in, err) && detect(in, err))
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

/* Pass over a line that is too long, keeping none of it. */
static enum input_result skip_long(struct input *in, struct line *out, struct err *err)
{
	for (;;) {
		const char *nl = memchr(in->buf + in->at, '\n', in->len - in->at);
		size_t n = nl != NULL ? (size_t)(nl - (in->buf + in->at)) + 1 : in->len - in->at;
		in->offset += (int64_t)n;
		in->at += n;
		if (nl != NULL || in->eof)
			break;
		if (!fill(in, err))
			return INPUT_ERROR;
	}
	out->end = in->offset;
	return INPUT_TOO_LONG;
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
		const char *nl = have > searched ? memchr(from + searched, '\n', have - searched) : NULL;
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
	return before.len >= tail.len &&
	       str_eq(str_skip(before, before.len - tail.len), tail);
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
	in->raw_peeked = false;
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
