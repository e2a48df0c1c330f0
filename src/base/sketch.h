/*
 * sketch.h - a small sample of what a log holds, by which two logs are compared without
 * keeping their lines: the smallest hashes of all lines (bottom-k, A. Broder 1997).
 */
#ifndef BASE_SKETCH_H
#define BASE_SKETCH_H

#include <stdint.h>

#include "base/str.h"

#define SKETCH_MAX 512u
#define SKETCH_BYTES (SKETCH_MAX * sizeof(uint64_t))

/* Zeroed: nothing added yet. */
struct sketch {
	uint32_t count;
	uint64_t at[SKETCH_MAX]; /* ascending, each once */
};

/* Adding the same hash again changes nothing; the order does not matter. */
void sketch_add(struct sketch *s, uint64_t hash);

/* As stored: 8 bytes a hash, low byte first. out has room for SKETCH_BYTES. */
struct str sketch_pack(const struct sketch *s, char *out);
/* False when data is none (*s is empty then). */
bool sketch_unpack(struct sketch *s, struct str data);

/*
 * How many of the smallest hashes of a and b together do both have? *of: how many
 * were looked at, so the quotient estimates the share of all different lines that both logs hold.
 */
size_t sketch_shared(const struct sketch *a, const struct sketch *b, size_t *of);

#endif
