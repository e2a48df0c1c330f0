/*
 * scrub.h - addresses, hosts, machine addresses and Message-IDs in any text become pseudonyms.
 *
 * Found by their shape, and by their value where the scrubber was told it. The same value always
 * becomes the same pseudonym, whatever its case; a domain keeps its place below another one.
 * Without the key, which is made for one scrubber and is kept nowhere, no pseudonym leads back.
 *
 * Kept: what queue IDs, times, sizes, codes, programs and the words of replies say; localhost,
 * 127.0.0.1 and ::1. Text after Subject: and other logged headers is taken out.
 */
#ifndef TRACE_SCRUB_H
#define TRACE_SCRUB_H

#include "base/arena.h"
#include "base/err.h"

struct scrub;

/* NULL and *err when the system gives no random key. Pseudonyms live in a. */
struct scrub *scrub_new(struct arena *a, struct err *err);
void scrub_free(struct scrub *s);

/* Values to be found wherever they stand, by what they are. Empty ones do not count. */
void scrub_know_address(struct scrub *s, struct str address); /* also its two parts */
void scrub_know_host(struct scrub *s, struct str name);       /* or an IP address */
void scrub_know_message_id(struct scrub *s, struct str id);   /* with or without <> */
void scrub_know_user(struct scrub *s, struct str name);

/* text with pseudonyms; at NULL stays so. */
struct str scrub_text(struct scrub *s, struct str text);

#endif
