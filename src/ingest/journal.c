/*
 * journal.c - the journal of this machine, by journalctl(1) in export format.
 *
 * Promises: a record's cursor is committed with what came of it, so it is taken once; no shell
 * is involved; a journalctl that fails is told, and what it gave before is kept.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ingest/internal.h"
#include "ingest/stop.h"

#define NAME "the journal"
#define FIELDS "--output-fields=MESSAGE,SYSLOG_IDENTIFIER,SYSLOG_PID,_COMM,_PID,_HOSTNAME"

extern char **environ;

struct journal {
	struct feed feed;
	pid_t pid;
};

/* Where the last run stopped. */
static bool find_cursor(struct ingest *g, struct feed *f)
{
	f->source = (struct source){ .path = STR(NAME),
				     .host = str_of(g->opt.local),
				     .first_at = TRACK_NONE,
				     .last_at = TRACK_NONE };
	if (!store_journal_find(g->store, f->arena, f->source.host, &f->source, &g->err))
		return g->err.text[0] == '\0';
	snprintf(f->cursor, CURSOR_MAX, "%.*s", (int)f->source.cursor.len, f->source.cursor.at);
	memcpy(f->next_cursor, f->cursor, CURSOR_MAX);
	f->source.cursor = str_of(f->cursor);
	return true;
}

/* Start journalctl; its output is *out. 0 or errno. */
static int spawn(const struct ingest *g, const struct feed *f, pid_t *pid, int *out)
{
	const struct pairs *matches = &g->opt.config.matches;
	char after[CURSOR_MAX + 32];
	char **argv = mem_zalloc((matches->count + 12) * sizeof(*argv));
	char **match = mem_zalloc((matches->count + 1) * sizeof(*match));
	int ends[2] = { -1, -1 }, n = 0;
	const char *const fixed[] = { "journalctl", "--quiet", "--no-pager", "--output=export",
				      FIELDS };
	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		argv[n++] = (char *)fixed[i];
	if (g->opt.follow) {
		argv[n++] = "--follow";
		argv[n++] = "--no-tail";
	}
	snprintf(after, sizeof(after), "--after-cursor=%s", f->cursor);
	if (f->cursor[0] != '\0')
		argv[n++] = after;
	for (size_t i = 0; i < matches->count; i++) {
		size_t len = strlen(matches->at[i].key) + strlen(matches->at[i].value) + 2;
		match[i] = mem_alloc(len);
		snprintf(match[i], len, "%s=%s", matches->at[i].key, matches->at[i].value);
		argv[n++] = match[i];
	}
	int why = pipe2(ends, O_CLOEXEC) == 0 ? 0 : errno;
	posix_spawn_file_actions_t files;
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&files, ends[1], STDOUT_FILENO);
	if (why == 0)
		why = posix_spawnp(pid, argv[0], &files, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&files);
	if (ends[1] >= 0)
		close(ends[1]);
	if (why != 0 && ends[0] >= 0)
		close(ends[0]);
	*out = ends[0];
	for (size_t i = 0; i < matches->count; i++)
		free(match[i]);
	free(match);
	free(argv);
	return why;
}

struct journal *journal_open(struct ingest *g)
{
	char text[200];
	int out;
	struct journal *j = mem_zalloc(sizeof(*j));
	struct feed *f = &j->feed;
	f->arena = arena_new();
	f->path = NAME;
	f->is_journal = true;
	bool ok = find_cursor(g, f);
	int why = ok ? spawn(g, f, &j->pid, &out) : 0;
	if (why != 0) {
		j->pid = 0;
		snprintf(text, sizeof(text), "cannot run journalctl: %s; the journal was not read",
			 strerror(why));
		ingest_trouble(g, text);
		ok = false;
	}
	if (ok) {
		f->in = input_open_stream(out, NAME, stop_fd());
		if (g->opt.follow)
			input_follow(f->in);
		ok = feed_start(g, f);
		g->failed = !ok;
	} else {
		g->failed = why == 0;
	}
	if (ok)
		return j;
	journal_close(g, j);
	return NULL;
}

int journal_fd(const struct journal *j)
{
	return input_fd(j->feed.in);
}

bool journal_read(struct ingest *g, struct journal *j, bool *ended)
{
	bool ok = feed_read(g, &j->feed);
	*ended = !stop_wanted() && input_hung_up(j->feed.in);
	return ok;
}

/* Did journalctl end well? One that we ended does not count. */
static void reap(struct ingest *g, struct journal *j)
{
	char text[200];
	int status = 0;
	bool ours = !input_hung_up(j->feed.in);
	if (ours)
		kill(j->pid, SIGTERM);
	while (waitpid(j->pid, &status, 0) < 0 && errno == EINTR)
		continue;
	if (ours || status == 0 || stop_wanted())
		return;
	snprintf(text, sizeof(text),
		 "journalctl ended with %s %d; what it gave before was kept, the next run goes on "
		 "from there",
		 WIFEXITED(status) ? "exit code" : "signal",
		 WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
	ingest_trouble(g, text);
}

bool journal_close(struct ingest *g, struct journal *j)
{
	bool ok = true;
	if (j->pid > 0 && j->feed.in != NULL) {
		ok = feed_finish(g, &j->feed) && ingest_commit(g);
		reap(g, j);
	}
	feed_close(g, &j->feed);
	free(j);
	return ok;
}

bool journal_ingest(struct ingest *g)
{
	if (stop_wanted())
		return true;
	struct journal *j = journal_open(g);
	if (j == NULL)
		return !g->failed;
	bool ok = feed_read(g, &j->feed);
	return journal_close(g, j) && ok;
}
