#!/bin/sh
# run.sh - QTRAIL: databases of every earlier schema version are carried forward. v1.sql, v2.sql, ... are dumps of
# databases that the qtrail of each version made of mx1.log, mx3.log and then (--host mx2) mx2.log. A new version of
# the schema brings the dump of the one before it: `sqlite3 DB .dump`, below the PRAGMAs that a dump leaves out.
set -u
here=$(cd "$(dirname "$0")" && pwd)
exec python3 "$here/migrate.py" "$1" "$here/../.." "${FAULT_SO:-$here/../../build/fault.so}"
