/* Lengths: characters of the text form of the value. */
#include "expect/family.h"

static const struct param params_between[] = {
	PARAM_THE_COLUMN,
	PARAMS_RANGE(PARAM_INTEGER, "number of characters"),
};

static const struct param params_equal[] = {
	PARAM_THE_COLUMN,
	{.name = "value",
         .alias = {"length"},
         .kind = PARAM_INTEGER,
         .required = true,
         .bounded = true,
         .max = 1e15,
         .doc = "The number of characters."},
};

const struct expr *
bind_length(struct binder *b, const struct check *c, struct err *err)
{
	const struct expr *e = bind_first_column(b, c, err);

	if (e != NULL && e->type.kind != TYPE_STRING)
		e = expr_call1(b->x, OP_TEXT, e, err);
	return expr_call1(b->x, OP_LENGTH, e, err);
}

static const struct expr *
outside(struct binder *b, const struct check *c, struct err *err)
{
	const struct expr *n = bind_length(b, c, err);
	const struct arg *min = arg_of(c, "min_value"), *max = arg_of(c, "max_value");
	struct value low = value_int(min->integer), high = value_int(max->integer);

	if (n == NULL)
		return NULL;
	return expr_outside(b->x, n, min->given ? &low : NULL, arg_of(c, "strict_min")->flag,
	                    max->given ? &high : NULL, arg_of(c, "strict_max")->flag, err);
}

static const struct expr *
differs(struct binder *b, const struct check *c, struct err *err)
{
	const struct expr *want = expr_literal(b->x, value_int(arg_of(c, "value")->integer));

	return expr_call2(b->x, OP_NE, bind_length(b, c, err), want, err);
}

static void
are_outside(const struct check *c, struct buf *b)
{
	buf_puts(b, "have a length that is not ");
	range_text(c, b);
}

static void
differ(const struct check *c, struct buf *b)
{
	buf_printf(b, "are not %jd characters long", (intmax_t)arg_of(c, "value")->integer);
}

const struct expectation expect_lengths_between = {
	.name = "expect_column_value_lengths_to_be_between",
	.shorthand = "length_between",
	.alias = {"value_lengths_between", "lengths_between"},
	.summary = "Every value's length lies between two bounds.",
	.doc = "Counted in characters, not bytes. Values that are no text have the length of what Python's "
	       "str() prints. A lower bound above the "
	       "upper one fails every value.",
	.example = "length_between: {column: name, min: 1, max: 80}",
	.peers = {.gx = "`expect_column_value_lengths_to_be_between`",
                  .dbt = "`dbt_expectations.expect_column_value_lengths_to_be_between`",
                  .soda = "`invalid_count(c)` with valid min and max length",
                  .deequ = "`hasMinLength`, `hasMaxLength`"},
	.family = FAMILY_COLUMN_MAP,
	.broken = are_outside,
	.params = params_between,
	.nparams = LEN(params_between),
	.validate = range_needs_bound,
	.unexpected = outside,
};

const struct expectation expect_lengths_equal = {
	.name = "expect_column_value_lengths_to_equal",
	.shorthand = "length",
	.alias = {"value_lengths_equal", "length_equal"},
	.summary = "Every value has the same, given length.",
	.doc = "Counted in characters, not bytes.",
	.example = "length: {column: currency, value: 3}",
	.peers = {.gx = "`expect_column_value_lengths_to_equal`",
                  .dbt = "`dbt_expectations.expect_column_value_lengths_to_equal`",
                  .soda = "`invalid_count(c)` with valid length",
                  .deequ = "`hasMinLength`, `hasMaxLength`"},
	.family = FAMILY_COLUMN_MAP,
	.broken = differ,
	.params = params_equal,
	.nparams = LEN(params_equal),
	.unexpected = differs,
};
