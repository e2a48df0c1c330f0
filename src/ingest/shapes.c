/*
 * shapes.c - see shapes.h.
 */
#include "ingest/shapes.h"

#include "base/hash.h"
#include <stdlib.h>

#include "track/track.h"

#define SHAPES_MAX 2000u

struct shape {
	UT_hash_handle hh;
	char *plugin, *example;
	size_t example_len;
	int64_t count;
	size_t plugin_len, key_len;
	char key[]; /* plugin, shape */
};

struct shapes {
	struct shape *all;
	struct arena *arena;
};

struct shapes *shapes_new(void)
{
	struct shapes *s = mem_zalloc(sizeof(*s));
	s->arena = arena_new();
	return s;
}

static void clear(struct shapes *s)
{
	struct shape *one, *next;
	HASH_ITER(hh, s->all, one, next)
	{
		HASH_DEL(s->all, one);
		free(one->example);
		free(one);
	}
}

void shapes_free(struct shapes *s)
{
	if (s == NULL)
		return;
	clear(s);
	arena_free(s->arena);
	free(s);
}

void shapes_add(struct shapes *s, struct str plugin, struct str body)
{
	struct shape *one;
	arena_reset(s->arena);
	struct str shape = track_shape(s->arena, body);
	if (HASH_COUNT(s->all) >= SHAPES_MAX)
		shape = STR("(other)");
	size_t len = plugin.len + shape.len;
	char *key = arena_alloc(s->arena, len + 1);
	if (plugin.len > 0)
		memcpy(key, plugin.at, plugin.len);
	memcpy(key + plugin.len, shape.at, shape.len);
	HASH_FIND(hh, s->all, key, len, one);
	if (one == NULL) {
		one = mem_zalloc(sizeof(*one) + len + 1);
		memcpy(one->key, key, len);
		one->key_len = len;
		one->plugin_len = plugin.len;
		one->example_len = body.len < 2000 ? body.len : 2000;
		one->example = mem_str((struct str){ body.at, one->example_len });
		HASH_ADD_KEYPTR(hh, s->all, one->key, one->key_len, one);
	}
	one->count++;
}

bool shapes_flush(struct shapes *s, struct store *store, struct err *err)
{
	struct shape *one, *next;
	bool ok = true;
	HASH_ITER(hh, s->all, one, next)
	{
		struct str plugin = { one->key, one->plugin_len };
		struct str shape = { one->key + one->plugin_len, one->key_len - one->plugin_len };
		ok = ok && store_unmatched(store, plugin, shape,
					   (struct str){ one->example, one->example_len },
					   one->count, err);
	}
	clear(s);
	return ok;
}
