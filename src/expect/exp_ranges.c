/* Ranges, each from one value of a row to another, that do not overlap: a relation between rows, so they are sorted. */
#include "expect/family.h"

static const char *const gaps[] = {"allowed", "not_allowed", "required", NULL};

static const struct param params[] = {
	{.name = "lower",
         .alias = {"lower_bound_column", "from"},
         .kind = PARAM_EXPR,
         .required = true,
         .doc = "Where a range begins: a column, or an expression."},
	{.name = "upper",
         .alias = {"upper_bound_column", "to"},
         .kind = PARAM_EXPR,
         .required = true,
         .doc = "Where it ends: a column, or an expression, like coalesce(valid_to, date '9999-12-31')."},
	{.name = "partition_by",
         .alias = {"each"},
         .kind = PARAM_COLUMNS,
         .doc = "Columns: only ranges of rows with the same values there must not overlap."},
	{.name = "gaps",
         .kind = PARAM_ENUM,
         .names = gaps,
         .doc = "Between one range and the next: allowed (default), not_allowed (each begins where the one "
                "before ends), required (it must not begin there)."},
	{.name = "zero_length",
         .alias = {"zero_length_range_allowed"},
         .kind = PARAM_BOOL,
         .doc = "A range may end where it begins."},
};

static void
validate(const struct check *c, struct diags *d)
{
	const struct arg *by = arg_of(c, "partition_by");

	if (by->ncolumn > METRIC_ARGS_MAX - 2)
		diag_error(d, by->loc, "ranges of more than %d columns are not built yet",
		           METRIC_ARGS_MAX - 2);
}

static unsigned
rule_of(const struct check *c)
{
	static const unsigned between[] = {0, NEIGHBOURS_TOUCH, NEIGHBOURS_APART};

	return NEIGHBOURS_RANGES | between[arg_of(c, "gaps")->choice] |
	       (arg_of(c, "zero_length")->flag ? NEIGHBOURS_EMPTY : 0U);
}

static bool
bind(struct binder *b, const struct check *c, struct bound *ret, struct err *err)
{
	const struct arg *by = arg_of(c, "partition_by");
	const struct expr *part[METRIC_ARGS_MAX];
	const struct arg *lower = arg_of(c, "lower"), *upper = arg_of(c, "upper");

	for (uint32_t i = 0; i < by->ncolumn; i++)
		if ((part[i] = bind_column(b, by->column[i], by->loc, err)) == NULL)
			return false;
	if ((part[by->ncolumn] = bind_text(b, lower->text, lower->loc, err)) == NULL ||
	    (part[by->ncolumn + 1] = bind_text(b, upper->text, upper->loc, err)) == NULL)
		return false;
	/* Ends of kinds that have no order are a mistake here, not in each row. */
	if (expr_call2(b->x, OP_LT, part[by->ncolumn], part[by->ncolumn + 1], err) == NULL)
		return false;
	bind_domain_of(b, part, by->ncolumn + 2, ret);
	ret->element = bind_rows(b, ret->where);
	ret->unexpected = metric_get(b->m, &metric_neighbours, part, by->ncolumn + 2, ret->where,
	                             (struct metric_params){.number = by->ncolumn,
	                                                    .keep = rule_of(c),
	                                                    .flag = c->quarantine != NULL});
	ret->duplicate = true;
	return true;
}

static void
overlap(const struct check *c, struct buf *b)
{
	static const char *const next[] = {"overlap the next one", "do not end where the next one begins",
	                                   "overlap or touch the next one"};

	buf_printf(b, "%s, or are no ranges", next[arg_of(c, "gaps")->choice]);
}

const struct expectation expect_exclusive_ranges = {
	.name = "expect_column_pair_ranges_to_be_exclusive",
	.shorthand = "exclusive_ranges",
	.alias = {"mutually_exclusive_ranges"},
	.summary = "Ranges, each from one column to another, do not overlap.",
	.doc = "As of slowly changing dimensions: sorted by where they begin, each range has to end before the next "
	       "one begins, or there. A range that ends before it begins is wrong, and so is one that ends where it "
	       "begins, unless `zero_length` says otherwise. The last one of each partition ends where it likes. "
	       "Rows with the same range are shown, and quarantined, together.",
	.example = "exclusive_ranges: {lower: valid_from, upper: valid_to, partition_by: [customer_id]}",
	.peers = {.dbt = "`dbt_utils.mutually_exclusive_ranges`"},
	.on_nothing =
		"A null at either end is wrong: an open end is written as `coalesce(valid_to, …)`. Without rows "
		"it is met.",
	.family = FAMILY_ROW,
	.noun = "ranges",
	.broken = overlap,
	.params = params,
	.nparams = LEN(params),
	.shorthand_param = -1,
	.validate = validate,
	.bind = bind,
};
