/*
 * internal.h - what the files of trace/ share.
 */
#ifndef TRACE_INTERNAL_H
#define TRACE_INTERNAL_H

#include "base/hash.h"

#include "trace/trace.h"

/* schema/trace/, embedded by the Makefile */
extern const char schema_trace_entry_sql[];
extern const char schema_trace_deliveries_sql[];
extern const char schema_trace_rejects_sql[];
extern const char schema_trace_hops_down_sql[];
extern const char schema_trace_hops_up_sql[];
extern const char schema_trace_coverage_sql[];
extern const char schema_trace_relay_host_sql[];
extern const char schema_trace_near_claim_sql[];
extern const char schema_trace_near_case_sql[];
extern const char schema_trace_near_prefix_sql[];
extern const char schema_trace_near_message_id_sql[];

/* "path: cannot read it: what SQLite says". Returns false. */
bool trace_failed(struct store *s, struct err *err);

/* A statement with ?1 bound to an integer; NULL and *err. */
sqlite3_stmt *trace_by_id(struct store *s, const char *sql, int64_t id, struct err *err);

/* Columns of the row under way. Text is copied to a; at NULL when the column is. */
struct str trace_text(struct arena *a, sqlite3_stmt *row, int column);
int64_t trace_int(sqlite3_stmt *row, int column); /* TRACE_NONE for NULL */

/*
 * host.c: the host of a name, one of its other names, or an address. *nothing: there is none, and
 * err says so. *found is its name, in a.
 */
bool trace_host(struct store *s, struct arena *a, struct str name, int64_t *id, struct str *found,
		bool *nothing, struct err *err);
/* load.c: the rows of an entry (deliveries, notes, rejects) and its folded recipients. */
bool trace_load_entry(struct store *s, struct arena *a, struct trace_entry *e, struct err *err);
/* fold.c */
void trace_fold(struct arena *a, struct trace_entry *e);
/* claim.c: hosts of claims and what their logs cover. */
bool trace_load_claims(struct store *s, struct trace *t, struct err *err);
/* verdict.c */
void trace_judge(struct trace *t);

#endif
