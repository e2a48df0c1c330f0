/*
 * buf.h - text that grows, and log text made harmless.
 */
#ifndef SHOW_BUF_H
#define SHOW_BUF_H

#include "base/str.h"

/* Zero-initialise. buf_free gives the memory back. */
struct buf {
	char *at;
	size_t len, room;
};

void buf_free(struct buf *b);
void buf_add(struct buf *b, struct str s);
void buf_puts(struct buf *b, const char *s);
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static inline struct str buf_str(const struct buf *b)
{
	return (struct str){ b->at != NULL ? b->at : "", b->len };
}

/* Log text: what a terminal could act on or hide is shown as \xNN or <U+NNNN>. */
void buf_safe(struct buf *b, struct str s);

/* 9912 as "9,912". */
void buf_count(struct buf *b, size_t n);

/*
 * Length of the UTF-8 character at the front of s and its code point; 0 when the bytes are no
 * valid UTF-8 (overlong, surrogate, beyond U+10FFFF, cut).
 */
size_t utf8_next(struct str s, uint32_t *code);

#endif
