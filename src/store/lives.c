/*
 * lives.c - lives of a queue ID that were written before: what track/ asks for at the first line of
 * every ID.
 *
 * Nearly every ID is new, so the answer must be quick. An ID this run wrote is remembered in a
 * bloom filter; only for those the writer is waited for. What earlier runs wrote is committed, and
 * read over a connection of its own beside the writer.
 */
#include <stdlib.h>

#include "base/hash.h"
#include "store/internal.h"
#include "store/schema.h"

/*
 * Bloom filters, each four times as large as the one before, which is full: a run of few IDs stays
 * in the processor's cache. The last has 64 MiB. A false answer waits for all rows on their way, up
 * to a tenth of a second, so bits are not spared: of a million new IDs a full filter knows about
 * one.
 */
#define FILTERS_MAX 6u
#define FIRST_LINES ((size_t)1024)
#define IDS_A_LINE 8u
#define BITS_AN_ID 7u
#define LINE_BITS 9u /* 64 bytes: a look-up in a filter touches two cache lines at most */

struct filter_line {
	uint64_t words[(1u << LINE_BITS) / 64];
};

struct lives {
	struct filter_line *seen[FILTERS_MAX]; /* IDs handed over in this run */
	unsigned filters;
	size_t lines, ids;  /* of the last filter */
	bool no_past;       /* the database was empty before this run */
	sqlite3 *past;      /* NULL: earlier runs are looked up over the writer's connection */
	sqlite3_stmt *stmt; /* of past */
};

static void filter_new(struct lives *l)
{
	l->lines = l->filters == 0 ? FIRST_LINES : l->lines * 4;
	l->seen[l->filters++] = mem_zalloc(l->lines * sizeof(struct filter_line));
	l->ids = 0;
}

/* Which line of a filter, by bits that do not choose within the line. */
static size_t line_of(uint64_t h, size_t lines)
{
	return (size_t)(hash_step(h, 0) & (lines - 1));
}

static bool line_has(const struct filter_line *line, uint64_t h)
{
	for (unsigned i = 0; i < BITS_AN_ID; i++, h >>= LINE_BITS) {
		if ((line->words[h >> 6 & 7] >> (h & 63) & 1) == 0)
			return false;
	}
	return true;
}

static bool seen_test(const struct lives *l, int64_t host, struct str id)
{
	uint64_t h = hash_from((uint64_t)host, id.at, id.len);
	size_t lines = l->lines;
	for (unsigned i = l->filters; i-- > 0; lines /= 4) {
		if (line_has(&l->seen[i][line_of(h, lines)], h))
			return true;
	}
	return false;
}

void lives_add(struct store *s, int64_t host, struct str id)
{
	struct lives *l = s->lives;
	uint64_t h = hash_from((uint64_t)host, id.at, id.len);
	if (l->ids++ >= l->lines * IDS_A_LINE && l->filters < FILTERS_MAX)
		filter_new(l);
	struct filter_line *line = &l->seen[l->filters - 1][line_of(h, l->lines)];
	for (unsigned i = 0; i < BITS_AN_ID; i++, h >>= LINE_BITS)
		line->words[h >> 6 & 7] |= UINT64_C(1) << (h & 63);
}

/* Without it all works too, slower: so a failure is no error. */
static void open_past(struct lives *l, const char *path)
{
	if (sqlite3_open_v2(path, &l->past, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL) ==
		    SQLITE_OK &&
	    sqlite3_busy_timeout(l->past, BUSY_MS) == SQLITE_OK &&
	    sqlite3_exec(l->past, "PRAGMA cache_size = -16384", NULL, NULL, NULL) == SQLITE_OK &&
	    sqlite3_prepare_v3(l->past, schema_store_select_lives_sql, -1,
			       SQLITE_PREPARE_PERSISTENT, &l->stmt, NULL) == SQLITE_OK)
		return;
	sqlite3_close(l->past);
	l->past = NULL;
}

void lives_open(struct store *s)
{
	struct lives *l = mem_zalloc(sizeof(*l));
	filter_new(l);
	l->no_past = s->was_empty;
	if (!l->no_past)
		open_past(l, s->path);
	s->lives = l;
}

void lives_close(struct store *s)
{
	if (s->lives == NULL)
		return;
	sqlite3_finalize(s->lives->stmt);
	sqlite3_close(s->lives->past);
	for (unsigned i = 0; i < s->lives->filters; i++)
		free(s->lives->seen[i]);
	free(s->lives);
	s->lives = NULL;
}

static void read_entry(sqlite3_stmt *stmt, struct entry_row *row)
{
	for (int i = 0; i < ENTRY_TEXT_COUNT; i++)
		row->text[i] = column_str(stmt, i);
	int i = ENTRY_TEXT_COUNT;
	int64_t *numbers[] = { &row->id,          &row->host,      &row->size,
			       &row->nrcpt,       &row->first_at,  &row->last_at,
			       &row->accepted_at, &row->closed_at, &row->outcome_at };
	for (size_t k = 0; k < COUNT(numbers); k++)
		*numbers[k] = column_int(stmt, i++);
	row->state = ENTRY_OPEN;
	entry_state_of(column_str(stmt, i++), &row->state);
	row->head_missing = sqlite3_column_int(stmt, i++) != 0;
	row->year_inferred = sqlite3_column_int(stmt, i++) != 0;
	row->host_assumed = sqlite3_column_int(stmt, i++) != 0;
	row->lines.at = sqlite3_column_blob(stmt, i);
	row->lines.len = (size_t)sqlite3_column_bytes(stmt, i);
	row->state_at = column_int(stmt, i + 1);
}

bool lives_read(struct store *s, int64_t host, struct str queue_id,
		void (*fn)(void *, const struct entry_row *), void *fn_arg, struct err *err)
{
	const struct lives *l = s->lives;
	bool ours = seen_test(l, host, queue_id);
	if (!ours && l->no_past)
		return true;
	sqlite3_stmt *stmt = ours || l->past == NULL
				     ? store_prepare(s, schema_store_select_lives_sql, err)
				     : l->stmt;
	if (stmt == NULL)
		return false;
	bind_str(stmt, 1, queue_id);
	bind_int(stmt, 2, host);
	int rc;
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		struct entry_row row;
		read_entry(stmt, &row);
		fn(fn_arg, &row);
	}
	bool ok = rc == SQLITE_DONE || store_err_of(s, sqlite3_db_handle(stmt), err, "read it");
	sqlite3_reset(stmt); /* ends what it read in, or the WAL could not be emptied */
	return ok;
}
