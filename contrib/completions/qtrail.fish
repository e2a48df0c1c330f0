# qtrail(1) completion for fish. Commands and options are those that `qtrail help` and
# `qtrail COMMAND --help` list; hosts are those of the database.

function __qtrail_commands
    qtrail help 2>/dev/null | string replace -rf '^  qtrail ([a-z]+).*' '$1'
end

function __qtrail_command
    set -l words (commandline -opc)
    test (count $words) -gt 1; and echo $words[2]
end

function __qtrail_options
    begin
        qtrail (__qtrail_command) --help 2>/dev/null | tail -n +2
        echo --help
    end | grep -oE -- '(^|[ (,])(--[a-z][a-z-]*|-[A-Za-z]\b)' | tr -d ' (,' | sort -u
end

function __qtrail_hosts
    set -l db
    set -l words (commandline -opc)
    for i in (seq 2 (math (count $words) - 1))
        contains -- $words[$i] -d --db; and set db -d $words[(math $i + 1)]
    end
    qtrail queue $db --json -n 1 2>/dev/null | string replace -rf '^      "host": "(.*)",$' '$1' | sort -u
end

function __qtrail_after
    contains -- (commandline -opc)[-1] $argv
end

set -l values --state --host -H --since --until --at --older-than
complete -c qtrail -f -n 'test (count (commandline -opc)) -eq 1' -a '(__qtrail_commands) help'
complete -c qtrail -f -n '__qtrail_after help' -a '(__qtrail_commands)'
complete -c qtrail -f -n '__qtrail_after --state' -a 'delivered relayed filtered expanded deferred bounced expired held deleted discarded rejected queued'
complete -c qtrail -f -n '__qtrail_after --host -H' -a '(__qtrail_hosts)'
complete -c qtrail -f -n '__qtrail_after --since --until --at --older-than' -a 'yesterday today now'
complete -c qtrail -n "test (count (commandline -opc)) -gt 1; and not __qtrail_after $values; and string match -q -- '-*' (commandline -ct)" -a '(__qtrail_options)'
