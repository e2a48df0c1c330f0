/*
 * status.h - the status of a database, for people and for programs.
 */
#ifndef SHOW_STATUS_H
#define SHOW_STATUS_H

#include "show/show.h"
#include "trace/status.h"

/* At most 80 columns, but for paths. Without opt->all at most 10 gaps a host and the 20 newest
 * files. */
void show_status_text(FILE *out, const struct status *st, const struct show_options *opt);

/* One object, as schema/status.schema.json describes it. */
bool show_status_json(FILE *out, const struct status *st, struct err *err);

#endif
