/*
 * trace_class.c - states and evidence as classes of the style sheet of a trace's page.
 */
#include "show/trace_html.h"

const char *html_trouble(struct str state)
{
	static const char *const names[] = { "fine", "waits", "failed" };
	if (str_eq(state, STR("delivered")))
		return "done";
	return names[say_trouble(state)];
}

const char *html_evidence(struct str evidence)
{
	static const char *const names[] = { "stated", "proven", "likely" };
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (str_eq(evidence, str_of(names[i])))
			return names[i];
	return "claimed";
}

const char *html_worst(const struct trace_entry *e)
{
	struct str worst = e->outcome.at != NULL ? e->outcome : e->state;
	for (size_t i = 0; i < e->recipient_count; i++)
		if (!e->recipients[i].superseded &&
		    say_trouble(e->recipients[i].state) > say_trouble(worst))
			worst = e->recipients[i].state;
	return html_trouble(worst);
}
