/*
 * internal.h - what the files of track/ share.
 */
#ifndef TRACK_INTERNAL_H
#define TRACK_INTERNAL_H

#include <utlist.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/lineref.h"
#include "track/track.h"

/* Where a text stands in its owner's buffer; len SPAN_NONE: not known. */
struct span {
	uint32_t at, len;
};
#define SPAN_NONE UINT32_MAX

/* The buffer behind spans: it grows, and is kept when its owner is used again. */
struct texts {
	char *buf;
	uint32_t len, room;
};
void span_set(struct texts *t, struct span *to,
	      struct str value); /* a value without text changes nothing */
struct str span_get(const struct texts *t, struct span from);

struct pending_delivery {
	struct delivery_row row; /* texts in the batch arena */
	struct pending_delivery *next;
};

struct pending_note {
	struct note_row row;
	struct pending_note *next;
};

struct pending_reject {
	struct reject_row row;
	struct pending_reject *next;
};

struct life {
	int64_t id, host;
	struct span text[ENTRY_TEXT_COUNT];
	struct texts texts;
	int64_t size, nrcpt, first_at, last_at, accepted_at, closed_at, outcome_at;
	int64_t state_at; /* of the line that set the state */
	enum entry_state state;
	bool head_missing, year_inferred, host_assumed;
	bool held_ahead; /* held by what its session said before there was an ID */
	bool received;   /* a receive event was seen (or the head is stored) */
	bool known;      /* the sink has a row */
	bool dirty;
	bool lingering; /* closed, in the linger list */
	unsigned char *refs;
	uint32_t refs_len, refs_room;
	struct lineref last_ref; /* base of the next packed reference */
	struct pending_delivery *deliveries, *deliveries_tail;
	struct pending_note *notes;
	struct pending_reject *rejects;
	struct slot *slot;
	struct life *next;          /* other lives of the same ID */
	struct life *older, *newer; /* by last touch, in the track */
	struct life *linger_next;
};

/* All lives in memory of one (host, queue ID). */
struct slot {
	UT_hash_handle hh;
	struct life *lives;
	bool complete;      /* the stored lives were read */
	struct slot *spare; /* in the list of slots to use again */
	size_t key_len;
	char key[]; /* host number, queue ID */
};

/* What is known of a process's connection. */
struct session {
	UT_hash_handle hh;
	struct session *older, *newer;
	int64_t time_us;
	struct span text[SESSION_TEXT_COUNT];
	struct texts texts;
	unsigned decided; /* bits of enum session_decided */
	int64_t opened;   /* id of the entry it opened last; TRACK_NONE */
	int64_t opened_host;
	bool known; /* the sink keeps it */
	bool dirty;
	size_t key_len;
	char key[]; /* pid, host, NUL, ident */
};

/* A link waits until both its entries are stored. */
struct pending_link {
	struct link_row row;
	struct pending_link *next;
};

struct host_cache {
	UT_hash_handle hh;
	int64_t id;
	size_t key_len;
	char key[];
};

struct track {
	struct track_sink sink;
	size_t lives_max;
	struct slot *slots;
	struct life *lives; /* doubly linked, least recently touched first: head */
	struct life *lives_last;
	size_t life_count;
	struct life *pinned; /* of the line under way: never forgotten */
	bool forgot_open;    /* a life without a message was handed over for lack of room */
	struct life *linger, *linger_last;
	struct session *sessions, *session_list;
	struct session *sessions_gone; /* over, but the sink still keeps them */
	bool sessions_read;            /* those the sink keeps */
	int64_t first_entry;           /* number of the first life begun here; TRACK_NONE */
	struct pending_link *links, **links_end;
	struct host_cache *hosts, *last_host;
	/* used again, with their buffers: these come and go by the hundred thousand */
	struct life *spare_lives; /* by next */
	struct slot *spare_slots;
	struct session *spare_sessions; /* by newer */
	struct arena *batch;            /* texts of rows not yet handed over */
	struct err *err;                /* of the call under way */
	struct err unread;              /* for callers that do not ask */
};

/* pool.c */
void life_set(struct life *l, enum entry_text which, struct str value);
struct str life_text(const struct life *l, enum entry_text which);
struct slot *slot_find(struct track *t, int64_t host, struct str queue_id, bool create);
void slot_drop(struct track *t, struct slot *s);
struct life *life_new(struct track *t, struct slot *slot, int64_t host);
void life_touch(struct track *t, struct life *l); /* it is the one touched last */
void life_free(struct track *t, struct life *l);
void life_free_all(struct track *t);

/* life.c */
enum { LIFE_LATE_US = 10 * 1000000 };
struct life *life_get(struct track *t, int64_t host, const struct track_record *rec,
		      const struct event *ev, struct str queue_id);
struct life *life_named(struct track *t, int64_t host, const struct track_record *rec,
			const struct event *ev, struct str queue_id, int64_t gone_us);
/*
 * The life with this number, read back when it may have been forgotten while it was still open,
 * or was begun in an earlier run.
 * *out NULL: it is over. False on a sink error.
 */
bool life_by_id(struct track *t, int64_t host, struct str queue_id, int64_t id, struct life **out);
struct life *life_existing(struct track *t, int64_t host, const struct track_record *rec,
			   const struct event *ev, struct str queue_id);
bool life_write(struct track *t, struct life *l);
void life_closed(struct track *t, struct life *l);
bool life_tick(struct track *t, int64_t now_us);
void life_line(struct life *l, struct lineref line);
bool life_flush(struct track *t);

/* session.c */
struct str session_text(const struct session *s, enum session_text which);
void session_set(struct session *s, enum session_text which, struct str value);
struct session *session_get(struct track *t, const struct track_record *rec, bool create);
void session_event(struct track *t, const struct track_record *rec, const struct event *ev);
bool session_read_all(struct track *t); /* those the sink keeps, once */
bool session_flush(struct track *t);
void session_free_all(struct track *t);

/* apply.c */
bool apply_event(struct track *t, int64_t host, struct track_record *rec, const struct event *ev);

#endif
