/*
 * idtime.c - queue IDs that tell when they were given (a plugin's `id_times`).
 *
 * Promises: only an ID whose digits are a time is read as one; no sum overflows, as
 * digits are few.
 */
#include "base/clock.h"
#include "rules/internal.h"

#define DIGITS_READ 8u /* of one number: beyond any second that counts */

/* A number written in digits. False when a character is none of them. */
static bool number(struct str digits, struct str text, int64_t *out)
{
	*out = 0;
	if (text.len == 0 || text.len > DIGITS_READ)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		const char *at = memchr(digits.at, text.at[i], digits.len);
		if (at == NULL)
			return false;
		*out = *out * (int64_t)digits.len + (at - digits.at);
	}
	return true;
}

/* The year of this digit (years since 1900 modulo their number) that is nearest to the one given.
 */
static int year_near(int64_t digit, int64_t count, int near)
{
	int64_t year = 1900 + digit;
	while (near - year > count / 2)
		year += count;
	return (int)year;
}

/* A civil date and time of day, each a number of its own; months count from 0, as in struct tm. */
static bool civil(struct str digits, const struct str *slots, int64_t near_us, int64_t *at_us)
{
	int64_t part[ID_SLOTS - ID_YEAR];
	int year, month, day;
	for (int i = ID_YEAR; i < ID_SLOTS; i++) {
		if (!number(digits, slots[i], &part[i - ID_YEAR]))
			return false;
	}
	const int64_t *p = part; /* year, month, day, hour, minute, second */
	if (p[1] > 11 || p[2] < 1 || p[2] > 31 || p[3] > 23 || p[4] > 59 || p[5] > 60)
		return false;
	clock_civil(near_us / US_PER_S / S_PER_DAY, &year, &month, &day);
	year = year_near(p[0], (int64_t)digits.len, year);
	int64_t days = clock_days(year, (int)p[1] + 1, (int)p[2]);
	*at_us = (days * S_PER_DAY + p[3] * 3600 + p[4] * 60 + p[5]) * US_PER_S;
	return true;
}

bool id_time_read(struct id_time *t, struct matcher *m, struct str id, int64_t near_us,
		  int64_t *at_us)
{
	struct str slots[ID_SLOTS];
	struct str digits = str_of(t->digits);
	int64_t seconds = 0;
	memset(slots + SLOT_MAX, 0, sizeof(slots) - SLOT_MAX * sizeof(*slots));
	if (!pattern_match(&t->match, m, id, 0, slots, NULL))
		return false;
	if (slots[ID_SECONDS].at == NULL)
		return civil(digits, slots, near_us, at_us);
	if (!number(digits, slots[ID_SECONDS], &seconds))
		return false;
	*at_us = seconds * US_PER_S;
	return true;
}

bool rules_id_time(struct rules *r, struct str ident, struct str queue_id, int64_t near_us,
		   int64_t *at_us)
{
	const struct plugin *p = rules_route(r, ident)->plugin;
	for (size_t i = 0; p != NULL && i < p->id_time_count; i++) {
		if (id_time_read(&p->id_times[i], &r->matcher, queue_id, near_us, at_us))
			return true;
	}
	return false;
}
