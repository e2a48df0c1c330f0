/*
 * config.c - /etc/qtrail/qtrail.conf: YAML, all its words in qtrail.conf(5).
 *
 * Promises: a word that is not known, told twice or of the wrong kind is an
 * error that names file, line and column; nothing is guessed.
 */
#include "ingest/config.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/age.h"
#include "base/yaml.h"
#include "syslog/syslog.h"

#define SIZE_LIMIT ((size_t)1024 * 1024)

struct reader {
	struct config *c;
	struct doc doc;
	struct err *err;
};

static const char *keep(struct config *c, struct str s)
{
	char *out = arena_alloc(c->arena, s.len + 1);
	if (s.len > 0)
		memcpy(out, s.at, s.len);
	out[s.len] = '\0';
	return out;
}

void config_add(struct config *c, struct pairs *to, struct str key, struct str value)
{
	to->at = mem_realloc(to->at, (to->count + 1) * sizeof(*to->at));
	to->at[to->count++] = (struct pair){ keep(c, key), keep(c, value) };
}

bool config_add_text(struct config *c, struct pairs *to, const char *text)
{
	const char *sign = strchr(text, '=');
	if (sign == NULL || sign == text || sign[1] == '\0')
		return false;
	config_add(c, to, (struct str){ text, (size_t)(sign - text) }, str_of(sign + 1));
	return true;
}

const char *config_file_host(const struct config *c, const char *path)
{
	for (size_t i = c->file_hosts.count; i > 0; i--) {
		const struct pair *p = &c->file_hosts.at[i - 1];
		if (p->key[0] == '\0' || strcmp(p->key, path) == 0 ||
		    fnmatch(p->key, path, FNM_PATHNAME) == 0)
			return p->value;
	}
	return NULL;
}

/* ---- values ---- */

static bool text(struct reader *r, yaml_node_t *n, const char *what, const char **out)
{
	struct str s = doc_text(n);
	if (s.len == 0 || memchr(s.at, '\0', s.len) != NULL || doc_is_null(n))
		return doc_err(&r->doc, n, r->err, "%s is due here", what);
	*out = keep(r->c, s);
	return true;
}

/* A relative path would be another one for every place it is called from. */
static bool path_text(struct reader *r, yaml_node_t *n, const char **out)
{
	return text(r, n, "a path", out) &&
	       (**out == '/' ||
		doc_err(&r->doc, n, r->err, "\"%s\" is no absolute path; start it with /", *out));
}

static bool zone_text(struct reader *r, yaml_node_t *n, const char **out)
{
	return text(r, n, "a time zone", out) &&
	       (framer_knows_zone(*out) ||
		doc_err(&r->doc, n, r->err,
			"unknown time zone \"%s\"; use an IANA name such as Europe/Berlin "
			"(package tzdata)",
			*out));
}

static bool yes_no(struct reader *r, yaml_node_t *n, int *out)
{
	struct str s = doc_text(n);
	bool yes = str_eq(s, STR("yes")) || str_eq(s, STR("true"));
	if (!yes && !str_eq(s, STR("no")) && !str_eq(s, STR("false")))
		return doc_err(&r->doc, n, r->err, "yes or no is due here");
	*out = yes;
	return true;
}

static bool is_mapping(struct reader *r, yaml_node_t *n, const char *const *words)
{
	if (!doc_only(&r->doc, n, words, r->err))
		return false;
	for (size_t i = 0; i < doc_pairs(n); i++) {
		yaml_node_t *key, *value;
		doc_pair(&r->doc, n, i, &key, &value);
		struct str name = doc_text(key);
		if (doc_get(&r->doc, n, keep(r->c, name)) != value)
			return doc_err(&r->doc, key, r->err, "\"%.*s\" stands here twice",
				       (int)name.len, name.at);
	}
	return true;
}

/* ---- sections ---- */

static bool read_sources(struct reader *r, yaml_node_t *n)
{
	static const char *const words[] = { "path", "host", NULL };
	for (size_t i = 0; i < doc_count(n); i++) {
		yaml_node_t *item = doc_item(&r->doc, n, i);
		yaml_node_t *host = NULL, *path = item;
		const char *where, *name;
		if (item->type == YAML_MAPPING_NODE) {
			if (!is_mapping(r, item, words))
				return false;
			path = doc_get(&r->doc, item, "path");
			host = doc_get(&r->doc, item, "host");
			if (path == NULL)
				return doc_err(&r->doc, item, r->err, "this source has no path");
		}
		if (!path_text(r, path, &where) ||
		    (host != NULL && !text(r, host, "a host name", &name)))
			return false;
		config_add(r->c, &r->c->sources, str_of(where), STR(""));
		if (host == NULL)
			continue;
		config_add(r->c, &r->c->file_hosts, str_of(where), str_of(name));
		/* a directory's files, too */
		char below[4096];
		size_t len = strlen(where);
		snprintf(below, sizeof(below), "%s%s*", where, where[len - 1] == '/' ? "" : "/");
		config_add(r->c, &r->c->file_hosts, str_of(below), str_of(name));
	}
	return true;
}

static bool read_host(struct reader *r, const char *host, yaml_node_t *n)
{
	static const char *const words[] = { "names", "timezone", NULL };
	const char *value;
	if (!is_mapping(r, n, words))
		return false;
	yaml_node_t *names = doc_get(&r->doc, n, "names");
	yaml_node_t *zone = doc_get(&r->doc, n, "timezone");
	for (size_t i = 0; i < doc_count(names); i++) {
		if (!text(r, doc_item(&r->doc, names, i), "a name or address", &value))
			return false;
		config_add(r->c, &r->c->names, str_of(host), str_of(value));
	}
	if (zone == NULL)
		return true;
	if (!zone_text(r, zone, &value))
		return false;
	config_add(r->c, &r->c->zones, str_of(host), str_of(value));
	return true;
}

static bool read_hosts(struct reader *r, yaml_node_t *n)
{
	if (n->type != YAML_MAPPING_NODE)
		return doc_err(&r->doc, n, r->err, "hosts as keys are due here");
	for (size_t i = 0; i < doc_pairs(n); i++) {
		yaml_node_t *key, *value;
		const char *host;
		doc_pair(&r->doc, n, i, &key, &value);
		if (!text(r, key, "a host name", &host) || !read_host(r, host, value))
			return false;
	}
	return true;
}

static bool read_matches(struct reader *r, yaml_node_t *n)
{
	for (size_t i = 0; i < doc_count(n); i++) {
		yaml_node_t *item = doc_item(&r->doc, n, i);
		const char *match;
		if (!text(r, item, "FIELD=VALUE", &match))
			return false;
		if (!config_add_text(r->c, &r->c->matches, match))
			return doc_err(&r->doc, item, r->err, "FIELD=VALUE is due here");
	}
	return true;
}

static bool read_wait(struct reader *r, yaml_node_t *n)
{
	return (str_to_int64(doc_text(n), &r->c->wait_s) && r->c->wait_s <= CONFIG_WAIT_MAX_S) ||
	       doc_err(&r->doc, n, r->err, "a number of seconds is due here");
}

static bool read_retention(struct reader *r, yaml_node_t *n)
{
	int64_t before_us;
	if (!age_parse(doc_text(n), clock_now_us(), &before_us))
		return doc_err(&r->doc, n, r->err, "an age such as 90d, 12w, 6m or 2y is due here");
	return text(r, n, "", &r->c->retention);
}

static bool read_word(struct reader *r, struct str word, yaml_node_t *n)
{
	struct config *c = r->c;
	if (str_eq(word, STR("database")))
		return path_text(r, n, &c->database);
	if (str_eq(word, STR("parsers")))
		return path_text(r, n, &c->parsers);
	if (str_eq(word, STR("timezone")))
		return zone_text(r, n, &c->timezone);
	if (str_eq(word, STR("keep-lines")))
		return yes_no(r, n, &c->keep_lines);
	if (str_eq(word, STR("retention")))
		return read_retention(r, n);
	if (str_eq(word, STR("wait")))
		return read_wait(r, n);
	if (str_eq(word, STR("sources")))
		return read_sources(r, n);
	if (str_eq(word, STR("journal")))
		return yes_no(r, n, &c->journal);
	if (str_eq(word, STR("journal-match")))
		return read_matches(r, n);
	return read_hosts(r, n);
}

static bool read_root(struct reader *r)
{
	static const char *const words[] = { "database",      "parsers", "timezone", "keep-lines",
					     "retention",     "wait",    "sources",  "journal",
					     "journal-match", "hosts",   NULL };
	yaml_node_t *root = doc_root(&r->doc);
	if (!is_mapping(r, root, words))
		return false;
	for (size_t i = 0; i < doc_pairs(root); i++) {
		yaml_node_t *key, *value;
		doc_pair(&r->doc, root, i, &key, &value);
		if (!read_word(r, doc_text(key), value))
			return false;
	}
	return true;
}

/* ---- the file ---- */

static bool slurp(struct config *c, const char *path, struct str *out, struct err *err)
{
	FILE *file = fopen(path, "re");
	if (file == NULL)
		return err_set(err, "%s: %s; check the name and its permissions", path,
			       strerror(errno));
	char *buf = arena_alloc(c->arena, SIZE_LIMIT);
	size_t n = fread(buf, 1, SIZE_LIMIT, file);
	bool bad = ferror(file) != 0;
	int why = errno;
	fclose(file);
	if (bad)
		return err_set(err, "%s: %s", path, strerror(why));
	if (n == SIZE_LIMIT)
		return err_set(err, "%s: is too large for a configuration", path);
	*out = (struct str){ buf, n };
	return true;
}

/* Only comments and blank lines? */
static bool says_nothing(struct str s)
{
	bool comment = false;
	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] == '\n')
			comment = false;
		else if (s.at[i] == '#')
			comment = true;
		else if (!comment && s.at[i] != ' ' && s.at[i] != '\t' && s.at[i] != '\r')
			return false;
	}
	return true;
}

bool config_read(struct config *c, const char *path, struct err *err)
{
	struct str content;
	*c = (struct config){ .arena = arena_new(), .wait_s = -1, .keep_lines = -1, .journal = -1 };
	if (path == NULL) {
		FILE *file = fopen(CONFIG_PATH, "re");
		if (file == NULL && errno == ENOENT)
			return true;
		if (file != NULL)
			fclose(file);
		path = CONFIG_PATH;
	}
	if (!slurp(c, path, &content, err))
		return false;
	if (says_nothing(content))
		return true;
	struct reader r = { .c = c, .err = err, .doc.manual = "qtrail.conf(5)" };
	if (!doc_parse(&r.doc, path, content, err))
		return false;
	bool ok = read_root(&r);
	doc_free(&r.doc);
	return ok;
}

void config_free(struct config *c)
{
	struct pairs *all[] = { &c->sources, &c->file_hosts, &c->names, &c->zones, &c->matches };
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		free(all[i]->at);
	if (c->arena != NULL)
		arena_free(c->arena);
	*c = (struct config){ 0 };
}
