/*
 * err.c - errors as sentences.
 *
 * Promises: a text too long is cut, never written past its room; what an error
 * says may be part of what it is set to say next.
 */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool err_set(struct err *e, const char *fmt, ...)
{
	if (e == NULL)
		return false;
	char text[sizeof(e->text)]; /* the arguments may point into e */
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	memcpy(e->text, text, sizeof(text));
	return false;
}

bool err_prefix(struct err *e, const char *fmt, ...)
{
	if (e == NULL)
		return false;
	char old[sizeof(e->text)];
	memcpy(old, e->text, sizeof(old));
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n < sizeof(e->text))
		snprintf(e->text + n, sizeof(e->text) - (size_t)n, ": %.*s",
			 (int)sizeof(old) - n - 3, old);
	return false;
}
