/*
 * event.c - names of event kinds and fields, from the tables in event.h.
 */
#include "rules/event.h"

static const struct str kind_names[] = {
#define X(up, low) { #low, sizeof(#low) - 1 },
	EVENT_KINDS(X)
#undef X
};

static const struct str field_names[] = {
#define X(up, low) { #low, sizeof(#low) - 1 },
	EVENT_FIELDS(X)
#undef X
};

const char *event_kind_name(enum event_kind k)
{
	return kind_names[k].at;
}

const char *event_field_name(enum event_field f)
{
	return field_names[f].at;
}

bool event_kind_of(struct str name, enum event_kind *out)
{
	for (unsigned i = 0; i < EVENT_KIND_COUNT; i++) {
		if (str_eq(kind_names[i], name)) {
			*out = (enum event_kind)i;
			return true;
		}
	}
	return false;
}

bool event_field_of(struct str name, enum event_field *out)
{
	for (unsigned i = 0; i < EVENT_FIELD_COUNT; i++) {
		if (str_eq(field_names[i], name)) {
			*out = (enum event_field)i;
			return true;
		}
	}
	return false;
}
