/* What the parts of this folder know of a file: its schema as a tree, its leaves, its footer.  Private to this folder. */
#ifndef WEIR_PARQUET_FILE_H
#define WEIR_PARQUET_FILE_H

#include "parquet/codec.h"
#include "parquet/format.h"
#include "parquet/parquet.h"

enum { PQ_DEPTH_MAX = 48, PQ_COLUMNS_MAX = 65535, PQ_PAD = 64 };

enum node_kind { NODE_LEAF, NODE_STRUCT, NODE_LIST, NODE_MAP };

/*
 * The schema without the groups that are only there to carry a level: a list has its element as its kid, a map its key and its value, if it
 * has one.
 */
struct node {
	enum node_kind kind;
	struct sv name;
	uint8_t def;         /* level of definition at which it is not null */
	uint8_t element_def; /* of lists and maps: at which they have an element */
	uint8_t rep;         /* of lists and maps: level of repetition of a further element */
	struct node *kid;
	uint32_t nkid;
	uint32_t leaf, nleaf; /* the leaves below, or the leaf */
};

struct conversion;

struct leaf {
	struct sv path;
	int32_t physical;
	uint32_t width; /* bytes of a value; 0 = BYTE_ARRAY */
	uint8_t max_def, max_rep;
	struct type type;
	const struct conversion *how;
	int32_t order;       /* ORDER_*; 0 = the file says nothing that is known */
	const char *refused; /* why its values cannot be read; NULL = they can */
};

struct parquet_file {
	struct input *in; /* borrowed */
	struct sv name;
	int64_t size, footer_at;
	size_t memory;
	struct arena *a;
	struct pq_file meta;
	struct node *root;
	struct leaf *leaf;
	uint32_t nleaf;
	struct parquet_column *column;
	const struct node **node; /* of each column */
	uint32_t ncolumn;
	struct codecs codecs;
};

/* Fills root, leaf, column and node from the list of the footer. */
MUST_CHECK bool schema_build(struct parquet_file *f, struct err *err);

static inline const struct pq_group *
file_group(const struct parquet_file *f, uint32_t group)
{
	return (const struct pq_group *)f->meta.groups.v + group;
}

static inline const struct pq_chunk *
file_chunk(const struct parquet_file *f, uint32_t group, uint32_t leaf)
{
	return (const struct pq_chunk *)file_group(f, group)->columns.v + leaf;
}

/* Where its pages begin: the smaller offset that is one.  A dictionary's of 0 means that there is none. */
int64_t chunk_start(const struct pq_column *c);
/* What statistics say of ret->rows rows of a leaf, as far as it may be believed: all of *ret but `bytes`. */
void stats_believe(const struct leaf *l, const struct pq_stats *s, struct parquet_stats *ret);
/* "'file': …" */
bool file_bad(const struct parquet_file *f, enum err_code code, struct err *err, const char *fmt, ...)
	PRINTF(4, 5);
/* "'file': column 'a', row group 3: …" */
bool chunk_bad(const struct parquet_file *f, uint32_t group, uint32_t leaf, enum err_code code,
               struct err *err, const char *fmt, ...) PRINTF(6, 7);
/* Can the chunk's pages be read?  Encrypted ones and those of refused types cannot. */
MUST_CHECK bool chunk_readable(const struct parquet_file *f, uint32_t group, uint32_t leaf, struct err *err);

#endif
