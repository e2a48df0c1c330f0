/*
 * markup.c - encoding for HTML (WHATWG HTML section 13.3) and the frame of a page.
 */
#include "show/markup.h"

/* What every page looks like: colours for light and dark, tables, drawings, a phone, paper. */
static const char base[] =
	":root{color-scheme:light dark;--ink:#1d2430;--soft:#566170;--line:#d5dbe3;--back:#fff;"
	"--blue:#2b6cb0;--amber:#96600f;--red:#c53030;--violet:#6b46c1;--green:#26734a;"
	"--wash:#f4f6f9}\n"
	"@media(prefers-color-scheme:dark){:root{--ink:#e4e8ee;--soft:#9aa5b4;--line:#3a4350;"
	"--back:#161b22;--blue:#63a4e8;--amber:#e0a94a;--red:#f0777a;--violet:#a78bfa;"
	"--green:#5cc08a;--wash:#1e252e}}\n"
	"*{box-sizing:border-box}\n"
	"body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--back);"
	"max-width:64rem;margin:0 auto;padding:1rem}\n"
	"h1{font-size:1.5rem;margin:.2rem 0}h2{font-size:1.05rem;margin:1.8rem 0 .5rem}\n"
	"p{margin:.2rem 0;color:var(--soft)}\n"
	"table{border-collapse:collapse;width:100%}\n"
	"th,td{text-align:left;padding:.25rem .5rem;border-bottom:1px solid var(--line);"
	"vertical-align:top;overflow-wrap:anywhere}\n"
	"th{font-weight:600;color:var(--soft);font-size:.85rem;overflow-wrap:normal}\n"
	"summary{cursor:pointer}\n"
	"svg{display:block;width:100%;max-width:46rem;height:auto}\n"
	"svg text{font:9.5px system-ui,sans-serif;fill:var(--ink)}svg .axis{fill:var(--soft);"
	"font-size:8.5px}\n"
	"svg line{stroke:var(--line)}svg .grid{stroke-dasharray:2 4}\n"
	"@media(max-width:40rem){body{padding:.6rem;font-size:14px}"
	"svg text{font-size:13px}svg .axis{font-size:12px}}\n"
	"@media print{:root{color-scheme:light;--ink:#000;--soft:#444;--line:#bbb;--back:#fff;"
	"--wash:#f4f4f4}body{max-width:none;font-size:10pt}h2,h3{break-after:avoid}"
	"svg{break-inside:avoid}"
	"rect,circle,path{-webkit-print-color-adjust:exact;print-color-adjust:exact}}\n";

void markup_encode(struct buf *b, struct str s)
{
	size_t from = 0;
	for (size_t i = 0; i < s.len; i++) {
		const char *as = NULL;
		switch (s.at[i]) {
		case '&':
			as = "&amp;";
			break;
		case '<':
			as = "&lt;";
			break;
		case '>':
			as = "&gt;";
			break;
		case '"':
			as = "&quot;";
			break;
		case '\'':
			as = "&#39;";
			break;
		default:
			continue;
		}
		buf_add(b, (struct str){ s.at + from, i - from });
		buf_puts(b, as);
		from = i + 1;
	}
	if (from < s.len)
		buf_add(b, (struct str){ s.at + from, s.len - from });
}

void markup_text(struct buf *b, struct str s)
{
	struct buf safe = { 0 };
	buf_safe(&safe, s);
	markup_encode(b, buf_str(&safe));
	buf_free(&safe);
}

void markup_attribute(struct buf *b, const char *name, struct str value)
{
	buf_printf(b, " %s=\"", name);
	markup_text(b, value);
	buf_puts(b, "\"");
}

void markup_begin(struct buf *b, struct str title, const char *style)
{
	buf_puts(b, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
		    "style-src 'unsafe-inline'\">\n"
		    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		    "<meta name=\"referrer\" content=\"no-referrer\">\n<title>");
	markup_text(b, title);
	buf_puts(b, "</title>\n<style>\n");
	buf_puts(b, base);
	buf_puts(b, style);
	buf_puts(b, "</style>\n</head>\n<body>\n");
}

void markup_end(struct buf *b)
{
	buf_puts(b, "</body>\n</html>\n");
}
