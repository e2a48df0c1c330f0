/*
 * test_input.c - lines of files, plain and compressed, whole and damaged.
 */
#include <archive.h>
#include <archive_entry.h>
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "input/input.h"

static char dir[] = "/tmp/qtrail-input-XXXXXX";
static char path[64];
static struct err err;

static void set_up(void)
{
	strcpy(dir, "/tmp/qtrail-input-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/log", dir);
}

static void tear_down(void)
{
	unlink(path);
	rmdir(dir);
}

static void put(const char *bytes, size_t len, const char *mode)
{
	FILE *f = fopen(path, mode);
	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq((int)fwrite(bytes, 1, len, f), (int)len);
	fclose(f);
}

/* text through a libarchive filter ("gzip", "zstd", ...) into the file */
static void pack(const char *filter, const char *text, size_t len)
{
	struct archive *a = archive_write_new();
	struct archive_entry *e = archive_entry_new();
	archive_write_set_format_raw(a);
	ck_assert_int_eq(archive_write_add_filter_by_name(a, filter), ARCHIVE_OK);
	ck_assert_int_eq(archive_write_open_filename(a, path), ARCHIVE_OK);
	archive_entry_set_filetype(e, AE_IFREG);
	archive_write_header(a, e);
	archive_write_data(a, text, len);
	archive_entry_free(e);
	archive_write_close(a);
	archive_write_free(a);
}

static struct input *must_open(void)
{
	struct input *in = input_open(path, &err);
	ck_assert_msg(in != NULL, "%s", err.text);
	return in;
}

static void line_is(struct input *in, enum input_result result, const char *text)
{
	struct line line;
	ck_assert_int_eq(input_next(in, &line, &err), result);
	if (text != NULL)
		ck_assert_msg(str_eq(line.text, str_of(text)), "%.*s", (int)line.text.len,
			      line.text.at);
}

START_TEST(a_last_line_without_newline_is_partial)
{
	put("one\ntwo\r\nthr", 12, "w");
	struct input *in = must_open();
	line_is(in, INPUT_LINE, "one");
	line_is(in, INPUT_LINE, "two");
	line_is(in, INPUT_PARTIAL, "thr");
	line_is(in, INPUT_END, NULL);
	line_is(in, INPUT_END, NULL);
	input_close(in);
}
END_TEST

START_TEST(a_line_too_long_is_passed_over_and_no_other)
{
	char *big = calloc(1, 1000000);
	memset(big, 'x', 1000000);
	put("one\n", 4, "w");
	put(big, 1000000, "a");
	put("\ntwo\n", 5, "a");
	free(big);
	struct input *in = must_open();
	struct line line;
	line_is(in, INPUT_LINE, "one");
	ck_assert_int_eq(input_next(in, &line, &err), INPUT_TOO_LONG);
	ck_assert_int_eq((int)line.number, 2);
	ck_assert_int_eq((int)(line.end - line.offset), 1000001);
	line_is(in, INPUT_LINE, "two");
	line_is(in, INPUT_END, NULL);
	input_close(in);
}
END_TEST

START_TEST(every_compression_gives_the_same_lines)
{
	static const char *const filters[] = { "gzip", "bzip2", "xz", "zstd", "lz4" };
	static const char text[] = "one\n\0two\xff\nthree\n";
	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
		struct line line;
		pack(filters[i], text, sizeof(text) - 1);
		struct input *in = must_open();
		line_is(in, INPUT_LINE, "one");
		ck_assert_int_eq(input_next(in, &line, &err), INPUT_LINE);
		ck_assert(str_eq(line.text, STR("\0two\xff")));
		line_is(in, INPUT_LINE, "three");
		line_is(in, INPUT_END, NULL);
		ck_assert(!input_is_growing(in));
		input_close(in);
	}
}
END_TEST

START_TEST(a_truncated_file_gives_its_lines_then_an_error)
{
	char *text = calloc(1, 300000);
	for (size_t i = 0; i < 300000; i++)
		text[i] = i % 50 == 49 ? '\n' : (char)('a' + rand() % 26);
	pack("gzip", text, 300000);
	free(text);
	ck_assert_int_eq(truncate(path, 100000), 0);
	struct input *in = must_open();
	struct line line;
	int lines = 0;
	enum input_result got;
	while ((got = input_next(in, &line, &err)) == INPUT_LINE)
		lines++;
	ck_assert_int_eq(got, INPUT_ERROR);
	ck_assert_int_gt(lines, 1000);
	ck_assert_ptr_nonnull(strstr(err.text, path));
	input_close(in);
}
END_TEST

START_TEST(what_cannot_be_read_is_said)
{
	ck_assert_ptr_null(input_open(path, &err));
	ck_assert_ptr_nonnull(strstr(err.text, "No such file"));
	ck_assert_ptr_null(input_open(dir, &err));
	ck_assert_ptr_nonnull(strstr(err.text, "is a directory"));
	put("", 0, "w");
	struct input *in = must_open();
	line_is(in, INPUT_END, NULL);
	input_close(in);
}
END_TEST

START_TEST(reading_goes_on_after_the_last_line_taken)
{
	put("one\ntwo\nthree\n", 14, "w");
	for (int packed = 0; packed < 2; packed++) {
		if (packed == 1)
			pack("gzip", "one\ntwo\nthree\n", 14);
		struct input *in = must_open();
		ck_assert(input_seek_after(in, 8, STR("two"), &err));
		line_is(in, INPUT_LINE, "three");
		input_close(in);
		in = must_open();
		ck_assert(!input_seek_after(in, 8, STR("twX"), &err));
		ck_assert_str_eq(err.text, "");
		input_close(in);
		in = must_open();
		ck_assert(!input_seek_after(in, 800, STR("two"), &err));
		input_close(in);
	}
}
END_TEST

START_TEST(the_head_is_shown_without_being_taken)
{
	put("one\ntwo\n", 8, "w");
	struct input *in = must_open();
	ck_assert(str_eq(input_head(in, &err), STR("one\ntwo\n")));
	line_is(in, INPUT_LINE, "one");
	input_close(in);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("input");
	TCase *c = tcase_create("files");
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, a_last_line_without_newline_is_partial);
	tcase_add_test(c, a_line_too_long_is_passed_over_and_no_other);
	tcase_add_test(c, every_compression_gives_the_same_lines);
	tcase_add_test(c, a_truncated_file_gives_its_lines_then_an_error);
	tcase_add_test(c, what_cannot_be_read_is_said);
	tcase_add_test(c, reading_goes_on_after_the_last_line_taken);
	tcase_add_test(c, the_head_is_shown_without_being_taken);
	suite_add_tcase(s, c);
	SRunner *runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
