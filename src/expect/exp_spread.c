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

static const char *const outlier_methods[] = {"iqr", "std", NULL};

static const struct param params_outliers[] = {
	PARAM_THE_COLUMN,
	{.name = "method",
         .kind = PARAM_ENUM,
         .names = outlier_methods,
         .doc = "iqr: from the quartiles, times the range between them; std: from the mean, times the standard "
                "deviation."},
	{.name = "multiplier",
         .kind = PARAM_REAL,
         .dflt = 1.5,
         .min = 0,
         .max = INFINITY,
         .bounded = true,
         .doc = "How many of these a value may be away; 1.5 if it is not said."},
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

static const struct expr *
times(struct binder *b, double factor, const struct expr *x, struct err *err)
{
	return expr_call2(b->x, OP_MUL, expr_literal(b->x, value_real(factor)), x, err);
}

static const struct expr *
quartile(struct binder *b, const struct expr *x, const struct expr *where, const double *ratio)
{
	static const struct type number = {.kind = TYPE_NUMBER};
	const struct metric_params p = {.ratios = ratio, .nratio = 1, .flag = true};

	return expr_metric(b->x, metric_get(b->m, &metric_quantiles, &x, 1, where, p), number);
}

/* Tukey's fences (Exploratory Data Analysis, 1977): a value on a fence is within. */
static const struct expr *
within_fences(struct binder *b, const struct expr *x, const struct expr *where, double multiplier,
              struct err *err)
{
	static const double first[] = {0.25}, third[] = {0.75};
	const struct expr *low = quartile(b, x, where, first), *high = quartile(b, x, where, third);
	const struct expr *reach = times(b, multiplier, expr_call2(b->x, OP_SUB, high, low, err), err);

	/* Fences are doubles: beyond 2^53 an integer would lie outside of itself. */
	x = times(b, 1, x, err);
	return expr_call2(b->x, OP_AND,
	                  expr_call2(b->x, OP_GE, x, expr_call2(b->x, OP_SUB, low, reach, err), err),
	                  expr_call2(b->x, OP_LE, x, expr_call2(b->x, OP_ADD, high, reach, err), err), err);
}

/* A value exactly so far away is out, but for the mean itself. */
static const struct expr *
near_mean(struct binder *b, const struct expr *x, const struct expr *where, double multiplier,
          struct err *err)
{
	static const struct type number = {.kind = TYPE_NUMBER};
	struct metric_params none = {0};
	const struct expr *mean = expr_metric(b->x, metric_get(b->m, &metric_mean, &x, 1, where, none),
	                                      number),
			  *stdev = expr_metric(b->x, metric_get(b->m, &metric_stdev, &x, 1, where, none),
	                                       number);
	const struct expr *far = expr_call1(b->x, OP_ABS, expr_call2(b->x, OP_SUB, x, mean, err), err);
	const struct expr *reach = times(b, multiplier, stdev, err);
	const struct expr *zero = expr_literal(b->x, value_real(0));

	return expr_call2(b->x, OP_OR, expr_call2(b->x, OP_LT, far, reach, err),
	                  expr_call2(b->x, OP_AND, expr_call2(b->x, OP_LE, reach, zero, err),
	                             expr_call2(b->x, OP_EQ, far, zero, err), err),
	                  err);
}

/* Where there is nothing to measure by, only what is infinite is out: as with z-scores. */
static bool
bind_outliers(struct binder *b, const struct check *c, struct bound *ret, struct err *err)
{
	const double multiplier = arg_of(c, "multiplier")->real;
	const struct expr *within, *finite, *x, *cond;

	if (!bind_numeric(b, c, err) || !bind_domain(b, c, ret, err))
		return false;
	bind_column_counts(b, c, ret);
	x = ret->domain[0];
	within = arg_of(c, "method")->choice == 0 ? within_fences(b, x, ret->where, multiplier, err)
	                                          : near_mean(b, x, ret->where, multiplier, err);
	finite = expr_call2(b->x, OP_LT, expr_call1(b->x, OP_ABS, x, err),
	                    expr_literal(b->x, value_real(INFINITY)), err);
	within = expr_call2(b->x, OP_COALESCE, within, finite, err);
	cond = expr_call2(b->x, OP_AND, ret->considered, expr_call1(b->x, OP_NOT, within, err), err);
	if (cond == NULL)
		return false;
	ret->unexpected = bind_count_true(b, c, cond, ret->where);
	return true;
}

static void
are_outliers(const struct check *c, struct buf *b)
{
	const double multiplier = arg_of(c, "multiplier")->real;

	if (arg_of(c, "method")->choice == 0)
		buf_printf(b, "lie more than %g times the range between the quartiles away from them",
		           multiplier);
	else
		buf_printf(b, "lie %g standard deviations or more from the mean", multiplier);
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
	       "rows that count. Where the deviation is 0 or does not exist, only infinite values are unexpected. "
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

const struct expectation expect_not_outliers = {
	.name = "expect_column_values_to_not_be_outliers",
	.shorthand = "no_outliers",
	.alias = {"outliers", "not_outliers"},
	.summary = "No value lies far from the others.",
	.doc = "`iqr`: from the first quartile less the multiplier times the range between the quartiles to the "
	       "third and as much; a value on the edge is none (Tukey's fences; quartiles between two values are "
	       "interpolated). `std`: less than the multiplier times the sample's standard deviation away from the "
	       "mean. Where there is nothing to measure by, only infinite values are outliers. Takes two passes over "
	       "the data.",
	.example = "no_outliers: {column: amount, method: iqr, multiplier: 3}",
	.peers = {.gx = "`expect_column_values_to_not_be_outliers`"},
	.family = FAMILY_COLUMN_MAP,
	.broken = are_outliers,
	.params = params_outliers,
	.nparams = LEN(params_outliers),
	.bind = bind_outliers,
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
