/*
 * syslog.h - a line to a record: time, host, ident, pid, body.
 *
 * Knows the framings of formats/postfix.md section 1 and of files that carry
 * only a stamp ("native"): RFC 3164, RFC 3339, RFC 5424, <PRI>, the decorations of
 * Solaris, FreeBSD -v, AIX and syslog-ng, journald short, short-precise, short-iso,
 * short-iso-precise, short-full, short-unix, json and export, "message repeated",
 * container prefixes ("mail-1  | ", "[pod/...] ", a runtime's stamp and "stdout F ") and docker's
 * own files, a whole syslog line within the body of another.
 * Knows nothing of any MTA.
 */
#ifndef SYSLOG_SYSLOG_H
#define SYSLOG_SYSLOG_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

struct framer;

enum framing {
	FRAMING_NONE = 0,
	FRAMING_RFC3164,
	FRAMING_RFC3339,
	FRAMING_RFC5424,
	FRAMING_NATIVE, /* stamp and text, no host, no ident */
	FRAMING_JOURNAL_UNIX,
	FRAMING_JOURNAL_FULL,
	FRAMING_JOURNAL_JSON,
	FRAMING_JOURNAL_EXPORT
};

/* "RFC 3164", "journald export", ... for people. */
const char *framing_name(enum framing f);

struct record {
	int64_t time_us;  /* UTC */
	struct str host;  /* as logged; the assumed one when the framing has none */
	struct str ident; /* "postfix/smtpd"; empty for FRAMING_NATIVE */
	int64_t pid;      /* -1 when absent */
	struct str body;  /* after "ident[pid]: " */
	enum framing framing;
	unsigned repeat; /* how often the event happened, >= 1 ("message repeated N times: [ body]")
			  */
	bool year_inferred; /* the stamp has no year */
	bool host_assumed;  /* the framing carries no host */
	bool truncated;     /* its length says that sender or transport cut it (2000, 1024 bytes) */
	struct str line;    /* the raw line; of journald export the same record in short form */
};

enum frame_result {
	FRAME_RECORD, /* *out is a record */
	FRAME_MORE,   /* the line is part of a record to come (journald export) */
	/*
	 * A decoration ("-- Boot ...", "-- MARK --", an empty line), "last message
	 * repeated" after a line that is not known here, a continuation line of a native
	 * record, a journald record without time, text or ident.
	 */
	FRAME_NOT_MAIL,
	FRAME_MALFORMED /* no framing known here fits */
};

struct framer_zone {
	const char *host, *zone;
};

struct framer_options {
	const char *host; /* host for framings without one; NULL: "localhost" */
	/*
	 * Year of the first year-less stamp; it goes up by one where the stamps step back by more
	 * than 180 days. 0: each stamp is of the newest year that fits mtime_us, so a file of more
	 * than a year, or one whose own time was lost long after its last line, needs a year.
	 */
	int year;
	/*
	 * Of a file that is continued: its newest record so far, 0 of none; year then says nothing
	 * but that years are not inferred.
	 */
	int64_t last_us;
	int64_t mtime_us;     /* of the file: no year-less stamp is later than this plus one day */
	const char *timezone; /* IANA name for stamps without an offset; NULL: local time of this
				 machine */
	/* Zones of single hosts, "mx1" being also "mx1.example.org"; they go before timezone, and a
	 * later one before an earlier. */
	const struct framer_zone *zones;
	size_t zone_count;
};

/*
 * NULL and *err on an unknown time zone. Strings are copied. Free with
 * framer_free. With a timezone, framer_line changes TZ in the environment for a moment now and
 * then: no other thread may use it meanwhile.
 */
struct framer *framer_new(const struct framer_options *opt, struct err *err);
void framer_free(struct framer *f);

/*
 * Start another file: forget what was learned from the last one, take its
 * options (host, mtime, year).
 */
bool framer_restart(struct framer *f, const struct framer_options *opt, struct err *err);

/* A file that is followed: its newest stamps are of now. */
void framer_touch(struct framer *f, int64_t mtime_us);

/* Is it an IANA name this machine knows? */
bool framer_knows_zone(const char *name);

/*
 * One line of the file, in file order (year-less stamps and the hour that comes twice in
 * autumn need it). Slices of *out point into the line or into the framer, and
 * live until the next call. *out is valid with FRAME_RECORD only.
 *
 * "last message repeated N times" gives the last record of that host again (the framer
 * keeps a copy), with the time of this line and repeat N.
 */
enum frame_result framer_line(struct framer *f, struct str line, struct record *out);

/*
 * journald export has length-prefixed binary fields: when framer_line answered
 * FRAME_MORE and this is > 0, the caller reads that many raw bytes (plus the newline after them)
 * with input_take and hands them to framer_binary. Returns 8 while the length itself is due.
 */
size_t framer_wants_bytes(const struct framer *f);
void framer_binary(struct framer *f, struct str bytes);

/* Between two lines of one record (journald export)? Then this is no place to stop and go on later.
 */
bool framer_is_within(const struct framer *f);

/*
 * Go on in a file after this line: the next one may say that it was repeated. A line that was not
 * kept whole, or is none, does no harm.
 */
void framer_resume(struct framer *f, struct str line);

/* At the end of the source: a record still waiting for its blank line. */
enum frame_result framer_end(struct framer *f, struct record *out);

#endif
