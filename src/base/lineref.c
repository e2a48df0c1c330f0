/*
 * lineref.c - packed references to archived lines.
 *
 * Promises: reads nothing beyond the slice, whatever the bytes are; a sum beyond 64 bits wraps,
 * and such a reference leads nowhere.
 */
#include "base/lineref.h"

static size_t put(unsigned char *out, int64_t value)
{
	uint64_t v = ((uint64_t)value << 1) ^ (value < 0 ? UINT64_MAX : 0);
	size_t n = 0;
	for (; v >= 0x80; v >>= 7)
		out[n++] = (unsigned char)(v | 0x80);
	out[n++] = (unsigned char)v;
	return n;
}

size_t lineref_pack(unsigned char out[LINEREF_MAX], struct lineref *last, struct lineref next)
{
	int64_t step = next.chunk - last->chunk;
	size_t n = put(out, step);
	n += put(out + n, step == 0 ? next.offset - last->offset : next.offset);
	*last = next;
	return n;
}

static bool take(struct str *refs, int64_t *out)
{
	uint64_t v = 0;
	for (unsigned shift = 0; shift < 64 && refs->len > 0; shift += 7) {
		unsigned char b = (unsigned char)refs->at[0];
		*refs = str_skip(*refs, 1);
		v |= (uint64_t)(b & 0x7f) << shift;
		if ((b & 0x80) == 0) {
			*out = (int64_t)(v >> 1) ^ -(int64_t)(v & 1);
			return true;
		}
	}
	return false;
}

bool lineref_take(struct str *refs, struct lineref *last)
{
	int64_t step = 0, to = 0;
	if (!take(refs, &step) || !take(refs, &to))
		return false;
	last->offset = step == 0 ? (int64_t)((uint64_t)last->offset + (uint64_t)to) : to;
	last->chunk = (int64_t)((uint64_t)last->chunk + (uint64_t)step);
	return true;
}
