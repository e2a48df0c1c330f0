/*
 * zone.c - local time to UTC.
 *
 * Stamps without an offset are local time. The C library knows the rules of
 * only one zone at a time, that of the environment, so for a zone of another
 * name TZ is changed and put back around the question: once a quarter of an
 * hour of log time, from one thread only.
 *
 * In autumn an hour comes twice (pitfall 29). Its stamps are read as the first
 * pass, until the stamps of the file step back within it: then as the second.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "syslog/internal.h"

#define QUARTER INT64_C(900)
#define FOLD_REACH (3 * 3600) /* stamps this near to each other are of the same night */
#define DISORDER 60           /* a step back of so many seconds is only disorder */

bool zone_exists(const char *name)
{
	char path[512];
	if (name[0] == '\0' || name[0] == '/' || name[0] == ':' || strstr(name, "..") != NULL)
		return false;
	int n = snprintf(path, sizeof(path), "/usr/share/zoneinfo/%s", name);
	FILE *file = n < (int)sizeof(path) ? fopen(path, "r") : NULL;
	char magic[4] = "";
	bool found = file != NULL && fread(magic, 1, 4, file) == 4 && memcmp(magic, "TZif", 4) == 0;
	if (file != NULL)
		fclose(file);
	return found || strcmp(name, "UTC") == 0;
}

/* What to add to this local time for UTC, seen as summer time or not; false: it cannot be. */
static bool ask(const struct tm *local, int64_t local_s, int is_dst, int64_t *add)
{
	struct tm tm = *local, back;
	tm.tm_isdst = is_dst;
	time_t t = mktime(&tm);
	*add = (int64_t)t - local_s;
	return localtime_r(&t, &back) != NULL && back.tm_min == local->tm_min &&
	       back.tm_hour == local->tm_hour && back.tm_mday == local->tm_mday;
}

static void ask_both(struct zone *z, int64_t local)
{
	int year, month, day;
	int64_t days = local / S_PER_DAY, s = local % S_PER_DAY, a, b;
	if (s < 0) {
		s += S_PER_DAY;
		days--;
	}
	clock_civil(days, &year, &month, &day);
	struct tm tm = { .tm_year = year - 1900,
			 .tm_mon = month - 1,
			 .tm_mday = day,
			 .tm_hour = (int)(s / 3600),
			 .tm_min = (int)(s / 60 % 60),
			 .tm_sec = (int)(s % 60) };
	bool summer = ask(&tm, local, 1, &a), winter = ask(&tm, local, 0, &b);
	if (!summer && !winter) /* the hour that spring leaves out */
		ask(&tm, local, -1, &a);
	z->first_s = summer || !winter ? a : b;
	z->second_s = winter ? b : a;
	if (summer && winter && b < a) {
		z->first_s = b;
		z->second_s = a;
	}
}

static void refill(struct zone *z, int64_t local)
{
	char *old = NULL;
	if (z->name != NULL) {
		const char *now = getenv("TZ");
		old = now != NULL ? mem_strdup(now) : NULL;
		setenv("TZ", z->name, 1);
	}
	tzset();
	ask_both(z, local);
	if (z->name == NULL)
		return;
	if (old != NULL)
		setenv("TZ", old, 1);
	else
		unsetenv("TZ");
	tzset();
	free(old);
}

static int64_t distance(int64_t a, int64_t b)
{
	return a < b ? b - a : a - b;
}

/* In the hour that comes twice: is this its second pass? */
static bool is_second(struct zone *z, int64_t local)
{
	int64_t back = z->last_local - local;
	if (distance(local, z->fold_at) > FOLD_REACH)
		z->second = back > 0 && back < FOLD_REACH; /* a late line from before 03:00 */
	else if (back > DISORDER)
		z->second = true;
	z->fold_at = local;
	return z->second;
}

/* "mx1" and "mx1.example.org" are one host. */
static bool is_host(struct str logged, struct str told)
{
	struct str shorter = logged.len < told.len ? logged : told;
	struct str longer = logged.len < told.len ? told : logged;
	if (shorter.len == 0 ||
	    (shorter.len < longer.len &&
	     (longer.at[shorter.len] != '.' || memchr(shorter.at, '.', shorter.len) != NULL)))
		return false;
	return str_eq_nocase(shorter, (struct str){ longer.at, shorter.len });
}

int64_t zone_of_host(struct framer *f, struct str host)
{
	for (size_t i = f->zone_count; f->is_local && i > 0; i--) {
		struct host_zone *z = &f->zones[i - 1];
		if (is_host(host, str_of(z->host)))
			return (zone_utc(&z->zone, f->local) - f->local_utc) * US_PER_S;
	}
	return 0;
}

int64_t zone_utc(struct zone *z, int64_t local)
{
	int64_t quarter = local / QUARTER;
	if (!z->cached || z->quarter != quarter) {
		refill(z, local);
		z->quarter = quarter;
		z->cached = true;
	}
	int64_t add = z->first_s;
	if (z->first_s != z->second_s && is_second(z, local))
		add = z->second_s;
	z->last_local = local;
	return local + add;
}
