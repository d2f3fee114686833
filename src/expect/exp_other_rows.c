/* As many rows as another asset has, or fewer. */
#include "base/num.h"
#include "expect/family.h"

#define PARAM_OTHER                                                                                 \
	{                                                                                           \
		.name = "other_table_name", .alias = {"to", "other", "asset"}, .kind = PARAM_ASSET, \
		.required = true, .doc = "The other asset: its key, an alias, or dbt's ref('x')."   \
	}

static const struct param params_equal[] = {
	PARAM_OTHER,
	{.name = "factor",
         .kind = PARAM_REAL,
         .dflt = 1,
         .bounded = true,
         .max = 1e15,
         .doc = "So many times as many rows as there; default 1."},
	{.name = "min_factor", .kind = PARAM_REAL, .doc = "Instead: at least so many times as many."},
	{.name = "max_factor", .kind = PARAM_REAL, .doc = "Instead: at most so many times as many."},
	{.name = "strict_min", .kind = PARAM_BOOL, .doc = "min_factor itself is too little."},
	{.name = "strict_max", .kind = PARAM_BOOL, .doc = "max_factor itself is too much."},
};

static const struct param params_fewer[] = {PARAM_OTHER};

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
observe_both(int64_t mine, int64_t theirs, struct arena *a, struct verdict *ret)
{
	struct value *v = ARENA_ARRAY(a, struct value, 4);

	v[0] = value_text(SV("self"));
	v[1] = value_int(mine);
	v[2] = value_text(SV("other"));
	v[3] = value_int(theirs);
	ret->has_observed = true;
	ret->observed = (struct value){.kind = VALUE_OBJECT, .n = 2, .list = v};
}

static void
validate_equal(const struct check *c, struct diags *d)
{
	const struct arg *min = arg_of(c, "min_factor"), *max = arg_of(c, "max_factor");

	if (arg_of(c, "factor")->given && (min->given || max->given))
		diag_error(d, arg_of(c, "factor")->loc, "'factor' says what min_factor and max_factor do");
	if (min->given && max->given && min->real > max->real)
		diag_error(d, min->loc, "min_factor is greater than max_factor");
}

/* Of no rows nothing is a share, so that no range is met. */
static void
judge_factors(const struct check *c, int64_t mine, int64_t theirs, struct arena *a, struct verdict *ret)
{
	const struct arg *min = arg_of(c, "min_factor"), *max = arg_of(c, "max_factor");
	const double ratio = theirs > 0 ? (double)mine / (double)theirs : 0;
	struct sv other = arg_of(c, "other_table_name")->text;

	ret->success = theirs > 0 &&
	               (!min->given ||
	                (arg_of(c, "strict_min")->flag ? ratio > min->real : ratio >= min->real)) &&
	               (!max->given ||
	                (arg_of(c, "strict_max")->flag ? ratio < max->real : ratio <= max->real));
	if (theirs == 0)
		ret->message = arena_svf(a, "%jd rows, and " SV_FMT " has none to compare with",
		                         (intmax_t)mine, SV_ARG(other));
	else
		ret->message = arena_svf(a, "%jd rows, and " SV_FMT " has %jd: %.6g times as many",
		                         (intmax_t)mine, SV_ARG(other), (intmax_t)theirs, ratio);
}

static void
judge_same(const struct bound *b, const struct metric_value *const *observed, struct arena *a,
           struct verdict *ret)
{
	const struct arg *factor = arg_of(b->check, "factor");
	struct sv other = arg_of(b->check, "other_table_name")->text;
	int64_t mine = observed[0]->v.i, theirs = observed[1]->v.i;
	char times[32];

	observe_both(mine, theirs, a, ret);
	if (arg_of(b->check, "min_factor")->given || arg_of(b->check, "max_factor")->given) {
		judge_factors(b->check, mine, theirs, a, ret);
		return;
	}
	ret->success = factor->given ? (double)mine == (double)theirs * factor->real : mine == theirs;
	if (factor->given) {
		ret->message = arena_svf(a, "%jd rows, and " SV_FMT " has %jd; %s times as many are %s",
		                         (intmax_t)mine, SV_ARG(other), (intmax_t)theirs,
		                         num_f64_format(factor->real, times),
		                         ret->success ? "as expected" : "expected");
		return;
	}
	ret->message = ret->success ? arena_svf(a, "%jd rows, as in " SV_FMT, (intmax_t)mine, SV_ARG(other))
	                            : arena_svf(a, "%jd rows, and " SV_FMT " has %jd", (intmax_t)mine,
	                                        SV_ARG(other), (intmax_t)theirs);
}

static void
judge_fewer(const struct bound *b, const struct metric_value *const *observed, struct arena *a,
            struct verdict *ret)
{
	struct sv other = arg_of(b->check, "other_table_name")->text;
	int64_t mine = observed[0]->v.i, theirs = observed[1]->v.i;

	observe_both(mine, theirs, a, ret);
	ret->success = mine < theirs;
	ret->message = arena_svf(a, "%jd rows, and " SV_FMT " has %s%jd", (intmax_t)mine, SV_ARG(other),
	                         ret->success ? "" : "no more than ", (intmax_t)theirs);
}

const struct expectation expect_row_count_other = {
	.name = "expect_table_row_count_to_equal_other_table",
	.shorthand = "row_count_equal_other",
	.alias = {"equal_rowcount", "row_count_of"},
	.noun = "the number of rows",
	.no_threshold = true,
	.summary = "There are as many rows as in another asset.",
	.doc = "`where` restricts what is counted here, not there. With `factor: 2` there are twice as many as "
	       "there, with `min_factor: 0.95` at least 95 % of them. The verdict ends with the version of either asset.",
	.example = "row_count_equal_other: raw/customers",
	.peers =
		{.gx = "`expect_table_row_count_to_equal_other_table`",
                 .dbt = "`dbt_utils.equal_rowcount`, `dbt_expectations.expect_table_row_count_to_equal_other_table`",
                 .soda = "`row_count same as`",
                 .deequ = "DQDL `RowCountMatch`"},
	.on_nothing = "Nulls play no part; no rows are 0, here and there.",
	.family = FAMILY_TABLE,
	.params = params_equal,
	.nparams = LEN(params_equal),
	.validate = validate_equal,
	.bind = bind,
	.judge = judge_same,
};

const struct expectation expect_row_count_fewer = {
	.name = "expect_table_row_count_to_be_less_than_other_table",
	.shorthand = "fewer_rows_than",
	.noun = "the number of rows",
	.no_threshold = true,
	.summary = "There are fewer rows than in another asset.",
	.doc = "`where` restricts what is counted here, not there. As many are too many. The verdict ends with "
	       "the version of either asset.",
	.example = "fewer_rows_than: raw/customers",
	.peers = {.dbt = "`dbt_utils.fewer_rows_than`"},
	.on_nothing = "Nulls play no part; no rows are 0, here and there.",
	.family = FAMILY_TABLE,
	.params = params_fewer,
	.nparams = LEN(params_fewer),
	.bind = bind,
	.judge = judge_fewer,
};
