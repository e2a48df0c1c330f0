#!/bin/sh
# run.sh - QTRAIL: the command line, as users meet it: answers on samples/ against golden files
# (read the diff before you believe a new one: UPDATE=1 writes them), bad input, exit codes.
set -u
bin=$1
here=$(cd "$(dirname "$0")" && pwd)
samples=$here/../../samples
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
db=$dir/q.db

# shellcheck source=/dev/null
. "$here/../lib.sh"

# same NAME COMMAND...: standard output is golden/NAME
same() {
	name=$1
	shift
	"$@" >"$dir/out" 2>"$dir/err"
	[ -n "${UPDATE:-}" ] && cp "$dir/out" "$here/golden/$name"
	diff -u "$here/golden/$name" "$dir/out"
	ok $? "$name"
}

# fails CODE TEXT NAME COMMAND...: exit code, one sentence on standard error that holds TEXT
fails() {
	code=$1
	text=$2
	name=$3
	shift 3
	"$@" >"$dir/out" 2>"$dir/err"
	got=$?
	[ "$got" -eq "$code" ] && grep -qF -- "$text" "$dir/err"
	r=$?
	[ $r -ne 0 ] && echo "# exit code $got, said: $(cat "$dir/err")"
	ok $r "$name"
}

sql() {
	sqlite3 "$db" "$1"
}

export TZ=UTC
"$bin" ingest -q -d "$db" "$samples/postfix.log" "$samples/sendmail.log"
ok $? "ingest_of_the_samples"
"$bin" ingest -q -d "$db" --host mx2 "$samples/exim.log"
ok $? "ingest_of_a_log_without_host"

same trace.txt "$bin" trace -d "$db" 4F75AA9663D
same trace-ascii.txt "$bin" trace --ascii --utc -d "$db" 77057A96988
same trace.json "$bin" trace --json -d "$db" 4F75AA9663D
same trace-lines.txt "$bin" trace --lines -d "$db" 4F75AA9663D
# a line with several recipients is one line (the golden file once said otherwise)
LC_ALL=C sort "$samples"/*.log >"$dir/sorted"
for id in 4F75AA9663D 77057A96988 5620DA969D6 B6E97A9698B; do
	"$bin" trace --lines -d "$db" $id | LC_ALL=C sort | LC_ALL=C comm -23 - "$dir/sorted" >"$dir/more"
	[ ! -s "$dir/more" ]
	ok $? "no_line_more_often_than_in_the_logs: $id"
done
same trace.dot "$bin" trace --dot -d "$db" 4F75AA9663D
same trace-forward.txt "$bin" trace -d "$db" 5620DA969D6
same trace-sql.txt sqlite3 -cmd ".param set :id '4F75AA9663D'" "$db" ".read $here/../../schema/queries/trace.sql"

for query in '<6b042c81.0001.basic@lab.test>' 6b042c81.0001.basic@lab.test '250 2.0.0 OK queued as 4F75AA9663D' \
	'250 2.0.0 Ok: queued as 4F75AA9663D' '(250 2.0.0 Ok: queued as 4F75AA9663D)' '250 OK id=1xVSpV-00000P-1l' \
	'250 2.0.0 6ANC7Twj000091 Message accepted for delivery' 4jY4Sn4Jkyz1ckfZ; do
	"$bin" trace --json -d "$db" "$query" | python3 -c '
import json, sys
t = json.load(sys.stdin)
ids = {e["queue_id"] for e in t["entries"]}
sys.exit(ids != {"4F75AA9663D", "61118A9663F", "1xVSpV-00000P-1l", "6ANC7Twj000091", "4jY4Sn4Jkyz1ckfZ"})'
	ok $? "the_whole_graph_from: $query"
done

# ingested once, under whatever name
before=$(sql 'SELECT count(*) FROM delivery')
"$bin" ingest -q -d "$db" "$samples/postfix.log"
cp "$samples/postfix.log" "$dir/other-name"
gzip "$dir/other-name"
"$bin" ingest -q -d "$db" "$dir/other-name.gz"
[ "$(sql 'SELECT count(*) FROM delivery')" -eq "$before" ]
ok $? "the_same_content_is_taken_once"
[ "$(sql 'PRAGMA foreign_key_check' | wc -l)" -eq 0 ] && [ "$(sql 'PRAGMA integrity_check')" = ok ]
ok $? "the_database_is_sound"
[ "$(stat -c %a "$db")" = 640 ]
ok $? "the_database_is_not_for_everyone"

# bad input
fails 1 "nothing found" "an_unknown_id_gives_1_and_says_what_is_covered" "$bin" trace -d "$db" NOSUCHID
grep -q mx2 "$dir/err"
ok $? "coverage_names_the_hosts"
fails 2 "no-such-file" "a_missing_file" "$bin" ingest -d "$dir/x.db" "$dir/no-such-file"
mkdir "$dir/d"
fails 2 "no file in this directory" "an_empty_directory" "$bin" ingest -d "$dir/x.db" "$dir/d"
: >"$dir/empty"
fails 2 "is empty" "an_empty_file" "$bin" ingest -d "$dir/x.db" "$dir/empty"
head -c 100000 /dev/urandom >"$dir/binary"
fails 2 "no line of it is in a log format" "a_binary_file" "$bin" ingest -d "$dir/x.db" "$dir/binary"
[ "$(sqlite3 "$dir/x.db" 'SELECT count(*) FROM entry')" -eq 0 ]
ok $? "nothing_comes_of_them"
{
	head -n 20 "$samples/postfix.log"
	head -c 1000000 /dev/zero | tr '\0' x
	echo
	tail -n +21 "$samples/postfix.log"
} >"$dir/long.log"
fails 2 "long.log:21:" "a_line_of_1_MB_is_named_and_skipped" "$bin" ingest -d "$dir/long.db" "$dir/long.log"
"$bin" ingest -q -d "$dir/plain.db" "$samples/postfix.log"
q='SELECT host, queue_id, state, sender FROM message ORDER BY 1, 2'
[ "$(sqlite3 "$dir/long.db" "$q")" = "$(sqlite3 "$dir/plain.db" "$q")" ]
ok $? "all_other_lines_are_taken"
{
	head -n 3 "$samples/postfix.log"
	head -c 70000 /dev/zero | tr '\0' x
	echo
} >"$dir/end.log"
fails 2 "end.log:4:" "a_long_line_at_the_end_is_named_too" "$bin" ingest -d "$dir/end.db" "$dir/end.log"
[ "$(sqlite3 "$dir/end.db" 'SELECT count(*), (SELECT lines FROM source) FROM entry')" = "1|4" ]
ok $? "and_what_came_before_it_is_taken"
"$bin" ingest -q -d "$dir/end.db" "$dir/end.log"
[ "$(sqlite3 "$dir/end.db" 'SELECT count(*), (SELECT sum(lines) FROM run) FROM source')" = "1|4" ]
ok $? "once"
printf '2026-03-14T09:15:02Z mx1 postfix/cleanup[9]: 4F75AA9663D: message-id=<\377\376\033[31m@x>\n\0\0\0\n' >"$dir/nul.log"
fails 2 "nul.log:2:" "nul_bytes_are_named" "$bin" ingest -d "$dir/nul.db" "$dir/nul.log"
"$bin" trace -d "$dir/nul.db" 4F75AA9663D | grep -q '\\xFF\\xFE\\x1B\[31m'
ok $? "hostile_bytes_are_shown_escaped"
"$bin" trace --json -d "$dir/nul.db" 4F75AA9663D | python3 -c 'import json, sys; json.load(sys.stdin)'
ok $? "hostile_bytes_in_json_stay_json"
echo "not a database at all, but some text" >"$dir/text.db"
fails 2 "not a database" "a_file_that_is_no_database" "$bin" ingest -d "$dir/text.db" "$samples/postfix.log"
sqlite3 "$dir/other.db" 'CREATE TABLE t (a)'
fails 2 "not one of qtrail" "a_database_of_another_program" "$bin" ingest -d "$dir/other.db" "$samples/postfix.log"
cp "$dir/plain.db" "$dir/newer.db"
sqlite3 "$dir/newer.db" 'PRAGMA user_version = 99'
fails 2 "use a newer qtrail" "a_database_of_a_newer_version" "$bin" ingest -d "$dir/newer.db" "$samples/postfix.log"
fails 2 "make the directory first" "a_database_in_no_directory" "$bin" ingest -d "$dir/no/such/q.db" "$samples/postfix.log"
# as a user who has none (and may have no way to this program)
nobody="setpriv --reuid 65534 --regid 65534 --clear-groups"
if [ "$(id -u)" -eq 0 ] && $nobody "$bin" --version >/dev/null 2>&1; then
	for odd in "-u HOME" HOME= HOME=relative; do
		# shellcheck disable=SC2086 # words
		fails 2 "qtrail: $(getent passwd 65534 | cut -d: -f6)/.local/share/qtrail/qtrail.db" "the_users_own_home: $odd" \
			env -u QTRAIL_DB -u XDG_DATA_HOME $odd $nobody "$bin" trace X
	done
fi
fails 2 "no such database" "trace_without_a_database" "$bin" trace -d "$dir/none.db" X
fails 2 "no command" "an_unknown_command" "$bin" nonsense
fails 2 "usage" "trace_without_a_query" "$bin" trace
# wrong values: of every command, each says which option and what is due
wrong() {
	sentence=$1
	shift
	fails 2 "qtrail: $sentence" "wrong: $*" "$bin" "$@"
}
wrong "--limit is a number from 1 on" search --limit 0 x
wrong "--since is a time such as" search --since whenever x
wrong "--size is a number of bytes" search --size huge
wrong "--sender is empty" search --sender ''
wrong "one word at most" search a b
wrong "--at is a time such as" trace --at never X
wrong "--limit is a number from 1 on" queue -n many
wrong "queue takes no arguments" queue extra
wrong "--top is a number from 1 to 100000" report --top 100001
wrong "--until is a time such as" report -u never
wrong "--batch is a number of entries" prune --batch 0
wrong "--wait is a number of seconds" prune --wait 86401
wrong "--year is a number such as 2026" ingest --year 20 x
wrong "--host is NAME or PATTERN=NAME" ingest --host = x
wrong "--timezone is ZONE or HOST=ZONE" ingest --timezone =Europe/Berlin x
wrong "--batch is a number of lines" ingest --batch -1 x
for command in ingest trace search report queue status prune check parsers explain; do
	fails 2 "qtrail $command: unrecognized option" "unknown_option: $command" "$bin" $command --bogus
	"$bin" $command --help | grep -q "^usage: qtrail $command" && "$bin" $command -h | grep -q "^usage:"
	ok $? "help: $command"
done
# standard streams that are closed, or lead to a full disk
gone() {
	for how in closed full; do
		if [ $how = closed ]; then "$bin" "$@" >&- 2>"$dir/err"; else "$bin" "$@" >/dev/full 2>"$dir/err"; fi
		[ $? -eq 2 ] && grep -q 'cannot write' "$dir/err"
		ok $? "an_answer_that_cannot_be_written, $how: $*"
	done
}
for form in --json --html --lines --dot --utc; do
	gone trace -d "$db" $form 4F75AA9663D
done
for form in --json --csv --utc; do
	gone search -d "$db" $form alice@pf2.test
	gone queue -d "$db" $form
done
gone report -d "$db" --html
gone status -d "$db"
gone check -d "$db"
gone parsers
gone explain x
gone --help
gone trace --help
gone --version
"$bin" ingest -d "$dir/streams.db" "$samples/postfix.log" <&- >&- 2>&- &&
	[ "$(wc -l <"$dir/streams.db-lock")" -eq 1 ] && [ "$(sqlite3 "$dir/streams.db" 'SELECT count(*) FROM entry')" = 14 ]
ok $? "an_ingest_without_standard_streams_writes_no_word_elsewhere"
timeout 20 "$bin" ingest -d "$dir/streams.db" - <&- 2>"$dir/err"
[ $? -eq 2 ] && grep -q 'standard input' "$dir/err"
ok $? "a_standard_input_that_is_closed"
timeout 20 "$bin" explain - <&- 2>"$dir/err"
[ $? -eq 2 ] && grep -q 'standard input' "$dir/err"
ok $? "also_to_explain"
fails 2 "unknown time zone" "an_unknown_time_zone" "$bin" ingest -d "$dir/x.db" --timezone Mars/Base "$samples/postfix.log"
gzip -c "$here/../../parsers/exim.yaml" | head -c 2000 >"$dir/cut.gz"
fails 2 "cut.gz" "a_truncated_gzip_file" "$bin" ingest -d "$dir/x.db" "$dir/cut.gz"

# journald export: a binary field of megabytes between the lines of a record moves the buffer they are in
python3 -c '
import struct, sys
out = sys.stdout.buffer
def record(n, text, extra=b""):
    out.write(b"__CURSOR=c%d\n__REALTIME_TIMESTAMP=%d\n_HOSTNAME=mx1\nSYSLOG_IDENTIFIER=postfix/cleanup\n_PID=9\n" % (n, 1773479702000000 + n))
    out.write(extra + b"MESSAGE=" + text + b"\n\n")
big = b"x\n" * 1500000
record(1, b"4F5C640001: message-id=<m1@app.example.net>")
record(2, b"4F5C640002: message-id=<m2@app.example.net>", b"BIG\n" + struct.pack("<Q", len(big)) + big + b"\n")
record(3, b"4F5C640003: message-id=<m3@app.example.net>")
' >"$dir/journal.export"
"$bin" ingest -q -d "$dir/journal.db" "$dir/journal.export"
ok $? "journald_export_with_a_large_binary_field"
[ "$(sqlite3 "$dir/journal.db" 'SELECT group_concat(queue_id) FROM (SELECT queue_id FROM entry ORDER BY 1)')" = 4F5C640001,4F5C640002,4F5C640003 ]
ok $? "every_record_of_it_is_taken"
"$bin" trace --lines -d "$dir/journal.db" 4F5C640002 | grep -q 'mx1 postfix/cleanup\[9\]: 4F5C640002: message-id=<m2@app.example.net>'
ok $? "its_lines_are_kept_in_short_form"
"$bin" ingest -q -d "$dir/journal.db" "$dir/journal.export"
[ "$(sqlite3 "$dir/journal.db" 'SELECT count(*), sum(matched) FROM entry, (SELECT matched FROM source)')" = "3|9" ]
ok $? "and_taken_once"

# --year on a file that is continued after New Year
printf 'Dec 31 23:59:59 mx1 postfix/cleanup[9]: 4F5C640001: message-id=<m1@app.example.net>\nJan  1 00:00:01 mx1 postfix/cleanup[9]: 4F5C640002: message-id=<m2@app.example.net>\n' >"$dir/year.log"
"$bin" ingest -q -d "$dir/year.db" --year 2024 "$dir/year.log"
printf 'Jan  2 00:00:01 mx1 postfix/cleanup[9]: 4F5C640003: message-id=<m3@app.example.net>\n' >>"$dir/year.log"
"$bin" ingest -q -d "$dir/year.db" --year 2024 "$dir/year.log"
[ "$(sqlite3 "$dir/year.db" 'SELECT group_concat(substr(first_time, 1, 10)) FROM (SELECT first_time FROM message ORDER BY queue_id)')" = 2024-12-31,2025-01-01,2025-01-02 ]
ok $? "a_continued_file_keeps_its_year"

# a line that no rule takes: how far the nearest one came, also where free text would reach any end
stops() {
	"$bin" explain "$3" >"$dir/out"
	tail -n 2 "$dir/out" | grep -qF "$2"
	r=$?
	[ $r -ne 0 ] && tail -n 2 "$dir/out"
	ok $r "$1"
}
stops "an_unknown_word" 'status=deliver  >>>  ed (250 Ok)' \
	'Mar 14 09:15:02 mx1 postfix/smtp[9]: 4F5C640001: to=<a@example.org>, relay=mx.example.org[192.0.2.25]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=delivered (250 Ok)'
stops "a_field_too_many" 'client=mail.example.net[198.51.100.7]  >>>  , foo=bar' \
	'Mar 14 09:15:02 mx1 postfix/smtpd[9]: 4F5C640001: client=mail.example.net[198.51.100.7], foo=bar'
stops "a_field_after_free_text" 'H=mx.example.org [203.0.113.25]  >>>   ZZ=1' \
	'2026-03-14 09:15:02 1w1L5K-00000000ASb-1knl => x@example.org R=dnslookup T=remote_smtp H=mx.example.org [203.0.113.25] ZZ=1 C="250 ok"'

# a full disk: a small file system, where this machine lets us make one
if mkdir "$dir/small" && mount -t tmpfs -o size=256k none "$dir/small" 2>/dev/null; then
	i=0
	while [ $i -lt 60 ]; do
		sed "s/A966/B$(printf %02d $i)6/g" "$samples/postfix.log"
		i=$((i + 1))
	done >"$dir/big.log"
	fails 2 "full" "a_full_disk" "$bin" ingest -d "$dir/small/q.db" "$dir/big.log"
	[ "$(sqlite3 "$dir/small/q.db" 'PRAGMA integrity_check')" = ok ]
	ok $? "a_full_disk_leaves_a_sound_database"
	umount "$dir/small"
else
	echo "# no tmpfs here: the full disk is not tested"
fi

finish
