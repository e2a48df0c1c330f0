/*
 * bulk.c - the rows of a block as tables SQLite can read: new_entry, new_delivery, new_reject,
 * new_note and new_address, one statement for all rows of a kind.
 *
 * A statement a row spends half its time on beginning and ending. These tables exist on the
 * connection only, hold what is set by bulk_write, and are empty at any other time.
 */
#include <stdio.h>
#include <stdlib.h>

#include "store/internal.h"
#include "store/schema.h"

/* ---- columns, in the order of the tables (schema/) ---- */

size_t entry_cells(const struct job *j, struct cell *c)
{
	const struct entry_row *e = &j->entry;
	size_t n = 0;
	c[n++] = cell_number(e->id);
	c[n++] = cell_number(e->host);
	c[n++] = cell_text(e->text[ENTRY_MTA].at != NULL ? e->text[ENTRY_MTA] : STR(""));
	for (size_t i = ENTRY_INSTANCE; i <= ENTRY_TLS; i++)
		c[n++] = cell_text(e->text[i]);
	c[n++] = cell_number(e->size);
	c[n++] = cell_number(e->nrcpt);
	c[n++] = cell_number(e->first_at);
	c[n++] = cell_number(e->last_at);
	c[n++] = cell_number(e->accepted_at);
	c[n++] = cell_number(e->closed_at);
	c[n++] = cell_text(str_of(entry_state_name(e->state)));
	c[n++] = cell_text(e->text[ENTRY_OUTCOME]);
	c[n++] = cell_number(e->outcome_at);
	c[n++] = cell_text(e->text[ENTRY_OUTCOME_REPLY]);
	c[n++] = cell_number(e->head_missing);
	c[n++] = cell_number(e->year_inferred);
	c[n++] = cell_number(e->host_assumed);
	c[n++] = (struct cell){ e->lines.len > 0 ? CELL_BLOB : CELL_NULL, 0, e->lines };
	c[n++] = cell_number(e->state_at);
	c[n++] = cell_number(j->key[0]);
	return n;
}

static size_t delivery_cells(const struct job *j, struct cell *c)
{
	const struct delivery_row *d = &j->delivery;
	size_t n = 0;
	c[n++] = cell_number(TRACK_NONE); /* its id: the next one */
	c[n++] = cell_number(d->entry);
	c[n++] = cell_number(d->at);
	c[n++] = cell_text(d->recipient);
	c[n++] = cell_text(d->original_recipient);
	c[n++] = cell_text(d->state.at != NULL ? d->state : STR("unknown"));
	c[n++] = cell_text(d->relay_host);
	c[n++] = cell_text(d->relay_ip);
	c[n++] = cell_number(d->relay_port);
	c[n++] = cell_text(d->transport);
	c[n++] = cell_text(d->tls);
	c[n++] = cell_text(d->dsn);
	c[n++] = cell_number(d->delay_us);
	c[n++] = cell_text(d->reply);
	c[n++] = cell_text(d->next_queue_id);
	c[n++] = cell_text(d->server);
	c[n++] = cell_number(d->followable);
	c[n++] = cell_number(d->ambiguous);
	c[n++] = cell_number(j->key[0]);
	c[n++] = cell_number(j->key[1]);
	return n;
}

static size_t reject_cells(const struct job *j, struct cell *c)
{
	const struct reject_row *r = &j->reject;
	size_t n = 0;
	c[n++] = cell_number(TRACK_NONE);
	c[n++] = cell_number(r->host);
	c[n++] = cell_number(r->at);
	c[n++] = cell_number(r->entry);
	c[n++] = cell_text(r->stage);
	c[n++] = cell_text(r->client_host);
	c[n++] = cell_text(r->client_ip);
	c[n++] = cell_text(r->helo);
	c[n++] = cell_text(r->sender);
	c[n++] = cell_text(r->recipient);
	c[n++] = cell_number(r->code);
	c[n++] = cell_text(r->dsn);
	c[n++] = cell_text(r->reason);
	c[n++] = cell_number(r->chunk);
	c[n++] = cell_number(r->chunk_at);
	return n;
}

static size_t note_cells(const struct job *j, struct cell *c)
{
	size_t n = 0;
	c[n++] = cell_number(TRACK_NONE);
	c[n++] = cell_number(j->note.entry);
	c[n++] = cell_number(j->note.at);
	c[n++] = cell_text(j->note.origin);
	c[n++] = cell_text(j->note.text);
	return n;
}

static size_t address_cells(const struct job *j, struct cell *c)
{
	size_t n = 0;
	c[n++] = cell_text(j->address.domain);
	c[n++] = cell_text(j->address.local);
	c[n++] = cell_number(j->key[0]);
	return n;
}

static const struct kind {
	const char *name;
	const char *insert;
	size_t (*cells)(const struct job *j, struct cell *cells);
} kinds[BULK_KINDS] = {
	[JOB_ADDRESS] = { "new_address", schema_store_insert_address_sql, address_cells },
	[JOB_ENTRY] = { "new_entry", schema_store_insert_entry_sql, entry_cells },
	[JOB_DELIVERY] = { "new_delivery", schema_store_insert_delivery_sql, delivery_cells },
	[JOB_REJECT] = { "new_reject", schema_store_insert_reject_sql, reject_cells },
	[JOB_NOTE] = { "new_note", schema_store_insert_note_sql, note_cells },
};

/* ---- the tables (sqlite.org/vtab.html): read from the first row to the last, nothing else ---- */

struct table {
	sqlite3_vtab base;
	const struct kind *kind;
	struct store *store;
};

struct rows_cursor {
	sqlite3_vtab_cursor base;
	const struct job *job;
	sqlite3_int64 number;
	struct cell cells[CELLS_MAX];
};

struct module_arg {
	struct store *store;
	const struct kind *kind;
};

static int table_connect(sqlite3 *db, void *arg, int argc, const char *const *argv,
			 sqlite3_vtab **out, char **why)
{
	(void)argc;
	(void)argv;
	(void)why;
	const struct module_arg *m = arg;
	struct cell cells[CELLS_MAX];
	static const struct job nothing;
	char sql[60 + CELLS_MAX * 8] = "CREATE TABLE x(c0";
	size_t count = m->kind->cells(&nothing, cells);
	for (size_t i = 1; i < count; i++) {
		size_t len = strlen(sql);
		snprintf(sql + len, sizeof(sql) - len, ", c%zu", i);
	}
	strcat(sql, ")");
	int rc = sqlite3_declare_vtab(db, sql);
	if (rc != SQLITE_OK)
		return rc;
	struct table *t = mem_zalloc(sizeof(*t));
	t->kind = m->kind;
	t->store = m->store;
	*out = &t->base;
	return SQLITE_OK;
}

static int table_disconnect(sqlite3_vtab *t)
{
	free(t);
	return SQLITE_OK;
}

static int table_best_index(sqlite3_vtab *t, sqlite3_index_info *info)
{
	(void)t;
	info->estimatedCost = 1000;
	return SQLITE_OK;
}

static int cursor_open(sqlite3_vtab *t, sqlite3_vtab_cursor **out)
{
	(void)t;
	struct rows_cursor *c = mem_zalloc(sizeof(*c));
	*out = &c->base;
	return SQLITE_OK;
}

static int cursor_close(sqlite3_vtab_cursor *c)
{
	free(c);
	return SQLITE_OK;
}

static int show(sqlite3_vtab_cursor *base, const struct job *job)
{
	struct rows_cursor *c = (struct rows_cursor *)base;
	c->job = job;
	c->number++;
	if (job != NULL)
		((struct table *)base->pVtab)->kind->cells(job, c->cells);
	return SQLITE_OK;
}

static int cursor_filter(sqlite3_vtab_cursor *base, int plan, const char *name, int argc,
			 sqlite3_value **argv)
{
	(void)plan;
	(void)name;
	(void)argc;
	(void)argv;
	return show(base, ((struct table *)base->pVtab)->store->bulk);
}

static int cursor_next(sqlite3_vtab_cursor *base)
{
	return show(base, ((struct rows_cursor *)base)->job->same);
}

static int cursor_eof(sqlite3_vtab_cursor *base)
{
	return ((struct rows_cursor *)base)->job == NULL;
}

static int cursor_column(sqlite3_vtab_cursor *base, sqlite3_context *out, int i)
{
	const struct cell *c = &((struct rows_cursor *)base)->cells[i];
	switch (c->kind) {
	case CELL_NULL:
		break;
	case CELL_NUMBER:
		sqlite3_result_int64(out, c->number);
		break;
	case CELL_TEXT:
		sqlite3_result_text64(out, c->text.at, c->text.len, SQLITE_STATIC, SQLITE_UTF8);
		break;
	case CELL_BLOB:
		sqlite3_result_blob64(out, c->text.at, c->text.len, SQLITE_STATIC);
		break;
	}
	return SQLITE_OK;
}

static int cursor_rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *out)
{
	*out = ((struct rows_cursor *)base)->number;
	return SQLITE_OK;
}

static const sqlite3_module module = { .xConnect = table_connect,
				       .xBestIndex = table_best_index,
				       .xDisconnect = table_disconnect,
				       .xOpen = cursor_open,
				       .xClose = cursor_close,
				       .xFilter = cursor_filter,
				       .xNext = cursor_next,
				       .xEof = cursor_eof,
				       .xColumn = cursor_column,
				       .xRowid = cursor_rowid };

bool bulk_tables(struct store *s)
{
	bool ok = true;
	for (size_t i = 0; ok && i < BULK_KINDS; i++) {
		struct module_arg *m = mem_alloc(sizeof(*m));
		*m = (struct module_arg){ s, &kinds[i] };
		ok = sqlite3_create_module_v2(s->db, kinds[i].name, &module, m, free) == SQLITE_OK;
	}
	return ok;
}

bool bulk_write(struct store *s, enum job_kind kind, const struct job *first, struct err *err)
{
	if (first == NULL)
		return true;
	sqlite3_stmt *stmt = store_prepare(s, kinds[kind].insert, err);
	if (stmt == NULL)
		return false;
	s->bulk = first;
	bool ok = store_step(s, stmt, err);
	s->bulk = NULL;
	return ok;
}
