/*
 * store.h - the SQLite database: open, migrate, write what track/ found, and
 * read single rows back. Schema: schema/, contract: schema/README.md.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <sqlite3.h>

#include "base/arena.h"
#include "base/err.h"

struct store;

#define STORE_APPLICATION_ID 0x5154524c /* "QTRL" */

enum store_mode { STORE_READ, STORE_WRITE };

/*
 * Open (STORE_WRITE: create and migrate) a database. Refuses what is no
 * qtrail database or of a newer version, and says which. NULL and *err.
 */
struct store *store_open(const char *path, enum store_mode mode, struct err *err);
void store_close(struct store *s);

/* The connection, for rooms that read (trace/). Owned by s. */
sqlite3 *store_db(struct store *s);

/* The path it was opened by. */
const char *store_path(const struct store *s);

/*
 * A statement, prepared once and kept: sql must be a string with static storage. Comes
 * reset and unbound. NULL and *err on an SQL error. Owned by s.
 */
sqlite3_stmt *store_prepare(struct store *s, const char *sql, struct err *err);

/* One raw line of the archive, without newline; lives in a. */
struct store_line {
	int64_t entry;
	struct str text;
};

/* The archived lines of an entry in log order. Calls fn for each. False and *err on a damaged
 * archive. */
typedef void store_line_fn(void *arg, const struct store_line *line);
bool store_lines(struct store *s, int64_t entry, store_line_fn *fn, void *arg, struct err *err);

/* Default database: $QTRAIL_DB, else $XDG_DATA_HOME/qtrail/qtrail.db, for root
 * /var/lib/qtrail/qtrail.db. Caller frees. */
char *store_default_path(void);

#endif
