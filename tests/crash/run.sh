#!/bin/sh
# run.sh - QTRAIL: ingest killed, failed, rotated, shuffled and read while it writes; the database is always
# that of an undisturbed run. FAULT_SO: the library made of fault.c (default: as the Makefile builds it).
set -u
bin=$1
here=$(cd "$(dirname "$0")" && pwd)
fault=${FAULT_SO:-$here/../../build/fault.so}
# under a sanitizer a few of each
if [ -n "${QTRAIL_SLOW:-}" ]; then
	export CRASH_KILLS="${CRASH_KILLS:-20}" CRASH_FAULTS="${CRASH_FAULTS:-15}" CRASH_ORDERS="${CRASH_ORDERS:-2}"
	export CRASH_POWER="${CRASH_POWER:-6}" CRASH_PAIRS="${CRASH_PAIRS:-2}"
fi
passed=0
failed=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT
for tests in kill faults power prefix rotation order readers; do
	python3 "$here/$tests.py" "$bin" "$fault" >"$log" 2>&1
	cat "$log"
	line=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$log" | tail -n 1)
	if [ -z "$line" ]; then
		line="0 passed, 1 failed"
		echo "not ok $tests.py came to its end"
	fi
	passed=$((passed + ${line%% passed*}))
	line=${line##*passed, }
	failed=$((failed + ${line%% failed*}))
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
