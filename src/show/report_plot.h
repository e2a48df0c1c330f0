/*
 * report_plot.h - the drawings of a report: inline SVG, by classes of the style sheet of its page.
 * Numbers are in titles and labels, too.
 */
#ifndef SHOW_REPORT_PLOT_H
#define SHOW_REPORT_PLOT_H

#include "show/markup.h"
#include "show/report.h"
#include "show/report_words.h"

/* Messages, deferrals, bounces and rejects over time. */
void plot_course(struct buf *b, const struct report *r, bool utc);
/* How long it took, in all and by the slowest relays. */
void plot_times(struct buf *b, const struct report *r);

#endif
