/* The parts of the page that files share. */
#ifndef WEIR_REPORT_HTML_H
#define WEIR_REPORT_HTML_H

#include "report/view.h"

extern const char
	html_style[]; /* the one style sheet; its colours have the contrast that WCAG 2.2 AA asks for */

/* Class and words of an outcome: "f", "fail"; a mark is never told by its colour alone. */
extern const char *const html_classes[5], *const html_marks[5], *const html_words[5];

/* How the checks ended, as one bar; nothing without checks. */
void html_outcome_bar(struct buf *b, const struct check_counts *c);
/* The past of a check, one column a run: low = passed, middle = warned, high = failed, broken = not evaluated. */
void html_strip(struct buf *b, const struct check_point *p, size_t n);
/* Its numbers as a line, with gaps where there was none; nothing for fewer than two. */
void html_line(struct buf *b, const struct check_point *p, size_t n);
/* The age of an asset against what its policy allows; nothing where one of them is not known. */
void html_age_bar(struct buf *b, const struct freshness *f, const struct freshness_policy *p);

#endif
