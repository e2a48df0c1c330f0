/*
 * ingest.c - `qtrail ingest`: its command line, over what the configuration says.
 */
#include "ingest/ingest.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/prune.h"

/* What the command line asks for. */
struct request {
	struct ingest_options opt;
	const char *config_path;
	bool quiet;
	bool journal_asked; /* by --journal */
};

static bool take_year(void *to, const char *text)
{
	struct ingest_options *opt = to;
	int64_t n = 0;
	if (!str_to_int64(str_of(text), &n) || n < 1970 || n > 9998)
		return false;
	opt->year = (int)n;
	return true;
}

/* "NAME", or "PATTERN=NAME" for some files. */
static bool add_host(void *to, const char *text)
{
	struct config *c = to;
	if (strchr(text, '=') != NULL)
		return config_add_text(c, &c->file_hosts, text);
	config_add(c, &c->file_hosts, STR(""), str_of(text));
	return text[0] != '\0';
}

/* "ZONE", or "HOST=ZONE". Whether there is such a zone, the framer says. */
static bool add_zone(void *to, const char *text)
{
	struct config *c = to;
	if (strchr(text, '=') != NULL)
		return config_add_text(c, &c->zones, text);
	c->timezone = text;
	return true;
}

static bool add_alias(void *to, const char *text)
{
	struct config *c = to;
	return config_add_text(c, &c->names, text);
}

static bool add_match(void *to, const char *text)
{
	struct config *c = to;
	return config_add_text(c, &c->matches, text);
}

/* The configuration comes first, so that every other option counts before it. -1: go on. */
static int read_options(int argc, char **argv, struct request *r)
{
	struct ingest_options *opt = &r->opt;
	struct config *c = &opt->config;
	const struct cmd_option options[] = {
		{ "db", 'd', OPTION_TEXT, .to = &opt->db },
		{ "follow", 'f', OPTION_FLAG, .to = &opt->follow },
		{ "journal", 0, OPTION_FLAG, .to = &r->journal_asked },
		{ "journal-match", 0, OPTION_CALL, .to = c, .take = add_match,
		  .due = "FIELD=VALUE" },
		{ "host", 0, OPTION_CALL, .to = c, .take = add_host,
		  .due = "NAME or PATTERN=NAME" },
		{ "alias", 0, OPTION_CALL, .to = c, .take = add_alias, .due = "HOST=NAME" },
		{ "timezone", 0, OPTION_CALL, .to = c, .take = add_zone,
		  .due = "ZONE or HOST=ZONE" },
		{ "year", 0, OPTION_CALL, .to = opt, .take = take_year,
		  .due = "a number such as 2026" },
		{ "parsers", 0, OPTION_TEXT, .to = &c->parsers },
		{ "no-lines", 0, OPTION_CHOICE, .to = &c->keep_lines, .choice = 0 },
		{ "keep-lines", 0, OPTION_CHOICE, .to = &c->keep_lines, .choice = 1 },
		{ "recheck", 0, OPTION_FLAG, .to = &opt->recheck },
		{ "wait", 0, OPTION_NUMBER, .to = &c->wait_s, .most = CONFIG_WAIT_MAX_S,
		  .due = "a number of seconds" },
		{ "config", 0, OPTION_TEXT, .to = &r->config_path },
		{ "batch", 0, OPTION_NUMBER, .to = &opt->batch, .least = 1,
		  .due = "a number of lines, 1 or more" },
		{ "quiet", 'q', OPTION_FLAG, .to = &r->quiet },
	};
	struct err err;
	int code = cmd_option_first("ingest", argc, argv, options, COUNT(options), "config");
	if (code >= 0)
		return code;
	if (!config_read(c, r->config_path, &err))
		return cmd_fail("%s", err.text);
	return cmd_options("ingest", argc, argv, options, COUNT(options));
}

static int parse(int argc, char **argv, struct request *r)
{
	struct ingest_options *opt = &r->opt;
	int code = read_options(argc, argv, r);
	if (code >= 0)
		return code;
	gethostname(opt->local, sizeof(opt->local) - 1);
	if (opt->local[0] == '\0')
		strcpy(opt->local, "localhost");
	for (int i = optind; opt->follow && i < argc; i++) {
		if (strcmp(argv[i], "-") == 0)
			return cmd_usage("ingest", "--follow takes files, not standard input");
	}
	/* files that are named do not ask for the journal of the configuration */
	if (r->journal_asked)
		opt->config.journal = 1;
	else if (optind < argc)
		opt->config.journal = 0;
	if (opt->config.wait_s < 0)
		opt->config.wait_s = CONFIG_WAIT_DEFAULT_S;
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
	for (size_t i = 0; i < COUNT(rest); i++) {
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
