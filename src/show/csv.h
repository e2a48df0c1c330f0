/*
 * csv.h - records of CSV (RFC 4180), every text quoted; a text that a spreadsheet would take for a
 * formula gets a ' before it. Control bytes, bidi marks and what is no UTF-8 are written as \x1B,
 * as on a terminal: logs are strangers' text, and files are looked at with cat(1).
 */
#ifndef SHOW_CSV_H
#define SHOW_CSV_H

#include <stdio.h>

#include "show/buf.h"

/* Into the record under way in b, which begins empty. */
void csv_text(struct buf *b, struct str s);
void csv_number(struct buf *b, int64_t n);   /* TRACE_NONE: empty */
void csv_time(struct buf *b, int64_t at_us); /* ISO 8601, UTC; TRACE_NONE: empty */

/* Write the record; b is empty again. */
void csv_end(struct buf *b, FILE *out);

#endif
