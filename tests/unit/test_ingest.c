/*
 * test_ingest.c - unit tests of ingest/: what is read, in which order, and what the caller is told.
 * Links base, input, syslog, rules, track, store and ingest only: show, trace and cmd stay out.
 */
#include <check.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ingest/ingest.h"
#include "ingest/internal.h"
#include "ingest/sources.h"

#define LINE(id, at)                                                                               \
	"2026-03-14T09:15:" at ".000000+00:00 mx1 postfix/qmgr[7]: " id                            \
	": from=<a@example.org>, size=10, nrcpt=1 (queue active)\n"

static char dir[64], db[80], said[1000];
static struct ingest_options opt;
static struct ingest_result result;

static void put(const char *name, const char *text)
{
	char path[120];
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	FILE *f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}

/* As if the file was last written at this time. */
static void touch(const char *path, int64_t at_s)
{
	const struct timespec times[2] = { { .tv_sec = at_s }, { .tv_sec = at_s } };
	ck_assert_int_eq(utimensat(AT_FDCWD, path, times, 0), 0);
}

/* One number out of the database. */
static int64_t number(const char *sql)
{
	sqlite3 *q;
	sqlite3_stmt *row;
	ck_assert_int_eq(sqlite3_open_v2(db, &q, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_prepare_v2(q, sql, -1, &row, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(row), SQLITE_ROW);
	int64_t n = sqlite3_column_int64(row, 0);
	sqlite3_finalize(row);
	sqlite3_close(q);
	return n;
}

static const char *at(const char *name)
{
	static char path[4][120];
	static int n;
	char *out = path[n++ % 4];
	snprintf(out, sizeof(path[0]), "%s/%s", dir, name);
	return out;
}

static void set_up(void)
{
	strcpy(dir, "/tmp/qtrail-ingest-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	mkdir(at("logs"), 0755);
	snprintf(db, sizeof(db), "%s/q.db", dir);
	opt = (struct ingest_options){ .db = db, .batch = 1000, .local = "here" };
	opt.config = (struct config){ .arena = arena_new(), .keep_lines = -1, .journal = 0 };
	said[0] = '\0';
}

static void tear_down(void)
{
	char command[100];
	config_free(&opt.config);
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	ck_assert_int_eq(system(command), 0);
}

static void say(void *arg, const char *sentence)
{
	(void)arg;
	size_t len = strlen(said);
	snprintf(said + len, sizeof(said) - len, "%s\n", sentence);
}

static bool ingest(const char *path)
{
	const struct ingest_hooks hooks = { .say = say };
	struct err err = { "" };
	char *paths[] = { (char *)path };
	struct rules *rules = rules_new();
	ck_assert_msg(rules_add_builtin(rules, &err), "%s", err.text);
	bool ok = ingest_run(&opt, rules, &hooks, paths, 1, &result);
	rules_free(rules);
	return ok;
}

static struct sources listed(const char *arg, bool ok)
{
	struct sources s = { 0 };
	struct err err = { "" };
	ck_assert_msg(sources_add(&s, arg, &err) == ok, "%s", err.text);
	return s;
}

START_TEST(a_directory_gives_its_files_and_nothing_hidden)
{
	put("logs/mail.log", "x\n");
	put("logs/mail.log.1", "x\n");
	put("logs/mail.log~", "x\n");
	put("logs/.mail.log.swp", "x\n");
	mkdir(at("logs/below"), 0755);
	put("logs/below/mail.log", "x\n");
	struct sources s = listed(at("logs"), true);
	ck_assert_uint_eq(s.count, 2);
	ck_assert(!s.at[0].named && s.at[0].is_regular);
	sources_free(&s);
	s = listed(at("logs/*/"), true); /* in the directories a pattern gives */
	ck_assert_uint_eq(s.count, 1);
	sources_free(&s);
	s = listed(at("nothing*"), false);
	ck_assert_uint_eq(s.count, 0);
	sources_free(&s);
	s = listed(at("missing"), true); /* who reads it says so */
	ck_assert(s.count == 1 && s.at[0].named && !s.at[0].is_regular);
	sources_free(&s);
}
END_TEST

START_TEST(a_host_is_told_by_the_path_of_the_file)
{
	struct ingest g = { .opt = opt };
	ck_assert_str_eq(framing_host(&g, "/var/log/mainlog"), "here");
	config_add(&opt.config, &opt.config.file_hosts, STR("/logs/mx9/*"), STR("mx9"));
	g.opt = opt;
	ck_assert_str_eq(framing_host(&g, "/logs/mx9/mainlog"), "mx9");
	ck_assert_str_eq(framing_host(&g, "/logs/mx8/mainlog"), "here");
}
END_TEST

START_TEST(files_of_a_directory_are_read_once_and_no_logs_are_passed_over)
{
	put("logs/b", LINE("4F75AA96631", "02"));
	put("logs/a", LINE("4F75AA96632", "03") LINE("4F75AA96633", "04"));
	put("logs/c", "neither this\nnor that is a log\n");
	ck_assert_msg(ingest(at("logs")), "%s", said);
	ck_assert_str_eq(said, "");
	ck_assert(!result.trouble);
	ck_assert_int_eq(result.counts.lines, 3);
	ck_assert_int_eq(result.counts.matched, 3);
	ck_assert_uint_eq(result.no_log, 1);
	ck_assert(ingest(at("logs")));
	ck_assert_int_eq(result.counts.lines, 0);
}
END_TEST

/* A run that has got as far as looking at files. */
static struct ingest looking(struct rules *rules)
{
	static const struct ingest_hooks hooks = { .say = say };
	struct err err = { "" };
	ck_assert_msg(rules_add_builtin(rules, &err), "%s", err.text);
	opt.recheck = true; /* nothing was read before */
	return (struct ingest){ .opt = opt, .rules = rules, .hooks = &hooks, .arena = arena_new() };
}

START_TEST(files_are_taken_by_their_first_record_not_by_name_or_time_of_change)
{
	static const char *const names[] = { "e", "b", "f", "a", "d", "c" }; /* oldest first */
	const size_t count = sizeof(names) / sizeof(names[0]);
	for (size_t i = 0; i < count; i++) {
		char name[16], text[100];
		size_t k = (i * 5 + 3) % count; /* not made in that order */
		snprintf(name, sizeof(name), "logs/%s", names[k]);
		snprintf(text, sizeof(text), "2026-03-1%zuT09:15:02.000000+00:00 mx1 cron[7]: x\n",
			 k);
		put(name, text);
		touch(at(name), 1774000000 - (int64_t)k * 86400);
	}
	struct rules *rules = rules_new();
	struct ingest g = looking(rules);
	struct sources s = listed(at("logs"), true);
	ck_assert_msg(sources_prepare(&g, &s), "%s", g.err.text);
	ck_assert_uint_eq(s.count, count);
	for (size_t i = 0; i < count; i++)
		ck_assert_str_eq(strrchr(s.at[i].path, '/') + 1, names[i]);
	sources_free(&s);
	arena_free(g.arena);
	rules_free(rules);
}
END_TEST

START_TEST(a_head_tells_whether_it_is_a_log_and_of_when)
{
	static const struct {
		const char *text;
		bool is_log;
		int64_t first_s; /* -1: not known */
	} heads[] = {
		{ LINE("4F75AA96631", "02"), true, 1773479702 },
		{ "cut off by rotation\n" LINE("4F75AA96631", "02"), true, 1773479702 },
		{ "<22>1 2026-03-14T09:15:02Z mx1 postfix/qmgr 7 - - x\n", true, 1773479702 },
		{ "2026-03-14T09:15:02.000000+00:00 mx1 cron[1]: no line break", true, 1773479702 },
		{ "2026-03-14 09:15:02 1w1L5K-0001Ab-2C Completed\n", true, 1773479702 },
		/* a package manager's log: a stamp and text, but no line of a mail server */
		{ "2026-03-14 09:15:02 status installed base:amd64 1.0\n", false, -1 },
		{ "neither this\nnor that\n", false, -1 },
		{ "", false, -1 },
	};
	struct rules *rules = rules_new();
	struct ingest g = looking(rules);
	g.opt.config.timezone = "UTC";
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		bool is_log = !heads[i].is_log;
		int64_t first_at = -1;
		put("head", heads[i].text);
		ck_assert(feed_peek(&g, at("head"), &is_log, &first_at));
		ck_assert_msg(is_log == heads[i].is_log, "head %zu: %d", i, is_log);
		ck_assert_int_eq(first_at < 0 ? -1 : first_at / 1000000, heads[i].first_s);
	}
	arena_free(g.arena);
	rules_free(rules);
}
END_TEST

/* The ID was given on 2022-03-14 09:15:02 UTC (1647249302); the file was touched in 2026. */
#define EXIM_2022                                                                                  \
	"Mar 14 09:15:02 mx1 exim[7]: 1nTgn8-000001-1Z <= a@example.org H=h [192.0.2.1] P=esmtp "  \
	"S=1\n"

START_TEST(queue_ids_that_tell_their_time_correct_the_year_of_a_copied_log)
{
	put("log", EXIM_2022);
	touch(at("log"), 1773565200);
	opt.config.timezone = "UTC";
	ck_assert_msg(ingest(at("log")), "%s", said);
	ck_assert_int_eq(result.counts.matched, 1);
	ck_assert_int_eq(number("SELECT first_at / 1000000 FROM entry"), 1647249302);
	ck_assert_int_eq(number("SELECT year_inferred FROM entry"), 1);
}
END_TEST

START_TEST(a_year_that_is_given_is_believed)
{
	put("log", EXIM_2022);
	touch(at("log"), 1773565200);
	opt.config.timezone = "UTC";
	opt.year = 2024;
	ck_assert_msg(ingest(at("log")), "%s", said);
	ck_assert_int_eq(number("SELECT first_at / 1000000 FROM entry"), 1710407702);
}
END_TEST

START_TEST(trouble_is_told_to_the_caller_and_the_run_goes_on)
{
	ck_assert(ingest(at("missing")));
	ck_assert(result.trouble);
	ck_assert_ptr_nonnull(strstr(said, "missing"));
	said[0] = '\0';
	put("half", LINE("4F75AA96634", "05") "no log line at all\n");
	ck_assert(ingest(at("half")));
	ck_assert(!result.trouble); /* said, but all others were taken */
	ck_assert_ptr_nonnull(strstr(said, "half:2:"));
	ck_assert_int_eq(result.counts.matched, 1);
}
END_TEST

START_TEST(a_run_that_cannot_begin_says_why)
{
	opt.db = at("logs"); /* a directory */
	ck_assert(!ingest(at("logs")));
	ck_assert(result.trouble);
	ck_assert_ptr_nonnull(strstr(said, "directory"));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ingest");
	TCase *c = tcase_create("ingest");
	tcase_set_timeout(c, 60);
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, a_directory_gives_its_files_and_nothing_hidden);
	tcase_add_test(c, a_host_is_told_by_the_path_of_the_file);
	tcase_add_test(c, files_of_a_directory_are_read_once_and_no_logs_are_passed_over);
	tcase_add_test(c, files_are_taken_by_their_first_record_not_by_name_or_time_of_change);
	tcase_add_test(c, a_head_tells_whether_it_is_a_log_and_of_when);
	tcase_add_test(c, queue_ids_that_tell_their_time_correct_the_year_of_a_copied_log);
	tcase_add_test(c, a_year_that_is_given_is_believed);
	tcase_add_test(c, trouble_is_told_to_the_caller_and_the_run_goes_on);
	tcase_add_test(c, a_run_that_cannot_begin_says_why);
	suite_add_tcase(s, c);
	SRunner *runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
