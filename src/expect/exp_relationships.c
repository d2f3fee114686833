/* Referential integrity across assets: every value is a key of another asset. */
#include "expect/family.h"

static const struct param params[] = {
	PARAM_THE_COLUMN,
	{.name = "to",
         .kind = PARAM_ASSET,
         .required = true,
         .doc = "The asset that has the keys: its key, an alias, or dbt's ref('x')."},
	{.name = "field", .kind = PARAM_TEXT, .required = true, .doc = "Its column."},
};

static const struct expr *
orphaned(struct binder *b, const struct check *c, struct err *err)
{
	const struct expr *col = bind_first_column(b, c, err);
	struct sv to = arg_of(c, "to")->text, field = arg_of(c, "field")->text;
	struct buf id;

	if (col == NULL)
		return NULL;
	buf_init(&id, 1 << 16);
	buf_add(&id, to);
	buf_putc(&id, '\0');
	buf_add(&id, field);
	buf_putc(&id, '\0');
	const struct expr *known = expr_in_keys(b->x, &col, 1, buf_take(b->a, &id));
	return expr_call2(b->x, OP_AND, expr_not_null(b, col, err), expr_call1(b->x, OP_NOT, known, err),
	                  err);
}

static void
are_unknown(const struct check *c, struct buf *b)
{
	buf_printf(b, "are not in " SV_FMT " of " SV_FMT, SV_ARG(arg_of(c, "field")->text),
	           SV_ARG(arg_of(c, "to")->text));
}

const struct expectation expect_relationships = {
	.name = "relationships",
	.shorthand = "relationships",
	.alias = {"foreign_key", "references"},
	.summary = "Every value occurs in a column of another asset.",
	.doc = "As dbt's test: nulls do not count.",
	.example = "relationships: {column: customer_id, to: raw/customers, field: id}",
	.family = FAMILY_COLUMN_MAP,
	.broken = are_unknown,
	.params = params,
	.nparams = LEN(params),
	.unexpected = orphaned,
};
