#!/bin/sh
# run.sh - QTRAIL: search over samples/ and a log of refusals and hostile text.
set -u
bin=$1
here=$(cd "$(dirname "$0")" && pwd)
samples=$here/../../samples
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
db=$dir/q.db
export TZ=UTC

# shellcheck source=/dev/null
. "$here/../lib.sh"

# finds NAME EXPECTED OPTION...: queue IDs and states found, in order
finds() {
	name=$1
	want=$2
	shift 2
	got=$("$bin" search -d "$db" --json "$@" |
		python3 -c 'import json,sys; print(" ".join("%s:%s:%s" % (r["queue_id"] or "-", r["state"], r["recipient"]) for r in json.load(sys.stdin)))')
	[ "$got" = "$want" ]
	r=$?
	[ $r -eq 0 ] || echo "# found: $got"
	ok $r "$name"
}

# code N NAME OPTION...: exit code
code() {
	want=$1
	name=$2
	shift 2
	"$bin" search -d "$db" "$@" >"$dir/out" 2>"$dir/err"
	[ $? -eq "$want" ]
	ok $? "$name"
}

"$bin" ingest -q -d "$db" "$samples/postfix.log" "$samples/sendmail.log"
"$bin" ingest -q -d "$db" --host mx2 "$samples/exim.log"
cat >"$dir/mx4.log" <<'L'
2026-03-14T09:15:01Z mx4 postfix/smtpd[410]: NOQUEUE: reject: RCPT from c1.example.net[192.0.2.9]: 554 5.7.1 <Eve@Example.ORG>: Relay access denied; from=<=cmd@example.net> to=<Eve@Example.ORG> proto=ESMTP helo=<c1>
2026-03-14T09:15:02Z mx4 postfix/smtpd[410]: 4F5C640001: client=c1.example.net[192.0.2.9]
2026-03-14T09:15:02Z mx4 postfix/cleanup[411]: 4F5C640001: message-id=<m1@app.example.net>
2026-03-14T09:15:02Z mx4 postfix/qmgr[9]: 4F5C640001: from=<Ann%1_x@Example.net>, size=2048, nrcpt=1 (queue active)
2026-03-14T09:15:03Z mx4 postfix/smtp[412]: 4F5C640001: to=<al_as@example.org>, orig_to=<team@example.org>, relay=none, delay=1, delays=0/0/1/0, dsn=4.4.1, status=deferred (connect to mx.example.org[203.0.113.25]:25: Connection timed out)
2026-03-14T09:25:03Z mx4 postfix/smtp[413]: 4F5C640001: to=<al_as@example.org>, orig_to=<team@example.org>, relay=mx.example.org[203.0.113.25]:25, delay=601, delays=600/0/1/0, dsn=5.1.1, status=bounced (host mx.example.org[203.0.113.25] said: 550 5.1.1 no "such", user)
2026-03-14T09:25:03Z mx4 postfix/qmgr[9]: 4F5C640001: removed
L
"$bin" ingest -q -d "$db" "$dir/mx4.log"

M="4F5C640001:bounced:al_as@example.org"
R="-:rejected:Eve@Example.ORG"
finds by_sender_in_any_case "$M" -s ann%1_X@example.NET
finds a_percent_and_an_underline_are_themselves "" -s 'annx1%x@example.net'
finds by_sender_domain "$M $R" -s @example.net --host mx4
finds by_a_pattern "$M" -s 'ann*@example.net'
finds a_set_of_glob_is_text "" -s '[a-z]nn*@example.net'
finds by_recipient "$M" -r al_as@example.org
finds by_original_recipient "$M" -r team@example.org
finds by_local_part "$M" -r team --host mx4
finds by_recipient_domain_with_refusals "$M $R" -r @example.org
finds a_refusal_by_recipient "$R" -r eve@example.org
finds by_domain "$M $R" --domain EXAMPLE.org
finds by_word_address "$M" al_as@example.org
finds by_word_original_recipient "$M" team@example.org
finds by_word_domain "$M $R" example.org
finds by_host_in_another_case "$M $R" --host MX4
finds by_host_pattern "$M $R" --host '?x4' --since 2026-03-14T09:15:00Z --until 2026-03-14T09:16:00Z
finds by_an_unknown_host "" --host mx44
finds by_state_in_another_case "$M" --state BOUNCED --host mx4
finds by_word_message_id "$M" m1@app.example.net
finds by_word_queue_id "$M" 4F5C640001
finds a_queue_id_keeps_its_case "" 4f5c640001
finds by_message_id_without_brackets "$M" --message-id m1@app.example.net
finds by_client_address "$M $R" --client 192.0.2.9
finds by_relay "$M" --relay 203.0.113.25
finds by_state_bounced "$M" --state bounced --host mx4
finds by_state_rejected "$R" --state rejected
finds by_dsn_class "$M $R" --dsn 5 --host mx4
finds by_dsn_x "" --dsn 4.x --host mx4
finds by_size "$M" --size 2048 --host mx4
finds by_size_above "" --size '>2k' --host mx4
finds by_size_below "$M" --size '<3k' --host mx4
finds since_and_until "$M" --since 2026-03-14T09:15:02Z --until 2026-03-14T09:16Z
finds until_a_day_is_its_end "$M $R" --until 2026-03-14
finds the_newest_first_and_no_more "$M" --until 2026-03-14 -n 1
finds two_conditions_must_both_hold "" -r al_as@example.org -s bob@example.org
finds three_hosts_of_one_message "4jY4Sn4Jkyz1ckfZ:delivered:alice@pf2.test 6ANC7Twj000091:relayed:alice@pf2.test 61118A9663F:relayed:alice@pf2.test 4F75AA9663D:filtered:alice@pf2.test 1xVSpV-00000P-1l:relayed:alice@pf2.test" --message-id 6b042c81.0001.basic@lab.test -r alice@pf2.test
finds quotes_in_values_are_values "" -r "x' OR 1=1 --@example.org"

finds a_pattern_of_states_finds_refusals "$R" --state 'reject*'
finds by_a_pattern_of_domains "$M $R" -r '@ex*.org' --host mx4
finds by_word_pattern_of_domains "$M $R" 'exam?le.org'
finds by_domain_pattern "$M $R" --domain '*ple.org'
finds by_message_id_pattern_without_brackets "$M" --message-id 'm1@*.example.net'
finds a_set_of_glob_in_an_id_is_text "" --queue-id '[4]F5C*'

python3 "$here/property.py" "$bin" "$db" 100
ok $? random_conditions_find_what_a_plain_reading_finds

"$bin" search -d "$db" --csv --host mx4 >"$dir/csv"
python3 - "$dir/csv" <<'P'
import csv, sys
rows = list(csv.DictReader(open(sys.argv[1], newline="")))
assert [r["kind"] for r in rows] == ["message", "reject"], rows
assert rows[0]["text"].endswith('no "such", user'), rows[0]
assert rows[0]["attempts"] == "2" and rows[0]["original_recipient"] == "team@example.org", rows[0]
assert rows[1]["sender"] == "'=cmd@example.net", rows[1]
P
ok $? csv_is_read_by_a_library_and_holds_no_formula

"$bin" search -d "$db" --utc --host mx4 >"$dir/out"
cat >"$dir/want" <<'W'
2026-03-14 09:15:02  mx4  4F5C640001  bounced (2 attempts)  <Ann%1_x@Example.net> -> <al_as@example.org>
    5.1.1 host mx.example.org[203.0.113.25] said: 550 5.1.1 no "such", user
2026-03-14 09:15:01  mx4  -  rejected  <=cmd@example.net> -> <Eve@Example.ORG>
    5.7.1 <Eve@Example.ORG>: Relay access denied
W
diff -u "$dir/want" "$dir/out"
ok $? text

code 0 found_is_0 -r al_as@example.org
code 1 nothing_is_1 -r nobody@example.org
code 2 a_bad_time_is_2 --since 'the day after'
code 2 a_bad_size_is_2 --size big
code 2 a_bad_limit_is_2 --limit 0
code 2 an_empty_value_is_2 --sender ''
code 2 two_words_are_2 a b
code 2 an_unknown_option_is_2 --nonsense
code 0 help_is_0 --help
code 1 a_word_after_two_dashes -- -x-

lab=${QTRAIL_DATA:-$here/../../../shared/data}/lab-a
if [ -d "$lab" ]; then
	"$bin" ingest -q -d "$dir/lab.db" "$lab/postfix-host.rfc3339.log" "$lab/sendmail.rfc3339.log" &&
		"$bin" ingest -q -d "$dir/lab.db" --host mx2 "$lab/exim-mainlog"
	python3 "$here/property.py" "$bin" "$dir/lab.db" 25
	ok $? random_conditions_on_the_lab
else
	echo "# no data of the lab in $lab: not checked"
fi

# what is asked for most is found by an index: the plans name one, whatever the database holds
python3 - "$bin" "$db" "$here/../../schema" <<'P'
import sqlite3, sys
db = sqlite3.connect(sys.argv[2])
def plan(sql):
    return " ".join(r[3] for r in db.execute("EXPLAIN QUERY PLAN " + sql))
unusual = "NOT (x.state = 'relayed' OR x.state = 'delivered' OR x.state = 'filtered')"
p = plan("SELECT entry FROM delivery x WHERE " + unusual + " AND x.state = 'held'")
assert "delivery_trouble" in p and "SCAN" not in p, p
p = plan("SELECT entry FROM delivery x WHERE x.dsn >= '3' AND x.dsn GLOB '5.*'")
assert "delivery_trouble" in p, p
p = plan("SELECT id FROM entry y WHERE NOT (y.state = 'accepted' OR y.state = 'completed') AND y.state = 'held'")
assert "entry_trouble" in p and "SCAN" not in p, p
p = plan("SELECT id FROM entry y WHERE y.outcome IS NOT NULL AND y.outcome = 'held'")
assert "entry_trouble" in p, p
keys = "(SELECT key FROM address WHERE domain = 'a' AND local = 'b')"
for table, column, index in (("delivery", "recipient_key", "delivery_recipient"), ("entry", "sender_key", "entry_sender"),
                             ("delivery", "original_recipient_key", "delivery_original_entry")):
    p = plan("SELECT 1 FROM %s WHERE %s IN %s" % (table, column, keys))
    assert index in p and "SCAN" not in p, p
P
ok $? addresses_and_rare_states_are_found_by_an_index

finish
