/*
 * sketch.c - see sketch.h.
 */
#include "base/sketch.h"

#include <string.h>

void sketch_add(struct sketch *s, uint64_t hash)
{
	if (s->count == SKETCH_MAX && hash >= s->at[SKETCH_MAX - 1])
		return;
	uint32_t low = 0, high = s->count;
	while (low < high) {
		uint32_t middle = (low + high) / 2;
		if (s->at[middle] < hash)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < s->count && s->at[low] == hash)
		return;
	if (s->count < SKETCH_MAX)
		s->count++;
	memmove(s->at + low + 1, s->at + low, (s->count - low - 1) * sizeof(*s->at));
	s->at[low] = hash;
}

struct str sketch_pack(const struct sketch *s, char *out)
{
	size_t n = 0;
	for (uint32_t i = 0; i < s->count; i++) {
		for (unsigned k = 0; k < sizeof(*s->at); k++)
			out[n++] = (char)(s->at[i] >> (8 * k) & 0xff);
	}
	return (struct str){ out, n };
}

bool sketch_unpack(struct sketch *s, struct str data)
{
	memset(s, 0, sizeof(*s));
	if (data.len > SKETCH_BYTES || data.len % sizeof(*s->at) != 0)
		return false;
	for (size_t i = 0; i < data.len / sizeof(*s->at); i++) {
		uint64_t hash = 0;
		for (size_t k = sizeof(hash); k-- > 0;)
			hash = hash << 8 | (unsigned char)data.at[i * sizeof(hash) + k];
		sketch_add(s, hash);
	}
	return true;
}

size_t sketch_shared(const struct sketch *a, const struct sketch *b, size_t *of)
{
	size_t i = 0, k = 0, both = 0, n = 0;
	while (n < SKETCH_MAX && (i < a->count || k < b->count)) {
		bool from_a = k == b->count || (i < a->count && a->at[i] <= b->at[k]);
		bool from_b = i == a->count || (k < b->count && b->at[k] <= a->at[i]);
		both += from_a && from_b;
		i += from_a;
		k += from_b;
		n++;
		/* beyond what a full sample knows nothing can be said */
		if ((i == SKETCH_MAX && i == a->count) || (k == SKETCH_MAX && k == b->count))
			break;
	}
	*of = n;
	return both;
}
