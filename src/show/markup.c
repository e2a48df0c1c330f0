/*
 * markup.c - encoding for HTML (WHATWG HTML section 13.3) and the frame of a page.
 */
#include "show/markup.h"

void markup_encode(struct buf *b, struct str s)
{
	size_t from = 0;
	for (size_t i = 0; i < s.len; i++) {
		const char *as = NULL;
		switch (s.at[i]) {
		case '&':
			as = "&amp;";
			break;
		case '<':
			as = "&lt;";
			break;
		case '>':
			as = "&gt;";
			break;
		case '"':
			as = "&quot;";
			break;
		case '\'':
			as = "&#39;";
			break;
		default:
			continue;
		}
		buf_add(b, (struct str){ s.at + from, i - from });
		buf_puts(b, as);
		from = i + 1;
	}
	if (from < s.len)
		buf_add(b, (struct str){ s.at + from, s.len - from });
}

void markup_text(struct buf *b, struct str s)
{
	struct buf safe = { 0 };
	buf_safe(&safe, s);
	markup_encode(b, buf_str(&safe));
	buf_free(&safe);
}

void markup_attribute(struct buf *b, const char *name, struct str value)
{
	buf_printf(b, " %s=\"", name);
	markup_text(b, value);
	buf_puts(b, "\"");
}

void markup_begin(struct buf *b, struct str title, const char *style)
{
	buf_puts(b, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
		    "style-src 'unsafe-inline'\">\n"
		    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		    "<meta name=\"referrer\" content=\"no-referrer\">\n<title>");
	markup_text(b, title);
	buf_puts(b, "</title>\n<style>\n");
	buf_puts(b, style);
	buf_puts(b, "</style>\n</head>\n<body>\n");
}

void markup_end(struct buf *b)
{
	buf_puts(b, "</body>\n</html>\n");
}
