/*
 * chunks.c - a table of the chunks of the line archive.
 */
#include "store/chunks.h"

#include <stdlib.h>

#include "base/lineref.h"
#include "store/internal.h"

bool chunks_load(struct store *s, struct chunks *c, struct err *err)
{
	size_t room = 0;
	int rc;
	sqlite3_stmt *row =
		store_prepare(s, "SELECT id, raw_size FROM line_chunk ORDER BY id", err);
	if (row == NULL)
		return false;
	while ((rc = sqlite3_step(row)) == SQLITE_ROW) {
		if (c->count == room) {
			room = room > 0 ? room * 2 : 256;
			c->at = mem_realloc(c->at, room * sizeof(*c->at));
		}
		c->at[c->count++] = (struct chunk_info){ sqlite3_column_int64(row, 0),
							 sqlite3_column_int64(row, 1), false };
	}
	sqlite3_reset(row);
	return rc == SQLITE_DONE || store_err(s, err, "read it");
}

void chunks_clear(struct chunks *c)
{
	free(c->at);
	*c = (struct chunks){ 0 };
}

struct chunk_info *chunks_find(const struct chunks *c, int64_t id)
{
	size_t low = 0, high = c->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (c->at[middle].id == id)
			return &c->at[middle];
		if (c->at[middle].id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

void chunks_mark(const struct chunks *c, struct str refs, int64_t *bad)
{
	struct lineref at = { 0 };
	struct chunk_info *last = NULL;
	int64_t nowhere = 0;
	while (refs.len > 0) {
		if (!lineref_take(&refs, &at)) {
			nowhere++;
			break;
		}
		if (last == NULL || last->id != at.chunk)
			last = chunks_find(c, at.chunk);
		if (last == NULL || at.offset < 0 || at.offset >= last->raw_size)
			nowhere++;
		if (last != NULL)
			last->used = true;
	}
	if (bad != NULL)
		*bad += nowhere;
}
