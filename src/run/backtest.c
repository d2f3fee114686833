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

	if (!judge_number(r->check, value, past, r->w->a, &v, err))
		return false;
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

/* One partition (or the whole) by its runs. */
static bool
replay_runs(struct replay *r, struct sv partition, struct err *err)
{
	struct metric_point *point;
	struct past_point *v;
	struct past all;
	bool again;
	size_t n;

	if (!store_metric_points(r->w->store, r->w->a, r->asset->key, partition, r->ret->metric, POINTS_MAX,
	                         &point, &n, err))
		return false;
	run_past_of_runs(r->w, r->asset, point, n, (struct sv){0}, INT64_MAX, &all);
	v = ARENA_ARRAY(r->w->a, struct past_point, all.n);
	for (size_t i = 0; i < all.n; i++) {
		struct past before = {.v = v, .n = i, .now = all.v[i].at};

		v[i] = all.v[i];
		if (!replay_point(r, v[i].value, &before, partition, v[i].flagged, v[i].incident, &again,
		                  err))
			return false;
		v[i].flagged = again;
	}
	return true;
}

struct timed {
	struct metric_point point;
	struct partition p;
};

static int
by_start(const void *a, const void *b)
{
	const struct timed *x = a, *y = b;

	if (x->p.start_us != y->p.start_us)
		return x->p.start_us < y->p.start_us ? -1 : 1;
	return sv_cmp(x->p.key, y->p.key);
}

static bool
replay_partitions(struct replay *r, struct err *err)
{
	struct arena *a = r->w->a;
	struct metric_point *point;
	struct timed *t;
	size_t n, kept = 0;
	bool again;

	if (!store_partition_points(r->w->store, a, r->asset->key, r->ret->metric, POINTS_MAX, &point, &n,
	                            err))
		return false;
	t = ARENA_ARRAY(a, struct timed, n);
	for (size_t i = 0; i < n; i++)
		if (partition_parse(a, r->asset, point[i].partition, &t[kept].p, NULL))
			t[kept++].point = point[i];
	if (kept > 1)
		qsort(t, kept, sizeof(*t), by_start);
	for (size_t i = 0; i < kept; i++)
		point[i] = t[i].point;
	for (size_t i = 0; i < kept; i++) {
		AUTO(arena) scratch = arena_new();
		struct workspace w = *r->w;
		struct past before;

		w.a = scratch;
		run_past_of_partitions(&w, r->asset, &t[i].p, point, i, &before);
		if (!replay_point(r, point[i].value, &before, t[i].point.partition, point[i].flagged,
		                  point[i].incident, &again, err))
			return false;
		point[i].flagged = again;
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
