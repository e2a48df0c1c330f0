#!/bin/sh
# run.sh - every quick test: run.sh QTRAIL UNIT_TEST...
# Two at a time (TEST_JOBS). Prints the failures and, last, "N passed, N failed".
set -u
bin=$1
shift
case $bin in
/*) ;;
*) bin=$PWD/$bin ;;
esac
here=$(dirname "$0")
passed=0
failed=0
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT

# A runner's last line is "N passed, N failed"; Check's is "P%: Checks: N, Failures: F, Errors: E".
count() {
	line=$(grep -E '^[0-9]+ passed, [0-9]+ failed' "$log" | tail -n 1)
	checks=$(grep -E 'Checks: [0-9]+, Failures' "$log" | tail -n 1)
	if [ -n "$line" ]; then
		p=${line%% passed*}
		f=${line##*passed, }
		f=${f%% failed*}
	elif [ -n "$checks" ]; then
		n=$(echo "$checks" | sed 's/.*Checks: \([0-9]*\).*/\1/')
		f=$(echo "$checks" | sed 's/.*Failures: \([0-9]*\),.*/\1/')
		f=$((f + $(echo "$checks" | sed 's/.*Errors: \([0-9]*\).*/\1/')))
		p=$((n - f))
	else
		p=0
		f=1
	fi
	# a run that failed without saying which test counts as one failure
	if [ "$1" -ne 0 ] && [ "$f" -eq 0 ]; then
		f=1
	fi
	passed=$((passed + p))
	failed=$((failed + f))
	if [ "$f" -ne 0 ]; then
		echo "== $2"
		cat "$log"
	else
		echo "ok $2 ($p)"
	fi
}

# what to run, a line each: name, TAB, command
{
	printf 'plugin samples\t"%s" parsers --check\n' "$bin"
	for runner in "$here"/*/run.sh; do
		case $runner in
		*/bench/*) continue ;;
		esac
		printf '%s\tsh "%s" "%s"\n' "$runner" "$runner" "$bin"
	done
	for unit; do
		printf '%s\t"%s"\n' "$unit" "$unit"
	done
} >"$logs/list"

# shellcheck disable=SC2016 # for the inner shell
seq "$(wc -l <"$logs/list")" | xargs -P "${TEST_JOBS:-2}" -n 1 sh -c '
	command=$(sed -n "$2p" "$1/list" | cut -f 2)
	sh -c "$command" >"$1/$2.log" 2>&1
	echo $? >"$1/$2.code"' sh "$logs"

job=0
while IFS='	' read -r name _; do
	job=$((job + 1))
	log=$logs/$job.log
	samples=$(sed -n 's/^\([0-9]*\) samples, \([0-9]*\) failures$/\1 \2/p' "$log")
	[ -z "$samples" ] || echo "$((${samples% *} - ${samples#* })) passed, ${samples#* } failed" >>"$log"
	count "$(cat "$logs/$job.code")" "$name"
done <"$logs/list"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
