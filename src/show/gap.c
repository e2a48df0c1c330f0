/*
 * gap.c - what the logs do not show, in words, with the log that would show it.
 */
#include "show/say.h"

static void covers(struct buf *b, const struct say *how, const struct trace_gap *g)
{
	if (g->cover_first_us == TRACE_NONE) {
		buf_puts(b, ", of which none has been read");
		return;
	}
	buf_puts(b, ", read from ");
	say_time(b, how, g->cover_first_us);
	buf_puts(b, " to ");
	say_time(b, how, g->cover_last_us);
}

/* "what mx.example.net[203.0.113.25] did with it after 09:15:04, as CCC03: its own log" */
static void next(struct buf *b, const struct say *how, const struct trace_gap *g)
{
	const struct trace_delivery *d = g->attempt;
	buf_puts(b, "what ");
	say_relay(b, how, d);
	buf_puts(b, " did with it after ");
	say_time(b, how, d->at_us);
	if (d->next_queue_id.len > 0) {
		buf_puts(b, g->count > 1 ? ", among others as " : ", as ");
		say_log(b, how, d->next_queue_id);
	}
	if (g->count > 1) {
		buf_puts(b, ", for ");
		buf_count(b, g->count);
		buf_puts(b, " recipients");
	}
	if (g->host.at == NULL) {
		buf_puts(b, ": the log of that server, which is not in the database");
		return;
	}
	buf_puts(b, ": the log of ");
	say_log(b, how, g->host);
	covers(b, how, g);
	if (g->cover_first_us != TRACE_NONE && d->at_us >= g->cover_first_us &&
	    d->at_us <= g->cover_last_us)
		buf_puts(b, ", has no line of it");
}

void say_gap(struct buf *b, const struct say *how, const struct trace_gap *g)
{
	const struct trace_entry *e = g->entry;
	if (g->kind == TRACE_GAP_NEXT) {
		next(b, how, g);
		return;
	}
	buf_puts(b, g->kind == TRACE_GAP_BEGIN   ? "where "
		    : g->kind == TRACE_GAP_LATER ? "what became of "
						 : "the deliveries of ");
	say_log(b, how, e->queue_id);
	buf_puts(b, g->kind == TRACE_GAP_BEGIN   ? " came from: an older log of "
		    : g->kind == TRACE_GAP_LATER ? " later: a newer log of "
						 : ": more of the log of ");
	say_log(b, how, e->host);
	covers(b, how, g);
}
