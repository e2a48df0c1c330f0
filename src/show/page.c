/*
 * page.c - wrapping, colour and line-drawing of the text page.
 */
#include "show/page.h"

const char *page_piece(const struct page *p, enum piece which)
{
	static const char *const ascii[] = { "* ", "> ", "|  ", "v ", "+- ", "`- " };
	static const char *const drawn[] = { "● ", "▶ ", "│  ", "▼ ", "├─ ", "└─ " };
	return p->opt->ascii ? ascii[which] : drawn[which];
}

void page_colour(const struct page *p, struct buf *b, enum colour c)
{
	static const char *const codes[] = { "0", "1", "2", "32", "33", "31", "36" };
	if (p->opt->colour)
		buf_printf(b, "\033[%sm", codes[c]);
}

enum colour page_state_colour(struct str s)
{
	static const struct {
		const char *state;
		enum colour colour;
	} colours[] = { { "delivered", GREEN }, { "relayed", CYAN },    { "filtered", CYAN },
			{ "expanded", CYAN },   { "deferred", YELLOW }, { "queued", YELLOW },
			{ "held", YELLOW },     { "bounced", RED },     { "expired", RED },
			{ "rejected", RED },    { "discarded", RED },   { "deleted", RED },
			{ "aborted", RED } };
	for (size_t i = 0; i < sizeof(colours) / sizeof(colours[0]); i++)
		if (str_eq(s, str_of(colours[i].state)))
			return colours[i].colour;
	return PLAIN;
}

enum colour page_evidence_colour(struct str s)
{
	return str_eq(s, STR("stated")) || str_eq(s, STR("proven")) ? GREEN
	       : str_eq(s, STR("likely"))                           ? YELLOW
								    : RED;
}

void page_state(const struct page *p, struct buf *b, struct str state)
{
	page_colour(p, b, page_state_colour(state));
	say_log(b, &p->say, state);
	page_colour(p, b, PLAIN);
}

/* Columns of encoded text: code points, without our own colour codes. */
static size_t columns(struct str s)
{
	size_t n = 0;
	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] == '\033') {
			while (i < s.len && s.at[i] != 'm')
				i++;
		} else if (((unsigned char)s.at[i] & 0xc0u) != 0x80) {
			n++;
		}
	}
	return n;
}

static void put(FILE *out, struct str s)
{
	fwrite(s.at, 1, s.len, out);
}

/* "s" of "1.3 s": stays on the line of its number. */
static bool is_unit(struct str word)
{
	size_t n = word.len > 0 && strchr(",;:)", word.at[word.len - 1]) != NULL ? word.len - 1
										 : word.len;
	return (n == 1 && strchr("smhd", word.at[0]) != NULL) ||
	       (n == 2 && memcmp(word.at, "ms", 2) == 0);
}

/* Up to and without the next blank; a number with its unit. */
static struct str next_word(struct str *rest)
{
	size_t n = 0;
	while (n < rest->len && rest->at[n] == ' ')
		n++;
	size_t start = n;
	while (n < rest->len && rest->at[n] != ' ')
		n++;
	while (n > start && n < rest->len && rest->at[n - 1] >= '0' && rest->at[n - 1] <= '9') {
		size_t end = n + 1, more;
		while (end < rest->len && rest->at[end] != ' ')
			end++;
		if (!is_unit((struct str){ rest->at + n + 1, end - n - 1 }))
			break;
		n = end; /* and the smaller unit: "4 h 10 m" */
		for (more = n + 1;
		     more < rest->len && rest->at[more] >= '0' && rest->at[more] <= '9';)
			more++;
		if (more > n + 1 && more < rest->len && rest->at[more] == ' ')
			n = more;
	}
	struct str word = { rest->at + start, n - start };
	*rest = str_skip(*rest, n);
	return word;
}

static struct str str_trim_end(struct str s)
{
	while (s.len > 0 && s.at[s.len - 1] == ' ')
		s.len--;
	return s;
}

void page_line(struct page *p, const char *first, const char *later, size_t hang, struct str text)
{
	struct str prefix = buf_str(&p->prefix);
	if (text.len == 0) { /* a spacer: no blanks at its end */
		struct buf b = { 0 };
		buf_add(&b, prefix);
		buf_puts(&b, first);
		put(p->out, str_trim_end(buf_str(&b)));
		fputc('\n', p->out);
		buf_free(&b);
		return;
	}
	size_t start = columns(prefix) + columns(str_of(first)), at = start;
	put(p->out, prefix);
	fputs(first, p->out);
	for (bool begun = false; text.len > 0; begun = true) {
		struct str word = next_word(&text);
		size_t w = columns(word);
		if (begun && at + 1 + w > p->width) {
			fputc('\n', p->out);
			put(p->out, prefix);
			fprintf(p->out, "%s%*s", later, (int)hang, "");
			at = columns(prefix) + columns(str_of(later)) + hang;
		} else if (begun && word.len > 0) {
			fputc(' ', p->out);
			at++;
		}
		put(p->out, word);
		at += w;
	}
	fputc('\n', p->out);
}

void show_safe(FILE *out, struct str s)
{
	struct buf b = { 0 };
	buf_safe(&b, s);
	put(out, buf_str(&b));
	buf_free(&b);
}

void show_time(FILE *out, int64_t at_us, bool utc)
{
	struct say how = { .utc = utc, .day_us = TRACE_NONE };
	struct buf b = { 0 };
	say_time(&b, &how, at_us);
	put(out, buf_str(&b));
	buf_free(&b);
}

void show_lines(FILE *out, const struct trace_line *lines, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct buf b = { 0 };
		struct str rest = lines[i].text, tab;
		while ((tab.at = memchr(rest.at, '\t', rest.len)) != NULL) {
			buf_safe(&b, (struct str){ rest.at, (size_t)(tab.at - rest.at) });
			buf_puts(&b, "\t");
			rest = str_skip(rest, (size_t)(tab.at - rest.at) + 1);
		}
		buf_safe(&b, rest);
		put(out, buf_str(&b));
		fputc('\n', out);
		buf_free(&b);
	}
}
