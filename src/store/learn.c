/*
 * learn.c - addresses of hosts: those logged beside one of their names.
 *
 * Which names are a host's own is known at the end of a run only (they come
 * from Message-IDs). So pairs of name and address are gathered, each once, while rows are written,
 * and looked through at the end; older rows only when a name is new.
 */
#include <stdlib.h>

#include "base/hash.h"
#include "store/internal.h"
#include "store/schema.h"

#define PAIRS_MAX ((size_t)1 << 18) /* more of them: all rows are looked through instead */

/* Table of hashes, open addressing; 0 is a free place. Where *h stands, or is to stand. */
static uint64_t *place(const struct pairs *p, uint64_t *h)
{
	*h = *h != 0 ? *h : 1;
	size_t mask = p->room - 1, i = *h & mask;
	while (p->seen[i] != 0 && p->seen[i] != *h)
		i = (i + 1) & mask;
	return &p->seen[i];
}

static bool is_new(struct pairs *p, uint64_t h)
{
	uint64_t *at = place(p, &h);
	if (*at == h)
		return false;
	*at = h;
	p->count++;
	return true;
}

static void grow(struct pairs *p)
{
	struct pairs bigger = { .room = p->room > 0 ? p->room * 2 : 1024 };
	bigger.seen = mem_zalloc(bigger.room * sizeof(*bigger.seen));
	for (size_t i = 0; i < p->room; i++) {
		if (p->seen[i] != 0)
			is_new(&bigger, p->seen[i]);
	}
	free(p->seen);
	p->seen = bigger.seen;
	p->room = bigger.room;
}

void pair_add(struct store *s, struct str name, struct str address)
{
	struct pairs *p = &s->pairs;
	if (name.len == 0 || address.len == 0 || p->count >= PAIRS_MAX)
		return;
	if (p->count * 2 >= p->room)
		grow(p);
	uint64_t h =
		(uint64_t)hash_bytes(name.at, name.len) << 32 | hash_bytes(address.at, address.len);
	if (!is_new(p, h))
		return;
	if (p->arena == NULL)
		p->arena = arena_new();
	struct pair *one = arena_alloc(p->arena, sizeof(*one) + name.len + address.len);
	*one = (struct pair){ p->list, (uint32_t)name.len, (uint32_t)address.len };
	memcpy(one->text, name.at, name.len);
	memcpy(one->text + name.len, address.at, address.len);
	p->list = one;
}

void pairs_free(struct store *s)
{
	free(s->pairs.seen);
	arena_free(s->pairs.arena);
	s->pairs = (struct pairs){ 0 };
}

/* Names that only their host has, as hashes: most pairs are of strangers, and need no look-up. */
static bool own_names(struct store *s, struct pairs *out, struct err *err)
{
	sqlite3_stmt *stmt = store_prepare(s, schema_store_own_names_sql, err);
	int rc = SQLITE_ERROR;
	while (stmt != NULL && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		struct str name = column_str(stmt, 0);
		if (out->count * 2 >= out->room)
			grow(out);
		is_new(out, hash_bytes(name.at, name.len));
	}
	if (stmt != NULL)
		sqlite3_reset(stmt);
	return rc == SQLITE_DONE || (stmt != NULL && store_err(s, err, "read it"));
}

static bool is_known(const struct pairs *p, uint64_t h)
{
	return p->room > 0 && *place(p, &h) != 0;
}

static bool learn_pair(struct store *s, const struct pair *p, struct err *err)
{
	const struct cell cells[] = { cell_text((struct str){ p->text, p->name_len }),
				      cell_text((struct str){ p->text + p->name_len,
							      p->address_len }) };
	return store_run(s, schema_store_learn_pair_sql, cells, COUNT(cells), err);
}

static bool learn_pairs(struct store *s, struct err *err)
{
	struct pairs own = { 0 };
	bool ok = own_names(s, &own, err);
	for (const struct pair *p = s->pairs.list; ok && p != NULL; p = p->next) {
		char room[256];
		struct str name =
			str_lower((struct str){ p->text, p->name_len }, room, sizeof(room));
		if (is_known(&own, hash_bytes(name.at, name.len)))
			ok = learn_pair(s, p, err);
	}
	free(own.seen);
	return ok;
}

bool store_learn(struct store *s, struct err *err)
{
	if (!learn_pairs(s, err))
		return false;
	/* A name learned in this run may stand in older rows too. */
	bool all = s->pairs.count >= PAIRS_MAX || s->unfinished || (s->new_names && !s->was_empty);
	return !all || (store_run(s, schema_store_learn_relays_sql, NULL, 0, err) &&
			store_run(s, schema_store_learn_clients_sql, NULL, 0, err));
}
