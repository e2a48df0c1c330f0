/*
 * hash.h - uthash with a quicker hash function than its own: eight bytes a
 * step. Like uthash's it is not keyed: tables over attacker-chosen text are bounded in number
 * of entries, which bounds what colliding keys can cost.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stdint.h>
#include <string.h>

static inline uint64_t hash_step(uint64_t h, uint64_t word)
{
	h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
	return h ^ (h >> 32);
}

static inline uint64_t hash_from(uint64_t h, const void *key, size_t len)
{
	const char *at = key;
	uint64_t word;
	for (; len >= sizeof(word); len -= sizeof(word), at += sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		h = hash_step(h, word);
	}
	if (len > 0) {
		word = 0;
		memcpy(&word, at, len);
		h = hash_step(h, word);
	}
	return h ^ (h >> 29);
}

static inline unsigned hash_bytes(const void *key, size_t len)
{
	return (unsigned)hash_from(len, key, len);
}

#define HASH_FUNCTION(key, len, value) ((value) = hash_bytes((key), (len)))
#include <uthash.h>

/* uthash lets chains grow to ten, and each step along one is a cache miss. */
#undef HASH_BKT_CAPACITY_THRESH
#define HASH_BKT_CAPACITY_THRESH 4U

#endif
