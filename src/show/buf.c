/*
 * buf.c - text that grows; encoding of log text for output.
 */
#include "show/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"

static char *room_for(struct buf *b, size_t n)
{
	if (b->len + n + 1 > b->room) {
		b->room = (b->len + n + 1) * 2;
		b->at = mem_realloc(b->at, b->room);
	}
	return b->at + b->len;
}

void buf_free(struct buf *b)
{
	free(b->at);
	*b = (struct buf){ 0 };
}

void buf_add(struct buf *b, struct str s)
{
	if (s.len == 0)
		return;
	memcpy(room_for(b, s.len), s.at, s.len);
	b->len += s.len;
}

void buf_puts(struct buf *b, const char *s)
{
	buf_add(b, str_of(s));
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap, again;
	va_start(ap, fmt);
	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n > 0) {
		vsnprintf(room_for(b, (size_t)n), (size_t)n + 1, fmt, again);
		b->len += (size_t)n;
	}
	va_end(again);
}

void buf_count(struct buf *b, size_t n)
{
	char digits[32];
	int len = snprintf(digits, sizeof(digits), "%zu", n);
	for (int i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			buf_puts(b, ",");
		buf_add(b, (struct str){ digits + i, 1 });
	}
}

size_t utf8_next(struct str s, uint32_t *code)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned char c = (unsigned char)s.at[0];
	size_t len = c < 0x80 ? 1 : c < 0xc2 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 0;
	if (len == 0 || len > s.len)
		return 0;
	uint32_t v = len == 1 ? c : c & (0x7fu >> len);
	for (size_t i = 1; i < len; i++) {
		unsigned char d = (unsigned char)s.at[i];
		if ((d & 0xc0u) != 0x80)
			return 0;
		v = v << 6 | (d & 0x3fu);
	}
	if (v < least[len] || v > 0x10ffff || (v >= 0xd800 && v < 0xe000))
		return 0;
	*code = v;
	return len;
}

/* Characters that hide, or reorder what stands beside them (UAX #9, UTR #36). */
static bool is_invisible(uint32_t c)
{
	return c == 0xad || c == 0x61c || c == 0x180e || (c >= 0x200b && c <= 0x200f) ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff ||
	       (c >= 0xfff9 && c <= 0xfffb) || (c >= 0xe0000 && c <= 0xe0fff);
}

void buf_safe(struct buf *b, struct str s)
{
	while (s.len > 0) {
		uint32_t code = 0;
		size_t len = utf8_next(s, &code);
		size_t n = len > 0 ? len : 1;
		if (len == 0 || code < 0x20 || (code >= 0x7f && code < 0xa0)) {
			for (size_t i = 0; i < n; i++)
				buf_printf(b, "\\x%02X", (unsigned)(unsigned char)s.at[i]);
		} else if (is_invisible(code)) {
			buf_printf(b, "<U+%04X>", (unsigned)code);
		} else {
			buf_add(b, (struct str){ s.at, len });
		}
		s = str_skip(s, n);
	}
}
