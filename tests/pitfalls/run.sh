#!/bin/sh
# run.sh - QTRAIL: cases that break other tools, each named after its case. A case writes logs to
# $dir/NAME with `log`, ingests them with `take` (a fresh database each case), and says with `is` what SQL must give.
set -u
bin=$(realpath "$1")
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
export TZ=UTC
passed=0
failed=0
name=

case_() {
	name=$1
	rm -rf "${dir:?}"/*
}

log() {
	cat >"$dir/$1"
}

# take [OPTION...] FILE...: in the order given
take() {
	(cd "$dir" && "$bin" ingest -q -d db --year 2026 --timezone UTC "$@")
}

# is WANT SQL
is() {
	got=$(sqlite3 "$dir/db" "$2" | tr '\n' ' ' | sed 's/ $//')
	if [ "$got" = "$1" ]; then
		passed=$((passed + 1))
		echo "ok $name"
	else
		failed=$((failed + 1))
		printf 'not ok %s\n#  want: %s\n#  got:  %s\n#  %s\n' "$name" "$1" "$got" "$2"
	fi
}

hops="SELECT p.queue_id || '>' || coalesce(e.queue_id, '-') || ' ' || kind || ' ' || evidence FROM hop
	JOIN entry p ON p.id = from_entry LEFT JOIN entry e ON e.id = to_entry ORDER BY 1"

case_ 01_one_connection_many_messages
log a <<'X'
Mar 14 09:15:00 mx1 postfix/smtpd[410]: connect from c1.example.net[192.0.2.9]
Mar 14 09:15:00 mx1 postfix/smtpd[410]: Anonymous TLS connection established from c1.example.net[192.0.2.9]: TLSv1.3 with cipher X (256/256 bits)
Mar 14 09:15:01 mx1 postfix/smtpd[410]: 4F5C640001: client=c1.example.net[192.0.2.9]
Mar 14 09:15:02 mx1 postfix/smtpd[410]: 4F5C640002: client=c1.example.net[192.0.2.9]
X
take a
is "4F5C640001 1 4F5C640002 1" "SELECT queue_id || ' ' || (tls LIKE 'TLSv1.3%') FROM entry ORDER BY 1"

case_ 02_rcpt_accepted_then_disconnect
log a <<'X'
Mar 14 09:15:00 mx1 postfix/smtpd[410]: connect from c1.example.net[192.0.2.9]
Mar 14 09:15:01 mx1 postfix/smtpd[410]: 4F5C640001: client=c1.example.net[192.0.2.9]
Mar 14 09:15:02 mx1 postfix/smtpd[410]: disconnect from c1.example.net[192.0.2.9] ehlo=1 mail=1 rcpt=1 rset=1 quit=1 commands=5
X
take a
is "aborted|0" "SELECT state, (SELECT count(*) FROM open_entry) FROM entry"

case_ 03_amavis_nested_reply
log a <<'X'
Mar 14 09:15:01 mx1 postfix/smtpd[410]: 4F5C640001: client=c1.example.net[192.0.2.9]
Mar 14 09:15:01 mx1 postfix/cleanup[411]: 4F5C640001: message-id=<m1@app.example.net>
Mar 14 09:15:01 mx1 postfix/qmgr[9]: 4F5C640001: from=<s@example.net>, size=900, nrcpt=1 (queue active)
Mar 14 09:15:02 mx1 postfix/smtpd[420]: 4B1D2C0F77: client=localhost[127.0.0.1]
Mar 14 09:15:02 mx1 postfix/cleanup[411]: 4B1D2C0F77: message-id=<m1@app.example.net>
Mar 14 09:15:02 mx1 postfix/smtp[412]: 4F5C640001: to=<a@example.org>, relay=127.0.0.1[127.0.0.1]:10024, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as 4B1D2C0F77)
Mar 14 09:15:02 mx1 postfix/qmgr[9]: 4F5C640001: removed
X
take a
is "4F5C640001>4B1D2C0F77 filter stated" "$hops"

case_ 04_bdat_reply
log a <<'X'
Mar 14 09:15:02 mx1 postfix/smtp[412]: 4F5C640001: to=<a@example.org>, relay=mx2.example.org[192.0.2.2]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 2.0.0 Ok: 1842 bytes queued as 4B1D2C0F77)
X
take a
is "4B1D2C0F77|1" "SELECT next_queue_id, followable FROM delivery"

case_ 05_same_looking_reply_from_a_stranger
log a <<'X'
Mar 14 09:15:01 mx1 postfix/cleanup[411]: 99AA00BB11: message-id=<other@app.example.net>
Mar 14 09:15:01 mx1 postfix/cleanup[411]: 4F5C640001: message-id=<m1@app.example.net>
Mar 14 09:15:02 mx1 postfix/smtp[412]: 4F5C640001: to=<a@example.org>, relay=mx.other.example[198.51.100.4]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 99AA00BB11)
X
take a
is "4F5C640001>- relay claimed" "$hops"

case_ 07_dovecot_session_is_no_queue_id
log a <<'X'
Mar 14 09:15:02 mx1 postfix/lmtp[412]: 4F5C640001: to=<u@example.org>, relay=mx1.example.org[private/dovecot-lmtp], delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 2.0.0 <u@example.org> kJ3xB2qrtWmzZQAAwN0pLg Saved)
X
take a
is "delivered|kJ3xB2qrtWmzZQAAwN0pLg|0" "SELECT state, next_queue_id, followable FROM delivery"

case_ 08_filter_swallowed_it
log a <<'X'
Mar 14 09:15:02 mx1 postfix/smtp[412]: 4F5C640001: to=<u@example.org>, relay=127.0.0.1[127.0.0.1]:10024, delay=1, delays=0/0/0/1, dsn=2.7.0, status=sent (250 2.7.0 Ok, discarded, id=15303-02 - spam)
X
take a
is "discarded" "SELECT state FROM last_delivery"

case_ 10_xforward_gives_the_link_backwards
log a <<'X'
Mar 14 09:15:01 mx1 postfix/cleanup[411]: 4F5C640001: message-id=<m1@app.example.net>
Mar 14 09:15:02 mx1 postfix/smtpd[77]: 4F5C640002: client=localhost[127.0.0.1], orig_queue_id=4F5C640001, orig_client=c1.example.net[192.0.2.9]
Mar 14 09:15:02 mx1 postfix/cleanup[411]: 4F5C640002: message-id=<m1@app.example.net>
X
take a
is "4F5C640001>4F5C640002 filter stated" "$hops"

case_ 11_child_finished_before_the_parent_names_it
log a <<'X'
Mar 14 09:15:01 mx1 postfix/cleanup[411]: 56F5B40001: message-id=<m1@app.example.net>
Mar 14 09:15:01 mx1 postfix/qmgr[9]: 56F5B40001: from=<s@example.net>, size=900, nrcpt=1 (queue active)
Mar 14 09:15:01 mx1 postfix/qmgr[9]: 56F5B40001: removed
Mar 14 09:15:02 mx1 postfix/local[5]: 3FF7C40001: to=<a@example.org>, relay=local, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (forwarded as 56F5B40001)
X
take a
is "3FF7C40001>56F5B40001 forward stated" "$hops"
is "2" "SELECT count(*) FROM entry"

for order in 1 2; do
	case_ "12_bounce_order_$order"
	log a <<'X'
Mar 14 09:15:02 mx1 postfix/bounce[5]: 3FF7C40001: sender non-delivery notification: 56F5B40001
X
	log b <<'X'
Mar 14 09:15:02 mx1 postfix/cleanup[411]: 56F5B40001: message-id=<20260314091502.56F5B40001@mx1.example.org>
Mar 14 09:15:02 mx1 postfix/qmgr[9]: 56F5B40001: from=<>, size=900, nrcpt=1 (queue active)
X
	if [ $order = 1 ]; then cat "$dir/a" "$dir/b" >"$dir/c"; else cat "$dir/b" "$dir/a" >"$dir/c"; fi
	take c
	is "3FF7C40001>56F5B40001 bounce stated" "$hops"
	is "2" "SELECT count(*) FROM entry"
done

case_ 13_a_delay_notice_is_no_bounce
log a <<'X'
Mar 14 09:15:02 mx1 postfix/bounce[5]: 3FF7C40001: sender delay notification: 56F5B40001
Mar 14 09:15:02 mx1 postfix/bounce[5]: 3FF7C40001: sender delivery status notification: 56F5B40002
Mar 14 09:15:02 mx1 postfix/bounce[5]: 3FF7C40001: postmaster non-delivery notification: 56F5B40003
X
take a
is "3FF7C40001>56F5B40001 delay stated 3FF7C40001>56F5B40002 dsn stated 3FF7C40001>56F5B40003 bounce stated" "$hops"

case_ 15_requeue
log a <<'X'
Mar 14 09:15:02 mx1 postfix/postsuper[9]: 4F5C640001: requeued
Mar 14 09:15:03 mx1 postfix/pickup[3]: 4F5C640002: uid=89 from=<s@example.com> orig_id=4F5C640001
X
take a
is "4F5C640001>4F5C640002 requeue stated" "$hops"
is "requeued" "SELECT state FROM entry WHERE queue_id = '4F5C640001'"

case_ 16_queue_id_reuse
log a <<'X'
Mar 14 09:15:01 mx1 postfix/smtpd[410]: 4F5C640001: client=c1.example.net[192.0.2.9]
Mar 14 09:15:01 mx1 postfix/qmgr[9]: 4F5C640001: from=<s1@example.net>, size=900, nrcpt=1 (queue active)
Mar 14 09:25:01 mx1 postfix/qmgr[9]: 4F5C640001: from=<s1@example.net>, size=900, nrcpt=1 (queue active)
Mar 14 09:25:02 mx1 postfix/qmgr[9]: 4F5C640001: removed
Mar 14 09:25:03 mx1 postfix/smtpd[410]: 4F5C640001: client=c2.example.net[192.0.2.10]
Mar 14 09:25:03 mx1 postfix/qmgr[9]: 4F5C640001: from=<s2@example.net>, size=901, nrcpt=1 (queue active)
X
take a
is "s1@example.net|completed s2@example.net|accepted" "SELECT sender, state FROM entry ORDER BY first_at"

case_ 17_log_starts_mid_life
log a <<'X'
Mar 14 09:15:02 mx1 postfix/smtp[412]: 4F5C640001: to=<u@example.org>, relay=none, delay=1, delays=0/0/0/1, dsn=4.4.1, status=deferred (connect to mx[192.0.2.2]:25: Connection refused)
X
take a
is "1|deferred" "SELECT head_missing, (SELECT state FROM last_delivery) FROM entry"

case_ 18_delivery_line_after_removed
log a <<'X'
Mar 14 09:15:01 mx1 postfix/smtpd[410]: 4F5C640001: client=c1.example.net[192.0.2.9]
Mar 14 09:15:02 mx1 postfix/qmgr[9]: 4F5C640001: removed
Mar 14 09:15:03 mx1 postfix/local[5]: 4F5C640001: to=<a@example.org>, relay=local, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (delivered to mailbox)
X
take a
is "1|1" "SELECT count(*), (SELECT count(*) FROM delivery) FROM entry"

case_ 19_cleanup_before_pickup
log a <<'X'
Mar 14 09:15:01 mx1 postfix/cleanup[411]: 4F5C640001: message-id=<m1@app.example.net>
Mar 14 09:15:02 mx1 postfix/pickup[3]: 4F5C640001: uid=89 from=<s@example.com>
X
take a
is "1|0" "SELECT count(*), max(head_missing) FROM entry"

case_ 20_two_instances_one_id_at_one_time
log a <<'X'
Mar 14 09:15:01 mx1 postfix-in/smtpd[410]: 4F5C640001: client=c1.example.net[192.0.2.9]
Mar 14 09:15:01 mx1 postfix-out/smtpd[510]: 4F5C640001: client=c2.example.net[192.0.2.10]
Mar 14 09:15:02 mx1 postfix-out/qmgr[9]: 4F5C640001: from=<out@example.net>, size=900, nrcpt=1 (queue active)
Mar 14 09:15:02 mx1 postfix-in/qmgr[9]: 4F5C640001: from=<in@example.net>, size=900, nrcpt=1 (queue active)
X
take a
is "postfix-in|in@example.net|192.0.2.9 postfix-out|out@example.net|192.0.2.10" "SELECT instance, sender, client_ip FROM entry ORDER BY 1"

case_ 21_case_matters
log a <<'X'
Mar 14 09:15:01 mx1 postfix/cleanup[411]: 4HnkK60lBRz6tl1: message-id=<m1@app.example.net>
Mar 14 09:15:01 mx1 postfix/cleanup[411]: 4HNKK60LBRz6TL1: message-id=<m2@app.example.net>
X
take a
is "2" "SELECT count(*) FROM entry"

case_ 22_a_word_that_looks_like_an_id
log a <<'X'
Mar 14 09:15:01 mx1 postfix/smtpd[1]: timeout after DATA from c1.example.net[192.0.2.9]
Mar 14 09:15:01 mx1 postfix/anvil[1]: statistics: max cache size 1 at Mar 14 09:10:00
X
take a
is "0|0" "SELECT count(*), (SELECT unmatched FROM run) FROM entry"

case_ 23_odd_message_ids
log a <<'X'
Mar 14 09:15:01 mx1 postfix/cleanup[411]: 4F5C640001: message-id=<>
Mar 14 09:15:01 mx1 postfix/cleanup[411]: 4F5C640002: message-id=abc@x.example
Mar 14 09:15:01 mx1 postfix/cleanup[411]: 4F5C640003: resent-message-id=<r1@example.net>
X
take a
is "4F5C640001|| 4F5C640002|<abc@x.example>| 4F5C640003||<r1@example.net>" "SELECT queue_id, message_id, resent_message_id FROM entry ORDER BY 1"

case_ 24_fan_out
log a <<'X'
Mar 14 09:15:01 mx1 postfix/cleanup[411]: 4F5C640001: message-id=<m1@app.example.net>
Mar 14 09:15:02 mx1 postfix/smtp[412]: 4F5C640001: to=<a@example.org>, relay=mx2.example.org[192.0.2.2]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 4B00000001)
Mar 14 09:15:02 mx1 postfix/smtp[412]: 4F5C640001: to=<b@example.org>, relay=mx2.example.org[192.0.2.2]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 4B00000001)
Mar 14 09:15:02 mx1 postfix/smtp[413]: 4F5C640001: to=<c@example.net>, relay=mx3.example.net[192.0.2.3]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 4B00000002)
Mar 14 09:15:02 mx2 postfix/smtpd[4]: 4B00000001: client=mx1.example.org[192.0.2.1]
Mar 14 09:15:02 mx2 postfix/cleanup[4]: 4B00000001: message-id=<m1@app.example.net>
X
take a
is "a@example.org|4B00000001|proven b@example.org|4B00000001|proven c@example.net|4B00000002|claimed" "SELECT d.recipient, h.next_queue_id, h.evidence FROM hop h JOIN delivery d ON d.id = h.delivery ORDER BY 1"

case_ 25_original_recipient
log a <<'X'
Mar 14 09:15:02 mx1 postfix/local[5]: 4F5C640001: to=<bob@int.example>, orig_to=<root>, relay=local, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (delivered to mailbox)
X
take a
is "bob@int.example|root" "SELECT recipient, original_recipient FROM last_delivery"

case_ 26_retries_then_expired
log a <<'X'
Mar 14 09:15:02 mx1 postfix/smtp[412]: 4F5C640001: to=<u@example.org>, relay=none, delay=1, delays=0/0/0/1, dsn=4.4.1, status=deferred (connect to mx[192.0.2.2]:25: Connection refused)
Mar 14 10:15:02 mx1 postfix/smtp[412]: 4F5C640001: to=<u@example.org>, relay=none, delay=3601, delays=3600/0/0/1, dsn=4.4.1, status=deferred (connect to mx[192.0.2.2]:25: Connection refused)
Mar 14 10:15:03 mx1 postfix/qmgr[9]: 4F5C640001: from=<s@example.net>, status=expired, returned to sender
X
take a
is "expired|2" "SELECT state, attempts FROM last_delivery"

case_ 27_rsyslog_reduction
log a <<'X'
Mar 14 09:15:02 mx1 postfix/smtp[412]: message repeated 2 times: [ 4F5C640001: to=<u@example.org>, relay=none, delay=1, delays=0/0/0/1, dsn=5.4.4, status=bounced (Host not found)]
X
take a
is "2" "SELECT count(*) FROM delivery WHERE state = 'bounced'"

case_ 28_identical_lines_are_real
log a <<'X'
Mar 14 09:15:02 mx1 postfix/smtp[412]: 4F5C640001: to=<u@example.org>, relay=none, delay=1, delays=0/0/0/1, dsn=4.4.1, status=deferred (x)
Mar 14 09:15:02 mx1 postfix/smtp[412]: 4F5C640001: to=<u@example.org>, relay=none, delay=1, delays=0/0/0/1, dsn=4.4.1, status=deferred (x)
X
take a
is "2" "SELECT count(*) FROM delivery"

case_ 29_new_year_in_year_less_stamps
log a <<'X'
Dec 31 23:59:59 mx1 postfix/cleanup[411]: 4F5C640001: message-id=<m1@app.example.net>
Jan  1 00:00:01 mx1 postfix/qmgr[9]: 4F5C640001: removed
X
(cd "$dir" && "$bin" ingest -q -d db --year 2025 --timezone UTC a)
is "2025-12-31T23:59:59.000000Z|2026-01-01T00:00:01.000000Z|1" "SELECT first_time, closed_time, year_inferred FROM message"

case_ 30_short_and_full_host_name_and_zero_padded_day
log a <<'X'
Jan 01 09:15:01 mx1 postfix/smtpd[410]: 4F5C640001: client=c1.example.net[192.0.2.9]
X
log b <<'X'
Jan  1 09:15:02 mx1.example.org postfix/qmgr[9]: 4F5C640001: from=<s1@example.net>, size=900, nrcpt=1 (queue active)
X
take a b
is "mx1.example.org|s1@example.net" "SELECT host, sender FROM message"
take b a
is "1" "SELECT count(*) FROM host"

for order in "a b" "b a"; do
	case_ "31_clock_skew ($order)"
	log a <<'X'
2026-03-14T09:15:30Z mx1 postfix/cleanup[411]: 4F5C640001: message-id=<m1@app.example.net>
2026-03-14T09:15:31Z mx1 postfix/smtp[412]: 4F5C640001: to=<a@example.org>, relay=mx2.example.org[192.0.2.2]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 4B00000001)
X
	log b <<'X'
2026-03-14T09:14:50Z mx2 postfix/smtpd[4]: 4B00000001: client=mx1.example.org[192.0.2.1]
2026-03-14T09:14:50Z mx2 postfix/cleanup[4]: 4B00000001: message-id=<m1@app.example.net>
X
	# shellcheck disable=SC2086
	take $order
	is "4F5C640001>4B00000001 relay proven" "$hops"
done

for order in "old new" "new old"; do
	case_ "32_message_spans_two_files ($order)"
	log old <<'X'
2026-03-14T09:15:01Z mx1 postfix/smtpd[410]: 4F5C640001: client=c1.example.net[192.0.2.9]
2026-03-14T09:15:01Z mx1 postfix/cleanup[411]: 4F5C640001: message-id=<m1@app.example.net>
X
	log new <<'X'
2026-03-15T09:15:02Z mx1 postfix/smtp[412]: 4F5C640001: to=<u@example.org>, relay=none, delay=1, delays=0/0/0/1, dsn=5.4.1, status=bounced (x)
2026-03-15T09:15:02Z mx1 postfix/qmgr[9]: 4F5C640001: removed
X
	for f in $order; do take "$f"; done
	is "192.0.2.9|completed|0" "SELECT client_ip, state, head_missing FROM entry"
done

case_ 32_last_line_without_newline_waits
printf '2026-03-14T09:15:01Z mx1 postfix/smtpd[410]: 4F5C640001: client=c1.example.net[192.0.2.9]\n2026-03-14T09:15:01Z mx1 postfix/clea' >"$dir/a"
take a
printf 'nup[411]: 4F5C640001: message-id=<m1@app.example.net>\n' >>"$dir/a"
take a
is "<m1@app.example.net>|2" "SELECT message_id, (SELECT lines FROM source) FROM entry"

case_ 33_same_content_new_name
log mail.log <<'X'
2026-03-14T09:15:02Z mx1 postfix/smtp[412]: 4F5C640001: to=<u@example.org>, relay=none, delay=1, delays=0/0/0/1, dsn=4.4.1, status=deferred (x)
X
take mail.log
mv "$dir/mail.log" "$dir/mail.log.1"
take mail.log.1
gzip "$dir/mail.log.1"
take mail.log.1.gz
is "1|1" "SELECT count(*), (SELECT count(*) FROM source) FROM delivery"

case_ 34_copytruncate
log mail.log <<'X'
2026-03-14T09:15:02Z mx1 postfix/smtp[412]: 4F5C640001: to=<u@example.org>, relay=none, delay=1, delays=0/0/0/1, dsn=4.4.1, status=deferred (x)
2026-03-14T09:16:02Z mx1 postfix/smtp[412]: 4F5C640001: to=<u@example.org>, relay=none, delay=61, delays=0/0/0/1, dsn=4.4.1, status=deferred (x)
X
take mail.log
log new <<'X'
2026-03-15T09:15:02Z mx1 postfix/smtp[412]: 4F5C640001: to=<u@example.org>, relay=none, delay=9, delays=0/0/0/1, dsn=4.4.1, status=deferred (y)
X
cat "$dir/new" >"$dir/mail.log"
take mail.log
is "3|2" "SELECT count(*), (SELECT count(*) FROM source) FROM delivery"

case_ 35_two_sources_one_event
log mail.log <<'X'
2026-03-14T09:15:02Z mx1 postfix/smtp[412]: 4F5C640001: to=<u@example.org>, relay=none, delay=1, delays=0/0/0/1, dsn=4.4.1, status=deferred (x)
X
cp "$dir/mail.log" "$dir/mail.info" # what syslogd.conf often writes twice
take mail.log mail.info
is "1" "SELECT count(*) FROM delivery"

case_ 36_container_prefix
log a <<'X'
mail-1  | 2026-03-14T10:00:00+00:00 mx postfix/cleanup[9]: 4F5C640001: message-id=<m1@app.example.net>
X
take a
is "mx|4F5C640001" "SELECT host, queue_id FROM message"

case_ 37_exim_syslog_split
log a <<'X'
Mar 14 10:00:00 mx2 exim[9]: [1/2] 2026-03-14 10:00:00 1w1L5K-00000000ASb-1knl ** u@example.org R=dnslookup T=remote_smtp H=mx.example.org [203.0.113.25]: SMTP error from remote mail ser
Mar 14 10:00:00 mx2 exim[9]: [2/2] ver after RCPT TO:<u@example.org>: 550 5.1.1 no such user
X
take a
is "u@example.org|bounced|1" "SELECT recipient, state, reply LIKE '%550 5.1.1 no such user' FROM delivery"

case_ 38_exim_order_and_flags
log a <<'X'
2026-03-14 09:15:02 1w1L5K-00000000ASb-1knl >> x@example.org R=all T=smtp H=mx.example.org [203.0.113.25] C="250 OK id=1w1L5N-00000000ASi-035W"
2026-03-14 09:15:02 1w1L5K-00000000ASb-1knl <= bob@example.net H=mail.example.net [198.51.100.7] P=esmtp S=2481 id=m@example.net
2026-03-14 09:15:02 1w1L5K-00000000ASb-1knl => :blackhole: <old@example.com> R=system_aliases
2026-03-14 09:15:03 1w1L5P-00000000ASj-1knl <= <> R=1w1L5K-00000000ASb-1knl U=Debian-exim P=local S=3102
2026-03-14 09:15:03 1w1L5K-00000000ASb-1knl Completed
X
take --host mx2 a
is "x@example.org|relayed|1w1L5N-00000000ASi-035W old@example.com|discarded|" "SELECT recipient, state, next_queue_id FROM delivery ORDER BY id"
is "bounce" "SELECT kind FROM link"
is "2|1|1" "SELECT count(*), min(host_assumed), sum(head_missing = 0 AND sender = 'bob@example.net') FROM entry"

case_ 39_both_exim_id_forms
log a <<'X'
2026-03-14 09:15:02 1w1L5K-000ASb-DU <= bob@example.net H=mail.example.net [198.51.100.7] P=esmtp S=2481
2026-03-14 09:15:02 1w1L5K-00000000ASb-1knl <= bob@example.net H=mail.example.net [198.51.100.7] P=esmtp S=2481
X
take --host mx2 a
is "2" "SELECT count(*) FROM entry"

case_ 40_sendmail_msp_to_mta_and_children
log a <<'X'
Mar 14 09:15:02 mx3 sendmail[471]: 62E9F33c004713: from=alice, size=512, class=0, nrcpts=1, msgid=<202603140915.62E9F33c004713@mx3.example.com>, relay=alice@localhost
Mar 14 09:15:02 mx3 sm-mta[472]: 62E9F7F11048577: from=<alice@mx3.example.com>, size=700, class=0, nrcpts=1, msgid=<202603140915.62E9F33c004713@mx3.example.com>, proto=ESMTP, daemon=MTA, relay=localhost [127.0.0.1]
Mar 14 09:15:02 mx3 sendmail[471]: 62E9F33c004713: to=admin@example.com, ctladdr=alice (1000/1000), delay=00:00:00, xdelay=00:00:00, mailer=relay, pri=30512, relay=[127.0.0.1] [127.0.0.1], dsn=2.0.0, stat=Sent (62E9F7F11048577 Message accepted for delivery)
Mar 14 09:15:03 mx3 sm-mta[473]: 62E9F7F11048577: to=<no@example.org>, delay=00:00:01, xdelay=00:00:01, mailer=esmtp, pri=30481, relay=mx.example.org. [203.0.113.25], dsn=5.1.1, stat=User unknown
Mar 14 09:15:03 mx3 sm-mta[473]: 62E9F7F11048577: 62E9F33d004799: DSN: User unknown
X
take a
is "62E9F33c004713>62E9F7F11048577 relay stated 62E9F7F11048577>62E9F33d004799 bounce stated" "$hops"

case_ 41_several_messages_on_one_connection_join_by_id_only
log a <<'X'
Mar 14 09:15:01 mx1 postfix/cleanup[411]: 4F5C640001: message-id=<m1@app.example.net>
Mar 14 09:15:01 mx1 postfix/cleanup[411]: 4F5C640002: message-id=<m2@app.example.net>
Mar 14 09:15:02 mx1 postfix/smtp[412]: 4F5C640001: to=<a@example.org>, relay=mx2.example.org[192.0.2.2]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 4B00000001)
Mar 14 09:15:02 mx1 postfix/smtp[412]: 4F5C640002: to=<a@example.org>, relay=mx2.example.org[192.0.2.2]:25, conn_use=2, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 4B00000002)
Mar 14 09:15:02 mx2 postfix/smtpd[4]: 4B00000001: client=mx1.example.org[192.0.2.1]
Mar 14 09:15:02 mx2 postfix/cleanup[4]: 4B00000001: message-id=<m1@app.example.net>
Mar 14 09:15:02 mx2 postfix/smtpd[4]: 4B00000002: client=mx1.example.org[192.0.2.1]
Mar 14 09:15:02 mx2 postfix/cleanup[4]: 4B00000002: message-id=<m2@app.example.net>
X
take a
is "4F5C640001>4B00000001 relay proven 4F5C640002>4B00000002 relay proven" "$hops"

# the cases that are files
cases=$(sh "$(dirname "$0")/run-cases.sh" "$bin")
echo "$cases" | sed '$d'
counts=$(echo "$cases" | tail -n 1)
passed=$((passed + ${counts%% passed*}))
counts=${counts##*passed, }
failed=$((failed + ${counts%% failed*}))

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
