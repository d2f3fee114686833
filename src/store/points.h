/* The past of what was measured: one point a run, whatever checks asked for it and with which bounds. */
#ifndef WEIR_STORE_POINTS_H
#define WEIR_STORE_POINTS_H

#include "store/store.h"

struct metric_point {
	struct sv run_id, partition, version;
	double value;
	int64_t at_us;
	bool flagged; /* a check of this number failed or warned in that run */
	/* a critical incident of the asset (or of the partition) was open, or was opened by that run, that is not about this number */
	bool incident;
};

/* The last max points of one partition (the empty text: of the whole), oldest first. */
MUST_CHECK bool store_metric_points(struct store *s, struct arena *a, struct sv asset, struct sv partition,
                                    struct sv identity, size_t max, struct metric_point **ret, size_t *n,
                                    struct err *err);
/* The newest point of each partition, of the max partitions whose keys are the greatest, by key. */
MUST_CHECK bool store_partition_points(struct store *s, struct arena *a, struct sv asset, struct sv identity,
                                       size_t max, struct metric_point **ret, size_t *n, struct err *err);
/* The partitions that have points, sorted. */
MUST_CHECK bool store_point_partitions(struct store *s, struct arena *a, struct sv asset, struct sv identity,
                                       struct sv **ret, size_t *n, struct err *err);

#endif
