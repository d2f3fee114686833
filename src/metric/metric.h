/*
 * Metrics: numbers and small structures computed from data, with mergeable states.
 *
 * A metric is kind × arguments × parameters × filter.  Equal metrics are the same pointer; that is all of the sharing.
 * Merging is associative and done in the order of the parts (file, row group, morsel), so results do not depend on threads.
 */
#ifndef WEIR_METRIC_METRIC_H
#define WEIR_METRIC_METRIC_H

#include "expr/dialect.h"
#include "expr/expr.h"
#include "metric/keyset.h"
#include "metric/vector.h"

#define METRIC_ARGS_MAX 16 /* of all kinds but those that take whole rows */
/* Of the tuples of failing rows: beyond it a sample is chosen among these only.  8 MiB of hashes. */
#define METRIC_KEYS_MAX (1 << 18)

enum state_class {
	STATE_CONSTANT, /* a few words */
	STATE_BOUNDED,  /* at most some hundred entries */
	STATE_SPILLING  /* grows with the data: counts against the memory budget */
};

/* Where a row stands: its part (file) in the order of the listing, and its number in the part, from 0. */
struct row_at {
	uint32_t part;
	int64_t row;
};

/* A record of the source that is no row: one of the first, in order. */
enum { MALFORMED_KEEP = 20, MALFORMED_WHY = 72 };
struct malformed_at {
	uint32_t part;
	struct sv file;          /* the part's name */
	int64_t line;            /* from 1, on which it begins */
	char why[MALFORMED_WHY]; /* "5 fields where 4 are expected" */
};

/* What a metric came to.  Which fields are meant is the kind's to say (metric kinds' files). */
struct metric_value {
	bool failed; /* could not be evaluated: err says why; nothing else is meant */
	struct err err;
	struct value v; /* the number or value; null when there is none (min of nothing) */
	int64_t count;  /* count_true: rows where true; duplicates: rows in groups of two or more … */
	int64_t groups; /* duplicates: the tuples that occur more than once */
	int64_t errors; /* rows that could not be computed */
	const struct row_at *first; /* count_true: the first rows where true, at most params.keep */
	uint32_t nfirst;
	struct row_at first_error; /* meant if errors > 0 */
	const struct value *list;  /* distinct values where asked for: sorted, at most params.keep; */
	const int64_t *list_count; /* how often each occurs */
	uint32_t nlist;
	bool list_cut;
	/* malformed: the first records, at most MALFORMED_KEEP, where the engine knows them */
	const struct malformed_at *malformed;
	uint32_t nmalformed;
	/*
	 * Approximate kinds: what it would be at both ends of what it may be in truth, and how far these are away (of counts: values; of
	 * quantiles: a share of all ranks).  NULL: exact.
	 */
	const struct metric_value *low, *high;
	double error_bound;
	/* keys, duplicates: owned by the value's arena clean-up list, see metric_values_fini */
	struct keyset *keys;
	struct rowbag *bag; /* collected: likewise */
};

struct metric_params {
	uint32_t keep; /* rows or values to keep */
	int64_t number;
	double ratio;
	bool flag;
	const double *ratios; /* quantiles; they outlive the pool */
	uint32_t nratio;
	const struct keyset *among; /* collected: only rows of these keys; it outlives the pool; NULL = all */
};

/* What an update sees: the arguments evaluated over a batch, the rows that count, and where the batch stands. */
struct metric_batch {
	uint32_t rows;
	const struct vector *const *arg; /* as many as the metric has */
	const uint64_t *selected;        /* rows where the filter is true */
	struct row_at at;  /* of the batch's first row; row numbers are relative to the morsel until merged */
	int64_t malformed; /* records of this batch's source that could not be read as a row */
};

struct unpack; /* metric/packed.h */

struct metric_outlook; /* metric/outlook.h */

struct metric_kind {
	const char *name;
	const char *doc;
	enum state_class class;
	bool ordered; /* the order of rows matters (first rows, sums of doubles): a state for each morsel, merged in order; else one a thread */
	uint32_t min_args, max_args;
	size_t state_size;
	/* Representations it takes for each argument; the evaluator converts.  0 = any. */
	unsigned reps;
	unsigned need; /* how the arguments' columns are needed when they are bare columns (enum need) */
	/*
	 * Rows whose arguments are errors are what it counts.  For all other kinds they are left out of `selected` and counted
	 * in `errors` by the pass, like the rows whose filter is an error.
	 */
	bool errors_meant;

	void (*init)(void *state, const struct metric *m);
	/* False with *err when the state would outgrow its budget (ERR_LIMIT). */
	bool (*update)(void *state, const struct metric *m, const struct metric_batch *b, struct err *err);
	/*
	 * The same of rows in whatever order, by their values: row i of b, which is an entry of a dictionary, stands for times[i] of them.  Those that
	 * stand for none are not selected; `at` and `malformed` are not meant.  NULL: each row has to be seen.
	 */
	bool (*weigh)(void *state, const struct metric *m, const struct metric_batch *b,
	              const uint32_t *times, struct err *err);
	/*
	 * Takes rows without having seen them, if what is known of them tells all that they would change.  None of the arguments is an error
	 * where errors are not meant, nor is the filter.  False: they must be read.  NULL = always.
	 */
	bool (*foresee)(void *state, const struct metric *m, const struct metric_outlook *o);
	/*
	 * Takes the state of the rows that follow.  rows_before: how many rows of from's part lie before from's first row; it is added to
	 * the row numbers that `from` holds.
	 */
	bool (*merge)(void *into, void *from, int64_t rows_before, const struct metric *m, struct err *err);
	/*
	 * Work of its end that threads can share: how many pieces there are, which any of them may do, in any order and at the same time, before
	 * final.  Nothing is merged into it afterwards.  NULL: none.
	 */
	int64_t (*pieces)(void *state);
	void (*piece)(void *state, int64_t i);
	void (*final)(void *state, const struct metric *m, struct arena *a, struct metric_value *ret);
	const struct metric_kind *
		exact; /* of an approximate kind: the one that it stands for, with the same arguments and parameters */
	size_t (*bytes)(
		const void *state); /* heap it holds now, and what its end will need beside; NULL = none */
	/*
	 * Puts what it holds into a temporary file (spill.h; the folder outlives the state), so that bytes() is next to nothing.  False with *err, and
	 * the state is only good for fini.  NULL: it cannot, and fails when it is over the budget.
	 */
	bool (*spill)(void *state, const struct metric *m, const char *folder, struct err *err);
	void (*fini)(void *state); /* NULL = nothing to free */
	/*
	 * For reuse of parts that did not change, see metric_state_save; both NULL: such parts are read again.  save may tidy the state
	 * up; false: it is not worth keeping (it was spilled).  load: into a state fresh from init, what it finds bad it spoils.
	 */
	bool (*save)(void *state, const struct metric *m, struct buf *b);
	void (*load)(void *state, const struct metric *m, uint32_t part, struct unpack *u);

	/*
	 * SQL: adds one or more result columns (comma-separated) of an aggregate query; the engine reads as many values back and
	 * hands them to sql_final.  NULL, or false: this dialect cannot.  `where` is the metric's filter, to be applied inside.
	 */
	bool (*sql)(struct sql *q, const struct dialect *d, const struct metric *m);
	uint32_t sql_columns;
	void (*sql_final)(const struct value *v, const struct metric *m, struct arena *a,
	                  struct metric_value *ret);
};

struct metric {
	const struct metric_kind *kind;
	const struct expr *const *arg;
	uint32_t nargs;
	const struct expr *where; /* NULL = all rows */
	struct metric_params params;
	uint64_t hash;
	uint32_t id;    /* dense, from 0, in its pool */
	uint32_t stage; /* 0, or 1 + the greatest stage of the metric values that its expressions use */
};

/* weigh() of kinds to which it makes no difference how often a value occurs. */
bool metric_weigh_once(void *state, const struct metric *m, const struct metric_batch *b,
                       const uint32_t *times, struct err *err);

extern const struct metric_kind *const metric_kinds[];
extern const size_t metric_kind_count;
const struct metric_kind *metric_kind_find(const char *name);

/* The kinds.  Each file documents what final() sets. */
extern const struct metric_kind metric_rows;       /* v: rows that count */
extern const struct metric_kind metric_count_true; /* count, errors, first, first_error of a condition */
extern const struct metric_kind
	metric_count_valid; /* count: rows whose argument is neither null nor an error; errors */
extern const struct metric_kind metric_min, metric_max;
extern const struct metric_kind
	metric_sum; /* v: exact for integers and decimals, compensated for doubles; null when count = 0 */
extern const struct metric_kind metric_mean; /* v: double */
extern const struct metric_kind
	metric_distinct; /* count: distinct non-null values; with params.keep the list */
extern const struct metric_kind
	metric_duplicates; /* count: rows whose tuple occurs more than once; keys: those tuples */
extern const struct metric_kind metric_keys;      /* keys: the distinct non-null tuples */
extern const struct metric_kind metric_collected; /* bag: the rows themselves, by key; see collected.c */
extern const struct metric_kind metric_misfits; /* count: values that do not fit their column's type; first */
extern const struct metric_kind metric_cardinality; /* count: distinct values up to params.number */
extern const struct metric_kind metric_text_shape;  /* v: bits of enum text_shape that all texts have */
extern const struct metric_kind
	metric_out_of_order; /* count: values that break the order of rows (params: number 1 rises, -1 falls; flag: strictly); first */
/*
 * v and count: rows that stand wrongly beside their neighbour, when the rows of each group (the first params.number arguments) are sorted by the
 * argument behind; keys: the tuples of these rows.  params.keep: enum neighbours_rule.
 */
extern const struct metric_kind metric_neighbours;
enum neighbours_rule {
	NEIGHBOURS_FALL = 1,   /* the last argument falls, else it rises; null is passed over */
	NEIGHBOURS_STRICT = 2, /* two equal ones are wrong */
	NEIGHBOURS_BREAK = 4,  /* what comes after null is compared with nothing */
	NEIGHBOURS_RANGES = 8, /* the last two arguments are ranges that do not overlap; null is wrong */
	NEIGHBOURS_TOUCH = 16, /* each begins where the one before ends */
	NEIGHBOURS_APART = 32, /* none begins where the one before ends */
	NEIGHBOURS_EMPTY = 64  /* a range may end where it begins */
};
extern const struct metric_kind metric_stdev,
	metric_variance; /* v: of the sample (flag: of all there is), as a double; null when there is none */
extern const struct metric_kind
	metric_moments; /* list: skewness and excess kurtosis (flag: of all there is), each null when there is none; count */
extern const struct metric_kind
	metric_correlation; /* v: of pairs, as a double; null when there is none; count: pairs */
extern const struct metric_kind
	metric_entropy; /* v: of the values, in nats; null when there are none; count: values */
extern const struct metric_kind
	metric_joint_entropy; /* the same of the pairs of values of which both are known */
extern const struct metric_kind
	metric_quantiles; /* list: the values on both sides of each of params.ratios; count; v: of numbers, the nearer of the first two, or (flag) between them */
extern const struct metric_kind metric_histogram; /* list, list_count: numbers between edges */
extern const struct metric_kind metric_groups; /* list: the least params.keep values, or tuples; list_cut */
extern const struct metric_kind
	metric_modes; /* list: the most common values; count: how often they occur; v: how many there are */
/* In bounded memory, with low, high and error_bound where they are not exact after all. */
extern const struct metric_kind metric_distinct_approx;  /* as distinct, without the list */
extern const struct metric_kind metric_quantiles_approx; /* as quantiles; both values are the same one */
extern const struct metric_kind metric_modes_approx;     /* as modes; fails where it cannot be told */
/*
 * Of a literal, and computed by who knows what it names, not from the rows: the rows that a query returns (v and count; list: the
 * first of them as objects), the rows of the asset of a key (v and count), and what a program answers (v: its JSON, not looked at yet).  A pass
 * that meets them fails them.
 */
/* Of a name (expect/past.h) and what is observed now; v: what a check observed on other data before, as JSON; flag: and passed; null: nothing did */
extern const struct metric_kind metric_past_result;
extern const struct metric_kind
	metric_last_good; /* likewise, of a name: what the check observed when it last passed; null: never */
extern const struct metric_kind
	metric_gaps; /* v: [missing, first, last, there, off]; list: gaps; see gaps.c */
/* The window that a time lies in, and when one begins: an instant, or for whole days the wall clock. */
int64_t metric_gaps_window(struct type t, struct value v, int64_t every);
int64_t metric_gaps_start(int64_t window, int64_t every);
extern const struct metric_kind metric_query_rows, metric_other_rows, metric_program;
/*
 * Likewise, of the identity of a number (check_metric) and of `runs`, `partitions` or nothing: its past, at most params.keep points, oldest first.  list: each is a list of value,
 * instant, wall clock, weekday (0 = Sunday), hour, whether a check of it failed then, whether an incident was open; v: the four times of what is
 * measured now.  expect/past.h reads it.
 */
extern const struct metric_kind metric_past;
/* Likewise, of what a distribution is of and which data is meant (expect/baseline.h); v: [JSON, version, partition, when], null: there is none yet. */
extern const struct metric_kind metric_past_sketch;
/* Likewise, of the key of an asset and the name of a column: its values as those of metric_distinct. */
extern const struct metric_kind metric_other_values;
/*
 * Likewise, of the key of an asset, the names of params.number of its columns, and of columns that do not matter: its rows as those of metric_collected,
 * by all of these columns.  params.flag: it may have others beside them.
 */
extern const struct metric_kind metric_other_collected;
extern const struct metric_kind metric_other_query; /* as metric_query_rows, of another database */
extern const struct metric_kind metric_malformed;   /* count: records that are not rows; malformed */

/* Pools: metrics are interned beside their expressions. */
struct metrics;
struct metrics *metrics_new(struct exprs *x);
void metrics_free(struct metrics *m);
DEFINE_CLEANUP(metrics, metrics_free)
const struct metric *metric_get(struct metrics *m, const struct metric_kind *kind,
                                const struct expr *const *arg, uint32_t nargs, const struct expr *where,
                                struct metric_params params);
uint32_t metrics_count(const struct metrics *m);
const struct metric *metrics_at(const struct metrics *m, uint32_t id);
/* "count_true(amount < 0) where status = 'paid'", for --explain. */
void metric_print(const struct metric *m, struct buf *b);

/*
 * Saved states: what a state holds after some rows of one part (all of it, or a row group), as bytes that mean the same on every
 * machine.  Merging loaded states is the same as merging those that were saved, whatever the kind.
 *
 * - Row numbers are those that the state was given, so relative to where its stretch of rows begins, as in a morsel; merge takes how many rows
 *   lie before.  The number of the part is not kept: load is told which part the rows are of now.
 * - What the pass counts beside a state (rows that could not be computed, and the first of them) is not in it, nor is the number of
 *   its rows: who keeps states keeps these as well.  `malformed` keeps the number of the records; where they stand is found by reading.
 * - metric_state_save appends to *b, at most max bytes.  False: it is not kept, because it is larger, was spilled, or its kind has no form
 *   for it; *b is as before then, and the part has to be read again.  The state can be merged afterwards as before.
 * - metric_state_load takes a state fresh from init.  False with ERR_FORMAT: these bytes are damaged, of another version of the format, or of
 *   another metric; the state is fresh again.  Bytes are checked by a hash of them all, and each number for itself.
 * - metric_identity: what a state is of: kind, arguments, filter and parameters, with the types of all columns in them.  States are of the same
 *   metric only if these are equal; it is part of the bytes, and the same in each process.
 */
MUST_CHECK bool metric_state_save(void *state, const struct metric *m, size_t max, struct buf *b);
MUST_CHECK bool metric_state_load(void *state, const struct metric *m, uint32_t part, struct sv bytes,
                                  struct err *err);
void metric_identity(const struct metric *m, char hex[HASH_HEX]);
/* Does its value follow from the rows of its own asset alone, and has its kind a form to be kept in? */
bool metric_is_kept(const struct metric *m);
/*
 * Saved values: what final() made over a whole set of parts, with the rows that could not be computed, exactly.
 *
 * - The parts of rows are numbers in the set: who keeps values knows by which parts in which order they came.
 * - metric_value_save appends to *b, at most max bytes.  False: it failed, tells of malformed records, or is larger (very many keys); *b is
 *   as before then.
 * - metric_value_load: `parts` of the set, all in the arena but the keys, see metric_values_fini.  False: the bytes are damaged, of another version,
 *   or of another metric; *ret is left alone.
 * - metric_value_identity: what a value is of.  More than that of a state, which is the same for any quantile.
 */
MUST_CHECK bool metric_value_save(const struct metric_value *v, const struct metric *m, size_t max,
                                  struct buf *b);
MUST_CHECK bool metric_value_load(const struct metric *m, uint32_t parts, struct sv bytes, struct arena *a,
                                  struct metric_value *ret);
void metric_value_identity(const struct metric *m, char hex[HASH_HEX]);

/* Releases the keysets and bags of n values. */
void metric_values_fini(struct metric_value *v, uint32_t n);

#endif
