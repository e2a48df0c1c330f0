/*
 * age.c - ages, as retention is told.
 */
#include "base/age.h"

#include "base/when.h"

#define NUMBER_MAX INT64_C(100000)

static bool months_ago(int64_t months, int64_t now_us, int64_t *before_us)
{
	int year, month, day;
	int64_t days = now_us / (S_PER_DAY * US_PER_S), rest = now_us % (S_PER_DAY * US_PER_S);
	clock_civil(days, &year, &month, &day);
	int64_t count = (int64_t)year * 12 + month - 1 - months;
	if (count < 1970 * 12)
		return false;
	year = (int)(count / 12);
	month = (int)(count % 12) + 1;
	while (!clock_date_exists(year, month, day))
		day--;
	*before_us = clock_days(year, month, day) * S_PER_DAY * US_PER_S + rest;
	return true;
}

/* "90d" and the like. */
static bool ago(struct str text, int64_t now_us, int64_t *before_us)
{
	int64_t n = 0;
	if (text.len < 2 || !str_to_int64((struct str){ text.at, text.len - 1 }, &n) || n < 1 ||
	    n > NUMBER_MAX)
		return false;
	switch (text.at[text.len - 1]) {
	case 'd':
		*before_us = now_us - n * S_PER_DAY * US_PER_S;
		return true;
	case 'w':
		*before_us = now_us - n * 7 * S_PER_DAY * US_PER_S;
		return true;
	case 'm':
		return months_ago(n, now_us, before_us);
	case 'y':
		return months_ago(n * 12, now_us, before_us);
	default:
		return false;
	}
}

bool age_parse(struct str text, int64_t now_us, int64_t *before_us)
{
	text = str_trim(text);
	if (ago(text, now_us, before_us))
		return true;
	int64_t at_us;
	/* a year first: "14:00" or "monday" are times, but no ages anybody means */
	if (text.len < 8 || text.at[4] != '-' || !when_parse(text, now_us, false, &at_us) ||
	    at_us >= now_us)
		return false;
	*before_us = at_us;
	return true;
}
