/*
 * yaml.h - a YAML document with positions, for messages that name line and column.
 */
#ifndef BASE_YAML_H
#define BASE_YAML_H

#include <yaml.h>

#include "base/err.h"
#include "base/str.h"

struct doc {
	yaml_document_t tree;
	const char *name;   /* of the file */
	const char *manual; /* where its words are explained; set before doc_parse */
};

/* One document per text. *err names file, line and column. */
bool doc_parse(struct doc *d, const char *name, struct str text, struct err *err);
void doc_free(struct doc *d);

yaml_node_t *doc_root(struct doc *d);

/* "file:line:column: " before the sentence. Returns false. */
bool doc_err(const struct doc *d, const yaml_node_t *at, struct err *err, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* Value of a key of a mapping; NULL when it has none or n is no mapping. */
yaml_node_t *doc_get(struct doc *d, yaml_node_t *n, const char *key);

/* Text of a scalar; at == NULL when n is no scalar (or NULL). */
struct str doc_text(const yaml_node_t *n);

/* A plain (unquoted) ~, null or empty scalar. */
bool doc_is_null(const yaml_node_t *n);

/* Items of a sequence: count, and one. A scalar counts as a sequence of one. */
size_t doc_count(const yaml_node_t *n);
yaml_node_t *doc_item(struct doc *d, yaml_node_t *n, size_t i);

/* Pairs of a mapping. */
size_t doc_pairs(const yaml_node_t *n);
void doc_pair(struct doc *d, yaml_node_t *n, size_t i, yaml_node_t **key, yaml_node_t **value);

/* Every key of the mapping must be in the NULL-terminated list. */
bool doc_only(struct doc *d, yaml_node_t *n, const char *const *keys, struct err *err);

/* A boolean under key, `fallback` when absent. */
bool doc_bool(struct doc *d, yaml_node_t *n, const char *key, bool fallback, bool *out,
	      struct err *err);

#endif
