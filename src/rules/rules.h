/*
 * rules.h - log-format plugins: YAML files of PCRE2 rules, a record to events.
 *
 * The language is described in parsers/README.md. Nothing here knows an MTA.
 */
#ifndef RULES_RULES_H
#define RULES_RULES_H

#include "base/arena.h"
#include "base/err.h"
#include "rules/event.h"

struct rules;

/* An empty set. Free with rules_free. */
struct rules *rules_new(void);
void rules_free(struct rules *r);

/*
 * Add a plugin from YAML text. name is for messages ("parsers/postfix.yaml"). A
 * plugin of the same `parser:` name replaces the one already there. False and
 * *err ("file:line:column: what is wrong, what to do") when it is not valid;
 * the set is as before then.
 */
bool rules_add(struct rules *r, const char *name, struct str yaml, struct err *err);

/* Add one file. */
bool rules_add_file(struct rules *r, const char *path, struct err *err);

/* Add every *.yaml of a directory, in name order. A missing directory is an error. */
bool rules_add_directory(struct rules *r, const char *path, struct err *err);

/* The plugins shipped with qtrail (compiled in). */
bool rules_add_builtin(struct rules *r, struct err *err);

/* What the rules see of a record. */
struct rules_input {
	struct str host;
	struct str ident;
	int64_t pid;
	int64_t time_us;
	struct str body;
};

enum rules_result {
	RULES_MATCHED,   /* n events (0 for a line that says nothing) */
	RULES_PENDING,   /* a part of a split record; its events come with the last part */
	RULES_DUPLICATE, /* a copy of a line already taken (the plugin's `duplicates`) */
	RULES_UNMATCHED, /* a program a plugin owns, no rule fits */
	RULES_FOREIGN    /* no plugin owns the ident */
};

/* Called for each event of a line, in order; what it points to lives until rules_reset. */
typedef void rules_event_fn(void *arg, const struct event *ev);

/*
 * Match one record. Events go to fn. What they point to is in the record's
 * own bytes or in a (reset it when the batch of records is done).
 */
enum rules_result rules_match(struct rules *r, struct arena *a, const struct rules_input *in,
			      rules_event_fn *fn, void *arg);

/* Name of the plugin that owns an ident; empty when none does. Owned by r. */
struct str rules_owner(struct rules *r, struct str ident);

/* Matches given up because a PCRE2 limit or the JIT stack was exceeded, so far. */
uint64_t rules_limit_hits(const struct rules *r);

/*
 * Read a reply as a person would paste it ("250 2.0.0 Ok: queued as A1B2C3",
 * or the text only): true when a replies rule finds a queue ID.
 * *family is the rule's name, owned by r.
 */
bool rules_reply(struct rules *r, struct arena *a, struct str reply, struct str *queue_id,
		 struct str *family, bool *followable);

/*
 * When a queue ID of this program was given, if its kind tells (the plugin's `id_times`):
 * microseconds UTC. near_us chooses among times that look the same after decades.
 */
bool rules_id_time(struct rules *r, struct str ident, struct str queue_id, int64_t near_us,
		   int64_t *at_us);

/* Forget parts and copies: what comes now has nothing to do with what came. */
void rules_restart(struct rules *r);

/*
 * What waits for a line to come, to be kept with a checkpoint: parts of records, lines of which a
 * copy may follow. In a; empty when nothing waits.
 */
struct str rules_pending(const struct rules *r, struct arena *a);

/* Go on with what rules_pending gave, perhaps in another process. Damaged bytes do no harm. */
void rules_resume(struct rules *r, struct str pending);

/* For `qtrail parsers`: run every sample; report each failure to fn. Number of samples, -1 on none.
 */
typedef void rules_report_fn(void *arg, const char *sentence);
bool rules_check(struct rules *r, rules_report_fn *fn, void *arg, size_t *samples,
		 size_t *failures);

/* For `qtrail parsers`: each plugin and rule in order. */
struct rules_info {
	struct str plugin, file, mta, rule;
	enum event_kind kind;
	size_t samples;
	uint64_t hits;
	bool is_reply;
};
typedef void rules_info_fn(void *arg, const struct rules_info *info);
void rules_list(const struct rules *r, rules_info_fn *fn, void *arg);

/*
 * For `qtrail explain`: the rule of the owning plugin whose match got farthest
 * into the body, and how far (bytes); of rules that could go on beyond the body (free text) the
 * one that would take most of it as a whole line, and how much. False when no plugin owns the
 * ident.
 */
bool rules_nearest(struct rules *r, const struct rules_input *in, struct str *plugin,
		   struct str *rule, size_t *stopped_at);

#endif
