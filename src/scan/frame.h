/*
 * Frames: the first rows of some data in memory, column by column, so that they can be looked at, changed and put through a pass as
 * often as one likes.
 *
 * A view shares the cells of the frame that it is of: some of its columns may be others, and its rows may be picked from that one's, in
 * any order and more than once.  Changing a value means making a column.
 */
#ifndef WEIR_SCAN_FRAME_H
#define WEIR_SCAN_FRAME_H

#include "expr/schema.h"
#include "scan/pass.h"

/* Kind in `kind` (enum value_kind, with CELL_MISFIT: text that does not fit the declared type), what it is in `cell`. */
struct frame_cell {
	union {
		bool b;
		int64_t i;
		double r;
		struct sv s;
		const struct value *v; /* of decimals, lists and objects */
	};
};
enum { CELL_MISFIT = 0x80 };

struct frame_column {
	uint8_t *kind;
	struct frame_cell *cell;
};

struct frame {
	struct schema schema;
	struct frame_column *
		col; /* by index of the schema; without cells: all null, as where the data has no such column */
	int64_t rows;
	const uint32_t *pick; /* which rows of the columns these are; NULL = all, as they stand */
	int64_t malformed;    /* records that are no rows, among those that were read */
	bool cut;             /* there are more rows than these */
	/* How the data's format is read, for those who change it: */
	bool infers; /* types of undeclared columns come from the values */
	bool fixed;  /* columns are named apart from the rows, so a declared one can be missing */
	bool mixes;  /* a column keeps its type whatever values it holds, as in SQLite */
};

enum { FRAME_ROWS_MAX = 1 << 24 };

/* What is read into a frame: each thread has one of its own, and those of later rows are joined to the first. */
struct frame_load;
struct frame_load *frame_load_new(const struct schema *schema, int64_t max);
void frame_load_free(struct frame_load *l);
DEFINE_CLEANUP(frame_load, frame_load_free)
/* Copies the rows up to the greatest number that is wanted; false: it knows that there are more. */
bool frame_load_batch(struct frame_load *l, const struct batch *b);
/* Takes the rows of the other, which is freed.  False: likewise. */
bool frame_load_join(struct frame_load *into, struct frame_load *from);
/* What was loaded; it lives as long as the load. */
struct frame frame_of(const struct frame_load *l);

/* A view that is all of f, in the arena; *col: its columns, of which it has room for one more. */
struct frame frame_view(struct arena *a, const struct frame *f, struct column **col);
struct frame_column frame_column_new(struct arena *a, int64_t rows);
struct value frame_value(const struct frame *f, uint32_t column, int64_t row);
bool frame_is_misfit(const struct frame *f, uint32_t column, int64_t row);
/* Row by the column's own count.  Texts are borrowed. */
void frame_put(struct arena *a, struct frame_column *c, int64_t row, struct value v, bool misfit);

/* All metrics of one stage over the rows, as scan_run. */
MUST_CHECK bool frame_run(const struct frame *f, const struct metric *const *m, uint32_t n,
                          size_t memory_bytes, const char *spill_folder, struct arena *a,
                          struct metric_value *value, struct err *err);

#endif
