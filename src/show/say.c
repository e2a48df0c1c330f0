/*
 * say.c - times, durations, peers, replies in words.
 */
#include "show/say.h"

#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "show/group.h"

void say_log(struct buf *b, const struct say *how, struct str s)
{
	if (how->raw)
		buf_add(b, s);
	else
		buf_safe(b, s);
}

static int64_t floor_s(int64_t us)
{
	return us >= 0 ? us / US_PER_S : -((US_PER_S - 1 - us) / US_PER_S);
}

static void broken_down(const struct say *how, int64_t at_us, struct tm *tm)
{
	time_t at = (time_t)floor_s(at_us);
	if ((how->utc ? gmtime_r(&at, tm) : localtime_r(&at, tm)) == NULL)
		memset(tm, 0, sizeof(*tm));
}

void say_time(struct buf *b, const struct say *how, int64_t at_us)
{
	char text[64];
	if (at_us == TRACE_NONE) {
		buf_puts(b, "at an unknown time");
		return;
	}
	if (how->raw) {
		char iso[CLOCK_ISO_LEN];
		clock_iso(at_us, iso);
		buf_puts(b, iso);
		return;
	}
	struct tm at, day;
	broken_down(how, at_us, &at);
	bool same = how->day_us != TRACE_NONE;
	if (same) {
		broken_down(how, how->day_us, &day);
		same = day.tm_year == at.tm_year && day.tm_yday == at.tm_yday;
	}
	strftime(text, sizeof(text), same ? "%H:%M:%S" : "%Y-%m-%d %H:%M:%S", &at);
	buf_puts(b, text);
}

void say_duration(struct buf *b, int64_t us)
{
	if (us < 0) {
		buf_puts(b, "-");
		us = us == INT64_MIN ? INT64_MAX : -us;
	}
	int64_t s = us / US_PER_S;
	if (us < 1000) /* stamps of whole seconds give this: no claim of precision */
		buf_puts(b, "0 s");
	else if (us < US_PER_S)
		buf_printf(b, "%lld ms", (long long)(us / 1000));
	else if (s < 60)
		buf_printf(b, "%lld.%lld s", (long long)s, (long long)(us % US_PER_S / 100000));
	else if (s < 3600)
		buf_printf(b, "%lld m %lld s", (long long)(s / 60), (long long)(s % 60));
	else if (s < S_PER_DAY)
		buf_printf(b, "%lld h %lld m", (long long)(s / 3600), (long long)(s / 60 % 60));
	else
		buf_printf(b, "%lld d %lld h", (long long)(s / S_PER_DAY),
			   (long long)(s / 3600 % 24));
}

void say_zone(struct buf *b, const struct say *how, int64_t at_us)
{
	char zone[32], offset[16];
	struct tm tm;
	broken_down(how, at_us, &tm);
	if (how->utc || strftime(zone, sizeof(zone), "%Z", &tm) == 0 ||
	    (strcmp(zone, "UTC") == 0 && tm.tm_gmtoff == 0)) {
		buf_puts(b, "UTC");
		return;
	}
	strftime(offset, sizeof(offset), "%z", &tm);
	buf_printf(b, "%s, UTC%.3s:%s", zone, offset, offset + (offset[0] != '\0' ? 3 : 0));
}

/* Can it stand in a sentence without brackets, and not be taken for a part of it? */
static bool is_plain(struct str address)
{
	for (size_t i = 0; i < address.len; i++)
		if ((unsigned char)address.at[i] <= ' ' ||
		    strchr(",;:()<>[]\"", address.at[i]) != NULL)
			return false;
	return address.len > 0;
}

void say_address(struct buf *b, const struct say *how, struct str address)
{
	bool plain = is_plain(address);
	buf_puts(b, plain ? "" : "<");
	say_log(b, how, address);
	buf_puts(b, plain ? "" : ">");
}

void say_peer(struct buf *b, const struct say *how, struct str name, struct str ip, int64_t port)
{
	if (str_eq(name, ip))
		ip = STR("");
	say_log(b, how, name);
	if (ip.len > 0 && name.len > 0)
		buf_puts(b, "[");
	say_log(b, how, ip);
	if (ip.len > 0 && name.len > 0)
		buf_puts(b, "]");
	if (port != TRACE_NONE && port != 25)
		buf_printf(b, ":%lld", (long long)port);
}

void say_relay(struct buf *b, const struct say *how, const struct trace_delivery *d)
{
	if (d->relay_host.len > 0 || d->relay_ip.len > 0)
		say_peer(b, how, d->relay_host, d->relay_ip, d->relay_port);
	else if (d->transport.len > 0)
		say_log(b, how, d->transport);
	else
		buf_puts(b, "an unnamed relay");
}

bool say_has_relay(const struct trace_delivery *d)
{
	/* "none": no connection came about */
	return d->relay_ip.len > 0 ||
	       (d->relay_host.len > 0 && !str_eq(d->relay_host, STR("none")));
}

int say_trouble(struct str state)
{
	static const char *const failed[] = { "bounced",   "expired", "rejected",
					      "discarded", "deleted", "aborted" };
	static const char *const waits[] = { "deferred", "queued", "held" };
	for (size_t i = 0; i < sizeof(failed) / sizeof(failed[0]); i++)
		if (str_eq(state, str_of(failed[i])))
			return 2;
	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++)
		if (str_eq(state, str_of(waits[i])))
			return 1;
	return 0;
}

void say_states(struct buf *b, const struct say *how, size_t count,
		struct str (*state_of)(const void *arg, size_t i), const void *arg)
{
	struct groups groups = { NULL };
	for (size_t i = 0; i < count; i++)
		groups_add(&groups, state_of(arg, i), NULL);
	for (struct group *g = groups.first; g != NULL; g = g->hh.next)
		g->rank = say_trouble((struct str){ g->label, g->len });
	groups_sort(&groups);
	buf_count(b, count);
	buf_puts(b, " recipients:");
	for (struct group *g = groups.first; g != NULL; g = g->hh.next) {
		buf_puts(b, g == groups.first ? " " : ", ");
		buf_count(b, g->count);
		buf_puts(b, " ");
		say_log(b, how, (struct str){ g->label, g->len });
	}
	groups_free(&groups);
}

static void comma(struct buf *b, size_t start)
{
	if (b->len > start)
		buf_puts(b, ", ");
}

void say_arrival(struct buf *b, const struct say *how, const struct trace_entry *e, struct str tls)
{
	size_t start = b->len;
	bool helo = e->helo.len > 0 && !str_eq(e->helo, e->client_host);
	const struct {
		const char *label;
		struct str value;
	} words[] = { { "HELO ", helo ? e->helo : STR("") },
		      { "user ", e->user },
		      { "", e->protocol },
		      { "", tls } };
	if (e->sender.at != NULL) {
		buf_puts(b, "from ");
		say_address(b, how, e->sender);
	}
	if (e->client_host.len > 0 || e->client_ip.len > 0) {
		comma(b, start);
		buf_puts(b, "client ");
		say_peer(b, how, e->client_host, e->client_ip, TRACE_NONE);
	}
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (words[i].value.len == 0)
			continue;
		comma(b, start);
		buf_puts(b, words[i].label);
		say_log(b, how, words[i].value);
	}
	if (e->size != TRACE_NONE) {
		comma(b, start);
		buf_count(b, e->size > 0 ? (size_t)e->size : 0);
		buf_puts(b, " bytes");
	}
	if (e->nrcpt != TRACE_NONE && e->nrcpt > 1) {
		comma(b, start);
		buf_count(b, (size_t)e->nrcpt);
		buf_puts(b, " recipients");
	}
}

void say_kind(struct buf *b, const struct say *how, struct str state,
	      const struct trace_recipient *last)
{
	say_log(b, how, state);
	if (last == NULL)
		return;
	bool handed = str_eq(state, STR("relayed")) || str_eq(state, STR("filtered"));
	bool failed = !handed && !str_eq(state, STR("delivered"));
	if (failed && !last->by_outcome && last->last->dsn.len > 0) {
		buf_puts(b, " ");
		say_log(b, how, last->last->dsn);
	}
	if (!say_has_relay(last->last) || last->by_outcome)
		return;
	buf_puts(b, handed ? " to " : failed ? " by " : " via ");
	say_relay(b, how, last->last);
}

/* "2.0.0" and its like only repeat the class of the state (RFC 3463 section 3.1). */
static bool says_nothing(struct str dsn, struct str reply)
{
	bool vague = dsn.len == 5 && str_eq(str_skip(dsn, 1), STR(".0.0"));
	return dsn.len == 0 || (vague && (reply.len > 0 || dsn.at[0] == '2'));
}

void say_reply(struct buf *b, const struct say *how, const struct trace_recipient *r)
{
	struct str dsn = r->last->dsn, reply = r->reply;
	while (reply.len > 0 && reply.at[reply.len - 1] == ' ')
		reply.len--;
	bool inside = says_nothing(dsn, reply) || r->by_outcome ||
		      (reply.len > 0 && memmem(reply.at, reply.len, dsn.at, dsn.len) != NULL);
	if (!inside) {
		say_log(b, how, dsn);
		if (reply.len > 0)
			buf_puts(b, " ");
	}
	say_log(b, how, reply);
}

static bool begins_with(struct str text, struct str word)
{
	return str_starts(text, word) && (text.len == word.len || text.at[word.len] == ' ');
}

void say_refusal(struct buf *b, const struct say *how, const struct trace_reject *r)
{
	char digits[24] = "";
	if (r->code != TRACE_NONE)
		snprintf(digits, sizeof(digits), "%lld", (long long)r->code);
	struct str code = str_of(digits), rest = r->reason;
	buf_puts(b, ":");
	if (code.len > 0 && begins_with(rest, code))
		rest = str_skip(rest, code.len + (rest.len > code.len));
	if (r->dsn.len > 0 && begins_with(rest, r->dsn))
		rest = str_skip(rest, r->dsn.len + (rest.len > r->dsn.len));
	const struct str parts[] = { code, r->dsn, rest };
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		buf_puts(b, parts[i].len > 0 ? " " : "");
		say_log(b, how, parts[i]);
	}
}

const char *say_hop(struct str kind)
{
	static const struct {
		const char *kind, *words;
	} hops[] = { { "relay", "relayed" },      { "filter", "through the content filter" },
		     { "forward", "forwarded" },  { "bounce", "bounce notice" },
		     { "delay", "delay notice" }, { "dsn", "delivery status notice" },
		     { "requeue", "requeued" },   { "clone", "cloned" } };
	for (size_t i = 0; i < sizeof(hops) / sizeof(hops[0]); i++)
		if (str_eq(kind, str_of(hops[i].kind)))
			return hops[i].words;
	return "passed on";
}
