/*
 * ingest.c - `qtrail ingest`: files through all rooms into the database.
 *
 * Promises: rows and checkpoint commit together; a damaged file, an unknown
 * line or a full disk leaves everything committed before as it is, and says
 * so; the same content is taken once, under whatever name it comes.
 */
#include <getopt.h>
#include <locale.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "cmd/cmd.h"
#include "cmd/shapes.h"
#include "input/input.h"
#include "rules/rules.h"
#include "store/write.h"
#include "syslog/syslog.h"
#include "track/track.h"

#define BATCH_LINES 100000
#define TAIL_LEN ((size_t)2048) /* nearly all lines fit: see framer_resume */
#define GIVE_UP_LINES 1000      /* without one record: not a log */

struct options {
	const char *db, *host, *timezone, *parsers;
	char local[256]; /* name of this machine */
	int year;
	int64_t batch; /* lines between commits */
	bool no_lines, quiet;
	const char **aliases;
	size_t alias_count;
};

struct ingest {
	struct options opt;
	struct store *store;
	struct rules *rules;
	struct track *track;
	struct framer *framer;
	struct shapes *shapes;
	struct arena *arena; /* of the lines of a batch */
	struct run_counts counts;
	int64_t run;
	int64_t batch_lines;
	bool trouble; /* something was said; exit code 2 */
	bool progress;
	int64_t shown_us;
	/* the file under way */
	const char *path;
	struct input *in;
	struct source source;
	struct arena *file_arena;
	char tail[TAIL_LEN];
	int64_t records, malformed, too_long, damaged, first_bad_line, first_long_line;
	struct track_record tracked;
	struct err err;
	bool failed;
};

static void trouble(struct ingest *g, const char *sentence)
{
	cmd_fail("%s", sentence);
	g->trouble = true;
}

/* ---- one line ---- */

static void on_event(void *arg, const struct event *ev)
{
	struct ingest *g = arg;
	if (!g->failed)
		g->failed = !track_event(g->track, &g->tracked, ev, &g->err);
}

static void widen_span(struct source *s, int64_t at)
{
	if (s->first_at == TRACK_NONE || at < s->first_at)
		s->first_at = at;
	if (s->last_at == TRACK_NONE || at > s->last_at)
		s->last_at = at;
}

/* A framed record through rules and track. */
static void take_record(struct ingest *g, const struct record *rec)
{
	struct rules_input in = { rec->host, rec->ident, rec->pid, rec->time_us, rec->body };
	g->tracked = (struct track_record){ .host = rec->host,
					    .ident = rec->ident,
					    .raw = rec->line,
					    .pid = rec->pid,
					    .time_us = rec->time_us,
					    .repeat = rec->repeat,
					    .year_inferred = rec->year_inferred,
					    .host_assumed = rec->host_assumed };
	g->records++;
	widen_span(&g->source, rec->time_us);
	switch (rules_match(g->rules, g->arena, &in, on_event, g)) {
	case RULES_MATCHED:
	case RULES_PENDING:
		g->counts.matched++;
		g->source.matched++;
		break;
	case RULES_DUPLICATE:
		g->counts.duplicate++;
		break;
	case RULES_FOREIGN:
		g->counts.not_mail++;
		break;
	case RULES_UNMATCHED:
		g->counts.unmatched++;
		g->source.unmatched++;
		shapes_add(g->shapes, rules_owner(g->rules, rec->ident), rec->body);
		break;
	}
}

static bool is_damaged(struct str s)
{
	return memchr(s.at, '\0', s.len) != NULL;
}

static void take_frame(struct ingest *g, const struct line *line, enum frame_result got,
		       const struct record *rec)
{
	switch (got) {
	case FRAME_RECORD:
		take_record(g, rec);
		break;
	case FRAME_MORE:
	case FRAME_NOT_MAIL:
		g->counts.not_mail++;
		break;
	case FRAME_MALFORMED:
		g->counts.malformed++;
		g->damaged += is_damaged(line->text);
		if (g->malformed++ == 0)
			g->first_bad_line = line->number;
		if (line->text.len > 0)
			shapes_add(g->shapes, STR("(no log format)"), line->text);
		break;
	}
}

static bool take_line(struct ingest *g, const struct line *line)
{
	struct record rec;
	enum frame_result got = framer_line(g->framer, line->text, &rec);
	take_frame(g, line, got, &rec);
	while (!g->failed && framer_wants_bytes(g->framer) > 0) {
		struct str bytes;
		if (!input_take(g->in, framer_wants_bytes(g->framer), &bytes, &g->err)) {
			trouble(g, g->err.text);
			return false;
		}
		framer_binary(g->framer, bytes);
	}
	return !g->failed;
}

/* ---- batches ---- */

static bool save_checkpoint(struct ingest *g)
{
	if (g->in == NULL || input_is_stream(g->in) || g->source.offset == 0 || g->records == 0)
		return true;
	return store_source_save(g->store, &g->source, &g->err);
}

static bool commit(struct ingest *g)
{
	g->counts.limit_hits = (int64_t)rules_limit_hits(g->rules);
	bool ok = track_flush(g->track, &g->err) && shapes_flush(g->shapes, g->store, &g->err) &&
		  save_checkpoint(g) &&
		  store_pending_save(g->store, rules_pending(g->rules, g->arena), &g->err) &&
		  store_run_update(g->store, g->run, 0, &g->counts, &g->err) &&
		  store_checkpoint(g->store, &g->err);
	g->batch_lines = 0;
	arena_reset(g->arena);
	return ok;
}

static void show_progress(struct ingest *g)
{
	int64_t now = clock_now_us();
	if (!g->progress || now - g->shown_us < US_PER_S / 5)
		return;
	g->shown_us = now;
	int64_t size = input_raw_size(g->in), at = input_raw_position(g->in);
	if (size > 0) {
		int done = (int)(at * 20 / size);
		fprintf(stderr, "\r%-30.30s [%.*s%*s] %3d%%", g->path, done, "####################",
			20 - done, "", (int)(at * 100 / size));
	} else {
		fprintf(stderr, "\r%-30.30s %lld lines", g->path, (long long)g->counts.lines);
	}
}

static void clear_progress(const struct ingest *g)
{
	if (g->progress)
		fprintf(stderr, "\r%70s\r", "");
}

/* The bytes before the checkpoint, to know the file again by. */
static void remember_tail(struct ingest *g, const struct line *line)
{
	size_t n = line->text.len < TAIL_LEN ? line->text.len : TAIL_LEN - 1;
	memcpy(g->tail, line->text.at + line->text.len - n, n);
	g->source.tail = (struct str){ g->tail, n };
}

static bool after_line(struct ingest *g, const struct line *line, bool keep_tail)
{
	g->counts.lines++;
	g->counts.bytes += line->end - line->offset;
	g->source.lines++;
	if ((g->counts.lines & 4095) == 0)
		show_progress(g);
	/* no checkpoint within a record of several lines; its binary fields also move line->text */
	if (framer_is_within(g->framer))
		return true;
	g->source.offset = line->end;
	if (keep_tail)
		remember_tail(g, line);
	if (++g->batch_lines < g->opt.batch)
		return true;
	return commit(g);
}

/* ---- one file ---- */

/* Lines until the end. False on a failure that ends the whole ingest (g->err). */
static bool take_lines(struct ingest *g)
{
	struct line line;
	struct err err;
	for (;;) {
		switch (input_next(g->in, &line, &err)) {
		case INPUT_LINE:
			if (!take_line(g, &line))
				return !g->failed;
			if (!after_line(g, &line, true))
				return false;
			break;
		case INPUT_TOO_LONG:
			g->counts.too_long++;
			if (g->too_long++ == 0)
				g->first_long_line = line.number;
			g->source.tail = (struct str){ 0 };
			if (!after_line(g, &line, false))
				return false;
			break;
		case INPUT_PARTIAL:
			/* a growing file: the rest of this line comes with the next run */
			if (input_is_growing(g->in))
				break;
			if (!take_line(g, &line))
				return !g->failed;
			if (!after_line(g, &line, true))
				return false;
			break;
		case INPUT_END:
			return true;
		case INPUT_ERROR:
			clear_progress(g);
			trouble(g, err.text);
			return true;
		}
		if (g->records == 0 && g->malformed >= GIVE_UP_LINES)
			return true;
	}
}

/* Of a growing file the record without its end comes with the next run, like a line. */
static void take_last_record(struct ingest *g)
{
	struct record rec;
	if (!input_is_growing(g->in) && framer_end(g->framer, &rec) == FRAME_RECORD)
		take_record(g, &rec);
}

static void report_file(struct ingest *g)
{
	char text[600];
	clear_progress(g);
	if (g->records == 0 && g->malformed > 0) {
		snprintf(text, sizeof(text),
			 "%s: no line of it is in a log format known here; nothing was taken "
			 "(see qtrail-ingest(1) for the formats)",
			 g->path);
		trouble(g, text);
		return;
	}
	if (g->too_long > 0) {
		snprintf(text, sizeof(text),
			 "%s:%lld: %lld line(s) longer than %zu bytes were skipped, this is the "
			 "first; "
			 "all others were taken",
			 g->path, (long long)g->first_long_line, (long long)g->too_long,
			 INPUT_LINE_MAX);
		trouble(g, text);
	}
	if (g->malformed > 0) {
		snprintf(text, sizeof(text),
			 "%s:%lld: %lld line(s) in no known log format were left out, this is the "
			 "first; all others were taken",
			 g->path, (long long)g->first_bad_line, (long long)g->malformed);
		cmd_fail("%s", text);
		g->trouble = g->trouble || g->damaged > 0;
	}
}

/* Is its content known? Then go on where it stood. False: cannot be read. */
static bool find_checkpoint(struct ingest *g)
{
	struct err err = { "" };
	struct str head = arena_copy(g->file_arena, input_head(g->in, &err));
	struct source known;
	for (size_t n = 0; !input_is_stream(g->in) && head.len > 0; n++) {
		if (!store_source_find(g->store, g->file_arena, head, n, &known, &g->err)) {
			g->failed = g->err.text[0] != '\0';
			break;
		}
		if (input_seek_after(g->in, known.offset, known.tail, &err)) {
			known.path = str_of(g->path);
			known.head = head;
			g->source = known;
			return true;
		}
		input_close(g->in);
		g->in = input_open(g->path, &err);
		if (g->in == NULL) {
			trouble(g, err.text);
			return false;
		}
		input_head(g->in, &err);
	}
	g->source = (struct source){ .path = str_of(g->path),
				     .host = str_of(g->opt.host),
				     .head = head,
				     .first_at = TRACK_NONE,
				     .last_at = TRACK_NONE };
	return !g->failed;
}

/* The newest record of a file that is continued, 0 of a new one. */
static int64_t last_of(const struct ingest *g)
{
	return g->source.id != 0 && g->source.last_at != TRACK_NONE ? g->source.last_at : 0;
}

static bool start_file(struct ingest *g, const char *path)
{
	struct err err;
	g->path = strcmp(path, "-") == 0 ? "(standard input)" : path;
	g->records = g->malformed = g->too_long = g->damaged = 0;
	arena_reset(g->file_arena);
	g->in = input_open(path, &err);
	if (g->in == NULL) {
		trouble(g, err.text);
		return false;
	}
	if (input_raw_size(g->in) == 0) {
		char text[600];
		snprintf(text, sizeof(text), "%s: is empty; nothing was read", path);
		trouble(g, text);
		return false;
	}
	if (!find_checkpoint(g))
		return false;
	g->source.run = g->run;
	struct framer_options opt = { .host = g->opt.host,
				      .year = g->opt.year,
				      .last_us = last_of(g),
				      .mtime_us = input_mtime_us(g->in),
				      .timezone = g->opt.timezone };
	if (g->framer != NULL)
		g->failed = !framer_restart(g->framer, &opt, &g->err);
	else
		g->failed = (g->framer = framer_new(&opt, &g->err)) == NULL;
	if (!g->failed && g->source.id != 0 && g->source.tail.len > 0)
		framer_resume(g->framer, g->source.tail);
	return !g->failed;
}

/* False when the whole ingest must end (g->err). */
static bool take_file(struct ingest *g, const char *path)
{
	bool ok = true;
	if (start_file(g, path)) {
		ok = take_lines(g);
		if (ok)
			take_last_record(g);
		ok = ok && !g->failed;
		if (ok)
			report_file(g);
		ok = ok && commit(g);
	}
	input_close(g->in);
	g->in = NULL;
	return ok && !g->failed;
}

/* ---- the run ---- */

static bool add_aliases(struct ingest *g)
{
	for (size_t i = 0; i < g->opt.alias_count; i++) {
		const char *text = g->opt.aliases[i], *sign = strchr(text, '=');
		struct str host = { text, (size_t)(sign - text) };
		if (!store_host_alias(g->store, host, str_of(sign + 1), &g->err))
			return false;
	}
	return true;
}

static bool start_run(struct ingest *g)
{
	g->store = store_open(g->opt.db, STORE_WRITE, &g->err);
	if (g->store == NULL || !store_lock(g->store, &g->err))
		return false;
	if (!store_bulk_start(g->store, &g->err) || !store_begin(g->store, &g->err))
		return false;
	struct track_sink sink = store_sink(g->store, !g->opt.no_lines);
	g->track = track_new(&sink, NULL);
	g->shapes = shapes_new();
	g->arena = arena_new();
	g->file_arena = arena_new();
	struct str pending;
	if (!store_pending_load(g->store, g->arena, &pending, &g->err))
		return false;
	rules_resume(g->rules, pending);
	return add_aliases(g) && store_run_start(g->store, QTRAIL_VERSION, &g->run, &g->err);
}

static bool end_run(struct ingest *g)
{
	return store_learn(g->store, &g->err) &&
	       store_run_update(g->store, g->run, clock_now_us(), &g->counts, &g->err) &&
	       store_commit(g->store, &g->err) && store_bulk_end(g->store, &g->err);
}

static void summary(const struct ingest *g, int64_t took_us)
{
	const struct run_counts *c = &g->counts;
	if (g->opt.quiet)
		return;
	setlocale(LC_NUMERIC, "");
	printf("%'lld lines (%.1f MB) in %.1f s: %'lld matched, %'lld not mail, %'lld unmatched",
	       (long long)c->lines, (double)c->bytes / 1e6, (double)took_us / 1e6,
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
	printf("\ndatabase %s\n", g->opt.db);
}

static void free_run(struct ingest *g)
{
	shapes_free(g->shapes);
	track_free(g->track);
	framer_free(g->framer);
	rules_free(g->rules);
	if (g->store != NULL)
		store_rollback(g->store);
	store_close(g->store);
	arena_free(g->arena);
	arena_free(g->file_arena);
}

/*
 * Lives come and go by the hundred thousand; giving their memory back to the
 * system each time costs a quarter of the run.
 */
static void keep_memory(void)
{
	mallopt(M_TRIM_THRESHOLD, 64 * 1024 * 1024);
	mallopt(M_MMAP_THRESHOLD, 16 * 1024 * 1024);
	mallopt(M_TOP_PAD, 4 * 1024 * 1024);
}

static int run(const struct options *opt, char **paths, int count)
{
	keep_memory();
	struct ingest g = { .opt = *opt };
	int64_t started = clock_now_us();
	g.progress = !opt->quiet && isatty(STDERR_FILENO) != 0;
	g.rules = cmd_rules(opt->parsers, &g.err);
	bool ok = g.rules != NULL && start_run(&g);
	for (int i = 0; ok && i < count; i++)
		ok = take_file(&g, paths[i]);
	ok = ok && end_run(&g);
	clear_progress(&g);
	if (ok)
		summary(&g, clock_now_us() - started);
	else
		trouble(&g, g.err.text);
	free_run(&g);
	return g.trouble ? EXIT_TROUBLE : EXIT_FOUND;
}

/* ---- command line ---- */

static const struct option long_options[] = { { "db", required_argument, NULL, 'd' },
					      { "host", required_argument, NULL, 'H' },
					      { "alias", required_argument, NULL, 'A' },
					      { "timezone", required_argument, NULL, 'z' },
					      { "year", required_argument, NULL, 'y' },
					      { "parsers", required_argument, NULL, 'P' },
					      { "no-lines", no_argument, NULL, 'n' },
					      { "quiet", no_argument, NULL, 'q' },
					      { "batch", required_argument, NULL, 'B' },
					      { "help", no_argument, NULL, 'h' },
					      { NULL, 0, NULL, 0 } };

static bool parse_year(const char *text, int *year)
{
	int64_t n = 0;
	if (!str_to_int64(str_of(text), &n) || n < 1970 || n > 9998)
		return false;
	*year = (int)n;
	return true;
}

static int parse(int argc, char **argv, struct options *opt)
{
	int c;
	gethostname(opt->local, sizeof(opt->local) - 1);
	opt->host = opt->local[0] != '\0' ? opt->local : "localhost";
	opt->batch = BATCH_LINES;
	opt->aliases = mem_zalloc((size_t)argc * sizeof(*opt->aliases));
	while ((c = getopt_long(argc, argv, "d:qh", long_options, NULL)) != -1) {
		switch (c) {
		case 'd':
			opt->db = optarg;
			break;
		case 'H':
			opt->host = optarg;
			break;
		case 'A':
			if (strchr(optarg, '=') == NULL)
				return cmd_usage("ingest", "--alias is HOST=NAME");
			opt->aliases[opt->alias_count++] = optarg;
			break;
		case 'z':
			opt->timezone = optarg;
			break;
		case 'y':
			if (!parse_year(optarg, &opt->year))
				return cmd_usage("ingest", "--year is a number such as 2026");
			break;
		case 'P':
			opt->parsers = optarg;
			break;
		case 'B':
			if (!str_to_int64(str_of(optarg), &opt->batch) || opt->batch < 1)
				return cmd_usage("ingest",
						 "--batch is a number of lines, 1 or more");
			break;
		case 'n':
			opt->no_lines = true;
			break;
		case 'q':
			opt->quiet = true;
			break;
		case 'h':
			cmd_help("ingest");
			return EXIT_FOUND;
		default:
			return cmd_usage("ingest", NULL);
		}
	}
	return -1;
}

int cmd_ingest(int argc, char **argv)
{
	struct options opt = { 0 };
	int code = parse(argc, argv, &opt);
	if (code >= 0)
		return code;
	if (optind == argc)
		return cmd_usage("ingest", "name the log files to read (- is standard input)");
	char *own = opt.db == NULL ? store_default_path() : NULL;
	if (own != NULL)
		opt.db = own;
	code = run(&opt, argv + optind, argc - optind);
	free(own);
	free(opt.aliases);
	return code;
}
