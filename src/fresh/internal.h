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

struct edges edges_resolve(struct arena *a, const struct catalog *c);
/* From what is known of asset i and of its inputs. */
struct through through_of(const struct observed *o, const struct edges *e, const struct through *t,
                          uint32_t i);

/*
 * freshness_judge with the data's time as its roots have it; c may be NULL if the asset speaks for itself.  a NULL: without words,
 * that is evidence, warning and the names of missing partitions.
 */
void freshness_judge_through(struct arena *a, const struct catalog *c, const struct asset *asset,
                             const struct observed *o, const struct through *through, int64_t now_us,
                             struct freshness *ret);
/* The same of the partitions alone: status, evidence, deadlines, missing ones. */
void freshness_judge_partitions(struct arena *a, const struct asset *asset, const struct observed *o,
                                int64_t now_us, struct freshness *ret);
/* The next instant after t_us at which the clock alone gives another status; TIME_NONE = never. */
int64_t freshness_changes(const struct asset *asset, const struct observed *o, const struct through *through,
                          int64_t t_us);
/* An instant after t_us before which what a policy asks of one time does not change; TIME_NONE = it never does. */
int64_t policy_holds(const struct freshness_policy *p, int64_t produced_us, int64_t t_us);
/* An instant after t_us before which the status of the partitions does not change; TIME_NONE = it never does. */
int64_t freshness_partitions_hold(const struct asset *asset, const struct observed *o, int64_t t_us);
/* Was nothing of it ever there, as far as is known? */
bool freshness_never_seen(const struct observed *o);
/* The status for that. */
enum fresh_status freshness_never(const struct freshness_policy *p);

/* One partition of what was observed, or NULL. */
const struct seen_partition *observed_partition(const struct observed *o, struct sv key);

/* What others need to know of an asset's staleness. */
struct stale_link {
	enum stale_status status;
	int64_t since_us;
	uint32_t via; /* the input through which it became stale; itself where it began */
	uint32_t root, depth;
};

/* One pass over the graph, or a part of one. */
struct stale_pass {
	struct arena *a; /* for results; NULL = without words and paths, and causes live in scratch */
	struct arena *scratch;
	const struct catalog *c;
	const struct observed *o;
	const struct edges *e;
	int64_t now_us;
	struct stale_link *link; /* by asset index */
	uint32_t *input;         /* in scratch, of the asset at work: which assets its recorded inputs are */
	size_t ninput;           /* room for how many */
	int64_t hold_us; /* of the asset judged last: until then the clock alone changes nothing of it; TIME_NONE = ever */
	uint64_t causes; /* of the asset judged last: a hash of its causes, 0 = none; only without words */
};

/* Every upstream must have its link.  ret is without its path. */
struct stale_link staleness_judge(struct stale_pass *x, uint32_t i, struct staleness *ret);
/* From the root down to the asset, in x->a: when all upstream have their links. */
void staleness_path(const struct stale_pass *x, uint32_t i, struct staleness *s);
/* Into s[] by asset index. */
void staleness_all(struct arena *a, const struct catalog *c, const struct observed *o, const struct edges *e,
                   int64_t now_us, struct staleness *s);
/* All kinds but `untracked`; status is the freshness, by asset index. */
void orphans_all(struct arena *a, const struct catalog *c, const struct observed *o, const struct edges *e,
                 const enum fresh_status *status, int64_t now_us, struct orphan **ret, size_t *n);

#endif
