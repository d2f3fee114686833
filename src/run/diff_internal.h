/* What the files of `weir diff` share: two open tables, and how their columns go together. */
#ifndef WEIR_RUN_DIFF_INTERNAL_H
#define WEIR_RUN_DIFF_INTERNAL_H

#include "metric/rowbag.h"
#include "run/diff.h"
#include "run/internal.h"

/* One table while it is compared. */
struct differing_side {
	const struct diff_input *in;
	struct dataset data; /* with the types that its columns are read as */
	struct connection *c;
	struct exprs *x;
	struct metrics *m;
	const struct expr **arg; /* what is compared: the key, then the other columns */
	const struct expr *where;
	struct rowbag *bag;
};

struct differing {
	struct workspace *w;
	const struct diff_request *r;
	struct diff *diff;
	struct differing_side side[2];
	uint32_t *compared; /* index in diff.column of each argument: the key first */
	uint32_t ncompared;
};

/* Columns: which there are, which are compared, and as what they are read.  Opens the tables anew where types are to be read otherwise. */
MUST_CHECK bool diff_open(struct differing *d, struct err *err);
/* The counts and aggregates of a side; leaves what was collected of its rows in its bag. */
MUST_CHECK bool diff_measure(struct differing *d, int side, struct err *err);
/* From both bags to what is the same and what is not, with samples. */
MUST_CHECK bool diff_join(struct differing *d, struct err *err);
/* Collects the rows of a side anew, with their values; among: only those of these keys. */
MUST_CHECK bool diff_collect(struct differing *d, int side, const struct keyset *among, struct err *err);

#endif
