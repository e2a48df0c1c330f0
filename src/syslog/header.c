/*
 * header.c - the header of a syslog line: stamp, host, ident, pid; and the
 * decorations that transports put around it (formats page, section 1).
 */
#include "syslog/internal.h"

static void skip_blanks(struct cursor *c)
{
	while (c->at < c->end && *c->at == ' ')
		c->at++;
}

static struct str word(struct cursor *c)
{
	const char *space = memchr(c->at, ' ', (size_t)(c->end - c->at));
	const char *end = space != NULL ? space : c->end;
	struct str w = { c->at, (size_t)(end - c->at) };
	c->at = end;
	return w;
}

static struct str rest(const struct cursor *c)
{
	return (struct str){ c->at, (size_t)(c->end - c->at) };
}

/* "[ID 197553 mail.info] " of Solaris. */
static void skip_msgid(struct cursor *c)
{
	if (!str_starts(rest(c), STR("[ID ")))
		return;
	const char *end = memchr(c->at, ']', (size_t)(c->end - c->at));
	if (end == NULL)
		return;
	c->at = end + 1;
	skip_blanks(c);
}

/* A facility.severity word of FreeBSD -v ("<mail.info>") or AIX ("mail:info"). */
static bool is_priority(struct str w)
{
	if (w.len >= 5 && w.at[0] == '<' && w.at[w.len - 1] == '>')
		return memchr(w.at, '.', w.len) != NULL;
	return str_starts(w, STR("mail:")) && w.len > 5;
}

/* "ident[pid]: body" or "ident: body". False when there is no ident. */
static bool tag(struct cursor *c, struct record *out)
{
	const char *start = c->at;
	const char *at = start;
	while (at < c->end && *at != ' ' && *at != '[' && *at != ':')
		at++;
	/* an ident may hold colons only in the last place */
	out->ident = (struct str){ start, (size_t)(at - start) };
	out->pid = -1;
	if (at == c->end || at == start)
		return false;
	if (*at == '[') {
		const char *close = memchr(at, ']', (size_t)(c->end - at));
		struct str pid = { at + 1, close != NULL ? (size_t)(close - at - 1) : 0 };
		if (close == NULL || pid.len > 64)
			return false;
		int64_t n = 0;
		if (str_to_int64(pid, &n))
			out->pid = n;
		at = close + 1;
	}
	if (at == c->end || *at != ':')
		return false;
	c->at = at + 1;
	if (c->at < c->end && *c->at == ' ')
		c->at++;
	skip_msgid(c);
	out->body = rest(c);
	return true;
}

/* Host as syslog-ng may write it: "src@mx1/relay1". */
static struct str plain_host(struct str h)
{
	const char *sign = h.len > 0 ? memchr(h.at, '@', h.len) : NULL;
	if (sign != NULL)
		h = str_skip(h, (size_t)(sign + 1 - h.at));
	const char *slash = h.len > 0 ? memchr(h.at, '/', h.len) : NULL;
	if (slash != NULL)
		h.len = (size_t)(slash - h.at);
	return h;
}

/* " host ident[pid]: body" after a stamp. */
static bool host_and_tag(struct cursor *c, struct record *out)
{
	skip_blanks(c);
	struct str host = word(c);
	if (is_priority(host)) {
		skip_blanks(c);
		host = word(c);
	}
	out->host = plain_host(host);
	skip_blanks(c);
	struct cursor peek = *c;
	if (is_priority(word(&peek))) {
		*c = peek;
		skip_blanks(c);
	}
	return out->host.len > 0 && tag(c, out);
}

/* <PRI>: 0 to 191. */
static void skip_pri(struct cursor *c)
{
	const char *at = c->at;
	if (at == c->end || *at != '<')
		return;
	for (at++; at < c->end && at - c->at <= 3 && *at >= '0' && *at <= '9'; at++) {
	}
	if (at > c->at + 1 && at < c->end && *at == '>')
		c->at = at + 1;
}

/* Structured data of RFC 5424: "-" or [..][..], with \" \\ \] escapes inside quotes. */
static bool structured_data(struct cursor *c)
{
	if (c->at < c->end && *c->at == '-') {
		c->at++;
		return true;
	}
	bool any = false;
	while (c->at < c->end && *c->at == '[') {
		bool quoted = false;
		for (c->at++; c->at < c->end && (quoted || *c->at != ']'); c->at++) {
			if (*c->at == '\\' && quoted && c->at + 1 < c->end)
				c->at++;
			else if (*c->at == '"')
				quoted = !quoted;
		}
		if (c->at == c->end)
			return false;
		c->at++;
		any = true;
	}
	return any;
}

/* After "<PRI>1 ": stamp host app procid msgid sd msg. */
static bool frame_rfc5424(struct framer *f, struct cursor *c, struct record *out)
{
	bool zoned;
	if (!str_starts(rest(c), STR("1 ")))
		return false;
	c->at += 2;
	if (!stamp_iso(f, c, 'T', &out->time_us, &zoned))
		return false;
	skip_blanks(c);
	out->host = plain_host(word(c));
	skip_blanks(c);
	out->ident = word(c);
	skip_blanks(c);
	out->pid = -1;
	str_to_int64(word(c), &out->pid);
	skip_blanks(c);
	word(c); /* MSGID */
	skip_blanks(c);
	if (out->ident.len == 0 || !structured_data(c))
		return false;
	if (c->at < c->end && *c->at == ' ')
		c->at++;
	if (str_starts(rest(c), STR("\xef\xbb\xbf")))
		c->at += 3;
	out->body = rest(c);
	out->framing = FRAMING_RFC5424;
	return true;
}

/* A stamp and text only: "2026-03-14 09:15:02[.418][ +0100][ [pid]] text". */
static bool frame_native(struct framer *f, struct cursor *c, struct record *out)
{
	bool zoned;
	if (!stamp_iso(f, c, ' ', &out->time_us, &zoned) || c->at == c->end || *c->at != ' ')
		return false;
	c->at++;
	out->pid = -1;
	if (c->at < c->end && *c->at == '[') {
		struct cursor pid = { c->at + 1, c->end };
		struct str n = word(&pid);
		int64_t value = 0;
		if (n.len > 1 && n.at[n.len - 1] == ']' &&
		    str_to_int64((struct str){ n.at, n.len - 1 }, &value)) {
			out->pid = value;
			c->at = pid.at;
			skip_blanks(c);
		}
	}
	out->host = str_of(f->host);
	out->host_assumed = true;
	out->ident = STR("");
	out->body = rest(c);
	out->framing = FRAMING_NATIVE;
	return true;
}

static bool looks_numeric(const struct cursor *c)
{
	return c->end - c->at > 10 && c->at[0] >= '0' && c->at[0] <= '9';
}

/* A line that starts with a stamp of any kind. */
static bool frame_stamped(struct framer *f, struct cursor start, struct record *out)
{
	bool zoned;
	struct cursor c = start;
	if (looks_numeric(&c)) {
		if (c.at[4] == '-' && c.at[10] == ' ')
			return frame_native(f, &c, out);
		if (c.at[4] == '-' && c.at[10] == 'T') {
			out->framing = FRAMING_RFC3339;
			return stamp_iso(f, &c, 'T', &out->time_us, &zoned) &&
			       host_and_tag(&c, out);
		}
		out->framing = FRAMING_JOURNAL_UNIX;
		return stamp_unix(&c, &out->time_us) && host_and_tag(&c, out);
	}
	if (stamp_rfc3164(f, &c, &out->time_us)) {
		out->framing = FRAMING_RFC3164;
		out->year_inferred = true;
		return host_and_tag(&c, out);
	}
	c = start;
	out->framing = FRAMING_JOURNAL_FULL;
	return stamp_full(f, &c, &out->time_us) && host_and_tag(&c, out);
}

/* "mail-1  | " of container tools: a name, blanks, a bar. */
static bool skip_container(struct cursor *c)
{
	const char *bar = memmem(c->at, (size_t)(c->end - c->at), "| ", 2);
	if (bar == NULL || bar - c->at > 64 || bar == c->at)
		return false;
	const char *at = c->at;
	while (at < bar && *at != ' ')
		at++;
	while (at < bar && *at == ' ')
		at++;
	if (at != bar)
		return false;
	c->at = bar + 2;
	return true;
}

/* A body that is a whole syslog line of its own (a container's log within a journal). */
static void unwrap(struct framer *f, struct record *out)
{
	struct record inner = { .repeat = 1, .pid = -1 };
	struct cursor c = { out->body.at, out->body.at + out->body.len };
	if (out->body.len < 20)
		return;
	bool iso = looks_numeric(&c) && c.at[4] == '-' && c.at[10] == 'T';
	bool named = !looks_numeric(&c) && c.at[3] == ' ' && c.at[6] == ' ' && c.at[9] == ':';
	/* a stamp alone (a program that writes its own) is not a header */
	if ((iso || named) && frame_stamped(f, c, &inner) && inner.host.len > 0 &&
	    inner.ident.len > 0)
		*out = inner;
}

bool frame_line(struct framer *f, struct str line, struct record *out)
{
	struct cursor c = { line.at, line.at + line.len };
	*out = (struct record){ .repeat = 1, .pid = -1 };
	skip_pri(&c);
	if (c.at > line.at && frame_rfc5424(f, &(struct cursor){ c.at, c.end }, out))
		return true;
	bool ok = frame_stamped(f, c, out);
	if (!ok && skip_container(&c)) {
		*out = (struct record){ .repeat = 1, .pid = -1 };
		ok = frame_stamped(f, c, out);
	}
	if (!ok)
		return false;
	if (out->ident.len > 0)
		unwrap(f, out);
	return true;
}
