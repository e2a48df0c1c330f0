/*
 * pack.c - full chunks of lines, compressed, to table line_chunk.
 */
#include <stdlib.h>

#include "store/internal.h"

bool chunk_write(struct store *s, int64_t id, struct str text, struct err *err)
{
	struct chunk_packer *p = &s->packer;
	size_t bound = ZSTD_compressBound(text.len);
	if (bound > p->packed_room) {
		p->packed = mem_realloc(p->packed, bound);
		p->packed_room = bound;
	}
	if (p->zstd == NULL) {
		p->zstd = ZSTD_createCCtx();
		ZSTD_CCtx_setParameter(p->zstd, ZSTD_c_compressionLevel, CHUNK_LEVEL);
		/* lines are evidence: `qtrail check` tells whether they are what was read */
		ZSTD_CCtx_setParameter(p->zstd, ZSTD_c_checksumFlag, 1);
	}
	size_t n = ZSTD_compress2(p->zstd, p->packed, bound, text.at, text.len);
	if (ZSTD_isError(n))
		return err_set(err, "cannot compress lines: %s", ZSTD_getErrorName(n));
	static const char insert[] =
		"INSERT INTO line_chunk (id, raw_size, data) VALUES (?1, ?2, ?3)";
	const struct cell cells[] = { cell_number(id), cell_number((int64_t)text.len),
				      cell_bytes((struct str){ p->packed, n }) };
	return store_run(s, insert, cells, COUNT(cells), err);
}

void chunk_free(struct store *s)
{
	free(s->chunk.text);
	free(s->packer.packed);
	ZSTD_freeCCtx(s->packer.zstd);
}
