/*
 * follow.c - `qtrail ingest --follow`: read what is there, then what is added,
 * through rotation, until SIGTERM or SIGINT.
 *
 * Promises: what was read is committed within COMMIT_US; a renamed file is read to
 * its end beside its successor; one that was truncated or replaced is started
 * again by its content. inotify only wakes: each file is looked at once a second anyway, so
 * network file systems work too.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "ingest/internal.h"
#include "ingest/sources.h"
#include "ingest/stop.h"

#define COMMIT_US (US_PER_S / 2)
#define LEARN_US (600 * US_PER_S)
#define WAKE_MS 1000                   /* looked at without a sign, too */
#define PAUSE_MS 20                    /* after a sign: what comes together is read together */
#define SCAN_US US_PER_S               /* between two looks into the directories */
#define DRAIN_US (60 * US_PER_S)       /* how long a rotated file is still written to */
#define LIVE_US (S_PER_DAY * US_PER_S) /* a plain file changed since then is kept open */
#define RETAIN_US (S_PER_DAY * US_PER_S)
#define SETTLE_US (10 * US_PER_S) /* how long a compressor may pause */

struct tail {
	struct tail *next;
	struct feed feed;
	char *path;
	struct file_mark mark; /* device and inode it has; size at the last look */
	int64_t idle_since_us;
	bool rotated, gone;
};

struct follow {
	struct ingest *g;
	char **args;
	int arg_count;
	struct tail *tails;
	struct journal *journal;
	int watch;
	bool over;
	bool news; /* a name came, went, or is of a file that is not open */
	int64_t scanned_us, committed_us, learned_us, retained_us;
};

/* ---- one file ---- */

static bool same_inode(const struct file_mark *a, const struct file_mark *b)
{
	return a->device == b->device && a->inode == b->inode;
}

static void tail_close(struct follow *w, struct tail *t)
{
	struct tail **at = &w->tails;
	while (*at != t)
		at = &(*at)->next;
	*at = t->next;
	feed_close(w->g, &t->feed);
	free(t->path);
	free(t);
}

/* Until the head is full the file may become another one under the same beginning. */
static void grow_head(struct feed *f)
{
	char head[INPUT_HEAD_MAX];
	if (f->source.head.len >= INPUT_HEAD_MAX)
		return;
	ssize_t got = pread(input_fd(f->in), head, sizeof(head), 0);
	if (got > (ssize_t)f->source.head.len)
		f->source.head = arena_copy(f->arena, (struct str){ head, (size_t)got });
}

/* Was it truncated, or written anew? Then its content is another source. */
static bool was_replaced(const struct tail *t, const struct stat *st)
{
	const struct source *s = &t->feed.source;
	return st->st_size < s->offset ||
	       (s->offset > 0 && !input_stands(t->feed.in, s->offset, s->tail));
}

/* What was added to it. t->gone when it is to be closed. */
static bool tail_read(struct follow *w, struct tail *t, int64_t now)
{
	struct stat st;
	struct feed *f = &t->feed;
	if (!input_stat(f->in, &st)) {
		t->gone = true;
		return true;
	}
	struct file_mark mark = mark_of(&st);
	if (mark.size == t->mark.size && mark.mtime_ns == t->mark.mtime_ns) {
		t->gone = now - t->idle_since_us > (t->rotated ? DRAIN_US : LIVE_US);
		return true;
	}
	if (was_replaced(t, &st)) {
		t->gone = w->news = true;
		return true;
	}
	t->mark = mark;
	t->idle_since_us = now;
	framer_touch(f->framer, now);
	if (!feed_read(w->g, f))
		return false;
	grow_head(f);
	return true;
}

static bool read_tails(struct follow *w)
{
	int64_t now = clock_now_us();
	for (struct tail *t = w->tails, *next; t != NULL; t = next) {
		next = t->next;
		if (!tail_read(w, t, now))
			return false;
		if (!t->gone)
			continue;
		if (!feed_save(w->g, &t->feed))
			return false;
		tail_close(w, t);
	}
	return true;
}

/* ---- which files ---- */

static bool is_packed(const char *path)
{
	static const char *const ends[] = { ".gz", ".bz2", ".xz", ".zst", ".lz4", ".lzma", ".tmp" };
	size_t len = strlen(path);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		size_t n = strlen(ends[i]);
		if (len > n && strcmp(path + len - n, ends[i]) == 0)
			return true;
	}
	return false;
}

/* Is there nothing to do with it now? It is open, missing, empty, or still being compressed. */
static bool is_out(const struct follow *w, const struct listed *l, int64_t now)
{
	if (!l->is_regular || l->mark.size == 0)
		return true;
	for (const struct tail *t = w->tails; t != NULL; t = t->next) {
		if (same_inode(&t->mark, &l->mark))
			return true;
	}
	return is_packed(l->path) && now - l->mark.mtime_ns / 1000 < SETTLE_US;
}

/* The copy that was read is of a file that is open: that one has to look where it stands now. */
static void reopen_same(struct follow *w, const struct tail *read)
{
	for (struct tail *t = w->tails, *next; t != NULL; t = next) {
		next = t->next;
		if (t != read && t->feed.source.id != 0 &&
		    t->feed.source.id == read->feed.source.id &&
		    t->feed.source.offset < read->feed.source.offset) {
			tail_close(w, t);
			w->news = true;
		}
	}
}

/* Read it; keep it open when it may go on. */
static bool take(struct follow *w, const struct listed *l, int64_t now)
{
	struct ingest *g = w->g;
	struct tail *t = mem_zalloc(sizeof(*t));
	bool open = false;
	t->path = mem_strdup(l->path);
	t->mark = l->mark;
	t->idle_since_us = now;
	t->next = w->tails;
	w->tails = t;
	bool ok = feed_open(g, &t->feed, t->path, &open);
	bool live = open && input_is_growing(t->feed.in) &&
		    (l->named || now - l->mark.mtime_ns / 1000 < LIVE_US);
	if (live)
		input_follow(t->feed.in);
	ok = ok && (!open || (feed_read(g, &t->feed) && feed_save(g, &t->feed)));
	if (ok && open && !live)
		ok = feed_finish(g, &t->feed);
	if (ok && open) {
		reopen_same(w, t);
		grow_head(&t->feed);
	}
	if (!ok || !live)
		tail_close(w, t);
	return ok;
}

static void watch_parent(const struct follow *w, const char *path)
{
	const uint32_t what = IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_CLOSE_WRITE;
	const char *slash = strrchr(path, '/');
	char *dir = slash == NULL   ? mem_strdup(".")
		    : slash == path ? mem_strdup("/")
				    : mem_str((struct str){ path, (size_t)(slash - path) });
	if (w->watch >= 0)
		(void)inotify_add_watch(w->watch, dir, what); /* no matter: see WAKE_MS */
	free(dir);
}

/* Paths whose file is another one now. */
static void mark_rotated(const struct follow *w)
{
	for (struct tail *t = w->tails; t != NULL; t = t->next) {
		struct stat st = { 0 };
		bool there = stat(t->path, &st) == 0;
		struct file_mark now = mark_of(&st);
		t->rotated = !there || !same_inode(&now, &t->mark);
	}
}

static bool scan(struct follow *w)
{
	struct sources s = { 0 };
	struct err err;
	int64_t now = clock_now_us();
	w->scanned_us = now;
	w->news = false;
	for (int i = 0; i < w->arg_count; i++) {
		watch_parent(w, w->args[i]);
		(void)sources_add(&s, w->args[i], &err); /* what is not there may come */
	}
	for (size_t i = 0; i < s.count; i++) {
		watch_parent(w, s.at[i].path);
		if (is_out(w, &s.at[i], now))
			sources_drop(&s.at[i]);
	}
	mark_rotated(w);
	/* a copy of an open file has to find how far that was read */
	bool ok = sources_prepare(w->g, &s);
	for (struct feed *f = w->g->feeds; ok && f != NULL; f = f->next)
		ok = feed_save(w->g, f);
	for (size_t i = 0; ok && i < s.count && !stop_wanted(); i++)
		ok = take(w, &s.at[i], now);
	sources_free(&s);
	return ok;
}

/* ---- waiting ---- */

/* Read the signs; a name of a file that is not open asks for a scan. */
static void read_signs(struct follow *w)
{
	_Alignas(struct inotify_event) char buf[16384];
	ssize_t got;
	while ((got = read(w->watch, buf, sizeof(buf))) > 0) {
		for (char *at = buf; at < buf + got;) {
			const struct inotify_event *e = (const struct inotify_event *)(void *)at;
			bool open = false;
			for (const struct tail *t = w->tails; t != NULL && e->len > 0;
			     t = t->next) {
				const char *slash = strrchr(t->path, '/');
				open = open ||
				       strcmp(slash != NULL ? slash + 1 : t->path, e->name) == 0;
			}
			w->news = w->news || !open || (e->mask & (IN_MODIFY | IN_CLOSE_WRITE)) == 0;
			at += sizeof(*e) + e->len;
		}
	}
}

static int until_ms(const struct follow *w)
{
	int64_t now = clock_now_us(), wait = WAKE_MS * INT64_C(1000);
	if (w->g->batch_lines > 0 && w->committed_us + COMMIT_US - now < wait)
		wait = w->committed_us + COMMIT_US - now;
	if (w->news && w->scanned_us + SCAN_US - now < wait)
		wait = w->scanned_us + SCAN_US - now;
	return wait > 0 ? (int)(wait / 1000) + 1 : 0;
}

static void wait_for_signs(struct follow *w)
{
	struct pollfd p[3] = { { .fd = stop_fd(), .events = POLLIN },
			       { .fd = w->watch, .events = POLLIN },
			       { .fd = w->journal != NULL ? journal_fd(w->journal) : -1,
				 .events = POLLIN } };
	int got = poll(p, 3, until_ms(w));
	if (got > 0 && p[0].revents == 0)
		(void)poll(p, 1, PAUSE_MS);
	if (w->watch >= 0)
		read_signs(w);
}

static bool read_journal(struct follow *w)
{
	bool ended = false;
	if (w->journal == NULL)
		return true;
	if (!journal_read(w->g, w->journal, &ended))
		return false;
	if (!ended)
		return true;
	struct journal *j = w->journal;
	w->journal = NULL;
	w->over = true; /* it was said why; whoever started this starts it again */
	return journal_close(w->g, j);
}

static bool commit_when_due(struct follow *w)
{
	int64_t now = clock_now_us();
	if (w->g->batch_lines == 0 || now - w->committed_us < COMMIT_US)
		return true;
	w->committed_us = now;
	if (now - w->learned_us > LEARN_US) {
		w->learned_us = now;
		if (!store_learn(w->g->store, &w->g->err))
			return false;
	}
	return ingest_commit(w->g);
}

/* Once a day, while nothing else is to be done. */
static bool retain_when_due(struct follow *w)
{
	int64_t now = clock_now_us();
	if (now - w->retained_us < RETAIN_US)
		return true;
	w->retained_us = now;
	return retain_between(w->g);
}

static bool go_on(struct follow *w)
{
	while (!stop_wanted() && !w->over) {
		wait_for_signs(w);
		int64_t age = clock_now_us() - w->scanned_us;
		if (!read_tails(w) || !read_journal(w) ||
		    ((w->news ? age >= SCAN_US : age >= SETTLE_US) && !scan(w)) ||
		    !commit_when_due(w) || !retain_when_due(w))
			return false;
	}
	return true;
}

bool follow_run(struct ingest *g, char **args, int count)
{
	struct follow w = { .g = g, .args = args, .arg_count = count };
	w.watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	bool ok = scan(&w);
	if (ok && g->opt.config.journal == 1) {
		w.journal = journal_open(g);
		ok = w.journal != NULL || !g->failed;
	}
	ok = ok && ingest_commit(g) && ingest_settle(g);
	w.learned_us = w.committed_us = clock_now_us();
	ok = ok && go_on(&w);
	if (w.journal != NULL)
		ok = journal_close(g, w.journal) && ok;
	ok = ok && ingest_commit(g);
	while (w.tails != NULL)
		tail_close(&w, w.tails);
	if (w.watch >= 0)
		close(w.watch);
	return ok;
}
