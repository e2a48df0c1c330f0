/*
 * journal.c - journalctl's json and export output.
 *
 * Fields with a leading underscore are set by journald itself, not by the
 * client (formats page, section 1), so _PID counts before SYSLOG_PID, as in
 * journalctl's own short output.
 *
 * Promises: at most RECORD_MAX bytes of a record are kept, a field beyond is as if it
 * were not there; a record without time, text or name of its program is no mail.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "syslog/internal.h"

#define RECORD_MAX ((size_t)256 * 1024)

static const char *const names[FIELD_COUNT] = {
	"SYSLOG_IDENTIFIER",    "_COMM",  "_PID", "SYSLOG_PID", "_HOSTNAME",
	"__REALTIME_TIMESTAMP", "MESSAGE"
};

static enum frame_result record_of(struct framer *f, const struct str field[FIELD_COUNT],
				   enum framing kind, struct record *out)
{
	record_begin(out);
	out->framing = kind;
	out->ident = field[F_IDENT].len > 0 ? field[F_IDENT] : field[F_COMM];
	if (!str_to_int64(field[F_TIME], &out->time_us) || field[F_MESSAGE].at == NULL ||
	    out->ident.len == 0)
		return FRAME_NOT_MAIL;
	out->body = field[F_MESSAGE];
	if (!str_to_int64(field[F_PID], &out->pid))
		(void)str_to_int64(field[F_SYSLOG_PID], &out->pid);
	out->host = field[F_HOST];
	if (out->host.len == 0) {
		out->host = str_of(f->host);
		out->host_assumed = true;
	}
	f->is_local = false; /* journald's time is UTC */
	header_unwrap(f, out);
	return FRAME_RECORD;
}

/* ---- json: one object a line ---- */

/* The length of a field's text; a MESSAGE that is no UTF-8 is an array of byte values. */
static size_t json_text_length(const json_t *v)
{
	return json_is_array(v) ? json_array_size(v) : json_string_length(v);
}

static void json_text_to(char *to, const json_t *v)
{
	size_t n = json_text_length(v);
	if (json_is_string(v) && n > 0)
		memcpy(to, json_string_value(v), n);
	for (size_t i = 0; json_is_array(v) && i < n; i++)
		to[i] = (char)json_integer_value(json_array_get(v, i));
}

/* docker's own files: {"log":"LINE\n","stream":"stdout","time":"2026-03-14T09:15:02.512345678Z"} */
static enum frame_result docker_json(struct framer *f, const json_t *o, struct record *out)
{
	const json_t *log = json_object_get(o, "log"), *time = json_object_get(o, "time");
	size_t len = json_string_length(log);
	if (len == 0)
		return FRAME_MALFORMED;
	char *at = room_need(&f->json, len);
	memcpy(at, json_string_value(log), len);
	while (len > 0 && (at[len - 1] == '\n' || at[len - 1] == '\r'))
		len--;
	enum frame_result got = header_line(f, (struct str){ at, len }, out);
	struct cursor c = { json_string_value(time), NULL };
	c.end = c.at != NULL ? c.at + json_string_length(time) : NULL;
	if (got == FRAME_RECORD && f->is_local && c.at != NULL) {
		struct stamps stamps = f->stamps;
		int64_t at_us;
		if (stamp_iso(f, &c, 'T', &at_us)) {
			out->time_us = at_us;
			out->year_inferred = false;
		}
		f->stamps = stamps;
	}
	return got == FRAME_RECORD ? FRAME_RECORD : FRAME_NOT_MAIL;
}

enum frame_result journal_json(struct framer *f, struct str line, struct record *out)
{
	struct str field[FIELD_COUNT] = { 0 };
	const json_t *value[FIELD_COUNT];
	size_t total = 1;
	json_t *o = json_loadb(line.at, line.len, JSON_ALLOW_NUL, NULL);
	for (int i = 0; i < FIELD_COUNT; i++) {
		value[i] = json_object_get(o, names[i]);
		if (!json_is_string(value[i]) && !(i == F_MESSAGE && json_is_array(value[i])))
			value[i] = NULL;
		total += json_text_length(value[i]);
	}
	/* the texts belong to the object, which goes away here */
	char *at = room_need(&f->json, total);
	for (int i = 0; i < FIELD_COUNT; i++) {
		if (value[i] == NULL)
			continue;
		json_text_to(at, value[i]);
		field[i] = (struct str){ at, json_text_length(value[i]) };
		at += field[i].len;
	}
	if (field[F_TIME].at == NULL) {
		enum frame_result got = docker_json(f, o, out);
		json_decref(o);
		return got;
	}
	json_decref(o);
	return record_of(f, field, FRAMING_JOURNAL_JSON, out);
}

/* ---- export: KEY=value lines, a blank line ends a record ---- */

static void keep(struct journal_export *e, int field, struct str value)
{
	if (field < 0 || value.len > RECORD_MAX - e->used)
		return;
	char *at = room_need(&e->room, e->used + value.len + 1);
	if (value.len > 0)
		memcpy(at + e->used, value.at, value.len);
	e->field[field].at = e->used;
	e->field[field].len = value.len;
	e->field[field].set = true;
	e->used += value.len;
}

static int field_of(struct str name)
{
	for (int i = 0; i < FIELD_COUNT; i++) {
		if (str_eq(name, str_of(names[i])))
			return i;
	}
	return -1;
}

/*
 * The record as one line, in the form of journalctl's short-iso-precise; a line break within it
 * as rsyslog writes one, "#012".
 */
static struct str short_form(struct journal_export *e, const struct record *r)
{
	char stamp[CLOCK_ISO_LEN], pid[32] = "";
	clock_iso(r->time_us, stamp);
	if (r->pid >= 0)
		snprintf(pid, sizeof(pid), "[%lld]", (long long)r->pid);
	const struct str part[] = { str_of(stamp), STR(" "),    r->host,   STR(" "),
				    r->ident,      str_of(pid), STR(": "), r->body };
	size_t len = 0;
	for (size_t i = 0; i < sizeof(part) / sizeof(part[0]); i++)
		len += part[i].len;
	char *start = room_need(&e->line, 4 * len + 1), *at = start;
	for (size_t i = 0; i < sizeof(part) / sizeof(part[0]); i++) {
		for (size_t k = 0; k < part[i].len; k++) {
			if (part[i].at[k] == '\n') {
				memcpy(at, "#012", 4);
				at += 4;
			} else {
				*at++ = part[i].at[k];
			}
		}
	}
	return (struct str){ start, (size_t)(at - start) };
}

enum frame_result journal_export_end(struct framer *f, struct record *out)
{
	struct journal_export *e = &f->export;
	struct str field[FIELD_COUNT] = { 0 };
	for (int i = 0; i < FIELD_COUNT; i++) {
		if (e->field[i].set)
			field[i] = (struct str){ e->room.at + e->field[i].at, e->field[i].len };
	}
	memset(e->field, 0, sizeof(e->field));
	e->used = 0;
	e->pending = false;
	enum frame_result got = record_of(f, field, FRAMING_JOURNAL_EXPORT, out);
	if (got == FRAME_RECORD)
		out->line = short_form(e, out);
	return got;
}

enum frame_result journal_export_line(struct framer *f, struct str line, struct record *out)
{
	struct journal_export *e = &f->export;
	e->active = true;
	if (line.len == 0)
		return journal_export_end(f, out);
	e->pending = true;
	const char *sign = memchr(line.at, '=', line.len);
	if (sign != NULL) {
		struct str name = { line.at, (size_t)(sign - line.at) };
		keep(e, field_of(name), str_skip(line, name.len + 1));
		return FRAME_MORE;
	}
	e->want_field = field_of(line);
	e->want_length = true;
	e->want = 8;
	return FRAME_MORE;
}

void journal_export_binary(struct framer *f, struct str bytes)
{
	struct journal_export *e = &f->export;
	if (e->want_length) {
		uint64_t n = 0;
		for (size_t i = 0; i < 8 && i < bytes.len; i++)
			n |= (uint64_t)(unsigned char)bytes.at[i] << (8 * i);
		e->want_length = false;
		e->want = n < SIZE_MAX ? (size_t)n + 1 : SIZE_MAX; /* and the newline after it */
		return;
	}
	e->want = 0;
	if (bytes.len > 0)
		bytes.len--;
	keep(e, e->want_field, bytes);
}

void journal_export_reset(struct framer *f)
{
	struct room room = f->export.room, line = f->export.line;
	f->export = (struct journal_export){ .room = room, .line = line };
}
