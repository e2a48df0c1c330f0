/*
 * str.h - text as a slice: a pointer and a length, never NUL-terminated.
 *
 * A slice does not own its bytes; whoever hands one out says how long they
 * live. Log text may hold any byte, NUL included.
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
	const char *at;
	size_t len;
};

/* Elements of an array. */
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* A slice over a string literal. */
#define STR(lit) ((struct str){ (lit), sizeof(lit) - 1 })

/* A slice over a C string (NULL gives the empty slice). */
static inline struct str str_of(const char *s)
{
	return (struct str){ s, s != NULL ? strlen(s) : 0 };
}

static inline bool str_eq(struct str a, struct str b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

static inline bool str_starts(struct str s, struct str prefix)
{
	return s.len >= prefix.len && (prefix.len == 0 || memcmp(s.at, prefix.at, prefix.len) == 0);
}

/* The slice without its first n bytes (all of them when n is too large). */
static inline struct str str_skip(struct str s, size_t n)
{
	if (n > s.len)
		n = s.len;
	/* adding even 0 to a null pointer is undefined */
	return n == 0 ? s : (struct str){ s.at + n, s.len - n };
}

/* Equal but for ASCII case: host names and domains (RFC 4343). */
bool str_eq_nocase(struct str a, struct str b);

/* The slice without blanks and tabs at either end. */
struct str str_trim(struct str s);

/* s with its ASCII letters in lower case, in room; cut to size bytes. */
struct str str_lower(struct str s, char *room, size_t size);

/*
 * Decimal number over the whole slice. False when it is empty, holds anything
 * but digits, or exceeds the type; *out is untouched then.
 */
bool str_to_int64(struct str s, int64_t *out);

#endif
