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
	if (strcmp(filter, "lz4") == 0) /* small blocks: what is truncated has whole ones */
		archive_write_set_filter_option(a, "lz4", "block-size", "4");
	ck_assert_int_eq(archive_write_open_filename(a, path), ARCHIVE_OK);
	archive_entry_set_filetype(e, AE_IFREG);
	archive_write_header(a, e);
	archive_write_data(a, text, len);
	archive_entry_free(e);
	archive_write_close(a);
	archive_write_free(a);
}

/* Lines of 49 letters that do not compress well. */
static char letter(size_t i)
{
	return "abcdefghijklmnopqrstuvwxyz\n"[i % 50 == 49 ? 26 : rand() % 26];
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
		text[i] = letter(i);
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

START_TEST(a_compressed_empty_file_is_empty)
{
	/* not lz4: libarchive 3.6 cannot write it empty */
	static const char *const filters[] = { "gzip", "bzip2", "xz", "zstd" };
	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
		pack(filters[i], "", 0);
		struct input *in = must_open();
		ck_assert_uint_eq(input_head(in, &err).len, 0);
		line_is(in, INPUT_END, NULL);
		line_is(in, INPUT_END, NULL);
		input_close(in);
	}
}
END_TEST

START_TEST(gzip_members_in_a_row_are_one_file)
{
	char first[200];
	pack("gzip", "one\ntw", 6);
	FILE *file = fopen(path, "r");
	size_t n = fread(first, 1, sizeof(first), file);
	fclose(file);
	pack("gzip", "o\nthree\n", 8);
	char second[200];
	file = fopen(path, "r");
	size_t m = fread(second, 1, sizeof(second), file);
	fclose(file);
	put(first, n, "w");
	put(second, m, "a");
	struct input *in = must_open();
	line_is(in, INPUT_LINE, "one");
	line_is(in, INPUT_LINE, "two");
	line_is(in, INPUT_LINE, "three");
	line_is(in, INPUT_END, NULL);
	input_close(in);
}
END_TEST

START_TEST(damage_in_the_first_block_is_said)
{
	pack("gzip", "one\ntwo\nthree\n", 14);
	ck_assert_int_eq(truncate(path, 20), 0);
	err = (struct err){ "" };
	struct input *in = input_open(path, &err);
	struct line line;
	if (in != NULL)
		ck_assert_int_eq(input_next(in, &line, &err), INPUT_ERROR);
	input_close(in);
	ck_assert_ptr_nonnull(strstr(err.text, path));
}
END_TEST

START_TEST(an_error_stays_the_same)
{
	static char text[400000];
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = letter(i);
	pack("zstd", text, sizeof(text));
	struct stat st;
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(truncate(path, st.st_size - 1000), 0);
	struct input *in = must_open();
	struct line line;
	enum input_result got;
	do {
		got = input_next(in, &line, &err);
	} while (got == INPUT_LINE);
	ck_assert_int_eq(got, INPUT_ERROR);
	struct err first = err;
	ck_assert_int_eq(input_next(in, &line, &err), INPUT_ERROR);
	ck_assert_str_eq(first.text, err.text);
	input_close(in);
}
END_TEST

/* Standard input becomes a pipe that gives these bytes one by one. */
static void drip(const char *bytes, size_t len)
{
	int ends[2];
	ck_assert_int_eq(pipe(ends), 0);
	if (fork() == 0) {
		for (size_t i = 0; i < len; i++) {
			if (write(ends[1], bytes + i, 1) != 1)
				_exit(1);
			usleep(500);
		}
		_exit(0);
	}
	close(ends[1]);
	ck_assert_int_eq(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
	close(ends[0]);
}

START_TEST(standard_input_is_read_as_it_comes)
{
	char packed[200];
	pack("gzip", "one\ntwo\n", 8);
	FILE *file = fopen(path, "r");
	size_t n = fread(packed, 1, sizeof(packed), file);
	fclose(file);
	for (int i = 0; i < 2; i++) {
		if (i == 0)
			drip("one\ntwo\n", 8);
		else
			drip(packed, n);
		struct input *in = input_open("-", &err);
		ck_assert_msg(in != NULL, "%s", err.text);
		ck_assert(input_is_stream(in) && !input_is_growing(in));
		ck_assert_int_eq(input_raw_size(in), -1);
		ck_assert(str_eq(input_head(in, &err), STR("one\ntwo\n")));
		line_is(in, INPUT_LINE, "one");
		line_is(in, INPUT_LINE, "two");
		line_is(in, INPUT_END, NULL);
		input_close(in);
	}
}
END_TEST

START_TEST(a_line_too_long_without_an_end_is_left_for_the_next_run)
{
	static char big[200000];
	memset(big, 'x', sizeof(big));
	struct line line;
	put("one\n", 4, "w");
	put(big, sizeof(big), "a");
	struct input *in = must_open();
	line_is(in, INPUT_LINE, "one");
	line_is(in, INPUT_PARTIAL, "");
	line_is(in, INPUT_END, NULL);
	input_close(in);
	pack("gzip", big, sizeof(big));
	in = must_open();
	ck_assert_int_eq(input_next(in, &line, &err), INPUT_TOO_LONG);
	ck_assert_int_eq((int)line.end, (int)sizeof(big));
	line_is(in, INPUT_END, NULL);
	input_close(in);
}
END_TEST

START_TEST(the_longest_line_is_still_a_line)
{
	static char big[INPUT_LINE_MAX + 1];
	memset(big, 'x', sizeof(big));
	big[INPUT_LINE_MAX] = '\n';
	for (int i = 0; i < 20; i++)
		put(big, sizeof(big), i == 0 ? "w" : "a");
	struct input *in = must_open();
	struct line line;
	for (int i = 0; i < 20; i++) {
		ck_assert_int_eq(input_next(in, &line, &err), INPUT_LINE);
		ck_assert_uint_eq(line.text.len, INPUT_LINE_MAX);
		ck_assert_int_eq((int)line.offset, i * (int)sizeof(big));
		ck_assert_int_eq((int)line.number, i + 1);
	}
	line_is(in, INPUT_END, NULL);
	input_close(in);
}
END_TEST

START_TEST(raw_bytes_are_taken_between_lines)
{
	struct str bytes;
	put("KEY\n\1\n\0\nrest\n", 13, "w");
	struct input *in = must_open();
	line_is(in, INPUT_LINE, "KEY");
	ck_assert(input_take(in, 4, &bytes, &err));
	ck_assert(str_eq(bytes, STR("\1\n\0\n")));
	line_is(in, INPUT_LINE, "rest");
	ck_assert(!input_take(in, 1, &bytes, &err));
	ck_assert(!input_take(in, SIZE_MAX, &bytes, &err));
	ck_assert_ptr_nonnull(strstr(err.text, "too long"));
	input_close(in);
}
END_TEST

START_TEST(offsets_count_line_breaks_and_numbers_count_lines)
{
	static const int64_t places[][2] = { { 0, 5 }, { 5, 6 }, { 6, 8 }, { 8, 12 }, { 12, 13 } };
	struct line line;
	for (int packed = 0; packed < 2; packed++) {
		put("one\r\n\n\r\na\rb\n\r", 13, "w");
		if (packed == 1)
			pack("xz", "one\r\n\n\r\na\rb\n\r", 13);
		struct input *in = must_open();
		for (int i = 0; i < 5; i++) {
			enum input_result got = input_next(in, &line, &err);
			ck_assert_int_eq(got, i < 4 ? INPUT_LINE : INPUT_PARTIAL);
			ck_assert_int_eq(line.offset, places[i][0]);
			ck_assert_int_eq(line.end, places[i][1]);
			ck_assert_int_eq(line.number, i + 1);
			if (i == 3)
				ck_assert(str_eq(line.text, STR("a\rb")));
		}
		line_is(in, INPUT_END, NULL);
		input_close(in);
	}
}
END_TEST

START_TEST(a_plain_line_may_hold_any_byte)
{
	char bytes[257];
	for (int i = 0; i < 256; i++)
		bytes[i] = i == '\n' ? 'n' : (char)i;
	bytes[256] = '\n';
	put(bytes, 257, "w");
	struct input *in = must_open();
	struct line line;
	ck_assert_int_eq(input_next(in, &line, &err), INPUT_LINE);
	ck_assert(str_eq(line.text, (struct str){ bytes, 256 }));
	input_close(in);
}
END_TEST

/* The file's bytes, packed by a command-line tool; false where it is not installed. */
static bool packed_by(const char *tool, const char *text)
{
	char command[300];
	put(text, strlen(text), "w");
	snprintf(command, sizeof(command),
		 "command -v %s >/dev/null && %s -c < %s > %s.z && mv %s.z %s", tool, tool, path,
		 path, path, path);
	return system(command) == 0;
}

START_TEST(files_of_the_usual_tools_are_read_and_joined)
{
	static const char *const tools[] = { "gzip", "bzip2", "xz", "zstd", "lz4" };
	for (size_t i = 0; i < sizeof(tools) / sizeof(tools[0]); i++) {
		char part[2][400];
		size_t len[2];
		if (!packed_by(tools[i], "one\ntw"))
			continue;
		for (int j = 0; j < 2; j++) {
			if (j == 1)
				ck_assert(packed_by(tools[i], "o\nthree\n"));
			FILE *file = fopen(path, "r");
			len[j] = fread(part[j], 1, sizeof(part[j]), file);
			fclose(file);
		}
		put(part[0], len[0], "w");
		put(part[1], len[1], "a");
		struct input *in = must_open();
		line_is(in, INPUT_LINE, "one");
		line_is(in, INPUT_LINE, "two");
		line_is(in, INPUT_LINE, "three");
		line_is(in, INPUT_END, NULL);
		input_close(in);
	}
}
END_TEST

START_TEST(every_compression_tells_of_a_truncated_file)
{
	static const char *const filters[] = { "gzip", "bzip2", "xz", "zstd", "lz4" };
	static char text[3000000];
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = letter(i);
	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
		struct stat st;
		pack(filters[i], text, sizeof(text));
		ck_assert_int_eq(stat(path, &st), 0);
		ck_assert_int_eq(truncate(path, st.st_size * 9 / 10), 0);
		struct input *in = must_open();
		struct line line;
		enum input_result got;
		size_t at = 0;
		while ((got = input_next(in, &line, &err)) == INPUT_LINE) {
			ck_assert(str_eq(line.text, (struct str){ text + at, 49 }));
			at += 50;
		}
		ck_assert_msg(got == INPUT_ERROR, "%s ends in %d", filters[i], (int)got);
		ck_assert_msg(at > sizeof(text) / 10, "%s gives %zu bytes", filters[i], at);
		ck_assert_ptr_nonnull(strstr(err.text, path));
		input_close(in);
	}
}
END_TEST

START_TEST(a_log_goes_on_after_it_was_compressed)
{
	static const char *const filters[] = { "gzip", "bzip2", "xz", "zstd", "lz4" };
	static char text[400000];
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = letter(i);
	struct str tail = { text + 200000 - 30, 29 };
	for (size_t i = 0; i <= sizeof(filters) / sizeof(filters[0]); i++) {
		if (i == 0)
			put(text, sizeof(text), "w");
		else
			pack(filters[i - 1], text, sizeof(text));
		struct line line;
		struct input *in = must_open();
		ck_assert_uint_eq(input_head(in, &err).len, INPUT_HEAD_MAX);
		ck_assert(input_seek_after(in, 200000, tail, &err));
		ck_assert_int_eq(input_next(in, &line, &err), INPUT_LINE);
		ck_assert(str_eq(line.text, (struct str){ text + 200000, 49 }));
		ck_assert_int_eq(line.offset, 200000);
		ck_assert_int_eq(line.number, 1);
		input_close(in);
		in = must_open();
		ck_assert(
			!input_seek_after(in, 200050, tail, &err)); /* another line stands there */
		ck_assert_str_eq(err.text, "");
		input_close(in);
		in = must_open(); /* all of it was taken, and nothing came since */
		ck_assert(input_seek_after(in, sizeof(text),
					   (struct str){ text + sizeof(text) - 20, 19 }, &err));
		line_is(in, INPUT_END, NULL);
		input_close(in);
	}
}
END_TEST

START_TEST(the_place_to_go_on_may_follow_any_line)
{
	put("one\r\n\nlast", 10, "w");
	static const struct {
		int64_t offset;
		const char *tail, *next;
	} places[] = { { 5, "one", "" }, { 6, "", "last" }, { 10, "last", NULL } };
	for (size_t i = 0; i < 3; i++) {
		struct input *in = must_open();
		ck_assert_msg(input_seek_after(in, places[i].offset, str_of(places[i].tail), &err),
			      "place %zu", i);
		line_is(in,
			i == 0   ? INPUT_LINE
			: i == 1 ? INPUT_PARTIAL
				 : INPUT_END,
			places[i].next);
		input_close(in);
	}
	static const int64_t wrong[] = { -1, 11, INT64_MAX };
	for (size_t i = 0; i < 3; i++) {
		struct input *in = must_open();
		ck_assert(!input_seek_after(in, wrong[i], STR(""), &err));
		ck_assert_str_eq(err.text, "");
		input_close(in);
	}
	put("", 0, "w");
	struct input *in = must_open();
	ck_assert(!input_seek_after(in, 5, STR("one"), &err));
	input_close(in);
}
END_TEST

START_TEST(facts_of_a_file_are_told)
{
	put("one\ntwo\n", 8, "w");
	struct input *in = must_open();
	ck_assert(input_is_growing(in) && !input_is_stream(in));
	ck_assert_int_eq(input_raw_size(in), 8);
	struct stat st;
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(input_mtime_us(in) / 1000000, st.st_mtime);
	line_is(in, INPUT_LINE, "one");
	line_is(in, INPUT_LINE, "two");
	line_is(in, INPUT_END, NULL);
	ck_assert_int_eq(input_raw_position(in), 8);
	input_close(in);
}
END_TEST

START_TEST(text_that_begins_like_a_packed_file_is_read_or_refused)
{
	static const struct str starts[] = { { "\x1f\x8b rest\n", 8 },
					     { "BZh9 rest\n", 10 },
					     { "\x28\xb5\x2f\xfd rest\n", 10 },
					     { "\xfd\x37zXZ\0 rest\n", 12 } };
	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		put(starts[i].at, starts[i].len, "w");
		struct line line;
		err = (struct err){ "" };
		struct input *in = input_open(path, &err);
		enum input_result got = INPUT_ERROR;
		for (int n = 0; in != NULL && n < 3; n++) {
			got = input_next(in, &line, &err);
			if (got == INPUT_END || got == INPUT_ERROR)
				break;
		}
		/* no bytes of it are passed over in silence */
		ck_assert_msg(got == INPUT_END || strstr(err.text, path) != NULL, "%zu: %s", i,
			      err.text);
		ck_assert_msg(got != INPUT_END || line.end == (int64_t)starts[i].len, "%zu", i);
		input_close(in);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("input");
	TCase *c = tcase_create("files");
	tcase_set_timeout(c, 60);
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, a_last_line_without_newline_is_partial);
	tcase_add_test(c, a_line_too_long_is_passed_over_and_no_other);
	tcase_add_test(c, every_compression_gives_the_same_lines);
	tcase_add_test(c, a_truncated_file_gives_its_lines_then_an_error);
	tcase_add_test(c, what_cannot_be_read_is_said);
	tcase_add_test(c, reading_goes_on_after_the_last_line_taken);
	tcase_add_test(c, the_head_is_shown_without_being_taken);
	tcase_add_test(c, a_compressed_empty_file_is_empty);
	tcase_add_test(c, gzip_members_in_a_row_are_one_file);
	tcase_add_test(c, damage_in_the_first_block_is_said);
	tcase_add_test(c, an_error_stays_the_same);
	tcase_add_test(c, standard_input_is_read_as_it_comes);
	tcase_add_test(c, a_line_too_long_without_an_end_is_left_for_the_next_run);
	tcase_add_test(c, the_longest_line_is_still_a_line);
	tcase_add_test(c, raw_bytes_are_taken_between_lines);
	tcase_add_test(c, offsets_count_line_breaks_and_numbers_count_lines);
	tcase_add_test(c, a_plain_line_may_hold_any_byte);
	tcase_add_test(c, files_of_the_usual_tools_are_read_and_joined);
	tcase_add_test(c, every_compression_tells_of_a_truncated_file);
	tcase_add_test(c, a_log_goes_on_after_it_was_compressed);
	tcase_add_test(c, the_place_to_go_on_may_follow_any_line);
	tcase_add_test(c, facts_of_a_file_are_told);
	tcase_add_test(c, text_that_begins_like_a_packed_file_is_read_or_refused);
	suite_add_tcase(s, c);
	SRunner *runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
