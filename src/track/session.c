/*
 * session.c - what a process's connection told before a queue ID was given
 * (pitfall 1): keyed by host, ident and pid; bounded in number.
 */
#include <stdlib.h>

#include "track/internal.h"

#define SESSIONS_MAX 16384u
#define SESSION_AGE_US (INT64_C(86400) * US_PER_S)

static void replace(char **to, struct str s)
{
	if (s.at == NULL)
		return;
	free(*to);
	*to = mem_str(s);
}

static void clear(struct session *s)
{
	char **texts[] = { &s->client_host, &s->client_ip, &s->helo,     &s->user,
			   &s->tls,         &s->relay_ip,  &s->opened_id };
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		free(*texts[i]);
		*texts[i] = NULL;
	}
	s->hold = false;
	s->opened = TRACK_NONE;
}

static void drop(struct track *t, struct session *s)
{
	HASH_DEL(t->sessions, s);
	DL_DELETE2(t->session_list, s, older, newer);
	clear(s);
	free(s);
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
		if (HASH_COUNT(t->sessions) >= SESSIONS_MAX)
			drop(t, t->session_list);
		s = mem_zalloc(sizeof(*s) + len);
		memcpy(s->key, key, len);
		s->key_len = len;
		s->opened = TRACK_NONE;
		HASH_ADD_KEYPTR(hh, t->sessions, s->key, len, s);
		DL_APPEND2(t->session_list, s, older, newer);
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
	replace(&s->client_host, ev->field[FIELD_CLIENT_HOST]);
	replace(&s->client_ip, ev->field[FIELD_CLIENT_IP]);
	replace(&s->helo, ev->field[FIELD_HELO]);
	replace(&s->user, ev->field[FIELD_USER]);
	replace(&s->tls, ev->field[FIELD_TLS]);
	replace(&s->relay_ip, ev->field[FIELD_RELAY_IP]);
}

void session_free_all(struct track *t)
{
	while (t->session_list != NULL)
		drop(t, t->session_list);
}
