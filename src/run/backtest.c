#include "run/backtest.h"

#include <stdlib.h>

#include "catalog/partition.h"
#include "expect/past.h"
#include "run/internal.h"
#include "store/points.h"

enum { POINTS_MAX = 10000 };

struct replay {
	const struct workspace *w;
	const struct asset *asset;
	const struct check *check;
	int64_t since_us;
	struct backtest *ret;
	LIST(struct backtest_point) out;
};

static bool
is_alert(enum outcome o)
{
	return o == OUTCOME_FAIL || o == OUTCOME_WARN;
}

/* *again: what is made of the point for those that follow. */
static bool
replay_point(struct replay *r, double value, const struct past *past, struct sv partition, bool flagged,
             bool incident, bool *again, struct err *err)
{
	struct backtest *b = r->ret;
	struct backtest_point *p;
	struct verdict v;
	struct err why = {0};

	if (!judge_number(r->check, value, past, r->w->a, &v, &why)) {
		if (why.code != ERR_EVAL) {
			*err = why;
			return false;
		}
		/* Of this number alone. */
		v = (struct verdict){.outcome = OUTCOME_ERROR, .message = arena_svf(r->w->a, "%s", why.msg)};
	}
	*again = is_alert(v.outcome) && !v.undecided;
	if (r->since_us != TIME_NONE && past->now.at_us < r->since_us)
		return true;
	p = LIST_ADD(r->w->a, &r->out);
	*p = (struct backtest_point){.partition = partition,
	                             .at_us = past->now.at_us,
	                             .value = value,
	                             .outcome = v.outcome,
	                             .learning = v.undecided,
	                             .message = v.message,
	                             .flagged = flagged,
	                             .incident = incident};
	b->alerts += *again;
	b->in_incident += *again && (flagged || incident);
	b->learning += v.undecided;
	b->flagged += flagged;
	return true;
}

/*
 * What the check knew of the points before one, as run_past gives it: the newest that are kept, none of the version that is judged nor of later than
 * it (clocks are set back).  all: of each point, with what the check itself said of those before.
 */
static struct past
past_of_run(const struct metric_point *point, const struct past_point *all, size_t i, struct past_point *v)
{
	struct past ret = {.v = v, .now = all[i].at};

	for (size_t k = i > PAST_POINTS_MAX ? i - PAST_POINTS_MAX : 0; k < i; k++)
		if (point[k].at_us <= point[i].at_us &&
		    (point[i].version.n == 0 || !sv_eq(point[k].version, point[i].version)))
			v[ret.n++] = all[k];
	return ret;
}

static struct point_filter
filter_of(const struct replay *r)
{
	return (struct point_filter){.asset = r->asset->key,
	                             .identity = r->ret->metric,
	                             .check_id = r->check->id,
	                             .max = POINTS_MAX};
}

/* One partition (or the whole) by its runs. */
static bool
replay_runs(struct replay *r, struct sv partition, struct err *err)
{
	const struct point_filter f = filter_of(r);
	struct metric_point *point;
	struct past_point *all, *v;
	bool again;
	size_t n;

	if (!store_metric_points(r->w->store, r->w->a, &f, partition, INT64_MAX, &point, &n, err))
		return false;
	all = ARENA_ARRAY(r->w->a, struct past_point, n);
	v = ARENA_ARRAY(r->w->a, struct past_point, PAST_POINTS_MAX);
	for (size_t i = 0; i < n; i++) {
		struct past before;

		all[i] = run_past_point(r->w, r->asset, &point[i], point[i].at_us);
		before = past_of_run(point, all, i, v);
		if (!replay_point(r, all[i].value, &before, partition, point[i].flagged, point[i].incident,
		                  &again, err))
			return false;
		all[i].flagged = again || point[i].flagged_other;
	}
	return true;
}

struct timed {
	struct metric_point point;
	struct partition p;
	struct past_point past;
};

static int
by_start(const void *a, const void *b)
{
	const struct timed *x = a, *y = b;

	if (x->p.start_us != y->p.start_us)
		return x->p.start_us < y->p.start_us ? -1 : 1;
	return sv_cmp(x->p.key, y->p.key);
}

/* The newest of the partitions before one, oldest first. */
static struct past
past_of_partition(const struct replay *r, const struct timed *t, size_t i, struct past_point *room)
{
	struct past_point *v = room + PAST_POINTS_MAX;
	struct past ret = {.now = t[i].past.at};

	for (size_t k = i; k > 0 && ret.n < PAST_POINTS_MAX; k--)
		if (run_is_earlier(r->asset, &t[k - 1].p, &t[i].p)) {
			*--v = t[k - 1].past;
			ret.n++;
		}
	ret.v = v;
	return ret;
}

static bool
replay_partitions(struct replay *r, struct err *err)
{
	struct arena *a = r->w->a;
	const struct point_filter f = filter_of(r);
	struct metric_point *point;
	struct past_point *room;
	struct timed *t;
	size_t n, kept = 0;
	bool again;

	if (!store_partition_points(r->w->store, a, &f, (struct sv){0}, &point, &n, err))
		return false;
	t = ARENA_ARRAY(a, struct timed, n);
	room = ARENA_ARRAY(a, struct past_point, PAST_POINTS_MAX);
	for (size_t i = 0; i < n; i++)
		if (partition_parse(a, r->asset, point[i].partition, &t[kept].p, NULL))
			t[kept++].point = point[i];
	if (kept > 1)
		qsort(t, kept, sizeof(*t), by_start);
	for (size_t i = 0; i < kept; i++) {
		struct past before;

		t[i].past = run_past_point(r->w, r->asset, &t[i].point, t[i].p.start_us);
		before = past_of_partition(r, t, i, room);
		if (!replay_point(r, t[i].point.value, &before, t[i].point.partition, t[i].point.flagged,
		                  t[i].point.incident, &again, err))
			return false;
		t[i].past.flagged = again || t[i].point.flagged_other;
	}
	return true;
}

bool
run_backtest(const struct workspace *w, const struct asset *asset, const struct check *c, int64_t since_us,
             struct backtest *ret, struct err *err)
{
	struct replay r = {.w = w, .asset = asset, .check = c, .since_us = since_us, .ret = ret};
	struct sv *key;
	size_t n;
	bool ok = true;

	*ret = (struct backtest){.check = c, .metric = check_metric(w->a, c)};
	if (ret->metric.n == 0)
		return err_set(err, ERR_UNSUPPORTED, c->loc, "'" SV_FMT "' observes no number",
		               SV_ARG(c->id));
	if (c->nby > 0)
		return err_set(err, ERR_UNSUPPORTED, c->loc, "the numbers of segments are not on record");
	if (asset->ndim == 0) {
		ok = replay_runs(&r, (struct sv){0}, err);
	} else if (run_is_timed(asset) && !past_is_over_runs(c)) {
		ok = replay_partitions(&r, err);
	} else {
		if (!store_judged_partitions(w->store, w->a, asset->key, &key, &n, err))
			return false;
		for (size_t i = 0; ok && i < n; i++)
			ok = replay_runs(&r, key[i], err);
	}
	ret->v = r.out.v;
	ret->n = r.out.n;
	return ok;
}
