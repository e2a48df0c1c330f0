/*
 * check.c - the samples of plugins are tests: each must yield its fields, and
 * no other rule of the plugin may claim its line.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "rules/internal.h"

struct check {
	struct rules *rules;
	struct plugin *plugin;
	struct rule *rule;
	struct sample *sample;
	rules_report_fn *fn;
	void *arg;
	size_t *failures;
	struct arena *arena;
	struct event *events; /* their fields live in arena */
	size_t event_count;
};

static void fail(struct check *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void fail(struct check *c, const char *fmt, ...)
{
	char what[1024], line[1400];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	snprintf(line, sizeof(line), "%s:%zu: rule \"%s\": %s", c->plugin->file, c->sample->at_line,
		 c->rule->name, what);
	(*c->failures)++;
	if (c->fn != NULL)
		c->fn(c->arg, line);
}

static void collect(void *arg, const struct event *ev)
{
	struct check *c = arg;
	c->events = mem_realloc(c->events, (c->event_count + 1) * sizeof(*c->events));
	struct event *copy = &c->events[c->event_count++];
	struct str *fields = arena_alloc(c->arena, EVENT_FIELD_COUNT * sizeof(*fields));
	memcpy(fields, ev->field, EVENT_FIELD_COUNT * sizeof(*fields));
	*copy = *ev;
	copy->field = fields;
}

/* A field of an event as `is` names it. */
static struct str field_of(const struct event *ev, const char *name)
{
	enum event_field f;
	if (strcmp(name, "ambiguous") == 0)
		return ev->ambiguous ? STR("true") : STR("false");
	if (strcmp(name, "followable") == 0)
		return ev->followable ? STR("true") : STR("false");
	if (strcmp(name, "kind") == 0)
		return str_of(event_kind_name(ev->kind));
	if (strcmp(name, "instance") == 0)
		return ev->instance;
	return event_field_of(str_of(name), &f) ? ev->field[f] : (struct str){ 0 };
}

static void check_value(struct check *c, const char *name, size_t i, const char *want)
{
	if (i >= c->event_count) {
		if (want != NULL)
			fail(c, "only %zu event(s); \"%s\" is due in event %zu", c->event_count,
			     name, i + 1);
		return;
	}
	struct str got = field_of(&c->events[i], name);
	if (want == NULL && got.at != NULL)
		fail(c, "field \"%s\" must be absent, is \"%.*s\"", name, (int)got.len, got.at);
	else if (want != NULL && got.at == NULL)
		fail(c, "field \"%s\" is absent, must be \"%s\"", name, want);
	else if (want != NULL && !str_eq(got, str_of(want)))
		fail(c, "field \"%s\" is \"%.*s\", must be \"%s\"", name, (int)got.len, got.at,
		     want);
}

static void check_fields(struct check *c)
{
	size_t most = 0;
	for (size_t i = 0; i < c->sample->expect_count; i++) {
		const struct expect *e = &c->sample->expect[i];
		if (e->count > most)
			most = e->count;
		for (size_t j = 0; j < e->count; j++)
			check_value(c, e->name, j, e->values[j]);
	}
	if (most > 1 && c->event_count != most)
		fail(c, "%zu events, %zu are listed", c->event_count, most);
}

static bool same_daemon(const struct rule *rule, struct str daemon)
{
	for (size_t i = 0; i < rule->daemon_count; i++) {
		if (str_eq(str_of(rule->daemons[i]), daemon))
			return true;
	}
	return rule->daemon_count == 0;
}

static void check_overlap(struct check *c, struct str body, struct str daemon)
{
	for (size_t i = 0; i < c->plugin->rule_count; i++) {
		struct rule *other = &c->plugin->rules[i];
		struct str slots[SLOT_MAX] = { 0 };
		if (other == c->rule || other->last != c->rule->last || !same_daemon(other, daemon))
			continue;
		if (rule_match(other, &c->rules->matcher, body, slots))
			fail(c, "rule \"%s\" takes this sample too; one of them must refuse it",
			     other->name);
	}
}

static void check_line(struct check *c)
{
	struct sample *s = c->sample;
	struct str slots[SLOT_MAX] = { 0 };
	struct str body = record_body(c->plugin, &c->rules->matcher, c->arena, s->line);
	struct str daemon = s->daemon.len > 0 || c->rule->daemon_count == 0
				    ? s->daemon
				    : str_of(c->rule->daemons[0]);
	bool took = same_daemon(c->rule, daemon) &&
		    rule_match(c->rule, &c->rules->matcher, body, slots);
	if (took == s->negative) {
		fail(c, took ? "takes a sample marked `not`" : "does not take its sample");
		return;
	}
	if (s->negative)
		return;
	struct emit e = { c->rules, c->plugin, c->rule, { 0 }, c->arena, collect, c };
	rule_emit(&e, slots);
	check_fields(c);
	check_overlap(c, body, daemon);
}

static void check_reply(struct check *c)
{
	struct sample *s = c->sample;
	struct reply found;
	bool took = reply_read(c->rules, c->arena, s->line, &found);
	bool ours = took && found.rule == c->rule;
	if (s->negative) {
		if (ours)
			fail(c, "takes a reply marked `not`");
		return;
	}
	if (!took) {
		fail(c, "does not take its reply");
		return;
	}
	const struct str fields[EVENT_FIELD_COUNT] = {
		[FIELD_NEXT_QUEUE_ID] = found.queue_id,
		[FIELD_STATE] = found.state,
		[FIELD_SERVER] = str_of(found.rule->name),
	};
	struct event ev = { .kind = EVENT_DELIVERY,
			    .field = fields,
			    .followable = found.rule->followable };
	collect(c, &ev);
	check_fields(c);
}

static void check_id_times(struct rules *r, const struct plugin *p, rules_report_fn *fn, void *arg,
			   size_t *samples, size_t *failures)
{
	for (size_t i = 0; i < p->id_time_count; i++) {
		struct id_time *t = &p->id_times[i];
		int64_t at = 0;
		char text[256];
		(*samples)++;
		if (id_time_read(t, &r->matcher, str_of(t->sample), t->sample_us, &at) &&
		    at == t->sample_us)
			continue;
		(*failures)++;
		snprintf(text, sizeof(text), "%s:%zu: %s is not of the time that `is` says",
			 p->file, t->at_line, t->sample);
		fn(arg, text);
	}
}

bool rules_check(struct rules *r, rules_report_fn *fn, void *arg, size_t *samples, size_t *failures)
{
	*samples = *failures = 0;
	for (size_t i = 0; i < r->plugin_count; i++) {
		struct plugin *p = r->plugins[i];
		check_id_times(r, p, fn, arg, samples, failures);
		for (size_t j = 0; j < p->rule_count; j++) {
			for (size_t k = 0; k < p->rules[j].sample_count; k++) {
				struct check c = { .rules = r,
						   .plugin = p,
						   .rule = &p->rules[j],
						   .sample = &p->rules[j].samples[k],
						   .fn = fn,
						   .arg = arg,
						   .failures = failures,
						   .arena = arena_new() };
				(*samples)++;
				if (p->is_replies)
					check_reply(&c);
				else
					check_line(&c);
				free(c.events);
				arena_free(c.arena);
			}
		}
	}
	return *failures == 0;
}
