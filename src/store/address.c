/*
 * address.c - addresses by number: the key of one, and table address, which has the texts.
 *
 * A key is a hash of the address in lower case. So it is the same in whatever order logs are read,
 * and needs no look-up; two addresses that share one cost a search a comparison, as that compares
 * the texts too.
 */
#include <stdlib.h>

#include "base/hash.h"
#include "store/internal.h"

#define KEY_BITS 48         /* SQLite stores these in six bytes, more in eight */
#define RECENT_BITS 18u     /* keys written lately: 1 MiB */
#define SHORT ((size_t)320) /* holds nearly all: RFC 5321 section 4.5.3.1 has 64 + 1 + 255 */

struct parts {
	struct str domain, local;
	int64_t key; /* TRACK_NONE: no address */
};

/* Of an address in lower case. */
static struct parts split(struct str lower)
{
	struct parts p = { STR(""), lower, TRACK_NONE };
	const char *sign = lower.len > 0 ? memrchr(lower.at, '@', lower.len) : NULL;
	if (lower.len == 0)
		return p;
	if (sign != NULL) {
		p.domain = str_skip(lower, (size_t)(sign - lower.at) + 1);
		p.local.len = (size_t)(sign - lower.at);
	}
	p.key = (int64_t)(hash_from(lower.len, lower.at, lower.len) >> (64 - KEY_BITS));
	return p;
}

void addresses_free(struct store *s)
{
	free(s->recent_keys);
	s->recent_keys = NULL;
}

int64_t address_key(struct store *s, struct arena *a, struct str address, struct job *job,
		    bool *is_new)
{
	char room[SHORT];
	*is_new = false;
	if (address.len == 0)
		return TRACK_NONE;
	char *lower = address.len <= SHORT ? room : arena_alloc(a, address.len);
	struct parts p = split(str_lower(address, lower, address.len));
	if (s->recent_keys == NULL)
		s->recent_keys = mem_zalloc(sizeof(*s->recent_keys) << RECENT_BITS);
	/* place and what stands there are the whole key; 0 is a free place */
	uint32_t *recent = &s->recent_keys[p.key & ((1 << RECENT_BITS) - 1)];
	uint32_t rest = (uint32_t)(p.key >> RECENT_BITS) + 1;
	if (*recent == rest)
		return p.key;
	*recent = rest;
	*is_new = true;
	*job = (struct job){ .kind = JOB_ADDRESS, .key = { p.key } };
	job->address.domain = arena_copy(a, p.domain);
	job->address.local = arena_copy(a, p.local);
	return p.key;
}

/* ---- for migrations: address_key(text), address_domain(text), address_local(text) ---- */

enum part { PART_KEY, PART_DOMAIN, PART_LOCAL };

static void sql_part(sqlite3_context *c, int argc, sqlite3_value **argv)
{
	(void)argc;
	struct str text = { (const char *)sqlite3_value_text(argv[0]),
			    (size_t)sqlite3_value_bytes(argv[0]) };
	if (text.at == NULL || text.len == 0)
		return; /* NULL */
	char *lower = mem_alloc(text.len);
	struct parts p = split(str_lower(text, lower, text.len));
	enum part part = (enum part)(intptr_t)sqlite3_user_data(c);
	struct str out = part == PART_DOMAIN ? p.domain : p.local;
	if (part == PART_KEY)
		sqlite3_result_int64(c, p.key);
	else
		sqlite3_result_text64(c, out.at, out.len, SQLITE_TRANSIENT, SQLITE_UTF8);
	free(lower);
}

bool address_functions(sqlite3 *db)
{
	static const char *const names[] = { [PART_KEY] = "address_key",
					     [PART_DOMAIN] = "address_domain",
					     [PART_LOCAL] = "address_local" };
	const int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY;
	bool ok = true;
	for (intptr_t i = PART_KEY; ok && i <= PART_LOCAL; i++)
		ok = sqlite3_create_function_v2(db, names[i], 1, flags, (void *)i, sql_part, NULL,
						NULL, NULL) == SQLITE_OK;
	return ok;
}
