#!/bin/sh
# run.sh - QTRAIL: reports: numbers against ground truth, the JSON against its schema, text that fits
# the page, HTML that holds nothing of a stranger's making, bad input.
set -u
here=$(cd "$(dirname "$0")" && pwd)
export TZ=UTC
exec python3 "$here/check.py" "$1" "$here/../.."
