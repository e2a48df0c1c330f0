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
	if (p->zstd == NULL)
		p->zstd = ZSTD_createCCtx();
	size_t n = ZSTD_compressCCtx(p->zstd, p->packed, bound, text.at, text.len, CHUNK_LEVEL);
	if (ZSTD_isError(n))
		return err_set(err, "cannot compress lines: %s", ZSTD_getErrorName(n));
	sqlite3_stmt *stmt = store_prepare(
		s, "INSERT INTO line_chunk (id, raw_size, data) VALUES (?1, ?2, ?3)", err);
	if (stmt == NULL)
		return false;
	bind_int(stmt, 1, id);
	bind_int(stmt, 2, (int64_t)text.len);
	sqlite3_bind_blob64(stmt, 3, p->packed, n, SQLITE_STATIC);
	return store_step(s, stmt, err);
}

void chunk_free(struct store *s)
{
	free(s->chunk.text);
	free(s->packer.packed);
	ZSTD_freeCCtx(s->packer.zstd);
}
