/*
 * ingest.h - what the files of `qtrail ingest` share: ingest.c the command line,
 * run.c the run and its commits, feed.c one source under way.
 */
#ifndef CMD_INGEST_H
#define CMD_INGEST_H

#include "cmd/cmd.h"
#include "cmd/shapes.h"
#include "input/input.h"
#include "rules/rules.h"
#include "store/write.h"
#include "syslog/syslog.h"
#include "track/track.h"

#define TAIL_LEN ((size_t)256)

struct ingest_options {
	const char *config, *db, *host, *timezone, *parsers;
	char local[256]; /* name of this machine */
	int year;
	int64_t wait_s;      /* for another writer */
	const char *command; /* what others are told meanwhile */
	bool no_lines, quiet, recheck;
	const char **aliases;
	size_t alias_count;
};

/* A source under way: a file, or standard input. */
struct feed {
	const char *path; /* for people; owned by whoever opened it */
	struct input *in;
	struct framer *framer;
	struct source source; /* its slices live in arena and tail */
	struct arena *arena;
	char tail[TAIL_LEN];
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
	struct arena *arena; /* of the lines of a batch */
	struct run_counts counts;
	int64_t run;
	size_t batch_lines;
	bool trouble; /* something was said; exit code 2 */
	bool progress;
	int64_t shown_us;
	struct feed *feed; /* the one under way; NULL between files */
	struct track_record tracked;
	struct err err; /* why the whole run must end */
	bool failed;
};

/* run.c */

/* All files through the rooms into the database. Returns the exit code. */
int ingest_run(const struct ingest_options *opt, char **paths, int count);
/* Say a sentence; the exit code will be EXIT_TROUBLE. */
void ingest_trouble(struct ingest *g, const char *sentence);
/* Rows and checkpoint at once, and a new transaction. False: g->err. */
bool ingest_commit(struct ingest *g);
void ingest_show_progress(struct ingest *g);
void ingest_clear_progress(const struct ingest *g);

/* feed.c */

/* All that is new in one file. False when the whole run must end (g->err). */
bool feed_file(struct ingest *g, const char *path);
/* peek.c: does a file look like a log, and when is its first record of? *first_at is left alone
 * when unknown. False: g->err. */
bool feed_peek(struct ingest *g, const char *path, bool *is_log, int64_t *first_at);
/* Its checkpoint, where it has one, into the transaction. */
bool feed_save(struct ingest *g, struct feed *f);

/* record.c: one line through framer, rules and track. False when the run must end or the source
 * cannot be read on (then g->failed is false, and it was said). */
bool feed_line(struct ingest *g, struct feed *f, const struct line *line);
/* A record the framer gave. */
void feed_record(struct ingest *g, struct feed *f, const struct record *rec);

#endif
