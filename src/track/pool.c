/*
 * pool.c - memory of lives and their slots: found by key, kept in the order of
 * their last touch, and used again when forgotten.
 *
 * Lives come and go by the hundred thousand; what they held (buffers too) is
 * kept in lists of spares, whose length is bounded by that of the lives.
 */
#include <stdlib.h>

#include "track/internal.h"

#define KEY_ROOM ((size_t)64) /* holds the keys of all usual IDs */
#define BUFFER_KEPT 4096u     /* a larger one is given back */

/* ---- texts ---- */

void span_set(struct texts *t, struct span *to, struct str value)
{
	if (value.at == NULL || value.len > UINT32_MAX / 4 - t->len)
		return;
	if (to->len != SPAN_NONE && value.len <= to->len) { /* in its old place */
		if (value.len > 0)
			memmove(t->buf + to->at, value.at, value.len);
		to->len = (uint32_t)value.len;
		return;
	}
	if (t->len + value.len > t->room) {
		t->room = (uint32_t)(t->len + value.len + 256);
		t->buf = mem_realloc(t->buf, t->room);
	}
	if (value.len > 0)
		memcpy(t->buf + t->len, value.at, value.len);
	*to = (struct span){ t->len, (uint32_t)value.len };
	t->len += (uint32_t)value.len;
}

struct str span_get(const struct texts *t, struct span from)
{
	if (from.len == SPAN_NONE)
		return (struct str){ 0 };
	return (struct str){ t->buf + from.at, from.len };
}

void life_set(struct life *l, enum entry_text which, struct str value)
{
	span_set(&l->texts, &l->text[which], value);
}

struct str life_text(const struct life *l, enum entry_text which)
{
	return span_get(&l->texts, l->text[which]);
}

/* ---- slots ---- */

static struct slot *slot_new(struct track *t, const char *key, size_t len)
{
	struct slot *s = t->spare_slots;
	if (s != NULL && len <= KEY_ROOM) {
		t->spare_slots = s->spare;
		memset(s, 0, sizeof(*s));
	} else {
		s = mem_zalloc(sizeof(*s) + (len > KEY_ROOM ? len : KEY_ROOM));
	}
	memcpy(s->key, key, len);
	s->key_len = len;
	HASH_ADD_KEYPTR(hh, t->slots, s->key, len, s);
	return s;
}

struct slot *slot_find(struct track *t, int64_t host, struct str queue_id, bool create)
{
	char key[sizeof(host) + 256];
	struct slot *s;
	if (queue_id.len > 256)
		queue_id.len = 256;
	memcpy(key, &host, sizeof(host));
	if (queue_id.len > 0)
		memcpy(key + sizeof(host), queue_id.at, queue_id.len);
	size_t len = sizeof(host) + queue_id.len;
	HASH_FIND(hh, t->slots, key, len, s);
	return s != NULL || !create ? s : slot_new(t, key, len);
}

void slot_drop(struct track *t, struct slot *s)
{
	HASH_DEL(t->slots, s);
	if (s->key_len > KEY_ROOM) {
		free(s);
		return;
	}
	s->spare = t->spare_slots;
	t->spare_slots = s;
}

/* ---- lives ---- */

void life_touch(struct track *t, struct life *l)
{
	if (l == t->lives_last)
		return;
	DL_DELETE2(t->lives, l, older, newer);
	DL_APPEND2(t->lives, l, older, newer);
	t->lives_last = l;
}

static struct life *spare_life(struct track *t)
{
	struct life *l = t->spare_lives;
	if (l == NULL)
		return mem_zalloc(sizeof(*l));
	t->spare_lives = l->next;
	struct life kept = *l;
	*l = (struct life){ .texts = { kept.texts.buf, 0, kept.texts.room },
			    .refs = kept.refs,
			    .refs_room = kept.refs_room };
	return l;
}

struct life *life_new(struct track *t, struct slot *slot, int64_t host)
{
	struct life *l = spare_life(t);
	for (size_t i = 0; i < ENTRY_TEXT_COUNT; i++)
		l->text[i].len = SPAN_NONE;
	l->host = host;
	l->size = l->nrcpt = TRACK_NONE;
	l->accepted_at = l->closed_at = l->outcome_at = l->state_at = TRACK_NONE;
	l->slot = slot;
	l->next = slot->lives;
	slot->lives = l;
	DL_APPEND2(t->lives, l, older, newer);
	t->lives_last = l;
	t->life_count++;
	return l;
}

static void life_destroy(struct life *l)
{
	free(l->texts.buf);
	free(l->refs);
	free(l);
}

void life_free(struct track *t, struct life *l)
{
	struct slot *slot = l->slot;
	struct life **p = &slot->lives;
	while (*p != l)
		p = &(*p)->next;
	*p = l->next;
	if (t->lives_last == l)
		t->lives_last = l == t->lives ? NULL : l->older;
	DL_DELETE2(t->lives, l, older, newer);
	t->life_count--;
	if (slot->lives == NULL)
		slot_drop(t, slot);
	else
		slot->complete = false;
	if (l->texts.room + l->refs_room > BUFFER_KEPT) {
		life_destroy(l);
		return;
	}
	l->next = t->spare_lives;
	t->spare_lives = l;
}

void life_free_all(struct track *t)
{
	while (t->lives != NULL)
		life_free(t, t->lives);
	for (struct life *l = t->spare_lives, *next; l != NULL; l = next) {
		next = l->next;
		life_destroy(l);
	}
	for (struct slot *s = t->spare_slots, *next; s != NULL; s = next) {
		next = s->spare;
		free(s);
	}
}
