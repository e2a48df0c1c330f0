/*
 * test_rules.c - the rule language, and the plugins that are shipped.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "rules/rules.h"

static struct rules *r;
static struct arena *a;
static struct event events[16];
static struct str fields[16][EVENT_FIELD_COUNT];
static size_t count;
static struct err err;

static void set_up(void)
{
	r = rules_new();
	a = arena_new();
	count = 0;
}

static void tear_down(void)
{
	rules_free(r);
	arena_free(a);
}

static void on_event(void *arg, const struct event *ev)
{
	(void)arg;
	ck_assert_int_lt((int)count, 16);
	memcpy(fields[count], ev->field, sizeof(fields[count]));
	events[count] = *ev;
	events[count].field = fields[count];
	count++;
}

static void add(const char *yaml)
{
	ck_assert_msg(rules_add(r, "t.yaml", str_of(yaml), &err), "%s", err.text);
}

static enum rules_result match(const char *ident, const char *body)
{
	struct rules_input in = { STR("h"), str_of(ident), 7, 1000000, str_of(body) };
	count = 0;
	return rules_match(r, a, &in, on_event, NULL);
}

static void field_is(size_t i, enum event_field f, const char *want)
{
	struct str got = events[i].field[f];
	ck_assert_msg(str_eq(got, str_of(want)), "\"%.*s\" is not \"%s\"", (int)got.len, got.at,
		      want);
}

static void refused(const char *yaml, const char *where)
{
	ck_assert(!rules_add(r, "t.yaml", str_of(yaml), &err));
	ck_assert_msg(strstr(err.text, where) == err.text, "%s", err.text);
}

static void print_failure(void *arg, const char *sentence)
{
	(void)arg;
	printf("%s\n", sentence);
}

START_TEST(all_samples_of_the_shipped_plugins_pass)
{
	size_t samples = 0, failures = 0;
	ck_assert_msg(rules_add_builtin(r, &err), "%s", err.text);
	ck_assert(rules_check(r, print_failure, NULL, &samples, &failures));
	ck_assert_int_gt((int)samples, 500);
}
END_TEST

static bool id_time(const char *ident, const char *id, int year, int64_t *at)
{
	return rules_id_time(r, str_of(ident), str_of(id), (int64_t)(year - 1970) * 31556952000000,
			     at);
}

START_TEST(an_id_tells_when_it_was_given)
{
	int64_t at = 0;
	ck_assert_msg(rules_add_builtin(r, &err), "%s", err.text);
	ck_assert(id_time("postfix/smtpd", "4ZDdxL0sf8z1y1k", 2026, &at));
	ck_assert_int_eq(at / 1000000, 1741943702); /* 2025-03-14 09:15:02 */
	ck_assert(id_time("exim", "1w1L5K-000001-1k", 2020, &at));
	ck_assert_int_eq(at / 1000000, 1773479702); /* 2026-03-14 09:15:02 */
	ck_assert(id_time("sm-mta", "62E9F2AB004711", 2025, &at));
	ck_assert_int_eq(at / 1000000, 1773479702);
	/* sixty years later the same digits come again */
	ck_assert(id_time("sm-mta", "62E9F2AB004711", 2085, &at));
	ck_assert_int_eq(at / 1000000, 1773479702 + INT64_C(21915) * 86400);
	ck_assert(id_time("sm-mta", "62E9F2AB004711", 2050, &at));
	ck_assert_int_eq(at / 1000000, 1773479702);
}
END_TEST

START_TEST(an_id_that_is_no_time_tells_none)
{
	int64_t at = 0;
	ck_assert_msg(rules_add_builtin(r, &err), "%s", err.text);
	ck_assert(!id_time("postfix/smtpd", "4F5C640001", 2026, &at)); /* a short one */
	ck_assert(!id_time("postfix/smtpd", "", 2026, &at));
	ck_assert(!id_time("sm-mta", "6CE9F2AB004711", 2026, &at)); /* month 12 */
	ck_assert(!id_time("sm-mta", "620900AB004711", 2026, &at)); /* day 0 */
	ck_assert(!id_time("sshd", "4ZDdxL0sf8z1y1k", 2026, &at));
}
END_TEST

START_TEST(a_mistake_names_file_line_and_column)
{
	refused("parser: x\nidents: ['^x$']\nrules:\n  - name: a\n    event: nonsense\n",
		"t.yaml:5:12:");
	refused("parser: x\nidents: ['^x$']\nrules:\n  - name: a\n    event: note\n"
		"    match: '^(?<nofield>x)$'\n    samples: [{line: x}]\n",
		"t.yaml:6:12:");
	refused("parser: x\nidents: ['^x$']\nrules:\n  - name: a\n    event: note\n    match: "
		"'^(x$'\n",
		"t.yaml:6:12:");
	refused("parser: x\nidents: ['^x$']\nwrong: 1\n", "t.yaml:3:1:");
	refused("parser: x\nidents: ['^x$']\nrules:\n  - {name: a, event: note, match: 'x'}\n",
		"t.yaml:");
	refused("a: [", "t.yaml:");
	refused("", "t.yaml:");
}
END_TEST

static const char words[] =
	"parser: x\nmta: x\nidents: ['^(?<instance>\\w+)/(?<daemon>\\w+)$']\n"
	"define: |\n  (?<ID> [A-F]+ )\n"
	"rules:\n"
	"- name: sent\n  daemons: [smtp]\n  event: delivery\n"
	"  match: '^(?<queue_id>(?&ID)):\\ (?<_to>\\S+)\\ (?<state>\\w+)\\ (?<reply>.*)$'\n"
	"  map: {state: {ok: relayed}}\n"
	"  each: {_to: '\\G,?(?<recipient>[^,]+)'}\n"
	"  cases:\n  - when: {reply: '^as\\ (?<child_queue_id>(?&ID))$'}\n"
	"    set: {state: expanded, link: forward}\n"
	"  ambiguous: {reply: 'status='}\n"
	"  also:\n  - event: outcome\n    when: {reply: '^gone$'}\n    set: {state: expired}\n"
	"  samples: [{line: 'AB: a ok x'}]\n";

START_TEST(set_map_each_cases_also_and_ambiguous_work)
{
	add(words);
	ck_assert_int_eq(match("in/smtp", "AB: a,b ok hello"), RULES_MATCHED);
	ck_assert_int_eq((int)count, 2);
	field_is(0, FIELD_RECIPIENT, "a");
	field_is(1, FIELD_RECIPIENT, "b");
	field_is(1, FIELD_STATE, "relayed");
	ck_assert(str_eq(events[0].instance, STR("in")));
	match("in/smtp", "AB: a ok as CD");
	field_is(0, FIELD_STATE, "expanded");
	field_is(0, FIELD_CHILD_QUEUE_ID, "CD");
	match("in/smtp", "AB: a ok gone");
	ck_assert_int_eq((int)count, 2);
	ck_assert_int_eq(events[1].kind, EVENT_OUTCOME);
	field_is(1, FIELD_STATE, "expired");
	match("in/smtp", "AB: a ok status=sent");
	ck_assert(events[0].ambiguous);
	ck_assert_int_eq(match("in/other", "AB: a ok x"), RULES_UNMATCHED);
	ck_assert_int_eq(match("nobody", "AB: a ok x"), RULES_FOREIGN);
}
END_TEST

START_TEST(split_records_are_joined_and_escapes_decoded)
{
	add("parser: x\nmta: x\nidents: ['^x$']\nunescape: octal\n"
	    "join: ['^(?<key>[A-F]+)\\[(?<n>\\d+)\\](?<prefix>:\\ )(?:(?<part>.*)(?<more>\\ "
	    "\\.\\.\\.)|(?<part>.*))$']\n"
	    "rules:\n- {name: a, event: note, match: '^(?<text>.*)$', samples: [{line: x}]}\n");
	ck_assert_int_eq(match("x", "AB[1]: one, ..."), RULES_PENDING);
	ck_assert_int_eq(match("x", "CD[2]: stray"), RULES_PENDING);
	ck_assert_int_eq(match("x", "AB[2]: t\\167o\\n"), RULES_MATCHED);
	field_is(0, FIELD_TEXT, ": one,two\n");
}
END_TEST

START_TEST(two_rules_that_take_one_line_are_found)
{
	size_t samples = 0, failures = 0;
	add("parser: x\nidents: ['^x$']\nrules:\n"
	    "- {name: a, event: note, match: '^(?<queue_id>[A-F]+):.*$', samples: [{line: 'AB: "
	    "x'}]}\n"
	    "- {name: b, event: note, match: '^(?<queue_id>\\w+):.*$', samples: [{line: 'zz: "
	    "x'}]}\n");
	ck_assert(!rules_check(r, NULL, NULL, &samples, &failures));
	ck_assert_int_eq((int)failures, 1);
}
END_TEST

START_TEST(a_costly_match_is_given_up_and_counted)
{
	char hostile[4001];
	memset(hostile, 'a', sizeof(hostile) - 1);
	memcpy(hostile + sizeof(hostile) - 3, "b!",
	       3); /* the last letter is there, so nothing short-cuts */
	add("parser: x\nidents: ['^x$']\nrules:\n"
	    "- {name: a, event: note, match: '^(?:a+)+(?:a+)+(?:a+)+b$', samples: [{line: "
	    "aaab}]}\n");
	ck_assert_int_eq(match("x", hostile), RULES_UNMATCHED);
	ck_assert_int_gt((int)rules_limit_hits(r), 0);
}
END_TEST

START_TEST(a_plugin_replaces_another_of_its_name)
{
	ck_assert(rules_add_builtin(r, &err));
	add("parser: postfix\nmta: mine\nidents: ['^postfix/x$']\nrules:\n"
	    "- {name: a, event: note, match: '^(?<queue_id>[A-F]+):.*$', samples: [{line: 'AB: "
	    "x'}]}\n");
	match("postfix/x", "AB: x");
	ck_assert(str_eq(events[0].mta, STR("mine")));
	ck_assert_int_eq(match("postfix/smtpd", "connect from x[192.0.2.1]"), RULES_FOREIGN);
}
END_TEST

START_TEST(a_pasted_reply_gives_its_queue_id)
{
	static const char *const replies[][2] = {
		{ "250 2.0.0 Ok: queued as 160634028B", "160634028B" },
		{ "250 OK id=1w1L5N-00000000ASi-035W", "1w1L5N-00000000ASi-035W" },
		{ "250 2.0.0 62E9F7F11048577 Message accepted for delivery", "62E9F7F11048577" },
		{ "250-2.0.0 queued as NOTTHIS 250 2.0.0 Ok: queued as 160634028B", "160634028B" },
	};
	ck_assert(rules_add_builtin(r, &err));
	for (size_t i = 0; i < sizeof(replies) / sizeof(replies[0]); i++) {
		struct str id, family;
		bool followable = false;
		ck_assert(rules_reply(r, a, str_of(replies[i][0]), &id, &family, &followable));
		ck_assert_msg(str_eq(id, str_of(replies[i][1])), "%.*s", (int)id.len, id.at);
		ck_assert(followable);
	}
	struct str id, family;
	bool followable = true;
	if (rules_reply(r, a, STR("250 2.0.0 status=sent (250 2.0.0 Ok: queued as DEADBEEF)"), &id,
			&family, &followable))
		ck_assert(!followable);
}
END_TEST

START_TEST(what_is_missing_is_named_where_it_is_missing)
{
	static const char head[] = "parser: x\nidents: ['^x$']\nrules:\n"
				   "- {name: a, event: note, match: '^a$', samples: [{line: a}]}\n";
	static const char *const rules[][2] = {
		{ "- {name: b, event: note, samples: [{line: b}]}\n", "t.yaml:5:3:" },
		{ "- {event: note, match: '^b$', samples: [{line: b}]}\n", "t.yaml:5:3:" },
		{ "- {name: a, event: note, match: '^b$', samples: [{line: b}]}\n", "t.yaml:5:3:" },
		{ "- {name: b, event: note, match: '^b$', samples: [{line: b, not: true}]}\n",
		  "t.yaml:5:" },
		{ "- {name: b, event: note, match: '^b$', samples: [{is: {text: x}}]}\n",
		  "t.yaml:5:50:" },
		{ "- {name: b, event: note, match: '^b$', samples: [{line: b, is: {nofield: x}}]}"
		  "\n",
		  "t.yaml:5:65:" },
		{ "- {name: b, event: note, match: '^b$', samples: [{line: b, not: maybe}]}\n",
		  "t.yaml:5:" },
		{ "- {name: b, event: note, match: '^b$', sett: {}, samples: [{line: b}]}\n",
		  "t.yaml:5:40:" },
		{ "- {name: b, event: note, match: '^b$', set: {nofield: x}, samples: [{line: "
		  "b}]}\n",
		  "t.yaml:5:46:" },
		{ "- {name: b, event: note, match: '^b$', set: {text: $nofield}, samples: "
		  "[{line: b}]}\n",
		  "t.yaml:5:" },
		{ "- {name: b, event: note, match: '^(?&NONE)$', samples: [{line: b}]}\n",
		  "t.yaml:5:33:" },
		{ "- {name: b, event: note, match: '^b$', cases: [{when: {text: '('}}], samples: "
		  "[{line: b}]}\n",
		  "t.yaml:5:62:" },
		{ "- {name: b, event: note, match: [1], samples: [{line: b}]}\n", "t.yaml:5:33:" },
		{ "- name\n", "t.yaml:5:3:" },
		{ "  - {name: b\n", "t.yaml:" },
	};
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		char yaml[400];
		snprintf(yaml, sizeof(yaml), "%s%s", head, rules[i][0]);
		err = (struct err){ "" };
		ck_assert_msg(!rules_add(r, "t.yaml", str_of(yaml), &err), "taken: %s",
			      rules[i][0]);
		ck_assert_msg(strstr(err.text, rules[i][1]) == err.text, "%s gives %s", rules[i][0],
			      err.text);
	}
}
END_TEST

START_TEST(an_absent_word_is_named_at_its_rule)
{
	refused("parser: x\nidents: ['^x$']\nrules:\n- {name: b, event: note, match: '^b$'}\n",
		"t.yaml:4:3:");
	refused("parser: x\nidents: ['^x$']\nrules:\n"
		"- {name: b, match: '^b$', samples: [{line: b}]}\n",
		"t.yaml:4:3:");
}
END_TEST

START_TEST(an_ident_has_no_groups_but_its_own_two)
{
	refused("parser: x\nidents: ['^(?<queue_id>x)$']\nrules:\n"
		"- {name: b, event: note, match: '^b$', samples: [{line: b}]}\n",
		"t.yaml:2:10:");
}
END_TEST

START_TEST(a_word_of_another_kind_is_not_passed_over)
{
	refused("parser: x\nidents: ['^x$']\nrules:\n"
		"- {name: b, event: note, match: '^b$', map: words, samples: [{line: b}]}\n",
		"t.yaml:4:45:");
	refused("parser: x\nidents: ['^x$']\ndefine: [x]\nrules:\n"
		"- {name: b, event: note, match: '^b$', samples: [{line: b}]}\n",
		"t.yaml:3:9:");
	refused("parser: x\nidents: ['^x$']\nrules:\n"
		"- {name: b, event: note, match: '^b$', samples: [{line: b, is: words}]}\n",
		"t.yaml:4:64:");
}
END_TEST

START_TEST(a_whole_file_of_mistakes_is_refused)
{
	static const char *const files[][2] = {
		{ "[]", "t.yaml:1:1:" },
		{ "x", "t.yaml:1:1:" },
		{ "parser: x\nrules: []\n", "t.yaml:1:1:" },
		{ "parser: x\nidents: ['^x$']\nrules: []\n", "t.yaml:3:8:" },
		{ "parser: x\nidents: ['^x$']\n", "t.yaml:1:1:" },
		{ "parser: ''\nidents: ['^x$']\nrules: []\n", "t.yaml:1:1:" },
		{ "parser: x\nidents: ['^x$']\nunescape: hex\nrules: []\n", "t.yaml:3:11:" },
		{ "parser: x\nidents: ['^x$']\nduplicates: often\nrules: []\n", "t.yaml:3:13:" },
		{ "parser: x\nidents: ['^x$']\ndefine: '(?<A> x'\nrules: []\n", "t.yaml:3:9:" },
		{ "parser: x\nidents: ['^x$']\ndefine: 'x'\nrules: []\n", "t.yaml:3:9:" },
		{ "parser: x\nidents: ['^x$']\ndefine: '(?<A> (?&A) )'\nrules: []\n",
		  "t.yaml:3:9:" },
		{ "parser: x\n\tidents: []\n", "t.yaml:2:" },
		{ "parser: x\nidents: ['^x$'\n", "t.yaml:" },
		{ "parser: \xff\xfe\n", "t.yaml:" },
	};
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		err = (struct err){ "" };
		ck_assert_msg(!rules_add(r, "t.yaml", str_of(files[i][0]), &err), "taken: %s",
			      files[i][0]);
		ck_assert_msg(strstr(err.text, files[i][1]) == err.text, "%s gives %s", files[i][0],
			      err.text);
	}
}
END_TEST

#define ONE(rest)                                                                                  \
	"parser: x\nmta: x\nidents: ['^x$']\n"                                                     \
	"rules:\n- {name: a, event: note, match: '^(?<text>.*)$', " rest "samples: [{line: x}]}\n"

START_TEST(a_plugin_that_is_refused_leaves_the_set_as_it_was)
{
	add(ONE("set: {code: '7'}, "));
	ck_assert(!rules_add(r, "t.yaml", STR("parser: x\nwrong: 1\n"), &err));
	ck_assert_int_eq(match("x", "hello"), RULES_MATCHED);
	field_is(0, FIELD_CODE, "7");
	add(ONE("set: {code: '8'}, "));
	match("x", "hello");
	field_is(0, FIELD_CODE, "8");
}
END_TEST

START_TEST(sub_patterns_may_use_those_before_them)
{
	add("parser: x\nmta: x\nidents: ['^x$']\n"
	    "define: |\n  # a word in ( brackets [ is no trouble\n  (?<HEX> [A-F\\])(] )\n"
	    "  (?<ID> (?: (?&HEX) \\) ){2} )  # twice\n"
	    "rules:\n- {name: a, event: note, match: '^(?<queue_id>(?&ID))(?<text>.*)$', "
	    "samples: [{line: 'A)B)', is: {queue_id: 'A)B)'}}]}\n");
	ck_assert_int_eq(match("x", "])()rest"), RULES_MATCHED);
	field_is(0, FIELD_QUEUE_ID, "])()");
	field_is(0, FIELD_TEXT, "rest");
	ck_assert_int_eq(match("x", "AB"), RULES_UNMATCHED);
}
END_TEST

START_TEST(a_group_that_took_no_part_is_not_set_and_an_empty_one_is)
{
	add("parser: x\nmta: x\nidents: ['^x$']\nrules:\n"
	    "- {name: a, event: sender, match: '^(?:from=(?<sender>\\w*)|size=(?<size>\\d+))$', "
	    "set: {text: $size, code: $sender}, samples: [{line: 'from=', is: {sender: '', size: "
	    "~}}]}\n");
	match("x", "from=");
	ck_assert(events[0].field[FIELD_SENDER].at != NULL);
	ck_assert_uint_eq(events[0].field[FIELD_SENDER].len, 0);
	ck_assert_ptr_null(events[0].field[FIELD_SIZE].at);
	ck_assert_ptr_null(events[0].field[FIELD_TEXT].at);
	match("x", "size=9");
	field_is(0, FIELD_TEXT, "9");
	ck_assert_ptr_null(events[0].field[FIELD_SENDER].at);
}
END_TEST

START_TEST(a_match_stands_at_the_start_and_may_hold_any_byte)
{
	add("parser: x\nmta: x\nidents: ['^x$']\nrules:\n"
	    "- {name: a, event: note, match: 'b(?<text>.*)$', samples: [{line: b}]}\n");
	ck_assert_int_eq(match("x", "ab"), RULES_UNMATCHED); /* anchored in any case */
	struct rules_input in = { STR("h"), STR("x"), 7, 1, STR("b\0\xff\xc3z") };
	count = 0;
	ck_assert_int_eq(rules_match(r, a, &in, on_event, NULL), RULES_MATCHED);
	ck_assert(str_eq(events[0].field[FIELD_TEXT], STR("\0\xff\xc3z")));
	in.body = (struct str){ NULL, 0 };
	ck_assert_int_eq(rules_match(r, a, &in, on_event, NULL), RULES_UNMATCHED);
	ck_assert_int_eq(match("X", "b"), RULES_FOREIGN); /* case counts */
}
END_TEST

START_TEST(an_address_has_one_form)
{
	add("parser: x\nmta: x\nidents: ['^x$']\nrules:\n"
	    "- {name: a, event: receive, match: '^(?<client_ip>\\S+)\\ (?<relay_ip>\\S+)$',\n"
	    "   cases: [{when: {relay_ip: '^::1$'}, set: {relay_host: here}}], samples: [{line: a "
	    "b}]}\n");
	static const char *const forms[][3] = {
		{ "2001:DB8:0:0:0:0:0:25 0:0:0:0:0:0:0:1", "2001:db8::25", "::1" },
		{ "2001:db8::25 ::1", "2001:db8::25", "::1" },
		{ "::ffff:192.0.2.1 /run/lmtp:x", "192.0.2.1", "/run/lmtp:x" },
		{ "192.0.2.1 mx.example.org:25", "192.0.2.1", "mx.example.org:25" },
		{ "1:2:3:4:5:6:7:8:9:a:b:c:d:e:f:0:1:2:3:4:5:6:7:8:9 :",
		  "1:2:3:4:5:6:7:8:9:a:b:c:d:e:f:0:1:2:3:4:5:6:7:8:9", ":" }
	};
	for (size_t i = 0; i < 5; i++) {
		ck_assert_int_eq(match("x", forms[i][0]), RULES_MATCHED);
		field_is(0, FIELD_CLIENT_IP, forms[i][1]);
		field_is(0, FIELD_RELAY_IP, forms[i][2]);
		ck_assert(str_eq(events[0].field[FIELD_RELAY_HOST],
				 i < 2 ? STR("here") : (struct str){ 0 }));
	}
}
END_TEST

START_TEST(a_last_rule_waits_for_all_others)
{
	add("parser: x\nmta: x\nidents: ['^x$']\nrules:\n"
	    "- {name: rest, last: true, event: ignore, match: '^.*$', samples: [{line: z}]}\n"
	    "- {name: a, event: note, match: '^a(?<text>.*)$', samples: [{line: ab}]}\n");
	size_t samples = 0, failures = 0;
	ck_assert(rules_check(r, print_failure, NULL, &samples, &failures));
	ck_assert_uint_eq(samples, 2);
	match("x", "ab");
	ck_assert_str_eq(events[0].rule, "a");
}
END_TEST

START_TEST(copies_within_the_time_are_duplicates)
{
	add("parser: x\nmta: x\nidents: ['^x$']\nduplicates: 10\nduplicates_of: '^once'\n"
	    "rules:\n- {name: a, event: note, match: '^(?<text>.*)$', samples: [{line: x}]}\n");
	struct rules_input in = { STR("h"), STR("x"), 7, 1000000, STR("once more") };
	ck_assert_int_eq(rules_match(r, a, &in, on_event, NULL), RULES_MATCHED);
	in.time_us += 9000000;
	ck_assert_int_eq(rules_match(r, a, &in, on_event, NULL), RULES_DUPLICATE);
	in.pid = 8;
	ck_assert_int_eq(rules_match(r, a, &in, on_event, NULL), RULES_MATCHED);
	in.pid = 7;
	in.host = STR("other");
	ck_assert_int_eq(rules_match(r, a, &in, on_event, NULL), RULES_MATCHED);
	in.host = STR("h");
	in.time_us += 60000000;
	ck_assert_int_eq(rules_match(r, a, &in, on_event, NULL), RULES_MATCHED);
	rules_restart(r); /* another file */
	ck_assert_int_eq(rules_match(r, a, &in, on_event, NULL), RULES_MATCHED);
	in.body = STR("often");
	ck_assert_int_eq(rules_match(r, a, &in, on_event, NULL), RULES_MATCHED);
	ck_assert_int_eq(rules_match(r, a, &in, on_event, NULL), RULES_MATCHED);
}
END_TEST

static enum rules_result part(const char *host, int64_t pid, int64_t at, const char *body)
{
	struct rules_input in = { str_of(host), STR("x"), pid, at * 1000000, str_of(body) };
	count = 0;
	return rules_match(r, a, &in, on_event, NULL);
}

START_TEST(parts_of_several_records_do_not_mix)
{
	add("parser: x\nmta: x\nidents: ['^x$']\n"
	    "join: ['^\\[(?<n>\\d+)/(?<total>\\d+)\\]\\ (?<part>.*?)(?<newline>\\\\n)?$']\n"
	    "rules:\n- {name: a, event: note, match: '^(?s)(?<text>.*)$', samples: [{line: x}]}\n");
	ck_assert_int_eq(part("h", 1, 1, "[1/3] one"), RULES_PENDING);
	ck_assert_int_eq(part("h", 2, 1, "[1/2] uno"), RULES_PENDING);
	ck_assert_int_eq(part("g", 1, 1, "[1/2] eins"), RULES_PENDING);
	ck_assert_int_eq(part("h", 1, 2, "[2/3] two\\n"), RULES_PENDING);
	ck_assert_int_eq(part("h", 2, 2, "[2/2] dos"), RULES_MATCHED);
	field_is(0, FIELD_TEXT, "unodos");
	ck_assert_int_eq(part("h", 1, 3, "[3/3] three"), RULES_MATCHED);
	field_is(0, FIELD_TEXT, "onetwo\nthree");
	ck_assert_int_eq(part("g", 1, 90, "[2/2] too late"), RULES_PENDING);
	ck_assert_int_eq(part("h", 5, 1, "[1/2] lost"), RULES_PENDING);
	rules_restart(r);
	ck_assert_int_eq(part("h", 5, 1, "[2/2] of another file"), RULES_PENDING);
	ck_assert_int_eq(part("h", 5, 1, "[1/1] all"), RULES_MATCHED);
	field_is(0, FIELD_TEXT, "all");
}
END_TEST

START_TEST(what_waits_for_lines_outlasts_a_run)
{
	add("parser: x\nmta: x\nidents: ['^x$']\nduplicates: 2\n"
	    "join: ['^\\[(?<n>\\d+)/(?<total>\\d+)\\] (?<part>.*)$']\n"
	    "rules:\n- {name: a, event: note, match: '^(?<text>.*)$', samples: [{line: x}]}\n");
	ck_assert_uint_eq(rules_pending(r, a).len, 0);
	ck_assert_int_eq(part("h", 1, 1, "[1/3] one "), RULES_PENDING);
	ck_assert_int_eq(part("h", 1, 1, "[2/3] two "), RULES_PENDING);
	ck_assert_int_eq(part("h", 1, 1, "twice"), RULES_MATCHED);
	struct str kept = rules_pending(r, a);
	ck_assert_uint_gt(kept.len, 0);
	rules_restart(r);
	for (size_t n = 0; n < kept.len; n++) /* damaged: forgotten, no more */
		rules_resume(r, (struct str){ kept.at, n });
	rules_resume(r, kept);
	struct str again = rules_pending(r, a);
	ck_assert(str_eq(kept, again));
	ck_assert_int_eq(part("h", 1, 2, "twice"), RULES_DUPLICATE);
	ck_assert_int_eq(part("h", 1, 2, "[3/3] three"), RULES_MATCHED);
	field_is(0, FIELD_TEXT, " one  two  three");
	ck_assert_int_eq(part("h", 2, 200, "[1/2] newer"), RULES_PENDING);
	ck_assert_int_eq(part("h", 2, 1, "[2/2] of an older file"), RULES_PENDING);
}
END_TEST

START_TEST(a_flood_of_parts_is_bounded)
{
	add("parser: x\nmta: x\nidents: ['^x$']\n"
	    "join: ['^\\[(?<n>\\d+)\\](?<part>.*)(?<more>\\.\\.\\.)$']\n"
	    "rules:\n- {name: a, event: note, match: '^(?<text>.*)$', samples: [{line: x}]}\n");
	static char big[60000];
	memset(big, 'x', sizeof(big));
	memcpy(big + sizeof(big) - 4, "...", 4);
	for (int64_t pid = 0; pid < 3000; pid++)
		ck_assert_int_eq(part("h", pid, 1, "[1]..."), RULES_PENDING);
	for (int i = 1; i < 100; i++) {
		char head[16];
		int n = snprintf(head, sizeof(head), "[%d]", i);
		memcpy(big, head, (size_t)n);
		ck_assert_int_eq(part("h", 1, 1, big), RULES_PENDING);
		memset(big, 'x', 16);
		arena_reset(a);
	}
}
END_TEST

START_TEST(an_inner_stamp_is_stripped_and_escapes_are_decoded)
{
	add("parser: x\nmta: x\nidents: ['^x$']\nstrip: '\\d{4}-\\d\\d-\\d\\d\\ '\nunescape: "
	    "octal\n"
	    "rules:\n- {name: a, event: note, match: '^(?s)(?<text>.*)$', samples: [{line: x}]}\n");
	match("x", "2026-03-14 a\\\\b\\tc\\303\\274\\q\\9\\");
	field_is(0, FIELD_TEXT, "a\\b\tc\xc3\xbc\\q\\9\\");
	match("x", "2026-03-1 kept");
	field_is(0, FIELD_TEXT, "2026-03-1 kept");
}
END_TEST

START_TEST(a_case_may_change_the_kind_and_a_program_beside_the_mta_has_none)
{
	add("parser: x\nidents: ['^x$']\nrules:\n"
	    "- {name: a, event: note, match: '^(?<queue_id>\\w+)\\ (?<text>.*)$',\n"
	    "   cases: [{when: {text: '^bad'}, event: reject, set: {stage: DATA}}, {when: {text: "
	    "'.'}, set: {stage: LATER}}],\n"
	    "   samples: [{line: 'AB bad', is: {kind: reject, stage: DATA}}, {line: 'AB c', is: "
	    "{kind: note, stage: LATER}}]}\n");
	size_t samples = 0, failures = 0;
	ck_assert(rules_check(r, print_failure, NULL, &samples, &failures));
	match("x", "AB bad one");
	ck_assert_int_eq(events[0].kind, EVENT_REJECT);
	ck_assert_uint_eq(events[0].mta.len, 0);
}
END_TEST

static char failures_said[4000];

static void keep_failure(void *arg, const char *sentence)
{
	(void)arg;
	size_t len = strlen(failures_said);
	snprintf(failures_said + len, sizeof(failures_said) - len, "%s\n", sentence);
}

START_TEST(a_sample_that_fails_says_where_and_which_field)
{
	static const char *const samples[][2] = {
		{ "{line: ab, is: {text: c}}", "field \"text\" is \"b\", must be \"c\"" },
		{ "{line: ab, is: {code: c}}", "field \"code\" is absent" },
		{ "{line: ab, is: {text: ~}}", "field \"text\" must be absent" },
		{ "{line: ab, is: {text: [b, c]}}", "only 1 event" },
		{ "{line: ab, is: {ambiguous: true}}", "field \"ambiguous\" is \"false\"" },
		{ "{line: ab}, {line: ac, not: true}", "marked `not`" },
		{ "{line: b}", "does not take its sample" },
	};
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		char yaml[400];
		size_t n = 0, failures = 0;
		snprintf(yaml, sizeof(yaml),
			 "parser: x\nidents: ['^x$']\nrules:\n- name: r\n  event: note\n"
			 "  match: '^a(?<text>.*)$'\n  samples: [%s]\n",
			 samples[i][0]);
		add(yaml);
		failures_said[0] = '\0';
		ck_assert(!rules_check(r, keep_failure, NULL, &n, &failures));
		ck_assert_int_ge((int)failures, 1);
		ck_assert_msg(strstr(failures_said, samples[i][1]) != NULL, "%s", failures_said);
		ck_assert_msg(strstr(failures_said, "t.yaml:7: rule \"r\"") == failures_said, "%s",
			      failures_said);
	}
}
END_TEST

static char dir[] = "/tmp/qtrail-rules-XXXXXX";

static void file(const char *name, const char *text)
{
	char path[100];
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	if (text == NULL) {
		unlink(path);
		return;
	}
	FILE *f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}

START_TEST(a_directory_gives_its_yaml_files_in_name_order)
{
	strcpy(dir, "/tmp/qtrail-rules-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	file("10-a.yaml", ONE("set: {code: '1'}, "));
	file("20-a.yaml", ONE("set: {code: '2'}, ")); /* of the same name: the later one stays */
	file("notes.txt", "not yaml: [");
	file(".hidden.yaml", "not yaml: [");
	bool ok = rules_add_directory(r, dir, &err);
	file("30-a.yaml", "parser: x\nwrong: 1\n");
	bool bad = !rules_add_directory(r, dir, &err);
	static const char *const names[] = { "10-a.yaml", "20-a.yaml", "30-a.yaml", "notes.txt",
					     ".hidden.yaml" };
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		file(names[i], NULL);
	rmdir(dir);
	ck_assert(ok && bad);
	ck_assert_msg(strstr(err.text, "30-a.yaml:2:1:") != NULL, "%s", err.text);
	match("x", "hello");
	field_is(0, FIELD_CODE, "2");
	ck_assert(!rules_add_directory(r, dir, &err));
	ck_assert_ptr_nonnull(strstr(err.text, dir));
	ck_assert(!rules_add_file(r, dir, &err));
	ck_assert(str_eq(rules_owner(r, STR("x")), STR("x")));
	ck_assert_uint_eq(rules_owner(r, STR("y")).len, 0);
}
END_TEST

START_TEST(the_nearest_rule_is_the_one_that_got_farthest)
{
	add("parser: x\nidents: ['^x$']\nrules:\n"
	    "- {name: a, event: note, match: '^one\\ two\\ (?<text>\\d+)$', samples: [{line: 'one "
	    "two 3'}]}\n"
	    "- {name: b, event: note, match: '^one\\ (?<text>\\d+)$', samples: [{line: 'one 3'}]}"
	    "\n");
	struct rules_input in = { STR("h"), STR("x"), 7, 1, STR("one two three") };
	struct str plugin, rule;
	size_t stopped_at = 0;
	ck_assert(rules_nearest(r, &in, &plugin, &rule, &stopped_at));
	ck_assert(str_eq(rule, STR("a")));
	ck_assert_int_ge((int)stopped_at, 4);
	ck_assert_int_le((int)stopped_at, 8);
	in.ident = STR("y");
	ck_assert(!rules_nearest(r, &in, &plugin, &rule, &stopped_at));
}
END_TEST

START_TEST(a_rule_that_only_looks_ahead_is_not_the_nearest)
{
	add("parser: x\nidents: ['^x$']\nrules:\n"
	    "- {name: a, event: note, match: '^(?!.*z$)(?<text>.*)\\ three$', samples: [{line: 'a "
	    "three'}]}\n"
	    "- {name: b, event: note, match: '^one\\ (?<text>[^=]*)=\\d+$', samples: [{line: 'one "
	    "=3'}]}\n"
	    "- {name: c, event: note, match: '^one\\ two=\\d+\\ (?<text>\\d+)$', samples: [{line: "
	    "'one two=3 4'}]}\n");
	struct rules_input in = { STR("h"), STR("x"), 7, 1, STR("one two=x") };
	struct str plugin, rule;
	size_t stopped_at = 0;
	ck_assert(rules_nearest(r, &in, &plugin, &rule, &stopped_at));
	ck_assert(str_eq(rule, STR("b")));
	ck_assert_uint_eq(stopped_at, 8);
	in.body = STR("one two=3 "); /* what is missing is not free text */
	ck_assert(rules_nearest(r, &in, &plugin, &rule, &stopped_at));
	ck_assert(str_eq(rule, STR("c")));
	ck_assert_uint_eq(stopped_at, 10);
	in.body = (struct str){ NULL, 0 };
	ck_assert(rules_nearest(r, &in, &plugin, &rule, &stopped_at));
	ck_assert_uint_eq(stopped_at, 0);
}
END_TEST

START_TEST(what_is_no_reply_gives_no_queue_id_to_follow)
{
	static const char *const replies[] = {
		"",
		"250",
		"250 2.0.0 Ok",
		"Ok: queued as ",
		"250 2.0.0 Ok: queued as A1B2C3 and more",
		"550 5.1.1 Ok: queued as 160634028B",
		"he said: 250 2.0.0 Ok: queued as 160634028B",
		"\n\n\n",
		"250-",
		"\\",
	};
	ck_assert(rules_add_builtin(r, &err));
	for (size_t i = 0; i < sizeof(replies) / sizeof(replies[0]); i++) {
		struct str id = { 0 }, family;
		bool followable = false;
		bool found = rules_reply(r, a, str_of(replies[i]), &id, &family, &followable);
		ck_assert_msg(!found || !followable, "\"%s\" gives %.*s", replies[i], (int)id.len,
			      id.at);
	}
	struct str id, family;
	bool followable;
	ck_assert(!rules_reply(r, a, (struct str){ 0 }, &id, &family, &followable));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("rules");
	TCase *c = tcase_create("language");
	tcase_set_timeout(c, 60);
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, all_samples_of_the_shipped_plugins_pass);
	tcase_add_test(c, a_mistake_names_file_line_and_column);
	tcase_add_test(c, set_map_each_cases_also_and_ambiguous_work);
	tcase_add_test(c, split_records_are_joined_and_escapes_decoded);
	tcase_add_test(c, two_rules_that_take_one_line_are_found);
	tcase_add_test(c, a_costly_match_is_given_up_and_counted);
	tcase_add_test(c, a_plugin_replaces_another_of_its_name);
	tcase_add_test(c, a_pasted_reply_gives_its_queue_id);
	tcase_add_test(c, what_is_missing_is_named_where_it_is_missing);
	tcase_add_test(c, an_absent_word_is_named_at_its_rule);
	tcase_add_test(c, an_ident_has_no_groups_but_its_own_two);
	tcase_add_test(c, a_word_of_another_kind_is_not_passed_over);
	tcase_add_test(c, a_whole_file_of_mistakes_is_refused);
	tcase_add_test(c, a_plugin_that_is_refused_leaves_the_set_as_it_was);
	tcase_add_test(c, sub_patterns_may_use_those_before_them);
	tcase_add_test(c, a_group_that_took_no_part_is_not_set_and_an_empty_one_is);
	tcase_add_test(c, a_match_stands_at_the_start_and_may_hold_any_byte);
	tcase_add_test(c, an_id_tells_when_it_was_given);
	tcase_add_test(c, an_id_that_is_no_time_tells_none);
	tcase_add_test(c, an_address_has_one_form);
	tcase_add_test(c, a_last_rule_waits_for_all_others);
	tcase_add_test(c, copies_within_the_time_are_duplicates);
	tcase_add_test(c, parts_of_several_records_do_not_mix);
	tcase_add_test(c, what_waits_for_lines_outlasts_a_run);
	tcase_add_test(c, a_flood_of_parts_is_bounded);
	tcase_add_test(c, an_inner_stamp_is_stripped_and_escapes_are_decoded);
	tcase_add_test(c, a_case_may_change_the_kind_and_a_program_beside_the_mta_has_none);
	tcase_add_test(c, a_sample_that_fails_says_where_and_which_field);
	tcase_add_test(c, a_directory_gives_its_yaml_files_in_name_order);
	tcase_add_test(c, the_nearest_rule_is_the_one_that_got_farthest);
	tcase_add_test(c, a_rule_that_only_looks_ahead_is_not_the_nearest);
	tcase_add_test(c, what_is_no_reply_gives_no_queue_id_to_follow);
	suite_add_tcase(s, c);
	SRunner *runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
