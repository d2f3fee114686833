/* What two tables have in common and what not, for people and for programs. */
#ifndef WEIR_REPORT_DIFF_REPORT_H
#define WEIR_REPORT_DIFF_REPORT_H

#include "report/report.h"
#include "run/diff.h"

/* width: terminal columns that a line may take; what does not fit is cut with "…". */
void diff_text(const struct diff *f, const struct report_style *s, int width, struct buf *b);
void diff_markdown(const struct diff *f, struct buf *b);
void diff_json(const struct diff *f, int64_t at_us, struct buf *b);

/* What the formats for people share. */

/* "8 rows changed, 2 only in A; 1 column only in B", or that they are equal. */
void diff_summary(const struct diff *f, struct buf *b);
/* A value in words: null is `null`, and a text that could be taken for something else stands in quotes. */
void diff_value(struct value v, struct buf *b);
/* "id=7, day=2024-01-31". */
void diff_key(const struct diff *f, const struct value *key, struct buf *b);
/* The number of one side that a line is about; null where there is none. */
enum { DIFF_NUMBERS = 8 };
extern const char *const diff_number_names[DIFF_NUMBERS];
struct value diff_number(const struct diff_numbers *n, int which);
/* The number of both sides for people, in as many digits as tell them apart. */
void diff_number_words(const struct diff_column *c, int which, struct buf *a, struct buf *b);
/* Is it worth a line for people?  all: also where both are the same. */
bool diff_number_shown(const struct diff_column *c, int which, bool all);
/* Numbers of personal data that show values of it. */
bool diff_number_hidden(const struct diff_column *c, int which);
/* Do both sides have the number, and are they different?  Sums of doubles depend on the order of rows, in their last digits. */
bool diff_numbers_differ(const struct diff_column *c, int which);
/* What there is to say of the types of a column that is on both sides: empty, or what follows from them. */
const char *diff_type_note(const struct diff_column *c);

#endif
