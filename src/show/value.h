/*
 * value.h - values of JSON: log text, numbers and times that may not be known.
 *
 * Each is a new reference. Absent values are null.
 */
#ifndef SHOW_VALUE_H
#define SHOW_VALUE_H

#include <jansson.h>

#include "base/str.h"

/* Log text is bytes, JSON is Unicode: what is no UTF-8 becomes U+FFFD. at NULL becomes null. */
json_t *value_text(struct str s);
json_t *value_number(int64_t n);   /* TRACE_NONE: null */
json_t *value_time(int64_t at_us); /* ISO 8601, UTC, with microseconds; TRACE_NONE: null */
json_t *value_seconds(int64_t us); /* a duration; TRACE_NONE: null */

/* Into an object, which takes the reference. */
void value_put(json_t *object, const char *key, json_t *value);

#endif
