#!/bin/sh
# run.sh - QTRAIL: ingest one million generated Postfix lines, and peers beside it.
# Rounds are paired (A B A B ...), and ratios are what to look at: machines are noisy.
# Needs the generator (QTRAIL_GENLOG) or a log of your own (QTRAIL_BENCH_LOG).
set -eu
bin=$1
rounds=${ROUNDS:-3}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
log=${QTRAIL_BENCH_LOG:-$dir/postfix.log}
genlog=${QTRAIL_GENLOG:-../shared/bench/genlog.py}
if [ ! -f "$log" ]; then
	[ -f "$genlog" ] || { echo "no log: set QTRAIL_BENCH_LOG to a Postfix log"; exit 0; }
	python3 "$genlog" --lines "${LINES_COUNT:-1000000}" >"$log" 2>/dev/null
fi
lines=$(wc -l <"$log")

# cpu and wall seconds of a command, by the shell's own clock of its children
measure() {
	python3 - "$@" <<'PY'
import os, resource, subprocess, sys, time
t = time.monotonic()
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
w = time.monotonic() - t
r = resource.getrusage(resource.RUSAGE_CHILDREN)
print("%.3f %.3f %d" % (w, r.ru_utime + r.ru_stime, r.ru_maxrss))
PY
}

peers=
command -v lnav >/dev/null && peers="$peers lnav"
command -v pflogsumm >/dev/null && peers="$peers pflogsumm"
i=0
while [ "$i" -lt "$rounds" ]; do
	rm -f "$dir"/db*
	echo "qtrail $(measure "$bin" ingest -q -d "$dir/db" "$log")" >>"$dir/t"
	for p in $peers; do
		case $p in
		lnav) echo "lnav $(measure lnav -n -c ';select count(*) from all_logs' "$log")" >>"$dir/t" ;;
		pflogsumm) echo "pflogsumm $(measure pflogsumm "$log")" >>"$dir/t" ;;
		esac
	done
	i=$((i + 1))
done
awk -v lines="$lines" -v logsize="$(stat -c %s "$log")" -v db="$(stat -c %s "$dir/db")" '
	{ n[$1]++; w[$1, n[$1]] = $2; c[$1] += $3; if ($4 > m[$1]) m[$1] = $4; all[$1] += $2 }
	END {
		for (p in n) {
			printf "%-10s wall %.2f s, cpu %.2f s (%.2f us a line), peak %.0f MB", p, all[p] / n[p],
				c[p] / n[p], c[p] / n[p] / lines * 1e6, m[p] / 1024
			if (p != "qtrail") {
				r = 0
				for (i = 1; i <= n[p]; i++) r += w[p, i] / w["qtrail", i]
				printf "; qtrail is %.2f times as fast (wall, mean of %d pairs)", r / n[p], n[p]
			} else printf "; database %.2f bytes a log byte", db / logsize
			print ""
		}
	}' "$dir/t"
