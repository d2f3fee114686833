/*
 * What an asset's own arrivals say of when the next one is due: `freshness: {learned: true}`.
 *
 *	arrivals    reruns left out: one that comes within a tenth of the median interval after the arrival before belongs to it
 *	intervals   from one arrival to the next, at most the newest 200.  One in which something had failed, or the asset was late, teaches nothing.
 *	            Where the median is three hours or more they are measured by the wall clock of the policy's zone, so that what comes at six
 *	            each morning comes every 24 hours, also on the days on which clocks are put forward or back.
 *	season      the intervals of arrivals of the same hour of the day, weekday, or hour of the week, whichever the history shows: one after the
 *	            other is taken if the intervals lie at most half as far from the medians of its slots as from those of the one before, in
 *	            sum; a slot of fewer than two intervals goes by the median of all.  Hours are whole hours, to the nearest.
 *	deadline    last arrival + median + max(sensitivity x scale, median / 10) of the intervals of the slot of that arrival; of all
 *	            intervals where the slot has fewer than two.  While the weekday of that arrival has fewer than two it is at least 1.1 times
 *	            the longest, so that the first weekends are no surprise.  Then `min` and `max` bound it.
 *
 * The scale is that of past_usual (expect/past.h): 1.4826 MAD, and where that is 0, 1.2533 times the mean absolute deviation; the default sensitivity
 * is 3.5: Iglewicz and Hoaglin, "How to Detect and Handle Outliers" (1993).
 */
#ifndef WEIR_FRESH_LEARNED_H
#define WEIR_FRESH_LEARNED_H

#include "fresh/fresh.h"

/* Arrivals and setbacks that are worth looking at. */
enum { LEARNED_ARRIVALS_MAX = 2000 };

/* What is allowed while too little is known: until_learned, else max; 0 = nothing is asked. */
int64_t learned_fallback(const struct freshness_policy *p);
/* Too little is known, and as much as would be enough was left out: it may go on like that for ever. */
bool learned_is_stuck(const struct freshness_policy *p, const struct learned *l);

/*
 * at: when it arrived, sorted; setback: when something failed or was found late, sorted.  Both of moments that have been.  A pure function of them: it
 * does not matter when it is asked.
 */
void learned_make(const struct freshness_policy *p, const int64_t *at, size_t n, const int64_t *setback,
                  size_t nsetback, struct learned *ret);

/* "median of 12 on a Friday, give or take 20 min" */
struct sv learned_words(struct arena *a, const struct learned *l);

#endif
