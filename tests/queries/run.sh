#!/bin/sh
# run.sh - QTRAIL: every file of schema/queries/ answers as it says: on the samples (and more.log, which
# has what they lack) against expected/, whose figures are counted again from the logs with grep and
# awk; and each gives an answer on the logs of the lab, where they are there (QTRAIL_DATA).
set -u
bin=$1
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
samples=$root/samples
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
db=$dir/q.db

# shellcheck source=/dev/null
. "$here/../lib.sh"

# query NAME [DB]: with the parameters of the usage in its own comment, as lists
query() {
	file=$root/schema/queries/$1.sql
	param=$(sed -n 's/^--.*-cmd "\(\.param set [^"]*\)".*/\1/p' "$file" | head -n 1)
	sed 's/^\.mode box/.mode list/' "$file" | sqlite3 -readonly -bail -cmd "${param:-.param init}" "${2:-$db}"
}

# counted NAME TEXT SAYS: TEXT (of the query) is what was counted in the logs
counted() {
	[ "$2" = "$3" ]
	r=$?
	[ $r -ne 0 ] && printf '# the query says:\n%s\n# the logs say:\n%s\n' "$2" "$3"
	ok $r "$1"
}

# the rows of a query without its header
rows() {
	sed 1d "$dir/$1"
}

export TZ=UTC
"$bin" ingest -q -d "$db" "$samples/postfix.log" "$samples/sendmail.log" "$here/more.log" &&
	"$bin" ingest -q -d "$db" --host mx2 "$samples/exim.log"
ok $? "ingest"

for file in "$root"/schema/queries/*.sql; do
	name=$(basename "$file" .sql)
	[ "$name" = trace ] && continue
	query "$name" >"$dir/$name" 2>"$dir/err" && [ ! -s "$dir/err" ] && diff -u "$here/expected/$name" "$dir/$name"
	ok $? "$name"
	head -n 1 "$file" | grep -q '^-- .*[?.]$' && grep -q '^-- *sqlite3 .*DB < schema/queries/'"$name"'.sql$' "$file"
	ok $? "$name begins with its question and its usage"
done

cat "$samples/postfix.log" "$here/more.log" >"$dir/postfix"
cat "$samples/sendmail.log" "$dir/postfix" >"$dir/syslog"

counted "refused-clients: NOQUEUE lines by address" "$(rows refused-clients | cut -d'|' -f1,3)" \
	"$(grep -o 'NOQUEUE: reject: RCPT from [^ ]*' "$dir/postfix" | sed 's/.*\[//; s/\].*//' | sort | uniq -c |
		sort -rn | awk '{ print $2 "|" $1 }')"
counted "why-rejected: NOQUEUE lines of a domain" "$(rows why-rejected | wc -l)" \
	"$(grep -c 'NOQUEUE.*[<@]example\.org>.*\|NOQUEUE.*@example\.org>' "$dir/postfix")"
counted "users: submissions by user" "$(rows users | cut -d'|' -f1,2,3)" \
	"$(awk 'match($0, /sasl_username=[a-z]+/) { id = $4; user[id] = substr($0, RSTART + 14, RLENGTH - 14) }
	        match($0, /nrcpt=[0-9]+/) && user[$4] != "" { n[$4] = substr($0, RSTART + 6, RLENGTH - 6) }
	        END { for (i in user) if (user[i] != "") { m[user[i]]++; r[user[i]] += n[i] }
	              for (u in m) print u "|" m[u] "|" r[u] }' "$dir/postfix" | sort)"
counted "still-queued: queue IDs of Postfix that are never removed" "$(rows still-queued | cut -d'|' -f3)" \
	"$(awk '/queue active/ { open[$4] = 1 } / removed$/ { delete open[$4] } END { for (i in open) print i }' "$dir/postfix" |
		tr -d :)"
counted "deferring-domains: deferred lines by domain" "$(rows deferring-domains | cut -d'|' -f1,2)" \
	"$(grep -h 'status=deferred\|stat=Deferred' "$dir/syslog" | sed 's/.*: to=<[^@]*@\([^>]*\)>.*/\1/' | sort | uniq -c |
		sort -rn | awk '{ print $2 "|" $1 }')"
counted "bounces-by-code: lines with a code of class 5" "$(rows bounces-by-code | cut -d'|' -f1,2)" \
	"$(grep -ho 'dsn=5[.0-9]*' "$dir/syslog" | sed 's/dsn=//' | sort | uniq -c | awk '{ print $2 "|" $1 }')"
counted "why-bounced: the same lines" "$(rows why-bounced | cut -d'|' -f3,5)" \
	"$(sed -n 's/.* \([0-9A-Za-z]*\): to=<\([^>]*\)>.*dsn=5.*/\1|\2/p' "$dir/syslog")"
counted "sent-by: recipient lines of the IDs of that sender" "$(rows sent-by | cut -d'|' -f3,5 | sort -u | wc -l)" \
	"$({ sed -n 's/.* \([0-9A-Za-z]*\): from=<sender@pf2.test>.*/\1:/p' "$dir/syslog"
		sed -n 's/^[^ ]* [^ ]* \([^ ]*\) <= sender@pf2.test .*/\1/p' "$samples/exim.log"; } | sort -u >"$dir/ids"
	{ grep -hF -f "$dir/ids" "$dir/syslog" | sed -n 's/.* \([0-9A-Za-z]*\): to=\(<[^ ]*>\),.*/\1 \2/p' |
		awk '{ n = split($2, a, ","); for (i = 1; i <= n; i++) print $1, a[i] }'
		grep -F -f "$dir/ids" "$samples/exim.log" | grep ' [=-]> ' | awk '{ print $3, $5 }'; } | sort -u | wc -l)"
counted "sent-to: recipient lines of that address" "$(rows sent-to | wc -l)" \
	"$(cat "$dir/syslog" "$samples/exim.log" | grep -c '[ :]to=[^ ]*<bob@pf2.test>\| [=-]> bob@pf2.test ')"
counted "message-id: queue IDs with it" "$(rows message-id | cut -d'|' -f4 | sort)" \
	"$({ sed -n 's/.* \([0-9A-Za-z]*\):.*\(message-id\|msgid\)=<6b042c81.0001.basic@lab.test>.*/\1/p' "$dir/syslog"
		sed -n 's/^[^ ]* [^ ]* \([^ ]*\) <= .* id=6b042c81.0001.basic@lab.test.*/\1/p' "$samples/exim.log"; } | sort)"
counted "by-hour: queue IDs by host" "$(rows by-hour | awk -F'|' '{ n[$2] += $3 } END { for (h in n) print h "|" n[h] }' | sort)" \
	"$({ sed -n 's/^[^ ]* \(mx[13]\) [^ ]* \([0-9A-Za-z]\{10,\}\): .*/\1 \2/p' "$dir/syslog"
		# a notice of Sendmail is named behind the ID it is for
		sed -n 's/^[^ ]* \(mx3\) [^ ]* [^ ]*: \([0-9A-Za-z]*\): DSN: .*/\1 \2/p' "$dir/syslog"
		awk '{ print "mx2", $3 }' "$samples/exim.log"; } | sort -u | awk '{ n[$1]++ } END { for (h in n) print h "|" n[h] }' | sort)"
counted "slow-relays: the longest delay by relay, Postfix" \
	"$(rows slow-relays | awk -F'|' '$1 ~ /^(mx\.|mx2|127)/ { printf "%s|%g\n", $1, $5 }' | sort)" \
	"$(grep 'status=sent' "$dir/postfix" | sed -n 's/.* relay=\([^[]*\)\[.* delay=\([0-9.]*\),.*/\1 \2/p' |
		awk '$2 > m[$1] { m[$1] = $2 } END { for (r in m) printf "%s|%g\n", r, m[r] }' | sort)"
counted "top-clients: client= lines of others" "$(rows top-clients | cut -d'|' -f1,3 | sort)" \
	"$(sed -n 's/.* client=\([^[]*\)\[.*/\1/p' "$dir/postfix" | grep -v '^localhost$\|^mx[123]' | sort | uniq -c |
		awk '{ print $2 "|" $1 }')"
counted "top-senders: IDs of those clients by sender" "$(rows top-senders | cut -d'|' -f1,2 | sort)" \
	"$(awk '/ client=(client|desk|lap)\./ { mine[$4] = 1 }
	        mine[$4] && match($0, /from=<[^>]*>/) && !seen[$4]++ { n[substr($0, RSTART + 6, RLENGTH - 7)]++ }
	        END { for (s in n) print s "|" n[s] }' "$dir/postfix" | sort)"
counted "without-tls: deliveries over connections without a TLS line" "$(rows without-tls | grep plain | cut -d'|' -f2,3)" \
	"$(grep -c 'relay=mx.plain.example' "$dir/postfix")|$(grep -c 'relay=mx.plain.example' "$dir/postfix")"
[ "$(rows without-tls | grep -c safe)" -eq 0 ]
ok $? "without-tls: the relay with TLS is not there"

sqlite3 -readonly -bail -cmd ".param set :id '4F75AA9663D'" "$db" <"$root/schema/queries/trace.sql" >"$dir/trace" 2>&1 &&
	grep -q '6ANC7Twj000091' "$dir/trace" && grep -q '4jY4Sn4Jkyz1ckfZ' "$dir/trace"
ok $? "trace: from the first host to the last"

# ---- the lab: no error, and the rejects and bounces of its logs ----
lab=${QTRAIL_DATA:-$root/../shared/data}/lab-a
if [ -d "$lab" ]; then
	big=$dir/lab.db
	"$bin" ingest -q -d "$big" "$lab/postfix-host.rfc3339.log" "$lab/sendmail.rfc3339.log" &&
		"$bin" ingest -q -d "$big" --host mx2 "$lab/exim-mainlog"
	for file in "$root"/schema/queries/*.sql; do
		name=$(basename "$file" .sql)
		sqlite3 -readonly -bail -cmd ".param set :id '4F75AA9663D'" "$big" <"$file" >"$dir/out" 2>"$dir/err" &&
			[ -s "$dir/out" ] && [ ! -s "$dir/err" ]
		r=$?
		[ $r -ne 0 ] && cat "$dir/err"
		ok $r "$name on the lab's logs"
	done
	[ "$(query refused-clients "$big" | grep -c '^|')" -eq 0 ]
	ok $? "refused-clients: the client of a message is that of its refusals"
else
	echo "# no data of the lab in $lab: not checked"
fi

finish
