#!/bin/sh
# run.sh - QTRAIL: what ingest reads, in which order, how it waits and stops, and follows.
set -u
bin=$1
here=$(cd "$(dirname "$0")" && pwd)
samples=$here/../../samples
dir=$(mktemp -d)
passed=0
failed=0
following=
trap '[ -n "$following" ] && kill "$following" 2>/dev/null; rm -rf "$dir"' EXIT
export TZ=UTC
cd "$dir" || exit 1
: >none.conf

ok() {
	if [ "$1" -eq 0 ]; then
		passed=$((passed + 1))
		echo "ok $2"
	else
		failed=$((failed + 1))
		echo "not ok $2"
		[ -s err ] && sed 's/^/# said: /' err
	fi
}

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

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
