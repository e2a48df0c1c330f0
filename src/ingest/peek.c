/*
 * peek.c - is it a log, and of when? By its head alone.
 */
#include "ingest/internal.h"
#include "ingest/stop.h"

static void no_event(void *arg, const struct event *ev)
{
	(void)arg;
	(void)ev;
}

/*
 * A stamp and text may be of any program (a package manager's log, too): there a line
 * has to be one that a rule takes.
 */
static bool is_ours(struct ingest *g, const struct record *rec)
{
	struct rules_input in = { rec->host, rec->ident, rec->pid, rec->time_us, rec->body };
	return rec->framing != FRAMING_NATIVE ||
	       rules_match(g->rules, g->arena, &in, no_event, NULL) == RULES_MATCHED;
}

/* The next line of head, without its line break; the last one only when there is no other. */
static bool next_line(struct str *head, bool *any, struct str *line)
{
	const char *nl = head->len > 0 ? memchr(head->at, '\n', head->len) : NULL;
	if (head->len == 0 || (nl == NULL && *any))
		return false;
	*line = (struct str){ head->at, nl != NULL ? (size_t)(nl - head->at) : head->len };
	*head = str_skip(*head, line->len + 1);
	if (line->len > 0 && line->at[line->len - 1] == '\r')
		line->len--;
	*any = true;
	return true;
}

static bool look(struct ingest *g, struct framer *framer, struct str head, int64_t *first_at)
{
	struct record rec;
	struct str line;
	bool any = false, found = false;
	while (!found && next_line(&head, &any, &line)) {
		enum frame_result got = framer_line(framer, line, &rec);
		if (got == FRAME_MORE)
			return true; /* a journal's records may be longer than the head */
		found = got == FRAME_RECORD && is_ours(g, &rec);
	}
	if (found)
		*first_at = rec.time_us;
	return found;
}

bool feed_peek(struct ingest *g, const char *path, bool *is_log, int64_t *first_at)
{
	struct err err = { "" };
	struct input *in = input_open_until(path, stop_fd(), &err);
	*is_log = true; /* what cannot be read is told when its turn comes */
	if (in == NULL)
		return true;
	struct framer_options opt = framing_of(g, path, in);
	struct framer *framer = framer_new(&opt, &g->err);
	struct str head = input_head(in, &err);
	if (framer != NULL && err.text[0] == '\0')
		*is_log = look(g, framer, head, first_at);
	framer_free(framer);
	input_close(in);
	arena_reset(g->arena);
	return framer != NULL;
}
