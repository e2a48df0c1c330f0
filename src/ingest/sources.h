/*
 * sources.h - what to read, in which order: files, directories, globs, standard input.
 */
#ifndef INGEST_SOURCES_H
#define INGEST_SOURCES_H

#include "base/err.h"
#include "store/write.h"

struct ingest;

struct listed {
	char *path;
	bool named; /* by the operator, so trouble with it is an error; not found in a directory */
	bool is_regular; /* false: a pipe, standard input, or missing */
	struct file_mark mark;
	int64_t first_at; /* its first record, else its time of change */
};

struct sources {
	struct listed *at;
	size_t count;
	size_t finished, no_log; /* left out */
};

/*
 * Add a file, the files in a directory (not those in directories of it, nor hidden ones), the
 * files a pattern of glob(7) matches, or standard input ("-"). A file that is not there is added:
 * who reads it says so. False with *err when a directory or pattern gives nothing; what was added
 * before stays.
 */
bool sources_add(struct sources *s, const char *arg, struct err *err);

/*
 * Leave out what was finished in an earlier run and has not changed, files of a directory that are
 * no logs, and second names of one file; then sort oldest first, standard input and pipes last.
 * False: g->err.
 */
bool sources_prepare(struct ingest *g, struct sources *s);

/* Not this one. sources_prepare takes it out of the list. */
void sources_drop(struct listed *l);

void sources_free(struct sources *s);

#endif
