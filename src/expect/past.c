#include "expect/past.h"

#include <math.h>

#include "base/civil.h"
#include "base/stat.h"
#include "expect/baseline.h"
#include "expect/family.h"

const char *const past_exclude_names[4] = {"incidents", "own", "none", NULL};
const char *const past_season_names[5] = {"none", "weekday", "hour", "hour_of_week", NULL};
const char *const past_over_names[4] = {"auto", "runs", "partitions", NULL};
const char *const past_kind_names[7] = {"runs",   "partitions", "last_good", "result",
                                        "sketch", "sketches",   NULL};
const char *const past_learning_names[6] = {"skipped", "pass", "warn", "fail", "error", NULL};

enum { TIME_FIELDS = 4, POINT_FIELDS = TIME_FIELDS + 3 };

/* As a metric's value ------------------------------------------------------------------------------------------------ */

static bool
is_point(struct value v)
{
	if (v.kind != VALUE_LIST || v.n != POINT_FIELDS || v.list[0].kind != VALUE_REAL)
		return false;
	for (uint32_t i = 1; i < POINT_FIELDS; i++)
		if (v.list[i].kind != VALUE_INT)
			return false;
	return true;
}

static struct past_time
time_of(const struct value *v)
{
	return (struct past_time){
		.at_us = v[0].i, .wall_us = v[1].i, .weekday = (int)v[2].i, .hour = (int)v[3].i};
}

bool
past_read(struct arena *a, const struct metric_value *m, struct past *ret, struct err *err)
{
	struct past_point *v = ARENA_ARRAY(a, struct past_point, m->nlist);

	if (m->v.kind != VALUE_LIST || m->v.n != TIME_FIELDS)
		return err_set(err, ERR_INTERNAL, NOWHERE, "the past of a number has no present");
	for (uint32_t i = 0; i < m->nlist; i++) {
		const struct value *p = m->list[i].list;

		if (!is_point(m->list[i]))
			return err_set(err, ERR_INTERNAL, NOWHERE, "the past of a number has another shape");
		v[i] = (struct past_point){.value = p[0].r,
		                           .at = time_of(p + 1),
		                           .flagged = p[TIME_FIELDS + 1].i != 0,
		                           .incident = p[TIME_FIELDS + 2].i != 0};
	}
	*ret = (struct past){.v = v, .n = m->nlist, .now = time_of(m->v.list)};
	return true;
}

static void
put_time(struct value *v, const struct past_time *t)
{
	v[0] = value_int(t->at_us);
	v[1] = value_int(t->wall_us);
	v[2] = value_int(t->weekday);
	v[3] = value_int(t->hour);
}

void
past_write(struct arena *a, const struct past *p, struct metric_value *ret)
{
	struct value *list = ARENA_ARRAY(a, struct value, p->n),
		     *now = ARENA_ARRAY(a, struct value, TIME_FIELDS);

	for (size_t i = 0; i < p->n; i++) {
		struct value *v = ARENA_ARRAY(a, struct value, POINT_FIELDS);

		v[0] = value_real(p->v[i].value);
		put_time(v + 1, &p->v[i].at);
		v[TIME_FIELDS + 1] = value_int(p->v[i].flagged);
		v[TIME_FIELDS + 2] = value_int(p->v[i].incident);
		list[i] = (struct value){.kind = VALUE_LIST, .n = POINT_FIELDS, .list = v};
	}
	put_time(now, &p->now);
	*ret = (struct metric_value){.list = list,
	                             .nlist = (uint32_t)p->n,
	                             .v = {.kind = VALUE_LIST, .n = TIME_FIELDS, .list = now}};
}

/* Baselines ----------------------------------------------------------------------------------------------------------- */

static bool
is_of_season(const struct past_time *t, const struct past_time *now, enum past_season s)
{
	switch (s) {
	case SEASON_NONE:
		return true;
	case SEASON_WEEKDAY:
		return t->weekday == now->weekday;
	case SEASON_HOUR:
		return t->hour == now->hour;
	case SEASON_HOUR_OF_WEEK:
		return t->weekday == now->weekday && t->hour == now->hour;
	}
	return false;
}

static bool
is_excluded(const struct past_point *p, enum past_exclude e)
{
	return e != EXCLUDE_NONE && (p->flagged || (e == EXCLUDE_INCIDENTS && p->incident));
}

static bool
is_before(const struct past_time *t, struct past_since since)
{
	return since.us != TIME_NONE && (since.wall ? t->wall_us : t->at_us) < since.us;
}

double *
past_choose(struct arena *a, const struct past *p, const struct past_choice *c, size_t *n, size_t *left_out)
{
	double *v = ARENA_ARRAY(a, double, MIN(p->n, c->last));
	size_t at = MIN(p->n, c->last);

	*left_out = 0;
	for (size_t i = p->n; i > 0 && at > 0; i--) {
		const struct past_point *point = &p->v[i - 1];

		if (!is_of_season(&point->at, &p->now, c->season) || is_before(&point->at, c->since))
			continue;
		if (is_excluded(point, c->exclude))
			++*left_out;
		else
			v[--at] = point->value;
	}
	*n = MIN(p->n, c->last) - at;
	return v + at;
}

struct past_usual
past_usual(double *v, size_t n, double x)
{
	struct past_usual ret = {0};
	struct stat_sum sum = {0};

	stat_sort(v, n);
	ret.median = stat_quantile(v, n, 0.5);
	ret.scale = STAT_MAD_SCALE * stat_mad(v, n, ret.median);
	/* v holds the deviations now. */
	if (ret.scale == 0) {
		for (size_t i = 0; i < n; i++)
			stat_add(&sum, v[i]);
		ret.scale = sqrt(M_PI / 2) * stat_total(&sum) / (double)n;
		ret.mean_deviation = ret.scale > 0;
	}
	if (x != ret.median)
		ret.z = ret.scale > 0 ? (x - ret.median) / ret.scale : copysign(INFINITY, x - ret.median);
	return ret;
}

/* What checks on the past share ---------------------------------------------------------------------------------------- */

enum past_exclude
past_exclude_of(const struct check *c)
{
	return (enum past_exclude)arg_of(c, "exclude")->choice;
}

bool
past_is_over_runs(const struct check *c)
{
	return c->expectation->compare == NULL || arg_of(c, "over")->choice == 1;
}

struct past_since
past_since_of(const struct check *c)
{
	const struct arg *since = arg_of(c, "since");
	struct time_text t;

	if (!since->given || !time_text_parse(since->node->text, &t))
		return (struct past_since){.us = TIME_NONE};
	return (struct past_since){.us = t.us - t.offset_us, .wall = !t.has_zone};
}

void
past_validate(const struct check *c, struct diags *d)
{
	const struct arg *since = arg_of(c, "since");
	struct time_text t;

	if (since->given && !time_text_parse(since->node->text, &t)) {
		diag_error(d, since->loc, "'since' must be a day or an instant, not " SV_FMT,
		           SV_ARG(since->node->text));
		diag_hint(d, "Write it as 2024-05-01, or 2024-05-01T06:00:00Z.");
	}
}

bool
past_bind(struct binder *b, const struct check *c, struct bound *ret, struct err *err)
{
	const struct expr *arg[2];

	if (c->nmember != 1 || c->member[0].nmember > 0 || c->member[0].nby > 0)
		return err_set(err, ERR_ARG, arg_of(c, "of")->loc,
		               "'" SV_FMT "' is about one number, and this is none", SV_ARG(c->written_name));
	ret->member = ARENA_NEW(b->a, struct bound);
	ret->nmember = 1;
	if (!check_bind_member(b, &c->member[0], ret->where, &ret->member[0], err))
		return false;
	arg[0] = expr_literal(b->x, value_text(check_metric(b->a, c)));
	arg[1] = expr_literal(b->x, value_text(sv_of(past_over_names[arg_of(c, "over")->choice])));
	ret->observed[0] = metric_get(b->m, &metric_past, arg, 2, NULL,
	                              (struct metric_params){.keep = PAST_POINTS_MAX});
	ret->nobserved = 1;
	return true;
}

void
past_too_great(const struct check *c, struct verdict *ret)
{
	err_set(&ret->err, ERR_EVAL, c->loc, "the numbers are too great to be compared");
}

void
past_learning(const struct check *c, size_t have, size_t need, size_t left_out, struct arena *a,
              struct verdict *ret)
{
	static const enum outcome outcomes[] = {OUTCOME_SKIPPED, OUTCOME_PASS, OUTCOME_WARN, OUTCOME_FAIL,
	                                        OUTCOME_ERROR};
	struct sv more = left_out > 0 ? arena_svf(a, " (%zu more were left out)", left_out) : SV("");

	ret->undecided = true;
	ret->outcome = outcomes[arg_of(c, "learning")->choice];
	ret->success = ret->outcome == OUTCOME_PASS;
	ret->message = arena_svf(a, "learning: %zu of %zu points are known" SV_FMT, have, need, SV_ARG(more));
	if (ret->outcome == OUTCOME_ERROR)
		err_set(&ret->err, ERR_EVAL, c->loc, SV_FMT, SV_ARG(ret->message));
}

/* Questions ------------------------------------------------------------------------------------------------------------ */

static void
ask(struct arena *a, struct past_questions *ret, enum past_kind kind, struct sv name, bool good)
{
	if (name.n == 0)
		return;
	for (size_t i = 0; i < ret->list.n; i++)
		if (ret->list.v[i].kind == kind && ret->list.v[i].good == good &&
		    sv_eq(ret->list.v[i].name, name))
			return;
	*LIST_ADD(a, &ret->list) = (struct past_question){.kind = kind, .name = name, .good = good};
}

struct sv
past_last_good_name(struct arena *a, const struct check *c)
{
	return arena_svf(a, SV_FMT "\n" SV_FMT, SV_ARG(check_metric(a, c)), SV_ARG(c->id));
}

struct sv
past_result_name(struct arena *a, const struct check *c)
{
	return arena_svf(a, "%s\n" SV_FMT, c->expectation->name, SV_ARG(c->id));
}

bool
past_is_last_good(const struct check *c)
{
	if (c->expectation == NULL || c->err.code != ERR_NONE)
		return false;
	return threshold_is_relative(&c->warn) || threshold_is_relative(&c->fail) ||
	       (c->expectation == &expect_change_between &&
	        sv_is(sv_trim(arg_of(c, "against")->text), "last_good"));
}

static bool
is_of_version(const struct check *c)
{
	struct baseline b;

	return baseline_parse(arg_of(c, "against")->text, &b) && b.pick == BASELINE_VERSION;
}

struct sv
past_last_good_sketch(struct arena *a, const struct check *c)
{
	struct baseline b;

	if (c->expectation == NULL || c->err.code != ERR_NONE || !drift_is_of_past(c) ||
	    !baseline_parse(arg_of(c, "against")->text, &b) || b.pick != BASELINE_LAST_GOOD)
		return (struct sv){0};
	return drift_sketch_name(a, c);
}

void
past_ask(struct arena *a, const struct check *c, bool timed, struct past_questions *ret)
{
	if (!c->enabled || c->expectation == NULL || c->err.code != ERR_NONE)
		return;
	if (threshold_is_relative(&c->warn) || threshold_is_relative(&c->fail))
		ask(a, ret, PAST_LAST_GOOD, past_last_good_name(a, c), false);
	if (c->expectation->remembers && arg_of(c, "against")->choice >= 0)
		ask(a, ret, PAST_RESULT, past_result_name(a, c), arg_of(c, "against")->choice == 1);
	if (c->expectation->compare != NULL)
		ask(a, ret, timed && !past_is_over_runs(c) ? PAST_PARTITIONS : PAST_RUNS, check_metric(a, c),
		    false);
	if (drift_is_of_past(c))
		ask(a, ret, timed || is_of_version(c) ? PAST_SKETCHES : PAST_SKETCH,
		    arena_svf(a, SV_FMT "\n" SV_FMT, SV_ARG(drift_sketch_name(a, c)),
		              SV_ARG(arg_of(c, "against")->text)),
		    false);
	for (uint32_t i = 0; i < c->nmember; i++)
		past_ask(a, &c->member[i], timed, ret);
}
