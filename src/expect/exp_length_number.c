/* The least, the greatest and the mean length of a column, as numbers in a range. */
#include <math.h>

#include "expect/family.h"

static const struct param params[] = {
	PARAM_THE_COLUMN,
	PARAMS_RANGE(PARAM_REAL, "length"),
};

static bool
bind_of_length(struct binder *b, const struct check *c, const struct metric_kind *kind, struct bound *ret,
               struct err *err)
{
	const struct expr *length;

	if (!bind_domain(b, c, ret, err) || (length = bind_length(b, c, err)) == NULL)
		return false;
	bind_column_counts(b, c, ret);
	ret->observed[0] = metric_get(b->m, kind, &length, 1, ret->where, (struct metric_params){0});
	ret->nobserved = 1;
	return true;
}

static bool
bind_least(struct binder *b, const struct check *c, struct bound *ret, struct err *err)
{
	return bind_of_length(b, c, &metric_min, ret, err);
}

static bool
bind_greatest(struct binder *b, const struct check *c, struct bound *ret, struct err *err)
{
	return bind_of_length(b, c, &metric_max, ret, err);
}

static bool
bind_mean(struct binder *b, const struct check *c, struct bound *ret, struct err *err)
{
	return bind_of_length(b, c, &metric_mean, ret, err);
}

const struct expectation expect_min_length_between = {
	.name = "expect_column_min_length_to_be_between",
	.shorthand = "min_length",
	.noun = "the least length",
	.summary = "The length of the shortest value lies in a range.",
	.doc = "Counted in characters, as `length_between` does, which finds the values that are too short. "
	       "Fails when there is no value.",
	.example = "min_length: {column: sku, min: 3, max: 3}",
	.peers = {.soda = "`min_length(c)`", .deequ = "`hasMinLength`"},
	.family = FAMILY_AGGREGATE,
	.limits = {.known = true, .most = INFINITY},
	.params = params,
	.nparams = LEN(params),
	.validate = range_validate,
	.bind = bind_least,
	.judge = judge_range,
};

const struct expectation expect_max_length_between = {
	.name = "expect_column_max_length_to_be_between",
	.shorthand = "max_length",
	.noun = "the greatest length",
	.summary = "The length of the longest value lies in a range.",
	.doc = "Counted in characters, as `length_between` does, which finds the values that are too long. "
	       "Fails when there is no value.",
	.example = "max_length: {column: code, min: 2, max: 5}",
	.peers = {.soda = "`max_length(c)`", .deequ = "`hasMaxLength`"},
	.family = FAMILY_AGGREGATE,
	.limits = {.known = true, .most = INFINITY},
	.params = params,
	.nparams = LEN(params),
	.validate = range_validate,
	.bind = bind_greatest,
	.judge = judge_range,
};

const struct expectation expect_mean_length_between = {
	.name = "expect_column_mean_length_to_be_between",
	.shorthand = "mean_length",
	.alias = {"avg_length"},
	.noun = "the mean length",
	.summary = "The mean length of the values lies in a range.",
	.doc = "Counted in characters, over the values that are not null. Fails when there is no value.",
	.example = "mean_length: {column: comment, min: 10}",
	.peers = {.soda = "`avg_length(c)`"},
	.family = FAMILY_AGGREGATE,
	.limits = {.known = true, .most = INFINITY},
	.params = params,
	.nparams = LEN(params),
	.validate = range_validate,
	.bind = bind_mean,
	.judge = judge_range,
};
