/* Values that differ in upper and lower case only: as many spellings as there are values without case. */
#include "expect/family.h"

static const struct param params[] = {PARAM_THE_COLUMN};

static bool
bind(struct binder *b, const struct check *c, struct bound *ret, struct err *err)
{
	const struct expr *lower;

	if (!bind_domain(b, c, ret, err))
		return false;
	lower = expr_call1(b->x, OP_LOWER, ret->domain[0], err);
	if (lower == NULL)
		return false;
	ret->element = bind_rows(b, ret->where);
	ret->nonnull = metric_get(b->m, &metric_count_valid, ret->domain, 1, ret->where,
	                          (struct metric_params){0});
	ret->observed[0] = metric_get(b->m, &metric_distinct, ret->domain, 1, ret->where,
	                              (struct metric_params){0});
	ret->observed[1] = metric_get(b->m, &metric_distinct, &lower, 1, ret->where,
	                              (struct metric_params){0});
	ret->nobserved = 2;
	return true;
}

static void
judge_case(const struct bound *b, const struct metric_value *const *observed, struct arena *a,
           struct verdict *ret)
{
	const struct check *c = b->check;
	const int64_t spellings = observed[0]->count, values = observed[1]->count, more = spellings - values;

	ret->has_observed = true;
	ret->observed = value_int(more);
	ret->success = c->warn.set || c->fail.set || more == 0;
	ret->message = more == 0 ? arena_svf(a, "each of %jd values has one spelling", (intmax_t)values)
	                         : arena_svf(a, "%jd values have %jd spellings that differ in case",
	                                     (intmax_t)values, (intmax_t)spellings);
}

const struct expectation expect_consistent_case = {
	.name = "expect_column_values_to_have_consistent_casing",
	.shorthand = "consistent_case",
	.alias = {"consistent_casing"},
	.noun = "the number of spellings too many",
	.summary = "No value is written in two ways that differ in upper and lower case.",
	.doc = "As many distinct values as there are when all are put into lower case. How many more there are is "
	       "observed, so `fail: \"> 3\"` lets a few be.",
	.example = "consistent_case: country",
	.peers = {.dbt = "`dbt_expectations.expect_column_values_to_have_consistent_casing`"},
	.on_nothing = "Nulls do not count; without values it is met.",
	.family = FAMILY_AGGREGATE,
	.params = params,
	.nparams = LEN(params),
	.bind = bind,
	.judge = judge_case,
};
