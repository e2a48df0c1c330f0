#!/bin/sh
# run.sh QTRAIL - what the lab found, as cases of a few lines each (see ../pitfalls/run-cases.sh). The lab itself is lab.sh.
here=$(cd "$(dirname "$0")" && pwd)
exec sh "$here/../pitfalls/run-cases.sh" "$1" "$here"/*.test
