/* Values that rise or fall from row to row: a relation between neighbours, so the rows are looked at in their order. */
#include "expect/family.h"

static const struct param params[] = {
	PARAM_THE_COLUMN,
	{.name = "strictly", .kind = PARAM_BOOL, .doc = "Two equal values in a row are unexpected too."},
};

static bool
has_steps(struct type t)
{
	return type_is_numeric(t) || type_is_temporal(t) || t.kind == TYPE_ANY || t.kind == TYPE_NULL ||
	       t.kind == TYPE_VARIANT;
}

static bool
bind(struct binder *b, const struct check *c, struct bound *ret, struct err *err)
{
	char type[TYPE_TEXT_MAX];

	if (!bind_domain(b, c, ret, err))
		return false;
	if (!has_steps(ret->domain[0]->type)) {
		err_set(err, ERR_ARG, arg_of(c, "column")->loc,
		        "column '" SV_FMT "' holds %s values, and only numbers and times rise or fall",
		        SV_ARG(ret->domain[0]->column->name), type_text(ret->domain[0]->type, type));
		return err_hint(err, "declare the column's type under columns: if they are some");
	}
	bind_column_counts(b, c, ret);
	ret->unexpected = metric_get(b->m, &metric_out_of_order, ret->domain, 1, ret->where,
	                             (struct metric_params){
					     .keep = c->quarantine != NULL ? UINT32_MAX : check_keep(c),
					     .number = c->expectation == &expect_increasing ? 1 : -1,
					     .flag = arg_of(c, "strictly")->flag,
				     });
	return true;
}

static void
do_not_rise(const struct check *c, struct buf *b)
{
	buf_puts(b, arg_of(c, "strictly")->flag ? "are not greater than the value before them"
	                                        : "are less than the value before them");
}

static void
do_not_fall(const struct check *c, struct buf *b)
{
	buf_puts(b, arg_of(c, "strictly")->flag ? "are not less than the value before them"
	                                        : "are greater than the value before them");
}

#define ORDER_DOC                                                                                       \
	"Rows are looked at in their order: files in the order of their names, a table in that of its " \
	"rowid, a query in the one that it gives. Nulls are passed over, and the first value always "   \
	"passes. Only numbers and times rise or fall."

const struct expectation expect_increasing = {
	.name = "expect_column_values_to_be_increasing",
	.shorthand = "increasing",
	.alias = {"be_increasing"},
	.summary = "No value is less than the one before it.",
	.doc = ORDER_DOC,
	.example = "increasing: {column: created_at, strictly: true}",
	.peers = {.gx = "`expect_column_values_to_be_increasing`",
                  .dbt = "`dbt_expectations.expect_column_values_to_be_increasing`"},
	.family = FAMILY_COLUMN_MAP,
	.broken = do_not_rise,
	.params = params,
	.nparams = LEN(params),
	.bind = bind,
};

const struct expectation expect_decreasing = {
	.name = "expect_column_values_to_be_decreasing",
	.shorthand = "decreasing",
	.alias = {"be_decreasing"},
	.summary = "No value is greater than the one before it.",
	.doc = ORDER_DOC,
	.example = "decreasing: rank",
	.peers = {.gx = "`expect_column_values_to_be_decreasing`",
                  .dbt = "`dbt_expectations.expect_column_values_to_be_decreasing`"},
	.family = FAMILY_COLUMN_MAP,
	.broken = do_not_fall,
	.params = params,
	.nparams = LEN(params),
	.bind = bind,
};
