/* As many rows as another asset has. */
#include "expect/family.h"

static const struct param params[] = {
	{.name = "other_table_name",
         .alias = {"to", "other", "asset"},
         .kind = PARAM_ASSET,
         .required = true,
         .doc = "The other asset: its key, an alias, or dbt's ref('x')."},
};

static bool
bind(struct binder *b, const struct check *c, struct bound *ret, struct err *err)
{
	const struct expr *key = expr_literal(b->x, value_text(arg_of(c, "other_table_name")->text));

	(void)err;
	ret->observed[0] = bind_rows(b, ret->where);
	ret->observed[1] = metric_get(b->m, &metric_other_rows, &key, 1, NULL, (struct metric_params){0});
	ret->nobserved = 2;
	return true;
}

static void
judge_same(const struct bound *b, const struct metric_value *const *observed, struct arena *a,
           struct verdict *ret)
{
	struct sv other = arg_of(b->check, "other_table_name")->text;
	int64_t mine = observed[0]->v.i, theirs = observed[1]->v.i;
	struct value *v = ARENA_ARRAY(a, struct value, 4);

	v[0] = value_text(SV("self"));
	v[1] = value_int(mine);
	v[2] = value_text(SV("other"));
	v[3] = value_int(theirs);
	ret->has_observed = true;
	ret->observed = (struct value){.kind = VALUE_OBJECT, .n = 2, .list = v};
	ret->success = mine == theirs;
	ret->message = ret->success ? arena_svf(a, "%jd rows, as in " SV_FMT, (intmax_t)mine, SV_ARG(other))
	                            : arena_svf(a, "%jd rows, and " SV_FMT " has %jd", (intmax_t)mine,
	                                        SV_ARG(other), (intmax_t)theirs);
}

const struct expectation expect_row_count_other = {
	.name = "expect_table_row_count_to_equal_other_table",
	.shorthand = "row_count_equal_other",
	.alias = {"equal_rowcount", "row_count_of"},
	.noun = "the number of rows",
	.no_threshold = true,
	.summary = "There are as many rows as in another asset.",
	.doc = "`where` restricts what is counted here, not there. The verdict ends with the version of "
	       "either asset.",
	.example = "row_count_equal_other: raw/customers",
	.peers =
		{.gx = "`expect_table_row_count_to_equal_other_table`",
                 .dbt = "`dbt_utils.equal_rowcount`, `dbt_expectations.expect_table_row_count_to_equal_other_table`",
                 .soda = "`row_count same as`",
                 .deequ = "DQDL `RowCountMatch`"},
	.on_nothing = "Nulls play no part; no rows are 0, here and there.",
	.family = FAMILY_TABLE,
	.params = params,
	.nparams = LEN(params),
	.bind = bind,
	.judge = judge_same,
};
