/*
 * group.c - counting by label.
 */
#include "show/group.h"

#include <stdlib.h>

#include "base/arena.h"

void groups_add(struct groups *g, struct str label, const void *sample)
{
	struct group *k = NULL;
	HASH_FIND(hh, g->first, label.at, label.len, k);
	if (k == NULL) {
		k = mem_zalloc(sizeof(*k));
		k->label = mem_str(label);
		k->len = label.len;
		k->sample = sample;
		HASH_ADD_KEYPTR(hh, g->first, k->label, k->len, k);
	}
	k->count++;
}

static int more_first(const struct group *a, const struct group *b)
{
	if (a->rank != b->rank)
		return a->rank > b->rank ? -1 : 1;
	return a->count > b->count ? -1 : a->count < b->count;
}

void groups_sort(struct groups *g)
{
	HASH_SORT(g->first, more_first);
}

void groups_free(struct groups *g)
{
	struct group *k = NULL, *next = NULL;
	HASH_ITER(hh, g->first, k, next)
	{
		HASH_DEL(g->first, k);
		free(k->label);
		free(k);
	}
}
