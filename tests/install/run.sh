#!/bin/sh
# run.sh - QTRAIL: what `make install` puts where, with which modes, for a packager (DESTDIR, PREFIX), and whether
# systemd and others understand it.
set -u
bin=$1
case $bin in
/*) ;;
*) bin=$PWD/$bin ;;
esac
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=/dev/null
. "$here/../lib.sh"
root=$here/../..
dir=$(mktemp -d)
# shellcheck disable=SC2034 # ok prints it
said=$dir/err
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1

# put PREFIX: installs below $dir/PREFIX's root; the binary that is tested is not made anew
put() {
	(umask 077 && make -s -C "$root" -o "$bin" BIN="$bin" DESTDIR="$dir/root" PREFIX="$1" install) >out 2>err
}

put /usr
ok $? "make_install_with_DESTDIR_and_a_strict_umask"
find root/usr -type f -printf '%m %P\n' | sort -k2 >files
grep -v '^644 ' files | grep -vx '755 bin/qtrail' >odd
[ ! -s odd ]
ok $? "files_have_mode_644_and_the_binary_755"
find root -type d ! -perm 755 >odd
[ ! -s odd ]
ok $? "directories_have_mode_755"
for f in bin/qtrail share/man/man1/qtrail.1 share/man/man1/qtrail-status.1 share/man/man1/qtrail-prune.1 share/man/man1/qtrail-check.1 \
	share/man/man5/qtrail.conf.5 share/qtrail/queries/trace.sql share/qtrail/schema/README.md share/qtrail/schema/status.schema.json \
	share/doc/qtrail/README.md share/doc/qtrail/examples/qtrail.conf share/doc/qtrail/examples/cron \
	share/doc/qtrail/examples/logrotate lib/systemd/system/qtrail.service lib/systemd/system/qtrail.timer \
	lib/systemd/system/qtrail-follow.service lib/sysusers.d/qtrail.conf lib/tmpfiles.d/qtrail.conf; do
	grep -q " $f\$" files
	ok $? "$f"
done
for m in "$root"/contrib/man/*; do
	grep -q "/${m##*/}\$" files || echo "${m##*/}"
done >odd
[ ! -s odd ]
ok $? "every_manual_page"
for f in "$root"/contrib/completions/*; do
	[ -f "$f" ] || continue
	case ${f##*/} in
	qtrail.bash) to=share/bash-completion/completions/qtrail ;;
	_qtrail) to=share/zsh/site-functions/_qtrail ;;
	qtrail.fish) to=share/fish/vendor_completions.d/qtrail.fish ;;
	*) continue ;;
	esac
	cmp -s "$f" "root/usr/$to"
	ok $? "$to"
done
find root -path root/usr -prune -o -type f -print >odd
[ ! -s odd ]
ok $? "nothing_outside_the_prefix"
! grep -rl "/usr/local" root/usr/lib root/usr/share/doc/qtrail/examples >odd
ok $? "no_unit_names_another_prefix"
grep -q '^ExecStart=/usr/bin/qtrail ' root/usr/lib/systemd/system/qtrail.service
ok $? "the_service_starts_what_was_installed"
root/usr/bin/qtrail --version >out 2>err
ok $? "the_binary_runs"
cp files before
put /usr
find root/usr -type f -printf '%m %P\n' | sort -k2 | cmp -s - before
ok $? "again_the_same"

# what it says
"$bin" ingest --config root/usr/share/doc/qtrail/examples/qtrail.conf -q -d q.db "$root/samples/postfix.log" >out 2>err
ok $? "the_example_configuration_is_understood"
sed 's/^#\(retention\|journal\|  \)/\1/' root/usr/share/doc/qtrail/examples/qtrail.conf >all.conf
"$bin" ingest --config all.conf -q -d q.db "$root/samples/sendmail.log" >out 2>err
ok $? "with_every_line_of_it"
"$bin" ingest --config all.conf -q -d none/q.db "$root/samples/sendmail.log" >out 2>err
[ $? -eq 2 ]
ok $? "and_a_missing_directory_is_said"

if command -v systemd-analyze >/dev/null; then
	# the directory of the units has to be where the programs and pages they name are
	sed -i "s|/usr/bin/qtrail|$dir/root/usr/bin/qtrail|; /^Documentation=/d" root/usr/lib/systemd/system/*.service root/usr/lib/systemd/system/*.timer
	systemd-analyze verify root/usr/lib/systemd/system/qtrail* >out 2>err
	r=$?
	[ $r -eq 0 ] && [ ! -s err ]
	ok $? "systemd-analyze_verify"
	for unit in qtrail qtrail-follow; do
		systemd-analyze security --offline=yes --threshold=10 root/usr/lib/systemd/system/$unit.service >out 2>err
		ok $? "exposure_of_$unit.service_is_at_most_1.0"
	done
fi
if command -v systemd-sysusers >/dev/null && [ "$(id -u)" -eq 0 ]; then
	mkdir -p sys/etc
	printf 'root:x:0:\nadm:x:4:\n' >sys/etc/group
	printf 'root:x:0:0::/root:/bin/sh\n' >sys/etc/passwd
	systemd-sysusers --root="$dir/sys" "$dir/root/usr/lib/sysusers.d/qtrail.conf" >out 2>err
	r=$?
	[ $r -eq 0 ] && grep -q '^qtrail:.*:/var/lib/qtrail:/usr/sbin/nologin$' sys/etc/passwd && grep -q '^adm:x:4:qtrail$' sys/etc/group
	ok $? "a_user_of_its_own_in_group_adm"
	if command -v systemd-tmpfiles >/dev/null; then
		systemd-tmpfiles --create --root="$dir/sys" "$dir/root/usr/lib/tmpfiles.d/qtrail.conf" >out 2>err
		[ "$(stat -c %a sys/var/lib/qtrail)" = 750 ]
		ok $? "its_directory_has_mode_750"
		owner=$(stat -c %u sys/var/lib/qtrail)
		grep -q "^qtrail:[^:]*:$owner:" sys/etc/passwd
		ok $? "and_belongs_to_it"
	fi
fi
finish
