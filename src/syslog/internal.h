/*
 * internal.h - what the files of syslog/ share.
 */
#ifndef SYSLOG_INTERNAL_H
#define SYSLOG_INTERNAL_H

#include "base/clock.h"
#include "syslog/syslog.h"

/* Local time to UTC, cached by the hour. */
struct zone {
	char *name; /* NULL: the zone of this process */
	bool cached;
	int64_t cache_hour; /* local hours since 1970 */
	int64_t cache_offset_s;
};

struct framer {
	char *host;
	int year;          /* given; 0: inferred */
	int current_year;  /* of year-less stamps, when given */
	int last_month;    /* of the last year-less stamp, 0: none */
	int64_t latest_us; /* no inferred stamp is later */
	int latest_year;
	struct zone zone;
	bool native_seen;     /* lines without a stamp continue a native record */
	struct str date_text; /* of the last RFC 3164 stamp: "Mar 14" */
	char date_room[8];
	int64_t date_days;
	bool date_cached;
	struct record last; /* for "last message repeated" */
	char *last_text;
	struct str last_host, last_ident, last_body;
	/* journald export: the record under way */
	bool exporting;
	char *export_text;
	size_t export_len;
	struct str export_field[6];
	size_t want; /* binary bytes due */
	int want_field;
	bool want_length;
	char *json_text;
};

/* A cursor over a line. */
struct cursor {
	const char *at, *end;
};

/* time.c: each advances c past what it read, or returns false and leaves c anywhere. */
bool stamp_rfc3164(struct framer *f, struct cursor *c, int64_t *at_us);
/* "2026-03-14T09:15:02.418+01:00" (sep 'T') or "2026-03-14 09:15:02" (sep ' '); *zoned: it had an
 * offset */
bool stamp_iso(struct framer *f, struct cursor *c, char sep, int64_t *at_us, bool *zoned);
bool stamp_unix(struct cursor *c, int64_t *at_us);
/* "Sat 2026-03-14 09:15:02 CET" */
bool stamp_full(struct framer *f, struct cursor *c, int64_t *at_us);
int64_t zone_utc(struct zone *z, int64_t days, int64_t seconds);

/* header.c */
bool frame_line(struct framer *f, struct str line, struct record *out);

/* journal.c */
enum frame_result journal_json(struct framer *f, struct str line, struct record *out);
bool journal_export_starts(struct str line);
enum frame_result journal_export_line(struct framer *f, struct str line, struct record *out);
void journal_export_binary(struct framer *f, struct str bytes);
enum frame_result journal_export_end(struct framer *f, struct record *out);

#endif
