/*
 * host.c - which host a person means.
 */
#include "trace/internal.h"

extern const char schema_trace_host_sql[];

bool trace_host(struct store *s, struct arena *a, struct str name, int64_t *id, struct str *found,
		bool *nothing, struct err *err)
{
	sqlite3_stmt *row = store_prepare(s, schema_trace_host_sql, err);
	if (row == NULL)
		return false;
	sqlite3_bind_text64(row, 1, name.at, name.len, SQLITE_STATIC, SQLITE_UTF8);
	int rc = sqlite3_step(row);
	if (rc == SQLITE_ROW) {
		*id = sqlite3_column_int64(row, 0);
		*found = trace_text(a, row, 1);
	}
	sqlite3_reset(row);
	if (rc == SQLITE_ROW)
		return true;
	if (rc != SQLITE_DONE)
		return trace_failed(s, err);
	*nothing = true;
	return err_set(err, "the database has no host of that name");
}
