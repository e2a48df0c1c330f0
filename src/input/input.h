/*
 * input.h - bytes to lines: files (plain or compressed), standard input.
 *
 * Compression is detected by content (libarchive filters gzip, bzip2, xz,
 * zstd, lz4) and streamed in constant memory. Offsets count decompressed
 * bytes, so a log keeps its offsets when it is compressed later.
 */
#ifndef INPUT_INPUT_H
#define INPUT_INPUT_H

#include "base/err.h"
#include "base/str.h"

struct input;
struct stat;

/* The longest line handed out; a longer one is skipped and reported as too long. */
#define INPUT_LINE_MAX ((size_t)65536)

/* How much of the decompressed head identifies a file (see input_head). */
#define INPUT_HEAD_MAX ((size_t)4096)

struct line {
	struct str text; /* without the newline (and a CR before it); valid until the next call */
	int64_t offset;  /* of its first byte, in decompressed bytes from the start of the source */
	int64_t end;     /* of the byte after its newline */
	int64_t number;  /* 1 for the first line since input_open (or since input_seek_after) */
};

enum input_result {
	INPUT_LINE,     /* *out is a line */
	INPUT_TOO_LONG, /* a line longer than INPUT_LINE_MAX was passed over; offset/end/number are
			   set */
	/*
	 * The last line has no newline (yet); text is what there is, and empty for one
	 * longer than INPUT_LINE_MAX in a growing file. Then INPUT_END.
	 */
	INPUT_PARTIAL,
	INPUT_END,
	INPUT_ERROR /* *err says what; everything handed out before stays valid data */
};

/*
 * Open path for reading; "-" is standard input. Refuses directories and says
 * so. NULL with *err filled when it cannot be read. Free with input_close.
 */
struct input *input_open(const char *path, struct err *err);
void input_close(struct input *in);

/*
 * The same; a stream ends when wake_fd (-1: none) becomes readable, so that a signal can end the
 * waiting.
 */
struct input *input_open_until(const char *path, int wake_fd, struct err *err);

/* Lines of a pipe; name is for messages. Takes fd over. */
struct input *input_open_stream(int fd, const char *name, int wake_fd);

/*
 * From now on the end is where the source ends for now: input_next answers INPUT_END, without
 * waiting, keeps what there is of a last line, and goes on when called again. For plain files and
 * streams.
 */
void input_follow(struct input *in);

/* The next line. After INPUT_ERROR or INPUT_END the answer stays the same. */
enum input_result input_next(struct input *in, struct line *out, struct err *err);

/*
 * Exactly n raw bytes after the last line handed out (for formats whose
 * records hold length-prefixed binary data). n may be up to 16 MiB. False when the source ends
 * first or on error. Valid until the next call on in.
 */
bool input_take(struct input *in, size_t n, struct str *out, struct err *err);

/*
 * The first bytes of the decompressed source, up to INPUT_HEAD_MAX; may be
 * called at any time before or between lines, and consumes nothing. Owned by in.
 */
struct str input_head(struct input *in, struct err *err);

/*
 * Go on at this decompressed offset (only right after input_open/input_head,
 * before the first line). Seeks plain files, skims compressed ones. tail is the
 * end of the line before the offset, without its line break. False when the source is shorter, or
 * another text stands there: then it is a different file (err->text is empty), or on
 * a failure (*err). Close and open it again after false.
 */
bool input_seek_after(struct input *in, int64_t offset, struct str tail, struct err *err);

/* After false: is it because the source ends before the offset? */
bool input_is_short(const struct input *in);

/*
 * Does a plain file still hold tail and a line break right before offset? False after a
 * copytruncate.
 */
bool input_stands(const struct input *in, int64_t offset, struct str tail);

/* fstat(2) of what is open. */
bool input_stat(const struct input *in, struct stat *out);

/* A followed stream: is its writer gone? And what to poll(2). */
bool input_hung_up(const struct input *in);
int input_fd(const struct input *in);

/* Is it a plain file, whose last line may still be written to? */
bool input_is_growing(const struct input *in);

/* Facts for a progress bar and for year inference. */
int64_t input_raw_size(const struct input *in);     /* bytes on disk; -1 for pipes */
int64_t input_raw_position(const struct input *in); /* bytes read of these */
int64_t input_mtime_us(const struct input *in);     /* modification time, now for pipes */
bool input_is_stream(const struct input *in);       /* standard input or a pipe: no checkpoint */

#endif
