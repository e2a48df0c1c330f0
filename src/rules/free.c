/*
 * free.c - gives a plugin back, also one that was loaded in part.
 */
#include <stdlib.h>

#include "rules/internal.h"

static void drop(struct str s)
{
	free((void *)(uintptr_t)s.at);
}

static void assigns_free(struct assigns *a)
{
	for (size_t i = 0; i < a->count; i++)
		drop(a->list[i].value);
	free(a->list);
}

static void tests_free(struct tests *t)
{
	for (size_t i = 0; i < t->count; i++)
		pattern_free(&t->list[i].pattern);
	free(t->list);
}

static void samples_free(struct rule *r)
{
	for (size_t i = 0; i < r->sample_count; i++) {
		struct sample *s = &r->samples[i];
		for (size_t j = 0; j < s->expect_count; j++) {
			for (size_t k = 0; k < s->expect[j].count; k++)
				free(s->expect[j].values[k]);
			free(s->expect[j].values);
			free(s->expect[j].name);
		}
		free(s->expect);
		drop(s->line);
		drop(s->daemon);
	}
	free(r->samples);
}

static void rule_free(struct rule *r)
{
	for (size_t i = 0; i < r->daemon_count; i++)
		free(r->daemons[i]);
	free(r->daemons);
	pattern_free(&r->match);
	assigns_free(&r->set);
	for (size_t i = 0; i < r->map_count; i++) {
		drop(r->map[i].text);
		drop(r->map[i].value);
	}
	free(r->map);
	tests_free(&r->each);
	for (size_t i = 0; i < r->case_count; i++) {
		tests_free(&r->cases[i].when);
		assigns_free(&r->cases[i].set);
	}
	free(r->cases);
	for (size_t i = 0; i < r->also_count; i++) {
		tests_free(&r->also[i].when);
		assigns_free(&r->also[i].set);
	}
	free(r->also);
	tests_free(&r->ambiguous);
	samples_free(r);
	free(r->name);
}

static void patterns_free(struct pattern *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		pattern_free(&list[i]);
	free(list);
}

void plugin_free(struct plugin *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < p->rule_count; i++)
		rule_free(&p->rules[i]);
	free(p->rules);
	patterns_free(p->idents, p->ident_count);
	patterns_free(p->join, p->join_count);
	patterns_free(p->strip, p->strip != NULL);
	patterns_free(p->duplicates_of, p->duplicates_of != NULL);
	for (size_t i = 0; i < p->id_time_count; i++) {
		pattern_free(&p->id_times[i].match);
		free(p->id_times[i].digits);
		free(p->id_times[i].sample);
	}
	free(p->id_times);
	defines_free(&p->defines);
	locals_free(&p->locals);
	free(p->name);
	free(p->file);
	free((void *)(uintptr_t)p->mta.at);
	free(p);
}
