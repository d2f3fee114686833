/* How old the newest value is. */
#include "base/duration.h"
#include "expect/family.h"
#include "expr/instant.h"

/* Clocks differ: what lies so little ahead of the run's clock is of now. */
#define AHEAD_US (5 * US_PER_MIN)

static const struct param params[] = {
	PARAM_THE_COLUMN,
	{.name = "within",
         .alias = {"max_age"},
         .kind = PARAM_DURATION,
         .doc = "How old the newest value may be: 6h, 1d6h. Not needed beside a threshold."},
};

static bool
bind(struct binder *b, const struct check *c, struct bound *ret, struct err *err)
{
	const struct expr *old, *ahead;
	char type[TYPE_TEXT_MAX];
	struct value limit;

	if (!bind_domain(b, c, ret, err))
		return false;
	if (!arg_of(c, "within")->given && !c->warn.set && !c->fail.set)
		return err_set(err, ERR_ARG, c->loc, "'" SV_FMT "' needs within, or a threshold",
		               SV_ARG(c->written_name));

	struct type t = ret->domain[0]->type;

	if (t.kind == TYPE_ANY && b->schema->open)
		return true; /* nothing was looked at yet */
	if (!value_at_instant(t, b->now_us + AHEAD_US, &limit)) {
		err_set(err, ERR_ARG, arg_of(c, "column")->loc,
		        "column '" SV_FMT "' holds no times but %s values",
		        SV_ARG(ret->domain[0]->column->name), type_text(t, type));
		return err_hint(err, "declare its type under columns: (date, timestamp or timestamptz)");
	}
	old = expr_call2(b->x, OP_LE, ret->domain[0], expr_literal(b->x, limit), err);
	ahead = expr_call2(b->x, OP_GT, ret->domain[0], expr_literal(b->x, limit), err);
	if (old != NULL && ret->where != NULL)
		old = expr_call2(b->x, OP_AND, ret->where, old, err);
	if (old == NULL || ahead == NULL)
		return false;
	ret->element = bind_rows(b, ret->where);
	ret->nonnull = metric_get(b->m, &metric_count_valid, ret->domain, 1, ret->where,
	                          (struct metric_params){0});
	ret->observed[0] = metric_get(b->m, &metric_max, ret->domain, 1, old, (struct metric_params){0});
	ret->observed[1] = bind_count_true(b, c, ahead, ret->where);
	ret->nobserved = 2;
	return true;
}

/* The newest value beside its age, which is what is observed. */
static struct sv
details_json(struct value newest, int64_t ahead, struct arena *a)
{
	struct json_writer w;
	struct buf text;

	buf_init(&text, 1 << 16);
	json_write_init(&w, &text, 0);
	json_object(&w);
	json_key(&w, "newest");
	value_to_json(newest, &w);
	json_put_i64(&w, "ahead_of_clock", ahead);
	json_object_end(&w);
	return buf_take(a, &text);
}

static void
judge_age(const struct bound *b, const struct metric_value *const *observed, struct arena *a,
          struct verdict *ret)
{
	const struct check *c = b->check;
	const struct arg *within = arg_of(c, "within");
	const int64_t ahead = observed[1]->count;
	const int64_t newest = value_instant(b->domain[0]->type, observed[0]->v);
	char age[DURATION_MAX], most[DURATION_MAX];
	struct buf text;

	ret->details = details_json(observed[0]->v, ahead, a);
	buf_init(&text, 1 << 16);
	if (newest == TIME_NONE) {
		buf_puts(&text, "there is no time to tell the age of");
	} else {
		int64_t us;

		if (__builtin_sub_overflow(b->now_us, newest, &us))
			us = INT64_MAX; /* an infinity of Parquet */
		us = MAX(us, 0);
		ret->has_observed = true;
		ret->observed = value_real((double)us / 1e6);
		ret->success = !within->given || us <= within->integer;
		buf_printf(&text, "the newest value is %s old", duration_words(us, age));
		if (!ret->success)
			buf_printf(&text, ", at most %s is allowed", duration_format(within->integer, most));
	}
	if (ahead > 0)
		buf_printf(&text, "; %jd value%s ahead of the clock, which makes nothing recent",
		           (intmax_t)ahead, ahead == 1 ? " is" : "s are");
	ret->message = buf_take(a, &text);
}

const struct expectation expect_max_recent = {
	.name = "expect_column_max_to_be_recent",
	.shorthand = "recent",
	.alias = {"recency"},
	.noun = "the age of the newest value",
	.of_clock = true,
	.is_seconds = true,
	.summary = "The newest value is at most so old.",
	.doc = "Its age by the run's clock is observed, in seconds, and thresholds may say `warn: \"> 6h\"`. Values "
	       "more than five minutes ahead of the clock make nothing recent; they are counted and told. A date "
	       "is as old as its midnight. The verdict is of the time of the run: `freshness:` with max_data_age "
	       "goes on looking when nothing runs.",
	.example = "recent: {column: loaded_at, within: 1d6h}",
	.on_nothing = "Nulls do not count; without values there is no newest one, and it is not met.",
	.peers = {.dbt = "`dbt_utils.recency`, `dbt_expectations.expect_row_values_to_have_recent_data`",
                  .soda = "`freshness(c) < 1d`",
                  .deequ = "DQDL `DataFreshness`",
                  .odcs = "SLA `latency`"},
	.family = FAMILY_AGGREGATE,
	.params = params,
	.nparams = LEN(params),
	.bind = bind,
	.judge = judge_age,
};
