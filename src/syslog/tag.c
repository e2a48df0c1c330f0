/*
 * tag.c - "ident[pid]: " before the text of a log line.
 */
#include "syslog/internal.h"

#define PID_MAX 64                      /* bytes between the brackets after an ident */
#define USUAL_PIDS INT64_C(10000000000) /* a number as large is left to any_tag */

/* "[ID 197553 mail.info] " of Solaris. */
static void skip_msgid(struct cursor *c)
{
	if (!str_starts(cursor_rest(c), STR("[ID ")))
		return;
	const char *end = memchr(c->at, ']', (size_t)(c->end - c->at));
	if (end == NULL)
		return;
	c->at = end + 1;
	cursor_blanks(c);
}

bool tag_pid(struct cursor *c, int64_t *pid)
{
	const char *start = c->at;
	int64_t n = 0;
	while (c->at < c->end && is_digit(*c->at) && c->at - start < 18)
		n = n * 10 + (*c->at++ - '0');
	if (c->at < c->end && *c->at == ']') {
		*pid = c->at > start ? n : -1;
	} else {
		while (c->at < c->end && *c->at != ']' && c->at - start < PID_MAX)
			c->at++;
	}
	return c->at < c->end && *c->at++ == ']';
}

/*
 * A colon within an ident, as of a service by its address and port
 * ("postfix/127.0.0.1:10025/smtpd[4711]:"): text and a pid follow without a blank.
 */
static bool ident_goes_on(struct cursor *c)
{
	struct cursor ahead = { c->at + 1, c->end };
	int64_t pid = -1;
	if (ahead.at == ahead.end || *ahead.at == ' ')
		return false; /* nearly always */
	while (ahead.at < ahead.end && *ahead.at != ' ' && *ahead.at != '[' && *ahead.at != ':')
		ahead.at++;
	if (ahead.at == ahead.end || *ahead.at++ != '[' || !tag_pid(&ahead, &pid) || pid < 0 ||
	    ahead.at == ahead.end || *ahead.at != ':')
		return false;
	c->at++;
	return true;
}

/* "postfix/smtpd[4711]: ", as nearly all are: read from its end, without a walk along it. */
static bool usual_tag(struct cursor *c, struct record *out)
{
	const char *end = memchr(c->at, ' ', (size_t)(c->end - c->at));
	if (end == NULL || end - c->at < 5 || end[-1] != ':' || end[-2] != ']')
		return false;
	const char *digit = end - 3;
	int64_t pid = 0;
	for (int64_t scale = 1; digit > c->at && is_digit(*digit) && scale < USUAL_PIDS;
	     scale *= 10)
		pid += (*digit-- - '0') * scale;
	size_t len = (size_t)(digit - c->at);
	if (*digit != '[' || digit == end - 3 || len == 0 || memchr(c->at, '[', len) != NULL ||
	    memchr(c->at, ':', len) != NULL)
		return false;
	out->ident = (struct str){ c->at, len };
	out->pid = pid;
	c->at = end;
	return true;
}

static bool any_tag(struct cursor *c, struct record *out)
{
	const char *start = c->at;
	do {
		while (c->at < c->end && *c->at != ' ' && *c->at != '[' && *c->at != ':')
			c->at++;
	} while (c->at < c->end && *c->at == ':' && ident_goes_on(c));
	out->ident = (struct str){ start, (size_t)(c->at - start) };
	if (c->at == start || c->at == c->end)
		return false;
	if (*c->at == '[') {
		c->at++;
		if (!tag_pid(c, &out->pid))
			return false;
	}
	return c->at < c->end && *c->at++ == ':';
}

bool tag_read(struct cursor *c, struct record *out)
{
	if (!usual_tag(c, out) && !any_tag(c, out))
		return false;
	cursor_blanks(c); /* two of them, where a template has one before the text, too */
	skip_msgid(c);
	out->body = cursor_rest(c);
	return true;
}
