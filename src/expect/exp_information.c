/* What a column tells: how much it varies (entropy), and what two have in common (correlation, mutual information). */
#include <float.h>
#include <math.h>

#include "expect/family.h"

#define PARAM_BASE                                                                                        \
	{                                                                                                 \
		.name = "base", .kind = PARAM_REAL,                                                       \
		.doc = "Of the logarithm: 2 counts in bits, 10 in digits. The default is e, as in Deequ " \
		       "and scipy."                                                                       \
	}
#define PARAM_TWO_COLUMNS                                                                             \
	{                                                                                             \
		.name = "column_list", .alias = {"columns"}, .kind = PARAM_COLUMNS, .required = true, \
		.doc = "The two columns."                                                             \
	}

static const struct param params_entropy[] = {
	PARAM_THE_COLUMN,
	PARAMS_RANGE(PARAM_REAL, "number"),
	PARAM_BASE,
};

static const struct param params_correlation[] = {
	PARAM_TWO_COLUMNS,
	PARAMS_RANGE(PARAM_REAL, "number"),
};

static const struct param params_mutual[] = {
	PARAM_TWO_COLUMNS,
	PARAMS_RANGE(PARAM_REAL, "number"),
	PARAM_BASE,
};

static void
validate_entropy(const struct check *c, struct diags *d)
{
	const struct arg *base = arg_of(c, "base");

	if (base->given && !(base->real > 1 && isfinite(base->real)))
		diag_error(d, base->loc, "'base' must be a number above 1, not " SV_FMT,
		           SV_ARG(base->node->text));
	range_validate(c, d);
}

static bool
bind_entropy(struct binder *b, const struct check *c, struct bound *ret, struct err *err)
{
	if (!bind_aggregate(b, c, &metric_entropy, ret, err))
		return false;
	bind_column_counts(b, c, ret);
	return true;
}

static void
judge_entropy(const struct bound *b, const struct metric_value *const *observed, struct arena *a,
              struct verdict *ret)
{
	const struct arg *base = arg_of(b->check, "base");
	struct metric_value v = *observed[0];

	if (v.v.kind == VALUE_REAL && base->given)
		v.v.r /= log(base->real);
	judge_rounded(b, &v, a, ret);
}

static void
needs_two(const struct check *c, const char *what, struct diags *d)
{
	const struct arg *columns = arg_of(c, "column_list");

	if (columns->ncolumn != 2)
		diag_error(d, columns->loc, "%s is of two columns, not of %u", what, columns->ncolumn);
}

static void
validate_correlation(const struct check *c, struct diags *d)
{
	needs_two(c, "a correlation", d);
	range_validate(c, d);
}

static void
validate_mutual(const struct check *c, struct diags *d)
{
	needs_two(c, "mutual information", d);
	validate_entropy(c, d);
}

/* Each column's entropy over the rows where the other is known, too; and that of both together. */
static bool
bind_mutual(struct binder *b, const struct check *c, struct bound *ret, struct err *err)
{
	if (!bind_domain(b, c, ret, err))
		return false;
	for (uint32_t i = 0; i < 2; i++) {
		const struct expr *where = expr_not_null(b, ret->domain[1 - i], err);

		if (where != NULL && ret->where != NULL)
			where = expr_call2(b->x, OP_AND, ret->where, where, err);
		if (where == NULL)
			return false;
		ret->observed[i] = metric_get(b->m, &metric_entropy, &ret->domain[i], 1, where,
		                              (struct metric_params){0});
	}
	ret->observed[2] = metric_get(b->m, &metric_joint_entropy, ret->domain, 2, ret->where,
	                              (struct metric_params){0});
	ret->nobserved = 3;
	return true;
}

/*
 * I(X; Y) = H(X) + H(Y) - H(X, Y): Cover and Thomas, "Elements of Information Theory" (1991), 2.4.  Of independent columns the three cancel up to
 * their last digits, which are no information: the error is below 8 steps of the sum.
 */
static void
judge_mutual(const struct bound *b, const struct metric_value *const *observed, struct arena *a,
             struct verdict *ret)
{
	const struct arg *base = arg_of(b->check, "base");
	struct metric_value v = *observed[2];
	double sum;

	if (observed[0]->v.kind != VALUE_REAL || observed[1]->v.kind != VALUE_REAL ||
	    v.v.kind != VALUE_REAL) {
		ret->has_observed = true;
		ret->message = SV("there is no row with both values, so they tell nothing");
		return;
	}
	sum = observed[0]->v.r + observed[1]->v.r;
	v.v.r = sum - v.v.r > 8 * DBL_EPSILON * sum ? sum - v.v.r : 0;
	if (base->given)
		v.v.r /= log(base->real);
	judge_rounded(b, &v, a, ret);
}

static bool
bind_correlation(struct binder *b, const struct check *c, struct bound *ret, struct err *err)
{
	char type[TYPE_TEXT_MAX];

	if (!bind_domain(b, c, ret, err))
		return false;
	for (uint32_t i = 0; i < ret->ndomain; i++) {
		struct type t = ret->domain[i]->type;

		if (!type_is_numeric(t) && t.kind != TYPE_ANY && t.kind != TYPE_NULL &&
		    t.kind != TYPE_VARIANT)
			return err_set(err, ERR_ARG, arg_of(c, "column_list")->loc,
			               "column '" SV_FMT "' is of type %s, and '" SV_FMT "' needs numbers",
			               SV_ARG(ret->domain[i]->column->name), type_text(t, type),
			               SV_ARG(c->written_name));
	}
	ret->observed[0] = metric_get(b->m, &metric_correlation, ret->domain, 2, ret->where,
	                              (struct metric_params){0});
	ret->nobserved = 1;
	return true;
}

static void
judge_correlation(const struct bound *b, const struct metric_value *const *observed, struct arena *a,
                  struct verdict *ret)
{
	if (observed[0]->v.kind != VALUE_NULL) {
		judge_rounded(b, observed[0], a, ret);
		return;
	}
	ret->has_observed = true;
	ret->message =
		observed[0]->count < 2
			? arena_svf(a, "the correlation does not exist: there %s %jd row%s with both values",
	                            observed[0]->count == 1 ? "is" : "are", (intmax_t)observed[0]->count,
	                            observed[0]->count == 1 ? "" : "s")
			: SV("the correlation does not exist: a column does not vary, or a value is no "
	                     "finite number");
}

const struct expectation expect_entropy_between = {
	.name = "expect_column_entropy_to_be_between",
	.shorthand = "entropy",
	.alias = {"entropy_between"},
	.noun = "the entropy",
	.summary =
		"The entropy of the column's values lies in a range: 0 where all are equal, ln n where n are "
		"as common.",
	.doc = "Shannon's, - sum p ln p over the shares p of the distinct values; nulls do not count. Fails "
	       "when there is no value. All distinct values are kept until the end, on disk beyond the limit of "
	       "memory.",
	.example = "entropy: {column: country, min: 0.5}",
	.peers = {.deequ = "`hasEntropy`"},
	.family = FAMILY_AGGREGATE,
	.limits = {.known = true, .most = INFINITY},
	.params = params_entropy,
	.nparams = LEN(params_entropy),
	.validate = validate_entropy,
	.bind = bind_entropy,
	.judge = judge_entropy,
};

const struct expectation expect_correlation_between = {
	.name = "expect_column_pair_correlation_to_be_between",
	.shorthand = "correlation",
	.alias = {"correlation_between"},
	.noun = "the correlation",
	.summary = "The correlation of two columns of numbers lies in a range.",
	.doc = "Pearson's, over the rows where both have a value, from exact sums. Fails where it does not "
	       "exist: fewer than two such rows, or a column that does not vary.",
	.example = "correlation: {columns: [quantity, amount], min: 0.2}",
	.peers = {.deequ = "`hasCorrelation`"},
	.family = FAMILY_AGGREGATE,
	.limits = {.known = true, .least = -1, .most = 1},
	.params = params_correlation,
	.nparams = LEN(params_correlation),
	.validate = validate_correlation,
	.bind = bind_correlation,
	.judge = judge_correlation,
};

const struct expectation expect_mutual_information_between = {
	.name = "expect_column_pair_mutual_information_to_be_between",
	.shorthand = "mutual_information",
	.alias = {"mutual_information_between"},
	.noun = "the mutual information",
	.summary =
		"What each of two columns tells of the other lies in a range: 0 where nothing, the entropy of "
		"either where all.",
	.doc = "H(x) + H(y) - H(x, y), of the distinct values as they are, over the rows where both have one. Fails "
	       "where there is no such row. All distinct pairs are kept until the end, on disk beyond the limit "
	       "of memory.",
	.example = "mutual_information: {columns: [country, currency], min: 0.5}",
	.peers = {.deequ = "`hasMutualInformation`"},
	.family = FAMILY_AGGREGATE,
	.limits = {.known = true, .most = INFINITY},
	.params = params_mutual,
	.nparams = LEN(params_mutual),
	.validate = validate_mutual,
	.bind = bind_mutual,
	.judge = judge_mutual,
};
