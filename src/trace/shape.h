/*
 * shape.h - what begins a text: an address, a host name, a machine address, a URL, a logged header?
 *
 * Each answers with its length, 0 when there is none. Looks at a bounded number of bytes, as the
 * text is a stranger's. Where in doubt it is one: what is replaced too often does no harm.
 */
#ifndef TRACE_SHAPE_H
#define TRACE_SHAPE_H

#include "base/str.h"

/* Part of a word: the places between others are where names begin and end. */
bool shape_is_name(char c);

/* local@domain or local@[literal]; in_brackets: a < stands before it, and all up to > belongs to
 * it. */
size_t shape_address(struct str s, bool in_brackets);
/* Labels with dots between, the last one of letters. */
size_t shape_host(struct str s);
/* IPv4 or IPv6. */
size_t shape_ip(struct str s);
/* http and the like; its host begins at shape_url_host. */
size_t shape_url(struct str s);
size_t shape_url_host(struct str s);

/* "Subject: ", "header From: ", T=" and the like: the length of the name; the text of it goes up to
 * shape_header_end. */
size_t shape_header(struct str s);
size_t shape_header_end(struct str s, size_t header);

/* localhost, 127.0.0.1, ::1, unknown, none: names of nobody. */
bool shape_is_local(struct str s);
/* A word that logs are full of, a number, or an account every system has: hiding it would hide the
 * log. */
bool shape_is_common(struct str s);

#endif
