/*
 * search.h - messages and rejected attempts by what is known of them.
 *
 * Reads entry, last_delivery and reject. Every value is bound, never part of the SQL.
 */
#ifndef TRACE_SEARCH_H
#define TRACE_SEARCH_H

#include "store/store.h"
#include "trace/trace.h"

/* Empty slices and TRACE_NONE: any. "*" and "?" in a text stand for any text and any character. */
struct search_query {
	struct str word;      /* an address, a domain, a queue ID or a Message-ID */
	struct str sender;    /* "" in angle brackets ("<>") is the null sender */
	struct str recipient; /* also as it was before aliasing */
	struct str domain;    /* of the sender or a recipient */
	struct str message_id, queue_id, client, relay, host, user, state, dsn;
	int64_t size_min, size_max; /* bytes */
	int64_t since_us, until_us;
	size_t limit;
	size_t newest; /* entries of a host that are looked at before lists are made; 0: as many as
			  pay */
};

/* A recipient of a message, a message without any yet (recipient at NULL), or a refused attempt. */
struct search_row {
	bool reject;
	int64_t entry; /* 0: a refused attempt without a queue ID */
	int64_t at_us; /* first line of the entry, or of the refusal */
	int64_t size;
	int64_t attempts;
	struct str host, mta, queue_id, message_id, sender, recipient, original_recipient;
	struct str client_host, client_ip, state, dsn, relay_host, relay_ip, text;
};

/*
 * The newest limit rows, newest first, in a. *more: there are others. False and *err on failure.
 */
bool search_run(struct store *s, struct arena *a, const struct search_query *q,
		struct search_row **rows, size_t *count, bool *more, struct err *err);

#endif
