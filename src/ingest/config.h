/*
 * config.h - settings, from /etc/qtrail/qtrail.conf and from the command line.
 */
#ifndef INGEST_CONFIG_H
#define INGEST_CONFIG_H

#include "base/arena.h"
#include "base/err.h"

#define CONFIG_PATH "/etc/qtrail/qtrail.conf"
#define CONFIG_WAIT_DEFAULT_S 60 /* for another writer of the database */
#define CONFIG_WAIT_MAX_S 86400

struct pair {
	const char *key, *value;
};

struct pairs {
	struct pair *at;
	size_t count;
};

/* All texts live in arena; NULL or -1: not set. */
struct config {
	struct arena *arena;
	const char *database, *timezone, *parsers, *retention;
	int64_t wait_s;
	int keep_lines, journal; /* 1, 0, -1 */
	struct pairs sources;    /* key: path or pattern */
	struct pairs file_hosts; /* path or pattern (empty: any), host of logs that carry none */
	struct pairs names;      /* host, another name or address of it */
	struct pairs zones;      /* host, time zone */
	struct pairs matches;    /* journal: field, value */
};

/*
 * Read a file (NULL: CONFIG_PATH, where there is one). False and *err, which names line and
 * column. In either case free it with config_free.
 */
bool config_read(struct config *c, const char *path, struct err *err);
void config_free(struct config *c);

/* What comes later counts before what came earlier. */
void config_add(struct config *c, struct pairs *to, struct str key, struct str value);

/* "KEY=VALUE" with something on both sides. */
bool config_add_text(struct config *c, struct pairs *to, const char *text);

/* The host told for a file's logs, by its path; NULL: none. */
const char *config_file_host(const struct config *c, const char *path);

#endif
