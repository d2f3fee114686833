/*
 * What was measured before, for checks that compare with it: metric_past.
 *
 * A point is one version of the data, however often it was looked at (the store sees to that), and the version at hand is none: else a check would compare the data with
 * itself.  Of an asset with partitions by time, the points are the earlier partitions that have the same other dimensions, at their beginnings.
 */
#include <stdlib.h>

#include "run/internal.h"

#include "base/civil.h"
#include "base/tz.h"
#include "catalog/partition.h"
#include "run/past_copy.h"

static struct past_time
time_at(const struct tz *zone, int64_t t_us)
{
	int64_t local = zone != NULL ? tz_to_local_us(zone, t_us) : t_us;
	const struct civil c = civil_from_us(local);

	return (struct past_time){.at_us = t_us,
	                          .wall_us = local,
	                          .weekday = civil_weekday(civil_days(c.year, c.month, c.day)),
	                          .hour = c.hour};
}

static const struct partition_dim *
time_dim(const struct asset *asset)
{
	for (size_t i = 0; asset != NULL && i < asset->ndim; i++)
		if (asset->dim[i].is_time)
			return &asset->dim[i];
	return NULL;
}

static const struct tz *
zone_of(const struct workspace *w, const struct asset *asset)
{
	const struct partition_dim *dim = time_dim(asset);

	if (dim != NULL && dim->zone != NULL)
		return dim->zone;
	return w->catalog != NULL ? w->catalog->zone : NULL;
}

struct past_point
run_past_point(const struct workspace *w, const struct asset *asset, const struct metric_point *p,
               int64_t at_us)
{
	return (struct past_point){.value = p->value,
	                           .at = time_at(zone_of(w, asset), at_us),
	                           .flagged = p->flagged,
	                           .incident = p->incident};
}

void
run_past_of_runs(const struct workspace *w, const struct asset *asset, const struct metric_point *p, size_t n,
                 struct sv version, int64_t now_us, struct past *ret)
{
	struct past_point *v = ARENA_ARRAY(w->a, struct past_point, n);

	ret->n = 0;
	for (size_t i = 0; i < n; i++)
		if (p[i].at_us <= now_us && (version.n == 0 || !sv_eq(p[i].version, version)))
			v[ret->n++] = run_past_point(w, asset, &p[i], p[i].at_us);
	ret->v = v;
	ret->now = time_at(zone_of(w, asset), now_us);
}

bool
run_is_earlier(const struct asset *asset, const struct partition *other, const struct partition *p)
{
	for (size_t i = 0; i < asset->ndim; i++)
		if (!asset->dim[i].is_time && !sv_eq(other->part[i], p->part[i]))
			return false;
	return other->start_us < p->start_us;
}

static int
by_time(const void *a, const void *b)
{
	int64_t x = ((const struct past_point *)a)->at.at_us, y = ((const struct past_point *)b)->at.at_us;

	return (x > y) - (x < y);
}

void
run_past_of_partitions(const struct workspace *w, const struct asset *asset, const struct partition *now,
                       const struct metric_point *p, size_t n, struct past *ret)
{
	struct past_point *v = ARENA_ARRAY(w->a, struct past_point, n);

	ret->n = 0;
	for (size_t i = 0; i < n; i++) {
		struct partition other;

		/* One that the declaration no longer has. */
		if (!partition_parse(w->a, asset, p[i].partition, &other, NULL) ||
		    !run_is_earlier(asset, &other, now))
			continue;
		v[ret->n++] = run_past_point(w, asset, &p[i], other.start_us);
	}
	if (ret->n > 1)
		qsort(v, ret->n, sizeof(*v), by_time);
	/* The newest of them, where those of other dimensions were read, too. */
	if (ret->n > PAST_POINTS_MAX) {
		v += ret->n - PAST_POINTS_MAX;
		ret->n = PAST_POINTS_MAX;
	}
	ret->v = v;
	ret->now = time_at(zone_of(w, asset), now->start_us);
}

bool
run_is_timed(const struct asset *asset)
{
	return time_dim(asset) != NULL;
}

enum { PARTITIONS_MAX = 20000 };

size_t
run_partitions_max(const struct asset *asset, struct sv before)
{
	return asset->ndim > 1 || before.n == 0 ? PARTITIONS_MAX : PAST_POINTS_MAX;
}

struct sv
run_partitions_before(const struct asset *asset, struct sv partition)
{
	return asset->ndim == 1 ? partition : (struct sv){0};
}

bool
run_partitions_all(const struct asset *asset, size_t n, struct err *err)
{
	if (n < PARTITIONS_MAX)
		return true;
	err_set(err, ERR_LIMIT, NOWHERE,
	        "'" SV_FMT
	        "' has more than %d partitions on record, and which of them come first is not known",
	        SV_ARG(asset->key), PARTITIONS_MAX);
	return err_hint(err, "%s",
	                asset->ndim > 1
	                        ? "compare runs (over: runs), or make an asset of each value of a dimension"
	                        : "check some partitions at a time with --partition");
}

bool
run_partition_points(const struct workspace *w, const struct asset *asset, struct sv identity,
                     struct sv partition, struct metric_point **ret, size_t *n, struct err *err)
{
	const struct sv before = run_partitions_before(asset, partition);
	const struct point_filter f = {
		.asset = asset->key, .identity = identity, .max = run_partitions_max(asset, before)};

	return store_partition_points(w->store, w->a, &f, before, ret, n, err) &&
	       run_partitions_all(asset, *n, err);
}

bool
run_metric_points(const struct workspace *w, struct sv asset, struct sv identity, struct sv partition,
                  struct metric_point **ret, size_t *n, struct err *err)
{
	const struct point_filter f = {.asset = asset, .identity = identity, .max = PAST_POINTS_MAX};

	return store_metric_points(w->store, w->a, &f, partition, clock_now_us(w->clock), ret, n, err);
}

/* As the store has them, or the copy where that is elsewhere. */
static bool
points_of(const struct workspace *w, const struct asset *asset, const struct asset_result *r,
          const struct past_question *q, const struct metric_point **ret, size_t *n, struct err *err)
{
	const struct past_answer *answer;
	struct metric_point *p;

	if (w->history_elsewhere) {
		if (!run_past_answer(w, r->key, r->partition, q, &answer, err))
			return false;
		*ret = answer->point;
		*n = answer->npoint;
		return true;
	}
	if (q->kind == PAST_PARTITIONS ? !run_partition_points(w, asset, q->name, r->partition, &p, n, err)
	                               : !run_metric_points(w, r->key, q->name, r->partition, &p, n, err))
		return false;
	*ret = p;
	return true;
}

static bool
read_past(const struct workspace *w, const struct metric *m, const struct asset *asset,
          const struct partition *p, const struct asset_result *r, struct past *ret, struct err *err)
{
	struct sv over = m->arg[1]->literal.s;
	const struct partition *now = time_dim(asset) != NULL ? p : NULL; /* one that others come before */
	struct past_question q = {.kind = PAST_RUNS, .name = m->arg[0]->literal.s};
	const struct metric_point *point;
	size_t n;

	if (sv_is(over, "partitions") && now == NULL) {
		err_set(err, ERR_ARG, NOWHERE, "there are no partitions by time to compare");
		return err_hint(err, "Leave out `over`, or declare the partitions of the asset.");
	}
	if (sv_is(over, "runs"))
		now = NULL;
	if (now != NULL)
		q.kind = PAST_PARTITIONS;
	if (!points_of(w, asset, r, &q, &point, &n, err))
		return false;
	if (now != NULL)
		run_past_of_partitions(w, asset, now, point, n, ret);
	else
		run_past_of_runs(w, asset, point, n, r->data_version, clock_now_us(w->clock), ret);
	return true;
}

void
run_past(const struct workspace *w, const struct metric *m, const struct asset *asset,
         const struct partition *p, const struct asset_result *r, struct metric_value *ret)
{
	struct past past = {0};
	struct err err = {0};

	if (read_past(w, m, asset, p, r, &past, &err)) {
		past_write(w->a, &past, ret);
		return;
	}
	*ret = (struct metric_value){.failed = true, .err = err};
}
