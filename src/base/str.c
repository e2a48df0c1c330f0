/*
 * str.c - slices: compare, trim, read numbers.
 *
 * Promises: any bytes and any lengths are fine, the empty slice may have a
 * null pointer, no number overflows, the locale plays no part.
 */
#include "base/str.h"

static unsigned char fold(unsigned char c)
{
	return c >= 'A' && c <= 'Z' ? (unsigned char)(c + 32) : c;
}

bool str_eq_nocase(struct str a, struct str b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++) {
		if (fold((unsigned char)a.at[i]) != fold((unsigned char)b.at[i]))
			return false;
	}
	return true;
}

static bool blank(char c)
{
	return c == ' ' || c == '\t';
}

struct str str_trim(struct str s)
{
	while (s.len > 0 && blank(s.at[0]))
		s = str_skip(s, 1);
	while (s.len > 0 && blank(s.at[s.len - 1]))
		s.len--;
	return s;
}

bool str_to_int64(struct str s, int64_t *out)
{
	int64_t n = 0;
	if (s.len == 0)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] < '0' || s.at[i] > '9')
			return false;
		if (__builtin_mul_overflow(n, 10, &n) ||
		    __builtin_add_overflow(n, s.at[i] - '0', &n))
			return false;
	}
	*out = n;
	return true;
}

struct str str_lower(struct str s, char *room, size_t size)
{
	size_t n = s.len < size ? s.len : size;
	for (size_t i = 0; i < n; i++)
		room[i] = s.at[i] >= 'A' && s.at[i] <= 'Z' ? (char)(s.at[i] + 32) : s.at[i];
	return (struct str){ room, n };
}
