/*
 * internal.h - what the files of ingest/ share. Each calls only those named before it: commit.c
 * (commits, what is said), retain.c, framing.c (how a source is read), record.c (a line), peek.c
 * and sources.c (which files, in which order), year.c, feed.c (a source under way), journal.c,
 * follow.c, run.c (all of it).
 */
#ifndef INGEST_INTERNAL_H
#define INGEST_INTERNAL_H

#include <sys/stat.h>

#include "ingest/ingest.h"
#include "ingest/shapes.h"
#include "input/input.h"
#include "syslog/syslog.h"
#include "track/track.h"

#define TAIL_LEN ((size_t)2048) /* nearly all lines fit: see framer_resume */
#define CURSOR_MAX ((size_t)512)

/* A source under way: a file, or standard input. */
struct feed {
	struct feed *next; /* in ingest.feeds */
	const char *path;  /* for people; owned by whoever opened it */
	struct input *in;
	struct framer *framer;
	struct source source; /* its slices live in arena and tail */
	struct arena *arena;
	char tail[TAIL_LEN];
	bool is_journal;
	char cursor[CURSOR_MAX], next_cursor[CURSOR_MAX];
	bool at_end;    /* nothing more came */
	bool is_marked; /* mark is how the file was when opened */
	struct file_mark mark;
	int64_t records, malformed, too_long, damaged, first_bad_line, first_long_line;
};

struct ingest {
	struct ingest_options opt;
	struct store *store;
	struct rules *rules;
	struct track *track;
	struct shapes *shapes;
	struct arena *arena;       /* of the lines of a batch */
	struct framer_zone *zones; /* those of the configuration */
	struct run_counts counts;
	int64_t run;
	int64_t batch_lines;
	const struct ingest_hooks *hooks;
	bool trouble;
	int64_t shown_us;
	struct feed *feeds; /* all that are open */
	struct feed *feed;  /* the one under way; NULL between files */
	struct track_record tracked;
	struct err err; /* why the whole run must end */
	bool failed;
};

/* commit.c */

/* A sentence to the operator. */
void ingest_say(const struct ingest *g, const char *sentence);
/* The same of something wrong. */
void ingest_trouble(struct ingest *g, const char *sentence);
void ingest_show_progress(struct ingest *g);
/* The checkpoint of a source, where it has one, into the transaction. False: g->err. */
bool feed_save(struct ingest *g, struct feed *f);
/* Rows and checkpoints at once, and a new transaction. False: g->err. */
bool ingest_commit(struct ingest *g);
/* A first load is over: indexes, and readers are welcome. */
bool ingest_settle(struct ingest *g);

/* retain.c: delete what the configuration says is too old, */

/* when no transaction is under way, ... */
bool retain_now(struct ingest *g);
/* ... or between two batches. False: g->err. */
bool retain_between(struct ingest *g);

/* framing.c: what tells that a file has not changed; the host of logs that carry none; how lines
 * without year, zone or host are read */
struct file_mark mark_of(const struct stat *st);
const char *framing_host(const struct ingest *g, const char *path);
struct framer_options framing_of(const struct ingest *g, const char *path, const struct input *in);

/* feed.c: *f is zeroed by the caller; functions are false when the whole run must end (g->err). */

/* All that is new in one file. */
bool feed_file(struct ingest *g, const char *path);

/* Open a file where an earlier run stopped. *open is false when there is nothing to read (trouble
 * was said). path must live as long as f. */
bool feed_open(struct ingest *g, struct feed *f, const char *path, bool *open);
/* Start a source whose input is open and whose struct source is known. */
bool feed_start(struct ingest *g, struct feed *f);
/* Lines until the end, or until stop_wanted(). */
bool feed_read(struct ingest *g, struct feed *f);
/* At the end: what the framer still holds, the report, the checkpoint. */
bool feed_finish(struct ingest *g, struct feed *f);
void feed_close(struct ingest *g, struct feed *f);

/* year.c: let the queue IDs in the head of a new file correct the bound of years that are inferred.
 * False: g->err. */
bool year_check(struct ingest *g, struct feed *f, struct framer_options *opt);

/* peek.c: does a file look like a log, and when is its first record of? *first_at is left alone
 * when unknown. False: g->err. */
bool feed_peek(struct ingest *g, const char *path, bool *is_log, int64_t *first_at);

/* record.c: one line through framer, rules and track. False when the run must end or the source
 * cannot be read on (then g->failed is false, and it was said). */
bool feed_line(struct ingest *g, struct feed *f, const struct line *line);
/* A record the framer gave. */
void feed_record(struct ingest *g, struct feed *f, const struct record *rec);

/* journal.c: what journalctl(1) gives after the cursor of the last run. */
struct journal;
bool journal_ingest(struct ingest *g);
/* For --follow. NULL: g->err, or (g->failed false) it was said. */
struct journal *journal_open(struct ingest *g);
int journal_fd(const struct journal *j);
bool journal_read(struct ingest *g, struct journal *j, bool *ended);
bool journal_close(struct ingest *g, struct journal *j);

/* follow.c: read, and go on reading until a signal. */
bool follow_run(struct ingest *g, char **args, int count);

#endif
