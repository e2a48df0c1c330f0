/*
 * feed.c - one source under way: found again by its content, read from its
 * checkpoint on, line by line.
 *
 * Promises: the same content is taken once, under whatever name it comes; no
 * checkpoint stands within a record; a damaged source gives what could be read, and says so.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "ingest/internal.h"
#include "ingest/sources.h"
#include "ingest/stop.h"

#define GIVE_UP_LINES 1000 /* without one record: not a log */

/* The bytes before the checkpoint, to know the file again by. */
static void remember_tail(struct feed *f, const struct line *line)
{
	size_t n = line->text.len < TAIL_LEN ? line->text.len : TAIL_LEN - 1;
	memcpy(f->tail, line->text.at + line->text.len - n, n);
	f->source.tail = (struct str){ f->tail, n };
}

/* "__CURSOR=" opens a record of a journal; nobody but journald can write such a field. */
static void watch_cursor(struct feed *f, const struct line *line)
{
	const struct str sign = STR("__CURSOR=");
	if (!f->is_journal || !str_starts(line->text, sign))
		return;
	struct str cursor = str_skip(line->text, sign.len);
	if (cursor.len < CURSOR_MAX) {
		memcpy(f->next_cursor, cursor.at, cursor.len);
		f->next_cursor[cursor.len] = '\0';
	}
}

static bool after_line(struct ingest *g, struct feed *f, const struct line *line, bool keep_tail)
{
	g->counts.lines++;
	g->counts.bytes += line->end - line->offset;
	f->source.lines++;
	if ((g->counts.lines & 4095) == 0)
		ingest_show_progress(g);
	/* no checkpoint within a record of several lines; its binary fields also move line->text */
	if (framer_is_within(f->framer))
		return true;
	f->source.offset = line->end;
	if (f->is_journal) {
		memcpy(f->cursor, f->next_cursor, CURSOR_MAX);
		f->source.cursor = str_of(f->cursor);
	} else if (keep_tail) {
		remember_tail(f, line);
	}
	if (++g->batch_lines < g->opt.batch)
		return true;
	return ingest_commit(g);
}

/* ---- one file ---- */

/* Lines until the end. False on a failure that ends the whole ingest (g->err). */
static bool take_lines(struct ingest *g, struct feed *f)
{
	struct line line;
	struct err err;
	while (!stop_wanted()) {
		switch (input_next(f->in, &line, &err)) {
		case INPUT_LINE:
			watch_cursor(f, &line);
			if (!feed_line(g, f, &line))
				return !g->failed;
			if (!after_line(g, f, &line, true))
				return false;
			break;
		case INPUT_TOO_LONG:
			g->counts.too_long++;
			if (f->too_long++ == 0)
				f->first_long_line = line.number;
			f->source.tail = (struct str){ 0 };
			if (!after_line(g, f, &line, false))
				return false;
			break;
		case INPUT_PARTIAL:
			/* a growing file: the rest of this line comes with the next run */
			if (!input_is_growing(f->in) && !stop_wanted()) {
				if (!feed_line(g, f, &line))
					return !g->failed;
				if (!after_line(g, f, &line, true))
					return false;
			}
			break;
		case INPUT_END:
			f->at_end = !stop_wanted();
			return true;
		case INPUT_ERROR:
			ingest_trouble(g, err.text);
			return true;
		}
		if (f->records == 0 && f->malformed >= GIVE_UP_LINES)
			return true;
	}
	return true;
}

/* Of a growing file the record without its end comes with the next run, like a line. */
static void take_last_record(struct ingest *g, struct feed *f)
{
	struct record rec;
	if (f->at_end && !f->is_journal && !input_is_growing(f->in) &&
	    framer_end(f->framer, &rec) == FRAME_RECORD)
		feed_record(g, f, &rec);
}

static void report_file(struct ingest *g, struct feed *f)
{
	char text[600];
	/* a log begun just now may hold half a line, and nobody wants to hear of that every night
	 */
	if (f->at_end && f->source.lines == 0 && input_raw_size(f->in) > (int64_t)INPUT_LINE_MAX) {
		snprintf(text, sizeof(text),
			 "%s: has no whole line yet; what it holds is read once its line ends",
			 f->path);
		ingest_trouble(g, text);
		return;
	}
	if (f->records == 0 && f->malformed > 0) {
		snprintf(text, sizeof(text),
			 "%s: no line of it is in a log format known here; nothing was taken "
			 "(see qtrail-ingest(1) for the formats)",
			 f->path);
		ingest_trouble(g, text);
		return;
	}
	if (f->too_long > 0) {
		snprintf(text, sizeof(text),
			 "%s:%lld: %lld line(s) longer than %zu bytes were skipped, this is the "
			 "first; "
			 "all others were taken",
			 f->path, (long long)f->first_long_line, (long long)f->too_long,
			 INPUT_LINE_MAX);
		ingest_trouble(g, text);
	}
	if (f->malformed > 0) {
		snprintf(text, sizeof(text),
			 "%s:%lld: %lld line(s) in no known log format were left out, this is the "
			 "first; all others were taken",
			 f->path, (long long)f->first_bad_line, (long long)f->malformed);
		ingest_say(g, text);
		g->trouble = g->trouble || f->damaged > 0;
	}
}

/* A fresh look at the file from its start. */
static bool reopen(struct ingest *g, struct feed *f)
{
	struct err err;
	input_close(f->in);
	f->in = input_open_until(f->path, stop_fd(), &err);
	if (f->in == NULL) {
		ingest_trouble(g, err.text);
		return false;
	}
	input_head(f->in, &err);
	return true;
}

static void new_source(struct ingest *g, struct feed *f, struct str head)
{
	f->source = (struct source){ .path = str_of(f->path),
				     .host = str_of(framing_host(g, f->path)),
				     .head = head,
				     .first_at = TRACK_NONE,
				     .last_at = TRACK_NONE };
}

/*
 * Is its content known? Then go on where it stood. False: it cannot be read, or is
 * the beginning of what was read already (a copy under way, or cut short).
 */
static bool find_checkpoint(struct ingest *g, struct feed *f)
{
	struct err err = { "" };
	struct str head = arena_copy(f->arena, input_head(f->in, &err));
	struct source known;
	for (size_t n = 0; !input_is_stream(f->in) && head.len > 0; n++) {
		if (!store_source_find(g->store, f->arena, head, n, &known, &g->err)) {
			g->failed = g->err.text[0] != '\0';
			break;
		}
		if (input_seek_after(f->in, known.offset, known.tail, &err)) {
			known.path = str_of(f->path);
			known.head = head;
			f->source = known;
			return true;
		}
		if (err.text[0] != '\0') {
			/* damaged before the place: taking it for another file would count it twice
			 */
			ingest_trouble(g, err.text);
			return false;
		}
		if (input_is_short(f->in) && known.head.len == INPUT_HEAD_MAX)
			return false;
		if (!reopen(g, f))
			return false;
	}
	new_source(g, f, head);
	return !g->failed;
}

/* The newest record of a file that is continued, 0 of a new one. */
static int64_t last_of(const struct feed *f)
{
	return f->source.id != 0 && f->source.last_at != TRACK_NONE ? f->source.last_at : 0;
}

bool feed_start(struct ingest *g, struct feed *f)
{
	struct framer_options opt = framing_of(g, f->path, f->in);
	opt.last_us = last_of(f);
	f->source.run = g->run;
	if (!year_check(g, f, &opt))
		return false;
	f->framer = framer_new(&opt, &g->err);
	if (f->framer == NULL)
		return false;
	if (f->source.id != 0 && f->source.tail.len > 0)
		framer_resume(f->framer, f->source.tail);
	f->next = g->feeds;
	g->feeds = f;
	return true;
}

bool feed_open(struct ingest *g, struct feed *f, const char *path, bool *open)
{
	struct err err;
	struct stat st = { 0 };
	*open = false;
	f->arena = arena_new();
	f->path = strcmp(path, "-") == 0 ? "(standard input)" : path;
	f->in = input_open_until(path, stop_fd(), &err);
	if (f->in == NULL) {
		ingest_trouble(g, err.text);
		return true;
	}
	if (input_raw_size(f->in) == 0) {
		char text[600];
		snprintf(text, sizeof(text), "%s: is empty; nothing was read", path);
		ingest_trouble(g, text);
		return true;
	}
	f->is_marked = input_stat(f->in, &st) && S_ISREG(st.st_mode);
	f->mark = mark_of(&st);
	if (!find_checkpoint(g, f))
		return !g->failed;
	*open = feed_start(g, f);
	return *open;
}

/*
 * A file read to its end need not be opened again while it stays as it is: unless it was
 * written to while it was read, or just before, when its time of change may not tell.
 */
static bool remember_end(struct ingest *g, struct feed *f)
{
	struct stat st;
	if (!f->at_end || !f->is_marked || f->source.id == 0 || !input_stat(f->in, &st))
		return true;
	struct file_mark now = mark_of(&st);
	bool coarse = now.mtime_ns % 1000000000 == 0;
	int64_t age_us = clock_now_us() - now.mtime_ns / 1000;
	if (now.size != f->mark.size || now.mtime_ns != f->mark.mtime_ns ||
	    age_us < (coarse ? 2 * US_PER_S : US_PER_S / 20))
		return true;
	return store_file_finished(g->store, &now, f->source.id, &g->err);
}

bool feed_read(struct ingest *g, struct feed *f)
{
	g->feed = f;
	bool ok = take_lines(g, f) && !g->failed;
	g->feed = NULL;
	return ok;
}

struct overlap {
	struct ingest *g;
	const struct feed *f;
};

static void say_overlap(void *arg, struct str path, int64_t lines, int64_t known)
{
	const struct overlap *o = arg;
	char text[600];
	if (lines <= known)
		return;
	snprintf(text, sizeof(text),
		 "%s: about %lld of its lines stand in %.*s, too, and were counted twice; read one "
		 "of "
		 "the two only (table source_overlap)",
		 o->f->path, (long long)lines, (int)path.len, path.at);
	ingest_say(o->g, text);
}

/* The same lines among others, in a file of another content (pitfall 35). */
static bool find_overlaps(struct ingest *g, struct feed *f)
{
	struct overlap o = { g, f };
	return f->records == 0 ||
	       store_source_overlaps(g->store, &f->source, say_overlap, &o, &g->err);
}

bool feed_finish(struct ingest *g, struct feed *f)
{
	g->feed = f;
	take_last_record(g, f);
	if (!g->failed)
		report_file(g, f);
	g->feed = NULL;
	return !g->failed && feed_save(g, f) && find_overlaps(g, f) && remember_end(g, f);
}

void feed_close(struct ingest *g, struct feed *f)
{
	struct feed **at = &g->feeds;
	while (*at != NULL && *at != f)
		at = &(*at)->next;
	if (*at == f)
		*at = f->next;
	input_close(f->in);
	framer_free(f->framer);
	arena_free(f->arena);
	*f = (struct feed){ 0 };
}

bool feed_file(struct ingest *g, const char *path)
{
	struct feed f = { 0 };
	bool open = false;
	bool ok = feed_open(g, &f, path, &open);
	if (open)
		ok = feed_read(g, &f) && feed_finish(g, &f) && ingest_commit(g);
	feed_close(g, &f);
	return ok;
}
