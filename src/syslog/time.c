/*
 * time.c - the stamps of syslog and journald.
 *
 * Year-less stamps (RFC 3164): with a given year that is the year of the
 * first stamp, and a drop of more than 180 days means New Year has passed. Without, it is
 * the newest year for which the stamp is not later than the file's own time plus one day
 * (formats page, section 1; pitfall 29). 29 February takes the newest leap year.
 */
#include <stdlib.h>
#include <time.h>

#include "syslog/internal.h"

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

/* n digits. */
static bool number(struct cursor *c, int n, int *out)
{
	int v = 0;
	if (c->end - c->at < n)
		return false;
	for (int i = 0; i < n; i++) {
		if (!digit(c->at[i]))
			return false;
		v = v * 10 + (c->at[i] - '0');
	}
	c->at += n;
	*out = v;
	return true;
}

static bool expect(struct cursor *c, char ch)
{
	if (c->at == c->end || *c->at != ch)
		return false;
	c->at++;
	return true;
}

/* Seconds to add to local time to get UTC, asked of the C library. */
static int64_t zone_ask(const struct zone *z, int64_t days, int64_t seconds)
{
	struct tm tm = { 0 };
	int year, month, day;
	char *old = NULL;
	/* The C library knows one zone at a time; this runs once an hour of log time. */
	if (z->name != NULL) {
		const char *now = getenv("TZ");
		old = now != NULL ? mem_strdup(now) : NULL;
		setenv("TZ", z->name, 1);
		tzset();
	}
	clock_civil(days, &year, &month, &day);
	tm.tm_year = year - 1900;
	tm.tm_mon = month - 1;
	tm.tm_mday = day;
	tm.tm_hour = (int)(seconds / 3600);
	tm.tm_min = (int)(seconds / 60 % 60);
	tm.tm_sec = (int)(seconds % 60);
	tm.tm_isdst = -1;
	int64_t offset = (int64_t)mktime(&tm) - (days * S_PER_DAY + seconds);
	if (z->name != NULL) {
		if (old != NULL)
			setenv("TZ", old, 1);
		else
			unsetenv("TZ");
		tzset();
		free(old);
	}
	return offset;
}

int64_t zone_utc(struct zone *z, int64_t days, int64_t seconds)
{
	int64_t hour = days * 24 + seconds / 3600;
	if (!z->cached || z->cache_hour != hour) {
		z->cache_offset_s = zone_ask(z, days, seconds);
		z->cache_hour = hour;
		z->cached = true;
	}
	return days * S_PER_DAY + seconds + z->cache_offset_s;
}

/* hh:mm:ss[.fraction] */
static bool clock_part(struct cursor *c, int64_t *seconds, int64_t *us)
{
	int h, m, s;
	if (!number(c, 2, &h) || !expect(c, ':') || !number(c, 2, &m) || !expect(c, ':') ||
	    !number(c, 2, &s) || h > 23 || m > 59 || s > 60)
		return false;
	*seconds = h * 3600 + m * 60 + s;
	*us = 0;
	if (c->at < c->end && (*c->at == '.' || *c->at == ',') && c->at + 1 < c->end &&
	    digit(c->at[1])) {
		int64_t scale = 100000;
		for (c->at++; c->at < c->end && digit(*c->at); c->at++) {
			*us += (*c->at - '0') * scale;
			scale /= 10;
		}
	}
	return true;
}

static bool leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int month_of(const char *at)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	for (int i = 0; i < 12; i++) {
		if (memcmp(at, names + 3 * i, 3) == 0)
			return i + 1;
	}
	return 0;
}

static int year_given(struct framer *f, int month)
{
	/* half a year back is New Year; a small step back is only disorder */
	if (f->last_month != 0 && f->last_month - month > 6)
		f->current_year++;
	int year = f->current_year;
	if (f->last_month != 0 && month - f->last_month > 6)
		return year - 1; /* a late line of December, after January began */
	f->last_month = month;
	return year;
}

static int64_t date_days(struct framer *f, int month, int day)
{
	int year;
	if (f->year != 0) {
		year = year_given(f, month);
	} else {
		year = f->latest_year;
		while (clock_days(year, month, day) * S_PER_DAY * US_PER_S > f->latest_us)
			year--;
	}
	while (month == 2 && day == 29 && !leap(year))
		year--;
	return clock_days(year, month, day);
}

bool stamp_rfc3164(struct framer *f, struct cursor *c, int64_t *at_us)
{
	int64_t seconds, us;
	if (c->end - c->at < 15 || c->at[3] != ' ' || c->at[6] != ' ')
		return false;
	const char *date = c->at;
	if (!f->date_cached || memcmp(date, f->date_room, 6) != 0) {
		int month = month_of(date);
		int day = (date[4] == ' ' ? 0 : date[4] - '0') * 10 + (date[5] - '0');
		if (month == 0 || !digit(date[5]) || (date[4] != ' ' && !digit(date[4])) ||
		    day < 1 || day > 31)
			return false;
		f->date_days = date_days(f, month, day);
		memcpy(f->date_room, date, 6);
		f->date_cached = true;
	}
	c->at += 7;
	if (!clock_part(c, &seconds, &us))
		return false;
	*at_us = zone_utc(&f->zone, f->date_days, seconds) * US_PER_S + us;
	return true;
}

/* "Z", "+01:00", "+0100" */
static bool zone_part(struct cursor *c, int64_t *offset_s)
{
	int h, m;
	if (expect(c, 'Z')) {
		*offset_s = 0;
		return true;
	}
	if (c->at == c->end || (*c->at != '+' && *c->at != '-'))
		return false;
	int64_t sign = *c->at++ == '-' ? -1 : 1;
	if (!number(c, 2, &h))
		return false;
	expect(c, ':');
	if (!number(c, 2, &m))
		return false;
	*offset_s = sign * (h * 3600 + m * 60);
	return true;
}

static bool iso_date(struct cursor *c, int64_t *days)
{
	int y, m, d;
	if (!number(c, 4, &y) || !expect(c, '-') || !number(c, 2, &m) || !expect(c, '-') ||
	    !number(c, 2, &d) || m < 1 || m > 12 || d < 1 || d > 31)
		return false;
	*days = clock_days(y, m, d);
	return true;
}

bool stamp_iso(struct framer *f, struct cursor *c, char sep, int64_t *at_us, bool *zoned)
{
	int64_t days, seconds, us, offset = 0;
	if (!iso_date(c, &days) || !expect(c, sep) || !clock_part(c, &seconds, &us))
		return false;
	struct cursor zone = *c;
	if (sep == ' ')
		expect(&zone, ' ');
	*zoned = zone_part(&zone, &offset) && (zone.at == zone.end || *zone.at == ' ');
	if (*zoned) {
		*c = zone;
		*at_us = (days * S_PER_DAY + seconds - offset) * US_PER_S + us;
	} else {
		*at_us = zone_utc(&f->zone, days, seconds) * US_PER_S + us;
	}
	return true;
}

bool stamp_unix(struct cursor *c, int64_t *at_us)
{
	int64_t s = 0, us = 0, scale = 100000;
	const char *start = c->at;
	while (c->at < c->end && digit(*c->at) && c->at - start < 11)
		s = s * 10 + (*c->at++ - '0');
	if (c->at - start < 9 || !expect(c, '.'))
		return false;
	for (; c->at < c->end && digit(*c->at); c->at++) {
		us += (*c->at - '0') * scale;
		scale /= 10;
	}
	*at_us = s * US_PER_S + us;
	return true;
}

bool stamp_full(struct framer *f, struct cursor *c, int64_t *at_us)
{
	int64_t days, seconds, us;
	if (c->end - c->at < 24 || c->at[3] != ' ')
		return false;
	c->at += 4;
	if (!iso_date(c, &days) || !expect(c, ' ') || !clock_part(c, &seconds, &us) ||
	    !expect(c, ' '))
		return false;
	const char *name = c->at;
	while (c->at < c->end && *c->at != ' ')
		c->at++;
	bool utc = c->at - name == 3 && memcmp(name, "UTC", 3) == 0;
	int64_t s = utc ? days * S_PER_DAY + seconds : zone_utc(&f->zone, days, seconds);
	*at_us = s * US_PER_S + us;
	return true;
}
