/*
 * arena.c - blocks of memory, given out from the front, kept for reuse.
 *
 * Promises: what is given out is never moved or given out twice within a
 * round; no request, however large, is answered with less than asked for.
 */
#include "base/arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define BLOCK_SIZE ((size_t)256 * 1024)
#define ALIGN 16u

struct block {
	struct block *next;
	size_t size, used;
	_Alignas(ALIGN) char bytes[];
};

struct arena {
	struct block *first, *now;
};

static void *must(void *p)
{
	if (p == NULL) {
		fputs("qtrail: out of memory\n", stderr);
		_exit(2);
	}
	return p;
}

void *mem_alloc(size_t n)
{
	return must(malloc(n > 0 ? n : 1));
}

void *mem_zalloc(size_t n)
{
	return must(calloc(1, n > 0 ? n : 1));
}

void *mem_realloc(void *p, size_t n)
{
	return must(realloc(p, n > 0 ? n : 1));
}

char *mem_str(struct str s)
{
	char *out = mem_alloc(s.len + 1);
	if (s.len > 0)
		memcpy(out, s.at, s.len);
	out[s.len] = '\0';
	return out;
}

char *mem_strdup(const char *s)
{
	return mem_str(str_of(s));
}

struct arena *arena_new(void)
{
	return mem_zalloc(sizeof(struct arena));
}

void arena_free(struct arena *a)
{
	if (a == NULL)
		return;
	for (struct block *b = a->first, *next; b != NULL; b = next) {
		next = b->next;
		free(b);
	}
	free(a);
}

void arena_reset(struct arena *a)
{
	for (struct block *b = a->first; b != NULL; b = b->next)
		b->used = 0;
	a->now = a->first;
}

static struct block *block_new(size_t n)
{
	size_t size = n > BLOCK_SIZE ? n : BLOCK_SIZE;
	struct block *b = mem_alloc(sizeof(*b) + size);
	*b = (struct block){ .size = size };
	return b;
}

void *arena_alloc(struct arena *a, size_t n)
{
	if (n > SIZE_MAX / 2)
		must(NULL);
	n = (n + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	if (a->first == NULL)
		a->first = a->now = block_new(n);
	while (a->now->size - a->now->used < n) {
		if (a->now->next == NULL)
			a->now->next = block_new(n);
		a->now = a->now->next;
	}
	void *out = a->now->bytes + a->now->used;
	a->now->used += n;
	return out;
}

void *arena_grow(struct arena *a, void *items, size_t count, size_t size)
{
	if (count != 0 && (count & (count - 1)) != 0)
		return items;
	void *more = arena_alloc(a, (count == 0 ? 1 : count * 2) * size);
	if (count > 0)
		memcpy(more, items, count * size);
	return more;
}

struct str arena_copy(struct arena *a, struct str s)
{
	char *out = arena_alloc(a, s.len);
	if (s.len > 0)
		memcpy(out, s.at, s.len);
	return (struct str){ out, s.len };
}
