/*
 * From problems to incidents: what is new, what is still open, what is over.
 *
 * The one rule: an incident is over only if this report looked at the very thing and found it well.  Whoever was not selected, could not
 * be evaluated, is switched off or waived says nothing, and the incident stays as it is; nor does an output that was not published say
 * anything of the one that lies there.  What is no longer declared can not be looked at
 * any more: an audit of the whole catalog ends it and says so.
 */
#include "alert/settle.h"

#include <stdlib.h>

#include "alert/problems.h"

struct settling {
	struct workspace *w;
	struct report *r;
	int64_t now_us;
	struct incident *open;
	size_t nopen;
	struct problems problems;
	struct map elsewhere; /* symptoms of open incidents that this report did not look at */
	struct map result;    /* asset and partition -> struct asset_result * */
	LIST(struct change) change;
};

static struct sv
result_key(struct arena *a, struct sv asset, struct sv partition)
{
	/* Keys hold no line break. */
	return arena_svf(a, SV_FMT "\n" SV_FMT, SV_ARG(asset), SV_ARG(partition));
}

/* Over? --------------------------------------------------------------------------------------------------------- */

/* No longer declared: only who was asked for everything can tell. */
static bool
gone(const struct settling *s, const char *why, struct sv *ret)
{
	if (!s->r->whole)
		return false;
	*ret = sv_of(why);
	return true;
}

static const struct check_result *
find_check(const struct asset_result *r, struct sv id)
{
	for (size_t i = 0; i < r->ncheck; i++)
		if (sv_eq(r->check[i].check->id, id))
			return &r->check[i];
	return NULL;
}

static bool
declares(const struct settling *s, const struct asset *asset, struct sv id)
{
	const struct checks *checks = &s->w->checks[asset->index];

	for (size_t i = 0; i < checks->n; i++)
		if (sv_eq(checks->v[i].id, id))
			return true;
	return false;
}

/* A partition of which nothing is left has nothing to mend.  The whole must be in order: else it may just not have been found. */
static bool
partition_is_gone(const struct settling *s, const struct incident *i)
{
	bool others = false;

	for (size_t k = 0; k < s->r->nasset; k++) {
		const struct asset_result *r = &s->r->asset[k];

		if (r->asset == NULL || !sv_eq(r->key, i->asset))
			continue;
		if (r->err.code != ERR_NONE && r->partition.n == 0)
			return false;
		others = others || r->partition.n > 0;
		if (sv_eq(r->partition, i->partition))
			return false;
	}
	return others;
}

static bool
check_is_over(const struct settling *s, const struct incident *i, const struct asset_result *r,
              struct sv *why)
{
	const struct asset *asset = catalog_asset(s->w->catalog, i->asset);
	const struct check_result *c = r != NULL ? find_check(r, i->check) : NULL;

	if (c != NULL && !c->stored && c->waiver == NULL && c->verdict.outcome == OUTCOME_PASS) {
		*why = c->verdict.message.n > 0 ? c->verdict.message : SV("the check passes");
		return true;
	}
	if (asset == NULL)
		return gone(s, "the asset is no longer in the catalog", why);
	if (!declares(s, asset, i->check))
		return gone(s, "the check is no longer declared", why);
	if ((asset->ndim > 0) != (i->partition.n > 0))
		return gone(s, "the asset is partitioned in another way now", why);
	return i->partition.n > 0 && partition_is_gone(s, i) && gone(s, "the partition is gone", why);
}

static bool
has_checks(const struct settling *s, const struct asset *asset)
{
	const struct checks *checks = &s->w->checks[asset->index];

	for (size_t i = 0; i < checks->n; i++)
		if (checks->v[i].enabled)
			return true;
	return false;
}

static bool
was_evaluated(const struct asset_result *r)
{
	for (size_t i = 0; i < r->ncheck; i++)
		if (!r->check[i].stored && r->check[i].verdict.outcome != OUTCOME_ERROR &&
		    r->check[i].verdict.outcome != OUTCOME_SKIPPED)
			return true;
	return false;
}

/* Who could not be read by its checks may have a fine modification time: that it was looked at is not enough. */
static bool
unreadable_is_over(const struct settling *s, const struct incident *i, const struct asset_result *r,
                   struct sv *why)
{
	const struct asset *asset = catalog_asset(s->w->catalog, i->asset);

	if (asset == NULL)
		return gone(s, "the asset is no longer in the catalog", why);
	if (r != NULL && r->err.code == ERR_NONE &&
	    (was_evaluated(r) || (r->has_freshness && (problem_kind_of(i->kind) == PROBLEM_UNREACHABLE ||
	                                               !has_checks(s, asset))))) {
		*why = SV("it can be read again");
		return true;
	}
	/* The whole of a partitioned asset could not be listed: it can, if a partition was evaluated. */
	for (size_t k = 0; asset->ndim > 0 && i->partition.n == 0 && k < s->r->nasset; k++)
		if (sv_eq(s->r->asset[k].key, i->asset) && s->r->asset[k].partition.n > 0 &&
		    was_evaluated(&s->r->asset[k]) && (r == NULL || r->err.code == ERR_NONE)) {
			*why = SV("it can be read again");
			return true;
		}
	return i->partition.n > 0 && partition_is_gone(s, i) && gone(s, "the partition is gone", why);
}

static bool
freshness_is_over(const struct settling *s, const struct incident *i, const struct asset_result *r,
                  struct sv *why)
{
	if (catalog_asset(s->w->catalog, i->asset) == NULL)
		return gone(s, "the asset is no longer in the catalog", why);
	if (r == NULL || !r->has_freshness || r->err.code != ERR_NONE)
		return false;
	if (r->freshness.status == FRESH_NONE)
		return gone(s, "it has no freshness policy any more", why);
	*why = r->freshness.evidence;
	return r->freshness.status == FRESH_PASS;
}

static bool
staleness_is_over(const struct settling *s, const struct incident *i, const struct asset_result *r,
                  struct sv *why)
{
	if (catalog_asset(s->w->catalog, i->asset) == NULL)
		return gone(s, "the asset is no longer in the catalog", why);
	if (r == NULL || !r->has_staleness || r->err.code != ERR_NONE)
		return false;
	if (r->staleness.status == STALE_OFF)
		return gone(s, "staleness is switched off", why);
	*why = r->staleness.evidence;
	return r->staleness.status == STALE_CURRENT;
}

static bool
is_over(const struct settling *s, const struct incident *i, struct sv *why)
{
	const struct asset_result *r = map_get(&s->result, result_key(s->w->a, i->asset, i->partition));

	switch (problem_kind_of(i->kind)) {
	case PROBLEM_CHECK_FAILED:
	case PROBLEM_CHECK_ERROR:
		return check_is_over(s, i, r, why);
	case PROBLEM_UNREADABLE:
	case PROBLEM_UNREACHABLE:
		return unreadable_is_over(s, i, r, why);
	case PROBLEM_LATE:
	case PROBLEM_NEARLY_LATE:
	case PROBLEM_UNKNOWN_AGE:
		return freshness_is_over(s, i, r, why);
	case PROBLEM_STALE:
		return staleness_is_over(s, i, r, why);
	case PROBLEM_DANGLING:
	case PROBLEM_UNUSED:
	case PROBLEM_ABANDONED:
	case PROBLEM_UNTRACKED:
	case PROBLEM_UNSTORED:
		*why = SV("it is no longer found among the orphans");
		return s->r->has_orphans && s->r->orphans_sure;
	case PROBLEM_COUNT:
		break;
	}
	/* Of a weir that knew more kinds: not ours to judge. */
	return false;
}

/* Changes ------------------------------------------------------------------------------------------------------- */

static bool
put(struct settling *s, struct incident i, enum incident_change change, bool worse, struct err *err)
{
	i.change = change;
	i.run_id = sv_of(s->r->run_id);
	if (!store_put_incident(s->w->store, &i, err))
		return false;
	/* The store lends the id of a new one until the next call. */
	i.id = arena_sv(s->w->a, i.id);
	*LIST_ADD(s->w->a, &s->change) = (struct change){.incident = i, .worse = worse};
	return true;
}

static bool
open_new(struct settling *s, const struct problem *p, struct err *err)
{
	return put(s,
	           (struct incident){
			   .key = p->key,
			   .kind = sv_of(problem_names[p->kind]),
			   .asset = p->asset,
			   .partition = p->partition,
			   .check = p->check,
			   .severity = p->severity,
			   .title = p->title,
			   .message = p->message,
			   .opened_us = s->now_us,
			   .seen_us = s->now_us,
			   .resolved_us = TIME_NONE,
			   .opened_run = sv_of(s->r->run_id),
			   .symptom = p->symptom,
			   .nsymptom = p->nsymptom,
			   .symptoms = p->symptoms,
		   },
	           INCIDENT_OPENED, false, err);
}

static bool
see_again(struct settling *s, const struct incident *old, const struct problem *p, struct err *err)
{
	const enum problem_kind was = problem_kind_of(old->kind);
	struct incident i = *old;
	/* A smaller number is worse. */
	const bool worse = p->severity < old->severity ||
	                   (problem_is_judged(p->kind) && was != PROBLEM_COUNT && !problem_is_judged(was));

	/* That it could not even be looked at does not take back that its checks could not read it. */
	if (p->kind != PROBLEM_UNREACHABLE || was != PROBLEM_UNREADABLE)
		i.kind = sv_of(problem_names[p->kind]);
	i.severity = p->severity;
	i.title = p->title;
	i.message = p->message;
	i.seen_us = s->now_us;
	i.symptom = p->symptom;
	i.nsymptom = p->nsymptom;
	i.symptoms = p->symptoms;
	return put(s, i, INCIDENT_STILL, worse, err);
}

static bool
same_symptom(const struct symptom *x, const struct symptom *y)
{
	return sv_eq(x->kind, y->kind) && sv_eq(x->asset, y->asset) && sv_eq(x->partition, y->partition) &&
	       sv_eq(x->check, y->check);
}

/*
 * Further symptoms of what this report did not look at itself: added to the record, told with the next look; at once if they make it worse,
 * as who hears of such severity has not heard of it.
 */
static bool
add_symptoms(struct settling *s, const struct incident *old, const struct problem *more, struct err *err)
{
	struct symptom *v = ARENA_ARRAY(s->w->a, struct symptom, SYMPTOMS_MAX);
	struct incident i = *old;

	if (old->nsymptom > 0)
		memcpy(v, old->symptom, old->nsymptom * sizeof(*v));
	for (size_t k = 0; k < more->nsymptom; k++) {
		bool known = false;

		for (size_t n = 0; n < i.nsymptom; n++)
			known = known || same_symptom(&v[n], &more->symptom[k]);
		if (known || i.nsymptom == SYMPTOMS_MAX)
			continue;
		v[i.nsymptom++] = more->symptom[k];
		i.symptoms++;
	}
	i.symptom = v;
	if (more->severity < old->severity) {
		i.severity = more->severity;
		i.seen_us = s->now_us;
		return put(s, i, INCIDENT_STILL, true, err);
	}
	return i.nsymptom == old->nsymptom || store_put_incident(s->w->store, &i, err);
}

static bool
settle_open(struct settling *s, const struct incident *old, struct err *err)
{
	const struct problem *p = map_get(&s->problems.by_key, old->key);
	const struct problem *more = map_get(&s->elsewhere, old->key);
	struct incident i = *old;
	struct sv why = {0};
	bool seen_since;

	if (p != NULL)
		return see_again(s, old, p, err);
	if (more != NULL && !add_symptoms(s, old, more, err))
		return false;
	if (s->r->unpublished || !is_over(s, old, &why))
		return true;
	/* Somebody saw it after this report began to look: it may have looked before that. */
	if (!store_run_is_past(s->w->store, old->run_id, s->r->position, &seen_since, err))
		return false;
	if (seen_since)
		return true;
	i.message = why;
	i.seen_us = i.resolved_us = s->now_us;
	return put(s, i, INCIDENT_RESOLVED, false, err);
}

/* Reports ------------------------------------------------------------------------------------------------------- */

static int
worst_first(const void *x, const void *y)
{
	const struct change *a = x, *b = y;

	if (a->incident.change != b->incident.change)
		return a->incident.change < b->incident.change ? -1 : 1;
	if (a->incident.severity != b->incident.severity)
		return a->incident.severity < b->incident.severity ? -1 : 1;
	return sv_cmp(a->incident.key, b->incident.key);
}

static void
tell_report(struct settling *s)
{
	struct incident *v = ARENA_ARRAY(s->w->a, struct incident, s->change.n);

	for (size_t i = 0; i < s->change.n; i++)
		v[i] = s->change.v[i].incident;
	s->r->has_incidents = true;
	s->r->incident = v;
	s->r->nincident = s->change.n;
}

static void
index_results(struct settling *s)
{
	map_init(&s->result, s->w->a);
	for (size_t i = 0; i < s->r->nasset; i++) {
		const struct asset_result *r = &s->r->asset[i];

		map_put(&s->result, result_key(s->w->a, r->key, r->partition))->value = &s->r->asset[i];
	}
}

bool
alerts_settle(struct workspace *w, struct report *r, struct err *err)
{
	struct settling s = {.w = w, .r = r, .now_us = clock_now_us(w->clock)};

	if (w->catalog == NULL)
		return true;
	if (!store_open_incidents(w->store, w->a, &s.open, &s.nopen, err))
		return false;
	index_results(&s);
	problems_find(w->a, w->catalog, r, s.open, s.nopen, &s.problems);
	problems_fold(w->a, s.open, s.nopen, &s.problems, &s.elsewhere);

	struct map open;

	map_init(&open, w->a);
	for (size_t i = 0; i < s.nopen; i++) {
		(void)map_put(&open, s.open[i].key);
		if (!settle_open(&s, &s.open[i], err))
			return false;
	}
	for (size_t i = 0; i < s.problems.n; i++) {
		/* Two results with one key would be two of the same life. */
		if (map_has(&open, s.problems.v[i].key))
			continue;
		(void)map_put(&open, s.problems.v[i].key);
		if (!open_new(&s, &s.problems.v[i], err))
			return false;
	}
	if (s.change.n > 0)
		qsort(s.change.v, s.change.n, sizeof(*s.change.v), worst_first);
	tell_report(&s);
	return alerts_route(w, r, s.change.v, s.change.n, err);
}
