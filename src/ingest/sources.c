/*
 * sources.c - files, directories and patterns to a list, oldest first.
 *
 * Promises: each file once; an unchanged file that was read to its end is not
 * even opened; of the others only the head is looked at here.
 */
#include "ingest/sources.h"

#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "ingest/internal.h"

static void add(struct sources *s, const char *path, bool named, const struct stat *st)
{
	s->at = mem_realloc(s->at, (s->count + 1) * sizeof(*s->at));
	struct listed *l = &s->at[s->count++];
	*l = (struct listed){ .path = mem_strdup(path), .named = named, .first_at = INT64_MAX };
	if (st == NULL || !S_ISREG(st->st_mode))
		return;
	l->is_regular = true;
	l->mark = mark_of(st);
	l->first_at = l->mark.mtime_ns / 1000;
}

static bool is_backup(const char *name)
{
	size_t len = strlen(name);
	return name[0] == '.' || (len > 0 && name[len - 1] == '~');
}

static bool add_directory(struct sources *s, const char *path, struct err *err)
{
	size_t before = s->count, len = strlen(path);
	DIR *dir = opendir(path);
	if (dir == NULL)
		return err_set(err, "%s: %s", path, strerror(errno));
	for (struct dirent *e; (e = readdir(dir)) != NULL;) {
		struct stat st;
		char name[4096];
		int n = snprintf(name, sizeof(name), "%s%s%s", path,
				 path[len - 1] == '/' ? "" : "/", e->d_name);
		if (is_backup(e->d_name) || n >= (int)sizeof(name) || stat(name, &st) != 0 ||
		    !S_ISREG(st.st_mode))
			continue;
		add(s, name, false, &st);
	}
	closedir(dir);
	return s->count > before ||
	       err_set(err, "%s: there is no file in this directory; nothing was read", path);
}

/* Directories only when asked for: "logs" + "/" + "*" + "/" gives the files in each of them. */
static bool add_pattern(struct sources *s, const char *pattern, struct err *err)
{
	glob_t found;
	size_t before = s->count;
	struct err empty;
	bool into = pattern[strlen(pattern) - 1] == '/';
	if (glob(pattern, GLOB_NOSORT, NULL, &found) == 0) {
		for (size_t i = 0; i < found.gl_pathc; i++) {
			struct stat st;
			if (stat(found.gl_pathv[i], &st) != 0)
				continue;
			if (S_ISREG(st.st_mode))
				add(s, found.gl_pathv[i], false, &st);
			else if (S_ISDIR(st.st_mode) && into)
				add_directory(s, found.gl_pathv[i], &empty);
		}
		globfree(&found);
	}
	return s->count > before || err_set(err, "%s: no file matches this pattern", pattern);
}

bool sources_add(struct sources *s, const char *arg, struct err *err)
{
	struct stat st;
	if (strcmp(arg, "-") == 0) {
		add(s, arg, true, NULL);
		return true;
	}
	if (stat(arg, &st) != 0) {
		if (strpbrk(arg, "*?[") != NULL)
			return add_pattern(s, arg, err);
		add(s, arg, true, NULL);
		return true;
	}
	if (S_ISDIR(st.st_mode))
		return add_directory(s, arg, err);
	add(s, arg, true, &st);
	return true;
}

/* ---- which of them, and in which order ---- */

static bool same_file(const struct listed *a, const struct listed *b)
{
	return a->is_regular && b->is_regular && a->mark.device == b->mark.device &&
	       a->mark.inode == b->mark.inode;
}

static int by_file(const void *a, const void *b)
{
	const struct listed *x = a, *y = b;
	if (x->is_regular != y->is_regular)
		return x->is_regular ? -1 : 1;
	if (x->mark.device != y->mark.device)
		return x->mark.device < y->mark.device ? -1 : 1;
	if (x->mark.inode != y->mark.inode)
		return x->mark.inode < y->mark.inode ? -1 : 1;
	return (int)y->named - (int)x->named;
}

/* Oldest first; of equally old ones the one that was finished first. */
static int by_age(const void *a, const void *b)
{
	const struct listed *x = a, *y = b;
	if (x->is_regular != y->is_regular)
		return x->is_regular ? -1 : 1;
	if (x->first_at != y->first_at)
		return x->first_at < y->first_at ? -1 : 1;
	if (x->mark.mtime_ns != y->mark.mtime_ns)
		return x->mark.mtime_ns < y->mark.mtime_ns ? -1 : 1;
	return strcmp(x->path, y->path);
}

void sources_drop(struct listed *l)
{
	free(l->path);
	l->path = NULL;
}

/* Is there anything to read in it? Sets first_at. */
static bool choose(struct ingest *g, struct sources *s, struct listed *l, bool alone)
{
	bool known = false, is_log = true;
	if (!l->is_regular)
		return true;
	if (!g->opt.recheck && !store_file_known(g->store, &l->mark, &known, &g->err))
		return false;
	if (known) {
		s->finished++;
		sources_drop(l);
		return true;
	}
	if (alone && l->named)
		return true;
	if (!feed_peek(g, l->path, &is_log, &l->first_at))
		return false;
	if (!is_log && !l->named) {
		s->no_log++;
		sources_drop(l);
	}
	return true;
}

bool sources_prepare(struct ingest *g, struct sources *s)
{
	size_t kept = 0;
	if (s->count > 1)
		qsort(s->at, s->count, sizeof(*s->at), by_file);
	for (size_t i = 0, last = 0; i < s->count; i++) {
		if (i > 0 && same_file(&s->at[last], &s->at[i]))
			sources_drop(&s->at[i]);
		else
			last = i;
	}
	for (size_t i = 0; i < s->count; i++) {
		if (s->at[i].path != NULL && !choose(g, s, &s->at[i], s->count == 1))
			return false;
	}
	for (size_t i = 0; i < s->count; i++) {
		if (s->at[i].path != NULL)
			s->at[kept++] = s->at[i];
	}
	s->count = kept;
	if (kept > 1)
		qsort(s->at, kept, sizeof(*s->at), by_age);
	return true;
}

void sources_free(struct sources *s)
{
	for (size_t i = 0; i < s->count; i++)
		free(s->at[i].path);
	free(s->at);
	*s = (struct sources){ 0 };
}
