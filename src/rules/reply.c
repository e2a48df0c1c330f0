/*
 * reply.c - a next hop's reply to the queue ID it names
 * (formats/next-hop-replies.md sections 1 and 4).
 *
 * The text is normalised to lines without codes; the last line is tried
 * first, then the first. A match covers the whole line: an ID is never
 * searched for inside a text.
 */
#include "rules/internal.h"

#define LINES_MAX 64

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Without "250 ", "250-" and "2.x.y ". */
static struct str strip_codes(struct str s)
{
	s = str_trim(s);
	if (s.len >= 3 && s.at[0] == '2' && is_digit(s.at[1]) && is_digit(s.at[2]) &&
	    (s.len == 3 || s.at[3] == ' ' || s.at[3] == '-'))
		s = str_trim(str_skip(s, 4));
	if (s.len < 5 || s.at[0] != '2' || s.at[1] != '.')
		return s;
	size_t i = 2, dots = 1;
	while (i < s.len && (is_digit(s.at[i]) || (s.at[i] == '.' && dots < 2))) {
		dots += s.at[i] == '.';
		i++;
	}
	if (dots == 2 && i > 4 && i < s.len && s.at[i] == ' ')
		return str_trim(str_skip(s, i));
	return s;
}

/* Logs that quote a reply write \" for " and \\ for \. */
static struct str unquote(struct arena *a, struct str s)
{
	if (s.len == 0 || memchr(s.at, '\\', s.len) == NULL)
		return s;
	char *out = arena_alloc(a, s.len);
	size_t len = 0;
	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] == '\\' && i + 1 < s.len && (s.at[i + 1] == '"' || s.at[i + 1] == '\\'))
			i++;
		out[len++] = s.at[i];
	}
	return (struct str){ out, len };
}

/* Split at newlines (also written as the two characters \n) and at " 250-"/" 250 " of joined lines.
 */
static size_t split_lines(struct str s, struct str lines[LINES_MAX])
{
	bool joined = str_starts(s, STR("250-"));
	size_t count = 0, start = 0;
	if (!joined && (s.len == 0 ||
			(memchr(s.at, '\n', s.len) == NULL && memchr(s.at, '\\', s.len) == NULL))) {
		lines[0] = s;
		return 1; /* nearly all of them */
	}
	for (size_t i = 0; i < s.len && count + 1 < LINES_MAX; i++) {
		size_t skip = 0;
		struct str rest = str_skip(s, i);
		if (rest.at[0] == '\n')
			skip = 1;
		else if (str_starts(rest, STR("\\n")))
			skip = 2;
		else if (joined &&
			 (str_starts(rest, STR(" 250 ")) || str_starts(rest, STR(" 250-"))))
			skip = 1;
		if (skip == 0)
			continue;
		lines[count++] = (struct str){ s.at + start, i - start };
		start = i + skip;
		i += skip - 1;
	}
	lines[count++] = str_skip(s, start);
	return count;
}

/* All reply rules in order, `last` ones after the others. */
static bool read_line(struct rules *r, struct str line, bool nested, struct reply *out)
{
	struct str slots[REPLY_SLOTS] = { 0 }; /* a rule that does not match leaves them alone */
	for (int last = 0; last < 2; last++) {
		for (size_t i = 0; i < r->plugin_count; i++) {
			struct plugin *p = r->plugins[i];
			for (size_t j = 0; p->is_replies && j < p->rule_count; j++) {
				struct rule *rule = &p->rules[j];
				if (rule->last != (last == 1) ||
				    !pattern_match(&rule->match, &r->matcher, line, 0, slots, NULL))
					continue;
				if (slots[REPLY_INNER].at != NULL) {
					struct str inner = slots[REPLY_INNER];
					memset(slots, 0, sizeof(slots));
					if (nested || !read_line(r, strip_codes(inner), true, out))
						continue;
					rule->hits++;
					return true;
				}
				rule->hits++;
				assigns_apply(&rule->set, slots);
				out->queue_id = slots[FIELD_NEXT_QUEUE_ID];
				out->state = slots[FIELD_STATE];
				out->rule = rule;
				return true;
			}
		}
	}
	return false;
}

bool reply_read(struct rules *r, struct arena *a, struct str text, struct reply *out)
{
	struct str lines[LINES_MAX];
	*out = (struct reply){ 0 };
	size_t count = split_lines(unquote(a, str_trim(text)), lines);
	if (read_line(r, strip_codes(lines[count - 1]), false, out))
		return true;
	return count > 1 && read_line(r, strip_codes(lines[0]), false, out);
}

bool rules_reply(struct rules *r, struct arena *a, struct str reply, struct str *queue_id,
		 struct str *family, bool *followable)
{
	struct reply found;
	if (!reply_read(r, a, reply, &found) || found.queue_id.at == NULL)
		return false;
	*queue_id = found.queue_id;
	*family = str_of(found.rule->name);
	*followable = found.rule->followable;
	return true;
}
