/*
 * clock.h - times as microseconds since 1970-01-01 00:00:00 UTC.
 *
 * Civil dates are proleptic Gregorian; leap seconds do not exist (POSIX).
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include "base/str.h"

#define US_PER_S INT64_C(1000000)
#define S_PER_DAY INT64_C(86400)

/* Days since 1970-01-01 of a civil date; month 1..12, day 1..31. */
int64_t clock_days(int year, int month, int day);

/* Has this month of this year such a day? */
bool clock_date_exists(int year, int month, int day);

/* Civil date of days since 1970-01-01. */
void clock_civil(int64_t days, int *year, int *month, int *day);

/* Now. */
int64_t clock_now_us(void);

#define CLOCK_ISO_LEN 28
/*
 * "2026-03-14T09:15:02.418237Z" into out (CLOCK_ISO_LEN bytes with the NUL).
 * Years outside 0..9999 are shown as they are clamped.
 */
void clock_iso(int64_t at_us, char out[CLOCK_ISO_LEN]);

#endif
