/*
 * report_messages.c - messages that came in within the span: how many, how large, whose, and what
 * became of their recipients. Read part by part, so that a long span takes no more memory than a
 * short one; what grows are the numbers themselves: addresses, durations.
 */
#include "trace/report_graph.h"

#include <stdio.h>
#include <stdlib.h>

struct messages {
	struct maker *maker;
	struct tally states, senders, recipients, clients, sender_domains, recipient_domains;
	struct series whole;
};

/*
 * Not an ID of a session that brought no message, one that was refused in the session, or a probe.
 * An ID that went on under another one was a message, whatever else is known of it.
 */
static bool is_message(const struct leg *l)
{
	if (l->moved || l->filtered || l->relayed || l->forwarded)
		return true;
	if (str_eq(l->state, STR("aborted")) || (l->ends > 0 && l->vain == l->ends))
		return false;
	return l->ends > 0 || l->outcome.len > 0 || !str_eq(l->state, STR("open"));
}

/* ---- who ---- */

/* Once a message; false: it is counted already. */
static bool add(struct messages *m, struct tally *t, const struct leg *l, struct str name)
{
	struct tally_line *line = tally_at(t, m->maker->arena, (struct str){ 0 }, name);
	if (line->last == l->id)
		return false;
	line->last = l->id;
	line->line.count++;
	line->line.bytes += l->size > 0 ? l->size : 0;
	return true;
}

static void lower(struct str from, char *out)
{
	for (size_t i = 0; i < from.len; i++) {
		char c = from.at[i];
		out[i] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
	}
}

/* The domain in lower case; the local part as it is (RFC 5321 section 2.4). Copied to room. */
static struct str normal_address(struct str s, char room[1024])
{
	if (s.len > 1024)
		s.len = 1024;
	const char *at = memrchr(s.at, '@', s.len);
	size_t local = at != NULL ? (size_t)(at - s.at) + 1 : s.len;
	memcpy(room, s.at, local);
	lower(str_skip(s, local), room + local);
	return (struct str){ room, s.len };
}

static void add_sender(struct messages *m, const struct leg *l)
{
	char room[1024];
	if (l->sender.at != NULL)
		add(m, &m->senders, l,
		    l->sender.len > 0 ? normal_address(l->sender, room) : STR("<>"));
}

static void add_client(struct messages *m, const struct leg *l)
{
	char room[512];
	struct str name = l->client_host, ip = l->client_ip;
	if (name.len == 0 && ip.len == 0)
		return;
	if (name.len == 0 || ip.len == 0 || name.len + ip.len + 2 > sizeof(room)) {
		add(m, &m->clients, l, name.len > 0 ? name : ip);
		return;
	}
	memcpy(room, name.at, name.len);
	room[name.len] = '[';
	memcpy(room + name.len + 1, ip.at, ip.len);
	room[name.len + 1 + ip.len] = ']';
	add(m, &m->clients, l, (struct str){ room, name.len + ip.len + 2 });
}

/* A recipient counts once a message, under the address the message came with. */
static void add_recipient(struct messages *m, const struct final *f)
{
	char room[1024];
	struct str given = f->original.len > 0 ? f->original : f->recipient;
	m->maker->report->recipients += add(m, &m->recipients, f->leg, normal_address(given, room));
}

/* Each address has one domain: its counts are those of its addresses. */
static void sum_domains(struct messages *m, const struct tally *addresses, struct tally *domains)
{
	for (const struct tally_line *l = addresses->first; l != NULL; l = l->hh.next) {
		struct str s = l->line.name;
		const char *at = memrchr(s.at, '@', s.len);
		struct str domain = at != NULL             ? str_skip(s, (size_t)(at - s.at) + 1)
				    : str_eq(s, STR("<>")) ? s
							   : STR("(no domain)");
		struct tally_line *d =
			tally_at(domains, m->maker->arena, (struct str){ 0 }, domain);
		d->line.count += l->line.count;
		d->line.bytes += l->line.bytes;
	}
}

/* ---- what became of them ---- */

static void add_end(struct messages *m, struct str state, int64_t count)
{
	tally_at(&m->states, m->maker->arena, (struct str){ 0 }, state)->line.count += count;
	m->maker->report->ends += count;
}

/* An entry without any attempt: what its own state says. */
static void add_untried(struct messages *m, const struct leg *l)
{
	if (l->moved || l->filtered || l->relayed || l->forwarded)
		return;
	struct str state = l->outcome.len > 0 ? l->outcome : l->state;
	if (str_eq(state, STR("open")) || str_eq(state, STR("accepted")))
		state = STR("queued");
	else if (str_eq(state, STR("completed")))
		state = STR("unknown");
	add_end(m, state, l->nrcpt > 0 ? l->nrcpt : 1);
}

static void add_final(struct messages *m, const struct graph *g, const struct final *f)
{
	const struct leg *root = graph_root(f->leg);
	if (root == NULL || !is_message(root) || f->end == END_PROBE)
		return;
	if (root == f->leg)
		add_recipient(m, f);
	if (f->end == END_EXPANDED || graph_passed(g, f))
		return;
	add_end(m, f->state, 1);
	bool arrived = f->end == END_DELIVERED || f->end == END_RELAYED;
	if (arrived && !root->head_missing && f->at_us >= root->first_us)
		series_add(&m->whole, f->at_us - root->first_us);
}

static void add_leg(struct messages *m, struct leg *l)
{
	struct report *r = m->maker->report;
	const struct leg *root = graph_root(l);
	if (root == NULL || !is_message(root))
		return;
	r->entries++;
	if (l->ends == 0)
		add_untried(m, l);
	if (root != l)
		return;
	int64_t size = l->size > 0 ? l->size : 0;
	r->messages++;
	r->bytes += size;
	r->notices += l->notice || (l->sender.at != NULL && l->sender.len == 0);
	if (l->ends == 0)
		r->recipients += l->nrcpt > 0 ? l->nrcpt : 1;
	add_sender(m, l);
	add_client(m, l);
	struct report_bucket *b = report_bucket_at(m->maker, l->first_us);
	if (b != NULL) {
		b->messages++;
		b->bytes += size;
	}
}

static void sum_up(struct messages *m)
{
	struct report *r = m->maker->report;
	struct arena *a = m->maker->arena;
	size_t top = m->maker->top;
	r->states = tally_top(&m->states, a, SIZE_MAX);
	r->senders = tally_top(&m->senders, a, top);
	r->recipient_list = tally_top(&m->recipients, a, top);
	r->clients = tally_top(&m->clients, a, top);
	sum_domains(m, &m->senders, &m->sender_domains);
	sum_domains(m, &m->recipients, &m->recipient_domains);
	r->sender_domains = tally_top(&m->sender_domains, a, top);
	r->recipient_domains = tally_top(&m->recipient_domains, a, top);
	r->whole = (struct report_times){ STR("end to end"),
					  (int64_t)m->whole.count,
					  series_percentile(&m->whole, 50),
					  series_percentile(&m->whole, 95),
					  series_percentile(&m->whole, 99),
					  series_percentile(&m->whole, 100) };
}

static bool add_part(struct messages *m, struct events *e, int64_t from_us, int64_t to_us)
{
	struct graph g = { .maker = m->maker,
			   .events = e,
			   .arena = arena_new(),
			   .from_us = from_us,
			   .to_us = to_us };
	bool ok = graph_load(&g);
	if (ok) {
		for (size_t i = 0; i < g.leg_count; i++)
			add_leg(m, &g.legs[i]);
		for (struct leg *l = g.later; l != NULL; l = l->hh.next)
			add_leg(m, l);
		for (size_t i = 0; i < g.final_count; i++)
			add_final(m, &g, &g.finals[i]);
	}
	graph_free(&g);
	arena_free(g.arena);
	return ok;
}

/* ---- parts ---- */

static bool count_entries(struct maker *m, int64_t from_us, int64_t to_us, int64_t *count)
{
	sqlite3_stmt *row = report_between(m, schema_report_count_sql, from_us, to_us);
	if (row == NULL)
		return false;
	int rc = sqlite3_step(row);
	*count = rc == SQLITE_ROW ? sqlite3_column_int64(row, 0) : 0;
	sqlite3_reset(row);
	return rc == SQLITE_ROW || trace_failed(m->store, m->err);
}

/*
 * Where the part that begins at from_us ends, of which the rest of the span has *left entries, less
 * those of the part afterwards: where it would end were mail spread evenly, sooner where that is
 * too much.
 */
static bool end_of_part(struct maker *m, int64_t from_us, int64_t *left, int64_t *to_us)
{
	int64_t part = (int64_t)m->part, to = m->report->until_us, count = *left;
	while (count > 2 * part && to - from_us > 1) {
		double share = (double)part / (double)count;
		int64_t length = (int64_t)((double)(to - from_us) * share);
		to = from_us + (length > 0 ? length : 1);
		if (!count_entries(m, from_us, to, &count))
			return false;
	}
	*left -= count;
	*to_us = to;
	return true;
}

bool report_messages(struct maker *maker, struct events *e)
{
	struct messages m = { .maker = maker };
	struct report *r = maker->report;
	/* nothing begins outside what is covered, which the span may exceed by far */
	int64_t from = r->since_us > maker->begin_us ? r->since_us : maker->begin_us, to, left;
	bool ok = count_entries(maker, r->since_us, r->until_us, &left);
	while (ok && from < r->until_us) {
		ok = end_of_part(maker, from, &left, &to) && add_part(&m, e, from, to);
		from = to;
	}
	if (ok)
		sum_up(&m);
	struct tally *all[] = { &m.states,  &m.senders,        &m.recipients,
				&m.clients, &m.sender_domains, &m.recipient_domains };
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		tally_free(all[i]);
	free(m.whole.us);
	return ok;
}
