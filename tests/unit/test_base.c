/*
 * test_base.c - slices, numbers, errors, memory, dates.
 */
#include <check.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"

START_TEST(an_empty_slice_is_fine_everywhere)
{
	const struct str none = { NULL, 0 };
	ck_assert(str_eq(none, STR("")));
	ck_assert(str_starts(none, none));
	ck_assert(!str_starts(none, STR("a")));
	ck_assert(str_eq_nocase(none, STR("")));
	ck_assert_uint_eq(str_skip(none, 5).len, 0);
	ck_assert_uint_eq(str_trim(none).len, 0);
	ck_assert_uint_eq(str_of(NULL).len, 0);
}
END_TEST

START_TEST(slices_compare_by_all_their_bytes)
{
	ck_assert(str_eq(STR("a\0b"), STR("a\0b")));
	ck_assert(!str_eq(STR("a\0b"), STR("a\0c")));
	ck_assert(!str_eq(STR("4HnkK"), STR("4HNKK")));
	ck_assert(str_eq_nocase(STR("MX1.Example.ORG"), STR("mx1.example.org")));
	ck_assert(!str_eq_nocase(STR("\xc4"), STR("\xe4"))); /* only ASCII folds */
	ck_assert(str_eq(str_trim(STR(" \t a b \t")), STR("a b")));
}
END_TEST

START_TEST(a_number_is_digits_only_and_fits)
{
	int64_t n = 7;
	ck_assert(str_to_int64(STR("9223372036854775807"), &n));
	ck_assert_int_eq(n, INT64_MAX);
	n = 7;
	static const struct str bad[] = { { "", 0 },   { "9223372036854775808", 19 },
					  { "-1", 2 }, { "+1", 2 },
					  { " 1", 2 }, { "1 ", 2 },
					  { "0x1", 3 } };
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert(!str_to_int64(bad[i], &n));
	ck_assert_int_eq(n, 7);
}
END_TEST

START_TEST(an_error_is_a_sentence_that_is_cut_not_overrun)
{
	struct err e;
	ck_assert(!err_set(&e, "line %d is odd", 3));
	ck_assert_str_eq(e.text, "line 3 is odd");
	ck_assert(!err_prefix(&e, "%s", "mail.log"));
	ck_assert_str_eq(e.text, "mail.log: line 3 is odd");
	err_set(&e, "again: %s", e.text);
	ck_assert_str_eq(e.text, "again: mail.log: line 3 is odd");
	ck_assert(!err_set(NULL, "nobody asks") && !err_prefix(NULL, "nobody"));
	char *big = mem_zalloc(5000);
	memset(big, 'x', 4999);
	err_set(&e, "%s", big);
	ck_assert_uint_eq(strlen(e.text), sizeof(e.text) - 1);
	err_prefix(&e, "%s", "mail.log");
	ck_assert_uint_eq(strlen(e.text), sizeof(e.text) - 1);
	err_prefix(&e, "%s", big);
	ck_assert_uint_eq(strlen(e.text), sizeof(e.text) - 1);
	free(big);
}
END_TEST

START_TEST(what_an_arena_gave_stays_until_the_round_ends)
{
	struct arena *a = arena_new();
	char *kept[1000];
	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < 1000; i++) {
			size_t n = i % 100 == 0 ? 300000 : i;
			kept[i] = arena_alloc(a, n);
			ck_assert_uint_eq((uintptr_t)kept[i] % 16, 0);
			memset(kept[i], (int)(i % 251), n);
		}
		for (size_t i = 1; i < 1000; i++) {
			size_t n = i % 100 == 0 ? 300000 : i;
			ck_assert_int_eq((unsigned char)kept[i][0], (int)(i % 251));
			ck_assert_int_eq((unsigned char)kept[i][n - 1], (int)(i % 251));
		}
		ck_assert(str_eq(arena_copy(a, STR("a\0b")), STR("a\0b")));
		arena_reset(a);
	}
	arena_free(a);
	arena_free(NULL);
}
END_TEST

START_TEST(days_and_dates_are_each_others_inverse)
{
	int year, month, day;
	ck_assert_int_eq(clock_days(1970, 1, 1), 0);
	ck_assert_int_eq(clock_days(2000, 3, 1) - clock_days(2000, 2, 28), 2);
	ck_assert_int_eq(clock_days(1900, 3, 1) - clock_days(1900, 2, 28), 1);
	for (int64_t days = -800000; days < 3000000; days += 13) {
		clock_civil(days, &year, &month, &day);
		ck_assert_int_eq(clock_days(year, month, day), days);
	}
}
END_TEST

START_TEST(times_are_shown_in_iso_8601)
{
	char out[CLOCK_ISO_LEN];
	clock_iso(INT64_C(1773479702418237), out);
	ck_assert_str_eq(out, "2026-03-14T09:15:02.418237Z");
	clock_iso(-1, out);
	ck_assert_str_eq(out, "1969-12-31T23:59:59.999999Z");
	clock_iso(INT64_MAX, out);
	ck_assert_uint_eq(strlen(out), CLOCK_ISO_LEN - 1);
	clock_iso(INT64_MIN, out);
	ck_assert_uint_eq(strlen(out), CLOCK_ISO_LEN - 1);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("base");
	TCase *c = tcase_create("base");
	tcase_add_test(c, an_empty_slice_is_fine_everywhere);
	tcase_add_test(c, slices_compare_by_all_their_bytes);
	tcase_add_test(c, a_number_is_digits_only_and_fits);
	tcase_add_test(c, an_error_is_a_sentence_that_is_cut_not_overrun);
	tcase_add_test(c, what_an_arena_gave_stays_until_the_round_ends);
	tcase_add_test(c, days_and_dates_are_each_others_inverse);
	tcase_add_test(c, times_are_shown_in_iso_8601);
	suite_add_tcase(s, c);
	SRunner *runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
