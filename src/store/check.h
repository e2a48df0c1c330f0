/*
 * check.h - is the database whole, and does it agree with itself?
 */
#ifndef STORE_CHECK_H
#define STORE_CHECK_H

#include "store/store.h"

/* A sentence: what is wrong, how much of it, what to do. It can hold bytes of the database. */
typedef void store_check_fn(void *arg, struct str sentence);

struct check_counts {
	int64_t findings, entries, chunks;
};

/*
 * Look at everything: SQLite's own checks, tables, views and indexes, references, orphans, the line
 * archive (each chunk is decompressed), words, spans. Calls fn for each finding and goes on,
 * whatever is damaged. Changes nothing; memory grows by some bytes a chunk of lines.
 */
void store_check(struct store *s, store_check_fn *fn, void *arg, struct check_counts *counts);

#endif
