/* What the families' files share: binding of columns and ranges, counting metrics, and judging of ranges. */
#ifndef WEIR_EXPECT_FAMILY_H
#define WEIR_EXPECT_FAMILY_H

#include "expect/expect.h"

/* The parameters that every member of a family has; all tables start with them. */
#define PARAM_THE_COLUMN                                                                       \
	{                                                                                      \
		.name = "column", .kind = PARAM_COLUMN, .required = true, .doc = "The column." \
	}
/* Bounds: lower and upper, each inclusive unless strict. */
#define PARAMS_RANGE(kind_, of_)                                                                           \
	{.name = "min_value", .alias = {"min"}, .kind = kind_, .doc = "The least " of_ "."},               \
		{.name = "max_value", .alias = {"max"}, .kind = kind_, .doc = "The greatest " of_ "."},    \
		{.name = "strict_min",                                                                     \
	         .kind = PARAM_BOOL,                                                                       \
	         .doc = "The lower bound itself is out of range."},                                        \
	{                                                                                                  \
		.name = "strict_max", .kind = PARAM_BOOL, .doc = "The upper bound itself is out of range." \
	}

/* Where the state of an exact answer grows with the data; the metric is `exact` or its approximate twin. */
#define PARAM_APPROX                                                                                    \
	{                                                                                               \
		.name = "approx", .kind = PARAM_BOOL,                                                   \
		.doc = "true: in little memory, with `approximate: true` and the `error_bound` in the " \
		       "result. Where the truth may lie on the other side of a bound, the check is an " \
		       "error, never a pass. Databases answer exactly all the same."                    \
	}
/* Of statistics that are estimated from a sample in one way, and computed of a population in another. */
#define PARAM_POPULATION                                                                                \
	{                                                                                               \
		.name = "population", .kind = PARAM_BOOL,                                               \
		.doc = "true: of the values as all there is; false (the default): estimated from them " \
		       "as a sample."                                                                   \
	}
const struct metric_kind *approx_kind(const struct check *c, const struct metric_kind *exact,
                                      const struct metric_kind *approximate);

/* The argument of a parameter, by Great Expectations' name.  It must be one of the expectation's. */
const struct arg *arg_of(const struct check *c, const char *name);
/* A scalar or list as a value to compare with a type: decimals exactly as written, ISO text as times. */
struct value arg_value(struct arena *a, const struct node *n, struct type t);

struct range {
	struct value low, high; /* null = open */
	bool strict_low, strict_high;
};
struct range range_of(struct arena *a, const struct check *c, struct type t);
/* Is v within?  False with *err if their kinds have no order. */
MUST_CHECK bool range_has(const struct range *r, struct value v, bool *ret, struct err *err);
/* "between 0 and 10", "at least 0", "above 0 and at most 10"; "anything" without bounds. */
void range_text(const struct check *c, struct buf *b);
/* The lower bound is not above the upper; and there is one. */
void range_validate(const struct check *c, struct diags *d);
void range_needs_bound(const struct check *c, struct diags *d);

/* NULL with ERR_EVAL and a suggestion if the table has no such column. */
const struct expr *bind_column(struct binder *b, struct sv name, struct loc at, struct err *err);
const struct expr *bind_first_column(struct binder *b, const struct check *c, struct err *err);
/* A text in the expression language; NULL with its first mistake. */
const struct expr *bind_text(struct binder *b, struct sv text, struct loc at, struct err *err);
/* All columns of the first parameter (or of the first two, for pairs) as the domain of ret. */
MUST_CHECK bool bind_domain(struct binder *b, const struct check *c, struct bound *ret, struct err *err);
/* The columns that n expressions are made of, each once, as the domain of ret. */
void bind_domain_of(struct binder *b, const struct expr *const *e, uint32_t n, struct bound *ret);
/* element, nonnull and considered of a column map. */
void bind_column_counts(struct binder *b, const struct check *c, struct bound *ret);
/* The same of pairs and tuples: by ignore_row_if. */
MUST_CHECK bool bind_tuple_counts(struct binder *b, const struct check *c, struct bound *ret,
                                  struct err *err);
/* All but the filter of a check, which ret->where is: what makes its metrics. */
MUST_CHECK bool check_bind_rows(struct binder *b, const struct check *c, struct bound *ret, struct err *err);
/* A part of a composed check: with its own filter, and the whole's (outer; NULL = none). */
MUST_CHECK bool check_bind_member(struct binder *b, const struct check *c, const struct expr *outer,
                                  struct bound *ret, struct err *err);
const struct metric *bind_rows(struct binder *b, const struct expr *where);
const struct metric *bind_count_true(struct binder *b, const struct check *c, const struct expr *cond,
                                     const struct expr *where);
/* A condition that holds in every row: true, false (unexpected) or null (missing).  at: its place, for mistakes. */
MUST_CHECK bool bind_truth(struct binder *b, const struct check *c, const struct expr *e, struct loc at,
                           struct bound *ret, struct err *err);
/* metric_duplicates of the columns of a check that has counts already, without the rows that do not count; NULL with *err. */
const struct metric *bind_duplicates(struct binder *b, const struct check *c, const struct bound *of,
                                     struct err *err);
/* A type by weir's name or another's, without digits; the check adds a mistake with a hint. */
bool type_name_find(struct sv name, enum type_kind *ret);
void type_name_check(const struct node *n, struct diags *d);
/* The names of the columns that the data has, in their order, and the same with types: [{name, type}], and nullable: false where that is known. */
struct sv *schema_present(struct arena *a, const struct schema *s, uint32_t *n);
struct value schema_value(struct arena *a, const struct schema *s);
/* One metric over the first column as observed[0]. */
MUST_CHECK bool bind_aggregate(struct binder *b, const struct check *c, const struct metric_kind *kind,
                               struct bound *ret, struct err *err);
const struct expr *expr_not_null(struct binder *b, const struct expr *e, struct err *err);
/* The length of the first column's text form, in characters; NULL with *err. */
const struct expr *bind_length(struct binder *b, const struct check *c, struct err *err);
/* Of one column: it holds numbers, or may; its values can be compared with the check's bounds. */
MUST_CHECK bool bind_numeric(struct binder *b, const struct check *c, struct err *err);
MUST_CHECK bool bind_comparable(struct binder *b, const struct check *c, struct err *err);
/* The first error of a list as an error: false, always.  For mistakes found when a text is bound. */
MUST_CHECK bool first_mistake(const struct diags *d, struct err *err);

/* The members of a list as written, of a long one the first: "[paid, open, ...]". */
void members_text(const struct node *list, struct buf *b);
/* Numbers of people: 0.03, "< 0.01". */
void percent_text(double percent, struct buf *b);
/* The buffer's text in the arena; the buffer is released. */
struct sv buf_take(struct arena *a, struct buf *b);

/* observed[0].v in the range: "mean is 17.2, expected between 0 and 10". */
void judge_range(const struct bound *b, const struct metric_value *const *observed, struct arena *a,
                 struct verdict *ret);

/*
 * The same of a number that was rounded: two programs that both compute well differ in the last digit, so a bound that was copied from such an
 * answer is met within four of the smallest steps.
 */
void judge_rounded(const struct bound *b, const struct metric_value *observed, struct arena *a,
                   struct verdict *ret);
/* One metric over a column of numbers as observed[0], with params.flag by the parameter `population`; and the column's counts. */
MUST_CHECK bool bind_spread(struct binder *b, const struct check *c, const struct metric_kind *kind,
                            struct bound *ret, struct err *err);

/* What a quantile between two values is: of numbers all, of times not linear. */
enum between { BETWEEN_NEAREST, BETWEEN_LINEAR, BETWEEN_LOWER, BETWEEN_HIGHER, BETWEEN_MIDPOINT };
struct value quantile_between(struct value low, struct value high, double at, enum between how);
/* Of one column: it holds numbers or times, or may. */
MUST_CHECK bool bind_orderly(struct binder *b, const struct check *c, struct err *err);
/* The quantiles of the first column as observed[0], and the column's counts; ratios outlive the binder. */
MUST_CHECK bool bind_ratios(struct binder *b, const struct check *c, const double *ratios, uint32_t n,
                            struct bound *ret, struct err *err);

/* Every row of the table, by file. */
extern const struct expectation expect_not_be_null, expect_be_null;
extern const struct expectation expect_be_between;
extern const struct expectation expect_be_in_set, expect_not_be_in_set;
extern const struct expectation expect_be_unique, expect_compound_unique;
extern const struct expectation expect_duplicate_count_between;
extern const struct expectation expect_match_regex, expect_not_match_regex;
extern const struct expectation expect_lengths_between, expect_lengths_equal;
extern const struct expectation expect_min_length_between, expect_max_length_between,
	expect_mean_length_between;
extern const struct expectation expect_min_between, expect_max_between, expect_mean_between,
	expect_sum_between;
extern const struct expectation expect_unique_count_between;
extern const struct expectation expect_median_between, expect_quantiles_between;
extern const struct expectation expect_stdev_between, expect_variance_between, expect_z_scores_less,
	expect_not_outliers;
extern const struct expectation expect_usual, expect_change_between, expect_drift_less, expect_within_past;
extern const struct expectation expect_skewness_between, expect_kurtosis_between;
extern const struct expectation expect_correlation_between, expect_entropy_between,
	expect_mutual_information_between;
extern const struct expectation expect_percentile_between, expect_iqr_between, expect_range_between;
extern const struct expectation expect_unique_proportion_between, expect_non_null_proportion_between,
	expect_once_proportion_between;
extern const struct expectation expect_distinct_in_set, expect_distinct_contain_set,
	expect_distinct_equal_set, expect_most_common_in_set;
extern const struct expectation expect_row_count_between, expect_row_count_equal, expect_not_empty,
	expect_well_formed;
extern const struct expectation expect_columns_ordered, expect_columns_set, expect_column_exists;
extern const struct expectation expect_pair_greater, expect_pair_equal, expect_pair_in_set;
extern const struct expectation expect_unique_within_record, expect_equal_within_record,
	expect_multicolumn_sum;
extern const struct expectation expect_match_regex_list, expect_not_match_regex_list;
extern const struct expectation expect_match_like, expect_not_match_like, expect_match_like_list,
	expect_not_match_like_list;
extern const struct expectation expect_increasing, expect_decreasing, expect_exclusive_ranges;
extern const struct expectation expect_consistent_case, expect_same_rows;
extern const struct expectation expect_unexpected_rows, expect_row_count_other, expect_row_count_fewer,
	expect_column_type;
extern const struct expectation expect_column_count_between, expect_column_count_equal;
extern const struct expectation expect_expr;
extern const struct expectation expect_relationships;
extern const struct expectation expect_unsupported;
extern const struct expectation expect_kl_divergence;
extern const struct expectation expect_match_strftime, expect_dateutil, expect_json, expect_match_json_schema;
extern const struct expectation expect_match_format, expect_not_be_missing;
extern const struct expectation expect_no_gaps, expect_no_time_gaps, expect_max_recent;
extern const struct expectation expect_all_of, expect_any_of, expect_none_of;
extern const struct expectation expect_query_value, expect_query_match, expect_schema, expect_schema_change;
extern const struct expectation expect_fits_type, expect_of_type, expect_in_type_list;

#endif
