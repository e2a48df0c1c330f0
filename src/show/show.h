/*
 * show.h - a trace for people (text, HTML), programs (JSON) and pictures (DOT).
 *
 * Promises: no byte of a log reaches the output unencoded. In text, control and
 * escape bytes, bidi and invisible marks and invalid UTF-8 are shown as \xNN or
 * <U+NNNN>, on terminals and in files alike; JSON is encoded by jansson.
 */
#ifndef SHOW_SHOW_H
#define SHOW_SHOW_H

#include <stdio.h>

#include "trace/trace.h"

struct show_options {
	bool utc;   /* times in UTC, not in the local zone */
	bool ascii; /* no line-drawing characters */
	bool colour;
	bool all;     /* every recipient and entry, not sums */
	size_t width; /* columns; 0: 80 */
};

/* The verdict per recipient, then the entries as a tree, oldest ancestor first. */
void show_text(FILE *out, const struct trace *t, struct str query, const struct show_options *opt);

/* One object, as schema/trace.schema.json describes it. */
bool show_json(FILE *out, const struct trace *t, struct str query, struct err *err);

/* As a message of the program, why nothing was found: near misses, then what the database covers
 * (`empty` when it covers nothing). */
void show_nothing(FILE *out, const struct trace_nothing *n, struct str query, const char *empty,
		  bool utc);
/* What the database covers, a host a line. */
void show_coverage(FILE *out, const struct trace_cover *covers, size_t count, bool utc);
/* The object of a trace without entries, and why (member "nothing"). */
bool show_json_nothing(FILE *out, const struct trace_nothing *n, struct str query, struct err *err);

/* A directed graph for Graphviz. */
void show_dot(FILE *out, const struct trace *t, const struct show_options *opt);

/* A page that stands by itself, with a drawing of the hops. lines: of each entry, by its index;
 * NULL: none are known. opt->utc and all count. */
void show_trace_html(FILE *out, const struct trace *t, struct str query,
		     const struct show_options *opt, const struct trace_entry_lines *lines);

/* Log lines, one a line. */
void show_lines(FILE *out, const struct trace_line *lines, size_t count);

/* For messages of commands: log text, encoded as promised; "2026-03-14 09:15:02", local or UTC. */
void show_safe(FILE *out, struct str s);
void show_time(FILE *out, int64_t at_us, bool utc);

#endif
