/*
 * source.c - what ingest keeps about its work: runs, sources (checkpoints),
 * unknown line shapes.
 */
#include "store/internal.h"
#include "store/schema.h"

bool store_run_start(struct store *s, const char *version, int64_t *run, struct err *err)
{
	static const char insert[] = "INSERT INTO run (started_at, version) VALUES (?1, ?2)";
	const struct cell cells[] = { cell_number(clock_now_us()), cell_text(str_of(version)) };
	if (!store_run(s, insert, cells, COUNT(cells), err))
		return false;
	*run = sqlite3_last_insert_rowid(s->db);
	return true;
}

bool store_run_update(struct store *s, int64_t run, int64_t ended_at_us, const struct run_counts *c,
		      struct err *err)
{
	const struct cell cells[] = {
		cell_number(run),          cell_number(ended_at_us != 0 ? ended_at_us : TRACK_NONE),
		cell_number(c->lines),     cell_number(c->bytes),
		cell_number(c->matched),   cell_number(c->not_mail),
		cell_number(c->duplicate), cell_number(c->unmatched),
		cell_number(c->malformed), cell_number(c->too_long),
		cell_number(c->limit_hits)
	};
	return writer_statement(s, schema_store_update_run_sql, cells, COUNT(cells), err);
}

static struct str column_copy(struct arena *a, sqlite3_stmt *stmt, int i)
{
	struct str s = column_str(stmt, i);
	return s.at != NULL ? arena_copy(a, s) : (struct str){ 0 };
}

static void read_source(struct arena *a, sqlite3_stmt *stmt, struct source *out)
{
	out->id = sqlite3_column_int64(stmt, 0);
	out->head = column_copy(a, stmt, 1);
	out->tail = column_copy(a, stmt, 2);
	out->offset = sqlite3_column_int64(stmt, 3);
	out->lines = sqlite3_column_int64(stmt, 4);
	out->matched = sqlite3_column_int64(stmt, 5);
	out->unmatched = sqlite3_column_int64(stmt, 6);
	out->first_at = column_int(stmt, 7);
	out->last_at = column_int(stmt, 8);
	out->host = column_copy(a, stmt, 9);
	out->path = column_copy(a, stmt, 10);
	out->cursor = column_copy(a, stmt, 11);
	sketch_unpack(&out->sketch, column_str(stmt, 12));
}

bool store_source_find(struct store *s, struct arena *a, struct str head, size_t n,
		       struct source *out, struct err *err)
{
	*err = (struct err){ "" };
	sqlite3_stmt *stmt = store_prepare(s, schema_store_select_sources_sql, err);
	if (stmt == NULL)
		return false;
	bool found = false;
	int rc = SQLITE_DONE;
	while (!found && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		struct str have = { sqlite3_column_blob(stmt, 1),
				    (size_t)sqlite3_column_bytes(stmt, 1) };
		if (have.len == 0 || !str_starts(head, have))
			continue;
		found = n-- == 0;
		if (found)
			read_source(a, stmt, out);
	}
	sqlite3_reset(stmt);
	if (!found && rc != SQLITE_DONE)
		return store_err(s, err, "read it");
	return found;
}

bool store_journal_find(struct store *s, struct arena *a, struct str host, struct source *out,
			struct err *err)
{
	*err = (struct err){ "" };
	sqlite3_stmt *stmt = store_prepare(s, schema_store_select_journal_sql, err);
	if (stmt == NULL)
		return false;
	bind_str(stmt, 1, host);
	int rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW)
		read_source(a, stmt, out);
	sqlite3_reset(stmt);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		return store_err(s, err, "read it");
	return rc == SQLITE_ROW;
}

bool store_source_save(struct store *s, struct source *src, struct err *err)
{
	char sketch[SKETCH_BYTES];
	if (src->id == 0)
		src->id = s->next_source++;
	const struct cell cells[] = { cell_number(src->id),
				      cell_text(src->path),
				      cell_text(src->host),
				      cell_bytes(src->head),
				      cell_bytes(src->tail),
				      cell_number(src->offset),
				      cell_number(src->lines),
				      cell_number(src->matched),
				      cell_number(src->unmatched),
				      cell_number(src->first_at),
				      cell_number(src->last_at),
				      cell_number(src->run),
				      cell_text(src->cursor.len > 0 ? STR("journal") : STR("file")),
				      cell_text(src->cursor),
				      cell_bytes(sketch_pack(&src->sketch, sketch)) };
	return writer_statement(s, schema_store_insert_source_sql, cells, COUNT(cells), err);
}

bool store_pending_load(struct store *s, struct arena *a, struct str *data, struct err *err)
{
	sqlite3_stmt *stmt = store_prepare(s, "SELECT data FROM pending WHERE name = 'rules'", err);
	if (stmt == NULL)
		return false;
	int rc = sqlite3_step(stmt);
	*data = rc == SQLITE_ROW ? column_copy(a, stmt, 0) : (struct str){ 0 };
	s->pending = data->len > 0;
	sqlite3_reset(stmt);
	return rc == SQLITE_ROW || rc == SQLITE_DONE || store_err(s, err, "read it");
}

bool store_pending_save(struct store *s, struct str data, struct err *err)
{
	if (data.len == 0 && !s->pending)
		return true;
	static const char save[] =
		"INSERT OR REPLACE INTO pending (name, data) VALUES ('rules', ?1)";
	const struct cell cell = cell_bytes(data);
	s->pending = data.len > 0;
	return writer_statement(s, save, &cell, 1, err);
}

bool store_file_known(struct store *s, const struct file_mark *m, bool *known, struct err *err)
{
	sqlite3_stmt *stmt = store_prepare(s, schema_store_select_file_sql, err);
	if (stmt == NULL)
		return false;
	const int64_t numbers[] = { m->device, m->inode, m->size, m->mtime_ns };
	for (size_t i = 0; i < COUNT(numbers); i++)
		bind_int(stmt, (int)i + 1, numbers[i]);
	int rc = sqlite3_step(stmt);
	*known = rc == SQLITE_ROW;
	sqlite3_reset(stmt);
	return rc == SQLITE_ROW || rc == SQLITE_DONE || store_err(s, err, "read it");
}

bool store_file_finished(struct store *s, const struct file_mark *m, int64_t source,
			 struct err *err)
{
	const struct cell cells[] = { cell_number(m->device), cell_number(m->inode),
				      cell_number(m->size), cell_number(m->mtime_ns),
				      cell_number(source) };
	return store_run(s, schema_store_insert_file_sql, cells, COUNT(cells), err);
}

bool store_unmatched(struct store *s, struct str plugin, struct str shape, struct str example,
		     int64_t count, struct err *err)
{
	const struct cell cells[] = { cell_text(plugin), cell_text(shape), cell_number(count),
				      cell_text(example) };
	return writer_statement(s, schema_store_insert_unmatched_sql, cells, COUNT(cells), err);
}
