/*
 * Vectors: up to VECTOR_ROWS values of one column or expression.
 *
 * A vector carries a representation, and a kernel says which it takes; the type tells what the numbers mean.  Special
 * representations (dictionary, packed digits) are choices inside a reader and its kernels, invisible above.
 */
#ifndef WEIR_METRIC_VECTOR_H
#define WEIR_METRIC_VECTOR_H

#include "expr/value.h"

#define VECTOR_ROWS 2048
#define BITMAP_WORDS(rows) (((size_t)(rows) + 63) / 64)

enum rep {
	REP_PRESENCE, /* only `valid` is meant */
	REP_BITS,     /* booleans */
	REP_I64,      /* integers; decimals of up to 18 digits, scaled; dates (days); times (microseconds) */
	REP_I128,     /* wider decimals, scaled */
	REP_F64,
	REP_TEXT,   /* views into the reader's buffer, or bytes of binary */
	REP_LENGTH, /* i64: characters of the text */
	REP_VALUE   /* variant */
};

struct vector {
	enum rep rep;
	struct type type;
	uint32_t rows;
	uint64_t *valid; /* bit i: row i is not null.  Bits past the last row are zero in all bitmaps */
	uint64_t *error; /* bit i: row i could not be computed (valid is 0 there); NULL = none */
	union {
		uint64_t *bits;
		int64_t *i64;
		__int128 *i128;
		double *f64;
		struct sv *text;
		struct value *value;
	};
	/* TEXT of a reader: all texts, those of null rows too, can be read, and so can 64 bytes behind each */
	bool padded;
	/* the text as it stood in the source, where the reader has it; for misfits. May be NULL */
	const struct sv *raw;
	/*
	 * Coded by a dictionary: the value of row i is that of dict's row index[i], where valid; no other values are set.  rep and type are dict's.
	 * Only from a reader to the evaluator, which hands plain vectors to all who do not ask for more.
	 */
	const struct vector *dict;
	const uint32_t *index;
};

static inline bool
bit_get(const uint64_t *bits, uint32_t i)
{
	return bits[i / 64] >> (i % 64) & 1;
}

static inline void
bit_set(uint64_t *bits, uint32_t i)
{
	bits[i / 64] |= UINT64_C(1) << (i % 64);
}

static inline void
bit_clear(uint64_t *bits, uint32_t i)
{
	bits[i / 64] &= ~(UINT64_C(1) << (i % 64));
}

/* Bytes of a value in an array; 0: it is a bit, or none. */
size_t rep_size(enum rep rep);
/* Sets the bits of `rows` rows and clears those of the last word behind them. */
void bits_fill(uint64_t *bits, uint32_t rows);
int64_t bits_count(const uint64_t *bits, uint32_t rows);
/* The value of row i; text is borrowed from the vector.  Null where not valid.  Not for REP_PRESENCE, which has none. */
struct value vector_value(const struct vector *v, uint32_t i);
/* For samples: what does not fit its type is the text that stands there, where that is known.  Null of no vector (NULL). */
struct value vector_shown(const struct vector *v, uint32_t i);

#endif
