/*
 * life.c - the lives in memory: find the right one for a line, make a new one,
 * hand over and forget.
 *
 * Which life a line belongs to (pitfalls 11, 16, 17, 18, 19, 20):
 *   - a receive begins a new life, unless one without a head is waiting for it;
 *   - any other line joins the life that was alive at its time, or up to
 *     LIFE_LATE_US after its end, or a headless one that is first seen later
 *     (older files may be read after newer ones); else it starts a headless one;
 *   - two instances of a host may use one ID at once: the same instance is preferred.
 */
#include <stdlib.h>

#include "track/internal.h"

#define QUEUE_LIFETIME_US                                                                          \
	(7 * S_PER_DAY * US_PER_S)       /* silence after which an ID is another one               \
					  */
#define HEAD_WAIT_US (600 * US_PER_S)    /* a head may come this late (pitfall 19) */
#define DELETED_LATE_US (300 * US_PER_S) /* an attempt under way goes on after a deletion */
#define SKEW_US (10 * US_PER_S)
#define LINGER_US (12 * US_PER_S)

/* ---- texts ---- */

void life_set(struct life *l, enum entry_text which, struct str value)
{
	if (value.at == NULL)
		return;
	if (value.len > UINT32_MAX / 4 - l->buf_len)
		return;
	if (l->buf_len + value.len > l->buf_room) {
		l->buf_room = (uint32_t)(l->buf_len + value.len + 128);
		l->buf = mem_realloc(l->buf, l->buf_room);
	}
	if (value.len > 0)
		memcpy(l->buf + l->buf_len, value.at, value.len);
	l->text[which] = (struct span){ l->buf_len, (uint32_t)value.len };
	l->buf_len += (uint32_t)value.len;
}

struct str life_text(const struct life *l, enum entry_text which)
{
	if (l->text[which].len == SPAN_NONE)
		return (struct str){ 0 };
	return (struct str){ l->buf + l->text[which].at, l->text[which].len };
}

/* ---- keys and order ---- */

static struct slot *slot_find(struct track *t, int64_t host, struct str queue_id, bool create)
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
	if (s != NULL || !create)
		return s;
	s = mem_zalloc(sizeof(*s) + len);
	memcpy(s->key, key, len);
	s->key_len = len;
	HASH_ADD_KEYPTR(hh, t->slots, s->key, len, s);
	return s;
}

static void touch(struct track *t, struct life *l)
{
	if (l == t->lives_last)
		return;
	DL_DELETE2(t->lives, l, older, newer);
	DL_APPEND2(t->lives, l, older, newer);
	t->lives_last = l;
}

static struct life *life_new(struct track *t, struct slot *slot, int64_t host)
{
	struct life *l = mem_zalloc(sizeof(*l));
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

static void life_free(struct track *t, struct life *l)
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
	if (slot->lives == NULL) {
		HASH_DEL(t->slots, slot);
		free(slot);
	} else {
		slot->complete = false;
	}
	free(l->buf);
	free(l->refs);
	free(l);
}

/* ---- lives the sink has ---- */

struct reader {
	struct track *t;
	struct slot *slot;
};

static void unpack_refs(struct life *l);

static void read_life(void *arg, const struct entry_row *row)
{
	struct reader *r = arg;
	for (struct life *l = r->slot->lives; l != NULL; l = l->next) {
		if (l->id == row->id)
			return; /* in memory already, and newer */
	}
	struct life *l = life_new(r->t, r->slot, row->host);
	for (int i = 0; i < ENTRY_TEXT_COUNT; i++)
		life_set(l, (enum entry_text)i, row->text[i]);
	l->id = row->id;
	l->size = row->size;
	l->nrcpt = row->nrcpt;
	l->first_at = row->first_at;
	l->last_at = row->last_at;
	l->accepted_at = row->accepted_at;
	l->closed_at = row->closed_at;
	l->outcome_at = row->outcome_at;
	l->state = row->state;
	l->state_at = row->state_at;
	l->head_missing = row->head_missing;
	l->year_inferred = row->year_inferred;
	l->host_assumed = row->host_assumed;
	l->received = !row->head_missing;
	l->known = true;
	if (row->lines.len > 0) {
		l->refs = mem_alloc(row->lines.len);
		memcpy(l->refs, row->lines.at, row->lines.len);
		l->refs_len = l->refs_room = (uint32_t)row->lines.len;
		unpack_refs(l);
	}
}

static bool slot_complete(struct track *t, struct slot *slot, int64_t host, struct str queue_id)
{
	struct reader r = { t, slot };
	if (slot->complete)
		return true;
	slot->complete = true;
	return t->sink.lives(t->sink.arg, host, queue_id, read_life, &r, t->err);
}

/* ---- which life ---- */

static bool same_instance(const struct life *l, const struct event *ev)
{
	struct str have = life_text(l, ENTRY_INSTANCE);
	return have.at == NULL || ev->instance.at == NULL || str_eq(have, ev->instance);
}

static bool joins_late(enum event_kind k)
{
	return k == EVENT_DELIVERY || k == EVENT_CHILD || k == EVENT_NOTE || k == EVENT_OUTCOME ||
	       k == EVENT_CLOSE || k == EVENT_REJECT;
}

/* How far a line at `at` is from life l if it can belong to it; -1: it cannot. */
static int64_t fit(const struct life *l, const struct event *ev, int64_t at)
{
	bool closed = l->closed_at != TRACK_NONE;
	if (ev->kind == EVENT_RECEIVE) {
		if (l->received)
			return -1;
		if (at <= l->first_at)
			return l->first_at - at < QUEUE_LIFETIME_US ? l->first_at - at : -1;
		if (closed && at > l->closed_at)
			return -1;
		return at - l->first_at <= HEAD_WAIT_US ? at - l->first_at : -1;
	}
	if (at < l->first_at - SKEW_US) /* an older file read after a newer one */
		return l->head_missing && l->first_at - at < QUEUE_LIFETIME_US ? l->first_at - at
									       : -1;
	if (closed && at > l->closed_at) {
		int64_t late = l->state == ENTRY_DELETED ? DELETED_LATE_US : LIFE_LATE_US;
		return joins_late(ev->kind) && at - l->closed_at <= late ? at - l->closed_at : -1;
	}
	if (!closed && l->state != ENTRY_HELD && at - l->last_at > QUEUE_LIFETIME_US)
		return -1;
	return 0;
}

static struct life *choose(struct slot *slot, const struct event *ev, int64_t at)
{
	struct life *best = NULL;
	int64_t best_fit = 0;
	bool best_instance = false;
	for (struct life *l = slot->lives; l != NULL; l = l->next) {
		int64_t f = fit(l, ev, at);
		bool instance = same_instance(l, ev);
		if (f < 0 || (ev->kind == EVENT_RECEIVE && !instance))
			continue;
		bool better = best == NULL || (instance && !best_instance) ||
			      (instance == best_instance &&
			       (f < best_fit || (f == best_fit && l->first_at > best->first_at)));
		if (better) {
			best = l;
			best_fit = f;
			best_instance = instance;
		}
	}
	return best;
}

static struct life *begin(struct track *t, struct slot *slot, int64_t host,
			  const struct track_record *rec, const struct event *ev,
			  struct str queue_id)
{
	struct life *l = life_new(t, slot, host);
	l->id = t->sink.new_entry(t->sink.arg);
	if (t->first_entry == TRACK_NONE)
		t->first_entry = l->id;
	l->first_at = l->last_at = rec->time_us;
	l->head_missing = true;
	life_set(l, ENTRY_QUEUE_ID, queue_id);
	life_set(l, ENTRY_MTA, ev->mta);
	life_set(l, ENTRY_INSTANCE, ev->instance);
	l->dirty = true;
	return l;
}

static struct life *seen(struct track *t, struct life *l, const struct track_record *rec)
{
	if (rec->time_us < l->first_at)
		l->first_at = rec->time_us;
	if (rec->time_us > l->last_at)
		l->last_at = rec->time_us;
	l->year_inferred = l->year_inferred || rec->year_inferred;
	l->host_assumed = l->host_assumed || rec->host_assumed;
	l->dirty = true;
	touch(t, l);
	return l;
}

/* Forget what was not touched for longest; not what waits to be closed, nor the life of the line
 * under way. */
static bool make_room(struct track *t)
{
	for (struct life *l = t->lives, *next; l != NULL && t->life_count >= t->lives_max;
	     l = next) {
		next = l->newer;
		if (l->lingering || l == t->pinned)
			continue;
		if (l->state == ENTRY_OPEN)
			t->forgot_open = true;
		if (!life_write(t, l))
			return false;
		life_free(t, l);
	}
	return true;
}

bool life_by_id(struct track *t, int64_t host, struct str queue_id, int64_t id, struct life **out)
{
	*out = NULL;
	bool earlier = t->first_entry == TRACK_NONE || id < t->first_entry;
	bool look = t->forgot_open || earlier;
	struct slot *slot = slot_find(t, host, queue_id, look);
	if (slot != NULL && look && !slot_complete(t, slot, host, queue_id))
		return false;
	if (slot != NULL && slot->lives == NULL) {
		HASH_DEL(t->slots, slot);
		free(slot);
		return true;
	}
	for (struct life *l = slot != NULL ? slot->lives : NULL; l != NULL; l = l->next) {
		if (l->id == id)
			*out = l;
	}
	return true;
}

struct life *life_existing(struct track *t, int64_t host, const struct track_record *rec,
			   const struct event *ev, struct str queue_id)
{
	struct slot *slot = slot_find(t, host, queue_id, true);
	struct life *l = choose(slot, ev, rec->time_us);
	if (l == NULL) {
		if (!slot_complete(t, slot, host, queue_id))
			return NULL;
		l = choose(slot, ev, rec->time_us);
	}
	if (l == NULL && slot->lives == NULL) {
		HASH_DEL(t->slots, slot);
		free(slot);
	}
	if (l != NULL)
		touch(t, l);
	return l;
}

/* NULL only on a sink error. */
struct life *life_get(struct track *t, int64_t host, const struct track_record *rec,
		      const struct event *ev, struct str queue_id)
{
	if (!make_room(t))
		return NULL;
	struct slot *slot = slot_find(t, host, queue_id, true);
	struct life *l = choose(slot, ev, rec->time_us);
	if (l == NULL) {
		if (!slot_complete(t, slot, host, queue_id))
			return NULL;
		l = choose(slot, ev, rec->time_us);
	}
	if (l == NULL)
		l = begin(t, slot, host, rec, ev, queue_id);
	return seen(t, l, rec);
}

/*
 * The entry a link names: it may have been logged whole before (pitfall 11) or
 * be logged after, but it did not end longer than gone_us ago. NULL only on a sink error.
 */
struct life *life_named(struct track *t, int64_t host, const struct track_record *rec,
			const struct event *ev, struct str queue_id, int64_t gone_us)
{
	if (!make_room(t))
		return NULL;
	struct slot *slot = slot_find(t, host, queue_id, true);
	struct life *best = NULL;
	if (!slot_complete(t, slot, host, queue_id))
		return NULL;
	for (struct life *l = slot->lives; l != NULL; l = l->next) {
		int64_t gap = l->first_at - rec->time_us;
		bool gone = l->closed_at != TRACK_NONE && rec->time_us - l->closed_at > gone_us;
		if (gap > HEAD_WAIT_US || gone)
			continue;
		if (best == NULL || (same_instance(l, ev) && !same_instance(best, ev)) ||
		    (same_instance(l, ev) == same_instance(best, ev) &&
		     l->first_at > best->first_at))
			best = l;
	}
	if (best == NULL)
		best = begin(t, slot, host, rec, ev, queue_id);
	return seen(t, best, rec);
}

/* ---- archive references: varint(chunk - last chunk) varint(offset), the offset relative within a
 * chunk ---- */

static void put_varint(struct life *l, uint64_t v)
{
	if (l->refs_len + 10 > l->refs_room) {
		l->refs_room = l->refs_room * 2 + 32;
		l->refs = mem_realloc(l->refs, l->refs_room);
	}
	while (v >= 0x80) {
		l->refs[l->refs_len++] = (unsigned char)(v | 0x80);
		v >>= 7;
	}
	l->refs[l->refs_len++] = (unsigned char)v;
}

/* Signed to unsigned, small numbers staying small. */
static uint64_t zigzag(int64_t v)
{
	return ((uint64_t)v << 1) ^ (v < 0 ? UINT64_MAX : 0);
}

bool life_line(struct life *l, int64_t chunk, int64_t offset)
{
	if (l->refs_len > 0 && chunk == l->last_chunk && offset == l->last_offset)
		return false; /* a second event of the same line */
	int64_t chunk_step = chunk - l->last_chunk;
	put_varint(l, zigzag(chunk_step));
	put_varint(l, zigzag(chunk_step == 0 ? offset - l->last_offset : offset));
	l->last_chunk = chunk;
	l->last_offset = offset;
	return true;
}

static uint64_t get_varint(const unsigned char *at, uint32_t len, uint32_t *i)
{
	uint64_t v = 0;
	for (unsigned shift = 0; *i < len && shift < 64; shift += 7) {
		unsigned char b = at[(*i)++];
		v |= (uint64_t)(b & 0x7f) << shift;
		if ((b & 0x80) == 0)
			break;
	}
	return v;
}

static void unpack_refs(struct life *l)
{
	for (uint32_t i = 0; i < l->refs_len;) {
		uint64_t c = get_varint(l->refs, l->refs_len, &i);
		uint64_t o = get_varint(l->refs, l->refs_len, &i);
		int64_t step = (int64_t)(c >> 1) ^ -(int64_t)(c & 1);
		int64_t offset = (int64_t)(o >> 1) ^ -(int64_t)(o & 1);
		l->last_offset = step == 0 ? l->last_offset + offset : offset;
		l->last_chunk += step;
	}
}

/* ---- handing over ---- */

static void row_of(const struct life *l, struct entry_row *row)
{
	*row = (struct entry_row){ .id = l->id,
				   .host = l->host,
				   .size = l->size,
				   .nrcpt = l->nrcpt,
				   .first_at = l->first_at,
				   .last_at = l->last_at,
				   .accepted_at = l->accepted_at,
				   .closed_at = l->closed_at,
				   .outcome_at = l->outcome_at,
				   .state = l->state,
				   .state_at = l->state_at,
				   .head_missing = l->head_missing,
				   .year_inferred = l->year_inferred,
				   .host_assumed = l->host_assumed,
				   .lines = { (const char *)l->refs, l->refs_len } };
	for (int i = 0; i < ENTRY_TEXT_COUNT; i++)
		row->text[i] = life_text(l, (enum entry_text)i);
}

bool life_write(struct track *t, struct life *l)
{
	if (!l->dirty)
		return true;
	struct entry_row row;
	row_of(l, &row);
	if (!t->sink.entry(t->sink.arg, &row, l->known, t->err))
		return false;
	l->known = true;
	for (struct pending_delivery *d = l->deliveries; d != NULL; d = d->next) {
		if (!t->sink.delivery(t->sink.arg, &d->row, t->err))
			return false;
	}
	for (struct pending_note *n = l->notes; n != NULL; n = n->next) {
		if (!t->sink.note(t->sink.arg, &n->row, t->err))
			return false;
	}
	for (struct pending_reject *r = l->rejects; r != NULL; r = r->next) {
		if (!t->sink.reject(t->sink.arg, &r->row, t->err))
			return false;
	}
	l->deliveries = l->deliveries_tail = NULL;
	l->notes = NULL;
	l->rejects = NULL;
	l->dirty = false;
	return true;
}

void life_closed(struct track *t, struct life *l)
{
	if (l->lingering)
		return;
	l->lingering = true;
	l->linger_next = NULL;
	if (t->linger_last != NULL)
		t->linger_last->linger_next = l;
	else
		t->linger = l;
	t->linger_last = l;
}

/* Write and forget lives that closed a while ago, by the clock of the log. */
bool life_tick(struct track *t, int64_t now_us)
{
	while (t->linger != NULL) {
		struct life *l = t->linger;
		int64_t age = now_us - l->closed_at;
		if (age >= 0 && age < LINGER_US)
			return true;
		t->linger = l->linger_next;
		if (t->linger == NULL)
			t->linger_last = NULL;
		l->lingering = false;
		if (!life_write(t, l))
			return false;
		life_free(t, l);
	}
	return true;
}

bool life_flush(struct track *t)
{
	for (struct life *l = t->lives; l != NULL; l = l->newer) {
		if (!life_write(t, l))
			return false;
	}
	for (struct pending_link *k = t->links; k != NULL; k = k->next) {
		if (!t->sink.link(t->sink.arg, &k->row, t->err))
			return false;
	}
	t->links = NULL;
	t->links_end = &t->links;
	arena_reset(t->batch);
	return true;
}

void life_free_all(struct track *t)
{
	while (t->lives != NULL)
		life_free(t, t->lives);
}
