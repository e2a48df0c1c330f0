/*
 * search_build.c - pieces of the SQL of a search: parameters, patterns, addresses, IDs.
 *
 * Promises: every value is a parameter; letters match in either case.
 */
#include <stdio.h>

#include "trace/internal.h"
#include "trace/search_sql.h"

void build_sql(struct build *b, const char *sql)
{
	size_t n = strlen(sql);
	if (b->len + n < SQL_MAX) { /* all parts together are far shorter */
		memcpy(b->sql + b->len, sql, n + 1);
		b->len += n;
	}
}

void build_text(struct build *b, const char *sql, struct str value)
{
	b->text[b->values] = value;
	b->is_text[b->values++] = true;
	build_sql(b, sql);
}

void build_number(struct build *b, const char *sql, int64_t value)
{
	b->number[b->values] = value;
	b->is_text[b->values++] = false;
	build_sql(b, sql);
}

/* ---- patterns ---- */

bool search_is_pattern(struct str s)
{
	return memchr(s.at, '*', s.len) != NULL || memchr(s.at, '?', s.len) != NULL;
}

/* For GLOB, which knows [sets] too: ours do not. */
struct str search_glob_exact(struct arena *a, struct str s)
{
	char *out = arena_alloc(a, s.len * 3 + 1);
	size_t n = 0;
	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] == '[') {
			memcpy(out + n, "[[]", 3);
			n += 3;
		} else {
			out[n++] = s.at[i];
		}
	}
	return (struct str){ out, n };
}

struct str search_glob(struct arena *a, struct str s)
{
	struct str glob = search_glob_exact(a, s);
	return str_lower(glob, arena_alloc(a, glob.len), glob.len);
}

/* (a [OR b ...]), the columns against one value in any case of letters. */
static void any_of(struct build *b, const char *const *columns, size_t count, struct str value)
{
	char one[200];
	bool any = search_is_pattern(value);
	build_text(b, "(", any ? search_glob(b->a, value) : value);
	for (size_t i = 0; i < count; i++) {
		const char *form = any ? "%slower(%s) GLOB ?%d" : "%s%s = ?%d COLLATE NOCASE";
		snprintf(one, sizeof(one), form, i > 0 ? " OR " : "", columns[i], b->values);
		build_sql(b, one);
	}
	build_sql(b, ")");
}

void build_like(struct build *b, const char *const *columns, size_t count, struct str value)
{
	if (value.len == 0)
		return;
	build_sql(b, " AND ");
	any_of(b, columns, count, value);
}

/* ---- addresses ---- */

static struct str lower(struct arena *a, struct str s)
{
	return str_lower(s, arena_alloc(a, s.len), s.len);
}

static struct str domain_of(struct arena *a, struct str address)
{
	const char *sign = memrchr(address.at, '@', address.len);
	return lower(a,
		     sign != NULL ? str_skip(address, (size_t)(sign - address.at) + 1) : address);
}

/* A pattern for addresses; a local part alone stands for it at any domain, "@" and a domain for any
 * local part. */
static struct str address_glob(struct arena *a, struct str value)
{
	struct str v = search_glob(a, value);
	bool whole = memchr(value.at, '@', value.len) != NULL;
	if (value.at[0] != '@' && (whole || search_is_pattern(value)))
		return v;
	char *room = arena_alloc(a, v.len + 2);
	size_t n = 0;
	if (whole)
		room[n++] = '*';
	memcpy(room + n, v.at, v.len);
	n += v.len;
	if (!whole) {
		memcpy(room + n, "@*", 2);
		n += 2;
	}
	return (struct str){ room, n };
}

/*
 * column_key IN (those of table address for which the condition, with the next parameter as %d,
 * holds): by index. Not when rows are found otherwise. Two addresses may share a key, so the text
 * is asked as well.
 */
static void by_key(struct build *b, const char *column, const char *condition, struct str value)
{
	char part[200], one[100];
	int n = b->values + 1;
	if (b->by_row)
		return;
	snprintf(one, sizeof(one), condition, n, n);
	snprintf(part, sizeof(part), "%s_key IN (SELECT key FROM address WHERE %s) AND ", column,
		 one);
	build_text(b, part, value);
}

static void exact_address(struct build *b, const char *column, struct str value)
{
	char part[100];
	struct str domain = domain_of(b->a, value);
	struct str local = { value.at, value.len - domain.len - 1 };
	if (!b->by_row) {
		snprintf(part, sizeof(part), "domain = ?%d AND local = ", b->values + 1);
		size_t len = strlen(part);
		snprintf(part + len, sizeof(part) - len, "?%%d");
		b->text[b->values] = domain;
		b->is_text[b->values++] = true;
		by_key(b, column, part, lower(b->a, local));
	}
	snprintf(part, sizeof(part), "%s = ?%d COLLATE NOCASE", column, b->values + 1);
	build_text(b, part, value);
}

/* A domain has no @ in it: it ends the address. */
static void of_domain(struct build *b, const char *column, struct str domain)
{
	char part[100];
	by_key(b, column, "domain = ?%d", domain);
	snprintf(part, sizeof(part), "substr(%s, -%zu) = ?%d COLLATE NOCASE", column,
		 domain.len + 1, b->values + 1);
	build_text(b, part, search_at_domain(b->a, domain));
}

void build_address(struct build *b, const char *column, struct str value)
{
	char part[200];
	if (str_eq(value, STR("<>"))) {
		snprintf(part, sizeof(part), "%s = ''", column);
		build_sql(b, part);
		return;
	}
	bool whole = memchr(value.at, '@', value.len) != NULL, any = search_is_pattern(value);
	struct str domain = domain_of(b->a, value);
	if (whole && !any && value.at[0] != '@') {
		exact_address(b, column, value);
		return;
	}
	if (whole && !search_is_pattern(domain) && domain.len > 0) {
		of_domain(b, column, domain);
		if (value.at[0] == '@' && domain.len == value.len - 1)
			return;
		build_sql(b, " AND ");
	} else {
		by_key(b, column, "local || '@' || domain GLOB ?%d OR local GLOB ?%d",
		       address_glob(b->a, value));
	}
	snprintf(part, sizeof(part), "lower(%s) GLOB ?%d", column, b->values + 1);
	build_text(b, part, address_glob(b->a, value));
}

struct str search_at_domain(struct arena *a, struct str domain)
{
	if (domain.len > 0 && domain.at[0] == '@')
		return domain;
	char *out = arena_alloc(a, domain.len + 1);
	out[0] = '@';
	memcpy(out + 1, domain.at, domain.len);
	return (struct str){ out, domain.len + 1 };
}

struct str search_bracketed(struct arena *a, struct str id)
{
	char *out = arena_alloc(a, id.len + 2);
	size_t n = 0;
	if (id.len == 0 || (id.at[0] != '<' && id.at[0] != '*'))
		out[n++] = '<';
	if (id.len > 0)
		memcpy(out + n, id.at, id.len);
	n += id.len;
	if (out[n - 1] != '>' && out[n - 1] != '*')
		out[n++] = '>';
	return (struct str){ out, n };
}

/* Is a word an address or a domain? At NULL when it is not; else as build_address() takes it. */
struct str search_party(struct arena *a, struct str w)
{
	if (w.len == 0 || w.at[0] == '<')
		return (struct str){ 0 };
	if (memchr(w.at, '@', w.len) != NULL)
		return w;
	return memchr(w.at, '.', w.len) != NULL ? search_at_domain(a, w) : (struct str){ 0 };
}
