/*
 * value.c - values of JSON: log text, numbers and times that may not be known.
 */
#include "show/value.h"

#include "base/clock.h"
#include "show/buf.h"
#include "trace/trace.h"

/* Log text is bytes, JSON is Unicode: what is no UTF-8 becomes U+FFFD. at NULL becomes null. */
json_t *value_text(struct str s)
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

json_t *value_number(int64_t n)
{
	return n == TRACE_NONE ? json_null() : json_integer((json_int_t)n);
}

json_t *value_time(int64_t at_us)
{
	char iso[CLOCK_ISO_LEN];
	if (at_us == TRACE_NONE)
		return json_null();
	clock_iso(at_us, iso);
	return json_string(iso);
}

json_t *value_seconds(int64_t us)
{
	return us == TRACE_NONE ? json_null() : json_real((double)us / 1e6);
}

void value_put(json_t *object, const char *key, json_t *value)
{
	json_object_set_new(object, key, value);
}
