/*
 * internal.h - what the files of store/ share.
 */
#ifndef STORE_INTERNAL_H
#define STORE_INTERNAL_H

#include <sys/types.h>
#include <zstd.h>

#include "base/clock.h"
#include "store/write.h"

#define STATEMENTS_MAX 96
#define BUSY_MS 10000 /* so long a statement waits for a lock */

/* The migrations, views and indexes of a database of this version, in this order; NULL ends them.
 */
extern const char *const store_schema[];

/* Line chunks: measured best between 32 and 512 KB, see performance notes in CONTRIBUTING.md. */
#define CHUNK_SIZE ((size_t)128 * 1024)
#define CHUNK_LEVEL 1
#define CHUNK_RAW_MAX (INT64_C(64) * 1024 * 1024)

/* The lines of the chunk under way, and what compresses full ones. */
struct chunk_writer {
	bool keep;
	int64_t id; /* of the chunk under way */
	char *text; /* CHUNK_SIZE bytes, or more for one long line */
	size_t len;
};
struct chunk_packer {
	char *packed;
	size_t packed_room;
	ZSTD_CCtx *zstd;
};

/* learn.c */
struct pair {
	struct pair *next;
	uint32_t name_len, address_len;
	char text[]; /* the name, the address */
};
struct pairs {
	uint64_t *seen; /* their hashes */
	size_t count, room;
	struct pair *list;
	struct arena *arena; /* of the list */
};

struct store {
	sqlite3 *db;
	char *path;
	dev_t device; /* the file that path named when it was opened for writing */
	ino_t inode;
	int lock_fd;
	struct {
		const char *sql;
		sqlite3_stmt *stmt;
	} statements[STATEMENTS_MAX];
	size_t statement_count;
	int64_t next_entry, next_source; /* the numbers of the next ones */
	bool was_empty;                  /* before this run */
	bool writes;                     /* opened for writing, and fit for it */
	struct lives *lives;             /* lives.c; NULL: no sink was asked for */
	bool pending;                    /* the row of table pending is not empty */
	bool new_names;
	bool unfinished; /* the last run did not come to its end: what it wrote taught nothing */
	struct pairs pairs;
	uint32_t *recent_keys;  /* address.c */
	const struct job *bulk; /* what the tables of bulk.c show now */
	struct chunk_writer chunk;
	struct chunk_packer packer;
	struct writer *writer; /* NULL: no sink was asked for */
	/* Waits until the writer has done its work and left the connection; NULL while there is
	 * none. */
	bool (*settle)(struct store *s, struct err *err);
};

/* ---- a value of a row or a statement ---- */

struct cell {
	enum { CELL_NULL, CELL_NUMBER, CELL_TEXT, CELL_BLOB } kind;
	int64_t number;
	struct str text;
};

/* NULL for what is not there: at == NULL, TRACK_NONE. */
static inline struct cell cell_text(struct str s)
{
	return (struct cell){ s.at != NULL ? CELL_TEXT : CELL_NULL, 0, s };
}

static inline struct cell cell_number(int64_t n)
{
	return (struct cell){ n != TRACK_NONE ? CELL_NUMBER : CELL_NULL, n, { 0 } };
}

/* Nothing is no bytes here, not NULL: after a line that was passed over a source has no tail. */
static inline struct cell cell_bytes(struct str s)
{
	return (struct cell){ CELL_BLOB, 0, s.len > 0 ? s : STR("") };
}

/* ---- writer.c: rows on their way to rows.c ---- */

enum job_kind {
	/* written many at once (bulk.c), in this order: each refers to those before it */
	JOB_ADDRESS,
	JOB_ENTRY,
	JOB_DELIVERY,
	JOB_REJECT,
	JOB_NOTE,
	BULK_KINDS,
	/* one by one, after them */
	JOB_NAME = BULK_KINDS,
	JOB_CHUNK,
	JOB_STATEMENT,
	JOB_COMMIT
};

struct job {
	enum job_kind kind;
	bool known; /* JOB_ENTRY: update */
	struct job *next;
	struct job *same; /* the next one that is written in one statement with this one */
	int64_t key[2];   /* of its addresses: sender; recipient, original recipient */
	union {
		struct entry_row entry;
		struct delivery_row delivery;
		struct reject_row reject;
		struct note_row note;
		struct {
			struct str domain, local;
		} address;
		struct {
			int64_t host;
			struct str name, origin;
		} name;
		struct {
			int64_t id;
			char *text; /* malloced; freed with its block */
			size_t len;
			struct job *next; /* chunk of its block */
		} chunk;
		struct {
			const char *sql;
			struct cell *cells;
			size_t count;
		} statement;
	};
};

void writer_new(struct store *s);
/* Wait for the thread and free everything. What was not written yet is written, or, after a
 * failure, dropped. */
void writer_free(struct store *s);
/* A job to be filled in; then writer_keep for its texts, then writer_done. */
struct job *writer_job(struct store *s, enum job_kind kind);
/* Copy texts to live as long as the job. */
void writer_keep(struct store *s, struct str *const texts[], size_t count);
/* The job is whole. False: a row before it could not be written. */
bool writer_done(struct store *s, struct err *err);
/*
 * store_run in its turn among the rows, without waiting for it; at once where there is no writer.
 * False as writer_done, or as store_run.
 */
bool writer_statement(struct store *s, const char *sql, const struct cell *cells, size_t count,
		      struct err *err);
/* Hand over what there is, however little: whoever reads waits for it. False as writer_done. */
bool writer_send(struct store *s, struct err *err);
/*
 * rows.c: write what jobs say: all rows of a kind in one statement, then the others in order. A
 * commit is the last job of its list. a: memory that lasts as long as the jobs.
 */
bool rows_write(struct store *s, struct arena *a, struct job *first, struct err *err);

/* bulk.c: the columns of a row, in the order of its table */
#define CELLS_MAX 32
size_t entry_cells(const struct job *j, struct cell *cells); /* returns how many */
/* Make the tables new_entry and so on known to the connection. */
bool bulk_tables(struct store *s);
/* Insert jobs of one kind, linked by `same`. */
bool bulk_write(struct store *s, enum job_kind kind, const struct job *first, struct err *err);

/*
 * address.c: the key of an address, TRACK_NONE of an empty one. *is_new: it may not be in table
 * address yet; then job says what to write there, its texts in a.
 */
int64_t address_key(struct store *s, struct arena *a, struct str address, struct job *job,
		    bool *is_new);
void addresses_free(struct store *s);
/* The functions migrations call. */
bool address_functions(sqlite3 *db);

/* lives.c, behind the sink: what is known of an ID (see track_sink.lives). lives_add: this run
 * wrote one of it. */
void lives_open(struct store *s);
void lives_close(struct store *s);
void lives_add(struct store *s, int64_t host, struct str queue_id);
bool lives_read(struct store *s, int64_t host, struct str queue_id,
		void (*fn)(void *, const struct entry_row *), void *fn_arg, struct err *err);

/* learn.c: name and address were logged beside each other */
void pair_add(struct store *s, struct str name, struct str address);
void pairs_free(struct store *s);

/* hosts.c */
bool host_find(struct store *s, struct str name, int64_t *id, struct err *err);
bool host_name_add(struct store *s, int64_t host, struct str name, struct str origin,
		   struct err *err);

/* ---- sql.c: statements ---- */

/* "path: what SQLite says, and what to do". Returns false. */
bool store_err(const struct store *s, struct err *err, const char *doing);
/* The same of another connection to it. */
bool store_err_of(const struct store *s, sqlite3 *db, struct err *err, const char *doing);
/* Run statements without results. */
bool store_exec(struct store *s, const char *sql, struct err *err);
/* Prepare a statement without results (sql: see store_prepare), bind its values and run it. */
bool store_run(struct store *s, const char *sql, const struct cell *cells, size_t count,
	       struct err *err);
/* Step a statement that returns no row. */
bool store_step(struct store *s, sqlite3_stmt *stmt, struct err *err);
/* The number in the first column of the first row; fallback when there is none. */
int64_t store_int(struct store *s, const char *sql, int64_t fallback);
/* Roll back the transaction under way, where there is one. */
void store_undo(struct store *s);

void bind_str(sqlite3_stmt *stmt, int i, struct str s);
void bind_int(sqlite3_stmt *stmt, int i, int64_t v); /* TRACK_NONE: NULL */

/* schema.c */

/* Is this a database of ours, of a version that mode can use? Reads, changes nothing. */
bool store_recognise(struct store *s, enum store_mode mode, struct err *err);
/* Bring it to the version of this qtrail. */
bool store_migrate(struct store *s, struct err *err);
/* Make the views anew unless they are those of this qtrail. */
bool store_renew_views(struct store *s, struct err *err);
/* The i-th column of a row, until the next step. */
struct str column_str(sqlite3_stmt *stmt, int i);
int64_t column_int(sqlite3_stmt *stmt, int i); /* NULL: TRACK_NONE */

/* lines.c: lines on their way to a chunk */
bool chunk_add(struct store *s, struct str raw, int64_t *chunk, int64_t *offset, struct err *err);
/* Hand over the chunk under way. */
bool chunk_end(struct store *s, struct err *err);
/* pack.c */
bool chunk_write(struct store *s, int64_t id, struct str text, struct err *err);
void chunk_free(struct store *s);

#endif
