/*
 * pattern.h - one PCRE2 pattern whose named groups fill slots.
 *
 * A slot is an event field or a name local to a plugin (it starts with "_").
 * Calls (?&NAME) of the plugin's sub-patterns are expanded in place: PCRE2's
 * JIT makes a call of each, which costs more than the match itself.
 */
#ifndef RULES_PATTERN_H
#define RULES_PATTERN_H

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/err.h"
#include "rules/event.h"

#define LOCAL_MAX 24
#define SLOT_MAX (EVENT_FIELD_COUNT + LOCAL_MAX)

/* Names local to one plugin; a name keeps its slot. */
struct locals {
	char *name[LOCAL_MAX];
	size_t count;
};

/* Slot of a field or local name; -1 when it is neither (or the locals are full). */
int locals_slot(struct locals *l, struct str name);
void locals_free(struct locals *l);

/* Sub-patterns of one plugin: NAME -> text. */
struct defines {
	struct define *list;
	size_t count;
};

/* Read a `define:` block. False and *err (no position) when it is not one. */
bool defines_read(struct defines *d, struct str text, struct err *err);
void defines_free(struct defines *d);

/* Shared by all matches of one rule set: limits, JIT stack, output vector. */
struct matcher {
	pcre2_match_context *context;
	pcre2_jit_stack *stack;
	pcre2_match_data *data;
	uint64_t limit_hits;
};
bool matcher_init(struct matcher *m, struct err *err);
void matcher_free(struct matcher *m);

struct pattern {
	pcre2_code *code;
	struct group {
		uint16_t number;
		uint16_t slot;
	} * groups;
	size_t group_count;
	/* compiled for the machine at its first use: a run needs few of all there are */
	enum { JIT_LATER, JIT_DONE, JIT_NONE } jit;
	/* Without these no subject matches: found out at once, where a call of PCRE2 costs more. */
	uint32_t least;        /* bytes */
	int16_t first, last;   /* a byte the match begins with, one it has; -1: any */
	const uint8_t *firsts; /* a bit for each byte it can begin with, of code; NULL: any */
	bool anchored;         /* it begins where the search begins */
	struct str word;       /* of a pattern "^word$", which is compared; else at is NULL */
};

/*
 * Compile text (free-spacing) with the sub-patterns of d. Groups become
 * slots; a name that is neither field nor "_local" nor in `special` (NULL-terminated
 * list whose index i gets slot SLOT_MAX + i) is an error.
 */
bool pattern_compile(struct pattern *p, struct str text, const struct defines *d, struct locals *l,
		     const char *const *special, bool anchored, struct err *err);
void pattern_free(struct pattern *p);

/*
 * Match subject from `from`. On a match set slots[] for groups that took part, *end
 * to where it ended, and return true. A match given up for its cost counts
 * in m->limit_hits and is no match.
 */
bool pattern_match(struct pattern *p, struct matcher *m, struct str subject, size_t from,
		   struct str *slots, size_t *end);

#endif
