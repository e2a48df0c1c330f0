/*
 * track.h - events to entries: the lives of queue IDs (DESIGN section 4).
 *
 * A life is kept in memory while it is in flight and handed to the sink once
 * when it closes, or when the batch ends. Memory is bounded: lives not touched for
 * longest are handed over, forgotten, and read back when needed.
 */
#ifndef TRACK_TRACK_H
#define TRACK_TRACK_H

#include "base/arena.h"
#include "base/err.h"
#include "rules/event.h"

enum entry_state {
	ENTRY_OPEN,     /* an ID was given */
	ENTRY_ACCEPTED, /* in the queue */
	ENTRY_HELD,
	ENTRY_COMPLETED, /* the rest: closed */
	ENTRY_DELETED,
	ENTRY_DISCARDED,
	ENTRY_ABORTED,
	ENTRY_REQUEUED,
	ENTRY_CORRUPT
};

/* Names as table entry has them; inline, so that a sink needs this header only. */
static inline const char *entry_state_name(enum entry_state s)
{
	static const char *const names[] = { "open",      "accepted", "held",
					     "completed", "deleted",  "discarded",
					     "aborted",   "requeued", "corrupt" };
	return names[s];
}

/* False when no state has this name. */
static inline bool entry_state_of(struct str name, enum entry_state *out)
{
	for (int i = ENTRY_OPEN; i <= ENTRY_CORRUPT; i++) {
		if (str_eq(name, str_of(entry_state_name((enum entry_state)i)))) {
			*out = (enum entry_state)i;
			return true;
		}
	}
	return false;
}

/* Text fields of an entry row, in the order of the columns. */
enum entry_text {
	ENTRY_MTA,
	ENTRY_INSTANCE,
	ENTRY_QUEUE_ID,
	ENTRY_MESSAGE_ID,
	ENTRY_RESENT_MESSAGE_ID,
	ENTRY_SENDER,
	ENTRY_CLIENT_HOST,
	ENTRY_CLIENT_IP,
	ENTRY_HELO,
	ENTRY_USER,
	ENTRY_PROTOCOL,
	ENTRY_TLS,
	ENTRY_OUTCOME,
	ENTRY_OUTCOME_REPLY,
	ENTRY_TEXT_COUNT
};

#define TRACK_NONE INT64_MIN /* a time or number that is not known */

/* An entry as the sink gets it (table entry). */
struct entry_row {
	int64_t id;
	int64_t host;
	struct str text[ENTRY_TEXT_COUNT]; /* at == NULL: not known */
	int64_t size, nrcpt;               /* TRACK_NONE: not known */
	int64_t first_at, last_at;
	int64_t accepted_at, closed_at, outcome_at; /* TRACK_NONE */
	int64_t state_at; /* of the line that set the state; TRACK_NONE: its acceptance */
	enum entry_state state;
	bool head_missing, year_inferred, host_assumed;
	struct str lines; /* packed references, see schema/README.md */
};

struct delivery_row {
	int64_t entry, at;
	struct str recipient, original_recipient, state;
	struct str relay_host, relay_ip, transport, tls, dsn, reply, next_queue_id, server;
	int64_t relay_port, delay_us; /* TRACK_NONE */
	bool followable, ambiguous;
};

struct link_row {
	int64_t parent, child, at;
	struct str kind;
};

struct reject_row {
	int64_t host, at, entry; /* entry TRACK_NONE: no queue ID was given */
	struct str stage, client_host, client_ip, helo, sender, recipient, dsn, reason;
	int64_t code;            /* TRACK_NONE */
	int64_t chunk, chunk_at; /* TRACK_NONE */
};

struct note_row {
	int64_t entry, at;
	struct str origin, text;
};

/* What is known of a process's connection (table session); at == NULL: not known. */
enum session_text {
	SESSION_CLIENT_HOST,
	SESSION_CLIENT_IP,
	SESSION_HELO,
	SESSION_USER,
	SESSION_TLS,
	SESSION_RELAY_IP,  /* of a connection to a relay; its name, where the log has no address */
	SESSION_OPENED_ID, /* queue ID of the entry it opened last */
	SESSION_TEXT_COUNT
};

struct session_row {
	struct str host, ident; /* as logged */
	int64_t pid, at;
	struct str text[SESSION_TEXT_COUNT];
	int64_t opened, opened_host; /* that entry and its host; TRACK_NONE: none */
	unsigned decided;            /* bits of enum session_decided */
};

/* Of its next message: it is held, thrown away. Of the entry it opened last: it is thrown away,
 * unless a line says that it was queued. */
enum session_decided { SESSION_HOLD = 1, SESSION_DISCARD = 2, SESSION_DISCARDED = 4 };

/*
 * Where rows go. Every function returns false with *err on failure, which
 * ends the ingest (the transaction is rolled back). Slices live until the call returns.
 */
struct track_sink {
	void *arg;
	/* Number of a host by its logged name. */
	bool (*host)(void *arg, struct str name, int64_t *id, struct err *err);
	/* Another name or address of a host; origin as in table host_name. */
	bool (*host_name)(void *arg, int64_t host, struct str name, struct str origin,
			  struct err *err);
	/* A fresh entry number. */
	int64_t (*new_entry)(void *arg);
	/* Insert (known == false) or update an entry. */
	bool (*entry)(void *arg, const struct entry_row *row, bool known, struct err *err);
	bool (*delivery)(void *arg, const struct delivery_row *row, struct err *err);
	bool (*link)(void *arg, const struct link_row *row, struct err *err);
	bool (*reject)(void *arg, const struct reject_row *row, struct err *err);
	bool (*note)(void *arg, const struct note_row *row, struct err *err);
	/* Stored lives of a queue ID, each to fn (rows live during the call). */
	bool (*lives)(void *arg, int64_t host, struct str queue_id,
		      void (*fn)(void *fn_arg, const struct entry_row *row), void *fn_arg,
		      struct err *err);
	/* Put a line in the archive. chunk < 0: lines are not kept. */
	bool (*line)(void *arg, struct str raw, int64_t *chunk, int64_t *offset, struct err *err);
	/*
	 * Connections under way: keep one (in place of what is kept of its host, ident and pid),
	 * forget one, and each one kept to fn, longest untouched first. All three may be NULL:
	 * then no connection outlives the track.
	 */
	bool (*session)(void *arg, const struct session_row *row, struct err *err);
	bool (*session_gone)(void *arg, struct str host, struct str ident, int64_t pid,
			     struct err *err);
	bool (*sessions)(void *arg, void (*fn)(void *fn_arg, const struct session_row *row),
			 void *fn_arg, struct err *err);
};

struct track;

struct track_options {
	size_t lives_max; /* lives in memory; 0: a sensible default */
};

struct track *track_new(const struct track_sink *sink, const struct track_options *opt);
void track_free(struct track *t); /* what was not flushed is lost */

/* The record events come from; zero what is not known. */
struct track_record {
	struct str host, ident, raw;
	int64_t pid, time_us;
	unsigned repeat;
	bool year_inferred, host_assumed;
	/* track's own: where its line stands in the archive, once an event of it needed that */
	bool archived;
	int64_t chunk, chunk_at;
};

/* One event of a record; all events of it come with the same *rec. */
bool track_event(struct track *t, struct track_record *rec, const struct event *ev,
		 struct err *err);

/* Hand over everything that changed; call before a commit. */
bool track_flush(struct track *t, struct err *err);

/* The body with numbers, IDs, addresses and quoted text blanked, for counting unknown lines. In a.
 */
struct str track_shape(struct arena *a, struct str body);

/*
 * A Message-ID as it is stored: <id>; a value without brackets gets them, text around them is
 * dropped, a value cut by the log has no ">". Empty slice (at NULL) when there is none. In a, or a
 * part of raw.
 */
struct str track_message_id(struct arena *a, struct str raw);

/* "1.3", "3m45s", "1+04:10:22" to microseconds. False when it is none of these (*us is untouched
 * then). */
bool track_duration(struct str s, int64_t *us);

#endif
