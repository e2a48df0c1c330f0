#!/bin/sh
# run.sh - QTRAIL: traces as pages, with pseudonyms, through a pager, and when nothing is found.
set -u
here=$(cd "$(dirname "$0")" && pwd)
export TZ=UTC
exec python3 "$here/check.py" "$1" "$here/../.."
