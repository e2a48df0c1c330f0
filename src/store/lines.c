/*
 * lines.c - the line archive: raw lines in zstd chunks, and entries' references
 * into it (packing: schema/README.md).
 */
#include <stdlib.h>

#include "base/lineref.h"
#include "store/internal.h"

/* ---- writing ---- */

bool chunk_end(struct store *s, struct err *err)
{
	struct chunk_writer *c = &s->chunk;
	if (c->len == 0)
		return true;
	struct job *j = writer_job(s, JOB_CHUNK);
	j->chunk.id = c->id++;
	j->chunk.text = c->text;
	j->chunk.len = c->len;
	c->text = NULL;
	c->len = 0;
	return writer_done(s, err);
}

bool chunk_add(struct store *s, struct str raw, int64_t *chunk, int64_t *offset, struct err *err)
{
	struct chunk_writer *c = &s->chunk;
	if (c->len > 0 && c->len + raw.len + 1 > CHUNK_SIZE && !chunk_end(s, err))
		return false;
	if (c->text == NULL)
		c->text = mem_alloc(raw.len + 1 > CHUNK_SIZE ? raw.len + 1 : CHUNK_SIZE);
	*chunk = c->id;
	*offset = (int64_t)c->len;
	memcpy(c->text + c->len, raw.at, raw.len);
	c->len += raw.len;
	c->text[c->len++] = '\n';
	return true;
}

/* ---- reading ---- */

struct open_chunk {
	int64_t id;
	char *text;
	size_t len;
};

static bool chunk_open(struct store *s, struct open_chunk *c, int64_t id, struct err *err)
{
	if (c->text != NULL && c->id == id)
		return true;
	sqlite3_stmt *stmt =
		store_prepare(s, "SELECT raw_size, data FROM line_chunk WHERE id = ?1", err);
	if (stmt == NULL)
		return false;
	bind_int(stmt, 1, id);
	if (sqlite3_step(stmt) != SQLITE_ROW) {
		sqlite3_reset(stmt);
		return err_set(err,
			       "%s: line chunk %lld is missing; the lines of this entry are lost",
			       s->path, (long long)id);
	}
	int64_t size = sqlite3_column_int64(stmt, 0);
	const void *data = sqlite3_column_blob(stmt, 1);
	size_t packed = (size_t)sqlite3_column_bytes(stmt, 1);
	bool ok = size > 0 && size <= INT64_C(64) * 1024 * 1024;
	free(c->text);
	c->text = ok ? mem_alloc((size_t)size) : NULL;
	c->id = id;
	c->len = ok ? (size_t)size : 0;
	ok = ok && ZSTD_decompress(c->text, c->len, data, packed) == c->len;
	sqlite3_reset(stmt);
	return ok || err_set(err, "%s: line chunk %lld is damaged", s->path, (long long)id);
}

static bool each_line(struct store *s, int64_t entry, struct str refs, store_line_fn *fn, void *arg,
		      struct err *err)
{
	struct open_chunk c = { 0 };
	struct lineref at = { 0 };
	bool ok = true;
	while (ok && refs.len > 0) {
		ok = lineref_take(&refs, &at) ||
		     err_set(err, "%s: the line references of entry %lld are damaged", s->path,
			     (long long)entry);
		ok = ok && chunk_open(s, &c, at.chunk, err);
		if (ok && (at.offset < 0 || (size_t)at.offset >= c.len))
			ok = err_set(err, "%s: a line reference of entry %lld leads nowhere",
				     s->path, (long long)entry);
		if (!ok)
			break;
		const char *text = c.text + at.offset;
		size_t rest = c.len - (size_t)at.offset;
		const char *end = memchr(text, '\n', rest);
		struct store_line line = { entry,
					   { text, end != NULL ? (size_t)(end - text) : rest } };
		fn(arg, &line);
	}
	free(c.text);
	return ok;
}

bool store_lines(struct store *s, int64_t entry, store_line_fn *fn, void *arg, struct err *err)
{
	sqlite3_stmt *stmt = store_prepare(s, "SELECT lines FROM entry WHERE id = ?1", err);
	if (stmt == NULL)
		return false;
	bind_int(stmt, 1, entry);
	struct str refs = { 0 };
	char *copy = NULL;
	if (sqlite3_step(stmt) == SQLITE_ROW) {
		refs.len = (size_t)sqlite3_column_bytes(stmt, 0);
		copy = mem_str((struct str){ sqlite3_column_blob(stmt, 0), refs.len });
		refs.at = copy;
	}
	sqlite3_reset(stmt);
	bool ok = each_line(s, entry, refs, fn, arg, err);
	free(copy);
	return ok;
}
