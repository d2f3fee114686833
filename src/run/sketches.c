/*
 * How a column was distributed before: metric_past_sketch.
 *
 * Candidates come from the store, or from a copy of the past where that is elsewhere, and are the same in both; which of them is meant follows
 * from the data at hand.  Of an asset with partitions by time these are the newest of each partition, of which an earlier one is meant, else
 * the newest and the newest of other data than that: one of the two is no look at the data at hand.
 */
#include "base/clock.h"
#include "base/tz.h"
#include "catalog/partition.h"
#include "expect/baseline.h"
#include "run/internal.h"
#include "run/past_copy.h"

enum { COPIED_MAX = 100 };

struct asking {
	struct workspace *w;
	const struct asset *asset;
	struct sv name; /* what it is of */
	struct baseline pick;
};

/* "amount\nlast_good" */
static bool
asking_of(struct workspace *w, const struct asset *asset, struct sv question, struct asking *ret,
          struct err *err)
{
	struct sv rest = question;

	*ret = (struct asking){.w = w, .asset = asset, .name = sv_cut(&rest, '\n')};
	return baseline_parse(rest, &ret->pick) ||
	       err_set(err, ERR_INTERNAL, NOWHERE, "there is no such baseline");
}

static bool
by_partitions(const struct asking *q)
{
	return run_is_timed(q->asset) && q->pick.pick != BASELINE_VERSION;
}

/* As past_ask says it. */
static enum past_kind
kind_of(const struct asking *q)
{
	return run_is_timed(q->asset) || q->pick.pick == BASELINE_VERSION ? PAST_SKETCHES : PAST_SKETCH;
}

static struct sketch_filter
filter_of(const struct asking *q, struct sv partition)
{
	const int64_t now_us = clock_now_us(q->w->clock);

	return (struct sketch_filter){
		.asset = q->asset->key,
		.name = q->name,
		.partition = partition,
		.any_partition = q->pick.pick == BASELINE_VERSION,
		.version = q->pick.version,
		.good = q->pick.pick == BASELINE_LAST_GOOD,
		.until_us = q->pick.pick == BASELINE_DAYS_AGO ? now_us - q->pick.days * US_PER_DAY
	                                                      : TIME_NONE,
	};
}

/* The newest, and the newest of other data. */
static bool
newest_two(const struct asking *q, struct sv partition, struct stored_sketch **ret, size_t *n,
           struct err *err)
{
	struct stored_sketch *v = ARENA_ARRAY(q->w->a, struct stored_sketch, 2);
	struct sketch_filter f = filter_of(q, partition);
	bool found;

	*ret = v;
	*n = 0;
	if (!store_sketch(q->w->store, q->w->a, &f, &v[0], &found, err))
		return false;
	*n = found;
	f.other = found ? v[0].version : (struct sv){0};
	/* A version that is named is meant, whatever lies there; what has none is other data. */
	if (f.other.n == 0 || q->pick.pick == BASELINE_VERSION)
		return true;
	if (!store_sketch(q->w->store, q->w->a, &f, &v[1], &found, err))
		return false;
	*n += found;
	return true;
}

/* Of partitions, without bodies; judged: the one that is, empty = not known yet. */
static bool
candidates(const struct asking *q, struct sv partition, struct sv judged, struct stored_sketch **ret,
           size_t *n, struct err *err)
{
	const struct sv before = run_partitions_before(q->asset, judged);

	if (by_partitions(q))
		return store_partition_sketches(q->w->store, q->w->a, q->asset->key, q->name, before,
		                                q->pick.pick == BASELINE_LAST_GOOD,
		                                run_partitions_max(q->asset, before), ret, n, err) &&
		       run_partitions_all(q->asset, *n, err);
	return newest_two(q, partition, ret, n, err);
}

/* By the wall clock of the partitions: a day before is the day before, also where clocks were changed. */
static int64_t
wall_of(const struct asset *asset, int64_t start_us)
{
	for (size_t i = 0; i < asset->ndim; i++)
		if (asset->dim[i].is_time && asset->dim[i].zone != NULL)
			return tz_to_local_us(asset->dim[i].zone, start_us);
	return start_us;
}

/* The last of the earlier partitions beside the same other dimensions; NULL = there is none. */
static const struct stored_sketch *
earlier_partition(const struct asking *q, const struct partition *now, const struct stored_sketch *v,
                  size_t n)
{
	const int64_t wall = wall_of(q->asset, now->start_us),
		      until = q->pick.pick == BASELINE_DAYS_AGO ? wall - q->pick.days * US_PER_DAY : wall - 1;
	const struct stored_sketch *ret = NULL;
	int64_t newest = TIME_NONE;

	for (size_t i = 0; i < n; i++) {
		struct partition p;
		bool beside = partition_parse(q->w->a, q->asset, v[i].partition, &p, NULL);

		for (size_t k = 0; beside && k < q->asset->ndim; k++)
			beside = q->asset->dim[k].is_time || sv_eq(p.part[k], now->part[k]);
		if (!beside || wall_of(q->asset, p.start_us) > until || p.start_us <= newest)
			continue;
		newest = p.start_us;
		ret = &v[i];
	}
	return ret;
}

static const struct stored_sketch *
choose(const struct asking *q, const struct partition *p, struct sv version, const struct stored_sketch *v,
       size_t n)
{
	if (by_partitions(q))
		return p != NULL ? earlier_partition(q, p, v, n) : NULL;
	for (size_t i = 0; i < n; i++)
		if (q->pick.pick == BASELINE_VERSION || version.n == 0 || !sv_eq(v[i].version, version))
			return &v[i];
	return NULL;
}

/* Copies ------------------------------------------------------------------------------------------------------------------ */

static bool
add_bodies(const struct asking *q, struct stored_sketch *v, size_t n, struct err *err)
{
	if (n > COPIED_MAX) {
		err_set(err, ERR_LIMIT, NOWHERE,
		        "the distributions of all partitions of '" SV_FMT "' are too much to hand over",
		        SV_ARG(q->asset->key));
		return err_hint(err, "check one partition at a time with --partition");
	}
	for (size_t i = 0; i < n; i++)
		if (v[i].body.n == 0 && !store_sketch_body(q->w->store, q->w->a, v[i].seq, &v[i].body, err))
			return false;
	return true;
}

bool
run_sketches(struct workspace *w, const struct asset *asset, struct sv only, struct sv partition,
             struct sv question, struct past_answer *ret, struct err *err)
{
	struct stored_sketch *v;
	const struct stored_sketch *one;
	struct asking q;
	struct partition p;

	if (!asking_of(w, asset, question, &q, err) ||
	    !candidates(&q, partition, only, &v, &ret->nsketch, err))
		return false;
	/* Of one partition that is known the one that it is compared with. */
	if (by_partitions(&q) && only.n > 0 && partition_parse(w->a, asset, only, &p, NULL)) {
		one = earlier_partition(&q, &p, v, ret->nsketch);
		ret->nsketch = one != NULL;
		v = one != NULL ? v + (one - v) : v;
	}
	ret->sketch = v;
	return add_bodies(&q, v, ret->nsketch, err);
}

/* Answers ----------------------------------------------------------------------------------------------------------------- */

static bool
find(struct asking *q, struct sv question, const struct partition *p, struct sv version,
     const struct stored_sketch **ret, struct err *err)
{
	const struct sv partition = p != NULL ? p->key : (struct sv){0};
	const struct past_answer *answer;
	struct stored_sketch *v;
	size_t n, at;

	if (q->w->history_elsewhere) {
		if (!run_past_answer(q->w, q->asset->key, partition,
		                     &(struct past_question){.kind = kind_of(q), .name = question}, &answer,
		                     err))
			return false;
		*ret = choose(q, p, version, answer->sketch, answer->nsketch);
		return true;
	}
	if (!candidates(q, partition, partition, &v, &n, err))
		return false;
	*ret = choose(q, p, version, v, n);
	if (*ret == NULL)
		return true;
	at = (size_t)(*ret - v);
	return add_bodies(q, &v[at], 1, err);
}

void
run_past_sketch(struct workspace *w, const struct metric *m, const struct asset *asset,
                const struct partition *p, const struct asset_result *r, struct metric_value *ret)
{
	const struct sv question = arena_svf(w->a, SV_FMT "\n" SV_FMT, SV_ARG(m->arg[0]->literal.s),
	                                     SV_ARG(m->arg[1]->literal.s));
	struct value *v = ARENA_ARRAY(w->a, struct value, 4);
	const struct stored_sketch *found = NULL;
	struct asking q;
	struct err err = {0};

	*ret = (struct metric_value){.v = VALUE_NONE};
	if (asset == NULL) {
		err_set(&err, ERR_EVAL, NOWHERE, "a bare source has no past");
		err_hint(&err, "compare it with an asset of a project");
		*ret = (struct metric_value){.failed = true, .err = err};
		return;
	}
	if (!asking_of(w, asset, question, &q, &err) ||
	    !find(&q, question, p, r->data_version, &found, &err)) {
		*ret = (struct metric_value){.failed = true, .err = err};
		return;
	}
	if (found == NULL)
		return;
	v[0] = value_text(found->body);
	v[1] = value_text(found->version);
	v[2] = value_text(found->partition);
	v[3] = value_int(found->at_us);
	ret->v = (struct value){.kind = VALUE_LIST, .n = 4, .list = v};
}
