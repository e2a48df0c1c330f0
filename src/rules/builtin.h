/*
 * builtin.h - the files of parsers/, embedded by the Makefile (builtin.c is made).
 */
#ifndef RULES_BUILTIN_H
#define RULES_BUILTIN_H

#include <stddef.h>

struct builtin_parser {
	const char *name; /* "parsers/postfix.yaml" */
	const char *text;
	size_t len;
};

extern const struct builtin_parser builtin_parsers[];
extern const size_t builtin_parser_count;

#endif
