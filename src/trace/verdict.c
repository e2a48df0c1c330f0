/*
 * verdict.c - what became of each recipient of the message.
 *
 * Starts where the trace starts, follows every recipient (follow.c), and puts out one
 * verdict per place it ended. Notices (bounce, delay, dsn) are not the recipient's way. A state
 * that only says where the message was handed to (`filtered`, `expanded`, `relayed`)
 * is a verdict only where no entry is known there.
 */
#include <stdlib.h>

#include "trace/verdict.h"

#define SHARED_MAX 20 /* a longer list that a second recipient leads to is summed up */

/* Whom a notice is for: the sender, where it has that recipient. */
static struct trace_recipient *told_by(struct judge *j, const struct trace_entry *e,
				       struct trace_entry *notice)
{
	const struct trace_address *sender =
		e->sender.len > 0 ? match_address(j, notice, e->sender, ADDRESS_WHOLE) : NULL;
	if (sender != NULL)
		return sender->at[0];
	return notice->recipient_count > 0 ? &notice->recipients[0] : NULL;
}

/*
 * The notice about a failure or a delay: of those for the sender (another may go to a postmaster)
 * the first since the verdict's time, as one entry may fail bit by bit.
 */
static void add_notice(struct judge *j, struct trace_verdict *v)
{
	const struct trace_entry *e = v->entry;
	bool failed = str_eq(v->state, STR("bounced")) || str_eq(v->state, STR("expired"));
	struct str kind = failed ? STR("bounce") : STR("delay");
	int best = -1;
	if (!failed && !str_eq(v->state, STR("deferred")))
		return;
	for (size_t i = e->down_count; i-- > 0;) {
		struct trace_entry *to = e->down[i]->to;
		if (to == NULL || !str_eq(e->down[i]->kind, kind))
			continue;
		struct trace_recipient *told = told_by(j, e, to);
		bool sender = told != NULL && e->sender.len > 0 &&
			      match_address(j, to, e->sender, ADDRESS_WHOLE) != NULL;
		int good = 2 * sender + (v->at_us != TRACE_NONE && e->down[i]->at_us >= v->at_us);
		if (good < best)
			continue;
		best = good;
		v->notice = to;
		v->told = told;
		v->told_sender = sender;
	}
	if (v->told == NULL)
		return;
	struct finals list =
		judge_follow(j, (struct trace_entry *)v->notice, (struct trace_recipient *)v->told);
	v->told_state = list.at[0].state;
	for (size_t i = 1; i < list.count; i++)
		if (judge_badness(list.at[i].state) > judge_badness(v->told_state))
			v->told_state = list.at[i].state;
}

/* from: where the recipient's way begins. */
static struct trace_verdict *add_verdict(struct judge *j, const struct trace_entry *from,
					 struct str recipient, const struct final *f)
{
	struct trace *t = j->trace;
	t->verdicts = arena_grow(t->arena, t->verdicts, t->verdict_count, sizeof(*t->verdicts));
	struct trace_verdict *v = &t->verdicts[t->verdict_count++];
	*v = (struct trace_verdict){ .recipient = recipient,
				     .state = f->state,
				     .end = f->end,
				     .at_us = f->at_us,
				     .entry = f->entry,
				     .last = f->last,
				     .claim = f->claim,
				     .among = f->among,
				     .failed = f->failed,
				     .took_us = TRACE_NONE };
	/* clocks of two hosts may differ */
	if (!from->head_missing && f->at_us != TRACE_NONE && f->at_us >= from->first_at_us)
		v->took_us = f->at_us - from->first_at_us;
	if (f->last != NULL)
		v->address = f->last->recipient;
	return v;
}

/* A second name of a long list: its members stand in verdicts already. */
static struct final sum_up(struct finals list)
{
	struct final sum = list.at[0];
	sum.end = TRACE_END_UNCLEAR;
	sum.last = NULL;
	sum.among = list.count;
	for (size_t i = 0; i < list.count; i++) {
		sum.failed += judge_badness(list.at[i].state) >= JUDGE_FAILED;
		if (judge_badness(list.at[i].state) > judge_badness(sum.state))
			sum.state = list.at[i].state;
	}
	return sum;
}

/* root: where the message's way began. */
static void verdicts_of(struct judge *j, struct trace_entry *e, struct trace_recipient *r,
			const struct trace_entry *root, bool copy)
{
	struct finals list = judge_follow(j, e, r);
	struct str name = r->original_recipient.len > 0 ? r->original_recipient : r->recipient;
	struct trace_recipient *first = list.at[0].last != NULL ? list.at[0].last : r;
	struct final sum;
	if (list.count > SHARED_MAX && match_memo(j, first)->shown) {
		sum = sum_up(list);
		list = (struct finals){ &sum, 1, 1 };
	}
	match_memo(j, first)->shown = true;
	for (size_t i = 0; i < list.count; i++) {
		struct trace_verdict *v = add_verdict(j, root, name, &list.at[i]);
		v->copy = copy;
	}
}

static void rejects_of(struct judge *j, struct trace_entry *e)
{
	for (size_t i = 0; i < e->reject_count; i++) {
		const struct trace_reject *r = &e->rejects[i];
		struct final f = { .entry = e,
				   .end = TRACE_END_REJECTED,
				   .state = STR("rejected"),
				   .at_us = r->at_us };
		if (r->recipient.len > 0 &&
		    match_address(j, e, r->recipient, ADDRESS_WHOLE) != NULL)
			continue; /* accepted at another try */
		if (r->recipient.len == 0 &&
		    (e->accepted_at_us != TRACE_NONE || e->recipient_count > 0))
			continue;
		add_verdict(j, e, r->recipient, &f)->reject = r;
	}
}

static void start(struct judge *j, struct trace_entry *e)
{
	size_t before = j->trace->verdict_count;
	for (size_t i = 0; i < e->recipient_count; i++)
		if (!e->recipients[i].superseded && !match_memo(j, &e->recipients[i])->done)
			verdicts_of(j, e, &e->recipients[i], e, false);
	rejects_of(j, e);
	if (j->trace->verdict_count > before || e->recipient_count > 0 ||
	    judge_moved_whole(e) != NULL)
		return;
	struct final f = judge_entry(e);
	add_verdict(j, e, (struct str){ NULL, 0 }, &f);
}

/* What the message itself passed through: entries, parents first, and where each one's way began.
 */
struct way_through {
	struct trace_entry **order;
	struct trace_entry **root; /* by trace_entry.index; NULL: not passed */
	size_t count;
};

static void pass(struct way_through *w, struct trace_entry *e, struct trace_entry *root)
{
	if (w->root[e->index] != NULL)
		return;
	w->root[e->index] = root;
	w->order[w->count++] = e;
}

static void pass_from(struct way_through *w, struct trace_entry *e)
{
	size_t next = w->count;
	for (pass(w, e, e); next < w->count; next++) {
		const struct trace_entry *at = w->order[next];
		for (size_t i = 0; i < at->down_count; i++)
			if (at->down[i]->to != NULL && trace_is_way(at->down[i]))
				pass(w, at->down[i]->to, e);
	}
}

/* Recipients that no verdict came by: of clones, added on the way, or of a second copy. */
static void start_rest(struct judge *j, struct trace_entry *e, const struct trace_entry *root)
{
	for (size_t i = 0; i < e->recipient_count; i++) {
		struct trace_recipient *r = &e->recipients[i];
		if (r->superseded || match_memo(j, r)->done)
			continue;
		bool copy = false;
		for (size_t k = 0; k < e->up_count && k < SHARED_MAX && !copy; k++)
			copy = match_any(j, e, r, e->up[k]->from);
		verdicts_of(j, e, r, root, copy);
	}
}

/* Verdicts by component, otherwise in the order they came. */
static void sort_verdicts(struct trace *t)
{
	struct trace_verdict *sorted =
		arena_alloc(t->arena, (t->verdict_count + 1) * sizeof(*sorted));
	size_t *next = mem_zalloc((t->component_count + 1) * sizeof(*next));
	for (size_t i = 0; i < t->verdict_count; i++)
		next[t->verdicts[i].entry->component + 1]++;
	for (size_t i = 1; i <= t->component_count; i++)
		next[i] += next[i - 1];
	for (size_t i = 0; i < t->verdict_count; i++)
		sorted[next[t->verdicts[i].entry->component]++] = t->verdicts[i];
	free(next);
	t->verdicts = sorted;
}

static void judge_all(struct judge *j, struct way_through *w)
{
	struct trace *t = j->trace;
	for (size_t i = 0; i < t->entry_count; i++) {
		if (t->entries[i]->up_count > 0)
			continue;
		start(j, t->entries[i]);
		pass_from(w, t->entries[i]);
	}
	/* a notice that was asked for, or a loop that nothing leads into */
	for (size_t i = 0; i < t->entry_count; i++) {
		if (!t->entries[i]->asked || w->root[t->entries[i]->index] != NULL)
			continue;
		start(j, t->entries[i]);
		pass_from(w, t->entries[i]);
	}
	for (size_t i = 0; i < w->count; i++)
		start_rest(j, w->order[i], w->root[w->order[i]->index]);
	/* moved on as a whole, and no attempt there either */
	bool *has = mem_zalloc(t->component_count + 1);
	for (size_t i = 0; i < t->verdict_count; i++)
		has[t->verdicts[i].entry->component] = true;
	for (size_t i = t->entry_count; i-- > 0;) {
		struct trace_entry *e = t->entries[i];
		if (w->root[e->index] == NULL || has[e->component])
			continue;
		has[e->component] = true;
		struct final f = judge_entry(e);
		add_verdict(j, e, (struct str){ NULL, 0 }, &f);
	}
	free(has);
}

void trace_judge(struct trace *t)
{
	struct judge j = { .trace = t, .arena = t->arena };
	size_t room = (t->entry_count + 1) * sizeof(struct trace_entry *);
	struct way_through w = { .order = mem_alloc(room), .root = mem_zalloc(room) };
	j.marks = mem_zalloc((t->entry_count + 1) * sizeof(*j.marks));
	for (size_t i = 0; i < t->entry_count; i++) {
		judge_failed_whole(t->entries[i]);
		match_index(&j, t->entries[i]);
	}
	match_ways(&j);
	judge_all(&j, &w);
	for (size_t i = 0; i < t->verdict_count; i++) /* now that none is left to be followed */
		add_notice(&j, &t->verdicts[i]);
	sort_verdicts(t);
	for (size_t i = 0; i < t->entry_count; i++)
		match_free(t->entries[i]);
	HASH_CLEAR(hh, j.ways);
	HASH_CLEAR(hh, j.pairs);
	free(j.marks);
	free(w.order);
	free(w.root);
}
