/*
 * test_show.c - the text page, JSON, DOT and log lines of small traces; above
 * all, that no byte of a log reaches the output unencoded.
 */
#include <jansson.h>
#include <time.h>
#include <zstd.h>

#include "base/clock.h"
#include "show/show.h"
#include "trace_db.h"

static struct trace_db d;
static const struct trace_options whole = { 0 };
static const struct show_options plain = { .utc = true, .ascii = true };

static void setup(void)
{
	db_open(&d);
}

static void teardown(void)
{
	db_close(&d);
}

/* Escape, C1, right-to-left override, NUL, a quote, a backslash, a line break, no UTF-8. */
#define HOSTILE "x\033[31m\xc2\x9b\xe2\x80\xae\"\\\r\n\xff\xed\xa0\x80 \xc3\xa9"
#define HOSTILE_SHOWN "x\\x1B[31m\\xC2\\x9B<U+202E>\"\\\\x0D\\x0A\\xFF\\xED\\xA0\\x80 \xc3\xa9"

enum form { TEXT, JSON, DOT, HTML };

/* The output as a string; the caller frees. */
static char *output(const struct trace *t, enum form form, const struct show_options *opt)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	if (form == TEXT)
		show_text(out, t, STR("AAA01"), opt);
	else if (form == DOT)
		show_dot(out, t, opt);
	else if (form == HTML)
		show_trace_html(out, t, STR(HOSTILE "</title>"), opt, NULL);
	else
		ck_assert(show_json(out, t, STR("AAA01"), &d.err));
	fclose(out);
	ck_assert_uint_eq(strlen(text), len); /* no NUL came through */
	return text;
}

static char *page(const char *id, const struct show_options *opt)
{
	struct trace *t = db_trace(&d, id, whole);
	char *text = output(t, TEXT, opt);
	trace_free(t);
	return text;
}

#define ASSERT_HAS(text, part)                                                                     \
	ck_assert_msg(strstr(text, part) != NULL, "no \"%s\" in:\n%s", part, text)
#define ASSERT_HAS_NOT(text, part)                                                                 \
	ck_assert_msg(strstr(text, part) == NULL, "\"%s\" in:\n%s", part, text)

static void two_hosts(void)
{
	db_entry(&d, 1, 1, "AAA01", "<m1@app.example.net>", 0, 0, "completed");
	db_delivery(&d, 1, 1, "bob@example.org", "sales@example.org", "deferred", 2, NULL,
		    "450 wait");
	db_delivery(&d, 1, 2, "bob@example.org", "sales@example.org", "relayed", 2, "BBB02",
		    "250 ok");
	db_entry(&d, 2, 2, "BBB02", "<m1@app.example.net>", 1, 1.5, "completed");
	db_delivery(&d, 2, 4, "bob@example.org", NULL, "relayed", 0, "CCC03", "250 ok");
}

START_TEST(the_page_says_the_verdict_first_then_the_tree)
{
	two_hosts();
	char *text = page("BBB02", &plain);
	ck_assert_str_eq(
		text,
		"Trace of AAA01, 2026-03-14 09:15:00 (UTC)\n"
		"\n"
		"sales@example.org (as bob@example.org): relayed to\n"
		"    mx.example.test[203.0.113.25], accepted 09:15:04, 4.0 s, as CCC03; last\n"
		"    place we can see\n"
		"\n"
		"* AAA01 mx1.example.org, postfix, 09:15:00\n"
		"|  from alice@example.net, client app.example.net[198.51.100.7]\n"
		"|  Message-ID <m1@app.example.net>\n"
		"|  bob@example.org (for sales@example.org): relayed 09:15:02 to\n"
		"|      mx2.example.org[192.0.2.2], after 1.5 s\n"
		"|    250 ok\n"
		"|    before: deferred 1 time, 09:15:01: 450 wait\n"
		"|\n"
		"v relayed, proven, after 1.5 s\n"
		"> BBB02 mx2.example.org, postfix, 09:15:01 (asked for)\n"
		"|  from alice@example.net, client mx1.example.org[192.0.2.1]\n"
		"|  bob@example.org: relayed 09:15:04 to mx.example.test[203.0.113.25], after\n"
		"|      1.5 s\n"
		"|    250 ok\n"
		"|    claimed next ID CCC03: no log of that host\n"
		"\n"
		"Not in the logs read so far:\n"
		"  what mx.example.test[203.0.113.25] did with it after 09:15:04, as CCC03: the\n"
		"    log of that server, which is not in the database\n");
	free(text);
}
END_TEST

START_TEST(relayed_is_never_called_a_delivery)
{
	two_hosts();
	char *text = page("AAA01", &plain);
	ASSERT_HAS_NOT(text, "deliver");
	ASSERT_HAS_NOT(text, "inbox");
	free(text);
}
END_TEST

START_TEST(what_is_missing_at_a_host_of_ours_is_said_with_its_coverage)
{
	two_hosts();
	db_exec(&d, "UPDATE delivery SET next_queue_id = 'BBB99' WHERE next_queue_id = 'BBB02'");
	char *text =
		page("AAA01", &(struct show_options){ .utc = true, .ascii = true, .width = 400 });
	ASSERT_HAS(text,
		   "; last place we can see (no line of BBB99 in the log of mx2.example.org)");
	ASSERT_HAS(
		text,
		"what mx2.example.org[192.0.2.2] did with it after 09:15:02, as BBB99: the log of "
		"mx2.example.org, read from 09:15:01 to 09:15:10, has no line of it");
	free(text);
}
END_TEST

START_TEST(times_are_local_or_utc)
{
	two_hosts();
	setenv("TZ", "Asia/Tokyo", 1);
	tzset();
	char *text = page("AAA01", &(struct show_options){ .ascii = true });
	ASSERT_HAS(text, "2026-03-14 18:15:00 (JST, UTC+09:00)");
	free(text);
	text = page("AAA01", &plain);
	ASSERT_HAS(text, "2026-03-14 09:15:00 (UTC)");
	free(text);
}
END_TEST

START_TEST(branches_indent_and_chains_do_not)
{
	two_hosts();
	db_delivery(&d, 1, 2, "carol@example.org", NULL, "relayed", 2, "BBB03", "250 ok");
	db_entry(&d, 3, 2, "BBB03", "<m1@app.example.net>", 1, 1.6, "accepted");
	char *text = page("AAA01", &plain);
	ASSERT_HAS(text, "+- relayed, proven, after 1.5 s\n|  * BBB02 mx2.example.org");
	ASSERT_HAS(text, "`- relayed, proven, after 1.5 s\n   * BBB03 mx2.example.org");
	ASSERT_HAS(text, "in the queue as far as the logs go");
	free(text);
	text = page("AAA01", &(struct show_options){ .utc = true });
	ASSERT_HAS(text, "├─ relayed");
	free(text);
}
END_TEST

START_TEST(an_entry_with_two_parents_is_shown_once)
{
	db_entry(&d, 1, 1, "AAA01", "<m1@app.example.net>", 0, 0, "completed");
	db_entry(&d, 2, 1, "AAA02", "<m1@app.example.net>", -1, 1, "completed");
	db_entry(&d, 3, 1, "AAA03", "<m1@app.example.net>", -1, 2, "completed");
	db_link(&d, 1, 2, "forward");
	db_link(&d, 1, 3, "forward");
	db_link(&d, 2, 3, "forward");
	db_link(&d, 3, 1, "forward"); /* and a loop */
	char *text = page("AAA03", &plain);
	char *again = strstr(text, "AAA03 mx1");
	ck_assert_ptr_nonnull(again);
	ck_assert_ptr_null(strstr(again + 1, "AAA03 mx1"));
	ASSERT_HAS(text, "shown above");
	free(text);
}
END_TEST

START_TEST(recipients_with_one_fate_are_one_line)
{
	db_entry(&d, 1, 1, "AAA01", "<m1@app.example.net>", 0, 0, "accepted");
	static const char *const to[] = { "bob@example.org", "carol@example.org",
					  "dave@example.org" };
	for (int i = 0; i < 3; i++) {
		char *reply = sqlite3_mprintf("450 <%s>: wait", to[i]);
		db_delivery(&d, 1, 1, to[i], NULL, "deferred", 2, NULL, reply);
		db_delivery(&d, 1, i < 2 ? 62 : 63, to[i], NULL, "relayed", 2, NULL, "250 ok");
		sqlite3_free(reply);
	}
	db_delivery(&d, 1, 3, "a: delivered, b@example.org", NULL, "bounced", 2, NULL, "550 no");
	struct show_options wide = { .utc = true, .ascii = true, .width = 300 };
	char *text = page("AAA01", &wide);
	ASSERT_HAS(text,
		   "\nbob@example.org, carol@example.org: relayed to mx2.example.org[192.0.2.2], "
		   "accepted 09:16:02, 1 m 2 s; last place we can see\n"
		   "dave@example.org: relayed");
	ASSERT_HAS(text, "|  bob@example.org, carol@example.org: relayed 09:16:02 to "
			 "mx2.example.org[192.0.2.2], after 1.5 s\n"
			 "|    250 ok\n"
			 "|    before: deferred 1 time, 09:15:01: 450 <...>: wait\n");
	ASSERT_HAS(text, "|    before: deferred 1 time, 09:15:01: 450 <dave@example.org>: wait\n");
	ASSERT_HAS(text, "\n<a: delivered, b@example.org>: bounced on mx1.example.org,");
	free(text);
}
END_TEST

START_TEST(retries_are_folded_and_a_held_message_is_called_held)
{
	db_entry(&d, 1, 1, "AAA01", "<m1@app.example.net>", 0, 0, "accepted");
	for (int i = 0; i < 12; i++)
		db_delivery(&d, 1, i < 11 ? 10 + 1363.7 * i : 15010, "bob@example.org", NULL,
			    "deferred", 0, NULL, "451 4.7.1 greylisted");
	db_exec(&d, "UPDATE entry SET last_at = last_at + 14 * 3600 * 1000000");
	struct show_options wide = { .utc = true, .ascii = true, .width = 300 };
	char *text = page("AAA01", &wide);
	ASSERT_HAS(text,
		   "bob@example.org: deferred 12 times on mx1.example.org, 4 h 10 m, last "
		   "13:25:10: 451 4.7.1 greylisted; still in its queue as far as the logs go\n");
	ASSERT_HAS(text,
		   "what became of AAA01 later: a newer log of mx1.example.org, read from 09:15:00 "
		   "to 23:15:09");
	free(text);
	db_exec(&d, "UPDATE entry SET state = 'held'");
	text = page("AAA01", &wide);
	ASSERT_HAS(text,
		   "bob@example.org: held on mx1.example.org since 23:15:09, deferred 12 times "
		   "before, last 13:25:10: 451 4.7.1 greylisted; it waits until it is released\n");
	free(text);
}
END_TEST

START_TEST(many_recipients_are_summed_up_unless_all_are_wanted)
{
	char to[64];
	db_exec(&d, "BEGIN");
	db_entry(&d, 1, 1, "AAA01", "<m1@app.example.net>", 0, 0, "completed");
	for (int i = 0; i < 10000; i++) {
		snprintf(to, sizeof(to), "r%d@example.org", i);
		db_delivery(&d, 1, 1, to, NULL, i % 100 == 7 ? "bounced" : "relayed", 0, NULL, "x");
	}
	db_exec(&d, "UPDATE delivery SET dsn = '5.1.1' WHERE state = 'bounced'; COMMIT");
	char *text = page("AAA01", &plain);
	ASSERT_HAS(text,
		   "10,000 recipients: 100 bounced, 9,900 relayed\n"
		   "  100 bounced 5.1.1 by mx.example.test[203.0.113.25] on mx1.example.org\n"
		   "  9,900 relayed to mx.example.test[203.0.113.25] from mx1.example.org; last\n");
	ASSERT_HAS(text, "|  100 bounced 5.1.1 by mx.example.test[203.0.113.25]\n");
	ASSERT_HAS(text, "--all");
	ASSERT_HAS_NOT(text, "r77@example.org");
	free(text);
	text = page("AAA01", &(struct show_options){ .utc = true, .all = true });
	ASSERT_HAS(text, "r9999@example.org: relayed");
	free(text);
	struct trace *t = db_trace(&d, "AAA01", whole);
	text = output(t, JSON, &plain);
	ASSERT_HAS(text, "\"r9999@example.org\"");
	free(text);
	text = output(t, DOT, &plain);
	ASSERT_HAS(text, "9,900 recipients\\nrelayed to mx.example.test");
	free(text);
	trace_free(t);
}
END_TEST

static void hostile(void)
{
	db_entry(&d, 1, 1, "AAA01", "<m1@app.example.net>", 0, 0, "held");
	db_delivery(&d, 1, 1, HOSTILE, HOSTILE "o", "bounced", 0, HOSTILE, HOSTILE);
	db_exec(&d, "UPDATE delivery SET relay_host = reply, tls = reply, dsn = reply,"
		    " state = CAST(reply || '\n' AS TEXT);"
		    "INSERT INTO note (entry, at, origin, text) SELECT 1, 1773479700000000, reply, "
		    "reply"
		    " FROM delivery;"
		    "INSERT INTO reject (host, at, entry, stage, recipient, code, reason)"
		    " SELECT 1, 1773479700000000, 1, reply, reply, 550, reply FROM delivery;"
		    "UPDATE entry SET sender = (SELECT reply FROM delivery), helo = sender, user = "
		    "sender,"
		    " client_host = (SELECT reply FROM delivery), tls = client_host,"
		    " message_id = (SELECT reply || char(0) || 'x' FROM delivery),"
		    " outcome_reply = client_host, mta = (SELECT reply FROM delivery)");
}

START_TEST(hostile_bytes_are_shown_escaped)
{
	hostile();
	char *text =
		page("AAA01", &(struct show_options){ .utc = true, .ascii = true, .width = 500 });
	ASSERT_HAS(text, HOSTILE_SHOWN);
	for (const char *c = text; *c != '\0'; c++)
		ck_assert_msg((unsigned char)*c >= 0x20 || *c == '\n', "byte %d came through", *c);
	ASSERT_HAS_NOT(text, "\xff");
	ASSERT_HAS_NOT(text, "\xe2\x80\xae");
	ASSERT_HAS_NOT(text, "\xc2\x9b");
	ASSERT_HAS_NOT(text, "\x7f");
	free(text);
}
END_TEST

START_TEST(colours_are_ours_alone)
{
	hostile();
	char *text = page("AAA01", &(struct show_options){ .utc = true, .colour = true });
	for (const char *c = text; (c = strchr(c, '\033')) != NULL; c++) {
		size_t n = strspn(c + 2, "0123456789");
		ck_assert(c[1] == '[' && n >= 1 && n <= 2 && c[2 + n] == 'm');
	}
	ASSERT_HAS_NOT(text, "x\033[31m");
	free(text);
}
END_TEST

START_TEST(hostile_bytes_make_valid_json)
{
	hostile();
	struct trace *t = db_trace(&d, "AAA01", whole);
	char *text = output(t, JSON, &plain);
	json_error_t why;
	json_t *o = json_loads(text, JSON_ALLOW_NUL, &why);
	ck_assert_msg(o != NULL, "%s", why.text);
	json_t *e = json_array_get(json_object_get(o, "entries"), 0);
	json_t *x = json_array_get(json_object_get(e, "deliveries"), 0);
	ck_assert_str_eq(json_string_value(json_object_get(x, "recipient")),
			 "x\033[31m\xc2\x9b\xe2\x80\xae\"\\\r\n\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
			 "\xef\xbf\xbd \xc3\xa9");
	json_decref(o);
	free(text);
	trace_free(t);
}
END_TEST

START_TEST(hostile_bytes_cannot_leave_a_dot_label)
{
	hostile();
	struct trace *t = db_trace(&d, "AAA01", whole);
	char *text = output(t, DOT, &plain);
	/* outside of quoted strings only what this program writes */
	bool quoted = false;
	for (const char *c = text; *c != '\0'; c++) {
		if (quoted && *c == '\\') {
			c++;
			ck_assert(*c == '\\' || *c == '"' || *c == 'n');
		} else if (*c == '"') {
			quoted = !quoted;
		} else if (!quoted) {
			ck_assert_msg(*c == '\n' || *c == '\t' || (*c >= 0x20 && *c < 0x7f), "%s",
				      c);
		} else {
			ck_assert((unsigned char)*c >= 0x20);
		}
	}
	ck_assert(!quoted);
	free(text);
	trace_free(t);
}
END_TEST

START_TEST(hostile_bytes_cannot_leave_their_place_on_a_page)
{
	hostile();
	struct trace *t = db_trace(&d, "AAA01", whole);
	char *text = output(t, HTML, &(struct show_options){ .utc = true, .all = true });
	size_t count = 0;
	const char *shown =
		"x\\x1B[31m\\xC2\\x9B&lt;U+202E&gt;&quot;\\\\x0D\\x0A\\xFF\\xED\\xA0\\x80";
	for (const char *c = text; (c = strstr(c, shown)) != NULL; c++)
		count++;
	ck_assert_uint_gt(count, 15); /* title, sender, client, recipients, reply, notes, drawing */
	for (const char *c = text; *c != '\0'; c++)
		ck_assert_msg((unsigned char)*c >= 0x20 || *c == '\n', "byte %d came through", *c);
	ASSERT_HAS_NOT(text, "x\"");
	ASSERT_HAS_NOT(text, "&gt;\"\\");
	ASSERT_HAS_NOT(text, "\xff");
	ASSERT_HAS_NOT(text, "\xe2\x80\xae");
	ASSERT_HAS(text, "&lt;/title&gt;</title>");
	free(text);
	trace_free(t);
}
END_TEST

START_TEST(json_has_every_member_of_the_contract)
{
	two_hosts();
	struct trace *t = db_trace(&d, "AAA01", whole);
	char *text = output(t, JSON, &plain);
	json_t *o = json_loads(text, 0, NULL), *q, *e, *x, *r, *h, *c, *v;
	const char *s;
	ck_assert_int_eq(json_unpack(o, "{s:s, s:[o,o], s:[o,o], s:[o]}", "query", &s, "entries",
				     &e, &x, "hops", &h, &c, "verdicts", &v),
			 0);
	static const char *const entry[] = { "id",           "host",          "mta",
					     "instance",     "queue_id",      "message_id",
					     "sender",       "client",        "size",
					     "first_at",     "last_at",       "state",
					     "head_missing", "year_inferred", "deliveries" };
	for (size_t i = 0; i < sizeof(entry) / sizeof(entry[0]); i++)
		ck_assert_msg(json_object_get(e, entry[i]) != NULL, "%s", entry[i]);
	q = json_array_get(json_object_get(e, "deliveries"), 1);
	static const char *const delivery[] = {
		"id",  "at",      "recipient", "original_recipient", "state", "relay",
		"dsn", "delay_s", "reply",     "next_queue_id"
	};
	for (size_t i = 0; i < sizeof(delivery) / sizeof(delivery[0]); i++)
		ck_assert_msg(json_object_get(q, delivery[i]) != NULL, "%s", delivery[i]);
	r = json_object_get(q, "relay");
	ck_assert_int_eq(json_integer_value(json_object_get(r, "port")), 25);
	ck_assert_str_eq(json_string_value(json_object_get(q, "at")),
			 "2026-03-14T09:15:02.000000Z");
	ck_assert_int_eq(json_integer_value(json_object_get(h, "from")), 1);
	ck_assert_int_eq(json_integer_value(json_object_get(h, "to")), 2);
	ck_assert(json_is_null(json_object_get(c, "to")));
	ck_assert_str_eq(json_string_value(json_object_get(c, "evidence")), "claimed");
	ck_assert_str_eq(json_string_value(json_object_get(v, "state")), "relayed");
	ck_assert_int_eq(json_integer_value(json_object_get(v, "entry")), 2);
	ck_assert(json_is_null(json_object_get(e, "size")));
	json_decref(o);
	free(text);
	trace_free(t);
}
END_TEST

/* ---- log lines ---- */

static void put_varint(unsigned char *out, size_t *len, int64_t v)
{
	uint64_t z = (uint64_t)v << 1 ^ (uint64_t)(v >> 63);
	while (z >= 0x80) {
		out[(*len)++] = (unsigned char)(z | 0x80);
		z >>= 7;
	}
	out[(*len)++] = (unsigned char)z;
}

/* One chunk of lines; entry i has those whose first byte is '0' + i or '*'. */
static void archive(const char *const *lines, size_t count, int entries)
{
	char text[2048] = "", packed[4096];
	size_t offset[32];
	for (size_t i = 0; i < count; i++) {
		offset[i] = strlen(text);
		strcat(strcat(text, lines[i] + 1), "\n");
	}
	size_t n = ZSTD_compress(packed, sizeof(packed), text, strlen(text), 1);
	sqlite3_stmt *stmt;
	sqlite3_prepare_v2(d.db, "INSERT INTO line_chunk VALUES (1, ?1, ?2)", -1, &stmt, NULL);
	sqlite3_bind_int64(stmt, 1, (int64_t)strlen(text));
	sqlite3_bind_blob(stmt, 2, packed, (int)n, SQLITE_STATIC);
	ck_assert_int_eq(sqlite3_step(stmt), SQLITE_DONE);
	sqlite3_finalize(stmt);
	for (int e = 1; e <= entries; e++) {
		unsigned char refs[256];
		size_t len = 0;
		int64_t chunk = 0, at = 0;
		for (size_t i = 0; i < count; i++) {
			if (lines[i][0] != '0' + e && lines[i][0] != '*')
				continue;
			put_varint(refs, &len, 1 - chunk);
			put_varint(refs, &len, (int64_t)offset[i] - (chunk == 1 ? at : 0));
			chunk = 1;
			at = (int64_t)offset[i];
		}
		sqlite3_prepare_v2(d.db, "UPDATE entry SET lines = ?1 WHERE id = ?2", -1, &stmt,
				   NULL);
		sqlite3_bind_blob(stmt, 1, refs, (int)len, SQLITE_STATIC);
		sqlite3_bind_int(stmt, 2, e);
		ck_assert_int_eq(sqlite3_step(stmt), SQLITE_DONE);
		sqlite3_finalize(stmt);
	}
}

/* "HH:MM:SS text": a stamp without date, as bad as they come. */
static int64_t clock_of(void *arg, struct str line)
{
	(void)arg;
	int h, m, s;
	char copy[9] = "";
	memcpy(copy, line.at, line.len < 8 ? line.len : 8);
	if (sscanf(copy, "%2d:%2d:%2d", &h, &m, &s) != 3)
		return TRACE_NONE;
	return ((h * 60 + m) * 60 + s) * US_PER_S;
}

START_TEST(lines_come_in_time_order_each_once)
{
	db_entry(&d, 1, 1, "AAA01", "<m1@app.example.net>", 0, 0, "completed");
	db_entry(&d, 2, 1, "AAA02", "<m1@app.example.net>", -1, 2, "completed");
	db_link(&d, 1, 2, "forward");
	static const char *const lines[] = { "109:15:00 a", "209:15:02 b",  "109:15:03 c",
					     "109:15:03 c", "2  continued", "*09:15:03 both\033",
					     "209:15:09 d" };
	archive(lines, 7, 2);
	struct trace *t = db_trace(&d, "AAA01", whole);
	struct trace_line *got;
	size_t count;
	ck_assert_msg(trace_lines(db_store(&d), t, clock_of, NULL, &got, &count, &d.err), "%s",
		      d.err.text);
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	show_lines(out, got, count);
	fclose(out);
	ck_assert_str_eq(text, "09:15:00 a\n09:15:02 b\n  continued\n09:15:03 c\n09:15:03 c\n"
			       "09:15:03 both\\x1B\n09:15:09 d\n");
	free(text);
	trace_free(t);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("show");
	TCase *c = tcase_create("show");
	tcase_add_checked_fixture(c, setup, teardown);
	tcase_set_timeout(c, 20);
	tcase_add_test(c, the_page_says_the_verdict_first_then_the_tree);
	tcase_add_test(c, relayed_is_never_called_a_delivery);
	tcase_add_test(c, what_is_missing_at_a_host_of_ours_is_said_with_its_coverage);
	tcase_add_test(c, times_are_local_or_utc);
	tcase_add_test(c, branches_indent_and_chains_do_not);
	tcase_add_test(c, an_entry_with_two_parents_is_shown_once);
	tcase_add_test(c, recipients_with_one_fate_are_one_line);
	tcase_add_test(c, retries_are_folded_and_a_held_message_is_called_held);
	tcase_add_test(c, many_recipients_are_summed_up_unless_all_are_wanted);
	tcase_add_test(c, hostile_bytes_are_shown_escaped);
	tcase_add_test(c, colours_are_ours_alone);
	tcase_add_test(c, hostile_bytes_make_valid_json);
	tcase_add_test(c, hostile_bytes_cannot_leave_a_dot_label);
	tcase_add_test(c, hostile_bytes_cannot_leave_their_place_on_a_page);
	tcase_add_test(c, json_has_every_member_of_the_contract);
	tcase_add_test(c, lines_come_in_time_order_each_once);
	suite_add_tcase(s, c);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
