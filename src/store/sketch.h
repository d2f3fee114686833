/* Distributions of columns, as runs found them: what drift against the past of an asset goes by. */
#ifndef WEIR_STORE_SKETCH_H
#define WEIR_STORE_SKETCH_H

#include "store/store.h"

struct stored_sketch {
	int64_t seq;
	struct sv asset, partition, version;
	struct sv name; /* what it is of: column and filter */
	bool flagged;   /* the check failed or warned */
	int64_t at_us;
	struct sv body; /* JSON: expect/sketch.h */
};

/* Of one version of the data the last one stays. */
MUST_CHECK bool store_add_sketches(struct store *s, struct sv run_id, const struct stored_sketch *v, size_t n,
                                   struct err *err);

struct sketch_filter {
	struct sv asset, name;
	struct sv partition;
	bool any_partition;
	struct sv version; /* of this one; empty = of any */
	struct sv other;   /* of another than this; empty = of any */
	bool good;         /* not flagged */
	int64_t until_us;  /* not later; TIME_NONE = whenever */
};
/* The newest. */
MUST_CHECK bool store_sketch(struct store *s, struct arena *a, const struct sketch_filter *f,
                             struct stored_sketch *ret, bool *found, struct err *err);
/* The newest of each partition, of the max whose keys are the greatest, less than `before` unless that is empty; by key; without bodies. */
MUST_CHECK bool store_partition_sketches(struct store *s, struct arena *a, struct sv asset, struct sv name,
                                         struct sv before, bool good, size_t max, struct stored_sketch **ret,
                                         size_t *n, struct err *err);
MUST_CHECK bool store_sketch_body(struct store *s, struct arena *a, int64_t seq, struct sv *ret,
                                  struct err *err);

#endif
