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

/* ---- archive references ---- */

static void refs_need(struct life *l, size_t more)
{
	if (l->refs_len + more <= l->refs_room)
		return;
	l->refs_room = (uint32_t)(l->refs_room * 2 + more + 32);
	l->refs = mem_realloc(l->refs, l->refs_room);
}

void life_line(struct life *l, struct lineref line)
{
	if (l->refs_len > 0 && line.chunk == l->last_ref.chunk && line.offset == l->last_ref.offset)
		return; /* a second event of the same line */
	refs_need(l, LINEREF_MAX);
	l->refs_len += (uint32_t)lineref_pack(l->refs + l->refs_len, &l->last_ref, line);
}

/* ---- lives the sink has ---- */

struct reader {
	struct track *t;
	struct slot *slot;
};

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
		struct str refs = row->lines;
		refs_need(l, refs.len);
		memcpy(l->refs, refs.at, refs.len);
		l->refs_len = (uint32_t)refs.len;
		while (lineref_take(&refs, &l->last_ref)) {
		}
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

/* The line that began it, read a second time from another file (pitfall 35): no queue gives an ID
 * twice within one second. */
static bool same_head(const struct life *l, int64_t at)
{
	int64_t second = at / US_PER_S;
	return second == l->first_at / US_PER_S ||
	       (l->accepted_at != TRACK_NONE && second == l->accepted_at / US_PER_S);
}

/* How far a line at `at` is from life l if it can belong to it; -1: it cannot. */
static int64_t fit(const struct life *l, const struct event *ev, int64_t at)
{
	bool closed = l->closed_at != TRACK_NONE;
	if (ev->kind == EVENT_RECEIVE) {
		if (l->received)
			return same_head(l, at) ? 0 : -1;
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
		if (ev->kind == EVENT_NOTE) /* "spool file not found": nothing begins with it */
			late = QUEUE_LIFETIME_US;
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
	life_touch(t, l);
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
		slot_drop(t, slot);
		return true;
	}
	for (struct life *l = slot != NULL ? slot->lives : NULL; l != NULL; l = l->next) {
		if (l->id == id)
			*out = l;
	}
	return true;
}

/* The life the line belongs to, in memory or of the sink; *out NULL: none. False on a sink error.
 */
static bool find(struct track *t, struct slot *slot, int64_t host, const struct track_record *rec,
		 const struct event *ev, struct str queue_id, struct life **out)
{
	*out = choose(slot, ev, rec->time_us);
	if (*out != NULL)
		return true;
	if (!slot_complete(t, slot, host, queue_id))
		return false;
	*out = choose(slot, ev, rec->time_us);
	return true;
}

struct life *life_existing(struct track *t, int64_t host, const struct track_record *rec,
			   const struct event *ev, struct str queue_id)
{
	struct slot *slot = slot_find(t, host, queue_id, true);
	struct life *l;
	if (!find(t, slot, host, rec, ev, queue_id, &l))
		return NULL;
	if (slot->lives == NULL)
		slot_drop(t, slot);
	if (l != NULL)
		life_touch(t, l);
	return l;
}

/* NULL only on a sink error. */
struct life *life_get(struct track *t, int64_t host, const struct track_record *rec,
		      const struct event *ev, struct str queue_id)
{
	struct life *l;
	if (!make_room(t))
		return NULL;
	struct slot *slot = slot_find(t, host, queue_id, true);
	if (!find(t, slot, host, rec, ev, queue_id, &l))
		return NULL;
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
