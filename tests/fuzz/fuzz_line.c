/*
 * fuzz_line.c - libFuzzer: any bytes as a log, through framing, rules and track.
 *
 * The first byte chooses a header to put before each line, so that the fuzzer
 * reaches the rules without having to invent stamps.
 */
#include <stdlib.h>

#include "rules/rules.h"
#include "syslog/syslog.h"
#include "track/track.h"

static bool sink_host(void *arg, struct str name, int64_t *id, struct err *err)
{
	(void)arg, (void)name, (void)err;
	*id = 1;
	return true;
}

static bool sink_name(void *arg, int64_t host, struct str name, struct str origin, struct err *err)
{
	(void)arg, (void)host, (void)name, (void)origin, (void)err;
	return true;
}

static int64_t sink_new(void *arg)
{
	return ++*(int64_t *)arg;
}

static bool sink_entry(void *arg, const struct entry_row *row, bool known, struct err *err)
{
	(void)arg, (void)known, (void)err;
	return row->id > 0 || (abort(), false);
}

static bool sink_delivery(void *arg, const struct delivery_row *row, struct err *err)
{
	(void)arg, (void)row, (void)err;
	return true;
}

static bool sink_link(void *arg, const struct link_row *row, struct err *err)
{
	(void)arg, (void)err;
	return row->parent != row->child || (abort(), false);
}

static bool sink_reject(void *arg, const struct reject_row *row, struct err *err)
{
	(void)arg, (void)row, (void)err;
	return true;
}

static bool sink_note(void *arg, const struct note_row *row, struct err *err)
{
	(void)arg, (void)row, (void)err;
	return true;
}

static bool sink_lives(void *arg, int64_t host, struct str id,
		       void (*fn)(void *, const struct entry_row *), void *fn_arg, struct err *err)
{
	(void)arg, (void)host, (void)id, (void)fn, (void)fn_arg, (void)err;
	return true;
}

static bool sink_line(void *arg, struct str raw, int64_t *chunk, int64_t *offset, struct err *err)
{
	(void)arg, (void)raw, (void)err;
	*chunk = 1;
	*offset = 0;
	return true;
}

struct state {
	struct rules *rules;
	struct track *track;
	struct track_record rec;
};

static void on_event(void *arg, const struct event *ev)
{
	struct state *s = arg;
	struct err err;
	if (!track_event(s->track, &s->rec, ev, &err))
		abort();
}

static void one_line(struct state *s, struct framer *f, struct arena *a, struct str line)
{
	struct record rec;
	if (framer_line(f, line, &rec) != FRAME_RECORD)
		return;
	struct rules_input in = { rec.host, rec.ident, rec.pid, rec.time_us, rec.body };
	s->rec = (struct track_record){ .host = rec.host,
					.ident = rec.ident,
					.raw = line,
					.pid = rec.pid,
					.time_us = rec.time_us,
					.repeat = rec.repeat };
	rules_match(s->rules, a, &in, on_event, s);
}

static const char *const headers[] = { "",
				       "Mar 14 09:15:02 mx1 postfix/smtp[9]: ",
				       "Mar 14 09:15:02 mx1 postfix/smtpd[9]: ",
				       "Mar 14 09:15:02 mx1 postfix/qmgr[9]: ",
				       "Mar 14 09:15:02 mx1 postfix/cleanup[9]: ",
				       "Mar 14 09:15:02 mx3 sendmail[9]: ",
				       "2026-03-14 09:15:02 ",
				       "Mar 14 09:15:02 mx2 exim[9]: ",
				       "Mar 14 09:15:02 mx1 amavis[9]: " };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct rules *rules;
	struct err err;
	if (rules == NULL) {
		rules = rules_new();
		if (!rules_add_builtin(rules, &err))
			abort();
	}
	if (size < 2)
		return 0;
	int64_t ids = 0;
	struct track_sink sink = { .arg = &ids,
				   .host = sink_host,
				   .host_name = sink_name,
				   .new_entry = sink_new,
				   .entry = sink_entry,
				   .delivery = sink_delivery,
				   .link = sink_link,
				   .reject = sink_reject,
				   .note = sink_note,
				   .lives = sink_lives,
				   .line = sink_line };
	struct track_options opt = { .lives_max = 8 };
	struct framer_options fopt = { .host = "mx", .timezone = "UTC", .year = 2026 };
	struct state s = { .rules = rules, .track = track_new(&sink, &opt) };
	struct framer *f = framer_new(&fopt, &err);
	struct arena *a = arena_new();
	const char *header = headers[data[0] % (sizeof(headers) / sizeof(headers[0]))];
	struct str rest = { (const char *)data + 1, size - 1 };
	rules_restart(rules);
	while (rest.len > 0) {
		const char *nl = memchr(rest.at, '\n', rest.len);
		size_t len = nl != NULL ? (size_t)(nl - rest.at) : rest.len;
		size_t head = strlen(header);
		char *line = mem_alloc(head + len);
		memcpy(line, header, head);
		memcpy(line + head, rest.at, len);
		one_line(&s, f, a, (struct str){ line, head + len });
		free(line);
		rest = str_skip(rest, len + 1);
	}
	if (!track_flush(s.track, &err))
		abort();
	track_free(s.track);
	framer_free(f);
	arena_free(a);
	return 0;
}
