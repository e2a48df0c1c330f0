/*
 * tally.c - counting by key; sorting; percentiles.
 */
#include "trace/tally.h"

#include <stdlib.h>

void series_add(struct series *s, int64_t us)
{
	if (s->count == s->room) {
		s->room = s->room == 0 ? 4 : s->room * 2;
		s->us = mem_realloc(s->us, s->room * sizeof(*s->us));
	}
	s->us[s->count++] = us;
	s->sorted = false;
}

static int by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

int64_t series_percentile(struct series *s, int percent)
{
	if (s->count == 0)
		return 0;
	if (!s->sorted)
		qsort(s->us, s->count, sizeof(*s->us), by_value);
	s->sorted = true;
	size_t rank = (s->count * (size_t)percent + 99) / 100;
	return s->us[rank > 0 ? rank - 1 : 0];
}

struct tally_line *tally_at(struct tally *t, struct arena *a, struct str code, struct str name)
{
	struct tally_line *l = t->recent;
	if (l != NULL && str_eq(l->line.code, code) && str_eq(l->line.name, name))
		return l;
	l = NULL;
	/* the code ends at a NUL, which the rest of the key may hold as well: a harmless clash */
	char local[512], *key = local;
	size_t len = code.len + 1 + name.len;
	if (len > sizeof(local))
		key = arena_alloc(a, len);
	if (code.len > 0)
		memcpy(key, code.at, code.len);
	key[code.len] = '\0';
	if (name.len > 0)
		memcpy(key + code.len + 1, name.at, name.len);
	HASH_FIND(hh, t->first, key, len, l);
	if (l != NULL)
		return t->recent = l;
	l = mem_zalloc(sizeof(*l));
	const char *kept = arena_copy(a, (struct str){ key, len }).at;
	l->line.code = (struct str){ code.at != NULL ? kept : NULL, code.len };
	l->line.name = (struct str){ kept + code.len + 1, name.len };
	HASH_ADD_KEYPTR(hh, t->first, kept, len, l);
	return t->recent = l;
}

static int compare_text(struct str a, struct str b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int c = n > 0 ? memcmp(a.at, b.at, n) : 0;
	return c != 0 ? c : (a.len > b.len) - (a.len < b.len);
}

static int by_count(const void *a, const void *b)
{
	const struct report_line *x = &(*(struct tally_line *const *)a)->line;
	const struct report_line *y = &(*(struct tally_line *const *)b)->line;
	if (x->count != y->count)
		return x->count < y->count ? 1 : -1;
	if (x->bytes != y->bytes)
		return x->bytes < y->bytes ? 1 : -1;
	int c = compare_text(x->name, y->name);
	return c != 0 ? c : compare_text(x->code, y->code);
}

struct report_list tally_top(struct tally *t, struct arena *a, size_t top)
{
	struct report_list list = { .kinds = HASH_COUNT(t->first) };
	if (list.kinds == 0)
		return list;
	struct tally_line **sorted = mem_alloc(list.kinds * sizeof(*sorted));
	size_t n = 0;
	for (struct tally_line *l = t->first; l != NULL; l = l->hh.next) {
		sorted[n++] = l;
		list.total += l->line.count;
	}
	qsort(sorted, n, sizeof(*sorted), by_count);
	list.count = n < top ? n : top;
	list.at = arena_alloc(a, (list.count + 1) * sizeof(*list.at));
	for (size_t i = 0; i < list.count; i++)
		list.at[i] = sorted[i]->line;
	free(sorted);
	return list;
}

void tally_free(struct tally *t)
{
	struct tally_line *l, *next;
	HASH_ITER(hh, t->first, l, next)
	{
		HASH_DEL(t->first, l);
		free(l->times.us);
		free(l);
	}
}
