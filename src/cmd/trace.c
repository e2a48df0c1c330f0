/*
 * trace.c - `qtrail trace`: find the message, follow it, show it.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/when.h"
#include "cmd/cmd.h"
#include "rules/rules.h"
#include "show/show.h"
#include "syslog/syslog.h"
#include "trace/scrub.h"
#include "trace/trace.h"

enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_LINES, FORMAT_DOT, FORMAT_HTML };

struct options {
	const char *db;
	enum format format;
	bool has_at;
	int64_t at_us, at_end_us; /* the same, but of a whole day */
	bool anonymize, no_pager;
	struct trace_options walk;
	struct show_options show;
};

/* ---- what is meant ---- */

/* As an ID, as a reply that names one, or as any text with one in it. */
static bool find(struct store *s, struct arena *a, struct str query, struct trace_lives *lives,
		 struct err *err)
{
	if (!trace_find(s, a, query, lives, err) || lives->count > 0)
		return lives->count > 0;
	struct rules *r = cmd_rules(NULL, err);
	struct str id, family;
	bool followable = false;
	bool named = r != NULL && rules_reply(r, a, query, &id, &family, &followable);
	bool ok = !named || trace_find(s, a, arena_copy(a, id), lives, err);
	rules_free(r);
	if (!ok || lives->count > 0)
		return ok;
	return trace_find_words(s, a, query, lives, err) && lives->count > 0;
}

/* ---- output ---- */

static int64_t line_time(void *arg, struct str line)
{
	struct record rec;
	return framer_line(arg, line, &rec) == FRAME_RECORD ? rec.time_us : TRACE_NONE;
}

/* What is shown: the trace, and the pseudonyms of what must not be. */
struct shown {
	struct trace *trace;
	struct str query;
	struct scrub *scrub; /* NULL: as it is */
};

static void scrub_lines(struct scrub *s, struct trace_line *lines, size_t count)
{
	for (size_t i = 0; s != NULL && i < count; i++)
		lines[i].text = scrub_text(s, lines[i].text);
}

static bool print_lines(struct store *s, const struct shown *what, struct err *err)
{
	struct framer_options opt = { 0 };
	struct trace_line *lines = NULL;
	size_t count = 0;
	struct framer *f = framer_new(&opt, err);
	bool ok = f != NULL && trace_lines(s, what->trace, line_time, f, &lines, &count, err);
	if (ok) {
		scrub_lines(what->scrub, lines, count);
		show_lines(stdout, lines, count);
	}
	if (ok && count == 0)
		fputs("qtrail: found, but the database keeps no lines of it (ingest --no-lines)\n",
		      stderr);
	framer_free(f);
	return ok;
}

static bool print_html(struct store *s, const struct shown *what, const struct options *opt,
		       struct err *err)
{
	struct trace *t = what->trace;
	struct trace_entry_lines *lines = NULL;
	if (!trace_lines_by_entry(s, t, &lines, err))
		return false;
	for (size_t i = 0; i < t->entry_count; i++)
		scrub_lines(what->scrub, lines[i].at, lines[i].count);
	show_trace_html(stdout, t, what->query, &opt->show, lines);
	return true;
}

static bool print_trace(struct store *s, const struct shown *what, const struct options *opt,
			struct err *err)
{
	switch (opt->format) {
	case FORMAT_JSON:
		return show_json(stdout, what->trace, what->query, err);
	case FORMAT_LINES:
		return print_lines(s, what, err);
	case FORMAT_DOT:
		show_dot(stdout, what->trace, &opt->show);
		return true;
	case FORMAT_HTML:
		return print_html(s, what, opt, err);
	case FORMAT_TEXT:
		break;
	}
	show_text(stdout, what->trace, what->query, &opt->show);
	return true;
}

static bool present(struct store *s, struct trace *t, struct str query, const struct options *opt,
		    struct err *err)
{
	struct shown what = { t, query, NULL };
	bool ok = true;
	if (opt->anonymize) {
		what.scrub = scrub_new(t->arena, err);
		ok = what.scrub != NULL && trace_anonymize(s, t, what.scrub, err);
		if (ok)
			what.query = scrub_text(what.scrub, query);
	}
	ok = ok && print_trace(s, &what, opt, err);
	scrub_free(what.scrub);
	return ok;
}

/* ---- nothing found ---- */

/* Why, on standard error; as JSON on standard output. */
static bool explain_nothing(struct store *s, struct arena *a, struct str query,
			    const struct options *opt, struct err *err)
{
	struct trace_nothing n = { 0 };
	struct scrub *scrub = NULL;
	if (!trace_nothing(s, a, query, opt->has_at ? opt->at_us : TRACE_NONE, &n, err))
		return false;
	if (opt->anonymize) {
		scrub = scrub_new(a, err);
		if (scrub == NULL)
			return false;
		trace_anonymize_nothing(&n, scrub);
		query = scrub_text(scrub, query);
	}
	bool ok = opt->format != FORMAT_JSON || show_json_nothing(stdout, &n, query, err);
	if (opt->format != FORMAT_JSON)
		show_nothing(stderr, &n, query, "nothing yet (read logs with `qtrail ingest`)",
			     opt->show.utc);
	scrub_free(scrub);
	return ok;
}

/* ---- the command ---- */

static int answer(struct store *s, struct arena *a, struct str query, const struct options *opt)
{
	struct trace_lives lives = { 0 };
	struct err err = { "" };
	if (!find(s, a, query, &lives, &err) && err.text[0] != '\0')
		return cmd_fail("%s", err.text);
	if (lives.count == 0) {
		bool said = explain_nothing(s, a, query, opt, &err) && cmd_written(&err);
		return said ? EXIT_NOTHING : cmd_fail("%s", err.text);
	}
	if (opt->has_at)
		trace_lives_at(&lives, opt->at_us, opt->at_end_us);
	struct trace *t = trace_walk(s, &lives, &opt->walk, &err);
	bool ok = t != NULL && present(s, t, query, opt, &err);
	trace_free(t);
	ok = ok && cmd_written(&err);
	return ok ? EXIT_FOUND : cmd_fail("%s", err.text);
}

/* "14 March" begins with one microsecond and ends with another. */
static bool take_at(void *to, const char *text)
{
	struct options *opt = to;
	int64_t now = clock_now_us();
	opt->has_at = true;
	return when_parse(str_of(text), now, false, &opt->at_us) &&
	       when_parse(str_of(text), now, true, &opt->at_end_us);
}

/* A reply may come unquoted, as several words. */
static struct str join_words(struct arena *a, char **words, int count)
{
	size_t len = 0;
	for (int i = 0; i < count; i++)
		len += strlen(words[i]) + 1;
	char *out = arena_alloc(a, len + 1), *at = out;
	for (int i = 0; i < count; i++)
		at += sprintf(at, "%s%s", i > 0 ? " " : "", words[i]);
	return (struct str){ out, (size_t)(at - out) };
}

/* -1: go on. */
static int parse(int argc, char **argv, struct options *opt)
{
	const struct cmd_option options[] = {
		{ "db", 'd', OPTION_TEXT, .to = &opt->db },
		{ "json", 0, OPTION_CHOICE, .to = &opt->format, .choice = FORMAT_JSON },
		{ "lines", 0, OPTION_CHOICE, .to = &opt->format, .choice = FORMAT_LINES },
		{ "dot", 0, OPTION_CHOICE, .to = &opt->format, .choice = FORMAT_DOT },
		{ "html", 0, OPTION_CHOICE, .to = &opt->format, .choice = FORMAT_HTML },
		{ "anonymize", 0, OPTION_FLAG, .to = &opt->anonymize },
		{ "at", 0, OPTION_CALL, .to = opt, .take = take_at, .due = CMD_TIME_DUE },
		{ "up", 0, OPTION_FLAG, .to = &opt->walk.up },
		{ "down", 0, OPTION_FLAG, .to = &opt->walk.down },
		{ "all", 0, OPTION_FLAG, .to = &opt->show.all },
		{ "utc", 0, OPTION_FLAG, .to = &opt->show.utc },
		{ "ascii", 0, OPTION_FLAG, .to = &opt->show.ascii },
		{ "no-pager", 0, OPTION_FLAG, .to = &opt->no_pager },
	};
	int code = cmd_options("trace", argc, argv, options, COUNT(options));
	if (code >= 0)
		return code;
	if (optind == argc)
		return cmd_usage("trace", "a queue ID, a Message-ID or a reply is due");
	if (opt->show.all)
		opt->walk.limit = SIZE_MAX;
	return -1;
}

int cmd_trace(int argc, char **argv)
{
	struct options opt = { 0 };
	int code = parse(argc, argv, &opt);
	if (code >= 0)
		return code;
	opt.show.colour = cmd_colour();
	opt.show.width = cmd_width(80);
	struct store *s = cmd_open(opt.db);
	if (s == NULL)
		return EXIT_TROUBLE;
	struct arena *a = arena_new();
	struct pager pager = cmd_pager(!opt.no_pager);
	code = answer(s, a, join_words(a, argv + optind, argc - optind), &opt);
	cmd_pager_end(&pager);
	arena_free(a);
	store_close(s);
	return code;
}
