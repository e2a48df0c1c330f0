/*
 * report_words.h - phrases that the text and the HTML of a report share. Log text comes out
 * escaped for terminals (buf_safe); HTML is encoded after it.
 */
#ifndef SHOW_REPORT_WORDS_H
#define SHOW_REPORT_WORDS_H

#include "show/buf.h"
#include "show/say.h"
#include "trace/report.h"

/* "2026-11-22 12:00 to 2026-11-23 12:00 (CET, UTC+01:00)": when seconds count, with them. */
void words_span(struct buf *b, const struct report *r, bool utc);

/* "14:00", or "Nov 23" for days. */
void words_step(struct buf *b, const struct report *r, int64_t at_us, bool utc);

/* "12,345"; 0 of what is negative. */
void words_count(struct buf *b, int64_t n);

/* "11.4 MB" (powers of ten). */
void words_bytes(struct buf *b, int64_t bytes);

/* "80.1 %" of a whole; "" when it is 0. */
void words_share(struct buf *b, int64_t part, int64_t whole);

/* "under 15 minutes", ..., "5 days and more". */
const char *words_age(size_t i);

#endif
