/*
 * pattern.c - compile and match PCRE2 patterns; expand sub-patterns.
 *
 * Promises: a match costs at most MATCH_LIMIT steps and JIT_STACK_MAX bytes,
 * whatever the subject (log text is attacker-chosen).
 */
#include "rules/pattern.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"

#define MATCH_LIMIT 1000000u
/* Valgrind does not understand compiled patterns, which read whole words over the end of a text. */
#ifdef RULES_NO_JIT
#define HAVE_JIT 0
#else
#define HAVE_JIT 1
#endif
#define JIT_STACK_START ((size_t)32 * 1024)
#define JIT_STACK_MAX ((size_t)512 * 1024)
#define GROUP_PAIRS 256u
#define EXPAND_MAX ((size_t)256 * 1024)

struct define {
	struct str name;
	struct str text; /* the group's body, already expanded */
};

int locals_slot(struct locals *l, struct str name)
{
	enum event_field f;
	if (event_field_of(name, &f))
		return (int)f;
	if (name.len < 2 || name.at[0] != '_')
		return -1;
	for (size_t i = 0; i < l->count; i++) {
		if (str_eq(str_of(l->name[i]), name))
			return (int)(EVENT_FIELD_COUNT + i);
	}
	if (l->count == LOCAL_MAX)
		return -1;
	l->name[l->count] = mem_str(name);
	return (int)(EVENT_FIELD_COUNT + l->count++);
}

void locals_free(struct locals *l)
{
	for (size_t i = 0; i < l->count; i++)
		free(l->name[i]);
	l->count = 0;
}

/* A growing text. */
struct text {
	char *at;
	size_t len, room;
};

static void text_add(struct text *t, const char *at, size_t len)
{
	if (t->len + len + 1 > t->room) {
		t->room = (t->len + len + 1) * 2;
		t->at = mem_realloc(t->at, t->room);
	}
	if (len > 0)
		memcpy(t->at + t->len, at, len);
	t->len += len;
	t->at[t->len] = '\0';
}

/* One step through pattern text: past an escape, a class or a comment, else one byte. */
static size_t pattern_step(struct str s, size_t i)
{
	if (s.at[i] == '\\')
		return i + 2 <= s.len ? i + 2 : s.len;
	if (s.at[i] == '#') {
		while (i < s.len && s.at[i] != '\n')
			i++;
		return i;
	}
	if (s.at[i] != '[')
		return i + 1;
	i++;
	if (i < s.len && s.at[i] == '^')
		i++;
	if (i < s.len && s.at[i] == ']')
		i++;
	while (i < s.len && s.at[i] != ']') {
		if (s.at[i] == '\\') {
			i += 2;
		} else if (s.at[i] == '[' && i + 1 < s.len && s.at[i + 1] == ':') {
			while (i + 1 < s.len && !(s.at[i] == ':' && s.at[i + 1] == ']'))
				i++;
			i += 2;
		} else {
			i++;
		}
	}
	return i < s.len ? i + 1 : s.len;
}

/* The index after the ")" that closes the group whose "(" is at `open`; 0 when none does. */
static size_t group_end(struct str s, size_t open)
{
	size_t depth = 0;
	for (size_t i = open; i < s.len;) {
		if (s.at[i] == '(')
			depth++;
		if (s.at[i] == ')' && --depth == 0)
			return i + 1;
		i = pattern_step(s, i);
	}
	return 0;
}

static const struct define *defines_find(const struct defines *d, struct str name)
{
	for (size_t i = 0; d != NULL && i < d->count; i++) {
		if (str_eq(d->list[i].name, name))
			return &d->list[i];
	}
	return NULL;
}

/* Copy text with each (?&NAME) replaced by (?:its body). */
static bool expand(struct text *out, struct str text, const struct defines *d, struct err *err)
{
	for (size_t i = 0; i < text.len;) {
		if (!str_starts(str_skip(text, i), STR("(?&"))) {
			size_t next = pattern_step(text, i);
			text_add(out, text.at + i, next - i);
			i = next;
			continue;
		}
		size_t end = i;
		while (end < text.len && text.at[end] != ')')
			end++;
		struct str name = { text.at + i + 3, end - i - 3 };
		const struct define *def = end < text.len ? defines_find(d, name) : NULL;
		if (def == NULL)
			return err_set(err,
				       "sub-pattern \"%.*s\" is not in `define` before its use",
				       (int)name.len, name.at);
		text_add(out, "(?:", 3);
		text_add(out, def->text.at, def->text.len);
		text_add(out, "\n)", 2);
		if (out->len > EXPAND_MAX)
			return err_set(err, "the pattern grows too large; simplify `define`");
		i = end + 1;
	}
	return true;
}

bool defines_read(struct defines *d, struct str text, struct err *err)
{
	for (size_t i = 0; i < text.len;) {
		char c = text.at[i];
		if (c == ' ' || c == '\n' || c == '\t' || c == '\r') {
			i++;
			continue;
		}
		if (c == '#') {
			i = pattern_step(text, i);
			continue;
		}
		size_t name = i + 3, sign = name;
		size_t end = str_starts(str_skip(text, i), STR("(?<")) ? group_end(text, i) : 0;
		while (sign < end && text.at[sign] != '>')
			sign++;
		if (end == 0 || sign + 1 >= end)
			return err_set(err, "`define` holds (?<NAME> ...) groups only");
		struct text body = { 0 };
		struct str inner = { text.at + sign + 1, end - 1 - sign - 1 };
		text_add(&body, "", 0);
		if (!expand(&body, inner, d, err)) {
			free(body.at);
			return false;
		}
		d->list = mem_realloc(d->list, (d->count + 1) * sizeof(*d->list));
		struct str plain = { text.at + name, sign - name };
		d->list[d->count++] =
			(struct define){ { mem_str(plain), plain.len }, { body.at, body.len } };
		i = end;
	}
	return true;
}

void defines_free(struct defines *d)
{
	for (size_t i = 0; i < d->count; i++) {
		free((void *)(uintptr_t)d->list[i].name.at);
		free((void *)(uintptr_t)d->list[i].text.at);
	}
	free(d->list);
	*d = (struct defines){ 0 };
}

bool matcher_init(struct matcher *m, struct err *err)
{
	*m = (struct matcher){ 0 };
	m->context = pcre2_match_context_create(NULL);
	m->stack = pcre2_jit_stack_create(JIT_STACK_START, JIT_STACK_MAX, NULL);
	m->data = pcre2_match_data_create(GROUP_PAIRS, NULL);
	if (m->context == NULL || m->stack == NULL || m->data == NULL)
		return err_set(err, "out of memory for pattern matching");
	pcre2_set_match_limit(m->context, MATCH_LIMIT);
	pcre2_set_depth_limit(m->context, MATCH_LIMIT);
	pcre2_jit_stack_assign(m->context, NULL, m->stack);
	return true;
}

void matcher_free(struct matcher *m)
{
	pcre2_match_data_free(m->data);
	pcre2_jit_stack_free(m->stack);
	pcre2_match_context_free(m->context);
}

/* Slot of a group's name; -1: none; -2: a sub-pattern's own name, not wanted. */
static int group_slot(struct locals *l, const char *const *special, struct str name)
{
	for (int i = 0; special != NULL && special[i] != NULL; i++) {
		if (str_eq(str_of(special[i]), name))
			return SLOT_MAX + i;
	}
	return l != NULL ? locals_slot(l, name) : -1;
}

static bool pattern_groups(struct pattern *p, struct locals *l, const char *const *special,
			   struct err *err)
{
	uint32_t count = 0, size = 0, captures = 0;
	PCRE2_SPTR table = NULL;
	pcre2_pattern_info(p->code, PCRE2_INFO_NAMECOUNT, &count);
	pcre2_pattern_info(p->code, PCRE2_INFO_NAMEENTRYSIZE, &size);
	pcre2_pattern_info(p->code, PCRE2_INFO_NAMETABLE, &table);
	pcre2_pattern_info(p->code, PCRE2_INFO_CAPTURECOUNT, &captures);
	if (captures >= GROUP_PAIRS)
		return err_set(err, "the pattern has more than %u groups", GROUP_PAIRS - 1);
	p->groups = mem_alloc((count + 1) * sizeof(*p->groups));
	for (uint32_t i = 0; i < count; i++) {
		const unsigned char *row = table + (size_t)i * size;
		struct str name = str_of((const char *)row + 2);
		int slot = group_slot(l, special, name);
		if (slot < 0)
			return err_set(
				err,
				"group \"%.*s\" is no event field; local names start with \"_\"",
				(int)name.len, name.at);
		p->groups[p->group_count++] =
			(struct group){ (uint16_t)(row[0] << 8 | row[1]), (uint16_t)slot };
	}
	return true;
}

/* Does an option in the text ask for matches of any case? Then bytes PCRE2 names stand for two. */
static bool is_caseless(const char *text, size_t len)
{
	for (size_t i = 0; i + 2 < len; i++) {
		if (text[i] != '(' || text[i + 1] != '?')
			continue;
		for (size_t j = i + 2; j < len && (text[j] == '^' || text[j] == '-' ||
						   (text[j] >= 'a' && text[j] <= 'z'));
		     j++) {
			if (text[j] == 'i')
				return true;
		}
	}
	return false;
}

/* What every match has, as PCRE2 found out when it compiled the pattern. */
static void pattern_needs(struct pattern *p, bool caseless)
{
	uint32_t kind = 0, byte = 0, options = 0;
	p->first = p->last = -1;
	pcre2_pattern_info(p->code, PCRE2_INFO_ALLOPTIONS, &options);
	p->anchored = (options & PCRE2_ANCHORED) != 0;
	pcre2_pattern_info(p->code, PCRE2_INFO_MINLENGTH, &p->least);
	pcre2_pattern_info(p->code, PCRE2_INFO_FIRSTBITMAP, &p->firsts);
	if (caseless)
		return;
	pcre2_pattern_info(p->code, PCRE2_INFO_FIRSTCODETYPE, &kind);
	if (kind == 1 && pcre2_pattern_info(p->code, PCRE2_INFO_FIRSTCODEUNIT, &byte) == 0)
		p->first = (int16_t)byte;
	pcre2_pattern_info(p->code, PCRE2_INFO_LASTCODETYPE, &kind);
	if (kind == 1 && pcre2_pattern_info(p->code, PCRE2_INFO_LASTCODEUNIT, &byte) == 0)
		p->last = (int16_t)byte;
}

/* Whole words as of `when: {state: '^relayed$'}` are asked for at every delivery. */
static struct str whole_word(struct str text)
{
	struct str word = str_trim(text);
	if (word.len < 3 || word.at[0] != '^' || word.at[word.len - 1] != '$')
		return (struct str){ 0 };
	word = (struct str){ word.at + 1, word.len - 2 };
	for (size_t i = 0; i < word.len; i++) {
		char c = word.at[i];
		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && c != '-')
			return (struct str){ 0 };
	}
	return (struct str){ mem_str(word), word.len };
}

static bool may_begin(const struct pattern *p, struct str rest)
{
	unsigned char byte = rest.len > 0 ? (unsigned char)rest.at[0] : 0;
	if (p->first >= 0)
		return rest.len > 0 && byte == p->first;
	return p->firsts == NULL || (rest.len > 0 && (p->firsts[byte / 8] >> byte % 8 & 1) != 0);
}

static bool may_match(const struct pattern *p, struct str rest)
{
	if (rest.len < p->least)
		return false;
	if (p->anchored && !may_begin(p, rest))
		return false;
	if (p->first >= 0 && !p->anchored && memchr(rest.at, p->first, rest.len) == NULL)
		return false;
	return p->last < 0 || memchr(rest.at, p->last, rest.len) != NULL;
}

bool pattern_compile(struct pattern *p, struct str text, const struct defines *d, struct locals *l,
		     const char *const *special, bool anchored, struct err *err)
{
	*p = (struct pattern){ 0 };
	struct text full = { 0 };
	text_add(&full, "", 0);
	if (!expand(&full, text, d, err)) {
		free(full.at);
		return false;
	}
	uint32_t options = PCRE2_EXTENDED | PCRE2_DUPNAMES | PCRE2_DOLLAR_ENDONLY | PCRE2_DOTALL |
			   PCRE2_NO_AUTO_CAPTURE | PCRE2_NEVER_UTF;
	int code = 0;
	size_t at = 0;
	p->code = pcre2_compile((PCRE2_SPTR)full.at, full.len,
				options | (anchored ? PCRE2_ANCHORED : 0), &code, &at, NULL);
	if (p->code == NULL) {
		char why[200] = "";
		pcre2_get_error_message(code, (PCRE2_UCHAR *)why, sizeof(why));
		size_t from = at > 30 ? at - 30 : 0;
		err_set(err, "the pattern is wrong: %s, after \"%.*s\"", why, (int)(at - from),
			full.at + from);
		free(full.at);
		return false;
	}
	pattern_needs(p, is_caseless(full.at, full.len));
	p->word = whole_word(text);
	free(full.at);
	if (!pattern_groups(p, l, special, err)) {
		pattern_free(p);
		return false;
	}
	return true;
}

void pattern_free(struct pattern *p)
{
	pcre2_code_free(p->code);
	free(p->groups);
	free((void *)(uintptr_t)p->word.at);
	*p = (struct pattern){ 0 };
}

bool pattern_match(struct pattern *p, struct matcher *m, struct str subject, size_t from,
		   struct str *slots, size_t *end)
{
	static const char nothing[1];
	const char *at = subject.at != NULL ? subject.at : nothing;
	if (p->word.at != NULL && from == 0 && end == NULL)
		return str_eq(subject, p->word);
	if (!may_match(p, (struct str){ at + from, subject.len - from }))
		return false;
	/* Without JIT (some platforms) the interpreter does the same, slower. */
	if (p->jit == JIT_LATER)
		p->jit = HAVE_JIT && pcre2_jit_compile(p->code, PCRE2_JIT_COMPLETE) == 0 ? JIT_DONE
											 : JIT_NONE;
	int rc = p->jit == JIT_DONE ? pcre2_jit_match(p->code, (PCRE2_SPTR)at, subject.len, from, 0,
						      m->data, m->context)
				    : pcre2_match(p->code, (PCRE2_SPTR)at, subject.len, from, 0,
						  m->data, m->context);
	if (rc < 0) {
		m->limit_hits += rc != PCRE2_ERROR_NOMATCH;
		return false;
	}
	const size_t *span = pcre2_get_ovector_pointer(m->data);
	if (end != NULL)
		*end = span[1];
	for (size_t i = 0; i < p->group_count; i++) {
		size_t n = p->groups[i].number;
		if ((int)n >= rc || span[2 * n] == PCRE2_UNSET)
			continue;
		slots[p->groups[i].slot] =
			(struct str){ at + span[2 * n], span[2 * n + 1] - span[2 * n] };
	}
	return true;
}

size_t pattern_reach(const struct pattern *p, struct matcher *m, struct str subject)
{
	size_t low = 0, high = subject.len;
	/* A prefix that can still become a match is a partial match; longest such prefix. */
	while (low < high) {
		size_t mid = low + (high - low + 1) / 2;
		int rc = pcre2_match(p->code, (PCRE2_SPTR)subject.at, mid, 0,
				     PCRE2_PARTIAL_HARD | PCRE2_NO_JIT, m->data, m->context);
		if (rc >= 0 || rc == PCRE2_ERROR_PARTIAL)
			low = mid;
		else
			high = mid - 1;
	}
	return low;
}

size_t pattern_whole(const struct pattern *p, struct matcher *m, struct str subject)
{
	for (size_t len = subject.len; len-- > 0;) {
		if (pcre2_match(p->code, (PCRE2_SPTR)subject.at, len, 0, PCRE2_NO_JIT, m->data,
				m->context) >= 0)
			return len;
	}
	return 0;
}
