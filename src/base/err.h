/*
 * err.h - an error as a sentence that names file, line and what to do.
 *
 * Functions that can fail take a struct err * and return false (or an enum)
 * after filling it. Only cmd/ prints it and chooses the exit code.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdbool.h>

struct err {
	char text[1024];
};

/* Fill e (may be NULL) and return false, so that `return err_set(...)` reads well. */
bool err_set(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Put "prefix: " before what e says. Returns false. */
bool err_prefix(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
