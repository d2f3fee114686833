/* Uniqueness: a relation between rows, so the engines count groups and look for their rows a second time. */
#include "expect/family.h"

static const struct param params_one[] = {PARAM_THE_COLUMN};

static const char *const ignore[] = {"all_values_are_missing", "any_value_is_missing", "never", NULL};

static const struct param params_many[] = {
	{.name = "column_list",
         .alias = {"columns", "combination_of_columns"},
         .kind = PARAM_COLUMNS,
         .required = true,
         .doc = "The columns that together name a row."},
	{.name = "ignore_row_if",
         .kind = PARAM_ENUM,
         .names = ignore,
         .doc = "Which rows do not count: all_values_are_missing, any_value_is_missing, never."},
};

static bool
bind_one(struct binder *b, const struct check *c, struct bound *ret, struct err *err)
{
	if (!bind_domain(b, c, ret, err))
		return false;
	bind_column_counts(b, c, ret);
	ret->unexpected = metric_get(b->m, &metric_duplicates, ret->domain, 1, ret->where,
	                             (struct metric_params){.flag = c->quarantine != NULL});
	ret->duplicate = true;
	return true;
}

const struct metric *
bind_duplicates(struct binder *b, const struct check *c, const struct bound *of, struct err *err)
{
	/* A null alone is in no group; beside itself it is a value as in any other tuple. */
	const struct expr *const twice[] = {of->domain[0], of->domain[0]};
	const bool alone = of->ndomain == 1 && of->considered == NULL;
	const struct expr *where = of->where == NULL ? of->considered
	                           : of->considered == NULL
	                                   ? of->where
	                                   : expr_call2(b->x, OP_AND, of->where, of->considered, err);

	if (where == NULL && (of->where != NULL || of->considered != NULL))
		return NULL;
	return metric_get(b->m, &metric_duplicates, alone ? twice : of->domain, alone ? 2 : of->ndomain,
	                  where, (struct metric_params){.flag = c->quarantine != NULL});
}

/* Two nulls are equal here, as on Great Expectations' pandas engine; rows that ignore_row_if leaves out are filtered away. */
static bool
bind_many(struct binder *b, const struct check *c, struct bound *ret, struct err *err)
{
	if (!bind_domain(b, c, ret, err) || !bind_tuple_counts(b, c, ret, err))
		return false;
	ret->unexpected = bind_duplicates(b, c, ret, err);
	ret->duplicate = true;
	return ret->unexpected != NULL;
}

static void
occur_again(const struct check *c, struct buf *b)
{
	(void)c;
	buf_puts(b, "occur more than once");
}

static void
share(const struct check *c, struct buf *b)
{
	const struct arg *list = arg_of(c, "column_list");

	buf_puts(b, "share their ");
	for (uint32_t i = 0; i < list->ncolumn; i++)
		buf_printf(b, "%s" SV_FMT, i > 0 ? ", " : "", SV_ARG(list->column[i]));
	buf_puts(b, " with another row");
}

static void
fits(const struct check *c, struct diags *d)
{
	const struct arg *list = arg_of(c, "column_list");

	if (list->ncolumn > METRIC_ARGS_MAX)
		diag_error(d, list->loc, "a key of more than %d columns is not built yet", METRIC_ARGS_MAX);
}

const struct expectation expect_be_unique = {
	.name = "expect_column_values_to_be_unique",
	.shorthand = "unique",
	.alias = {"be_unique"},
	.summary = "No value occurs twice.",
	.doc = "Every copy of a value that occurs more than once is unexpected. Nulls do not count.",
	.example = "unique: order_id",
	.peers = {.gx = "`expect_column_values_to_be_unique`",
                  .dbt = "`unique`",
                  .soda = "`duplicate_count(c) = 0`",
                  .deequ = "`isUnique`",
                  .odcs = "`duplicateValues`"},
	.family = FAMILY_COLUMN_MAP,
	.broken = occur_again,
	.params = params_one,
	.nparams = LEN(params_one),
	.bind = bind_one,
};

const struct expectation expect_compound_unique = {
	.name = "expect_compound_columns_to_be_unique",
	.shorthand = "unique_together",
	.alias = {"compound_unique", "unique_combination_of_columns"},
	.summary = "No combination of values of several columns occurs twice.",
	.doc = "Nulls are equal to each other; by default only rows in which all of the columns are missing "
	       "do not count.",
	.example = "unique_together: [order_id, region]",
	.peers = {.gx = "`expect_compound_columns_to_be_unique`",
                  .dbt = "`dbt_utils.unique_combination_of_columns`",
                  .soda = "`duplicate_count(a, b) = 0`",
                  .deequ = "`areUnique`, `isPrimaryKey`",
                  .odcs = "`duplicateValues` with `properties`"},
	.family = FAMILY_MULTI_MAP,
	.noun = "rows",
	.broken = share,
	.params = params_many,
	.nparams = LEN(params_many),
	.validate = fits,
	.bind = bind_many,
};
