/*
 * reason.h - replies and reject texts brought to one form, so that equal reasons can be
 * counted: "host mx.example.net[203.0.113.25] said: 451 4.7.1 <bob@example.org>: try
 * again in 300 seconds" is "host * said: 451 4.7.1 <*>: try again in * seconds".
 */
#ifndef TRACE_REASON_H
#define TRACE_REASON_H

#include "base/str.h"

/* Longer reasons are cut here (bytes, at a character's border). */
#define REASON_MAX ((size_t)240)

/*
 * Addresses, host names, IP addresses, URLs, paths, IDs and numbers are blanked
 * to "*"; SMTP reply codes and enhanced status codes (RFC 3463) stay. The result stands in room.
 */
struct str reason_of(char room[REASON_MAX], struct str text);

#endif
