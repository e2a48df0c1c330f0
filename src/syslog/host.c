/*
 * host.c - a host's name as a header has it.
 */
#include "syslog/internal.h"

struct str plain_host(struct str host)
{
	const char *from = host.at, *end = host.at + host.len;
	for (const char *at = from; at < end; at++) {
		if (*at == '@')
			from = at + 1;
		else if (*at == '/')
			end = at;
	}
	return (struct str){ from, (size_t)(end - from) };
}
