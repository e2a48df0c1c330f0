/*
 * sentence.c - folding of verdicts.
 */
#include "show/sentence.h"

#include <stdlib.h>

#include "base/arena.h"
#include "show/group.h"

#define FOLD_MAX ((size_t)500) /* verdicts that are compared with each other */

static struct sentence *add(struct sentences *s, const struct trace_verdict *v)
{
	if (s->count == 0 || (s->count & (s->count - 1)) == 0)
		s->at = mem_realloc(s->at, (s->count == 0 ? 1 : s->count * 2) * sizeof(*s->at));
	s->at[s->count] = (struct sentence){ .state = v->state };
	return &s->at[s->count++];
}

static void one_by_one(struct sentences *s, const struct say *how,
		       const struct trace_verdict *first, size_t count)
{
	struct buf text = { 0 };
	for (size_t i = 0; i < count; i++) {
		struct sentence *same = NULL;
		text.len = 0;
		say_verdict(&text, how, &first[i]);
		for (size_t k = 0; count <= FOLD_MAX && same == NULL && k < s->count; k++)
			if (str_eq(buf_str(&s->at[k].text), buf_str(&text)))
				same = &s->at[k];
		if (same == NULL) {
			same = add(s, &first[i]);
			buf_add(&same->text, buf_str(&text));
		} else {
			buf_puts(&same->whom, ", ");
		}
		say_whom(&same->whom, how, &first[i]);
	}
	buf_free(&text);
}

static struct str state_of(const void *arg, size_t i)
{
	return ((const struct trace_verdict *)arg)[i].state;
}

static void sum_up(struct sentences *s, const struct say *how, const struct trace_verdict *first,
		   size_t count, size_t most)
{
	struct groups groups = { NULL };
	struct buf b = { 0 };
	for (size_t i = 0; i < count; i++) {
		const struct trace_verdict *v = &first[i];
		say_kind(&b, how, v->state, v->last);
		buf_puts(&b, str_eq(v->state, STR("relayed")) ? " from " : " on ");
		say_log(&b, how, v->entry->host);
		groups_add(&groups, buf_str(&b), v);
		b.len = 0;
	}
	for (struct group *g = groups.first; g != NULL; g = g->hh.next)
		g->rank = say_trouble(((const struct trace_verdict *)g->sample)->state);
	groups_sort(&groups);
	say_states(&s->head, how, count, state_of, first);
	for (struct group *g = groups.first; g != NULL; g = g->hh.next) {
		const struct trace_verdict *v = g->sample;
		if (s->count == most) {
			s->more++;
			continue;
		}
		struct sentence *line = add(s, v);
		buf_count(&line->text, g->count);
		buf_puts(&line->text, " ");
		buf_add(&line->text, (struct str){ g->label, g->len });
		if (str_eq(v->state, STR("relayed")))
			buf_puts(&line->text, "; last place we can see");
	}
	groups_free(&groups);
	buf_free(&b);
}

void sentences_of(const struct trace *t, size_t component, const struct say *how, size_t most,
		  struct sentences *out)
{
	size_t from = 0, to;
	*out = (struct sentences){ 0 };
	while (from < t->verdict_count && t->verdicts[from].entry->component != component)
		from++;
	for (to = from; to < t->verdict_count && t->verdicts[to].entry->component == component;)
		to++;
	if (to - from > most)
		sum_up(out, how, &t->verdicts[from], to - from, most);
	else if (to > from)
		one_by_one(out, how, &t->verdicts[from], to - from);
}

void sentences_free(struct sentences *s)
{
	for (size_t i = 0; i < s->count; i++) {
		buf_free(&s->at[i].whom);
		buf_free(&s->at[i].text);
	}
	free(s->at);
	buf_free(&s->head);
	*s = (struct sentences){ 0 };
}
