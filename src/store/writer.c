/*
 * writer.c - a thread that writes rows while its caller reads on.
 *
 * Rows are copied into blocks; a full block goes to the thread, which hands
 * it to rows.c. A commit ends its block. Promises: at most BLOCKS_MAX
 * blocks are under way, so memory is bounded; one thread at a time uses the
 * connection, since whoever else wants it waits in settle until all is
 * written; after a failure nothing more is written, and every later call says why.
 */
#include <pthread.h>
#include <stdlib.h>

#include "store/internal.h"

#define BLOCK_BYTES ((size_t)512 * 1024)
#define BLOCKS_MAX 10u

struct block {
	struct arena *arena;
	struct job *first, **end;
	struct job *chunks;
	size_t bytes;
	struct block *next;
};

struct writer {
	struct store *store;
	struct block *filling; /* the caller's own */
	bool busy_here;
	bool started;
	pthread_t thread;
	pthread_mutex_t lock; /* of all below */
	pthread_cond_t changed;
	struct block *queue, **queue_end, *spare;
	unsigned under_way; /* blocks queued or being written */
	bool stop, failed;
	struct err err;
};

/* ---- the thread ---- */

static void block_empty(struct block *b)
{
	for (struct job *j = b->chunks; j != NULL; j = j->chunk.next)
		free(j->chunk.text);
	b->chunks = NULL;
	arena_reset(b->arena);
	b->first = NULL;
	b->end = &b->first;
	b->bytes = 0;
}

/* Called and left with the lock held. */
static void take_block(struct writer *w)
{
	struct block *b = w->queue;
	struct err err = { "" };
	bool ok = true, skip = w->failed;
	w->queue = b->next;
	if (w->queue == NULL)
		w->queue_end = &w->queue;
	pthread_mutex_unlock(&w->lock);
	if (!skip)
		ok = rows_write(w->store, b->arena, b->first, &err);
	block_empty(b);
	pthread_mutex_lock(&w->lock);
	if (!ok) {
		w->failed = true;
		w->err = err;
	}
	b->next = w->spare;
	w->spare = b;
	w->under_way--;
	pthread_cond_broadcast(&w->changed);
}

static void *run(void *arg)
{
	struct writer *w = arg;
	pthread_mutex_lock(&w->lock);
	for (;;) {
		while (w->queue == NULL && !w->stop)
			pthread_cond_wait(&w->changed, &w->lock);
		if (w->queue == NULL)
			break;
		take_block(w);
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

/* ---- its caller ---- */

static struct block *block_new(void)
{
	struct block *b = mem_zalloc(sizeof(*b));
	b->arena = arena_new();
	b->end = &b->first;
	return b;
}

static void block_free(struct block *b)
{
	if (b == NULL)
		return;
	block_empty(b);
	arena_free(b->arena);
	free(b);
}

/* Without a thread (few rows, or none to be had) the caller writes itself. */
static bool write_here(struct writer *w, struct err *err)
{
	if (w->busy_here)
		return true;
	w->busy_here = true;
	if (!w->failed && !rows_write(w->store, w->filling->arena, w->filling->first, &w->err))
		w->failed = true;
	w->busy_here = false;
	block_empty(w->filling);
	return !w->failed || err_set(err, "%s", w->err.text);
}

/* Hand over the block under way; wait until at most max are. */
static bool post(struct writer *w, unsigned max, struct err *err)
{
	struct block *b = w->filling;
	pthread_mutex_lock(&w->lock);
	if (b->first != NULL) {
		b->next = NULL;
		*w->queue_end = b;
		w->queue_end = &b->next;
		w->under_way++;
		w->filling = NULL;
		pthread_cond_broadcast(&w->changed);
	}
	while (w->under_way > max)
		pthread_cond_wait(&w->changed, &w->lock);
	if (w->filling == NULL && w->spare != NULL) {
		w->filling = w->spare;
		w->spare = w->spare->next;
	}
	bool ok = !w->failed || err_set(err, "%s", w->err.text);
	pthread_mutex_unlock(&w->lock);
	if (w->filling == NULL)
		w->filling = block_new();
	return ok;
}

/* Wait until all is written; then the caller may use the connection. False: a row could not be
 * written. */
static bool settle(struct store *s, struct err *err)
{
	struct writer *w = s->writer;
	if (w == NULL || (w->started && pthread_equal(pthread_self(), w->thread)))
		return true;
	return w->started ? post(w, 0, err) : write_here(w, err);
}

void writer_new(struct store *s)
{
	struct writer *w = mem_zalloc(sizeof(*w));
	w->store = s;
	w->queue_end = &w->queue;
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->changed, NULL);
	w->filling = block_new();
	s->writer = w;
	s->settle = settle;
}

struct job *writer_job(struct store *s, enum job_kind kind)
{
	struct block *b = s->writer->filling;
	struct job *j = arena_alloc(b->arena, sizeof(*j));
	j->kind = kind;
	j->next = NULL;
	*b->end = j;
	b->end = &j->next;
	if (kind == JOB_CHUNK) {
		j->chunk.next = b->chunks;
		b->chunks = j;
	}
	b->bytes += sizeof(*j);
	return j;
}

void writer_keep(struct store *s, struct str *const texts[], size_t count)
{
	struct block *b = s->writer->filling;
	size_t len = 0;
	for (size_t i = 0; i < count; i++)
		len += texts[i]->len;
	char *at = arena_alloc(b->arena, len);
	b->bytes += len;
	for (size_t i = 0; i < count; i++) {
		if (texts[i]->at == NULL || texts[i]->len == 0)
			continue;
		memcpy(at, texts[i]->at, texts[i]->len);
		texts[i]->at = at;
		at += texts[i]->len;
	}
}

bool writer_done(struct store *s, struct err *err)
{
	return s->writer->filling->bytes < BLOCK_BYTES || writer_send(s, err);
}

bool writer_statement(struct store *s, const char *sql, const struct cell *cells, size_t count,
		      struct err *err)
{
	if (s->writer == NULL)
		return store_run(s, sql, cells, count, err);
	struct job *j = writer_job(s, JOB_STATEMENT);
	struct cell *kept = arena_alloc(s->writer->filling->arena, count * sizeof(*kept));
	memcpy(kept, cells, count * sizeof(*kept));
	j->statement.sql = sql;
	j->statement.cells = kept;
	j->statement.count = count;
	for (size_t i = 0; i < count; i++) {
		struct str *const text[] = { &kept[i].text };
		writer_keep(s, text, 1);
	}
	return writer_done(s, err);
}

bool writer_send(struct store *s, struct err *err)
{
	struct writer *w = s->writer;
	if (!w->started)
		w->started = pthread_create(&w->thread, NULL, run, w) == 0;
	return w->started ? post(w, BLOCKS_MAX, err) : write_here(w, err);
}

void writer_free(struct store *s)
{
	struct writer *w = s->writer;
	if (w == NULL)
		return;
	if (w->started) {
		pthread_mutex_lock(&w->lock);
		w->stop = true;
		pthread_cond_broadcast(&w->changed);
		pthread_mutex_unlock(&w->lock);
		pthread_join(w->thread, NULL);
	}
	block_free(w->filling);
	for (struct block *b = w->spare, *next; b != NULL; b = next) {
		next = b->next;
		block_free(b);
	}
	pthread_cond_destroy(&w->changed);
	pthread_mutex_destroy(&w->lock);
	free(w);
	s->writer = NULL;
	s->settle = NULL;
}
