/* The values of a data page or a dictionary, by encoding: a row each. */
#ifndef WEIR_PARQUET_VALUES_H
#define WEIR_PARQUET_VALUES_H

#include "parquet/conversion.h"
#include "parquet/hybrid.h"
#include "parquet/slabs.h"

/* A walk over DELTA_BINARY_PACKED numbers; all arithmetic wraps around. */
struct delta {
	const uint8_t *p, *end; /* behind the block's head; readable bytes follow the end */
	uint64_t last, least;   /* the value before the next; the block's least delta */
	uint32_t left;          /* values that were not given out */
	bool first;             /* the first value, which is in the head, is still to come */
	uint32_t minis, mini_values;
	const uint8_t *width; /* of the block's miniblocks */
	uint32_t mini;        /* the next miniblock; minis = a new block is due */
	uint32_t mini_left;   /* values of the current one */
	const uint8_t *bits;
	size_t bit;
	uint32_t bit_width;
};

struct values {
	const struct encoding *e;
	const struct leaf *leaf;
	const char *why; /* what was wrong, after a failure */
	struct slabs *slabs;
	const uint8_t *start, *p, *end; /* readable bytes follow the end */
	size_t bit;                     /* of PLAIN booleans */
	uint32_t given;                 /* values given out so far */
	struct hybrid runs;
	struct delta lengths, prefixes;
	struct sv previous; /* of DELTA_BYTE_ARRAY */
	/* Kept from page to page: VECTOR_ROWS values. */
	uint8_t *fixed;
	size_t fixed_bytes;
	struct sv *text;
	uint32_t *number;
};

struct encoding {
	int32_t id;
	const char *name;
	uint32_t physical; /* bits of the types it can have */
	bool (*start)(struct values *v);
	/* The next n values, at most VECTOR_ROWS. */
	bool (*next)(struct values *v, uint32_t n, struct raw *ret);
};
extern const struct encoding encoding_delta_packed, encoding_delta_length, encoding_delta_bytes,
	encoding_stream_split;

void values_init(struct values *v, struct slabs *s);
void values_fini(struct values *v);
/* To the values of a page.  NULL, or why it cannot be: *unsupported tells whether that is our fault. */
const char *values_start(struct values *v, const struct leaf *l, int32_t encoding, struct sv bytes,
                         bool *unsupported);
bool encoding_is_dictionary(int32_t encoding);
/* The next n values, at most VECTOR_ROWS; they live until the next call, and views of bytes as long as the slabs do.  False: v->why. */
MUST_CHECK bool values_next(struct values *v, uint32_t n, struct raw *ret);
/* The same of pages that are coded by a dictionary of `entries`. */
const char *indexes_start(struct values *v, struct sv bytes);
MUST_CHECK bool indexes_next(struct values *v, uint32_t n, uint32_t entries, uint32_t *dst);

/* For the encodings. */
bool values_fail(struct values *v, const char *why);
uint8_t *values_room(struct values *v, size_t bytes); /* v->fixed with so many bytes */
extern const char values_short[];

#endif
