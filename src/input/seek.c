/*
 * seek.c - go on where an earlier run stopped, if the content is the same.
 */
#include <errno.h>
#include <unistd.h>

#include "input/internal.h"

/* The bytes right before the offset: do they end in tail and a line break? */
static bool ends_in(struct str before, struct str tail)
{
	if (before.len > 0 && before.at[before.len - 1] == '\n')
		before.len--;
	if (before.len > tail.len && before.at[before.len - 1] == '\r')
		before.len--;
	return before.len >= tail.len && str_eq(str_skip(before, before.len - tail.len), tail);
}

bool input_stands(const struct input *in, int64_t offset, struct str tail)
{
	char have[4096];
	int64_t want = (int64_t)tail.len + 2 < offset ? (int64_t)tail.len + 2 : offset;
	ssize_t got = pread(in->fd, have, (size_t)want, (off_t)(offset - want));
	return got == want && ends_in((struct str){ have, (size_t)got }, tail);
}

static bool seek_plain(struct input *in, int64_t offset, struct str tail, struct err *err)
{
	if (!input_stands(in, offset, tail))
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
		in->is_short = in->eof;
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
	if (in->archive == NULL && !in->stream) {
		in->is_short = offset > in->raw_size;
		return !in->is_short && seek_plain(in, offset, tail, err);
	}
	return skim(in, offset, tail, err);
}

bool input_is_short(const struct input *in)
{
	return in->is_short;
}
