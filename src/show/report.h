/*
 * report.h - a report for people (text), programs (JSON) and browsers (HTML).
 *
 * Promises as in show.h: no byte of a log reaches the output unencoded. The HTML page stands by
 * itself: no scripts, nothing fetched from anywhere.
 */
#ifndef SHOW_REPORT_H
#define SHOW_REPORT_H

#include "show/show.h"
#include "trace/report.h"

/* Fits opt->width columns; opt->utc, ascii and colour count. */
void show_report_text(FILE *out, const struct report *r, const struct show_options *opt);

/* One object, as schema/report.schema.json describes it. */
bool show_report_json(FILE *out, const struct report *r, struct err *err);

/* A page with plots as inline SVG. opt->utc counts. */
void show_report_html(FILE *out, const struct report *r, const struct show_options *opt);

#endif
