/*
 * lineref.h - references to archived lines, packed as an entry keeps them
 * (schema/README.md, "Lines of an entry").
 *
 * Each is varint(zigzag(chunk - last chunk)) varint(zigzag(offset)), the offset relative to the
 * last one within the same chunk. varint: seven bits a byte, low ones first, the top bit set on all
 * but the last.
 */
#ifndef BASE_LINEREF_H
#define BASE_LINEREF_H

#include <stdint.h>

#include "base/str.h"

#define LINEREF_MAX 20u /* bytes of one packed reference */

/* The reference packed or read last; zero before the first. */
struct lineref {
	int64_t chunk, offset;
};

/* Pack the reference after *last, which becomes it. Returns the bytes used. */
size_t lineref_pack(unsigned char out[LINEREF_MAX], struct lineref *last, struct lineref next);

/* Take the next reference off refs into *last. False when refs is damaged. */
bool lineref_take(struct str *refs, struct lineref *last);

#endif
