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
	struct reject_row rejects[ROWS];
	size_t reject_count, note_count, name_count;
	char name[300];
	size_t lookups, lines;
};

/* What say() says with it, unless a test changes it. */
static const char *speaker, *mta;
static int64_t process;
static unsigned repeat;
static bool ambiguous, keep_lines;

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
	(void)arg, (void)host, (void)err;
	r.name_count++;
	snprintf(r.name, sizeof(r.name), "%.*s %.*s", (int)name.len, name.at, (int)origin.len,
		 origin.at);
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
	ck_assert(r.have[row->entry]);
	ck_assert_uint_lt(r.delivery_count, ROWS);
	r.deliveries[r.delivery_count] = *row;
	r.deliveries[r.delivery_count++].recipient = keep(row->recipient);
	return true;
}

static bool on_link(void *arg, const struct link_row *row, struct err *err)
{
	(void)arg, (void)err;
	ck_assert(r.have[row->parent]);
	ck_assert(r.have[row->child]);
	r.links[r.link_count] = *row;
	r.links[r.link_count++].kind = keep(row->kind);
	return true;
}

static bool on_reject(void *arg, const struct reject_row *row, struct err *err)
{
	(void)arg, (void)err;
	ck_assert(row->entry == TRACK_NONE || r.have[row->entry]);
	r.rejects[r.reject_count++] = *row;
	return true;
}

static bool on_note(void *arg, const struct note_row *row, struct err *err)
{
	(void)arg, (void)err;
	ck_assert(r.have[row->entry]);
	r.note_count++;
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
	*chunk = keep_lines ? 1 : -1;
	*offset = 10 * (int64_t)r.lines++;
	return true;
}

static void set_up_with(size_t lives_max)
{
	struct track_sink sink = { NULL,        on_host, on_name,   on_new,  on_entry,
				   on_delivery, on_link, on_reject, on_note, on_lives,
				   on_line,     NULL,    NULL,      NULL };
	struct track_options opt = { .lives_max = lives_max };
	memset(&r, 0, sizeof(r));
	speaker = "h1";
	mta = "postfix";
	process = 7;
	repeat = 1;
	ambiguous = keep_lines = false;
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

/* An event of the speaker at second `at`; fields as name, value pairs, NULL at the end. */
static void say(int64_t at, enum event_kind kind, const char *id, const char *const *fields)
{
	struct str field[EVENT_FIELD_COUNT] = { 0 };
	struct event ev = {
		.kind = kind, .field = field, .mta = str_of(mta), .plugin = "p", .rule = "r"
	};
	struct track_record rec = { .host = str_of(speaker),
				    .ident = STR("postfix/x"),
				    .raw = STR("raw"),
				    .pid = process,
				    .time_us = at * 1000000,
				    .repeat = repeat };
	struct err err;
	ev.ambiguous = ambiguous;
	field[FIELD_QUEUE_ID] = str_of(id);
	for (size_t i = 0; fields != NULL && fields[i] != NULL; i += 2) {
		enum event_field f;
		if (strcmp(fields[i], "instance") == 0) {
			ev.instance = str_of(fields[i + 1]);
			continue;
		}
		ck_assert(event_field_of(str_of(fields[i]), &f));
		field[f] = str_of(fields[i + 1]);
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
		char id[16];
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

START_TEST(an_id_silent_for_longer_than_a_queue_keeps_mail_is_a_new_life)
{
	say(1, EVENT_RECEIVE, "A", NULL);
	say(2, EVENT_SENDER, "A", F("sender", "s"));
	say(2 + 6 * 86400, EVENT_DELIVERY, "A", F("recipient", "x", "state", "deferred"));
	say(2 + 12 * 86400, EVENT_DELIVERY, "A", F("recipient", "x", "state", "deferred"));
	flush();
	ck_assert_int_eq(r.next, 1);
	say(2 + 30 * 86400, EVENT_DELIVERY, "A", F("recipient", "x", "state", "deferred"));
	flush();
	ck_assert_int_eq(r.next, 2);
	ck_assert(r.rows[1].head_missing);
}
END_TEST

START_TEST(mail_on_hold_may_be_silent_for_long)
{
	say(1, EVENT_RECEIVE, "A", NULL);
	say(2, EVENT_SENDER, "A", F("sender", "s"));
	say(3, EVENT_HOLD, "A", F("text", "frozen"));
	flush();
	ck_assert_int_eq(r.rows[0].state, ENTRY_HELD);
	say(40 * 86400, EVENT_RELEASE, "A", F("text", "thawed"));
	flush();
	ck_assert_int_eq(r.next, 1);
	ck_assert_int_eq(r.rows[0].state, ENTRY_ACCEPTED);
	ck_assert_uint_eq(r.note_count, 2);
}
END_TEST

START_TEST(ids_differ_by_case_and_by_host)
{
	say(1, EVENT_RECEIVE, "4hnkK", NULL);
	say(1, EVENT_RECEIVE, "4hNkK", NULL);
	speaker = "h2";
	say(1, EVENT_RECEIVE, "4hNkK", NULL);
	flush();
	ck_assert_int_eq(r.next, 3);
	ck_assert_int_ne(r.rows[1].host, r.rows[2].host);
}
END_TEST

START_TEST(a_deleted_message_ends_as_deleted)
{
	say(1, EVENT_RECEIVE, "A", NULL);
	say(2, EVENT_SENDER, "A", F("sender", "s"));
	say(3, EVENT_CLOSE, "A", F("state", "deleted", "text", "by the operator"));
	say(4, EVENT_CLOSE, "A", NULL); /* "Completed" comes after it */
	say(200, EVENT_DELIVERY, "A", F("recipient", "x", "state", "relayed"));
	flush();
	ck_assert_int_eq(r.next, 1);
	ck_assert_int_eq(r.rows[0].state, ENTRY_DELETED);
	text_is(0, ENTRY_OUTCOME, "deleted");
	ck_assert_uint_eq(r.delivery_count, 1);
}
END_TEST

START_TEST(the_last_outcome_counts_in_any_order)
{
	say(1, EVENT_RECEIVE, "A", NULL);
	say(5, EVENT_OUTCOME, "A", F("state", "expired", "text", "later"));
	say(4, EVENT_OUTCOME, "A", F("state", "discarded", "text", "sooner"));
	flush();
	text_is(0, ENTRY_OUTCOME, "expired");
	text_is(0, ENTRY_OUTCOME_REPLY, "later");
	ck_assert_int_eq(r.rows[0].outcome_at, 5000000);
}
END_TEST

START_TEST(a_line_that_can_be_read_two_ways_changes_no_state_and_links_nothing)
{
	say(1, EVENT_RECEIVE, "A", NULL);
	process = 8;
	say(1, EVENT_RECEIVE, "B", NULL);
	ambiguous = true;
	say(2, EVENT_DELIVERY, "A",
	    F("recipient", "x", "state", "expanded", "child_queue_id", "B", "link", "forward"));
	say(3, EVENT_CHILD, "A", F("child_queue_id", "B", "link", "bounce"));
	say(3, EVENT_OUTCOME, "A", F("state", "expired"));
	say(4, EVENT_CLOSE, "A", NULL);
	flush();
	ck_assert_uint_eq(r.link_count, 0);
	ck_assert_int_eq(r.rows[0].state, ENTRY_OPEN);
	ck_assert_int_eq(r.rows[0].closed_at, TRACK_NONE);
	ck_assert_ptr_null(r.rows[0].text[ENTRY_OUTCOME].at);
	ck_assert_uint_eq(r.delivery_count, 1);
	ck_assert(r.deliveries[0].ambiguous);
}
END_TEST

START_TEST(the_word_of_a_program_beside_the_mta_makes_no_entry)
{
	mta = "";
	say(1, EVENT_NOTE, "MADEUP", F("text", "spam"));
	flush();
	ck_assert_int_eq(r.next, 0);
	mta = "postfix";
	say(1, EVENT_RECEIVE, "A", NULL);
	mta = "";
	say(2, EVENT_NOTE, "A", F("text", "spam"));
	flush();
	ck_assert_int_eq(r.next, 1);
	ck_assert_uint_eq(r.note_count, 1);
	text_is(0, ENTRY_MTA, "postfix");
}
END_TEST

START_TEST(a_filter_link_to_a_parent_that_exists_is_made_once_per_line)
{
	say(1, EVENT_RECEIVE, "P", NULL);
	say(3, EVENT_RECEIVE, "C", F("parent_queue_id", "P", "link", "filter"));
	flush();
	ck_assert_uint_eq(r.link_count, 1);
	ck_assert_int_eq(r.links[0].parent, 0);
	ck_assert_int_eq(r.links[0].child, 1);
	ck_assert(str_eq(r.links[0].kind, STR("filter")));
}
END_TEST

START_TEST(a_filter_link_is_of_the_life_that_was_alive)
{
	say(1, EVENT_RECEIVE, "P", NULL);
	say(2, EVENT_CLOSE, "P", NULL);
	say(100, EVENT_RECEIVE, "P", NULL);
	say(101, EVENT_RECEIVE, "C", F("parent_queue_id", "P", "link", "filter"));
	say(102, EVENT_CLOSE, "P", NULL);
	say(5000, EVENT_RECEIVE, "D", F("parent_queue_id", "P", "link", "filter")); /* long gone */
	flush();
	ck_assert_uint_eq(r.link_count, 1);
	ck_assert_int_eq(r.links[0].parent, 1);
}
END_TEST

START_TEST(a_message_does_not_come_of_itself)
{
	say(1, EVENT_RECEIVE, "A", F("parent_queue_id", "A", "link", "filter"));
	say(2, EVENT_CHILD, "A", F("child_queue_id", "A", "link", "bounce"));
	flush();
	ck_assert_int_eq(r.next, 1);
	ck_assert_uint_eq(r.link_count, 0);
}
END_TEST

START_TEST(a_child_named_before_its_first_line_is_one_life)
{
	say(1, EVENT_RECEIVE, "P", NULL);
	say(2, EVENT_CHILD, "P", F("child_queue_id", "C", "link", "bounce"));
	say(2, EVENT_MESSAGE_ID, "C", F("message_id", "<m@x>"));
	say(3, EVENT_SENDER, "C", F("sender", ""));
	say(4, EVENT_CLOSE, "C", NULL);
	flush();
	ck_assert_int_eq(r.next, 2);
	ck_assert_uint_eq(r.link_count, 1);
	ck_assert(!r.rows[1].head_missing);
	ck_assert_int_eq(r.rows[1].state, ENTRY_COMPLETED);
	text_is(1, ENTRY_SENDER, "");
}
END_TEST

START_TEST(a_link_waits_for_both_its_entries)
{
	tear_down();
	set_up_with(2); /* on_link checks that both are there */
	say(1, EVENT_RECEIVE, "P", NULL);
	say(2, EVENT_CHILD, "P", F("child_queue_id", "C", "link", "bounce"));
	for (int i = 0; i < 10; i++) {
		char id[16];
		snprintf(id, sizeof(id), "B%d", i);
		say(3 + i, EVENT_RECEIVE, id, F("parent_queue_id", "P", "link", "clone"));
	}
	flush();
	ck_assert_uint_eq(r.link_count, 11);
	ck_assert_int_eq(r.next, 12);
}
END_TEST

START_TEST(one_life_in_memory_is_enough)
{
	tear_down();
	set_up_with(1);
	say(1, EVENT_RECEIVE, "P", F("client_ip", "192.0.2.1"));
	say(2, EVENT_CHILD, "P", F("child_queue_id", "C", "link", "bounce"));
	say(3, EVENT_RECEIVE, "D", F("parent_queue_id", "P", "link", "clone"));
	say(4, EVENT_SENDER, "P", F("sender", "s"));
	flush();
	ck_assert_int_eq(r.next, 3);
	ck_assert_uint_eq(r.link_count, 2);
	text_is(0, ENTRY_CLIENT_IP, "192.0.2.1");
	text_is(0, ENTRY_SENDER, "s");
}
END_TEST

START_TEST(rows_of_a_forgotten_life_are_handed_over_once)
{
	tear_down();
	set_up_with(3);
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 8; i++) {
			char id[16];
			snprintf(id, sizeof(id), "B%d", i);
			if (round == 0)
				say(1 + i, EVENT_RECEIVE, id, NULL);
			say(10 * round + i, EVENT_DELIVERY, id,
			    F("recipient", id, "state", "deferred"));
		}
		flush();
	}
	ck_assert_int_eq(r.next, 8);
	ck_assert_uint_eq(r.delivery_count, 24);
	flush();
	ck_assert_uint_eq(r.delivery_count, 24);
	for (size_t i = 0; i < r.delivery_count; i++)
		ck_assert(str_eq(r.rows[r.deliveries[i].entry].text[ENTRY_QUEUE_ID],
				 r.deliveries[i].recipient));
}
END_TEST

START_TEST(a_closed_life_is_handed_over_while_the_log_goes_on)
{
	say(1, EVENT_RECEIVE, "A", NULL);
	say(2, EVENT_CLOSE, "A", NULL);
	say(10, EVENT_RECEIVE, "B", NULL);
	ck_assert(!r.have[0]); /* a late line may still come */
	say(60, EVENT_RECEIVE, "C", NULL);
	ck_assert(r.have[0] && !r.have[1]);
	ck_assert_int_eq(r.rows[0].closed_at, 2000000);
}
END_TEST

START_TEST(what_a_connection_told_belongs_to_all_its_ids)
{
	say(1, EVENT_SESSION, NULL, F("phase", "open", "client_ip", "192.0.2.1"));
	say(1, EVENT_SESSION, NULL, F("tls", "TLSv1.3"));
	say(2, EVENT_RECEIVE, "A", F("client_ip", "192.0.2.1"));
	say(3, EVENT_SENDER, "A", F("sender", "s"));
	say(4, EVENT_RECEIVE, "B", F("client_ip", "192.0.2.1"));
	say(4, EVENT_MESSAGE_ID, "B", F("message_id", "<b@x>"));
	say(5, EVENT_SESSION, NULL, F("phase", "close"));
	say(6, EVENT_SESSION, NULL, F("phase", "open", "client_ip", "192.0.2.2"));
	say(7, EVENT_RECEIVE, "C", F("client_ip", "192.0.2.2"));
	flush();
	text_is(0, ENTRY_TLS, "TLSv1.3");
	text_is(1, ENTRY_TLS, "TLSv1.3");
	ck_assert_ptr_null(r.rows[2].text[ENTRY_TLS].at);
	ck_assert_int_eq(r.rows[0].state, ENTRY_ACCEPTED);
	ck_assert_int_eq(r.rows[1].state, ENTRY_OPEN); /* its message came, the queue file too */
}
END_TEST

START_TEST(what_was_told_of_another_client_is_not_taken)
{
	say(1, EVENT_SESSION, NULL, F("client_ip", "192.0.2.1", "tls", "TLSv1.3", "user", "eve"));
	say(2, EVENT_RECEIVE, "A", F("client_ip", "192.0.2.2"));
	process = 8;
	say(2, EVENT_RECEIVE, "B", F("client_ip", "192.0.2.1"));
	process = -1; /* without a pid nobody knows whose session it is */
	say(3, EVENT_SESSION, NULL, F("tls", "TLSv1.3"));
	say(4, EVENT_RECEIVE, "C", NULL);
	flush();
	for (int i = 0; i < 3; i++)
		ck_assert_ptr_null(r.rows[i].text[ENTRY_TLS].at);
	ck_assert_ptr_null(r.rows[0].text[ENTRY_USER].at);
}
END_TEST

START_TEST(a_connection_that_goes_on_leaves_its_first_id_aborted)
{
	say(1, EVENT_SESSION, NULL, F("phase", "open", "client_ip", "192.0.2.1"));
	say(2, EVENT_RECEIVE, "A", F("client_ip", "192.0.2.1"));
	say(3, EVENT_RECEIVE, "B", F("client_ip", "192.0.2.1"));
	say(4, EVENT_SENDER, "B", F("sender", "s"));
	say(5, EVENT_SESSION, NULL, F("phase", "close"));
	flush();
	ck_assert_int_eq(r.rows[0].state, ENTRY_ABORTED);
	ck_assert_int_eq(r.rows[1].state, ENTRY_ACCEPTED);
}
END_TEST

START_TEST(a_session_goes_on_after_a_flush)
{
	say(1, EVENT_SESSION, NULL, F("phase", "open", "client_ip", "192.0.2.1", "tls", "TLSv1.2"));
	flush();
	say(2, EVENT_RECEIVE, "A", F("client_ip", "192.0.2.1"));
	flush();
	say(3, EVENT_SESSION, NULL, F("phase", "close"));
	flush();
	text_is(0, ENTRY_TLS, "TLSv1.2");
	ck_assert_int_eq(r.rows[0].state, ENTRY_ABORTED);
}
END_TEST

START_TEST(an_id_forgotten_for_lack_of_room_is_still_aborted_with_its_connection)
{
	tear_down();
	set_up_with(2);
	say(1, EVENT_SESSION, NULL, F("phase", "open", "client_ip", "192.0.2.1"));
	say(2, EVENT_RECEIVE, "A", F("client_ip", "192.0.2.1"));
	process = 8;
	for (int i = 0; i < 5; i++) {
		char id[16];
		snprintf(id, sizeof(id), "B%d", i);
		say(3, EVENT_RECEIVE, id, NULL);
	}
	process = 7;
	say(4, EVENT_SESSION, NULL, F("phase", "close"));
	flush();
	ck_assert_int_eq(r.rows[0].state, ENTRY_ABORTED);
}
END_TEST

START_TEST(a_repeated_delivery_is_several)
{
	repeat = 3;
	say(1, EVENT_DELIVERY, "A", F("recipient", "x", "state", "deferred", "delay", "1.5"));
	repeat = 4000000000u; /* chosen by whoever wrote the line */
	say(2, EVENT_NOTE, "A", F("text", "x"));
	flush();
	ck_assert_uint_eq(r.delivery_count, 3);
	ck_assert_int_eq(r.deliveries[2].delay_us, 1500000);
}
END_TEST

START_TEST(a_refusal_without_an_id_is_a_row_of_its_own)
{
	say(1, EVENT_REJECT, NULL, F("client_ip", "192.0.2.1", "code", "554", "stage", "RCPT"));
	ck_assert_uint_eq(r.reject_count, 1);
	ck_assert_int_eq(r.rejects[0].entry, TRACK_NONE);
	ck_assert_int_eq(r.rejects[0].code, 554);
	say(2, EVENT_RECEIVE, "A", NULL);
	say(3, EVENT_REJECT, "A", F("code", "55x"));
	say(4, EVENT_IGNORE, "B", NULL);
	say(4, EVENT_NOTE, "", F("text", "about nobody"));
	flush();
	ck_assert_uint_eq(r.reject_count, 2);
	ck_assert_int_eq(r.rejects[1].entry, 0);
	ck_assert_int_eq(r.rejects[1].code, TRACK_NONE);
	ck_assert_int_eq(r.next, 1);
	ck_assert_uint_eq(r.note_count, 0);
}
END_TEST

START_TEST(the_domain_of_a_made_message_id_is_a_name_of_the_host)
{
	say(1, EVENT_RECEIVE, "4F5C641234", NULL);
	say(1, EVENT_MESSAGE_ID, "4F5C641234",
	    F("message_id", "<20260314091502.4F5C641234@mx1.example.org>"));
	say(2, EVENT_MESSAGE_ID, "4F5C641235", F("message_id", "<made.up@example.net>"));
	say(2, EVENT_MESSAGE_ID, "4F5C641236", F("message_id", "<x@4F5C641236>"));
	flush();
	ck_assert_uint_eq(r.name_count, 1);
	ck_assert_str_eq(r.name, "mx1.example.org own");
}
END_TEST

START_TEST(a_queue_id_of_any_length_is_survived)
{
	char longest[3000];
	memset(longest, 'A', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	say(1, EVENT_RECEIVE, longest, NULL);
	say(2, EVENT_CHILD, longest, F("child_queue_id", longest + 1, "link", "bounce"));
	say(3, EVENT_CLOSE, longest, NULL);
	flush();
	ck_assert_int_ge(r.next, 1);
}
END_TEST

START_TEST(lines_in_disorder_are_one_life)
{
	say(5, EVENT_CLOSE, "A", NULL);
	say(4, EVENT_DELIVERY, "A", F("recipient", "x", "state", "relayed"));
	say(3, EVENT_SENDER, "A", F("sender", "s", "size", "9"));
	say(2, EVENT_MESSAGE_ID, "A", F("message_id", "m@x"));
	say(1, EVENT_RECEIVE, "A", F("client_ip", "192.0.2.1"));
	flush();
	ck_assert_int_eq(r.next, 1);
	ck_assert_int_eq(r.rows[0].state, ENTRY_COMPLETED);
	ck_assert_int_eq(r.rows[0].first_at, 1000000);
	ck_assert_int_eq(r.rows[0].last_at, 5000000);
	ck_assert_int_eq(r.rows[0].accepted_at, 3000000);
	ck_assert_int_eq(r.rows[0].closed_at, 5000000);
	text_is(0, ENTRY_MESSAGE_ID, "<m@x>");
}
END_TEST

START_TEST(older_files_in_any_order_give_the_same_lives)
{
	/* three lives of one ID, each in a file of its own, read newest first */
	for (int i = 2; i >= 0; i--) {
		int at = i * 100000;
		say(at + 1, EVENT_RECEIVE, "A", F("client_ip", "192.0.2.1"));
		say(at + 2, EVENT_SENDER, "A", F("size", i == 0 ? "1" : i == 1 ? "2" : "3"));
		say(at + 3, EVENT_CLOSE, "A", NULL);
		flush();
	}
	ck_assert_int_eq(r.next, 3);
	for (int i = 0; i < 3; i++) {
		ck_assert(!r.rows[i].head_missing);
		ck_assert_int_eq(r.rows[i].size, 3 - i);
		ck_assert_int_eq(r.rows[i].state, ENTRY_COMPLETED);
	}
}
END_TEST

START_TEST(a_head_read_later_does_not_reach_past_another_life)
{
	/* life 1: file 1 has its head, file 2 its end; life 2 is whole in file 2 */
	say(1000, EVENT_CLOSE, "A", NULL);
	say(2000, EVENT_RECEIVE, "A", F("client_ip", "192.0.2.2"));
	say(2001, EVENT_CLOSE, "A", NULL);
	flush();
	say(1, EVENT_RECEIVE, "A", F("client_ip", "192.0.2.1"));
	say(2, EVENT_SENDER, "A", F("sender", "s"));
	flush();
	ck_assert_int_eq(r.next, 2);
	text_is(0, ENTRY_CLIENT_IP, "192.0.2.1");
	text_is(0, ENTRY_SENDER, "s");
	text_is(1, ENTRY_CLIENT_IP, "192.0.2.2");
}
END_TEST

START_TEST(each_line_is_referred_to_once)
{
	keep_lines = true;
	say(1, EVENT_RECEIVE, "A", NULL);
	say(2, EVENT_CLOSE, "A", NULL);
	flush();
	/* zigzag varints: chunk +1, offset 0; then the same chunk, offset +10 */
	ck_assert(str_eq(r.rows[0].lines, STR("\x02\x00\x00\x14")));
	say(3, EVENT_DELIVERY, "A", F("recipient", "x", "state", "relayed"));
	flush();
	ck_assert(str_eq(r.rows[0].lines, STR("\x02\x00\x00\x14\x00\x14")));
	keep_lines = false;
}
END_TEST

START_TEST(a_shape_keeps_words_and_blanks_the_rest)
{
	static const char *const shapes[][2] = {
		{ "4F5C641234: to=<bob@example.net>, delay=1.5", "#: to=<>, delay=#.#" },
		{ "warning: \"x y\" of (z) [192.0.2.1]:25", "warning: \"\" of () []:#" },
		{ "unclosed < and (", "unclosed < and (" },
		{ "", "" },
		{ "queue_id a1_b2", "queue_id #" },
	};
	struct arena *arena = arena_new();
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		struct str got = track_shape(arena, str_of(shapes[i][0]));
		ck_assert_msg(str_eq(got, str_of(shapes[i][1])), "%.*s", (int)got.len, got.at);
	}
	static char big[5000];
	memset(big, '<', sizeof(big));
	ck_assert_uint_le(track_shape(arena, (struct str){ big, sizeof(big) }).len, 400);
	ck_assert_uint_eq(track_shape(arena, STR("\0\xff<\0>")).len, 4);
	arena_free(arena);
}
END_TEST

START_TEST(hostile_durations_are_survived)
{
	static const char *const bad[] = { ":",   "1:2", "1:2:3:4", "+1", "1+",  "s",       "1x",
					   "1.x", "-1",  "3m45",    ".",  "1 s", "1+1:1:1+" };
	int64_t us;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		us = -7;
		bool ok = track_duration(str_of(bad[i]), &us);
		ck_assert_msg(ok || us == -7, "%s", bad[i]);
	}
	static const char *const good[][2] = { { "0", "0" },
					       { "0.05", "50000" },
					       { "1.1234567", "1123456" },
					       { "1d2h", "93600000000" },
					       { "2w", "1209600000000" },
					       { "04:10:22", "15022000000" } };
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		ck_assert_msg(track_duration(str_of(good[i][0]), &us), "%s", good[i][0]);
		ck_assert_msg(us == atoll(good[i][1]), "%s is %lld", good[i][0], (long long)us);
	}
}
END_TEST

START_TEST(a_duration_too_long_does_not_overflow)
{
	static const char *const lengths[] = { "99999999999999999999", "999999999999w999999999999w",
					       "999999999999w", "999999999999+00:00:00",
					       "999999999999:00:00" };
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		int64_t us = 0;
		ck_assert_msg(!track_duration(str_of(lengths[i]), &us) || us > 0, "%s gives %lld",
			      lengths[i], (long long)us);
	}
}
END_TEST

START_TEST(hostile_message_ids_are_survived)
{
	struct arena *arena = arena_new();
	static const char *const ids[] = { "<",   ">",     "><",  "\"",  "<\"",
					   "<\\", "\\303", "\\3", "< >", "<\"\\" };
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		/* on the heap and without a NUL, so that ASan sees a byte too far */
		size_t n = strlen(ids[i]);
		char *copy = malloc(n);
		memcpy(copy, ids[i], n);
		struct str got = track_message_id(arena, (struct str){ copy, n });
		ck_assert(got.at == NULL || got.len > 0);
		free(copy);
	}
	arena_free(arena);
}
END_TEST

static bool no_entry(void *arg, const struct entry_row *row, bool known, struct err *err)
{
	(void)arg, (void)row, (void)known;
	return err_set(err, "the disk is full");
}

START_TEST(a_failing_sink_ends_the_work_with_its_words)
{
	struct track_sink sink = { NULL,        on_host, on_name,   on_new,  no_entry,
				   on_delivery, on_link, on_reject, on_note, on_lives,
				   on_line,     NULL,    NULL,      NULL };
	struct track_options opt = { .lives_max = 2 };
	track_free(track);
	track = track_new(&sink, &opt);
	struct str field[EVENT_FIELD_COUNT] = { 0 };
	struct event ev = {
		.kind = EVENT_RECEIVE, .field = field, .mta = STR("m"), .plugin = "p", .rule = "r"
	};
	struct err err = { "" };
	bool ok = true;
	for (int i = 0; ok && i < 10; i++) {
		char id[16];
		snprintf(id, sizeof(id), "B%d", i);
		struct track_record rec = { .host = STR("h1"), .time_us = i, .repeat = 1 };
		field[FIELD_QUEUE_ID] = str_of(id);
		ok = track_event(track, &rec, &ev, &err);
	}
	ck_assert(!ok);
	ck_assert_str_eq(err.text, "the disk is full");
	ck_assert(!track_flush(track, NULL));
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
	tcase_add_test(c, an_id_silent_for_longer_than_a_queue_keeps_mail_is_a_new_life);
	tcase_add_test(c, mail_on_hold_may_be_silent_for_long);
	tcase_add_test(c, ids_differ_by_case_and_by_host);
	tcase_add_test(c, a_deleted_message_ends_as_deleted);
	tcase_add_test(c, the_last_outcome_counts_in_any_order);
	tcase_add_test(c, a_line_that_can_be_read_two_ways_changes_no_state_and_links_nothing);
	tcase_add_test(c, the_word_of_a_program_beside_the_mta_makes_no_entry);
	tcase_add_test(c, a_filter_link_to_a_parent_that_exists_is_made_once_per_line);
	tcase_add_test(c, a_filter_link_is_of_the_life_that_was_alive);
	tcase_add_test(c, a_message_does_not_come_of_itself);
	tcase_add_test(c, a_child_named_before_its_first_line_is_one_life);
	tcase_add_test(c, a_link_waits_for_both_its_entries);
	tcase_add_test(c, one_life_in_memory_is_enough);
	tcase_add_test(c, rows_of_a_forgotten_life_are_handed_over_once);
	tcase_add_test(c, a_closed_life_is_handed_over_while_the_log_goes_on);
	tcase_add_test(c, what_a_connection_told_belongs_to_all_its_ids);
	tcase_add_test(c, what_was_told_of_another_client_is_not_taken);
	tcase_add_test(c, a_connection_that_goes_on_leaves_its_first_id_aborted);
	tcase_add_test(c, a_session_goes_on_after_a_flush);
	tcase_add_test(c, an_id_forgotten_for_lack_of_room_is_still_aborted_with_its_connection);
	tcase_add_test(c, a_repeated_delivery_is_several);
	tcase_add_test(c, a_refusal_without_an_id_is_a_row_of_its_own);
	tcase_add_test(c, the_domain_of_a_made_message_id_is_a_name_of_the_host);
	tcase_add_test(c, a_queue_id_of_any_length_is_survived);
	tcase_add_test(c, lines_in_disorder_are_one_life);
	tcase_add_test(c, older_files_in_any_order_give_the_same_lives);
	tcase_add_test(c, a_head_read_later_does_not_reach_past_another_life);
	tcase_add_test(c, each_line_is_referred_to_once);
	tcase_add_test(c, a_shape_keeps_words_and_blanks_the_rest);
	tcase_add_test(c, hostile_durations_are_survived);
	tcase_add_test(c, a_duration_too_long_does_not_overflow);
	tcase_add_test(c, hostile_message_ids_are_survived);
	tcase_add_test(c, a_failing_sink_ends_the_work_with_its_words);
	suite_add_tcase(s, c);
	SRunner *runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
