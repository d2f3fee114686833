/* What a column tells: how much it varies (entropy), and what two have in common (correlation). */
#include <math.h>

#include "expect/family.h"

static const struct param params_entropy[] = {
	PARAM_THE_COLUMN,
	PARAMS_RANGE(PARAM_REAL, "number"),
	{.name = "base",
         .kind = PARAM_REAL,
         .doc = "Of the logarithm: 2 counts in bits, 10 in digits. The default is e, as in Deequ and scipy."},
};

static const struct param params_correlation[] = {
	{.name = "column_list",
         .alias = {"columns"},
         .kind = PARAM_COLUMNS,
         .required = true,
         .doc = "The two columns."},
	PARAMS_RANGE(PARAM_REAL, "number"),
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
validate_correlation(const struct check *c, struct diags *d)
{
	const struct arg *columns = arg_of(c, "column_list");

	if (columns->ncolumn != 2)
		diag_error(d, columns->loc, "a correlation is of two columns, not of %u", columns->ncolumn);
	range_validate(c, d);
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
