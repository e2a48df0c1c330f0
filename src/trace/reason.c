/*
 * reason.c - one form of many replies. Works word by word, and looks at each byte a bounded
 * number of times, as the text is a stranger's.
 */
#include "trace/reason.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

static bool is_blank(char c)
{
	return (unsigned char)c <= ' ' || c == 0x7f;
}

static bool is_word(char c)
{
	return is_alpha(c) || is_digit(c) || strchr("._%+-@=~:/&#!?*^`{|}$", c) != NULL;
}

/* The word at the front without the punctuation that ends it. */
static struct str word_at(struct str s)
{
	size_t n = 0;
	while (n < s.len && s.at[n] != '\0' && is_word(s.at[n]))
		n++;
	while (n > 1 && strchr(".:!?-", s.at[n - 1]) != NULL)
		n--;
	return (struct str){ s.at, n };
}

static bool all_digits(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!is_digit(s.at[i]))
			return false;
	return s.len > 0;
}

/* "451", or "4.7.1" (RFC 3463: class 2, 4, 5; up to three digits a part), or "550-5.1.1". */
static bool is_code(struct str w)
{
	if (w.len < 3 || strchr("245", w.at[0]) == NULL)
		return false;
	if (w.len == 3 && all_digits(w))
		return true;
	if (w.len > 4 && w.at[3] == '-' && all_digits((struct str){ w.at, 3 }))
		return is_code(str_skip(w, 4));
	size_t i = 1;
	for (int part = 0; part < 2; part++) {
		size_t digits = 0;
		if (i >= w.len || w.at[i++] != '.')
			return false;
		while (i < w.len && is_digit(w.at[i]) && digits < 3) {
			i++;
			digits++;
		}
		if (digits == 0)
			return false;
	}
	return i == w.len;
}

/* A path; "/" alone is none. */
static bool is_path(struct str w)
{
	return w.len > 1 && w.at[0] == '/';
}

/* Labels with dots between, the last of them letters: "mx1.example.net", not "e.g". */
static bool is_host(struct str w)
{
	size_t dots = 0, label = 0, letters = 0;
	for (size_t i = 0; i < w.len; i++) {
		char c = w.at[i];
		if (c == '.') {
			if (label == 0)
				return false;
			dots++;
			label = letters = 0;
			continue;
		}
		if (!is_alpha(c) && !is_digit(c) && c != '-' && c != '_')
			return false;
		label++;
		letters += is_alpha(c);
	}
	return dots > 0 && label >= 2 && letters == label;
}

/* Numbers, queue IDs, addresses of machines. "IPv6", "TLSv1" and the like stay. */
static bool is_number_or_id(struct str w)
{
	size_t digits = 0, hex = 0, colons = 0;
	for (size_t i = 0; i < w.len; i++) {
		digits += is_digit(w.at[i]);
		hex += is_digit(w.at[i]) || (((unsigned char)w.at[i] | 0x20u) >= 'a' &&
					     ((unsigned char)w.at[i] | 0x20u) <= 'f');
		colons += w.at[i] == ':';
	}
	if (colons >= 2 && hex + colons == w.len)
		return true;
	return digits > 0 && (w.len > 5 || !is_alpha(w.at[0]));
}

static bool starts_nocase(struct str s, const char *prefix)
{
	size_t len = strlen(prefix);
	return s.len >= len && str_eq_nocase((struct str){ s.at, len }, str_of(prefix));
}

/* Bytes of a URL at the front: up to a blank or what encloses it. */
static size_t url_at(struct str s)
{
	size_t n = 0;
	if (!starts_nocase(s, "http://") && !starts_nocase(s, "https://"))
		return 0;
	while (n < s.len && !is_blank(s.at[n]) && strchr("<>\"')];", s.at[n]) == NULL)
		n++;
	return n;
}

struct out {
	char *at;
	size_t len;
	bool cut;
};

static void put(struct out *o, struct str s)
{
	for (size_t i = 0; i < s.len && !o->cut; i++) {
		if (o->len == REASON_MAX) {
			o->cut = true;
			break;
		}
		o->at[o->len++] = s.at[i];
	}
}

/* "*", and "*[*]", "* *" and the like as one. */
static void put_blanked(struct out *o)
{
	if (o->len >= 1 && o->at[o->len - 1] == '*')
		return;
	if (o->len >= 2 && o->at[o->len - 2] == '*' && strchr(" [./=", o->at[o->len - 1]) != NULL) {
		if (o->at[o->len - 1] != '[')
			o->len--;
		else
			put(o, STR("*"));
		return;
	}
	put(o, STR("*"));
}

/* A word and how many bytes of s it took. */
static size_t put_word(struct out *o, struct str s)
{
	size_t url = url_at(s);
	struct str w = url > 0 ? (struct str){ s.at, url } : word_at(s);
	if (url > 0 || memchr(w.at, '@', w.len) != NULL) {
		put_blanked(o);
		return w.len;
	}
	size_t part = 0; /* key=value: each by itself */
	while (part < w.len && w.at[part] != '=')
		part++;
	if (part < w.len)
		w.len = part > 0 ? part : 1;
	if (is_code(w) || !(is_path(w) || is_host(w) || is_number_or_id(w)))
		put(o, w);
	else
		put_blanked(o);
	return w.len;
}

/* UTF-8 that was cut within a character loses its beginning too. */
static void trim(struct out *o)
{
	while (o->cut && o->len > 0 && ((unsigned char)o->at[o->len - 1] & 0xc0u) == 0x80)
		o->len--;
	if (o->cut && o->len > 0 && (unsigned char)o->at[o->len - 1] >= 0xc0)
		o->len--;
	while (o->len > 0 && o->at[o->len - 1] == ' ')
		o->len--;
}

struct str reason_of(char room[REASON_MAX], struct str s)
{
	struct out o = { room, 0, false };
	while (s.len > 0 && !o.cut) {
		size_t took = 1;
		if (is_blank(s.at[0])) {
			if (o.len > 0 && o.at[o.len - 1] != ' ')
				put(&o, STR(" "));
		} else if (is_word(s.at[0])) {
			took = put_word(&o, s);
		} else if (s.at[0] == ']' && o.len >= 3 && o.at[o.len - 1] == '*' &&
			   o.at[o.len - 2] == '[' && o.at[o.len - 3] == '*') {
			o.len -= 2; /* host[address] */
		} else {
			put(&o, (struct str){ s.at, 1 });
		}
		s = str_skip(s, took);
	}
	trim(&o);
	return (struct str){ o.at, o.len };
}
