/*
 * json_text.h - log text as a JSON string.
 */
#ifndef SHOW_JSON_TEXT_H
#define SHOW_JSON_TEXT_H

#include <jansson.h>

#include "base/str.h"

/* Log text is bytes, JSON is Unicode: what is no UTF-8 becomes U+FFFD. at NULL becomes null. */
json_t *json_text(struct str s);

#endif
