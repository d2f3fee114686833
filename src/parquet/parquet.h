/*
 * Apache Parquet files: the footer, what it says about each chunk of a column, and the values.
 *
 *	file ─► row group ─► column chunk ─► pages (one of a dictionary, then of data) ─► values
 *
 * A column here is what expectations see, a vector's worth of values that line up with the rows: a leaf of the schema that is in no list or map
 * (members of structs by their path, `a.b`), or a list, map or struct as a whole, as JSON text, as the reader of JSON lines has it.
 *
 * All numbers in a file are lies until checked: sizes against the file, counts against each other, what is decompressed against what was
 * announced and against a limit.  Sources: the format's description and parquet.thrift of apache/parquet-format 2.11.
 */
#ifndef WEIR_PARQUET_PARQUET_H
#define WEIR_PARQUET_PARQUET_H

#include "base/arena.h"
#include "base/err.h"
#include "expr/expr.h"
#include "metric/vector.h"
#include "source/source.h"

struct parquet_file;

struct parquet_column {
	struct sv name; /* path from the root, joined by dots */
	struct type type;
	bool nested; /* a list, map or struct as a whole: JSON text */
	bool member; /* of a struct, which is a column too, before it: found by its path, but none of the table's own columns */
	bool required; /* never null */
};

/* What the footer says of one column in one row group, as far as it may be believed. */
struct parquet_stats {
	int64_t rows;
	bool has_nulls;            /* nulls is meant */
	int64_t nulls;             /* rows where it is null: an ancestor's null and NaN included */
	bool has_min, has_max;     /* bounds: every value that is not null is >= min, <= max; none is NaN */
	bool min_exact, max_exact; /* such a value occurs */
	struct value min, max;
	int64_t bytes;   /* stored, of all pages */
	const char *why; /* why there are no bounds: "it has no statistics" …; NULL if there are */
};

/*
 * Reads and checks the footer of a part.  The input stays the caller's and must outlive the file; any number of threads may read from
 * one file.  memory_bytes: no single buffer grows past it.  ERR_FORMAT names the offset and what is wrong; encrypted files, unknown
 * codecs and encodings are ERR_UNSUPPORTED by their names.
 */
MUST_CHECK bool parquet_open(struct input *in, const struct part *p, size_t memory_bytes,
                             struct parquet_file **ret, struct err *err);
void parquet_close(struct parquet_file *f);
DEFINE_CLEANUP(parquet_file, parquet_close)
uint32_t parquet_columns(const struct parquet_file *f, const struct parquet_column **ret);
uint32_t parquet_groups(const struct parquet_file *f);
int64_t parquet_group_rows(const struct parquet_file *f, uint32_t group);
/* Texts of the bounds live as long as the file. */
void parquet_stats(const struct parquet_file *f, uint32_t group, uint32_t column, struct parquet_stats *ret);
/* Can the value be in that chunk?  By bounds and by the bloom filter, if there is one (read now); false = certainly not. */
MUST_CHECK bool parquet_may_hold(const struct parquet_file *f, uint32_t group, uint32_t column,
                                 struct value v, bool *ret, struct err *err);

/* A column of a row group, read from front to back by one thread. */
struct parquet_reader;
/*
 * need: how the column is needed (enum need): lengths and presence cost less.  Buffers are kept when a reader is moved to another chunk.
 */
struct parquet_reader *parquet_reader_new(const struct parquet_file *f, uint32_t column, unsigned need);
void parquet_reader_free(struct parquet_reader *r);
DEFINE_CLEANUP(parquet_reader, parquet_reader_free)
/* To the first row of a row group, of this or of another file with the same column (number and type). */
MUST_CHECK bool parquet_reader_seek(struct parquet_reader *r, const struct parquet_file *f, uint32_t group,
                                    struct err *err);
/*
 * The dictionary, if all data pages of the chunk are coded by it (as encoding_stats say, else by a walk over the page headers); NULL if not.
 * A vector of all its entries, REP_VALUE never; may be longer than VECTOR_ROWS.  Lives until the next seek.
 */
MUST_CHECK bool parquet_reader_dictionary(struct parquet_reader *r, const struct vector **ret,
                                          struct err *err);
/*
 * The next `rows` rows (at most VECTOR_ROWS, and as many as the row group still has).  The vector lives until the next call.  Where the values are coded
 * by a dictionary, v->dict and v->index say so and nothing else but valid is set.
 */
MUST_CHECK bool parquet_reader_next(struct parquet_reader *r, uint32_t rows, const struct vector **ret,
                                    struct err *err);
/*
 * The first rows of the column's data pages, where the page index tells of them, and that of the end behind them; *n = 0: nothing does.  They live until
 * the next seek.
 */
MUST_CHECK bool parquet_reader_pages(struct parquet_reader *r, const int64_t **first, uint32_t *n,
                                     struct err *err);
/* What the index says of one of them, as parquet_stats does of all; bounds are never exact.  Texts live until the next seek. */
void parquet_reader_page_stats(const struct parquet_reader *r, uint32_t page, struct parquet_stats *ret);
/* Passes over rows; whole pages are not decompressed, and where an index tells of the place of the next one wanted, not read. */
MUST_CHECK bool parquet_reader_skip(struct parquet_reader *r, int64_t rows, struct err *err);
/* Pages that an index let pass unread. */
int64_t parquet_reader_pages_passed(const struct parquet_reader *r);
/* Stored bytes that were read so far, of all chunks. */
int64_t parquet_reader_bytes(const struct parquet_reader *r);

#endif
