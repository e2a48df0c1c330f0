/*
 * clock.c - civil dates and microseconds.
 *
 * Promises: no time zone, no locale, no state. Years count from March, in eras
 * of 400 years (146097 days), so that the leap day is the last of its year:
 * Howard Hinnant, "chrono-compatible low-level date algorithms".
 */
#include "base/clock.h"

#include <stdio.h>
#include <time.h>

int64_t clock_days(int year, int month, int day)
{
	int64_t y = month <= 2 ? (int64_t)year - 1 : year;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t yoe = y - era * 400;
	int64_t doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
	return era * 146097 + doe - 719468;
}

bool clock_date_exists(int year, int month, int day)
{
	static const int length[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	return month >= 1 && month <= 12 && day >= 1 && day <= length[month - 1] &&
	       (month != 2 || day != 29 || leap);
}

void clock_civil(int64_t days, int *year, int *month, int *day)
{
	days += 719468;
	int64_t era = (days >= 0 ? days : days - 146096) / 146097;
	int64_t doe = days - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;
	*day = (int)(doy - (153 * mp + 2) / 5 + 1);
	*month = (int)(mp < 10 ? mp + 3 : mp - 9);
	*year = (int)(yoe + era * 400 + (*month <= 2));
}

int64_t clock_now_us(void)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * US_PER_S + now.tv_nsec / 1000;
}

void clock_iso(int64_t at_us, char out[CLOCK_ISO_LEN])
{
	int64_t s = at_us / US_PER_S, us = at_us % US_PER_S;
	if (us < 0) {
		us += US_PER_S;
		s--;
	}
	int64_t days = s / S_PER_DAY, rest = s % S_PER_DAY;
	if (rest < 0) {
		rest += S_PER_DAY;
		days--;
	}
	int year, month, day;
	clock_civil(days, &year, &month, &day);
	year = year < 0 ? 0 : year > 9999 ? 9999 : year;
	snprintf(out, CLOCK_ISO_LEN, "%04u-%02u-%02uT%02u:%02u:%02u.%06uZ", (unsigned)year % 10000,
		 (unsigned)month % 100, (unsigned)day % 100, (unsigned)(rest / 3600) % 100,
		 (unsigned)(rest / 60 % 60), (unsigned)(rest % 60), (unsigned)us % 1000000);
}
