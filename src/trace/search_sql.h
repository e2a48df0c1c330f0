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
	bool by_row; /* conditions are put to rows found otherwise: no index for them */
	bool listed; /* a list says which entries: they are sorted afterwards */
	struct arena *a;
};

/* ---- search_build.c ---- */

void build_sql(struct build *b, const char *sql);
/* The same, with the next parameter in it, which is number b->values + 1 before the call. */
void build_text(struct build *b, const char *sql, struct str value);
void build_number(struct build *b, const char *sql, int64_t value);

/* AND one of the columns is the value, or matches it as a pattern; nothing for an empty one. */
void build_like(struct build *b, const char *const *columns, size_t count, struct str value);
#define LIKE(b, value, ...)                                                                        \
	build_like((b), (const char *const[]){ __VA_ARGS__ },                                      \
		   sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(const char *), (value))

/* An address, "@domain", a local part, a pattern, or "<>" in a column: a condition without AND. */
void build_address(struct build *b, const char *column, struct str value);

bool search_is_pattern(struct str s);
/* A pattern as GLOB has it, in lower case, or as it is; in a. */
struct str search_glob(struct arena *a, struct str pattern);
struct str search_glob_exact(struct arena *a, struct str pattern);
/* "@" and the domain. In a. */
struct str search_at_domain(struct arena *a, struct str domain);
/* "<" id ">", of a pattern only where it does not leave that open. In a. */
struct str search_bracketed(struct arena *a, struct str id);
/* Is a word an address or a domain? At NULL when it is not; else as build_address takes it. */
struct str search_party(struct arena *a, struct str word);

/* ---- search_sql.c ---- */

/* Is a message named by an ID? Then the index on it has the few entries there are. */
bool search_names_one(const struct search_query *q);

/*
 * Entries of a host (TRACE_NONE: all) and their recipients from since_us on, newest first, one more
 * than the limit. Of what is asked for the rarest makes a list of entries, by an index or by one
 * quick pass over a table, and the rest is asked of these; b->listed says so. Without (or when
 * nothing makes a list), the entries are asked one by one from the newest on: of one host only,
 * then.
 */
void search_entries(struct build *b, const struct search_query *q, int64_t host, int64_t since_us,
		    bool list);

/* Refused attempts of a host from since_us on. False: none can be meant, as what is asked for is of
 * messages only. */
bool search_rejects(struct build *b, const struct search_query *q, int64_t host, int64_t since_us);

#endif
