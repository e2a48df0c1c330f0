/*
 * assign.c - what a rule sets beside what it matched: constants, copies of other fields, words for
 * words.
 */
#include "rules/internal.h"

void assigns_apply(const struct assigns *a, struct str *slots)
{
	for (size_t i = 0; i < a->count; i++) {
		const struct assign *s = &a->list[i];
		slots[s->slot] = s->from >= 0 ? slots[s->from] : s->value;
	}
}

void map_apply(const struct rule *rule, struct str *slots)
{
	int done = -1; /* a slot is mapped once */
	for (size_t i = 0; i < rule->map_count; i++) {
		const struct mapping *m = &rule->map[i];
		if (m->slot == done || slots[m->slot].at == NULL ||
		    !str_eq(slots[m->slot], m->text))
			continue;
		slots[m->slot] = m->value;
		done = m->slot;
	}
}
