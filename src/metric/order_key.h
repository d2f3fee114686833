/*
 * Numbers and times as 64-bit keys that order as the values do.
 *
 *	integer, scaled decimal, time   the sign bit flipped
 *	double                          the sign bit flipped; of a negative one all bits
 */
#ifndef WEIR_METRIC_ORDER_KEY_H
#define WEIR_METRIC_ORDER_KEY_H

#include "metric/vector.h"

uint64_t order_key_i64(int64_t i);
uint64_t order_key_f64(double r); /* -0 is 0 */
/*
 * The key of a value in a column of the type; false if it has none.  Which values have one depends on the value and the type alone, not on
 * how the reader brought it.
 */
bool order_key_of(struct value v, struct type t, uint64_t *key);
/* The value behind a key of the column's type. */
struct value order_key_value(uint64_t key, struct type t);
/* One that orders as the values do, or is the same for two that differ.  They are all numbers, or all times. */
uint64_t order_key_common(struct value v);
/* May the numbers of the vector become keys of the type as they are? */
bool order_key_is_direct(const struct vector *v, struct type t);

#endif
