#!/bin/sh
# run.sh QTRAIL - what a trace says in words, as cases of a few log lines each (see ../pitfalls/run-cases.sh).
here=$(cd "$(dirname "$0")" && pwd)
exec sh "$here/../pitfalls/run-cases.sh" "$1" "$here"/*.test
