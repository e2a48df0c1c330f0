/*
 * sql.c - statements: prepared once, bound, stepped, and their errors as sentences.
 *
 * Whoever uses the connection first waits for a writer that uses it (store.settle).
 */
#include "store/internal.h"

bool store_err_of(const struct store *s, sqlite3 *db, struct err *err, const char *doing)
{
	int code = sqlite3_extended_errcode(db);
	const char *cure = "";
	switch (code & 0xff) {
	case SQLITE_FULL:
		cure = "; free some space and run it again: what was committed is kept";
		break;
	case SQLITE_BUSY:
		cure = "; another process has it locked: try again later";
		break;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		cure = "; restore it, or move it away and ingest the logs again";
		break;
	case SQLITE_READONLY:
	case SQLITE_CANTOPEN:
		cure = "; check the permissions of the file and its directory";
		break;
	default:
		break;
	}
	return err_set(err, "%s: cannot %s: %s%s", s->path, doing, sqlite3_errmsg(db), cure);
}

bool store_err(const struct store *s, struct err *err, const char *doing)
{
	return store_err_of(s, s->db, err, doing);
}

bool store_exec(struct store *s, const char *sql, struct err *err)
{
	if (s->settle != NULL && !s->settle(s, err))
		return false;
	if (sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK)
		return true;
	return store_err(s, err, "run a statement");
}

int64_t store_int(struct store *s, const char *sql, int64_t fallback)
{
	sqlite3_stmt *stmt = NULL;
	int64_t out = fallback;
	if (sqlite3_prepare_v2(s->db, sql, -1, &stmt, NULL) == SQLITE_OK &&
	    sqlite3_step(stmt) == SQLITE_ROW)
		out = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	return out;
}

sqlite3_stmt *store_prepare(struct store *s, const char *sql, struct err *err)
{
	if (s->settle != NULL && !s->settle(s, err))
		return NULL;
	for (size_t i = 0; i < s->statement_count; i++) {
		if (s->statements[i].sql == sql) {
			sqlite3_stmt *stmt = s->statements[i].stmt;
			sqlite3_reset(stmt);
			sqlite3_clear_bindings(stmt);
			return stmt;
		}
	}
	sqlite3_stmt *stmt = NULL;
	if (s->statement_count == STATEMENTS_MAX) {
		err_set(err, "too many kinds of statements (a mistake in qtrail)");
		return NULL;
	}
	if (sqlite3_prepare_v3(s->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL) !=
	    SQLITE_OK) {
		store_err(s, err, "prepare a statement");
		return NULL;
	}
	s->statements[s->statement_count].sql = sql;
	s->statements[s->statement_count++].stmt = stmt;
	return stmt;
}

bool store_step(struct store *s, sqlite3_stmt *stmt, struct err *err)
{
	int rc = sqlite3_step(stmt);
	bool ok = rc == SQLITE_DONE || rc == SQLITE_ROW || store_err(s, err, "write to it");
	sqlite3_reset(stmt);
	return ok;
}

void store_undo(struct store *s)
{
	if (sqlite3_get_autocommit(s->db) == 0)
		sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
}

/* ---- values ---- */

void bind_str(sqlite3_stmt *stmt, int i, struct str s)
{
	if (s.at != NULL)
		sqlite3_bind_text64(stmt, i, s.at, s.len, SQLITE_STATIC, SQLITE_UTF8);
}

void bind_int(sqlite3_stmt *stmt, int i, int64_t v)
{
	if (v != TRACK_NONE)
		sqlite3_bind_int64(stmt, i, v);
}

static void bind_cells(sqlite3_stmt *stmt, const struct cell *cells, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int at = (int)i + 1;
		switch (cells[i].kind) {
		case CELL_NULL:
			break;
		case CELL_NUMBER:
			sqlite3_bind_int64(stmt, at, cells[i].number);
			break;
		case CELL_TEXT:
			bind_str(stmt, at, cells[i].text);
			break;
		case CELL_BLOB:
			sqlite3_bind_blob64(stmt, at, cells[i].text.at, cells[i].text.len,
					    SQLITE_STATIC);
			break;
		}
	}
}

bool store_run(struct store *s, const char *sql, const struct cell *cells, size_t count,
	       struct err *err)
{
	sqlite3_stmt *stmt = store_prepare(s, sql, err);
	if (stmt == NULL)
		return false;
	bind_cells(stmt, cells, count);
	return store_step(s, stmt, err);
}

struct str column_str(sqlite3_stmt *stmt, int i)
{
	const char *at = (const char *)sqlite3_column_text(stmt, i);
	return (struct str){ at, (size_t)sqlite3_column_bytes(stmt, i) };
}

int64_t column_int(sqlite3_stmt *stmt, int i)
{
	return sqlite3_column_type(stmt, i) == SQLITE_NULL ? TRACK_NONE
							   : sqlite3_column_int64(stmt, i);
}
