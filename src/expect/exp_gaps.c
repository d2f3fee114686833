/* What should follow without a gap: whole numbers, and windows of time. */
#include "base/civil.h"
#include "base/duration.h"
#include "expect/family.h"

static const char *const until_names[] = {"last", "now", NULL};

static const struct param params_sequence[] = {
	PARAM_THE_COLUMN,
	{.name = "step",
         .alias = {"interval"},
         .kind = PARAM_INTEGER,
         .dflt = 1,
         .bounded = true,
         .min = 1,
         .max = 1e15,
         .doc = "How far each number is from the next; default 1."},
};

static const struct param params_times[] = {
	PARAM_THE_COLUMN,
	{.name = "every",
         .kind = PARAM_DURATION,
         .required = true,
         .doc = "The length of a window: 1h, 15m, 1d, 1w."},
	{.name = "until",
         .kind = PARAM_ENUM,
         .names = until_names,
         .doc = "Where the windows end: with the last value (default), or now, with the last that is over."},
};

static bool
bind_gaps(struct binder *b, const struct check *c, int64_t number, bool times, struct bound *ret,
          struct err *err)
{
	char type[TYPE_TEXT_MAX];
	struct type t;

	if (!bind_domain(b, c, ret, err))
		return false;
	t = ret->domain[0]->type;
	if (!(times ? type_is_temporal(t) : type_is_numeric(t) && t.kind != TYPE_BOOLEAN) &&
	    t.kind != TYPE_ANY && t.kind != TYPE_NULL && t.kind != TYPE_VARIANT) {
		err_set(err, ERR_ARG, arg_of(c, "column")->loc, "column '" SV_FMT "' holds %s values, not %s",
		        SV_ARG(ret->domain[0]->column->name), type_text(t, type),
		        times ? "times" : "numbers");
		return err_hint(err, "declare the column's type under columns: if they are some");
	}
	ret->element = bind_rows(b, ret->where);
	ret->nonnull = metric_get(b->m, &metric_count_valid, ret->domain, 1, ret->where,
	                          (struct metric_params){0});
	ret->observed[0] = metric_get(b->m, &metric_gaps, ret->domain, 1, ret->where,
	                              (struct metric_params){.number = number, .flag = times});
	ret->nobserved = 1;
	return true;
}

static bool
bind_sequence(struct binder *b, const struct check *c, struct bound *ret, struct err *err)
{
	const struct arg *step = arg_of(c, "step");

	return bind_gaps(b, c, step->given ? step->integer : 1, false, ret, err);
}

static bool
bind_times(struct binder *b, const struct check *c, struct bound *ret, struct err *err)
{
	return bind_gaps(b, c, arg_of(c, "every")->integer, true, ret, err);
}

/* A key as people know it: the number, or when the window begins. */
static struct value
key_value(const struct bound *b, int64_t key, struct arena *a)
{
	const bool times = b->check->expectation == &expect_no_time_gaps;
	const int64_t every = times ? arg_of(b->check, "every")->integer : 1;
	const struct type t = b->domain[0]->type;
	char text[RFC3339_MAX];
	int64_t us;

	if (!times)
		return value_int(key);
	us = metric_gaps_start(key, every);
	if (every % US_PER_DAY == 0)
		return value_text(arena_sv(a, sv_of(date_format(civil_day_of(us), text))));
	if (t.kind == TYPE_TIMESTAMPTZ || t.kind == TYPE_VARIANT)
		return value_text(arena_sv(a, sv_of(rfc3339_format(us, text))));
	return value_text(
		arena_sv(a, sv_of(civil_format(tz_to_local_us(t.zone != NULL ? t.zone : tz_utc, us), text))));
}

/* What is missing: gaps between values, and behind the last where it has to go on until now. */
struct missing {
	int64_t n;
	uint32_t ngap;
	struct value gap[32]; /* [first, last], as keys */
};

static void
find_missing(const struct bound *b, const struct metric_value *v, int64_t until, struct arena *a,
             struct missing *ret)
{
	ret->n = v->v.list[0].i;
	for (uint32_t i = 0; i < v->nlist && ret->ngap < LEN(ret->gap) - 1; i++)
		ret->gap[ret->ngap++] = v->list[i];
	if (v->v.list[2].kind != VALUE_NULL && until > v->v.list[2].i) {
		struct value *tail = ARENA_ARRAY(a, struct value, 2);

		tail[0] = value_int(v->v.list[2].i + 1);
		tail[1] = value_int(until);
		ret->n += until - v->v.list[2].i;
		ret->gap[ret->ngap++] = (struct value){.kind = VALUE_LIST, .n = 2, .list = tail};
	}
	(void)b;
}

static void
write_details(const struct bound *b, const struct missing *m, const struct value *v, struct arena *a,
              struct verdict *ret)
{
	struct json_writer w;
	struct buf text;

	buf_init(&text, 1 << 20);
	json_write_init(&w, &text, 0);
	json_object(&w);
	json_key(&w, "first");
	value_to_json(v[1].kind == VALUE_NULL ? v[1] : key_value(b, v[1].i, a), &w);
	json_key(&w, "last");
	value_to_json(v[2].kind == VALUE_NULL ? v[2] : key_value(b, v[2].i, a), &w);
	json_put_i64(&w, "present", v[3].i);
	json_put_i64(&w, "missing", m->n);
	if (v[4].i > 0)
		json_put_i64(&w, "off_step", v[4].i);
	json_key(&w, "gaps");
	json_array(&w);
	for (uint32_t i = 0; i < m->ngap; i++) {
		json_array_inline(&w);
		value_to_json(key_value(b, m->gap[i].list[0].i, a), &w);
		value_to_json(key_value(b, m->gap[i].list[1].i, a), &w);
		json_array_end(&w);
	}
	json_array_end(&w);
	json_object_end(&w);
	ret->details = buf_take(a, &text);
}

/* ": 5, 17 to 20 and others" */
static void
tell_gaps(const struct bound *b, const struct missing *m, struct arena *a, struct buf *text)
{
	enum { TOLD = 3 };
	int64_t told = 0;

	for (uint32_t i = 0; i < m->ngap && i < TOLD; i++) {
		const int64_t first = m->gap[i].list[0].i, last = m->gap[i].list[1].i;

		buf_puts(text, i == 0 ? ": " : ", ");
		(void)value_to_text(key_value(b, first, a), text);
		if (last != first) {
			buf_puts(text, " to ");
			(void)value_to_text(key_value(b, last, a), text);
		}
		told++;
	}
	if (told > 0 && m->ngap > TOLD)
		buf_puts(text, " and others");
}

static void
judge_gaps(const struct bound *b, const struct missing *m, const struct metric_value *v, const char *what,
           struct arena *a, struct verdict *ret)
{
	const struct check *c = b->check;
	const int64_t off = v->v.list[4].i;
	struct buf text;

	ret->has_observed = true;
	ret->observed = value_int(m->n);
	ret->success = (c->warn.set || c->fail.set || m->n == 0) && off == 0;
	write_details(b, m, v->v.list, a, ret);
	buf_init(&text, 1 << 20);
	if (m->n > 0) {
		buf_printf(&text, "%jd %s%s missing", (intmax_t)m->n, what, m->n == 1 ? " is" : "s are");
		tell_gaps(b, m, a, &text);
	} else if (v->v.list[1].kind == VALUE_NULL && off == 0) {
		buf_puts(&text, "there are no values to have gaps");
	} else {
		buf_printf(&text, "no %s is missing", what);
	}
	if (off > 0)
		buf_printf(&text, "; %jd value%s not on a step", (intmax_t)off, off == 1 ? " is" : "s are");
	ret->message = buf_take(a, &text);
}

static void
judge_sequence(const struct bound *b, const struct metric_value *const *observed, struct arena *a,
               struct verdict *ret)
{
	struct missing m = {0};

	find_missing(b, observed[0], INT64_MIN, a, &m);
	judge_gaps(b, &m, observed[0], "number", a, ret);
}

static void
judge_times(const struct bound *b, const struct metric_value *const *observed, struct arena *a,
            struct verdict *ret)
{
	const bool now = arg_of(b->check, "until")->choice == 1;
	const int64_t every = arg_of(b->check, "every")->integer;
	const struct value instant = {.kind = VALUE_TIMETZ, .i = b->now_us};
	struct missing m = {0};

	/* The window that now lies in is not over. */
	find_missing(b, observed[0],
	             now ? metric_gaps_window(b->domain[0]->type, instant, every) - 1 : INT64_MIN, a, &m);
	judge_gaps(b, &m, observed[0], "window", a, ret);
	if (now && observed[0]->v.list[1].kind == VALUE_NULL) {
		ret->success = false;
		ret->message = SV("there are no times, and there should be some until now");
	}
}

const struct expectation expect_no_gaps = {
	.name = "expect_column_values_to_have_no_gaps",
	.shorthand = "sequence",
	.alias = {"sequential_values", "no_gaps"},
	.noun = "the number of missing values",
	.summary = "Whole numbers follow each other without a gap.",
	.doc = "From the least to the greatest value each number is there, a step apart, in whatever order; one "
	       "that occurs twice is for `unique` to find. The number of missing ones is observed, so `fail: \"> "
	       "3\"` lets a few be. Values that are not on a step, or no whole numbers, fail it all the same.",
	.example = "sequence: {column: invoice_no, step: 1}",
	.on_nothing = "Nulls do not count; without values there is no gap, and it is met.",
	.peers = {.dbt = "`dbt_utils.sequential_values`, which refuses repeated ones, too"},
	.family = FAMILY_AGGREGATE,
	.params = params_sequence,
	.nparams = LEN(params_sequence),
	.bind = bind_sequence,
	.judge = judge_sequence,
};

const struct expectation expect_no_time_gaps = {
	.name = "expect_column_times_to_have_no_gaps",
	.shorthand = "time_gaps",
	.alias = {"no_time_gaps"},
	.noun = "the number of missing windows",
	.summary = "Each window of time has a value.",
	.doc = "Time is cut into windows of the given length, from 1970 on; those from the first value's to the "
	       "last one's, or until now, must not be empty. Windows of whole days are days of the column's time "
	       "zone, weeks begin on Monday, and shorter ones are stretches of real time, whatever clocks do in "
	       "spring. The number of empty windows is observed.",
	.example = "time_gaps: {column: created_at, every: 1h, until: now}",
	.on_nothing = "Nulls do not count; without values it is met, but not with `until: now`.",
	.peers = {.dbt = "`dbt_expectations.expect_row_values_to_have_data_for_every_n_datepart`"},
	.family = FAMILY_AGGREGATE,
	.params = params_times,
	.nparams = LEN(params_times),
	.bind = bind_times,
	.judge = judge_times,
};
