/* The past of what was measured: one point a run, whatever checks asked for it and with which bounds. */
#ifndef WEIR_STORE_POINTS_H
#define WEIR_STORE_POINTS_H

#include "store/store.h"

struct metric_point {
	struct sv run_id, partition, version;
	double value;
	int64_t at_us;
	bool flagged;       /* a check of this number failed or warned in that run */
	bool flagged_other; /* the same of checks but that of the filter */
	/* a critical incident of the asset (or of the partition) was open, or was opened by that run, that is not about this number */
	bool incident;
};

struct point_filter {
	struct sv asset, identity;
	struct sv check_id; /* its own word is not in flagged_other; may be empty */
	size_t max;
};

/*
 * The last max points of one partition (the empty text: of the whole), oldest first, measured until then.  Of looks at one version that follow each
 * other the last one is the point, so that it does not matter how often data is looked at that does not change.
 */
MUST_CHECK bool store_metric_points(struct store *s, struct arena *a, const struct point_filter *f,
                                    struct sv partition, int64_t until_us, struct metric_point **ret,
                                    size_t *n, struct err *err);
/* The newest point of each partition, by key: of the max whose keys are the greatest, less than `before` unless that is empty. */
MUST_CHECK bool store_partition_points(struct store *s, struct arena *a, const struct point_filter *f,
                                       struct sv before, struct metric_point **ret, size_t *n,
                                       struct err *err);
/* The partitions that have points, sorted. */
MUST_CHECK bool store_point_partitions(struct store *s, struct arena *a, struct sv asset, struct sv identity,
                                       struct sv **ret, size_t *n, struct err *err);

#endif
