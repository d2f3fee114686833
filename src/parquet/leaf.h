/* The pages of a leaf as a stream of entries: levels, indices or values.  What flat and nested columns are made from. */
#ifndef WEIR_PARQUET_LEAF_H
#define WEIR_PARQUET_LEAF_H

#include "parquet/page.h"
#include "parquet/values.h"

/* Values of a vector, dense or not; made by a leaf's conversion. */
struct column_data {
	void *v;     /* how->size bytes each */
	char *texts; /* how->texts bytes each */
	uint32_t cap;
};

struct leaf_reader {
	const struct leaf *leaf;
	struct pages pages;
	struct slabs slabs;
	struct values values;
	/* The dictionary of the chunk. */
	bool has_dictionary;
	struct vector dictionary;
	struct column_data entry;
	uint64_t *entry_valid;
	bool dictionary_nulls; /* NaN is among them */
	struct vector lengths; /* of its texts; rows 0: not made yet */
	int64_t *length;
	struct slabs dictionary_slabs;
	/* The page in use. */
	uint32_t left; /* entries of it that were not read */
	bool started;  /* its values */
	bool coded;    /* by the dictionary */
	struct page_body body;
	struct hybrid definition, repetition;
};

void leaf_init(struct leaf_reader *r, const struct parquet_file *f, uint32_t leaf);
void leaf_fini(struct leaf_reader *r);
MUST_CHECK bool leaf_seek(struct leaf_reader *r, const struct parquet_file *f, uint32_t group, uint32_t leaf,
                          struct err *err);
/* The dictionary page, if there is one in front; has_dictionary says so then.  Nothing else may have been read of the chunk. */
MUST_CHECK bool leaf_dictionary(struct leaf_reader *r, struct err *err);
/* Header of the next data page that has entries: r->left is set, nothing else.  *end: there is none. */
MUST_CHECK bool leaf_head(struct leaf_reader *r, bool *end, struct err *err);
/* To the data page `page` of the chunk (from 0), at that offset.  The dictionary, if there is one, was read. */
void leaf_jump(struct leaf_reader *r, int64_t at, uint32_t page);
/* Its body: levels and values are ready. */
MUST_CHECK bool leaf_body(struct leaf_reader *r, struct err *err);
/* The page whose header was read, unread. */
void leaf_pass(struct leaf_reader *r);
/* A page with entries is ready; ERR_FORMAT if the chunk is at its end. */
MUST_CHECK bool leaf_ready(struct leaf_reader *r, struct err *err);
/* The next n values of the page, at most VECTOR_ROWS, converted, to dst from number `at` on. */
MUST_CHECK bool leaf_values(struct leaf_reader *r, uint32_t n, struct column_data *dst, uint32_t at,
                            struct err *err);
MUST_CHECK bool leaf_indexes(struct leaf_reader *r, uint32_t n, uint32_t *dst, struct err *err);
/* The dictionary of texts as their lengths. */
const struct vector *leaf_dictionary_lengths(struct leaf_reader *r);
/* Values of the dictionary. */
void leaf_gather(const struct leaf_reader *r, const uint32_t *index, uint32_t n, void *dst);
/* Room for n values. */
void column_data_room(struct column_data *d, const struct conversion *how, uint32_t n);
void column_data_fini(struct column_data *d);

#endif
