/*
 * search_sql.c - a search as SQL: a fixed SELECT of schema/search/ and one condition for each thing
 * asked for.
 *
 * Promises: newest first; every value is a parameter.
 */
#include "trace/search_sql.h"

#include <stdio.h>

#include "trace/internal.h"

extern const char schema_search_entries_sql[];
extern const char schema_search_rejects_sql[];

static void add(struct build *b, const char *sql)
{
	size_t n = strlen(sql);
	if (b->len + n < SQL_MAX) { /* all parts together are far shorter */
		memcpy(b->sql + b->len, sql, n + 1);
		b->len += n;
	}
}

static void add_text(struct build *b, const char *sql, struct str value)
{
	b->text[b->values] = value;
	b->is_text[b->values++] = true;
	add(b, sql);
}

static void add_number(struct build *b, const char *sql, int64_t value)
{
	b->number[b->values] = value;
	b->is_text[b->values++] = false;
	add(b, sql);
}

/* ---- patterns ---- */

static bool has_wildcard(struct str s)
{
	return memchr(s.at, '*', s.len) != NULL || memchr(s.at, '?', s.len) != NULL;
}

/* For GLOB, which knows [sets] too: ours do not. In lower case, as what it is compared with. */
static struct str glob(struct arena *a, struct str s)
{
	char *out = arena_alloc(a, s.len * 3 + 1);
	size_t n = 0;
	for (size_t i = 0; i < s.len; i++) {
		char c = s.at[i] >= 'A' && s.at[i] <= 'Z' ? (char)(s.at[i] + 32) : s.at[i];
		if (c == '[') {
			memcpy(out + n, "[[]", 3);
			n += 3;
		} else {
			out[n++] = c;
		}
	}
	return (struct str){ out, n };
}

/* AND (a [OR b ...]), the columns in lower case against one value. */
static void like(struct build *b, const char *const *columns, size_t count, struct str value)
{
	if (value.len == 0)
		return;
	char one[200];
	bool any = has_wildcard(value);
	int n = ++b->values;
	b->text[n - 1] = glob(b->a, value);
	b->is_text[n - 1] = true;
	if (!any) { /* nothing to escape then */
		char *room = arena_alloc(b->a, value.len);
		b->text[n - 1] = str_lower(value, room, value.len);
	}
	add(b, " AND (");
	for (size_t i = 0; i < count; i++) {
		snprintf(one, sizeof(one), "%slower(%s) %s ?%d", i > 0 ? " OR " : "", columns[i],
			 any ? "GLOB" : "=", n);
		add(b, one);
	}
	add(b, ")");
}

#define LIKE(b, value, ...)                                                                        \
	like((b), (const char *const[]){ __VA_ARGS__ },                                            \
	     sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(const char *), (value))

/* ---- addresses: by their keys, which table address has ---- */

static struct str domain_of(struct arena *a, struct str address)
{
	const char *sign = memrchr(address.at, '@', address.len);
	struct str d = sign != NULL ? str_skip(address, (size_t)(sign - address.at) + 1) : address;
	return str_lower(d, arena_alloc(a, d.len), d.len);
}

/* Rejects have no keys: they are few. */
static bool has_key(const char *column)
{
	return column[0] != 'r';
}

/* Is the column an address of this domain? Its text is asked too: two addresses may share a key. */
static void in_domain(struct build *b, const char *column, struct str domain)
{
	char part[300];
	int n = b->values + 1, at = 0;
	b->named = true;
	if (has_key(column))
		at = snprintf(part, sizeof(part),
			      "%s_key IN (SELECT key FROM address WHERE domain = ?%d) AND ", column,
			      n);
	snprintf(part + at, sizeof(part) - (size_t)at,
		 "substr(lower(%s), -1 - length(?%d)) = '@' || ?%d", column, n, n);
	add_text(b, part, domain);
}

static void is_address(struct build *b, const char *column, struct str value)
{
	char part[300];
	struct str v = str_lower(value, arena_alloc(b->a, value.len), value.len);
	int n = b->values + 1;
	b->named = true;
	if (!has_key(column)) {
		snprintf(part, sizeof(part), "lower(%s) = ?%d", column, n);
		add_text(b, part, v);
		return;
	}
	struct str domain = domain_of(b->a, value);
	snprintf(part, sizeof(part),
		 "lower(%s) = ?%d AND %s_key IN (SELECT key FROM address WHERE domain = ?%d",
		 column, n, column, n + 1);
	add_text(b, part, v);
	b->text[b->values] = domain;
	b->is_text[b->values++] = true;
	snprintf(part, sizeof(part), " AND local = ?%d)", n + 2);
	add_text(b, part, (struct str){ v.at, v.len - domain.len - 1 });
}

/* An address, "@domain", or a pattern, in a column. */
static void address(struct build *b, const char *column, struct str value)
{
	char part[300];
	if (str_eq(value, STR("<>"))) {
		snprintf(part, sizeof(part), "%s = ''", column);
		add(b, part);
		return;
	}
	bool whole = memchr(value.at, '@', value.len) != NULL, any = has_wildcard(value);
	bool domain_only = value.len > 1 && value.at[0] == '@';
	struct str domain = domain_of(b->a, value);
	if (whole && !any && !domain_only) {
		is_address(b, column, value);
		return;
	}
	if (whole && !has_wildcard(domain)) {
		in_domain(b, column, domain);
		if (domain_only)
			return;
		add(b, " AND ");
	}
	struct str v = glob(b->a, value);
	if (!whole && !any) { /* a local part */
		char *room = arena_alloc(b->a, v.len + 2);
		memcpy(room, v.at, v.len);
		memcpy(room + v.len, "@*", 2);
		v = (struct str){ room, v.len + 2 };
	}
	snprintf(part, sizeof(part), "lower(%s) GLOB ?%d", column, b->values + 1);
	add_text(b, part, v);
}

static struct str at_domain(struct arena *a, struct str domain)
{
	if (domain.len > 0 && domain.at[0] == '@')
		return domain;
	char *out = arena_alloc(a, domain.len + 1);
	out[0] = '@';
	memcpy(out + 1, domain.at, domain.len);
	return (struct str){ out, domain.len + 1 };
}

static struct str bracketed(struct arena *a, struct str id)
{
	char *out = arena_alloc(a, id.len + 2);
	out[0] = '<';
	memcpy(out + 1, id.at, id.len);
	out[id.len + 1] = '>';
	return (struct str){ out, id.len + 2 };
}

/* ---- conditions ---- */

static void of_address(struct build *b, const char *column, struct str value)
{
	if (value.len == 0)
		return;
	add(b, " AND (");
	address(b, column, value);
	add(b, ")");
}

/* In one column or the other. */
static void either(struct build *b, const char *one, const char *other, struct str value)
{
	add(b, "(");
	address(b, one, value);
	add(b, ") OR (");
	address(b, other, value);
	add(b, ")");
}

/* The entries it sent or received, as a list that is still open. */
static void list_party(struct build *b, struct str value)
{
	add(b, " AND e.id IN (SELECT y.id FROM entry y WHERE y.sender <> '' AND (");
	address(b, "y.sender", value);
	add(b, ") UNION ALL SELECT x.entry FROM delivery x WHERE (");
	address(b, "x.recipient", value);
	add(b, ")");
}

/* The entries are found by the index; of their recipients those meant are shown. */
static void of_recipient(struct build *b, struct str value)
{
	if (value.len == 0)
		return;
	add(b, " AND e.id IN (SELECT x.entry FROM delivery x WHERE (");
	address(b, "x.recipient", value);
	add(b, ") UNION ALL SELECT x.entry FROM delivery x WHERE x.original_recipient IS NOT NULL "
	       "AND (");
	address(b, "x.original_recipient", value);
	add(b, "))");
}

static void of_row_recipient(struct build *b, struct str value)
{
	if (value.len == 0)
		return;
	add(b, " AND (d.recipient IS NULL OR ");
	either(b, "d.recipient", "d.original_recipient", value);
	add(b, ")");
}

static void of_domain(struct build *b, struct str domain)
{
	if (domain.len == 0)
		return;
	list_party(b, at_domain(b->a, domain));
	add(b, ")");
}

static void of_message_id(struct build *b, struct str id)
{
	if (id.len == 0)
		return;
	bool bare = id.at[0] != '<' && !has_wildcard(id);
	char part[60];
	b->named = b->named || !has_wildcard(id);
	snprintf(part, sizeof(part), " AND e.message_id %s ?%d", has_wildcard(id) ? "GLOB" : "=",
		 b->values + 1);
	add_text(b, part, bare ? bracketed(b->a, id) : id);
}

static void of_queue_id(struct build *b, struct str id)
{
	if (id.len == 0)
		return;
	char part[60];
	b->named = true;
	snprintf(part, sizeof(part), " AND e.queue_id %s ?%d", has_wildcard(id) ? "GLOB" : "=",
		 b->values + 1);
	add_text(b, part, id);
}

/* "4.x", "5.1", "5.1.1" */
static void of_dsn(struct build *b, const char *column, struct str dsn)
{
	if (dsn.len == 0)
		return;
	char *room = arena_alloc(b->a, dsn.len + 2), part[60];
	size_t n = 0, dots = 0;
	for (size_t i = 0; i < dsn.len; i++) {
		dots += dsn.at[i] == '.';
		room[n++] = dsn.at[i] == 'x' || dsn.at[i] == 'X' ? '*' : dsn.at[i];
	}
	if (dots < 2 && (n == 0 || room[n - 1] != '*')) {
		room[n++] = '.';
		room[n++] = '*';
	}
	snprintf(part, sizeof(part), " AND %s GLOB ?%d", column, b->values + 1);
	add_text(b, part, (struct str){ room, n });
}

static void of_number(struct build *b, const char *condition, int64_t value)
{
	char part[80];
	if (value == TRACE_NONE)
		return;
	snprintf(part, sizeof(part), " AND %s ?%d", condition, b->values + 1);
	add_number(b, part, value);
}

/* Is a word an address or a domain? At NULL when it is not; else as address() takes it. */
static struct str party_of(struct arena *a, struct str w)
{
	if (w.len == 0 || w.at[0] == '<')
		return (struct str){ 0 };
	if (memchr(w.at, '@', w.len) != NULL)
		return w;
	return memchr(w.at, '.', w.len) != NULL ? at_domain(a, w) : (struct str){ 0 };
}

/* A word that is no party. */
static void of_id(struct build *b, struct str w)
{
	if (w.len > 0 && w.at[0] == '<')
		of_message_id(b, w);
	else
		of_queue_id(b, w);
}

/* What a word without an option may be. */
static void of_word(struct build *b, struct str w)
{
	struct str party = party_of(b->a, w);
	if (party.at == NULL) {
		of_id(b, w);
		return;
	}
	list_party(b, party);
	if (memchr(w.at, '@', w.len) != NULL && !has_wildcard(w)) {
		char part[80];
		snprintf(part, sizeof(part),
			 " UNION ALL SELECT z.id FROM entry z WHERE z.message_id = ?%d",
			 b->values + 1);
		add_text(b, part, bracketed(b->a, w));
	}
	add(b, ")");
}

static void limit(struct build *b, size_t n)
{
	char part[40];
	snprintf(part, sizeof(part), " LIMIT ?%d", b->values + 1);
	add_number(b, part, n < INT64_MAX ? (int64_t)n + 1 : INT64_MAX);
}

/*
 * A state that few have: those are looked for first, in one pass that asks nothing else. Of one
 * that most have the newest are found at once.
 */
static void of_state(struct build *b, struct str state)
{
	static const char *const usual[] = { "relayed",   "delivered", "filtered",
					     "completed", "accepted",  "open" };
	if (state.len == 0)
		return;
	bool rare = !has_wildcard(state);
	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
		rare = rare && !str_eq(state, str_of(usual[i]));
	if (rare) {
		char part[200];
		int n = b->values + 1;
		snprintf(part, sizeof(part),
			 " AND e.id IN (SELECT entry FROM delivery WHERE state = ?%d UNION ALL "
			 "SELECT id FROM entry WHERE ?%d IN (outcome, state))",
			 n, n);
		b->named = true;
		add_text(b, part, str_lower(state, arena_alloc(b->a, state.len), state.len));
	}
	LIKE(b, state, "shown_state");
}

/* What is asked of the entry itself. host: of one only, TRACE_NONE for all. */
static void of_entry(struct build *b, const struct search_query *q, int64_t host)
{
	of_word(b, q->word);
	if (q->sender.len > 0 && !str_eq(q->sender, STR("<>")))
		add(b, " AND e.sender <> ''");
	of_address(b, "e.sender", q->sender);
	of_recipient(b, q->recipient);
	of_domain(b, q->domain);
	of_message_id(b, q->message_id);
	of_queue_id(b, q->queue_id);
	LIKE(b, q->client, "e.client_host", "e.client_ip", "e.helo");
	LIKE(b, q->user, "e.user");
	of_number(b, "e.size >=", q->size_min);
	of_number(b, "e.size <=", q->size_max);
	of_number(b, "e.first_at >=", q->since_us);
	of_number(b, "e.first_at <=", q->until_us);
	of_number(b, "e.host =", host);
}

void search_entries(struct build *b, const struct search_query *q, int64_t host)
{
	bool of_rows = q->relay.len > 0 || q->host.len > 0 || q->state.len > 0 || q->dsn.len > 0;
	add(b, schema_search_entries_sql);
	size_t len = b->len;
	int values = b->values;
	of_entry(b, q, host);
	if (b->named && !of_rows) { /* each entry gives a row: no need to look at more of them */
		b->len = len;
		b->values = values;
		add(b, " AND e.id IN (SELECT * FROM (SELECT e.id FROM entry e WHERE 1");
		of_entry(b, q, host);
		add(b, " ORDER BY +e.first_at DESC");
		limit(b, q->limit);
		add(b, "))");
	}
	of_row_recipient(b, q->recipient);
	LIKE(b, q->relay, "d.relay_host", "d.relay_ip");
	LIKE(b, q->host, "h.name");
	of_state(b, q->state);
	of_dsn(b, "d.dsn", q->dsn);
	/* what an index finds is sorted afterwards; else the index gives the order */
	add(b, b->named ? " ORDER BY +e.first_at DESC, e.id DESC" : " ORDER BY e.first_at DESC");
	limit(b, q->limit);
}

static void of_parties(struct build *b, struct str value)
{
	add(b, " AND (");
	either(b, "r.sender", "r.recipient", value);
	add(b, ")");
}

/* Rejects know no message: what asks for one leaves them out. */
bool search_rejects(struct build *b, const struct search_query *q)
{
	bool other_state = q->state.len > 0 && !str_eq(q->state, STR("rejected"));
	if (other_state || q->relay.len > 0 || q->user.len > 0 || q->size_min != TRACE_NONE ||
	    q->size_max != TRACE_NONE)
		return false;
	add(b, schema_search_rejects_sql);
	struct str party = party_of(b->a, q->word);
	if (party.at != NULL)
		of_parties(b, party);
	else
		of_id(b, q->word);
	of_address(b, "r.sender", q->sender);
	of_address(b, "r.recipient", q->recipient);
	if (q->domain.len > 0)
		of_parties(b, at_domain(b->a, q->domain));
	of_message_id(b, q->message_id);
	of_queue_id(b, q->queue_id);
	LIKE(b, q->client, "r.client_host", "r.client_ip", "r.helo");
	LIKE(b, q->host, "h.name");
	of_dsn(b, "r.dsn", q->dsn);
	of_number(b, "r.at >=", q->since_us);
	of_number(b, "r.at <=", q->until_us);
	add(b, " ORDER BY r.at DESC");
	limit(b, q->limit);
	return true;
}
