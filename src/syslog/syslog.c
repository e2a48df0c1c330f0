/*
 * syslog.c - the framer: options, files, and which framing a line has.
 *
 * Promises: a line costs one pass over its header; memory is bounded whatever
 * the lines hold; a line that is in none of the framings is said to be malformed.
 */
#include "syslog/syslog.h"

#include <stdlib.h>

#include "syslog/internal.h"

#define SENDER_LIMIT ((size_t)2000)  /* bytes of text (formats page, section 1) */
#define RFC3164_LIMIT ((size_t)1024) /* bytes of a packet (RFC 3164 section 4.1) */

const char *framing_name(enum framing f)
{
	static const char *const names[] = { [FRAMING_NONE] = "none",
					     [FRAMING_RFC3164] = "RFC 3164",
					     [FRAMING_RFC3339] = "RFC 3339",
					     [FRAMING_RFC5424] = "RFC 5424",
					     [FRAMING_NATIVE] = "native",
					     [FRAMING_JOURNAL_UNIX] = "journald short-unix",
					     [FRAMING_JOURNAL_FULL] = "journald short-full",
					     [FRAMING_JOURNAL_JSON] = "journald json",
					     [FRAMING_JOURNAL_EXPORT] = "journald export" };
	return (size_t)f < sizeof(names) / sizeof(names[0]) ? names[f] : "none";
}

static struct years years_of(const struct framer_options *opt)
{
	struct years y = { .given = opt->year, .now = opt->year, .last_day = -1 };
	int month, day;
	y.latest_us = (opt->mtime_us != 0 ? opt->mtime_us : clock_now_us()) + S_PER_DAY * US_PER_S;
	clock_civil(y.latest_us / US_PER_S / S_PER_DAY, &y.latest_year, &month, &day);
	if (opt->year != 0 && opt->last_us != 0) {
		clock_civil(opt->last_us / US_PER_S / S_PER_DAY, &y.now, &month, &day);
		y.given = y.now - 1; /* a late line may still be of the year before */
		y.last_day = (int)(clock_days(2000, month, day) - clock_days(2000, 1, 1));
	}
	return y;
}

static bool check_zone(const char *name, struct err *err)
{
	return zone_exists(name) ||
	       err_set(err,
		       "unknown time zone \"%s\"; use an IANA name such as Europe/Berlin "
		       "(package tzdata)",
		       name);
}

bool framer_knows_zone(const char *name)
{
	return zone_exists(name);
}

static void forget_zones(struct framer *f)
{
	for (size_t i = 0; i < f->zone_count; i++) {
		free(f->zones[i].host);
		free(f->zones[i].zone.name);
	}
	free(f->zones);
	free(f->zone.name);
	f->zones = NULL;
	f->zone_count = 0;
}

static void take_zones(struct framer *f, const struct framer_options *opt)
{
	forget_zones(f);
	f->zone = (struct zone){ .name = opt->timezone != NULL ? mem_strdup(opt->timezone) : NULL };
	f->zones = mem_zalloc((opt->zone_count + 1) * sizeof(*f->zones));
	for (size_t i = 0; i < opt->zone_count; i++) {
		f->zones[i].host = mem_strdup(opt->zones[i].host);
		f->zones[i].zone.name = mem_strdup(opt->zones[i].zone);
	}
	f->zone_count = opt->zone_count;
}

void framer_touch(struct framer *f, int64_t mtime_us)
{
	struct framer_options opt = { .year = f->years.given, .mtime_us = mtime_us };
	struct years now = years_of(&opt);
	f->years.latest_us = now.latest_us;
	f->years.latest_year = now.latest_year;
	f->stamps.day_known = false;
	f->stamps.text_len = 0;
}

bool framer_restart(struct framer *f, const struct framer_options *opt, struct err *err)
{
	if (opt->timezone != NULL && !check_zone(opt->timezone, err))
		return false;
	for (size_t i = 0; i < opt->zone_count; i++) {
		if (!check_zone(opt->zones[i].zone, err))
			return false;
	}
	free(f->host);
	f->host = mem_strdup(opt->host != NULL ? opt->host : "localhost");
	take_zones(f, opt);
	f->years = years_of(opt);
	f->stamps = (struct stamps){ 0 };
	f->started = f->native_seen = false;
	repeat_forget(f);
	journal_export_reset(f);
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
	for (size_t i = 0; i < LAST_COUNT; i++)
		free(f->last[i].room.at);
	free(f->export.room.at);
	free(f->export.line.at);
	free(f->json.at);
	free(f->host);
	forget_zones(f);
	free(f);
}

/* What syslogd and journalctl say about themselves, after stamp and host or alone. */
static bool is_decoration(struct str s)
{
	return s.len == 0 || str_starts(s, STR("-- ")) || str_starts(s, STR("syslogd ")) ||
	       str_starts(s, STR("exiting on signal "));
}

/* Did a transport cut it? The severity word of the text does not count to the sender's limit. */
static bool is_cut(struct str line, struct str body)
{
	static const struct str words[] = {
		{ "warning: ", 9 }, { "error: ", 7 }, { "fatal: ", 7 }, { "panic: ", 7 }
	};
	if (line.len == RFC3164_LIMIT || body.len == SENDER_LIMIT)
		return true;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (body.len == SENDER_LIMIT + words[i].len && str_starts(body, words[i]))
			return true;
	}
	return false;
}

/* A line with stamp and host, but without an ident. */
static enum frame_result without_ident(struct framer *f, struct record *out)
{
	unsigned times;
	f->native_seen = false;
	if (repeat_of_last(out->body, &times))
		return repeat_again(f, times, out) ? FRAME_RECORD : FRAME_NOT_MAIL;
	return is_decoration(out->body) ? FRAME_NOT_MAIL : FRAME_MALFORMED;
}

/* A record with an ident: is it one that stands for several? */
static enum frame_result with_ident(struct framer *f, struct str line, struct record *out)
{
	unsigned times;
	if (out->body.len > 0 && out->body.at[0] == 'l' && repeat_of_last(out->body, &times))
		return repeat_again(f, times, out) ? FRAME_RECORD : FRAME_NOT_MAIL;
	if (out->body.len > 0 && out->body.at[0] == 'm')
		repeat_expand(out);
	if (line.len >= RFC3164_LIMIT)
		out->truncated = is_cut(line, out->body);
	/* only classic syslogd, with its stamps, writes "last message repeated" */
	if (out->framing == FRAMING_RFC3164)
		repeat_remember(f, line, out);
	return FRAME_RECORD;
}

static bool starts_export(const struct framer *f, struct str line)
{
	return !f->started && (str_starts(line, STR("__CURSOR=")) ||
			       str_starts(line, STR("__REALTIME_TIMESTAMP=")));
}

static enum frame_result text_line(struct framer *f, struct str line, struct record *out)
{
	if (is_decoration(line))
		return FRAME_NOT_MAIL;
	if (line.at[0] == '{')
		return journal_json(f, line, out);
	switch (header_line(f, line, out)) {
	case FRAME_RECORD:
		f->native_seen = out->framing == FRAMING_NATIVE;
		return f->native_seen ? FRAME_RECORD : with_ident(f, line, out);
	case FRAME_NOT_MAIL:
		return without_ident(f, out);
	default:
		return f->native_seen ? FRAME_NOT_MAIL : FRAME_MALFORMED;
	}
}

enum frame_result framer_line(struct framer *f, struct str line, struct record *out)
{
	if (f->export.active || starts_export(f, line))
		return journal_export_line(f, line, out);
	enum frame_result got = text_line(f, line, out);
	if (got == FRAME_RECORD) {
		out->line = line;
		f->started = true;
	}
	return got;
}

void framer_resume(struct framer *f, struct str line)
{
	struct record rec;
	struct years years = f->years; /* they know more than this line */
	framer_line(f, line, &rec);
	f->years = years;
	f->stamps = (struct stamps){ 0 };
	f->started = false;
	journal_export_reset(f);
}

size_t framer_wants_bytes(const struct framer *f)
{
	return f->export.want;
}

void framer_binary(struct framer *f, struct str bytes)
{
	journal_export_binary(f, bytes);
}

bool framer_is_within(const struct framer *f)
{
	return f->export.pending;
}

enum frame_result framer_end(struct framer *f, struct record *out)
{
	return f->export.pending ? journal_export_end(f, out) : FRAME_NOT_MAIL;
}
