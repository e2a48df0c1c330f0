#!/bin/sh
# run-cases.sh QTRAIL [CASE.test...] - every *.test of this folder: a few log lines in, what SQL must say of them out.
#
# A case is a text file of sections, done in the order they stand in:
#   # why the case exists, what a wrong tool would do      (before the first section)
#   --- log NAME [INGEST OPTION...]    the lines of a log, written to $DIR/NAME
#   --- ingest NAME...                 ingest these logs, in this order; without such a line and without
#                                      an sh section: all logs, in the order of the file, before the first sql
#   --- ingest-reversed                do the whole case again in a fresh database, each ingest backwards
#   --- sh                             commands for sh in $DIR; $QTRAIL, $DB and $DIR are set
#   --- sql                            SELECT statements for sqlite3 (list mode), with the views of readable.sql
#   --- expect                         all that sh and sql have printed since the last expect
# Every ingest gets --year 2026 --timezone UTC before the options of its log. One that fails prints so.
set -u
if [ $# -lt 1 ]; then
	echo "usage: run-cases.sh QTRAIL [CASE.test...]" >&2
	exit 2
fi
case $1 in
*/*) QTRAIL=$(cd "$(dirname "$1")" && pwd)/$(basename "$1") ;;
*) QTRAIL=$1 ;;
esac
shift
here=$(cd "$(dirname "$0")" && pwd)
[ $# -gt 0 ] || set -- "$here"/[0-9]*.test
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
export QTRAIL TZ=UTC LC_ALL=C

# split CASE: $work/NUMBER.KIND for each section, $work/steps with a line "NUMBER KIND ARGUMENTS" for each
split() {
	awk -v dir="$work" '
		/^--- / {
			kind = $2
			sub(/^--- [^ ]+ ?/, "")
			if (kind !~ /^(log|ingest|ingest-reversed|sh|sql|expect)$/) {
				print "unknown section: " kind > "/dev/stderr"
				exit 1
			}
			body = sprintf("%s/%03d.%s", dir, ++n, kind)
			printf "" > body
			printf "%03d %s %s\n", n, kind, $0 > (dir "/steps")
			next
		}
		n { print > body }' "$1"
}

reversed() {
	back=
	for word; do
		back="$word $back"
	done
	echo "$back"
}

# ingest NAME...: neighbours with the same options in one call
ingest() {
	files=
	last=
	for name; do
		opts=$(cat "$work/options.$name") || return
		if [ -n "$files" ] && [ "$opts" != "$last" ]; then
			ingest_call
		fi
		files="$files $name"
		last=$opts
	done
	[ -z "$files" ] || ingest_call
}

ingest_call() {
	# shellcheck disable=SC2086 # names and options of a case have no blanks
	(cd "$DIR" && "$QTRAIL" ingest -q -d "$DB" --year 2026 --timezone UTC $last $files 2>&1) ||
		echo "ingest$files: exit status $?"
	files=
}

# play forward|backward: the sections in order; says what differs in $work/diff
play() {
	DIR=$work/$1
	DB=$DIR/qtrail.db
	export DIR DB
	mkdir "$DIR"
	: >"$work/got"
	# all logs first, so that an ingest may name any
	names=
	while read -r number kind name options; do
		[ "$kind" = log ] || continue
		cp "$work/$number.log" "$DIR/$name"
		echo "$options" >"$work/options.$name"
		names="$names $name"
	done <"$work/steps"
	grep -Eq '^[0-9]+ (ingest|sh)( |$)' "$work/steps" && names=
	# shellcheck disable=SC2086
	[ "$1" = forward ] || names=$(reversed $names)
	# shellcheck disable=SC2086
	ingest $names >>"$work/got"
	while read -r number kind arguments <&3; do
		case $kind in
		ingest)
			# shellcheck disable=SC2086
			[ "$1" = forward ] || arguments=$(reversed $arguments)
			# shellcheck disable=SC2086
			ingest $arguments >>"$work/got"
			;;
		sh) (cd "$DIR" && sh "$work/$number.sh") >>"$work/got" 2>&1 ;;
		sql) sqlite3 -init "$here/readable.sql" -batch -list "$DB" <"$work/$number.sql" >>"$work/got" 2>&1 ;;
		expect)
			if ! diff -u "$work/$number.expect" "$work/got" >"$work/one"; then
				echo "$1, from the end of section $number:" >>"$work/diff"
				sed 1,2d "$work/one" >>"$work/diff"
			fi
			: >"$work/got"
			;;
		esac
	done 3<"$work/steps"
	if [ -s "$work/got" ]; then
		echo "$1, printed after the last expect:" >>"$work/diff"
		cat "$work/got" >>"$work/diff"
	fi
}

passed=0
failed=0
for file; do
	case_name=$(basename "$file" .test)
	rm -rf "${work:?}"/*
	: >"$work/diff"
	if ! split "$file" 2>"$work/diff" || ! grep -q '^[0-9]* expect' "$work/steps"; then
		echo "not a case: needs sections, and an expect" >>"$work/diff"
	else
		play forward
		if grep -q '^[0-9]* ingest-reversed' "$work/steps"; then
			play backward
		fi
	fi
	if [ -s "$work/diff" ]; then
		failed=$((failed + 1))
		echo "not ok $case_name"
		sed 's/^/    /' "$work/diff"
	else
		passed=$((passed + 1))
		echo "ok $case_name"
	fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
