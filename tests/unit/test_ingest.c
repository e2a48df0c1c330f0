/*
 * test_ingest.c - unit tests of ingest/: what is read, in which order, and what the caller is told.
 * Links base, input, syslog, rules, track, store and ingest only: show, trace and cmd stay out.
 */
#include <check.h>
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
	config_add(&g.opt.config, &g.opt.config.file_hosts, STR("/logs/mx9/*"), STR("mx9"));
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
	tcase_add_test(c, trouble_is_told_to_the_caller_and_the_run_goes_on);
	tcase_add_test(c, a_run_that_cannot_begin_says_why);
	suite_add_tcase(s, c);
	SRunner *runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
