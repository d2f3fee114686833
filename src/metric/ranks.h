/*
 * Which keys stand at given ranks, of more keys than fit in memory.
 *
 * All ranks are found together, digit by digit from the highest: one look at all keys counts, for each beginning that a wanted key may have, what
 * digit follows how often.  Eight looks, no sorting, and memory for the counts only.
 */
#ifndef WEIR_METRIC_RANKS_H
#define WEIR_METRIC_RANKS_H

#include "base/err.h"

struct rank {
	int64_t rank;   /* from 0, below the number of keys */
	uint64_t key;   /* what stands there */
	int64_t within; /* its rank among the keys that are equal to it */
};

struct ranks; /* one look */
void ranks_look(struct ranks *r, const uint64_t *key, size_t n);

/* rank[n], ascending by rank.  each() hands all keys to ranks_look, in any order, eight times. */
MUST_CHECK bool ranks_find(struct rank *rank, size_t n,
                           bool (*each)(void *ctx, struct ranks *look, struct err *err), void *ctx,
                           struct err *err);

#endif
