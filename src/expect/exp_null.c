/* The null checks.  They count over all rows: a row without a value is what they are about. */
#include "expect/family.h"

static const struct param params[] = {PARAM_THE_COLUMN};

static const struct expr *
is_null(struct binder *b, const struct check *c, struct err *err)
{
	return expr_call1(b->x, OP_IS_NULL, bind_first_column(b, c, err), err);
}

static const struct expr *
is_not_null(struct binder *b, const struct check *c, struct err *err)
{
	return expr_not_null(b, bind_first_column(b, c, err), err);
}

static void
are_null(const struct check *c, struct buf *b)
{
	(void)c;
	buf_puts(b, "are null");
}

static void
are_not_null(const struct check *c, struct buf *b)
{
	(void)c;
	buf_puts(b, "are not null");
}

const struct expectation expect_not_be_null = {
	.name = "expect_column_values_to_not_be_null",
	.shorthand = "not_null",
	.alias = {"not_be_null"},
	.summary = "Every row has a value in the column.",
	.doc = "NaN counts as null. In CSV, null is the empty unquoted field unless `format` says otherwise.",
	.example = "not_null: order_id",
	.peers = {.gx = "`expect_column_values_to_not_be_null`",
                  .dbt = "`not_null`",
                  .soda = "`missing_count(c) = 0`",
                  .deequ = "`isComplete`",
                  .odcs = "`nullValues`"},
	.on_nothing = "Null is what it looks for. Without rows it is met.",
	.family = FAMILY_COLUMN_MAP,
	.all_rows = true,
	.misfits_pass = true,
	.broken = are_null,
	.params = params,
	.nparams = LEN(params),
	.unexpected = is_null,
};

const struct expectation expect_be_null = {
	.name = "expect_column_values_to_be_null",
	.shorthand = "is_null",
	.alias = {"be_null", "null"},
	.summary = "No row has a value in the column.",
	.example = "is_null: deprecated_at",
	.peers = {.gx = "`expect_column_values_to_be_null`",
                  .dbt = "`dbt_expectations.expect_column_values_to_be_null`"},
	.on_nothing = "Null is what it asks for. Without rows it is met.",
	.family = FAMILY_COLUMN_MAP,
	.all_rows = true,
	.broken = are_not_null,
	.params = params,
	.nparams = LEN(params),
	.unexpected = is_not_null,
};
