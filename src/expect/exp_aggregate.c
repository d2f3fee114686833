/* Numbers of one column, in a range. */
#include <math.h>

#include "expect/family.h"

static const struct param params_value[] = {
	PARAM_THE_COLUMN,
	PARAMS_RANGE(PARAM_VALUE, "value"),
};

static const struct param params_number[] = {
	PARAM_THE_COLUMN,
	PARAMS_RANGE(PARAM_REAL, "number"),
};

static const struct param params_sum[] = {
	PARAM_THE_COLUMN,
	PARAMS_RANGE(PARAM_REAL, "number"),
	{.name = "needs_values",
         .kind = PARAM_BOOL,
         .doc = "true: without values there is no sum, and the check fails; false (the default): it is 0."},
};

static const struct param params_distinct[] = {
	PARAM_THE_COLUMN,
	PARAMS_RANGE(PARAM_REAL, "number"),
	PARAM_APPROX,
	{.name = "with_null",
         .kind = PARAM_BOOL,
         .doc = "true: null is one of the values, where there is any; not with `approx`."},
};

bool
bind_comparable(struct binder *b, const struct check *c, struct err *err)
{
	const struct expr *col = bind_first_column(b, c, err);

	if (col == NULL)
		return false;
	struct range r = range_of(b->a, c, col->type);
	if (r.low.kind == VALUE_NULL && r.high.kind == VALUE_NULL)
		return true;
	return expr_outside(b->x, col, r.low.kind != VALUE_NULL ? &r.low : NULL, false,
	                    r.high.kind != VALUE_NULL ? &r.high : NULL, false, err) != NULL;
}

static bool
bind_min(struct binder *b, const struct check *c, struct bound *ret, struct err *err)
{
	return bind_comparable(b, c, err) && bind_aggregate(b, c, &metric_min, ret, err);
}

static bool
bind_max(struct binder *b, const struct check *c, struct bound *ret, struct err *err)
{
	return bind_comparable(b, c, err) && bind_aggregate(b, c, &metric_max, ret, err);
}

bool
bind_numeric(struct binder *b, const struct check *c, struct err *err)
{
	const struct expr *col = bind_first_column(b, c, err);
	char type[TYPE_TEXT_MAX];

	if (col == NULL)
		return false;
	if (type_is_numeric(col->type) || col->type.kind == TYPE_ANY || col->type.kind == TYPE_NULL ||
	    col->type.kind == TYPE_VARIANT)
		return true;
	return err_set(err, ERR_ARG, arg_of(c, "column")->loc,
	               "column '" SV_FMT "' is of type %s, and '" SV_FMT "' needs numbers",
	               SV_ARG(col->column->name), type_text(col->type, type), SV_ARG(c->written_name));
}

static bool
bind_mean(struct binder *b, const struct check *c, struct bound *ret, struct err *err)
{
	return bind_numeric(b, c, err) && bind_aggregate(b, c, &metric_mean, ret, err);
}

static bool
bind_sum(struct binder *b, const struct check *c, struct bound *ret, struct err *err)
{
	return bind_numeric(b, c, err) && bind_aggregate(b, c, &metric_sum, ret, err);
}

static bool
bind_distinct(struct binder *b, const struct check *c, struct bound *ret, struct err *err)
{
	if (!bind_aggregate(b, c, approx_kind(c, &metric_distinct, &metric_distinct_approx), ret, err))
		return false;
	if (!arg_of(c, "with_null")->flag)
		return true;
	bind_column_counts(b, c, ret);
	ret->observed[1] = ret->element;
	ret->observed[2] = ret->nonnull;
	ret->nobserved = 3;
	return true;
}

static void
validate_distinct(const struct check *c, struct diags *d)
{
	if (arg_of(c, "with_null")->flag && arg_of(c, "approx")->flag)
		diag_error(d, arg_of(c, "with_null")->loc, "'with_null' does not go with 'approx'");
	range_validate(c, d);
}

/* The sum of nothing is 0, as on Great Expectations' pandas engine. */
static void
judge_sum(const struct bound *b, const struct metric_value *const *observed, struct arena *a,
          struct verdict *ret)
{
	struct metric_value sum = *observed[0];
	const struct metric_value *one[] = {&sum};

	/* Infinities that cancel are values, and their sum is no number: not 0. */
	if (sum.v.kind == VALUE_NULL && sum.count == 0 && !arg_of(b->check, "needs_values")->flag)
		sum.v = b->observed[0]->arg[0]->type.kind == TYPE_NUMBER ? value_real(0) : value_int(0);
	judge_range(b, one, a, ret);
}

static void
judge_distinct(const struct bound *b, const struct metric_value *const *observed, struct arena *a,
               struct verdict *ret)
{
	struct metric_value n = *observed[0];
	const struct metric_value *one[] = {&n};

	n.v = value_int(n.count);
	if (b->nobserved > 1 && observed[1]->v.i > observed[2]->count)
		n.v.i++;
	judge_range(b, one, a, ret);
}

const struct expectation expect_min_between = {
	.name = "expect_column_min_to_be_between",
	.shorthand = "min",
	.alias = {"min_between"},
	.noun = "the minimum",
	.summary = "The least value of the column lies in a range.",
	.doc = "Fails when there is no value. Bounds of times are ISO 8601 texts.",
	.example = "min: {column: created_at, min: \"2024-01-01\"}",
	.peers = {.gx = "`expect_column_min_to_be_between`",
                  .dbt = "`dbt_expectations.expect_column_min_to_be_between`",
                  .soda = "`min(c)`",
                  .deequ = "`hasMin`"},
	.family = FAMILY_AGGREGATE,
	.limits = {.place = PLACE_LEAST},
	.params = params_value,
	.nparams = LEN(params_value),
	.validate = range_validate,
	.bind = bind_min,
	.judge = judge_range,
};

const struct expectation expect_max_between = {
	.name = "expect_column_max_to_be_between",
	.shorthand = "max",
	.alias = {"max_between"},
	.noun = "the maximum",
	.summary = "The greatest value of the column lies in a range.",
	.doc = "Fails when there is no value. Bounds of times are ISO 8601 texts.",
	.example = "max: {column: amount, max: 1000000}",
	.peers = {.gx = "`expect_column_max_to_be_between`",
                  .dbt = "`dbt_expectations.expect_column_max_to_be_between`",
                  .soda = "`max(c)`",
                  .deequ = "`hasMax`"},
	.family = FAMILY_AGGREGATE,
	.limits = {.place = PLACE_GREATEST},
	.params = params_value,
	.nparams = LEN(params_value),
	.validate = range_validate,
	.bind = bind_max,
	.judge = judge_range,
};

const struct expectation expect_mean_between = {
	.name = "expect_column_mean_to_be_between",
	.shorthand = "mean",
	.alias = {"mean_between", "avg"},
	.noun = "the mean",
	.summary = "The mean of the column lies in a range.",
	.doc = "Over the values that are not null; of booleans, true counts as 1. Fails when there is no "
	       "value.",
	.example = "mean: {column: amount, min: 10, max: 100}",
	.peers = {.gx = "`expect_column_mean_to_be_between`",
                  .dbt = "`dbt_expectations.expect_column_mean_to_be_between`",
                  .soda = "`avg(c)`",
                  .deequ = "`hasMean`"},
	.family = FAMILY_AGGREGATE,
	.limits = {.place = PLACE_AMONG},
	.params = params_number,
	.nparams = LEN(params_number),
	.validate = range_validate,
	.bind = bind_mean,
	.judge = judge_range,
};

const struct expectation expect_sum_between = {
	.name = "expect_column_sum_to_be_between",
	.shorthand = "sum",
	.alias = {"sum_between"},
	.noun = "the sum",
	.summary = "The sum of the column lies in a range.",
	.doc = "Exact for integers and decimals. The sum of nothing is 0, unless it `needs_values`.",
	.example = "sum: {column: amount, min: 0}",
	.peers = {.gx = "`expect_column_sum_to_be_between`",
                  .dbt = "`dbt_expectations.expect_column_sum_to_be_between`",
                  .soda = "`sum(c)`",
                  .deequ = "`hasSum`"},
	.on_nothing = "Nulls do not count; the sum of no values is 0.",
	.family = FAMILY_AGGREGATE,
	.params = params_sum,
	.nparams = LEN(params_sum),
	.validate = range_validate,
	.bind = bind_sum,
	.judge = judge_sum,
};

const struct expectation expect_unique_count_between = {
	.name = "expect_column_unique_value_count_to_be_between",
	.shorthand = "unique_count",
	.alias = {"unique_value_count", "distinct_count"},
	.noun = "the number of distinct values",
	.summary = "The number of distinct values lies in a range.",
	.doc = "Nulls do not count, unless `with_null` says so.",
	.example = "unique_count: {column: country, min: 1, max: 250}",
	.peers = {.gx = "`expect_column_unique_value_count_to_be_between`",
                  .dbt = "`dbt_expectations.expect_column_unique_value_count_to_be_between`",
                  .deequ = "`hasNumberOfDistinctValues`"},
	.on_nothing = "Nulls do not count; no values are 0 of them.",
	.family = FAMILY_AGGREGATE,
	.limits = {.known = true, .most = INFINITY, .sure = true},
	.params = params_distinct,
	.nparams = LEN(params_distinct),
	.validate = validate_distinct,
	.bind = bind_distinct,
	.judge = judge_distinct,
};
