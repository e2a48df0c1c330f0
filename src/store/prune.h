/*
 * prune.h - delete what is old: whole traces, in small transactions.
 */
#ifndef STORE_PRUNE_H
#define STORE_PRUNE_H

#include "store/store.h"

/*
 * An entry that is still open stays until nothing was logged of it for so long: no queue keeps mail
 * for half a year, not even one that holds it.
 */
#define PRUNE_OPEN_DAYS 180
#define PRUNE_BATCH 20000

struct prune_options {
	int64_t before_us; /* older than this */
	int64_t now_us;    /* for PRUNE_OPEN_DAYS */
	int64_t batch;     /* entries a transaction, about: more of them write each page of an index
			      less often */
	bool dry_run;      /* count only; a store opened for reading will do */
	bool keep_room;    /* give space back only when it is more than a quarter of the file */
	bool (*stop)(void); /* asked now and then; NULL: never */
};

struct prune_counts {
	int64_t entries, deliveries, rejects, notes, chunks;
	int64_t kept_open,
		kept_together; /* entries as old that stay: still open, of newer traces */
	int64_t bytes_before, bytes_after;
	bool stopped; /* by options.stop: what was done is done, and whole */
};

/*
 * Delete the entries whose trace (all that hangs together over links and hops) has its last line
 * before before_us, with all that hangs on them; refusals before any queue ID from before then;
 * chunks of the line archive that nothing refers to any more (one that is partly referred to
 * stays); then give the space back. Runs, sources, hosts and their names stay, so no file is read
 * again.
 *
 * Promises: each transaction deletes whole traces, some thousand entries at a time (options.batch),
 * so that readers always see a sound database, and so does whoever comes after a kill; memory does
 * not grow with the database (work tables are in temporary files). The store must be opened alone,
 * with no transaction under way. False and *err on failure; what was committed stays deleted.
 */
bool store_prune(struct store *s, const struct prune_options *opt, struct prune_counts *counts,
		 struct err *err);

#endif
