/* What the kinds' save and load share beside plain values: places, and sorted keys. */
#ifndef WEIR_METRIC_STATE_H
#define WEIR_METRIC_STATE_H

#include "metric/keybag.h"
#include "metric/metric.h"
#include "metric/packed.h"

/* Rows of one part, ascending: how many, and the distance of each from the one before. */
void pack_rows(struct buf *b, const struct row_at *at, size_t n);
/* How many there are: at most max. */
size_t unpack_rows(struct unpack *u, uint64_t max);
/* The next one; *row: the last one's number, at first -1.  False: that one was bad. */
MUST_CHECK bool unpack_row(struct unpack *u, uint32_t part, int64_t *row, struct row_at *ret);

/*
 * The keys of a bag, repeated ones as often as they are there: those of one word sorted, each as its distance from the one before; of two words, which
 * are hashes, both whole.  False: it was spilled, or they are too many.
 */
bool pack_keys(struct buf *b, struct keybag *bag);
void unpack_keys(struct unpack *u, struct keybag *bag);

#endif
