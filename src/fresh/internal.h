/* What the files of src/fresh share among themselves. */
#ifndef WEIR_FRESH_INTERNAL_H
#define WEIR_FRESH_INTERNAL_H

#include "fresh/policy.h"

#define NO_ASSET UINT32_MAX

/* Up to which moment an asset's data speaks, and who says so. */
struct through {
	int64_t us;      /* TIME_NONE = not known */
	uint32_t root;   /* index of the asset whose time that is; NO_ASSET if it is not known */
	uint32_t unseen; /* an asset at its root that could not be observed: it may be older; or NO_ASSET */
};

/* All dependencies, resolved: those of asset i are to[at[i] + k] for asset->dep[k]; NO_ASSET where nobody defines the key. */
struct edges {
	size_t *at;
	uint32_t *to;
};

/* freshness_judge with the data's time as its roots have it; c may be NULL if the asset speaks for itself. */
void freshness_judge_through(struct arena *a, const struct catalog *c, const struct asset *asset,
                             const struct observed *o, const struct through *through, int64_t now_us,
                             struct freshness *ret);
/* The same of the partitions alone: status, evidence, deadlines, missing ones. */
void freshness_judge_partitions(struct arena *a, const struct asset *asset, const struct observed *o,
                                int64_t now_us, struct freshness *ret);
/* Was nothing of it ever there, as far as is known? */
bool freshness_never_seen(const struct observed *o);
/* The status for that. */
enum fresh_status freshness_never(const struct freshness_policy *p);

/* One partition of what was observed, or NULL. */
const struct seen_partition *observed_partition(const struct observed *o, struct sv key);

/* Into s[] by asset index; every upstream is judged before what reads it. */
void staleness_all(struct arena *a, const struct catalog *c, const struct observed *o, const struct edges *e,
                   int64_t now_us, struct staleness *s);
/* All kinds but `untracked`. */
void orphans_all(struct arena *a, const struct catalog *c, const struct observed *o, const struct edges *e,
                 const struct freshness *f, int64_t now_us, struct orphan **ret, size_t *n);

#endif
