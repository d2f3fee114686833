/*
 * Exact sums.  Integers and decimals add up in 128 bits, doubles in a fixed-point number as wide as a double's whole range
 * (Neal, "Fast exact summation using small and large superaccumulators", 2015), which is rounded once, at the end.  So the sum
 * does not depend on the order or on threads, and every engine that adds with this has the same.
 */
#ifndef WEIR_METRIC_SUM_H
#define WEIR_METRIC_SUM_H

#include "metric/packed.h"
#include "metric/vector.h"

/* 2098 bits in pieces of 32, with room for carries. */
#define SUM_CHUNKS 68

struct sum_acc {
	int64_t count;  /* values added */
	__int128 exact; /* of integers and decimals: exact / 10^scale */
	uint8_t scale;
	bool overflow; /* exact does not hold it */
	bool has_real, has_text;
	bool plus_inf, minus_inf;
	uint32_t pending;          /* additions since carries were last moved on */
	int64_t chunk[SUM_CHUNKS]; /* of doubles: chunk[i] * 2^(32i - 1074) */
};

void sum_acc_init(struct sum_acc *s);
/* Null is skipped; what is no number makes sum_acc_value fail. */
void sum_acc_add_value(struct sum_acc *s, struct value v);
/* The rows of v that are valid and selected. */
void sum_acc_add_vector(struct sum_acc *s, const struct vector *v, const uint64_t *selected);
/* The same, row i times[i] times. */
void sum_acc_weigh_vector(struct sum_acc *s, const struct vector *v, const uint64_t *selected,
                          const uint32_t *times);
void sum_acc_merge(struct sum_acc *s, struct sum_acc *from);
/*
 * The sum: an integer, a decimal (also for integers past 64 bits) or, if any double was added, a double; null if nothing was added.
 * False with ERR_EVAL if it does not fit 38 digits or something was no number.
 */
MUST_CHECK bool sum_acc_value(struct sum_acc *s, struct value *ret, struct err *err);
/* The sum divided by the count, as a double; null if nothing was added. */
MUST_CHECK bool sum_acc_mean(struct sum_acc *s, struct value *ret, struct err *err);

void sum_acc_save(struct sum_acc *s, struct buf *b);
/* Into one that is fresh from sum_acc_init. */
void sum_acc_load(struct sum_acc *s, struct unpack *u);

#endif
