/*
 * write.h - the store as ingest uses it: transactions, the sink for track/,
 * sources, runs.
 */
#ifndef STORE_WRITE_H
#define STORE_WRITE_H

#include "base/sketch.h"
#include "store/store.h"
#include "track/track.h"

/*
 * Take the database for writing, alone, until store_close. False when another
 * process has it (*err says which) or it cannot be locked. Harmless when s has it already.
 */
bool store_lock(struct store *s, struct err *err);

struct store_wait {
	int64_t seconds;     /* how long to wait for the database, 0: not at all */
	int wake_fd;         /* readable: wait no longer; -1: none */
	const char *command; /* what others are told when they wait for this one */
};

/* store_open(STORE_WRITE) and store_lock; the lock first, so that nothing is touched that another
 * is writing. */
struct store *store_open_alone(const char *path, const struct store_wait *wait, struct err *err);

bool store_begin(struct store *s, struct err *err);
/* Writes the line chunk under way, then commits. */
bool store_commit(struct store *s, struct err *err);
/* Commit and begin the next transaction, in the background: a failure is told by a later call. */
bool store_checkpoint(struct store *s, struct err *err);
void store_rollback(struct store *s);

/*
 * Where track/ hands its rows. They are written by a thread of the store; every other function
 * here first waits for it, and tells what it could not write. keep_lines: false leaves the line
 * archive out. */
struct track_sink store_sink(struct store *s, bool keep_lines);

/*
 * Lines between commits that cost least. Rows of a first load are appended: a batch that fits into
 * the cache is written once. Later every commit writes pages all over the indexes: the fewer, the
 * better.
 */
int64_t store_batch(const struct store *s);

/* A first load builds its indexes at the end. Both are harmless on any database. */
bool store_bulk_start(struct store *s, struct err *err);
bool store_bulk_end(struct store *s, struct err *err);

/* Learn addresses of hosts from what was written since the sink was made. */
bool store_learn(struct store *s, struct err *err);

/* A name or address of a host, told by the operator. */
bool store_host_alias(struct store *s, struct str host, struct str name, struct err *err);

struct run_counts {
	int64_t lines, bytes, matched, not_mail, duplicate, unmatched, malformed, too_long,
		limit_hits;
};
bool store_run_start(struct store *s, const char *version, int64_t *run, struct err *err);
/* ended_at_us 0: still running */
bool store_run_update(struct store *s, int64_t run, int64_t ended_at_us,
		      const struct run_counts *counts, struct err *err);

/* A row of table source. Blobs are owned by whoever filled them. */
struct source {
	int64_t id; /* 0: not stored yet */
	struct str path, host, head, tail;
	struct str cursor; /* of a journal: then its kind is that; otherwise empty */
	int64_t offset, lines, matched, unmatched, first_at, last_at; /* times: TRACK_NONE */
	int64_t run;
	struct sketch sketch; /* of the lines that rules took */
};

/*
 * The n-th newest stored source whose head is how `head` begins (*out lives in a).
 * False when there is none (err->text empty) or on failure.
 */
bool store_source_find(struct store *s, struct arena *a, struct str head, size_t n,
		       struct source *out, struct err *err);
/* The journal of a host, as far as it was read. False as above. */
bool store_journal_find(struct store *s, struct arena *a, struct str host, struct source *out,
			struct err *err);

/* What tells that a file has not changed since it was read to its end. */
struct file_mark {
	int64_t device, inode, size, mtime_ns;
};

/* Was the file read to its end when it was as it is now? */
bool store_file_known(struct store *s, const struct file_mark *m, bool *known, struct err *err);
/* It was, and source (an id) is its content. */
bool store_file_finished(struct store *s, const struct file_mark *m, int64_t source,
			 struct err *err);

/* Insert (id 0: filled in) or update. */
bool store_source_save(struct store *s, struct source *src, struct err *err);

/*
 * Stored sources that hold lines of src (stored, too), each to fn with about how many; known:
 * an earlier run counted so many already. They are kept in table source_overlap.
 */
bool store_source_overlaps(struct store *s, const struct source *src,
			   void (*fn)(void *arg, struct str path, int64_t lines, int64_t known),
			   void *arg, struct err *err);

/* What waits for lines to come (table pending). Loaded into a; empty when nothing waits. */
bool store_pending_load(struct store *s, struct arena *a, struct str *data, struct err *err);
/* In the transaction under way; cheap when nothing waits and nothing did. */
bool store_pending_save(struct store *s, struct str data, struct err *err);

bool store_unmatched(struct store *s, struct str plugin, struct str shape, struct str example,
		     int64_t count, struct err *err);

#endif
