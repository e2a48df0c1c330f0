/*
 * text.c - small texts read or tidied: Message-IDs, durations, shapes.
 */
#include "base/clock.h"
#include "track/track.h"

/* The first <...> of s whose quotes are balanced; all from "<" when none closes. */
static struct str bracketed(struct str s)
{
	const char *open = memchr(s.at, '<', s.len);
	bool quoted = false;
	if (open == NULL)
		return (struct str){ 0 };
	struct str from = str_skip(s, (size_t)(open - s.at));
	for (size_t i = 1; i < from.len; i++) {
		if (from.at[i] == '\\' && quoted)
			i++;
		else if (from.at[i] == '"')
			quoted = !quoted;
		else if (from.at[i] == '>' && !quoted)
			return (struct str){ from.at, i + 1 };
	}
	const char *close = memchr(from.at, '>', from.len); /* a lone quote */
	return close != NULL ? (struct str){ from.at, (size_t)(close - from.at) + 1 } : from;
}

/* "\\303\\274" for a byte above ASCII, as some MTAs write it, to the byte itself. */
static struct str decode_octal(struct arena *a, struct str s)
{
	if (s.len < 4 || memchr(s.at, '\\', s.len) == NULL)
		return s;
	char *out = arena_alloc(a, s.len);
	size_t len = 0;
	for (size_t i = 0; i < s.len; i++) {
		const char *at = s.at + i;
		bool octal = i + 3 < s.len && at[0] == '\\' && at[1] >= '2' && at[1] <= '3' &&
			     at[2] >= '0' && at[2] <= '7' && at[3] >= '0' && at[3] <= '7';
		if (octal) {
			out[len++] = (char)((at[1] - '0') * 64 + (at[2] - '0') * 8 + (at[3] - '0'));
			i += 3;
		} else {
			out[len++] = *at;
		}
	}
	return (struct str){ out, len };
}

struct str track_message_id(struct arena *a, struct str raw)
{
	raw = decode_octal(a, str_trim(raw));
	if (raw.len == 0)
		return (struct str){ 0 };
	struct str id = bracketed(raw);
	if (str_eq(id, STR("<>")))
		return (struct str){ 0 };
	if (id.at != NULL)
		return id;
	char *out = arena_alloc(a, raw.len + 2);
	out[0] = '<';
	memcpy(out + 1, raw.at, raw.len);
	out[raw.len + 1] = '>';
	return (struct str){ out, raw.len + 2 };
}

static bool digits(struct str *s, int64_t *n)
{
	size_t len = 0;
	while (len < s->len && len < 12 && s->at[len] >= '0' && s->at[len] <= '9')
		len++;
	if (!str_to_int64((struct str){ s->at, len }, n))
		return false;
	*s = str_skip(*s, len);
	return true;
}

/* *total += n * unit; false when that is beyond any duration. */
static bool add_time(int64_t *total, int64_t n, int64_t unit_us)
{
	int64_t part;
	return !__builtin_mul_overflow(n, unit_us, &part) &&
	       !__builtin_add_overflow(*total, part, total);
}

/* "1+04:10:22" or "04:10:22" */
static bool clock_duration(struct str s, int64_t *us)
{
	int64_t n = 0;
	*us = 0;
	if (!digits(&s, &n))
		return false;
	if (str_starts(s, STR("+"))) {
		s = str_skip(s, 1);
		if (!add_time(us, n, S_PER_DAY * US_PER_S) || !digits(&s, &n))
			return false;
	}
	if (!add_time(us, n, 3600 * US_PER_S))
		return false;
	for (int64_t unit = 60; unit >= 1; unit /= 60) {
		if (!str_starts(s, STR(":")))
			return false;
		s = str_skip(s, 1);
		if (!digits(&s, &n) || !add_time(us, n, unit * US_PER_S))
			return false;
	}
	return s.len == 0;
}

static int64_t unit_seconds(char c)
{
	switch (c) {
	case 's':
		return 1;
	case 'm':
		return 60;
	case 'h':
		return 3600;
	case 'd':
		return S_PER_DAY;
	case 'w':
		return 7 * S_PER_DAY;
	default:
		return 0;
	}
}

/* ".418", if there: microseconds, digits beyond these passed over. */
static int64_t fraction(struct str *s)
{
	int64_t us = 0;
	if (!str_starts(*s, STR(".")))
		return 0;
	*s = str_skip(*s, 1);
	for (int64_t scale = US_PER_S / 10; s->len > 0 && s->at[0] >= '0' && s->at[0] <= '9';
	     scale /= 10) {
		us += (s->at[0] - '0') * scale;
		*s = str_skip(*s, 1);
	}
	return us;
}

/* "1.3", "1.3s", "3m45s" */
static bool unit_duration(struct str s, int64_t *us)
{
	*us = 0;
	while (s.len > 0) {
		int64_t n = 0;
		if (!digits(&s, &n))
			return false;
		int64_t part = fraction(&s);
		int64_t unit = s.len > 0 ? unit_seconds(s.at[0]) : 1;
		if (unit == 0 || !add_time(us, n, unit * US_PER_S) || !add_time(us, part, unit))
			return false;
		s = str_skip(s, 1);
	}
	return true;
}

bool track_duration(struct str s, int64_t *us)
{
	int64_t value;
	if (s.len == 0)
		return false;
	bool clock = memchr(s.at, ':', s.len) != NULL;
	if (clock ? !clock_duration(s, &value) : !unit_duration(s, &value))
		return false;
	*us = value;
	return true;
}

static bool is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* A run of letters and digits: words stay, anything with a digit is blanked. */
static size_t shape_word(struct str s, char *out, size_t *len)
{
	size_t end = 0;
	bool digit = false;
	while (end < s.len && (is_alnum(s.at[end]) || s.at[end] == '_')) {
		digit = digit || (s.at[end] >= '0' && s.at[end] <= '9');
		end++;
	}
	if (digit) {
		out[(*len)++] = '#';
	} else {
		memcpy(out + *len, s.at, end);
		*len += end;
	}
	return end;
}

struct str track_shape(struct arena *a, struct str body)
{
	size_t limit = body.len < 400 ? body.len : 400;
	char *out = arena_alloc(a, limit + 1);
	size_t len = 0;
	for (size_t i = 0; i < limit;) {
		static const char open[] = "<[(\"", close[] = ">])\"";
		const char *o = body.at[i] != '\0' ? strchr(open, body.at[i]) : NULL;
		const char *c =
			o != NULL ? memchr(body.at + i + 1, close[o - open], limit - i - 1) : NULL;
		if (c != NULL) {
			out[len++] = *o;
			out[len++] = *c;
			i = (size_t)(c - body.at) + 1;
		} else if (is_alnum(body.at[i])) {
			i += shape_word((struct str){ body.at + i, limit - i }, out, &len);
		} else {
			out[len++] = body.at[i++];
		}
	}
	return (struct str){ out, len };
}
