/* How far values spread: the standard deviation, and the values that lie far out by its measure. */
#include <math.h>

#include "expect/family.h"

static const struct param params_stdev[] = {
	PARAM_THE_COLUMN,
	PARAMS_RANGE(PARAM_REAL, "number"),
	PARAM_POPULATION,
};

static const struct param params_z[] = {
	PARAM_THE_COLUMN,
	{.name = "threshold",
         .kind = PARAM_REAL,
         .required = true,
         .doc = "The z-score that a value must stay below."},
	{.name = "double_sided",
         .kind = PARAM_BOOL,
         .required = true,
         .doc = "true: values far below the mean count as well."},
};

bool
bind_spread(struct binder *b, const struct check *c, const struct metric_kind *kind, struct bound *ret,
            struct err *err)
{
	if (!bind_numeric(b, c, err) || !bind_domain(b, c, ret, err))
		return false;
	ret->observed[0] = metric_get(b->m, kind, ret->domain, 1, ret->where,
	                              (struct metric_params){.flag = arg_of(c, "population")->flag});
	ret->nobserved = 1;
	bind_column_counts(b, c, ret);
	return true;
}

static bool
bind_stdev(struct binder *b, const struct check *c, struct bound *ret, struct err *err)
{
	return bind_spread(b, c, &metric_stdev, ret, err);
}

static bool
bind_variance(struct binder *b, const struct check *c, struct bound *ret, struct err *err)
{
	return bind_spread(b, c, &metric_variance, ret, err);
}

static double
snap(double v, const struct arg *bound)
{
	double step = nextafter(fabs(v), INFINITY) - fabs(v);

	return bound->given && fabs(v - bound->real) <= 4 * step ? bound->real : v;
}

void
judge_rounded(const struct bound *b, const struct metric_value *observed, struct arena *a,
              struct verdict *ret)
{
	struct metric_value near = *observed;
	const struct metric_value *one[] = {&near};

	if (near.v.kind == VALUE_REAL) {
		near.v.r = snap(near.v.r, arg_of(b->check, "min_value"));
		near.v.r = snap(near.v.r, arg_of(b->check, "max_value"));
	}
	judge_range(b, one, a, ret);
	ret->observed = observed->v;
}

static void
judge_spread(const struct bound *b, const struct metric_value *const *observed, struct arena *a,
             struct verdict *ret)
{
	if (observed[0]->v.kind != VALUE_NULL || observed[0]->count != 1) {
		judge_rounded(b, observed[0], a, ret);
		return;
	}
	ret->has_observed = true;
	ret->message = arena_svf(a, "%s does not exist: there is only one value",
	                         b->check->expectation->noun);
}

/* (x - mean) / stdev, over the rows that count: null where there is no deviation to measure with. */
static const struct expr *
z_score(struct binder *b, const struct expr *x, const struct expr *where, struct err *err)
{
	static const struct type number = {.kind = TYPE_NUMBER};
	struct metric_params none = {0};
	const struct metric *mean = metric_get(b->m, &metric_mean, &x, 1, where, none),
			    *stdev = metric_get(b->m, &metric_stdev, &x, 1, where, none);

	return expr_call2(b->x, OP_DIV, expr_call2(b->x, OP_SUB, x, expr_metric(b->x, mean, number), err),
	                  expr_metric(b->x, stdev, number), err);
}

/*
 * Where there is no z-score, since all values are equal or there is only one, nothing lies far out: so Great Expectations has it since
 * 1.24 (before, every value of a constant column was unexpected).  But for infinite values, which leave no deviation to measure by.
 */
static bool
bind_z_scores(struct binder *b, const struct check *c, struct bound *ret, struct err *err)
{
	const struct expr *x, *z, *finite, *below, *cond;
	double threshold = arg_of(c, "threshold")->real;

	if (!bind_numeric(b, c, err) || !bind_domain(b, c, ret, err))
		return false;
	bind_column_counts(b, c, ret);
	x = ret->domain[0];
	finite = expr_call2(b->x, OP_LT, expr_call1(b->x, OP_ABS, x, err),
	                    expr_literal(b->x, value_real(INFINITY)), err);
	z = z_score(b, x, ret->where, err);
	if (arg_of(c, "double_sided")->flag) {
		z = expr_call1(b->x, OP_ABS, z, err);
		threshold = fabs(threshold);
	}
	below = expr_call2(b->x, OP_COALESCE,
	                   expr_call2(b->x, OP_LT, z, expr_literal(b->x, value_real(threshold)), err), finite,
	                   err);
	cond = expr_call2(b->x, OP_AND, ret->considered, expr_call1(b->x, OP_NOT, below, err), err);
	if (cond == NULL)
		return false;
	ret->unexpected = bind_count_true(b, c, cond, ret->where);
	return true;
}

static void
lie_far_out(const struct check *c, struct buf *b)
{
	buf_printf(b, "have %s of " SV_FMT " or more",
	           arg_of(c, "double_sided")->flag ? "an absolute z-score" : "a z-score",
	           SV_ARG(arg_of(c, "threshold")->node->text));
}

const struct expectation expect_stdev_between = {
	.name = "expect_column_stdev_to_be_between",
	.shorthand = "stdev",
	.alias = {"stdev_between", "stddev"},
	.noun = "the standard deviation",
	.summary = "The sample standard deviation of the column lies in a range.",
	.doc = "Of the sample (n - 1), or with `population: true` of all there is (n), from exact sums, so it does not depend on the order of rows. Fails "
	       "when there are fewer than two values. A bound is met within the last digit of a double.",
	.example = "stdev: {column: amount, max: 25}",
	.peers = {.gx = "`expect_column_stdev_to_be_between`",
                  .dbt = "`dbt_expectations.expect_column_stdev_to_be_between`",
                  .soda = "`stddev_samp(c)`",
                  .deequ = "`hasStandardDeviation` (of the population)"},
	.family = FAMILY_AGGREGATE,
	.limits = {.known = true, .most = INFINITY},
	.params = params_stdev,
	.nparams = LEN(params_stdev),
	.validate = range_validate,
	.bind = bind_stdev,
	.judge = judge_spread,
};

const struct expectation expect_z_scores_less = {
	.name = "expect_column_value_z_scores_to_be_less_than",
	.shorthand = "z_scores",
	.alias = {"z_score"},
	.summary = "No value lies many standard deviations away from the mean.",
	.doc = "The z-score of a value is (value - mean) / standard deviation, both of this column and the "
	       "rows that count. Where the deviation is 0 or does not exist, every value is unexpected. "
	       "Takes two passes over the data.",
	.example = "z_scores: {column: amount, threshold: 4, double_sided: true}",
	.peers = {.gx = "`expect_column_value_z_scores_to_be_less_than`",
                  .dbt = "`dbt_expectations.expect_column_values_to_be_within_n_stdevs`"},
	.family = FAMILY_COLUMN_MAP,
	.broken = lie_far_out,
	.params = params_z,
	.nparams = LEN(params_z),
	.bind = bind_z_scores,
};

const struct expectation expect_variance_between = {
	.name = "expect_column_variance_to_be_between",
	.shorthand = "variance",
	.alias = {"variance_between", "var"},
	.noun = "the variance",
	.summary = "The sample variance of the column lies in a range.",
	.doc = "The square of the standard deviation: of the sample (n - 1), or with `population: true` of all "
	       "there is (n), from exact sums. Fails when there are fewer than two values (population: none). A "
	       "bound is met within the last digit of a double.",
	.example = "variance: {column: amount, max: 90000}",
	.peers = {.soda = "`var_samp(c)`", .deequ = "`hasVariance` (of the population)"},
	.family = FAMILY_AGGREGATE,
	.limits = {.known = true, .most = INFINITY},
	.params = params_stdev,
	.nparams = LEN(params_stdev),
	.validate = range_validate,
	.bind = bind_variance,
	.judge = judge_spread,
};
