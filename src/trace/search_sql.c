/*
 * search_sql.c - a search as SQL: a fixed SELECT of schema/search/ and one condition for each thing
 * asked for; and which of them makes a list.
 *
 * Promises: newest first; the same rows with a list and without.
 */
#include <stdio.h>

#include "trace/internal.h"
#include "trace/search_sql.h"

extern const char schema_search_entries_sql[];
extern const char schema_search_rejects_sql[];

/* ---- lists of entries ---- */

static void of_table(struct build *b, const char *select, const char *column, struct str value)
{
	build_sql(b, select);
	build_sql(b, "(");
	build_address(b, column, value);
	build_sql(b, ")");
}

#define FROM_SENDER "SELECT y.id FROM entry y WHERE "
#define FROM_RECIPIENT "SELECT x.entry FROM delivery x WHERE "
#define FROM_ORIGINAL "SELECT x.entry FROM delivery x WHERE "

static void list_recipient(struct build *b, struct str value)
{
	of_table(b, FROM_RECIPIENT, "x.recipient", value);
	of_table(b, " UNION ALL " FROM_ORIGINAL, "x.original_recipient", value);
}

static void list_party(struct build *b, struct str value)
{
	of_table(b, FROM_SENDER, "y.sender", value);
	build_sql(b, " UNION ALL ");
	list_recipient(b, value);
	if (value.at[0] != '@' && !search_is_pattern(value)) {
		char part[80];
		snprintf(part, sizeof(part),
			 " UNION ALL SELECT z.id FROM entry z WHERE z.message_id = ?%d",
			 b->values + 1);
		build_text(b, part, search_bracketed(b->a, value));
	}
}

/* States that few have: indexes delivery_trouble and entry_trouble, whose conditions these are. */
static void list_state(struct build *b, struct str state)
{
	char part[400];
	int n = b->values + 1;
	snprintf(part, sizeof(part),
		 "SELECT x.entry FROM delivery x WHERE NOT (x.state = 'relayed' OR x.state = "
		 "'delivered' OR x.state = 'filtered') AND x.state = ?%d"
		 " UNION ALL SELECT y.id FROM entry y WHERE NOT (y.state = 'accepted' OR y.state = "
		 "'completed') AND y.state = ?%d"
		 " UNION ALL SELECT y.id FROM entry y WHERE y.outcome IS NOT NULL AND y.outcome = "
		 "?%d",
		 n, n, n);
	build_text(b, part, str_lower(state, arena_alloc(b->a, state.len), state.len));
}

static bool is_usual(struct str state)
{
	static const char *const usual[] = { "relayed", "delivered", "filtered", "completed",
					     "accepted" };
	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
		if (str_eq_nocase(state, str_of(usual[i])))
			return true;
	return false;
}

/* "4.x", "5.1", "5.1.1" as a pattern */
static struct str dsn_glob(struct arena *a, struct str dsn)
{
	char *room = arena_alloc(a, dsn.len + 2);
	size_t n = 0, dots = 0;
	for (size_t i = 0; i < dsn.len; i++) {
		dots += dsn.at[i] == '.';
		room[n++] = dsn.at[i] == 'x' || dsn.at[i] == 'X' ? '*' : dsn.at[i];
	}
	if (dots < 2 && (n == 0 || room[n - 1] != '*')) {
		room[n++] = '.';
		room[n++] = '*';
	}
	return (struct str){ room, n };
}

static void of_dsn(struct build *b, const char *column, struct str dsn)
{
	char part[60];
	if (dsn.len == 0)
		return;
	snprintf(part, sizeof(part), " AND %s GLOB ?%d", column, b->values + 1);
	build_text(b, part, dsn_glob(b->a, dsn));
}

static void of_number(struct build *b, const char *condition, int64_t value)
{
	char part[80];
	if (value == TRACE_NONE)
		return;
	snprintf(part, sizeof(part), " AND %s ?%d", condition, b->values + 1);
	build_number(b, part, value);
}

/* Of entry y: one pass over the table answers at once. */
static void of_entry_columns(struct build *b, const struct search_query *q)
{
	LIKE(b, q->client, "y.client_host", "y.client_ip", "y.helo");
	LIKE(b, q->user, "y.user");
	of_number(b, "y.size >=", q->size_min);
	of_number(b, "y.size <=", q->size_max);
}

static bool is_exact(struct str value)
{
	return value.len > 1 && value.at[0] != '@' && memchr(value.at, '@', value.len) != NULL &&
	       !search_is_pattern(value);
}

static bool asks(struct str value)
{
	return value.len > 0 && !str_eq(value, STR("<>"));
}

/* The rarest of what is asked for, as a list. False: nothing makes one. */
static bool list(struct build *b, const struct search_query *q)
{
	struct str word = search_party(b->a, q->word);
	if (is_exact(q->recipient)) {
		list_recipient(b, q->recipient);
	} else if (is_exact(q->sender)) {
		of_table(b, FROM_SENDER, "y.sender", q->sender);
	} else if (is_exact(word)) {
		list_party(b, word);
	} else if (q->state.len > 0 && !search_is_pattern(q->state) && !is_usual(q->state)) {
		list_state(b, q->state);
	} else if (q->dsn.len > 0 && q->dsn.at[0] >= '3' && q->dsn.at[0] <= '9') {
		build_sql(b, "SELECT x.entry FROM delivery x WHERE x.dsn >= '3'");
		of_dsn(b, "x.dsn", q->dsn);
	} else if (q->relay.len > 0) {
		build_sql(b, "SELECT x.entry FROM delivery x WHERE 1");
		LIKE(b, q->relay, "x.relay_host", "x.relay_ip");
	} else if (q->client.len > 0 || q->user.len > 0 || q->size_min != TRACE_NONE ||
		   q->size_max != TRACE_NONE) {
		build_sql(b, "SELECT y.id FROM entry y WHERE 1");
		of_entry_columns(b, q);
	} else if (asks(q->recipient)) {
		list_recipient(b, q->recipient);
	} else if (asks(q->sender)) {
		of_table(b, FROM_SENDER, "y.sender", q->sender);
	} else if (q->domain.len > 0) {
		list_party(b, search_at_domain(b->a, q->domain));
	} else if (word.at != NULL) {
		list_party(b, word);
	} else {
		return false;
	}
	return true;
}

/* ---- conditions of the entry ---- */

/* IDs are told apart by case, so a pattern keeps it. */
static void of_id_column(struct build *b, const char *column, struct str id)
{
	bool any = search_is_pattern(id);
	char part[60];
	snprintf(part, sizeof(part), " AND %s %s ?%d", column, any ? "GLOB" : "=", b->values + 1);
	build_text(b, part, any ? search_glob_exact(b->a, id) : id);
}

static void of_message_id(struct build *b, struct str id)
{
	if (id.len > 0)
		of_id_column(b, "e.message_id", search_bracketed(b->a, id));
}

static void of_queue_id(struct build *b, struct str id)
{
	if (id.len > 0)
		of_id_column(b, "e.queue_id", id);
}

/* A word that is no party. */
static void of_id(struct build *b, struct str w)
{
	if (w.len > 0 && w.at[0] == '<')
		of_message_id(b, w);
	else
		of_queue_id(b, w);
}

static bool is_id(struct str w)
{
	return w.len > 0 && !search_is_pattern(w);
}

bool search_names_one(const struct search_query *q)
{
	bool word = is_id(q->word) &&
		    (q->word.at[0] == '<' || (memchr(q->word.at, '@', q->word.len) == NULL &&
					      memchr(q->word.at, '.', q->word.len) == NULL));
	return word || is_id(q->message_id) || is_id(q->queue_id);
}

static void of_address(struct build *b, const char *column, struct str value)
{
	if (value.len > 0)
		of_table(b, " AND ", column, value);
}

static void of_recipient(struct build *b, struct str value)
{
	of_table(b, "EXISTS (SELECT 1 FROM delivery x WHERE x.entry = e.id AND (", "x.recipient",
		 value);
	of_table(b, " OR ", "x.original_recipient", value);
	build_sql(b, "))");
}

static void of_party(struct build *b, struct str value)
{
	if (value.len == 0)
		return;
	of_table(b, " AND (", "e.sender", value);
	build_sql(b, " OR ");
	of_recipient(b, value);
	if (is_exact(value)) {
		char part[60];
		snprintf(part, sizeof(part), " OR e.message_id = ?%d", b->values + 1);
		build_text(b, part, search_bracketed(b->a, value));
	}
	build_sql(b, ")");
}

/* What is asked of the entry itself. */
static void of_entry(struct build *b, const struct search_query *q, int64_t host, int64_t since_us)
{
	struct str word = search_party(b->a, q->word);
	if (word.at != NULL)
		of_party(b, word);
	else
		of_id(b, q->word);
	of_address(b, "e.sender", q->sender);
	if (q->recipient.len > 0) {
		build_sql(b, " AND ");
		of_recipient(b, q->recipient);
	}
	if (q->domain.len > 0)
		of_party(b, search_at_domain(b->a, q->domain));
	of_message_id(b, q->message_id);
	of_queue_id(b, q->queue_id);
	LIKE(b, q->client, "e.client_host", "e.client_ip", "e.helo");
	LIKE(b, q->user, "e.user");
	of_number(b, "e.size >=", q->size_min);
	of_number(b, "e.size <=", q->size_max);
	of_number(b, "e.first_at >=", since_us);
	of_number(b, "e.first_at <=", q->until_us);
	of_number(b, b->listed ? "+e.host =" : "e.host =", host);
}

/* ---- statements ---- */

static void limit(struct build *b, size_t n)
{
	char part[40];
	snprintf(part, sizeof(part), " LIMIT ?%d", b->values + 1);
	build_number(b, part, n < INT64_MAX ? (int64_t)n + 1 : INT64_MAX);
}

/* The list and the conditions of entries. */
static void entries(struct build *b, const struct search_query *q, int64_t host, int64_t since_us,
		    bool with_list)
{
	size_t len = b->len;
	build_sql(b, " AND e.id IN (");
	b->by_row = false;
	if (with_list && list(b, q)) {
		build_sql(b, ")");
		b->listed = true;
	} else {
		b->len = len;
	}
	b->by_row = true;
	of_entry(b, q, host, since_us);
}

void search_entries(struct build *b, const struct search_query *q, int64_t host, int64_t since_us,
		    bool with_list)
{
	bool of_rows = q->relay.len > 0 || q->state.len > 0 || q->dsn.len > 0;
	b->listed = search_names_one(q);
	with_list = with_list && !b->listed;
	build_sql(b, schema_search_entries_sql);
	if (with_list && !of_rows) { /* each entry gives a row: no need to look at more of them */
		build_sql(b, " AND e.id IN (SELECT * FROM (SELECT e.id FROM entry e WHERE 1");
		entries(b, q, host, since_us, true);
		build_sql(b, " ORDER BY +e.first_at DESC, e.id DESC");
		limit(b, q->limit);
		build_sql(b, "))");
	} else {
		entries(b, q, host, since_us, with_list);
	}
	if (q->recipient.len > 0) {
		of_table(b, " AND (d.recipient IS NULL OR ", "d.recipient", q->recipient);
		of_table(b, " OR ", "d.original_recipient", q->recipient);
		build_sql(b, ")");
	}
	LIKE(b, q->relay, "d.relay_host", "d.relay_ip");
	LIKE(b, q->state, "shown_state");
	of_dsn(b, "d.dsn", q->dsn);
	/* what a list has is sorted afterwards; else the index gives the order */
	build_sql(b, b->listed ? " ORDER BY +e.first_at DESC, e.id DESC"
			       : " ORDER BY e.first_at DESC, e.id DESC");
	limit(b, q->limit);
}

/* What the line of a refusal leaves out, its message has: a header's check names nobody. */
#define REJECT(column) "coalesce(r." column ", e." column ")"

static void of_parties(struct build *b, struct str value)
{
	of_table(b, " AND (", REJECT("sender"), value);
	of_table(b, " OR ", "r.recipient", value);
	build_sql(b, ")");
}

/* For something but the newest? */
static bool asks_rejects(const struct search_query *q)
{
	return q->word.len + q->sender.len + q->recipient.len + q->domain.len + q->message_id.len +
		       q->queue_id.len + q->client.len + q->dsn.len >
	       0;
}

/* Rejects know no message: what asks for one leaves them out. */
bool search_rejects(struct build *b, const struct search_query *q, int64_t host, int64_t since_us)
{
	bool other_state = q->state.len > 0 && !search_is_pattern(q->state) &&
			   !str_eq_nocase(q->state, STR("rejected"));
	if (other_state || q->relay.len > 0 || q->user.len > 0 || q->size_min != TRACE_NONE ||
	    q->size_max != TRACE_NONE)
		return false;
	b->by_row = true;
	build_sql(b, schema_search_rejects_sql);
	struct str party = search_party(b->a, q->word);
	if (party.at != NULL)
		of_parties(b, party);
	else
		of_id(b, q->word);
	of_address(b, REJECT("sender"), q->sender);
	of_address(b, "r.recipient", q->recipient);
	if (q->domain.len > 0)
		of_parties(b, search_at_domain(b->a, q->domain));
	of_message_id(b, q->message_id);
	of_queue_id(b, q->queue_id);
	LIKE(b, q->client, REJECT("client_host"), REJECT("client_ip"), REJECT("helo"));
	LIKE(b, q->state, "'rejected'");
	of_number(b, "r.host =", host);
	of_dsn(b, "r.dsn", q->dsn);
	of_number(b, "r.at >=", since_us);
	of_number(b, "r.at <=", q->until_us);
	/* with no span to an end, one pass over the table is faster than its order by an index */
	bool whole = since_us == TRACE_NONE && q->until_us == TRACE_NONE && asks_rejects(q);
	build_sql(b, whole ? " ORDER BY +r.at DESC" : " ORDER BY r.at DESC");
	limit(b, q->limit);
	return true;
}
