/*
 * match.c - a record's way through the rules: route by ident, first rule
 * that fits, its fields to events.
 */
#include <stdlib.h>

#include "rules/internal.h"

#define ROUTES_MAX 4096 /* idents are attacker-chosen on open syslog ports */

bool tests_all(const struct tests *t, struct matcher *m, struct str *slots)
{
	for (size_t i = 0; i < t->count; i++) {
		struct str subject = slots[t->list[i].slot];
		if (subject.at == NULL ||
		    !pattern_match(&t->list[i].pattern, m, subject, 0, slots, NULL))
			return false;
	}
	return true;
}

static bool tests_any(const struct tests *t, struct matcher *m, struct str *slots)
{
	for (size_t i = 0; i < t->count; i++) {
		struct str subject = slots[t->list[i].slot];
		if (subject.at != NULL &&
		    pattern_match(&t->list[i].pattern, m, subject, 0, slots, NULL))
			return true;
	}
	return false;
}

bool rule_match(struct rule *rule, struct matcher *m, struct str body, struct str *slots)
{
	return pattern_match(&rule->match, m, body, 0, slots, NULL);
}

static struct event event_of(const struct emit *e, enum event_kind kind, const struct str *slots)
{
	return (struct event){ .kind = kind,
			       .field = slots,
			       .mta = e->plugin->mta,
			       .instance = e->instance,
			       .plugin = e->plugin->name,
			       .rule = e->rule->name };
}

/* Does a server's reply in this state name the next queue ID? */
static bool state_accepts(struct str state)
{
	return str_eq(state, STR("relayed")) || str_eq(state, STR("delivered")) ||
	       str_eq(state, STR("filtered"));
}

/* What a delivery's reply tells, into its fields. */
static void read_reply(const struct emit *e, struct event *ev, struct str *slots)
{
	struct reply found;
	if (ev->kind != EVENT_DELIVERY || !e->rule->read_reply || slots[FIELD_REPLY].at == NULL ||
	    !state_accepts(slots[FIELD_STATE]) ||
	    !reply_read(e->rules, e->arena, slots[FIELD_REPLY], &found))
		return;
	if (found.queue_id.at != NULL)
		slots[FIELD_NEXT_QUEUE_ID] = found.queue_id;
	if (found.state.at != NULL)
		slots[FIELD_STATE] = found.state;
	slots[FIELD_SERVER] = str_of(found.rule->name);
	ev->followable = found.rule->followable;
}

/* The events a line tells beside its own. */
static void emit_also(const struct emit *e, bool ambiguous, struct str *slots)
{
	const struct rule *rule = e->rule;
	for (size_t i = 0; i < rule->also_count; i++) {
		if (!tests_all(&rule->also[i].when, &e->rules->matcher, slots))
			continue;
		struct str more[SLOT_MAX];
		memcpy(more, slots, sizeof(more));
		assigns_apply(&rule->also[i].set, more);
		struct event ev = event_of(e, rule->also[i].kind, more);
		ev.ambiguous = ambiguous;
		e->fn(e->arg, &ev);
	}
}

/* One set of fields: cases, reply, ambiguity, then the events. */
static void finish(const struct emit *e, struct str *slots)
{
	struct rule *rule = e->rule;
	struct matcher *m = &e->rules->matcher;
	enum event_kind kind = rule->kind;
	for (size_t i = 0; i < rule->case_count; i++) {
		if (!tests_all(&rule->cases[i].when, m, slots))
			continue;
		assigns_apply(&rule->cases[i].set, slots);
		if (rule->cases[i].has_kind)
			kind = rule->cases[i].kind;
		break;
	}
	struct event ev = event_of(e, kind, slots);
	ev.ambiguous = tests_any(&rule->ambiguous, m, slots);
	const struct str told[] = { slots[FIELD_STATE], slots[FIELD_NEXT_QUEUE_ID],
				    slots[FIELD_SERVER] };
	read_reply(e, &ev, slots);
	e->fn(e->arg, &ev);
	/* the reply's word was for this event */
	slots[FIELD_STATE] = told[0];
	slots[FIELD_NEXT_QUEUE_ID] = told[1];
	slots[FIELD_SERVER] = told[2];
	emit_also(e, ev.ambiguous, slots);
}

void rule_emit(const struct emit *e, struct str *slots)
{
	struct rule *rule = e->rule;
	if (rule->kind == EVENT_IGNORE && rule->case_count == 0)
		return;
	slots[FIELD_CLIENT_IP] = ip_plain(e->arena, slots[FIELD_CLIENT_IP]);
	slots[FIELD_RELAY_IP] = ip_plain(e->arena, slots[FIELD_RELAY_IP]);
	assigns_apply(&rule->set, slots);
	map_apply(rule, slots);
	if (rule->each.count == 0) {
		finish(e, slots);
		return;
	}
	struct test *each = &rule->each.list[0];
	struct str subject = slots[each->slot];
	size_t at = 0, end = 0;
	while (subject.at != NULL && at <= subject.len) {
		struct str one[SLOT_MAX];
		memcpy(one, slots, sizeof(one));
		one[each->slot] = (struct str){ 0 };
		if (!pattern_match(&each->pattern, &e->rules->matcher, subject, at, one, &end))
			break;
		if (end == at)
			break; /* an empty match would repeat for ever */
		at = end;
		finish(e, one);
	}
}

/* ---- from ident to rules ---- */

static bool rule_serves(const struct rule *rule, struct str daemon)
{
	for (size_t i = 0; i < rule->daemon_count; i++) {
		if (str_eq(str_of(rule->daemons[i]), daemon))
			return true;
	}
	return rule->daemon_count == 0;
}

static struct plugin *owner(struct rules *r, struct route *route, struct str ident)
{
	for (size_t i = 0; i < r->plugin_count; i++) {
		struct plugin *p = r->plugins[i];
		for (size_t j = 0; j < p->ident_count; j++) {
			struct str slots[IDENT_SLOTS] = { 0 };
			size_t end = 0;
			if (!pattern_match(&p->idents[j], &r->matcher, ident, 0, slots, &end))
				continue;
			route->instance = slots[IDENT_INSTANCE];
			route->daemon = slots[IDENT_DAEMON];
			return p;
		}
	}
	return NULL;
}

void routes_forget(struct rules *r)
{
	memset(r->recent_routes, 0, sizeof(r->recent_routes));
	struct route *route, *next;
	HASH_ITER(hh, r->routes, route, next)
	{
		HASH_DEL(r->routes, route);
		free(route->rules);
		free(route);
	}
}

static struct route *route_of(struct rules *r, struct str ident)
{
	struct route *route;
	HASH_FIND(hh, r->routes, ident.at, ident.len, route);
	if (route != NULL)
		return route;
	if (HASH_COUNT(r->routes) >= ROUTES_MAX)
		routes_forget(r);
	route = mem_zalloc(sizeof(*route) + ident.len + 1);
	if (ident.len > 0)
		memcpy(route->ident, ident.at, ident.len);
	route->ident_len = ident.len;
	route->plugin = owner(r, route, (struct str){ route->ident, ident.len });
	size_t count = route->plugin != NULL ? route->plugin->rule_count : 0;
	route->rules = mem_alloc((count + 1) * sizeof(struct rule *));
	for (int last = 0; last < 2; last++) {
		for (size_t i = 0; i < count; i++) {
			struct rule *rule = &route->plugin->rules[i];
			if (rule->last == (last == 1) && rule_serves(rule, route->daemon))
				route->rules[route->rule_count++] = rule;
		}
	}
	HASH_ADD_KEYPTR(hh, r->routes, route->ident, ident.len, route);
	return route;
}

/* A log has few idents, and nearly every line one of those: a glance finds them. */
struct route *rules_route(struct rules *r, struct str ident)
{
	size_t last = ident.len > 0 ? (unsigned char)ident.at[ident.len - 1] : 0;
	struct route **recent = &r->recent_routes[(last * 8 + ident.len) % ROUTES_RECENT];
	if (*recent == NULL ||
	    !str_eq(ident, (struct str){ (*recent)->ident, (*recent)->ident_len }))
		*recent = route_of(r, ident);
	return *recent;
}

enum rules_result rules_match(struct rules *r, struct arena *a, const struct rules_input *in,
			      rules_event_fn *fn, void *arg)
{
	struct route *route = rules_route(r, in->ident);
	struct plugin *p = route->plugin;
	if (p == NULL)
		return RULES_FOREIGN;
	struct str body = in->body;
	switch (record_prepare(r, p, a, in, &body)) {
	case RECORD_PENDING:
		return RULES_PENDING;
	case RECORD_DUPLICATE:
		return RULES_DUPLICATE;
	case RECORD_READY:
		break;
	}
	struct str slots[SLOT_MAX]; /* a rule that fails leaves them alone */
	memset(slots, 0, (EVENT_FIELD_COUNT + p->locals.count) * sizeof(*slots));
	for (size_t i = 0; i < route->rule_count; i++) {
		struct rule *rule = route->rules[i];
		if (!rule_match(rule, &r->matcher, body, slots))
			continue;
		rule->hits++;
		struct emit e = { r, p, rule, route->instance, a, fn, arg };
		rule_emit(&e, slots);
		return RULES_MATCHED;
	}
	return RULES_UNMATCHED;
}

struct str rules_owner(struct rules *r, struct str ident)
{
	const struct plugin *p = rules_route(r, ident)->plugin;
	return p != NULL ? str_of(p->name) : (struct str){ 0 };
}
