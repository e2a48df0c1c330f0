/*
 * prune.h - pruning, as `qtrail prune` and an ingest with a retention do it.
 */
#ifndef CMD_PRUNE_H
#define CMD_PRUNE_H

#include "store/prune.h"

/*
 * Prune what is older than age says (age.h), and say so on standard output unless quiet. keep_room:
 * as in store/prune.h. Ends early, in good order, when stop_wanted(). False and *err.
 */
bool prune_old(struct store *s, const char *age, bool keep_room, bool quiet, struct err *err);

#endif
