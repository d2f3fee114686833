/* Pieces of text output that several files share. */
#ifndef WEIR_REPORT_TEXT_H
#define WEIR_REPORT_TEXT_H

#include "report/report.h"

/* Appends text with control characters, broken UTF-8 and turns of direction escaped, so that no data can speak to the terminal. */
void text_plain(struct buf *b, struct sv text);
/* The same for several lines, each with its end. */
void text_lines(struct buf *b, struct sv text);
/* Terminal columns that it takes so. */
int text_width(struct sv text);
/* text_plain, filled with spaces to a width in terminal columns. */
void text_pad(struct buf *b, struct sv text, int width);
/* Appends what of the text fits into a width, with "…" where it was cut, as text_plain does.  Gives the width taken. */
int text_cut(struct buf *b, struct sv text, int width, bool unicode);
/* One line of a list, cut to the width of the terminal where there is one.  Not for text with colours. */
void text_line(const struct report_style *s, struct buf *b, struct sv line);
/* colour: an SGR code such as "31"; ignored unless the style has colours. */
void text_coloured(const struct report_style *s, struct buf *b, const char *colour, struct sv text);
void text_mark(const struct report_style *s, struct buf *b, enum outcome o);
/* Freshness, staleness and orphans; false if there was nothing to say. */
bool text_put_state(struct buf *b, const struct report_style *s, const struct report *r);

#endif
