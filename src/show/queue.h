/*
 * queue.h - the queue as the logs tell it: for people, as JSON, as CSV.
 *
 * Promises as in show.h and csv.h.
 */
#ifndef SHOW_QUEUE_H
#define SHOW_QUEUE_H

#include <stdio.h>

#include "trace/queue.h"

struct queue_view {
	bool utc;
	size_t width; /* columns; 0: lines are as long as they are */
	int64_t now_us;
};

/* A line a host: when its log ends, and how many are queued; then a paragraph a message. */
void queue_text(FILE *out, const struct queue *q, const struct queue_view *view);
/* One object, as schema/queue.schema.json describes it. */
bool queue_json(FILE *out, const struct queue *q, const struct queue_view *view, struct err *err);
/* A record a waiting recipient, or a message that was not tried yet. */
void queue_csv(FILE *out, const struct queue *q);

#endif
