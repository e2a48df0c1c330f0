/*
 * test_syslog.c - every framing, stamps without year and zone, hostile headers.
 */
#include <check.h>

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
		"Sat 2026-03-14 09:15:02 UTC mx1 postfix/smtpd[77]: hello",
		"1773479702.000000 mx1 postfix/smtpd[77]: hello",
		"mail-1  | 2026-03-14T09:15:02+00:00 mx1 postfix/smtpd[77]: hello",
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
}
END_TEST

int main(void)
{
	Suite *s = suite_create("syslog");
	TCase *c = tcase_create("framing");
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, each_framing_gives_the_same_record);
	tcase_add_test(c, a_native_line_takes_the_given_host);
	tcase_add_test(c, an_inner_stamp_of_the_program_stays_in_the_body);
	tcase_add_test(c, new_year_passes_within_a_file);
	tcase_add_test(c, the_year_is_the_newest_that_is_not_in_the_future_of_the_file);
	tcase_add_test(c, stamps_without_zone_are_local);
	tcase_add_test(c, repeated_messages_count);
	tcase_add_test(c, journald_export_ends_with_a_blank_line);
	tcase_add_test(c, hostile_headers_are_malformed_not_fatal);
	tcase_add_test(c, decorations_are_no_records);
	suite_add_tcase(s, c);
	SRunner *runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
