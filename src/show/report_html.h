/*
 * report_html.h - what the files of the HTML of a report share.
 */
#ifndef SHOW_REPORT_HTML_H
#define SHOW_REPORT_HTML_H

#include "show/markup.h"
#include "show/report.h"
#include "show/report_words.h"

/* report_plot.c: inline SVG, drawn with the style sheet's classes. Numbers are in titles and
 * labels, too. */
void plot_course(struct buf *b, const struct report *r, bool utc);
void plot_times(struct buf *b, const struct report *r);

/* "12,345" of what is not negative. */
void html_count(struct buf *b, int64_t n);

#endif
