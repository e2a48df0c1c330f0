/*
 * markup.h - text into HTML and SVG. Log text is first made harmless as on terminals (control
 * bytes, bidi and invisible marks, invalid UTF-8 become visible), then encoded: it can stand
 * between tags and in quoted attributes.
 */
#ifndef SHOW_MARKUP_H
#define SHOW_MARKUP_H

#include "show/buf.h"

/* Log text. */
void markup_text(struct buf *b, struct str s);

/* Text of ours, maybe with log text in it that buf_safe has seen already: only encoded. */
void markup_encode(struct buf *b, struct str s);

/* ` name="value"`, with a blank before it; value as for markup_text. */
void markup_attribute(struct buf *b, const char *name, struct str value);

/*
 * The beginning of a page that stands by itself, up to and with <body>: title, a policy that
 * forbids scripts and everything from elsewhere, the style sheet all pages share and the rest of
 * this page's (ours, not encoded).
 */
void markup_begin(struct buf *b, struct str title, const char *style);
void markup_end(struct buf *b);

#endif
