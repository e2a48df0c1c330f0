/*
 * time.c - the stamps of syslog and journald.
 *
 * Promises: any bytes are fine, no number overflows, no date that does not
 * exist is taken. Most lines repeat the day and many the second of the line
 * before: these cost a comparison.
 *
 * Year-less stamps (RFC 3164 section 4.1.2; pitfall 29): with a given year that is the
 * year of the first stamp, and a step back of more than 180 days means New Year has
 * passed. Without, it is the newest year for which the stamp is not later than the file's
 * own time plus one day (formats page, section 1). 29 February takes the newest leap year;
 * in a given year without one it is no date.
 */
#include "syslog/internal.h"

#define HALF_YEAR 180
#define NEW_YEAR_DISORDER 7 /* days around New Year in which a line may come late */

/* Two digits, or -1. */
static int two(const char *at)
{
	return is_digit(at[0]) && is_digit(at[1]) ? (at[0] - '0') * 10 + (at[1] - '0') : -1;
}

/* "hh:mm:ss" to seconds of the day, or -1. A leap second (60) is the next minute's first. */
static int day_seconds(const char *at)
{
	int h = two(at), m = two(at + 3), s = two(at + 6);
	if (at[2] != ':' || at[5] != ':' || h < 0 || h > 23 || m < 0 || m > 59 || s < 0 || s > 60)
		return -1;
	return h * 3600 + m * 60 + s;
}

/* ".418237" or ",418", if there: microseconds. Digits beyond these are passed over. */
static int64_t fraction(struct cursor *c)
{
	int us = 0, digits = 0;
	if (c->end - c->at < 2 || (*c->at != '.' && *c->at != ',') || !is_digit(c->at[1]))
		return 0;
	for (c->at++; c->at < c->end && is_digit(*c->at); c->at++) {
		if (digits < 6) {
			us = us * 10 + (*c->at - '0');
			digits++;
		}
	}
	for (; digits < 6; digits++)
		us *= 10;
	return us;
}

/* The same text up to the seconds as in the stamp before? */
static bool same_second(const struct framer *f, const char *at, size_t len)
{
	return f->stamps.text_len == len && memcmp(at, f->stamps.text, len) == 0;
}

/* Local time in the zone of the file; that of the host may be told once the host is read. */
static int64_t to_utc(struct framer *f, int64_t local)
{
	f->local = local;
	f->local_utc = zone_utc(&f->zone, local);
	f->is_local = true;
	return f->local_utc;
}

static void keep_second(struct framer *f, const char *at, size_t len, int64_t local)
{
	memcpy(f->stamps.text, at, len);
	f->stamps.text_len = len;
	f->stamps.local = local;
}

/* ---- RFC 3164: no year ---- */

static int month_of(const char *at)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	for (int i = 0; i < 12; i++) {
		if (memcmp(at, names + 3 * i, 3) == 0)
			return i + 1;
	}
	return 0;
}

static int year_given(struct years *y, int month, int day)
{
	int today = (int)(clock_days(2000, month, day) - clock_days(2000, 1, 1));
	int last = y->last_day;
	/* a late line of December after January began; a small step back is only disorder */
	if (y->now > y->given && last >= 0 && last < NEW_YEAR_DISORDER &&
	    today > 365 - NEW_YEAR_DISORDER)
		return y->now - 1;
	if (last >= 0 && last - today > HALF_YEAR)
		y->now++;
	y->last_day = today;
	return y->now;
}

/* False for a 29 February in a given year that has none. */
static bool dated(struct years *y, int month, int day, int64_t *days)
{
	int year = y->latest_year;
	if (y->given != 0) {
		year = year_given(y, month, day);
		*days = clock_days(year, month, day);
		return clock_date_exists(year, month, day);
	}
	if (clock_days(year, month, day) * S_PER_DAY * US_PER_S > y->latest_us)
		year--;
	while (!clock_date_exists(year, month, day))
		year--;
	*days = clock_days(year, month, day);
	return true;
}

/* "Mar 14", "Mar  4" or "Mar 04" (pitfall 30) to days. */
static bool day_of(struct framer *f, const char *at)
{
	struct stamps *s = &f->stamps;
	if (s->day_known && memcmp(at, s->day_text, sizeof(s->day_text)) == 0)
		return true;
	const char padded[2] = { at[4] == ' ' ? '0' : at[4], at[5] };
	int month = month_of(at), day = two(padded);
	if (at[3] != ' ' || !clock_date_exists(2000, month, day))
		return false;
	if (!dated(&f->years, month, day, &s->days))
		return false;
	memcpy(s->day_text, at, sizeof(s->day_text));
	s->day_known = true;
	return true;
}

bool stamp_rfc3164(struct framer *f, struct cursor *c, int64_t *at_us)
{
	enum { LEN = sizeof("Mar 14 09:15:02") - 1 };
	const char *at = c->at;
	char padded[LEN];
	size_t len = LEN;
	if (c->end - at < LEN)
		return false;
	if (at[5] == ' ' && is_digit(at[4])) { /* "Mar 4": not all loggers pad */
		memcpy(padded, at, 4);
		padded[4] = ' ';
		memcpy(padded + 5, at + 4, LEN - 5);
		at = padded;
		len--;
	}
	if (!same_second(f, at, LEN)) {
		int seconds = day_seconds(at + 7);
		if (seconds < 0 || at[6] != ' ' || !day_of(f, at))
			return false;
		keep_second(f, at, LEN, f->stamps.days * S_PER_DAY + seconds);
	}
	c->at += len;
	int64_t us = fraction(c);
	*at_us = to_utc(f, f->stamps.local) * US_PER_S + us;
	return true;
}

/* The same with a year, as some devices and templates have it: behind the day, or before the month.
 */
bool stamp_with_year(struct framer *f, struct cursor *c, int64_t *at_us)
{
	const size_t len = sizeof("Mar 14 2026 09:15:02") - 1;
	const char *at = c->at;
	if ((size_t)(c->end - at) < len || at[11] != ' ')
		return false;
	bool first = is_digit(at[0]);
	const char *year = first ? at : at + 7, *day = first ? at + 5 : at;
	const char padded[2] = { day[4] == ' ' ? '0' : day[4], day[5] };
	int century = two(year), y = two(year + 2), month = month_of(day), d = two(padded);
	int seconds = day_seconds(at + 12);
	if (century < 0 || y < 0 || month == 0 || seconds < 0 || day[3] != ' ' ||
	    at[first ? 4 : 6] != ' ' || !clock_date_exists(century * 100 + y, month, d))
		return false;
	c->at += len;
	int64_t us = fraction(c);
	int64_t local = clock_days(century * 100 + y, month, d) * S_PER_DAY + seconds;
	*at_us = to_utc(f, local) * US_PER_S + us;
	return true;
}

/* ---- RFC 3339 and its relatives ---- */

/* "2026-03-14T09:15:02", the T being sep. */
static bool iso_second(struct framer *f, struct cursor *c, char sep, int64_t *local)
{
	const size_t len = sizeof("2026-03-14T09:15:02") - 1;
	const char *at = c->at;
	if ((size_t)(c->end - at) < len)
		return false;
	if (!same_second(f, at, len)) {
		int century = two(at), y = two(at + 2), month = two(at + 5), day = two(at + 8);
		int seconds = day_seconds(at + 11);
		if (century < 0 || y < 0 || seconds < 0 || at[4] != '-' || at[7] != '-' ||
		    !clock_date_exists(century * 100 + y, month, day))
			return false;
		keep_second(f, at, len,
			    clock_days(century * 100 + y, month, day) * S_PER_DAY + seconds);
	}
	c->at += len;
	*local = f->stamps.local;
	return at[10] == sep;
}

/* "Z", "+01:00", "+0100": seconds east of UTC. */
static bool offset(struct cursor *c, int64_t *east)
{
	size_t left = (size_t)(c->end - c->at);
	*east = 0;
	if (left > 0 && (*c->at == 'Z' || *c->at == 'z')) {
		c->at++;
		return true;
	}
	if (left < 5 || (*c->at != '+' && *c->at != '-'))
		return false;
	size_t colon = c->at[3] == ':';
	int h = two(c->at + 1), m = left > 4 + colon ? two(c->at + 3 + colon) : -1;
	if (h < 0 || h > 23 || m < 0 || m > 59)
		return false;
	*east = (*c->at == '-' ? -1 : 1) * (h * 3600 + m * 60);
	c->at += 5 + colon;
	return true;
}

bool stamp_iso(struct framer *f, struct cursor *c, char sep, int64_t *at_us)
{
	int64_t local, east;
	if (!iso_second(f, c, sep, &local))
		return false;
	int64_t us = fraction(c);
	struct cursor zone = *c;
	if (sep == ' ' && zone.at < zone.end && *zone.at == ' ')
		zone.at++;
	if (offset(&zone, &east) && (zone.at == zone.end || *zone.at == ' ')) {
		*c = zone;
		*at_us = (local - east) * US_PER_S + us;
	} else {
		*at_us = to_utc(f, local) * US_PER_S + us;
	}
	return true;
}

bool stamp_unix(struct cursor *c, int64_t *at_us)
{
	int64_t s = 0;
	const char *start = c->at;
	while (c->at < c->end && is_digit(*c->at) && c->at - start < 11)
		s = s * 10 + (*c->at++ - '0');
	if (c->at - start < 9 || c->at == c->end || *c->at != '.')
		return false;
	*at_us = s * US_PER_S + fraction(c);
	return true;
}

/* "+0330", "-03": what zones without an abbreviation of their own are called. */
static bool numeric_zone(const char *at, size_t len, int64_t *east)
{
	if ((len != 3 && len != 5) || (*at != '+' && *at != '-'))
		return false;
	int h = two(at + 1), m = len == 5 ? two(at + 3) : 0;
	*east = (*at == '-' ? -1 : 1) * (h * 3600 + m * 60);
	return h >= 0 && h <= 23 && m >= 0 && m <= 59;
}

bool stamp_full(struct framer *f, struct cursor *c, int64_t *at_us)
{
	int64_t local;
	if (c->end - c->at < 24 || c->at[3] != ' ')
		return false;
	c->at += 4;
	if (!iso_second(f, c, ' ', &local))
		return false;
	int64_t us = fraction(c);
	if (c->at == c->end || *c->at++ != ' ')
		return false;
	/* journald prints the name of its own zone, or UTC when told --utc */
	const char *name = c->at;
	while (c->at < c->end && *c->at != ' ')
		c->at++;
	size_t len = (size_t)(c->at - name);
	int64_t east = 0;
	bool told = (len == 3 && memcmp(name, "UTC", 3) == 0) || numeric_zone(name, len, &east);
	*at_us = (told ? local - east : to_utc(f, local)) * US_PER_S + us;
	return true;
}
