/* Single numbers from the order of values: a percentile, the range, and the range of the middle half. */
#include <math.h>

#include "expect/family.h"

/* In the order of enum between. */
static const char *const hows[] = {"nearest", "linear", "lower", "higher", "midpoint", NULL};

#define PARAM_INTERPOLATION                                                                            \
	{                                                                                              \
		.name = "interpolation", .kind = PARAM_TEXT,                                           \
		.doc = "What it is between two values: linear (the default), nearest, lower, higher, " \
		       "midpoint. Of times nearest is the default, and there is no linear."            \
	}

static const struct param params_percentile[] = {
	PARAM_THE_COLUMN,
	{.name = "q",
         .alias = {"quantile"},
         .kind = PARAM_REAL,
         .required = true,
         .bounded = true,
         .max = 1,
         .unit = "ratio",
         .doc = "Which: 0.95 is the value that 95 % of all do not exceed."},
	PARAMS_RANGE(PARAM_VALUE, "value"),
	PARAM_INTERPOLATION,
	PARAM_APPROX,
};

static const struct param params_iqr[] = {
	PARAM_THE_COLUMN,
	PARAMS_RANGE(PARAM_REAL, "number"),
	PARAM_INTERPOLATION,
	PARAM_APPROX,
};

static const struct param params_range[] = {
	PARAM_THE_COLUMN,
	PARAMS_RANGE(PARAM_REAL, "number"),
};

static enum between
how_of(const struct check *c, struct type t)
{
	const struct arg *how = arg_of(c, "interpolation");

	for (int i = 0; how->given && hows[i] != NULL; i++)
		if (sv_is(how->text, hows[i]))
			return (enum between)i;
	return type_is_temporal(t) ? BETWEEN_NEAREST : BETWEEN_LINEAR;
}

static void
validate(const struct check *c, struct diags *d)
{
	const struct arg *how = arg_of(c, "interpolation");
	size_t i = 0;

	range_validate(c, d);
	if (!how->given)
		return;
	while (hows[i] != NULL && !sv_is(how->text, hows[i]))
		i++;
	if (hows[i] != NULL)
		return;
	diag_error(d, how->loc, "'interpolation' cannot be '" SV_FMT "'", SV_ARG(how->text));
	diag_suggest(d, how->text, hows, LEN(hows) - 1);
}

static bool
bind_percentile(struct binder *b, const struct check *c, struct bound *ret, struct err *err)
{
	double *ratio = ARENA_NEW(b->a, double);

	*ratio = arg_of(c, "q")->real;
	if (!bind_orderly(b, c, err) || !bind_comparable(b, c, err) || !bind_ratios(b, c, ratio, 1, ret, err))
		return false;
	if (type_is_temporal(ret->domain[0]->type) && how_of(c, ret->domain[0]->type) == BETWEEN_LINEAR)
		return err_set(err, ERR_ARG, arg_of(c, "interpolation")->loc,
		               "'linear' needs numbers, and column '" SV_FMT "' holds times",
		               SV_ARG(ret->domain[0]->column->name));
	return true;
}

static struct value
quantile(const struct bound *b, const struct metric_value *m, uint32_t i, double q)
{
	return quantile_between(m->list[2 * i], m->list[2 * i + 1], q * (double)(m->count - 1),
	                        how_of(b->check, b->domain[0]->type));
}

static void
judge_percentile(const struct bound *b, const struct metric_value *const *observed, struct arena *a,
                 struct verdict *ret)
{
	struct metric_value v = *observed[0];
	const struct metric_value *one[] = {&v};

	if (v.nlist == 2)
		v.v = quantile(b, observed[0], 0, arg_of(b->check, "q")->real);
	judge_range(b, one, a, ret);
}

static const double quarters[] = {0.25, 0.75};

static bool
bind_iqr(struct binder *b, const struct check *c, struct bound *ret, struct err *err)
{
	return bind_numeric(b, c, err) && bind_ratios(b, c, quarters, LEN(quarters), ret, err);
}

static bool
decimal_of(struct value v, struct decimal *ret)
{
	*ret = v.kind == VALUE_DECIMAL ? v.d : (struct decimal){.coeff = v.kind == VALUE_BOOL ? v.b : v.i};
	return v.kind == VALUE_DECIMAL || v.kind == VALUE_INT || v.kind == VALUE_BOOL;
}

/* high - low: of whole numbers and decimals exactly. */
static struct value
difference(struct value high, struct value low)
{
	struct decimal x, y;

	if (!decimal_of(high, &x) || !decimal_of(low, &y))
		return value_real(value_to_f64(high) - value_to_f64(low));
	y.coeff = -y.coeff;
	if (!decimal_add(x, y, &x))
		return value_real(value_to_f64(high) - value_to_f64(low));
	if (x.scale == 0 && x.coeff <= INT64_MAX)
		return value_int((int64_t)x.coeff);
	return (struct value){.kind = VALUE_DECIMAL, .d = x};
}

static void
judge_iqr(const struct bound *b, const struct metric_value *const *observed, struct arena *a,
          struct verdict *ret)
{
	struct metric_value v = *observed[0];
	const struct metric_value *one[] = {&v};

	if (v.nlist == 4)
		v.v = difference(quantile(b, &v, 1, 0.75), quantile(b, &v, 0, 0.25));
	judge_range(b, one, a, ret);
}

static bool
bind_range(struct binder *b, const struct check *c, struct bound *ret, struct err *err)
{
	if (!bind_numeric(b, c, err) || !bind_aggregate(b, c, &metric_max, ret, err))
		return false;
	ret->observed[1] = metric_get(b->m, &metric_min, ret->domain, 1, ret->where,
	                              (struct metric_params){0});
	ret->nobserved = 2;
	return true;
}

static void
judge_extent(const struct bound *b, const struct metric_value *const *observed, struct arena *a,
             struct verdict *ret)
{
	struct metric_value v = *observed[0];
	const struct metric_value *one[] = {&v};

	if (value_is_numeric(v.v) && value_is_numeric(observed[1]->v)) {
		v.v = difference(v.v, observed[1]->v);
	} else if (v.v.kind != VALUE_NULL) {
		err_set(&ret->err, ERR_EVAL, NOWHERE, "there are values that are not numbers");
		return;
	}
	judge_range(b, one, a, ret);
}

const struct expectation expect_percentile_between = {
	.name = "expect_column_percentile_to_be_between",
	.shorthand = "percentile",
	.alias = {"percentile_between", "quantile"},
	.noun = "the percentile",
	.summary = "A percentile of the column lies in a range.",
	.doc = "Of n values in order, numbered from 0, it stands at q (n - 1), between two values as "
	       "`interpolation` says: numpy's rule. Of times, too. Fails when there is no value.",
	.example = "percentile: {column: amount, q: 0.95, max: 900}",
	.peers = {.soda = "`percentile(c, q)`", .deequ = "`hasExactQuantile`"},
	.family = FAMILY_AGGREGATE,
	.limits = {.place = PLACE_AMONG},
	.params = params_percentile,
	.nparams = LEN(params_percentile),
	.validate = validate,
	.bind = bind_percentile,
	.judge = judge_percentile,
};

const struct expectation expect_iqr_between = {
	.name = "expect_column_interquartile_range_to_be_between",
	.shorthand = "iqr",
	.alias = {"interquartile_range"},
	.noun = "the interquartile range",
	.summary = "The third quartile less the first one lies in a range.",
	.doc = "The quartiles are percentiles. Fails when there is no value.",
	.example = "iqr: {column: amount, max: 500}",
	.peers = {.deequ = "`hasInterquartileRange`"},
	.family = FAMILY_AGGREGATE,
	.limits = {.known = true, .most = INFINITY},
	.params = params_iqr,
	.nparams = LEN(params_iqr),
	.validate = validate,
	.bind = bind_iqr,
	.judge = judge_iqr,
};

const struct expectation expect_range_between = {
	.name = "expect_column_range_to_be_between",
	.shorthand = "range",
	.alias = {"range_between"},
	.noun = "the range",
	.summary = "The greatest value of the column less the least one lies in a range.",
	.doc = "Exact for whole numbers and decimals. Fails when there is no value.",
	.example = "range: {column: amount, max: 100000}",
	.peers = {.deequ = "`hasRange`"},
	.family = FAMILY_AGGREGATE,
	.limits = {.known = true, .most = INFINITY},
	.params = params_range,
	.nparams = LEN(params_range),
	.validate = range_validate,
	.bind = bind_range,
	.judge = judge_extent,
};
