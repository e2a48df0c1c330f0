#!/bin/sh
# run.sh - QTRAIL: what holds for every command of the table: help, errors, `--`, manual page, completions.
set -u
here=$(cd "$(dirname "$0")" && pwd)
case $1 in
/*) bin=$1 ;;
*) bin=$PWD/$1 ;;
esac
exec python3 "$here/check.py" "$bin" "$here/../.."
