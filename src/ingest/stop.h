/*
 * stop.h - SIGTERM and SIGINT as a wish to stop, for work that is then ended in good order.
 */
#ifndef INGEST_STOP_H
#define INGEST_STOP_H

#include <stdbool.h>

/* From now on the first of these signals is only noted; a second one kills. */
void stop_catch(void);

/* Was there one? */
bool stop_wanted(void);

/* "SIGTERM" or "SIGINT". */
const char *stop_name(void);

/* Becomes readable at the signal and stays so; -1 when it could not be made. */
int stop_fd(void);

#endif
