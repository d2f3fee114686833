/* The same rows as another asset has: each combination of values that is here is there, too, and the other way round. */
#include "expect/family.h"
#include "metric/rowbag.h"

static const struct param params[] = {
	{.name = "other_table_name",
         .alias = {"to", "other", "asset"},
         .kind = PARAM_ASSET,
         .required = true,
         .doc = "The other asset: its key, an alias, or dbt's ref('x')."},
	{.name = "columns",
         .alias = {"compare_columns"},
         .kind = PARAM_COLUMNS,
         .doc = "The columns that are compared, which both have. By default all of them."},
	{.name = "exclude",
         .alias = {"exclude_columns"},
         .kind = PARAM_NAMES,
         .doc = "Columns that are not compared, where `columns` are not named."},
};

static void
validate(const struct check *c, struct diags *d)
{
	if (arg_of(c, "columns")->given && arg_of(c, "exclude")->given)
		diag_error(d, arg_of(c, "exclude")->loc, "either columns or exclude are named, not both");
}

static bool
is_excluded(const struct check *c, struct sv name)
{
	const struct arg *exclude = arg_of(c, "exclude");

	for (uint32_t i = 0; i < exclude->nname; i++)
		if (sv_ieq(name, exclude->name[i]))
			return true;
	return false;
}

/* The names, sorted where all are meant, since tables may have the same columns in another order. */
static const struct sv *
compared(struct binder *b, const struct check *c, uint32_t *n)
{
	const struct arg *columns = arg_of(c, "columns");
	uint32_t all;
	struct sv *name;

	*n = columns->ncolumn;
	if (columns->given)
		return columns->column;
	name = schema_present(b->a, b->schema, &all);
	for (uint32_t i = 0; i < all; i++)
		if (!is_excluded(c, name[i]))
			name[(*n)++] = name[i];
	for (uint32_t i = 1; i < *n; i++)
		for (uint32_t k = i; k > 0 && sv_cmp(name[k - 1], name[k]) > 0; k--) {
			const struct sv swap = name[k];

			name[k] = name[k - 1];
			name[k - 1] = swap;
		}
	return name;
}

/* What the run is told of the other side: its key, whether it may have other columns, what is excluded, and the columns. */
static const struct metric *
other_side(struct binder *b, const struct check *c, const struct sv *name, uint32_t n)
{
	const struct arg *exclude = arg_of(c, "exclude");
	const bool some = arg_of(c, "columns")->given;
	const struct expr **arg = ARENA_ARRAY(b->a, const struct expr *, n + exclude->nname + 1);
	uint32_t narg = 0;

	arg[narg++] = expr_literal(b->x, value_text(arg_of(c, "other_table_name")->text));
	for (uint32_t i = 0; i < n; i++)
		arg[narg++] = expr_literal(b->x, value_text(name[i]));
	for (uint32_t i = 0; i < exclude->nname; i++)
		arg[narg++] = expr_literal(b->x, value_text(exclude->name[i]));
	return metric_get(b->m, &metric_other_collected, arg, narg, NULL,
	                  (struct metric_params){.number = n, .flag = some});
}

static bool
bind(struct binder *b, const struct check *c, struct bound *ret, struct err *err)
{
	uint32_t n;
	const struct sv *name = compared(b, c, &n);
	const struct expr **mine = ARENA_ARRAY(b->a, const struct expr *, n);

	if (n == 0 && !b->schema->open)
		return err_set(err, ERR_EVAL, c->loc, "there are no columns to compare");
	/* Which ones there are is not known before the data was seen, and nothing is evaluated until then. */
	if (n == 0) {
		ret->observed[0] = bind_rows(b, ret->where);
		ret->nobserved = 1;
		return true;
	}
	for (uint32_t i = 0; i < n; i++)
		if ((mine[i] = bind_column(b, name[i], c->loc, err)) == NULL)
			return false;
	ret->observed[0] = metric_get(b->m, &metric_collected, mine, n, ret->where,
	                              (struct metric_params){0});
	ret->observed[1] = other_side(b, c, name, n);
	ret->nobserved = 2;
	return true;
}

static bool
same_key(const struct rowbag_row *x, const struct rowbag_row *y)
{
	return x->key.lo == y->key.lo && x->key.hi == y->key.hi;
}

static bool
is_before(const struct rowbag_row *x, const struct rowbag_row *y)
{
	return x->key.lo != y->key.lo ? x->key.lo < y->key.lo : x->key.hi < y->key.hi;
}

/* The next row of another key. */
static size_t
behind(const struct rowbag_part *p, size_t i)
{
	size_t ret = i + 1;

	while (ret < p->n && same_key(&p->row[ret], &p->row[i]))
		ret++;
	return ret;
}

/* Keys that only one side has, of both sides' rows in the order of their keys. */
static void
count_part(const struct rowbag_part *p, int64_t *only)
{
	size_t i = 0, k = 0;

	while (i < p[0].n || k < p[1].n) {
		const bool both = i < p[0].n && k < p[1].n && same_key(&p[0].row[i], &p[1].row[k]);
		const bool mine = both || k == p[1].n ||
		                  (i < p[0].n && is_before(&p[0].row[i], &p[1].row[k]));

		only[0] += mine && !both;
		only[1] += !mine;
		if (!mine || both)
			k = behind(&p[1], k);
		if (mine)
			i = behind(&p[0], i);
	}
}

static bool
count_only(const struct rowbag *mine, const struct rowbag *theirs, int64_t *only, struct err *err)
{
	for (size_t i = 0; i < ROWBAG_PARTS; i++) {
		struct rowbag_part p[2] = {0};
		const bool ok = rowbag_part(mine, i, &p[0], err) && rowbag_part(theirs, i, &p[1], err);

		if (ok)
			count_part(p, only);
		rowbag_part_fini(&p[0]);
		rowbag_part_fini(&p[1]);
		if (!ok)
			return false;
	}
	return true;
}

static void
judge_rows(const struct bound *b, const struct metric_value *const *observed, struct arena *a,
           struct verdict *ret)
{
	const struct sv other = arg_of(b->check, "other_table_name")->text;
	const struct check *c = b->check;
	int64_t only[2] = {0};

	if (!count_only(observed[0]->bag, observed[1]->bag, only, &ret->err))
		return;
	ret->has_observed = true;
	ret->observed = value_int(only[0] + only[1]);
	ret->success = c->warn.set || c->fail.set || only[0] + only[1] == 0;
	ret->message = only[0] + only[1] == 0
	                       ? arena_svf(a, "the same rows as in " SV_FMT, SV_ARG(other))
	                       : arena_svf(a, "%jd different rows are only here, and %jd only in " SV_FMT,
	                                   (intmax_t)only[0], (intmax_t)only[1], SV_ARG(other));
}

const struct expectation expect_same_rows = {
	.name = "expect_table_rows_to_equal_other_table",
	.shorthand = "same_rows",
	.alias = {"equality"},
	.noun = "the number of rows on one side only",
	.summary = "The rows are those of another asset.",
	.doc = "Each combination of values is on both sides, how often ever; `row_count_equal_other` beside it says how "
	       "often. Without `columns` both have to have the same columns, in whatever order. `where` restricts what "
	       "is looked at here, not there. How many different rows are on one side only is observed; `weir diff` "
	       "shows them. The verdict ends with the version of either asset.",
	.example = "same_rows: {to: raw/customers, columns: [id, email]}",
	.peers = {.dbt = "`dbt_utils.equality`"},
	.on_nothing = "A null is equal to a null. No rows here and none there are the same.",
	.family = FAMILY_TABLE,
	.params = params,
	.nparams = LEN(params),
	.validate = validate,
	.bind = bind,
	.judge = judge_rows,
};
