/*
 * json_text.c - bytes to Unicode.
 */
#include "show/json_text.h"

#include "show/buf.h"

json_t *json_text(struct str s)
{
	if (s.at == NULL)
		return json_null();
	struct buf b = { 0 };
	while (s.len > 0) {
		uint32_t code = 0;
		size_t len = utf8_next(s, &code);
		if (len > 0)
			buf_add(&b, (struct str){ s.at, len });
		else
			buf_puts(&b, "\xef\xbf\xbd");
		s = str_skip(s, len > 0 ? len : 1);
	}
	struct str clean = buf_str(&b);
	json_t *out = json_stringn(clean.at, clean.len);
	buf_free(&b);
	return out;
}
