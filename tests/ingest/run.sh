#!/bin/sh
# run.sh - QTRAIL: what ingest reads, in which order, how it waits and stops, and follows.
set -u
bin=$1
# shellcheck source=/dev/null
. "$(dirname "$0")/../lib.sh"
# shellcheck disable=SC2034 # ok prints it
said=err
dir=$(mktemp -d)
following=
trap '[ -n "$following" ] && kill "$following" 2>/dev/null; rm -rf "$dir"' EXIT
export TZ=UTC
cd "$dir" || exit 1
: >none.conf

# ingest ARG...: without the machine's own configuration
ingest() {
	"$bin" ingest --config "$dir/none.conf" -d "$db" "$@" >out 2>err
}

# is NAME SQL EXPECTED: what the database says
is() {
	got=$(sqlite3 "$db" "$2" 2>&1)
	[ "$got" = "$3" ]
	r=$?
	[ $r -ne 0 ] && printf '# got: %s\n# not: %s\n' "$got" "$3"
	ok $r "$1"
}

# fails TEXT NAME ARG...: exit code 2, and a sentence with this text
fails() {
	text=$1
	name=$2
	shift 2
	ingest "$@"
	[ $? -eq 2 ] && grep -qF -- "$text" err
	ok $? "$name"
}

# line DAY SECOND ID: one cleanup line of mx1
line() {
	printf '2026-03-%02dT09:%02d:%02dZ mx1 postfix/cleanup[9]: %s: message-id=<%s@app.example.net>\n' \
		"$1" $(($2 / 60)) $(($2 % 60)) "$3" "$3"
}

# log DAY COUNT: some lines, with IDs of their own
log() {
	i=0
	while [ $i -lt "$2" ]; do
		line "$1" $i "$(printf '4F5C%02d%04X' "$1" $i)"
		i=$((i + 1))
	done
}

old() {
	touch -d '2026-06-01 00:00' "$@"
}

# ---- directories, patterns, order ----

db=$dir/dir.db
mkdir logs logs/below
log 14 20 | gzip >logs/mail.log.2.gz
log 15 20 | xz >logs/mail.log.1.xz
log 16 20 >logs/mail.log
log 17 20 >logs/below/mail.log
log 18 20 >logs/.hidden
log 19 20 >logs/mail.log~
: >logs/empty
: | gzip >logs/empty.gz
head -c 5000 /dev/urandom >logs/noise
printf 'Dear diary,\nnothing happened today.\n' >logs/text
printf '2026-03-14 09:15:02 status installed libc6:amd64 2.36-9\n' >logs/dpkg.log
old logs/*
ingest logs
ok $? "a_directory_with_files_that_are_no_logs"
grep -q '^5 file(s) passed over: no log' out
ok $? "they_are_counted"
is "its_logs_are_taken_and_no_others" 'SELECT count(*), count(DISTINCT date(first_at / 1000000, "unixepoch")) FROM entry' '60|3'
is "oldest_first" "SELECT group_concat(replace(path, 'logs/', ''), ' ') FROM (SELECT path FROM source ORDER BY id)" \
	'mail.log.2.gz mail.log.1.xz mail.log'
is "nothing_is_unmatched" 'SELECT count(*) FROM unmatched' 0
ingest logs
ok $? "the_same_directory_again"
grep -q '^0 lines' out && grep -q '^3 file(s) not opened' out
ok $? "finished_files_are_not_opened"
ingest --recheck logs
grep -q '^0 lines' out && ! grep -q 'not opened' out
ok $? "recheck_opens_them_and_finds_nothing_new"
line 16 100 4F5C16FFFF >>logs/mail.log
ingest logs
grep -q '^1 lines' out && grep -q '^2 file(s) not opened' out
ok $? "a_file_that_grew_is_read_on"
# rotation of the whole directory
mv logs/mail.log.2.gz logs/mail.log.3.gz
mv logs/mail.log.1.xz logs/mail.log.2.xz
gzip -c logs/mail.log >logs/mail.log.1.gz
log 20 20 >logs/mail.log
ingest logs
grep -q '^20 lines' out && grep -q '^2 file(s) not opened' out
ok $? "after_a_rotation_only_what_is_new"
is "and_nothing_twice" 'SELECT count(*), count(DISTINCT queue_id) FROM entry' '81|81'
is "one_source_a_content" 'SELECT count(*) FROM source' 4
# same size, same time, other content: the hint is only for the same inode
db=$dir/swap.db
log 14 20 >swap
old swap
ingest swap
log 15 20 >swap.new
old swap.new
mv swap.new swap
ingest swap
is "a_file_replaced_by_one_of_equal_size_and_time" 'SELECT count(*) FROM entry' 40

db=$dir/glob.db
ingest 'logs/mail.log.?.gz' 'logs/*/'
ok $? "patterns_given_quoted"
is "what_they_match" 'SELECT count(*), count(DISTINCT date(first_at / 1000000, "unixepoch")) FROM entry' '61|3'
fails "no file matches" "a_pattern_that_matches_nothing" 'logs/*.nothing'
mkdir void
fails "no file in this directory" "an_empty_directory" void
fails "is empty" "an_empty_file_named" logs/empty
fails "no line of it is in a log format" "a_text_named" logs/text
fails "no-such-file" "a_missing_file_does_not_stop_the_others" no-such-file logs/mail.log.2.xz
is "the_others_were_read" 'SELECT count(*) FROM entry' 81
ln -s mail.log.2.xz logs/link.xz
db=$dir/twice.db
ingest logs/mail.log.2.xz logs/link.xz logs
is "a_file_under_several_names" 'SELECT count(*) FROM entry' 81
ingest logs/mail.log.2.xz - <logs/below/mail.log
is "standard_input_beside_files" 'SELECT count(*) FROM entry' 101

# the beginning of a file that is known (a copy under way) is nothing new; damage is not another file
db=$dir/part.db
log 14 200 >whole
ingest whole
head -n 100 whole >part
ingest part
ok $? "a_copy_cut_short"
is "is_not_another_file" 'SELECT count(*), (SELECT count(*) FROM source) FROM entry' '200|1'
python3 -c 'import random; r = random.Random(1)
for i in range(40000): print("2026-03-14T09:15:02Z mx1 postfix/cleanup[9]: 4F%08X: message-id=<%032x@app.example.net>" % (i, r.getrandbits(128)))' >big
ingest big
gzip -c big | head -c 500000 >big.gz
fails "big.gz" "a_compressed_copy_cut_short" big.gz
is "adds_nothing_either" 'SELECT count(*) FROM entry' 40200
db=$dir/whole.db
ingest big.gz
is "alone_it_gives_what_can_be_read" 'SELECT count(*) BETWEEN 5000 AND 39999 FROM entry' 1
gzip -c big >big.gz
ingest big.gz
ok $? "and_the_rest_when_it_is_whole"
is "each_line_once" 'SELECT count(*), (SELECT count(*) FROM source) FROM entry' '40000|1'

# ---- one writer, and stopping ----

db=$dir/wait.db
mkfifo pipe
"$bin" ingest --config none.conf -d "$db" -q - <pipe 2>holder.err &
holder=$!
exec 3>pipe
i=0
while [ ! -s "$db-lock" ] && [ $i -lt 100 ]; do
	sleep 0.1
	i=$((i + 1))
done
fails "process $holder, since 20" "a_second_ingest_says_who_has_the_database" --wait 0 whole
grep -q '"qtrail ingest --config none.conf' err
ok $? "and_how_it_was_called"
fails "waited 1 s" "after_waiting" --wait 1 whole
(
	sleep 1
	kill -TERM $holder
) &
ingest -q --wait 60 whole
ok $? "it_goes_on_when_the_other_ends"
wait $holder
[ $? -eq 2 ] && grep -q 'stopped by SIGTERM' holder.err
ok $? "SIGTERM_ends_the_waiting_for_input"
exec 3>&-
fails "--wait is" "a_wait_that_is_no_number" --wait soon whole

# the first line is being written
line 1 1 4F5C010001 | tr -d '\n' >begun
ingest begun
r=$?
[ -s err ] && r=1
ok $r "half_a_line_waits_in_silence"
echo >>begun
ingest begun
r=$?
[ -s err ] && r=1
ok $r "and_read_when_the_line_ends"
head -c 70000 /dev/zero | tr '\0' a >endless
fails "endless: has no whole line yet" "a_line_that_never_ends" endless

# somebody removes the database in the middle: what is written into a file without a name is lost
kept=$db
db=$dir/removed.db
mkfifo slowly
{
	log 1 5
	while [ ! -s "$db" ]; do sleep 0.05; done
	rm -f "$db"
	log 2 5
} >slowly &
fails "removed.db: was removed or replaced" "a_database_removed_meanwhile" slowly
wait
db=$kept

db=$dir/stop.db
i=0
code=0
while [ $i -lt 40 ] && [ "$code" -ne 0 ] || [ $i -eq 0 ]; do
	timeout -s TERM 0.1 "$bin" ingest --config none.conf -q -d "$db" big 2>err
	code=$?
	i=$((i + 1))
done
"$bin" ingest --config none.conf -q -d "$db" big
is "stopped_again_and_again_each_line_once" 'SELECT count(*), count(DISTINCT queue_id) FROM entry' '40000|40000'

# ---- configuration ----

# conf NAME: the configuration from standard input, and a database of this name
conf() {
	cat >"$1.conf"
	db=$dir/$1.db
}
# configured NAME ARG...: ingest by that configuration
configured() {
	name=$1
	shift
	"$bin" ingest --config "$dir/$name.conf" "$@" >out 2>err
}

mkdir conf
cat >conf/main.log <<'END'
2026-03-14 09:15:02 1xVSpV-00000P-1l => u@example.org R=dnslookup T=remote_smtp H=mx.example.org [192.0.2.25] C="250 ok"
END
cat >conf/two.log <<'END'
Mar 14 09:15:02 mx1 postfix/cleanup[9]: 4F5C640001: message-id=<m1@app.example.net>
Mar 14 09:15:02 mx2 postfix/cleanup[9]: 4F5C640002: message-id=<m2@app.example.net>
Mar 14 09:15:02 mx3.example.org postfix/cleanup[9]: 4F5C640003: message-id=<m3@app.example.net>
END
touch -d '2026-06-01 00:00' conf/*
conf all <<END
# what the nightly run reads
database: $dir/all.db
timezone: America/New_York
keep-lines: no
retention: 20y
wait: 5
sources:
  - $dir/conf/two.log
  - path: $dir/conf/main*
    host: mx9
hosts:
  mx1.example.org:
    timezone: Europe/Berlin
    names: [mail.example.org, 192.0.2.1]
  mx2:
    timezone: Asia/Tokyo
END
configured all
ok $? "ingest_of_the_sources_of_the_configuration"
is "a_zone_for_each_host" "SELECT group_concat(substr(first_time, 12, 5), ' ') FROM (SELECT first_time FROM message WHERE queue_id LIKE '4F%' ORDER BY queue_id)" \
	'08:15 00:15 13:15'
is "a_host_for_a_pattern_of_files" "SELECT host, substr(first_time, 12, 5) FROM message WHERE queue_id LIKE '1x%'" 'mx9|13:15'
is "names_of_a_host" "SELECT group_concat(name, ' ') FROM (SELECT name FROM host_name WHERE origin = 'config' AND name LIKE '%2%' OR name LIKE 'mail%' ORDER BY 1)" \
	'192.0.2.1 mail.example.org'
is "no_lines_are_kept" 'SELECT count(*) FROM line_chunk' 0
db=$dir/flags.db
configured all -d "$db" --keep-lines --timezone mx2=Europe/London --timezone UTC --host "$dir/conf/main.*=mx8"
is "flags_count_before_the_configuration" "SELECT group_concat(host || substr(first_time, 12, 5), ' ') FROM (SELECT * FROM message ORDER BY queue_id)" \
	'mx809:15 mx1.example.org08:15 mx209:15 mx3.example.org09:15'
is "lines_are_kept_after_all" 'SELECT count(*) > 0 FROM line_chunk' 1
db=$dir/order.db
configured all -d "$db" --host any conf/main.log
is "host_for_all_files" "SELECT host FROM message" any

# wrong NAME TEXT CONTENT: a configuration that is refused with this text
wrong() {
	printf '%b' "$3" >wrong.conf
	configured wrong whole
	[ $? -eq 2 ] && grep -qF -- "$2" err
	ok $? "$1"
}
wrong "a_word_misspelt" 'wrong.conf:1:1: unknown word "databse" (see qtrail.conf(5))' 'databse: /x\n'
wrong "a_word_twice" 'wrong.conf:2:1: "wait" stands here twice' 'wait: 5\nwait: 6\n'
wrong "a_relative_path" 'wrong.conf:1:11: "q.db" is no absolute path' 'database: q.db\n'
wrong "a_zone_that_is_none" 'wrong.conf:1:11: unknown time zone "Mars/Base"' 'timezone: Mars/Base\n'
wrong "a_word_of_a_host_misspelt" 'wrong.conf:3:5: unknown word "timzone"' 'hosts:\n  mx1:\n    timzone: UTC\n'
wrong "hosts_that_are_a_list" 'wrong.conf:1:8: hosts as keys are due here' 'hosts: [mx1]\n'
wrong "neither_yes_nor_no" 'wrong.conf:1:13: yes or no is due here' 'keep-lines: perhaps\n'
wrong "a_time_that_is_none" 'wrong.conf:1:12: an age such as 90d' 'retention: long\n'
wrong "a_source_without_path" 'wrong.conf:2:5: this source has no path' 'sources:\n  - host: mx1\n'
wrong "what_is_no_YAML" 'wrong.conf:' 'sources: [\n'
wrong "a_list_where_words_are_due" 'wrong.conf:1:1: a mapping' '- a\n'
"$bin" ingest --config "$dir/nothing.conf" whole >out 2>err
[ $? -eq 2 ] && grep -q 'nothing.conf: No such file' err
ok $? "a_configuration_that_is_missing"
"$bin" ingest --config none.conf -d "$db" >out 2>err
[ $? -eq 2 ] && grep -q 'name the log files' err
ok $? "neither_files_nor_sources"

# ---- the journal, by a journalctl of our own ----

mkdir path
cat >path/journalctl <<'END'
#!/usr/bin/env python3
# gives the records of $JOURNAL (one body a line) after the cursor, as journalctl would
import os, struct, sys, time
args = sys.argv[1:]
open(os.environ["JOURNAL"] + ".args", "a").write(" ".join(args) + "\n")
after = [a.split("=", 1)[1] for a in args if a.startswith("--after-cursor=")]
start = int(after[0].split(";")[0][2:]) if after else 0
n = 0
out = sys.stdout.buffer
while True:
    lines = open(os.environ["JOURNAL"]).read().splitlines()
    for line in lines[max(n, start):]:
        k = lines.index(line) + 1
        out.write(b"__CURSOR=s=%d;i=1\n__REALTIME_TIMESTAMP=%d\n_HOSTNAME=mx1\nSYSLOG_IDENTIFIER=postfix/cleanup\n_PID=9\n" % (k, 1773479702000000 + k))
        text = line.encode() + (b"\n__CURSOR=s=999;i=1\n" if "binary" in line else b"")
        out.write(b"MESSAGE\n" + struct.pack("<Q", len(text)) + text + b"\n\n")
    n = len(lines)
    out.flush()
    if "--follow" not in args:
        break
    time.sleep(0.05)
sys.exit(int(os.environ.get("JOURNAL_EXIT", "0")))
END
chmod +x path/journalctl
JOURNAL=$dir/journal.txt
export JOURNAL
PATH=$dir/path:$PATH
printf '4F5C640001: message-id=<m1@app.example.net>\n4F5C640002: message-id=<binary@app.example.net>\n' >journal.txt
db=$dir/journal.db
ingest --journal
ok $? "the_journal"
is "its_records" 'SELECT group_concat(queue_id) FROM (SELECT queue_id FROM entry ORDER BY 1)' 4F5C640001,4F5C640002
is "a_cursor_within_a_message_is_none" "SELECT kind, cursor FROM source" 'journal|s=2;i=1'
printf '4F5C640003: message-id=<m3@app.example.net>\n' >>journal.txt
ingest --journal --journal-match SYSLOG_FACILITY=2
is "goes_on_after_the_cursor" 'SELECT (SELECT count(*) FROM entry), (SELECT count(*) FROM source), (SELECT sum(matched) FROM run)' '3|1|3'
tail -n 1 journal.txt.args | grep -q -- '--after-cursor=s=2;i=1 SYSLOG_FACILITY=2$'
ok $? "and_asks_journalctl_for_that"
ingest --journal
is "again_nothing_new" 'SELECT sum(matched) FROM run' 3
JOURNAL_EXIT=3
export JOURNAL_EXIT
printf '4F5C640004: message-id=<m4@app.example.net>\n' >>journal.txt
fails "journalctl ended with exit code 3" "a_journalctl_that_fails_is_told" --journal
is "what_it_gave_is_kept" 'SELECT count(*) FROM entry' 4
unset JOURNAL_EXIT
PATH=$dir/void "$bin" ingest --config none.conf -d "$db" --journal >out 2>err
[ $? -eq 2 ] && grep -q "cannot run journalctl" err
ok $? "no_journalctl"

# ---- following ----

# follow ARG...: in the background
follow() {
	"$bin" ingest --config none.conf -q -d "$db" --follow "$@" >out 2>err &
	following=$!
}
# comes NAME SQL EXPECTED: the database says so before long. The patience is less than the ten seconds
# between two looks into directories, so that a commit that only these bring about is found.
comes() {
	n=0
	while [ $n -lt 60 ] && [ "$(sqlite3 "$db" "$2" 2>/dev/null)" != "$3" ]; do
		sleep 0.1
		n=$((n + 1))
	done
	is "$@"
}
# unfollow NAME: SIGTERM ends it in good order
unfollow() {
	kill -TERM "$following"
	wait "$following"
	ok $? "$1"
	following=
}
all='SELECT count(*), count(DISTINCT queue_id) FROM entry'

db=$dir/follow.db
mkdir tail
log 1 3 >tail/mail.log
follow tail/mail.log tail/later.log
comes "what_is_there_is_read" "$all" '3|3'
sleep 2
line 1 100 4F5C01A001 >>tail/mail.log
comes "what_is_added_is_read" "$all" '4|4'
printf '%s' "$(line 1 101 4F5C01A002)" >>tail/mail.log
log 2 2 >tail/later.log
comes "a_file_that_comes_later" "$all" '6|6'
printf '\n' >>tail/mail.log
comes "a_line_in_two_parts" "$all" '7|7'
mv tail/mail.log tail/mail.log.1
line 1 102 4F5C01A003 >>tail/mail.log.1
log 3 4 >tail/mail.log
line 1 103 4F5C01A004 >>tail/mail.log.1
comes "rotation_by_renaming" "$all" '13|13'
: >tail/mail.log
log 4 2 >>tail/mail.log
comes "truncated_and_written_to_again" "$all" '15|15'
head -c 70000 /dev/zero | tr '\0' x >>tail/mail.log
sleep 0.3
head -c 70000 /dev/zero | tr '\0' x >>tail/mail.log
printf '\n%s\n' "$(line 4 200 4F5C04A001)" >>tail/mail.log
comes "a_line_too_long_in_two_parts" "$all" '16|16'
fails "tail/later.log\" (process $following" "it_holds_the_database" --wait 0 whole
unfollow "SIGTERM_ends_it_cleanly"
is "the_run_is_closed" 'SELECT count(*), sum(too_long) FROM run WHERE ended_at IS NOT NULL' '1|1'
before=$(sqlite3 "$db" "$all")
ingest --recheck tail
is "a_nightly_run_after_it_adds_nothing" "$all" "$before"

# a whole directory, with archives, copytruncate and compression
db=$dir/followdir.db
mkdir live
log 1 5 | gzip >live/mail.log.2.gz
log 2 5 >live/mail.log.1
old live/*
log 3 5 >live/mail.log
follow live
comes "a_directory_is_caught_up_with" "$all" '15|15'
line 3 100 4F5C03A001 >>live/mail.log
cp live/mail.log live/mail.log.0
: >live/mail.log
log 4 5 >>live/mail.log
comes "copytruncate" "$all" '21|21'
mv live/mail.log.0 live/mail.log.00
gzip live/mail.log.00
touch -d '1 minute ago' live/mail.log.00.gz
line 4 100 4F5C04A001 >>live/mail.log
comes "compression_of_the_copy" "$all" '22|22'
sleep 2
is "nothing_twice" "$all" '22|22'
kill -KILL "$following"
wait "$following" 2>/dev/null
following=
line 4 101 4F5C04A002 >>live/mail.log
mv live/mail.log live/mail.log.9
log 5 5 >live/mail.log
follow live
comes "after_SIGKILL_it_goes_on_where_it_stood" "$all" '28|28'
unfollow "and_ends_cleanly"

db=$dir/followjournal.db
log 1 5 >beside.log
JOURNAL=$dir/live.journal
printf '4F5C640001: message-id=<m1@app.example.net>\n' >live.journal
follow --journal beside.log
comes "journal_and_file_together" "$all" '6|6'
printf '4F5C640002: message-id=<m2@app.example.net>\n' >>live.journal
line 1 100 4F5C01A001 >>beside.log
comes "both_grow" "$all" '8|8'
unfollow "and_end_cleanly"
is "the_cursor_is_kept" "SELECT cursor FROM source WHERE kind = 'journal'" 's=2;i=1'
ingest --journal
is "and_used" "$all" '8|8'
fails "not standard input" "standard_input_is_not_followed" --follow -

finish
