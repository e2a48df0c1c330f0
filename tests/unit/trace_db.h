/*
 * trace_db.h - a small database for the tests of trace/ and show/: schema and
 * INSERTs, no ingest. Three hosts; mx1 and mx2 know each other's addresses, mx3 has no entries.
 */
#ifndef TESTS_UNIT_TRACE_DB_H
#define TESTS_UNIT_TRACE_DB_H

#include <check.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "store/schema.h"
#include "trace/trace.h"

#define T0 INT64_C(1773479700000000) /* 2026-03-14 09:15:00 UTC */

struct trace_db {
	char path[64];
	sqlite3 *db;
	struct store *store;
	struct arena *arena;
	struct err err;
};

static inline void db_exec(struct trace_db *d, const char *sql)
{
	char *why = NULL;
	int rc = sqlite3_exec(d->db, sql, NULL, NULL, &why);
	ck_assert_msg(rc == SQLITE_OK, "%s in %s", why != NULL ? why : "?", sql);
}

static inline void db_open(struct trace_db *d)
{
	memset(d, 0, sizeof(*d));
	snprintf(d->path, sizeof(d->path), "/tmp/qtrail-test-XXXXXX");
	int fd = mkstemp(d->path);
	ck_assert_int_ge(fd, 0);
	close(fd);
	ck_assert_int_eq(sqlite3_open(d->path, &d->db), SQLITE_OK);
	d->arena = arena_new();
	db_exec(d, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF");
	db_exec(d, schema_0001_first_sql);
	db_exec(d, schema_0002_outlast_sql);
	db_exec(d, schema_0003_sources_sql);
	db_exec(d, schema_indexes_sql);
	db_exec(d, schema_views_sql);
	db_exec(d, "PRAGMA application_id = 1364480588; PRAGMA user_version = 4;"
		   "INSERT INTO host VALUES (1, 'mx1.example.org'), (2, 'mx2.example.org'),"
		   " (3, 'mx3.example.org');"
		   "INSERT INTO host_name VALUES (1, 'mx1.example.org', 'own'),"
		   " (1, '192.0.2.1', 'learned'), (2, 'mx2.example.org', 'own'),"
		   " (2, '192.0.2.2', 'learned'), (3, 'mx3.example.org', 'config')");
}

/*
 * An entry of host 1..3 that begins at_s after T0; client: its host number, 0 for a stranger,
 * -1 for none.
 */
static inline void db_entry(struct trace_db *d, int id, int host, const char *queue_id,
			    const char *message_id, int client, double at_s, const char *state)
{
	static const char *const clients[] = { "'app.example.net', '198.51.100.7'",
					       "'mx1.example.org', '192.0.2.1'",
					       "'mx2.example.org', '192.0.2.2'",
					       "'mx3.example.org', '192.0.2.3'" };
	bool open = strcmp(state, "open") == 0;
	bool closed = !open && strcmp(state, "accepted") != 0 && strcmp(state, "held") != 0;
	int64_t at = T0 + (int64_t)(at_s * 1e6);
	char *sql = sqlite3_mprintf(
		"INSERT INTO entry (id, host, mta, queue_id, message_id, sender, client_host, "
		"client_ip,"
		" first_at, last_at, accepted_at, closed_at, state, head_missing, year_inferred,"
		" host_assumed) VALUES (%d, %d, 'postfix', %Q, %Q, 'alice@example.net', %s, %lld, "
		"%lld,"
		" CASE WHEN %d THEN NULL ELSE %lld END, CASE WHEN %d THEN %lld END, %Q, 0, 0, 0)",
		id, host, queue_id, message_id, client < 0 ? "NULL, NULL" : clients[client],
		(long long)at, (long long)at + 9000000, open, (long long)at, closed,
		(long long)at + 9000000, state);
	db_exec(d, sql);
	sqlite3_free(sql);
}

/* An attempt; host: the relay (0: a stranger, -1: no relay), next: the ID it claims or NULL. */
static inline void db_delivery(struct trace_db *d, int entry, double at_s, const char *recipient,
			       const char *original, const char *state, int host, const char *next,
			       const char *reply)
{
	static const char *const relays[] = { "'mx.example.test', '203.0.113.25', 25",
					      "'mx1.example.org', '192.0.2.1', 25",
					      "'mx2.example.org', '192.0.2.2', 25",
					      "'mx3.example.org', '192.0.2.3', 25" };
	char *sql = sqlite3_mprintf(
		"INSERT INTO delivery (entry, at, recipient, original_recipient, state, relay_host,"
		" relay_ip, relay_port, dsn, delay_us, reply, next_queue_id, followable, ambiguous)"
		" VALUES (%d, %lld, %Q, %Q, %Q, %s, NULL, 1500000, %Q, %Q, %d, 0)",
		entry, (long long)(T0 + (int64_t)(at_s * 1e6)), recipient, original, state,
		host < 0 ? "NULL, NULL, NULL" : relays[host], reply, next, next != NULL);
	db_exec(d, sql);
	sqlite3_free(sql);
}

static inline void db_link(struct trace_db *d, int parent, int child, const char *kind)
{
	char *sql = sqlite3_mprintf("INSERT INTO link VALUES (%d, %d, %Q, %lld)", parent, child,
				    kind, (long long)T0);
	db_exec(d, sql);
	sqlite3_free(sql);
}

static inline struct store *db_store(struct trace_db *d)
{
	if (d->store == NULL)
		d->store = store_open(d->path, STORE_READ, &d->err);
	ck_assert_msg(d->store != NULL, "%s", d->err.text);
	return d->store;
}

static inline struct trace_lives db_find(struct trace_db *d, const char *text)
{
	struct trace_lives lives;
	bool ok = trace_find(db_store(d), d->arena, str_of(text), &lives, &d->err);
	ck_assert_msg(ok, "%s", d->err.text);
	return lives;
}

static inline struct trace *db_trace(struct trace_db *d, const char *text, struct trace_options opt)
{
	struct trace_lives lives = db_find(d, text);
	ck_assert_uint_gt(lives.count, 0);
	struct trace *t = trace_walk(db_store(d), &lives, &opt, &d->err);
	ck_assert_msg(t != NULL, "%s", d->err.text);
	return t;
}

static inline void db_close(struct trace_db *d)
{
	store_close(d->store);
	sqlite3_close(d->db);
	arena_free(d->arena);
	unlink(d->path);
}

#define ASSERT_STR(s, want)                                                                        \
	do {                                                                                       \
		struct str got_ = (s);                                                             \
		ck_assert_msg(str_eq(got_, str_of(want)), "\"%.*s\" is not \"%s\"", (int)got_.len, \
			      got_.at != NULL ? got_.at : "", (want));                             \
	} while (0)

#endif
