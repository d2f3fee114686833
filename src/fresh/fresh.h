/*
 * Freshness (an asset against the clock), staleness (against its upstreams) and orphans (needed or made by nobody).
 *
 * Everything here is a pure function of the catalog, of what was observed, and of a moment; observing is the layer run's.
 * Every status carries its evidence in words.
 */
#ifndef WEIR_FRESH_FRESH_H
#define WEIR_FRESH_FRESH_H

#include "catalog/partition.h"
#include "store/store.h"

enum fresh_status { FRESH_PASS, FRESH_WARN, FRESH_FAIL, FRESH_UNKNOWN, FRESH_NONE };
extern const char *const fresh_status_names[5];
enum stale_status { STALE_CURRENT, STALE_STALE, STALE_MISSING, STALE_OFF };
extern const char *const stale_status_names[4];
enum cause_kind {
	CAUSE_UPSTREAM_NEWER,
	CAUSE_UPSTREAM_STALE,
	CAUSE_CODE_CHANGED,
	CAUSE_INPUT_ADDED,
	CAUSE_INPUT_REMOVED
};
extern const char *const cause_kind_names[5];
enum orphan_kind { ORPHAN_DANGLING, ORPHAN_UNUSED, ORPHAN_ABANDONED, ORPHAN_UNTRACKED, ORPHAN_UNSTORED };
extern const char *const orphan_kind_names[5];

/* What is known of one partition of an asset (key empty = the whole). */
struct seen_partition {
	struct sv key;
	int64_t produced_us; /* TIME_NONE = not known */
	struct sv version;
};

/* What a learned policy makes of past arrivals (fresh/learned.h). */
struct learned {
	size_t gaps;      /* intervals that teach */
	size_t left_out;  /* in which something had failed */
	bool known;       /* these are enough; else the rest means nothing */
	int season, slot; /* enum past_season, and which of its slots the last arrival is in */
	size_t used;      /* intervals of that slot */
	bool wall;        /* measured by the wall clock */
	int64_t usual_us, scale_us, allowed_us;
	int64_t anchor_us,
		deadline_us; /* the arrival that it counts from, TIME_NONE = there was none; late from then on */
};

/* What observing one asset (probes and events) gave. */
struct observed {
	bool exists; /* the stored object is there, or (nothing stored) it was materialized */
	bool stored; /* it has a place to look at; false: known by events only */
	bool news;   /* the probe saw what no earlier observation says: worth a record */
	bool failed; /* the probe failed: freshness is unknown, and an error */
	struct err err;
	int64_t probed_us;       /* produced_at by the probe; TIME_NONE = none */
	int64_t reported_us;     /* by the newest materialization or observation event */
	int64_t produced_us;     /* the one that counts: the greater of both, ignoring the future */
	int64_t data_through_us; /* TIME_NONE = not known */
	int64_t future_count;    /* values more than five minutes ahead that were ignored */
	struct sv future_text;   /* "1 value of pickup_datetime lies in the future (latest 2019-04-12T…)" */
	struct sv version;       /* empty = not known */
	int64_t version_since_us;        /* when this version was first seen; TIME_NONE = not known */
	struct sv code_version;          /* recorded at the last materialization */
	const struct event_input *input; /* versions that it was built from; meant if inputs_known */
	size_t ninput;
	bool inputs_known;
	bool in_progress; /* a started event is open */
	int64_t started_us;
	const struct seen_partition *partition; /* partitions that exist, sorted by key */
	size_t npartition;
	int64_t usual_interval_us; /* median gap of past arrivals; 0 = too few */
	struct learned learned;    /* of an asset with such a policy */
	/*
	 * When observing it again gives something else though nothing was reported since: a run that is open expires, an event's time is no
	 * longer in the future; 0 = never.
	 */
	int64_t changes_us;
	bool ever_materialized;
	const struct sv *columns; /* that the data has; NULL = not looked */
	size_t ncolumns;
};
#define OBSERVED_NOTHING                       \
	((struct observed){                    \
		.probed_us = TIME_NONE,        \
		.reported_us = TIME_NONE,      \
		.produced_us = TIME_NONE,      \
		.data_through_us = TIME_NONE,  \
		.version_since_us = TIME_NONE, \
		.started_us = TIME_NONE,       \
	})
/* The version that was last seen or reported of it (partition empty) or of one of its partitions; empty if none is known. */
struct sv observed_version(const struct observed *o, struct sv partition);

struct freshness {
	enum fresh_status status;
	int64_t produced_us, data_through_us, age_us; /* TIME_NONE / -1 when not known */
	int64_t deadline_us, next_deadline_us; /* the one judged; the next change for the worse (foresight) */
	struct sv evidence;
	const struct sv *missing; /* closed partitions that are not there, at most 20 */
	size_t nmissing;
	int64_t missing_total;
	struct sv warning; /* future values, reported and probed times that disagree */
	bool learning;     /* has a policy that does not know enough yet */
};

/*
 * One asset under its policy, by its own data_through_us; fresh_all gives assets without one the oldest of their roots'.
 * A partitioned asset passes when the partitions of the newest closed window are there (cron: closed at the last deadline).
 */
void freshness_judge(struct arena *a, const struct asset *asset, const struct observed *o, int64_t now_us,
                     struct freshness *ret);

/*
 * The policy alone on one time: what the conformance cases ask.  The last tick for cron; `deadline` and `next` may be NULL.
 */
#define FUTURE_TOLERANCE_US (5 * US_PER_MIN)
enum fresh_status policy_judge(const struct freshness_policy *p, int64_t produced_us, int64_t now_us,
                               int64_t *deadline_us, int64_t *next_us);

struct cause {
	enum cause_kind kind;
	struct sv upstream, partition;
	struct sv had, now; /* versions or times */
};

struct staleness {
	enum stale_status status;
	const struct cause *cause; /* of one input at most 20 partitions; the evidence counts the rest */
	size_t ncause;
	struct sv root; /* the asset where it began */
	/* from the root to this asset; of a long one the ends, with "… N more …" between */
	const struct sv *path;
	size_t npath;
	int64_t since_us; /* when the oldest cause arose; TIME_NONE = not known */
	bool failing;     /* past fail_after */
	struct sv evidence;
};

struct orphan {
	enum orphan_kind kind;
	struct sv key; /* of an asset, a column (asset.column), or a stored object */
	const struct sv *wanted_by;
	size_t nwanted;
	struct sv evidence;
};

struct fresh_report {
	struct freshness *fresh; /* by asset index */
	struct staleness *stale;
	struct orphan *orphan;
	size_t norphan;
};

/*
 * Everything in one topological pass over the catalog; o[i] belongs to catalog->asset[i].  untracked: stored objects under managed
 * roots that no asset claims, as the layer run found them; they are appended to the orphans.
 */
void fresh_all(struct arena *a, const struct catalog *c, const struct observed *o,
               const struct orphan *untracked, size_t nuntracked, int64_t now_us, struct fresh_report *ret);

#endif
