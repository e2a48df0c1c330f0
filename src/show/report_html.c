#include "show/report.h"
void show_report_html(FILE *out, const struct report *r, const struct show_options *opt)
{
	(void)out;
	(void)r;
	(void)opt;
}
