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

/* ---- lines by key ---- */

static bool is_line(const struct tally_line *l, struct str code, struct str name)
{
	return str_eq(l->line.name, name) && str_eq(l->line.code, code);
}

static struct tally_line *add_line(struct tally *t, struct arena *a, struct str code,
				   struct str key)
{
	struct tally_line *l = arena_alloc(a, sizeof(*l));
	struct str kept = arena_copy(a, key);
	*l = (struct tally_line){ .line.name = str_skip(kept, code.len + 1) };
	if (code.at != NULL)
		l->line.code = (struct str){ kept.at, code.len };
	HASH_ADD_KEYPTR(hh, t->first, kept.at, kept.len, l);
	t->kinds++;
	return l;
}

struct tally_line *tally_at(struct tally *t, struct arena *a, struct str code, struct str name)
{
	if (t->recent != NULL && is_line(t->recent, code, name))
		return t->recent;
	/* the code ends at a NUL, which the rest of the key may hold as well: a harmless clash */
	char local[512];
	struct str key = { local, code.len + 1 + name.len };
	char *at = key.len <= sizeof(local) ? local : arena_alloc(a, key.len);
	key.at = at;
	if (code.len > 0)
		memcpy(at, code.at, code.len);
	at[code.len] = '\0';
	if (name.len > 0)
		memcpy(at + code.len + 1, name.at, name.len);
	struct tally_line *l = NULL;
	HASH_FIND(hh, t->first, key.at, key.len, l);
	return t->recent = l != NULL ? l : add_line(t, a, code, key);
}

void tally_time(struct tally_line *l, struct arena *a, int64_t us)
{
	if (l->times == NULL) {
		l->times = arena_alloc(a, sizeof(*l->times));
		*l->times = (struct series){ 0 };
	}
	series_add(l->times, us);
}

/* ---- the first of them ---- */

static int compare_text(struct str a, struct str b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int c = n > 0 ? memcmp(a.at, b.at, n) : 0;
	return c != 0 ? c : (a.len > b.len) - (a.len < b.len);
}

static int compare(const struct report_line *x, const struct report_line *y)
{
	if (x->count != y->count)
		return x->count < y->count ? 1 : -1;
	if (x->bytes != y->bytes)
		return x->bytes < y->bytes ? 1 : -1;
	int c = compare_text(x->name, y->name);
	return c != 0 ? c : compare_text(x->code, y->code);
}

static int by_count(const void *a, const void *b)
{
	return compare(&(*(struct tally_line *const *)a)->line,
		       &(*(struct tally_line *const *)b)->line);
}

#define FEW 64 /* so many are kept in order while all are looked at; more are sorted */

/* Into its place among the best, of which there are count, and room for top. */
static size_t keep(struct tally_line **best, size_t count, size_t top, struct tally_line *l)
{
	size_t i = count < top ? count : top - 1;
	if (count == top && compare(&best[i]->line, &l->line) <= 0)
		return count;
	for (; i > 0 && compare(&best[i - 1]->line, &l->line) > 0; i--)
		best[i] = best[i - 1];
	best[i] = l;
	return count < top ? count + 1 : top;
}

struct report_list tally_top(struct tally *t, struct arena *a, size_t top)
{
	struct report_list list = { .kinds = t->kinds };
	if (list.kinds == 0 || top == 0)
		return list;
	bool few = top <= FEW;
	struct tally_line **best = mem_alloc((few ? top : list.kinds) * sizeof(*best));
	size_t n = 0;
	for (struct tally_line *l = t->first; l != NULL; l = l->hh.next) {
		list.total += l->line.count;
		if (few)
			n = keep(best, n, top, l);
		else
			best[n++] = l;
	}
	if (!few)
		qsort(best, n, sizeof(*best), by_count);
	list.count = n < top ? n : top;
	list.at = arena_alloc(a, (list.count + 1) * sizeof(*list.at));
	for (size_t i = 0; i < list.count; i++)
		list.at[i] = best[i]->line;
	free(best);
	return list;
}

void tally_free(struct tally *t)
{
	for (struct tally_line *l = t->first; l != NULL; l = l->hh.next)
		if (l->times != NULL)
			free(l->times->us);
	HASH_CLEAR(hh, t->first);
}
