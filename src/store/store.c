/*
 * store.c - open and close the database; statements and transactions.
 *
 * Promises: a file that is no qtrail database, or one of a newer version, is
 * left as it is.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/internal.h"
#include "store/schema.h"

/* What a first load changes. */
#define USUAL_SETTINGS                                                                             \
	"PRAGMA foreign_keys = 1; PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY"
#define CLOSE_MS 200 /* an ingest's end waits so long for readers of its WAL */

static bool configure(struct store *s, enum store_mode mode, struct err *err)
{
	sqlite3_busy_timeout(s->db, BUSY_MS);
	sqlite3_extended_result_codes(s->db, 1);
	/* A database handed over by a stranger must not run code of its own. */
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	if (mode == STORE_READ)
		return store_exec(s, "PRAGMA query_only = 1", err);
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	return store_exec(s, "PRAGMA synchronous = NORMAL; " USUAL_SETTINGS, err);
}

/* The number of the next row; a failure must not look like a table without rows. */
static bool next_number(struct store *s, const char *last, int64_t *next, struct err *err)
{
	*next = store_int(s, last, -1) + 1;
	return *next > 0 || store_err(s, err, "read it");
}

static bool prepare_for_writing(struct store *s, struct err *err)
{
	if (store_int(s, "SELECT count(*) FROM sqlite_schema", 0) == 0 &&
	    !store_exec(s, "PRAGMA page_size = 16384; PRAGMA auto_vacuum = INCREMENTAL", err))
		return false;
	if (!store_exec(s, "PRAGMA journal_mode = WAL", err) || !store_migrate(s, err) ||
	    !store_renew_views(s, err))
		return false;
	if (!bulk_tables(s))
		return store_err(s, err, "prepare to write");
	/* Here, and not with each migration: a first load that was killed left them out. */
	if (!store_exec(s, schema_indexes_sql, err))
		return false;
	struct stat st;
	if (stat(s->path, &st) != 0)
		return err_set(err, "%s: %s", s->path, strerror(errno));
	s->device = st.st_dev;
	s->inode = st.st_ino;
	s->writes = true;
	if (!next_number(s, "SELECT coalesce(max(id), 0) FROM entry", &s->next_entry, err) ||
	    !next_number(s, "SELECT coalesce(max(id), 0) FROM source", &s->next_source, err) ||
	    !next_number(s, "SELECT coalesce(max(id), 0) FROM line_chunk", &s->chunk.id, err))
		return false;
	s->was_empty = s->next_entry == 1;
	s->unfinished = store_int(s,
				  "SELECT coalesce((SELECT ended_at IS NULL FROM run "
				  "ORDER BY id DESC LIMIT 1), 0)",
				  1) != 0;
	return true;
}

static bool check_path(const char *path, enum store_mode mode, struct err *err)
{
	struct stat st;
	if (stat(path, &st) != 0) {
		if (errno == ENOENT && mode == STORE_WRITE)
			return true;
		if (errno == ENOENT)
			return err_set(err,
				       "%s: no such database; make it with `qtrail ingest FILE`",
				       path);
		return err_set(err, "%s: %s", path, strerror(errno));
	}
	if (S_ISDIR(st.st_mode))
		return err_set(err, "%s: is a directory; name a database file with -d", path);
	return true;
}

/*
 * One thread at a time uses a connection (writer.c sees to it), and nobody asks for memory
 * statistics: no mutexes but those between connections. Has no effect once the library is in use,
 * so a program with connections of its own is not disturbed.
 */
static void configure_library(void)
{
	sqlite3_config(SQLITE_CONFIG_MULTITHREAD);
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

struct store *store_open(const char *path, enum store_mode mode, struct err *err)
{
	configure_library();
	if (!check_path(path, mode, err))
		return NULL;
	struct store *s = mem_zalloc(sizeof(*s));
	s->path = mem_strdup(path);
	s->lock_fd = -1;
	int flags = mode == STORE_READ ? SQLITE_OPEN_READONLY
				       : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
	flags |= SQLITE_OPEN_NOMUTEX; /* one thread uses the connection */
	/* Mail metadata is private: 0640, for the owner and a group of readers, or less. */
	mode_t mask = umask(S_IWGRP | S_IRWXO);
	umask(mask | S_IWGRP | S_IRWXO);
	bool ok = sqlite3_open_v2(path, &s->db, flags, NULL) == SQLITE_OK ||
		  store_err(s, err, "open it");
	ok = ok && configure(s, mode, err) && store_recognise(s, mode, err);
	ok = ok && (mode == STORE_READ || prepare_for_writing(s, err));
	umask(mask);
	if (ok)
		return s;
	store_close(s);
	return NULL;
}

/*
 * Rows from the WAL into the database, as far as no reader is in the way. The WAL itself stays,
 * empty: removing it would shut out readers for a moment, and those who may not write the directory
 * for good.
 */
static void empty_wal(struct store *s)
{
	sqlite3_busy_timeout(s->db, CLOSE_MS);
	sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
}

void store_close(struct store *s)
{
	if (s == NULL)
		return;
	writer_free(s);
	for (size_t i = 0; i < s->statement_count; i++)
		sqlite3_finalize(s->statements[i].stmt);
	chunk_free(s);
	lives_close(s);
	pairs_free(s);
	addresses_free(s);
	if (s->writes)
		empty_wal(s);
	sqlite3_close(s->db);
	if (s->lock_fd >= 0)
		close(s->lock_fd);
	free(s->path);
	free(s);
}

sqlite3 *store_db(struct store *s)
{
	return s->db;
}

const char *store_path(const struct store *s)
{
	return s->path;
}

bool store_begin(struct store *s, struct err *err)
{
	return store_exec(s, "BEGIN IMMEDIATE", err);
}

/* Rows of a file that has no name any more are lost when it is closed. */
static bool is_still_there(const struct store *s, struct err *err)
{
	struct stat st;
	if (stat(s->path, &st) == 0 && st.st_dev == s->device && st.st_ino == s->inode)
		return true;
	return err_set(
		err,
		"%s: was removed or replaced while it was written to; what this run read is lost, "
		"run it again",
		s->path);
}

bool store_commit(struct store *s, struct err *err)
{
	return is_still_there(s, err) && (s->writer == NULL || chunk_end(s, err)) &&
	       store_exec(s, "COMMIT", err);
}

bool store_checkpoint(struct store *s, struct err *err)
{
	if (!is_still_there(s, err))
		return false;
	if (s->writer == NULL)
		return store_exec(s, "COMMIT; BEGIN IMMEDIATE", err);
	if (!chunk_end(s, err))
		return false;
	writer_job(s, JOB_COMMIT);
	return writer_send(s, err);
}

void store_rollback(struct store *s)
{
	writer_free(s); /* after a failure it drops what it has */
	store_undo(s);
}

int64_t store_batch(const struct store *s)
{
	return s->was_empty ? 100000 : 250000;
}

/*
 * A first load. The journal stays a WAL all the time: readers are never in its way, nor it in
 * theirs. Rows refer to rows of this load only, so nothing is looked up for that; and they are
 * appended, so a small cache does.
 */
bool store_bulk_start(struct store *s, struct err *err)
{
	return !s->was_empty ||
	       (store_exec(s, schema_store_drop_indexes_sql, err) &&
		store_exec(s, "PRAGMA foreign_keys = 0; PRAGMA cache_size = -16384", err));
}

/* Rows are sorted for an index in parts that the processor's cache holds; a file has what 2 MiB do
 * not. Ten million rows took more memory than all the rest, and their sorting more time. */
bool store_bulk_end(struct store *s, struct err *err)
{
	struct err ignored;
	bool ok = store_exec(s, "PRAGMA temp_store = FILE; PRAGMA cache_size = -2048", err) &&
		  store_exec(s, schema_indexes_sql, err);
	return store_exec(s, USUAL_SETTINGS, ok ? err : &ignored) && ok;
}

/* Make the directories above path (mode 0750), as far as they are missing. */
static void make_parents(const char *path)
{
	char dir[PATH_MAX];
	snprintf(dir, sizeof(dir), "%s", path);
	for (char *at = dir + 1; *at != '\0'; at++) {
		if (*at != '/')
			continue;
		*at = '\0';
		mkdir(dir, 0750);
		*at = '/';
	}
}

/* Of the user, also where a service or su left HOME unset or odd. */
static const char *home_of_user(void)
{
	const char *home = getenv("HOME");
	if (home != NULL && home[0] == '/')
		return home;
	const struct passwd *user = getpwuid(geteuid());
	return user != NULL && user->pw_dir[0] == '/' ? user->pw_dir : ".";
}

char *store_default_path(void)
{
	char path[PATH_MAX];
	const char *own = getenv("QTRAIL_DB"), *data = getenv("XDG_DATA_HOME");
	if (own != NULL && own[0] != '\0')
		return mem_strdup(own);
	if (geteuid() == 0)
		snprintf(path, sizeof(path), "/var/lib/qtrail/qtrail.db");
	else if (data != NULL && data[0] == '/')
		snprintf(path, sizeof(path), "%s/qtrail/qtrail.db", data);
	else
		snprintf(path, sizeof(path), "%s/.local/share/qtrail/qtrail.db", home_of_user());
	make_parents(path);
	return mem_strdup(path);
}
