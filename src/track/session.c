/*
 * session.c - what a process's connection told before a queue ID was given
 * (pitfall 1): keyed by host, ident and pid; bounded in number.
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
	s->hold = false;
	s->opened = TRACK_NONE;
}

static void destroy(struct session *s)
{
	free(s->texts.buf);
	free(s);
}

static void drop(struct track *t, struct session *s)
{
	HASH_DEL(t->sessions, s);
	DL_DELETE2(t->session_list, s, older, newer);
	if (s->key_len > KEY_ROOM || s->texts.room > BUFFER_KEPT) {
		destroy(s);
		return;
	}
	s->newer = t->spare_sessions;
	t->spare_sessions = s;
}

static struct session *session_new(struct track *t, const char *key, size_t len)
{
	struct session *s = t->spare_sessions;
	if (HASH_COUNT(t->sessions) >= SESSIONS_MAX)
		drop(t, t->session_list);
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
	if (s->texts.len + value.len <=
	    BUFFER_KEPT) /* a session that never ends keeps what it has */
		span_set(&s->texts, &s->text[which], value);
}

struct session *session_get(struct track *t, const struct track_record *rec, bool create)
{
	char key[512];
	size_t len = rec->host.len + rec->ident.len + sizeof(rec->pid) + 1;
	if (len > sizeof(key) || rec->pid < 0)
		return NULL;
	char *at = key;
	memcpy(at, &rec->pid, sizeof(rec->pid));
	at += sizeof(rec->pid);
	if (rec->host.len > 0)
		memcpy(at, rec->host.at, rec->host.len);
	at += rec->host.len;
	*at++ = '\0';
	if (rec->ident.len > 0)
		memcpy(at, rec->ident.at, rec->ident.len);
	struct session *s;
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
	s->time_us = rec->time_us;
	return s;
}

void session_event(struct track *t, const struct track_record *rec, const struct event *ev)
{
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
	session_set(s, SESSION_CLIENT_HOST, ev->field[FIELD_CLIENT_HOST]);
	session_set(s, SESSION_CLIENT_IP, ev->field[FIELD_CLIENT_IP]);
	session_set(s, SESSION_HELO, ev->field[FIELD_HELO]);
	session_set(s, SESSION_USER, ev->field[FIELD_USER]);
	session_set(s, SESSION_TLS, ev->field[FIELD_TLS]);
	session_set(s, SESSION_RELAY_IP, ev->field[FIELD_RELAY_IP]);
}

void session_free_all(struct track *t)
{
	while (t->session_list != NULL)
		drop(t, t->session_list);
	for (struct session *s = t->spare_sessions, *next; s != NULL; s = next) {
		next = s->newer;
		destroy(s);
	}
}
