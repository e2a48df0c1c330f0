#!/bin/sh
# embed.sh - files to C arrays, for the Makefile.
#   embed.sh sql FILE...      extern const char schema_views_sql[] and the like, NUL-terminated
#   embed.sh parsers FILE...  the table builtin_parsers of src/rules/builtin.h
set -eu
mode=$1
shift

bytes() {
	od -An -v -tx1 "$1" | sed 's/ \(..\)/0x\1,/g'
}

symbol() {
	printf '%s' "$1" | tr -c 'A-Za-z0-9' '_'
}

echo '/* Made by src/embed.sh. */'
if [ "$mode" = sql ]; then
	for f; do
		s=$(symbol "$f")
		echo "extern const char ${s}[];"
		echo "const char ${s}[] = {"
		bytes "$f"
		echo '0 };'
	done
	exit 0
fi
echo '#include "rules/builtin.h"'
for f; do
	echo "static const unsigned char $(symbol "$f")[] = {"
	bytes "$f"
	echo '0 };'
done
echo 'const struct builtin_parser builtin_parsers[] = {'
for f; do
	s=$(symbol "$f")
	echo "	{ \"$f\", (const char *)$s, sizeof($s) - 1 },"
done
echo '	{ 0, 0, 0 } };'
echo "const size_t builtin_parser_count = $#;"
