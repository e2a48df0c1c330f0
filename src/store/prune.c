/*
 * prune.c - delete what is old.
 */
#include "store/prune.h"

#include "store/chunks.h"
#include "store/internal.h"
#include "store/schema.h"

#define CHUNK_ROWS 100   /* a chunk of lines has about as many bytes as so many entries */
#define STOP_STEPS 20000 /* of SQLite's machine, between two looks at options.stop */

struct pruner {
	struct store *s;
	const struct prune_options *opt;
	struct prune_counts *counts;
	struct err *err;
};

static int look_up(void *arg)
{
	struct pruner *p = arg;
	if (p->opt->stop != NULL && p->opt->stop())
		p->counts->stopped = true;
	return p->counts->stopped;
}

/* A statement with its parameters, run to its end; *changed: rows. */
static bool run(struct pruner *p, const char *sql, int64_t one, int64_t two, int64_t *changed)
{
	sqlite3_stmt *stmt = store_prepare(p->s, sql, p->err);
	if (stmt == NULL)
		return false;
	int count = sqlite3_bind_parameter_count(stmt);
	if (count > 0)
		sqlite3_bind_int64(stmt, 1, one);
	if (count > 1)
		sqlite3_bind_int64(stmt, 2, two);
	if (!store_step(p->s, stmt, p->err))
		return false;
	if (changed != NULL)
		*changed += sqlite3_changes64(p->s->db);
	return true;
}

static bool number(struct pruner *p, const char *sql, int64_t *out)
{
	sqlite3_stmt *stmt = store_prepare(p->s, sql, p->err);
	bool ok = stmt != NULL &&
		  (sqlite3_step(stmt) == SQLITE_ROW || store_err(p->s, p->err, "read it"));
	if (ok)
		*out = sqlite3_column_int64(stmt, 0);
	if (stmt != NULL)
		sqlite3_reset(stmt);
	return ok;
}

static bool size(struct pruner *p, int64_t *bytes)
{
	int64_t pages = 0;
	return number(p, "PRAGMA page_count", &pages) && number(p, "PRAGMA page_size", bytes) &&
	       ((*bytes *= pages) >= 0);
}

/* ---- what is to go ---- */

static bool choose(struct pruner *p)
{
	int64_t open_us = p->opt->now_us - PRUNE_OPEN_DAYS * S_PER_DAY * US_PER_S;
	struct prune_counts *c = p->counts;
	if (!store_exec(p->s, schema_prune_begin_sql, p->err) ||
	    !run(p, schema_prune_old_sql, p->opt->before_us, open_us, NULL) ||
	    !run(p, schema_prune_edges_sql, 0, 0, NULL) ||
	    !run(p, schema_prune_edges_back_sql, 0, 0, NULL) ||
	    !run(p, schema_prune_keep_sql, 0, 0, NULL))
		return false;
	sqlite3_stmt *row = store_prepare(p->s, schema_prune_counts_sql, p->err);
	if (row == NULL)
		return false;
	bool ok = sqlite3_step(row) == SQLITE_ROW || store_err(p->s, p->err, "read it");
	if (ok) {
		c->entries = p->opt->dry_run ? sqlite3_column_int64(row, 0) : 0;
		c->kept_open = sqlite3_column_int64(row, 1);
		c->kept_together = sqlite3_column_int64(row, 2);
	}
	sqlite3_reset(row);
	return ok && run(p, "DELETE FROM prune_old WHERE keep <> 0", 0, 0, NULL);
}

/* Chunks that nothing which stays refers to. */
static bool find_unused(struct pruner *p, struct chunks *chunks)
{
	if (!chunks_load(p->s, chunks, p->err))
		return false;
	sqlite3_stmt *row = store_prepare(p->s, schema_prune_lines_sql, p->err);
	int rc = SQLITE_ERROR;
	if (row == NULL)
		return false;
	sqlite3_bind_int64(row, 1, p->opt->before_us);
	while ((rc = sqlite3_step(row)) == SQLITE_ROW) {
		struct str refs = { sqlite3_column_blob(row, 0),
				    (size_t)sqlite3_column_bytes(row, 0) };
		chunks_mark(chunks, refs, NULL);
		struct chunk_info *one =
			sqlite3_column_type(row, 1) == SQLITE_NULL
				? NULL
				: chunks_find(chunks, sqlite3_column_int64(row, 1));
		if (one != NULL)
			one->used = true;
	}
	sqlite3_reset(row);
	return rc == SQLITE_DONE || store_err(p->s, p->err, "read it");
}

/* ---- without changing anything ---- */

static bool count_only(struct pruner *p)
{
	struct chunks chunks = { 0 };
	struct prune_counts *c = p->counts;
	sqlite3_stmt *row = store_prepare(p->s, schema_prune_counts_more_sql, p->err);
	if (row == NULL)
		return false;
	sqlite3_bind_int64(row, 1, p->opt->before_us);
	bool ok = sqlite3_step(row) == SQLITE_ROW || store_err(p->s, p->err, "read it");
	if (ok) {
		c->deliveries = sqlite3_column_int64(row, 0);
		c->notes = sqlite3_column_int64(row, 1);
		c->rejects = sqlite3_column_int64(row, 2);
	}
	sqlite3_reset(row);
	ok = ok && find_unused(p, &chunks);
	for (size_t i = 0; ok && i < chunks.count; i++)
		c->chunks += !chunks.at[i].used;
	chunks_clear(&chunks);
	return ok;
}

/* ---- transactions ---- */

static bool end_batch(struct pruner *p, bool ok)
{
	ok = ok && store_exec(p->s, "COMMIT", p->err);
	if (!ok)
		store_undo(p->s);
	return ok;
}

/* Some thousand entries and all that hangs on them. *more: there are others. */
static bool delete_batch(struct pruner *p, bool *more)
{
	struct prune_counts c = *p->counts;
	int64_t entries = 0;
	*more = false;
	if (!store_exec(p->s, "BEGIN IMMEDIATE", p->err))
		return false;
	bool ok = run(p, schema_prune_batch_sql, p->opt->batch, 0, &entries);
	if (ok && entries > 0) {
		*more = true;
		c.entries += entries;
		ok = run(p, "DELETE FROM note WHERE entry IN (SELECT id FROM prune_batch)", 0, 0,
			 &c.notes) &&
		     run(p, "DELETE FROM reject WHERE entry IN (SELECT id FROM prune_batch)", 0, 0,
			 &c.rejects) &&
		     run(p, "DELETE FROM delivery WHERE entry IN (SELECT id FROM prune_batch)", 0,
			 0, &c.deliveries) &&
		     run(p, "DELETE FROM link WHERE parent IN (SELECT id FROM prune_batch)", 0, 0,
			 NULL) &&
		     run(p, schema_prune_sessions_sql, 0, 0, NULL) &&
		     run(p, "DELETE FROM entry WHERE id IN (SELECT id FROM prune_batch)", 0, 0,
			 NULL) &&
		     run(p, "DELETE FROM prune_old WHERE id IN (SELECT id FROM prune_batch)", 0, 0,
			 NULL) &&
		     run(p, "DELETE FROM prune_batch", 0, 0, NULL);
	}
	ok = end_batch(p, ok);
	if (ok)
		*p->counts = c;
	return ok;
}

static bool delete_entries(struct pruner *p)
{
	bool more = true;
	while (more) {
		if (!delete_batch(p, &more))
			return false;
	}
	return true;
}

/* Each statement is a transaction of its own. */
static bool delete_rejects(struct pruner *p)
{
	for (int64_t before = -1; before != p->counts->rejects;) {
		before = p->counts->rejects;
		if (!run(p, schema_prune_rejects_sql, p->opt->before_us, p->opt->batch,
			 &p->counts->rejects))
			return false;
	}
	return true;
}

static bool delete_some_chunks(struct pruner *p, const struct chunks *chunks, size_t *next)
{
	int64_t deleted = 0;
	bool ok = store_exec(p->s, "BEGIN IMMEDIATE", p->err);
	for (; ok && *next < chunks->count && deleted <= p->opt->batch / CHUNK_ROWS; (*next)++) {
		if (!chunks->at[*next].used)
			ok = run(p, "DELETE FROM line_chunk WHERE id = ?1", chunks->at[*next].id, 0,
				 &deleted);
	}
	ok = end_batch(p, ok);
	if (ok)
		p->counts->chunks += deleted;
	return ok;
}

static bool delete_chunks(struct pruner *p)
{
	struct chunks chunks = { 0 };
	bool ok = find_unused(p, &chunks);
	for (size_t next = 0; ok && next < chunks.count;)
		ok = delete_some_chunks(p, &chunks, &next);
	chunks_clear(&chunks);
	return ok;
}

/*
 * A database made by this qtrail gives pages back a few at a time, each time in a transaction of
 * its own; one made before is written anew once, for which it needs its size in free space. Readers
 * go on with what they see.
 */
static bool give_back(struct pruner *p)
{
	int64_t unused = 0, pages = 0, mode = 0;
	if (!number(p, "PRAGMA freelist_count", &unused) ||
	    !number(p, "PRAGMA page_count", &pages) || !number(p, "PRAGMA auto_vacuum", &mode))
		return false;
	if (unused == 0 || (p->opt->keep_room && unused < pages / 4))
		return true;
	if (mode != 2)
		return store_exec(p->s, "PRAGMA auto_vacuum = INCREMENTAL; VACUUM", p->err);
	for (int64_t before = unused + 1; unused > 0 && unused < before;) {
		before = unused;
		if (!store_exec(p->s, "PRAGMA incremental_vacuum(512)", p->err) ||
		    !number(p, "PRAGMA freelist_count", &unused))
			return false;
	}
	return true;
}

/* What was written lately may be gone now. */
static bool delete_addresses(struct pruner *p)
{
	addresses_free(p->s);
	return run(p, schema_prune_addresses_sql, 0, 0, NULL);
}

static bool prune(struct pruner *p)
{
	if (!choose(p))
		return false;
	if (p->opt->dry_run)
		return count_only(p);
	return delete_entries(p) && delete_rejects(p) && delete_chunks(p) && delete_addresses(p) &&
	       give_back(p);
}

bool store_prune(struct store *s, const struct prune_options *opt, struct prune_counts *counts,
		 struct err *err)
{
	struct pruner p = { s, opt, counts, err };
	*counts = (struct prune_counts){ 0 };
	/* a reader's connection may write its work tables, and nothing else: the file is opened so
	 */
	if (!store_exec(s, "PRAGMA query_only = 0; PRAGMA temp_store = FILE", err) ||
	    !size(&p, &counts->bytes_before))
		return false;
	sqlite3_progress_handler(s->db, STOP_STEPS, look_up, &p);
	bool ok = prune(&p);
	sqlite3_progress_handler(s->db, 0, NULL, NULL);
	struct err ignored;
	p.err = ok ? err : &ignored;
	ok = (ok || counts->stopped) && size(&p, &counts->bytes_after);
	/* drops the work tables, too */
	store_exec(s, "PRAGMA temp_store = MEMORY", &ignored);
	return ok;
}
