/*
 * load.c - a plugin's YAML to compiled rules.
 *
 * Promises: everything is checked here (names, patterns, references), so
 * matching has no errors; a message names file, line and column.
 */
#include <stdlib.h>

#include "base/when.h"
#include "rules/internal.h"

struct load {
	struct doc doc;
	struct plugin *plugin;
	struct err *err;
};

static struct str keep(struct str s)
{
	return (struct str){ mem_str(s), s.len };
}

/* Compile the pattern in n; errors get its position. */
static bool load_pattern_in(struct load *l, yaml_node_t *n, struct locals *locals,
			    const char *const *special, bool anchored, struct pattern *out)
{
	struct str text = doc_text(n);
	struct err why = { "" };
	if (text.at == NULL)
		return doc_err(&l->doc, n, l->err, "a pattern (text) is due here");
	if (!pattern_compile(out, text, &l->plugin->defines, locals, special, anchored, &why))
		return doc_err(&l->doc, n, l->err, "%s", why.text);
	return true;
}

static bool load_slot(struct load *l, yaml_node_t *key, int *slot)
{
	struct str name = doc_text(key);
	*slot = name.at != NULL ? locals_slot(&l->plugin->locals, name) : -1;
	if (*slot < 0)
		return doc_err(&l->doc, key, l->err,
			       "\"%.*s\" is no event field; local names start with \"_\"",
			       (int)name.len, name.at);
	return true;
}

static bool load_pattern(struct load *l, yaml_node_t *n, const char *const *special, bool anchored,
			 struct pattern *out)
{
	return load_pattern_in(l, n, &l->plugin->locals, special, anchored, out);
}

/* set: {field: value, field: $group} */
static bool load_assigns(struct load *l, yaml_node_t *n, struct assigns *out)
{
	size_t count = doc_pairs(n);
	if (n != NULL && count == 0)
		return doc_err(&l->doc, n, l->err, "`set` is a mapping of field: value");
	out->list = mem_zalloc((count + 1) * sizeof(*out->list));
	for (size_t i = 0; i < count; i++) {
		yaml_node_t *key, *value;
		doc_pair(&l->doc, n, i, &key, &value);
		struct assign *a = &out->list[out->count];
		struct str text = doc_text(value);
		a->from = -1;
		if (!load_slot(l, key, &a->slot))
			return false;
		if (text.at == NULL)
			return doc_err(&l->doc, value, l->err, "a value (text) is due here");
		if (text.len > 1 && text.at[0] == '$') {
			a->from = locals_slot(&l->plugin->locals, str_skip(text, 1));
			if (a->from < 0)
				return doc_err(&l->doc, value, l->err,
					       "\"%.*s\" is neither field nor local name",
					       (int)text.len, text.at);
		} else {
			a->value = keep(text);
		}
		out->count++;
	}
	return true;
}

/* when:, each:, ambiguous: {field: pattern} */
static bool load_tests(struct load *l, yaml_node_t *n, struct tests *out)
{
	size_t count = doc_pairs(n);
	if (n != NULL && count == 0)
		return doc_err(&l->doc, n, l->err, "a mapping of field: pattern is due here");
	out->list = mem_zalloc((count + 1) * sizeof(*out->list));
	for (size_t i = 0; i < count; i++) {
		yaml_node_t *key, *value;
		doc_pair(&l->doc, n, i, &key, &value);
		struct test *t = &out->list[out->count++];
		if (!load_slot(l, key, &t->slot) ||
		    !load_pattern(l, value, NULL, false, &t->pattern))
			return false;
	}
	return true;
}

/* map: {field: {text: value}} */
static bool load_map(struct load *l, yaml_node_t *n, struct rule *rule)
{
	if (n != NULL && doc_pairs(n) == 0)
		return doc_err(&l->doc, n, l->err, "`map` is a mapping of field: {text: value}");
	for (size_t i = 0; i < doc_pairs(n); i++) {
		yaml_node_t *key, *values;
		int slot;
		doc_pair(&l->doc, n, i, &key, &values);
		if (!load_slot(l, key, &slot))
			return false;
		if (doc_pairs(values) == 0)
			return doc_err(&l->doc, values, l->err,
				       "a mapping of text: value is due here");
		for (size_t j = 0; j < doc_pairs(values); j++) {
			yaml_node_t *text, *value;
			doc_pair(&l->doc, values, j, &text, &value);
			if (doc_text(text).at == NULL || doc_text(value).at == NULL)
				return doc_err(&l->doc, text, l->err, "`map` is text: value");
			rule->map =
				mem_realloc(rule->map, (rule->map_count + 1) * sizeof(*rule->map));
			rule->map[rule->map_count++] = (struct mapping){ slot, keep(doc_text(text)),
									 keep(doc_text(value)) };
		}
	}
	return true;
}

/* `event` of the mapping `in`. */
static bool load_kind(struct load *l, yaml_node_t *in, enum event_kind *out)
{
	yaml_node_t *n = doc_get(&l->doc, in, "event");
	if (n != NULL && event_kind_of(doc_text(n), out))
		return true;
	return doc_err(&l->doc, n != NULL ? n : in, l->err,
		       "`event` is one of the kinds in parsers/README.md");
}

static bool load_cases(struct load *l, yaml_node_t *n, struct rule *rule)
{
	static const char *const keys[] = { "when", "set", "event", NULL };
	rule->cases = mem_zalloc((doc_count(n) + 1) * sizeof(*rule->cases));
	for (size_t i = 0; i < doc_count(n); i++) {
		yaml_node_t *item = doc_item(&l->doc, n, i);
		struct branch *b = &rule->cases[rule->case_count++];
		yaml_node_t *event = NULL;
		if (!doc_only(&l->doc, item, keys, l->err) ||
		    !load_tests(l, doc_get(&l->doc, item, "when"), &b->when) ||
		    !load_assigns(l, doc_get(&l->doc, item, "set"), &b->set))
			return false;
		event = doc_get(&l->doc, item, "event");
		b->has_kind = event != NULL;
		if (event != NULL && !load_kind(l, item, &b->kind))
			return false;
	}
	return true;
}

static bool load_also(struct load *l, yaml_node_t *n, struct rule *rule)
{
	static const char *const keys[] = { "event", "when", "set", NULL };
	rule->also = mem_zalloc((doc_count(n) + 1) * sizeof(*rule->also));
	for (size_t i = 0; i < doc_count(n); i++) {
		yaml_node_t *item = doc_item(&l->doc, n, i);
		struct also *a = &rule->also[rule->also_count++];
		if (!doc_only(&l->doc, item, keys, l->err) || !load_kind(l, item, &a->kind) ||
		    !load_tests(l, doc_get(&l->doc, item, "when"), &a->when) ||
		    !load_assigns(l, doc_get(&l->doc, item, "set"), &a->set))
			return false;
	}
	return true;
}

static bool load_expect(struct load *l, yaml_node_t *n, struct sample *s)
{
	if (n != NULL && doc_pairs(n) == 0)
		return doc_err(&l->doc, n, l->err, "`is` is a mapping of field: value");
	s->expect = mem_zalloc((doc_pairs(n) + 1) * sizeof(*s->expect));
	for (size_t i = 0; i < doc_pairs(n); i++) {
		yaml_node_t *key, *value;
		doc_pair(&l->doc, n, i, &key, &value);
		struct expect *e = &s->expect[s->expect_count++];
		struct str name = doc_text(key);
		enum event_field f;
		e->name = mem_str(name);
		if (!event_field_of(name, &f) && !str_eq(name, STR("ambiguous")) &&
		    !str_eq(name, STR("followable")) && !str_eq(name, STR("kind")) &&
		    !str_eq(name, STR("instance")))
			return doc_err(&l->doc, key, l->err, "\"%.*s\" is no event field",
				       (int)name.len, name.at);
		e->values = mem_zalloc((doc_count(value) + 1) * sizeof(*e->values));
		for (size_t j = 0; j < doc_count(value); j++) {
			yaml_node_t *item = doc_item(&l->doc, value, j);
			if (doc_text(item).at == NULL)
				return doc_err(&l->doc, value, l->err,
					       "a value (text) is due here");
			e->values[e->count++] = doc_is_null(item) ? NULL : mem_str(doc_text(item));
		}
	}
	return true;
}

/* at: the rule, for messages */
static bool load_samples(struct load *l, yaml_node_t *n, yaml_node_t *at, struct rule *rule)
{
	static const char *const keys[] = { "line", "reply", "daemon", "is", "not", NULL };
	rule->samples = mem_zalloc((doc_count(n) + 1) * sizeof(*rule->samples));
	for (size_t i = 0; i < doc_count(n); i++) {
		yaml_node_t *item = doc_item(&l->doc, n, i);
		if (!doc_only(&l->doc, item, keys, l->err))
			return false;
		struct sample *s = &rule->samples[rule->sample_count++];
		yaml_node_t *line = doc_get(&l->doc, item, "line");
		if (line == NULL)
			line = doc_get(&l->doc, item, "reply");
		if (doc_text(line).at == NULL)
			return doc_err(&l->doc, item, l->err, "a sample needs `line` (or `reply`)");
		s->line = keep(doc_text(line));
		s->daemon = keep(doc_text(doc_get(&l->doc, item, "daemon")));
		s->at_line = line->start_mark.line + 1;
		if (!doc_bool(&l->doc, item, "not", false, &s->negative, l->err) ||
		    !load_expect(l, doc_get(&l->doc, item, "is"), s))
			return false;
	}
	for (size_t i = 0; i < rule->sample_count; i++) {
		if (!rule->samples[i].negative)
			return true;
	}
	return doc_err(&l->doc, n != NULL ? n : at, l->err,
		       "rule \"%s\" needs at least one sample line it takes", rule->name);
}

static bool load_daemons(struct load *l, yaml_node_t *n, struct rule *rule)
{
	rule->daemons = mem_zalloc((doc_count(n) + 1) * sizeof(*rule->daemons));
	for (size_t i = 0; i < doc_count(n); i++) {
		struct str name = doc_text(doc_item(&l->doc, n, i));
		if (name.at == NULL)
			return doc_err(&l->doc, n, l->err, "`daemons` is a list of names");
		rule->daemons[rule->daemon_count++] = mem_str(name);
	}
	return true;
}

static bool load_rule(struct load *l, yaml_node_t *n, struct rule *rule)
{
	static const char *const rule_keys[] = { "name", "daemons", "event",   "match",     "set",
						 "map",  "cases",   "each",    "ambiguous", "reply",
						 "last", "also",    "samples", NULL };
	static const char *const reply_keys[] = { "name", "match",   "set", "followable",
						  "last", "samples", NULL };
	static const char *const inner[] = { "inner", NULL };
	struct doc *d = &l->doc;
	bool reply = l->plugin->is_replies;
	if (!doc_only(d, n, reply ? reply_keys : rule_keys, l->err))
		return false;
	struct str name = doc_text(doc_get(d, n, "name"));
	if (name.at == NULL)
		return doc_err(d, n, l->err, "a rule needs a `name`");
	rule->name = mem_str(name);
	rule->kind = EVENT_DELIVERY;
	if (!reply && !load_kind(l, n, &rule->kind))
		return false;
	yaml_node_t *match = doc_get(d, n, "match");
	if (match == NULL)
		return doc_err(d, n, l->err, "rule \"%s\" needs a `match`", rule->name);
	return load_daemons(l, doc_get(d, n, "daemons"), rule) &&
	       load_pattern(l, match, reply ? inner : NULL, true, &rule->match) &&
	       load_assigns(l, doc_get(d, n, "set"), &rule->set) &&
	       load_map(l, doc_get(d, n, "map"), rule) &&
	       load_cases(l, doc_get(d, n, "cases"), rule) &&
	       load_tests(l, doc_get(d, n, "each"), &rule->each) &&
	       load_also(l, doc_get(d, n, "also"), rule) &&
	       load_tests(l, doc_get(d, n, "ambiguous"), &rule->ambiguous) &&
	       doc_bool(d, n, "reply", true, &rule->read_reply, l->err) &&
	       doc_bool(d, n, "last", false, &rule->last, l->err) &&
	       doc_bool(d, n, "followable", false, &rule->followable, l->err) &&
	       load_samples(l, doc_get(d, n, "samples"), n, rule);
}

static bool load_rules(struct load *l, yaml_node_t *n)
{
	struct plugin *p = l->plugin;
	p->rules = mem_zalloc((doc_count(n) + 1) * sizeof(*p->rules));
	for (size_t i = 0; i < doc_count(n); i++) {
		yaml_node_t *item = doc_item(&l->doc, n, i);
		if (!load_rule(l, item, &p->rules[p->rule_count++]))
			return false;
		for (size_t j = 0; j + 1 < p->rule_count; j++) {
			if (strcmp(p->rules[j].name, p->rules[p->rule_count - 1].name) == 0)
				return doc_err(&l->doc, item, l->err, "a second rule named \"%s\"",
					       p->rules[j].name);
		}
	}
	return p->rule_count > 0 || doc_err(&l->doc, n, l->err, "a plugin needs at least one rule");
}

static bool load_patterns(struct load *l, yaml_node_t *n, const char *const *special,
			  struct pattern **list, size_t *count)
{
	*list = mem_zalloc((doc_count(n) + 1) * sizeof(**list));
	for (size_t i = 0; i < doc_count(n); i++) {
		/* NULL: no groups but the special ones */
		if (!load_pattern_in(l, doc_item(&l->doc, n, i), NULL, special, true,
				     &(*list)[(*count)++]))
			return false;
	}
	return true;
}

static bool load_optional(struct load *l, yaml_node_t *n, struct pattern **out)
{
	if (n == NULL)
		return true;
	*out = mem_zalloc(sizeof(**out));
	return load_pattern(l, n, NULL, true, *out);
}

static bool load_duplicates(struct load *l, yaml_node_t *root)
{
	yaml_node_t *n = doc_get(&l->doc, root, "duplicates");
	int64_t seconds = 0;
	if (n == NULL)
		return true;
	struct str text = doc_text(n);
	if (text.len > 1 && text.at[text.len - 1] == 's')
		text.len--;
	if (!str_to_int64(text, &seconds) || seconds < 1 || seconds > 3600)
		return doc_err(&l->doc, n, l->err,
			       "`duplicates` is a number of seconds (1 to 3600)");
	l->plugin->duplicate_us = seconds * 1000000;
	return load_optional(l, doc_get(&l->doc, root, "duplicates_of"), &l->plugin->duplicates_of);
}

static bool load_id_time(struct load *l, yaml_node_t *n, struct id_time *t)
{
	static const char *const keys[] = { "match", "digits", "sample", "is", NULL };
	static const char *const groups[] = { "seconds", "year",   "month",  "day",
					      "hour",    "minute", "second", NULL };
	struct doc *d = &l->doc;
	struct str digits = doc_text(doc_get(d, n, "digits"));
	struct str sample = doc_text(doc_get(d, n, "sample"));
	if (!doc_only(d, n, keys, l->err))
		return false;
	if (doc_get(d, n, "match") == NULL || digits.len < 2 || sample.len == 0)
		return doc_err(d, n, l->err,
			       "an ID time needs `match`, `digits`, `sample` and `is`");
	if (!when_parse(doc_text(doc_get(d, n, "is")), 0, false, &t->sample_us))
		return doc_err(d, n, l->err, "`is` is a time such as 2026-03-14T09:15:02Z");
	t->digits = mem_str(digits);
	t->sample = mem_str(sample);
	t->at_line = n->start_mark.line + 1;
	return load_pattern_in(l, doc_get(d, n, "match"), NULL, groups, true, &t->match);
}

static bool load_id_times(struct load *l, yaml_node_t *n)
{
	struct plugin *p = l->plugin;
	p->id_times = mem_zalloc((doc_count(n) + 1) * sizeof(*p->id_times));
	for (size_t i = 0; i < doc_count(n); i++) {
		if (!load_id_time(l, doc_item(&l->doc, n, i), &p->id_times[p->id_time_count++]))
			return false;
	}
	return true;
}

/* What prepares bodies and says whose lines are taken. */
static bool load_framing(struct load *l, yaml_node_t *root)
{
	static const char *const ident[] = { "instance", "daemon", NULL };
	static const char *const part[] = { "key",     "n",    "total",  "more",
					    "newline", "part", "prefix", NULL };
	struct plugin *p = l->plugin;
	struct doc *d = &l->doc;
	yaml_node_t *unescape = doc_get(d, root, "unescape");
	p->unescape = unescape != NULL;
	if (unescape != NULL && !str_eq(doc_text(unescape), STR("octal")))
		return doc_err(d, unescape, l->err, "`unescape` is: octal");
	if (!p->is_replies && doc_get(d, root, "idents") == NULL)
		return doc_err(d, root, l->err, "a plugin needs `idents`");
	return load_patterns(l, doc_get(d, root, "idents"), ident, &p->idents, &p->ident_count) &&
	       load_optional(l, doc_get(d, root, "strip"), &p->strip) &&
	       load_patterns(l, doc_get(d, root, "join"), part, &p->join, &p->join_count) &&
	       load_duplicates(l, root) && load_id_times(l, doc_get(d, root, "id_times"));
}

static bool load_plugin(struct load *l, yaml_node_t *root)
{
	static const char *const keys[] = {
		"parser",     "mta",           "idents",   "define", "strip",   "unescape", "join",
		"duplicates", "duplicates_of", "id_times", "rules",  "replies", NULL
	};
	struct plugin *p = l->plugin;
	struct doc *d = &l->doc;
	if (!doc_only(d, root, keys, l->err))
		return false;
	struct str name = doc_text(doc_get(d, root, "parser"));
	if (name.len == 0)
		return doc_err(d, root, l->err, "a plugin starts with `parser: NAME`");
	p->name = mem_str(name);
	yaml_node_t *mta = doc_get(d, root, "mta");
	p->has_mta = mta != NULL;
	p->mta = str_of(mem_str(doc_text(mta)));
	p->is_replies = doc_get(d, root, "replies") != NULL;
	yaml_node_t *define = doc_get(d, root, "define");
	struct err why = { "" };
	if (define != NULL && doc_text(define).at == NULL)
		return doc_err(d, define, l->err,
			       "`define` is text: a block of (?<NAME> ...) groups");
	if (define != NULL && !defines_read(&p->defines, doc_text(define), &why))
		return doc_err(d, define, l->err, "%s", why.text);
	return load_framing(l, root) &&
	       load_rules(l, doc_get(d, root, p->is_replies ? "replies" : "rules"));
}

struct plugin *plugin_load(const char *name, struct str yaml, struct err *err)
{
	struct load l = { .err = err, .doc.manual = "parsers/README.md" };
	if (!doc_parse(&l.doc, name, yaml, err))
		return NULL;
	l.plugin = mem_zalloc(sizeof(*l.plugin));
	l.plugin->file = mem_strdup(name);
	bool ok = load_plugin(&l, doc_root(&l.doc));
	doc_free(&l.doc);
	if (ok)
		return l.plugin;
	plugin_free(l.plugin);
	return NULL;
}
