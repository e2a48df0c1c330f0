/*
 * syslog.c - the framer: options, files, repeated messages, which framing.
 */
#include "syslog/syslog.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "syslog/internal.h"

const char *framing_name(enum framing f)
{
	static const char *const names[] = { "none",
					     "RFC 3164",
					     "RFC 3339",
					     "RFC 5424",
					     "native",
					     "journald short-unix",
					     "journald short-full",
					     "journald json",
					     "journald export" };
	return names[f];
}

static bool zone_exists(const char *name)
{
	char path[512];
	if (name[0] == '\0' || name[0] == '/' || strstr(name, "..") != NULL)
		return false;
	snprintf(path, sizeof(path), "/usr/share/zoneinfo/%s", name);
	return access(path, R_OK) == 0 || strcmp(name, "UTC") == 0;
}

bool framer_restart(struct framer *f, const struct framer_options *opt, struct err *err)
{
	int month, day;
	if (opt->timezone != NULL && !zone_exists(opt->timezone))
		return err_set(err,
			       "unknown time zone \"%s\"; use an IANA name such as Europe/Berlin "
			       "(package tzdata)",
			       opt->timezone);
	free(f->host);
	free(f->zone.name);
	f->host = mem_strdup(opt->host != NULL ? opt->host : "localhost");
	f->zone = (struct zone){ .name = opt->timezone != NULL ? mem_strdup(opt->timezone) : NULL };
	f->year = f->current_year = opt->year;
	f->last_month = 0;
	f->latest_us = (opt->mtime_us != 0 ? opt->mtime_us : clock_now_us()) + S_PER_DAY * US_PER_S;
	clock_civil(f->latest_us / US_PER_S / S_PER_DAY, &f->latest_year, &month, &day);
	f->date_cached = f->native_seen = f->exporting = false;
	f->last_body = (struct str){ 0 };
	f->export_len = f->want = 0;
	memset(f->export_field, 0, sizeof(f->export_field));
	return true;
}

struct framer *framer_new(const struct framer_options *opt, struct err *err)
{
	struct framer *f = mem_zalloc(sizeof(*f));
	if (framer_restart(f, opt, err))
		return f;
	framer_free(f);
	return NULL;
}

void framer_free(struct framer *f)
{
	if (f == NULL)
		return;
	free(f->host);
	free(f->zone.name);
	free(f->last_text);
	free(f->export_text);
	free(f->json_text);
	free(f);
}

/* "message repeated 3 times: [ body]" of rsyslog: the body, three times. */
static void expand_repeat(struct record *r)
{
	static const struct str head = { "message repeated ", 17 }, mid = { " times: [", 9 };
	if (!str_starts(r->body, head))
		return;
	struct str s = str_skip(r->body, head.len);
	size_t digits = 0;
	while (digits < s.len && s.at[digits] >= '0' && s.at[digits] <= '9')
		digits++;
	int64_t n = 0;
	struct str rest = str_skip(s, digits);
	if (!str_to_int64((struct str){ s.at, digits }, &n) || n < 1 || n > 1000000 ||
	    !str_starts(rest, mid) || rest.at[rest.len - 1] != ']')
		return;
	rest = str_skip(rest, mid.len);
	rest.len--;
	if (rest.len > 0 && rest.at[0] == ' ')
		rest = str_skip(rest, 1);
	r->body = rest;
	r->repeat = (unsigned)n;
}

/* "last message repeated 3 times" of classic syslogd: refers to that host's line before. */
static bool last_repeated(struct str s, int64_t *n)
{
	static const struct str head = { "last message repeated ", 22 };
	const char *at = s.len > 0 ? memmem(s.at, s.len, head.at, head.len) : NULL;
	if (at == NULL)
		return false;
	struct str rest = str_skip(s, (size_t)(at - s.at) + head.len);
	size_t digits = 0;
	while (digits < rest.len && rest.at[digits] >= '0' && rest.at[digits] <= '9')
		digits++;
	return str_to_int64((struct str){ rest.at, digits }, n) && *n >= 1 && *n <= 1000000 &&
	       str_starts(str_skip(rest, digits), STR(" time"));
}

static void remember(struct framer *f, const struct record *r)
{
	size_t len = r->host.len + r->ident.len + r->body.len;
	f->last_text = mem_realloc(f->last_text, len + 1);
	char *at = f->last_text;
	const struct str *from[] = { &r->host, &r->ident, &r->body };
	struct str *to[] = { &f->last_host, &f->last_ident, &f->last_body };
	for (int i = 0; i < 3; i++) {
		if (from[i]->len > 0)
			memcpy(at, from[i]->at, from[i]->len);
		*to[i] = (struct str){ at, from[i]->len };
		at += from[i]->len;
	}
	f->last = *r;
}

/* The line has a stamp and a host, then only "last message repeated": re-emit. */
static enum frame_result repeat_last(struct framer *f, struct str line, struct record *out)
{
	int64_t n = 0;
	struct cursor c = { line.at, line.at + line.len };
	int64_t at = 0;
	bool zoned = false;
	if (!last_repeated(line, &n) || f->last_body.at == NULL)
		return FRAME_MALFORMED;
	bool stamped = stamp_rfc3164(f, &c, &at);
	if (!stamped) {
		c.at = line.at;
		stamped = stamp_iso(f, &c, 'T', &at, &zoned);
	}
	*out = f->last;
	out->host = f->last_host;
	out->ident = f->last_ident;
	out->body = f->last_body;
	out->repeat = (unsigned)n;
	if (stamped)
		out->time_us = at;
	return FRAME_RECORD;
}

static bool decoration(struct str line)
{
	return line.len == 0 || str_starts(line, STR("-- "));
}

enum frame_result framer_line(struct framer *f, struct str line, struct record *out)
{
	if (f->exporting || journal_export_starts(line))
		return journal_export_line(f, line, out);
	if (decoration(line))
		return FRAME_NOT_MAIL;
	if (line.at[0] == '{')
		return journal_json(f, line, out);
	if (!frame_line(f, line, out)) {
		if (repeat_last(f, line, out) == FRAME_RECORD)
			return FRAME_RECORD;
		return f->native_seen ? FRAME_NOT_MAIL : FRAME_MALFORMED;
	}
	f->native_seen = out->framing == FRAMING_NATIVE;
	if (out->body.len > 20 && out->body.at[0] == 'm')
		expand_repeat(out);
	int64_t n;
	if (out->body.len < 40 && out->body.len > 22 && out->body.at[0] == 'l' &&
	    last_repeated(out->body, &n))
		return repeat_last(f, line, out) == FRAME_RECORD ? FRAME_RECORD : FRAME_NOT_MAIL;
	if (out->framing == FRAMING_RFC3164)
		remember(f, out); /* only classic syslogd writes "last message repeated" */
	return FRAME_RECORD;
}

size_t framer_wants_bytes(const struct framer *f)
{
	return f->want;
}

void framer_binary(struct framer *f, struct str bytes)
{
	journal_export_binary(f, bytes);
}

enum frame_result framer_end(struct framer *f, struct record *out)
{
	return f->exporting ? journal_export_end(f, out) : FRAME_NOT_MAIL;
}
