/*
 * The page index of a chunk: where its data pages lie, which rows they have, and bounds and nulls of each, as far as that may be believed.
 *
 * It is an index, so nothing is lost where it is not: one that contradicts itself or the footer counts as not there.  Only of columns in no list.
 */
#ifndef WEIR_PARQUET_PAGE_INDEX_H
#define WEIR_PARQUET_PAGE_INDEX_H

#include "parquet/file.h"

struct page_index {
	struct arena *a;
	bool sought_places, sought_bounds; /* for the chunk that it was cleared for */
	uint32_t n;                        /* pages; 0 = nothing is known */
	int64_t *first;                    /* [n + 1] first rows; the last is the number of rows */
	int64_t *at;                       /* [n] offsets of the headers */
	const struct leaf *leaf;
	struct pq_column_index bounds; /* meant if has_bounds */
	bool has_bounds;
};

void page_index_fini(struct page_index *x);
/* For another chunk. */
void page_index_clear(struct page_index *x);
/* Where the pages lie, read once. */
MUST_CHECK bool page_index_places(struct page_index *x, const struct parquet_file *f, uint32_t group,
                                  uint32_t leaf, struct err *err);
/* That and what is known of each; x->has_bounds tells whether anything is. */
MUST_CHECK bool page_index_bounds(struct page_index *x, const struct parquet_file *f, uint32_t group,
                                  uint32_t leaf, struct err *err);
/* Of a page.  Texts live as long as the index is not cleared. */
void page_index_stats(const struct page_index *x, uint32_t page, struct parquet_stats *ret);
/* The page that has a row. */
uint32_t page_index_find(const struct page_index *x, int64_t row);

#endif
