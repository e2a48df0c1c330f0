/*
 * shapes.h - unknown lines counted by their shape, until the next commit.
 */
#ifndef INGEST_SHAPES_H
#define INGEST_SHAPES_H

#include "store/write.h"

struct shapes;

struct shapes *shapes_new(void);
void shapes_free(struct shapes *s);

/* One more line of this plugin that no rule takes. Beyond a bounded number of shapes: "(other)". */
void shapes_add(struct shapes *s, struct str plugin, struct str body);

/* To table unmatched, and forget. */
bool shapes_flush(struct shapes *s, struct store *store, struct err *err);

#endif
