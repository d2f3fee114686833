/*
 * Formats whose files are blocks of rows (row groups) of typed columns, which can be read one by one, and of which a footer tells before
 * anything is read.  Private to the scan.
 *
 *	part ─► file (a footer) ─► block of rows ─► column: facts, a dictionary, vectors
 *
 * A morsel is a block, or some rows of a large one.  What a pass can decide from facts and dictionaries is not read.
 */
#ifndef WEIR_SCAN_BLOCKS_H
#define WEIR_SCAN_BLOCKS_H

#include "scan/morsel.h"

struct block_file;   /* an open part */
struct block_reader; /* a column of a block, read from front to back by one thread */

struct block_column {
	struct sv name;
	struct type type;
	bool member, required;
};

/* A format: what parquet.h says of its functions of these names holds for all. */
struct block_driver {
	bool (*open)(struct input *in, const struct part *p, size_t memory_bytes, struct block_file **ret,
	             struct err *err);
	void (*close)(struct block_file *f);
	uint32_t (*columns)(const struct block_file *f);
	struct block_column (*column)(const struct block_file *f, uint32_t i);
	uint32_t (*blocks)(const struct block_file *f);
	int64_t (*rows)(const struct block_file *f, uint32_t block);
	/* Of all rows of the block: what may be believed.  Texts live as long as the file. */
	void (*facts)(const struct block_file *f, uint32_t block, uint32_t column, struct outlook *ret);
	bool (*may_hold)(const struct block_file *f, uint32_t block, uint32_t column, struct value v,
	                 bool *ret, struct err *err);
	struct block_reader *(*reader_new)(const struct block_file *f, uint32_t column, unsigned need);
	void (*reader_free)(struct block_reader *r);
	bool (*seek)(struct block_reader *r, const struct block_file *f, uint32_t block, struct err *err);
	bool (*dictionary)(struct block_reader *r, const struct vector **ret, struct err *err);
	bool (*next)(struct block_reader *r, uint32_t rows, const struct vector **ret, struct err *err);
	bool (*skip)(struct block_reader *r, int64_t rows, struct err *err);
	bool (*pages)(struct block_reader *r, const int64_t **first, uint32_t *n, struct err *err);
	void (*page_facts)(const struct block_reader *r, uint32_t page, struct outlook *ret);
	int64_t (*pages_passed)(const struct block_reader *r);
	int64_t (*bytes)(const struct block_reader *r);
};

/* Footers of all parts: the columns by name. */
MUST_CHECK bool blocks_look(struct scan *s, struct err *err);
void blocks_close(struct scan *s);
/* Do values of the file's type stand in a column of that type as they are? */
bool blocks_same_type(struct type file, struct type column);
/* The column's number in a file, UINT32_MAX if it has none. */
uint32_t blocks_column(const struct scan *s, const struct block_file *f, const struct column *c);
/* Cuts the blocks into morsels, whose rows are known at once. */
void blocks_plan(struct scan *s);
/* Opens a part whose file is not kept open. */
MUST_CHECK bool blocks_open(const struct scan *s, struct input *in, uint32_t part, struct block_file **ret,
                            struct err *err);
/* A part's file if it is kept open; then *in, too. */
struct block_file *blocks_kept(const struct scan *s, uint32_t part, struct input **in);

/* A thread's own, moved from morsel to morsel. */
struct cursor;
struct cursor *cursor_new(const struct scan *s, const unsigned *need);
void cursor_free(struct cursor *c);
void cursor_seek(struct cursor *c, struct block_file *f, const struct morsel *m);
/* What is known of the morsel; lives until the next seek. */
const struct preview *cursor_preview(const struct cursor *c);
/*
 * The rows from the next one on that an index of pages tells of apart: cursor_preview is of them then, until the next call, and cursor_next ends with
 * them.  Returns how many they are.
 */
int64_t cursor_piece(struct cursor *c);
/* Would there be several pieces of the morsel?  By the columns that are wanted. */
MUST_CHECK bool cursor_has_pieces(struct cursor *c, bool *ret, struct err *err);
/* The columns to be read of this morsel, by their need; all that cursor_new was told of, if this is not called. */
void cursor_want(struct cursor *c, const unsigned *need);
/* The next rows: sets the batch but for `at`; no rows at the end.  Vectors live until the next call. */
MUST_CHECK bool cursor_next(struct cursor *c, struct batch *ret, struct err *err);
/* Passes over rows. */
void cursor_skip(struct cursor *c, int64_t rows);
/* Pages that an index let pass unread, since it was made. */
int64_t cursor_pages_passed(const struct cursor *c);
/* Stored bytes that were read since it was made. */
int64_t cursor_bytes(const struct cursor *c);

#endif
