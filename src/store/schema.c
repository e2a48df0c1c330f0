/*
 * schema.c - is a file a database of ours, and of which version; migrations.
 *
 * Promises: what is not ours, or newer, is left as it is; all migrations of one opening are one
 * transaction, so a database is of the old version or of the new one, never between.
 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "store/internal.h"
#include "store/schema.h"

const char *const store_schema[] = { schema_0001_first_sql,
				     schema_0002_outlast_sql,
				     schema_0003_sources_sql,
				     schema_0004_addresses_overlaps_sql,
				     schema_views_sql,
				     schema_indexes_sql,
				     NULL };
#define SCHEMA_VERSION ((int)(sizeof(store_schema) / sizeof(store_schema[0])) - 3)

bool store_migrate(struct store *s, struct err *err)
{
	int version = (int)store_int(s, "PRAGMA user_version", 0);
	if (version == SCHEMA_VERSION)
		return true;
	if (!store_exec(s, "BEGIN IMMEDIATE", err))
		return false;
	version =
		(int)store_int(s, "PRAGMA user_version", 0); /* another process may have done it */
	bool ok = address_functions(s->db) || store_err(s, err, "prepare its migration");
	for (int i = version; ok && i < SCHEMA_VERSION; i++)
		ok = store_exec(s, store_schema[i], err);
	ok = ok && store_exec(s, schema_views_sql, err);
	char sql[120];
	snprintf(sql, sizeof(sql), "PRAGMA user_version = %d; PRAGMA application_id = %d",
		 SCHEMA_VERSION, STORE_APPLICATION_ID);
	ok = ok && store_exec(s, sql, err) && store_exec(s, "COMMIT", err);
	if (!ok)
		store_undo(s);
	return ok;
}

/* Are the views word by word those of this qtrail? A view may change without a new version. */
static bool views_are_ours(struct store *s)
{
	sqlite3_stmt *stmt = NULL;
	size_t same = 0, due = 0;
	for (const char *at = schema_views_sql; (at = strstr(at, "CREATE VIEW ")) != NULL; at++)
		due++;
	if (sqlite3_prepare_v2(s->db, "SELECT sql FROM sqlite_schema WHERE type = 'view'", -1,
			       &stmt, NULL) != SQLITE_OK)
		return false;
	while (sqlite3_step(stmt) == SQLITE_ROW) {
		const char *sql = (const char *)sqlite3_column_text(stmt, 0);
		same += sql != NULL && strstr(schema_views_sql, sql) != NULL;
	}
	sqlite3_finalize(stmt);
	return same == due;
}

bool store_renew_views(struct store *s, struct err *err)
{
	if (views_are_ours(s))
		return true;
	if (!store_exec(s, "BEGIN IMMEDIATE", err))
		return false;
	bool ok = store_exec(s, schema_views_sql, err) && store_exec(s, "COMMIT", err);
	if (!ok)
		store_undo(s);
	return ok;
}

static bool version_known(const struct store *s, int64_t version, enum store_mode mode,
			  struct err *err)
{
	if (version > SCHEMA_VERSION)
		return err_set(
			err,
			"%s: the database has schema version %d, this qtrail knows up to %d; "
			"use a newer qtrail",
			s->path, (int)version, SCHEMA_VERSION);
	if (version < SCHEMA_VERSION && mode == STORE_READ)
		return err_set(err,
			       "%s: the database has schema version %d; `qtrail ingest` brings it "
			       "to %d",
			       s->path, (int)version, SCHEMA_VERSION);
	return true;
}

static int64_t big_endian(const unsigned char *at)
{
	return (int64_t)at[0] << 24 | at[1] << 16 | at[2] << 8 | at[3];
}

/*
 * SQLite cannot read it. A database in WAL mode whose -wal and -shm files are gone is made whole by
 * whoever may write its directory; for others the file's header says what there is to say
 * (https://www.sqlite.org/fileformat2.html section 1.3).
 */
static bool unreadable(const struct store *s, enum store_mode mode, struct err *err)
{
	unsigned char head[100];
	int code = sqlite3_extended_errcode(s->db) & 0xff;
	int fd = open(s->path, O_RDONLY | O_CLOEXEC);
	bool read = fd >= 0 && pread(fd, head, sizeof(head), 0) == (ssize_t)sizeof(head);
	if (fd >= 0)
		close(fd);
	if (!read || mode != STORE_READ || (code != SQLITE_READONLY && code != SQLITE_CANTOPEN) ||
	    head[18] != 2 || big_endian(head + 68) != STORE_APPLICATION_ID)
		return store_err(s, err, "read it as a database");
	return version_known(s, big_endian(head + 60), mode, err) &&
	       err_set(err,
		       "%s: its -wal and -shm files are missing, and you may not make them; let "
		       "somebody who may write the directory run `qtrail status`, or copy the "
		       "database to a directory of yours",
		       s->path);
}

/* Is this a database of ours, of a version we know? Reads, changes nothing. */
bool store_recognise(struct store *s, enum store_mode mode, struct err *err)
{
	int64_t tables = store_int(s, "SELECT count(*) FROM sqlite_schema", -1);
	if (tables < 0)
		return unreadable(s, mode, err);
	int64_t id = store_int(s, "PRAGMA application_id", 0);
	int64_t version = store_int(s, "PRAGMA user_version", 0);
	if (tables == 0 && id == 0 && version == 0) {
		if (mode == STORE_WRITE)
			return true;
		return err_set(err, "%s: the database is empty; fill it with `qtrail ingest FILE`",
			       s->path);
	}
	if (id != STORE_APPLICATION_ID)
		return err_set(err,
			       "%s: an SQLite database, but not one of qtrail; name another file "
			       "with -d",
			       s->path);
	return version_known(s, version, mode, err);
}
