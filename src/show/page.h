/*
 * page.h - the text page: indentation, wrapping, colour, and the parts that
 * text.c (frame, verdicts), tree.c and node.c (one entry) write.
 */
#ifndef SHOW_PAGE_H
#define SHOW_PAGE_H

#include "show/group.h"
#include "show/say.h"
#include "show/show.h"

/* Recipients, or branches of the tree, of one entry before they are summed up. */
#define PAGE_MANY 20

/* Things missing that are listed, unless all are wanted. */
#define PAGE_GAPS 8

/* From this width on there is room for everything on a line. */
#define PAGE_WIDE 110

enum colour { PLAIN, BOLD, DIM, GREEN, YELLOW, RED, CYAN };

struct page {
	FILE *out;
	const struct trace *trace;
	const struct show_options *opt;
	struct say say;
	size_t width;
	struct buf prefix; /* of every line of the tree under way */
	bool summed;       /* something was summed up: say how to see all */
};

/* Line-drawing pieces. */
enum piece { PIECE_NODE, PIECE_ASKED, PIECE_BAR, PIECE_DOWN, PIECE_TEE, PIECE_LAST };
const char *page_piece(const struct page *p, enum piece which);

/* The words between are shown in a colour. */
void page_colour(const struct page *p, struct buf *b, enum colour c);
enum colour page_state_colour(struct str state);
enum colour page_evidence_colour(struct str evidence);
/* A state in its colour. */
void page_state(const struct page *p, struct buf *b, struct str state);

/* A paragraph below the prefix, wrapped at blanks; later lines have `hang` more columns. */
void page_line(struct page *p, const char *first, const char *later, size_t hang, struct str text);

/* node.c: all about one entry. parent: the one above it, or NULL. */
void page_node(struct page *p, const struct trace_entry *e, const struct trace_entry *parent);

/* tree.c: the entries of a component, oldest ancestor first. */
void page_tree(struct page *p, size_t component);

#endif
