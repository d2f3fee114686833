/* The join of `weir diff`: parts of two bags side by side, each into a piece of its own. */
#ifndef WEIR_RUN_DIFF_JOIN_H
#define WEIR_RUN_DIFF_JOIN_H

#include "run/diff_internal.h"

/* Kinds of samples: only in the first, only in the second, of a key that several rows have. */
enum { ONLY_A, ONLY_B, REPEATED, KINDS };

/* The rows of one key. */
struct group {
	const struct rowbag_row *row[2];
	size_t n[2];
};

struct joining;

/* What is found in a part, by one thread; pieces are taken over in the order of their parts. */
struct piece {
	const struct joining *j;
	struct arena *a;       /* as long as the piece */
	struct arena *scratch; /* for one group */
	size_t part;
	struct err err;
	int64_t same, within, changed, only[2], repeated_keys[2], repeated_rows[2];
	/* of the first pass */
	LIST(struct hash128) wanted;
	LIST(struct hash128) shown[KINDS];
	/* of the second */
	int64_t unequal;         /* rows that differ, also those within the tolerance */
	struct value *old[2];    /* the values of a row */
	int64_t *column_changed; /* by column */
	LIST(struct diff_row) row[2];
	LIST(struct diff_repeated) repeated;
	LIST(struct diff_change) * change; /* by column */
};

struct joining {
	struct differing *d;
	bool (*take)(struct piece *k, const struct group *g);
	size_t at_once;      /* pieces */
	struct buf *explain; /* what --explain tells */
	/* of the first pass */
	struct keyset *wanted; /* keys to be looked at again; NULL: too many */
	struct keyset *shown;  /* of these: samples */
	int64_t wanted_max;
	size_t nshown[KINDS];
	/* of the second */
	int64_t unequal;
	LIST(struct diff_row) row[2];
	LIST(struct diff_repeated) repeated;
	LIST(struct diff_change) * change; /* by column */
};

/* All groups of both bags, each to j->take; what comes of them is in *j and in the diff then. */
MUST_CHECK bool diff_join_bags(struct joining *j, struct err *err);
int hash128_order(struct hash128 a, struct hash128 b);

#endif
