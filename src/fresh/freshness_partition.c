/*
 * Freshness of a partitioned asset.
 *
 * Windows close on their own clock, and a closed window's partitions are expected.  Such an asset is fresh when those
 * of the newest closed window are there, however long ago they were made; producing an old one again changes nothing.
 * A schedule asks for what was closed at its last deadline.  Without windows (a list of values) all are expected at
 * all times, and the one that was produced first is the one to judge.
 */
#include <stdlib.h>

#include "base/duration.h"
#include "fresh/internal.h"

#define MISSING_NAMED 20
#define CLOSED_MAX 100000 /* how far back gaps are looked for */
#define AHEAD_MAX 64      /* partitions looked at for the next one that will be missed, and steps to it */

struct judging {
	struct arena *a; /* NULL = without words */
	struct arena *scratch;
	const struct asset *asset;
	const struct observed *o;
	int64_t moment_us; /* what was closed then is expected */
	int64_t now_us;
	struct partition *closed; /* oldest first */
	size_t n, newest;         /* closed[newest .. n) are of the newest window */
	bool cut;
	size_t newest_missing;             /* how many of these are not there */
	const struct seen_partition *last; /* the newest closed one that is there */
	struct freshness *ret;
};

static int
compare_key(const void *key, const void *element)
{
	return sv_cmp(*(const struct sv *)key, ((const struct seen_partition *)element)->key);
}

const struct seen_partition *
observed_partition(const struct observed *o, struct sv key)
{
	if (o->npartition == 0)
		return NULL;
	return bsearch(&key, o->partition, o->npartition, sizeof(*o->partition), compare_key);
}

struct sv
observed_version(const struct observed *o, struct sv partition)
{
	const struct seen_partition *seen;

	if (partition.n == 0)
		return o->version;
	seen = observed_partition(o, partition);
	return seen != NULL ? seen->version : (struct sv){0};
}

static void
find_missing(struct judging *j)
{
	struct sv *name = j->a != NULL ? ARENA_ARRAY(j->a, struct sv, MISSING_NAMED) : NULL;
	size_t named = 0;

	for (size_t i = j->n; i-- > 0;) {
		const struct seen_partition *seen = observed_partition(j->o, j->closed[i].key);

		if (seen != NULL) {
			if (j->last == NULL)
				j->last = seen;
			continue;
		}
		j->ret->missing_total++;
		j->newest_missing += i >= j->newest;
		if (name != NULL && named < MISSING_NAMED)
			name[MISSING_NAMED - ++named] = arena_sv(j->a, j->closed[i].key);
	}
	j->ret->missing = name != NULL ? name + (MISSING_NAMED - named) : NULL;
	j->ret->nmissing = named;
}

/* "2019-01, 2019-02, 2019-03 and 4 more" */
static struct sv
names(struct judging *j)
{
	const struct freshness *r = j->ret;
	size_t shown = r->missing_total <= 4 ? r->nmissing : 3;
	struct sv text = {0};

	/* The newest matter most. */
	for (size_t i = r->nmissing - shown; i < r->nmissing; i++)
		text = arena_svf(j->a, SV_FMT "%s" SV_FMT, SV_ARG(text), text.n > 0 ? ", " : "",
		                 SV_ARG(r->missing[i]));
	if (r->missing_total > (int64_t)shown)
		text = arena_svf(j->a, SV_FMT " and %lld %s", SV_ARG(text),
		                 (long long)(r->missing_total - (int64_t)shown), j->cut ? "or more" : "more");
	return text;
}

/*
 * When does a window close whose partitions are not all there yet?  TIME_NONE if there will be none.  *looked: all that close before it
 * are there, as far as was looked.
 */
static int64_t
next_gap(struct judging *j, int64_t *looked)
{
	int64_t from = j->n > 0 ? j->closed[j->n - 1].end_us : TIME_NONE;

	*looked = TIME_NONE;
	for (size_t i = 0; j->n == 0 && i < j->asset->ndim; i++) {
		const struct partition_dim *d = &j->asset->dim[i];
		int64_t unused;

		if (d->is_time)
			tz_from_local(d->zone, d->from, &from, &unused);
	}
	for (int step = 0; step < AHEAD_MAX; step++) {
		size_t n, i = 0;
		struct partition *p = partitions_until(j->scratch, j->asset, from, false, AHEAD_MAX, &n,
		                                       NULL);

		while (i < n &&
		       (p[i].closes_us <= j->moment_us || observed_partition(j->o, p[i].key) != NULL))
			i++;
		if (i < n)
			return p[i].closes_us;
		if (n == 0 || p[n - 1].end_us <= from) {
			*looked = TIME_NONE;
			return TIME_NONE;
		}
		from = p[n - 1].end_us;
		*looked = p[n - 1].closes_us;
	}
	return TIME_NONE;
}

/* From when on a window that closes at an instant is asked for. */
static int64_t
judged_from(const struct judging *j, int64_t closes_us)
{
	const struct freshness_policy *p = &j->asset->freshness;

	if (closes_us == TIME_NONE || p->kind != POLICY_CRON)
		return closes_us;
	return time_plus(policy_tick_from(p, closes_us), p->grace_us);
}

static void
set_next(struct judging *j)
{
	int64_t looked;

	j->ret->next_deadline_us = judged_from(j, next_gap(j, &looked));
}

static void
judge_fresh(struct judging *j)
{
	const struct partition *p = &j->closed[j->n - 1];
	const char *are = j->newest + 1 == j->n ? "is" : "are";
	struct sv gaps = {0}, what;

	j->ret->status = FRESH_PASS;
	set_next(j);
	if (j->ret->missing_total > 0)
		gaps = arena_svf(j->a, "; missing before: " SV_FMT, SV_ARG(names(j)));
	what = j->newest + 1 == j->n ? arena_svf(j->a, "partition " SV_FMT, SV_ARG(p->key))
	                             : arena_svf(j->a, "partitions " SV_FMT " to " SV_FMT,
	                                         SV_ARG(j->closed[j->newest].key), SV_ARG(p->key));
	j->ret->evidence = arena_svf(j->a, SV_FMT ", the newest due, %s there" SV_FMT, SV_ARG(what), are,
	                             SV_ARG(gaps));
}

static enum fresh_status
late_status(const struct judging *j)
{
	return freshness_never_seen(j->o) && j->o->npartition == 0 ? freshness_never(&j->asset->freshness)
	                                                           : FRESH_FAIL;
}

static void
judge_late(struct judging *j)
{
	const struct partition *p = &j->closed[j->n - 1];
	int64_t due = j->asset->freshness.kind == POLICY_CRON ? j->ret->deadline_us : p->closes_us;
	char at[RFC3339_MAX], ago[DURATION_MAX];
	struct sv last = j->last == NULL
	                         ? SV("no closed partition is there")
	                         : arena_svf(j->a, "the newest there is " SV_FMT, SV_ARG(j->last->key));

	j->ret->status = late_status(j);
	j->ret->evidence = arena_svf(j->a, "missing: " SV_FMT "; due since %s (%s); " SV_FMT,
	                             SV_ARG(names(j)), rfc3339_seconds(due, at),
	                             duration_words(j->now_us - due, ago), SV_ARG(last));
}

/* When all are there: the one that was produced first. */
static const struct seen_partition *
oldest_value(const struct judging *j)
{
	const struct seen_partition *oldest = NULL;

	for (size_t i = 0; i < j->n; i++) {
		const struct seen_partition *seen = observed_partition(j->o, j->closed[i].key);

		if (oldest == NULL || seen->produced_us < oldest->produced_us)
			oldest = seen;
	}
	return oldest;
}

/* Only lists of values: the one that was produced first decides. */
static void
judge_values(struct judging *j)
{
	const struct freshness_policy *p = &j->asset->freshness;
	const struct seen_partition *oldest;
	char at[RFC3339_MAX], ago[DURATION_MAX];
	struct freshness *ret = j->ret;

	if (ret->missing_total > 0) {
		ret->status = late_status(j);
		if (j->a != NULL)
			ret->evidence = arena_svf(j->a, "missing: " SV_FMT, SV_ARG(names(j)));
		return;
	}
	oldest = oldest_value(j);
	/* TIME_NONE is the smallest number, so that a time that is not known is found first. */
	if (oldest == NULL || oldest->produced_us == TIME_NONE) {
		ret->status = p->never_seen == NEVER_FAIL ? FRESH_FAIL : FRESH_UNKNOWN;
		ret->evidence = SV("all partitions are there, but when each was produced is not known");
		return;
	}
	ret->produced_us = oldest->produced_us;
	ret->status = policy_judge(p, oldest->produced_us, j->now_us, &ret->deadline_us,
	                           &ret->next_deadline_us);
	if (j->a == NULL)
		return;
	ret->evidence = arena_svf(
		j->a, "partition " SV_FMT ", the oldest, was produced %s ago (%s)%s", SV_ARG(oldest->key),
		duration_words(MAX(0, j->now_us - oldest->produced_us), ago),
		rfc3339_seconds(oldest->produced_us, at), ret->status == FRESH_FAIL ? ": late" : "");
}

/* What is closed, and what of it is there.  False: the schedule had no deadline yet. */
static bool
find_closed(struct judging *j)
{
	if (j->asset->freshness.kind == POLICY_CRON) {
		struct deadline d = policy_deadline(&j->asset->freshness, j->now_us);

		if (d.tick_us == TIME_NONE)
			return false;
		j->moment_us = d.tick_us;
		j->ret->deadline_us = d.late_us;
	}
	j->closed = partitions_until(j->scratch, j->asset, j->moment_us, true, CLOSED_MAX, &j->n, &j->cut);
	j->newest = j->n;
	while (j->newest > 0 && j->closed[j->newest - 1].start_us == j->closed[j->n - 1].start_us)
		j->newest--;
	find_missing(j);
	return true;
}

/* Of windows in time. */
static void
judge_windows(struct judging *j)
{
	if (j->asset->freshness.kind != POLICY_CRON)
		j->ret->deadline_us = j->closed[j->n - 1].closes_us;
	if (j->a == NULL)
		j->ret->status = j->newest_missing == 0 ? FRESH_PASS : late_status(j);
	else if (j->newest_missing == 0)
		judge_fresh(j);
	else
		judge_late(j);
}

void
freshness_judge_partitions(struct arena *a, const struct asset *asset, const struct observed *o,
                           int64_t now_us, struct freshness *ret)
{
	AUTO(arena) scratch = arena_new();
	struct judging j = {.a = a,
	                    .scratch = scratch,
	                    .asset = asset,
	                    .o = o,
	                    .moment_us = now_us,
	                    .now_us = now_us,
	                    .ret = ret};
	char at[RFC3339_MAX];

	if (!find_closed(&j)) {
		ret->status = FRESH_UNKNOWN;
		ret->evidence = SV("its schedule had no deadline yet");
		return;
	}
	if (j.last != NULL && j.last->produced_us != TIME_NONE)
		ret->produced_us = j.last->produced_us;
	if (j.n == 0) {
		ret->status = FRESH_PASS;
		if (a == NULL)
			return;
		set_next(&j);
		ret->evidence = ret->next_deadline_us == TIME_NONE
		                        ? SV("no partition is due yet")
		                        : arena_svf(a, "no partition is due before %s",
		                                    rfc3339_seconds(ret->next_deadline_us, at));
		return;
	}
	if (j.closed[j.n - 1].start_us == TIME_NONE)
		judge_values(&j);
	else
		judge_windows(&j);
}

/* When the first partition closes that is there already: until then a missing newest one stays the newest. */
static int64_t
next_there(struct judging *j)
{
	int64_t next = TIME_NONE;

	for (size_t i = 0; i < j->o->npartition; i++) {
		struct partition p;

		if (!partition_parse(j->scratch, j->asset, j->o->partition[i].key, &p, NULL) ||
		    p.closes_us == TIME_NONE || p.closes_us <= j->moment_us)
			continue;
		next = next == TIME_NONE ? p.closes_us : MIN(next, p.closes_us);
	}
	return next;
}

int64_t
freshness_partitions_hold(const struct asset *asset, const struct observed *o, int64_t t_us)
{
	AUTO(arena) scratch = arena_new();
	const struct freshness_policy *p = &asset->freshness;
	struct freshness unused = {0};
	struct judging j = {.scratch = scratch,
	                    .asset = asset,
	                    .o = o,
	                    .moment_us = t_us,
	                    .now_us = t_us,
	                    .ret = &unused};
	int64_t gap, looked;

	if (!find_closed(&j))
		return policy_holds(p, t_us, t_us);
	if (j.n > 0 && j.closed[j.n - 1].start_us == TIME_NONE)
		return unused.missing_total > 0 ? TIME_NONE
		                                : policy_holds(p, oldest_value(&j)->produced_us, t_us);
	if (j.n > 0 && j.newest_missing > 0)
		return judged_from(&j, next_there(&j));
	gap = next_gap(&j, &looked);
	return judged_from(&j, gap != TIME_NONE ? gap : looked);
}
