/* Numbers of rows. */
#include <math.h>

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

/* How many records a message tells, by line alone or each with its reason; the details have all that are known. */
enum { LINES_TOLD = 5, REASONS_TOLD = 3 };

static bool
one_file(const struct metric_value *v)
{
	for (uint32_t i = 1; i < v->nmalformed; i++)
		if (v->malformed[i].part != v->malformed[0].part)
			return false;
	return v->malformed[0].part == 0;
}

static bool
one_reason(const struct metric_value *v)
{
	for (uint32_t i = 1; i < v->nmalformed; i++)
		if (strcmp(v->malformed[i].why, v->malformed[0].why) != 0)
			return false;
	return true;
}

static void
tell_line(const struct malformed_at *m, bool one_file, struct buf *b)
{
	buf_printf(b, "%jd", (intmax_t)m->line);
	if (!one_file)
		buf_printf(b, " of '" SV_FMT "'", SV_ARG(m->file));
}

/* " (lines 17, 99 and 3 more): 5 fields where 4 are expected" */
static void
tell_lines(const struct metric_value *v, struct buf *b)
{
	uint32_t n = MIN(v->nmalformed, (uint32_t)LINES_TOLD);

	buf_puts(b, v->count > 1 ? " (lines " : " (line ");
	for (uint32_t i = 0; i < n; i++) {
		buf_puts(b, i > 0 ? ", " : "");
		tell_line(&v->malformed[i], one_file(v), b);
	}
	if (v->count > n)
		buf_printf(b, " and %jd more", (intmax_t)(v->count - n));
	buf_printf(b, "): %s", v->malformed[0].why);
}

/* ": line 17: 5 fields where 4 are expected; line 99: …; and 3 more" */
static void
tell_reasons(const struct metric_value *v, struct buf *b)
{
	uint32_t n = MIN(v->nmalformed, (uint32_t)REASONS_TOLD);

	for (uint32_t i = 0; i < n; i++) {
		buf_puts(b, i > 0 ? "; line " : ": line ");
		tell_line(&v->malformed[i], one_file(v), b);
		buf_printf(b, ": %s", v->malformed[i].why);
	}
	if (v->count > n)
		buf_printf(b, "; and %jd more", (intmax_t)(v->count - n));
}

static struct sv
malformed_details(const struct metric_value *v, struct arena *a)
{
	struct buf text;
	struct json_writer w;

	buf_init(&text, 1 << 20);
	json_write_init(&w, &text, 0);
	json_object(&w);
	json_key(&w, "malformed");
	json_array(&w);
	for (uint32_t i = 0; i < v->nmalformed; i++) {
		json_object(&w);
		json_put_sv(&w, "file", v->malformed[i].file);
		json_put_i64(&w, "line", v->malformed[i].line);
		json_put_str(&w, "reason", v->malformed[i].why);
		json_object_end(&w);
	}
	json_array_end(&w);
	json_put_bool(&w, "cut", v->nmalformed < v->count);
	json_object_end(&w);
	return buf_take(a, &text);
}

static void
judge_well_formed(const struct bound *b, const struct metric_value *const *observed, struct arena *a,
                  struct verdict *ret)
{
	int64_t n = observed[0]->count;
	struct buf text;

	(void)b;
	ret->has_observed = true;
	ret->observed = value_int(n);
	ret->success = n == 0;
	if (n == 0) {
		ret->message = SV("every record is a row");
		return;
	}
	buf_init(&text, 1 << 16);
	buf_printf(&text, "%jd record%s no row%s and %s left out", (intmax_t)n, n == 1 ? " is" : "s are",
	           n == 1 ? "" : "s", n == 1 ? "was" : "were");
	if (observed[0]->nmalformed > 0) {
		if (one_reason(observed[0]))
			tell_lines(observed[0], &text);
		else
			tell_reasons(observed[0], &text);
		ret->details = malformed_details(observed[0], a);
	}
	ret->message = buf_take(a, &text);
}

const struct expectation expect_row_count_between = {
	.name = "expect_table_row_count_to_be_between",
	.shorthand = "row_count",
	.alias = {"row_count_between"},
	.noun = "the number of rows",
	.summary = "The number of rows lies in a range.",
	.doc = "A bare number asks for exactly that many. `where` restricts what is counted.",
	.example = "row_count: {min: 1, max: 1000000}",
	.peers = {.gx = "`expect_table_row_count_to_be_between`",
                  .dbt = "`dbt_expectations.expect_table_row_count_to_be_between`",
                  .soda = "`row_count`",
                  .deequ = "`hasSize`",
                  .odcs = "`rowCount`"},
	.on_nothing = "Nulls play no part; no rows are 0.",
	.family = FAMILY_TABLE,
	.counts_rows = true,
	.limits = {.known = true, .most = INFINITY, .sure = true},
	.params = params_between,
	.nparams = LEN(params_between),
	.validate = range_validate,
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
	.peers = {.gx = "`expect_table_row_count_to_equal`",
                  .dbt = "`dbt_expectations.expect_table_row_count_to_equal`",
                  .soda = "`row_count = n`",
                  .deequ = "`hasSize`",
                  .odcs = "`rowCount`"},
	.on_nothing = "Nulls play no part; no rows are 0.",
	.family = FAMILY_TABLE,
	.counts_rows = true,
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
	.peers = {.soda = "`row_count > 0`", .deequ = "`hasSize`", .odcs = "`rowCount`"},
	.on_nothing = "No rows are what it looks for.",
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
	       "object; such records are left out of all other checks. The first ones are told by line.",
	.example = "well_formed",
	.on_nothing = "Nulls play no part; without records it is met.",
	.family = FAMILY_TABLE,
	.shorthand_param = -1,
	.bind = bind_malformed,
	.judge = judge_well_formed,
};
