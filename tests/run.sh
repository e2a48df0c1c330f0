#!/bin/sh
# run.sh - every quick test: run.sh QTRAIL UNIT_TEST...
# Prints the failures and, last, "N passed, N failed".
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
log=$(mktemp)
trap 'rm -f "$log"' EXIT

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

for unit; do
	"$unit" >"$log" 2>&1
	count $? "$unit"
done

"$bin" parsers --check >"$log" 2>&1
code=$?
samples=$(sed -n 's/^\([0-9]*\) samples, \([0-9]*\) failures$/\1 \2/p' "$log")
echo "$((${samples% *} - ${samples#* })) passed, ${samples#* } failed" >>"$log"
count $code "plugin samples"

for runner in "$here"/*/run.sh; do
	case $runner in
	*/bench/*) continue ;;
	esac
	sh "$runner" "$bin" >"$log" 2>&1
	count $? "$runner"
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
