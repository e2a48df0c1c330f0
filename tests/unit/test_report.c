/*
 * test_report.c - reasons brought to one form, percentiles, and what a report counts, on a small
 * database of INSERTs.
 */
#include "trace/report.h"

#include "show/markup.h"
#include "show/report.h"
#include "trace/reason.h"
#include "trace/tally.h"
#include "trace_db.h"

/* ---- reasons ---- */

static void reason_is(const char *text, const char *want)
{
	char room[REASON_MAX];
	ASSERT_STR(reason_of(room, str_of(text)), want);
}

START_TEST(addresses_hosts_and_numbers_are_blanked)
{
	reason_is("host mx.example.net[203.0.113.25] said: 451 4.7.1 <bob@example.org>: try again "
		  "in 300 "
		  "seconds",
		  "host * said: 451 4.7.1 <*>: try again in * seconds");
	reason_is("connect to mx.example.net[2001:db8::25]:25: Connection timed out",
		  "connect to *: Connection timed out");
	reason_is("Name service error for name=example.org type=MX: Host not found",
		  "Name service error for name=* type=MX: Host not found");
	reason_is("see https://example.org/x?ip=192.0.2.1&t=9 (code 7), queued as 4fXwfv0dLqz1y1k",
		  "see * (code *), queued as *");
	reason_is("mailbox /var/mail/bob has wrong uid (1001 != 8)",
		  "mailbox * has wrong uid (* != *)");
}
END_TEST

START_TEST(codes_and_words_with_digits_stay)
{
	reason_is("550-5.1.1 <a@b.example>\n550 5.1.1 unknown", "550-5.1.1 <*> 550 5.1.1 unknown");
	reason_is("no IPv6 here, TLSv1 only, e.g. this", "no IPv6 here, TLSv1 only, e.g. this");
	reason_is("554 refused", "554 refused");
	reason_is("4.7.1 and 9.7.1 and 4.7", "4.7.1 and * and *");
}
END_TEST

START_TEST(equal_but_for_who_is_equal)
{
	char a[REASON_MAX], b[REASON_MAX];
	ck_assert(str_eq(reason_of(a, STR("host mx1.a.example[192.0.2.1] said: 450 4.2.0 "
					  "<x@a.example>: Greylisted "
					  "for 12 seconds (in reply to RCPT TO command)")),
			 reason_of(b, STR("host b.example[192.0.2.99] said: 450 4.2.0 "
					  "<yy+z@b.example>: Greylisted "
					  "for 5 seconds (in reply to RCPT TO command)"))));
}
END_TEST

START_TEST(long_and_odd_reasons_end)
{
	char text[4096], room[REASON_MAX];
	memset(text, 'x', sizeof(text));
	ck_assert_uint_eq(reason_of(room, (struct str){ text, sizeof(text) }).len, REASON_MAX);
	for (size_t i = 0; i + 1 < sizeof(text); i += 2)
		memcpy(text + i, "\xc3\xa9", 2);
	struct str cut = reason_of(room, (struct str){ text, sizeof(text) });
	ck_assert_uint_le(cut.len, REASON_MAX);
	ck_assert_uint_eq(cut.len % 2, 0); /* no half character */
	reason_is("", "");
	ck_assert_uint_eq(reason_of(room, (struct str){ NULL, 0 }).len, 0);
	reason_is("  a \t\r\n b  ", "a b");
	ASSERT_STR(reason_of(room, (struct str){ "a\0b", 3 }), "a b");
	reason_is("= == @ / . - ===x", "= == * / . - ===x");
}
END_TEST

/* ---- percentiles ---- */

START_TEST(percentiles_are_of_the_nearest_rank)
{
	struct series s = { 0 };
	ck_assert_int_eq(series_percentile(&s, 50), 0);
	for (int i = 100; i >= 1; i--)
		series_add(&s, i);
	ck_assert_int_eq(series_percentile(&s, 50), 50);
	ck_assert_int_eq(series_percentile(&s, 95), 95);
	ck_assert_int_eq(series_percentile(&s, 99), 99);
	ck_assert_int_eq(series_percentile(&s, 100), 100);
	series_add(&s, 0);
	ck_assert_int_eq(series_percentile(&s, 50), 50); /* 51st of 101 */
	free(s.us);
	s = (struct series){ 0 };
	series_add(&s, 7);
	ck_assert_int_eq(series_percentile(&s, 1), 7);
	ck_assert_int_eq(series_percentile(&s, 99), 7);
	free(s.us);
}
END_TEST

/* ---- counting ---- */

static struct report *make(struct trace_db *d, const char *host, int64_t since, int64_t until)
{
	struct report_options opt = {
		.since_us = since, .until_us = until, .host = str_of(host), .top = 10
	};
	bool nothing;
	struct report *r = report_make(db_store(d), &opt, &nothing, &d->err);
	ck_assert_msg(r != NULL, "%s", d->err.text);
	return r;
}

static int64_t count_of(const struct report_list *l, const char *name)
{
	for (size_t i = 0; i < l->count; i++)
		if (str_eq(l->at[i].name, str_of(name)))
			return l->at[i].count;
	return 0;
}

/* mx1: a filtered message, relayed to mx2, delivered there; its sender gets a bounce notice for
 * another. */
static void fill(struct trace_db *d)
{
	db_open(d);
	db_entry(d, 1, 1, "A1", "<m@x>", 0, 0, "completed");
	db_delivery(d, 1, 1, "bob@b.example", NULL, "filtered", -1, NULL, "250 ok");
	db_delivery(d, 1, 1, "carol@b.example", "all@b.example", "filtered", -1, NULL, "250 ok");
	db_delivery(d, 1, 1, "dan@b.example", "all@b.example", "filtered", -1, NULL, "250 ok");
	db_entry(d, 2, 1, "A2", "<m@x>", -1, 0.5, "completed");
	db_link(d, 1, 2, "filter");
	db_delivery(d, 2, 1, "dan@b.example", NULL, "deferred", 2, NULL,
		    "451 4.7.1 wait 30 seconds");
	db_delivery(d, 2, 2, "bob@b.example", NULL, "relayed", 2, "B1", "250 queued as B1");
	db_delivery(d, 2, 2, "carol@b.example", NULL, "relayed", 2, "B1", "250 queued as B1");
	db_delivery(d, 2, 3, "dan@b.example", NULL, "bounced", 2, NULL, "550 5.1.1 no dan");
	db_entry(d, 3, 2, "B1", "<m@x>", 1, 1.9, "completed");
	db_delivery(d, 3, 4, "bob@b.example", NULL, "delivered", -1, NULL, "stored");
	db_delivery(d, 3, 4, "carol@b.example", NULL, "delivered", -1, NULL, "stored");
	db_entry(d, 4, 1, "A3", "<n@x>", -1, 3, "accepted");
	db_link(d, 2, 4, "bounce");
	db_delivery(d, 4, 4, "alice@example.net", NULL, "deferred", 0, NULL,
		    "451 4.7.1 wait 7 seconds");
	db_entry(d, 5, 1, "A4", NULL, 0, 5, "aborted");
	db_entry(d, 6, 1, "A5", NULL, 0, 6, "open");
	db_entry(d, 7, 1, "A6", NULL, 0, 7, "completed");
	db_delivery(d, 7, 8, "x@b.example", NULL, "probe", 0, NULL, "250 ok");
	db_exec(d, "UPDATE entry SET size = 100");
}

START_TEST(a_message_counts_once_over_filters_and_hosts)
{
	struct trace_db d;
	fill(&d);
	struct report *r = make(&d, NULL, TRACE_NONE, TRACE_NONE);
	ck_assert_int_eq(r->messages, 2);
	ck_assert_int_eq(r->notices, 1);
	ck_assert_int_eq(r->entries, 4);
	ck_assert_int_eq(r->bytes, 200);
	ck_assert_int_eq(r->recipients, 3); /* bob, all, alice */
	ck_assert_int_eq(r->ends, 4);
	ck_assert_int_eq(count_of(&r->states, "delivered"), 2);
	ck_assert_int_eq(count_of(&r->states, "bounced"), 1);
	ck_assert_int_eq(count_of(&r->states, "deferred"), 1);
	ck_assert_int_eq(count_of(&r->recipient_list, "all@b.example"), 1);
	ck_assert_int_eq(r->whole.count, 2);
	ck_assert_int_eq(r->whole.max_us, 4000000);
	report_free(r);
	db_close(&d);
}
END_TEST

START_TEST(reasons_that_differ_by_numbers_are_one)
{
	struct trace_db d;
	fill(&d);
	struct report *r = make(&d, NULL, TRACE_NONE, TRACE_NONE);
	ck_assert_uint_eq(r->deferrals.kinds, 1);
	ck_assert_int_eq(r->deferrals.at[0].count, 2);
	ASSERT_STR(r->deferrals.at[0].name, "451 4.7.1 wait * seconds");
	ck_assert_int_eq(r->bounced, 1);
	ck_assert_int_eq(r->queued, 1);
	report_free(r);
	db_exec(&d, "UPDATE delivery SET dsn = '4.7.1' WHERE state = 'deferred' AND entry = 2");
	r = make(&d, NULL, TRACE_NONE, TRACE_NONE);
	ck_assert_uint_eq(r->deferrals.kinds, 2); /* another code is another reason */
	report_free(r);
	db_close(&d);
}
END_TEST

START_TEST(a_host_has_its_own_view)
{
	struct trace_db d;
	fill(&d);
	struct report *r = make(&d, "MX2.example.org", TRACE_NONE, TRACE_NONE);
	ck_assert_int_eq(r->messages, 1);
	ck_assert_int_eq(r->recipients, 2);
	ck_assert_int_eq(count_of(&r->states, "delivered"), 2);
	report_free(r);
	r = make(&d, "192.0.2.1", TRACE_NONE, TRACE_NONE);
	ck_assert_int_eq(r->messages, 2);
	ck_assert_int_eq(count_of(&r->states, "relayed"), 2);
	report_free(r);
	db_close(&d);
}
END_TEST

START_TEST(a_span_counts_what_came_in_it_to_its_end)
{
	struct trace_db d;
	fill(&d);
	struct report *r = make(&d, NULL, T0, T0 + 100000);
	ck_assert_int_eq(r->messages, 1); /* its later legs began after the span */
	ck_assert_int_eq(r->entries, 3);
	ck_assert_int_eq(count_of(&r->states, "delivered"), 2);
	ck_assert_int_eq(r->deferred, 0);
	report_free(r);
	r = make(&d, NULL, T0 + 100000, T0 + 60 * 1000000);
	ck_assert_int_eq(r->messages, 1); /* only the notice */
	ck_assert_int_eq(r->notices, 1);
	ck_assert_int_eq(r->deferred, 2);
	ck_assert_int_eq(count_of(&r->states, "delivered"), 0);
	report_free(r);
	db_close(&d);
}
END_TEST

START_TEST(outcomes_of_entries_are_bounces_with_the_last_reason)
{
	struct trace_db d;
	fill(&d);
	db_exec(&d, "UPDATE entry SET outcome = 'expired', outcome_at = last_at WHERE id = 4");
	struct report *r = make(&d, NULL, TRACE_NONE, TRACE_NONE);
	ck_assert_int_eq(r->bounced, 2);
	ck_assert_int_eq(count_of(&r->states, "expired"), 1);
	ck_assert_int_eq(count_of(&r->bounces, "451 4.7.1 wait * seconds"), 1);
	report_free(r);
	db_close(&d);
}
END_TEST

/* A filter that takes the message and answers without an ID, and hands it back. */
START_TEST(a_filter_that_names_no_id_is_no_second_message)
{
	struct trace_db d;
	db_open(&d);
	db_entry(&d, 1, 1, "A1", "<m@x>", 0, 0, "completed");
	db_entry(&d, 2, 1, "A2", "<m@x>", -1, 0.5, "completed");
	db_entry(&d, 3, 1, "A3", "<n@x>", 0, 20, "completed"); /* another, whose end is here */
	db_exec(&d, "UPDATE entry SET client_host = 'localhost', client_ip = '127.0.0.1' "
		    "WHERE id = 2");
	db_delivery(&d, 1, 1, "bob@b.example", NULL, "relayed", -1, NULL, "250 ok");
	db_exec(&d, "UPDATE delivery SET relay_host = '127.0.0.1', relay_ip = '127.0.0.1'");
	db_delivery(&d, 2, 2, "bob@b.example", NULL, "delivered", -1, NULL, "stored");
	db_delivery(&d, 3, 21, "bob@b.example", NULL, "delivered", -1, NULL, "stored");
	for (int64_t until = T0 + 300000; until < T0 + 40000000; until += 15000000) {
		/* also when only its first leg began within the span */
		struct report *r = make(&d, NULL, T0, until);
		ck_assert_int_eq(r->messages, until > T0 + 20000000 ? 2 : 1);
		ck_assert_int_eq(r->entries, until > T0 + 20000000 ? 3 : 2);
		ck_assert_int_eq(count_of(&r->states, "delivered"), r->messages);
		ck_assert_int_eq(count_of(&r->states, "relayed"), 0);
		report_free(r);
	}
	/* and its second leg is no message of the span in which that alone began */
	struct report *r = make(&d, NULL, T0 + 400000, T0 + 10000000);
	ck_assert_int_eq(r->messages, 0);
	report_free(r);
	db_close(&d);
}
END_TEST

/* ---- parts ---- */

static unsigned lot(unsigned *seed, unsigned n)
{
	*seed = *seed * 1103515245u + 12345u;
	return *seed / 65536u % n;
}

/*
 * Messages over two hosts whose clocks differ by up to three seconds, through filters that name
 * IDs, that do not, and that the log states; some wait for hours, some are tried again.
 */
static void fill_many(struct trace_db *d)
{
	unsigned seed = 7;
	int id = 0;
	db_open(d);
	db_exec(d, "BEGIN");
	for (int n = 0; n < 60; n++) {
		char message[40], queue[40], to[40];
		int legs = 1 + (int)lot(&seed, 5), first = id + 1;
		double at = lot(&seed, 30000);
		snprintf(message, sizeof(message), "<%d@x>", n);
		for (int i = 0; i < legs; i++) {
			int host = 1 + i / 2 % 2, way = (int)lot(&seed, 3);
			bool local = i > 0 && 1 + (i - 1) / 2 % 2 == host;
			snprintf(queue, sizeof(queue), "Q%d", ++id);
			snprintf(to, sizeof(to), "Q%d", id + 1);
			db_entry(d, id, host, queue, message, i == 0 ? 0 : 3 - host,
				 at + host * 1.5, "completed");
			if (local)
				db_exec(d,
					"UPDATE entry SET client_host = 'localhost', client_ip = "
					"'127.0.0.1' WHERE id = (SELECT max(id) FROM entry)");
			bool last = i + 1 == legs, next_local = 1 + (i + 1) / 2 % 2 == host;
			if (lot(&seed, 3) == 0)
				db_delivery(d, id, at + 1 + host * 1.5, "bob@b.example", NULL,
					    "deferred", 3 - host, NULL, "451 wait");
			at += lot(&seed, 10) == 0 ? 7300 : 0;
			db_delivery(d, id, at + 1.6 + host * 1.5, "bob@b.example", NULL,
				    last         ? "delivered"
				    : next_local ? "filtered"
						 : "relayed",
				    last ? -1 : 3 - host, last || (next_local && way) ? NULL : to,
				    "250 ok");
			if (next_local && !last)
				db_exec(d,
					"UPDATE delivery SET relay_host = '127.0.0.1', relay_ip = "
					"'127.0.0.1' WHERE id = (SELECT max(id) FROM delivery)");
			if (next_local && !last && way == 2)
				db_link(d, id, id + 1, "filter");
			at += 0.4;
		}
		if (lot(&seed, 4) == 0) {
			snprintf(queue, sizeof(queue), "Q%d", ++id);
			db_entry(d, id, 1, queue, "<notice@x>", -1, at + 3, "completed");
			db_delivery(d, id, at + 4, "alice@example.net", NULL, "delivered", -1, NULL,
				    "stored");
			db_link(d, first, id, "bounce");
		}
	}
	db_exec(d,
		"UPDATE entry SET last_at = (SELECT max(at) FROM delivery WHERE entry = entry.id);"
		"UPDATE entry SET size = 100 + id; COMMIT");
}

static void same_list(const struct report_list *a, const struct report_list *b)
{
	ck_assert_int_eq(a->total, b->total);
	ck_assert_uint_eq(a->kinds, b->kinds);
	for (size_t i = 0; i < a->count; i++) {
		ck_assert(str_eq(a->at[i].name, b->at[i].name));
		ck_assert(str_eq(a->at[i].example, b->at[i].example));
		ck_assert_int_eq(a->at[i].count, b->at[i].count);
		ck_assert_int_eq(a->at[i].bytes, b->at[i].bytes);
	}
}

START_TEST(the_parts_read_at_a_time_add_up_to_the_whole)
{
	struct trace_db d;
	fill_many(&d);
	for (int span = 0; span < 4; span++) {
		struct report_options opt = { .since_us = T0 + span * INT64_C(4000000000),
					      .until_us = T0 + INT64_C(60000000000),
					      .host = str_of(span == 3 ? "mx1.example.org" : NULL),
					      .top = 10 };
		bool nothing;
		struct report *whole = report_make(db_store(&d), &opt, &nothing, &d.err);
		ck_assert_msg(whole != NULL, "%s", d.err.text);
		ck_assert_int_gt(whole->messages, 20);
		ck_assert_msg(span > 0 || whole->messages - whole->notices == 60, "%lld messages",
			      (long long)(whole->messages - whole->notices));
		for (opt.part = 1; opt.part < 100; opt.part = opt.part * 3 + 1) {
			struct report *r = report_make(db_store(&d), &opt, &nothing, &d.err);
			ck_assert_msg(r != NULL, "%s", d.err.text);
			ck_assert_int_eq(r->messages, whole->messages);
			ck_assert_int_eq(r->notices, whole->notices);
			ck_assert_int_eq(r->entries, whole->entries);
			ck_assert_int_eq(r->recipients, whole->recipients);
			ck_assert_int_eq(r->bytes, whole->bytes);
			ck_assert_int_eq(r->deferred, whole->deferred);
			ck_assert_int_eq(r->whole.count, whole->whole.count);
			ck_assert_int_eq(r->whole.p50_us, whole->whole.p50_us);
			ck_assert_int_eq(r->whole.max_us, whole->whole.max_us);
			same_list(&r->states, &whole->states);
			same_list(&r->senders, &whole->senders);
			same_list(&r->recipient_list, &whole->recipient_list);
			same_list(&r->clients, &whole->clients);
			same_list(&r->deferrals, &whole->deferrals);
			report_free(r);
		}
		report_free(whole);
	}
	db_close(&d);
}
END_TEST

START_TEST(an_empty_database_says_so)
{
	struct trace_db d;
	db_open(&d);
	struct report_options opt = { .since_us = TRACE_NONE, .until_us = TRACE_NONE, .top = 1 };
	bool nothing = false;
	ck_assert_ptr_null(report_make(db_store(&d), &opt, &nothing, &d.err));
	ck_assert(nothing);
	ck_assert_ptr_nonnull(strstr(d.err.text, "qtrail ingest"));
	db_close(&d);
}
END_TEST

START_TEST(extreme_times_do_no_harm)
{
	struct trace_db d;
	fill(&d);
	struct report *r = make(&d, NULL, 0, T0 * 4);
	ck_assert_int_eq(r->messages, 2);
	ck_assert_uint_eq(r->bucket_count, 1); /* of what is covered */
	report_free(r);
	r = make(&d, NULL, -T0 * 10, T0 * 10);
	ck_assert_int_eq(r->messages, 2);
	report_free(r);
	db_close(&d);
}
END_TEST

/* ---- markup ---- */

START_TEST(markup_encodes_what_html_acts_on)
{
	struct buf b = { 0 };
	markup_text(&b, STR("<a href='x' b=\"y\">&\x1b\xff"));
	ASSERT_STR(buf_str(&b), "&lt;a href=&#39;x&#39; b=&quot;y&quot;&gt;&amp;\\x1B\\xFF");
	b.len = 0;
	markup_attribute(&b, "title", STR("\"><script>"));
	ASSERT_STR(buf_str(&b), " title=\"&quot;&gt;&lt;script&gt;\"");
	buf_free(&b);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("report");
	TCase *c = tcase_create("report");
	tcase_add_test(c, addresses_hosts_and_numbers_are_blanked);
	tcase_add_test(c, codes_and_words_with_digits_stay);
	tcase_add_test(c, equal_but_for_who_is_equal);
	tcase_add_test(c, long_and_odd_reasons_end);
	tcase_add_test(c, percentiles_are_of_the_nearest_rank);
	tcase_add_test(c, a_message_counts_once_over_filters_and_hosts);
	tcase_add_test(c, reasons_that_differ_by_numbers_are_one);
	tcase_add_test(c, a_host_has_its_own_view);
	tcase_add_test(c, a_span_counts_what_came_in_it_to_its_end);
	tcase_add_test(c, outcomes_of_entries_are_bounces_with_the_last_reason);
	tcase_add_test(c, a_filter_that_names_no_id_is_no_second_message);
	tcase_add_test(c, the_parts_read_at_a_time_add_up_to_the_whole);
	tcase_add_test(c, an_empty_database_says_so);
	tcase_add_test(c, extreme_times_do_no_harm);
	tcase_add_test(c, markup_encodes_what_html_acts_on);
	suite_add_tcase(s, c);
	SRunner *run = srunner_create(s);
	srunner_run_all(run, CK_NORMAL);
	int failed = srunner_ntests_failed(run);
	srunner_free(run);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
