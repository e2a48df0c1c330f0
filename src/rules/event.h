/*
 * event.h - what one record says about one queue ID, in MTA-neutral terms.
 *
 * The names of kinds and fields are what plugins use (parsers/README.md).
 */
#ifndef RULES_EVENT_H
#define RULES_EVENT_H

#include "base/str.h"

/*
 * Kind          what it means for the queue ID's life
 *
 * receive       a life begins (client, sender, size, Message-ID as far as the line has them)
 * sender        the message is in the queue: envelope sender, size, recipients (again on every
 * retry) message_id    the Message-ID header of the message delivery      one attempt for one
 * recipient, with a state child         another queue ID of this host came of this one (field link
 * says how) hold          put on hold, frozen, quarantined release       let go again outcome a
 * state for every recipient that has no final one yet (expired, deleted, discarded) close the life
 * ends (field state: completed, deleted, requeued, aborted, corrupt) reject        refused in the
 * session; with or without queue ID note          worth keeping, changes no state session       no
 * queue ID: what is known of this process's connection, for the next ID of it ignore        a line
 * of this program that says nothing about any message
 */
#define EVENT_KINDS(X)                                                                             \
	X(RECEIVE, receive)                                                                        \
	X(SENDER, sender)                                                                          \
	X(MESSAGE_ID, message_id)                                                                  \
	X(DELIVERY, delivery)                                                                      \
	X(CHILD, child)                                                                            \
	X(HOLD, hold)                                                                              \
	X(RELEASE, release)                                                                        \
	X(OUTCOME, outcome)                                                                        \
	X(CLOSE, close)                                                                            \
	X(REJECT, reject)                                                                          \
	X(NOTE, note)                                                                              \
	X(SESSION, session)                                                                        \
	X(IGNORE, ignore)

enum event_kind {
#define X(up, low) EVENT_##up,
	EVENT_KINDS(X)
#undef X
		EVENT_KIND_COUNT
};

/*
 * Field               meaning (all text as logged unless said)
 *
 * queue_id            the ID the event is about
 * parent_queue_id     on receive: the ID of this host it came of (field link says how)
 * child_queue_id      on child/delivery: the ID of this host that came of it
 * link                filter forward bounce delay dsn requeue clone relay
 * message_id          value of the header, with or without brackets
 * resent_message_id   value of the Resent-Message-ID header (some MTAs log that as the Message-ID)
 * sender              envelope sender, without brackets, empty for the null sender
 * recipient           envelope recipient of the attempt, after rewriting
 * original_recipient  before aliasing
 * size                bytes
 * nrcpt               recipients (as the queue counts them)
 * client_host         name of the connecting client; empty or "unknown" when unverified
 * client_ip           its address
 * client_port         its port
 * helo                what it called itself
 * user                authenticated or local user
 * protocol            SMTP, ESMTPS, local, ...
 * tls                 TLS version/cipher as logged
 * relay_host          next hop's name (or local, virtual, none, a service name)
 * relay_ip            next hop's address; a path for a local socket
 * relay_port          next hop's port
 * transport           mailer, transport or delivery agent
 * router              what chose the transport
 * state               recipient or entry state (formats/next-hop-replies.md section 6)
 * dsn                 enhanced status code
 * delay               since arrival: seconds "1.3", "3m45s" or "1+04:10:22"
 * xdelay              of this attempt, same forms
 * reply               the server's reply or the reason
 * next_queue_id       the ID the next hop claimed in its reply (filled from replies rules)
 * server              the next hop's kind as its reply tells (name of the replies rule)
 * stage               of a reject: RCPT, DATA, ...
 * code                of a reject: SMTP reply code
 * text                of a note or reject: words for people
 * phase               of a session: open, close, or empty for "something learned"
 */
#define EVENT_FIELDS(X)                                                                            \
	X(QUEUE_ID, queue_id)                                                                      \
	X(PARENT_QUEUE_ID, parent_queue_id)                                                        \
	X(CHILD_QUEUE_ID, child_queue_id)                                                          \
	X(LINK, link)                                                                              \
	X(MESSAGE_ID, message_id)                                                                  \
	X(RESENT_MESSAGE_ID, resent_message_id)                                                    \
	X(SENDER, sender)                                                                          \
	X(RECIPIENT, recipient)                                                                    \
	X(ORIGINAL_RECIPIENT, original_recipient)                                                  \
	X(SIZE, size)                                                                              \
	X(NRCPT, nrcpt)                                                                            \
	X(CLIENT_HOST, client_host)                                                                \
	X(CLIENT_IP, client_ip)                                                                    \
	X(CLIENT_PORT, client_port)                                                                \
	X(HELO, helo)                                                                              \
	X(USER, user)                                                                              \
	X(PROTOCOL, protocol)                                                                      \
	X(TLS, tls)                                                                                \
	X(RELAY_HOST, relay_host)                                                                  \
	X(RELAY_IP, relay_ip)                                                                      \
	X(RELAY_PORT, relay_port)                                                                  \
	X(TRANSPORT, transport)                                                                    \
	X(ROUTER, router)                                                                          \
	X(STATE, state)                                                                            \
	X(DSN, dsn)                                                                                \
	X(DELAY, delay)                                                                            \
	X(XDELAY, xdelay)                                                                          \
	X(REPLY, reply)                                                                            \
	X(NEXT_QUEUE_ID, next_queue_id)                                                            \
	X(SERVER, server)                                                                          \
	X(STAGE, stage)                                                                            \
	X(CODE, code)                                                                              \
	X(TEXT, text)                                                                              \
	X(PHASE, phase)

enum event_field {
#define X(up, low) FIELD_##up,
	EVENT_FIELDS(X)
#undef X
		EVENT_FIELD_COUNT
};

struct event {
	enum event_kind kind;
	const struct str *field; /* by enum event_field; at == NULL: the line does not have it */
	bool ambiguous;  /* the line can be read two ways: change no state, follow no link */
	bool followable; /* next_queue_id is an ID that a log can show */
	struct str mta;  /* of the plugin; empty for programs beside the MTA (filters) */
	struct str instance;
	const char *plugin, *rule; /* names */
};

const char *event_kind_name(enum event_kind k);
const char *event_field_name(enum event_field f);
/* False when no kind/field has this name. */
bool event_kind_of(struct str name, enum event_kind *out);
bool event_field_of(struct str name, enum event_field *out);

#endif
