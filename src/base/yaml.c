/*
 * yaml.c - libyaml's document tree with the few look-ups plugins and configuration need.
 */
#include "base/yaml.h"

#include <stdarg.h>
#include <stdio.h>

bool doc_parse(struct doc *d, const char *name, struct str text, struct err *err)
{
	yaml_parser_t parser;
	d->name = name;
	if (yaml_parser_initialize(&parser) == 0)
		return err_set(err, "%s: out of memory", name);
	yaml_parser_set_input_string(&parser, (const unsigned char *)text.at, text.len);
	if (yaml_parser_load(&parser, &d->tree) == 0) {
		err_set(err, "%s:%zu:%zu: %s%s%s", name, parser.problem_mark.line + 1,
			parser.problem_mark.column + 1,
			parser.problem != NULL ? parser.problem : "not valid YAML",
			parser.context != NULL ? ", " : "",
			parser.context != NULL ? parser.context : "");
		yaml_parser_delete(&parser);
		return false;
	}
	yaml_parser_delete(&parser);
	if (doc_root(d) == NULL) {
		yaml_document_delete(&d->tree);
		return err_set(err, "%s:1:1: the file is empty", name);
	}
	return true;
}

void doc_free(struct doc *d)
{
	yaml_document_delete(&d->tree);
}

yaml_node_t *doc_root(struct doc *d)
{
	return yaml_document_get_root_node(&d->tree);
}

bool doc_err(const struct doc *d, const yaml_node_t *at, struct err *err, const char *fmt, ...)
{
	char text[768];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	size_t line = at != NULL ? at->start_mark.line + 1 : 1;
	size_t column = at != NULL ? at->start_mark.column + 1 : 1;
	return err_set(err, "%s:%zu:%zu: %s", d->name, line, column, text);
}

struct str doc_text(const yaml_node_t *n)
{
	if (n == NULL || n->type != YAML_SCALAR_NODE)
		return (struct str){ 0 };
	return (struct str){ (const char *)n->data.scalar.value, n->data.scalar.length };
}

bool doc_is_null(const yaml_node_t *n)
{
	struct str s = doc_text(n);
	return s.at != NULL && n->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
	       (s.len == 0 || str_eq(s, STR("~")) || str_eq(s, STR("null")));
}

size_t doc_pairs(const yaml_node_t *n)
{
	if (n == NULL || n->type != YAML_MAPPING_NODE)
		return 0;
	return (size_t)(n->data.mapping.pairs.top - n->data.mapping.pairs.start);
}

void doc_pair(struct doc *d, yaml_node_t *n, size_t i, yaml_node_t **key, yaml_node_t **value)
{
	yaml_node_pair_t *p = n->data.mapping.pairs.start + i;
	*key = yaml_document_get_node(&d->tree, p->key);
	*value = yaml_document_get_node(&d->tree, p->value);
}

yaml_node_t *doc_get(struct doc *d, yaml_node_t *n, const char *name)
{
	for (size_t i = 0; i < doc_pairs(n); i++) {
		yaml_node_t *key, *value;
		doc_pair(d, n, i, &key, &value);
		if (str_eq(doc_text(key), str_of(name)))
			return value;
	}
	return NULL;
}

size_t doc_count(const yaml_node_t *n)
{
	if (n == NULL)
		return 0;
	if (n->type != YAML_SEQUENCE_NODE)
		return 1;
	return (size_t)(n->data.sequence.items.top - n->data.sequence.items.start);
}

yaml_node_t *doc_item(struct doc *d, yaml_node_t *n, size_t i)
{
	if (n->type != YAML_SEQUENCE_NODE)
		return n;
	return yaml_document_get_node(&d->tree, n->data.sequence.items.start[i]);
}

bool doc_only(struct doc *d, yaml_node_t *n, const char *const *keys, struct err *err)
{
	if (n->type != YAML_MAPPING_NODE)
		return doc_err(d, n, err, "a mapping (key: value) is due here");
	for (size_t i = 0; i < doc_pairs(n); i++) {
		yaml_node_t *key, *value;
		doc_pair(d, n, i, &key, &value);
		struct str name = doc_text(key);
		size_t k = 0;
		while (keys[k] != NULL && !str_eq(str_of(keys[k]), name))
			k++;
		if (keys[k] == NULL)
			return doc_err(d, key, err, "unknown word \"%.*s\" (see %s)", (int)name.len,
				       name.at, d->manual);
	}
	return true;
}

bool doc_bool(struct doc *d, yaml_node_t *n, const char *key, bool fallback, bool *out,
	      struct err *err)
{
	yaml_node_t *value = doc_get(d, n, key);
	*out = fallback;
	if (value == NULL)
		return true;
	struct str s = doc_text(value);
	*out = str_eq(s, STR("true")) || str_eq(s, STR("yes"));
	if (*out || str_eq(s, STR("false")) || str_eq(s, STR("no")))
		return true;
	return doc_err(d, value, err, "\"%s\" is true or false", key);
}
