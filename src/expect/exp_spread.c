/* How far values spread: the standard deviation, and the values that lie far out by its measure. */
#include <math.h>

#include "expect/family.h"

static const struct param params_stdev[] = {
	PARAM_THE_COLUMN,
	PARAMS_RANGE(PARAM_REAL, "number"),
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

static bool
bind_stdev(struct binder *b, const struct check *c, struct bound *ret, struct err *err)
{
	if (!bind_numeric(b, c, err) || !bind_aggregate(b, c, &metric_stdev, ret, err))
		return false;
	bind_column_counts(b, c, ret);
	return true;
}

/*
 * A root is not a whole number of doubles: two programs that both compute well differ in the last digit.  A bound that was copied
 * from such an answer is met within four of the smallest steps.
 */
static double
snap(double v, const struct arg *bound)
{
	double step = nextafter(fabs(v), INFINITY) - fabs(v);

	return bound->given && fabs(v - bound->real) <= 4 * step ? bound->real : v;
}

static void
judge_stdev(const struct bound *b, const struct metric_value *const *observed, struct arena *a,
            struct verdict *ret)
{
	struct metric_value stdev = *observed[0];
	const struct metric_value *one[] = {&stdev};

	if (stdev.v.kind == VALUE_NULL && stdev.count == 1) {
		ret->has_observed = true;
		ret->message = SV("the standard deviation does not exist: there is only one value");
		return;
	}
	if (stdev.v.kind == VALUE_REAL) {
		stdev.v.r = snap(stdev.v.r, arg_of(b->check, "min_value"));
		stdev.v.r = snap(stdev.v.r, arg_of(b->check, "max_value"));
	}
	judge_range(b, one, a, ret);
	ret->observed = observed[0]->v;
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

/* A value without a z-score is not below the threshold: in a constant column every value is unexpected, as in Great Expectations. */
static bool
bind_z_scores(struct binder *b, const struct check *c, struct bound *ret, struct err *err)
{
	const struct expr *z, *below, *cond;
	double threshold = arg_of(c, "threshold")->real;

	if (!bind_numeric(b, c, err) || !bind_domain(b, c, ret, err))
		return false;
	bind_column_counts(b, c, ret);
	z = z_score(b, ret->domain[0], ret->where, err);
	if (arg_of(c, "double_sided")->flag) {
		z = expr_call1(b->x, OP_ABS, z, err);
		threshold = fabs(threshold);
	}
	below = expr_call2(b->x, OP_COALESCE,
	                   expr_call2(b->x, OP_LT, z, expr_literal(b->x, value_real(threshold)), err),
	                   expr_literal(b->x, value_bool(false)), err);
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
	.doc = "Of the sample (n - 1), from exact sums, so it does not depend on the order of rows. Fails "
	       "when there are fewer than two values. A bound is met within the last digit of a double.",
	.example = "stdev: {column: amount, max: 25}",
	.family = FAMILY_AGGREGATE,
	.params = params_stdev,
	.nparams = LEN(params_stdev),
	.validate = range_validate,
	.bind = bind_stdev,
	.judge = judge_stdev,
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
	.family = FAMILY_COLUMN_MAP,
	.broken = lie_far_out,
	.params = params_z,
	.nparams = LEN(params_z),
	.bind = bind_z_scores,
};
