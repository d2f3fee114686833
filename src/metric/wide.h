/*
 * Very wide integers that only grow: exact sums of squares.
 *
 * A number is chunk[0] + chunk[1] * 2^32 + …  While values are added, chunks are wider than 32 bits and may be negative, so carries
 * wait until wide_carry.
 */
#ifndef WEIR_METRIC_WIDE_H
#define WEIR_METRIC_WIDE_H

#include "base/base.h"

/* Additions that may happen between two calls of wide_carry. */
enum { WIDE_PENDING_MAX = 1 << 20 };

/* Adds m * 2^shift, or subtracts it.  The number must have room for five chunks from shift / 32. */
void wide_add(int64_t *chunk, unsigned __int128 m, uint32_t shift, bool negative);
/* Each chunk but the last comes to lie in [0, 2^32); the last carries the sign. */
void wide_carry(int64_t *chunk, size_t n);
/* Turns the sign of a negative number; it is carried then. */
void wide_abs(int64_t *chunk, size_t n);
/* product[na + nb] = a * b, both carried and not negative. */
void wide_multiply(const int64_t *a, size_t na, const int64_t *b, size_t nb, int64_t *product);
/* A carried number, not negative, as a double * 2^*exponent, rounded once; *exponent is a multiple of 32. */
double wide_round(const int64_t *chunk, size_t n, int *exponent);

#endif
