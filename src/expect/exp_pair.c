/* One column against another in the same row. */
#include "expect/family.h"

static const char *const ignore[] = {"both_values_are_missing", "either_value_is_missing", "neither", NULL};

static const struct param params[] = {
	{.name = "column_A",
         .alias = {"a", "column_a"},
         .kind = PARAM_COLUMN,
         .required = true,
         .doc = "The column that must be greater."},
	{.name = "column_B",
         .alias = {"b", "column_b"},
         .kind = PARAM_COLUMN,
         .required = true,
         .doc = "The column that must be less."},
	{.name = "or_equal", .kind = PARAM_BOOL, .doc = "Equal values are fine too."},
	{.name = "ignore_row_if",
         .kind = PARAM_ENUM,
         .names = ignore,
         .doc = "Which rows do not count: both_values_are_missing, either_value_is_missing, neither."},
};

/* A row with one side missing is unexpected, as on Great Expectations' pandas engine: nothing is greater than null. */
static const struct expr *
not_greater(struct binder *b, const struct check *c, struct err *err)
{
	const struct arg *a_arg = arg_of(c, "column_A"), *b_arg = arg_of(c, "column_B");
	const struct expr *left = bind_column(b, a_arg->column[0], a_arg->loc, err);
	const struct expr *right = bind_column(b, b_arg->column[0], b_arg->loc, err);

	if (left == NULL || right == NULL)
		return NULL;
	enum expr_op op = arg_of(c, "or_equal")->flag ? OP_GE : OP_GT;
	const struct expr *is_not = expr_call1(b->x, OP_NOT, expr_call2(b->x, op, left, right, err), err);
	const struct expr *part[] = {expr_call1(b->x, OP_IS_NULL, left, err),
	                             expr_call1(b->x, OP_IS_NULL, right, err), is_not};

	if (is_not == NULL)
		return NULL;
	return expr_call(b->x, OP_OR, part, LEN(part), err);
}

static void
are_not_greater(const struct check *c, struct buf *b)
{
	struct sv left = arg_of(c, "column_A")->column[0], right = arg_of(c, "column_B")->column[0];

	buf_printf(b, "have " SV_FMT " %s " SV_FMT, SV_ARG(left),
	           arg_of(c, "or_equal")->flag ? "less than" : "not greater than", SV_ARG(right));
}

const struct expectation expect_pair_greater = {
	.name = "expect_column_pair_values_a_to_be_greater_than_b",
	.shorthand = "greater_than",
	.alias = {"expect_column_pair_values_A_to_be_greater_than_B", "pair_greater_than"},
	.summary = "In every row one column is greater than another.",
	.doc = "A row in which one of the two is missing is unexpected, unless ignore_row_if says otherwise.",
	.example = "greater_than: {a: dropoff_at, b: pickup_at, or_equal: true}",
	.family = FAMILY_PAIR_MAP,
	.noun = "rows",
	.broken = are_not_greater,
	.params = params,
	.nparams = LEN(params),
	.shorthand_param = -1,
	.unexpected = not_greater,
};
