/* Values in a range. */
#include "expect/family.h"

static const struct param params[] = {
	PARAM_THE_COLUMN,
	PARAMS_RANGE(PARAM_VALUE, "value"),
};

static const struct expr *
outside(struct binder *b, const struct check *c, struct err *err)
{
	const struct expr *col = bind_first_column(b, c, err);

	if (col == NULL)
		return NULL;
	struct range r = range_of(b->a, c, col->type);
	return expr_outside(b->x, col, r.low.kind != VALUE_NULL ? &r.low : NULL, r.strict_low,
	                    r.high.kind != VALUE_NULL ? &r.high : NULL, r.strict_high, err);
}

static void
are_outside(const struct check *c, struct buf *b)
{
	buf_puts(b, "are not ");
	range_text(c, b);
}

const struct expectation expect_be_between = {
	.name = "expect_column_values_to_be_between",
	.shorthand = "between",
	.alias = {"be_between", "values_between", "accepted_range"},
	.summary = "Every value lies between two bounds, or past one.",
	.doc = "Bounds are numbers, or texts in ISO 8601 for dates and timestamps; they are part of the "
	       "range unless strict. At least one is "
	       "needed. Comparing a text with a number is an error, not a failure.",
	.example = "between: {column: amount, min: 0, max: 10000}",
	.peers = {.gx = "`expect_column_values_to_be_between`",
                  .dbt = "`dbt_utils.accepted_range`, `dbt_expectations.expect_column_values_to_be_between`",
                  .soda = "`invalid_count(c)` with valid min and max",
                  .deequ = "`isNonNegative`, `hasMin`, `hasMax`",
                  .odcs = "`invalidValues`"},
	.family = FAMILY_COLUMN_MAP,
	.broken = are_outside,
	.params = params,
	.nparams = LEN(params),
	.validate = range_needs_bound,
	.unexpected = outside,
};
