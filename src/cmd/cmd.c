/*
 * cmd.c - the commands as a table, their help, and what several of them need.
 */
#include "cmd/cmd.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ingest/config.h"
#include "store/store.h"

#define SITE_PARSERS "/etc/qtrail/parsers.d"

static const struct command commands[] = {
	{ "ingest", cmd_ingest, "ingest [options] [FILE | DIRECTORY | 'PATTERN']...",
	  "Read mail logs (plain or compressed; - is standard input) into the database.\n"
	  "Without FILE: the sources of /etc/qtrail/qtrail.conf.\n"
	  "  -d, --db DB              the database (default: $QTRAIL_DB, else a file of the user)\n"
	  "  -f, --follow             go on reading what is added, through rotation\n"
	  "      --journal            the journal of this machine (journalctl)\n"
	  "      --journal-match F=V  only its records with this field\n"
	  "      --host NAME          host of logs that carry none (default: this machine)\n"
	  "      --host PATTERN=NAME  of some files\n"
	  "      --alias H=NAME       NAME (or an address) is another name of host H\n"
	  "      --timezone ZONE      zone of stamps without an offset (default: local time)\n"
	  "      --timezone H=ZONE    of one host\n"
	  "      --year Y             year of the first stamp without a year\n"
	  "      --parsers DIR        plugins of your own\n"
	  "      --no-lines           do not keep the raw lines (--keep-lines: do)\n"
	  "      --recheck            look into files that were read to the end before, too\n"
	  "      --wait SECONDS       how long to wait for another writer (default: 60)\n"
	  "      --config FILE        instead of /etc/qtrail/qtrail.conf\n"
	  "      --batch LINES        commit after so many lines (a first load: 100000, else "
	  "250000)\n"
	  "  -q, --quiet              no progress, no summary\n" },
	{ "trace", cmd_trace, "trace [options] QUEUE_ID | MESSAGE_ID | REPLY",
	  "Follow a message through all queues it passed.\n"
	  "  -d, --db DB      the database\n"
	  "      --json       one JSON object\n"
	  "      --lines      the log lines behind it\n"
	  "      --dot        a Graphviz graph\n"
	  "      --html       a page with a drawing of the hops\n"
	  "      --anonymize  pseudonyms for addresses, hosts, IPs, Message-IDs, in any format\n"
	  "      --at TIME    the life of a reused ID at this time\n"
	  "      --up         only where it came from\n"
	  "      --down       only where it went\n"
	  "      --all        everything, however much\n"
	  "      --utc        times in UTC\n"
	  "      --ascii      no line-drawing characters\n"
	  "      --no-pager   write to the terminal directly\n" },
	{ "search", cmd_search, "search [options] [ADDRESS | DOMAIN | QUEUE_ID | MESSAGE_ID]",
	  "Find messages and rejected attempts, newest first.\n"
	  "  -s, --sender ADDRESS      also @domain; * and ? stand for any text and character\n"
	  "  -r, --recipient ADDRESS   also as it was before aliasing\n"
	  "      --domain DOMAIN       of the sender or a recipient\n"
	  "      --message-id ID, --queue-id ID, --client NAME, --relay NAME, --host NAME, --user "
	  "NAME\n"
	  "      --state STATE         delivered, deferred, bounced, rejected, held, ...\n"
	  "      --dsn CODE            5.1.1, 4.x\n"
	  "      --size N              bytes: '>1M', '<10k'\n"
	  "      --since T, --until T  yesterday, '2 hours ago', 2026-03-14, 'Mar 14 09:15'\n"
	  "  -n, --limit N             at most N (50)\n"
	  "      --json, --csv         for programs\n"
	  "      --utc                 times in UTC\n"
	  "      --no-pager            write to the terminal directly\n"
	  "  -d, --db DB               the database\n" },
	{ "report", cmd_report, "report [options]",
	  "Sum up a span of time: volume, states, reasons, slow relays, who sent most, the queue.\n"
	  "  -d, --db DB       the database\n"
	  "  -s, --since TIME  from this time on (default: a day before the end)\n"
	  "  -u, --until TIME  up to this time, without it (default: the end of what is covered)\n"
	  "  -H, --host NAME   only what this host did\n"
	  "  -n, --top N       rows of each list (default: 10)\n"
	  "      --json        one JSON object\n"
	  "      --html        a page with plots\n"
	  "      --utc         times in UTC\n"
	  "      --ascii       bars without block characters\n"
	  "      --no-pager    write to the terminal directly\n" },
	{ "queue", cmd_queue, "queue [options]",
	  "What the logs say is still queued, oldest first, and why.\n"
	  "  -d, --db DB      the database\n"
	  "  -H, --host NAME  only the queue of this host\n"
	  "  -n, --limit N    at most N messages (50)\n"
	  "  -a, --all        also those of which the log said nothing for 7 days\n"
	  "      --json       one JSON object\n"
	  "      --csv        a line a recipient\n"
	  "      --utc        times in UTC\n"
	  "      --no-pager   write to the terminal directly\n" },
	{ "status", cmd_status, "status [options]",
	  "What the database holds: hosts, the time their logs cover, gaps, files, the last run.\n"
	  "  -d, --db DB  the database\n"
	  "      --json   one JSON object\n"
	  "      --all    every file and gap\n"
	  "      --utc    times in UTC\n" },
	{ "prune", cmd_prune, "prune --older-than AGE [options]",
	  "Delete old mail, whole traces, and give its space back.\n"
	  "      --older-than AGE  90d, 12w, 6m, 2y, or a date (default: retention in "
	  "qtrail.conf)\n"
	  "      --dry-run         only say what would be deleted\n"
	  "  -d, --db DB           the database\n"
	  "      --wait SECONDS    how long to wait for another writer (default: 60)\n"
	  "      --batch ENTRIES   commit after so many entries (default: 20000)\n"
	  "      --utc             times in UTC\n"
	  "  -q, --quiet           no summary\n" },
	{ "check", cmd_check, "check [options]",
	  "Is the database whole? Says each fault in a sentence; exit code 1 when there is one.\n"
	  "  -d, --db DB  the database\n"
	  "  -q, --quiet  only the faults\n" },
	{ "parsers", cmd_parsers, "parsers [--check] [FILE...]",
	  "List the log-format plugins, or run their samples.\n"
	  "  -c, --check        run the samples (of FILE, with the built-in plugins)\n"
	  "      --parsers DIR  plugins of your own\n" },
	{ "explain", cmd_explain, "explain [options] LINE | -",
	  "Which plugin and rule take a log line, and what they read in it.\n"
	  "      --host NAME    host of lines that carry none\n"
	  "      --parsers DIR  plugins of your own\n" },
};

const struct command *cmd_find(const char *name)
{
	for (size_t i = 0; i < COUNT(commands); i++) {
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	}
	return NULL;
}

int cmd_usage(const char *command, const char *fmt, ...)
{
	if (fmt != NULL) {
		va_list ap;
		va_start(ap, fmt);
		cmd_say(fmt, ap);
		va_end(ap);
	}
	const struct command *c = command != NULL ? cmd_find(command) : NULL;
	if (c != NULL)
		fprintf(stderr, "usage: qtrail %s\n", c->usage);
	fprintf(stderr, "try: qtrail %s%s--help\n", c != NULL ? c->name : "", c != NULL ? " " : "");
	return EXIT_TROUBLE;
}

struct rules *cmd_rules(const char *directory, struct err *err)
{
	struct rules *r = rules_new();
	if (rules_add_builtin(r, err) &&
	    (access(SITE_PARSERS, R_OK) != 0 || rules_add_directory(r, SITE_PARSERS, err)) &&
	    (directory == NULL || rules_add_directory(r, directory, err)))
		return r;
	rules_free(r);
	return NULL;
}

char *cmd_database(const char *given, const struct config *config)
{
	const char *env = getenv("QTRAIL_DB");
	struct config own;
	struct err err;
	if (given != NULL)
		return mem_strdup(given);
	if (env != NULL && env[0] != '\0')
		return mem_strdup(env);
	if (config != NULL)
		return config->database != NULL ? mem_strdup(config->database)
						: store_default_path();
	bool ok = config_read(&own, NULL, &err);
	char *path = ok ? cmd_database(NULL, &own) : NULL;
	if (!ok)
		cmd_fail("%s", err.text);
	config_free(&own);
	return path;
}

int cmd_help(const char *command)
{
	if (command != NULL) {
		const struct command *c = cmd_find(command);
		if (c == NULL)
			return cmd_usage(NULL, "there is no command \"%s\"", command);
		printf("usage: qtrail %s\n\n%s", c->usage, c->help);
		return cmd_done(EXIT_FOUND);
	}
	puts("usage: qtrail COMMAND [options]\n\nFollow a mail queue ID end to end.\n");
	for (size_t i = 0; i < COUNT(commands); i++)
		printf("  qtrail %s\n", commands[i].usage);
	puts("\nqtrail COMMAND --help says more; so do the manual pages.");
	return cmd_done(EXIT_FOUND);
}
