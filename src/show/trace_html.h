/*
 * trace_html.h - what the files of the HTML of a trace share.
 */
#ifndef SHOW_TRACE_HTML_H
#define SHOW_TRACE_HTML_H

#include "show/markup.h"
#include "show/order.h"
#include "show/say.h"
#include "show/show.h"

#define HTML_MANY 20             /* recipients, branches, ... before they are summed up */
#define HTML_GAPS 8              /* things missing, unless all are wanted */
#define HTML_LINES ((size_t)200) /* log lines of one entry, unless all are wanted */

/* trace_class.c: name of a class of the style sheet. */
const char *html_trouble(struct str state);
const char *html_evidence(struct str evidence);
/* The class of the worst that happened to it. */
const char *html_worst(const struct trace_entry *e);

/* trace_plot.c: hops and entries of a component over time, as inline SVG. */
void plot_trace(struct buf *b, const struct trace *t, const struct order *o, const struct say *how);

/* trace_entry.c: one entry with its recipients and log lines. number: its heading. */
void html_entry(struct buf *b, const struct order *o, size_t step, size_t number,
		const struct say *how, bool all, const struct trace_entry_lines *lines);

#endif
