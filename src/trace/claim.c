/*
 * claim.c - claims whose entry is in no log: is the relay one of our hosts, and
 * do its logs cover that time? And what the logs of every host cover.
 */
#include "trace/internal.h"

/* A relay as deliveries name it, asked for once. */
struct relay {
	char *key;
	int64_t host;
	UT_hash_handle hh;
};

struct cover {
	int64_t host_id;
	struct trace_cover found;
	UT_hash_handle hh;
};

struct claims {
	struct store *store;
	struct arena *arena;
	struct relay *relays;
	struct cover *covers;
};

static void bind(sqlite3_stmt *stmt, int i, struct str s)
{
	if (s.at != NULL)
		sqlite3_bind_text64(stmt, i, s.at, s.len, SQLITE_STATIC, SQLITE_UTF8);
}

static bool load_cover(struct store *s, struct arena *a, int64_t host, struct trace_cover *out,
		       struct err *err)
{
	sqlite3_stmt *row = trace_by_id(s, schema_trace_coverage_sql, host, err);
	if (row == NULL)
		return false;
	*out = (struct trace_cover){ .host_id = host,
				     .first_us = TRACE_NONE,
				     .last_us = TRACE_NONE };
	int rc = sqlite3_step(row);
	if (rc == SQLITE_ROW)
		*out = (struct trace_cover){ trace_int(row, 0), trace_text(a, row, 1),
					     trace_int(row, 2), trace_int(row, 3) };
	sqlite3_reset(row);
	return rc == SQLITE_ROW || rc == SQLITE_DONE || trace_failed(s, err);
}

bool trace_coverage(struct store *s, struct arena *a, struct trace_cover **out, size_t *count,
		    struct err *err)
{
	static const char sql[] = "SELECT id FROM host ORDER BY name";
	sqlite3_stmt *row = store_prepare(s, sql, err);
	if (row == NULL)
		return false;
	*out = NULL;
	*count = 0;
	int rc;
	bool ok = true;
	while (ok && (rc = sqlite3_step(row)) == SQLITE_ROW) {
		*out = arena_grow(a, *out, *count, sizeof(**out));
		ok = load_cover(s, a, sqlite3_column_int64(row, 0), &(*out)[(*count)++], err);
	}
	sqlite3_reset(row);
	return ok && (rc == SQLITE_DONE || trace_failed(s, err));
}

static bool is_own(struct str ip)
{
	return str_eq(ip, STR("127.0.0.1")) || str_eq(ip, STR("::1")) || str_starts(ip, STR("/"));
}

/* The host of ours behind a relay; TRACE_NONE when it is none. */
static bool host_of(struct claims *c, const struct trace_delivery *d, int64_t *host,
		    struct err *err)
{
	size_t len = d->relay_host.len + 1 + d->relay_ip.len;
	char *key = arena_alloc(c->arena, len);
	memcpy(key, d->relay_host.len > 0 ? d->relay_host.at : "", d->relay_host.len);
	key[d->relay_host.len] = '\0';
	memcpy(key + d->relay_host.len + 1, d->relay_ip.len > 0 ? d->relay_ip.at : "",
	       d->relay_ip.len);
	struct relay *r = NULL;
	HASH_FIND(hh, c->relays, key, len, r);
	if (r == NULL) {
		sqlite3_stmt *row = store_prepare(c->store, schema_trace_relay_host_sql, err);
		if (row == NULL)
			return false;
		bind(row, 1, d->relay_host);
		bind(row, 2, d->relay_ip);
		int rc = sqlite3_step(row);
		r = arena_alloc(c->arena, sizeof(*r));
		*r = (struct relay){ key,
				     rc == SQLITE_ROW ? trace_int(row, 0) : TRACE_NONE,
				     { 0 } };
		sqlite3_reset(row);
		if (rc != SQLITE_ROW && rc != SQLITE_DONE)
			return trace_failed(c->store, err);
		HASH_ADD_KEYPTR(hh, c->relays, r->key, len, r);
	}
	*host = r->host;
	return true;
}

static bool cover_of(struct claims *c, int64_t host, struct trace_cover *out, struct err *err)
{
	struct cover *k = NULL;
	HASH_FIND(hh, c->covers, &host, sizeof(host), k);
	if (k == NULL) {
		k = arena_alloc(c->arena, sizeof(*k));
		*k = (struct cover){ .host_id = host };
		if (!load_cover(c->store, c->arena, host, &k->found, err))
			return false;
		HASH_ADD(hh, c->covers, host_id, sizeof(k->host_id), k);
	}
	*out = k->found;
	return true;
}

static bool load_claim(struct claims *c, struct trace_hop *h, struct err *err)
{
	int64_t host = TRACE_NONE;
	struct trace_cover cover;
	if (is_own(h->attempt->relay_ip))
		host = h->from->host_id;
	else if (!host_of(c, h->attempt, &host, err))
		return false;
	if (host == TRACE_NONE)
		return true;
	if (!cover_of(c, host, &cover, err))
		return false;
	h->host = cover.host;
	h->cover_first_us = cover.first_us;
	h->cover_last_us = cover.last_us;
	return true;
}

bool trace_load_claims(struct store *s, struct trace *t, struct err *err)
{
	struct claims c = { s, t->arena, NULL, NULL };
	bool ok = true;
	for (size_t i = 0; ok && i < t->hop_count; i++)
		if (t->hops[i].to_id == TRACE_NONE && t->hops[i].attempt != NULL)
			ok = load_claim(&c, &t->hops[i], err);
	HASH_CLEAR(hh, c.relays);
	HASH_CLEAR(hh, c.covers);
	return ok;
}
