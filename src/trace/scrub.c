/*
 * scrub.c - one pass over the text, left to right: at each place where a word may begin, the
 * longest of what is known and what has the shape of an address, a host, a machine address or a URL
 * is replaced.
 */
#include "trace/scrub.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/hash.h"
#include "base/siphash.h"
#include "trace/shape.h"

#define VALUE_MAX ((size_t)512) /* bytes of a known value that is looked for */
#define PREFIX_LEN ((size_t)3)  /* of known values, to pass over most places at once */
#define PREFIX_BITS 65536u

enum kind { KIND_ADDRESS, KIND_HOST, KIND_ID, KIND_USER };

struct known {
	char *key; /* in lower case */
	enum kind kind;
	UT_hash_handle hh;
};

struct scrub {
	struct siphash_key key;
	struct arena *arena;
	struct known *known;
	size_t longest; /* of them */
	unsigned char prefixes[PREFIX_BITS / 8];
	struct out {
		char *at;
		size_t len, room;
	} out;
};

/* ---- output ---- */

static void put(struct scrub *s, struct str text)
{
	struct out *o = &s->out;
	if (text.len == 0)
		return;
	if (o->len + text.len > o->room) {
		o->room = (o->len + text.len) * 2;
		o->at = mem_realloc(o->at, o->room);
	}
	memcpy(o->at + o->len, text.at, text.len);
	o->len += text.len;
}

/* ---- pseudonyms ---- */

/* "k3f9x2ab": 40 bits of a value that begins with the class of what it names. */
static void put_name(struct scrub *s, const char *label, char class, struct str value)
{
	static const char digits[] = "abcdefghijkmnpqrstuvwxyz23456789";
	char name[8], *key = arena_alloc(s->arena, value.len + 1);
	key[0] = class;
	str_lower(value, key + 1, value.len);
	uint64_t h = siphash(&s->key, (struct str){ key, value.len + 1 });
	for (size_t i = 0; i < sizeof(name); i++, h >>= 5)
		name[i] = digits[h & 31];
	put(s, str_of(label));
	put(s, (struct str){ name, sizeof(name) });
}

/* Each label by what stands below it, so that a host stays within its domain. */
static void put_host(struct scrub *s, struct str host)
{
	if (shape_is_local(host)) {
		put(s, host);
		return;
	}
	const char *dot;
	bool labels = memchr(host.at, '.', host.len) != NULL;
	if (!labels) {
		put_name(s, "host-", 'h', host);
		return;
	}
	for (bool first = true; (dot = memchr(host.at, '.', host.len)) != NULL; first = false) {
		size_t len = (size_t)(dot - host.at);
		if (len > 0) {
			bool more = memchr(dot + 1, '.', host.len - len - 1) != NULL;
			put_name(s, !more ? "dom-" : first ? "host-" : "sub-", 'h', host);
			put(s, STR("."));
		}
		host = str_skip(host, len + 1);
	}
	put(s, STR("example"));
}

/* 240/4 is used by nobody, 2001:db8::/32 is for examples: neither is taken for a real one. */
static void put_ip(struct scrub *s, struct str ip)
{
	char text[64], *key = arena_alloc(s->arena, ip.len + 1);
	if (shape_is_local(ip)) {
		put(s, ip);
		return;
	}
	key[0] = 'i';
	str_lower(ip, key + 1, ip.len);
	uint64_t h = siphash(&s->key, (struct str){ key, ip.len + 1 });
	unsigned w[4];
	for (int i = 0; i < 4; i++, h >>= 16)
		w[i] = (unsigned)(h & 0xffff);
	if (memchr(ip.at, ':', ip.len) == NULL)
		snprintf(text, sizeof(text), "%u.%u.%u.%u", 240 | (w[0] & 15), w[1] & 255,
			 w[2] & 255, w[3] & 255);
	else
		snprintf(text, sizeof(text), "2001:db8:%x:%x:%x:%x::", w[0], w[1], w[2], w[3]);
	put(s, str_of(text));
}

static void put_place(struct scrub *s, struct str host)
{
	if (shape_ip(host) == host.len)
		put_ip(s, host);
	else
		put_host(s, host);
}

static void put_address(struct scrub *s, struct str address, const char *label)
{
	const char *sign = memrchr(address.at, '@', address.len);
	size_t local = sign != NULL ? (size_t)(sign - address.at) : address.len;
	if (local > 0)
		put_name(s, label, 'l', (struct str){ address.at, local });
	if (sign == NULL)
		return;
	put(s, STR("@"));
	struct str domain = str_skip(address, local + 1);
	bool literal = domain.len > 2 && domain.at[0] == '[';
	if (literal) {
		size_t skip = str_starts(domain, STR("[IPv6:")) ? 6 : 1;
		put(s, (struct str){ domain.at, skip });
		put_place(s, (struct str){ domain.at + skip, domain.len - skip - 1 });
		put(s, STR("]"));
	} else if (domain.len > 0) {
		put_place(s, domain);
	}
}

static void put_known(struct scrub *s, enum kind kind, struct str value)
{
	switch (kind) {
	case KIND_ADDRESS:
		put_address(s, value, "user-");
		break;
	case KIND_ID:
		put_address(s, value, "id-");
		break;
	case KIND_HOST:
		put_place(s, value);
		break;
	case KIND_USER:
		put_name(s, "user-", 'l', value);
		break;
	}
}

/* ---- known values ---- */

static unsigned prefix_bit(struct str s)
{
	char lower[PREFIX_LEN];
	size_t n = s.len < PREFIX_LEN ? s.len : PREFIX_LEN;
	str_lower((struct str){ s.at, n }, lower, n);
	return hash_bytes(lower, n) % PREFIX_BITS;
}

static void know(struct scrub *s, struct str value, enum kind kind)
{
	struct known *k = NULL;
	if (value.len == 0 || value.len > VALUE_MAX || shape_is_local(value))
		return;
	char *key = arena_alloc(s->arena, value.len);
	str_lower(value, key, value.len);
	HASH_FIND(hh, s->known, key, value.len, k);
	if (k != NULL)
		return;
	k = arena_alloc(s->arena, sizeof(*k));
	*k = (struct known){ .key = key, .kind = kind };
	HASH_ADD_KEYPTR(hh, s->known, k->key, value.len, k);
	s->longest = value.len > s->longest ? value.len : s->longest;
	/* shorter texts are looked up by all they are */
	for (size_t n = 1; n <= PREFIX_LEN && n <= value.len; n++) {
		unsigned bit = prefix_bit((struct str){ value.at, n });
		if (n == PREFIX_LEN || n == value.len)
			s->prefixes[bit / 8] |= (unsigned char)(1u << (bit % 8));
	}
}

void scrub_know_host(struct scrub *s, struct str name)
{
	know(s, name, KIND_HOST);
}

void scrub_know_user(struct scrub *s, struct str name)
{
	if (!shape_is_common(name))
		know(s, name, KIND_USER);
}

void scrub_know_address(struct scrub *s, struct str address)
{
	const char *sign = address.len > 0 ? memrchr(address.at, '@', address.len) : NULL;
	if (sign == NULL) {
		scrub_know_user(s, address);
		return;
	}
	know(s, address, KIND_ADDRESS);
	scrub_know_user(s, (struct str){ address.at, (size_t)(sign - address.at) });
	scrub_know_host(s, str_skip(address, (size_t)(sign - address.at) + 1));
}

void scrub_know_message_id(struct scrub *s, struct str id)
{
	if (id.len > 0 && id.at[0] == '<')
		id = str_skip(id, 1);
	if (id.len > 0 && id.at[id.len - 1] == '>')
		id.len--;
	know(s, id, KIND_ID);
}

/* The longest known value that begins here and ends where a word does. */
static const struct known *find_known(const struct scrub *s, struct str text)
{
	char lower[VALUE_MAX];
	const struct known *best = NULL;
	unsigned any = prefix_bit(text);
	bool maybe = (s->prefixes[any / 8] >> (any % 8) & 1) != 0;
	/* a known value shorter than the prefix */
	for (size_t n = 1; !maybe && n < PREFIX_LEN && n < text.len; n++) {
		unsigned bit = prefix_bit((struct str){ text.at, n });
		maybe = (s->prefixes[bit / 8] >> (bit % 8) & 1) != 0;
	}
	if (!maybe)
		return NULL;
	size_t most = text.len < s->longest ? text.len : s->longest;
	str_lower((struct str){ text.at, most }, lower, most);
	for (size_t n = 1; n <= most; n++) {
		struct known *k = NULL;
		if (n < text.len && shape_is_name(text.at[n]) && shape_is_name(text.at[n - 1]))
			continue;
		HASH_FIND(hh, s->known, lower, n, k);
		if (k != NULL)
			best = k;
		if (n < text.len && (text.at[n] == ' ' || text.at[n] == '\n'))
			break;
	}
	return best;
}

/* ---- the text ---- */

/* Replace what begins here; how many bytes of text that were, 0 when there is nothing. */
static size_t replace(struct scrub *s, struct str text, bool in_brackets)
{
	const struct known *k = find_known(s, text);
	size_t known = k != NULL ? k->hh.keylen : 0;
	size_t url = shape_url(text), address = shape_address(text, in_brackets);
	size_t ip = shape_ip(text), host = shape_host(text);
	if (url > 0) {
		/* what a URL names may be anything: only its place stays */
		size_t begin = shape_url_host(text), end = begin;
		while (end < url && text.at[end] != '/' && text.at[end] != ':' &&
		       text.at[end] != '?')
			end++;
		put(s, (struct str){ text.at, begin });
		put_place(s, (struct str){ text.at + begin, end - begin });
		put(s, end < url ? STR("/...") : STR(""));
		return url;
	}
	if (known > 0 && known >= address && known >= ip && known >= host)
		put_known(s, k->kind, (struct str){ text.at, known });
	else if (address > 0 && address >= ip && address >= host)
		put_address(s, (struct str){ text.at, address }, "user-");
	else if (ip > 0 && ip >= host)
		put_ip(s, (struct str){ text.at, ip });
	else if (host > 0)
		put_host(s, (struct str){ text.at, host });
	return known > address && known > ip && known > host ? known
	       : address > ip && address > host              ? address
	       : ip > host                                   ? ip
	       : host > 0                                    ? host
							     : known;
}

struct str scrub_text(struct scrub *s, struct str text)
{
	bool word = false; /* the byte before is part of a word */
	char before = '\0';
	if (text.at == NULL)
		return text;
	s->out.len = 0;
	while (text.len > 0) {
		size_t header = word ? 0 : shape_header(text);
		if (header > 0) {
			struct str rest = str_skip(text, header);
			size_t end = shape_header_end(text, header);
			put(s, (struct str){ text.at, header });
			put(s, rest.len > 0 && end > header ? STR("...") : STR(""));
			text = str_skip(text, end);
			before = '\0';
			continue;
		}
		size_t took = word ? 0 : replace(s, text, before == '<');
		if (took == 0) {
			put(s, (struct str){ text.at, 1 });
			took = 1;
		}
		before = text.at[took - 1];
		word = shape_is_name(before);
		text = str_skip(text, took);
	}
	return arena_copy(s->arena, (struct str){ s->out.at != NULL ? s->out.at : "", s->out.len });
}

struct scrub *scrub_new(struct arena *a, struct err *err)
{
	struct scrub *s = mem_zalloc(sizeof(*s));
	s->arena = a;
	if (getrandom(&s->key, sizeof(s->key), 0) == (ssize_t)sizeof(s->key))
		return s;
	free(s);
	err_set(err, "cannot anonymize: the system gives no random numbers");
	return NULL;
}

void scrub_free(struct scrub *s)
{
	if (s == NULL)
		return;
	HASH_CLEAR(hh, s->known);
	explicit_bzero(&s->key, sizeof(s->key));
	free(s->out.at);
	free(s);
}
