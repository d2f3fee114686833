/* What the files of src/run share among themselves. */
#ifndef WEIR_RUN_INTERNAL_H
#define WEIR_RUN_INTERNAL_H

#include "base/url.h"
#include "run/run.h"

/* A path of an asset's source, absolute or as the catalog's folder was given. */
struct sv run_file_root(struct arena *a, const struct asset *asset, const struct url *u, struct sv path);

/*
 * Reporter: what a probe saw is kept as an observation of the whole and of each partition; one of no rows is of something that is gone.
 */
#define RUN_PROBE SV("probe")
/* Reporter: somebody could not look, so that nobody knows what lies there. */
#define RUN_BLIND SV("probe failed")

/* Does the asset have a place to look at? */
static inline bool
run_is_stored(const struct asset *asset)
{
	return asset_is_stored(asset);
}

/*
 * Checks on an open connection: all of run_evaluate but opening it.  False: nothing of *ret is meant.
 */
MUST_CHECK bool run_evaluate_connection(struct workspace *w, struct connection *c, struct dataset *d,
                                        const struct asset *asset, const struct partition *p,
                                        const struct checks *checks, struct asset_result *ret,
                                        struct err *err);

struct profile;
/* Rows and columns of what an open connection sees: what of a profile is of the data itself. */
MUST_CHECK bool run_profile_connection(struct workspace *w, struct connection *c, struct profile *ret,
                                       struct err *err);

/* Limits and threads for opening a dataset of this asset (which may be NULL). */
struct scan_options run_scan_options(struct workspace *w, const struct asset *asset);

/* What a look at data says that was just read in this version, without looking again. */
void run_saw(struct workspace *w, const struct asset *asset, struct sv version, struct observed *ret);

struct column_max {
	struct type type;
	struct value max;        /* null when there is none */
	struct value future_max; /* the greatest of those past the limit */
	int64_t future_count;    /* how many lie past it */
	int64_t errors;          /* values that do not fit the column's type */
};
/* The greatest value of a column not after an instant; TIME_NONE = of all, of any type. */
MUST_CHECK bool run_column_max(struct workspace *w, struct connection *c, struct sv column, int64_t until_us,
                               struct column_max *ret, struct err *err);

/* The version of what an open connection sees, as the asset's `version:` asks; asset NULL = by stat.  p as of run_dataset. */
MUST_CHECK bool run_connection_version(struct workspace *w, const struct asset *asset,
                                       const struct partition *p, struct dataset *d, struct connection *c,
                                       struct sv *ret, struct err *err);
/* The version that was reported by events (the newest that does not lie in the future), or empty. */
MUST_CHECK bool run_reported_version(struct workspace *w, const struct asset *asset, struct sv partition,
                                     struct sv *ret, struct err *err);

/* The keysets of a plan's relationships; err[i] is set where one could not be had: its metrics must not be evaluated. */
struct foreign {
	struct keyset **set;
	struct err *err;
	uint32_t n;
};
/* How many rows another asset has: metric_other_rows; its failure is in the value. */
void run_other_rows(struct workspace *w, const struct metric *m, struct metric_value *ret);
/* The values of a column of another asset: metric_other_values; its failure is in the value. */
void run_other_values(struct workspace *w, const struct metric *m, struct metric_value *ret);
/* The rows of another asset: metric_other_collected; its failure is in the value. */
void run_other_collected(struct workspace *w, const struct metric *m, struct metric_value *ret);
/* What a query returns from another database: metric_other_query; its failure is in the value. */
void run_other_query(struct workspace *w, const struct metric *m, struct metric_value *ret);
/* What a check observed when it last passed, on this asset and partition: metric_last_good. */
void run_last_good(struct workspace *w, const struct metric *m, const struct asset *asset,
                   const struct partition *p, struct metric_value *ret);
/* The same by the name of the question (expect/past.h), as the store has it; NaN = none. */
MUST_CHECK bool run_last_good_number(struct workspace *w, struct sv asset, struct sv partition,
                                     struct sv name, double *ret, struct err *err);
/*
 * What the copy of the past says (workspace.past): an answer, which may be empty.  ERR_EVAL and others: the question is not in it, or could not
 * be answered.
 */
struct past_question;
struct past_answer;
struct past_data;
struct past_observation;
MUST_CHECK bool run_past_answer(const struct workspace *w, struct sv asset, struct sv partition,
                                const struct past_question *q, const struct past_answer **ret,
                                struct err *err);
/* What the store has of a result that is asked for, of other data than this. */
MUST_CHECK bool run_stored_result(struct workspace *w, struct sv asset, const struct past_question *q,
                                  const struct past_data *other, struct past_observation *ret,
                                  struct err *err);
/* What a check observed on other data before: metric_past_result; version: of this data, empty = not known. */
void run_past_result(struct workspace *w, const struct metric *m, const struct asset *asset,
                     const struct partition *p, struct sv version, struct metric_value *ret);
/*
 * What was measured before of this asset or partition, whose version is known by now: metric_past; its failure is in the value.  The other two make
 * a past of stored points: of runs until now_us, but those of this version (empty = not known); of partitions before this one.
 */
void run_past(const struct workspace *w, const struct metric *m, const struct asset *asset,
              const struct partition *p, const struct asset_result *r, struct metric_value *ret);
struct metric_point;
bool run_is_timed(const struct asset *asset); /* has partitions by time */
/*
 * How many partitions on record are read to find the earlier ones: all, but of an asset without other dimensions as many as count, of those whose
 * keys are less than `before`; which is the key of the partition that is judged, as keys of time sort like it.  Whether these were all; an
 * error, where more would be silence.
 */
struct sv run_partitions_before(const struct asset *asset, struct sv partition);
size_t run_partitions_max(const struct asset *asset, struct sv before);
MUST_CHECK bool run_partitions_all(const struct asset *asset, size_t n, struct err *err);
/* partition: the one that is judged; empty = not known yet. */
MUST_CHECK bool run_partition_points(const struct workspace *w, const struct asset *asset, struct sv identity,
                                     struct sv partition, struct metric_point **ret, size_t *n,
                                     struct err *err);
MUST_CHECK bool run_metric_points(const struct workspace *w, struct sv asset, struct sv identity,
                                  struct sv partition, struct metric_point **ret, size_t *n, struct err *err);
struct past_point run_past_point(const struct workspace *w, const struct asset *asset,
                                 const struct metric_point *p, int64_t at_us);
/* Does another partition begin before, beside the same values of the other dimensions? */
bool run_is_earlier(const struct asset *asset, const struct partition *other, const struct partition *p);
void run_past_of_runs(const struct workspace *w, const struct asset *asset, const struct metric_point *p,
                      size_t n, struct sv version, int64_t now_us, struct past *ret);
void run_past_of_partitions(const struct workspace *w, const struct asset *asset, const struct partition *now,
                            const struct metric_point *p, size_t n, struct past *ret);
/* What a program says of this data: metric_program; its failure is in the value. */
void run_program(struct workspace *w, const struct metric *m, const struct dataset *d, struct sv partition,
                 struct metric_value *ret);
void run_foreign_keys(struct workspace *w, const struct plan *plan, struct foreign *ret);

/* learned.c: what the asset's arrivals teach, where its policy asks; all else of *o is known by then. */
MUST_CHECK bool run_learn(struct workspace *w, const struct asset *asset, int64_t until_us,
                          struct observed *o, struct err *err);

/*
 * How a column was distributed before (sketches.c): metric_past_sketch; its failure is in the value.  And what that is chosen from, for a copy of the
 * past: only: the one partition that is judged, or empty; ERR_LIMIT where that is too much to hand over.
 */
void run_past_sketch(struct workspace *w, const struct metric *m, const struct asset *asset,
                     const struct partition *p, const struct asset_result *r, struct metric_value *ret);
MUST_CHECK bool run_sketches(struct workspace *w, const struct asset *asset, struct sv only,
                             struct sv partition, struct sv question, struct past_answer *ret,
                             struct err *err);

/* Partitions of a table asset that have rows, among those whose window has started. */
MUST_CHECK bool run_partitions_of_table(struct workspace *w, const struct asset *asset, int64_t now_us,
                                        const struct seen_partition **ret, size_t *n, struct err *err);

/* The verdict of a check with `enabled: false`. */
extern const struct verdict run_switched_off;

/* Marks what is waived now.  Where waivers cannot be read, that is logged and every failure counts. */
void run_waive(struct workspace *w, struct report *rep);

/*
 * Stored objects under managed sources that no asset claims.  Sources that cannot be listed, and what is too much to list, are logged;
 * false if there were any: who is not in the list may be untracked all the same.
 */
bool run_untracked(struct workspace *w, struct orphan **ret, size_t *n);

/*
 * external.c: appends the last word of others on an asset or partition to what is known.  known: the version that lies there, or empty.
 */
MUST_CHECK bool run_external(struct workspace *w, const struct asset *asset, struct sv partition,
                             struct sv known, struct asset_result *r, struct err *err);

#endif
