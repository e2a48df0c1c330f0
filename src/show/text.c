/*
 * text.c - see text.h. UTF-8 as in RFC 3629.
 */
#include "show/text.h"

/* Length of the valid UTF-8 sequence at s; 0 when it is none. */
static size_t utf8(struct str s, uint32_t *code)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned char c = (unsigned char)s.at[0];
	size_t n = c < 0x80 ? 1 : c >= 0xf0 && c < 0xf5 ? 4 : c >= 0xe0 && c < 0xf0 ? 3 : c >= 0xc2 && c < 0xe0 ? 2 : 0;
	if (n == 0 || n > s.len)
		return 0;
	*code = n == 1 ? c : c & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		unsigned char b = (unsigned char)s.at[i];
		if ((b & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (b & 0x3f);
	}
	if (*code < least[n] || *code > 0x10ffff || (*code >= 0xd800 && *code < 0xe000))
		return 0;
	return n;
}

static bool invisible(uint32_t c)
{
	return (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0x200e ||
	       c == 0x200f || c == 0x061c || c == 0x2028 || c == 0x2029 || c == 0xfeff;
}

void show_escaped(FILE *out, struct str s)
{
	while (s.len > 0) {
		uint32_t code = 0;
		size_t n = utf8(s, &code);
		if (n == 0 || code < 0x20 || (code >= 0x7f && code < 0xa0)) {
			for (size_t i = 0; i < (n > 0 ? n : 1); i++)
				fprintf(out, "\\x%02X", (unsigned char)s.at[i]);
		} else if (invisible(code)) {
			fprintf(out, "<U+%04X>", code);
		} else {
			fwrite(s.at, 1, n, out);
		}
		s = str_skip(s, n > 0 ? n : 1);
	}
}
