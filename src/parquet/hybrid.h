/*
 * Runs of small numbers, as levels and indices of dictionaries are stored: repeated ones and bit-packed ones in turn.
 *
 *	run = varint h: h even: h / 2 times the value that follows in whole bytes; odd: h / 2 * 8 values of `width` bits, least significant first
 */
#ifndef WEIR_PARQUET_HYBRID_H
#define WEIR_PARQUET_HYBRID_H

#include "base/base.h"

struct hybrid {
	const uint8_t *p, *end; /* the next run; readable bytes follow the end */
	uint32_t width;         /* 0..32 bits */
	uint32_t left;          /* values of the current run */
	bool packed;
	uint32_t value;      /* of a repeated one */
	const uint8_t *bits; /* of a packed one */
	size_t bit;          /* of the next value */
};

/* Bits that hold the numbers 0..max. */
static inline uint32_t
hybrid_width(uint32_t max)
{
	return max == 0 ? 0 : 32 - (uint32_t)__builtin_clz(max);
}

void hybrid_init(struct hybrid *h, const uint8_t *p, size_t n, uint32_t width);
/* The next n values.  False if there are fewer. */
MUST_CHECK bool hybrid_read(struct hybrid *h, uint32_t n, uint32_t *dst);
MUST_CHECK bool hybrid_read_bytes(struct hybrid *h, uint32_t n, uint8_t *dst);
/* Of the next n values, which equal `want`?  Into bits from number `at` on, which are zero; *count is increased by how many do. */
MUST_CHECK bool hybrid_equal(struct hybrid *h, uint32_t n, uint32_t want, uint64_t *bits, uint32_t at,
                             uint32_t *count);

#endif
