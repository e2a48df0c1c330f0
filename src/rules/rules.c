/*
 * rules.c - a set of plugins: add, replace, list.
 *
 * Plugins added later are asked first, so that a site's own file wins over a
 * shipped one for the same ident.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "rules/builtin.h"
#include "rules/internal.h"

#define PLUGIN_SIZE_MAX ((size_t)4 * 1024 * 1024)

struct rules *rules_new(void)
{
	struct rules *r = mem_zalloc(sizeof(*r));
	struct err err;
	if (!matcher_init(&r->matcher, &err)) {
		fprintf(stderr, "qtrail: %s\n", err.text);
		abort();
	}
	return r;
}

void rules_free(struct rules *r)
{
	if (r == NULL)
		return;
	record_forget(r);
	routes_forget(r);
	for (size_t i = 0; i < r->plugin_count; i++)
		plugin_free(r->plugins[i]);
	free(r->plugins);
	matcher_free(&r->matcher);
	free(r);
}

void rules_restart(struct rules *r)
{
	record_forget(r);
}

bool rules_add(struct rules *r, const char *name, struct str yaml, struct err *err)
{
	struct plugin *p = plugin_load(name, yaml, err);
	if (p == NULL)
		return false;
	record_forget(r);
	routes_forget(r);
	for (size_t i = 0; i < r->plugin_count; i++) {
		if (strcmp(r->plugins[i]->name, p->name) == 0) {
			plugin_free(r->plugins[i]);
			r->plugins[i] = p;
			return true;
		}
	}
	r->plugins = mem_realloc(r->plugins, (r->plugin_count + 1) * sizeof(struct plugin *));
	memmove(r->plugins + 1, r->plugins, r->plugin_count * sizeof(struct plugin *));
	r->plugins[0] = p;
	r->plugin_count++;
	return true;
}

bool rules_add_builtin(struct rules *r, struct err *err)
{
	for (size_t i = 0; i < builtin_parser_count; i++) {
		const struct builtin_parser *b = &builtin_parsers[i];
		if (!rules_add(r, b->name, (struct str){ b->text, b->len }, err))
			return false;
	}
	return true;
}

static bool add_file(struct rules *r, const char *path, struct err *err)
{
	FILE *f = fopen(path, "re");
	if (f == NULL)
		return err_set(err, "%s: %s", path, strerror(errno));
	char *text = mem_alloc(PLUGIN_SIZE_MAX);
	size_t len = fread(text, 1, PLUGIN_SIZE_MAX, f);
	bool ok = ferror(f) == 0 && len < PLUGIN_SIZE_MAX;
	fclose(f);
	if (!ok)
		err_set(err, "%s: cannot be read, or is larger than 4 MiB", path);
	ok = ok && rules_add(r, path, (struct str){ text, len }, err);
	free(text);
	return ok;
}

bool rules_add_file(struct rules *r, const char *path, struct err *err)
{
	return add_file(r, path, err);
}

static int is_yaml(const struct dirent *d)
{
	struct str name = str_of(d->d_name);
	return name.len > 5 && name.at[0] != '.' &&
	       str_eq(str_skip(name, name.len - 5), STR(".yaml"));
}

bool rules_add_directory(struct rules *r, const char *path, struct err *err)
{
	struct dirent **names = NULL;
	int count = scandir(path, &names, is_yaml, alphasort);
	if (count < 0)
		return err_set(err, "%s: %s", path, strerror(errno));
	bool ok = true;
	for (int i = 0; i < count; i++) {
		char file[4096];
		snprintf(file, sizeof(file), "%s/%s", path, names[i]->d_name);
		ok = ok && add_file(r, file, err);
		free(names[i]);
	}
	free(names);
	return ok;
}

uint64_t rules_limit_hits(const struct rules *r)
{
	return r->matcher.limit_hits;
}

void rules_list(const struct rules *r, rules_info_fn *fn, void *arg)
{
	for (size_t i = 0; i < r->plugin_count; i++) {
		const struct plugin *p = r->plugins[i];
		for (size_t j = 0; j < p->rule_count; j++) {
			const struct rule *rule = &p->rules[j];
			struct rules_info info = { .plugin = str_of(p->name),
						   .file = str_of(p->file),
						   .mta = p->mta,
						   .rule = str_of(rule->name),
						   .kind = rule->kind,
						   .samples = rule->sample_count,
						   .hits = rule->hits,
						   .is_reply = p->is_replies };
			fn(arg, &info);
		}
	}
}
