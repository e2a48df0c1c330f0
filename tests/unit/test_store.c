/*
 * test_store.c - the database: open and refuse, lock, transactions, hosts,
 * sources, the line archive.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/write.h"

#define T0 INT64_C(1773479700000000) /* 2026-03-14 09:15:00 UTC */

static char dir[] = "/tmp/qtrail-store-XXXXXX";
static char path[64];
static struct store *store;
static struct arena *a;
static struct err err;

static void set_up(void)
{
	strcpy(dir, "/tmp/qtrail-store-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/db", dir);
	store = NULL;
	a = arena_new();
	err = (struct err){ "" };
}

static void tear_down(void)
{
	static const char *const tails[] = { "", "-wal", "-shm", "-journal" };
	store_close(store);
	arena_free(a);
	for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
		char name[80];
		snprintf(name, sizeof(name), "%s%s", path, tails[i]);
		unlink(name);
	}
	rmdir(dir);
}

/* ck_assert keeps its message; a macro, so that the failing line is the test's. */
#define OK(expr) ck_assert_msg((expr), "%s", err.text)
#define SAYS(text_) ck_assert_msg(strstr(err.text, text_) != NULL, "it says: %s", err.text)

static void open_as(enum store_mode mode)
{
	store_close(store);
	store = store_open(path, mode, &err);
	OK(store != NULL);
}

static void refused_as(enum store_mode mode, const char *says)
{
	err = (struct err){ "" };
	ck_assert_ptr_null(store_open(path, mode, &err));
	SAYS(says);
	ck_assert_msg(strncmp(err.text, path, strlen(path)) == 0, "no path: %s", err.text);
}

/* The first column of the first row. */
static const char *value(const char *sql)
{
	static char out[512];
	sqlite3_stmt *stmt = NULL;
	int rc = sqlite3_prepare_v2(store_db(store), sql, -1, &stmt, NULL);
	ck_assert_msg(rc == SQLITE_OK, "%s: %s", sql, sqlite3_errmsg(store_db(store)));
	const char *text = sqlite3_step(stmt) == SQLITE_ROW
				   ? (const char *)sqlite3_column_text(stmt, 0)
				   : "no row";
	snprintf(out, sizeof(out), "%s", text != NULL ? text : "NULL");
	sqlite3_finalize(stmt);
	return out;
}

#define VALUE_IS(sql, want) ck_assert_str_eq(value(sql), want)

/* Run SQL on the file by a connection of its own. */
static void foreign_sql(const char *sql)
{
	sqlite3 *db = NULL;
	char *why = NULL;
	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	int rc = sqlite3_exec(db, sql, NULL, NULL, &why);
	ck_assert_msg(rc == SQLITE_OK, "%s in %s", why != NULL ? why : "?", sql);
	sqlite3_close(db);
}

struct bytes {
	char at[200000];
	size_t len;
};

static struct bytes slurp(void)
{
	static struct bytes b;
	FILE *f = fopen(path, "r");
	ck_assert_ptr_nonnull(f);
	b.len = fread(b.at, 1, sizeof(b.at), f);
	fclose(f);
	return b;
}

static void put(const char *bytes, size_t len)
{
	FILE *f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(bytes, 1, len, f), len);
	fclose(f);
}

static struct entry_row an_entry(struct track_sink *sink, int64_t host, const char *queue_id)
{
	struct entry_row row = { .id = sink->new_entry(sink->arg),
				 .host = host,
				 .size = TRACK_NONE,
				 .nrcpt = TRACK_NONE,
				 .first_at = T0,
				 .last_at = T0 + 1,
				 .accepted_at = TRACK_NONE,
				 .closed_at = TRACK_NONE,
				 .outcome_at = TRACK_NONE,
				 .state = ENTRY_OPEN };
	row.text[ENTRY_MTA] = STR("postfix");
	row.text[ENTRY_QUEUE_ID] = str_of(queue_id);
	return row;
}

static int64_t host_id(struct track_sink *sink, const char *name)
{
	int64_t id = 0;
	OK(sink->host(sink->arg, str_of(name), &id, &err));
	ck_assert_int_gt(id, 0);
	return id;
}

/* ---- open ---- */

START_TEST(a_new_database_is_made_and_opened_again)
{
	open_as(STORE_WRITE);
	VALUE_IS("PRAGMA application_id", "1364480588"); /* "QTRL" */
	VALUE_IS("PRAGMA user_version", "4");
	VALUE_IS("PRAGMA journal_mode", "wal");
	VALUE_IS("PRAGMA foreign_keys", "1");
	VALUE_IS("SELECT count(*) FROM message", "0");
	VALUE_IS("SELECT count(*) FROM hop", "0");
	ck_assert_str_eq(store_path(store), path);
	struct stat st;
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 027, 0); /* private: no group write, nothing for others */
	open_as(STORE_WRITE);
	open_as(STORE_READ);
	VALUE_IS("SELECT count(*) FROM entry", "0");
	ck_assert_int_ne(sqlite3_exec(store_db(store), "DELETE FROM entry", NULL, NULL, NULL),
			 SQLITE_OK);
}
END_TEST

START_TEST(every_table_is_strict)
{
	open_as(STORE_WRITE);
	VALUE_IS("SELECT group_concat(name) FROM pragma_table_list "
		 "WHERE schema = 'main' AND type = 'table' AND NOT strict AND name NOT LIKE "
		 "'sqlite_%'",
		 "NULL");
}
END_TEST

START_TEST(a_database_of_another_program_is_refused_and_left_alone)
{
	foreign_sql("CREATE TABLE mine (x); INSERT INTO mine VALUES (1)");
	struct bytes before = slurp();
	refused_as(STORE_WRITE, "not one of qtrail");
	refused_as(STORE_READ, "not one of qtrail");
	struct bytes after = slurp();
	ck_assert_uint_eq(before.len, after.len);
	ck_assert_int_eq(memcmp(before.at, after.at, before.len), 0);
}
END_TEST

START_TEST(a_database_of_another_program_without_tables_is_refused)
{
	foreign_sql("PRAGMA application_id = 7; PRAGMA user_version = 1");
	refused_as(STORE_WRITE, "not one of qtrail");
	foreign_sql("PRAGMA application_id = 0; PRAGMA user_version = 1");
	refused_as(STORE_WRITE, "not one of qtrail");
}
END_TEST

START_TEST(a_newer_database_is_refused_and_left_alone)
{
	open_as(STORE_WRITE);
	store_close(store);
	store = NULL;
	foreign_sql("PRAGMA user_version = 99; PRAGMA journal_mode = DELETE");
	struct bytes before = slurp();
	refused_as(STORE_WRITE, "schema version 99");
	SAYS("use a newer qtrail");
	refused_as(STORE_READ, "schema version 99");
	struct bytes after = slurp();
	ck_assert_uint_eq(before.len, after.len);
	ck_assert_int_eq(memcmp(before.at, after.at, before.len), 0);
}
END_TEST

START_TEST(a_file_that_is_no_database_is_refused_and_left_alone)
{
	static char text[9000];
	/* not 1: SQLite itself takes a file of one byte for an empty one */
	static const size_t sizes[] = { 2, 20, 100, 600, sizeof(text) };
	memset(text, 'x', sizeof(text));
	memcpy(text, "Mar 14 09:15:02 mx1 ", 20);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		put(text, sizes[i]);
		refused_as(STORE_WRITE, "not a database");
		refused_as(STORE_READ, "not a database");
		struct bytes after = slurp();
		ck_assert_uint_eq(after.len, sizes[i]);
		ck_assert_int_eq(memcmp(after.at, text, sizes[i]), 0);
	}
}
END_TEST

START_TEST(what_cannot_be_opened_is_said_with_what_to_do)
{
	refused_as(STORE_READ, "no such database");
	SAYS("qtrail ingest");
	struct stat st;
	ck_assert_int_ne(stat(path, &st), 0); /* reading makes no file */
	put("", 0);
	refused_as(STORE_READ, "is empty");
	open_as(STORE_WRITE); /* an empty file is a place for one */
	store_close(store);
	store = NULL;
	char whole[sizeof(path)];
	memcpy(whole, path, sizeof(path));
	memcpy(path, dir, sizeof(dir));
	refused_as(STORE_WRITE, "is a directory");
	snprintf(path, sizeof(path), "%s/none/db", dir);
	refused_as(STORE_WRITE, "cannot open it");
	memcpy(path, whole, sizeof(path));
}
END_TEST

START_TEST(a_first_load_that_was_killed_gets_its_indexes_back)
{
	static const char count[] = "SELECT count(*) FROM sqlite_schema WHERE type = 'index' AND "
				    "sql IS NOT NULL";
	char all[16];
	open_as(STORE_WRITE);
	snprintf(all, sizeof(all), "%s", value(count));
	OK(store_bulk_start(store, &err));
	ck_assert_str_ne(value(count), all);
	open_as(STORE_WRITE);
	VALUE_IS(count, all);
	OK(store_bulk_start(store, &err) && store_bulk_end(store, &err));
	VALUE_IS(count, all);
	VALUE_IS("PRAGMA journal_mode", "wal");
}
END_TEST

START_TEST(the_default_database_is_told_by_the_environment)
{
	setenv("QTRAIL_DB", "/nowhere/mine.db", 1);
	char *got = store_default_path();
	ck_assert_str_eq(got, "/nowhere/mine.db");
	free(got);
	unsetenv("QTRAIL_DB");
}
END_TEST

/* ---- lock and transactions ---- */

START_TEST(a_second_writer_is_told_who_holds_the_database)
{
	open_as(STORE_WRITE);
	OK(store_lock(store, &err));
	struct store *second = store_open(path, STORE_WRITE, &err);
	OK(second != NULL);
	ck_assert(!store_lock(second, &err));
	SAYS("(process ");
	ck_assert_msg(strncmp(err.text, path, strlen(path)) == 0, "no path: %s", err.text);
	struct store *reader = store_open(path, STORE_READ, &err);
	OK(reader != NULL);
	store_close(reader);
	store_close(second);
	store_close(store);
	store = NULL;
	open_as(STORE_WRITE);
	OK(store_lock(store, &err));
}
END_TEST

START_TEST(what_is_rolled_back_leaves_nothing)
{
	open_as(STORE_WRITE);
	struct track_sink sink = store_sink(store, true);
	int64_t chunk, offset, run;
	OK(store_begin(store, &err));
	OK(store_run_start(store, "1", &run, &err));
	struct entry_row row = an_entry(&sink, host_id(&sink, "mx1"), "A1B2C3");
	OK(sink.line(sink.arg, STR("a line"), &chunk, &offset, &err));
	OK(sink.entry(sink.arg, &row, false, &err));
	OK(store_unmatched(store, STR("postfix"), STR("# x"), STR("1 x"), 1, &err));
	store_rollback(store);
	store_rollback(store); /* outside of a transaction it does nothing */
	open_as(STORE_READ);
	static const char *const tables[] = { "host",  "host_name",  "run",      "source",
					      "entry", "line_chunk", "unmatched" };
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		char sql[80];
		snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s", tables[i]);
		VALUE_IS(sql, "0");
	}
}
END_TEST

static void see_session(void *arg, const struct session_row *row)
{
	struct str *seen = arg;
	char text[200];
	snprintf(text, sizeof(text), "%.*s %.*s %d %.*s %d;", (int)row->host.len, row->host.at,
		 (int)row->ident.len, row->ident.at, (int)row->pid, (int)row->text[SESSION_TLS].len,
		 row->text[SESSION_TLS].at, row->opened == TRACK_NONE ? -1 : (int)row->opened);
	char *both = arena_alloc(a, seen->len + strlen(text) + 1);
	memcpy(both, seen->at, seen->len);
	strcpy(both + seen->len, text);
	*seen = str_of(both);
}

START_TEST(connections_under_way_are_kept)
{
	open_as(STORE_WRITE);
	struct track_sink sink = store_sink(store, true);
	struct str seen = STR(""), pending;
	struct session_row row = { .host = STR("h"),
				   .ident = STR("smtpd"),
				   .pid = 7,
				   .at = T0,
				   .opened = TRACK_NONE,
				   .opened_host = TRACK_NONE };
	OK(store_begin(store, &err));
	OK(sink.session(sink.arg, &row, &err));
	row.text[SESSION_TLS] = STR("1.3");
	row.opened = 12;
	row.opened_host = 1;
	OK(sink.session(sink.arg, &row, &err)); /* in place of the first */
	row.pid = 8;
	row.at = T0 - 1;
	OK(sink.session(sink.arg, &row, &err));
	row.pid = 9;
	OK(sink.session(sink.arg, &row, &err));
	OK(sink.session_gone(sink.arg, row.host, row.ident, 9, &err));
	OK(store_pending_save(store, STR("waits"), &err));
	OK(store_commit(store, &err));
	open_as(STORE_WRITE);
	sink = store_sink(store, true);
	OK(sink.sessions(sink.arg, see_session, &seen, &err));
	ck_assert_str_eq(seen.at, "h smtpd 8 1.3 12;h smtpd 7 1.3 12;");
	OK(store_pending_load(store, a, &pending, &err));
	ck_assert(str_eq(pending, STR("waits")));
	OK(store_pending_save(store, (struct str){ 0 }, &err));
	OK(store_pending_load(store, a, &pending, &err));
	ck_assert_uint_eq(pending.len, 0);
}
END_TEST

START_TEST(a_writer_that_is_killed_leaves_what_it_committed)
{
	pid_t pid = fork();
	if (pid == 0) {
		struct store *s = store_open(path, STORE_WRITE, &err);
		struct track_sink sink = store_sink(s, true);
		int64_t host = 0;
		bool ok = store_lock(s, &err) && store_begin(s, &err) &&
			  sink.host(sink.arg, STR("mx1"), &host, &err);
		struct entry_row row = an_entry(&sink, host, "A1");
		ok = ok && sink.entry(sink.arg, &row, false, &err) && store_commit(s, &err) &&
		     store_begin(s, &err);
		row = an_entry(&sink, host, "B2");
		ok = ok && sink.entry(sink.arg, &row, false, &err);
		_exit(ok ? 7 : 1);
	}
	int status = 0;
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(WEXITSTATUS(status), 7);
	open_as(STORE_WRITE);
	OK(store_lock(store, &err)); /* its lock died with it */
	VALUE_IS("SELECT group_concat(queue_id) FROM entry", "A1");
}
END_TEST

/* ---- rows ---- */

static size_t lives_read;
static struct entry_row life_read;

static void on_life(void *arg, const struct entry_row *row)
{
	(void)arg;
	lives_read++;
	life_read = *row;
	for (int i = 0; i < ENTRY_TEXT_COUNT; i++) {
		if (row->text[i].at != NULL)
			life_read.text[i] = arena_copy(a, row->text[i]);
	}
	if (row->lines.at != NULL)
		life_read.lines = arena_copy(a, row->lines);
}

static size_t count_lives(struct track_sink *sink, int64_t host, const char *id)
{
	lives_read = 0;
	OK(sink->lives(sink->arg, host, str_of(id), on_life, NULL, &err));
	return lives_read;
}

START_TEST(an_entry_comes_back_as_it_was_handed_over)
{
	open_as(STORE_WRITE);
	struct track_sink sink = store_sink(store, true);
	OK(store_begin(store, &err));
	int64_t host = host_id(&sink, "mx1.example.org");
	struct entry_row row = an_entry(&sink, host, "A1B2C3");
	for (int i = ENTRY_MESSAGE_ID; i < ENTRY_TEXT_COUNT; i++)
		row.text[i] = i % 2 == 0 ? STR("a\xff'b\x1b") : STR("");
	row.size = INT64_C(5000000000);
	row.accepted_at = T0 + 2;
	row.year_inferred = true;
	row.lines = (struct str){ "\0\1\2", 3 };
	OK(sink.entry(sink.arg, &row, false, &err));
	row.state = ENTRY_COMPLETED;
	row.closed_at = T0 + 3;
	OK(sink.entry(sink.arg, &row, true, &err));
	OK(store_commit(store, &err));
	for (int again = 0; again < 2; again++) {
		ck_assert_uint_eq(count_lives(&sink, host, "A1B2C3"), 1);
		ck_assert_int_eq(life_read.id, row.id);
		for (int i = 0; i < ENTRY_TEXT_COUNT; i++) {
			ck_assert_msg((row.text[i].at == NULL) == (life_read.text[i].at == NULL),
				      "text %d", i);
			ck_assert_msg(str_eq(row.text[i], life_read.text[i]), "text %d", i);
		}
		ck_assert(str_eq(row.lines, life_read.lines));
		ck_assert_int_eq(life_read.size, row.size);
		ck_assert(life_read.nrcpt == TRACK_NONE && life_read.outcome_at == TRACK_NONE);
		ck_assert_int_eq(life_read.first_at, T0);
		ck_assert_int_eq(life_read.accepted_at, T0 + 2);
		ck_assert_int_eq(life_read.closed_at, T0 + 3);
		ck_assert_int_eq(life_read.state, ENTRY_COMPLETED);
		ck_assert(life_read.year_inferred && !life_read.head_missing &&
			  !life_read.host_assumed);
		ck_assert_uint_eq(count_lives(&sink, host, "a1b2c3"), 0); /* case counts */
		ck_assert_uint_eq(count_lives(&sink, host + 1, "A1B2C3"), 0);
		open_as(STORE_WRITE);
		sink = store_sink(store, true);
	}
	ck_assert_int_gt(sink.new_entry(sink.arg), row.id);
}
END_TEST

START_TEST(lives_of_earlier_runs_and_of_this_one_are_found_before_any_commit)
{
	open_as(STORE_WRITE);
	struct track_sink sink = store_sink(store, false);
	OK(store_begin(store, &err));
	int64_t host = host_id(&sink, "mx1");
	struct entry_row before = an_entry(&sink, host, "A1"),
			 changed = an_entry(&sink, host, "B2");
	OK(sink.entry(sink.arg, &before, false, &err) &&
	   sink.entry(sink.arg, &changed, false, &err));
	OK(store_commit(store, &err));
	open_as(STORE_WRITE);
	sink = store_sink(store, false);
	OK(store_begin(store, &err));
	struct entry_row again = an_entry(&sink, host, "A1"), fresh = an_entry(&sink, host, "C3");
	changed.state = ENTRY_DELETED;
	ck_assert_uint_eq(count_lives(&sink, host, "A1"), 1);
	ck_assert_int_eq(life_read.id, before.id);
	OK(sink.entry(sink.arg, &again, false, &err) && sink.entry(sink.arg, &fresh, false, &err) &&
	   sink.entry(sink.arg, &changed, true, &err));
	ck_assert_uint_eq(count_lives(&sink, host, "A1"), 2);
	ck_assert_uint_eq(count_lives(&sink, host, "C3"), 1);
	ck_assert_uint_eq(count_lives(&sink, host, "B2"), 1);
	ck_assert_int_eq(life_read.state, ENTRY_DELETED);
	ck_assert_uint_eq(count_lives(&sink, host, "D4"), 0);
	/* what looked into the past does not keep the WAL from being emptied */
	OK(store_commit(store, &err));
	int left = -1, moved = -1;
	ck_assert_int_eq(sqlite3_wal_checkpoint_v2(store_db(store), NULL,
						   SQLITE_CHECKPOINT_TRUNCATE, &left, &moved),
			 SQLITE_OK);
	ck_assert_int_eq(left, 0);
}
END_TEST

START_TEST(an_id_of_this_run_is_found_among_tens_of_thousands)
{
	enum { COUNT = 50000 };
	char id[16];
	open_as(STORE_WRITE);
	struct track_sink sink = store_sink(store, false);
	OK(store_begin(store, &err));
	int64_t host = host_id(&sink, "mx1");
	for (int i = 0; i < COUNT; i++) {
		snprintf(id, sizeof(id), "A%d", i);
		struct entry_row row = an_entry(&sink, host, id);
		OK(sink.entry(sink.arg, &row, false, &err));
	}
	for (int i = 0; i < COUNT; i += 997) {
		snprintf(id, sizeof(id), "A%d", i);
		ck_assert_uint_eq(count_lives(&sink, host, id), 1);
		id[0] = 'B';
		ck_assert_uint_eq(count_lives(&sink, host, id), 0);
	}
	OK(store_commit(store, &err));
	VALUE_IS("SELECT count(*) FROM entry", "50000");
}
END_TEST

START_TEST(what_hangs_on_an_entry_is_stored_and_a_link_only_once)
{
	open_as(STORE_WRITE);
	struct track_sink sink = store_sink(store, false);
	OK(store_begin(store, &err));
	int64_t host = host_id(&sink, "mx1"), chunk = 0, offset = 0;
	struct entry_row parent = an_entry(&sink, host, "A1"), child = an_entry(&sink, host, "B2");
	OK(sink.entry(sink.arg, &parent, false, &err) && sink.entry(sink.arg, &child, false, &err));
	struct link_row link = { parent.id, child.id, T0, STR("bounce") };
	OK(sink.link(sink.arg, &link, &err) && sink.link(sink.arg, &link, &err));
	struct delivery_row d = { .entry = parent.id,
				  .at = T0,
				  .recipient = STR("bob@example.net"),
				  .relay_port = TRACK_NONE,
				  .delay_us = 1500000 };
	OK(sink.delivery(sink.arg, &d, &err));
	struct reject_row reject = { .host = host,
				     .at = T0,
				     .entry = TRACK_NONE,
				     .code = 554,
				     .chunk = TRACK_NONE,
				     .chunk_at = TRACK_NONE };
	OK(sink.reject(sink.arg, &reject, &err));
	struct note_row note = { parent.id, T0, STR("postfix/x"), STR("words") };
	OK(sink.note(sink.arg, &note, &err));
	OK(sink.line(sink.arg, STR("not kept"), &chunk, &offset, &err));
	ck_assert_int_lt(chunk, 0);
	OK(store_commit(store, &err));
	VALUE_IS("SELECT count(*) FROM link", "1");
	VALUE_IS("SELECT state || '|' || delay_us || '|' || (relay_port IS NULL) || recipient FROM "
		 "delivery",
		 "unknown|1500000|1bob@example.net");
	VALUE_IS("SELECT code || '|' || (entry IS NULL) FROM reject", "554|1");
	VALUE_IS("SELECT text FROM note", "words");
	VALUE_IS("SELECT count(*) FROM line_chunk", "0");
	/* an entry that does not exist is a mistake that must show */
	OK(store_begin(store, &err));
	link.child = 999;
	bool ok = sink.link(sink.arg, &link, &err) && store_commit(store, &err);
	ck_assert(!ok);
	store_rollback(store);
}
END_TEST

START_TEST(an_address_is_kept_once_in_whatever_case)
{
	static const char *const recipients[] = {
		"bob@example.net",
		"Bob@Example.NET",
		"carol@example.net",
		"\"a@b\"@example.org",
		"root",
		"",
		"@",
		NULL /* a long one */
	};
	char longest[2000];
	memset(longest, 'X', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	memcpy(longest + 1000, "@y", 2);
	open_as(STORE_WRITE);
	struct track_sink sink = store_sink(store, false);
	OK(store_begin(store, &err));
	struct entry_row row = an_entry(&sink, host_id(&sink, "mx1"), "A1");
	row.text[ENTRY_SENDER] = STR("BOB@example.net");
	OK(sink.entry(sink.arg, &row, false, &err));
	for (size_t i = 0; i < sizeof(recipients) / sizeof(recipients[0]); i++) {
		struct delivery_row d = { .entry = row.id,
					  .at = T0 + (int64_t)i,
					  .recipient = str_of(recipients[i] != NULL ? recipients[i]
										    : longest),
					  .relay_port = TRACK_NONE,
					  .delay_us = TRACK_NONE };
		if (i == 2)
			d.original_recipient = STR("Root");
		OK(sink.delivery(sink.arg, &d, &err));
	}
	OK(store_commit(store, &err));
	VALUE_IS("SELECT count(*) FROM address",
		 "6"); /* bob, carol, "a@b", root, @, the long one */
	VALUE_IS("SELECT count(*) FROM delivery JOIN address ON key = recipient_key "
		 "WHERE domain = 'example.net' AND local = 'bob'",
		 "2");
	VALUE_IS("SELECT count(*) FROM entry JOIN address ON key = sender_key "
		 "WHERE domain = 'example.net' AND local = 'bob'",
		 "1");
	VALUE_IS("SELECT local FROM address WHERE domain = 'example.org'", "\"a@b\"");
	VALUE_IS("SELECT recipient FROM delivery JOIN address ON key = original_recipient_key "
		 "WHERE local = 'root' AND domain = ''",
		 "carol@example.net");
	VALUE_IS("SELECT count(*) FROM delivery WHERE recipient_key IS NULL", "1");
	VALUE_IS("SELECT length(domain) FROM address WHERE length(local) = 1000", "998");
}
END_TEST

START_TEST(rows_of_all_kinds_are_written_whatever_stands_between_them)
{
	enum { COUNT = 3000 }; /* several blocks, on the second thread */
	open_as(STORE_WRITE);
	struct track_sink sink = store_sink(store, true);
	OK(store_begin(store, &err));
	int64_t host = host_id(&sink, "mx1"), last = 0;
	for (int i = 0; i < COUNT; i++) {
		char id[20], to[40];
		int64_t chunk, offset;
		snprintf(id, sizeof(id), "A%d", i);
		snprintf(to, sizeof(to), "u%d@example.net", i % 7);
		struct entry_row row = an_entry(&sink, host, id);
		OK(sink.entry(sink.arg, &row, false, &err));
		struct delivery_row d = { .entry = row.id,
					  .at = T0 + i,
					  .recipient = str_of(to),
					  .relay_port = TRACK_NONE,
					  .delay_us = TRACK_NONE };
		OK(sink.delivery(sink.arg, &d, &err));
		struct note_row note = { row.id, T0, STR("x/y"), STR("words") };
		OK(sink.note(sink.arg, &note, &err));
		row.state = ENTRY_COMPLETED; /* an update in the same block */
		row.closed_at = T0 + i;
		OK(sink.entry(sink.arg, &row, true, &err));
		struct link_row link = { last, row.id, T0, STR("forward") };
		OK(last == 0 || sink.link(sink.arg, &link, &err));
		OK(sink.line(sink.arg, str_of(id), &chunk, &offset, &err));
		if (i % 1000 == 999)
			OK(store_checkpoint(store, &err));
		last = row.id;
	}
	OK(store_commit(store, &err));
	VALUE_IS("SELECT count(*) FROM entry WHERE state = 'completed'", "3000");
	VALUE_IS("SELECT count(*) FROM delivery d JOIN entry e ON e.id = d.entry AND e.closed_at = "
		 "d.at",
		 "3000");
	VALUE_IS("SELECT count(*) FROM note", "3000");
	VALUE_IS("SELECT count(*) FROM link", "2999");
	VALUE_IS("SELECT count(*) FROM address", "7");
	/* attempts keep the order they came in */
	VALUE_IS("SELECT count(*) FROM delivery a JOIN delivery b ON b.id = a.id + 1 AND b.at <= "
		 "a.at",
		 "0");
}
END_TEST

START_TEST(a_run_and_unknown_shapes_are_counted)
{
	open_as(STORE_WRITE);
	int64_t run = 0;
	struct run_counts counts = { .lines = 9, .bytes = 900, .limit_hits = 1 };
	OK(store_begin(store, &err) && store_run_start(store, "0.1", &run, &err));
	OK(store_run_update(store, run, 0, &counts, &err));
	VALUE_IS("SELECT lines || '|' || bytes || '|' || limit_hits || '|' || (ended_at IS NULL) "
		 "FROM run",
		 "9|900|1|1");
	OK(store_run_update(store, run, T0, &counts, &err));
	VALUE_IS("SELECT ended_at FROM run", "1773479700000000");
	OK(store_unmatched(store, STR("p"), STR("# x"), STR("1 x"), 2, &err));
	OK(store_unmatched(store, STR("p"), STR("# x"), STR("2 x"), 3, &err));
	VALUE_IS("SELECT count || '|' || example FROM unmatched", "5|1 x");
	OK(store_commit(store, &err));
}
END_TEST

/* ---- hosts ---- */

START_TEST(a_short_and_a_full_name_are_one_host)
{
	open_as(STORE_WRITE);
	struct track_sink sink = store_sink(store, true);
	OK(store_begin(store, &err));
	int64_t mx1 = host_id(&sink, "mx1"); /* short one first */
	ck_assert_int_eq(host_id(&sink, "mx1.example.org"), mx1);
	ck_assert_int_eq(host_id(&sink, "MX1.Example.ORG"), mx1);
	ck_assert_int_eq(host_id(&sink, "mx1"), mx1);
	int64_t mx2 = host_id(&sink, "mx2.example.org"); /* full one first */
	ck_assert_int_eq(host_id(&sink, "mx2"), mx2);
	ck_assert_int_ne(mx1, mx2);
	VALUE_IS("SELECT group_concat(name) FROM (SELECT name FROM host ORDER BY id)",
		 "mx1.example.org,mx2.example.org");
	VALUE_IS("SELECT count(*) FROM host_name WHERE origin = 'log'", "4");
	OK(store_commit(store, &err));
}
END_TEST

START_TEST(names_that_only_look_alike_are_several_hosts)
{
	open_as(STORE_WRITE);
	struct track_sink sink = store_sink(store, true);
	OK(store_begin(store, &err));
	int64_t org = host_id(&sink, "mx1.example.org"), net = host_id(&sink, "mx1.example.net");
	ck_assert_int_ne(org, net);
	int64_t label = host_id(&sink, "mx1"); /* of which of both? */
	ck_assert_int_ne(label, org);
	ck_assert_int_ne(label, net);
	ck_assert_int_ne(host_id(&sink, "mx10.example.org"), org);
	int64_t address = host_id(&sink, "192.0.2.1");
	ck_assert_int_ne(host_id(&sink, "192"), address);
	ck_assert_int_ne(host_id(&sink, "192.0.2.10"), address);
	ck_assert_int_ne(host_id(&sink, "2001:db8::1"), address);
	OK(store_commit(store, &err));
}
END_TEST

START_TEST(a_short_name_stays_alone_when_several_full_ones_are_known)
{
	open_as(STORE_WRITE);
	struct track_sink sink = store_sink(store, true);
	OK(store_begin(store, &err));
	host_id(&sink, "mx1.example.org");
	host_id(&sink, "mx1.example.net");
	int64_t label = host_id(&sink, "mx1");
	ck_assert_int_ne(host_id(&sink, "mx1.example.com"), label);
	OK(store_commit(store, &err));
}
END_TEST

START_TEST(a_mark_of_sql_in_a_name_is_a_letter)
{
	open_as(STORE_WRITE);
	struct track_sink sink = store_sink(store, true);
	OK(store_begin(store, &err));
	int64_t dash = host_id(&sink, "mail-1.example.org");
	ck_assert_int_ne(host_id(&sink, "mail_1"), dash);
	ck_assert_int_ne(host_id(&sink, "mail%"), dash);
	ck_assert_int_ne(host_id(&sink, "%"), dash);
	OK(store_commit(store, &err));
}
END_TEST

START_TEST(a_name_told_by_the_operator_belongs_to_its_host)
{
	open_as(STORE_WRITE);
	struct track_sink sink = store_sink(store, true);
	OK(store_begin(store, &err));
	int64_t mx1 = host_id(&sink, "mx1.example.org");
	OK(store_host_alias(store, STR("mx1"), STR("Mail.Example.org"), &err));
	OK(store_host_alias(store, STR("mx1"), STR("Mail.Example.org"), &err));
	OK(store_host_alias(store, STR("mx1"), STR("192.0.2.1"), &err));
	OK(store_commit(store, &err));
	VALUE_IS("SELECT count(*) FROM host", "1");
	VALUE_IS("SELECT group_concat(name) FROM (SELECT name FROM host_name "
		 "WHERE origin = 'config' ORDER BY name)",
		 "192.0.2.1,mail.example.org");
	ck_assert_int_eq(host_id(&sink, "mx1.example.org"), mx1);
}
END_TEST

START_TEST(addresses_are_learned_beside_own_names_only)
{
	open_as(STORE_WRITE);
	struct track_sink sink = store_sink(store, true);
	OK(store_begin(store, &err));
	int64_t mx1 = host_id(&sink, "mx1.example.org"), mx2 = host_id(&sink, "mx2.example.org");
	OK(sink.host_name(sink.arg, mx2, STR("mx2.example.org"), STR("own"), &err));
	OK(store_host_alias(store, STR("mx2"), STR("mail.example.org"), &err));
	struct entry_row row = an_entry(&sink, mx1, "A1B2C3");
	OK(sink.entry(sink.arg, &row, false, &err));
	static const char *const relays[][2] = {
		{ "Mail.example.org", "192.0.2.2" }, /* told by the operator */
		{ "mx1.example.org", "192.0.2.9" },  /* a log name: chosen by whoever logs */
		{ "mail.example.org", "127.0.0.1" },
		{ "mail.example.org", "/run/lmtp" },
	};
	for (size_t i = 0; i < sizeof(relays) / sizeof(relays[0]); i++) {
		struct delivery_row d = { .entry = row.id,
					  .at = T0,
					  .recipient = STR("bob@example.net"),
					  .relay_host = str_of(relays[i][0]),
					  .relay_ip = str_of(relays[i][1]),
					  .relay_port = 25,
					  .delay_us = TRACK_NONE };
		OK(sink.delivery(sink.arg, &d, &err));
	}
	OK(store_learn(store, &err) && store_commit(store, &err));
	VALUE_IS("SELECT group_concat(name || '=' || host) FROM host_name WHERE origin = 'learned'",
		 "192.0.2.2=2");
	ck_assert_int_eq(mx2, 2);
}
END_TEST

START_TEST(an_address_is_learned_among_thousands_of_strangers)
{
	open_as(STORE_WRITE);
	struct track_sink sink = store_sink(store, true);
	OK(store_begin(store, &err));
	int64_t mx2 = host_id(&sink, "mx2.example.org");
	OK(store_host_alias(store, STR("mx2"), STR("mail.example.org"), &err));
	struct entry_row row = an_entry(&sink, mx2, "A1B2C3");
	OK(sink.entry(sink.arg, &row, false, &err));
	for (int i = 0; i < 5000; i++) {
		char name[40];
		snprintf(name, sizeof(name), "mx%d.example.net", i);
		struct delivery_row d = { .entry = row.id,
					  .at = T0,
					  .recipient = STR("bob@example.net"),
					  .relay_host =
						  i == 7 ? STR("mail.example.org") : str_of(name),
					  .relay_ip = STR("192.0.2.2"),
					  .relay_port = 25,
					  .delay_us = TRACK_NONE };
		OK(sink.delivery(sink.arg, &d, &err));
	}
	OK(store_learn(store, &err) && store_commit(store, &err));
	VALUE_IS("SELECT group_concat(name || '=' || host) FROM host_name WHERE origin = 'learned'",
		 "192.0.2.2=1");
}
END_TEST

/* ---- sources ---- */

static int64_t start_run(void)
{
	int64_t run = 0;
	OK(store_begin(store, &err) && store_run_start(store, "1", &run, &err));
	return run;
}

START_TEST(a_source_is_found_by_its_head)
{
	open_as(STORE_WRITE);
	struct source src = { .path = STR("/var/log/mail.log"),
			      .host = STR("mx1"),
			      .head = STR("Mar 14 \0 one"),
			      .tail = STR("the end\xff"),
			      .offset = 800,
			      .lines = 10,
			      .matched = 8,
			      .unmatched = 1,
			      .first_at = T0,
			      .last_at = TRACK_NONE,
			      .run = start_run() };
	struct source got;
	ck_assert(!store_source_find(store, a, STR("Mar 14 \0 one"), 0, &got, &err));
	ck_assert_str_eq(err.text, "");
	OK(store_source_save(store, &src, &err));
	ck_assert_int_gt(src.id, 0);
	src.offset = 900; /* the same file, read on */
	int64_t id = src.id;
	OK(store_source_save(store, &src, &err));
	ck_assert_int_eq(src.id, id);
	OK(store_commit(store, &err));
	open_as(STORE_WRITE);
	/* the file has grown since: its head begins with the one that is known */
	OK(store_source_find(store, a, STR("Mar 14 \0 one, two, three"), 0, &got, &err));
	ck_assert_int_eq(got.id, id);
	ck_assert_int_eq(got.offset, 900);
	ck_assert_int_eq(got.lines, 10);
	ck_assert_int_eq(got.matched, 8);
	ck_assert_int_eq(got.unmatched, 1);
	ck_assert(str_eq(got.head, src.head) && str_eq(got.tail, src.tail));
	ck_assert(str_eq(got.path, src.path) && str_eq(got.host, src.host));
	ck_assert(got.first_at == T0 && got.last_at == TRACK_NONE);
	ck_assert(!store_source_find(store, a, STR("Mar 14 \0 one"), 1, &got, &err));
	ck_assert(!store_source_find(store, a, STR("Mar 14"), 0, &got, &err)); /* shorter */
	ck_assert(!store_source_find(store, a, STR("Mar 14 \0 two"), 0, &got, &err));
	ck_assert(!store_source_find(store, a, STR(""), 0, &got, &err));
	ck_assert_str_eq(err.text, "");
}
END_TEST

START_TEST(the_newest_of_equal_heads_comes_first)
{
	open_as(STORE_WRITE);
	int64_t run = start_run();
	for (int i = 1; i <= 3; i++) {
		struct source src = { .path = STR("x"),
				      .head = STR("same"),
				      .tail = STR("t"),
				      .offset = i,
				      .run = run };
		OK(store_source_save(store, &src, &err));
	}
	for (size_t n = 0; n < 3; n++) {
		struct source got;
		OK(store_source_find(store, a, STR("same and more"), n, &got, &err));
		ck_assert_int_eq(got.offset, 3 - (int)n);
	}
	OK(store_commit(store, &err));
}
END_TEST

START_TEST(a_source_without_tail_is_saved_too)
{
	/* after a line that was too long, or an empty one, there is none */
	open_as(STORE_WRITE);
	struct source src = { .path = STR("x"),
			      .head = STR("head"),
			      .tail = STR(""),
			      .offset = 1,
			      .run = start_run() };
	OK(store_source_save(store, &src, &err));
	struct source got;
	OK(store_source_find(store, a, STR("head"), 0, &got, &err));
	ck_assert_uint_eq(got.tail.len, 0);
	got.run = src.run;
	OK(store_source_save(store, &got, &err)); /* what find gave, save takes */
	src.tail = (struct str){ 0 };
	OK(store_source_save(store, &src, &err));
	OK(store_commit(store, &err));
}
END_TEST

/* ---- the line archive ---- */

static struct str lines_read[4096];
static size_t line_count;

static void on_line(void *arg, const struct store_line *line)
{
	(void)arg;
	ck_assert_uint_lt(line_count, 4096);
	lines_read[line_count++] = arena_copy(a, line->text);
}

static bool read_lines(int64_t entry)
{
	line_count = 0;
	return store_lines(store, entry, on_line, NULL, &err);
}

static struct track *track;

/* A line with a note about a queue ID, by way of the track. */
static void say(int64_t at_us, const char *id, struct str raw)
{
	const struct str field[EVENT_FIELD_COUNT] = {
		[FIELD_QUEUE_ID] = str_of(id), [FIELD_TEXT] = STR("x")
	};
	struct event ev = { .kind = EVENT_NOTE,
			    .field = field,
			    .mta = STR("postfix"),
			    .plugin = "p",
			    .rule = "r" };
	struct track_record rec = { .host = STR("mx1"),
				    .ident = STR("postfix/x"),
				    .raw = raw,
				    .pid = 7,
				    .time_us = at_us,
				    .repeat = 1 };
	OK(track_event(track, &rec, &ev, &err));
}

static void start_track(void)
{
	struct track_sink sink = store_sink(store, true);
	struct track_options opt = { 0 };
	track = track_new(&sink, &opt);
	OK(store_begin(store, &err));
}

static void end_track(void)
{
	OK(track_flush(track, &err) && store_commit(store, &err));
	track_free(track);
}

START_TEST(lines_of_an_entry_come_back_in_their_order)
{
	/* two queue IDs by turns, over several runs and many chunks */
	static char raw[3000];
	memset(raw, 'x', sizeof(raw));
	for (int run = 0; run < 3; run++) {
		open_as(STORE_WRITE);
		start_track();
		for (int i = 0; i < 300; i++) {
			int n = snprintf(raw, 40, "%c %d %d \xff\x1b ", i % 3 == 0 ? 'A' : 'B', run,
					 i);
			raw[n] = 'x';
			say(T0 + run * 1000 + i, i % 3 == 0 ? "A" : "B",
			    (struct str){ raw, i % 7 == 0 ? sizeof(raw) : (size_t)n });
		}
		end_track();
	}
	open_as(STORE_READ);
	VALUE_IS("SELECT count(*) FROM entry", "2");
	VALUE_IS("SELECT count(*) > 3 FROM line_chunk", "1");
	int64_t entry = atoi(value("SELECT id FROM entry WHERE queue_id = 'A'"));
	OK(read_lines(entry));
	ck_assert_uint_eq(line_count, 300);
	for (int i = 0; i < 300; i++) {
		char want[40];
		snprintf(want, sizeof(want), "A %d %d \xff\x1b ", i / 100, i % 100 * 3);
		ck_assert_msg(str_starts(lines_read[i], str_of(want)), "line %d is %.*s", i, 20,
			      lines_read[i].at);
		ck_assert_uint_eq(lines_read[i].len, i % 100 * 3 % 7 == 0 ? 3000 : strlen(want));
	}
	OK(read_lines(entry + 999)); /* no such entry, no lines */
	ck_assert_uint_eq(line_count, 0);
}
END_TEST

START_TEST(a_line_of_any_length_is_kept)
{
	static char raw[400000];
	static const size_t lens[] = { 1, 131071, 131072, 3, 400000, 2, 131073, 5 };
	memset(raw, 'y', sizeof(raw));
	open_as(STORE_WRITE);
	start_track();
	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++)
		say(T0 + (int64_t)i, "A", (struct str){ raw, lens[i] });
	end_track();
	OK(read_lines(1));
	ck_assert_uint_eq(line_count, sizeof(lens) / sizeof(lens[0]));
	for (size_t i = 0; i < line_count; i++)
		ck_assert_uint_eq(lines_read[i].len, lens[i]);
}
END_TEST

START_TEST(lines_after_a_rollback_are_found_again)
{
	int64_t chunk, offset;
	open_as(STORE_WRITE);
	struct track_sink sink = store_sink(store, true);
	OK(store_begin(store, &err));
	OK(sink.line(sink.arg, STR("lost"), &chunk, &offset, &err));
	store_rollback(store);
	start_track();
	say(T0, "A", STR("kept"));
	end_track();
	OK(read_lines(1));
	ck_assert_uint_eq(line_count, 1);
	ck_assert(str_eq(lines_read[0], STR("kept")));
}
END_TEST

START_TEST(a_damaged_archive_is_said)
{
	open_as(STORE_WRITE);
	start_track();
	say(T0, "A", STR("a line"));
	end_track();
	OK(read_lines(1));
	static const struct {
		const char *sql, *says;
	} damages[] = {
		{ "UPDATE entry SET lines = x'02'", "references of entry 1 are damaged" },
		{ "UPDATE entry SET lines = x'ffffffffffffffffffffff00'",
		  "references of entry 1 are damaged" },
		{ "UPDATE entry SET lines = x'02feff7f'", "leads nowhere" },
		{ "UPDATE entry SET lines = x'0201'", "leads nowhere" }, /* before the chunk */
		{ "UPDATE entry SET lines = x'0400'", "chunk 2 is missing" },
		{ "UPDATE entry SET lines = x'0200'; UPDATE line_chunk SET data = x'00'",
		  "chunk 1 is damaged" },
		{ "UPDATE line_chunk SET raw_size = 0", "chunk 1 is damaged" },
		{ "UPDATE line_chunk SET raw_size = -1", "chunk 1 is damaged" },
		{ "UPDATE line_chunk SET raw_size = 9000000000000000000", "chunk 1 is damaged" },
		{ "DELETE FROM line_chunk", "chunk 1 is missing" },
	};
	for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
		ck_assert_int_eq(sqlite3_exec(store_db(store), damages[i].sql, NULL, NULL, NULL),
				 SQLITE_OK);
		ck_assert_msg(!read_lines(1), "%s", damages[i].sql);
		SAYS(damages[i].says);
	}
}
END_TEST

START_TEST(a_statement_that_is_wrong_is_an_error)
{
	open_as(STORE_WRITE);
	ck_assert_ptr_null(store_prepare(store, "SELECT nonsense", &err));
	SAYS("nonsense");
	static const char sql[] = "SELECT ?1";
	sqlite3_stmt *stmt = store_prepare(store, sql, &err);
	OK(stmt != NULL);
	sqlite3_bind_int(stmt, 1, 7);
	ck_assert_int_eq(sqlite3_step(stmt), SQLITE_ROW);
	ck_assert_ptr_eq(store_prepare(store, sql, &err), stmt); /* kept, reset and unbound */
	ck_assert_int_eq(sqlite3_step(stmt), SQLITE_ROW);
	ck_assert_int_eq(sqlite3_column_type(stmt, 0), SQLITE_NULL);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("store");
	TCase *c = tcase_create("database");
	tcase_set_timeout(c, 60);
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, a_new_database_is_made_and_opened_again);
	tcase_add_test(c, every_table_is_strict);
	tcase_add_test(c, a_database_of_another_program_is_refused_and_left_alone);
	tcase_add_test(c, a_database_of_another_program_without_tables_is_refused);
	tcase_add_test(c, a_newer_database_is_refused_and_left_alone);
	tcase_add_test(c, a_file_that_is_no_database_is_refused_and_left_alone);
	tcase_add_test(c, what_cannot_be_opened_is_said_with_what_to_do);
	tcase_add_test(c, a_first_load_that_was_killed_gets_its_indexes_back);
	tcase_add_test(c, the_default_database_is_told_by_the_environment);
	tcase_add_test(c, a_second_writer_is_told_who_holds_the_database);
	tcase_add_test(c, what_is_rolled_back_leaves_nothing);
	tcase_add_test(c, a_writer_that_is_killed_leaves_what_it_committed);
	tcase_add_test(c, lives_of_earlier_runs_and_of_this_one_are_found_before_any_commit);
	tcase_add_test(c, an_id_of_this_run_is_found_among_tens_of_thousands);
	tcase_add_test(c, an_entry_comes_back_as_it_was_handed_over);
	tcase_add_test(c, what_hangs_on_an_entry_is_stored_and_a_link_only_once);
	tcase_add_test(c, an_address_is_kept_once_in_whatever_case);
	tcase_add_test(c, rows_of_all_kinds_are_written_whatever_stands_between_them);
	tcase_add_test(c, a_run_and_unknown_shapes_are_counted);
	tcase_add_test(c, a_short_and_a_full_name_are_one_host);
	tcase_add_test(c, names_that_only_look_alike_are_several_hosts);
	tcase_add_test(c, a_short_name_stays_alone_when_several_full_ones_are_known);
	tcase_add_test(c, a_mark_of_sql_in_a_name_is_a_letter);
	tcase_add_test(c, a_name_told_by_the_operator_belongs_to_its_host);
	tcase_add_test(c, addresses_are_learned_beside_own_names_only);
	tcase_add_test(c, an_address_is_learned_among_thousands_of_strangers);
	tcase_add_test(c, a_source_is_found_by_its_head);
	tcase_add_test(c, the_newest_of_equal_heads_comes_first);
	tcase_add_test(c, a_source_without_tail_is_saved_too);
	tcase_add_test(c, lines_of_an_entry_come_back_in_their_order);
	tcase_add_test(c, a_line_of_any_length_is_kept);
	tcase_add_test(c, connections_under_way_are_kept);
	tcase_add_test(c, lines_after_a_rollback_are_found_again);
	tcase_add_test(c, a_damaged_archive_is_said);
	tcase_add_test(c, a_statement_that_is_wrong_is_an_error);
	suite_add_tcase(s, c);
	SRunner *runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
