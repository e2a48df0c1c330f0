/*
 * shape.c - recognising names by their characters.
 */
#include "trace/shape.h"

#include <arpa/inet.h>

#define ADDRESS_MAX ((size_t)320) /* RFC 5321: 64 + 1 + 255 */
#define HOST_MAX ((size_t)255)

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

bool shape_is_name(char c)
{
	return is_digit(c) || is_letter(c) || c == '_';
}

static bool is_host_char(char c)
{
	return shape_is_name(c) || c == '-' || c == '.';
}

/* RFC 5322 atext and dots, without what separates fields in logs. */
static bool is_local_char(char c)
{
	return shape_is_name(c) || (c != '\0' && strchr("!#$%&*+-?^`{|}~.", c) != NULL);
}

/* Bytes of host characters at the front, without dots and hyphens at their end. */
static size_t host_run(struct str s)
{
	size_t n = 0;
	while (n < s.len && n < HOST_MAX && is_host_char(s.at[n]))
		n++;
	while (n > 0 && (s.at[n - 1] == '.' || s.at[n - 1] == '-'))
		n--;
	return n;
}

static size_t domain(struct str s)
{
	if (s.len > 0 && s.at[0] == '[') {
		size_t n = 1;
		while (n < s.len && n < 64 && s.at[n] != ']' && s.at[n] > ' ')
			n++;
		return n > 1 && n < s.len && s.at[n] == ']' ? n + 1 : 0;
	}
	return host_run(s);
}

static size_t bracketed(struct str s)
{
	size_t n = 0, sign = 0;
	while (n < s.len && n < ADDRESS_MAX && s.at[n] != '>' && s.at[n] != '<') {
		sign += s.at[n] == '@';
		n++;
	}
	return n < s.len && s.at[n] == '>' && sign > 0 ? n : 0;
}

size_t shape_address(struct str s, bool in_brackets)
{
	size_t local = 0, rest = in_brackets ? bracketed(s) : 0;
	if (rest > 0)
		return rest;
	while (local < s.len && local < ADDRESS_MAX && is_local_char(s.at[local]))
		local++;
	if (local == 0 || local == s.len || s.at[local] != '@')
		return 0;
	rest = domain(str_skip(s, local + 1));
	return rest > 0 ? local + 1 + rest : 0;
}

size_t shape_host(struct str s)
{
	size_t n = host_run(s), dots = 0, label = 0, letters = 0;
	for (size_t i = 0; i < n; i++) {
		if (s.at[i] != '.') {
			label++;
			letters += is_letter(s.at[i]);
			continue;
		}
		if (label == 0)
			return 0;
		dots++;
		label = letters = 0;
	}
	bool idn = n > 4 && label > 4 && memcmp(s.at + n - label, "xn--", 4) == 0;
	return dots > 0 && label >= 2 && (letters == label || idn) ? n : 0;
}

static size_t ipv4(struct str s)
{
	size_t n = 0, parts = 0;
	for (;;) {
		unsigned value = 0;
		size_t digits = 0;
		for (; n < s.len && is_digit(s.at[n]) && digits < 4; n++, digits++)
			value = value * 10 + (unsigned)(s.at[n] - '0');
		if (digits == 0 || digits > 3 || value > 255)
			return 0;
		if (++parts == 4)
			break;
		if (n == s.len || s.at[n++] != '.')
			return 0;
	}
	bool more = n < s.len && (shape_is_name(s.at[n]) ||
				  (s.at[n] == '.' && n + 1 < s.len && shape_is_name(s.at[n + 1])));
	return more ? 0 : n;
}

static size_t ipv6(struct str s)
{
	char text[INET6_ADDRSTRLEN];
	struct in6_addr address;
	size_t n = 0, colons = 0, digits = 0;
	while (n < s.len && n < sizeof(text) && s.at[n] != '\0' &&
	       strchr("0123456789abcdefABCDEF:.", s.at[n]) != NULL) {
		colons += s.at[n] == ':';
		digits += s.at[n] != ':' && s.at[n] != '.';
		n++;
	}
	if (colons < 2 || digits == 0 || n == sizeof(text) || (n < s.len && shape_is_name(s.at[n])))
		return 0;
	/* a sentence goes on behind it */
	while (n > 0 &&
	       (s.at[n - 1] == '.' || (s.at[n - 1] == ':' && (n < 2 || s.at[n - 2] != ':'))))
		n--;
	memcpy(text, s.at, n);
	text[n] = '\0';
	return inet_pton(AF_INET6, text, &address) == 1 ? n : 0;
}

size_t shape_ip(struct str s)
{
	size_t n = ipv4(s);
	return n > 0 ? n : ipv6(s);
}

static bool starts_nocase(struct str s, struct str prefix)
{
	return s.len >= prefix.len && str_eq_nocase((struct str){ s.at, prefix.len }, prefix);
}

size_t shape_url_host(struct str s)
{
	static const struct str schemes[] = { { "http://", 7 },
					      { "https://", 8 },
					      { "ftp://", 6 } };
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (starts_nocase(s, schemes[i]))
			return schemes[i].len;
	return 0;
}

size_t shape_url(struct str s)
{
	size_t n = shape_url_host(s);
	if (n == 0)
		return 0;
	while (n < s.len && (unsigned char)s.at[n] > ' ' && strchr("<>\"')];", s.at[n]) == NULL)
		n++;
	return n;
}

/* ---- headers ---- */

size_t shape_header(struct str s)
{
	static const struct str names[] = {
		{ "subject:", 8 }, { "subject=", 8 }, { "T=\"", 3 }, { "DN=\"", 4 }
	};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (starts_nocase(s, names[i]))
			return names[i].len;
	if (!starts_nocase(s, STR("header ")))
		return 0;
	size_t n = 7;
	while (n < s.len && n < 80 && (shape_is_name(s.at[n]) || s.at[n] == '-'))
		n++;
	return n > 7 && n < s.len && s.at[n] == ':' ? n + 1 : 0;
}

size_t shape_header_end(struct str s, size_t header)
{
	static const struct str end = { "; from=<", 8 };
	size_t n = header;
	while (n < s.len && s.at[n] == ' ')
		n++;
	bool quoted = s.at[header - 1] == '"' || (n < s.len && s.at[n] == '"');
	if (quoted) {
		for (n += s.at[header - 1] != '"'; n < s.len && s.at[n] != '"'; n++)
			n += s.at[n] == '\\';
		return n < s.len ? n : s.len;
	}
	const char *found = memmem(s.at + header, s.len - header, end.at, end.len);
	return found != NULL ? (size_t)(found - s.at) : s.len;
}

/* ---- words that name nobody ---- */

static bool is_one_of(struct str s, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (str_eq_nocase(s, str_of(words[i])))
			return true;
	return false;
}

bool shape_is_local(struct str s)
{
	static const char *const words[] = { "localhost", "127.0.0.1", "::1", "unknown", "none" };
	return is_one_of(s, words, sizeof(words) / sizeof(words[0]));
}

bool shape_is_common(struct str s)
{
	static const char *const words[] = { "abuse",         "admin",     "bounce",
					     "bounces",       "client",    "contact",
					     "daemon",        "delivery",  "double-bounce",
					     "error",         "from",      "host",
					     "hostmaster",    "id",        "info",
					     "list",          "local",     "mail",
					     "mailer-daemon", "message",   "mx",
					     "news",          "nobody",    "noreply",
					     "no-reply",      "office",    "ok",
					     "owner",         "post",      "postmaster",
					     "queued",        "recipient", "reject",
					     "relay",         "root",      "sales",
					     "sender",        "sent",      "server",
					     "service",       "size",      "smtp",
					     "spam",          "status",    "support",
					     "team",          "test",      "to",
					     "user",          "users",     "virtual",
					     "warning",       "webmaster", "www" };
	size_t digits = 0;
	for (size_t i = 0; i < s.len; i++)
		digits += is_digit(s.at[i]);
	return s.len < 2 || digits == s.len || shape_is_local(s) ||
	       is_one_of(s, words, sizeof(words) / sizeof(words[0]));
}
