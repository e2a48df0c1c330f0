/*
 * input.c - open a plain or compressed source, and facts about it.
 *
 * Promises: compression is found out by content; no program is ever started to
 * decompress (only filters built into libarchive are allowed).
 */
#include "input/input.h"

#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "input/internal.h"

#define MAGIC_MAX 6 /* bytes that tell any compression */

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

static struct input *input_new(const char *name, int wake_fd)
{
	struct input *in = mem_zalloc(sizeof(*in));
	in->path = mem_strdup(name);
	in->fd = -1;
	in->wake_fd = wake_fd;
	in->raw = mem_alloc(RAW_SIZE);
	in->room = 2 * INPUT_LINE_MAX; /* little: lines are looked at again while in the cache */
	in->buf = mem_alloc(in->room);
	return in;
}

struct input *input_open_until(const char *path, int wake_fd, struct err *err)
{
	bool is_stdin = strcmp(path, "-") == 0;
	struct input *in = input_new(is_stdin ? "standard input" : path, wake_fd);
	if (open_path(in, is_stdin, err) && detect(in, err))
		return in;
	input_close(in);
	return NULL;
}

struct input *input_open(const char *path, struct err *err)
{
	return input_open_until(path, -1, err);
}

struct input *input_open_stream(int fd, const char *name, int wake_fd)
{
	struct input *in = input_new(name, wake_fd);
	in->fd = fd;
	in->stream = true;
	in->raw_size = -1;
	in->mtime_us = clock_now_us();
	return in;
}

void input_follow(struct input *in)
{
	in->follow = true;
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

bool input_stat(const struct input *in, struct stat *out)
{
	return fstat(in->fd, out) == 0;
}

bool input_hung_up(const struct input *in)
{
	return in->hung_up;
}

int input_fd(const struct input *in)
{
	return in->fd;
}
