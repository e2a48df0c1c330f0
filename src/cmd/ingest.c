/*
 * ingest.c - `qtrail ingest`: its command line, over what the configuration says.
 */
#include "ingest/ingest.h"

#include <getopt.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/prune.h"

#define WAIT_DEFAULT_S 60

/* What the command line asks for. */
struct request {
	struct ingest_options opt;
	const char *config_path;
	bool quiet;
	bool journal_asked; /* by --journal */
};

enum {
	OPT_HOST = 256,
	OPT_ALIAS,
	OPT_TIMEZONE,
	OPT_YEAR,
	OPT_PARSERS,
	OPT_NO_LINES,
	OPT_KEEP_LINES,
	OPT_CONFIG,
	OPT_RECHECK,
	OPT_WAIT,
	OPT_JOURNAL,
	OPT_JOURNAL_MATCH,
	OPT_BATCH
};

static const struct option long_options[] = { { "db", required_argument, NULL, 'd' },
					      { "host", required_argument, NULL, OPT_HOST },
					      { "alias", required_argument, NULL, OPT_ALIAS },
					      { "timezone", required_argument, NULL, OPT_TIMEZONE },
					      { "year", required_argument, NULL, OPT_YEAR },
					      { "parsers", required_argument, NULL, OPT_PARSERS },
					      { "no-lines", no_argument, NULL, OPT_NO_LINES },
					      { "keep-lines", no_argument, NULL, OPT_KEEP_LINES },
					      { "config", required_argument, NULL, OPT_CONFIG },
					      { "batch", required_argument, NULL, OPT_BATCH },
					      { "recheck", no_argument, NULL, OPT_RECHECK },
					      { "wait", required_argument, NULL, OPT_WAIT },
					      { "journal", no_argument, NULL, OPT_JOURNAL },
					      { "journal-match", required_argument, NULL,
						OPT_JOURNAL_MATCH },
					      { "follow", no_argument, NULL, 'f' },
					      { "quiet", no_argument, NULL, 'q' },
					      { "help", no_argument, NULL, 'h' },
					      { NULL, 0, NULL, 0 } };
static const char short_options[] = "d:fqh";

static bool parse_year(const char *text, int *year)
{
	int64_t n = 0;
	if (!str_to_int64(str_of(text), &n) || n < 1970 || n > 9998)
		return false;
	*year = (int)n;
	return true;
}

/* "NAME", or "PATTERN=NAME" for some files. */
static bool add_host(struct config *c, const char *text)
{
	if (strchr(text, '=') != NULL)
		return config_add_text(c, &c->file_hosts, text);
	config_add(c, &c->file_hosts, STR(""), str_of(text));
	return text[0] != '\0';
}

/* "ZONE", or "HOST=ZONE". Whether there is such a zone, the framer says. */
static bool add_zone(struct config *c, const char *text)
{
	if (strchr(text, '=') != NULL)
		return config_add_text(c, &c->zones, text);
	c->timezone = text;
	return true;
}

/* Options with an argument that can be wrong. NULL: fine; else what it should be. */
static const char *take_value(struct ingest_options *opt, int option, const char *value)
{
	struct config *c = &opt->config;
	switch (option) {
	case OPT_HOST:
		return add_host(c, value) ? NULL : "--host is NAME or PATTERN=NAME";
	case OPT_ALIAS:
		return config_add_text(c, &c->names, value) ? NULL : "--alias is HOST=NAME";
	case OPT_TIMEZONE:
		return add_zone(c, value) ? NULL : "--timezone is ZONE or HOST=ZONE";
	case OPT_YEAR:
		return parse_year(value, &opt->year) ? NULL : "--year is a number such as 2026";
	case OPT_JOURNAL_MATCH:
		return config_add_text(c, &c->matches, value) ? NULL
							      : "--journal-match is FIELD=VALUE";
	case OPT_BATCH:
		return str_to_int64(str_of(value), &opt->batch) && opt->batch >= 1
			       ? NULL
			       : "--batch is a number of lines, 1 or more";
	case OPT_WAIT:
		return str_to_int64(str_of(value), &c->wait_s) && c->wait_s <= 86400
			       ? NULL
			       : "--wait is a number of seconds";
	default:
		return NULL;
	}
}

static bool take_flag(struct request *r, int option)
{
	struct ingest_options *opt = &r->opt;
	switch (option) {
	case 'd':
		opt->db = optarg;
		return true;
	case OPT_PARSERS:
		opt->config.parsers = optarg;
		return true;
	case OPT_NO_LINES:
	case OPT_KEEP_LINES:
		opt->config.keep_lines = option == OPT_KEEP_LINES;
		return true;
	case OPT_RECHECK:
		opt->recheck = true;
		return true;
	case OPT_JOURNAL:
		opt->config.journal = 1;
		r->journal_asked = true;
		return true;
	case 'f':
		opt->follow = true;
		return true;
	case 'q':
		r->quiet = true;
		return true;
	default:
		return option == OPT_CONFIG;
	}
}

/* The configuration comes first, so that every other flag counts before it. -1: go on. */
static int read_config(int argc, char **argv, struct request *r)
{
	struct err err;
	int c;
	opterr = 0;
	while ((c = getopt_long(argc, argv, short_options, long_options, NULL)) != -1) {
		if (c == OPT_CONFIG)
			r->config_path = optarg;
		if (c == 'h')
			return cmd_help("ingest");
	}
	opterr = 1;
	optind = 0; /* start over */
	return config_read(&r->opt.config, r->config_path, &err) ? -1 : cmd_fail("%s", err.text);
}

static int parse(int argc, char **argv, struct request *r)
{
	struct ingest_options *opt = &r->opt;
	int c, code = read_config(argc, argv, r);
	if (code >= 0)
		return code;
	gethostname(opt->local, sizeof(opt->local) - 1);
	if (opt->local[0] == '\0')
		strcpy(opt->local, "localhost");
	while ((c = getopt_long(argc, argv, short_options, long_options, NULL)) != -1) {
		if (c == '?')
			return cmd_usage("ingest", NULL);
		if (take_flag(r, c))
			continue;
		const char *due = take_value(opt, c, optarg);
		if (due != NULL)
			return cmd_usage("ingest", "%s", due);
	}
	for (int i = optind; opt->follow && i < argc; i++) {
		if (strcmp(argv[i], "-") == 0)
			return cmd_usage("ingest", "--follow takes files, not standard input");
	}
	/* files that are named do not ask for the journal of the configuration */
	if (optind < argc && !r->journal_asked)
		opt->config.journal = 0;
	if (opt->config.wait_s < 0)
		opt->config.wait_s = WAIT_DEFAULT_S;
	return -1;
}

/* As it was called, for people who wait for it; argv[0] is "qtrail ingest". The caller frees. */
static char *command_line(int argc, char **argv)
{
	size_t len = 1;
	for (int i = 0; i < argc; i++)
		len += strlen(argv[i]) + 1;
	char *out = mem_alloc(len), *at = stpcpy(out, argv[0]);
	for (int i = 1; i < argc; i++)
		at = stpcpy(stpcpy(at, " "), argv[i]);
	return out;
}

/* ---- what is said meanwhile, and at the end ---- */

#define BAR "####################"

static void clear_progress(void)
{
	fprintf(stderr, "\r%70s\r", "");
}

/* What the hooks of a run need to know. */
struct talk {
	const char *retention;
	bool progress, quiet;
};

static void say(void *arg, const char *sentence)
{
	const struct talk *t = arg;
	if (t->progress)
		clear_progress();
	cmd_fail("%s", sentence);
}

static bool retain(void *arg, struct store *s, struct err *err)
{
	const struct talk *t = arg;
	if (t->progress)
		clear_progress();
	return prune_old(s, t->retention, true, t->quiet, err);
}

static void show_progress(void *arg, const char *path, int64_t at, int64_t size, int64_t lines)
{
	(void)arg;
	if (size > 0) {
		int done = (int)(at * 20 / size);
		fprintf(stderr, "\r%-30.30s [%.*s%*s] %3d%%", path, done, BAR, 20 - done, "",
			(int)(at * 100 / size));
	} else {
		fprintf(stderr, "\r%-30.30s %lld lines", path, (long long)lines);
	}
}

static void summary(const struct ingest_result *r, const char *db)
{
	const struct run_counts *c = &r->counts;
	setlocale(LC_NUMERIC, "");
	printf("%'lld lines (%.1f MB) in %.1f s: %'lld matched, %'lld not mail, %'lld unmatched",
	       (long long)c->lines, (double)c->bytes / 1e6, (double)r->took_us / 1e6,
	       (long long)c->matched, (long long)c->not_mail, (long long)c->unmatched);
	const struct {
		int64_t n;
		const char *word;
	} rest[] = { { c->duplicate, "copies" },
		     { c->malformed, "malformed" },
		     { c->too_long, "too long" },
		     { c->limit_hits, "too costly to match" } };
	for (size_t i = 0; i < sizeof(rest) / sizeof(rest[0]); i++) {
		if (rest[i].n > 0)
			printf(", %'lld %s", (long long)rest[i].n, rest[i].word);
	}
	if (r->finished > 0)
		printf("\n%zu file(s) not opened: read to the end before, and unchanged",
		       r->finished);
	if (r->no_log > 0)
		printf("\n%zu file(s) passed over: no log", r->no_log);
	printf("\ndatabase %s\n", db);
}

static int run(const struct request *r, char **paths, int count)
{
	struct ingest_result result;
	struct err err;
	struct talk talk = { .retention = r->opt.config.retention,
			     .progress = !r->quiet && !r->opt.follow && isatty(STDERR_FILENO) != 0,
			     .quiet = r->quiet || r->opt.follow };
	const struct ingest_hooks hooks = { .arg = &talk,
					    .say = say,
					    .progress = talk.progress ? show_progress : NULL,
					    .retain = talk.retention != NULL ? retain : NULL };
	struct rules *rules = cmd_rules(r->opt.config.parsers, &err);
	if (rules == NULL)
		return cmd_fail("%s", err.text);
	bool ok = ingest_run(&r->opt, rules, &hooks, paths, count, &result);
	rules_free(rules);
	if (talk.progress)
		clear_progress();
	if (ok && !r->quiet)
		summary(&result, r->opt.db);
	return result.trouble ? EXIT_TROUBLE : EXIT_FOUND;
}

/* What is named, else what the configuration names. */
static int run_sources(const struct request *r, char **args, int count)
{
	const struct pairs *told = &r->opt.config.sources;
	if (count > 0 || r->journal_asked)
		return run(r, args, count);
	if (told->count == 0 && r->opt.config.journal != 1)
		return cmd_usage("ingest", "name the log files to read (- is standard input), or "
					   "sources in " CONFIG_PATH);
	char **paths = mem_zalloc((told->count + 1) * sizeof(*paths));
	for (size_t i = 0; i < told->count; i++)
		paths[i] = mem_strdup(told->at[i].key);
	int code = run(r, paths, (int)told->count);
	for (size_t i = 0; i < told->count; i++)
		free(paths[i]);
	free(paths);
	return code;
}

int cmd_ingest(int argc, char **argv)
{
	struct request r = { 0 };
	char *command = command_line(argc, argv);
	int code = parse(argc, argv, &r);
	if (code < 0) {
		char *db = cmd_database(r.opt.db, &r.opt.config);
		r.opt.db = db;
		r.opt.command = command;
		code = run_sources(&r, argv + optind, argc - optind);
		free(db);
	}
	free(command);
	config_free(&r.opt.config);
	return code;
}
