/*
 * internal.h - what the files of syslog/ share.
 */
#ifndef SYSLOG_INTERNAL_H
#define SYSLOG_INTERNAL_H

#include "base/clock.h"
#include "syslog/syslog.h"

/* A cursor over a line. */
struct cursor {
	const char *at, *end;
};

static inline struct str cursor_rest(const struct cursor *c)
{
	return (struct str){ c->at, (size_t)(c->end - c->at) };
}

static inline void cursor_blanks(struct cursor *c)
{
	while (c->at < c->end && *c->at == ' ')
		c->at++;
}

static inline bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Field by field: to clear a record as a whole took longer than to read its stamp. */
static inline void record_begin(struct record *r)
{
	r->time_us = 0;
	r->host = r->ident = r->body = r->line = (struct str){ 0 };
	r->pid = -1;
	r->framing = FRAMING_NONE;
	r->repeat = 1;
	r->year_inferred = r->host_assumed = r->truncated = false;
}

/* Memory that grows and is kept for the next use. */
struct room {
	char *at;
	size_t size;
};

static inline char *room_need(struct room *r, size_t n)
{
	if (n > r->size)
		r->at = mem_realloc(r->at, r->size = n < 1024 ? 1024 : n + n / 2);
	return r->at;
}

/* Local time to UTC; asks the C library once a quarter of an hour (of log time). */
struct zone {
	char *name; /* NULL: the zone of this process */
	bool cached;
	int64_t quarter; /* cached: local quarter hours since 1970 */
	int64_t first_s,
		second_s;   /* what to add for UTC; they differ in the hour that comes twice */
	int64_t last_local; /* of the stamp before, for that hour */
	int64_t fold_at;
	bool second;
};

/* Which year a year-less stamp is of. */
struct years {
	int given, now;    /* --year, and the year reached from there; 0: inferred */
	int last_day;      /* of the year, of the last stamp; -1: none yet */
	int64_t latest_us; /* when inferred: no stamp is later */
	int latest_year;
};

/* The last stamps read: most lines are of the same day, many of the same second. */
struct stamps {
	char day_text[6]; /* "Mar 14" */
	bool day_known;
	int64_t days;
	char text[20]; /* up to the seconds */
	size_t text_len;
	int64_t local; /* seconds since 1970 in the stamp's own zone */
};

/* The last record of a host, for "last message repeated". */
struct last {
	struct record rec; /* its texts lie in room */
	struct room room;
	bool used;
};
#define LAST_COUNT 16

/* Fields of journald that make a record. */
enum field { F_IDENT, F_COMM, F_PID, F_SYSLOG_PID, F_HOST, F_TIME, F_MESSAGE, FIELD_COUNT };

/* journald export: the record under way. */
struct journal_export {
	bool active;
	bool pending; /* a field was seen since the last blank line */
	struct room room, line;
	size_t used; /* of room */
	struct {
		size_t at, len;
		bool set;
	} field[FIELD_COUNT];
	size_t want; /* binary bytes due */
	bool want_length;
	int want_field; /* -1: one that is passed over */
};

struct host_zone {
	char *host;
	struct zone zone;
};

struct framer {
	char *host;
	struct zone zone;
	struct host_zone *zones; /* of some hosts */
	size_t zone_count;
	bool is_local; /* the line's stamp has no offset: local, taken for local_utc */
	int64_t local, local_utc;
	struct years years;
	struct stamps stamps;
	struct last last[LAST_COUNT];
	struct journal_export export;
	struct room json;
	bool started;     /* a record of this file was framed */
	bool native_seen; /* lines without a stamp continue a native record */
};

/* zone.c: UTC seconds of local seconds since 1970. */
int64_t zone_utc(struct zone *z, int64_t local);
bool zone_exists(const char *name);
/* Now that the line's host is known: what to add to its time, in microseconds. */
int64_t zone_of_host(struct framer *f, struct str host);

/* time.c: each advances c past what it read, or returns false and leaves c anywhere. */
bool stamp_rfc3164(struct framer *f, struct cursor *c, int64_t *at_us);
/* "Mar 14 2026 09:15:02" or "2026 Mar 14 09:15:02" */
bool stamp_with_year(struct framer *f, struct cursor *c, int64_t *at_us);
/* "2026-03-14T09:15:02.418+01:00" (sep 'T') or "2026-03-14 09:15:02[ +0100]" (sep ' ') */
bool stamp_iso(struct framer *f, struct cursor *c, char sep, int64_t *at_us);
bool stamp_unix(struct cursor *c, int64_t *at_us);
/* "Sat 2026-03-14 09:15:02 CET" */
bool stamp_full(struct framer *f, struct cursor *c, int64_t *at_us);

/* tag.c */

/* "ident[pid]: body" or "ident: body" from here on; false, out's ident and pid being undefined,
 * when there is none. */
bool tag_read(struct cursor *c, struct record *out);
/* "4711]" to a number; what else stands there is passed over. False when it has no end. */
bool tag_pid(struct cursor *c, int64_t *pid);

/*
 * header.c: FRAME_RECORD; FRAME_NOT_MAIL: a stamp and a host, but no ident, body
 * is what follows the host; or FRAME_MALFORMED.
 */
enum frame_result header_line(struct framer *f, struct str line, struct record *out);
/*
 * A body that is a whole syslog line of its own becomes the record. f->is_local tells whether out's
 * time is without an offset; one that has it is better than an inner one without.
 */
void header_unwrap(struct framer *f, struct record *out);
/* "src@mx1/relay1" of syslog-ng: mx1. */
struct str plain_host(struct str host);

/* container.c: what container tools put before a line; each leaves c alone when it is not there. */
bool container_name(struct cursor *c);   /* "mail-1  | ", "[pod/mail-0/postfix] " */
bool container_stream(struct cursor *c); /* "stdout F " */

/* rfc5424.c: after "<PRI>", if there is one. */
bool rfc5424_line(struct framer *f, struct cursor c, struct record *out);

/* journal.c */
enum frame_result journal_json(struct framer *f, struct str line, struct record *out);
enum frame_result journal_export_line(struct framer *f, struct str line, struct record *out);
void journal_export_binary(struct framer *f, struct str bytes);
enum frame_result journal_export_end(struct framer *f, struct record *out);
void journal_export_reset(struct framer *f);

/* repeat.c */
void repeat_expand(struct record *r);
bool repeat_of_last(struct str body, unsigned *times);
void repeat_remember(struct framer *f, struct str line, const struct record *r);
bool repeat_again(struct framer *f, unsigned times, struct record *out);
void repeat_forget(struct framer *f);

#endif
