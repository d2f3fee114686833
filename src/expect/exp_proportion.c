/* Shares of a column: of distinct values, of values that are there. */
#include "expect/family.h"

static const struct param params[] = {
	PARAM_THE_COLUMN,
	PARAMS_RANGE(PARAM_REAL, "share, from 0 to 1"),
};

static const struct param params_unique[] = {
	PARAM_THE_COLUMN,
	PARAMS_RANGE(PARAM_REAL, "share, from 0 to 1"),
	PARAM_APPROX,
};

static bool
bind_unique(struct binder *b, const struct check *c, struct bound *ret, struct err *err)
{
	if (!bind_aggregate(b, c, approx_kind(c, &metric_distinct, &metric_distinct_approx), ret, err))
		return false;
	bind_column_counts(b, c, ret);
	ret->observed[1] = ret->nonnull;
	ret->nobserved = 2;
	return true;
}

/* Of values that occur once, all rows are one value. */
static bool
bind_once(struct binder *b, const struct check *c, struct bound *ret, struct err *err)
{
	if (!bind_aggregate(b, c, &metric_distinct, ret, err))
		return false;
	bind_column_counts(b, c, ret);
	ret->observed[1] = ret->nonnull;
	ret->observed[2] = metric_get(b->m, &metric_duplicates, ret->domain, 1, ret->where,
	                              (struct metric_params){0});
	ret->nobserved = 3;
	return true;
}

static void
judge_once(const struct bound *b, const struct metric_value *const *observed, struct arena *a,
           struct verdict *ret)
{
	const int64_t distinct = observed[0]->count, once = observed[1]->count - observed[2]->count;
	struct metric_value share = *observed[0];
	const struct metric_value *one[] = {&share};

	if (distinct == 0) {
		ret->has_observed = true;
		ret->message = SV("there is no value, so no share of them");
		return;
	}
	share.v = value_real((double)once / (double)distinct);
	judge_range(b, one, a, ret);
}

static bool
bind_non_null(struct binder *b, const struct check *c, struct bound *ret, struct err *err)
{
	if (!bind_aggregate(b, c, &metric_count_valid, ret, err))
		return false;
	bind_column_counts(b, c, ret);
	ret->observed[1] = ret->element;
	ret->nobserved = 2;
	return true;
}

/* Of nothing it is 0, as in Great Expectations. */
static void
judge_share(const struct bound *b, const struct metric_value *const *observed, struct arena *a,
            struct verdict *ret)
{
	struct metric_value share = *observed[0];
	const struct metric_value *one[] = {&share};
	/* An approximate part may seem to be more than the whole. */
	int64_t whole = observed[1]->count, part = MIN(observed[0]->count, whole);

	share.v = value_real(whole > 0 ? (double)part / (double)whole : 0);
	judge_range(b, one, a, ret);
}

const struct expectation expect_unique_proportion_between = {
	.name = "expect_column_proportion_of_unique_values_to_be_between",
	.shorthand = "unique_proportion",
	.alias = {"proportion_of_unique_values"},
	.noun = "the share of distinct values",
	.summary = "The number of distinct values, divided by that of all values, lies in a range.",
	.doc = "Nulls do not count. Where there are no values, the share is 0.",
	.example = "unique_proportion: {column: email, min: 0.95}",
	.peers = {.gx = "`expect_column_proportion_of_unique_values_to_be_between`",
                  .dbt = "`dbt_expectations.expect_column_proportion_of_unique_values_to_be_between`",
                  .deequ = "`hasDistinctness`"},
	.family = FAMILY_AGGREGATE,
	.limits = {.known = true, .most = 1, .sure = true},
	.params = params_unique,
	.nparams = LEN(params_unique),
	.validate = range_validate,
	.bind = bind_unique,
	.judge = judge_share,
};

const struct expectation expect_non_null_proportion_between = {
	.name = "expect_column_proportion_of_non_null_values_to_be_between",
	.shorthand = "non_null_proportion",
	.alias = {"proportion_of_non_null_values", "not_null_proportion"},
	.noun = "the share of values that are not null",
	.summary = "The share of rows with a value lies in a range.",
	.doc = "Where there are no rows, the share is 0.",
	.example = "non_null_proportion: {column: coupon, min: 0.05, max: 0.4}",
	.peers = {.gx = "`expect_column_proportion_of_non_null_values_to_be_between`",
                  .dbt = "`dbt_utils.not_null_proportion`",
                  .soda = "`missing_percent(c)`",
                  .deequ = "`hasCompleteness`",
                  .odcs = "`nullValues` with `unit: percent`"},
	.on_nothing = "Null is what it counts. Without rows there is no proportion, and it is met by none.",
	.family = FAMILY_AGGREGATE,
	.limits = {.known = true, .most = 1, .sure = true},
	.params = params,
	.nparams = LEN(params),
	.validate = range_validate,
	.bind = bind_non_null,
	.judge = judge_share,
};

const struct expectation expect_once_proportion_between = {
	.name = "expect_column_proportion_of_values_once_to_be_between",
	.shorthand = "once_proportion",
	.alias = {"unique_value_ratio"},
	.noun = "the share of values that occur once",
	.summary = "Of the distinct values, the share that occurs in one row only lies in a range.",
	.doc = "Nulls do not count. Fails when there is no value.",
	.example = "once_proportion: {column: email, min: 0.9}",
	.peers = {.deequ = "`hasUniqueValueRatio`, DQDL `UniqueValueRatio`"},
	.family = FAMILY_AGGREGATE,
	.limits = {.known = true, .most = 1},
	.params = params,
	.nparams = LEN(params),
	.validate = range_validate,
	.bind = bind_once,
	.judge = judge_once,
};
