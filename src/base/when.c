/*
 * when.c - times as people type them.
 *
 * Promises: the whole text is understood, or none of it; no date that does not
 * exist is taken; the same now gives the same answer.
 */
#include "base/when.h"

#include <string.h>
#include <strings.h>
#include <time.h>

#define TEXT_MAX ((size_t)100)
#define NUMBER_MAX INT64_C(100000000000) /* beyond any count of seconds that makes sense */

/* What the words said so far. */
struct when {
	int64_t now; /* seconds */
	int year, month, day, seconds;
	bool has_date, has_year, has_time, has_zone, last;
	int weekday;  /* 0 is Sunday; -1: none */
	int64_t east; /* seconds east of UTC */
	int64_t us;   /* of the second */
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool number(const char **at, int64_t *n)
{
	*n = 0;
	if (!is_digit(**at))
		return false;
	for (; is_digit(**at); (*at)++) {
		*n = *n * 10 + (**at - '0');
		if (*n > NUMBER_MAX)
			return false;
	}
	return true;
}

/* A word of letters; its length, 0 when there is none. */
static size_t word(const char *at)
{
	size_t n = 0;
	while (is_letter(at[n]))
		n++;
	return n;
}

static bool is(const char *at, size_t len, const char *name)
{
	return strlen(name) == len && strncasecmp(at, name, len) == 0;
}

/* Which of count names (three letters, or the whole name) a word is; -1: none. */
static int name_of(const char *at, size_t len, const char *const *names, int count)
{
	for (int i = 0; i < count; i++) {
		if ((len == 3 && strncasecmp(at, names[i], 3) == 0) || is(at, len, names[i]))
			return i;
	}
	return -1;
}

static const char *const months[] = { "January",   "February", "March",    "April",
				      "May",       "June",     "July",     "August",
				      "September", "October",  "November", "December" };
static const char *const days[] = { "Sunday",   "Monday", "Tuesday", "Wednesday",
				    "Thursday", "Friday", "Saturday" };

/* ---- spans ---- */

static int64_t unit_seconds(const char *at, size_t len)
{
	static const struct {
		const char *name;
		int64_t seconds;
	} units[] = { { "s", 1 },           { "sec", 1 },      { "second", 1 },
		      { "m", 60 },          { "min", 60 },     { "minute", 60 },
		      { "h", 3600 },        { "hour", 3600 },  { "d", 86400 },
		      { "day", 86400 },     { "w", 604800 },   { "week", 604800 },
		      { "month", 2592000 }, { "y", 31536000 }, { "year", 31536000 } };
	size_t plural = len > 1 && (at[len - 1] == 's' || at[len - 1] == 'S') ? len - 1 : len;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (is(at, len, units[i].name) || is(at, plural, units[i].name))
			return units[i].seconds;
	}
	return 0;
}

static const char *blanks(const char *at)
{
	while (*at == ' ' || *at == '\t' || *at == ',')
		at++;
	return at;
}

/* "1d 12h": moves *at behind it. */
static bool span(const char **at, int64_t *seconds)
{
	const char *c = *at;
	int64_t n = 0, total = 0;
	bool any = false;
	while (is_digit(*c)) {
		if (!number(&c, &n))
			return false;
		c = blanks(c);
		size_t len = word(c);
		int64_t unit = unit_seconds(c, len);
		if (unit == 0 || __builtin_mul_overflow(n, unit, &n) ||
		    __builtin_add_overflow(total, n, &total) || total > NUMBER_MAX)
			return false;
		any = true;
		c += len;
		*at = c;
		c = blanks(c);
	}
	*seconds = total;
	return any;
}

/* text with a NUL behind it. */
static bool copy(struct str text, char out[TEXT_MAX + 1])
{
	if (text.len > TEXT_MAX || (text.len > 0 && memchr(text.at, '\0', text.len) != NULL))
		return false;
	if (text.len > 0)
		memcpy(out, text.at, text.len);
	out[text.len] = '\0';
	return true;
}

bool when_span(struct str text, int64_t *us)
{
	char room[TEXT_MAX + 1];
	int64_t seconds = 0;
	if (!copy(text, room))
		return false;
	const char *at = blanks(room);
	if (!span(&at, &seconds) || *blanks(at) != '\0')
		return false;
	*us = seconds * US_PER_S;
	return true;
}

/* ---- parts of a time ---- */

static bool date_exists(int year, int month, int day)
{
	return year >= 1 && year <= 9998 && clock_date_exists(year, month, day);
}

/* Exactly count digits. */
static bool fixed(const char **at, int count, int *out)
{
	*out = 0;
	for (int i = 0; i < count; i++, (*at)++) {
		if (!is_digit(**at))
			return false;
		*out = *out * 10 + (**at - '0');
	}
	return !is_digit(**at);
}

/* "Z", "+01:00", "+0100" */
static bool zone(struct when *w, const char **at)
{
	int sign = **at == '-' ? -1 : 1, h = 0, m = 0;
	w->has_zone = true;
	w->east = 0;
	if (**at == 'Z' || **at == 'z') {
		(*at)++;
		return !is_letter(**at);
	}
	(*at)++;
	for (int i = 0; i < 2; i++, (*at)++) {
		if (!is_digit(**at))
			return false;
		h = h * 10 + (**at - '0');
	}
	if (**at == ':')
		(*at)++;
	if (!fixed(at, 2, &m) || h > 23 || m > 59)
		return false;
	w->east = sign * (h * 3600 + m * 60);
	return true;
}

/* "am" or "pm" here or behind blanks moves *at behind it; 'a', 'p', or 0 for none. */
static char half_of_day(const char **at)
{
	const char *c = *at + strspn(*at, " \t");
	size_t len = word(c);
	char half = is(c, len, "am") ? 'a' : is(c, len, "pm") ? 'p' : '\0';
	if (half != '\0')
		*at = c + len;
	return half;
}

/* The hour of 1..12 and its half; 12am is midnight. False for another hour. */
static bool to_24(int64_t *h, char half)
{
	if (*h < 1 || *h > 12)
		return false;
	*h = *h % 12 + (half == 'p' ? 12 : 0);
	return true;
}

/* "09:15", "09:15:02.418237", "2:15pm", and a zone directly behind it */
static bool time_of_day(struct when *w, const char **at)
{
	int64_t h = 0;
	int m = 0, s = 0;
	if (w->has_time || !number(at, &h) || h > 23 || *(*at)++ != ':' || !fixed(at, 2, &m) ||
	    m > 59)
		return false;
	if (**at == ':') {
		(*at)++;
		if (!fixed(at, 2, &s) || s > 60)
			return false;
		if ((**at == '.' || **at == ',') && is_digit((*at)[1])) {
			(*at)++;
			for (int64_t scale = US_PER_S / 10; is_digit(**at); (*at)++, scale /= 10)
				w->us += (**at - '0') * scale;
		}
	}
	char half = half_of_day(at);
	if (half != '\0' && !to_24(&h, half))
		return false;
	w->has_time = true;
	w->seconds = (int)h * 3600 + m * 60 + s;
	if (**at == 'Z' || **at == 'z' || **at == '+' || **at == '-')
		return zone(w, at);
	return true;
}

/* "2026-03-14", a T and the time behind it */
static bool iso_date(struct when *w, const char **at)
{
	if (w->has_date || !fixed(at, 4, &w->year) || *(*at)++ != '-' || !fixed(at, 2, &w->month) ||
	    *(*at)++ != '-' || !fixed(at, 2, &w->day) || !date_exists(w->year, w->month, w->day))
		return false;
	w->has_date = w->has_year = true;
	if (**at != 'T' && **at != 't')
		return true;
	(*at)++;
	return time_of_day(w, at);
}

/* A number that is no ISO date: of a time, a day or a year. */
static bool number_word(struct when *w, const char **at)
{
	const char *c = *at;
	int64_t n = 0;
	if (!number(&c, &n))
		return false;
	if (*c == ':')
		return time_of_day(w, at);
	if (*c == '-' && c - *at == 4)
		return iso_date(w, at);
	bool four = c - *at == 4;
	*at = c;
	char half = half_of_day(at);
	if (half != '\0') { /* "2pm" */
		if (w->has_time || !to_24(&n, half))
			return false;
		w->has_time = true;
		w->seconds = (int)n * 3600;
		return true;
	}
	if (four && n >= 1000 && n <= 9998 && !w->has_year) {
		w->year = (int)n;
		w->has_year = true;
		return true;
	}
	if (n < 1 || n > 31 || w->day != 0)
		return false;
	w->day = (int)n;
	return true;
}

static void local_day(int64_t at, struct when *w)
{
	struct tm tm;
	time_t t = (time_t)at;
	localtime_r(&t, &tm);
	w->year = tm.tm_year + 1900;
	w->month = tm.tm_mon + 1;
	w->day = tm.tm_mday;
}

static void set_day(struct when *w, int back)
{
	struct when today = *w;
	local_day(w->now, &today);
	clock_civil(clock_days(today.year, today.month, today.day) - back, &w->year, &w->month,
		    &w->day);
	w->has_date = w->has_year = true;
}

static bool letter_word(struct when *w, const char **at)
{
	size_t len = word(*at);
	const char *c = *at;
	*at += len;
	int month = name_of(c, len, months, 12), day = name_of(c, len, days, 7);
	if (month >= 0 && w->month == 0) {
		w->month = month + 1;
	} else if (day >= 0 && w->weekday < 0 && !w->has_date) {
		w->weekday = day;
	} else if (is(c, len, "last") && !w->last) {
		w->last = true;
	} else if ((is(c, len, "today") || is(c, len, "yesterday")) && !w->has_date) {
		set_day(w, is(c, len, "yesterday") ? 1 : 0);
	} else if ((is(c, len, "noon") || is(c, len, "midnight")) && !w->has_time) {
		w->has_time = true;
		w->seconds = is(c, len, "noon") ? 12 * 3600 : 0;
	} else if (is(c, len, "UTC") || is(c, len, "GMT") || is(c, len, "Z")) {
		w->has_zone = true;
		w->east = 0;
	} else {
		return is(c, len, "at") || is(c, len, "on");
	}
	return true;
}

/* ---- parts together ---- */

static bool finish_date(struct when *w)
{
	if (w->weekday >= 0) {
		struct when today = *w;
		if (w->day != 0 || w->month != 0)
			return false;
		local_day(w->now, &today);
		int now = (int)((clock_days(today.year, today.month, today.day) + 4) % 7);
		int back = (now - w->weekday + 7) % 7;
		set_day(w, back == 0 && w->last ? 7 : back);
		return true;
	}
	if (w->last)
		return false;
	if (!w->has_date && w->month == 0 && w->day == 0) {
		if (w->has_year || !w->has_time)
			return false;
		set_day(w, 0);
	}
	if (!w->has_year) { /* the last such day */
		struct when today = *w;
		local_day(w->now, &today);
		w->year = today.year;
		if (w->month > today.month || (w->month == today.month && w->day > today.day))
			w->year--;
		for (int tries = 0; tries < 8 && !date_exists(w->year, w->month, w->day); tries++)
			w->year--;
	}
	return date_exists(w->year, w->month, w->day);
}

static int64_t to_utc(const struct when *w, int year, int month, int day)
{
	int64_t local = clock_days(year, month, day) * S_PER_DAY + w->seconds;
	if (w->has_zone)
		return local - w->east;
	struct tm tm = { .tm_year = year - 1900,
			 .tm_mon = month - 1,
			 .tm_mday = day,
			 .tm_hour = w->seconds / 3600,
			 .tm_min = w->seconds / 60 % 60,
			 .tm_sec = w->seconds % 60,
			 .tm_isdst = -1 };
	return (int64_t)mktime(&tm);
}

static bool absolute(const char *at, int64_t now_us, bool end, int64_t *at_us)
{
	struct when w = { .now = now_us / US_PER_S, .weekday = -1 };
	for (at = blanks(at); *at != '\0'; at = blanks(at)) {
		bool ok = is_digit(*at)    ? number_word(&w, &at)
			  : is_letter(*at) ? letter_word(&w, &at)
			  : (*at == '+' || *at == '-') && w.has_time && !w.has_zone ? zone(&w, &at)
										    : false;
		if (!ok)
			return false;
	}
	if (!finish_date(&w))
		return false;
	if (!end || w.has_time) {
		*at_us = to_utc(&w, w.year, w.month, w.day) * US_PER_S + w.us;
		return true;
	}
	int year, month,
		day; /* one microsecond before the next day begins, however long this one is */
	clock_civil(clock_days(w.year, w.month, w.day) + 1, &year, &month, &day);
	*at_us = to_utc(&w, year, month, day) * US_PER_S - 1;
	return true;
}

/* "2 hours ago", "-2h" */
static bool relative(const char *at, int64_t now_us, int64_t *at_us)
{
	int64_t seconds = 0;
	bool minus = *at == '-';
	if (minus)
		at++;
	if (!span(&at, &seconds))
		return false;
	at = blanks(at);
	size_t len = word(at);
	if (minus ? *at != '\0' : !is(at, len, "ago") || *blanks(at + len) != '\0')
		return false;
	*at_us = now_us - seconds * US_PER_S;
	return true;
}

bool when_parse(struct str text, int64_t now_us, bool end, int64_t *at_us)
{
	char room[TEXT_MAX + 1];
	int64_t n = 0, value = 0;
	if (!copy(text, room))
		return false;
	const char *at = blanks(room);
	bool ok;
	if (*at == '@') {
		at++;
		ok = number(&at, &n) && *blanks(at) == '\0';
		value = n * US_PER_S;
	} else if (is(at, word(at), "now") && *blanks(at + 3) == '\0') {
		ok = true;
		value = now_us;
	} else {
		ok = relative(at, now_us, &value) || absolute(at, now_us, end, &value);
	}
	if (ok)
		*at_us = value;
	return ok;
}
