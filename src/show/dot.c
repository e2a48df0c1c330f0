/*
 * dot.c - a trace for Graphviz: entries are boxes, hops are arrows; where
 * recipients left our view, a dashed box says how many and where to.
 */
#include "show/group.h"
#include "show/say.h"
#include "show/show.h"

/* Inside a quoted string of the DOT language; \n is the line break of a label. */
static void quoted(FILE *out, struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] == '"' || s.at[i] == '\\')
			fputc('\\', out);
		fputc(s.at[i], out);
	}
}

static void label(FILE *out, struct buf *b, const char *end)
{
	quoted(out, buf_str(b));
	fputs(end, out);
	b->len = 0;
}

static void node(FILE *out, const struct say *how, const struct trace_entry *e)
{
	struct buf b = { 0 };
	fprintf(out, "\te%lld [label=\"", (long long)e->id);
	say_log(&b, how, e->queue_id);
	label(out, &b, "\\n");
	say_log(&b, how, e->host);
	buf_puts(&b, ", ");
	say_log(&b, how, e->mta);
	label(out, &b, "\\n");
	say_time(&b, how, e->first_at_us);
	label(out, &b, "\"");
	fputs(e->asked ? ", style=bold];\n" : "];\n", out);
	buf_free(&b);
}

/* Hops between the same two entries are one arrow. */
static void arrows(FILE *out, const struct say *how, const struct trace_entry *e)
{
	struct groups groups = { NULL };
	struct buf b = { 0 };
	for (size_t i = 0; i < e->down_count; i++) {
		const struct trace_hop *h = e->down[i];
		if (h->to == NULL)
			continue;
		buf_printf(&b, "%lld %.*s %.*s", (long long)h->to_id, (int)h->kind.len, h->kind.at,
			   (int)h->evidence.len, h->evidence.at);
		groups_add(&groups, buf_str(&b), h);
		b.len = 0;
	}
	for (struct group *g = groups.first; g != NULL; g = g->hh.next) {
		const struct trace_hop *h = g->sample;
		fprintf(out, "\te%lld -> e%lld [label=\"", (long long)h->from_id,
			(long long)h->to_id);
		say_log(&b, how, h->kind);
		label(out, &b, "\\n");
		say_log(&b, how, h->evidence);
		if (g->count > 1) {
			buf_puts(&b, ", ");
			buf_count(&b, g->count);
			buf_puts(&b, " recipients");
		}
		label(out, &b, "\"");
		fputs(trace_is_way(h) ? "];\n" : ", style=dashed];\n", out);
	}
	groups_free(&groups);
	buf_free(&b);
}

/* Recipients that ended here or went on out of sight. */
static void ends(FILE *out, const struct trace *t, const struct say *how)
{
	struct groups groups = { NULL };
	struct buf b = { 0 };
	size_t n = 0;
	for (size_t i = 0; i < t->verdict_count; i++) {
		const struct trace_verdict *v = &t->verdicts[i];
		buf_printf(&b, "%lld ", (long long)v->entry->id);
		say_kind(&b, how, v->state, v->last);
		groups_add(&groups, buf_str(&b), v);
		b.len = 0;
	}
	for (struct group *g = groups.first; g != NULL; g = g->hh.next) {
		const struct trace_verdict *v = g->sample;
		fprintf(out, "\tend%zu [style=dashed, label=\"", n);
		if (g->count > 1) {
			buf_count(&b, g->count);
			buf_puts(&b, " recipients");
		} else {
			say_log(&b, how, v->recipient);
		}
		label(out, &b, "\\n");
		say_kind(&b, how, v->state, v->last);
		label(out, &b, "\"];\n");
		fprintf(out, "\te%lld -> end%zu [style=dashed];\n", (long long)v->entry->id, n++);
	}
	groups_free(&groups);
	buf_free(&b);
}

void show_dot(FILE *out, const struct trace *t, const struct show_options *opt)
{
	const struct say how = { .utc = opt->utc, .day_us = TRACE_NONE };
	fputs("digraph trace {\n\trankdir=LR;\n\tnode [shape=box, fontname=\"sans-serif\"];\n"
	      "\tedge [fontname=\"sans-serif\"];\n",
	      out);
	for (size_t i = 0; i < t->entry_count; i++)
		node(out, &how, t->entries[i]);
	for (size_t i = 0; i < t->entry_count; i++)
		arrows(out, &how, t->entries[i]);
	ends(out, t, &how);
	fputs("}\n", out);
}
