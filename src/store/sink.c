/*
 * sink.c - what track/ hands over, on its way to the writer; and what it asks for at once.
 */
#include "store/internal.h"
#include "store/schema.h"

/* ---- answered at once ---- */

static bool sink_host(void *arg, struct str name, int64_t *id, struct err *err)
{
	return host_find(arg, name, id, err);
}

static int64_t sink_new_entry(void *arg)
{
	struct store *s = arg;
	return s->next_entry++;
}

static bool sink_lives(void *arg, int64_t host, struct str queue_id,
		       void (*fn)(void *, const struct entry_row *), void *fn_arg, struct err *err)
{
	return lives_read(arg, host, queue_id, fn, fn_arg, err);
}

/* ---- handed to the writer ---- */

static bool sink_host_name(void *arg, int64_t host, struct str name, struct str origin,
			   struct err *err)
{
	struct job *j = writer_job(arg, JOB_NAME);
	j->name.host = host;
	j->name.name = name;
	j->name.origin = origin;
	struct str *const texts[] = { &j->name.name, &j->name.origin };
	writer_keep(arg, texts, COUNT(texts));
	return writer_done(arg, err);
}

static bool sink_entry(void *arg, const struct entry_row *row, bool known, struct err *err)
{
	struct job *j = writer_job(arg, JOB_ENTRY);
	struct str *texts[ENTRY_TEXT_COUNT + 1];
	j->known = known;
	j->entry = *row;
	for (size_t i = 0; i < ENTRY_TEXT_COUNT; i++)
		texts[i] = &j->entry.text[i];
	texts[ENTRY_TEXT_COUNT] = &j->entry.lines;
	lives_add(arg, row->host, row->text[ENTRY_QUEUE_ID]);
	writer_keep(arg, texts, COUNT(texts));
	return writer_done(arg, err);
}

static bool sink_delivery(void *arg, const struct delivery_row *row, struct err *err)
{
	struct job *j = writer_job(arg, JOB_DELIVERY);
	struct delivery_row *d = &j->delivery;
	*d = *row;
	struct str *const texts[] = {
		&d->recipient, &d->original_recipient, &d->state, &d->relay_host,
		&d->relay_ip,  &d->transport,          &d->tls,   &d->dsn,
		&d->reply,     &d->next_queue_id,      &d->server
	};
	writer_keep(arg, texts, COUNT(texts));
	return writer_done(arg, err);
}

static bool sink_link(void *arg, const struct link_row *row, struct err *err)
{
	static const char insert[] = "INSERT OR IGNORE INTO link (parent, child, kind, at) "
				     "VALUES (?1, ?2, ?3, ?4)";
	const struct cell cells[] = { cell_number(row->parent), cell_number(row->child),
				      cell_text(row->kind), cell_number(row->at) };
	return writer_statement(arg, insert, cells, COUNT(cells), err);
}

static bool sink_reject(void *arg, const struct reject_row *row, struct err *err)
{
	struct job *j = writer_job(arg, JOB_REJECT);
	struct reject_row *r = &j->reject;
	*r = *row;
	struct str *const texts[] = { &r->stage,  &r->client_host, &r->client_ip, &r->helo,
				      &r->sender, &r->recipient,   &r->dsn,       &r->reason };
	writer_keep(arg, texts, COUNT(texts));
	return writer_done(arg, err);
}

static bool sink_note(void *arg, const struct note_row *row, struct err *err)
{
	struct job *j = writer_job(arg, JOB_NOTE);
	j->note = *row;
	struct str *const texts[] = { &j->note.origin, &j->note.text };
	writer_keep(arg, texts, COUNT(texts));
	return writer_done(arg, err);
}

/* ---- connections under way ---- */

static bool sink_session(void *arg, const struct session_row *row, struct err *err)
{
	struct cell cells[14];
	size_t n = 0;
	cells[n++] = cell_text(row->host);
	cells[n++] = cell_text(row->ident);
	cells[n++] = cell_number(row->pid);
	cells[n++] = cell_number(row->at);
	for (size_t i = SESSION_CLIENT_HOST; i <= SESSION_RELAY_IP; i++)
		cells[n++] = cell_text(row->text[i]);
	cells[n++] = cell_number(row->opened);
	cells[n++] = cell_text(row->text[SESSION_OPENED_ID]);
	cells[n++] = cell_number(row->opened_host);
	cells[n++] = cell_number(row->decided);
	return writer_statement(arg, schema_store_insert_session_sql, cells, n, err);
}

static bool sink_session_gone(void *arg, struct str host, struct str ident, int64_t pid,
			      struct err *err)
{
	static const char forget[] =
		"DELETE FROM session WHERE host = ?1 AND ident = ?2 AND pid = ?3";
	const struct cell cells[] = { cell_text(host), cell_text(ident), cell_number(pid) };
	return writer_statement(arg, forget, cells, COUNT(cells), err);
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
					   .opened_host = column_int(stmt, 12),
					   .decided = (unsigned)sqlite3_column_int(stmt, 13) };
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
	if (s->writer == NULL)
		writer_new(s);
	if (s->lives == NULL)
		lives_open(s);
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
