/*
 * test_track.c - lives of queue IDs, with a sink that records rows.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "track/track.h"

#define ROWS 64

struct recorder {
	struct entry_row rows[ROWS]; /* the last state handed over of each id */
	bool have[ROWS];
	char *texts[4096];
	size_t text_count;
	int64_t next;
	struct delivery_row deliveries[ROWS];
	size_t delivery_count;
	struct link_row links[ROWS];
	size_t link_count;
	size_t lookups;
};

static struct recorder r;
static struct track *track;

static struct str keep(struct str s)
{
	if (s.at == NULL)
		return s;
	char *copy = mem_str(s);
	r.texts[r.text_count++] = copy;
	return (struct str){ copy, s.len };
}

static bool on_host(void *arg, struct str name, int64_t *id, struct err *err)
{
	(void)arg, (void)err;
	*id = name.at[name.len - 1];
	return true;
}

static bool on_name(void *arg, int64_t host, struct str name, struct str origin, struct err *err)
{
	(void)arg, (void)host, (void)name, (void)origin, (void)err;
	return true;
}

static int64_t on_new(void *arg)
{
	(void)arg;
	return r.next++;
}

static bool on_entry(void *arg, const struct entry_row *row, bool known, struct err *err)
{
	(void)arg, (void)err;
	ck_assert_int_lt(row->id, ROWS);
	ck_assert_int_eq(known, r.have[row->id]);
	struct entry_row *to = &r.rows[row->id];
	*to = *row;
	for (int i = 0; i < ENTRY_TEXT_COUNT; i++)
		to->text[i] = keep(row->text[i]);
	to->lines = keep(row->lines);
	r.have[row->id] = true;
	return true;
}

static bool on_delivery(void *arg, const struct delivery_row *row, struct err *err)
{
	(void)arg, (void)err;
	r.deliveries[r.delivery_count] = *row;
	r.deliveries[r.delivery_count++].recipient = keep(row->recipient);
	return true;
}

static bool on_link(void *arg, const struct link_row *row, struct err *err)
{
	(void)arg, (void)err;
	ck_assert(r.have[row->parent]);
	ck_assert(r.have[row->child]);
	r.links[r.link_count++] = *row;
	return true;
}

static bool on_reject(void *arg, const struct reject_row *row, struct err *err)
{
	(void)arg, (void)row, (void)err;
	return true;
}

static bool on_note(void *arg, const struct note_row *row, struct err *err)
{
	(void)arg, (void)row, (void)err;
	return true;
}

static bool on_lives(void *arg, int64_t host, struct str id,
		     void (*fn)(void *, const struct entry_row *), void *fn_arg, struct err *err)
{
	(void)arg, (void)err;
	r.lookups++;
	for (int64_t i = 0; i < r.next; i++) {
		if (r.have[i] && r.rows[i].host == host &&
		    str_eq(r.rows[i].text[ENTRY_QUEUE_ID], id))
			fn(fn_arg, &r.rows[i]);
	}
	return true;
}

static bool on_line(void *arg, struct str raw, int64_t *chunk, int64_t *offset, struct err *err)
{
	(void)arg, (void)raw, (void)err;
	*chunk = -1;
	*offset = 0;
	return true;
}

static void set_up_with(size_t lives_max)
{
	struct track_sink sink = { NULL,    on_host,   on_name, on_new,   on_entry, on_delivery,
				   on_link, on_reject, on_note, on_lives, on_line };
	struct track_options opt = { .lives_max = lives_max };
	memset(&r, 0, sizeof(r));
	track = track_new(&sink, &opt);
}

static void set_up(void)
{
	set_up_with(0);
}

static void tear_down(void)
{
	track_free(track);
	for (size_t i = 0; i < r.text_count; i++)
		free(r.texts[i]);
}

static void flush(void)
{
	struct err err;
	ck_assert_msg(track_flush(track, &err), "%s", err.text);
}

/* An event of host h1 at second `at`; fields as name, value pairs, NULL at the end. */
static void say(int64_t at, enum event_kind kind, const char *id, const char *const *fields)
{
	struct event ev = {
		.kind = kind, .mta = STR("postfix"), .plugin = STR("p"), .rule = STR("r")
	};
	struct track_record rec = { .host = STR("h1"),
				    .ident = STR("postfix/x"),
				    .raw = STR("raw"),
				    .pid = 7,
				    .time_us = at * 1000000,
				    .repeat = 1 };
	struct err err;
	ev.field[FIELD_QUEUE_ID] = str_of(id);
	for (size_t i = 0; fields != NULL && fields[i] != NULL; i += 2) {
		enum event_field f;
		if (strcmp(fields[i], "instance") == 0) {
			ev.instance = str_of(fields[i + 1]);
			continue;
		}
		ck_assert(event_field_of(str_of(fields[i]), &f));
		ev.field[f] = str_of(fields[i + 1]);
	}
	ck_assert_msg(track_event(track, &rec, &ev, &err), "%s", err.text);
}

#define F(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void text_is(int64_t id, enum entry_text which, const char *want)
{
	struct str got = r.rows[id].text[which];
	ck_assert_msg(str_eq(got, str_of(want)), "entry %d has \"%.*s\"", (int)id, (int)got.len,
		      got.at);
}

START_TEST(an_id_used_again_after_its_end_is_a_new_life)
{
	say(1, EVENT_RECEIVE, "A", F("client_ip", "192.0.2.1"));
	say(2, EVENT_CLOSE, "A", NULL);
	say(3, EVENT_RECEIVE, "A", F("client_ip", "192.0.2.2"));
	flush();
	ck_assert_int_eq(r.next, 2);
	text_is(0, ENTRY_CLIENT_IP, "192.0.2.1");
	text_is(1, ENTRY_CLIENT_IP, "192.0.2.2");
	ck_assert_int_eq(r.rows[0].state, ENTRY_COMPLETED);
	ck_assert_int_eq(r.rows[1].state, ENTRY_OPEN);
}
END_TEST

START_TEST(late_delivery_line_after_removed_joins_the_closed_life)
{
	say(1, EVENT_RECEIVE, "A", NULL);
	say(2, EVENT_CLOSE, "A", NULL);
	say(5, EVENT_DELIVERY, "A", F("recipient", "x", "state", "relayed"));
	flush();
	ck_assert_int_eq(r.next, 1);
	ck_assert_int_eq((int)r.delivery_count, 1);
}
END_TEST

START_TEST(a_delivery_long_after_the_end_is_another_life)
{
	say(1, EVENT_RECEIVE, "A", NULL);
	say(2, EVENT_CLOSE, "A", NULL);
	say(500, EVENT_DELIVERY, "A", F("recipient", "x", "state", "deferred"));
	flush();
	ck_assert_int_eq(r.next, 2);
	ck_assert(r.rows[1].head_missing);
}
END_TEST

START_TEST(a_retry_does_not_split_a_life)
{
	say(1, EVENT_RECEIVE, "A", NULL);
	say(2, EVENT_SENDER, "A", F("sender", "s", "size", "9"));
	say(40000, EVENT_SENDER, "A", F("sender", "s", "size", "9"));
	flush();
	ck_assert_int_eq(r.next, 1);
	ck_assert_int_eq(r.rows[0].accepted_at, 2000000);
}
END_TEST

START_TEST(a_message_id_before_its_receive_is_one_life)
{
	say(1, EVENT_MESSAGE_ID, "A", F("message_id", "<m@x>"));
	say(3, EVENT_RECEIVE, "A", F("user", "alice"));
	flush();
	ck_assert_int_eq(r.next, 1);
	ck_assert(!r.rows[0].head_missing);
}
END_TEST

START_TEST(two_instances_may_use_one_id_at_once)
{
	say(1, EVENT_RECEIVE, "A", F("instance", "in", "client_ip", "192.0.2.1"));
	say(1, EVENT_RECEIVE, "A", F("instance", "out", "client_ip", "192.0.2.2"));
	say(2, EVENT_SENDER, "A", F("instance", "in", "sender", "i"));
	say(2, EVENT_SENDER, "A", F("instance", "out", "sender", "o"));
	flush();
	ck_assert_int_eq(r.next, 2);
	text_is(0, ENTRY_SENDER, "i");
	text_is(1, ENTRY_SENDER, "o");
}
END_TEST

START_TEST(a_service_name_of_its_own_does_not_split_a_life)
{
	say(1, EVENT_RECEIVE, "A", F("instance", "submission"));
	say(2, EVENT_SENDER, "A", F("instance", "postfix", "sender", "s"));
	flush();
	ck_assert_int_eq(r.next, 1);
}
END_TEST

START_TEST(a_child_logged_before_its_parent_names_it_is_linked)
{
	say(1, EVENT_MESSAGE_ID, "C", F("message_id", "<m@x>"));
	say(2, EVENT_CLOSE, "C", NULL);
	say(3, EVENT_DELIVERY, "P",
	    F("recipient", "x", "state", "expanded", "child_queue_id", "C", "link", "forward"));
	flush();
	ck_assert_int_eq((int)r.link_count, 1);
	ck_assert_int_eq(r.links[0].child, 0);
	ck_assert(!r.rows[0].head_missing);
}
END_TEST

START_TEST(an_older_file_read_later_gives_a_life_its_head)
{
	say(1000, EVENT_DELIVERY, "A", F("recipient", "x", "state", "relayed"));
	say(1001, EVENT_CLOSE, "A", NULL);
	flush();
	ck_assert(r.rows[0].head_missing);
	say(1, EVENT_RECEIVE, "A", F("client_ip", "192.0.2.1"));
	flush();
	ck_assert_int_eq(r.next, 1);
	ck_assert(!r.rows[0].head_missing);
	ck_assert_int_eq(r.rows[0].first_at, 1000000);
	ck_assert_int_eq(r.rows[0].state, ENTRY_COMPLETED);
}
END_TEST

START_TEST(lives_forgotten_for_lack_of_room_are_read_back)
{
	tear_down();
	set_up_with(2);
	say(1, EVENT_RECEIVE, "A", F("client_ip", "192.0.2.1"));
	for (int i = 0; i < 10; i++) {
		char id[8];
		snprintf(id, sizeof(id), "B%d", i);
		say(2 + i, EVENT_RECEIVE, id, NULL);
	}
	say(20, EVENT_SENDER, "A", F("sender", "s"));
	flush();
	ck_assert_int_eq(r.next, 11);
	text_is(0, ENTRY_CLIENT_IP, "192.0.2.1");
	text_is(0, ENTRY_SENDER, "s");
}
END_TEST

START_TEST(a_filter_link_needs_a_parent_that_exists)
{
	say(1, EVENT_RECEIVE, "C", F("parent_queue_id", "MADEUP", "link", "filter"));
	flush();
	ck_assert_int_eq(r.next, 1);
	ck_assert_int_eq((int)r.link_count, 0);
}
END_TEST

START_TEST(a_connection_that_ends_leaves_its_unfinished_id_aborted)
{
	say(1, EVENT_SESSION, NULL, F("phase", "open", "client_ip", "192.0.2.1", "tls", "TLSv1.3"));
	say(2, EVENT_RECEIVE, "A", F("client_ip", "192.0.2.1"));
	say(3, EVENT_SESSION, NULL, F("phase", "close"));
	flush();
	ck_assert_int_eq(r.rows[0].state, ENTRY_ABORTED);
	text_is(0, ENTRY_TLS, "TLSv1.3");
}
END_TEST

START_TEST(message_ids_are_stored_in_one_form)
{
	static const char *const forms[][2] = {
		{ "<a@b>", "<a@b>" },           { "a@b", "<a@b>" },
		{ "x <a@b> y <c@d>", "<a@b>" }, { "<cut@by.the.lo", "<cut@by.the.lo" },
		{ "<\"q>\"@b>", "<\"q>\"@b>" }, { "<\\303\\274@b>", "<\303\274@b>" }
	};
	struct arena *a = arena_new();
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct str got = track_message_id(a, str_of(forms[i][0]));
		ck_assert_msg(str_eq(got, str_of(forms[i][1])), "%s gave %.*s", forms[i][0],
			      (int)got.len, got.at);
	}
	ck_assert_ptr_null(track_message_id(a, STR("<>")).at);
	ck_assert_ptr_null(track_message_id(a, STR("")).at);
	arena_free(a);
}
END_TEST

START_TEST(durations_come_in_three_forms)
{
	int64_t us = 0;
	ck_assert(track_duration(STR("1.3"), &us));
	ck_assert_int_eq(us, 1300000);
	ck_assert(track_duration(STR("3m45s"), &us));
	ck_assert_int_eq(us, INT64_C(225000000));
	ck_assert(track_duration(STR("1+04:10:22"), &us));
	ck_assert_int_eq(us, ((28 * 60 + 10) * INT64_C(60) + 22) * 1000000);
	ck_assert(!track_duration(STR("soon"), &us));
	ck_assert(!track_duration(STR(""), &us));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("track");
	TCase *c = tcase_create("lives");
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, an_id_used_again_after_its_end_is_a_new_life);
	tcase_add_test(c, late_delivery_line_after_removed_joins_the_closed_life);
	tcase_add_test(c, a_delivery_long_after_the_end_is_another_life);
	tcase_add_test(c, a_retry_does_not_split_a_life);
	tcase_add_test(c, a_message_id_before_its_receive_is_one_life);
	tcase_add_test(c, two_instances_may_use_one_id_at_once);
	tcase_add_test(c, a_service_name_of_its_own_does_not_split_a_life);
	tcase_add_test(c, a_child_logged_before_its_parent_names_it_is_linked);
	tcase_add_test(c, an_older_file_read_later_gives_a_life_its_head);
	tcase_add_test(c, lives_forgotten_for_lack_of_room_are_read_back);
	tcase_add_test(c, a_filter_link_needs_a_parent_that_exists);
	tcase_add_test(c, a_connection_that_ends_leaves_its_unfinished_id_aborted);
	tcase_add_test(c, message_ids_are_stored_in_one_form);
	tcase_add_test(c, durations_come_in_three_forms);
	suite_add_tcase(s, c);
	SRunner *runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
