/*
 * queue.c - the open entries of each host, put together oldest first.
 *
 * Promises: every open entry is counted, in memory that grows with the limit only.
 */
#include "trace/queue.h"

#include <stdlib.h>

#include "trace/internal.h"

extern const char schema_queue_entries_sql[];
extern const char schema_queue_entry_sql[];
extern const char schema_queue_recipients_sql[];

struct reading {
	struct store *store;
	struct arena *arena;
	const struct queue_options *opt;
	struct queue *q;
	struct err *err;
};

const char *queue_state_name(enum queue_state state)
{
	static const char *const names[QUEUE_STATES] = { "deferred", "not tried", "held" };
	return names[state];
}

int64_t queue_count(const struct queue_host *h)
{
	int64_t n = 0;
	for (int i = 0; i < QUEUE_STATES; i++)
		n += h->count[i];
	return n;
}

static bool load_hosts(struct reading *r, bool *nothing)
{
	struct trace_cover *cover = NULL;
	size_t count = 0;
	int64_t only = TRACE_NONE;
	struct str name;
	if (r->opt->host.at != NULL &&
	    !trace_host(r->store, r->arena, r->opt->host, &only, &name, nothing, r->err))
		return false;
	if (!trace_coverage(r->store, r->arena, &cover, &count, r->err))
		return false;
	r->q->host = arena_alloc(r->arena, (count + 1) * sizeof(*r->q->host));
	for (size_t i = 0; i < count; i++) {
		if (only != TRACE_NONE && cover[i].host_id != only)
			continue;
		int64_t end = cover[i].last_us;
		r->q->host[r->q->host_count++] =
			(struct queue_host){ .id = cover[i].host_id,
					     .end_us = end,
					     .fresh = end != TRACE_NONE &&
						      end > r->opt->now_us - QUEUE_FRESH_US,
					     .name = cover[i].host };
	}
	return true;
}

static void add_entry(struct reading *r, const struct queue_entry *e)
{
	struct queue *q = r->q;
	q->entry = arena_grow(r->arena, q->entry, q->entry_count, sizeof(*q->entry));
	q->entry[q->entry_count++] = *e;
}

/* All of them are counted, the first of the limit and one more are kept. */
static bool load_open(struct reading *r, struct queue_host *h)
{
	sqlite3_stmt *row = store_prepare(r->store, schema_queue_entries_sql, r->err);
	if (row == NULL)
		return false;
	sqlite3_bind_text64(row, 1, h->name.at, h->name.len, SQLITE_STATIC, SQLITE_UTF8);
	int rc;
	size_t kept = 0;
	while ((rc = sqlite3_step(row)) == SQLITE_ROW) {
		const char *state = (const char *)sqlite3_column_text(row, 1);
		struct queue_entry e = { .id = sqlite3_column_int64(row, 0),
					 .first_us = sqlite3_column_int64(row, 2),
					 .last_us = sqlite3_column_int64(row, 3),
					 .host = h,
					 .state = state != NULL && strcmp(state, "held") == 0
							  ? QUEUE_HELD
						  : sqlite3_column_int(row, 4) != 0
							  ? QUEUE_DEFERRED
							  : QUEUE_UNTRIED };
		e.silent = e.state != QUEUE_HELD && e.last_us < h->end_us - QUEUE_SILENT_US;
		*(e.silent ? &h->silent : &h->count[e.state]) += 1;
		if ((!e.silent || r->opt->silent) && kept <= r->opt->limit) {
			kept++;
			add_entry(r, &e);
		}
	}
	sqlite3_reset(row);
	return rc == SQLITE_DONE || trace_failed(r->store, r->err);
}

static int oldest_first(const void *a, const void *b)
{
	const struct queue_entry *x = a, *y = b;
	if (x->first_us != y->first_us)
		return x->first_us < y->first_us ? -1 : 1;
	return (x->id > y->id) - (x->id < y->id);
}

static bool load_recipients(struct reading *r, struct queue_entry *e)
{
	struct arena *a = r->arena;
	sqlite3_stmt *row = trace_by_id(r->store, schema_queue_recipients_sql, e->id, r->err);
	if (row == NULL)
		return false;
	int rc;
	while ((rc = sqlite3_step(row)) == SQLITE_ROW) {
		e->recipient =
			arena_grow(a, e->recipient, e->recipient_count, sizeof(*e->recipient));
		e->recipient[e->recipient_count++] =
			(struct queue_recipient){ .recipient = trace_text(a, row, 0),
						  .original = trace_text(a, row, 1),
						  .state = trace_text(a, row, 2),
						  .attempts = trace_int(row, 3),
						  .at_us = trace_int(row, 4),
						  .relay_host = trace_text(a, row, 5),
						  .relay_ip = trace_text(a, row, 6),
						  .dsn = trace_text(a, row, 7),
						  .reply = trace_text(a, row, 8) };
	}
	sqlite3_reset(row);
	return rc == SQLITE_DONE || trace_failed(r->store, r->err);
}

static bool load_entry(struct reading *r, struct queue_entry *e)
{
	sqlite3_stmt *row = trace_by_id(r->store, schema_queue_entry_sql, e->id, r->err);
	if (row == NULL)
		return false;
	struct str *const texts[] = { &e->mta,    &e->queue_id,    &e->message_id,
				      &e->sender, &e->client_host, &e->client_ip };
	int rc = sqlite3_step(row);
	for (size_t i = 0; rc == SQLITE_ROW && i < sizeof(texts) / sizeof(texts[0]); i++)
		*texts[i] = trace_text(r->arena, row, (int)i);
	if (rc == SQLITE_ROW) {
		e->size = trace_int(row, 6);
		e->nrcpt = trace_int(row, 7);
		e->head_missing = sqlite3_column_int(row, 8) != 0;
	}
	sqlite3_reset(row);
	return rc == SQLITE_ROW ? load_recipients(r, e) : trace_failed(r->store, r->err);
}

static bool read_all(struct reading *r, bool *nothing)
{
	struct queue *q = r->q;
	bool ok = load_hosts(r, nothing);
	for (size_t i = 0; ok && i < q->host_count; i++)
		ok = load_open(r, &q->host[i]);
	if (!ok)
		return false;
	if (q->entry_count > 1)
		qsort(q->entry, q->entry_count, sizeof(*q->entry), oldest_first);
	q->more = q->entry_count > r->opt->limit;
	if (q->more)
		q->entry_count = r->opt->limit;
	for (size_t i = 0; ok && i < q->entry_count; i++)
		ok = load_entry(r, &q->entry[i]);
	return ok;
}

bool queue_read(struct store *s, struct arena *a, const struct queue_options *opt, struct queue *q,
		bool *nothing, struct err *err)
{
	struct reading r = { s, a, opt, q, err };
	*q = (struct queue){ 0 };
	*nothing = false;
	/* all from one state of the database */
	sqlite3_exec(store_db(s), "BEGIN", NULL, NULL, NULL);
	bool ok = read_all(&r, nothing);
	sqlite3_exec(store_db(s), "ROLLBACK", NULL, NULL, NULL);
	return ok;
}
