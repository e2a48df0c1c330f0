/*
 * rows.c - rows of track/ to tables.
 */
#include "store/internal.h"
#include "store/schema.h"

void bind_str(sqlite3_stmt *stmt, int i, struct str s)
{
	if (s.at != NULL)
		sqlite3_bind_text64(stmt, i, s.at, s.len, SQLITE_STATIC, SQLITE_UTF8);
}

void bind_blob(sqlite3_stmt *stmt, int i, struct str s)
{
	if (s.at != NULL)
		sqlite3_bind_blob64(stmt, i, s.at, s.len, SQLITE_STATIC);
}

void bind_int(sqlite3_stmt *stmt, int i, int64_t v)
{
	if (v != TRACK_NONE)
		sqlite3_bind_int64(stmt, i, v);
}

struct str column_str(sqlite3_stmt *stmt, int i)
{
	const char *at = (const char *)sqlite3_column_text(stmt, i);
	return (struct str){ at, (size_t)sqlite3_column_bytes(stmt, i) };
}

int64_t column_int(sqlite3_stmt *stmt, int i)
{
	return sqlite3_column_type(stmt, i) == SQLITE_NULL ? TRACK_NONE
							   : sqlite3_column_int64(stmt, i);
}

static bool write_entry(struct store *s, const struct entry_row *row, bool known, struct err *err)
{
	sqlite3_stmt *stmt = store_prepare(
		s, known ? schema_store_update_entry_sql : schema_store_insert_entry_sql, err);
	if (stmt == NULL)
		return false;
	for (int i = 0; i < ENTRY_TEXT_COUNT; i++)
		bind_str(stmt, i + 1, row->text[i]);
	if (row->text[ENTRY_MTA].at == NULL)
		bind_str(stmt, ENTRY_MTA + 1, STR(""));
	const int64_t numbers[] = { row->id,          row->host,      row->size,
				    row->nrcpt,       row->first_at,  row->last_at,
				    row->accepted_at, row->closed_at, row->outcome_at };
	int i = ENTRY_TEXT_COUNT + 1;
	for (size_t k = 0; k < sizeof(numbers) / sizeof(numbers[0]); k++)
		bind_int(stmt, i++, numbers[k]);
	bind_str(stmt, i++, str_of(entry_state_name(row->state)));
	bind_int(stmt, i++, row->head_missing);
	bind_int(stmt, i++, row->year_inferred);
	bind_int(stmt, i++, row->host_assumed);
	if (row->lines.len > 0)
		bind_blob(stmt, i, row->lines);
	bind_int(stmt, i + 1, row->state_at);
	pair_add(s, row->text[ENTRY_CLIENT_HOST], row->text[ENTRY_CLIENT_IP]);
	return store_step(s, stmt, err);
}

static bool write_delivery(struct store *s, const struct delivery_row *row, struct err *err)
{
	sqlite3_stmt *stmt = store_prepare(s, schema_store_insert_delivery_sql, err);
	if (stmt == NULL)
		return false;
	bind_int(stmt, 1, row->entry);
	bind_int(stmt, 2, row->at);
	bind_str(stmt, 3, row->recipient);
	bind_str(stmt, 4, row->original_recipient);
	bind_str(stmt, 5, row->state.at != NULL ? row->state : STR("unknown"));
	bind_str(stmt, 6, row->relay_host);
	bind_str(stmt, 7, row->relay_ip);
	bind_int(stmt, 8, row->relay_port);
	bind_str(stmt, 9, row->transport);
	bind_str(stmt, 10, row->tls);
	bind_str(stmt, 11, row->dsn);
	bind_int(stmt, 12, row->delay_us);
	bind_str(stmt, 13, row->reply);
	bind_str(stmt, 14, row->next_queue_id);
	bind_str(stmt, 15, row->server);
	bind_int(stmt, 16, row->followable);
	bind_int(stmt, 17, row->ambiguous);
	pair_add(s, row->relay_host, row->relay_ip);
	return store_step(s, stmt, err);
}

static bool write_link(struct store *s, const struct link_row *row, struct err *err)
{
	sqlite3_stmt *stmt = store_prepare(s,
					   "INSERT OR IGNORE INTO link (parent, child, kind, at) "
					   "VALUES (?1, ?2, ?3, ?4)",
					   err);
	if (stmt == NULL)
		return false;
	bind_int(stmt, 1, row->parent);
	bind_int(stmt, 2, row->child);
	bind_str(stmt, 3, row->kind);
	bind_int(stmt, 4, row->at);
	return store_step(s, stmt, err);
}

static bool write_reject(struct store *s, const struct reject_row *row, struct err *err)
{
	sqlite3_stmt *stmt = store_prepare(s, schema_store_insert_reject_sql, err);
	if (stmt == NULL)
		return false;
	bind_int(stmt, 1, row->host);
	bind_int(stmt, 2, row->at);
	bind_int(stmt, 3, row->entry);
	bind_str(stmt, 4, row->stage);
	bind_str(stmt, 5, row->client_host);
	bind_str(stmt, 6, row->client_ip);
	bind_str(stmt, 7, row->helo);
	bind_str(stmt, 8, row->sender);
	bind_str(stmt, 9, row->recipient);
	bind_int(stmt, 10, row->code);
	bind_str(stmt, 11, row->dsn);
	bind_str(stmt, 12, row->reason);
	bind_int(stmt, 13, row->chunk);
	bind_int(stmt, 14, row->chunk_at);
	return store_step(s, stmt, err);
}

static bool write_note(struct store *s, const struct note_row *row, struct err *err)
{
	sqlite3_stmt *stmt = store_prepare(
		s, "INSERT INTO note (entry, at, origin, text) VALUES (?1, ?2, ?3, ?4)", err);
	if (stmt == NULL)
		return false;
	bind_int(stmt, 1, row->entry);
	bind_int(stmt, 2, row->at);
	bind_str(stmt, 3, row->origin);
	bind_str(stmt, 4, row->text);
	return store_step(s, stmt, err);
}

bool rows_write(struct store *s, const struct job *j, struct err *err)
{
	switch (j->kind) {
	case JOB_ENTRY:
		return write_entry(s, &j->entry, j->known, err);
	case JOB_DELIVERY:
		return write_delivery(s, &j->delivery, err);
	case JOB_LINK:
		return write_link(s, &j->link, err);
	case JOB_REJECT:
		return write_reject(s, &j->reject, err);
	case JOB_NOTE:
		return write_note(s, &j->note, err);
	case JOB_NAME:
		return host_name_add(s, j->name.host, j->name.name, j->name.origin, err);
	case JOB_CHUNK:
		return chunk_write(s, j->chunk.id, (struct str){ j->chunk.text, j->chunk.len },
				   err);
	case JOB_COMMIT:
		break;
	}
	return store_exec(s, "COMMIT; BEGIN IMMEDIATE", err);
}
