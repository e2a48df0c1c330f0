#!/bin/sh
# run.sh - QTRAIL: the life of a database: how it is made, what it says of itself, what is pruned, what is
# found damaged.
set -u
bin=$1
case $bin in
/*) ;;
*) bin=$PWD/$bin ;;
esac
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=/dev/null
. "$here/../lib.sh"
dir=$(mktemp -d)
# shellcheck disable=SC2034 # ok prints it
said=$dir/err
trap 'rm -rf "$dir"' EXIT
export TZ=UTC
unset QTRAIL_DB
cd "$dir" || exit 1
: >none.conf

ingest() {
	"$bin" ingest --config "$dir/none.conf" -q -d "$@" >out 2>err
}

# is NAME SQL EXPECTED: what the database $db says
is() {
	got=$(sqlite3 "$db" "$2" 2>&1)
	[ "$got" = "$3" ]
	r=$?
	[ $r -ne 0 ] && printf '# got: %s\n# not: %s\n' "$got" "$3"
	ok $r "$1"
}

# mail DAY TIME HOST ID: a message that was delivered, three lines
mail() {
	for body in "smtpd[9]: $4: client=c1.example.net[192.0.2.9]" \
		"cleanup[9]: $4: message-id=<$4@app.example.net>" \
		"qmgr[9]: $4: from=<a@example.net>, size=900, nrcpt=1 (queue active)" \
		"local[9]: $4: to=<bob@example.org>, relay=local, delay=0.1, delays=0.1/0/0/0, dsn=2.0.0, status=sent (delivered to mailbox)" \
		"qmgr[9]: $4: removed"; do
		echo "2026-$1T$2Z $3 postfix/$body"
	done
}

# reject DAY TIME HOST: a refused attempt
reject() {
	echo "2026-$1T$2Z $3 postfix/smtpd[9]: NOQUEUE: reject: RCPT from c1.example.net[192.0.2.9]: 554 5.7.1 <b@example.org>: Relay access denied; from=<a@example.net> to=<b@example.org> proto=ESMTP helo=<c1>"
}

# ---- making it ----

reject 03-14 09:15:02 mx9 >reject.log
for mask in 000:640 022:640 027:640 077:600 037:640; do
	(umask "${mask%:*}" && ingest "mask.db" reject.log)
	modes=$(stat -c %a mask.db mask.db-wal mask.db-shm mask.db-lock | sort -u | tr '\n' ' ')
	[ "$modes" = "${mask#*:} " ]
	ok $? "a_database_made_under_umask_${mask%:*}_has_mode_${mask#*:}"
	rm -f mask.db*
done

# ---- view coverage ----

db=$dir/cover.db
ingest "$db" reject.log
is "a_host_that_only_refused_is_covered_and_has_no_entry" \
	'SELECT host, first_time, last_time, entries, rejects FROM coverage' \
	'mx9|2026-03-14T09:15:02Z|2026-03-14T09:15:02Z|0|1'
"$bin" trace -d "$db" 4F5C640000 >out 2>err
[ $? -eq 1 ] && grep -q 'mx9 from 2026-03-14 09:15:02 to 2026-03-14 09:15:02' err
ok $? "nothing_found_names_its_span"
"$bin" ingest --config none.conf -q -d "$db" --alias mx8=192.0.2.8 reject.log >out 2>err
is "a_host_of_which_there_is_no_log_has_no_span" \
	"SELECT host, first_at IS NULL, last_time IS NULL, entries, rejects FROM coverage WHERE host = 'mx8'" 'mx8|1|1|0|0'
{
	mail 03-13 10:00:00 mx9 4F5C640001
	reject 03-15 10:00:00 mx9
} >more.log
ingest "$db" more.log
is "entries_and_refusals_together" "SELECT host, first_time, last_time, entries, rejects FROM coverage WHERE host = 'mx9'" \
	'mx9|2026-03-13T10:00:00Z|2026-03-15T10:00:00Z|1|2'
sqlite3 "$db" 'DROP VIEW coverage; CREATE VIEW coverage AS SELECT 1 AS old'
ingest "$db" more.log
is "a_view_of_another_qtrail_is_made_anew" 'SELECT count(*) FROM coverage' 2

# ---- what is more than a few lines ----

# also SCRIPT ARG...: its lines, its tally to ours
also() {
	script=$1
	shift
	python3 "$here/$script" "$bin" "$here/../.." "$@" >also.out 2>&1
	r=$?
	line=$(tail -n 1 also.out)
	case $line in
	*" passed, "*" failed")
		sed '$d' also.out
		passed=$((passed + ${line%% *}))
		line=${line#*, }
		failed=$((failed + ${line%% *}))
		;;
	*)
		cat also.out
		ok $r "$script"
		;;
	esac
}

also status.py
also prune.py "${FAULT_SO:-$here/../../build/fault.so}"
also check.py

finish
