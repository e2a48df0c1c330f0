/*
 * verdict.c - a verdict as a sentence.
 *
 * `relayed` to a host we have no log of is the end of our knowledge and is said
 * so; it is never called a delivery.
 */
#include "show/say.h"

static void at_host(struct buf *b, const struct say *how, const struct trace_verdict *v)
{
	buf_puts(b, " on ");
	say_log(b, how, v->entry->host);
}

/* "09:15:04, 1.3 s" */
static void at_time(struct buf *b, const struct say *how, const struct trace_verdict *v)
{
	buf_puts(b, " ");
	say_time(b, how, v->at_us);
	if (v->took_us == TRACE_NONE)
		return;
	buf_puts(b, ", ");
	say_duration(b, v->took_us);
}

static void reply(struct buf *b, const struct say *how, const struct trace_verdict *v)
{
	struct buf text = { 0 };
	if (v->last != NULL)
		say_reply(&text, how, v->last);
	if (text.len > 0) {
		buf_puts(b, ": ");
		buf_add(b, buf_str(&text));
	}
	buf_free(&text);
}

/* Who knows of it: the sender, or whoever else a notice was for, as far as it got there. */
static void notice(struct buf *b, const struct say *how, const struct trace_verdict *v)
{
	static const char *const lost[] = { "bounced", "expired", "rejected", "discarded",
					    "deleted" };
	const char *verb = " was told by ";
	if (v->notice == NULL)
		return;
	buf_puts(b, "; ");
	if (v->told == NULL) {
		buf_puts(b, "a notice of it is ");
		say_log(b, how, v->notice->queue_id);
		return;
	}
	if (str_eq(v->told_state, STR("queued")) || str_eq(v->told_state, STR("deferred")) ||
	    str_eq(v->told_state, STR("held")))
		verb = " is to be told by ";
	if (v->told_sender)
		buf_puts(b, "the sender");
	else
		say_address(b, how, v->told->recipient);
	for (size_t i = 0; i < sizeof(lost) / sizeof(lost[0]); i++) {
		if (!str_eq(v->told_state, str_of(lost[i])))
			continue;
		buf_puts(b, " was not told: ");
		say_log(b, how, v->notice->queue_id);
		buf_printf(b, " was %s", lost[i]);
		return;
	}
	buf_puts(b, verb);
	say_log(b, how, v->notice->queue_id);
}

static void handed(struct buf *b, const struct say *how, const struct trace_verdict *v)
{
	const struct trace_delivery *d = v->last->last;
	bool filter = str_eq(v->state, STR("filtered"));
	bool expanded = str_eq(v->state, STR("expanded"));
	buf_puts(b, filter     ? "handed to the content filter "
		    : expanded ? "expanded"
			       : "relayed to ");
	if (!expanded)
		say_relay(b, how, d);
	else
		at_host(b, how, v);
	buf_puts(b, expanded ? "" : ", accepted");
	at_time(b, how, v);
	if (d->next_queue_id.len > 0) {
		buf_puts(b, ", as ");
		say_log(b, how, d->next_queue_id);
	}
}

/* A claim: is it a host of ours? */
static void claimed(struct buf *b, const struct say *how, const struct trace_verdict *v)
{
	const struct trace_hop *c = v->claim;
	handed(b, how, v);
	buf_puts(b, "; last place we can see");
	if (c->host.at == NULL)
		return;
	buf_puts(b, " (no line of ");
	say_log(b, how, c->next_queue_id);
	buf_puts(b, c->cover_first_us == TRACE_NONE ? ", nor any log, of " : " in the log of ");
	say_log(b, how, c->host);
	buf_puts(b, ")");
}

/* "deferred 12 times on mx1, 4 h 10 m, last 09:15:04: 451 4.7.1 greylisted" */
static void deferred(struct buf *b, const struct say *how, const struct trace_verdict *v)
{
	size_t times = v->last->deferrals + 1;
	buf_puts(b, "deferred");
	if (times > 1) {
		buf_puts(b, " ");
		buf_count(b, times);
		buf_puts(b, " times");
	}
	at_host(b, how, v);
	if (times > 1) {
		buf_puts(b, ", ");
		say_duration(b, v->at_us - v->last->first->at_us);
		buf_puts(b, ", last ");
		say_time(b, how, v->at_us);
	} else {
		at_time(b, how, v);
	}
	reply(b, how, v);
	if (v->entry->closed_at_us == TRACE_NONE)
		buf_puts(b, "; still in its queue as far as the logs go");
	notice(b, how, v);
}

/* By an operator or a policy: nothing goes on by itself. */
static void held(struct buf *b, const struct say *how, const struct trace_verdict *v)
{
	const struct trace_recipient *r = v->last;
	size_t times = r == NULL ? 0 : r->deferrals + str_eq(r->state, STR("deferred"));
	buf_puts(b, "held");
	at_host(b, how, v);
	buf_puts(b, " since ");
	say_time(b, how, v->at_us);
	if (times > 0) {
		const struct trace_delivery *d =
			str_eq(r->state, STR("deferred")) ? r->last : r->last_deferred;
		buf_puts(b, ", deferred ");
		buf_count(b, times);
		buf_puts(b, times == 1 ? " time before, " : " times before, last ");
		say_time(b, how, d->at_us);
		buf_puts(b, ": ");
		say_log(b, how, d->reply);
	} else if (r != NULL) {
		reply(b, how, v);
	}
	buf_puts(b, "; it waits until it is released");
}

/* Word for a state that ends on a host, with time and reply. */
static void ended(struct buf *b, const struct say *how, const struct trace_verdict *v,
		  const char *word)
{
	bool delivered = str_eq(v->state, STR("delivered"));
	buf_puts(b, word);
	at_host(b, how, v);
	if (delivered && say_has_relay(v->last->last)) {
		buf_puts(b, " by ");
		say_relay(b, how, v->last->last);
	}
	if (str_eq(v->state, STR("expired")) && v->last != NULL && v->last->attempts > 1) {
		buf_puts(b, " after ");
		buf_count(b, v->last->attempts);
		buf_puts(b, " attempts");
	}
	buf_puts(b, ",");
	at_time(b, how, v);
	if (str_eq(v->state, STR("bounced")) && v->last->last->relay_ip.len > 0) {
		buf_puts(b, ", refused by ");
		say_relay(b, how, v->last->last);
	}
	if (!delivered) /* the tree has it */
		reply(b, how, v);
	notice(b, how, v);
}

static void attempt(struct buf *b, const struct say *how, const struct trace_verdict *v)
{
	static const struct {
		const char *state, *word;
	} words[] = { { "delivered", "delivered" },
		      { "bounced", "bounced" },
		      { "expired", "given up" },
		      { "discarded", "discarded" },
		      { "deleted", "deleted from the queue" },
		      { "rejected", "rejected" },
		      { "queued", "waiting" },
		      { "probe", "address probe only" } };
	struct str s = v->state;
	if (str_eq(s, STR("deferred"))) {
		deferred(b, how, v);
		return;
	}
	if (str_eq(s, STR("held"))) {
		held(b, how, v);
		return;
	}
	if (str_eq(s, STR("relayed")) || str_eq(s, STR("filtered")) || str_eq(s, STR("expanded"))) {
		handed(b, how, v);
		buf_puts(b, str_eq(s, STR("relayed"))
				    ? "; last place we can see"
				    : "; what became of it is in no log read so far");
		return;
	}
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!str_eq(s, str_of(words[i].state)))
			continue;
		ended(b, how, v, words[i].word);
		return;
	}
	say_log(b, how, s);
	ended(b, how, v, "");
}

static void whole_entry(struct buf *b, const struct say *how, const struct trace_verdict *v)
{
	if (str_eq(v->state, STR("completed"))) {
		buf_puts(b, "taken off the queue");
		at_host(b, how, v);
		buf_puts(b, ",");
		at_time(b, how, v);
		buf_puts(b, "; its deliveries are in no log read so far");
		return;
	}
	if (str_eq(v->state, STR("held"))) {
		held(b, how, v);
		return;
	}
	say_log(b, how, v->state);
	at_host(b, how, v);
	buf_puts(b, ",");
	at_time(b, how, v);
	if (v->entry->outcome_reply.len > 0) {
		buf_puts(b, ": ");
		say_log(b, how, v->entry->outcome_reply);
	}
	if (str_eq(v->state, STR("requeued")))
		buf_puts(b, "; its new entry is in no log read so far");
	notice(b, how, v);
}

static void rejected(struct buf *b, const struct say *how, const struct trace_verdict *v)
{
	const struct trace_reject *r = v->reject;
	buf_puts(b, "rejected");
	if (r->stage.len > 0) {
		buf_puts(b, " at ");
		say_log(b, how, r->stage);
	}
	at_host(b, how, v);
	buf_puts(b, " ");
	say_time(b, how, v->at_us);
	say_refusal(b, how, r);
}

static void unclear(struct buf *b, const struct say *how, const struct trace_verdict *v)
{
	buf_puts(b, "rewritten");
	at_host(b, how, v);
	buf_puts(b, " among ");
	buf_count(b, v->among);
	buf_puts(b, " recipients, of whom ");
	buf_count(b, v->failed);
	buf_puts(b, " failed; which of them it is cannot be told (worst: ");
	say_log(b, how, v->state);
	buf_puts(b, ")");
}

static void never(struct buf *b, const struct say *how, const struct trace_verdict *v)
{
	buf_puts(b, "no message came of it");
	at_host(b, how, v);
	buf_puts(b, ", last line ");
	say_time(b, how, v->at_us);
	buf_puts(b, ": the client broke off, or it was thrown away");
}

static void waiting(struct buf *b, const struct say *how, const struct trace_verdict *v)
{
	bool begun = str_eq(v->entry->state, STR("open")) && v->entry->accepted_at_us == TRACE_NONE;
	buf_puts(b, begun ? "begun" : "accepted");
	at_host(b, how, v);
	buf_puts(b, " ");
	say_time(b, how, v->at_us);
	buf_puts(b, begun ? "; no log says that it was accepted" : ", no delivery attempt seen");
}

void say_whom(struct buf *b, const struct say *how, const struct trace_verdict *v)
{
	if (v->recipient.at == NULL) {
		say_log(b, how, v->entry->queue_id);
		return;
	}
	say_address(b, how, v->recipient);
	if (v->address.at == NULL || str_eq(v->address, v->recipient))
		return;
	buf_puts(b, " (as ");
	say_address(b, how, v->address);
	buf_puts(b, ")");
}

void say_verdict(struct buf *b, const struct say *how, const struct trace_verdict *v)
{
	switch (v->end) {
	case TRACE_END_ATTEMPT:
		attempt(b, how, v);
		break;
	case TRACE_END_CLAIM:
		claimed(b, how, v);
		break;
	case TRACE_END_ENTRY:
		whole_entry(b, how, v);
		break;
	case TRACE_END_WAITING:
		waiting(b, how, v);
		break;
	case TRACE_END_NEVER:
		never(b, how, v);
		break;
	case TRACE_END_REJECTED:
		rejected(b, how, v);
		break;
	case TRACE_END_LOOP:
		buf_puts(b, "in a mail loop: comes back to ");
		say_log(b, how, v->entry->queue_id);
		at_host(b, how, v);
		break;
	case TRACE_END_CUT:
		if (v->last->last->next_queue_id.len > 0)
			handed(b, how, v);
		else
			say_log(b, how, v->state);
		buf_puts(b, "; goes on beyond this trace");
		break;
	case TRACE_END_UNCLEAR:
		unclear(b, how, v);
		break;
	}
	if (v->copy)
		buf_puts(b, " (a further copy)");
}
