/*
 * sink.c - rows of track/ to tables.
 */
#include <stdio.h>
#include <stdlib.h>

#include "store/internal.h"
#include "store/schema.h"

#define SEEN_BITS 25u /* 4 MiB: one false look-up in a hundred at five million IDs */

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

/* ---- queue IDs handed over: spares look-ups in a load into an empty database ---- */

static uint64_t seen_hash(int64_t host, struct str id)
{
	uint64_t h = UINT64_C(1469598103934665603) ^ (uint64_t)host;
	for (size_t i = 0; i < id.len; i++)
		h = (h ^ (unsigned char)id.at[i]) * UINT64_C(1099511628211);
	return h ^ (h >> 29);
}

static bool seen_test(const struct store *s, int64_t host, struct str id)
{
	if (s->seen == NULL)
		return true;
	uint64_t h = seen_hash(host, id), mask = (UINT64_C(1) << SEEN_BITS) - 1;
	uint64_t a = h & mask, b = (h >> 32) & mask;
	return (s->seen[a >> 3] >> (a & 7) & 1) != 0 && (s->seen[b >> 3] >> (b & 7) & 1) != 0;
}

static void seen_add(struct store *s, int64_t host, struct str id)
{
	if (s->seen == NULL)
		return;
	uint64_t h = seen_hash(host, id), mask = (UINT64_C(1) << SEEN_BITS) - 1;
	uint64_t a = h & mask, b = (h >> 32) & mask;
	s->seen[a >> 3] = (uint8_t)(s->seen[a >> 3] | 1u << (a & 7));
	s->seen[b >> 3] = (uint8_t)(s->seen[b >> 3] | 1u << (b & 7));
}

/* ---- hosts ---- */

static struct str lower(struct str s, char *room, size_t size)
{
	size_t n = s.len < size ? s.len : size;
	for (size_t i = 0; i < n; i++)
		room[i] = s.at[i] >= 'A' && s.at[i] <= 'Z' ? (char)(s.at[i] + 32) : s.at[i];
	return (struct str){ room, n };
}

static bool add_name(struct store *s, int64_t host, struct str name, struct str origin,
		     struct err *err)
{
	char room[256];
	sqlite3_stmt *stmt = store_prepare(s,
					   "INSERT OR IGNORE INTO host_name (host, name, origin) "
					   "VALUES (?1, ?2, ?3)",
					   err);
	if (stmt == NULL)
		return false;
	bind_int(stmt, 1, host);
	bind_str(stmt, 2, lower(name, room, sizeof(room)));
	bind_str(stmt, 3, origin);
	if (!store_step(s, stmt, err))
		return false;
	if (sqlite3_changes(s->db) > 0 && !str_eq(origin, STR("log")))
		s->new_names = true;
	return true;
}

/* All hosts of one first label: "mx1" itself and every "mx1.*". */
static const char find_family[] =
	"SELECT id, name FROM host WHERE name = ?1 OR substr(name, 1, length(?1) + 1) = ?1 || '.'";

static bool is_address(struct str name)
{
	for (size_t i = 0; i < name.len; i++) {
		if (name.at[i] == ':')
			return true;
		if (name.at[i] != '.' && (name.at[i] < '0' || name.at[i] > '9'))
			return memchr(name.at, ':', name.len) != NULL;
	}
	return true;
}

/*
 * mx1 and mx1.example.org are one host (pitfall 30), as long as no other mx1.* is known: then
 * nobody can tell which of them the short name means, and it stays a host of its own.
 * *id is 0 when there is none; *alias: it is known by the other form.
 */
static bool lookup_host(struct store *s, struct str name, int64_t *id, bool *alias, struct err *err)
{
	sqlite3_stmt *stmt = store_prepare(s, find_family, err);
	if (stmt == NULL)
		return false;
	const char *dot = memchr(name.at, '.', name.len);
	bool full = dot != NULL && !is_address(name);
	struct str label = full ? (struct str){ name.at, (size_t)(dot - name.at) } : name;
	int64_t exact = 0, bare = 0, other = 0;
	size_t fulls = 0;
	int rc;
	bind_str(stmt, 1, label);
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		struct str found = { (const char *)sqlite3_column_text(stmt, 1),
				     (size_t)sqlite3_column_bytes(stmt, 1) };
		int64_t row = sqlite3_column_int64(stmt, 0);
		if (str_eq(found, name)) {
			exact = row;
		} else if (str_eq(found, label)) {
			bare = row;
		} else if (!is_address(found)) {
			other = row;
			fulls++;
		}
	}
	sqlite3_reset(stmt);
	if (rc != SQLITE_DONE)
		return store_err(s, err, "read it");
	*id = exact != 0 ? exact : full && fulls == 0 ? bare : !full && fulls == 1 ? other : 0;
	*alias = exact == 0 && *id != 0;
	return true;
}

static bool sink_host(void *arg, struct str name, int64_t *id, struct err *err)
{
	struct store *s = arg;
	char room[256];
	bool alias = false;
	name = lower(name, room, sizeof(room));
	if (!lookup_host(s, name, id, &alias, err))
		return false;
	sqlite3_stmt *stmt = NULL;
	if (*id == 0) {
		stmt = store_prepare(s, "INSERT INTO host (name) VALUES (?1)", err);
		if (stmt == NULL)
			return false;
		bind_str(stmt, 1, name);
		if (!store_step(s, stmt, err))
			return false;
		*id = sqlite3_last_insert_rowid(s->db);
	} else if (alias && memchr(name.at, '.', name.len) != NULL) {
		/* the full name is the better one, whichever came first */
		stmt = store_prepare(s, "UPDATE host SET name = ?1 WHERE id = ?2", err);
		if (stmt == NULL)
			return false;
		bind_str(stmt, 1, name);
		bind_int(stmt, 2, *id);
		if (!store_step(s, stmt, err))
			return false;
	}
	return add_name(s, *id, name, STR("log"), err);
}

static bool sink_host_name(void *arg, int64_t host, struct str name, struct str origin,
			   struct err *err)
{
	return add_name(arg, host, name, origin, err);
}

bool store_host_alias(struct store *s, struct str host, struct str name, struct err *err)
{
	int64_t id = 0;
	return sink_host(s, host, &id, err) && add_name(s, id, name, STR("config"), err);
}

/* ---- entries ---- */

static int64_t sink_new_entry(void *arg)
{
	struct store *s = arg;
	return s->next_entry++;
}

static bool sink_entry(void *arg, const struct entry_row *row, bool known, struct err *err)
{
	struct store *s = arg;
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
	seen_add(s, row->host, row->text[ENTRY_QUEUE_ID]);
	return store_step(s, stmt, err);
}

static struct str column_str(sqlite3_stmt *stmt, int i)
{
	const char *at = (const char *)sqlite3_column_text(stmt, i);
	return (struct str){ at, (size_t)sqlite3_column_bytes(stmt, i) };
}

static int64_t column_int(sqlite3_stmt *stmt, int i)
{
	return sqlite3_column_type(stmt, i) == SQLITE_NULL ? TRACK_NONE
							   : sqlite3_column_int64(stmt, i);
}

static void read_entry(sqlite3_stmt *stmt, struct entry_row *row)
{
	for (int i = 0; i < ENTRY_TEXT_COUNT; i++)
		row->text[i] = column_str(stmt, i);
	int i = ENTRY_TEXT_COUNT;
	int64_t *numbers[] = { &row->id,          &row->host,      &row->size,
			       &row->nrcpt,       &row->first_at,  &row->last_at,
			       &row->accepted_at, &row->closed_at, &row->outcome_at };
	for (size_t k = 0; k < sizeof(numbers) / sizeof(numbers[0]); k++)
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

static bool sink_lives(void *arg, int64_t host, struct str queue_id,
		       void (*fn)(void *, const struct entry_row *), void *fn_arg, struct err *err)
{
	struct store *s = arg;
	if (!seen_test(s, host, queue_id))
		return true;
	sqlite3_stmt *stmt = store_prepare(s, schema_store_select_lives_sql, err);
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
	sqlite3_reset(stmt);
	return rc == SQLITE_DONE || store_err(s, err, "read it");
}

/* ---- what hangs on entries ---- */

static bool sink_delivery(void *arg, const struct delivery_row *row, struct err *err)
{
	struct store *s = arg;
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
	return store_step(s, stmt, err);
}

static bool sink_link(void *arg, const struct link_row *row, struct err *err)
{
	struct store *s = arg;
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

static bool sink_reject(void *arg, const struct reject_row *row, struct err *err)
{
	struct store *s = arg;
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

static bool sink_note(void *arg, const struct note_row *row, struct err *err)
{
	struct store *s = arg;
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

/* ---- connections under way ---- */

static bool sink_session(void *arg, const struct session_row *row, struct err *err)
{
	struct store *s = arg;
	sqlite3_stmt *stmt = store_prepare(s, schema_store_insert_session_sql, err);
	if (stmt == NULL)
		return false;
	bind_str(stmt, 1, row->host);
	bind_str(stmt, 2, row->ident);
	bind_int(stmt, 3, row->pid);
	bind_int(stmt, 4, row->at);
	for (int i = SESSION_CLIENT_HOST; i <= SESSION_RELAY_IP; i++)
		bind_str(stmt, 5 + i, row->text[i]);
	bind_int(stmt, 11, row->opened);
	bind_str(stmt, 12, row->text[SESSION_OPENED_ID]);
	bind_int(stmt, 13, row->opened_host);
	return store_step(s, stmt, err);
}

static bool sink_session_gone(void *arg, struct str host, struct str ident, int64_t pid,
			      struct err *err)
{
	struct store *s = arg;
	sqlite3_stmt *stmt = store_prepare(
		s, "DELETE FROM session WHERE host = ?1 AND ident = ?2 AND pid = ?3", err);
	if (stmt == NULL)
		return false;
	bind_str(stmt, 1, host);
	bind_str(stmt, 2, ident);
	bind_int(stmt, 3, pid);
	return store_step(s, stmt, err);
}

static bool sink_sessions(void *arg, void (*fn)(void *, const struct session_row *), void *fn_arg,
			  struct err *err)
{
	struct store *s = arg;
	sqlite3_stmt *stmt = store_prepare(s, schema_store_select_sessions_sql, err);
	if (stmt == NULL)
		return false;
	int rc;
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		struct session_row row = { .host = column_str(stmt, 0),
					   .ident = column_str(stmt, 1),
					   .pid = sqlite3_column_int64(stmt, 2),
					   .at = sqlite3_column_int64(stmt, 3),
					   .opened = column_int(stmt, 10),
					   .opened_host = column_int(stmt, 12) };
		for (int i = SESSION_CLIENT_HOST; i <= SESSION_RELAY_IP; i++)
			row.text[i] = column_str(stmt, 4 + i);
		row.text[SESSION_OPENED_ID] = column_str(stmt, 11);
		fn(fn_arg, &row);
	}
	sqlite3_reset(stmt);
	return rc == SQLITE_DONE || store_err(s, err, "read it");
}

static bool sink_line(void *arg, struct str raw, int64_t *chunk, int64_t *offset, struct err *err)
{
	struct store *s = arg;
	*chunk = -1;
	return !s->chunk.keep || chunk_add(s, raw, chunk, offset, err);
}

struct track_sink store_sink(struct store *s, bool keep_lines)
{
	s->chunk.keep = keep_lines;
	if (s->was_empty && s->seen == NULL)
		s->seen = mem_zalloc((size_t)1 << (SEEN_BITS - 3));
	return (struct track_sink){ .arg = s,
				    .host = sink_host,
				    .host_name = sink_host_name,
				    .new_entry = sink_new_entry,
				    .entry = sink_entry,
				    .delivery = sink_delivery,
				    .link = sink_link,
				    .reject = sink_reject,
				    .note = sink_note,
				    .lives = sink_lives,
				    .line = sink_line,
				    .session = sink_session,
				    .session_gone = sink_session_gone,
				    .sessions = sink_sessions };
}
