/*
 * find.c - from what a person types or pastes to lives of queue IDs.
 */
#include "trace/internal.h"

#define LIVES_MAX 10000      /* of one name: a Message-ID may be on very many entries */
#define WORDS_MAX 4096       /* looked up in a pasted text */
#define WORD_MIN ((size_t)5) /* shorter ones are no queue IDs */

static const char by_queue_id[] = "SELECT id, first_at, last_at FROM entry WHERE queue_id = ?1 "
				  "ORDER BY first_at, id LIMIT 10001";
static const char by_message_id[] = "SELECT id, first_at, last_at FROM entry WHERE message_id = ?1 "
				    "ORDER BY first_at, id LIMIT 10001";

static bool known(const struct trace_lives *lives, int64_t entry)
{
	for (size_t i = 0; i < lives->count; i++)
		if (lives->life[i].entry == entry)
			return true;
	return false;
}

/* Append the lives of one name that are not there yet. */
static bool add_lives(struct store *s, struct arena *a, const char *sql, struct str name,
		      struct trace_lives *lives, struct err *err)
{
	sqlite3_stmt *row = store_prepare(s, sql, err);
	if (row == NULL)
		return false;
	sqlite3_bind_text64(row, 1, name.at, name.len, SQLITE_STATIC, SQLITE_UTF8);
	struct trace_lives before = *lives;
	int rc;
	for (size_t n = 0; (rc = sqlite3_step(row)) == SQLITE_ROW; n++) {
		if (n == LIVES_MAX) {
			lives->cut = true;
			rc = SQLITE_DONE;
			break;
		}
		int64_t entry = sqlite3_column_int64(row, 0);
		if (known(&before, entry))
			continue;
		lives->life = arena_grow(a, lives->life, lives->count, sizeof(*lives->life));
		lives->life[lives->count++] =
			(struct trace_life){ entry, sqlite3_column_int64(row, 1),
					     sqlite3_column_int64(row, 2) };
	}
	sqlite3_reset(row);
	return rc == SQLITE_DONE || trace_failed(s, err);
}

struct str trace_clean(struct str s)
{
	static const char around[] = " \t\r\n\"'`,;.:()[]";
	while (s.len > 0 && strchr(around, s.at[0]) != NULL && s.at[0] != '\0')
		s = str_skip(s, 1);
	while (s.len > 0 && strchr(around, s.at[s.len - 1]) != NULL && s.at[s.len - 1] != '\0')
		s.len--;
	return s;
}

struct str trace_message_id(struct arena *a, struct str s)
{
	static const struct str label = { "message-id", 10 };
	if (s.len > label.len && str_eq_nocase((struct str){ s.at, label.len }, label) &&
	    (s.at[label.len] == ':' || s.at[label.len] == '='))
		s = trace_clean(str_skip(s, label.len + 1));
	if (s.len >= 2 && s.at[0] == '<' && s.at[s.len - 1] == '>')
		return s;
	if (s.len > 0 && s.at[0] == '<')
		s = str_skip(s, 1);
	if (s.len > 0 && s.at[s.len - 1] == '>')
		s.len--;
	char *out = arena_alloc(a, s.len + 2);
	out[0] = '<';
	memcpy(out + 1, s.at, s.len);
	out[s.len + 1] = '>';
	return (struct str){ out, s.len + 2 };
}

static bool find_name(struct store *s, struct arena *a, struct str name, struct trace_lives *out,
		      struct err *err)
{
	size_t before = out->count;
	if (name.len == 0)
		return true;
	if (memchr(name.at, '@', name.len) == NULL && name.at[0] != '<' &&
	    !add_lives(s, a, by_queue_id, name, out, err))
		return false;
	if (out->count > before)
		return true;
	return add_lives(s, a, by_message_id, trace_message_id(a, name), out, err);
}

bool trace_find(struct store *s, struct arena *a, struct str text, struct trace_lives *out,
		struct err *err)
{
	*out = (struct trace_lives){ 0 };
	return find_name(s, a, trace_clean(text), out, err);
}

/* ---- a pasted text ---- */

struct word {
	struct str text;
	UT_hash_handle hh;
};

static bool is_word_char(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       c == '-' || c == '_' || c == '.' || c == '+' || c == '/' || c == '@';
}

bool trace_next_word(struct str *text, struct str *word)
{
	while (text->len > 0 && !is_word_char(text->at[0]) && text->at[0] != '<')
		*text = str_skip(*text, 1);
	if (text->len == 0)
		return false;
	size_t n = 0;
	if (text->at[0] == '<') {
		while (n < text->len && text->at[n] != '>' && text->at[n] != '\n' &&
		       text->at[n] != ' ')
			n++;
		if (n == text->len || text->at[n] != '>')
			n = 0;
		n++;
	} else {
		while (n < text->len && is_word_char(text->at[n]))
			n++;
	}
	*word = trace_clean((struct str){ text->at, n });
	*text = str_skip(*text, n);
	return true;
}

bool trace_may_be_name(struct str word)
{
	if (word.len < WORD_MIN)
		return false;
	if (word.at[0] == '<')
		return memchr(word.at, '@', word.len) != NULL;
	if (memchr(word.at, '@', word.len) != NULL || memchr(word.at, '/', word.len) != NULL)
		return false;
	for (size_t i = 0; i < word.len; i++)
		if (word.at[i] >= '0' && word.at[i] <= '9')
			return true;
	return false;
}

bool trace_find_words(struct store *s, struct arena *a, struct str text, struct trace_lives *out,
		      struct err *err)
{
	struct word *words = NULL;
	struct str word;
	bool ok = true;
	*out = (struct trace_lives){ 0 };
	while (ok && HASH_COUNT(words) < WORDS_MAX && trace_next_word(&text, &word)) {
		struct word *seen = NULL;
		if (!trace_may_be_name(word))
			continue;
		HASH_FIND(hh, words, word.at, word.len, seen);
		if (seen != NULL)
			continue;
		seen = arena_alloc(a, sizeof(*seen));
		seen->text = word;
		HASH_ADD_KEYPTR(hh, words, seen->text.at, seen->text.len, seen);
		ok = find_name(s, a, word, out, err);
	}
	HASH_CLEAR(hh, words);
	return ok;
}

void trace_lives_at(struct trace_lives *lives, int64_t from_us, int64_t to_us)
{
	int64_t nearest = INT64_MAX;
	size_t kept = 0;
	for (size_t i = 0; i < lives->count; i++) {
		const struct trace_life *l = &lives->life[i];
		int64_t away = to_us < l->first_at_us    ? l->first_at_us - to_us
			       : from_us > l->last_at_us ? from_us - l->last_at_us
							 : 0;
		if (away > nearest || (away == nearest && away > 0))
			continue;
		if (away < nearest)
			kept = 0;
		nearest = away;
		lives->life[kept++] = *l;
	}
	lives->count = kept;
}
