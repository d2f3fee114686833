/* One column against another in the same row. */
#include "expect/family.h"

static const char *const ignore[] = {"both_values_are_missing", "either_value_is_missing", "neither", NULL};

#define PARAMS_PAIR(a_, b_)                                                                                  \
	{.name = "column_A", .alias = {"a", "column_a"}, .kind = PARAM_COLUMN, .required = true, .doc = a_}, \
	{                                                                                                    \
		.name = "column_B", .alias = {"b", "column_b"}, .kind = PARAM_COLUMN, .required = true,      \
		.doc = b_                                                                                    \
	}
#define PARAM_IGNORE                                                                                         \
	{                                                                                                    \
		.name = "ignore_row_if", .kind = PARAM_ENUM, .names = ignore,                                \
		.doc = "Which rows do not count: both_values_are_missing, either_value_is_missing, neither." \
	}

static const struct param params_greater[] = {
	PARAMS_PAIR("The column that must be greater.", "The column that must be less."),
	{.name = "or_equal", .kind = PARAM_BOOL, .doc = "Equal values are fine too."},
	PARAM_IGNORE,
};

static const struct param params_equal[] = {PARAMS_PAIR("One column.", "The other column."), PARAM_IGNORE};

static const struct param params_set[] = {
	PARAMS_PAIR("The column of the first values.", "The column of the second values."),
	{.name = "value_pairs_set",
         .alias = {"pairs", "value_pairs"},
         .kind = PARAM_PAIRS,
         .required = true,
         .nullable = true,
         .doc = "The pairs, each as [a, b]. A null in one stands for a missing value; null for the whole is "
                "no set: everything passes."},
	PARAM_IGNORE,
};

static bool
bind_pair(struct binder *b, const struct check *c, const struct expr **left, const struct expr **right,
          struct err *err)
{
	const struct arg *a_arg = arg_of(c, "column_A"), *b_arg = arg_of(c, "column_B");

	*left = bind_column(b, a_arg->column[0], a_arg->loc, err);
	*right = *left == NULL ? NULL : bind_column(b, b_arg->column[0], b_arg->loc, err);
	return *right != NULL;
}

/* A row with one side missing is unexpected, as on Great Expectations' pandas engine: nothing compares with null. */
static const struct expr *
compares_not(struct binder *b, const struct check *c, enum expr_op op, struct err *err)
{
	const struct expr *left, *right;

	if (!bind_pair(b, c, &left, &right, err))
		return NULL;
	const struct expr *is_not = expr_call1(b->x, OP_NOT, expr_call2(b->x, op, left, right, err), err);
	const struct expr *part[] = {expr_call1(b->x, OP_IS_NULL, left, err),
	                             expr_call1(b->x, OP_IS_NULL, right, err), is_not};

	if (is_not == NULL)
		return NULL;
	return expr_call(b->x, OP_OR, part, LEN(part), err);
}

static const struct expr *
not_greater(struct binder *b, const struct check *c, struct err *err)
{
	return compares_not(b, c, arg_of(c, "or_equal")->flag ? OP_GE : OP_GT, err);
}

static const struct expr *
not_equal(struct binder *b, const struct check *c, struct err *err)
{
	return compares_not(b, c, OP_EQ, err);
}

/* Membership that is never null: null is a member if the list holds one. */
static const struct expr *
is_member(struct binder *b, const struct expr *e, const struct value *v, uint32_t n, struct err *err)
{
	const struct expr *missing = expr_call1(b->x, OP_IS_NULL, e, err);
	struct value *there = ARENA_ARRAY(b->a, struct value, n);
	uint32_t nthere = 0;

	for (uint32_t i = 0; i < n; i++)
		if (v[i].kind != VALUE_NULL)
			there[nthere++] = v[i];
	const struct expr *in = nthere == 0 ? expr_literal(b->x, value_bool(false))
	                                    : expr_call2(b->x, OP_AND, expr_not_null(b, e, err),
	                                                 expr_in(b->x, e, there, nthere, err), err);

	return nthere == n ? in : expr_call2(b->x, OP_OR, missing, in, err);
}

static bool
same_member(struct value a, struct value b)
{
	return a.kind == b.kind && value_eq(a, b);
}

/* (a is 1 and b is in [2, 3]) or (a is 2 and b is in [4]): the pairs by their first value. */
static const struct expr *
listed(struct binder *b, const struct expr *left, const struct expr *right, struct value pairs,
       struct err *err)
{
	const struct expr **group = ARENA_ARRAY(b->a, const struct expr *, pairs.n + 1);
	struct value *second = ARENA_ARRAY(b->a, struct value, pairs.n);
	bool *done = ARENA_ARRAY(b->a, bool, pairs.n);
	uint32_t ngroup = 0;

	for (uint32_t i = 0; i < pairs.n; i++) {
		const struct value *first = &pairs.list[i].list[0];
		uint32_t n = 0;

		for (uint32_t k = i; k < pairs.n && !done[i]; k++) {
			if (done[k] || (k > i && !same_member(*first, pairs.list[k].list[0])))
				continue;
			second[n++] = pairs.list[k].list[1];
			done[k] = k > i;
		}
		if (done[i])
			continue;
		group[ngroup++] = expr_call2(b->x, OP_AND, is_member(b, left, first, 1, err),
		                             is_member(b, right, second, n, err), err);
		if (group[ngroup - 1] == NULL)
			return NULL;
	}
	if (ngroup == 0)
		return expr_literal(b->x, value_bool(false));
	return ngroup == 1 ? group[0] : expr_call(b->x, OP_OR, group, ngroup, err);
}

/* Texts are times beside a column of times, and 0.1 is a decimal beside decimals. */
static struct value
typed_pairs(struct binder *b, const struct node *list, const struct expr *left, const struct expr *right)
{
	struct value *v = ARENA_ARRAY(b->a, struct value, list->n);

	for (size_t i = 0; i < list->n; i++) {
		struct value *pair = ARENA_ARRAY(b->a, struct value, 2);

		pair[0] = arg_value(b->a, &list->kid[i].kid[0], left->type);
		pair[1] = arg_value(b->a, &list->kid[i].kid[1], right->type);
		v[i] = (struct value){.kind = VALUE_LIST, .n = 2, .list = pair};
	}
	return (struct value){.kind = VALUE_LIST, .n = (uint32_t)list->n, .list = v};
}

static const struct expr *
not_listed(struct binder *b, const struct check *c, struct err *err)
{
	const struct arg *set = arg_of(c, "value_pairs_set");
	const struct expr *left, *right;

	if (!bind_pair(b, c, &left, &right, err))
		return NULL;
	if (set->null)
		return expr_literal(b->x, value_bool(false));
	return expr_call1(b->x, OP_NOT, listed(b, left, right, typed_pairs(b, set->node, left, right), err),
	                  err);
}

/* The groups are compared with each row in turn: thousands would be no check, but a join. */
enum { PAIRS_MAX = 2000 };

static void
validate_pairs(const struct check *c, struct diags *d)
{
	const struct arg *set = arg_of(c, "value_pairs_set");

	if (set->null || set->node->n <= PAIRS_MAX)
		return;
	diag_error(d, set->loc, "a set of %zu pairs is too large: %d is the limit", set->node->n, PAIRS_MAX);
	diag_hint(d, "Keep them as an asset, and test a joined key with relationships.");
}

static void
are_not_greater(const struct check *c, struct buf *b)
{
	struct sv left = arg_of(c, "column_A")->column[0], right = arg_of(c, "column_B")->column[0];

	buf_printf(b, "have " SV_FMT " %s " SV_FMT, SV_ARG(left),
	           arg_of(c, "or_equal")->flag ? "less than" : "not greater than", SV_ARG(right));
}

static void
are_not_equal(const struct check *c, struct buf *b)
{
	struct sv left = arg_of(c, "column_A")->column[0], right = arg_of(c, "column_B")->column[0];

	buf_printf(b, "have " SV_FMT " other than " SV_FMT, SV_ARG(left), SV_ARG(right));
}

static void
are_not_listed(const struct check *c, struct buf *b)
{
	struct sv left = arg_of(c, "column_A")->column[0], right = arg_of(c, "column_B")->column[0];

	buf_printf(b, "have " SV_FMT " and " SV_FMT " not in ", SV_ARG(left), SV_ARG(right));
	members_text(arg_of(c, "value_pairs_set")->node, b);
}

const struct expectation expect_pair_greater = {
	.name = "expect_column_pair_values_a_to_be_greater_than_b",
	.shorthand = "greater_than",
	.alias = {"expect_column_pair_values_A_to_be_greater_than_B", "pair_greater_than"},
	.summary = "In every row one column is greater than another.",
	.doc = "A row in which one of the two is missing is unexpected, unless ignore_row_if says otherwise.",
	.example = "greater_than: {a: dropoff_at, b: pickup_at, or_equal: true}",
	.peers = {.gx = "`expect_column_pair_values_a_to_be_greater_than_b`",
                  .dbt = "`dbt_expectations.expect_column_pair_values_A_to_be_greater_than_B`",
                  .deequ = "`isGreaterThan`"},
	.family = FAMILY_PAIR_MAP,
	.noun = "rows",
	.broken = are_not_greater,
	.params = params_greater,
	.nparams = LEN(params_greater),
	.shorthand_param = -1,
	.unexpected = not_greater,
};

const struct expectation expect_pair_equal = {
	.name = "expect_column_pair_values_to_be_equal",
	.shorthand = "equal_columns",
	.alias = {"pair_equal", "columns_equal"},
	.summary = "In every row two columns have the same value.",
	.doc = "Equality is by value: 1 = 1.0 = true. A row in which one of the two is missing is "
	       "unexpected, unless ignore_row_if says otherwise; so is, with ignore_row_if: neither, one in "
	       "which both are.",
	.example = "equal_columns: {a: billed_total, b: booked_total}",
	.peers = {.gx = "`expect_column_pair_values_to_be_equal`",
                  .dbt = "`dbt_expectations.expect_column_pair_values_to_be_equal`"},
	.family = FAMILY_PAIR_MAP,
	.noun = "rows",
	.broken = are_not_equal,
	.params = params_equal,
	.nparams = LEN(params_equal),
	.shorthand_param = -1,
	.unexpected = not_equal,
};

const struct expectation expect_pair_in_set = {
	.name = "expect_column_pair_values_to_be_in_set",
	.shorthand = "pair_in_set",
	.alias = {"pairs_in_set", "pair_values_in_set"},
	.summary = "In every row the values of two columns are one of a list of pairs.",
	.doc = "Equality is by value: 1 = 1.0 = true, and the text \"1\" equals none of them. A missing "
	       "value is in a pair only where the pair has null.",
	.example = "pair_in_set: {a: country, b: currency, pairs: [[DE, EUR], [US, USD]]}",
	.peers = {.gx = "`expect_column_pair_values_to_be_in_set`",
                  .dbt = "`dbt_expectations.expect_column_pair_values_to_be_in_set`"},
	.family = FAMILY_PAIR_MAP,
	.noun = "rows",
	.broken = are_not_listed,
	.params = params_set,
	.nparams = LEN(params_set),
	.shorthand_param = -1,
	.validate = validate_pairs,
	.unexpected = not_listed,
};
