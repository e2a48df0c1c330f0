# qtrail(1) completion for bash. Commands and options are those that `qtrail help` and
# `qtrail COMMAND --help` list; hosts are those of the database.

_qtrail_commands() {
	qtrail help 2>/dev/null | sed -n 's/^  qtrail \([a-z]*\).*/\1/p'
}

_qtrail_options() {
	{
		qtrail "$1" --help 2>/dev/null | tail -n +2
		echo --help
	} | grep -oE -- '(^|[ (,])(--[a-z][a-z-]*|-[A-Za-z]\b)' | tr -d ' (,' | sort -u
}

# The database named on the line so far, else the default one.
_qtrail_hosts() {
	local i db=()
	for ((i = 1; i < COMP_CWORD - 1; i++)); do
		case ${COMP_WORDS[i]} in
		-d | --db) db=(-d "${COMP_WORDS[i + 1]}") ;;
		esac
	done
	qtrail queue "${db[@]}" --json -n 1 2>/dev/null | sed -n 's/^      "host": "\(.*\)",$/\1/p' | sort -u
}

_qtrail() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]}
	COMPREPLY=()
	if ((COMP_CWORD == 1)); then
		mapfile -t COMPREPLY < <(compgen -W "$(_qtrail_commands) help --help --version" -- "$cur")
		return
	fi
	case $prev in
	--state)
		local words='delivered relayed filtered expanded deferred bounced expired held deleted discarded rejected queued'
		;;
	--host | -H)
		local words
		words=$(_qtrail_hosts)
		;;
	--since | --until | --at | --older-than)
		local words='yesterday today now'
		;;
	--client | --relay | --sender | --recipient | --domain | --message-id | --queue-id | --user | --dsn | --size | --limit | --top | --year | --timezone | --alias | --wait | --batch)
		return
		;;
	-d | --db | --config | --parsers)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
		;;
	esac
	if [[ -v words ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
	elif [[ $command == help ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(_qtrail_commands)" -- "$cur")
	elif [[ $cur == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(_qtrail_options "$command")" -- "$cur")
	else
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
	fi
}

complete -o filenames -F _qtrail qtrail
