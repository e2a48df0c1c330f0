/*
 * test_rules.c - the rule language, and the plugins that are shipped.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "rules/rules.h"

static struct rules *r;
static struct arena *a;
static struct event events[16];
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
	events[count++] = *ev;
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
	suite_add_tcase(s, c);
	SRunner *runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
