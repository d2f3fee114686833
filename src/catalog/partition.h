/* Partition keys: `2024-01-01`, `2024-01-01|eu`; time windows in their zone, path patterns, mappings between assets. */
#ifndef WEIR_CATALOG_PARTITION_H
#define WEIR_CATALOG_PARTITION_H

#include "catalog/catalog.h"

/* One partition of an asset. */
struct partition {
	struct sv key; /* dimensions joined by '|' */
	struct sv part[PARTITION_DIMS_MAX];
	int64_t start_us, end_us; /* of its time window, instants; TIME_NONE without a time dimension */
	int64_t closes_us;        /* end + closes_after: from then on it is expected */
};

/* Window keys: hour 2024-01-01T05, day 2024-01-01, week 2024-W05 (Monday), month 2024-01, year 2024. */
MUST_CHECK bool partition_parse(struct arena *a, const struct asset *asset, struct sv key,
                                struct partition *ret, struct err *err);
/* All partitions whose window has started (closed = false) or closed by now, oldest first; at most max, the newest are kept. */
struct partition *partitions_until(struct arena *a, const struct asset *asset, int64_t now_us, bool closed,
                                   size_t max, size_t *n, bool *cut);
/* The newest closed window's partitions (one for each value of the list dimensions). */
struct partition *partitions_latest_closed(struct arena *a, const struct asset *asset, int64_t now_us,
                                           size_t *n);
/* `A..B` or a key: the partitions in the range, both ends included. */
MUST_CHECK bool partitions_range(struct arena *a, const struct asset *asset, struct sv text, int64_t now_us,
                                 struct partition **ret, size_t *n, struct err *err);

/* The path of a partition: `{date:%Y/%m/%d}/{region}.csv` filled in.  Directives: %Y %m %d %H %V %G %j %%. */
MUST_CHECK bool partition_path(struct arena *a, const struct asset *asset, const struct partition *p,
                               struct sv pattern, struct sv *ret, struct err *err);
/* A glob that matches the paths of all partitions. */
struct sv partition_glob(struct arena *a, const struct asset *asset, struct sv pattern);
/* The partition that a path belongs to; false if it does not match the pattern. */
MUST_CHECK bool partition_of_path(struct arena *a, const struct asset *asset, struct sv pattern,
                                  struct sv path, struct partition *ret);
/* `dt = {date}` as an expression text for tables: values quoted as SQL literals. */
MUST_CHECK bool partition_where(struct arena *a, const struct asset *asset, const struct partition *p,
                                struct sv *ret, struct err *err);

/*
 * The partitions of `up` that partition p of `down` reads (p NULL or down unpartitioned: by the mapping; an unpartitioned upstream
 * gives one, the whole).  The result's keys are empty for the whole.
 */
MUST_CHECK bool partitions_read(struct arena *a, const struct asset *down, const struct partition *p,
                                const struct dep *dep, const struct asset *up, int64_t now_us,
                                struct partition **ret, size_t *n, struct err *err);

#endif
