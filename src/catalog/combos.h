/* Inside the catalog: combinations of a partition's list values, and partitions from their parts. */
#ifndef WEIR_CATALOG_COMBOS_H
#define WEIR_CATALOG_COMBOS_H

#include "catalog/partition.h"

const struct partition_dim *partition_time_dim(const struct asset *as); /* NULL if there is none */
/* The partition of a window (by its local start) and list values; part[i] of the time dimension is not looked at. */
struct partition partition_make(struct arena *a, const struct asset *as, int64_t local_us,
                                const struct sv *part);

/* fixed[i]: a value of dimension i, or empty for any.  How many combinations there are; max + 1 if more than max. */
size_t combos_count(const struct asset *as, const struct sv *fixed, size_t max);
struct sv *combo_at(struct arena *a, const struct asset *as, const struct sv *fixed, size_t index);

#endif
