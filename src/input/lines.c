/*
 * lines.c - lines, and raw bytes between them, of what fill.c reads.
 *
 * Promises: no line is longer than INPUT_LINE_MAX; one that is costs no memory.
 */
#include "input/internal.h"

#define TAKE_MAX ((size_t)16 * 1024 * 1024)

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
	in->passing = nl == NULL && in->follow;
	if (in->passing) {
		in->eof = false;
		return INPUT_END;
	}
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

/* Nothing more for now; what there is of a line stays, for the next call. */
static enum input_result pause_here(struct input *in)
{
	in->eof = false;
	return INPUT_END;
}

enum input_result input_next(struct input *in, struct line *out, struct err *err)
{
	size_t searched = 0;
	if (in->passing) {
		*out = (struct line){ .offset = in->long_at, .number = in->number };
		return skip_long(in, out, err);
	}
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
		if (nl == NULL && in->follow && len <= INPUT_LINE_MAX)
			return pause_here(in);
		if (nl == NULL && len == 0)
			return INPUT_END;
		out->number = ++in->number;
		if (len > INPUT_LINE_MAX) {
			in->long_at = in->offset;
			return skip_long(in, out, err);
		}
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
	in->binary = true;
	while (in->len - in->at < n) {
		if (in->eof)
			return err_set(err, "%s: ends within a binary field", in->path);
		if (!fill(in, err))
			return false;
	}
	in->binary = false;
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
