/*
 * internal.h - what the files of rules/ share.
 */
#ifndef RULES_INTERNAL_H
#define RULES_INTERNAL_H

#include "base/hash.h"

#include "base/yaml.h"
#include "rules/pattern.h"
#include "rules/rules.h"

/* slot = value; a value that starts with "$" copies another slot. */
struct assign {
	int slot;
	int from; /* slot to copy, -1: the constant */
	struct str value;
};

/* A pattern looked for in a slot. */
struct test {
	int slot;
	struct pattern pattern;
};

/* Captured text -> value, for one slot. */
struct mapping {
	int slot;
	struct str text, value;
};

struct assigns {
	struct assign *list;
	size_t count;
};

struct tests {
	struct test *list;
	size_t count;
};

struct branch { /* of `cases` */
	struct tests when;
	struct assigns set;
	bool has_kind;
	enum event_kind kind;
};

struct also {
	enum event_kind kind;
	struct tests when;
	struct assigns set;
};

struct sample {
	struct str line;
	struct str daemon;
	bool negative;
	size_t at_line; /* in the YAML file */
	struct expect {
		char *name;
		char **values; /* one per event; NULL: must be absent */
		size_t count;
	} * expect;
	size_t expect_count;
};

struct rule {
	char *name;
	char **daemons;
	size_t daemon_count;
	enum event_kind kind;
	struct pattern match;
	struct assigns set;
	struct mapping *map;
	size_t map_count;
	struct tests each; /* at most one */
	struct branch *cases;
	size_t case_count;
	struct also *also;
	size_t also_count;
	struct tests ambiguous;
	bool read_reply;
	bool last;
	bool followable; /* replies */
	struct sample *samples;
	size_t sample_count;
	uint64_t hits;
};

/* A kind of queue ID that tells when it was given. */
struct id_time {
	struct pattern match; /* special groups: see ID_SECONDS */
	char *digits;
	char *sample;
	int64_t sample_us;
	size_t at_line;
};

struct plugin {
	char *name, *file;
	struct str mta;
	bool has_mta;
	bool is_replies;
	struct pattern *idents;
	size_t ident_count;
	struct defines defines;
	struct locals locals;
	struct pattern *strip; /* NULL: none */
	bool unescape;
	struct pattern *join;
	size_t join_count;
	int64_t duplicate_us; /* 0: none */
	struct pattern *duplicates_of;
	struct id_time *id_times;
	size_t id_time_count;
	struct rule *rules;
	size_t rule_count;
};

/* Which plugin, daemon and rules an ident leads to. Cached by ident. */
struct route {
	UT_hash_handle hh;
	struct plugin *plugin; /* NULL: foreign */
	struct str instance, daemon;
	struct rule **rules; /* those of the daemon, `last` ones at the end */
	size_t rule_count;
	size_t ident_len;
	char ident[]; /* the key; instance and daemon point into it */
};

#define ROUTES_RECENT 64u

struct join;
struct recent;

struct rules {
	struct plugin **plugins;
	size_t plugin_count;
	struct matcher matcher;
	struct route *routes;
	struct route *recent_routes[ROUTES_RECENT]; /* by rules_route's own hash; NULL: free */
	struct join *joins;    /* parts waiting for the rest, by host, ident, pid, key */
	struct recent *recent; /* ring of bodies that may come again as copies */
	size_t recent_next;
};

/* Special group names of ident and join patterns; their slots start at SLOT_MAX. */
enum { IDENT_INSTANCE = SLOT_MAX, IDENT_DAEMON, IDENT_SLOTS };
enum {
	JOIN_KEY = SLOT_MAX,
	JOIN_N,
	JOIN_TOTAL,
	JOIN_MORE,
	JOIN_NEWLINE,
	JOIN_PART,
	JOIN_PREFIX,
	JOIN_SLOTS
};
enum { REPLY_INNER = SLOT_MAX, REPLY_SLOTS };
/* seconds since 1970, or all of the others */
enum { ID_SECONDS = SLOT_MAX, ID_YEAR, ID_MONTH, ID_DAY, ID_HOUR, ID_MINUTE, ID_SECOND, ID_SLOTS };

/* load.c */
struct plugin *plugin_load(const char *name, struct str yaml, struct err *err);
/* free.c */
void plugin_free(struct plugin *p);

/* record.c: what happens to a body before the rules see it. */
enum record_result { RECORD_READY, RECORD_PENDING, RECORD_DUPLICATE };
enum record_result record_prepare(struct rules *r, struct plugin *p, struct arena *a,
				  const struct rules_input *in, struct str *body);
struct str record_body(struct plugin *p, struct matcher *m, struct arena *a, struct str body);
void record_forget(struct rules *r);

/* match.c: run one rule on a body; slots[] (SLOT_MAX, zeroed) are set on a match only. */
bool rule_match(struct rule *rule, struct matcher *m, struct str body, struct str *slots);
struct emit {
	struct rules *rules;
	struct plugin *plugin;
	struct rule *rule;
	struct str instance;
	struct arena *arena;
	rules_event_fn *fn;
	void *arg;
};
void rule_emit(const struct emit *e, struct str *slots);
void assigns_apply(const struct assigns *a, struct str *slots);
void map_apply(const struct rule *rule, struct str *slots);

/* ---- ip.c ---- */

/* An IPv6 address in its short form, an IPv4 one mapped into IPv6 as itself; anything else as it
 * is. What is new lies in the arena. */
struct str ip_plain(struct arena *a, struct str s);
bool tests_all(const struct tests *t, struct matcher *m, struct str *slots);
struct route *rules_route(struct rules *r, struct str ident);
void routes_forget(struct rules *r);

/* idtime.c */
bool id_time_read(struct id_time *t, struct matcher *m, struct str id, int64_t near_us,
		  int64_t *at_us);

/* reply.c: the first reply rule that reads one of the reply's lines. */
struct reply {
	struct str queue_id; /* at == NULL: none in it */
	struct str state;    /* at == NULL: as the delivery says */
	struct rule *rule;
};
bool reply_read(struct rules *r, struct arena *a, struct str text, struct reply *out);

#endif
