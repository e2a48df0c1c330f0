/*
 * track.c - the room's door: events in, rows out.
 */
#include <stdlib.h>

#include "track/internal.h"

#define LIVES_DEFAULT 50000

struct track *track_new(const struct track_sink *sink, const struct track_options *opt)
{
	struct track *t = mem_zalloc(sizeof(*t));
	t->sink = *sink;
	t->lives_max = opt != NULL && opt->lives_max > 0 ? opt->lives_max : LIVES_DEFAULT;
	t->links_end = &t->links;
	t->first_entry = TRACK_NONE;
	t->batch = arena_new();
	return t;
}

void track_free(struct track *t)
{
	if (t == NULL)
		return;
	life_free_all(t);
	session_free_all(t);
	struct host_cache *h, *next;
	HASH_ITER(hh, t->hosts, h, next)
	{
		HASH_DEL(t->hosts, h);
		free(h);
	}
	arena_free(t->batch);
	free(t);
}

static bool host_id(struct track *t, struct str name, int64_t *id)
{
	struct host_cache *h = t->last_host;
	if (h != NULL && str_eq(name, (struct str){ h->key, h->key_len })) {
		*id = h->id;
		return true;
	}
	HASH_FIND(hh, t->hosts, name.at, name.len, h);
	if (h == NULL) {
		if (!t->sink.host(t->sink.arg, name, id, t->err))
			return false;
		h = mem_zalloc(sizeof(*h) + name.len + 1);
		if (name.len > 0)
			memcpy(h->key, name.at, name.len);
		h->id = *id;
		h->key_len = name.len;
		HASH_ADD_KEYPTR(hh, t->hosts, h->key, h->key_len, h);
	}
	t->last_host = h;
	*id = h->id;
	return true;
}

bool track_event(struct track *t, struct track_record *rec, const struct event *ev, struct err *err)
{
	int64_t host = 0;
	t->err = err != NULL ? err : &t->unread;
	return session_read_all(t) && host_id(t, rec->host, &host) && life_tick(t, rec->time_us) &&
	       apply_event(t, host, rec, ev);
}

bool track_flush(struct track *t, struct err *err)
{
	t->err = err != NULL ? err : &t->unread;
	return life_flush(t) && session_flush(t);
}
