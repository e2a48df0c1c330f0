#!/bin/sh
# run.sh - QTRAIL: what is still queued, and how sure that is, over logs that end now, ended long ago, or fell
# silent about a message.
set -u
bin=$1
here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
db=$dir/q.db
export TZ=UTC

# shellcheck source=/dev/null
. "$here/../lib.sh"

# code N NAME OPTION...: exit code
code() {
	want=$1
	name=$2
	shift 2
	"$bin" queue -d "$db" "$@" >"$dir/out" 2>"$dir/err"
	[ $? -eq "$want" ]
	ok $? "$name"
}

# mx4 ended in March: deferred for one of two, not tried, held, silent since February, done
cat >"$dir/mx4.log" <<'L'
2026-02-20T09:00:00Z mx4 postfix/smtpd[410]: 4F5C640009: client=c1.example.net[192.0.2.9]
2026-02-20T09:00:01Z mx4 postfix/qmgr[9]: 4F5C640009: from=<gone@example.net>, size=10, nrcpt=1 (queue active)
2026-02-20T09:00:02Z mx4 postfix/smtp[412]: 4F5C640009: to=<x@example.org>, relay=none, delay=1, delays=0/0/1/0, dsn=4.4.1, status=deferred (connect to mx.example.org[203.0.113.25]:25: Connection timed out)
2026-02-20T09:00:03Z mx4 postfix/smtpd[410]: 4F5C640008: client=c1.example.net[192.0.2.9]
2026-02-20T09:00:04Z mx4 postfix/cleanup[411]: 4F5C640008: hold: header Subject: offer from c1.example.net[192.0.2.9]; from=<held@example.net> to=<al@example.org> proto=ESMTP helo=<c1>: wait
2026-02-20T09:00:04Z mx4 postfix/cleanup[411]: 4F5C640008: message-id=<h1@app.example.net>
2026-03-14T09:15:02Z mx4 postfix/smtpd[410]: 4F5C640001: client=c1.example.net[192.0.2.9]
2026-03-14T09:15:02Z mx4 postfix/cleanup[411]: 4F5C640001: message-id=<m1@app.example.net>
2026-03-14T09:15:02Z mx4 postfix/qmgr[9]: 4F5C640001: from=<=cmd@example.net>, size=2048, nrcpt=2 (queue active)
2026-03-14T09:15:03Z mx4 postfix/smtp[412]: 4F5C640001: to=<al@example.org>, orig_to=<team@example.org>, relay=none, delay=1, delays=0/0/1/0, dsn=4.4.1, status=deferred (connect to mx.example.org[203.0.113.25]:25: Connection timed out)
2026-03-14T09:15:03Z mx4 postfix/smtp[412]: 4F5C640001: to=<bob@example.com>, relay=mx.example.com[203.0.113.26]:25, delay=1, delays=0/0/1/0, dsn=2.0.0, status=sent (250 ok)
2026-03-14T09:25:03Z mx4 postfix/smtp[413]: 4F5C640001: to=<al@example.org>, orig_to=<team@example.org>, relay=mx.example.org[203.0.113.25]:25, delay=601, delays=600/0/1/0, dsn=4.7.1, status=deferred (host mx.example.org[203.0.113.25] said: 451 4.7.1 Greylisted)
2026-03-14T09:30:00Z mx4 postfix/smtpd[410]: 4F5C640002: client=c1.example.net[192.0.2.9]
2026-03-14T09:30:00Z mx4 postfix/qmgr[9]: 4F5C640002: from=<>, size=99, nrcpt=3 (queue active)
2026-03-14T09:30:01Z mx4 postfix/smtpd[410]: 4F5C640003: client=c1.example.net[192.0.2.9]
2026-03-14T09:30:01Z mx4 postfix/qmgr[9]: 4F5C640003: from=<a@example.net>, size=99, nrcpt=1 (queue active)
2026-03-14T09:30:02Z mx4 postfix/local[9]: 4F5C640003: to=<b@example.org>, relay=local, delay=1, delays=0/0/1/0, dsn=2.0.0, status=sent (delivered to mailbox)
2026-03-14T09:30:02Z mx4 postfix/qmgr[9]: 4F5C640003: removed
L
# mx5 goes on until a minute ago; its first line is older than the log
now=$(date -u +%s)
at() {
	date -u -d "@$((now - $1))" +%Y-%m-%dT%H:%M:%SZ
}
cat >"$dir/mx5.log" <<L
$(at 7200) mx5 postfix/smtp[412]: 4F5C6400AA: to=<late@example.org>, relay=none, delay=90000, delays=0/0/1/0, dsn=4.4.1, status=deferred (no route)
$(at 60) mx5 postfix/smtpd[410]: 4F5C6400AB: client=c1.example.net[192.0.2.9]
$(at 60) mx5 postfix/qmgr[9]: 4F5C6400AB: from=<new@example.net>, size=5, nrcpt=1 (queue active)
L
"$bin" ingest -q -d "$db" "$dir/mx4.log" "$dir/mx5.log"

cat >"$dir/want" <<'W'
mx4: 3 were queued (1 deferred, 1 not tried, 1 held) when its log ended, 2026-03-14 09:30:02, AGO ago; what became of them since no log here tells. Of 1 more the log said nothing for 7 days: they are most likely gone (--all lists them)

22 d 0 h  mx4  4F5C640008  was held  from ?
15 m 0 s  mx4  4F5C640001  was deferred  from <=cmd@example.net>
    <al@example.org> for <team@example.org> 2 attempts, last 2026-03-14 09:25:03 by mx.example.org[203.0.113.25]
        host mx.example.org[203.0.113.25] said: 451 4.7.1 Greylisted
2.0 s  mx4  4F5C640002  was not tried  from <>, 3 recipients
W
"$bin" queue -d "$db" --utc --host mx4 | sed 's/, [0-9]* d [0-9]* h ago/, AGO ago/' >"$dir/out"
diff -u "$dir/want" "$dir/out"
ok $? text_of_a_log_that_ended_long_ago_says_was

"$bin" queue -d "$db" --host MX5 >"$dir/out"
grep -q '^mx5: 2 queued (1 deferred, 1 not tried) as of .* ago$' "$dir/out" &&
	grep -q '^over 1 h 59 m  mx5  4F5C6400AA  deferred  from ?$' "$dir/out" &&
	grep -q '^0 s  mx5  4F5C6400AB  not tried  from <new@example.net>, 1 recipient$' "$dir/out"
r=$?
[ $r -eq 0 ] || sed 's/^/# /' "$dir/out"
ok $r a_log_that_goes_on_says_queued_and_an_age_beyond_its_begin_says_over

"$bin" queue -d "$db" --json --all >"$dir/json"
python3 - "$dir/json" "$here/../../schema/queue.schema.json" <<'P'
import json, sys
q = json.load(open(sys.argv[1]))
schema = json.load(open(sys.argv[2]))

def fits(value, s, at):
    kinds = {"object": dict, "array": list, "string": str, "integer": int, "number": (int, float), "boolean": bool, "null": type(None)}
    if "type" in s:
        types = s["type"] if isinstance(s["type"], list) else [s["type"]]
        assert any(isinstance(value, kinds[t]) for t in types), (at, value)
    if "enum" in s:
        assert value in s["enum"], (at, value)
    if isinstance(value, dict):
        assert set(value) == set(s["required"]) == set(s["properties"]), (at, set(value) ^ set(s["required"]))
        for k in value:
            fits(value[k], s["properties"][k], at + "." + k)
    if isinstance(value, list):
        for i, v in enumerate(value):
            fits(v, s["items"], "%s[%d]" % (at, i))

fits(q, schema, "queue")
got = [(m["queue_id"], m["state"], m["certainty"]) for m in q["messages"]]
assert got == [("4F5C640009", "deferred", "silent"), ("4F5C640008", "held", "ended"), ("4F5C640001", "deferred", "ended"),
               ("4F5C640002", "untried", "ended"), ("4F5C6400AA", "deferred", "fresh"), ("4F5C6400AB", "untried", "fresh")], got
assert [(h["host"], h["queued"], h["silent"], h["fresh"]) for h in q["hosts"]] == [("mx4", 3, 1, False), ("mx5", 2, 0, True)]
m = q["messages"][2]
assert m["age_s"] == 900.0 and len(m["recipients"]) == 1 and m["recipients"][0]["attempts"] == 2, m
assert not q["more"]
P
ok $? json_fits_its_schema_oldest_first_with_how_sure_each_is

"$bin" queue -d "$db" --csv >"$dir/csv"
python3 - "$dir/csv" <<'P'
import csv, sys
rows = list(csv.DictReader(open(sys.argv[1], newline="")))
assert [r["queue_id"] for r in rows] == ["4F5C640008", "4F5C640001", "4F5C640002", "4F5C6400AA", "4F5C6400AB"], rows
assert rows[1]["sender"] == "'=cmd@example.net" and rows[1]["recipient"] == "al@example.org" and rows[1]["dsn"] == "4.7.1", rows[1]
assert rows[2]["recipient"] == "" and rows[2]["nrcpt"] == "3" and rows[2]["attempts"] == "" and rows[2]["state"] == "untried", rows[2]
P
ok $? csv_has_a_line_a_waiting_recipient

"$bin" queue -d "$db" -n 2 2>"$dir/err" | grep -c '^[0-9]' >"$dir/out"
[ "$(cat "$dir/out")" = 2 ] && grep -q 'the oldest 2' "$dir/err"
ok $? a_limit_is_said

code 0 found_is_0
code 1 an_unknown_host_is_1 --host mx99
code 2 an_argument_is_2 mx4
code 2 a_bad_limit_is_2 --limit 0
printf '%s\n' '2026-03-14T09:30:00Z mx6 postfix/smtpd[1]: 4F5C640004: client=c[192.0.2.9]' \
	'2026-03-14T09:30:02Z mx6 postfix/qmgr[9]: 4F5C640004: removed' >"$dir/mx6.log"
"$bin" ingest -q -d "$db" "$dir/mx6.log"
code 1 an_empty_queue_is_1 --host mx6
grep -q '^mx6: 0 were queued when its log ended' "$dir/out"
ok $? an_empty_queue_says_as_of_when

# requeued by an operator: it waits under its new ID only; who merely says so is not believed
cat >"$dir/mx7.log" <<'L'
2026-03-14T09:30:00Z mx7 postfix/smtpd[1]: 4F5C640005: client=c[192.0.2.9]
2026-03-14T09:30:00Z mx7 postfix/cleanup[2]: 4F5C640005: message-id=<m5@app.example.net>
2026-03-14T09:30:00Z mx7 postfix/qmgr[3]: 4F5C640005: from=<a@example.net>, size=99, nrcpt=1 (queue active)
2026-03-14T09:30:01Z mx7 postfix/smtp[4]: 4F5C640005: to=<b@example.org>, relay=none, delay=1, delays=0/0/1/0, dsn=4.4.1, status=deferred (no route)
2026-03-14T09:31:00Z mx7 postfix/pickup[5]: 4F5C640006: uid=100 from=<a@example.net> orig_id=4F5C640005
2026-03-14T09:31:00Z mx7 postfix/cleanup[2]: 4F5C640006: message-id=<m5@app.example.net>
2026-03-14T09:31:00Z mx7 postfix/qmgr[3]: 4F5C640006: from=<a@example.net>, size=99, nrcpt=1 (queue active)
2026-03-14T09:31:01Z mx7 postfix/smtp[4]: 4F5C640006: to=<b@example.org>, relay=none, delay=61, delays=60/0/1/0, dsn=4.4.1, status=deferred (no route)
2026-03-14T09:32:00Z mx7 postfix/smtpd[1]: 4F5C640007: client=c[192.0.2.9]
2026-03-14T09:32:00Z mx7 postfix/cleanup[2]: 4F5C640007: message-id=<m7@app.example.net>
2026-03-14T09:32:00Z mx7 postfix/qmgr[3]: 4F5C640007: from=<a@example.net>, size=99, nrcpt=1 (queue active)
2026-03-14T09:32:01Z mx7 postfix/pickup[5]: 4F5C64000A: uid=1000 from=<x@example.net> orig_id=4F5C640007
2026-03-14T09:32:01Z mx7 postfix/cleanup[2]: 4F5C64000A: message-id=<another@app.example.net>
2026-03-14T09:32:01Z mx7 postfix/qmgr[3]: 4F5C64000A: from=<x@example.net>, size=99, nrcpt=1 (queue active)
L
"$bin" ingest -q -d "$db" "$dir/mx7.log"
"$bin" queue -d "$db" --host mx7 --utc | sed -n 's/.*  mx7  \([0-9A-F]*\)  .*/\1/p' >"$dir/out"
[ "$(tr '\n' ' ' <"$dir/out")" = "4F5C640006 4F5C640007 4F5C64000A " ]
r=$?
[ $r -eq 0 ] || sed 's/^/# /' "$dir/out"
ok $r a_requeued_message_waits_once

# ---- the lab: what its queues held when it ended ----
lab=${QTRAIL_DATA:-$here/../../../shared/data}/lab-a
if [ -d "$lab" ]; then
	"$bin" ingest -q -d "$dir/lab.db" "$lab/postfix-host.rfc3339.log" "$lab/sendmail.rfc3339.log" &&
		"$bin" ingest -q -d "$dir/lab.db" --host mx2 "$lab/exim-mainlog"
	"$bin" queue -d "$dir/lab.db" --json --all -n 100000 >"$dir/json" 2>"$dir/err"
	python3 - "$dir/json" "$lab" <<'P'
import json, re, sys
got = {(m["host"], m["queue_id"]) for m in json.load(open(sys.argv[1]))["messages"]}
hosts = {"mx1.example.test": "mx1", "mx4.example.test": "mx1", "mx3.example.test": "mx3"}  # mx4: a second instance on mx1
left = json.load(open(sys.argv[2] + "/summary.json"))["left_in_queues"]
want = {(hosts[h], i) for h in hosts for i in left[h]}
# the queue of mx2 was emptied without a line that says so: what its log leaves without an end
last = {}
for line in open(sys.argv[2] + "/exim-mainlog", errors="replace"):
    m = re.match(r"\S+ \S+ (\w{6}-\w{6}-\w\w) (.*)", line)
    if m and last.get(m[1], "") not in ("Completed", "cancelled"):
        last[m[1]] = "cancelled" if " cancelled by " in line else m[2].strip()
want |= {("mx2", i) for i, text in last.items() if text.startswith("== ")}
assert got == want, ("too many", got - want, "missing", want - got)
P
	ok $? what_the_queues_of_the_lab_held_at_its_end
else
	echo "# no data of the lab in $lab: not checked"
fi

# the index, not the table, has what is open
python3 - "$db" "$here/../../schema/queue/entries.sql" <<'P'
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
plan = " ".join(r[3] for r in db.execute("EXPLAIN QUERY PLAN " + open(sys.argv[2]).read(), (1,)))
assert "entry_open" in plan, plan
assert "SCAN" not in plan, plan
P
ok $? open_entries_are_found_by_an_index

finish
