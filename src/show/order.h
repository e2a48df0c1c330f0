/*
 * order.h - the entries of a component in the order pages show them: a tree, oldest ancestor first,
 * depth first. An entry with several parents stands under the first one and is named under the
 * others.
 */
#ifndef SHOW_ORDER_H
#define SHOW_ORDER_H

#include "trace/trace.h"

#define ORDER_ROOT SIZE_MAX

enum step_kind {
	STEP_ENTRY,
	STEP_AGAIN, /* a hop to an entry that has its step already */
	STEP_HIDDEN /* more branches than are shown */
};

struct step {
	enum step_kind kind;
	const struct trace_entry *entry; /* STEP_HIDDEN: whose branches they are */
	size_t parent;                   /* the step it hangs on; ORDER_ROOT */
	const struct trace_hop *hop;     /* one of those that lead here; NULL at a root */
	size_t hops;                     /* how many they are; STEP_HIDDEN: entries left out */
	bool branch;                     /* the parent has others */
	bool last;                       /* of the parent's */
};

struct order {
	struct step *at;
	size_t count;
	size_t hidden; /* entries left out in all */
};

/*
 * Entries with more than `most` ways on show the first of them and those that lead to an entry
 * asked for; SIZE_MAX: all. Free with order_free.
 */
void order_of(const struct trace *t, size_t component, size_t most, struct order *out);
void order_free(struct order *o);

/*
 * Where a component begins: the oldest entry that nothing leads to. With clocks that differ, or
 * stamps of whole seconds, a later one may seem older. In a loop: the oldest entry.
 */
const struct trace_entry *order_first(const struct trace *t, size_t component);

#endif
