/*
 * csv.c - fields of a record, one after the other.
 */
#include "show/csv.h"

#include "base/clock.h"
#include "trace/trace.h"

void csv_text(struct buf *b, struct str s)
{
	buf_puts(b, b->len > 0 ? ",\"" : "\"");
	/* a spreadsheet takes these for the begin of a formula */
	if (s.len > 0 && s.at[0] != '\0' && strchr("=+-@\t\r", s.at[0]) != NULL)
		buf_puts(b, "'");
	struct buf safe = { 0 };
	buf_safe(&safe, s);
	for (size_t i = 0; i < safe.len; i++) {
		if (safe.at[i] == '"')
			buf_puts(b, "\"");
		buf_add(b, (struct str){ safe.at + i, 1 });
	}
	buf_free(&safe);
	buf_puts(b, "\"");
}

void csv_number(struct buf *b, int64_t n)
{
	if (n == TRACE_NONE)
		buf_puts(b, ",");
	else
		buf_printf(b, ",%lld", (long long)n);
}

void csv_time(struct buf *b, int64_t at_us)
{
	char iso[CLOCK_ISO_LEN] = "";
	if (at_us != TRACE_NONE)
		clock_iso(at_us, iso);
	csv_text(b, str_of(iso));
}

void csv_end(struct buf *b, FILE *out)
{
	buf_puts(b, "\r\n");
	fwrite(b->at, 1, b->len, out);
	b->len = 0;
}
