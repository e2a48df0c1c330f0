/*
 * report_json.c - a report as one JSON object. The contract is schema/report.schema.json; members
 * may be added, never renamed or dropped. Absent values are null.
 */
#include "base/clock.h"
#include "show/report.h"
#include "show/value.h"

static void put(json_t *object, const char *key, json_t *value)
{
	json_object_set_new(object, key, value);
}

static json_t *number(int64_t n)
{
	return json_integer((json_int_t)n);
}

static json_t *moment(int64_t at_us)
{
	char iso[CLOCK_ISO_LEN];
	if (at_us == TRACE_NONE)
		return json_null();
	clock_iso(at_us, iso);
	return json_string(iso);
}

static json_t *seconds(int64_t us)
{
	return json_real((double)us / 1e6);
}

/* Reasons have a code and an example; who and what have bytes. */
enum line_kind { LINE_REASON, LINE_WHO, LINE_STATE };

static json_t *line(const struct report_line *l, enum line_kind kind)
{
	json_t *o = json_object();
	if (kind == LINE_REASON)
		put(o, "code", value_text(l->code));
	put(o,
	    kind == LINE_REASON  ? "reason"
	    : kind == LINE_STATE ? "state"
				 : "name",
	    value_text(l->name));
	put(o, "count", number(l->count));
	if (kind == LINE_REASON)
		put(o, "example", value_text(l->example));
	if (kind == LINE_WHO)
		put(o, "bytes", number(l->bytes));
	return o;
}

static json_t *list(const struct report_list *l, enum line_kind kind)
{
	json_t *o = json_object(), *top = json_array();
	for (size_t i = 0; i < l->count; i++)
		json_array_append_new(top, line(&l->at[i], kind));
	put(o, "total", number(l->total));
	put(o, "kinds", number((int64_t)l->kinds));
	put(o, "top", top);
	return o;
}

static json_t *times(const struct report_times *t)
{
	json_t *o = json_object();
	put(o, "count", number(t->count));
	put(o, "p50_s", seconds(t->p50_us));
	put(o, "p95_s", seconds(t->p95_us));
	put(o, "p99_s", seconds(t->p99_us));
	put(o, "max_s", seconds(t->max_us));
	return o;
}

static json_t *volume(const struct report *r)
{
	json_t *o = json_object();
	put(o, "messages", number(r->messages));
	put(o, "notices", number(r->notices));
	put(o, "entries", number(r->entries));
	put(o, "recipients", number(r->recipients));
	put(o, "final_recipients", number(r->ends));
	put(o, "bytes", number(r->bytes));
	put(o, "deferrals", number(r->deferred));
	put(o, "bounces", number(r->bounced));
	put(o, "rejects", number(r->refused));
	return o;
}

static json_t *relays(const struct report *r)
{
	json_t *o = json_object(), *slowest = json_array();
	for (size_t i = 0; i < r->relay_count; i++) {
		json_t *t = times(&r->relays[i]);
		put(t, "relay", value_text(r->relays[i].name));
		json_array_append_new(slowest, t);
	}
	put(o, "kinds", number((int64_t)r->relay_kinds));
	put(o, "at_least", number(r->relay_least));
	put(o, "slowest", slowest);
	return o;
}

static json_t *course(const struct report *r)
{
	json_t *o = json_object(), *all = json_array();
	for (size_t i = 0; i < r->bucket_count; i++) {
		const struct report_bucket *b = &r->buckets[i];
		json_t *j = json_object();
		put(j, "at", moment(b->at_us));
		put(j, "messages", number(b->messages));
		put(j, "bytes", number(b->bytes));
		put(j, "deferrals", number(b->deferred));
		put(j, "bounces", number(b->bounced));
		put(j, "rejects", number(b->rejected));
		json_array_append_new(all, j);
	}
	put(o, "step_s", number(r->bucket_us / US_PER_S));
	put(o, "steps", all);
	return o;
}

static json_t *queue(const struct report *r)
{
	json_t *o = json_object(), *ages = json_array();
	for (size_t i = 0; i < REPORT_AGES; i++) {
		json_t *age = json_object();
		put(age, "under_s",
		    report_age_us[i] == INT64_MAX ? json_null()
						  : number(report_age_us[i] / US_PER_S));
		put(age, "entries", number(r->queued_age[i]));
		json_array_append_new(ages, age);
	}
	put(o, "entries", number(r->queued));
	put(o, "oldest_at", moment(r->queued_oldest_us));
	put(o, "ages", ages);
	return o;
}

bool show_report_json(FILE *out, const struct report *r, struct err *err)
{
	json_t *o = json_object(), *span = json_object();
	put(span, "since", moment(r->since_us));
	put(span, "until", moment(r->until_us));
	put(span, "by_default", json_boolean(r->by_default));
	put(o, "span", span);
	put(o, "host", value_text(r->host));
	put(o, "volume", volume(r));
	put(o, "states", list(&r->states, LINE_STATE));
	put(o, "course", course(r));
	put(o, "deferrals", list(&r->deferrals, LINE_REASON));
	put(o, "bounces", list(&r->bounces, LINE_REASON));
	put(o, "rejects", list(&r->rejects, LINE_REASON));
	put(o, "end_to_end", times(&r->whole));
	put(o, "relays", relays(r));
	put(o, "senders", list(&r->senders, LINE_WHO));
	put(o, "recipients", list(&r->recipient_list, LINE_WHO));
	put(o, "clients", list(&r->clients, LINE_WHO));
	put(o, "sender_domains", list(&r->sender_domains, LINE_WHO));
	put(o, "recipient_domains", list(&r->recipient_domains, LINE_WHO));
	put(o, "queue", queue(r));
	bool ok = json_dumpf(o, out, JSON_INDENT(2)) == 0 && fputc('\n', out) != EOF;
	json_decref(o);
	return ok || err_set(err, "cannot write JSON to the output");
}
