/*
 * check.c - what can be wrong with a database, each in a sentence.
 *
 * Promises: nothing that stands in the file can end a check early; each step that cannot be read
 * says so and leaves the way to the next.
 */
#include "store/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "store/chunks.h"
#include "store/internal.h"
#include "store/schema.h"

#define SHOWN 10 /* findings of one kind */
#define DAMAGED "restore the database, or move it away and ingest the logs again"

struct checker {
	struct store *s;
	store_check_fn *fn;
	void *arg;
	struct check_counts *counts;
};

__attribute__((format(printf, 2, 3))) static void found(struct checker *c, const char *fmt, ...)
{
	char text[1024];
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	size_t len = n < 0 ? 0 : (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1;
	c->counts->findings++;
	c->fn(c->arg, (struct str){ text, len });
}

/* A statement of this check; NULL: why was said. */
static sqlite3_stmt *ask(struct checker *c, const char *sql, const char *what)
{
	sqlite3_stmt *stmt = NULL;
	if (sqlite3_prepare_v2(c->s->db, sql, -1, &stmt, NULL) == SQLITE_OK)
		return stmt;
	found(c, "%s cannot be checked (%s); " DAMAGED, what, sqlite3_errmsg(c->s->db));
	return NULL;
}

/* The next row. At the end, or when it cannot be read, the statement is gone. */
static bool next(struct checker *c, sqlite3_stmt *stmt, const char *what)
{
	int rc = stmt != NULL ? sqlite3_step(stmt) : SQLITE_DONE;
	if (rc == SQLITE_ROW)
		return true;
	if (rc != SQLITE_DONE)
		found(c, "%s cannot be read to the end (%s); " DAMAGED, what,
		      sqlite3_errmsg(c->s->db));
	sqlite3_finalize(stmt);
	return false;
}

static const char *text(sqlite3_stmt *row, int column)
{
	const char *t = (const char *)sqlite3_column_text(row, column);
	return t != NULL ? t : "(nothing)";
}

/* ---- the file ---- */

static void check_file(struct checker *c)
{
	static const char what[] = "the file";
	sqlite3_stmt *row = ask(c, "PRAGMA integrity_check(10)", what);
	while (next(c, row, what)) {
		if (strcmp(text(row, 0), "ok") != 0)
			found(c, "the file is damaged (%s); " DAMAGED, text(row, 0));
	}
}

/* What a new database of this version has. NULL: it could not be made. */
static sqlite3 *fresh_database(void)
{
	sqlite3 *db = NULL;
	bool ok = sqlite3_open(":memory:", &db) == SQLITE_OK && address_functions(db);
	for (size_t i = 0; ok && store_schema[i] != NULL; i++)
		ok = sqlite3_exec(db, store_schema[i], NULL, NULL, NULL) == SQLITE_OK;
	if (ok)
		return db;
	sqlite3_close(db);
	return NULL;
}

static void check_part(struct checker *c, const char *type, const char *name)
{
	sqlite3_stmt *row =
		ask(c, "SELECT count(*) FROM sqlite_schema WHERE type = ?1 AND name = ?2",
		    "the schema");
	if (row == NULL)
		return;
	sqlite3_bind_text(row, 1, type, -1, SQLITE_STATIC);
	sqlite3_bind_text(row, 2, name, -1, SQLITE_STATIC);
	if (!next(c, row, "the schema"))
		return;
	bool missing = sqlite3_column_int64(row, 0) == 0;
	sqlite3_finalize(row);
	if (missing && strcmp(type, "table") == 0)
		found(c, "table %s is missing; " DAMAGED, name);
	else if (missing)
		found(c, "%s %s is missing; the next `qtrail ingest` makes it", type, name);
}

static void check_schema(struct checker *c)
{
	sqlite3 *db = fresh_database();
	sqlite3_stmt *row = NULL;
	if (db != NULL)
		sqlite3_prepare_v2(db,
				   "SELECT type, name FROM sqlite_schema WHERE name NOT LIKE "
				   "'sqlite%' ORDER BY type, name",
				   -1, &row, NULL);
	while (row != NULL && sqlite3_step(row) == SQLITE_ROW)
		check_part(c, text(row, 0), text(row, 1));
	sqlite3_finalize(row);
	sqlite3_close(db);
}

/* ---- references between rows ---- */

static void check_references(struct checker *c)
{
	static const char what[] = "references between tables";
	sqlite3_stmt *row = ask(c,
				"SELECT \"table\", parent, count(*), min(rowid) FROM "
				"pragma_foreign_key_check GROUP BY 1, 2",
				what);
	while (next(c, row, what)) {
		const char *table = text(row, 0), *parent = text(row, 1);
		found(c,
		      "%lld row(s) of table %s refer to a row of table %s that is not there (one "
		      "has "
		      "the id %lld); their mail cannot be shown whole: restore the database, or "
		      "delete them",
		      (long long)sqlite3_column_int64(row, 2), table, parent,
		      (long long)sqlite3_column_int64(row, 3));
	}
}

static void check_rows(struct checker *c)
{
	static const char what[] = "what rows say of themselves";
	sqlite3_stmt *row = ask(c, schema_check_rows_sql, what);
	while (next(c, row, what)) {
		if (sqlite3_column_int64(row, 1) > 0)
			found(c, "%lld %s (one has the id %lld)",
			      (long long)sqlite3_column_int64(row, 1), text(row, 0),
			      (long long)sqlite3_column_int64(row, 2));
	}
	static const char words[] = "the words of states";
	row = ask(c, schema_check_words_sql, words);
	while (next(c, row, words))
		found(c,
		      "%lld row(s) have the word \"%s\" in %s, which this qtrail does not know "
		      "(one "
		      "has the id %lld); it comes from a plugin or a newer version: see "
		      "`qtrail parsers --check`, or is damage",
		      (long long)sqlite3_column_int64(row, 2), text(row, 1), text(row, 0),
		      (long long)sqlite3_column_int64(row, 3));
}

/* ---- the line archive ---- */

/* What entries refer to. */
static void mark_entries(struct checker *c, const struct chunks *chunks)
{
	static const char what[] = "the references of entries to their lines";
	int64_t entries = 0, one = 0;
	sqlite3_stmt *row = ask(c, "SELECT id, lines FROM entry", what);
	while (next(c, row, what)) {
		struct str refs = { sqlite3_column_blob(row, 1),
				    (size_t)sqlite3_column_bytes(row, 1) };
		int64_t bad = 0;
		chunks_mark(chunks, refs, &bad);
		c->counts->entries++;
		one = entries == 0 && bad > 0 ? sqlite3_column_int64(row, 0) : one;
		entries += bad > 0;
	}
	if (entries > 0)
		found(c,
		      "%lld entries refer to raw lines that are not there (one has the id %lld); "
		      "all "
		      "else of them is as it was: restore the database if the lines matter",
		      (long long)entries, (long long)one);
}

static void mark_rejects(struct checker *c, const struct chunks *chunks)
{
	static const char what[] = "the references of rejects to their lines";
	sqlite3_stmt *row =
		ask(c, "SELECT DISTINCT chunk FROM reject WHERE chunk IS NOT NULL", what);
	while (next(c, row, what)) {
		struct chunk_info *one = chunks_find(chunks, sqlite3_column_int64(row, 0));
		if (one != NULL)
			one->used = true;
	}
	row = ask(c, schema_check_reject_lines_sql, what);
	while (next(c, row, what)) {
		if (sqlite3_column_int64(row, 0) > 0)
			found(c,
			      "%lld rejects refer to a raw line that is not there (one has the id "
			      "%lld); all else of them is as it was: restore the database if the "
			      "lines matter",
			      (long long)sqlite3_column_int64(row, 0),
			      (long long)sqlite3_column_int64(row, 1));
	}
}

/* Does a chunk decompress to what it says, lines ended by newlines? */
static bool is_whole(const void *data, size_t packed, int64_t raw_size, char **room, size_t *has)
{
	if (raw_size < 1 || raw_size > CHUNK_RAW_MAX || data == NULL)
		return false;
	if (*has < (size_t)raw_size) {
		*room = mem_realloc(*room, (size_t)raw_size);
		*has = (size_t)raw_size;
	}
	size_t n = ZSTD_decompress(*room, (size_t)raw_size, data, packed);
	return n == (size_t)raw_size && (*room)[raw_size - 1] == '\n';
}

static void check_chunks(struct checker *c)
{
	static const char what[] = "the line archive";
	char *room = NULL;
	size_t has = 0;
	int64_t bad = 0;
	sqlite3_stmt *row = ask(c, "SELECT id, raw_size, data FROM line_chunk", what);
	while (next(c, row, what)) {
		c->counts->chunks++;
		if (is_whole(sqlite3_column_blob(row, 2), (size_t)sqlite3_column_bytes(row, 2),
			     sqlite3_column_int64(row, 1), &room, &has))
			continue;
		if (bad++ < SHOWN)
			found(c,
			      "line chunk %lld does not decompress to its %lld bytes; `qtrail "
			      "trace "
			      "--lines` fails for entries in it, all else is as it was: restore "
			      "the "
			      "database if the lines matter",
			      (long long)sqlite3_column_int64(row, 0),
			      (long long)sqlite3_column_int64(row, 1));
	}
	free(room);
	if (bad > SHOWN)
		found(c, "%lld more line chunks are damaged like that", (long long)(bad - SHOWN));
}

static void check_lines(struct checker *c)
{
	struct chunks chunks = { 0 };
	struct err err = { "" };
	int64_t orphans = 0, one = 0;
	if (!chunks_load(c->s, &chunks, &err)) {
		found(c, "the line archive cannot be read (%s)", err.text);
		chunks_clear(&chunks);
		return;
	}
	mark_entries(c, &chunks);
	mark_rejects(c, &chunks);
	check_chunks(c);
	for (size_t i = 0; i < chunks.count; i++) {
		one = orphans == 0 && !chunks.at[i].used ? chunks.at[i].id : one;
		orphans += !chunks.at[i].used;
	}
	if (orphans > 0)
		found(c,
		      "nothing refers to %lld line chunk(s) (one has the id %lld), as after a "
		      "prune "
		      "that was killed; the next `qtrail prune` deletes them",
		      (long long)orphans, (long long)one);
	chunks_clear(&chunks);
}

void store_check(struct store *s, store_check_fn *fn, void *arg, struct check_counts *counts)
{
	struct checker c = { s, fn, arg, counts };
	*counts = (struct check_counts){ 0 };
	/* one moment, while others write; when even that cannot be read, the steps say so */
	sqlite3_exec(s->db, "PRAGMA cache_size = -65536; BEGIN", NULL, NULL, NULL);
	check_file(&c);
	check_schema(&c);
	check_references(&c);
	check_rows(&c);
	check_lines(&c);
	if (sqlite3_get_autocommit(s->db) == 0)
		sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
}
