/*
 * chunks.h - all chunks of the line archive, and which of them are referred to.
 */
#ifndef STORE_CHUNKS_H
#define STORE_CHUNKS_H

#include "store/store.h"

struct chunk_info {
	int64_t id, raw_size;
	bool used;
};

/* Zero-initialise; chunks_free gives the memory back. Sixteen bytes or so a chunk of 128 KB. */
struct chunks {
	struct chunk_info *at; /* by id */
	size_t count;
};

bool chunks_load(struct store *s, struct chunks *c, struct err *err);
void chunks_clear(struct chunks *c);

/* NULL: there is none of this id. */
struct chunk_info *chunks_find(const struct chunks *c, int64_t id);

/*
 * Mark what an entry's packed references (entry.lines) refer to. A reference that leads nowhere is
 * passed over and counted in *bad (NULL: not counted): no such chunk, an offset beyond it, or no
 * reference at all.
 */
void chunks_mark(const struct chunks *c, struct str refs, int64_t *bad);

#endif
