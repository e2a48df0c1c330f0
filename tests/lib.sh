# shellcheck shell=sh
# lib.sh - what the runners share: counting. Sourced; a runner ends with `finish`. said, if set, is a file
# that tells more of a failure.
said=
passed=0
failed=0

# ok CODE NAME: did the last test succeed?
ok() {
	if [ "$1" -eq 0 ]; then
		passed=$((passed + 1))
		echo "ok $2"
	else
		failed=$((failed + 1))
		echo "not ok $2"
		[ -s "$said" ] && sed 's/^/# said: /' "$said"
	fi
}

# The line that tests/run.sh counts, and the exit code.
finish() {
	echo "$passed passed, $failed failed"
	[ "$failed" -eq 0 ]
}
