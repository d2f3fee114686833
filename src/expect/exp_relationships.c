/* Referential integrity across assets: every value, or tuple of values, is a key of another asset. */
#include "expect/family.h"

static const char *const nulls_names[] = {"ignore", "fail", NULL};

static const struct param params[] = {
	{.name = "column",
         .alias = {"columns"},
         .kind = PARAM_COLUMNS,
         .lone = true,
         .required = true,
         .doc = "The column, or the list of them that is the key."},
	{.name = "to",
         .kind = PARAM_ASSET,
         .required = true,
         .doc = "The asset that has the keys: its key, an alias, or dbt's ref('x')."},
	{.name = "field",
         .alias = {"fields"},
         .kind = PARAM_NAMES,
         .required = true,
         .doc = "Its column; of several, a list in the same order."},
	{.name = "nulls",
         .kind = PARAM_ENUM,
         .names = nulls_names,
         .doc = "ignore (the default): nulls do not count; fail: what is null, or has a null in it, refers to "
                "nothing and is wrong."},
};

static void
validate(const struct check *c, struct diags *d)
{
	const struct arg *mine = arg_of(c, "column"), *theirs = arg_of(c, "field");

	if (mine->ncolumn != theirs->nname)
		diag_error(d, theirs->loc, "%u column%s cannot be looked up in %u", mine->ncolumn,
		           mine->ncolumn == 1 ? "" : "s", theirs->nname);
	else if (mine->ncolumn > METRIC_ARGS_MAX)
		diag_error(d, mine->loc, "a key has at most %d columns", METRIC_ARGS_MAX);
}

/* "asset\0column\0column…", as whoever collects the keys reads it. */
static struct sv
keys_id(struct binder *b, const struct check *c)
{
	const struct arg *field = arg_of(c, "field");
	struct buf id;

	buf_init(&id, 1 << 16);
	buf_add(&id, arg_of(c, "to")->text);
	buf_putc(&id, '\0');
	for (uint32_t i = 0; i < field->nname; i++) {
		buf_add(&id, field->name[i]);
		buf_putc(&id, '\0');
	}
	return buf_take(b->a, &id);
}

/* As SQL's MATCH SIMPLE: a tuple with a null in it refers to nothing. */
static bool
bind(struct binder *b, const struct check *c, struct bound *ret, struct err *err)
{
	const uint32_t n = arg_of(c, "column")->ncolumn;
	const struct expr **mine = ARENA_ARRAY(b->a, const struct expr *, n), *there = NULL, *orphan;

	ret->domain = mine;
	ret->ndomain = n;
	for (uint32_t i = 0; i < n; i++) {
		const struct expr *has;

		mine[i] = bind_column(b, arg_of(c, "column")->column[i], arg_of(c, "column")->loc, err);
		if (mine[i] == NULL)
			return false;
		has = expr_not_null(b, mine[i], err);
		there = there == NULL ? has : expr_call2(b->x, OP_AND, there, has, err);
	}
	orphan = expr_call2(b->x, OP_AND, there,
	                    expr_call1(b->x, OP_NOT, expr_in_keys(b->x, mine, n, keys_id(b, c)), err), err);
	if (orphan != NULL && arg_of(c, "nulls")->choice == 1)
		orphan = expr_call2(b->x, OP_OR, expr_call1(b->x, OP_NOT, there, err), orphan, err);
	if (orphan == NULL)
		return false;
	if (arg_of(c, "nulls")->choice == 1) {
		ret->element = bind_rows(b, ret->where);
	} else if (n == 1) {
		bind_column_counts(b, c, ret);
	} else {
		ret->element = bind_rows(b, ret->where);
		ret->considered = there;
		ret->nonnull = metric_get(b->m, &metric_count_true, &there, 1, ret->where,
		                          (struct metric_params){0});
	}
	ret->unexpected = bind_count_true(b, c, orphan, ret->where);
	return true;
}

static void
are_unknown(const struct check *c, struct buf *b)
{
	const struct arg *field = arg_of(c, "field");

	buf_puts(b, "are not in ");
	for (uint32_t i = 0; i < field->nname; i++)
		buf_printf(b, "%s" SV_FMT, i > 0 ? ", " : "", SV_ARG(field->name[i]));
	buf_printf(b, " of " SV_FMT, SV_ARG(arg_of(c, "to")->text));
}

const struct expectation expect_relationships = {
	.name = "relationships",
	.shorthand = "relationships",
	.alias = {"foreign_key", "references"},
	.summary = "Every value occurs in a column of another asset.",
	.doc = "The other asset may lie in another source, in another format: a file's column in a table's. Of "
	       "several columns the tuple must occur there. Nulls do not count, nor do tuples with a null in "
	       "them, unless `nulls: fail` says so. The verdict ends with the version of either asset.",
	.example = "relationships: {column: customer_id, to: raw/customers, field: id}",
	.peers = {.dbt = "`relationships`, `dbt_utils.relationships_where`",
                  .soda = "`values in c must exist in t`",
                  .deequ = "DQDL `ReferentialIntegrity`",
                  .odcs = "`relationships`"},
	.family = FAMILY_COLUMN_MAP,
	.broken = are_unknown,
	.params = params,
	.nparams = LEN(params),
	.validate = validate,
	.bind = bind,
};
