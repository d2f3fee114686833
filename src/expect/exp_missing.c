/* Values that stand for none: nulls, and what people write in their place. */
#include "expect/family.h"

static const struct param params[] = {
	PARAM_THE_COLUMN,
	{.name = "values",
         .alias = {"missing_values"},
         .kind = PARAM_VALUES,
         .doc = "What stands for no value, beside null: N/A, -1, an empty text."},
	{.name = "regex",
         .alias = {"missing_regex", "pattern"},
         .kind = PARAM_REGEX,
         .doc = "Texts that match stand for no value, too; searched for, not anchored."},
};

static const struct expr *
is_missing(struct binder *b, const struct check *c, struct err *err)
{
	const struct arg *values = arg_of(c, "values"), *regex = arg_of(c, "regex");
	const struct expr *col = bind_first_column(b, c, err), *ret = expr_call1(b->x, OP_IS_NULL, col, err);

	if (col == NULL)
		return NULL;
	if (values->given) {
		const struct value set = arg_value(b->a, values->node, col->type);

		ret = expr_call2(b->x, OP_OR, ret, expr_in(b->x, col, set.list, set.n, err), err);
	}
	if (regex->given) {
		const struct expr *text = col->type.kind == TYPE_STRING ? col
		                                                        : expr_call1(b->x, OP_TEXT, col, err);

		ret = expr_call2(
			b->x, OP_OR, ret,
			expr_call2(b->x, OP_MATCH, text, expr_literal(b->x, value_text(regex->text)), err),
			err);
	}
	return ret;
}

static void
are_missing(const struct check *c, struct buf *b)
{
	(void)c;
	buf_puts(b, "are missing");
}

const struct expectation expect_not_be_missing = {
	.name = "expect_column_values_to_not_be_missing",
	.shorthand = "not_missing",
	.alias = {"not_be_missing"},
	.summary = "Every row has a value that is one.",
	.doc = "As not_null, and beside null the values listed, and texts that a pattern finds, stand for no "
	       "value. One that does not fit its column's declared type counts as missing, too: what cannot be "
	       "read may well be one of them.",
	.example = "not_missing: {column: email, values: [\"N/A\", \"\"], regex: \"^-+$\"}",
	.peers = {.dbt = "`dbt_utils.not_empty_string`, in part",
                  .soda = "`missing_count(c)` with missing values and regex",
                  .odcs = "`missingValues`"},
	.on_nothing = "Null is one of the missing values. Without rows it is met.",
	.family = FAMILY_COLUMN_MAP,
	.all_rows = true,
	.broken = are_missing,
	.params = params,
	.nparams = LEN(params),
	.unexpected = is_missing,
};
