/*
 * journal.c - journalctl's json and export output.
 *
 * Fields with a leading underscore are set by journald itself, not by the
 * client (formats page, section 1); _HOSTNAME and _PID are preferred so.
 */
#include <jansson.h>
#include <stdlib.h>

#include "syslog/internal.h"

enum field { F_IDENT, F_SYSLOG_PID, F_PID, F_HOST, F_TIME, F_MESSAGE, FIELD_COUNT };
static const char *const names[FIELD_COUNT] = {
	"SYSLOG_IDENTIFIER", "SYSLOG_PID", "_PID", "_HOSTNAME", "__REALTIME_TIMESTAMP", "MESSAGE"
};

#define EXPORT_MAX ((size_t)256 * 1024)

static bool record_of(const struct str field[FIELD_COUNT], struct framer *f, enum framing kind,
		      struct record *out)
{
	int64_t at = 0;
	*out = (struct record){ .repeat = 1, .pid = -1, .framing = kind };
	if (!str_to_int64(field[F_TIME], &at) || field[F_MESSAGE].at == NULL ||
	    field[F_IDENT].len == 0)
		return false;
	out->time_us = at;
	out->ident = field[F_IDENT];
	out->body = field[F_MESSAGE];
	if (!str_to_int64(field[F_SYSLOG_PID], &out->pid))
		str_to_int64(field[F_PID], &out->pid);
	out->host = field[F_HOST];
	if (out->host.len == 0) {
		out->host = str_of(f->host);
		out->host_assumed = true;
	}
	return true;
}

/* ---- json: one object a line ---- */

/* MESSAGE is an array of byte values when it is no valid UTF-8. */
static struct str bytes_of(struct framer *f, const json_t *array)
{
	size_t n = json_array_size(array);
	f->json_text = mem_realloc(f->json_text, n + 1);
	for (size_t i = 0; i < n; i++)
		f->json_text[i] = (char)json_integer_value(json_array_get(array, i));
	return (struct str){ f->json_text, n };
}

enum frame_result journal_json(struct framer *f, struct str line, struct record *out)
{
	struct str field[FIELD_COUNT] = { 0 };
	json_error_t why;
	json_t *o = json_loadb(line.at, line.len, JSON_ALLOW_NUL, &why);
	if (!json_is_object(o)) {
		json_decref(o);
		return FRAME_MALFORMED;
	}
	/* Texts live in the object; they are copied, as it goes away here. */
	size_t total = 1;
	for (int i = 0; i < FIELD_COUNT; i++) {
		const json_t *v = json_object_get(o, names[i]);
		if (json_is_string(v))
			field[i] = (struct str){ json_string_value(v), json_string_length(v) };
		else if (i == F_MESSAGE && json_is_array(v))
			field[i] = bytes_of(f, v);
		total += field[i].len;
	}
	bool ours = field[F_TIME].at != NULL;
	f->export_text = mem_realloc(f->export_text, total);
	for (size_t i = 0, at = 0; i < FIELD_COUNT; i++) {
		if (field[i].len > 0)
			memcpy(f->export_text + at, field[i].at, field[i].len);
		if (field[i].at != NULL)
			field[i].at = f->export_text + at;
		at += field[i].len;
	}
	json_decref(o);
	if (!ours)
		return FRAME_MALFORMED;
	return record_of(field, f, FRAMING_JOURNAL_JSON, out) ? FRAME_RECORD : FRAME_NOT_MAIL;
}

/* ---- export: KEY=value lines, a blank line ends a record ---- */

bool journal_export_starts(struct str line)
{
	return str_starts(line, STR("__CURSOR=")) || str_starts(line, STR("__REALTIME_TIMESTAMP="));
}

static void keep(struct framer *f, int field, struct str value)
{
	if (field < 0 || f->export_len + value.len > EXPORT_MAX)
		return;
	if (f->export_text == NULL || f->export_len == 0)
		f->export_text = mem_realloc(f->export_text, EXPORT_MAX);
	if (value.len > 0)
		memcpy(f->export_text + f->export_len, value.at, value.len);
	f->export_field[field] = (struct str){ f->export_text + f->export_len, value.len };
	f->export_len += value.len;
}

static int field_of(struct str name)
{
	for (int i = 0; i < FIELD_COUNT; i++) {
		if (str_eq(name, str_of(names[i])))
			return i;
	}
	return -1;
}

static void clear(struct framer *f)
{
	memset(f->export_field, 0, sizeof(f->export_field));
	f->export_len = 0;
}

enum frame_result journal_export_end(struct framer *f, struct record *out)
{
	struct str field[FIELD_COUNT];
	bool empty = f->export_len == 0;
	memcpy(field, f->export_field, sizeof(field));
	clear(f);
	if (empty)
		return FRAME_NOT_MAIL;
	return record_of(field, f, FRAMING_JOURNAL_EXPORT, out) ? FRAME_RECORD : FRAME_NOT_MAIL;
}

enum frame_result journal_export_line(struct framer *f, struct str line, struct record *out)
{
	f->exporting = true;
	if (line.len == 0)
		return journal_export_end(f, out);
	const char *sign = memchr(line.at, '=', line.len);
	if (sign != NULL) {
		struct str name = { line.at, (size_t)(sign - line.at) };
		keep(f, field_of(name), str_skip(line, name.len + 1));
		return FRAME_MORE;
	}
	f->want_field = field_of(line);
	f->want_length = true;
	f->want = 8;
	return FRAME_MORE;
}

void journal_export_binary(struct framer *f, struct str bytes)
{
	if (f->want_length) {
		uint64_t n = 0;
		for (size_t i = 0; i < 8 && i < bytes.len; i++)
			n |= (uint64_t)(unsigned char)bytes.at[i] << (8 * i);
		f->want_length = false;
		f->want = n < SIZE_MAX ? (size_t)n + 1 : SIZE_MAX; /* and the newline after it */
		return;
	}
	if (bytes.len > 0)
		bytes.len--;
	f->want = 0;
	keep(f, f->want_field, bytes);
}
