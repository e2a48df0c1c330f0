/*
 * internal.h - what the files of store/ share.
 */
#ifndef STORE_INTERNAL_H
#define STORE_INTERNAL_H

#include <zstd.h>

#include "base/clock.h"
#include "store/write.h"

#define STATEMENTS_MAX 96

/* Line chunks: measured best between 32 and 512 KB, see performance notes in CONTRIBUTING.md. */
#define CHUNK_SIZE ((size_t)128 * 1024)
#define CHUNK_LEVEL 1

struct chunk_writer {
	bool keep;
	int64_t id; /* of the chunk under way */
	char *text;
	size_t len;
	char *packed;
	size_t packed_room;
	ZSTD_CCtx *zstd;
};

struct store {
	sqlite3 *db;
	char *path;
	int lock_fd;
	struct {
		const char *sql;
		sqlite3_stmt *stmt;
	} statements[STATEMENTS_MAX];
	size_t statement_count;
	int64_t next_entry;
	int64_t first_entry, first_delivery; /* newest before this run */
	bool was_empty;
	bool writes; /* opened for writing, and fit for it */
	uint8_t *
		seen; /* bloom filter of queue IDs handed over, for a load into an empty database */
	bool pending; /* the row of table pending is not empty */
	bool new_names;
	bool unfinished; /* the last run did not come to its end: what it wrote taught nothing */
	struct chunk_writer chunk;
};

/* "path: what SQLite says, and what to do". Returns false. */
bool store_err(const struct store *s, struct err *err, const char *doing);
/* Run statements without results. */
bool store_exec(struct store *s, const char *sql, struct err *err);
/* Step a statement that returns no row. */
bool store_step(struct store *s, sqlite3_stmt *stmt, struct err *err);

void bind_str(sqlite3_stmt *stmt, int i, struct str s);
void bind_blob(sqlite3_stmt *stmt, int i, struct str s);
void bind_int(sqlite3_stmt *stmt, int i, int64_t v); /* TRACK_NONE: NULL */

/* lines.c */
bool chunk_add(struct store *s, struct str raw, int64_t *chunk, int64_t *offset, struct err *err);
bool chunk_write(struct store *s, struct err *err);
void chunk_free(struct store *s);

#endif
