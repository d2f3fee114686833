/* The shape of a distribution: how lopsided it is, and how heavy its tails. */
#include "expect/family.h"

static const struct param params[] = {
	PARAM_THE_COLUMN,
	PARAMS_RANGE(PARAM_REAL, "number"),
	PARAM_POPULATION,
};

static bool
bind(struct binder *b, const struct check *c, struct bound *ret, struct err *err)
{
	return bind_spread(b, c, &metric_moments, ret, err);
}

/* needs: how many values of a sample there must be. */
static void
judge_moment(const struct bound *b, const struct metric_value *moments, uint32_t which, int64_t needs,
             struct arena *a, struct verdict *ret)
{
	struct metric_value one = {.count = moments->count, .v = moments->list[which]};
	const char *noun = b->check->expectation->noun;

	if (one.v.kind != VALUE_NULL || one.count == 0) {
		judge_rounded(b, &one, a, ret);
		return;
	}
	ret->has_observed = true;
	if (one.count < (arg_of(b->check, "population")->flag ? 2 : needs))
		ret->message = arena_svf(a, "%s does not exist: there %s only %jd value%s", noun,
		                         one.count == 1 ? "is" : "are", (intmax_t)one.count,
		                         one.count == 1 ? "" : "s");
	else
		ret->message = arena_svf(
			a, "%s does not exist: all values are equal, or one is no finite number", noun);
}

static void
judge_skewness(const struct bound *b, const struct metric_value *const *observed, struct arena *a,
               struct verdict *ret)
{
	judge_moment(b, observed[0], 0, 3, a, ret);
}

static void
judge_kurtosis(const struct bound *b, const struct metric_value *const *observed, struct arena *a,
               struct verdict *ret)
{
	judge_moment(b, observed[0], 1, 4, a, ret);
}

const struct expectation expect_skewness_between = {
	.name = "expect_column_skewness_to_be_between",
	.shorthand = "skewness",
	.alias = {"skewness_between", "skew"},
	.noun = "the skewness",
	.summary =
		"The skewness of the column lies in a range: 0 is symmetric, above it the right tail is longer.",
	.doc = "Adjusted for the sample as in pandas and Excel (G1); with `population: true` that of Deequ and "
	       "Spark (g1 = m3 / m2^1.5). From exact sums. Fails when all values are equal, or there are fewer "
	       "than three (population: two).",
	.example = "skewness: {column: amount, min: -1, max: 1}",
	.peers = {.deequ = "`hasSkewness`"},
	.family = FAMILY_AGGREGATE,
	.params = params,
	.nparams = LEN(params),
	.validate = range_validate,
	.bind = bind,
	.judge = judge_skewness,
};

const struct expectation expect_kurtosis_between = {
	.name = "expect_column_kurtosis_to_be_between",
	.shorthand = "kurtosis",
	.alias = {"kurtosis_between", "kurt"},
	.noun = "the kurtosis",
	.summary = "The excess kurtosis of the column lies in a range: 0 is normal, above it the tails are "
		   "heavier.",
	.doc = "Adjusted for the sample as in pandas and Excel (G2); with `population: true` that of Deequ and "
	       "Spark (g2 = m4 / m2^2 - 3). From exact sums. Fails when all values are equal, or there are "
	       "fewer than four (population: two).",
	.example = "kurtosis: {column: amount, max: 3}",
	.peers = {.deequ = "`hasKurtosis`"},
	.family = FAMILY_AGGREGATE,
	.params = params,
	.nparams = LEN(params),
	.validate = range_validate,
	.bind = bind,
	.judge = judge_kurtosis,
};
