/*
 * group.h - many things counted by a label: "9,912 relayed to mx.example.net".
 */
#ifndef SHOW_GROUP_H
#define SHOW_GROUP_H

#include "base/hash.h"

#include "show/buf.h"

struct group {
	char *label; /* encoded already */
	size_t len, count;
	int rank;           /* set before groups_sort: higher ones come first */
	const void *sample; /* the first one counted */
	UT_hash_handle hh;
};

/* Zero-initialise. Free with groups_free. */
struct groups {
	struct group *first; /* uthash list */
};

void groups_add(struct groups *g, struct str label, const void *sample);
void groups_sort(struct groups *g); /* by rank, then the most frequent first */
void groups_free(struct groups *g);

#endif
