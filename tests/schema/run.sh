#!/bin/sh
# run.sh - QTRAIL: schema/README.md is the contract. Each table, view and column of a fresh database
# stands in it, and nothing else; lines are packed as it says; each query is listed.
set -u
here=$(cd "$(dirname "$0")" && pwd)
exec python3 "$here/contract.py" "$1" "$here/../.."
