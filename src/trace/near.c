/*
 * near.c - when nothing has a name: what it may have been meant to be, and what the database
 * covers.
 */
#include "trace/internal.h"

#define WORDS_MAX 256        /* looked up in a pasted text */
#define ADDRESSES_MAX 4      /* of a pasted text */
#define NEAR_MIN ((size_t)3) /* of a shorter text everything is near */

struct near_list {
	struct store *store;
	struct arena *arena;
	int64_t at_us; /* of rejects */
	struct trace_nothing *out;
};

static struct trace_near *add(struct near_list *l, enum trace_near_kind kind)
{
	struct trace_nothing *n = l->out;
	n->nears = arena_grow(l->arena, n->nears, n->near_count, sizeof(*n->nears));
	struct trace_near *near = &n->nears[n->near_count++];
	*near = (struct trace_near){ .kind = kind,
				     .cover_first_us = TRACE_NONE,
				     .cover_last_us = TRACE_NONE };
	return near;
}

static sqlite3_stmt *query(struct near_list *l, const char *sql, struct str text, struct err *err)
{
	sqlite3_stmt *row = store_prepare(l->store, sql, err);
	if (row != NULL)
		sqlite3_bind_text64(row, 1, text.at, text.len, SQLITE_STATIC, SQLITE_UTF8);
	return row;
}

/* Rows with a name, a host and a time; those of claims the relay, too. */
static bool take(struct near_list *l, sqlite3_stmt *row, enum trace_near_kind kind, struct err *err)
{
	int rc;
	while ((rc = sqlite3_step(row)) == SQLITE_ROW) {
		struct trace_near *n = add(l, kind);
		n->id = trace_text(l->arena, row, 0);
		n->host = trace_text(l->arena, row, 1);
		n->at_us = trace_int(row, 2);
		if (kind != TRACE_NEAR_CLAIM)
			continue;
		n->relay_host = trace_text(l->arena, row, 3);
		n->relay_ip = trace_text(l->arena, row, 4);
	}
	sqlite3_reset(row);
	return rc == SQLITE_DONE || trace_failed(l->store, err);
}

static bool find(struct near_list *l, const char *sql, enum trace_near_kind kind, struct str text,
		 struct err *err)
{
	sqlite3_stmt *row = query(l, sql, text, err);
	return row != NULL && take(l, row, kind, err);
}

static bool rejects(struct near_list *l, struct str address, struct err *err)
{
	struct arena *a = l->arena;
	sqlite3_stmt *row = query(l, schema_trace_near_rejects_sql, address, err);
	if (row == NULL)
		return false;
	if (l->at_us != TRACE_NONE)
		sqlite3_bind_int64(row, 2, l->at_us);
	int rc;
	while ((rc = sqlite3_step(row)) == SQLITE_ROW) {
		struct trace_near *n = add(l, TRACE_NEAR_REJECT);
		struct trace_reject *r = &n->reject;
		n->host = trace_text(a, row, 0);
		n->at_us = r->at_us = trace_int(row, 1);
		struct str *text[] = { &r->stage, &r->client_host, &r->client_ip, &r->sender,
				       &r->recipient };
		for (int i = 0; i < 5; i++)
			*text[i] = trace_text(a, row, i + 2);
		r->code = trace_int(row, 7);
		r->dsn = trace_text(a, row, 8);
		r->reason = trace_text(a, row, 9);
	}
	sqlite3_reset(row);
	return rc == SQLITE_DONE || trace_failed(l->store, err);
}

static struct str without_brackets(struct str s)
{
	if (s.len > 0 && s.at[0] == '<')
		s = str_skip(s, 1);
	if (s.len > 0 && s.at[s.len - 1] == '>')
		s.len--;
	return s;
}

static bool messages(struct near_list *l, struct str address, struct err *err)
{
	char *lower = arena_alloc(l->arena, address.len);
	const char *sign = memrchr(address.at, '@', address.len);
	size_t local = sign != NULL ? (size_t)(sign - address.at) : address.len;
	str_lower(address, lower, address.len);
	sqlite3_stmt *row =
		query(l, schema_trace_near_address_sql, (struct str){ lower, local }, err);
	if (row == NULL)
		return false;
	struct str domain = str_skip((struct str){ lower, address.len }, local + 1);
	sqlite3_bind_text64(row, 2, domain.len > 0 ? domain.at : "", domain.len, SQLITE_STATIC,
			    SQLITE_UTF8);
	return take(l, row, TRACE_NEAR_ADDRESS, err);
}

static bool address(struct near_list *l, struct str text, struct err *err)
{
	struct str bare = without_brackets(text);
	return bare.len == 0 || (messages(l, bare, err) && rejects(l, bare, err));
}

static bool message_id(struct near_list *l, struct str text, struct err *err)
{
	struct str id = trace_message_id(l->arena, text);
	if (!find(l, schema_trace_near_message_id_case_sql, TRACE_NEAR_CASE, id, err))
		return false;
	id.len--; /* without the closing bracket: the beginning of one */
	return find(l, schema_trace_near_message_id_sql, TRACE_NEAR_PREFIX, id, err);
}

/* IDs that a relay named, and addresses, in a sentence or a log line. */
static bool words(struct near_list *l, struct str text, struct err *err)
{
	struct str word;
	size_t addresses = 0;
	bool ok = true;
	for (int i = 0; ok && i < WORDS_MAX && trace_next_word(&text, &word); i++) {
		bool at = memchr(word.at, '@', word.len) != NULL;
		if (at && addresses++ < ADDRESSES_MAX)
			ok = address(l, word, err);
		else if (!at && trace_may_be_name(word))
			ok = find(l, schema_trace_near_claim_sql, TRACE_NEAR_CLAIM, word, err);
	}
	return ok;
}

static bool one_name(struct near_list *l, struct str text, struct err *err)
{
	return find(l, schema_trace_near_claim_sql, TRACE_NEAR_CLAIM, text, err) &&
	       find(l, schema_trace_near_case_sql, TRACE_NEAR_CASE, text, err) &&
	       find(l, schema_trace_near_prefix_sql, TRACE_NEAR_PREFIX, text, err);
}

/* Is the relay that named an ID one of ours, and have we its log? */
static bool whose(struct near_list *l, struct trace_near *n, struct err *err)
{
	int64_t host = TRACE_NONE;
	struct trace_cover cover;
	if (!trace_relay_host(l->store, n->relay_host, n->relay_ip, &host, err))
		return false;
	if (host == TRACE_NONE)
		return true;
	if (!trace_cover_of(l->store, l->arena, host, &cover, err))
		return false;
	n->ours = cover.host;
	n->cover_first_us = cover.first_us;
	n->cover_last_us = cover.last_us;
	return true;
}

bool trace_nothing(struct store *s, struct arena *a, struct str text, int64_t at_us,
		   struct trace_nothing *out, struct err *err)
{
	struct near_list l = { s, a, at_us, out };
	bool ok;
	*out = (struct trace_nothing){ 0 };
	if (!trace_coverage(s, a, &out->covers, &out->cover_count, err))
		return false;
	text = trace_clean(text);
	if (memchr(text.at, ' ', text.len) != NULL)
		ok = words(&l, text, err);
	else if (memchr(text.at, '@', text.len) != NULL || str_starts(text, STR("<")))
		ok = message_id(&l, text, err) && address(&l, text, err);
	else
		ok = text.len < NEAR_MIN || one_name(&l, text, err);
	for (size_t i = 0; ok && i < out->near_count; i++)
		ok = out->nears[i].kind != TRACE_NEAR_CLAIM || whose(&l, &out->nears[i], err);
	return ok;
}
