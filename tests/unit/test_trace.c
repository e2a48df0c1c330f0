/*
 * test_trace.c - lookup, walk and verdicts over small databases.
 */
#include "trace/scrub.h"
#include "trace_db.h"

static struct trace_db d;

static void setup(void)
{
	db_open(&d);
}

static void teardown(void)
{
	db_close(&d);
}

static const struct trace_verdict *verdict_of(const struct trace *t, const char *recipient)
{
	for (size_t i = 0; i < t->verdict_count; i++)
		if (t->verdicts[i].recipient.at != NULL &&
		    str_eq(t->verdicts[i].recipient, str_of(recipient)))
			return &t->verdicts[i];
	ck_abort_msg("no verdict of %s", recipient);
	return NULL;
}

/* mx1 -> mx2 -> a stranger */
static void two_hosts(void)
{
	db_entry(&d, 1, 1, "AAA01", "<m1@app.example.net>", 0, 0, "completed");
	db_delivery(&d, 1, 2, "bob@example.org", NULL, "relayed", 2, "BBB02", "250 ok");
	db_entry(&d, 2, 2, "BBB02", "<m1@app.example.net>", 1, 1.5, "completed");
	db_delivery(&d, 2, 4, "bob@EXAMPLE.org", NULL, "relayed", 0, "CCC03", "250 ok");
}

static const struct trace_options whole = { 0 };

START_TEST(a_trace_goes_up_and_down_across_hosts)
{
	two_hosts();
	const char *const ids[] = { "AAA01", "BBB02", "m1@app.example.net",
				    "<m1@app.example.net>" };
	for (size_t i = 0; i < 4; i++) {
		struct trace *t = db_trace(&d, ids[i], whole);
		ck_assert_uint_eq(t->entry_count, 2);
		ck_assert_uint_eq(t->hop_count, 2); /* and a claim */
		ck_assert_uint_eq(t->component_count, 1);
		ck_assert_uint_eq(t->verdict_count, 1);
		const struct trace_verdict *v = &t->verdicts[0];
		ASSERT_STR(v->state, "relayed");
		ASSERT_STR(v->recipient, "bob@example.org");
		ck_assert_int_eq(v->end, TRACE_END_CLAIM);
		ck_assert_int_eq(v->entry->id, 2);
		ck_assert_int_eq(v->at_us, T0 + 4000000);
		ck_assert_ptr_null(v->claim->host.at);
		ASSERT_STR(t->hops[0].evidence, "proven");
		ck_assert_int_eq(t->hops[0].latency_us, 1500000);
		trace_free(t);
	}
}
END_TEST

START_TEST(up_and_down_leave_the_other_side_out)
{
	two_hosts();
	struct trace *t = db_trace(&d, "BBB02", (struct trace_options){ .down = true });
	ck_assert_uint_eq(t->entry_count, 1);
	ASSERT_STR(t->entries[0]->queue_id, "BBB02");
	trace_free(t);
	t = db_trace(&d, "AAA01", (struct trace_options){ .up = true });
	ck_assert_uint_eq(t->entry_count, 1);
	ck_assert_int_eq(t->verdicts[0].end, TRACE_END_CUT); /* not: the last place we can see */
	trace_free(t);
}
END_TEST

START_TEST(both_directions_leave_siblings_out)
{
	two_hosts();
	db_delivery(&d, 1, 2, "carol@example.org", NULL, "relayed", 2, "BBB03", "250 ok");
	db_entry(&d, 3, 2, "BBB03", "<m1@app.example.net>", 1, 1.5, "accepted");
	struct trace_options opt = { .up = true, .down = true };
	struct trace *t = db_trace(&d, "BBB02", opt);
	ck_assert_uint_eq(t->entry_count, 2);
	trace_free(t);
	t = db_trace(&d, "BBB02", whole);
	ck_assert_uint_eq(t->entry_count, 3);
	ck_assert_int_eq(verdict_of(t, "carol@example.org")->end, TRACE_END_WAITING);
	ASSERT_STR(verdict_of(t, "carol@example.org")->state, "queued");
	trace_free(t);
}
END_TEST

START_TEST(fan_out_gives_each_recipient_its_own_end)
{
	db_entry(&d, 1, 1, "AAA01", "<m1@app.example.net>", 0, 0, "completed");
	db_delivery(&d, 1, 1, "bob@example.org", "sales@example.org", "deferred", 2, NULL,
		    "450 wait");
	db_delivery(&d, 1, 2, "bob@example.org", "sales@example.org", "relayed", 2, "BBB02",
		    "250 ok");
	db_delivery(&d, 1, 2, "carol@example.org", NULL, "relayed", 2, "BBB02", "250 ok");
	db_delivery(&d, 1, 3, "dave@example.test", NULL, "relayed", 0, "EEE05", "250 ok");
	db_entry(&d, 2, 2, "BBB02", "<m1@app.example.net>", 1, 1.5, "completed");
	db_delivery(&d, 2, 4, "bob@example.org", NULL, "delivered", -1, NULL, "to maildir");
	db_delivery(&d, 2, 4, "carol@example.org", NULL, "bounced", -1, NULL, "no such user");
	struct trace *t = db_trace(&d, "BBB02", whole);
	ck_assert_uint_eq(t->verdict_count, 3);
	ASSERT_STR(verdict_of(t, "sales@example.org")->state, "delivered");
	ASSERT_STR(verdict_of(t, "sales@example.org")->address, "bob@example.org");
	ASSERT_STR(verdict_of(t, "carol@example.org")->state, "bounced");
	ASSERT_STR(verdict_of(t, "dave@example.test")->state, "relayed");
	ck_assert_int_eq(verdict_of(t, "dave@example.test")->entry->id, 1);
	ck_assert_uint_eq(t->entries[0]->recipients[0].attempts, 2);
	ck_assert_uint_eq(t->entries[0]->recipients[0].deferrals, 1);
	trace_free(t);
}
END_TEST

START_TEST(forward_and_bounce_of_one_entry_are_told_apart)
{
	db_entry(&d, 1, 2, "BBB02", "<m1@app.example.net>", 0, 0, "completed");
	db_delivery(&d, 1, 1, "bob@example.org", NULL, "expanded", -1, "CCC03",
		    "forwarded as CCC03");
	db_delivery(&d, 1, 1, "carol@example.org", NULL, "bounced", -1, NULL, "no such user");
	db_entry(&d, 2, 2, "CCC03", "<m1@app.example.net>", -1, 1, "accepted");
	db_delivery(&d, 2, 3, "bob@home.example.net", "bob@example.org", "deferred", 0, NULL,
		    "timeout");
	db_entry(&d, 3, 2, "DDD04", "<n1@mx2.example.org>", -1, 2, "completed");
	db_delivery(&d, 3, 3, "alice@example.net", NULL, "relayed", 0, NULL, "250 ok");
	db_link(&d, 1, 2, "forward");
	db_link(&d, 1, 3, "bounce");
	struct trace *t = db_trace(&d, "CCC03", whole);
	ck_assert_uint_eq(t->entry_count, 3);
	ck_assert_uint_eq(t->verdict_count, 2); /* the notice is no verdict of the message */
	ASSERT_STR(verdict_of(t, "bob@example.org")->state, "deferred");
	ASSERT_STR(verdict_of(t, "bob@example.org")->address, "bob@home.example.net");
	ck_assert_int_eq(verdict_of(t, "carol@example.org")->notice->id, 3);
	trace_free(t);
	t = db_trace(&d, "DDD04", whole); /* asked for the notice: its own fate as well */
	ck_assert_uint_eq(t->verdict_count, 3);
	ASSERT_STR(verdict_of(t, "alice@example.net")->state, "relayed");
	trace_free(t);
}
END_TEST

START_TEST(two_lives_of_an_id_are_two_traces)
{
	db_entry(&d, 1, 1, "AAA01", "<m1@app.example.net>", 0, 0, "completed");
	db_delivery(&d, 1, 1, "bob@example.org", NULL, "delivered", -1, NULL, "ok");
	db_entry(&d, 2, 1, "AAA01", "<m2@app.example.net>", 0, 7200, "completed");
	db_delivery(&d, 2, 7201, "eve@example.org", NULL, "bounced", -1, NULL, "no");
	struct trace *t = db_trace(&d, "AAA01", whole);
	ck_assert_uint_eq(t->component_count, 2);
	ck_assert_uint_eq(t->entries[1]->component, 0); /* the newest comes first */
	ASSERT_STR(t->verdicts[0].recipient, "eve@example.org");
	trace_free(t);
	struct trace_lives lives = db_find(&d, "AAA01");
	trace_lives_at(&lives, T0 + 60 * INT64_C(1000000), T0 + 60 * INT64_C(1000000));
	ck_assert_uint_eq(lives.count, 1);
	ck_assert_int_eq(lives.life[0].entry, 1); /* none covers it: the nearest */
	lives = db_find(&d, "AAA01");
	trace_lives_at(&lives, T0 + 7203 * INT64_C(1000000), T0 + 7203 * INT64_C(1000000));
	ck_assert_uint_eq(lives.count, 1);
	ck_assert_int_eq(lives.life[0].entry, 2);
}
END_TEST

START_TEST(a_mail_loop_ends)
{
	db_entry(&d, 1, 1, "AAA01", "<m1@app.example.net>", 0, 0, "completed");
	db_entry(&d, 2, 1, "AAA02", "<m1@app.example.net>", -1, 1, "completed");
	db_delivery(&d, 1, 1, "bob@example.org", NULL, "expanded", -1, "AAA02", "forwarded");
	db_delivery(&d, 2, 2, "bob@example.org", NULL, "expanded", -1, "AAA01", "forwarded");
	db_link(&d, 1, 2, "forward");
	db_link(&d, 2, 1, "forward");
	struct trace *t = db_trace(&d, "AAA02", whole);
	ck_assert_uint_eq(t->entry_count, 2);
	ck_assert_uint_eq(t->verdict_count, 1);
	ck_assert_int_eq(t->verdicts[0].end, TRACE_END_LOOP);
	trace_free(t);
}
END_TEST

START_TEST(a_deep_chain_of_forwards_is_followed_to_its_end)
{
	char id[16], next[16];
	db_exec(&d, "BEGIN");
	for (int i = 1; i <= 1500; i++) {
		snprintf(id, sizeof(id), "F%05d", i);
		snprintf(next, sizeof(next), "F%05d", i + 1);
		db_entry(&d, i, 1, id, "<m1@app.example.net>", -1, i, "completed");
		bool last = i == 1500;
		db_delivery(&d, i, i, "bob@example.org", NULL, last ? "delivered" : "expanded", -1,
			    last ? NULL : next, "ok");
		if (i > 1)
			db_link(&d, i - 1, i, "forward");
	}
	db_exec(&d, "COMMIT");
	struct trace *t = db_trace(&d, "F00700", whole);
	ck_assert_uint_eq(t->entry_count, 1500);
	ck_assert_uint_eq(t->verdict_count, 1);
	ASSERT_STR(t->verdicts[0].state, "delivered");
	trace_free(t);
	t = db_trace(&d, "F00001", (struct trace_options){ .limit = 10 });
	ck_assert_uint_eq(t->entry_count, 10);
	ck_assert(t->cut);
	ck_assert_int_eq(t->verdicts[0].end, TRACE_END_CUT);
	trace_free(t);
}
END_TEST

START_TEST(a_claim_at_a_host_of_ours_says_what_its_logs_cover)
{
	two_hosts();
	db_delivery(&d, 1, 2, "carol@example.org", NULL, "relayed", 2, "BBB99", "250 ok");
	db_delivery(&d, 1, 2, "eve@example.org", NULL, "relayed", 3, "XYZ99", "250 ok");
	struct trace *t = db_trace(&d, "AAA01", whole);
	const struct trace_verdict *v = verdict_of(t, "carol@example.org");
	ck_assert_int_eq(v->end, TRACE_END_CLAIM);
	ASSERT_STR(v->claim->host, "mx2.example.org");
	ck_assert_int_eq(v->claim->cover_first_us, T0 + 1500000);
	ck_assert_int_eq(v->claim->cover_last_us, T0 + 10500000);
	v = verdict_of(t, "eve@example.org"); /* a known host without logs */
	ASSERT_STR(v->claim->host, "mx3.example.org");
	ck_assert_int_eq(v->claim->cover_first_us, TRACE_NONE);
	trace_free(t);
}
END_TEST

START_TEST(a_host_known_by_its_short_log_name_is_found_behind_a_claim)
{
	db_exec(&d, "INSERT INTO host VALUES (4, 'mx4');"
		    "INSERT INTO host_name VALUES (4, 'mx4', 'log')");
	db_entry(&d, 1, 1, "AAA01", "<m1@app.example.net>", 0, 0, "completed");
	db_delivery(&d, 1, 1, "bob@example.org", NULL, "relayed", 0, "XYZ99", "250 ok");
	db_exec(&d, "UPDATE delivery SET relay_host = 'mx4.example.org', relay_ip = '192.0.2.4'");
	struct trace *t = db_trace(&d, "AAA01", whole);
	ASSERT_STR(t->verdicts[0].claim->host, "mx4");
	trace_free(t);
}
END_TEST

START_TEST(an_id_claimed_by_a_stranger_is_never_followed)
{
	db_entry(&d, 1, 1, "AAA01", "<m1@app.example.net>", 0, 0, "completed");
	db_delivery(&d, 1, 1, "bob@example.org", NULL, "relayed", 0, "BBB02",
		    "250 queued as BBB02");
	db_entry(&d, 2, 2, "BBB02", "<other@app.example.net>", 0, 1, "completed");
	db_delivery(&d, 2, 2, "bob@example.org", NULL, "delivered", -1, NULL, "ok");
	struct trace *t = db_trace(&d, "AAA01", whole);
	ck_assert_uint_eq(t->entry_count, 1);
	ASSERT_STR(t->verdicts[0].state, "relayed");
	trace_free(t);
}
END_TEST

START_TEST(an_alias_gives_one_verdict_for_each_member)
{
	db_entry(&d, 1, 1, "AAA01", "<m1@app.example.net>", 0, 0, "completed");
	db_delivery(&d, 1, 1, "team@example.org", NULL, "relayed", 2, "BBB02", "250 ok");
	db_entry(&d, 2, 2, "BBB02", "<m1@app.example.net>", 1, 0.5, "completed");
	db_delivery(&d, 2, 2, "bob@example.org", NULL, "delivered", -1, NULL, "ok");
	db_delivery(&d, 2, 2, "carol@example.org", NULL, "bounced", -1, NULL, "no");
	struct trace *t = db_trace(&d, "AAA01", whole);
	ck_assert_uint_eq(t->verdict_count, 2);
	ASSERT_STR(t->verdicts[0].recipient, "team@example.org");
	ASSERT_STR(t->verdicts[0].address, "bob@example.org");
	ASSERT_STR(t->verdicts[1].recipient, "team@example.org");
	ASSERT_STR(t->verdicts[1].address, "carol@example.org");
	trace_free(t);
}
END_TEST

START_TEST(rewritten_recipients_match_by_local_part_or_are_said_to_be_unclear)
{
	db_entry(&d, 1, 1, "AAA01", "<m1@app.example.net>", 0, 0, "completed");
	const char *const to[] = { "bob@example.org", "carol@example.org", "x@example.org" };
	for (int i = 0; i < 3; i++)
		db_delivery(&d, 1, 1, to[i], NULL, "relayed", 2, "BBB02", "250 ok");
	db_entry(&d, 2, 2, "BBB02", "<m1@app.example.net>", 1, 0.5, "completed");
	db_delivery(&d, 2, 2, "bob@int.example.org", NULL, "delivered", -1, NULL, "ok");
	db_delivery(&d, 2, 2, "carol@int.example.org", NULL, "delivered", -1, NULL, "ok");
	db_delivery(&d, 2, 2, "y@int.example.org", NULL, "bounced", -1, NULL, "no");
	struct trace *t = db_trace(&d, "AAA01", whole);
	ck_assert_uint_eq(t->verdict_count, 3);
	ASSERT_STR(verdict_of(t, "bob@example.org")->address, "bob@int.example.org");
	ASSERT_STR(verdict_of(t, "carol@example.org")->state, "delivered");
	ck_assert_int_eq(verdict_of(t, "x@example.org")->end, TRACE_END_UNCLEAR);
	ASSERT_STR(verdict_of(t, "x@example.org")->state, "bounced");
	trace_free(t);
}
END_TEST

START_TEST(an_outcome_ends_what_was_waiting)
{
	db_entry(&d, 1, 1, "AAA01", "<m1@app.example.net>", 0, 0, "completed");
	db_delivery(&d, 1, 1, "bob@example.org", NULL, "deferred", 2, NULL, "450 wait");
	db_delivery(&d, 1, 1, "carol@example.org", NULL, "delivered", -1, NULL, "ok");
	db_exec(&d, "UPDATE entry SET outcome = 'expired', outcome_at = last_at,"
		    " outcome_reply = 'returned to sender'");
	struct trace *t = db_trace(&d, "AAA01", whole);
	ASSERT_STR(verdict_of(t, "bob@example.org")->state, "expired");
	ASSERT_STR(verdict_of(t, "bob@example.org")->last->reply, "returned to sender");
	ASSERT_STR(verdict_of(t, "carol@example.org")->state, "delivered");
	trace_free(t);
}
END_TEST

START_TEST(folding_agrees_with_the_view_last_delivery)
{
	two_hosts();
	db_delivery(&d, 2, 5, "carol@example.org", NULL, "deferred", 0, NULL, "450");
	db_delivery(&d, 2, 6, "carol@example.org", NULL, "deferred", 0, NULL, "450");
	db_delivery(&d, 2, 6, "dave@example.org", NULL, "bounced", 0, NULL, "550");
	db_exec(&d, "UPDATE delivery SET ambiguous = 1 WHERE state = 'bounced'");
	/* an automatic reply, a mark and a late deferral beside an arrival */
	db_delivery(&d, 2, 6, "erin@example.org", NULL, "expanded", 0, NULL, "");
	db_delivery(&d, 2, 7, "erin@example.org", NULL, "delivered", 0, NULL, "");
	db_delivery(&d, 2, 8, "erin@example.org", NULL, "deleted", 0, NULL, "");
	db_delivery(&d, 2, 7, "frank@example.org", NULL, "relayed", 0, NULL, "250");
	db_delivery(&d, 2, 8, "frank@example.org", NULL, "deferred", 0, NULL, "450");
	db_delivery(&d, 2, 9, "frank@example.org", NULL, "expanded", 0, NULL, "");
	db_delivery(&d, 2, 7, "grace@example.org", NULL, "deferred", 0, NULL, "450");
	db_delivery(&d, 2, 8, "grace@example.org", NULL, "deleted", 0, NULL, "");
	/* not tried: before an attempt, after it, and only that */
	db_delivery(&d, 2, 10, "heidi@example.org", NULL, "queued", 0, NULL, "not now");
	db_delivery(&d, 2, 11, "heidi@example.org", NULL, "deferred", 0, NULL, "450");
	db_delivery(&d, 2, 12, "heidi@example.org", NULL, "queued", 0, NULL, "not now");
	db_delivery(&d, 2, 10, "ivan@example.org", NULL, "queued", 0, NULL, "not now");
	db_delivery(&d, 2, 11, "ivan@example.org", NULL, "queued", 0, NULL, "not now");
	struct trace *t = db_trace(&d, "BBB02", (struct trace_options){ .down = true });
	const struct trace_entry *e = t->entries[0];
	sqlite3_stmt *row;
	sqlite3_prepare_v2(d.db,
			   "SELECT id, state, attempts FROM last_delivery WHERE entry = 2"
			   " ORDER BY recipient",
			   -1, &row, NULL);
	static const char *const states[] = { "relayed", "deferred", "delivered", "deferred",
					      "deleted", "deferred", "queued" };
	static const int attempts[] = { 1, 2, 3, 3, 2, 1, 0 };
	for (size_t i = 0; i < 7; i++) {
		ck_assert_int_eq(sqlite3_step(row), SQLITE_ROW);
		ck_assert_str_eq((const char *)sqlite3_column_text(row, 1), states[i]);
		ck_assert_int_eq(sqlite3_column_int64(row, 0), e->recipients[i].last->id);
		ASSERT_STR(e->recipients[i].state, (const char *)sqlite3_column_text(row, 1));
		ck_assert_int_eq(sqlite3_column_int(row, 2), (int)e->recipients[i].attempts);
		ck_assert_int_eq(sqlite3_column_int(row, 2), attempts[i]);
	}
	ck_assert_int_eq(sqlite3_step(row), SQLITE_DONE);
	ck_assert_uint_eq(e->recipient_count, 7);
	sqlite3_finalize(row);
	trace_free(t);
}
END_TEST

START_TEST(attempts_under_the_name_before_expansion_are_folded_in)
{
	db_entry(&d, 1, 1, "1w1L5N-00000000ASi-035W", NULL, 0, 0, "completed");
	db_delivery(&d, 1, 1, "bob@example.org", NULL, "deferred", -1, NULL, "mailbox busy");
	db_delivery(&d, 1, 5, "bob", "bob@example.org", "delivered", -1, NULL, "ok");
	struct trace *t = db_trace(&d, "1w1L5N-00000000ASi-035W", whole);
	ck_assert_uint_eq(t->verdict_count, 1);
	ASSERT_STR(t->verdicts[0].state, "delivered");
	ck_assert_uint_eq(t->verdicts[0].last->attempts, 2);
	trace_free(t);
}
END_TEST

START_TEST(a_notice_of_a_message_that_names_nobody_says_why)
{
	db_entry(&d, 1, 1, "AAA01", "<m1@app.example.net>", 0, 0, "accepted");
	db_entry(&d, 2, 1, "AAA02", NULL, -1, 1, "completed");
	db_entry(&d, 3, 1, "AAA03", "<m3@app.example.net>", 0, 0, "accepted");
	db_delivery(&d, 3, 1, "bob@example.org", NULL, "deferred", 0, NULL, "450");
	db_exec(&d,
		"INSERT INTO link (parent, child, kind, at) VALUES"
		" (1, 2, 'bounce', 1773479701000000), (3, 2, 'bounce', 1773479701000000);"
		"INSERT INTO note (entry, at, origin, text) VALUES"
		" (1, 1773479700000000, 'x/y', 'earlier'), (1, 1773479701000000, 'x/y', 'a loop'),"
		" (1, 1773479702000000, 'x/y', 'later')");
	struct trace *t = db_trace(&d, "AAA01", (struct trace_options){ .down = true });
	ck_assert_uint_ge(t->verdict_count, 1);
	ASSERT_STR(t->verdicts[0].state, "bounced");
	ck_assert_int_eq(t->verdicts[0].at_us, T0 + 1000000);
	ASSERT_STR(t->entries[0]->outcome_reply, "a loop");
	for (size_t i = 0; i < t->gap_count; i++)
		ck_assert_int_ne(t->gaps[i].kind, TRACE_GAP_LATER);
	trace_free(t);
	t = db_trace(&d, "AAA03", (struct trace_options){ .down = true }); /* he still waits */
	ASSERT_STR(verdict_of(t, "bob@example.org")->state, "deferred");
	trace_free(t);
}
END_TEST

START_TEST(entries_without_attempts_say_what_they_can)
{
	db_entry(&d, 1, 1, "AAA01", "<m1@app.example.net>", 0, 0, "accepted");
	db_entry(&d, 2, 1, "AAA02", NULL, 0, 0, "open");
	db_entry(&d, 3, 1, "AAA03", "<m3@app.example.net>", 0, 0, "deleted");
	db_entry(&d, 4, 1, "AAA04", NULL, 0, 0, "aborted");
	db_exec(&d, "UPDATE entry SET accepted_at = NULL WHERE id = 4;"
		    "INSERT INTO reject (host, at, entry, stage, recipient, code, reason)"
		    " VALUES (1, 1773479700000000, 4, 'RCPT', 'bob@example.org', 550, 'no')");
	static const struct {
		const char *id, *state;
		enum trace_end end;
	} want[] = { { "AAA01", "queued", TRACE_END_WAITING },
		     { "AAA02", "aborted", TRACE_END_NEVER },
		     { "AAA03", "deleted", TRACE_END_ENTRY },
		     { "AAA04", "rejected", TRACE_END_REJECTED } };
	for (size_t i = 0; i < 4; i++) {
		struct trace *t = db_trace(&d, want[i].id, whole);
		ck_assert_uint_eq(t->verdict_count, 1);
		ASSERT_STR(t->verdicts[0].state, want[i].state);
		ck_assert_int_eq(t->verdicts[0].end, want[i].end);
		trace_free(t);
	}
}
END_TEST

START_TEST(a_requeued_message_goes_on_under_its_new_id)
{
	db_entry(&d, 1, 1, "AAA01", "<m1@app.example.net>", 0, 0, "requeued");
	db_delivery(&d, 1, 1, "bob@example.org", NULL, "deferred", 2, NULL, "450 wait");
	db_entry(&d, 2, 1, "AAA02", "<m1@app.example.net>", -1, 60, "completed");
	db_delivery(&d, 2, 61, "bob@example.org", NULL, "delivered", -1, NULL, "ok");
	db_link(&d, 1, 2, "requeue");
	db_entry(&d, 3, 1, "BBB01", "<m2@app.example.net>", 0, 0, "requeued");
	db_entry(&d, 4, 1, "BBB02", "<m2@app.example.net>", -1, 60, "completed");
	db_delivery(&d, 4, 61, "eve@example.org", NULL, "delivered", -1, NULL, "ok");
	db_link(&d, 3, 4, "requeue");
	struct trace *t = db_trace(&d, "AAA01", whole);
	ck_assert_uint_eq(t->verdict_count, 1);
	ASSERT_STR(t->verdicts[0].state, "delivered");
	trace_free(t);
	t = db_trace(&d, "BBB01", whole); /* no attempt before */
	ck_assert_uint_eq(t->verdict_count, 1);
	ASSERT_STR(t->verdicts[0].recipient, "eve@example.org");
	ck_assert(!t->verdicts[0].copy);
	trace_free(t);
}
END_TEST

START_TEST(a_second_copy_after_a_lost_reply_is_named)
{
	db_entry(&d, 1, 1, "AAA01", "<m1@app.example.net>", 0, 0, "completed");
	db_delivery(&d, 1, 1, "bob@example.org", NULL, "relayed", 2, "BBB01", "250 ok");
	db_delivery(&d, 1, 9, "bob@example.org", NULL, "relayed", 2, "BBB02", "250 ok");
	for (int i = 1; i <= 2; i++) {
		db_entry(&d, i + 1, 2, i == 1 ? "BBB01" : "BBB02", "<m1@app.example.net>", 1,
			 i == 1 ? 0.5 : 8.5, "completed");
		db_delivery(&d, i + 1, 10, "bob@example.org", NULL, "delivered", -1, NULL, "ok");
	}
	struct trace *t = db_trace(&d, "AAA01", whole);
	ck_assert_uint_eq(t->verdict_count, 2);
	ck_assert(!t->verdicts[0].copy);
	ck_assert_int_eq(t->verdicts[0].entry->id, 3);
	ck_assert(t->verdicts[1].copy);
	trace_free(t);
}
END_TEST

/* Ten thousand recipients over one next entry; the test's own time limit is the promise. */
START_TEST(many_recipients_take_linear_time)
{
	char to[64];
	db_exec(&d, "BEGIN");
	db_entry(&d, 1, 1, "AAA01", "<m1@app.example.net>", 0, 0, "completed");
	db_entry(&d, 2, 2, "BBB02", "<m1@app.example.net>", 1, 0.5, "completed");
	for (int i = 0; i < 10000; i++) {
		snprintf(to, sizeof(to), "r%d@example.org", i);
		db_delivery(&d, 1, 1, to, NULL, "relayed", 2, "BBB02", "250 ok");
		snprintf(to, sizeof(to), "r%d@%sexample.org", i, i % 2 == 0 ? "" : "int.");
		db_delivery(&d, 2, 2, to, NULL, i % 100 == 7 ? "bounced" : "delivered", -1, NULL,
			    "x");
	}
	db_exec(&d, "COMMIT");
	struct trace *t = db_trace(&d, "BBB02", whole);
	ck_assert_uint_eq(t->verdict_count, 10000);
	size_t bounced = 0;
	for (size_t i = 0; i < t->verdict_count; i++)
		bounced += str_eq(t->verdicts[i].state, STR("bounced"));
	ck_assert_uint_eq(bounced, 100);
	trace_free(t);
}
END_TEST

/* Every recipient leads to an alias, and that to every member: must not multiply. */
START_TEST(many_ways_to_many_members_stay_few_verdicts)
{
	char to[64];
	db_exec(&d, "BEGIN");
	db_entry(&d, 1, 1, "AAA01", "<m1@app.example.net>", 0, 0, "completed");
	db_entry(&d, 2, 2, "BBB02", "<m1@app.example.net>", 1, 0.5, "completed");
	db_entry(&d, 3, 1, "CCC03", "<m1@app.example.net>", 2, 1, "completed");
	db_delivery(&d, 2, 2, "list@example.org", NULL, "relayed", 1, "CCC03", "250 ok");
	for (int i = 0; i < 2000; i++) {
		snprintf(to, sizeof(to), "a%d@example.org", i);
		db_delivery(&d, 1, 1, to, NULL, "relayed", 2, "BBB02", "250 ok");
		snprintf(to, sizeof(to), "m%d@example.org", i);
		db_delivery(&d, 3, 2, to, NULL, "delivered", -1, NULL, "x");
	}
	db_exec(&d, "COMMIT");
	struct trace *t = db_trace(&d, "BBB02", whole);
	ck_assert_uint_eq(t->verdict_count, 2000 + 1999);
	trace_free(t);
}
END_TEST

START_TEST(what_people_paste_is_understood)
{
	two_hosts();
	const char *const good[] = { " AAA01 ", "AAA01:", "\"AAA01\"",
				     "Message-ID: <m1@app.example.net>",
				     "message-id=<m1@app.example.net>," };
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		ck_assert_msg(db_find(&d, good[i]).count > 0, "%s", good[i]);
	ck_assert_uint_eq(db_find(&d, "aaa01").count, 0);
	ck_assert_uint_eq(db_find(&d, "").count, 0);
	ck_assert_uint_eq(db_find(&d, "\xff\x01<>@").count, 0);
	struct trace_lives lives;
	struct str text = STR("Mar 14 09:15:02 mx1 postfix/smtp[1]: AAA01: to=<bob@example.org>, "
			      "status=sent (OK queued as BBB02)");
	ck_assert(trace_find_words(db_store(&d), d.arena, text, &lives, &d.err));
	ck_assert_uint_eq(lives.count, 2);
	ck_assert(trace_find_words(db_store(&d), d.arena,
				   STR("In-Reply-To: <m1@app.example.net> nothing else"), &lives,
				   &d.err));
	ck_assert_uint_eq(lives.count, 2);
}
END_TEST

START_TEST(a_requeue_that_only_the_new_entry_tells_is_the_way_on)
{
	db_entry(&d, 1, 1, "AAA01", "<m1@app.example.net>", 0, 0, "accepted");
	db_delivery(&d, 1, 2, "bob@example.org", NULL, "deferred", 0, NULL, "450 wait");
	db_entry(&d, 2, 1, "AAA02", "<m1@app.example.net>", -1, 5, "completed");
	db_delivery(&d, 2, 6, "bob@example.org", NULL, "expired", 0, NULL, "450 wait");
	db_link(&d, 1, 2, "requeue");
	struct trace *t = db_trace(&d, "AAA01", whole);
	ck_assert_uint_eq(t->verdict_count, 1);
	ASSERT_STR(t->verdicts[0].state, "expired");
	ck_assert(!t->verdicts[0].copy);
	trace_free(t);
}
END_TEST

START_TEST(near_misses_are_named)
{
	two_hosts();
	db_exec(&d,
		"INSERT INTO address VALUES ('example.org', 'bob', 7);"
		"UPDATE delivery SET recipient_key = 7 WHERE lower(recipient) = 'bob@example.org'");
	static const struct {
		const char *text, *id;
		enum trace_near_kind kind;
	} want[] = { { "bbb02", "BBB02", TRACE_NEAR_CASE },
		     { "BBB", "BBB02", TRACE_NEAR_PREFIX },
		     { "CCC03", "BBB02", TRACE_NEAR_CLAIM },
		     { "OK queued as CCC03", "BBB02", TRACE_NEAR_CLAIM },
		     { "<M1@app.example.net>", "<m1@app.example.net>", TRACE_NEAR_CASE },
		     { "Bob@Example.org", "BBB02", TRACE_NEAR_ADDRESS },
		     { "NOQUEUE: reject: from=<x@y.example> to=<bob@example.org>", "BBB02",
		       TRACE_NEAR_ADDRESS },
		     { "<m1@app", "<m1@app.example.net>", TRACE_NEAR_PREFIX } };
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		struct trace_nothing n;
		ck_assert(trace_nothing(db_store(&d), d.arena, str_of(want[i].text), TRACE_NONE, &n,
					&d.err));
		ck_assert_msg(n.near_count > 0, "%s", want[i].text);
		ck_assert_int_eq(n.nears[0].kind, want[i].kind);
		ASSERT_STR(n.nears[0].id, want[i].id);
	}
	struct trace_cover *covers;
	size_t count;
	ck_assert(trace_coverage(db_store(&d), d.arena, &covers, &count, &d.err));
	ck_assert_uint_eq(count, 3);
	ck_assert_int_eq(covers[0].first_us, T0);
	ck_assert_int_eq(covers[2].first_us, TRACE_NONE);
}
END_TEST

/* ---- pseudonyms ---- */

static struct scrub *scrubber(void)
{
	struct scrub *s = scrub_new(d.arena, &d.err);
	ck_assert_msg(s != NULL, "%s", d.err.text);
	return s;
}

/* Text that must not come out of a scrubber that knows nothing. */
START_TEST(names_of_every_shape_are_replaced)
{
	static const struct {
		const char *text, *secret;
	} cases[] = {
		{ "to=<bob@example.org>, relay=x", "bob" },
		{ "to=bob@example.org, relay=x", "bob@" },
		{ "=> bob.b+x@example.org R=dnslookup", "bob.b" },
		{ "from=<\"john doe\"@example.org>", "doe" },
		{ "<b'ob/o=x@example.org>", "b'ob" },
		{ "<user@[192.0.2.7]> x", "192.0.2.7" },
		{ "host mx.example.org[2001:db8:1::25] said", "1::25" },
		{ "host mx.example.org[203.0.113.25]:25 said", "203.0.113.25" },
		{ "[IPv6:2001:db8::7]:25", "8::7" },
		{ "connect to 2001:db8::7: Connection refused", "8::7" },
		{ "see https://example.org/q?ip=192.0.2.7&u=bob now", "bob" },
		{ "helo=<pc-of-bob.example.org>", "pc-of-bob" },
		{ "dsl-192-0-2-7.example.org.", "192-0-2" },
		{ "warning: header Subject: Quarterly figures from mx[1.2.3.4]; from=<a@b.de>",
		  "figures" },
		{ "<= a@b.de H=x T=\"Re: \\\"salary\\\" of Bob\" from <a@b.de>", "Bob" },
		{ "b\xc3\xb6"
		  "b@ex\xc3\xa4"
		  "m.org",
		  "\xc3\xa4"
		  "m" },
	};
	struct scrub *s = scrubber();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct str out = scrub_text(s, str_of(cases[i].text));
		ck_assert_msg(memmem(out.at, out.len, cases[i].secret, strlen(cases[i].secret)) ==
				      NULL,
			      "%.*s", (int)out.len, out.at);
	}
	scrub_free(s);
}
END_TEST

START_TEST(words_ids_times_and_codes_stay)
{
	static const char *const kept[] = {
		"2026-11-23T12:07:29.325604+00:00 postfix/smtpd[320]: 4F75AA9663D: removed",
		"Nov 23 12:07:29 sendmail[91]: 6ANC7Twj000091: stat=Sent, dsn=2.0.0",
		"250 2.0.0 OK id=1xVSpV-00000P-1l",
		"delays=0.02/0.02/0/0.07, TLSv1.3 with cipher TLS_AES_256_GCM_SHA384",
		"client=localhost[127.0.0.1], size=40292 (queue active)",
		"\x1b[31m < > @ :: . - \xff"
	};
	struct scrub *s = scrubber();
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		ASSERT_STR(scrub_text(s, str_of(kept[i])), kept[i]);
	scrub_free(s);
}
END_TEST

START_TEST(the_same_is_the_same_pseudonym_and_another_run_has_others)
{
	struct scrub *s = scrubber(), *other = scrubber();
	struct str a = scrub_text(s, STR("<Bob@Example.org>")),
		   b = scrub_text(s, STR("bob@example.org"));
	ck_assert(str_eq(str_skip((struct str){ a.at, a.len - 1 }, 1), b));
	struct str host = scrub_text(s, STR("mx.example.org"));
	struct str domain =
		str_skip(b, (size_t)((const char *)memchr(b.at, '@', b.len) - b.at) + 1);
	ck_assert_uint_gt(host.len, domain.len);
	ck_assert(str_eq(str_skip(host, host.len - domain.len), domain));
	ck_assert(!str_eq(scrub_text(other, STR("bob@example.org")), b));
	ck_assert(!str_eq(scrub_text(s, STR("bob@example.net")), b));
	scrub_free(s);
	scrub_free(other);
}
END_TEST

START_TEST(what_has_no_shape_is_found_by_its_value)
{
	struct scrub *s = scrubber();
	scrub_know_address(s, STR("jdoe@example.org"));
	scrub_know_host(s, STR("hub"));
	scrub_know_message_id(s, STR("<no-sign-in-it>"));
	scrub_know_address(s, STR("sender@example.org"));
	struct str out = scrub_text(s, STR("hub smtp[1]: message-id=<no-sign-in-it> hubs <jdoe>: "
					   "/home/JDoe/x jdoes sender non-delivery"));
	static const char *const gone[] = { "hub ", "no-sign-in-it", "<jdoe>", "JDoe" };
	for (size_t i = 0; i < sizeof(gone) / sizeof(gone[0]); i++)
		ck_assert_msg(memmem(out.at, out.len, gone[i], strlen(gone[i])) == NULL, "%.*s",
			      (int)out.len, out.at);
	ck_assert_ptr_nonnull(memmem(out.at, out.len, " hubs <user-", 12));
	ck_assert_ptr_nonnull(memmem(out.at, out.len, " jdoes sender non-delivery", 26));
	scrub_free(s);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("trace");
	TCase *c = tcase_create("trace");
	tcase_add_checked_fixture(c, setup, teardown);
	tcase_set_timeout(c, 20);
	tcase_add_test(c, names_of_every_shape_are_replaced);
	tcase_add_test(c, words_ids_times_and_codes_stay);
	tcase_add_test(c, the_same_is_the_same_pseudonym_and_another_run_has_others);
	tcase_add_test(c, what_has_no_shape_is_found_by_its_value);
	tcase_add_test(c, a_trace_goes_up_and_down_across_hosts);
	tcase_add_test(c, up_and_down_leave_the_other_side_out);
	tcase_add_test(c, both_directions_leave_siblings_out);
	tcase_add_test(c, fan_out_gives_each_recipient_its_own_end);
	tcase_add_test(c, forward_and_bounce_of_one_entry_are_told_apart);
	tcase_add_test(c, two_lives_of_an_id_are_two_traces);
	tcase_add_test(c, a_mail_loop_ends);
	tcase_add_test(c, a_deep_chain_of_forwards_is_followed_to_its_end);
	tcase_add_test(c, a_claim_at_a_host_of_ours_says_what_its_logs_cover);
	tcase_add_test(c, a_host_known_by_its_short_log_name_is_found_behind_a_claim);
	tcase_add_test(c, an_id_claimed_by_a_stranger_is_never_followed);
	tcase_add_test(c, an_alias_gives_one_verdict_for_each_member);
	tcase_add_test(c, rewritten_recipients_match_by_local_part_or_are_said_to_be_unclear);
	tcase_add_test(c, an_outcome_ends_what_was_waiting);
	tcase_add_test(c, folding_agrees_with_the_view_last_delivery);
	tcase_add_test(c, attempts_under_the_name_before_expansion_are_folded_in);
	tcase_add_test(c, a_notice_of_a_message_that_names_nobody_says_why);
	tcase_add_test(c, entries_without_attempts_say_what_they_can);
	tcase_add_test(c, a_requeued_message_goes_on_under_its_new_id);
	tcase_add_test(c, a_second_copy_after_a_lost_reply_is_named);
	tcase_add_test(c, many_recipients_take_linear_time);
	tcase_add_test(c, many_ways_to_many_members_stay_few_verdicts);
	tcase_add_test(c, what_people_paste_is_understood);
	tcase_add_test(c, a_requeue_that_only_the_new_entry_tells_is_the_way_on);
	tcase_add_test(c, near_misses_are_named);
	suite_add_tcase(s, c);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
