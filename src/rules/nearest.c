/*
 * nearest.c - for a line that no rule takes: which rule got farthest, and where its match stopped.
 * For people: slow.
 */
#include "rules/internal.h"

#define ANY '\x01'    /* a byte that no pattern asks for */
#define LOOK_MAX 4096 /* bytes of a line; the work grows with their square */

static int attempt(const struct pattern *p, struct matcher *m, struct str s, uint32_t options)
{
	return pcre2_match(p->code, (PCRE2_SPTR)s.at, s.len, 0, options | PCRE2_NO_JIT, m->data,
			   m->context);
}

/* Is s a match, or can it be the beginning of one? */
static bool may_match(const struct pattern *p, struct matcher *m, struct str s)
{
	int rc = attempt(p, m, s, PCRE2_PARTIAL_HARD);
	return rc >= 0 || rc == PCRE2_ERROR_PARTIAL;
}

/* How many bytes of s the pattern can follow before it fails. */
static size_t reach_of(const struct pattern *p, struct matcher *m, struct str s)
{
	size_t low = 0, high = s.len;
	while (low < high) {
		size_t mid = low + (high - low + 1) / 2;
		if (may_match(p, m, (struct str){ s.at, mid }))
			low = mid;
		else
			high = mid - 1;
	}
	return low;
}

/* The longest beginning of s, not all of it, that is a match. */
static size_t whole_of(const struct pattern *p, struct matcher *m, struct str s)
{
	for (size_t len = s.len; len-- > 0;)
		if (attempt(p, m, (struct str){ s.at, len }, 0) >= 0)
			return len;
	return 0;
}

/*
 * Of s, which the pattern can follow to its end: a pattern that would follow any text there has
 * only looked ahead, or stands in free text; then the place where that begins.
 */
static size_t certain_of(const struct pattern *p, struct matcher *m, struct str s, struct arena *a)
{
	char *text = arena_alloc(a, s.len + 1);
	if (s.len > 0)
		memcpy(text, s.at, s.len);
	text[s.len] = ANY;
	if (!may_match(p, m, (struct str){ text, s.len + 1 }))
		return s.len;
	for (size_t len = 0; len < s.len; len++) {
		text[len] = ANY;
		if (may_match(p, m, (struct str){ text, len + 1 }))
			return len;
		text[len] = s.at[len];
	}
	return s.len;
}

bool rules_nearest(struct rules *r, const struct rules_input *in, struct str *plugin,
		   struct str *rule, size_t *stopped_at)
{
	struct route *route = rules_route(r, in->ident);
	if (route->plugin == NULL)
		return false;
	struct matcher *m = &r->matcher;
	struct arena *a = arena_new();
	struct str body = record_body(route->plugin, m, a, in->body);
	if (body.len > LOOK_MAX)
		body.len = LOOK_MAX;
	*plugin = str_of(route->plugin->name);
	*rule = (struct str){ 0 };
	size_t best = 0, best_whole = 0;
	for (size_t i = 0; i < route->rule_count; i++) {
		const struct pattern *p = &route->rules[i]->match;
		size_t reach = reach_of(p, m, body), whole = 0;
		if (reach == body.len)
			whole = whole_of(p, m, body);
		if (reach == body.len && whole == 0)
			reach = certain_of(p, m, body, a);
		if (rule->at != NULL && (reach < best || (reach == best && whole <= best_whole)))
			continue;
		*rule = str_of(route->rules[i]->name);
		best = reach;
		best_whole = whole;
	}
	*stopped_at = best_whole > 0 ? best_whole : best;
	arena_free(a);
	return true;
}
