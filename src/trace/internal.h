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
extern const char schema_trace_near_message_id_case_sql[];
extern const char schema_trace_near_address_sql[];
extern const char schema_trace_near_rejects_sql[];

/* "path: cannot read it: what SQLite says". Returns false. */
bool trace_failed(struct store *s, struct err *err);

/* A statement with ?1 bound to an integer; NULL and *err. */
sqlite3_stmt *trace_by_id(struct store *s, const char *sql, int64_t id, struct err *err);

/* Columns of the row under way. Text is copied to a; at NULL when the column is. */
struct str trace_text(struct arena *a, sqlite3_stmt *row, int column);
int64_t trace_int(sqlite3_stmt *row, int column); /* TRACE_NONE for NULL */

/* find.c: without what people copy along with an ID. */
struct str trace_clean(struct str s);
/* As Message-IDs are stored: in angle brackets. "Message-ID: " before it does not count. */
struct str trace_message_id(struct arena *a, struct str s);
/* The next word, or <anything@anywhere>; text goes on behind it. */
bool trace_next_word(struct str *text, struct str *word);
/* An address is no Message-ID unless it stands in brackets; a queue ID has a digit in it. */
bool trace_may_be_name(struct str word);
/* claim.c: the host of ours behind a relay; TRACE_NONE when it is none. */
bool trace_relay_host(struct store *s, struct str name, struct str ip, int64_t *host,
		      struct err *err);

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
/* Is a recipient of this state still in a queue? */
bool trace_waits(struct str state);
/* claim.c: hosts of claims and what their logs cover. */
bool trace_load_claims(struct store *s, struct trace *t, struct err *err);
/* claim.c: what the logs of one host cover. */
bool trace_cover_of(struct store *s, struct arena *a, int64_t host, struct trace_cover *out,
		    struct err *err);
/* gap.c: after trace_judge. */
bool trace_find_gaps(struct store *s, struct trace *t, struct err *err);
/* verdict.c */
void trace_judge(struct trace *t);

#endif
