/*
 * The past of a number, and what it says of the present.
 *
 * Pure functions of numbers: a check asks them with what the store has, `weir backtest` with the store's past as it was then.  What is tested is never
 * among the points.
 */
#ifndef WEIR_EXPECT_PAST_H
#define WEIR_EXPECT_PAST_H

#include "expect/expect.h"

/* An instant with what it is in the zone of the asset. */
struct past_time {
	int64_t at_us, wall_us;
	int weekday, hour; /* 0 = Sunday */
};
struct past_point {
	double value;
	struct past_time at;
	bool flagged, incident; /* see store/points.h */
};
struct past {
	const struct past_point *v; /* oldest first */
	size_t n;
	struct past_time now; /* of what is tested */
};

/* Points kept of one number: more than two years of days. */
enum { PAST_POINTS_MAX = 1000 };

/* From and to a metric_past's value. */
MUST_CHECK bool past_read(struct arena *a, const struct metric_value *m, struct past *ret, struct err *err);
void past_write(struct arena *a, const struct past *p, struct metric_value *ret);

/* Which points are left out of a baseline. */
enum past_exclude { EXCLUDE_INCIDENTS, EXCLUDE_OWN, EXCLUDE_NONE };
extern const char *const past_exclude_names[4]; /* incidents, own, none, NULL */
enum past_season { SEASON_NONE, SEASON_WEEKDAY, SEASON_HOUR, SEASON_HOUR_OF_WEEK };
extern const char *const past_season_names[5];

struct past_since {
	int64_t us; /* TIME_NONE = all */
	bool wall;  /* of the wall clock where the asset is: it was written without a zone */
};
struct past_choice {
	enum past_exclude exclude;
	enum past_season season;
	struct past_since since;
	size_t last; /* at most so many, the newest */
};
/* The values that make the baseline, in order of time; *left_out: those of the season that are excluded. */
double *past_choose(struct arena *a, const struct past *p, const struct past_choice *c, size_t *n,
                    size_t *left_out);

/*
 * A robust z-score: (x - median) / (1.4826 MAD); 1.4826 makes it comparable to standard deviations of normal values.  Iglewicz and Hoaglin, "How to
 * Detect and Handle Outliers" (1993), who take |z| > 3.5 for an outlier; where MAD = 0 (more than half of the values are equal) they
 * and SPSS take (x - median) / (1.2533 mean absolute deviation), 1.2533 = sqrt(pi / 2).  Where all values are equal, z is 0 for that value and infinite for
 * any other.
 */
struct past_usual {
	double median, scale; /* scale: what z is measured with; 0 = all are equal */
	bool mean_deviation;  /* the scale is not from MAD */
	double z;
};
struct past_usual past_usual(double *v, size_t n, double x); /* reorders v[n], n >= 1 */

/* The parameters that both kinds of checks on the past have, and what they say. */
#define PARAMS_PAST                                                                                          \
	{.name = "of",                                                                                       \
	 .alias = {"metric"},                                                                                \
	 .kind = PARAM_CHECKS,                                                                               \
	 .required = true,                                                                                   \
	 .doc = "The number: row_count, or a check in short form whose observed number (or number of "       \
	        "unexpected values) is meant: {mean: amount}, {not_null: email}."},                          \
		{.name = "exclude",                                                                          \
	         .kind = PARAM_ENUM,                                                                         \
	         .names = past_exclude_names,                                                                \
	         .doc = "Which runs teach nothing: incidents (the default): those in which a check of this " \
	                "number failed or warned, or a critical incident of the asset was open; own: only "  \
	                "the former; none."},                                                                \
		{.name = "since",                                                                            \
	         .kind = PARAM_VALUE,                                                                        \
	         .doc = "Runs before this day or instant (without a zone: that of the asset's partitions, "  \
	                "else of the project) teach nothing: after a change that is here to stay."},         \
		{.name = "over",                                                                             \
	         .kind = PARAM_ENUM,                                                                         \
	         .names = past_over_names,                                                                   \
	         .doc = "What a point is: runs or partitions. auto (the default): of an asset with "         \
	                "partitions by time the earlier partitions, else earlier versions of the data."},    \
	{                                                                                                    \
		.name = "learning", .kind = PARAM_ENUM, .names = past_learning_names,                        \
		.doc = "The outcome while too little is known: skipped (the default; a gate says "           \
		       "`unchecked`), pass, warn, fail or error."                                            \
	}
extern const char *const past_over_names[4];     /* auto, runs, partitions, NULL */
extern const char *const past_learning_names[6]; /* skipped, pass, warn, fail, error, NULL */

/*
 * What checks ask of the past of their asset, told before anything is bound: for who has to fetch it.
 */
enum past_kind {
	PAST_RUNS,       /* points of a partition, or of the whole */
	PAST_PARTITIONS, /* the newest point of each partition */
	PAST_LAST_GOOD,  /* the number of a check when it last passed */
	PAST_RESULT,     /* what a check observed on other data */
	PAST_SKETCH,     /* how a column was distributed */
	PAST_SKETCHES    /* the same of all partitions */
};
extern const char *const past_kind_names[7];
struct past_question {
	enum past_kind kind;
	/*
	 * Of points the identity of the number (check_metric), of sketches what they are of, a line break and which data; else what it is about (of a
	 * number the identity, of a result the expectation), a line break and the id of the check: another check may have had the id before.
	 */
	struct sv name;
	bool good; /* of PAST_RESULT: on data that passed */
};
struct past_questions {
	LIST(struct past_question) list;
};
/*
 * Adds those of a check and its parts, each once.  timed: the asset has partitions by time.  Of what compares by `over: auto` the question is the
 * one that is asked of partitions; without any, that of runs.
 */
void past_ask(struct arena *a, const struct check *c, bool timed, struct past_questions *ret);

struct sv past_last_good_name(struct arena *a, const struct check *c);
struct sv past_result_name(struct arena *a, const struct check *c);

/* Does it compare with the number of its last good run?  That is to be known however long ago it was. */
bool past_is_last_good(const struct check *c);
/* Likewise the name of a distribution; empty: it compares with none. */
struct sv past_last_good_sketch(struct arena *a, const struct check *c);

/* Is it drift against the past of the asset?  And what the distributions are of that it goes by: exp_drift.c. */
bool drift_is_of_past(const struct check *c);
struct sv drift_sketch_name(struct arena *a, const struct check *c);

void past_validate(const struct check *c, struct diags *d);
/* Binds the number and its past: member[0], observed[0]. */
MUST_CHECK bool past_bind(struct binder *b, const struct check *c, struct bound *ret, struct err *err);
enum past_exclude past_exclude_of(const struct check *c);
/* Does it compare with earlier runs, whatever the partitions?  A check that compares nothing does. */
bool past_is_over_runs(const struct check *c);
struct past_since past_since_of(const struct check *c);
/* What is computed of numbers near the end of the range is no number: that is an error, as no bound is past it. */
void past_too_great(const struct check *c, struct verdict *ret);
/* Sets the outcome by `learning`: have of need points, so many left out. */
void past_learning(const struct check *c, size_t have, size_t need, size_t left_out, struct arena *a,
                   struct verdict *ret);

#endif
