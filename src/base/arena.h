/*
 * arena.h - memory that is given out piece by piece and taken back at once.
 *
 * One arena a batch owns what events point to. Allocation never fails softly:
 * out of memory ends the process with a message, as nothing sensible can be
 * done halfway through a line (the database rolls back by itself).
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/str.h"

struct arena;

struct arena *arena_new(void);
void arena_free(struct arena *a);

/* Take back everything given out; the memory is kept for the next round. */
void arena_reset(struct arena *a);

/* n bytes, aligned for any type, not zeroed. */
void *arena_alloc(struct arena *a, size_t n);

/* A copy of s that lives as long as the arena's round. */
struct str arena_copy(struct arena *a, struct str s);

/*
 * Room for one more than count items of this size: items, or a copy of them twice as large when
 * count is a power of two (items may be NULL when count is 0).
 */
void *arena_grow(struct arena *a, void *items, size_t count, size_t size);

/* malloc family that ends the process with a sentence when memory is gone. */
void *mem_alloc(size_t n);
void *mem_zalloc(size_t n);
void *mem_realloc(void *p, size_t n);
char *mem_strdup(const char *s);
/* NUL-terminated copy of a slice; the caller frees. */
char *mem_str(struct str s);

#endif
