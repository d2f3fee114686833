/* What stands behind parquet_reader_*: flat columns are read here, nested ones in nested.c.  Private to this folder. */
#ifndef WEIR_PARQUET_READER_H
#define WEIR_PARQUET_READER_H

#include "base/simd.h"
#include "parquet/leaf.h"
#include "parquet/page_index.h"

struct nested;

struct parquet_reader {
	uint32_t column;
	unsigned need;
	const struct parquet_file *f;
	uint32_t group;
	const struct node *node;
	struct leaf_reader leaf;
	struct nested *nested; /* NULL: the column is flat */
	int64_t left;          /* rows of the group */
	struct page_index page_index;
	int64_t pages_passed; /* that the index let pass unread, of all chunks */
	struct vector v;
	uint64_t valid[BITMAP_WORDS(VECTOR_ROWS) +
	               1]; /* a word more than rows need, for stores that go past the end */
	uint64_t bits[BITMAP_WORDS(VECTOR_ROWS)];
	uint32_t index[VECTOR_ROWS];
	int64_t length[VECTOR_ROWS + 1]; /* dense, of texts whose bytes nobody asks for */
	const struct simd *simd;
	struct column_data data;
	bool coded; /* what was read for this vector is indices, so far */
};

/* The lists, maps and structs of a column as JSON text; without values, only which of them are there. */
struct nested *nested_new(const struct parquet_file *f, const struct node *node, bool values);
void nested_free(struct nested *n);
MUST_CHECK bool nested_seek(struct nested *n, const struct parquet_file *f, const struct node *node,
                            uint32_t group, struct err *err);
/* Texts and presence of the next rows, whose bits are zero; texts may be NULL. */
MUST_CHECK bool nested_next(struct nested *n, uint32_t rows, uint64_t *valid, struct sv *texts,
                            struct err *err);
/* Nothing is left in the chunks of the row group. */
MUST_CHECK bool nested_end(struct nested *n, struct err *err);
int64_t nested_bytes(const struct nested *n);

#endif
