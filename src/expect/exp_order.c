/* Values that rise or fall from row to row: a relation between neighbours, so the rows are looked at in their order. */
#include "expect/family.h"

static const struct param params[] = {
	PARAM_THE_COLUMN,
	{.name = "strictly", .kind = PARAM_BOOL, .doc = "Two equal values in a row are unexpected too."},
	{.name = "sort_column",
         .alias = {"order_by"},
         .kind = PARAM_COLUMN,
         .doc = "Rows are sorted by this column first; by default they are looked at as they are stored."},
	{.name = "partition_by",
         .alias = {"group_by", "each"},
         .kind = PARAM_COLUMNS,
         .doc = "With sort_column: the values rise or fall among rows with the same values in these columns."},
	{.name = "null_breaks",
         .kind = PARAM_BOOL,
         .doc = "With sort_column: what comes after a null is compared with nothing; by default with the last "
                "value before it."},
};

static void
validate(const struct check *c, struct diags *d)
{
	static const char *const sorted[] = {"partition_by", "null_breaks"};
	const struct arg *by = arg_of(c, "partition_by");

	for (size_t i = 0; i < LEN(sorted); i++)
		if (arg_of(c, sorted[i])->given && !arg_of(c, "sort_column")->given) {
			diag_error(d, arg_of(c, sorted[i])->loc, "%s needs sort_column", sorted[i]);
			diag_hint(d, "name the column that says which row comes after which");
		}
	if (by->ncolumn > METRIC_ARGS_MAX - 2)
		diag_error(d, by->loc, "groups of more than %d columns are not built yet",
		           METRIC_ARGS_MAX - 2);
}

/* By another column, so that where rows stand does not matter. */
static bool
bind_sorted(struct binder *b, const struct check *c, struct bound *ret, struct err *err)
{
	const struct arg *by = arg_of(c, "partition_by"), *sort = arg_of(c, "sort_column");
	const unsigned rule = (c->expectation == &expect_decreasing ? NEIGHBOURS_FALL : 0U) |
	                      (arg_of(c, "strictly")->flag ? NEIGHBOURS_STRICT : 0U) |
	                      (arg_of(c, "null_breaks")->flag ? NEIGHBOURS_BREAK : 0U);
	const struct expr *part[METRIC_ARGS_MAX];

	for (uint32_t i = 0; i < by->ncolumn; i++)
		if ((part[i] = bind_column(b, by->column[i], by->loc, err)) == NULL)
			return false;
	part[by->ncolumn] = bind_column(b, sort->column[0], sort->loc, err);
	part[by->ncolumn + 1] = ret->domain[0];
	if (part[by->ncolumn] == NULL)
		return false;
	ret->unexpected = metric_get(
		b->m, &metric_neighbours, part, by->ncolumn + 2, ret->where,
		(struct metric_params){.number = by->ncolumn, .keep = rule, .flag = c->quarantine != NULL});
	ret->duplicate = true;
	return true;
}

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

	const struct expr **domain = ARENA_ARRAY(b->a, const struct expr *, 1);

	domain[0] = bind_first_column(b, c, err);
	if (domain[0] == NULL)
		return false;
	ret->domain = domain;
	ret->ndomain = 1;
	if (!has_steps(ret->domain[0]->type)) {
		err_set(err, ERR_ARG, arg_of(c, "column")->loc,
		        "column '" SV_FMT "' holds %s values, and only numbers and times rise or fall",
		        SV_ARG(ret->domain[0]->column->name), type_text(ret->domain[0]->type, type));
		return err_hint(err, "declare the column's type under columns: if they are some");
	}
	bind_column_counts(b, c, ret);
	if (arg_of(c, "sort_column")->given)
		return bind_sorted(b, c, ret, err);
	ret->unexpected = metric_get(b->m, &metric_out_of_order, ret->domain, 1, ret->where,
	                             (struct metric_params){
					     .keep = c->quarantine != NULL ? UINT32_MAX : check_keep(c),
					     .number = c->expectation == &expect_increasing ? 1 : -1,
					     .flag = arg_of(c, "strictly")->flag,
				     });
	return true;
}

static void
tell_order(const struct check *c, const char *broken, struct buf *b)
{
	const struct arg *sort = arg_of(c, "sort_column");

	buf_puts(b, broken);
	if (sort->given)
		buf_printf(b, " by " SV_FMT, SV_ARG(sort->column[0]));
}

static void
do_not_rise(const struct check *c, struct buf *b)
{
	tell_order(c,
	           arg_of(c, "strictly")->flag ? "are not greater than the value before them"
	                                       : "are less than the value before them",
	           b);
}

static void
do_not_fall(const struct check *c, struct buf *b)
{
	tell_order(c,
	           arg_of(c, "strictly")->flag ? "are not less than the value before them"
	                                       : "are greater than the value before them",
	           b);
}

#define ORDER_DOC                                                                                                        \
	"Rows are looked at in their order: files in the order of their names, a table in that of its "                  \
	"rowid, a query in the one that it gives. Nulls are passed over, and the first value always "                    \
	"passes. With `sort_column` they are sorted by it, whatever their order, and of rows that are equal in it that " \
	"order is taken which is right, if there is one. Only numbers and times rise or fall."

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
	.validate = validate,
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
	.validate = validate,
	.bind = bind,
};
