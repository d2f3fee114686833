/* How many columns a table has: judged from its schema alone, as their names are. */
#include <math.h>

#include "expect/family.h"

static const struct param params_between[] = {
	PARAMS_RANGE(PARAM_INTEGER, "number of columns"),
};

static const struct param params_equal[] = {
	{.name = "value",
         .kind = PARAM_INTEGER,
         .required = true,
         .bounded = true,
         .max = 1e9,
         .doc = "The number of columns."},
};

static bool
bind_nothing(struct binder *b, const struct check *c, struct bound *ret, struct err *err)
{
	(void)b, (void)c, (void)ret, (void)err;
	return true;
}

/* Those that the data has; declared ones that it lacks are not there, and members of objects are no columns of the table. */
static int64_t
count_present(const struct schema *s)
{
	int64_t n = 0;

	for (uint32_t i = 0; i < s->n; i++)
		n += !s->col[i].missing && !s->col[i].member;
	return n;
}

static void
judge_between(const struct bound *b, const struct metric_value *const *observed, struct arena *a,
              struct verdict *ret)
{
	const struct metric_value count = {.v = value_int(count_present(b->schema))}, *one = &count;

	(void)observed;
	judge_range(b, &one, a, ret);
}

static void
judge_equal(const struct bound *b, const struct metric_value *const *observed, struct arena *a,
            struct verdict *ret)
{
	int64_t want = arg_of(b->check, "value")->integer, n = count_present(b->schema);

	(void)observed;
	ret->has_observed = true;
	ret->observed = value_int(n);
	ret->success = n == want;
	ret->message = ret->success ? arena_svf(a, "%jd columns", (intmax_t)n)
	                            : arena_svf(a, "%jd columns, expected %jd", (intmax_t)n, (intmax_t)want);
}

const struct expectation expect_column_count_between = {
	.name = "expect_table_column_count_to_be_between",
	.shorthand = "column_count",
	.alias = {"column_count_between"},
	.noun = "the number of columns",
	.summary = "The number of columns lies in a range.",
	.doc = "A bare number asks for exactly that many.",
	.example = "column_count: {min: 3, max: 20}",
	.peers = {.gx = "`expect_table_column_count_to_be_between`",
                  .dbt = "`dbt_expectations.expect_table_column_count_to_be_between`",
                  .deequ = "`hasColumnCount`"},
	.family = FAMILY_TABLE,
	.limits = {.known = true, .most = INFINITY, .sure = true},
	.params = params_between,
	.nparams = LEN(params_between),
	.validate = range_validate,
	.shorthand_param = -1,
	.bare = &expect_column_count_equal,
	.bind = bind_nothing,
	.judge = judge_between,
};

const struct expectation expect_column_count_equal = {
	.name = "expect_table_column_count_to_equal",
	.shorthand = "column_count_equal",
	.noun = "the number of columns",
	.summary = "The number of columns is a given one.",
	.example = "column_count: 12",
	.peers = {.gx = "`expect_table_column_count_to_equal`",
                  .dbt = "`dbt_expectations.expect_table_column_count_to_equal`",
                  .deequ = "`hasColumnCount`"},
	.family = FAMILY_TABLE,
	.params = params_equal,
	.nparams = LEN(params_equal),
	.bind = bind_nothing,
	.judge = judge_equal,
};
