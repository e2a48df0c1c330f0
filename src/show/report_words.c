/*
 * report_words.c - spans, amounts and ages in words.
 */
#include "show/report_words.h"

#include <stdio.h>
#include <time.h>

#include "base/clock.h"

static bool civil(int64_t at_us, bool utc, struct tm *tm)
{
	time_t at = (time_t)(at_us / US_PER_S - (at_us % US_PER_S < 0));
	return (utc ? gmtime_r(&at, tm) : localtime_r(&at, tm)) != NULL;
}

void words_span(struct buf *b, const struct report *r, bool utc)
{
	struct say how = { .utc = utc, .day_us = TRACE_NONE };
	struct tm tm;
	char zone[64];
	say_time(b, &how, r->since_us);
	buf_puts(b, " to ");
	say_time(b, &how, r->until_us);
	if (utc) {
		buf_puts(b, " UTC");
	} else if (civil(r->until_us, utc, &tm) && strftime(zone, sizeof(zone), " %Z", &tm) > 0) {
		buf_puts(b, zone);
	}
}

void words_step(struct buf *b, const struct report *r, int64_t at_us, bool utc)
{
	char text[64];
	struct tm tm;
	bool days = r->bucket_us >= S_PER_DAY * US_PER_S;
	bool many = (int64_t)r->bucket_count * r->bucket_us > S_PER_DAY * US_PER_S;
	if (!civil(at_us, utc, &tm))
		return;
	const char *form = days ? "%Y-%m-%d" : many ? "%m-%d %H:%M" : "%H:%M";
	if (strftime(text, sizeof(text), form, &tm) > 0)
		buf_puts(b, text);
}

void words_count(struct buf *b, int64_t n)
{
	buf_count(b, n > 0 ? (size_t)n : 0);
}

void words_bytes(struct buf *b, int64_t bytes)
{
	static const char *const units[] = { "bytes", "kB", "MB", "GB", "TB", "PB" };
	double n = (double)bytes;
	size_t unit = 0;
	while (n >= 999.95 && unit + 1 < sizeof(units) / sizeof(units[0])) {
		n /= 1000;
		unit++;
	}
	buf_printf(b, unit == 0 ? "%.0f %s" : "%.1f %s", n, units[unit]);
}

void words_share(struct buf *b, int64_t part, int64_t whole)
{
	if (whole > 0)
		buf_printf(b, "%.1f %%", 100.0 * (double)part / (double)whole);
}

const char *words_age(size_t i)
{
	static const char *const ages[REPORT_AGES] = { "under 15 minutes", "15 minutes to 1 hour",
						       "1 to 4 hours",     "4 hours to 1 day",
						       "1 to 5 days",      "5 days and more" };
	return i < REPORT_AGES ? ages[i] : "";
}
