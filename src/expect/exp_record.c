/* Several columns of the same row: that their values differ, or are the same, and what they add up to. */
#include "expect/family.h"

static const char *const ignore[] = {"all_values_are_missing", "any_value_is_missing", "never", NULL};

#define PARAM_COLUMN_LIST                                                                             \
	{                                                                                             \
		.name = "column_list", .alias = {"columns"}, .kind = PARAM_COLUMNS, .required = true, \
		.doc = "The columns, two at least."                                                   \
	}
#define PARAM_IGNORE                                                                                   \
	{                                                                                              \
		.name = "ignore_row_if", .kind = PARAM_ENUM, .names = ignore,                          \
		.doc = "Which rows do not count: all_values_are_missing, any_value_is_missing, never." \
	}

static const struct param params_unique[] = {PARAM_COLUMN_LIST, PARAM_IGNORE};
static const struct param params_sum[] = {
	PARAM_COLUMN_LIST,
	{.name = "sum_total",
         .alias = {"total", "sum"},
         .kind = PARAM_REAL,
         .required = true,
         .doc = "What the values of a row add up to."},
	PARAM_IGNORE,
};

/* Each column is compared with each other one, so many of them are very many comparisons. */
enum { COLUMNS_MAX = 32 };

static void
validate(const struct check *c, struct diags *d)
{
	const struct arg *list = arg_of(c, "column_list");

	if (list->ncolumn < 2)
		diag_error(d, list->loc, "'" SV_FMT "' needs two columns at least", SV_ARG(c->written_name));
	if (list->ncolumn > COLUMNS_MAX)
		diag_error(d, list->loc, "%u columns are too many: %d is the limit", list->ncolumn,
		           COLUMNS_MAX);
}

static void
column_names(const struct check *c, const char *between, struct buf *b)
{
	const struct arg *list = arg_of(c, "column_list");

	for (uint32_t i = 0; i < list->ncolumn; i++)
		buf_printf(b, "%s" SV_FMT, i > 0 ? between : "", SV_ARG(list->column[i]));
}

static const struct expr **
bind_list(struct binder *b, const struct check *c, struct err *err)
{
	const struct arg *list = arg_of(c, "column_list");
	const struct expr **col = ARENA_ARRAY(b->a, const struct expr *, list->ncolumn);

	for (uint32_t i = 0; i < list->ncolumn; i++) {
		col[i] = bind_column(b, list->column[i], list->loc, err);
		if (col[i] == NULL)
			return NULL;
	}
	return col;
}

/* Values of kinds that have no order (text and number) are never equal; but two missing ones are, whatever their columns. */
static const struct expr *
same(struct binder *b, const struct expr *x, const struct expr *y, struct err *err)
{
	const struct expr *same = expr_call2(b->x, OP_SAME, x, y, NULL);

	if (same != NULL)
		return same;
	return expr_call2(b->x, OP_AND, expr_call1(b->x, OP_IS_NULL, x, err),
	                  expr_call1(b->x, OP_IS_NULL, y, err), err);
}

static const struct expr *
repeats(struct binder *b, const struct check *c, struct err *err)
{
	uint32_t n = arg_of(c, "column_list")->ncolumn, npair = 0;
	const struct expr **col = bind_list(b, c, err);
	const struct expr **pair = ARENA_ARRAY(b->a, const struct expr *, n *(n - 1) / 2);

	if (col == NULL)
		return NULL;
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t k = i + 1; k < n; k++)
			pair[npair++] = same(b, col[i], col[k], err);
	return npair == 1 ? pair[0] : expr_call(b->x, OP_OR, pair, npair, err);
}

/* Equality with the first is equality of all. */
static const struct expr *
differ(struct binder *b, const struct check *c, struct err *err)
{
	uint32_t n = arg_of(c, "column_list")->ncolumn;
	const struct expr **col = bind_list(b, c, err);
	const struct expr **equal = ARENA_ARRAY(b->a, const struct expr *, n);

	if (col == NULL)
		return NULL;
	for (uint32_t i = 1; i < n; i++)
		if ((equal[i - 1] = same(b, col[0], col[i], err)) == NULL)
			return NULL;
	return expr_call1(b->x, OP_NOT, n == 2 ? equal[0] : expr_call(b->x, OP_AND, equal, n - 1, err), err);
}

static void
are_not_equal(const struct check *c, struct buf *b)
{
	buf_puts(b, "have different values in ");
	column_names(c, ", ", b);
}

static void
repeat(const struct check *c, struct buf *b)
{
	buf_puts(b, "repeat a value among ");
	column_names(c, ", ", b);
}

/* A row with a missing value has no sum, so it does not have this one. */
static const struct expr *
adds_up_not(struct binder *b, const struct check *c, struct err *err)
{
	const struct arg *total = arg_of(c, "sum_total");
	const struct expr **col = bind_list(b, c, err), *sum;

	if (col == NULL)
		return NULL;
	sum = col[0];
	for (uint32_t i = 1; i < arg_of(c, "column_list")->ncolumn; i++)
		sum = expr_call2(b->x, OP_ADD, sum, col[i], err);
	if (sum == NULL)
		return NULL;
	const struct expr *want = expr_literal(b->x, arg_value(b->a, total->node, sum->type));

	return expr_call1(b->x, OP_NOT, expr_call2(b->x, OP_SAME, sum, want, err), err);
}

static void
do_not_add_up(const struct check *c, struct buf *b)
{
	buf_puts(b, "have ");
	column_names(c, " + ", b);
	buf_printf(b, " other than " SV_FMT, SV_ARG(arg_of(c, "sum_total")->node->text));
}

const struct expectation expect_unique_within_record = {
	.name = "expect_select_column_values_to_be_unique_within_record",
	.shorthand = "unique_within_record",
	.alias = {"expect_multicolumn_values_to_be_unique", "unique_within_row"},
	.summary = "In no row do two of several columns have the same value.",
	.doc = "Equality is by value: 1 = 1.0 = true. Two missing values are equal; by default only rows in "
	       "which all of the columns are missing do not count.",
	.example = "unique_within_record: [first_choice, second_choice, third_choice]",
	.peers = {.gx = "`expect_select_column_values_to_be_unique_within_record`",
                  .dbt = "`dbt_expectations.expect_select_column_values_to_be_unique_within_record`"},
	.family = FAMILY_MULTI_MAP,
	.noun = "rows",
	.broken = repeat,
	.params = params_unique,
	.nparams = LEN(params_unique),
	.validate = validate,
	.unexpected = repeats,
};

const struct expectation expect_equal_within_record = {
	.name = "expect_multicolumn_values_to_be_equal",
	.shorthand = "equal_within_record",
	.alias = {"multicolumn_equal"},
	.summary = "In every row several columns have the same value.",
	.doc = "Equality is by value: 1 = 1.0 = true. Two missing values are equal, a missing one and another are "
	       "not; by default only rows in which all of the columns are missing do not count.",
	.example = "equal_within_record: [billed, booked, paid]",
	.peers = {.gx = "`expect_multicolumn_values_to_be_equal`"},
	.family = FAMILY_MULTI_MAP,
	.noun = "rows",
	.broken = are_not_equal,
	.params = params_unique,
	.nparams = LEN(params_unique),
	.validate = validate,
	.unexpected = differ,
};

const struct expectation expect_multicolumn_sum = {
	.name = "expect_multicolumn_sum_to_equal",
	.shorthand = "sum_of_columns",
	.alias = {"multicolumn_sum", "row_sum"},
	.summary = "In every row the values of several columns add up to a given number.",
	.doc = "Sums of integers and decimals are exact; those of floating-point numbers are compared as "
	       "they come out, so use expr with round() for them. A row with a missing value is unexpected "
	       "unless ignore_row_if says otherwise.",
	.example = "sum_of_columns: {columns: [share_a, share_b, share_c], sum_total: 100}",
	.peers = {.gx = "`expect_multicolumn_sum_to_equal`",
                  .dbt = "`dbt_expectations.expect_multicolumn_sum_to_equal`"},
	.family = FAMILY_MULTI_MAP,
	.noun = "rows",
	.broken = do_not_add_up,
	.params = params_sum,
	.nparams = LEN(params_sum),
	.shorthand_param = -1,
	.validate = validate,
	.unexpected = adds_up_not,
};
