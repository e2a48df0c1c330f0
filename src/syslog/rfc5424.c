/*
 * rfc5424.c - "<22>1 2026-03-14T09:15:02.418Z mx1 postfix/smtpd 4711 - - body".
 *
 * Promises: structured data is passed over with its escapes (RFC 5424 section
 * 6.3.3), so a "]" within it ends nothing; a nil ("-") host is the assumed one.
 */
#include "syslog/internal.h"

/* A word and the one blank after it. */
static struct str field(struct cursor *c)
{
	size_t left = (size_t)(c->end - c->at);
	const char *space = left > 0 ? memchr(c->at, ' ', left) : NULL;
	const char *end = space != NULL ? space : c->end;
	struct str w = { c->at, (size_t)(end - c->at) };
	c->at = space != NULL ? space + 1 : c->end;
	return w;
}

/* One "[id name="value" ...]", or false when it has no end. */
static bool element(struct cursor *c)
{
	bool quoted = false;
	for (c->at++; c->at < c->end; c->at++) {
		if (quoted && *c->at == '\\' && c->at + 1 < c->end) {
			c->at++;
		} else if (*c->at == '"') {
			quoted = !quoted;
		} else if (!quoted && *c->at == ']') {
			c->at++;
			return true;
		}
	}
	return false;
}

/* "-" or elements in a row. */
static bool structured_data(struct cursor *c)
{
	if (c->at < c->end && *c->at == '-') {
		c->at++;
		return true;
	}
	if (c->at == c->end || *c->at != '[')
		return false;
	while (c->at < c->end && *c->at == '[') {
		if (!element(c))
			return false;
	}
	return true;
}

static bool is_nil(struct str s)
{
	return str_eq(s, STR("-"));
}

/*
 * Templates that put the tag of RFC 3164 where the program's name is due ("ident[pid]:"), or leave
 * the fields nil and the tag in the text.
 */
static void split_tag(struct cursor *c, struct record *out)
{
	struct record tag = { .pid = -1 };
	struct cursor in = { out->ident.at, out->ident.at + out->ident.len }, text = *c;
	if (is_nil(out->ident)) {
		if (tag_read(&text, &tag)) {
			out->ident = tag.ident;
			out->pid = tag.pid;
			*c = (struct cursor){ tag.body.at, c->end };
		}
		return;
	}
	const char last = out->ident.at[out->ident.len - 1];
	if (last == ']' || last == ':') {
		/* tag_read wants the colon, so look at the tag with what follows it */
		char with_colon[64];
		size_t len = out->ident.len - (last == ':');
		if (len + 1 > sizeof(with_colon))
			return;
		memcpy(with_colon, out->ident.at, len);
		with_colon[len] = ':';
		in = (struct cursor){ with_colon, with_colon + len + 1 };
		if (tag_read(&in, &tag)) {
			out->ident.len = tag.ident.len;
			out->pid = tag.pid;
		}
	}
}

bool rfc5424_line(struct framer *f, struct cursor c, struct record *out)
{
	if (!str_starts(cursor_rest(&c), STR("1 ")))
		return false;
	c.at += 2;
	f->is_local = false;
	if (!stamp_iso(f, &c, 'T', &out->time_us) || c.at == c.end || *c.at++ != ' ')
		return false;
	out->host = plain_host(field(&c));
	out->ident = field(&c);
	out->pid = -1;
	(void)str_to_int64(field(&c), &out->pid);
	field(&c); /* MSGID */
	if (out->host.len == 0 || out->ident.len == 0 || !structured_data(&c))
		return false;
	if (is_nil(out->host)) {
		out->host = str_of(f->host);
		out->host_assumed = true;
	}
	while (c.at < c.end && *c.at == ' ')
		c.at++; /* rsyslog's own text begins with a blank */
	if (str_starts(cursor_rest(&c), STR("\xef\xbb\xbf")))
		c.at += 3;
	if (out->pid < 0)
		split_tag(&c, out);
	out->body = cursor_rest(&c);
	out->framing = FRAMING_RFC5424;
	return true;
}
