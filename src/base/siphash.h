/*
 * siphash.h - SipHash-2-4 (Aumasson, Bernstein 2012): a keyed pseudorandom function of short texts.
 *
 * Who does not have the key cannot tell the text of a hash, nor try texts against it. For
 * pseudonyms with a key of one run this is all that is needed, and no library that qtrail uses has
 * an HMAC.
 */
#ifndef BASE_SIPHASH_H
#define BASE_SIPHASH_H

#include "base/str.h"

struct siphash_key {
	uint64_t k[2];
};

uint64_t siphash(const struct siphash_key *key, struct str s);

#endif
