/*
 * What was measured before, for checks that compare with it: metric_past.
 *
 * A point is one version of the data, however often it was looked at, and the version at hand is none: else a check would compare the data with
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

	return (struct past_time){
		.at_us = t_us, .weekday = civil_weekday(civil_days(c.year, c.month, c.day)), .hour = c.hour};
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

static struct past_point
point_at(const struct metric_point *p, struct past_time at)
{
	return (struct past_point){
		.value = p->value, .at = at, .flagged = p->flagged, .incident = p->incident};
}

void
run_past_of_runs(const struct workspace *w, const struct asset *asset, const struct metric_point *p, size_t n,
                 struct sv version, int64_t now_us, struct past *ret)
{
	struct past_point *v = ARENA_ARRAY(w->a, struct past_point, n);
	const struct tz *zone = zone_of(w, asset);
	struct sv last = {0};

	ret->n = 0;
	for (size_t i = 0; i < n; i++) {
		bool again = ret->n > 0 && last.n > 0 && sv_eq(p[i].version, last);

		if (p[i].at_us > now_us || (version.n > 0 && sv_eq(p[i].version, version)))
			continue;
		if (again)
			ret->n--;
		/* The last look at a version counts: a bound that was mended in between found fault with good data. */
		v[ret->n++] = point_at(&p[i], time_at(zone, p[i].at_us));
		last = p[i].version;
	}
	ret->v = v;
	ret->now = time_at(zone, now_us);
}

/* Beside the same values of the other dimensions. */
static bool
is_earlier(const struct asset *asset, const struct partition *other, const struct partition *p)
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
	const struct tz *zone = zone_of(w, asset);

	ret->n = 0;
	for (size_t i = 0; i < n; i++) {
		struct partition other;

		/* One that the declaration no longer has. */
		if (!partition_parse(w->a, asset, p[i].partition, &other, NULL) ||
		    !is_earlier(asset, &other, now))
			continue;
		v[ret->n++] = point_at(&p[i], time_at(zone, other.start_us));
	}
	if (ret->n > 1)
		qsort(v, ret->n, sizeof(*v), by_time);
	/* The newest of them, where those of other dimensions were read, too. */
	if (ret->n > PAST_POINTS_MAX) {
		v += ret->n - PAST_POINTS_MAX;
		ret->n = PAST_POINTS_MAX;
	}
	ret->v = v;
	ret->now = time_at(zone, now->start_us);
}

bool
run_is_timed(const struct asset *asset)
{
	return time_dim(asset) != NULL;
}

enum { PARTITIONS_MAX = 20000 };

size_t
run_partitions_max(const struct asset *asset)
{
	return asset->ndim > 1 ? PARTITIONS_MAX : PAST_POINTS_MAX;
}

bool
run_partitions_all(const struct asset *asset, size_t n, struct err *err)
{
	if (asset->ndim <= 1 || n < PARTITIONS_MAX)
		return true;
	err_set(err, ERR_LIMIT, NOWHERE,
	        "'" SV_FMT
	        "' has more than %d partitions on record, and which of them come first is not known",
	        SV_ARG(asset->key), PARTITIONS_MAX);
	return err_hint(err, "compare runs (over: runs), or make an asset of each value of a dimension");
}

bool
run_partition_points(const struct workspace *w, const struct asset *asset, struct sv identity,
                     struct metric_point **ret, size_t *n, struct err *err)
{
	return store_partition_points(w->store, w->a, asset->key, identity, run_partitions_max(asset), ret, n,
	                              err) &&
	       run_partitions_all(asset, *n, err);
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
	if (q->kind == PAST_PARTITIONS ? !run_partition_points(w, asset, q->name, &p, n, err)
	                               : !store_metric_points(w->store, w->a, r->key, r->partition, q->name,
	                                                      PAST_POINTS_MAX, &p, n, err))
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
