/*
 * header.c - the header of a syslog line: stamp, host, tag; and the
 * decorations that transports put around it (formats page, section 1).
 *
 * Promises: one pass over the header, the body is not looked at; any bytes are fine.
 */
#include "syslog/internal.h"

static struct str word(struct cursor *c)
{
	const char *start = c->at;
	while (c->at < c->end && *c->at != ' ')
		c->at++;
	return (struct str){ start, (size_t)(c->at - start) };
}

/* ---- decorations ---- */

static bool is_severity(struct str s)
{
	static const char *const names[] = { "emerg", "alert",  "crit", "err",   "error", "warning",
					     "warn",  "notice", "info", "debug", "panic" };
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (str_eq(s, str_of(names[i])))
			return true;
	}
	return false;
}

/*
 * A facility and severity as a word: "<mail.info>" or "<2.6>" (FreeBSD -v),
 * "mail:info" (AIX), "mail.info" (busybox, so Alpine Linux).
 */
static bool is_priority(struct str w)
{
	if (w.len >= 5 && w.at[0] == '<')
		return w.at[w.len - 1] == '>' && memchr(w.at, '.', w.len) != NULL;
	if (!str_starts(w, STR("mail.")) && !str_starts(w, STR("mail:")))
		return false;
	return is_severity(str_skip(w, 5));
}

static void skip_priority(struct cursor *c)
{
	if (c->end - c->at < 6 || (c->at[0] != '<' && memcmp(c->at, "mail", 4) != 0))
		return;
	struct cursor after = *c;
	if (!is_priority(word(&after)))
		return;
	cursor_blanks(&after);
	*c = after;
}

/* <PRI>: 0 to 191 (RFC 3164 section 4.1.1). */
static bool skip_pri(struct cursor *c)
{
	const char *at = c->at;
	int n = 0;
	if (at == c->end || *at != '<')
		return false;
	for (at++; at < c->end && at - c->at <= 3 && is_digit(*at); at++)
		n = n * 10 + (*at - '0');
	if (at == c->at + 1 || at == c->end || *at != '>' || n > 191)
		return false;
	c->at = at + 1;
	cursor_blanks(c);
	return true;
}

/* ---- host and ident ---- */

static void assume_host(const struct framer *f, struct record *out)
{
	out->host = str_of(f->host);
	out->host_assumed = true;
}

/* " host ident[pid]: body" after a stamp. */
static enum frame_result host_and_tag(struct framer *f, struct cursor *c, struct record *out)
{
	if (c->at == c->end || *c->at != ' ')
		return FRAME_MALFORMED;
	cursor_blanks(c);
	skip_priority(c);
	struct cursor before = *c;
	struct str host = word(c);
	if (host.len > 1 && host.at[host.len - 1] == ':' && host.at[host.len - 2] != ':') {
		/* an ident already: some syslogds and loggers leave the host out */
		*c = before;
		assume_host(f, out);
	} else {
		out->host = plain_host(host);
		cursor_blanks(c);
		skip_priority(c);
	}
	if (out->host.len == 0)
		return FRAME_MALFORMED;
	if (f->zone_count > 0)
		out->time_us += zone_of_host(f, out->host);
	struct cursor text = *c;
	if (tag_read(c, out))
		return FRAME_RECORD;
	out->ident = (struct str){ 0 };
	out->body = cursor_rest(&text);
	return FRAME_NOT_MAIL;
}

/* ---- lines ---- */

/* "host ident[pid]: " and nothing less, as a stamp of this kind is mostly one without a host. */
static bool has_host_and_pid(struct cursor c)
{
	struct str host = word(&c);
	int64_t pid = -1;
	for (size_t i = 0; i < host.len; i++) {
		if (strchr("=<>*[]()\"", host.at[i]) != NULL)
			return false;
	}
	cursor_blanks(&c);
	const char *ident = c.at;
	while (c.at < c.end && *c.at != ' ' && *c.at != '[')
		c.at++;
	return host.len > 0 && c.at > ident && c.at < c.end && *c.at++ == '[' &&
	       tag_pid(&c, &pid) && pid >= 0 && str_starts(cursor_rest(&c), STR(": "));
}

/* A stamp and text only: "2026-03-14 09:15:02[.418][ +0100][ [pid]] text". */
static enum frame_result native_line(struct framer *f, struct cursor *c, struct record *out)
{
	if (!stamp_iso(f, c, ' ', &out->time_us) || c->at == c->end || *c->at++ != ' ')
		return FRAME_MALFORMED;
	/* text that follows such lines may be anybody's, so the file has to begin with this form */
	if (!f->native_seen && has_host_and_pid(*c)) {
		c->at--;
		out->framing = FRAMING_RFC3339;
		return host_and_tag(f, c, out);
	}
	struct cursor pid = *c;
	int64_t n = -1;
	if (pid.at < pid.end && *pid.at++ == '[' && tag_pid(&pid, &n) && n >= 0 &&
	    pid.at < pid.end && *pid.at == ' ') {
		out->pid = n;
		c->at = pid.at + 1;
	}
	assume_host(f, out);
	if (f->zone_count > 0)
		out->time_us += zone_of_host(f, out->host);
	out->ident = STR("");
	out->body = cursor_rest(c);
	out->framing = FRAMING_NATIVE;
	return FRAME_RECORD;
}

/* A line that starts with a stamp of any kind. */
static enum frame_result stamped(struct framer *f, struct cursor c, struct record *out)
{
	struct cursor start = c;
	bool ok;
	f->is_local = false;
	if (c.end - c.at < 12)
		return FRAME_MALFORMED;
	if (is_digit(c.at[0])) {
		if (c.at[4] == '-' && c.at[10] == ' ')
			return native_line(f, &c, out);
		bool iso = c.at[4] == '-';
		if (c.at[4] == ' ') {
			out->framing = FRAMING_RFC3164;
			ok = stamp_with_year(f, &c, &out->time_us);
			return ok ? host_and_tag(f, &c, out) : FRAME_MALFORMED;
		}
		out->framing = iso ? FRAMING_RFC3339 : FRAMING_JOURNAL_UNIX;
		ok = iso ? stamp_iso(f, &c, 'T', &out->time_us) : stamp_unix(&c, &out->time_us);
		return ok ? host_and_tag(f, &c, out) : FRAME_MALFORMED;
	}
	out->framing = FRAMING_RFC3164;
	out->year_inferred = true;
	if (stamp_rfc3164(f, &c, &out->time_us))
		return host_and_tag(f, &c, out);
	out->year_inferred = false;
	c = start;
	if (stamp_with_year(f, &c, &out->time_us))
		return host_and_tag(f, &c, out);
	out->framing = FRAMING_JOURNAL_FULL;
	ok = stamp_full(f, &start, &out->time_us);
	return ok ? host_and_tag(f, &start, out) : FRAME_MALFORMED;
}

/* Could a stamp with the date stand here? A glance that costs nothing. */
static bool stamp_like(struct str s)
{
	if (s.len < 24)
		return false;
	return is_digit(s.at[0]) ? s.at[4] == '-' && s.at[10] == 'T' && s.at[13] == ':'
				 : s.at[3] == ' ' && s.at[6] == ' ' && s.at[9] == ':';
}

/*
 * A container's log within a journal (pitfall 36). Only a whole header with
 * stamp, host and ident is taken off: a stamp alone is a program's own.
 */
void header_unwrap(struct framer *f, struct record *out)
{
	if (!stamp_like(out->body))
		return;
	/* what a body holds must not decide which year the lines after it are of */
	struct years years = f->years;
	struct stamps stamps = f->stamps;
	bool exact = !f->is_local;
	struct record inner;
	record_begin(&inner);
	struct cursor c = { out->body.at, out->body.at + out->body.len };
	if (stamped(f, c, &inner) == FRAME_RECORD && !inner.host_assumed && inner.ident.len > 0) {
		if (exact && f->is_local) { /* the container's zone is its own, and mostly UTC */
			inner.time_us = out->time_us;
			inner.year_inferred = false;
		}
		*out = inner;
	}
	f->years = years;
	f->stamps = stamps;
}

/* The stamp is of the container's runtime; the program's own line follows. */
static bool contained(struct framer *f, struct cursor c, struct record *out)
{
	struct record r;
	record_begin(&r);
	r.time_us = out->time_us;
	(void)word(&c);
	cursor_blanks(&c);
	if (container_stream(&c))
		out->body = STR(""); /* whatever it says, it is in no wrong format */
	r.body = cursor_rest(&c);
	header_unwrap(f, &r);
	if (r.ident.len == 0)
		return false;
	*out = r;
	return true;
}

enum frame_result header_line(struct framer *f, struct str line, struct record *out)
{
	struct cursor c = { line.at, line.at + line.len };
	record_begin(out);
	if (str_starts(line, STR("\xef\xbb\xbf")))
		c.at += 3; /* a byte order mark begins the file */
	enum frame_result got;
	if ((skip_pri(&c) || str_starts(cursor_rest(&c), STR("1 "))) && rfc5424_line(f, c, out)) {
		header_unwrap(f, out);
		return FRAME_RECORD;
	}
	got = stamped(f, c, out);
	if (got == FRAME_MALFORMED && container_name(&c)) {
		record_begin(out);
		got = stamped(f, c, out);
	}
	if (got == FRAME_NOT_MAIL && out->framing == FRAMING_RFC3339 && contained(f, c, out))
		return FRAME_RECORD;
	if (got == FRAME_RECORD && out->framing != FRAMING_NATIVE)
		header_unwrap(f, out);
	return got;
}
