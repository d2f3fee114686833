/*
 * What the halves of `dateutil` share.
 *
 *	form_dateutil_words.c   a text's words, numbers and signs
 *	form_dateutil.c         what they say of a time
 */
#ifndef WEIR_EXPR_FORM_DATEUTIL_PARTS_H
#define WEIR_EXPR_FORM_DATEUTIL_PARTS_H

#include "base/sv.h"

/* Longer texts, or texts of more words, are no times. */
enum { WORDS_MAX = 256, WORDS_BYTES = 1024 };

struct words {
	struct sv v[WORDS_MAX]; /* views into text */
	size_t n;
	char text[WORDS_BYTES];
};

/* False: too many. */
MUST_CHECK bool words_split(struct words *w, struct sv text);

bool word_is_number(struct sv w); /* digits, or digits with a point in them */
bool word_is_digits(struct sv w);
bool word_is_jump(struct sv w); /* says nothing: "," "of" "th" */
bool word_is_of(struct sv w);
bool word_is_utc(struct sv w);
/* From 0, or -1. */
int word_weekday(struct sv w);
int word_month(struct sv w);
int word_unit(struct sv w); /* hour, minute, second */
int word_half(struct sv w); /* am, pm */

#endif
