/*
 * sentence.h - the verdicts of a component as text and HTML show them: those of the same words as
 * one, very many summed up by state and place.
 */
#ifndef SHOW_SENTENCE_H
#define SHOW_SENTENCE_H

#include "show/buf.h"
#include "show/say.h"

struct sentence {
	struct buf whom; /* recipients; of a sum empty */
	struct buf text; /* what became of them; of a sum with their number before it */
	struct str state;
};

struct sentences {
	struct sentence *at;
	size_t count;
	struct buf head; /* of a sum: "10,000 recipients: 100 bounced, 9,900 relayed" */
	size_t more;     /* of a sum: kinds left out */
};

/* More than `most` verdicts are summed up (`most` kinds at most). Free with sentences_free. */
void sentences_of(const struct trace *t, size_t component, const struct say *how, size_t most,
		  struct sentences *out);
void sentences_free(struct sentences *s);

#endif
