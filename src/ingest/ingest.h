/*
 * ingest.h - the room's door: a run of ingest. Sources in, through input, syslog, rules and
 * track, rows and checkpoints out to the store.
 *
 * Nothing is printed here: hooks tell the caller what there is to say.
 */
#ifndef INGEST_INGEST_H
#define INGEST_INGEST_H

#include "ingest/config.h"
#include "rules/rules.h"
#include "store/write.h"

struct ingest_options {
	struct config config; /* the file's, and what the flags say */
	const char *db;
	char local[256]; /* name of this machine */
	int year;
	int64_t batch;       /* lines between commits; 0: as the store likes */
	const char *command; /* what others are told who wait for this one */
	bool recheck, follow;
};

struct ingest_hooks {
	void *arg;
	/* A sentence for the operator. */
	void (*say)(void *arg, const char *sentence);
	/* How far the file under way is: at of size bytes (0: not known), lines of the whole run.
	 * At most five times a second. NULL: nobody asks. */
	void (*progress)(void *arg, const char *path, int64_t at, int64_t size, int64_t lines);
	/*
	 * Delete what is too old: at the end of a run, once a day when following. The connection is
	 * the callee's meanwhile; no transaction is under way. False and *err. NULL: nothing is.
	 */
	bool (*retain)(void *arg, struct store *s, struct err *err);
};

/* What became of a run. */
struct ingest_result {
	struct run_counts counts;
	size_t finished, no_log; /* files left out: read before, and no logs */
	int64_t took_us;
	bool trouble; /* something was said that the operator has to look at */
};

/*
 * All of paths (files, directories, patterns, "-") and, as configured, the journal into the
 * database. rules stay the caller's. False: it ended before its end, and it was said why; what was
 * committed is kept. *r is filled in either way.
 */
bool ingest_run(const struct ingest_options *opt, struct rules *rules,
		const struct ingest_hooks *hooks, char **paths, int count, struct ingest_result *r);

#endif
