/* A check with `by`: a verdict for each value of some columns; see segments.c. */
#ifndef WEIR_EXPECT_SEGMENTS_H
#define WEIR_EXPECT_SEGMENTS_H

#include "expect/expect.h"

/* One segment of a check: bound and judged as a check of its own. */
struct segment {
	const struct value *
		tuple; /* the values of check->by, a list; NULL: there are no rows, so this stands for all of them */
	struct bound bound;
	struct verdict verdict;
};

/* The first pass of a check with `by`: sets ret->groups. */
MUST_CHECK bool segments_of(struct binder *b, const struct check *c, struct bound *ret, struct err *err);
/*
 * Binds the segments that the first pass found; value[] by the ids of its metrics, b a pool for those of the second.  What cannot be
 * becomes the bound's error.  False if there is nothing to evaluate.
 */
bool segments_bind(struct binder *b, struct bound *bound, size_t n, const struct metric_value *value);
/* Judges each segment from the second pass' values, and puts the worst first. */
void segments_judge(struct bound *b, const struct metric_value *value, struct arena *a);
/* Rows are shown of so many segments, from the first: not of those that pass beside others that do not. */
uint32_t segments_sampled(const struct bound *b);
/* One verdict from those of the segments, after their samples are taken. */
void segments_verdict(const struct bound *b, struct arena *a, struct verdict *ret);

#endif
