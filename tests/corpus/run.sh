#!/bin/sh
# run.sh - real logs: the share of lines that rules take, and the chains of the lab against its truth.
# The data is not part of the repository; where it is not there, this says so and checks nothing.
set -u
bin=$1
here=$(dirname "$0")
data=${QTRAIL_DATA:-$here/../../../shared/data}
if [ ! -d "$data/lab-a" ]; then
	echo "# no corpus data in $data: nothing to check"
	echo "0 passed, 0 failed"
	exit 0
fi
exec python3 "$here/corpus.py" "$bin" "$data"
