/*
 * Weighing: of a column that is coded by a dictionary, the rows of each entry are counted, and metrics that care for nothing else take
 * the entries with their counts when the morsel ends.
 *
 *	index  0 0 1 0 ~  ─►  times  3 1 | 1     the last for null
 *
 * Metrics of the same column and filter share the counts.  Private to the pass.
 */
#ifndef WEIR_SCAN_WEIGH_H
#define WEIR_SCAN_WEIGH_H

#include "scan/pass_states.h"

struct scales; /* of one pass */

struct scales *scales_new(struct eval *e, const struct pass_plan *p);
void scales_free(struct scales *s);
/* Can metric i be had of the batch by weighing?  Its filter's errors have to be counted by who asks, all the same. */
bool scales_take(struct scales *s, uint32_t i, const struct batch *b);
/* Counts the selected rows for metric i. */
void scales_count(struct scales *s, uint32_t i, const struct batch *b, const uint64_t *selected);
/* Was anything counted for it since it was last weighed? */
bool scales_owe(const struct scales *s, uint32_t i);
/* The entries to its state, which must not have failed.  The dictionary is there still. */
MUST_CHECK bool scales_weigh(struct scales *s, uint32_t i, void *state, struct err *err);
/*
 * The metric passes over rows of this morsel, which others may count: what was counted so far is weighed, and the rest apart from theirs, until
 * scales_clear().
 */
MUST_CHECK bool scales_leave(struct scales *s, uint32_t i, void *state, struct err *err);
/* Everything was weighed: dictionaries may go. */
void scales_clear(struct scales *s);

#endif
