/*
 * rows.c - rows of track/ to tables.
 */
#include <utlist.h>

#include "store/internal.h"
#include "store/schema.h"

/* An entry that was written before. */
static bool update_entry(struct store *s, const struct job *j, struct err *err)
{
	struct cell cells[CELLS_MAX];
	return store_run(s, schema_store_update_entry_sql, cells, entry_cells(j, cells), err);
}

/* What is written by a statement of its own. */
static bool write_one(struct store *s, const struct job *j, struct err *err)
{
	switch (j->kind) {
	case JOB_ENTRY:
		return update_entry(s, j, err);
	case JOB_NAME:
		return host_name_add(s, j->name.host, j->name.name, j->name.origin, err);
	case JOB_CHUNK:
		return chunk_write(s, j->chunk.id, (struct str){ j->chunk.text, j->chunk.len },
				   err);
	case JOB_STATEMENT:
		return store_run(s, j->statement.sql, j->statement.cells, j->statement.count, err);
	case JOB_ADDRESS:
	case JOB_DELIVERY:
	case JOB_REJECT:
	case JOB_NOTE:
	case JOB_COMMIT:
		break;
	}
	return store_exec(s, "COMMIT; BEGIN IMMEDIATE", err);
}

/* ---- jobs sorted by what writes them ---- */

struct lists {
	struct job *first[BULK_KINDS + 1], **end[BULK_KINDS + 1];
};

static void append(struct lists *l, size_t list, struct job *j)
{
	j->same = NULL;
	*l->end[list] = j;
	l->end[list] = &j->same;
}

static int64_t key_of(struct store *s, struct arena *a, struct lists *l, struct str address)
{
	struct job found;
	bool is_new;
	int64_t key = address_key(s, a, address, &found, &is_new);
	if (is_new) {
		struct job *j = arena_alloc(a, sizeof(*j));
		*j = found;
		append(l, JOB_ADDRESS, j);
	}
	return key;
}

static void sort_in(struct store *s, struct arena *a, struct lists *l, struct job *j)
{
	size_t list = j->kind < BULK_KINDS ? j->kind : BULK_KINDS;
	if (j->kind == JOB_ENTRY) {
		const struct str *t = j->entry.text;
		j->key[0] = key_of(s, a, l, t[ENTRY_SENDER]);
		pair_add(s, t[ENTRY_CLIENT_HOST], t[ENTRY_CLIENT_IP]);
		list = j->known ? BULK_KINDS : list;
	} else if (j->kind == JOB_DELIVERY) {
		j->key[0] = key_of(s, a, l, j->delivery.recipient);
		j->key[1] = key_of(s, a, l, j->delivery.original_recipient);
		pair_add(s, j->delivery.relay_host, j->delivery.relay_ip);
	}
	append(l, list, j);
}

static int by_id(const struct job *a, const struct job *b)
{
	return a->entry.id < b->entry.id ? -1 : a->entry.id > b->entry.id;
}

static int compare(struct str a, struct str b)
{
	int order = memcmp(a.at, b.at, a.len < b.len ? a.len : b.len);
	return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static int by_address(const struct job *a, const struct job *b)
{
	int order = compare(a->address.domain, b->address.domain);
	return order != 0 ? order : compare(a->address.local, b->address.local);
}

/* By the key of their table: to append to a page costs a tenth of making room in a full one. */
static void sort_rows(struct lists *l)
{
	LL_SORT2(l->first[JOB_ENTRY], by_id, same);
	LL_SORT2(l->first[JOB_ADDRESS], by_address, same);
}

bool rows_write(struct store *s, struct arena *a, struct job *first, struct err *err)
{
	struct lists l = { { NULL }, { NULL } };
	bool ok = true;
	for (size_t i = 0; i <= BULK_KINDS; i++)
		l.end[i] = &l.first[i];
	for (struct job *j = first; j != NULL; j = j->next)
		sort_in(s, a, &l, j);
	sort_rows(&l);
	for (size_t i = 0; ok && i < BULK_KINDS; i++)
		ok = bulk_write(s, (enum job_kind)i, l.first[i], err);
	for (const struct job *j = l.first[BULK_KINDS]; ok && j != NULL; j = j->same)
		ok = write_one(s, j, err);
	return ok;
}
