/*
 * load.c - rows of the database to the structs of a trace. Every text is
 * copied to the trace's arena: nothing refers to a statement afterwards.
 */
#include "trace/internal.h"

bool trace_failed(struct store *s, struct err *err)
{
	return err_set(err, "%s: cannot read it: %s", store_path(s), sqlite3_errmsg(store_db(s)));
}

sqlite3_stmt *trace_by_id(struct store *s, const char *sql, int64_t id, struct err *err)
{
	sqlite3_stmt *stmt = store_prepare(s, sql, err);
	if (stmt != NULL)
		sqlite3_bind_int64(stmt, 1, id);
	return stmt;
}

struct str trace_text(struct arena *a, sqlite3_stmt *row, int column)
{
	if (sqlite3_column_type(row, column) == SQLITE_NULL)
		return (struct str){ NULL, 0 };
	const void *at = sqlite3_column_blob(row, column);
	size_t len = (size_t)sqlite3_column_bytes(row, column);
	if (at == NULL || len == 0)
		return STR("");
	return arena_copy(a, (struct str){ at, len });
}

int64_t trace_int(sqlite3_stmt *row, int column)
{
	if (sqlite3_column_type(row, column) == SQLITE_NULL)
		return TRACE_NONE;
	return sqlite3_column_int64(row, column);
}

static bool load_columns(struct store *s, struct arena *a, struct trace_entry *e, struct err *err)
{
	sqlite3_stmt *row = trace_by_id(s, schema_trace_entry_sql, e->id, err);
	if (row == NULL)
		return false;
	int rc = sqlite3_step(row);
	if (rc == SQLITE_ROW) {
		e->host_id = sqlite3_column_int64(row, 0);
		struct str *text[] = { &e->host,         &e->mta,         &e->instance,
				       &e->queue_id,     &e->message_id,  &e->resent_message_id,
				       &e->sender,       &e->client_host, &e->client_ip,
				       &e->helo,         &e->user,        &e->protocol,
				       &e->tls,          &e->state,       &e->outcome,
				       &e->outcome_reply };
		int column = 1;
		for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++)
			*text[i] = trace_text(a, row, column++);
		int64_t *number[] = { &e->size,         &e->nrcpt,          &e->first_at_us,
				      &e->last_at_us,   &e->accepted_at_us, &e->closed_at_us,
				      &e->outcome_at_us };
		for (size_t i = 0; i < sizeof(number) / sizeof(number[0]); i++)
			*number[i] = trace_int(row, column++);
		bool *flag[] = { &e->head_missing, &e->year_inferred, &e->host_assumed };
		for (size_t i = 0; i < sizeof(flag) / sizeof(flag[0]); i++)
			*flag[i] = sqlite3_column_int(row, column++) != 0;
	}
	sqlite3_reset(row);
	return rc == SQLITE_ROW || trace_failed(s, err);
}

static bool load_deliveries(struct store *s, struct arena *a, struct trace_entry *e,
			    struct err *err)
{
	sqlite3_stmt *row = trace_by_id(s, schema_trace_deliveries_sql, e->id, err);
	if (row == NULL)
		return false;
	int rc;
	while ((rc = sqlite3_step(row)) == SQLITE_ROW) {
		e->deliveries =
			arena_grow(a, e->deliveries, e->delivery_count, sizeof(*e->deliveries));
		struct trace_delivery *d = &e->deliveries[e->delivery_count++];
		d->id = trace_int(row, 0);
		d->at_us = trace_int(row, 1);
		struct str *text[] = {
			&d->recipient, &d->original_recipient, &d->state, &d->relay_host,
			&d->relay_ip,  &d->transport,          &d->tls,   &d->dsn,
			&d->reply,     &d->next_queue_id,      &d->server
		};
		for (int i = 0; i < 11; i++)
			*text[i] = trace_text(a, row, i + 2);
		d->relay_port = trace_int(row, 13);
		d->delay_us = trace_int(row, 14);
		d->followable = sqlite3_column_int(row, 15) != 0;
		d->ambiguous = sqlite3_column_int(row, 16) != 0;
	}
	sqlite3_reset(row);
	return rc == SQLITE_DONE || trace_failed(s, err);
}

static bool load_rejects(struct store *s, struct arena *a, struct trace_entry *e, struct err *err)
{
	sqlite3_stmt *row = trace_by_id(s, schema_trace_rejects_sql, e->id, err);
	if (row == NULL)
		return false;
	int rc;
	while ((rc = sqlite3_step(row)) == SQLITE_ROW) {
		e->rejects = arena_grow(a, e->rejects, e->reject_count, sizeof(*e->rejects));
		struct trace_reject *r = &e->rejects[e->reject_count++];
		r->id = trace_int(row, 0);
		r->at_us = trace_int(row, 1);
		r->code = trace_int(row, 2);
		struct str *text[] = { &r->stage,  &r->client_host, &r->client_ip, &r->helo,
				       &r->sender, &r->recipient,   &r->dsn,       &r->reason };
		for (int i = 0; i < 8; i++)
			*text[i] = trace_text(a, row, i + 3);
	}
	sqlite3_reset(row);
	return rc == SQLITE_DONE || trace_failed(s, err);
}

static bool load_notes(struct store *s, struct arena *a, struct trace_entry *e, struct err *err)
{
	static const char sql[] =
		"SELECT at, origin, text FROM note WHERE entry = ?1 ORDER BY at, id";
	sqlite3_stmt *row = trace_by_id(s, sql, e->id, err);
	if (row == NULL)
		return false;
	int rc;
	while ((rc = sqlite3_step(row)) == SQLITE_ROW) {
		e->notes = arena_grow(a, e->notes, e->note_count, sizeof(*e->notes));
		struct trace_note *n = &e->notes[e->note_count++];
		n->at_us = trace_int(row, 0);
		n->origin = trace_text(a, row, 1);
		n->text = trace_text(a, row, 2);
	}
	sqlite3_reset(row);
	return rc == SQLITE_DONE || trace_failed(s, err);
}

bool trace_load_entry(struct store *s, struct arena *a, struct trace_entry *e, struct err *err)
{
	if (!load_columns(s, a, e, err) || !load_deliveries(s, a, e, err) ||
	    !load_notes(s, a, e, err) || !load_rejects(s, a, e, err))
		return false;
	trace_fold(a, e);
	return true;
}
