/*
 * test_search.c - a search finds the same whichever way it looks: the newest first, or by lists. On
 * 3,000 entries drawn at random, with every condition alone and many pairs.
 */
#include "trace/search.h"

#include "trace_db.h"

#define ENTRIES 400

static uint64_t seed = 20260314;

static unsigned pick(unsigned n)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (unsigned)(seed >> 33) % n;
}

static const char *one_of(const char *const *list, unsigned n)
{
	return list[pick(n)];
}
#define ONE_OF(...)                                                                                \
	one_of((const char *const[]){ __VA_ARGS__ },                                               \
	       sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(const char *))

static void add_delivery(struct trace_db *d, int entry, int at)
{
	char sql[1000];
	const char *state = ONE_OF("relayed", "relayed", "relayed", "delivered", "filtered",
				   "deferred", "bounced", "held");
	const char *dsn = state[0] == 'b'   ? ONE_OF("'5.1.1'", "'5.7.1'", "NULL")
			  : state[2] == 'f' ? "'4.4.1'"
					    : ONE_OF("'2.0.0'", "'2.0.0'", "NULL", "'4.7.0'");
	snprintf(sql, sizeof(sql),
		 "INSERT INTO delivery (entry, at, recipient, original_recipient, state, "
		 "relay_host, relay_ip, dsn, reply, followable, ambiguous) VALUES (%d, %lld, "
		 "'%s@%s', %s, '%s', '%s', '%s', %s, 'said', 0, %d)",
		 entry, (long long)T0 + at, ONE_OF("Al", "al", "bob", "c_d", "e"),
		 ONE_OF("example.org", "Example.ORG", "sub.example.org", "a.example"),
		 ONE_OF("NULL", "NULL", "NULL", "'team@example.org'"), state,
		 ONE_OF("mx.example.org", "MX.example.org", "mx.a.example", "none"),
		 ONE_OF("203.0.113.1", "203.0.113.2", "2001:db8::1"), dsn, pick(20) == 0);
	db_exec(d, sql);
}

static void add_entry(struct trace_db *d, int entry)
{
	char sql[1000];
	int at = (int)pick(1000) * 1000000;
	bool gone = pick(10) == 0;
	snprintf(sql, sizeof(sql),
		 "INSERT INTO entry (id, host, mta, queue_id, message_id, sender, client_host, "
		 "client_ip, helo, user, size, first_at, last_at, closed_at, state, outcome, "
		 "head_missing, year_inferred, host_assumed) VALUES (%d, %u, 'x', 'Q%u', %s, %s, "
		 "'%s', '%s', %s, %s, %u, %lld, %lld, %s, '%s', %s, 0, 0, 0)",
		 entry, pick(2) + 1, pick(350),
		 ONE_OF("NULL", "'<m1@a.example>'", "'<al@example.org>'"),
		 ONE_OF("''", "NULL", "'al@example.org'", "'Ann@A.example'",
			"'bob@sub.example.org'"),
		 ONE_OF("c1.example", "C2.example", "localhost"),
		 ONE_OF("192.0.2.1", "192.0.2.2", "127.0.0.1"), ONE_OF("NULL", "'c1.example'"),
		 ONE_OF("NULL", "NULL", "'ann'"), pick(5000), (long long)T0 + at,
		 (long long)T0 + at + 5, gone ? "NULL" : "1",
		 gone ? ONE_OF("open", "accepted", "held", "aborted") : "completed",
		 pick(15) == 0 ? "'expired'" : "NULL");
	db_exec(d, sql);
	for (unsigned n = pick(3); n > 0; n--)
		add_delivery(d, entry, at + (int)n);
	if (pick(6) == 0) {
		snprintf(sql, sizeof(sql),
			 "INSERT INTO reject (host, at, entry, client_host, client_ip, sender, "
			 "recipient, dsn, reason) VALUES (%u, %lld, NULL, 'c1.example', "
			 "'192.0.2.1', 'Al@example.org', '%s@example.org', '5.7.1', 'no')",
			 pick(2) + 1, (long long)T0 + (int)pick(1000) * 1000000,
			 ONE_OF("al", "bob"));
		db_exec(d, sql);
	}
}

/* Keys of addresses, as ingest makes them, but such that many addresses share one. */
static void add_keys(struct trace_db *d)
{
	db_exec(d,
		"UPDATE entry SET sender_key = length(sender) WHERE sender <> '';"
		"UPDATE delivery SET recipient_key = length(recipient),"
		" original_recipient_key = length(original_recipient);"
		"INSERT OR IGNORE INTO address (domain, local, key)"
		" SELECT substr(a, instr(a, '@') + 1), substr(a, 1, instr(a, '@') - 1), length(a)"
		" FROM (SELECT lower(sender) AS a FROM entry WHERE sender <> '' UNION"
		" SELECT lower(recipient) FROM delivery UNION SELECT lower(original_recipient)"
		" FROM delivery WHERE original_recipient IS NOT NULL)");
}

static const struct search_query any = { .size_min = TRACE_NONE,
					 .size_max = TRACE_NONE,
					 .since_us = TRACE_NONE,
					 .until_us = TRACE_NONE };

/* A condition, number k, put to a query. False: there are no more. */
static bool ask(struct search_query *q, size_t k)
{
	static const char *const addresses[] = { "al@example.org", "@example.org", "AL",
						 "*o*@example.org", "<>" };
	static const char *const words[] = { "al@example.org", "sub.example.org", "Q7",
					     "<m1@a.example>", "Q1*" };
	static const char *const states[] = { "deferred", "bounced", "held", "relayed", "expired",
					      "rejected", "*ed",     "open", "Filtered" };
	static const char *const codes[] = { "5.1.1", "4.x", "5", "2", "4.7.0", "x" };
	static const char *const clients[] = { "192.0.2.1", "c1.EXAMPLE", "*.2.*", "nobody" };
	static const char *const relays[] = { "mx.example.org", "203.0.113.2", "mx.*", "nowhere" };
	static const char *const hosts[] = { "mx1.example.org", "192.0.2.2", "mx?.example.org",
					     "nohost" };
#define TAKE(list, field)                                                                          \
	if (k < sizeof(list) / sizeof(list[0])) {                                                  \
		q->field = str_of(list[k]);                                                        \
		return true;                                                                       \
	}                                                                                          \
	k -= sizeof(list) / sizeof(list[0])
	TAKE(addresses, sender);
	TAKE(addresses, recipient);
	TAKE(words, word);
	TAKE(states, state);
	TAKE(codes, dsn);
	TAKE(clients, client);
	TAKE(relays, relay);
	TAKE(hosts, host);
#undef TAKE
	switch (k) {
	case 0:
		q->domain = STR("Example.org");
		break;
	case 1:
		q->user = STR("ann");
		break;
	case 2:
		q->size_min = 4900;
		break;
	case 3:
		q->size_max = 2500;
		break;
	case 4:
		q->since_us = T0 + 500 * INT64_C(1000000);
		break;
	case 5:
		q->until_us = T0 + 300 * INT64_C(1000000);
		break;
	case 6:
		q->message_id = STR("m1@a.example");
		break;
	default:
		return false;
	}
	return true;
}

static size_t run(struct trace_db *d, struct arena *a, struct search_query *q, size_t newest,
		  struct search_row **rows)
{
	size_t count = 0;
	bool more = false;
	q->newest = newest;
	bool ok = search_run(d->store, a, q, rows, &count, &more, &d->err);
	ck_assert_msg(ok, "%s", d->err.text);
	return count;
}

static int by_row(const void *a, const void *b)
{
	const struct search_row *x = a, *y = b;
	if (x->at_us != y->at_us)
		return x->at_us < y->at_us ? -1 : 1;
	if (x->reject != y->reject)
		return x->reject ? 1 : -1;
	if (x->entry != y->entry)
		return x->entry < y->entry ? -1 : 1;
	return strncmp(x->recipient.at != NULL ? x->recipient.at : "",
		       y->recipient.at != NULL ? y->recipient.at : "",
		       x->recipient.len < y->recipient.len ? x->recipient.len : y->recipient.len);
}

/* All rows alike; of a part the times alike, and newest first. */
static void same(struct trace_db *d, struct search_query *q, size_t one, size_t two)
{
	struct search_row *x = NULL, *y = NULL;
	struct arena *a = arena_new();
	q->limit = 100000;
	size_t n = run(d, a, q, 1, &x), m = run(d, a, q, 1000000, &y);
	ck_assert_msg(n == m, "conditions %zu and %zu: %zu rows by lists, %zu one by one", one, two,
		      n, m);
	if (n > 1) {
		qsort(x, n, sizeof(*x), by_row);
		qsort(y, m, sizeof(*y), by_row);
	}
	for (size_t i = 0; i < n; i++)
		ck_assert_msg(by_row(&x[i], &y[i]) == 0 && str_eq(x[i].state, y[i].state),
			      "conditions %zu and %zu: row %zu differs", one, two, i);
	q->limit = 7;
	size_t few = run(d, a, q, 40, &y);
	ck_assert_uint_eq(few, n < 7 ? n : 7);
	for (size_t i = 0; i < few; i++)
		ck_assert_msg(y[i].at_us == x[n - 1 - i].at_us,
			      "conditions %zu and %zu: row %zu is not the newest", one, two, i);
	arena_free(a);
}

START_TEST(lists_and_one_by_one_find_the_same)
{
	struct trace_db d;
	size_t asked = 0;
	db_open(&d);
	db_exec(&d, "BEGIN");
	for (int i = 1; i <= ENTRIES; i++)
		add_entry(&d, i);
	add_keys(&d);
	db_exec(&d, "COMMIT");
	db_store(&d);
	for (size_t one = 0;; one++) {
		struct search_query q = any;
		if (!ask(&q, one))
			break;
		same(&d, &q, one, one);
		for (size_t two = one + 1;; two++) {
			struct search_query both = q;
			if (!ask(&both, two))
				break;
			if ((one + two) % 4 != 0) /* enough of them */
				continue;
			same(&d, &both, one, two);
			asked++;
		}
	}
	ck_assert_uint_gt(asked, 250);
	db_close(&d);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("search");
	TCase *c = tcase_create("search");
	tcase_set_timeout(c, 120);
	tcase_add_test(c, lists_and_one_by_one_find_the_same);
	suite_add_tcase(s, c);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
