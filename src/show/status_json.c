/*
 * status_json.c - the status of a database as one JSON object. The contract is
 * schema/status.schema.json; members may be added, never renamed or dropped. Absent values are
 * null.
 */
#include "show/status.h"
#include "show/value.h"

static json_t *run(const struct status_run *r)
{
	json_t *o = json_object();
	value_put(o, "started_at", value_time(r->started_us));
	value_put(o, "ended_at", value_time(r->ended_us));
	value_put(o, "lines", value_number(r->lines));
	value_put(o, "bytes", value_number(r->bytes));
	value_put(o, "matched", value_number(r->matched));
	value_put(o, "not_mail", value_number(r->not_mail));
	value_put(o, "duplicate", value_number(r->duplicate));
	value_put(o, "unmatched", value_number(r->unmatched));
	value_put(o, "malformed", value_number(r->malformed));
	value_put(o, "too_long", value_number(r->too_long));
	value_put(o, "limit_hits", value_number(r->limit_hits));
	return o;
}

static json_t *host(const struct status_host *h)
{
	json_t *o = json_object(), *gaps = json_array();
	for (size_t i = 0; i < h->gap_count; i++) {
		const struct status_gap *g = &h->gaps[i];
		json_t *gap = json_object();
		value_put(gap, "from", value_time(g->from_us));
		value_put(gap, "until", value_time(g->until_us));
		value_put(gap, "slots", value_number((g->until_us - g->from_us) / STATUS_SLOT_US));
		value_put(gap, "usual_slots", json_real(g->usual));
		json_array_append_new(gaps, gap);
	}
	value_put(o, "host", value_text(h->name));
	value_put(o, "first_at", value_time(h->first_us));
	value_put(o, "last_at", value_time(h->last_us));
	value_put(o, "entries", value_number(h->entries));
	value_put(o, "rejects", value_number(h->rejects));
	value_put(o, "open_entries", value_number(h->open));
	value_put(o, "open_since", value_time(h->open_first_us));
	value_put(o, "gaps", gaps);
	return o;
}

static json_t *source(const struct status_source *s)
{
	json_t *o = json_object();
	value_put(o, "path", value_text(s->path));
	value_put(o, "kind", json_string(s->is_journal ? "journal" : "file"));
	value_put(o, "host", value_text(s->host));
	value_put(o, "first_at", value_time(s->first_us));
	value_put(o, "last_at", value_time(s->last_us));
	value_put(o, "bytes", value_number(s->bytes));
	value_put(o, "lines", value_number(s->lines));
	value_put(o, "matched", value_number(s->matched));
	value_put(o, "unmatched", value_number(s->unmatched));
	value_put(o, "last_run_at", value_time(s->run_us));
	return o;
}

bool show_status_json(FILE *out, const struct status *st, struct err *err)
{
	json_t *o = json_object(), *database = json_object(), *hosts = json_array(),
	       *sources = json_array();
	value_put(database, "path", value_text(str_of(st->path)));
	value_put(database, "schema_version", value_number(st->version));
	value_put(database, "bytes", value_number(st->bytes));
	value_put(database, "free_bytes", value_number(st->free_bytes));
	value_put(database, "wal_bytes", value_number(st->wal_bytes));
	json_t *total = run(&st->all);
	value_put(total, "runs", value_number(st->all.count));
	json_t *last = st->last.count > 0 ? run(&st->last) : json_null();
	if (st->last.count > 0)
		value_put(last, "version", value_text(st->last.version));
	for (size_t i = 0; i < st->host_count; i++)
		json_array_append_new(hosts, host(&st->hosts[i]));
	for (size_t i = 0; i < st->source_count; i++)
		json_array_append_new(sources, source(&st->sources[i]));
	value_put(o, "database", database);
	value_put(o, "last_run", last);
	value_put(o, "all_runs", total);
	value_put(o, "hosts", hosts);
	value_put(o, "sources", sources);
	bool ok = json_dumpf(o, out, JSON_INDENT(2)) == 0 && fputc('\n', out) != EOF;
	json_decref(o);
	return ok || err_set(err, "cannot write JSON to the output");
}
