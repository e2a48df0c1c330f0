/*
 * follow.c - a recipient from hop to hop, to the last place the logs show.
 *
 * Every recipient of every entry is followed once and its ends kept, so fan-out and
 * diamonds cost no more than their size, and loops end.
 */
#include "trace/verdict.h"

#define DEPTH_MAX 2000   /* hops of one way; more is taken for a loop */
#define DOUBLES_MAX 4096 /* finals of one recipient before doubles are sought */
#define CLONES_MAX 64    /* stated hops tried for a recipient that an entry does not have */

static struct finals follow(struct judge *j, struct trace_entry *e, struct trace_recipient *r,
			    unsigned depth);

static void add_final(struct judge *j, struct finals *list, struct final f)
{
	if (list->count == list->room) {
		size_t room = list->room == 0 ? 1 : list->room * 2;
		struct final *more = arena_alloc(j->arena, room * sizeof(*more));
		if (list->count > 0)
			memcpy(more, list->at, list->count * sizeof(*more));
		list->at = more;
		list->room = room;
	}
	list->at[list->count++] = f;
}

/* Several ways may lead to one place: keep the first of each. */
static void drop_doubles(struct judge *j, struct finals *list)
{
	size_t kept = 0;
	j->mark++;
	for (size_t i = 0; i < list->count; i++) {
		const struct final *f = &list->at[i];
		size_t *mark = f->last != NULL ? &match_memo(j, f->last)->mark
					       : &j->marks[f->entry->index];
		if (*mark == j->mark)
			continue;
		*mark = j->mark;
		list->at[kept++] = *f;
	}
	list->count = kept;
}

static void add_finals(struct judge *j, struct finals *list, struct finals more)
{
	for (size_t i = 0; i < more.count; i++)
		add_final(j, list, more.at[i]);
	if (more.count > 0 && list->count > DOUBLES_MAX && list->count == list->room)
		drop_doubles(j, list);
}

/* ---- an entry that has no attempt for a recipient ---- */

static bool never_began(const struct trace_entry *e)
{
	return str_eq(e->state, STR("aborted")) ||
	       (str_eq(e->state, STR("open")) && e->accepted_at_us == TRACE_NONE &&
		e->message_id.at == NULL && e->delivery_count == 0);
}

/* The notice that says it failed, where the log names none of its recipients (an alias that is a
 * loop, too many hops); NULL: none. */
static const struct trace_hop *nameless_bounce(const struct trace_entry *e)
{
	for (size_t i = 0; i < e->down_count; i++)
		if (str_eq(e->down[i]->kind, STR("bounce")))
			return e->down[i];
	return NULL;
}

/* It failed as a whole, and a note of the line that names the notice says why. */
void judge_failed_whole(struct trace_entry *e)
{
	const struct trace_hop *bounce = nameless_bounce(e);
	if (bounce == NULL || e->recipient_count > 0 || e->outcome.at != NULL || never_began(e))
		return;
	e->outcome = STR("bounced");
	e->outcome_at_us = bounce->at_us;
	for (size_t i = 0; i < e->note_count; i++)
		if (e->notes[i].at_us == bounce->at_us)
			e->outcome_reply = e->notes[i].text;
}

struct final judge_entry(struct trace_entry *e)
{
	struct final f = {
		.entry = e, .end = TRACE_END_ENTRY, .state = e->state, .at_us = e->last_at_us
	};
	bool fresh = str_eq(e->state, STR("open")) || str_eq(e->state, STR("accepted"));
	if (e->outcome.at != NULL) {
		f.state = e->outcome;
		f.at_us = e->outcome_at_us;
	} else if (never_began(e)) {
		f.end = TRACE_END_NEVER;
		f.state = STR("aborted");
	} else if (fresh) {
		f.end = TRACE_END_WAITING;
		f.state = STR("queued");
		f.at_us = e->accepted_at_us != TRACE_NONE ? e->accepted_at_us : e->first_at_us;
	}
	return f;
}

/* The only stated way on from an entry that shows no attempts (requeue, clone). */
struct trace_entry *judge_moved_whole(const struct trace_entry *e)
{
	struct trace_entry *to = NULL;
	for (size_t i = 0; i < e->down_count; i++) {
		const struct trace_hop *h = e->down[i];
		if (h->to == NULL || !trace_is_way(h))
			continue;
		if (to != NULL && to != h->to)
			return NULL;
		to = h->to;
	}
	return to;
}

/* ---- from one entry to the next ---- */

int judge_badness(struct str state)
{
	static const char *const worst_last[] = { "delivered", "relayed",  "expanded", "filtered",
						  "queued",    "deferred", "held",     "discarded",
						  "deleted",   "rejected", "expired",  "bounced" };
	for (int i = 0; i < 12; i++)
		if (str_eq(state, str_of(worst_last[i])))
			return i;
	return 3;
}

/* Several were rewritten to several others: the worst that became of any. */
static struct final unclear(struct judge *j, struct pair *p, unsigned depth)
{
	if (p->summary != NULL)
		return *p->summary;
	struct final sum = { .entry = p->to,
			     .end = TRACE_END_UNCLEAR,
			     .state = STR("delivered"),
			     .at_us = p->to->last_at_us };
	p->summary = arena_alloc(j->arena, sizeof(sum));
	*p->summary = sum;
	for (size_t i = 0; i < p->rest_count; i++) {
		struct finals f = follow(j, p->to, p->rest[i], depth + 1);
		for (size_t k = 0; k < f.count; k++) {
			sum.among++;
			sum.failed += judge_badness(f.at[k].state) >= JUDGE_FAILED;
			if (sum.among > 1 &&
			    judge_badness(f.at[k].state) <= judge_badness(sum.state))
				continue;
			sum.state = f.at[k].state;
			sum.at_us = f.at[k].at_us;
		}
	}
	*p->summary = sum;
	return sum;
}

static void follow_address(struct judge *j, struct trace_entry *e,
			   const struct trace_address *found, struct finals *list, unsigned depth)
{
	for (size_t i = 0; found != NULL && i < found->count; i++)
		add_finals(j, list, follow(j, e, found->at[i], depth + 1));
}

/* Those that match nobody: an alias, a list, or addresses rewritten. */
static void arrive_rewritten(struct judge *j, struct trace_entry *from, struct trace_recipient *r,
			     struct trace_entry *to, struct finals *list, unsigned depth)
{
	struct pair *p = match_pair(j, from, to);
	if (p->rest_count == 0) {
		struct final f = { .entry = to,
				   .end = TRACE_END_WAITING,
				   .state = STR("queued"),
				   .at_us = to->first_at_us };
		add_final(j, list, f);
		return;
	}
	if ((p->unmatched > 1 || p->merged) && p->rest_count > 1) {
		const struct trace_address *same =
			match_address(j, to, r->recipient, ADDRESS_LOCAL);
		if (same != NULL)
			follow_address(j, to, same, list, depth);
		else
			add_final(j, list, unclear(j, p, depth));
		return;
	}
	for (size_t i = 0; i < p->rest_count; i++)
		add_finals(j, list, follow(j, to, p->rest[i], depth + 1));
}

static void arrive(struct judge *j, struct trace_entry *from, struct trace_recipient *r,
		   struct trace_entry *to, struct finals *list, unsigned depth)
{
	for (int i = 0; i < 100 && to->recipient_count == 0; i++) {
		struct trace_entry *next = judge_moved_whole(to);
		if (next == NULL || next == from) {
			add_final(j, list, judge_entry(to));
			return;
		}
		to = next;
	}
	const struct trace_address *same = match_across(j, from, to, r->recipient);
	if (same == NULL)
		same = match_across(j, from, to, r->original_recipient);
	follow_address(j, to, same, list, depth);
	if (list->count > 0)
		return;
	for (size_t i = 0; i < to->down_count && i < CLONES_MAX; i++) {
		const struct trace_hop *h = to->down[i]; /* moved to a clone? */
		if (h->delivery == TRACE_NONE && h->to != NULL && trace_is_way(h))
			follow_address(j, h->to, match_across(j, from, h->to, r->recipient), list,
				       depth);
	}
	if (list->count == 0)
		arrive_rewritten(j, from, r, to, list, depth);
}

/* Where a recipient of an entry ended; the entry's own state when it went no further. */
static struct finals follow(struct judge *j, struct trace_entry *e, struct trace_recipient *r,
			    unsigned depth)
{
	struct trace_memo *m = match_memo(j, r);
	struct final f = { .entry = e,
			   .last = r,
			   .end = TRACE_END_ATTEMPT,
			   .state = r->state,
			   .at_us = r->at_us };
	struct finals list = { NULL, 0, 0 };
	if (m->done)
		return m->finals;
	if (m->busy || depth > DEPTH_MAX) {
		f.end = TRACE_END_LOOP;
		add_final(j, &list, f);
		return list;
	}
	if (str_eq(e->state, STR("held")) && e->closed_at_us == TRACE_NONE &&
	    trace_waits(r->state)) {
		f.state = e->state;
		f.at_us = e->last_at_us > r->at_us ? e->last_at_us : r->at_us;
	}
	m->busy = true;
	if (m->hop != NULL && m->hop->to != NULL) {
		arrive(j, e, r, m->hop->to, &list, depth);
	} else {
		if (m->hop != NULL && m->hop->to_id == TRACE_NONE) {
			f.end = TRACE_END_CLAIM;
			f.claim = m->hop;
		} else if (m->hop != NULL || (!e->followed && r->last->followable &&
					      r->last->next_queue_id.at != NULL)) {
			f.end = TRACE_END_CUT;
		}
		if (str_eq(e->state, STR("held")) && e->outcome.at == NULL &&
		    (str_eq(r->state, STR("deferred")) || str_eq(r->state, STR("queued")))) {
			/* held after an attempt: no other one follows */
			f.end = TRACE_END_ENTRY;
			f.state = e->state;
			f.at_us = e->last_at_us;
		}
		add_final(j, &list, f);
	}
	drop_doubles(j, &list);
	m->busy = false;
	m->done = true;
	m->finals = list;
	return list;
}

struct finals judge_follow(struct judge *j, struct trace_entry *e, struct trace_recipient *r)
{
	return follow(j, e, r, 0);
}
