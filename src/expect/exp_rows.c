/* Numbers of rows. */
#include "expect/family.h"

static const struct param params_between[] = {
	PARAMS_RANGE(PARAM_INTEGER, "number of rows"),
};

static const struct param params_equal[] = {
	{.name = "value",
         .kind = PARAM_INTEGER,
         .required = true,
         .bounded = true,
         .max = 1e18,
         .doc = "The number of rows."},
};

static bool
bind_count(struct binder *b, const struct check *c, struct bound *ret, struct err *err)
{
	(void)c, (void)err;
	ret->observed[0] = bind_rows(b, ret->where);
	ret->nobserved = 1;
	return true;
}

static void
judge_equal(const struct bound *b, const struct metric_value *const *observed, struct arena *a,
            struct verdict *ret)
{
	int64_t want = arg_of(b->check, "value")->integer;

	ret->has_observed = true;
	ret->observed = observed[0]->v;
	ret->success = observed[0]->v.kind == VALUE_INT && observed[0]->v.i == want;
	ret->message = ret->success ? arena_svf(a, "%jd rows", (intmax_t)want)
	                            : arena_svf(a, "%jd rows, expected %jd", (intmax_t)observed[0]->v.i,
	                                        (intmax_t)want);
}

static void
judge_not_empty(const struct bound *b, const struct metric_value *const *observed, struct arena *a,
                struct verdict *ret)
{
	(void)b;
	ret->has_observed = true;
	ret->observed = observed[0]->v;
	ret->success = observed[0]->v.kind == VALUE_INT && observed[0]->v.i > 0;
	ret->message = ret->success ? arena_svf(a, "%jd rows", (intmax_t)observed[0]->v.i)
	                            : SV("there are no rows");
}

static bool
bind_malformed(struct binder *b, const struct check *c, struct bound *ret, struct err *err)
{
	(void)c, (void)err;
	ret->observed[0] = metric_get(b->m, &metric_malformed, NULL, 0, NULL, (struct metric_params){0});
	ret->nobserved = 1;
	return true;
}

static void
judge_well_formed(const struct bound *b, const struct metric_value *const *observed, struct arena *a,
                  struct verdict *ret)
{
	int64_t n = observed[0]->count;

	(void)b;
	ret->has_observed = true;
	ret->observed = value_int(n);
	ret->success = n == 0;
	ret->message = n == 0 ? SV("every record is a row")
	                      : arena_svf(a, "%jd record%s no row%s and %s left out", (intmax_t)n,
	                                  n == 1 ? " is" : "s are", n == 1 ? "" : "s",
	                                  n == 1 ? "was" : "were");
}

const struct expectation expect_row_count_between = {
	.name = "expect_table_row_count_to_be_between",
	.shorthand = "row_count",
	.alias = {"row_count_between"},
	.noun = "the number of rows",
	.summary = "The number of rows lies in a range.",
	.doc = "A bare number asks for exactly that many. `where` restricts what is counted.",
	.example = "row_count: {min: 1, max: 1000000}",
	.family = FAMILY_TABLE,
	.params = params_between,
	.nparams = LEN(params_between),
	.shorthand_param = -1,
	.bare = &expect_row_count_equal,
	.bind = bind_count,
	.judge = judge_range,
};

const struct expectation expect_row_count_equal = {
	.name = "expect_table_row_count_to_equal",
	.shorthand = "row_count_equal",
	.noun = "the number of rows",
	.summary = "The number of rows is a given one.",
	.example = "row_count: 180",
	.family = FAMILY_TABLE,
	.params = params_equal,
	.nparams = LEN(params_equal),
	.bind = bind_count,
	.judge = judge_equal,
};

const struct expectation expect_not_empty = {
	.name = "not_empty",
	.shorthand = "not_empty",
	.noun = "the number of rows",
	.summary = "There is at least one row.",
	.doc = "Every asset has this check unless it says `allow_empty: true`: most expectations pass when "
	       "there is nothing that could break them.",
	.example = "not_empty",
	.family = FAMILY_TABLE,
	.shorthand_param = -1,
	.bind = bind_count,
	.judge = judge_not_empty,
};

const struct expectation expect_well_formed = {
	.name = "well_formed",
	.shorthand = "well_formed",
	.noun = "the number of malformed records",
	.summary = "Every record of the source is a row.",
	.doc = "Every asset has this check. A record is malformed when it has the wrong number of fields, a "
	       "quote that never ends, or is no JSON "
	       "object; such records are left out of all other checks.",
	.example = "well_formed",
	.family = FAMILY_TABLE,
	.shorthand_param = -1,
	.bind = bind_malformed,
	.judge = judge_well_formed,
};
