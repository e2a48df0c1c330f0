/*
 * age.h - how old something is: "90d", "12w", "3m", "2y", or a date.
 */
#ifndef BASE_AGE_H
#define BASE_AGE_H

#include "base/clock.h"

/*
 * The moment before which something is older than text says, at now_us: days and weeks are of 24
 * hours, months and years those of the calendar (UTC; a day that a month does not have is its
 * last). A date or time as when.h understands it is that moment, a date alone its start. False when
 * text is none of these, or not in the past.
 */
bool age_parse(struct str text, int64_t now_us, int64_t *before_us);

#endif
