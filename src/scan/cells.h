/*
 * Cells: one column of a batch as its texts stand in the source, and the vector made of them.
 *
 * A reader fills text, tag and valid for the columns that are needed; cells_vector converts as far as they are needed.
 * A value that does not fit the column's type is an error (declared types), or makes this batch's vector a variant (inferred
 * ones): there the values that fit stay what the column says and the others are what they look like, so that the same row
 * has the same value whichever rows it shares a batch with.
 */
#ifndef WEIR_SCAN_CELLS_H
#define WEIR_SCAN_CELLS_H

#include "base/simd.h"
#include "expr/expr.h"
#include "metric/vector.h"
#include "scan/field.h"

/* What JSON says about a value; all fields of a CSV are plain. */
enum cell_tag { CELL_PLAIN, CELL_STRING, CELL_NUMBER, CELL_BOOL, CELL_NESTED };

struct cells {
	const struct column *column;
	unsigned need; /* bits of enum need */
	const struct simd *simd;
	/* [VECTOR_ROWS]; meant where valid (without tags: a text anywhere), followed by FIELD_PAD readable bytes */
	struct sv *text;
	uint8_t *tag; /* [VECTOR_ROWS] of enum cell_tag, or NULL = all plain */
	uint64_t valid[BITMAP_WORDS(VECTOR_ROWS)];

	struct vector v;
	uint64_t bad[BITMAP_WORDS(VECTOR_ROWS)]; /* does not fit */
	void *data;
	size_t data_bytes;
};

void cells_init(struct cells *c, const struct column *column, unsigned need, bool tagged);
void cells_fini(struct cells *c);
/* Converts `rows` cells to c->v, which lives until the next call. */
void cells_vector(struct cells *c, uint32_t rows);

#endif
