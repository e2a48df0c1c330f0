/*
 * list.h - what a search found: for people, as JSON, as CSV.
 *
 * Promises as in show.h; a CSV field that a spreadsheet would take for a formula gets a ' before
 * it.
 */
#ifndef SHOW_LIST_H
#define SHOW_LIST_H

#include <stdio.h>

#include "trace/search.h"

struct list_options {
	bool utc;
	size_t width; /* columns; 0: lines are as long as they are */
};

/* A line a row, and the reason of what did not go well below it. */
void list_text(FILE *out, const struct search_row *rows, size_t count,
	       const struct list_options *opt);
/* One array, as schema/search.schema.json describes it. */
bool list_json(FILE *out, const struct search_row *rows, size_t count, struct err *err);
/* RFC 4180, with a header; times ISO 8601 UTC. */
void list_csv(FILE *out, const struct search_row *rows, size_t count);

#endif
