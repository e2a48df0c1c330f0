/*
 * ip.c - one form for an address. Programs write IPv6 addresses short or in full (RFC 5952 asks for
 * the short form), with letters of either case, and IPv4 ones as ::ffff:192.0.2.1 on a socket of
 * both families; a next hop and a client are the same host only if they read the same.
 */
#include <arpa/inet.h>

#include "rules/internal.h"

/* Is an IPv6 address in its short form, at a glance? Nearly all are; false when in doubt. */
static bool is_short(struct str s)
{
	size_t start = 0, groups = 0;
	bool zero = false, gap = false; /* the group before is 0; groups are left out */
	for (size_t i = 0; i <= s.len; i++) {
		char c = i < s.len ? s.at[i] : ':';
		if (c == '.' || (c >= 'A' && c <= 'F'))
			return false;
		if (c != ':')
			continue;
		size_t len = i - start;
		bool none = len == 0, nought = len == 1 && s.at[start] == '0';
		if ((len > 1 && s.at[start] == '0') || (zero && (none || nought)) ||
		    (gap && nought))
			return false;
		groups += !none;
		gap |= none;
		zero = nought;
		start = i + 1;
	}
	return !gap || groups < 7;
}

struct str ip_plain(struct arena *a, struct str s)
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
	char text[INET6_ADDRSTRLEN], plain[INET6_ADDRSTRLEN];
	struct in6_addr ip;
	if (s.len < 2 || s.len >= sizeof(text) || memchr(s.at, ':', s.len) == NULL || is_short(s))
		return s;
	memcpy(text, s.at, s.len);
	text[s.len] = '\0';
	if (inet_pton(AF_INET6, text, &ip) != 1)
		return s;
	bool v4 = memcmp(ip.s6_addr, mapped, sizeof(mapped)) == 0;
	const void *at = v4 ? (const void *)(ip.s6_addr + sizeof(mapped)) : (const void *)&ip;
	if (inet_ntop(v4 ? AF_INET : AF_INET6, at, plain, sizeof(plain)) == NULL ||
	    str_eq(s, str_of(plain)))
		return s;
	return arena_copy(a, str_of(plain));
}
