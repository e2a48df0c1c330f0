/*
 * session.c - what a process's connection told before a queue ID was given
 * (pitfall 1): keyed by host, ident and pid; bounded in number.
 *
 * Those under way at a checkpoint are kept by the sink, so that a run that is
 * killed, or ends in the middle of one, loses nothing of the lines to come.
 */
#include <stdlib.h>

#include "track/internal.h"

#define SESSIONS_MAX 16384u
#define SESSION_AGE_US (INT64_C(86400) * US_PER_S)
#define KEY_ROOM ((size_t)112) /* holds the keys of all usual names */
#define BUFFER_KEPT 4096u

static void clear(struct session *s)
{
	for (size_t i = 0; i < SESSION_TEXT_COUNT; i++)
		s->text[i].len = SPAN_NONE;
	s->texts.len = 0;
	s->decided = 0;
	s->opened = s->opened_host = TRACK_NONE;
}

static void destroy(struct session *s)
{
	free(s->texts.buf);
	free(s);
}

/* Its memory, for another one. */
static void give_back(struct track *t, struct session *s)
{
	if (s->key_len > KEY_ROOM || s->texts.room > BUFFER_KEPT) {
		destroy(s);
		return;
	}
	s->newer = t->spare_sessions;
	t->spare_sessions = s;
}

static void drop(struct track *t, struct session *s)
{
	HASH_DEL(t->sessions, s);
	DL_DELETE2(t->session_list, s, older, newer);
	if (s->known)
		DL_APPEND2(t->sessions_gone, s, older, newer);
	else
		give_back(t, s);
}

static size_t make_key(char *key, size_t room, struct str host, struct str ident, int64_t pid)
{
	size_t len = host.len + ident.len + sizeof(pid) + 1;
	if (len > room || pid < 0)
		return 0;
	char *at = key;
	memcpy(at, &pid, sizeof(pid));
	at += sizeof(pid);
	if (host.len > 0)
		memcpy(at, host.at, host.len);
	at += host.len;
	*at++ = '\0';
	if (ident.len > 0)
		memcpy(at, ident.at, ident.len);
	return len;
}

static struct session *session_new(struct track *t, const char *key, size_t len)
{
	if (HASH_COUNT(t->sessions) >= SESSIONS_MAX)
		drop(t, t->session_list);
	struct session *s = t->spare_sessions;
	if (s != NULL && len <= KEY_ROOM) {
		t->spare_sessions = s->newer;
		*s = (struct session){ .texts = { s->texts.buf, 0, s->texts.room } };
	} else {
		s = mem_zalloc(sizeof(*s) + (len > KEY_ROOM ? len : KEY_ROOM));
	}
	clear(s);
	memcpy(s->key, key, len);
	s->key_len = len;
	HASH_ADD_KEYPTR(hh, t->sessions, s->key, len, s);
	DL_APPEND2(t->session_list, s, older, newer);
	return s;
}

struct str session_text(const struct session *s, enum session_text which)
{
	return span_get(&s->texts, s->text[which]);
}

void session_set(struct session *s, enum session_text which, struct str value)
{
	if (s->texts.len + value.len <= BUFFER_KEPT) /* one that never ends keeps what it has */
		span_set(&s->texts, &s->text[which], value);
}

struct session *session_get(struct track *t, const struct track_record *rec, bool create)
{
	char key[512];
	size_t len = make_key(key, sizeof(key), rec->host, rec->ident, rec->pid);
	struct session *s = NULL;
	if (len == 0)
		return NULL;
	HASH_FIND(hh, t->sessions, key, len, s);
	if (s != NULL && rec->time_us - s->time_us > SESSION_AGE_US)
		clear(s); /* pids come round again */
	if (s == NULL) {
		if (!create)
			return NULL;
		s = session_new(t, key, len);
	} else if (s->newer != NULL) {
		DL_DELETE2(t->session_list, s, older, newer);
		DL_APPEND2(t->session_list, s, older, newer);
	}
	s->dirty = true;
	s->time_us = rec->time_us;
	return s;
}

void session_event(struct track *t, const struct track_record *rec, const struct event *ev)
{
	static const enum event_field from[] = {
		FIELD_CLIENT_HOST, FIELD_CLIENT_IP, FIELD_HELO,
		FIELD_USER,        FIELD_TLS,       FIELD_RELAY_IP
	};
	bool open = str_eq(ev->field[FIELD_PHASE], STR("open"));
	bool close = str_eq(ev->field[FIELD_PHASE], STR("close"));
	struct session *s = session_get(t, rec, !close);
	if (s == NULL)
		return;
	if (close) {
		drop(t, s);
		return;
	}
	if (open)
		clear(s);
	for (size_t i = 0; i < sizeof(from) / sizeof(from[0]); i++)
		session_set(s, (enum session_text)i, ev->field[from[i]]);
	if (ev->field[FIELD_RELAY_IP].len == 0) /* some name it only */
		session_set(s, SESSION_RELAY_IP, ev->field[FIELD_RELAY_HOST]);
}

/* ---- those the sink keeps ---- */

static void read_session(void *arg, const struct session_row *row)
{
	struct track *t = arg;
	char key[512];
	size_t len = make_key(key, sizeof(key), row->host, row->ident, row->pid);
	if (len == 0)
		return;
	struct session *s = session_new(t, key, len);
	s->time_us = row->at;
	for (size_t i = 0; i < SESSION_TEXT_COUNT; i++)
		session_set(s, (enum session_text)i, row->text[i]);
	s->decided = row->decided;
	s->opened = row->opened;
	s->opened_host = row->opened_host;
	s->known = true;
}

bool session_read_all(struct track *t)
{
	if (t->sessions_read)
		return true;
	t->sessions_read = true;
	return t->sink.sessions == NULL || t->sink.sessions(t->sink.arg, read_session, t, t->err);
}

static void row_of(const struct session *s, struct session_row *row)
{
	*row = (struct session_row){ .at = s->time_us,
				     .decided = s->decided,
				     .opened = s->opened,
				     .opened_host = s->opened_host };
	memcpy(&row->pid, s->key, sizeof(row->pid));
	row->host = str_of(s->key + sizeof(row->pid));
	row->ident.at = row->host.at + row->host.len + 1;
	row->ident.len = s->key_len - sizeof(row->pid) - row->host.len - 1;
	for (size_t i = 0; i < SESSION_TEXT_COUNT; i++)
		row->text[i] = session_text(s, (enum session_text)i);
}

static bool forget_gone(struct track *t)
{
	struct session_row row;
	while (t->sessions_gone != NULL) {
		struct session *s = t->sessions_gone;
		row_of(s, &row);
		if (!t->sink.session_gone(t->sink.arg, row.host, row.ident, row.pid, t->err))
			return false;
		DL_DELETE2(t->sessions_gone, s, older, newer);
		give_back(t, s);
	}
	return true;
}

bool session_flush(struct track *t)
{
	struct session_row row;
	if (t->sink.session == NULL)
		return true;
	if (!forget_gone(t))
		return false;
	/* what was touched since the last time stands at the end */
	struct session *s = t->session_list != NULL ? t->session_list->older : NULL;
	for (; s != NULL && s->dirty; s = s == t->session_list ? NULL : s->older) {
		row_of(s, &row);
		if (!t->sink.session(t->sink.arg, &row, t->err))
			return false;
		s->known = true;
		s->dirty = false;
	}
	return true;
}

static void destroy_list(struct session *s)
{
	for (struct session *next; s != NULL; s = next) {
		next = s->newer;
		destroy(s);
	}
}

void session_free_all(struct track *t)
{
	while (t->session_list != NULL)
		drop(t, t->session_list);
	destroy_list(t->sessions_gone);
	destroy_list(t->spare_sessions);
}
