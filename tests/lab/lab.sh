#!/bin/sh
# lab.sh - real Postfix, Exim and Sendmail, their logs, and what qtrail makes of them: lab.sh QTRAIL
#
# Fetches the packages of the three (never installs them: they exclude each other), unpacks them
# below a memory file system, and runs lab.py in namespaces of its own: mounts, processes, network.
# Nothing of it is seen outside, and all of it ends with this script, however it ends. What is
# left is LAB_OUT (logs, what was sent and what arrived, the database; default: build/lab);
# `lab.sh QTRAIL --again` compares these once more without sending anything.
# LAB_VARIANT=b, c or d configures the hosts otherwise. Packages are kept in LAB_DEBS (default: build/lab-debs). Prints, last, "N passed, N failed".
set -u
here=$(cd "$(dirname "$0")" && pwd)
bin=$(realpath "$1")
out=${LAB_OUT:-$PWD/build/lab}
debs=${LAB_DEBS:-$PWD/build/lab-debs}
seconds=${LAB_SECONDS:-270}

refuse() {
	echo "lab: $*" >&2
	exit 2
}

python=$(command -v /usr/bin/python3 || command -v python3) || refuse "python3 is needed: apt-get install python3"
if [ "${2:-}" = --again ]; then
	[ -f "$out/sent.jsonl" ] || refuse "nothing to compare in $out: run the lab first"
	exec "$python" "$here/compare.py" "$bin" "$out"
fi

[ "$(id -u)" -eq 0 ] || refuse "this makes namespaces and mounts: run it as root"
for tool in unshare setpriv ip mount chroot dpkg dpkg-deb apt-get openssl timeout; do
	command -v "$tool" >/dev/null || refuse "$tool is needed: apt-get install util-linux iproute2 coreutils openssl (on Debian)"
done
unshare --mount --net --pid --uts --ipc --fork true 2>/dev/null ||
	refuse "this kernel or container allows no namespaces (CAP_SYS_ADMIN is needed)"

# One closure a program: what apt would install beside what is there.
get() {
	mkdir -p "$debs/$1/partial"
	[ -f "$debs/$1/complete" ] && return
	dir=$debs/$1
	shift
	apt-get install --no-install-recommends --download-only --reinstall -y -qq -o Dir::Cache::archives="$dir" \
		-o Debug::NoLocking=1 "$@" >"$dir/log" 2>&1 && touch "$dir/complete" && return
	tail -n 3 "$dir/log" >&2
	refuse "cannot fetch the packages $*: check the network and run apt-get update"
}
get postfix postfix
get exim exim4-daemon-heavy
get sendmail sendmail-bin sendmail-cf m4

mkdir -p "$out"
# unshare pays no heed to signals, but the first process of the namespaces dies with it, and all others with that.
setpriv --pdeathsig KILL unshare --mount --net --pid --uts --ipc --fork --kill-child --mount-proc --propagation private \
	sh -c 'timeout -k 5 "$@" & wait $!' sh "$((seconds + 10))" "$python" "$here/lab.py" "$bin" "$out" "$debs" "$seconds" &
inside=$!
trap 'kill -KILL "$inside" 2>/dev/null' EXIT
trap 'exit 130' INT TERM HUP
wait "$inside"
