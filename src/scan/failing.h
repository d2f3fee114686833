/*
 * Rows that break checks, found again once it is known that there are some: each of them whole, in their order, with the checks that it
 * breaks.
 *
 * What a row has to look like is the same for every engine; how rows are walked over is the engine's.
 */
#ifndef WEIR_SCAN_FAILING_H
#define WEIR_SCAN_FAILING_H

#include "expect/expect.h"
#include "scan/pass.h"
#include "scan/scan.h"

enum { FAILING_ROUNDS = 2 };

/* A check, or a segment of one, some of whose rows break it. */
struct failing_check {
	const struct bound *bound;
	uint32_t check; /* its number among those that are looked for; segments share one */
	uint32_t round; /* whose values its metrics have */
};

/* A value, and as it stood in the source where that tells more (1.50); p NULL: it does not. */
struct failing_cell {
	struct value v;
	struct sv raw;
};

struct failing_row {
	uint32_t part;
	int64_t row;                     /* over all parts, from 0 */
	const uint64_t *check;           /* bit i: it breaks check i */
	const struct failing_cell *cell; /* of the columns that are asked for */
};

struct failing {
	const struct failing_check *v;
	uint32_t n;
	uint32_t ncheck;
	const struct metric_value *value[FAILING_ROUNDS]; /* by metric id */
	const struct column *const *col;                  /* of the rows */
	uint32_t ncol;
	/* Takes the rows, one at a time; what they point to is only lent.  False: no more are wanted. */
	bool (*row)(void *ctx, const struct failing_row *row);
	void *ctx;
};

/* Finds the rows of a batch: one thread's. */
struct finder;
struct finder *finder_new(const struct failing *f);
void finder_free(struct finder *x);
DEFINE_CLEANUP(finder, finder_free)
/* Appends those of this batch, whose first row is number `row` over all parts, to what the finder holds. */
MUST_CHECK bool finder_batch(struct finder *x, const struct batch *b, int64_t row, struct err *err);
/* Heap that it holds rows in. */
size_t finder_bytes(const struct finder *x);
/* Hands the rows over and forgets them; false: no more are wanted. */
bool finder_flush(struct finder *x);
/* The same later, perhaps by another thread. */
struct found_rows;
struct found_rows *finder_take(struct finder *x); /* NULL: there are none */
bool found_rows_give(struct found_rows *r, const struct failing *f);
void found_rows_free(struct found_rows *r);
/* How each column is needed: adds bits of enum need by index. */
void failing_needs(const struct failing *f, unsigned *need);

MUST_CHECK bool scan_failing(struct scan *s, const struct failing *f, struct err *err);

#endif
