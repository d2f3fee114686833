/* Membership in a list of values. */
#include "expect/family.h"

static const struct param params[] = {
	PARAM_THE_COLUMN,
	{.name = "value_set",
         .alias = {"values", "set"},
         .kind = PARAM_VALUES,
         .required = true,
         .nullable = true,
         .doc = "The values. null is no set: everything passes, as in Great Expectations."},
};

static const struct expr *
in_set(struct binder *b, const struct check *c, struct err *err)
{
	const struct expr *col = bind_first_column(b, c, err);
	const struct arg *set = arg_of(c, "value_set");

	if (col == NULL)
		return NULL;
	struct value v = arg_value(b->a, set->node, col->type);
	return expr_in(b->x, col, v.list, v.n, err);
}

static const struct expr *
not_in(struct binder *b, const struct check *c, struct err *err)
{
	if (arg_of(c, "value_set")->null)
		return expr_literal(b->x, value_bool(false));
	return expr_call1(b->x, OP_NOT, in_set(b, c, err), err);
}

static const struct expr *
in(struct binder *b, const struct check *c, struct err *err)
{
	if (arg_of(c, "value_set")->null)
		return expr_literal(b->x, value_bool(false));
	return in_set(b, c, err);
}

static void
are_not_in(const struct check *c, struct buf *b)
{
	buf_puts(b, "are not in ");
	members_text(arg_of(c, "value_set")->node, b);
}

static void
are_in(const struct check *c, struct buf *b)
{
	buf_puts(b, "are in ");
	members_text(arg_of(c, "value_set")->node, b);
}

const struct expectation expect_be_in_set = {
	.name = "expect_column_values_to_be_in_set",
	.shorthand = "in_set",
	.alias = {"accepted_values", "be_in_set", "isin"},
	.summary = "Every value is one of a list.",
	.doc = "Equality is by value: 1 = 1.0 = true, and the text \"1\" equals none of them. An empty list "
	       "fails every value.",
	.example = "in_set: {column: status, values: [paid, open, cancelled]}",
	.peers = {.gx = "`expect_column_values_to_be_in_set`",
                  .dbt = "`accepted_values`, `dbt_expectations.expect_column_values_to_be_in_set`",
                  .soda = "`invalid_count(c)` with valid values",
                  .deequ = "`isContainedIn`",
                  .odcs = "`invalidValues` with `validValues`"},
	.family = FAMILY_COLUMN_MAP,
	.broken = are_not_in,
	.params = params,
	.nparams = LEN(params),
	.unexpected = not_in,
};

const struct expectation expect_not_be_in_set = {
	.name = "expect_column_values_to_not_be_in_set",
	.shorthand = "not_in_set",
	.alias = {"not_be_in_set", "not_accepted_values"},
	.summary = "No value is one of a list.",
	.doc = "Equality is by value: 1 = 1.0 = true. An empty list passes every value.",
	.example = "not_in_set: {column: email, values: [test@example.com]}",
	.peers =
		{.gx = "`expect_column_values_to_not_be_in_set`",
                 .dbt = "`dbt_utils.not_accepted_values`, `dbt_expectations.expect_column_values_to_not_be_in_set`",
                 .soda = "`invalid_count(c)` with invalid values"},
	.family = FAMILY_COLUMN_MAP,
	.broken = are_in,
	.params = params,
	.nparams = LEN(params),
	.unexpected = in,
};
