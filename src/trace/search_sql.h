/*
 * search_sql.h - the SQL of a search, under construction.
 */
#ifndef TRACE_SEARCH_SQL_H
#define TRACE_SEARCH_SQL_H

#include "trace/search.h"

#define SQL_MAX ((size_t)16384)
#define VALUES_MAX 40

/* A statement and the values of its parameters. Zero-initialise, but for a. */
struct build {
	char sql[SQL_MAX];
	size_t len;
	struct str text[VALUES_MAX];
	int64_t number[VALUES_MAX];
	bool is_text[VALUES_MAX];
	int values;
	bool named; /* something an index finds */
	struct arena *a;
};

/* Entries of one host (TRACE_NONE: of all) and their recipients. b->named tells whether an index
 * finds them. */
void search_entries(struct build *b, const struct search_query *q, int64_t host);

/* Refused attempts. False: none can be meant, as what is asked for is of messages only. */
bool search_rejects(struct build *b, const struct search_query *q);

#endif
