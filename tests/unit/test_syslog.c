/*
 * test_syslog.c - every framing, stamps without year and zone, hostile headers.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "syslog/syslog.h"

static struct framer *f;

static void start(int year, const char *zone)
{
	struct framer_options opt = { .host = "given", .year = year, .timezone = zone };
	struct err err;
	f = framer_new(&opt, &err);
	ck_assert_msg(f != NULL, "%s", err.text);
}

static void set_up(void)
{
	start(2026, "UTC");
}

static void tear_down(void)
{
	framer_free(f);
}

static void is(struct str got, const char *want)
{
	ck_assert_msg(str_eq(got, str_of(want)), "\"%.*s\" is not \"%s\"", (int)got.len, got.at,
		      want);
}

static struct record frame(const char *line)
{
	struct record r;
	ck_assert_msg(framer_line(f, str_of(line), &r) == FRAME_RECORD, "not a record: %s", line);
	return r;
}

static void time_is(const struct record *r, const char *want)
{
	char at[CLOCK_ISO_LEN];
	clock_iso(r->time_us, at);
	ck_assert_str_eq(at, want);
}

START_TEST(each_framing_gives_the_same_record)
{
	static const char *const lines[] = {
		"Mar 14 09:15:02 mx1 postfix/smtpd[77]: hello",
		"2026-03-14T09:15:02+00:00 mx1 postfix/smtpd[77]: hello",
		"2026-03-14T10:15:02.000000+0100 mx1 postfix/smtpd[77]: hello",
		"<22>Mar 14 09:15:02 mx1 postfix/smtpd[77]: hello",
		"<22>1 2026-03-14T09:15:02Z mx1 postfix/smtpd 77 - - hello",
		"<22>1 2026-03-14T09:15:02Z mx1 postfix/smtpd 77 - [a b=\"c\\\"]d\"] "
		"\xef\xbb\xbfhello",
		"Mar 14 09:15:02 mx1 postfix/smtpd[77]: [ID 197553 mail.info] hello",
		"Mar 14 09:15:02 <mail.info> mx1 postfix/smtpd[77]: hello",
		"Mar 14 09:15:02 mx1 mail:info postfix/smtpd[77]: hello",
		"Mar 14 09:15:02 src@mx1/relay1 postfix/smtpd[77]: hello",
		"Mar 14 09:15:02 mx1 mail.info postfix/smtpd[77]: hello",
		"Mar 14 09:15:02.000000 mx1 postfix/smtpd[77]: hello",
		"Sat 2026-03-14 09:15:02 UTC mx1 postfix/smtpd[77]: hello",
		"1773479702.000000 mx1 postfix/smtpd[77]: hello",
		"mail-1  | 2026-03-14T09:15:02+00:00 mx1 postfix/smtpd[77]: hello",
		"[pod/mail-0/postfix] Mar 14 09:15:02 mx1 postfix/smtpd[77]: hello",
		"2026-03-14T09:15:02.000000418Z stdout F Mar 14 11:15:02 mx1 postfix/smtpd[77]: "
		"hello",
		"2026-03-14T09:15:08Z stderr F 2026-03-14T10:15:02+01:00 mx1 postfix/smtpd[77]: "
		"hello",
		"mail-1  | 2026-03-14T09:15:02Z Mar 14 11:15:02 mx1 postfix/smtpd[77]: hello",
		"2026-03-14 09:15:02 mx1 postfix/smtpd[77]: hello",
		"2026-03-14 10:15:02,000+01:00 mx1 postfix/smtpd[77]: hello",
		"Mar 14 2026 09:15:02 mx1 postfix/smtpd[77]: hello",
		"2026 Mar 14 09:15:02.000 mx1 postfix/smtpd[77]: hello",
		"Sat 2026-03-14 06:15:02 -03 mx1 postfix/smtpd[77]: hello",
		"Sat 2026-03-14 12:45:02 +0330 mx1 postfix/smtpd[77]: hello",
		"<22> Mar 14 09:15:02 mx1 postfix/smtpd[77]:  hello",
		"1 2026-03-14T09:15:02Z mx1 postfix/smtpd 77 - - hello",
		"<22>1 2026-03-14T09:15:02Z mx1 postfix/smtpd 77 - -  hello",
		"<22>1 2026-03-14T09:15:02Z mx1 postfix/smtpd[77]: - - - hello",
		"<22>1 2026-03-14T09:15:02Z mx1 - - - - postfix/smtpd[77]: hello",
		"<30>1 2026-03-14T09:15:02Z outer mail 9 mail - Mar 14 11:15:02 mx1 "
		"postfix/smtpd[77]: hello",
		"\xef\xbb\xbfMar 14 09:15:02 mx1 postfix/smtpd[77]: hello",
		"{\"log\":\"Mar 14 11:15:02 mx1 postfix/smtpd[77]: "
		"hello\\n\",\"stream\":\"stdout\","
		"\"time\":\"2026-03-14T09:15:02.000000418Z\"}",
		"{\"log\":\"2026-03-14T10:15:02+01:00 mx1 postfix/smtpd[77]: hello\\r\\n\","
		"\"time\":\"2026-03-14T09:15:08Z\"}",
		"Mar 14 10:00:00 outer docker[1]: 2026-03-14T09:15:02+00:00 mx1 postfix/smtpd[77]: "
		"hello",
		"{\"__REALTIME_TIMESTAMP\":\"1773479702000000\",\"SYSLOG_IDENTIFIER\":\"postfix/"
		"smtpd\","
		"\"_PID\":\"77\",\"_HOSTNAME\":\"mx1\",\"MESSAGE\":\"hello\"}",
		"{\"__REALTIME_TIMESTAMP\":\"1773479702000000\",\"SYSLOG_IDENTIFIER\":\"postfix/"
		"smtpd\","
		"\"_PID\":\"77\",\"_HOSTNAME\":\"mx1\",\"MESSAGE\":[104,101,108,108,111]}",
	};
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct record r = frame(lines[i]);
		is(r.host, "mx1");
		is(r.ident, "postfix/smtpd");
		is(r.body, "hello");
		ck_assert_int_eq(r.pid, 77);
		time_is(&r, "2026-03-14T09:15:02.000000Z");
	}
}
END_TEST

START_TEST(a_native_line_takes_the_given_host)
{
	struct record r = frame("2026-03-14 09:15:02.418 +0100 [40213] 1w1L5K-000ASb-DU Completed");
	is(r.host, "given");
	is(r.ident, "");
	is(r.body, "1w1L5K-000ASb-DU Completed");
	ck_assert_int_eq(r.pid, 40213);
	ck_assert(r.host_assumed);
	time_is(&r, "2026-03-14T08:15:02.418000Z");
	struct record next;
	ck_assert_int_eq(framer_line(f, STR("  a line that goes on"), &next), FRAME_NOT_MAIL);
}
END_TEST

/* Else the words of a sender, logged by such a program, could be another host's line. */
START_TEST(a_host_is_read_only_in_files_that_begin_with_one)
{
	struct record r = frame("2026-03-14 09:15:02 1w1L5K-000ASb-DU Completed");
	r = frame("2026-03-14 09:15:02 mx1 postfix/smtpd[77]: hello");
	is(r.host, "given");
	is(r.body, "mx1 postfix/smtpd[77]: hello");
	r = frame("2026-03-14 09:15:02 H=mx1 x[77]: hello");
	is(r.host, "given");
}
END_TEST

START_TEST(days_of_one_digit_need_no_padding)
{
	static const char *const lines[] = { "Mar  4 09:15:02 mx1 a: x", "Mar 04 09:15:02 mx1 a: x",
					     "Mar 4 09:15:02 mx1 a: x",
					     "Mar 4 09:15:02.000001 mx1 a: x",
					     "Mar  4 2026 09:15:02 mx1 a: x" };
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct record r = frame(lines[i]);
		is(r.host, "mx1");
		time_is(&r, i == 3 ? "2026-03-04T09:15:02.000001Z" : "2026-03-04T09:15:02.000000Z");
		ck_assert(r.year_inferred == (i < 4));
	}
	struct record none;
	ck_assert_int_eq(framer_line(f, STR("Mar 4 9:15:02 mx1 a: x"), &none), FRAME_MALFORMED);
}
END_TEST

/* The journal knows the time; the container's own zone is not known here. */
START_TEST(an_exact_outer_time_counts_for_an_inner_stamp_without_zone)
{
	struct record r = frame("{\"__REALTIME_TIMESTAMP\":\"1773479702418237\","
				"\"SYSLOG_IDENTIFIER\":\"d4f\",\"_HOSTNAME\":\"outer\",\"MESSAGE\":"
				"\"Mar 14 11:15:02 mx1 postfix/smtp[9]: hello\"}");
	is(r.host, "mx1");
	time_is(&r, "2026-03-14T09:15:02.418237Z");
	ck_assert(!r.year_inferred);
	r = frame("Mar 14 10:00:01 outer docker[1]: Mar 14 10:00:00 mx1 postfix/smtp[9]: hello");
	time_is(&r, "2026-03-14T10:00:00.000000Z");
	ck_assert(r.year_inferred);
	struct record none;
	ck_assert_int_eq(framer_line(f, STR("{\"log\":\"\\n\",\"time\":\"x\"}"), &none),
			 FRAME_NOT_MAIL);
	ck_assert_int_eq(framer_line(f, STR("{\"log\":7,\"time\":\"x\"}"), &none), FRAME_MALFORMED);
	ck_assert_int_eq(framer_line(f, STR("2026-03-14T09:15:02Z stdout F hello"), &none),
			 FRAME_NOT_MAIL);
}
END_TEST

START_TEST(an_inner_stamp_of_the_program_stays_in_the_body)
{
	struct record r = frame(
		"Mar 14 09:15:02 mx2 exim[9]: 2026-03-14 09:15:02 1w1L5K-000ASb-DU Completed");
	is(r.body, "2026-03-14 09:15:02 1w1L5K-000ASb-DU Completed");
	is(r.host, "mx2");
}
END_TEST

START_TEST(new_year_passes_within_a_file)
{
	tear_down();
	start(2025, "UTC");
	struct record r = frame("Dec 31 23:59:59 mx1 a[1]: x");
	time_is(&r, "2025-12-31T23:59:59.000000Z");
	r = frame("Jan  1 00:00:01 mx1 a[1]: x");
	time_is(&r, "2026-01-01T00:00:01.000000Z");
	r = frame("Dec 31 23:59:58 mx1 a[1]: late");
	time_is(&r, "2025-12-31T23:59:58.000000Z");
}
END_TEST

START_TEST(the_year_is_the_newest_that_is_not_in_the_future_of_the_file)
{
	struct framer_options opt = { .host = "h",
				      .timezone = "UTC",
				      .mtime_us = clock_days(2026, 1, 2) * S_PER_DAY * US_PER_S };
	struct err err;
	ck_assert(framer_restart(f, &opt, &err));
	struct record r = frame("Dec 31 23:59:59 mx1 a[1]: x");
	time_is(&r, "2025-12-31T23:59:59.000000Z");
	r = frame("Jan 01 00:00:01 mx1 a[1]: x");
	time_is(&r, "2026-01-01T00:00:01.000000Z");
	r = frame("Feb 29 00:00:01 mx1 a[1]: x");
	time_is(&r, "2024-02-29T00:00:01.000000Z");
}
END_TEST

START_TEST(stamps_without_zone_are_local)
{
	tear_down();
	start(2026, "Europe/Berlin");
	struct record r = frame("Mar 14 09:15:02 mx1 a[1]: x");
	time_is(&r, "2026-03-14T08:15:02.000000Z");
	r = frame("Jul 14 09:15:02 mx1 a[1]: x");
	time_is(&r, "2026-07-14T07:15:02.000000Z");
}
END_TEST

START_TEST(repeated_messages_count)
{
	struct record r = frame("Mar 14 09:15:02 mx1 a[1]: message repeated 3 times: [ inner]");
	is(r.body, "inner");
	ck_assert_int_eq((int)r.repeat, 3);
	frame("Mar 14 09:15:02 mx1 a[1]: one");
	r = frame("Mar 14 09:15:09 mx1 last message repeated 2 times");
	is(r.body, "one");
	ck_assert_int_eq((int)r.repeat, 2);
}
END_TEST

START_TEST(journald_export_ends_with_a_blank_line)
{
	struct record r;
	ck_assert_int_eq(framer_line(f, STR("__REALTIME_TIMESTAMP=1773479702000000"), &r),
			 FRAME_MORE);
	ck_assert_int_eq(framer_line(f, STR("_HOSTNAME=mx1"), &r), FRAME_MORE);
	ck_assert_int_eq(framer_line(f, STR("SYSLOG_IDENTIFIER=postfix/qmgr"), &r), FRAME_MORE);
	ck_assert_int_eq(framer_line(f, STR("MESSAGE"), &r), FRAME_MORE);
	ck_assert_int_eq((int)framer_wants_bytes(f), 8);
	framer_binary(f, (struct str){ "\5\0\0\0\0\0\0\0", 8 });
	ck_assert_int_eq((int)framer_wants_bytes(f), 6);
	framer_binary(f, STR("he\nlo\n"));
	ck_assert_int_eq((int)framer_wants_bytes(f), 0);
	ck_assert_int_eq(framer_line(f, STR(""), &r), FRAME_RECORD);
	is(r.body, "he\nlo");
	is(r.ident, "postfix/qmgr");
}
END_TEST

START_TEST(hostile_headers_are_malformed_not_fatal)
{
	static const char *const lines[] = { "x",
					     "<",
					     "<999999>",
					     "<22>1 ",
					     "Mar",
					     "Mar 99 99:99:99 h a: b",
					     "2026-03-14T09:15:02",
					     "2026-99-14T09:15:02Z h a: b",
					     "{",
					     "{}",
					     "<22>1 2026-03-14T09:15:02Z h a 1 - [x",
					     "9999999999.",
					     "| | |",
					     "Mar 14 09:15:02 mx1 a[99999999999999999999999",
					     "Mar 14 09:15:02 " };
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct record r;
		ck_assert_msg(framer_line(f, str_of(lines[i]), &r) != FRAME_RECORD, "%s", lines[i]);
	}
}
END_TEST

START_TEST(decorations_are_no_records)
{
	struct record r;
	ck_assert_int_eq(framer_line(f, STR("-- Boot 1234 --"), &r), FRAME_NOT_MAIL);
	ck_assert_int_eq(framer_line(f, STR(""), &r), FRAME_NOT_MAIL);
	ck_assert_int_eq(framer_line(f, STR("Mar 14 09:15:02 mx1 -- MARK --"), &r), FRAME_NOT_MAIL);
	ck_assert_int_eq(framer_line(f, STR("Mar 14 09:15:02 mx1 syslogd 1.5.0: restart."), &r),
			 FRAME_NOT_MAIL);
	ck_assert_int_eq(framer_line(f, STR("Mar 14 09:15:02 mx1 words without ident"), &r),
			 FRAME_MALFORMED);
}
END_TEST

static enum frame_result result_of(const char *line)
{
	struct record r;
	return framer_line(f, str_of(line), &r);
}

START_TEST(ident_and_pid_come_in_many_forms)
{
	static const struct {
		const char *line, *host, *ident, *body;
		int64_t pid;
	} cases[] = {
		{ "Mar 14 09:15:02 mx1 dovecot: imap-login: x", "mx1", "dovecot", "imap-login: x",
		  -1 },
		{ "Mar  4 09:15:02 2001:db8::1 postfix-out/relay/smtp[5]:", "2001:db8::1",
		  "postfix-out/relay/smtp", "", 5 },
		{ "Mar 14 09:15:02 mx1 sendmail[]: x", "mx1", "sendmail", "x", -1 },
		{ "Mar 14 09:15:02 mx1 a[12.x]: x", "mx1", "a", "x", -1 },
		{ "Mar 14 09:15:02 mx1 a[99999999999999999999]: x", "mx1", "a", "x", -1 },
		{ "Mar 14 09:15:02 postfix/smtp[9]: 4F5C64: x", "given", "postfix/smtp",
		  "4F5C64: x", 9 },
		{ "Mar 14 09:15:02 dovecot: lmtp: x", "given", "dovecot", "lmtp: x", -1 },
		{ "<22>1 2026-03-14T09:15:02Z - postfix/qmgr - - [a b=\"]\"][c] x", "given",
		  "postfix/qmgr", "x", -1 },
		{ "Mar 14 09:15:02 <2.6> mx1 sm-mta[3]: x", "mx1", "sm-mta", "x", 3 },
		{ "2026-03-14 09:15:02 [1/2] x", "given", "", "[1/2] x", -1 },
		{ "Mar 14 09:15:02 mx1 postfix/127.0.0.1:10025/smtpd[7]: connect", "mx1",
		  "postfix/127.0.0.1:10025/smtpd", "connect", 7 },
		{ "Mar 14 09:15:02 mx1 a:b[7] x", "mx1", "a", "b[7] x", -1 },
		{ "Mar 14 09:15:02 mx1 a:b", "mx1", "a", "b", -1 },
		{ "Mar 14 09:15:02 mx1 a:b[7]: x", "mx1", "a:b", "x", 7 },
		{ "Mar 14 09:15:02 mx1 77]: x", "mx1", "77]", "x", -1 },
		{ "Mar 14 09:15:02 mx1 a[12345678901]: x", "mx1", "a", "x", INT64_C(12345678901) },
		{ "Mar 14 09:15:02 mx1 a[7]:x y]: z", "mx1", "a", "x y]: z", 7 },
		{ "Mar 14 09:15:02 mx1 a[7]:", "mx1", "a", "", 7 },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct record r = frame(cases[i].line);
		is(r.host, cases[i].host);
		is(r.ident, cases[i].ident);
		is(r.body, cases[i].body);
		ck_assert_int_eq(r.pid, cases[i].pid);
		ck_assert(r.host_assumed == (strcmp(cases[i].host, "given") == 0));
		ck_assert(str_eq(r.line, str_of(cases[i].line)));
	}
}
END_TEST

START_TEST(offsets_and_fractions_count)
{
	static const char *const same[] = { "2026-03-14T10:15:02.418+01:00 h a: x",
					    "2026-03-14T04:45:02.418-0430 h a: x",
					    "2026-03-14T09:15:02,418000999 h a: x",
					    "2026-03-14T09:15:02.418Z h a: x",
					    "1773479702.418 h a: x",
					    "2026-03-14 10:15:02.418 +0100 x",
					    "2026-03-14 09:15:02.418 x",
					    "Sat 2026-03-14 09:15:02.418 UTC h a: x" };
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		struct record r = frame(same[i]);
		time_is(&r, "2026-03-14T09:15:02.418000Z");
	}
}
END_TEST

START_TEST(dates_that_do_not_exist_are_malformed)
{
	static const char *const lines[] = {
		"Feb 30 09:15:02 h a: x",        "Apr 31 09:15:02 h a: x",
		"Mar  0 09:15:02 h a: x",        "Mar 14 24:15:02 h a: x",
		"2025-02-29T09:15:02Z h a: x",   "2026-00-14T09:15:02Z h a: x",
		"2026-03-14T09:15:02Zx h a: x",  "2026-03-14T09:15:02+9900 h a: x",
		"2026-03-14T09:15:02+01 h a: x", "Mar 14 09:15:02x h a: x",
		"<192>Mar 14 09:15:02 h a: x",   "99999999999999999.1 h a: x",
		"2026-03-14 09:15:02",           "Sat 2026-03-14 09:15:02 CET",
	};
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		ck_assert_msg(result_of(lines[i]) == FRAME_MALFORMED, "%s", lines[i]);
}
END_TEST

START_TEST(a_given_year_goes_on_at_each_new_year)
{
	tear_down();
	start(2023, "UTC");
	struct record r = frame("Aug 20 12:00:00 h a: x");
	time_is(&r, "2023-08-20T12:00:00.000000Z");
	r = frame("Feb  1 12:00:00 h a: x"); /* a quiet host: 200 days back */
	time_is(&r, "2024-02-01T12:00:00.000000Z");
	r = frame("Jan 30 12:00:00 h a: x"); /* disorder */
	time_is(&r, "2024-01-30T12:00:00.000000Z");
	r = frame("Nov 30 12:00:00 h a: x");
	time_is(&r, "2024-11-30T12:00:00.000000Z");
	r = frame("Jan  2 12:00:00 h a: x");
	time_is(&r, "2025-01-02T12:00:00.000000Z");
}
END_TEST

/* A file continued after its record at `last` (local time of the zone). */
static void go_on(const char *zone, int64_t last_us, const char *line)
{
	struct framer_options opt = { .year = 2024, .timezone = zone, .last_us = last_us };
	ck_assert(framer_restart(f, &opt, NULL));
	framer_resume(f, str_of(line));
}

START_TEST(a_continued_file_keeps_year_and_last_line)
{
	struct record r;
	const int64_t new_year = INT64_C(1735689600000000); /* 2025-01-01 00:00:00 UTC */
	const char *deferred = "Dec 31 23:59:59 h postfix/smtp[5]: A1B2C3: deferred";
	go_on("UTC", new_year - US_PER_S, deferred);
	r = frame("Jan  1 00:00:01 h last message repeated 2 times");
	time_is(&r, "2025-01-01T00:00:01.000000Z");
	is(r.body, "A1B2C3: deferred");
	ck_assert_uint_eq(r.repeat, 2);
	go_on("UTC", new_year, "Jan  1 00:00:00 h a: x");
	r = frame("Dec 31 23:59:59 h a: late");
	time_is(&r, "2024-12-31T23:59:59.000000Z");
	r = frame("Jan  1 00:00:01 h a: x");
	time_is(&r, "2025-01-01T00:00:01.000000Z");
	/* New Year there is not that of UTC */
	go_on("Europe/Berlin", new_year - 1800 * US_PER_S, "Jan  1 00:30:00 h a: x");
	r = frame("Jan  1 00:31:00 h a: x");
	time_is(&r, "2024-12-31T23:31:00.000000Z");
	go_on("America/New_York", new_year + 3600 * US_PER_S, "Dec 31 20:00:00 h a: x");
	r = frame("Dec 31 20:01:00 h a: x");
	time_is(&r, "2025-01-01T01:01:00.000000Z");
	go_on("UTC", new_year, "not a line at all");
	go_on("UTC", new_year, "");
	r = frame("Jan  1 00:00:01 h a: x");
	time_is(&r, "2025-01-01T00:00:01.000000Z");
}
END_TEST

START_TEST(a_body_does_not_decide_the_year_of_the_lines_after_it)
{
	tear_down();
	start(2025, "UTC");
	frame("Dec 30 12:00:00 h a: x");
	frame("Dec 30 12:00:00 h a: Jan  1 00:00:00 not a header");
	frame("Dec 30 12:00:00 h docker[1]: Jan  1 00:00:00 inner b[1]: header");
	struct record r = frame("Dec 30 12:00:01 h a: x");
	time_is(&r, "2025-12-30T12:00:01.000000Z");
}
END_TEST

START_TEST(the_hour_that_comes_twice_goes_on)
{
	static const char *const hour[][2] = {
		{ "Oct 25 01:59:59 h a: x", "2026-10-24T23:59:59.000000Z" },
		{ "Oct 25 02:00:01 h a: x", "2026-10-25T00:00:01.000000Z" },
		{ "Oct 25 02:59:59 h a: x", "2026-10-25T00:59:59.000000Z" },
		{ "Oct 25 02:59:50 h a: late", "2026-10-25T00:59:50.000000Z" },
		{ "Oct 25 02:00:01 h a: again", "2026-10-25T01:00:01.000000Z" },
		{ "Oct 25 02:30:00 h a: x", "2026-10-25T01:30:00.000000Z" },
		{ "Oct 25 03:00:01 h a: x", "2026-10-25T02:00:01.000000Z" },
		{ "Oct 25 02:59:59 h a: late", "2026-10-25T01:59:59.000000Z" },
	};
	tear_down();
	start(2026, "Europe/Berlin");
	for (size_t i = 0; i < sizeof(hour) / sizeof(hour[0]); i++) {
		struct record r = frame(hour[i][0]);
		time_is(&r, hour[i][1]);
	}
	struct record r = frame("Mar 29 02:30:00 h a: in the hour that spring leaves out");
	ck_assert(r.time_us > 0);
}
END_TEST

START_TEST(the_zone_of_the_environment_is_put_back)
{
	setenv("TZ", "America/New_York", 1);
	tear_down();
	start(2026, "Asia/Kolkata");
	struct record r = frame("Mar 14 09:15:02 h a: x");
	time_is(&r, "2026-03-14T03:45:02.000000Z");
	ck_assert_str_eq(getenv("TZ"), "America/New_York");
	tear_down();
	start(2026, NULL);
	r = frame("Mar 14 09:15:02 h a: x");
	time_is(&r, "2026-03-14T13:15:02.000000Z");
	unsetenv("TZ");
}
END_TEST

START_TEST(an_unknown_zone_is_refused)
{
	static const char *const names[] = { "Europe/Nowhere", "",
					     "/etc/passwd",    "../../../etc/passwd",
					     "Europe",         ":UTC",
					     "tzdata.zi" };
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct framer_options opt = { .timezone = names[i] };
		struct err err = { "" };
		ck_assert_ptr_null(framer_new(&opt, &err));
		ck_assert_ptr_nonnull(strstr(err.text, "time zone"));
	}
}
END_TEST

START_TEST(a_repetition_is_of_the_same_host)
{
	frame("Mar 14 09:15:02 mx1 a[1]: one");
	frame("Mar 14 09:15:03 mx2 b[2]: two");
	struct record r = frame("Mar 14 09:15:09 mx1 last message repeated 2 times");
	is(r.body, "one");
	is(r.ident, "a");
	ck_assert_int_eq(r.pid, 1);
	time_is(&r, "2026-03-14T09:15:09.000000Z");
	r = frame("Mar 14 09:15:09 mx2 syslogd: last message repeated 1 time");
	is(r.body, "two");
	ck_assert_int_eq((int)r.repeat, 1);
	ck_assert_int_eq(result_of("Mar 14 09:15:09 mx3 last message repeated 2 times"),
			 FRAME_NOT_MAIL);
	ck_assert_int_eq(result_of("Mar 14 09:15:09 mx1 c: last message repeated 2 times"),
			 FRAME_NOT_MAIL);
	ck_assert_int_eq(result_of("Mar 14 09:15:09 mx1 last message repeated 99999999 times"),
			 FRAME_MALFORMED);
	ck_assert_int_eq(result_of("no stamp, and last message repeated 2 times"), FRAME_MALFORMED);
	struct framer_options opt = { .timezone = "UTC" };
	struct err err;
	ck_assert(framer_restart(f, &opt, &err));
	ck_assert_int_eq(result_of("Mar 14 09:15:09 mx1 last message repeated 2 times"),
			 FRAME_NOT_MAIL);
}
END_TEST

START_TEST(a_text_about_repetition_is_no_repetition)
{
	static const char *const bodies[] = {
		"message repeated 3 times: [ cut off",     "message repeated 0 times: [ x]",
		"message repeated 4294967299 times: [ x]", "message repeated times: [ x]",
		"last message repeated 3 times, he said",  "x last message repeated 3 times"
	};
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		char line[200];
		snprintf(line, sizeof(line), "Mar 14 09:15:02 mx1 a[1]: %s", bodies[i]);
		struct record r = frame(line);
		is(r.body, bodies[i]);
		ck_assert_int_eq((int)r.repeat, 1);
	}
}
END_TEST

START_TEST(json_without_text_or_program_is_no_record)
{
	struct record r = frame("{\"__REALTIME_TIMESTAMP\":\"1773479702000000\",\"_COMM\":\"smtp\","
				"\"_PID\":\"9\",\"SYSLOG_PID\":\"8\",\"MESSAGE\":\"\"}");
	is(r.ident, "smtp");
	is(r.host, "given");
	is(r.body, "");
	ck_assert_int_eq(r.pid, 9);
	ck_assert_int_eq(
		result_of("{\"__REALTIME_TIMESTAMP\":\"1\",\"_COMM\":\"a\",\"MESSAGE\":null}"),
		FRAME_NOT_MAIL);
	ck_assert_int_eq(result_of("{\"__REALTIME_TIMESTAMP\":\"1\",\"MESSAGE\":\"x\"}"),
			 FRAME_NOT_MAIL);
	ck_assert_int_eq(result_of("{\"__REALTIME_TIMESTAMP\":\"-1\",\"_COMM\":\"a\","
				   "\"MESSAGE\":\"x\"}"),
			 FRAME_NOT_MAIL);
	ck_assert_int_eq(result_of("{\"__REALTIME_TIMESTAMP\":1,\"MESSAGE\":{}}"), FRAME_MALFORMED);
	ck_assert_int_eq(result_of("{\"a\": "), FRAME_MALFORMED);
}
END_TEST

START_TEST(journald_messages_of_containers_are_unwrapped)
{
	struct record r = frame("{\"__REALTIME_TIMESTAMP\":\"1773479709000000\","
				"\"SYSLOG_IDENTIFIER\":\"d4f\",\"_HOSTNAME\":\"outer\",\"MESSAGE\":"
				"\"Mar 14 09:15:02 mx1 postfix/smtp[9]: hello\"}");
	is(r.host, "mx1");
	is(r.ident, "postfix/smtp");
	ck_assert_int_eq(r.pid, 9);
}
END_TEST

START_TEST(an_export_record_has_a_line_to_keep)
{
	struct record r;
	ck_assert_int_eq(result_of("__CURSOR=s=1"), FRAME_MORE);
	ck_assert(framer_is_within(f));
	ck_assert_int_eq(result_of("__REALTIME_TIMESTAMP=1773479702418237"), FRAME_MORE);
	ck_assert_int_eq(result_of("_HOSTNAME=mx1"), FRAME_MORE);
	ck_assert_int_eq(result_of("_PID=9"), FRAME_MORE);
	ck_assert_int_eq(result_of("SYSLOG_IDENTIFIER=postfix/qmgr"), FRAME_MORE);
	ck_assert_int_eq(result_of("MESSAGE=4F5C64: removed"), FRAME_MORE);
	ck_assert_int_eq(framer_end(f, &r), FRAME_RECORD);
	is(r.line, "2026-03-14T09:15:02.418237Z mx1 postfix/qmgr[9]: 4F5C64: removed");
	ck_assert(!framer_is_within(f));
	ck_assert_int_eq(framer_end(f, &r), FRAME_NOT_MAIL);
	ck_assert_int_eq(framer_line(f, STR(""), &r), FRAME_NOT_MAIL);
}
END_TEST

START_TEST(export_fields_of_any_length_are_survived)
{
	static char big[60000];
	memset(big, 'x', sizeof(big));
	memcpy(big, "MESSAGE=", 8);
	ck_assert_int_eq(result_of("__CURSOR=s=1"), FRAME_MORE);
	struct record r;
	for (int i = 0; i < 20; i++)
		ck_assert_int_eq(framer_line(f, (struct str){ big, sizeof(big) }, &r), FRAME_MORE);
	ck_assert_int_eq(result_of("COREDUMP"), FRAME_MORE);
	framer_binary(f, (struct str){ "\xff\xff\xff\xff\xff\xff\xff\xff", 8 });
	ck_assert(framer_wants_bytes(f) == SIZE_MAX); /* the caller gives up */
	framer_binary(f, STR(""));
	ck_assert_int_eq(result_of(""), FRAME_NOT_MAIL);
}
END_TEST

START_TEST(a_line_of_another_log_does_not_start_an_export)
{
	frame("Mar 14 09:15:02 mx1 a[1]: x");
	ck_assert_int_eq(result_of("__CURSOR=forged"), FRAME_MALFORMED);
	frame("Mar 14 09:15:02 mx1 a[1]: x");
}
END_TEST

START_TEST(a_line_at_a_known_limit_is_cut)
{
	static char line[2100] = "Mar 14 09:15:02 mx1 a[1]: ";
	size_t head = strlen(line);
	memset(line + head, 'x', sizeof(line) - head);
	struct record r;
	ck_assert_int_eq(framer_line(f, (struct str){ line, head + 2000 }, &r), FRAME_RECORD);
	ck_assert(r.truncated);
	ck_assert_int_eq(framer_line(f, (struct str){ line, head + 1999 }, &r), FRAME_RECORD);
	ck_assert(!r.truncated);
	ck_assert_int_eq(framer_line(f, (struct str){ line, 1024 }, &r), FRAME_RECORD);
	ck_assert(r.truncated);
	memcpy(line + head, "warning: ", 9);
	ck_assert_int_eq(framer_line(f, (struct str){ line, head + 2009 }, &r), FRAME_RECORD);
	ck_assert(r.truncated);
}
END_TEST

START_TEST(any_cut_of_a_line_is_survived)
{
	static const char *const lines[] = {
		"<22>1 2026-03-14T09:15:02.1Z h a 7 - [a b=\"\\\"]\"] \xef\xbb\xbfx",
		"mail-1  | Mar 14 09:15:02 <mail.info> s@h/r mail:info a[7]: [ID 1 mail.info] x",
		"Sat 2026-03-14 09:15:02 UTC h a[7]: message repeated 2 times: [ x]",
		"2026-03-14 09:15:02.418 +0100 [7] x",
		"Mar 14 09:15:02 h a: 2026-03-14T09:15:02Z h b: last message repeated 2 times",
		"Mar 14 09:15:02 h last message repeated 2 times",
		"<22>1 2026-03-14T09:15:02Z h postfix/1:2/a[7]: - - - x",
		"1 2026-03-14T09:15:02Z h - - - - a:b[7]: x",
		"[pod/h/a] 2026-03-14T09:15:02.512345678Z stderr P Mar 4 09:15:02 h a:1[7]: x",
		"2026 Mar 14 09:15:02.1 h a[7]: x",
		"Mar  4 2026 09:15:02 h a[7]: x",
		"Sat 2026-03-14 09:15:02 -03 h a[7]: x",
		"2026-03-14 09:15:02,1+01:00 h a[7]: x",
		"{\"log\":\"Mar 14 09:15:02 h a[7]: x\\n\",\"time\":\"2026-03-14T09:15:02.5Z\"}",
	};
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		for (size_t n = 0; n <= strlen(lines[i]); n++) {
			/* on the heap and without a NUL, so that ASan sees a byte too far */
			char *copy = malloc(n + (n == 0));
			struct record r;
			memcpy(copy, lines[i], n);
			framer_line(f, (struct str){ copy, n }, &r);
			free(copy);
		}
	}
}
END_TEST

START_TEST(the_line_kept_of_an_export_record_is_one_line)
{
	/* the archive ends lines with newlines (schema/README.md) */
	struct record r;
	ck_assert_int_eq(result_of("__REALTIME_TIMESTAMP=1773479702000000"), FRAME_MORE);
	ck_assert_int_eq(result_of("_HOSTNAME=mx1"), FRAME_MORE);
	ck_assert_int_eq(result_of("SYSLOG_IDENTIFIER=postfix/qmgr"), FRAME_MORE);
	ck_assert_int_eq(result_of("MESSAGE"), FRAME_MORE);
	framer_binary(f, (struct str){ "\5\0\0\0\0\0\0\0", 8 });
	framer_binary(f, STR("he\nlo\n"));
	ck_assert_int_eq(framer_line(f, STR(""), &r), FRAME_RECORD);
	ck_assert_ptr_null(memchr(r.line.at, '\n', r.line.len));
}
END_TEST

START_TEST(the_29th_of_february_finds_its_year)
{
	struct framer_options opt = { .host = "h",
				      .timezone = "UTC",
				      .mtime_us = (clock_days(2024, 3, 1) * S_PER_DAY + 60) *
						  US_PER_S };
	ck_assert(framer_restart(f, &opt, NULL));
	struct record r = frame("Feb 28 23:59:59 mx1 a[1]: x");
	time_is(&r, "2024-02-28T23:59:59.000000Z");
	r = frame("Feb 29 12:00:00 mx1 a[1]: x");
	time_is(&r, "2024-02-29T12:00:00.000000Z");
	r = frame("Mar  1 00:00:00 mx1 a[1]: x");
	time_is(&r, "2024-03-01T00:00:00.000000Z");
	ck_assert(r.year_inferred);
	opt.year = 0;
	opt.mtime_us = clock_days(2026, 3, 1) * S_PER_DAY * US_PER_S;
	ck_assert(framer_restart(f, &opt, NULL));
	r = frame("Feb 29 12:00:00 mx1 a[1]: x");
	time_is(&r, "2024-02-29T12:00:00.000000Z");
	ck_assert(!frame("2024-02-29T12:00:00Z mx1 a[1]: x").year_inferred);
}
END_TEST

START_TEST(no_stamp_is_before_the_year_that_was_given)
{
	tear_down();
	start(2023, "UTC"); /* which has no 29 February */
	frame("Feb 28 12:00:00 mx1 a[1]: x");
	struct record r;
	if (framer_line(f, STR("Feb 29 12:00:00 mx1 a[1]: x"), &r) == FRAME_RECORD)
		ck_assert_int_ge(r.time_us, clock_days(2023, 2, 28) * S_PER_DAY * US_PER_S);
}
END_TEST

START_TEST(every_framing_has_a_name_for_people)
{
	static const struct {
		const char *line;
		enum framing framing;
	} lines[] = {
		{ "Mar 14 09:15:02 mx1 a[1]: x", FRAMING_RFC3164 },
		{ "2026-03-14T09:15:02Z mx1 a[1]: x", FRAMING_RFC3339 },
		{ "<22>1 2026-03-14T09:15:02Z mx1 a 1 - - x", FRAMING_RFC5424 },
		{ "2026-03-14 09:15:02 x", FRAMING_NATIVE },
		{ "1773479702.000000 mx1 a[1]: x", FRAMING_JOURNAL_UNIX },
		{ "Sat 2026-03-14 09:15:02 UTC mx1 a[1]: x", FRAMING_JOURNAL_FULL },
		{ "{\"__REALTIME_TIMESTAMP\":\"1\",\"_COMM\":\"a\",\"MESSAGE\":\"x\"}",
		  FRAMING_JOURNAL_JSON },
	};
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		ck_assert_int_eq(frame(lines[i].line).framing, lines[i].framing);
		ck_assert_uint_gt(strlen(framing_name(lines[i].framing)), 3);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("syslog");
	TCase *c = tcase_create("framing");
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, each_framing_gives_the_same_record);
	tcase_add_test(c, a_native_line_takes_the_given_host);
	tcase_add_test(c, a_host_is_read_only_in_files_that_begin_with_one);
	tcase_add_test(c, days_of_one_digit_need_no_padding);
	tcase_add_test(c, an_exact_outer_time_counts_for_an_inner_stamp_without_zone);
	tcase_add_test(c, an_inner_stamp_of_the_program_stays_in_the_body);
	tcase_add_test(c, new_year_passes_within_a_file);
	tcase_add_test(c, the_year_is_the_newest_that_is_not_in_the_future_of_the_file);
	tcase_add_test(c, stamps_without_zone_are_local);
	tcase_add_test(c, repeated_messages_count);
	tcase_add_test(c, journald_export_ends_with_a_blank_line);
	tcase_add_test(c, hostile_headers_are_malformed_not_fatal);
	tcase_add_test(c, decorations_are_no_records);
	tcase_add_test(c, ident_and_pid_come_in_many_forms);
	tcase_add_test(c, offsets_and_fractions_count);
	tcase_add_test(c, dates_that_do_not_exist_are_malformed);
	tcase_add_test(c, a_given_year_goes_on_at_each_new_year);
	tcase_add_test(c, a_continued_file_keeps_year_and_last_line);
	tcase_add_test(c, a_body_does_not_decide_the_year_of_the_lines_after_it);
	tcase_add_test(c, the_hour_that_comes_twice_goes_on);
	tcase_add_test(c, the_zone_of_the_environment_is_put_back);
	tcase_add_test(c, an_unknown_zone_is_refused);
	tcase_add_test(c, a_repetition_is_of_the_same_host);
	tcase_add_test(c, a_text_about_repetition_is_no_repetition);
	tcase_add_test(c, json_without_text_or_program_is_no_record);
	tcase_add_test(c, journald_messages_of_containers_are_unwrapped);
	tcase_add_test(c, an_export_record_has_a_line_to_keep);
	tcase_add_test(c, export_fields_of_any_length_are_survived);
	tcase_add_test(c, a_line_of_another_log_does_not_start_an_export);
	tcase_add_test(c, a_line_at_a_known_limit_is_cut);
	tcase_add_test(c, any_cut_of_a_line_is_survived);
	tcase_add_test(c, the_line_kept_of_an_export_record_is_one_line);
	tcase_add_test(c, the_29th_of_february_finds_its_year);
	tcase_add_test(c, no_stamp_is_before_the_year_that_was_given);
	tcase_add_test(c, every_framing_has_a_name_for_people);
	suite_add_tcase(s, c);
	SRunner *runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
