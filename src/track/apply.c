/*
 * apply.c - what each kind of event does to a life.
 */
#include <stdlib.h>

#include "track/internal.h"

#define REPEAT_MAX 1000u
#define CHILD_GONE_US (600 * US_PER_S) /* a child may be over before its parent names it */
#define PARENT_GONE_US (7 * S_PER_DAY * US_PER_S) /* a requeued message may wait for its new ID */

static struct str field(const struct event *ev, enum event_field f)
{
	return ev->field[f];
}

static int64_t number(struct str s)
{
	int64_t n = 0;
	return s.at != NULL && str_to_int64(s, &n) ? n : TRACK_NONE;
}

static struct str copy(struct track *t, struct str s)
{
	return s.at == NULL ? s : arena_copy(t->batch, s);
}

static void set_once(struct life *l, enum entry_text which, struct str value)
{
	if (value.at != NULL && life_text(l, which).at == NULL)
		life_set(l, which, value);
}

static void set_outcome(struct life *l, struct str state, struct str reply, int64_t at)
{
	if (state.at == NULL || (l->outcome_at != TRACK_NONE && at < l->outcome_at))
		return;
	life_set(l, ENTRY_OUTCOME, state);
	life_set(l, ENTRY_OUTCOME_REPLY, reply);
	l->outcome_at = at;
}

static void set_state(struct life *l, enum entry_state state, int64_t at)
{
	if (l->closed_at != TRACK_NONE || (l->state_at != TRACK_NONE && at < l->state_at))
		return;
	l->state = state;
	l->state_at = at;
}

static void accept(struct life *l, int64_t at)
{
	if (l->accepted_at == TRACK_NONE || at < l->accepted_at)
		l->accepted_at = at;
	/* whichever was read first: what was accepted was not aborted (unless it was refused in the
	 * end), and what is held stays so */
	bool refused = str_eq(life_text(l, ENTRY_OUTCOME), STR("rejected"));
	if (l->state == ENTRY_OPEN ||
	    (l->state == ENTRY_ABORTED && l->closed_at == TRACK_NONE && !refused))
		l->state = ENTRY_ACCEPTED;
}

/* The domain of a Message-ID this host's MTA made is a name of the host. */
static bool own_name(struct track *t, struct life *l)
{
	struct str id = life_text(l, ENTRY_MESSAGE_ID), queue_id = life_text(l, ENTRY_QUEUE_ID);
	if (id.len < queue_id.len + 3 || queue_id.len < 6 || id.at[id.len - 1] != '>')
		return true;
	const char *sign = memrchr(id.at, '@', id.len);
	if (sign == NULL ||
	    memmem(id.at, (size_t)(sign - id.at), queue_id.at, queue_id.len) == NULL)
		return true;
	struct str name = { sign + 1, (size_t)(id.at + id.len - 1 - (sign + 1)) };
	if (name.len == 0 || name.len > 255)
		return true;
	return t->sink.host_name(t->sink.arg, l->host, name, STR("own"), t->err);
}

static bool set_message_id(struct track *t, struct life *l, struct str raw)
{
	if (raw.at == NULL)
		return true;
	struct str id = track_message_id(t->batch, raw);
	if (id.at == NULL || life_text(l, ENTRY_MESSAGE_ID).at != NULL)
		return true;
	life_set(l, ENTRY_MESSAGE_ID, id);
	return own_name(t, l);
}

static void set_arrival(struct life *l, const struct event *ev)
{
	static const struct {
		enum entry_text to;
		enum event_field from;
	} texts[] = { { ENTRY_SENDER, FIELD_SENDER },
		      { ENTRY_CLIENT_HOST, FIELD_CLIENT_HOST },
		      { ENTRY_CLIENT_IP, FIELD_CLIENT_IP },
		      { ENTRY_HELO, FIELD_HELO },
		      { ENTRY_USER, FIELD_USER },
		      { ENTRY_PROTOCOL, FIELD_PROTOCOL },
		      { ENTRY_TLS, FIELD_TLS } };
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		set_once(l, texts[i].to, field(ev, texts[i].from));
	if (l->size == TRACK_NONE)
		l->size = number(field(ev, FIELD_SIZE));
	if (l->nrcpt == TRACK_NONE)
		l->nrcpt = number(field(ev, FIELD_NRCPT));
}

/*
 * An ID that never became a message, and its connection went on or ended (pitfall 2). With a
 * Message-ID its header came, and it may be in the queue: unless it was cut off there.
 */
static bool abort_unfinished(struct track *t, const struct session *s, int64_t at, bool cut_off)
{
	struct life *l = NULL;
	if (s->opened == TRACK_NONE)
		return true;
	if (!life_by_id(t, s->opened_host, session_text(s, SESSION_OPENED_ID), s->opened, &l))
		return false;
	bool unfinished =
		l != NULL && (l->state == ENTRY_OPEN || (l->held_ahead && l->state == ENTRY_HELD));
	if (unfinished && (cut_off || life_text(l, ENTRY_MESSAGE_ID).at == NULL)) {
		set_state(l, ENTRY_ABORTED, at);
		l->dirty = true;
	} else if (unfinished && (s->decided & SESSION_DISCARDED) != 0) {
		set_outcome(l, STR("discarded"), (struct str){ 0 }, at);
		l->dirty = true;
	}
	return true;
}

static bool set_session(struct track *t, struct life *l, const struct track_record *rec)
{
	struct session *s = session_get(t, rec, true);
	if (s == NULL)
		return true;
	struct str ip = life_text(l, ENTRY_CLIENT_IP), known = session_text(s, SESSION_CLIENT_IP);
	if (ip.at == NULL || known.at == NULL || str_eq(ip, known)) {
		if (session_text(s, SESSION_RELAY_IP).len == 0) /* or it is that to a relay */
			set_once(l, ENTRY_TLS, session_text(s, SESSION_TLS));
		set_once(l, ENTRY_USER, session_text(s, SESSION_USER));
	}
	if (s->opened != l->id && !abort_unfinished(t, s, rec->time_us, false))
		return false;
	unsigned ahead = s->decided;
	if ((ahead & SESSION_HOLD) != 0) {
		set_state(l, ENTRY_HELD, rec->time_us);
		l->held_ahead = true;
	}
	s->decided = s->opened == l->id ? ahead & SESSION_DISCARDED : 0;
	if ((ahead & SESSION_DISCARD) != 0)
		s->decided = SESSION_DISCARDED;
	s->opened = l->id;
	s->opened_host = l->host;
	session_set(s, SESSION_OPENED_ID, life_text(l, ENTRY_QUEUE_ID));
	s->dirty = true;
	return true;
}

static void add_link(struct track *t, const struct life *parent, const struct life *child,
		     struct str kind, int64_t at)
{
	if (parent == child)
		return;
	struct pending_link *k = arena_alloc(t->batch, sizeof(*k));
	*k = (struct pending_link){ { parent->id, child->id, at, copy(t, kind) }, NULL };
	*t->links_end = k;
	t->links_end = &k->next;
}

/* The line names the ID this one came of. */
static bool link_parent(struct track *t, struct life *l, const struct track_record *rec,
			const struct event *ev)
{
	struct str id = field(ev, FIELD_PARENT_QUEUE_ID), kind = field(ev, FIELD_LINK);
	if (id.at == NULL || kind.at == NULL || ev->ambiguous)
		return true;
	struct event probe = *ev;
	probe.kind = EVENT_CHILD; /* find the parent as its own child line would */
	struct life *parent;
	t->err->text[0] = '\0';
	/* What a filter passes on can be made up by a client of it: the parent must exist. */
	if (str_eq(kind, STR("filter")))
		parent = life_existing(t, l->host, rec, &probe, id);
	else
		parent = life_named(t, l->host, rec, &probe, id, PARENT_GONE_US);
	if (parent == NULL)
		return t->err->text[0] == '\0';
	add_link(t, parent, l, kind, rec->time_us);
	return true;
}

static bool apply_receive(struct track *t, struct life *l, const struct track_record *rec,
			  const struct event *ev)
{
	l->received = true;
	l->head_missing = false;
	set_arrival(l, ev);
	if (!set_session(t, l, rec))
		return false;
	if (field(ev, FIELD_SIZE).at != NULL)
		accept(l, rec->time_us);
	if (field(ev, FIELD_MESSAGE_ID).at != NULL &&
	    !set_message_id(t, l, field(ev, FIELD_MESSAGE_ID)))
		return false;
	return link_parent(t, l, rec, ev);
}

/* What was decided before there was an ID was of another message, which the client gave up: such a
 * word has no text. */
static void take_back_discard(struct life *l)
{
	if (l->state != ENTRY_OPEN || life_text(l, ENTRY_OUTCOME_REPLY).at != NULL ||
	    !str_eq(life_text(l, ENTRY_OUTCOME), STR("discarded")))
		return;
	l->text[ENTRY_OUTCOME].len = SPAN_NONE;
	l->outcome_at = TRACK_NONE;
}

static bool apply_sender(struct life *l, const struct track_record *rec, const struct event *ev)
{
	set_arrival(l, ev);
	if (l->held_ahead && l->state == ENTRY_HELD)
		set_state(l, ENTRY_ACCEPTED, rec->time_us); /* not this one, then */
	take_back_discard(l);
	accept(l, rec->time_us);
	return true;
}

static bool apply_child(struct track *t, struct life *l, const struct track_record *rec,
			const struct event *ev)
{
	struct str id = field(ev, FIELD_CHILD_QUEUE_ID), kind = field(ev, FIELD_LINK);
	if (id.at == NULL || kind.at == NULL || ev->ambiguous)
		return true;
	struct life *child = life_named(t, l->host, rec, ev, id, CHILD_GONE_US);
	if (child == NULL)
		return false;
	child->head_missing = false; /* this is how it began */
	child->received = true;
	add_link(t, l, child, kind, rec->time_us);
	return true;
}

static void session_tls(struct track *t, struct delivery_row *d, const struct track_record *rec)
{
	struct session *s = d->tls.at == NULL ? session_get(t, rec, false) : NULL;
	if (s == NULL)
		return;
	struct str relay = session_text(s, SESSION_RELAY_IP);
	if (relay.len > 0 && (str_eq(relay, d->relay_ip) || str_eq(relay, d->relay_host)))
		d->tls = copy(t, session_text(s, SESSION_TLS));
}

static bool apply_delivery(struct track *t, struct life *l, const struct track_record *rec,
			   const struct event *ev)
{
	struct delivery_row d = { .entry = l->id,
				  .at = rec->time_us,
				  .recipient = copy(t, field(ev, FIELD_RECIPIENT)),
				  .original_recipient =
					  copy(t, field(ev, FIELD_ORIGINAL_RECIPIENT)),
				  .state = copy(t, field(ev, FIELD_STATE)),
				  .relay_host = copy(t, field(ev, FIELD_RELAY_HOST)),
				  .relay_ip = copy(t, field(ev, FIELD_RELAY_IP)),
				  .transport = copy(t, field(ev, FIELD_TRANSPORT)),
				  .tls = copy(t, field(ev, FIELD_TLS)),
				  .dsn = copy(t, field(ev, FIELD_DSN)),
				  .reply = copy(t, field(ev, FIELD_REPLY)),
				  .next_queue_id = copy(t, field(ev, FIELD_NEXT_QUEUE_ID)),
				  .server = copy(t, field(ev, FIELD_SERVER)),
				  .relay_port = number(field(ev, FIELD_RELAY_PORT)),
				  .delay_us = TRACK_NONE,
				  .followable = ev->followable,
				  .ambiguous = ev->ambiguous };
	/* told its client no, after all had been read: it never became a message */
	if (str_eq(d.state, STR("rejected")) && !d.ambiguous) {
		set_outcome(l, d.state, d.reply, rec->time_us);
		set_state(l, ENTRY_ABORTED, rec->time_us);
	}
	track_duration(field(ev, FIELD_DELAY), &d.delay_us);
	session_tls(t, &d, rec);
	if (d.recipient.at == NULL)
		d.recipient = STR("");
	for (unsigned i = 0; i < rec->repeat && i < REPEAT_MAX; i++) {
		struct pending_delivery *p = arena_alloc(t->batch, sizeof(*p));
		*p = (struct pending_delivery){ d, NULL };
		if (l->deliveries_tail != NULL)
			l->deliveries_tail->next = p;
		else
			l->deliveries = p;
		l->deliveries_tail = p;
	}
	return apply_child(t, l, rec, ev);
}

static bool apply_close(struct track *t, struct life *l, const struct track_record *rec,
			const struct event *ev)
{
	enum entry_state state = ENTRY_COMPLETED;
	entry_state_of(field(ev, FIELD_STATE), &state);
	if (ev->ambiguous)
		return true;
	set_arrival(l, ev);
	/* "deleted, then completed": the first says how it ended, whichever is read first */
	if (l->closed_at == TRACK_NONE || rec->time_us < l->state_at) {
		l->state = state;
		l->state_at = rec->time_us;
	}
	if (l->closed_at == TRACK_NONE || rec->time_us > l->closed_at)
		l->closed_at = rec->time_us;
	if (state == ENTRY_DELETED || state == ENTRY_DISCARDED)
		set_outcome(l, str_of(entry_state_name(state)), field(ev, FIELD_TEXT),
			    rec->time_us);
	life_closed(t, l);
	return true;
}

static struct reject_row reject_row(struct track *t, int64_t host, const struct track_record *rec,
				    const struct event *ev)
{
	return (struct reject_row){ .host = host,
				    .at = rec->time_us,
				    .entry = TRACK_NONE,
				    .stage = copy(t, field(ev, FIELD_STAGE)),
				    .client_host = copy(t, field(ev, FIELD_CLIENT_HOST)),
				    .client_ip = copy(t, field(ev, FIELD_CLIENT_IP)),
				    .helo = copy(t, field(ev, FIELD_HELO)),
				    .sender = copy(t, field(ev, FIELD_SENDER)),
				    .recipient = copy(t, field(ev, FIELD_RECIPIENT)),
				    .dsn = copy(t, field(ev, FIELD_DSN)),
				    .reason = copy(t, field(ev, FIELD_TEXT)),
				    .code = number(field(ev, FIELD_CODE)),
				    .chunk = TRACK_NONE,
				    .chunk_at = TRACK_NONE };
}

/* A line goes into the archive once, however many events and entries it speaks of. */
static bool archive(struct track *t, struct track_record *rec)
{
	if (rec->archived)
		return true;
	rec->archived = true;
	rec->chunk = -1;
	return t->sink.line(t->sink.arg, rec->raw, &rec->chunk, &rec->chunk_at, t->err);
}

/* Refused before an ID was given: a row of its own, with its line. */
static bool apply_lone_reject(struct track *t, int64_t host, struct track_record *rec,
			      const struct event *ev)
{
	struct reject_row row = reject_row(t, host, rec, ev);
	if (!archive(t, rec))
		return false;
	if (rec->chunk >= 0) {
		row.chunk = rec->chunk;
		row.chunk_at = rec->chunk_at;
	}
	return t->sink.reject(t->sink.arg, &row, t->err);
}

static bool apply_reject(struct track *t, struct life *l, const struct track_record *rec,
			 const struct event *ev)
{
	struct pending_reject *p = arena_alloc(t->batch, sizeof(*p));
	*p = (struct pending_reject){ reject_row(t, l->host, rec, ev), l->rejects };
	p->row.entry = l->id;
	l->rejects = p;
	return true;
}

static bool apply_note(struct track *t, struct life *l, const struct track_record *rec,
		       const struct event *ev)
{
	struct pending_note *p = arena_alloc(t->batch, sizeof(*p));
	size_t plugin = strlen(ev->plugin), len = plugin + 1 + strlen(ev->rule);
	char *origin = arena_alloc(t->batch, len);
	memcpy(origin, ev->plugin, plugin);
	origin[plugin] = '/';
	memcpy(origin + plugin + 1, ev->rule, len - plugin - 1);
	struct str text = field(ev, FIELD_TEXT);
	*p = (struct pending_note){
		{ l->id, rec->time_us, { origin, len }, text.at != NULL ? copy(t, text) : STR("") },
		l->notes
	};
	l->notes = p;
	return true;
}

static bool apply_to_life(struct track *t, struct life *l, const struct track_record *rec,
			  const struct event *ev)
{
	switch (ev->kind) {
	case EVENT_RECEIVE:
		return apply_receive(t, l, rec, ev);
	case EVENT_SENDER:
		return apply_sender(l, rec, ev);
	case EVENT_MESSAGE_ID:
		if (field(ev, FIELD_RESENT_MESSAGE_ID).at != NULL)
			set_once(l, ENTRY_RESENT_MESSAGE_ID,
				 track_message_id(t->batch, field(ev, FIELD_RESENT_MESSAGE_ID)));
		return set_message_id(t, l, field(ev, FIELD_MESSAGE_ID));
	case EVENT_DELIVERY:
		return apply_delivery(t, l, rec, ev);
	case EVENT_CHILD:
		return apply_child(t, l, rec, ev);
	case EVENT_HOLD:
		set_state(l, ENTRY_HELD, rec->time_us);
		return apply_note(t, l, rec, ev);
	case EVENT_RELEASE:
		/* its hold may be read later, with an older file */
		set_state(l, ENTRY_ACCEPTED, rec->time_us);
		return apply_note(t, l, rec, ev);
	case EVENT_OUTCOME:
		if (!ev->ambiguous)
			set_outcome(l, field(ev, FIELD_STATE), field(ev, FIELD_TEXT), rec->time_us);
		return true;
	case EVENT_CLOSE:
		return apply_close(t, l, rec, ev);
	case EVENT_REJECT:
		return apply_reject(t, l, rec, ev);
	case EVENT_NOTE:
		return apply_note(t, l, rec, ev);
	case EVENT_SESSION:
	case EVENT_IGNORE:
	case EVENT_KIND_COUNT:
		break;
	}
	return true;
}

static bool keep_line(struct track *t, struct life *l, struct track_record *rec)
{
	if (!archive(t, rec))
		return false;
	if (rec->chunk >= 0)
		life_line(l, (struct lineref){ rec->chunk, rec->chunk_at });
	return true;
}

/* A connection that ended without a message leaves its last ID unfinished (pitfall 2). */
static bool end_session(struct track *t, const struct track_record *rec, const struct event *ev)
{
	struct session *s = session_get(t, rec, false);
	bool cut_off = str_eq(field(ev, FIELD_PHASE), STR("cut"));
	bool ends = cut_off || str_eq(field(ev, FIELD_PHASE), STR("close"));
	if (s != NULL && ends && !abort_unfinished(t, s, rec->time_us, cut_off))
		return false;
	session_event(t, rec, ev);
	return true;
}

/*
 * Decided before there is an ID: it is of the next message of this connection. Were that one not
 * held or thrown away after all, the line that it is in the queue takes it back.
 */
static bool decide_next(struct track *t, const struct track_record *rec, enum session_decided what)
{
	struct session *s = session_get(t, rec, true);
	if (s != NULL)
		s->decided |= what;
	return true;
}

bool apply_event(struct track *t, int64_t host, struct track_record *rec, const struct event *ev)
{
	struct str id = field(ev, FIELD_QUEUE_ID);
	if (ev->kind == EVENT_IGNORE)
		return true;
	if (ev->kind == EVENT_SESSION)
		return end_session(t, rec, ev);
	if (id.len == 0 && ev->kind == EVENT_HOLD)
		return decide_next(t, rec, SESSION_HOLD);
	if (id.len == 0 && ev->kind == EVENT_OUTCOME &&
	    str_eq(field(ev, FIELD_STATE), STR("discarded")))
		return decide_next(t, rec, SESSION_DISCARD);
	if (id.len == 0)
		return ev->kind != EVENT_REJECT || apply_lone_reject(t, host, rec, ev);
	struct life *l;
	if (ev->mta.len == 0) { /* a program beside the MTA: its word makes no entry */
		t->err->text[0] = '\0';
		l = life_existing(t, host, rec, ev, id);
		if (l == NULL)
			return t->err->text[0] == '\0';
	} else {
		l = life_get(t, host, rec, ev, id);
		if (l == NULL)
			return false;
	}
	l->dirty = true;
	t->pinned = l;
	bool ok = keep_line(t, l, rec) && apply_to_life(t, l, rec, ev);
	t->pinned = NULL;
	return ok;
}
