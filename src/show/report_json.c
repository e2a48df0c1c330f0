/*
 * report_json.c - a report as one JSON object. The contract is schema/report.schema.json; members
 * may be added, never renamed or dropped. Absent values are null.
 */
#include "base/clock.h"
#include "show/report.h"
#include "show/value.h"

/* Reasons have a code and an example; who and what have bytes. */
enum line_kind { LINE_REASON, LINE_WHO, LINE_STATE };

static json_t *line(const struct report_line *l, enum line_kind kind)
{
	json_t *o = json_object();
	if (kind == LINE_REASON)
		value_put(o, "code", value_text(l->code));
	value_put(o,
		  kind == LINE_REASON  ? "reason"
		  : kind == LINE_STATE ? "state"
				       : "name",
		  value_text(l->name));
	value_put(o, "count", value_number(l->count));
	if (kind == LINE_REASON)
		value_put(o, "example", value_text(l->example));
	if (kind == LINE_WHO)
		value_put(o, "bytes", value_number(l->bytes));
	return o;
}

static json_t *list(const struct report_list *l, enum line_kind kind)
{
	json_t *o = json_object(), *top = json_array();
	for (size_t i = 0; i < l->count; i++)
		json_array_append_new(top, line(&l->at[i], kind));
	value_put(o, "total", value_number(l->total));
	value_put(o, "kinds", value_number((int64_t)l->kinds));
	value_put(o, "top", top);
	return o;
}

static json_t *times(const struct report_times *t)
{
	json_t *o = json_object();
	value_put(o, "count", value_number(t->count));
	value_put(o, "p50_s", value_seconds(t->p50_us));
	value_put(o, "p95_s", value_seconds(t->p95_us));
	value_put(o, "p99_s", value_seconds(t->p99_us));
	value_put(o, "max_s", value_seconds(t->max_us));
	return o;
}

static json_t *volume(const struct report *r)
{
	json_t *o = json_object();
	value_put(o, "messages", value_number(r->messages));
	value_put(o, "notices", value_number(r->notices));
	value_put(o, "entries", value_number(r->entries));
	value_put(o, "recipients", value_number(r->recipients));
	value_put(o, "final_recipients", value_number(r->ends));
	value_put(o, "bytes", value_number(r->bytes));
	value_put(o, "deferrals", value_number(r->deferred));
	value_put(o, "bounces", value_number(r->bounced));
	value_put(o, "rejects", value_number(r->refused));
	return o;
}

static json_t *relays(const struct report *r)
{
	json_t *o = json_object(), *slowest = json_array();
	for (size_t i = 0; i < r->relay_count; i++) {
		json_t *t = times(&r->relays[i]);
		value_put(t, "relay", value_text(r->relays[i].name));
		json_array_append_new(slowest, t);
	}
	value_put(o, "kinds", value_number((int64_t)r->relay_kinds));
	value_put(o, "at_least", value_number(r->relay_least));
	value_put(o, "slowest", slowest);
	return o;
}

static json_t *course(const struct report *r)
{
	json_t *o = json_object(), *all = json_array();
	for (size_t i = 0; i < r->bucket_count; i++) {
		const struct report_bucket *b = &r->buckets[i];
		json_t *j = json_object();
		value_put(j, "at", value_time(b->at_us));
		value_put(j, "messages", value_number(b->messages));
		value_put(j, "bytes", value_number(b->bytes));
		value_put(j, "deferrals", value_number(b->deferred));
		value_put(j, "bounces", value_number(b->bounced));
		value_put(j, "rejects", value_number(b->rejected));
		json_array_append_new(all, j);
	}
	value_put(o, "step_s", value_number(r->bucket_us / US_PER_S));
	value_put(o, "steps", all);
	return o;
}

static json_t *queue(const struct report *r)
{
	json_t *o = json_object(), *ages = json_array();
	for (size_t i = 0; i < REPORT_AGES; i++) {
		json_t *age = json_object();
		value_put(age, "under_s",
			  report_age_us[i] == INT64_MAX
				  ? json_null()
				  : value_number(report_age_us[i] / US_PER_S));
		value_put(age, "entries", value_number(r->queued_age[i]));
		json_array_append_new(ages, age);
	}
	value_put(o, "entries", value_number(r->queued));
	value_put(o, "oldest_at", value_time(r->queued_oldest_us));
	value_put(o, "ages", ages);
	return o;
}

bool show_report_json(FILE *out, const struct report *r, struct err *err)
{
	json_t *o = json_object(), *span = json_object();
	value_put(span, "since", value_time(r->since_us));
	value_put(span, "until", value_time(r->until_us));
	value_put(span, "by_default", json_boolean(r->by_default));
	value_put(o, "span", span);
	value_put(o, "host", value_text(r->host));
	value_put(o, "volume", volume(r));
	value_put(o, "states", list(&r->states, LINE_STATE));
	value_put(o, "course", course(r));
	value_put(o, "deferrals", list(&r->deferrals, LINE_REASON));
	value_put(o, "bounces", list(&r->bounces, LINE_REASON));
	value_put(o, "rejects", list(&r->rejects, LINE_REASON));
	value_put(o, "end_to_end", times(&r->whole));
	value_put(o, "relays", relays(r));
	value_put(o, "senders", list(&r->senders, LINE_WHO));
	value_put(o, "recipients", list(&r->recipient_list, LINE_WHO));
	value_put(o, "clients", list(&r->clients, LINE_WHO));
	value_put(o, "sender_domains", list(&r->sender_domains, LINE_WHO));
	value_put(o, "recipient_domains", list(&r->recipient_domains, LINE_WHO));
	value_put(o, "queue", queue(r));
	bool ok = json_dumpf(o, out, JSON_INDENT(2)) == 0 && fputc('\n', out) != EOF;
	json_decref(o);
	return ok || err_set(err, "cannot write JSON to the output");
}
