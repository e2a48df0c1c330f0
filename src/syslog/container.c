/*
 * container.c - what the tools of containers put before a line of a log.
 *
 * docker compose and kubectl name the container ("mail-1  | ", "[pod/mail-0/postfix] "), the
 * runtime names the stream and whether the line is whole ("stdout F ", of the Container Runtime
 * Interface).
 *
 * Promises: looks at the first bytes only; what is not there is not passed over.
 */
#include "syslog/internal.h"

#define NAME_MAX_LEN ((size_t)128)

static bool skip(struct cursor *c, struct str prefix)
{
	if (!str_starts(cursor_rest(c), prefix))
		return false;
	c->at += prefix.len;
	return true;
}

bool container_name(struct cursor *c)
{
	size_t left = (size_t)(c->end - c->at);
	const char *end = c->at + (left < NAME_MAX_LEN ? left : NAME_MAX_LEN), *at = c->at;
	while (at < end && *at != ' ')
		at++;
	if (at == c->at || at == end)
		return false;
	bool bracketed = *c->at == '[' && at[-1] == ']';
	while (at < end && *at == ' ')
		at++;
	struct cursor rest = { at, c->end };
	if (!skip(&rest, STR("| ")) && !bracketed)
		return false;
	c->at = rest.at;
	return true;
}

bool container_stream(struct cursor *c)
{
	struct cursor rest = *c;
	if (!skip(&rest, STR("stdout ")) && !skip(&rest, STR("stderr ")))
		return false;
	if (!skip(&rest, STR("F ")) && !skip(&rest, STR("P ")))
		return false;
	*c = rest;
	return true;
}
