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

#include "alert/due.h"
#include "store/symptom.h"

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

/* Told by somebody else: no catalog declares it. */
static bool
is_external(const struct incident *i)
{
	struct sv rest = sv_starts(i->check, i->asset) ? sv_skip(i->check, i->asset.n) : (struct sv){0};

	return sv_starts(rest, SV(":" EXTERNAL ":"));
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
		return !is_external(i) && gone(s, "the check is no longer declared", why);
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

bool
settle_is_over(const struct settling *s, const struct incident *i, struct sv *why)
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

static const char *const event_names[INCIDENT_CHANGES] = {
	[INCIDENT_OPENED] = "opened",
	[INCIDENT_RESOLVED] = "resolved",
	[INCIDENT_REOPENED] = "reopened",
};

bool
incident_note(struct workspace *w, const struct incident *i, const char *kind, struct sv who,
              struct sv detail, struct err *err)
{
	const struct incident_event e = {
		.at_us = clock_now_us(w->clock), .kind = sv_of(kind), .who = who, .detail = detail};

	return store_add_incident_event(w->store, i->id, &e, err);
}

/* This opening counts, too. */
static bool
judge_flapping(struct settling *s, struct incident *i, bool *begins, struct err *err)
{
	const struct flapping_decl *f = &s->w->catalog->alerts.flapping;
	int64_t openings;

	*begins = false;
	if (f->changes == 0 || i->flapping)
		return true;
	if (!store_count_openings(s->w->store, i->key, s->now_us - f->within_us, &openings, err))
		return false;
	*begins = i->flapping = openings + 1 > f->changes;
	return true;
}

/* What the change says, and what it follows from. */
static struct sv
event_detail(const struct settling *s, const struct incident *i)
{
	return i->message.n > 0 ? i->message : sv_of(s->r->run_id);
}

bool
settle_put(struct settling *s, struct incident *i, enum incident_change change, bool worse,
           const struct problem *const *root, size_t nroot, struct err *err)
{
	const bool opens = change == INCIDENT_OPENED || change == INCIDENT_REOPENED;
	bool flaps = false;

	if (opens && !judge_flapping(s, i, &flaps, err))
		return false;
	i->change = change;
	i->run_id = sv_of(s->r->run_id);
	if (opens || change == INCIDENT_RESOLVED) {
		i->changed_us = s->now_us;
		i->watched = change == INCIDENT_RESOLVED && i->flapping;
	}
	if (worse) {
		i->worse_us = s->now_us;
		i->snoozed_until_us = 0;
	}
	if (change == INCIDENT_REOPENED && !store_renew_symptoms(s->w->store, i->id, &i->symptoms, err))
		return false;
	i->loose = change == INCIDENT_RESOLVED && i->symptoms > 0;
	if (!symptoms_count(s, i, root, nroot, err) || !store_put_incident(s->w->store, i, err))
		return false;
	/* The store lends the id of a new one until the next call. */
	i->id = arena_sv(s->w->a, i->id);
	if (!symptoms_put(s, i, root, nroot, err))
		return false;
	*LIST_ADD(s->w->a, &s->change) = (struct change){.incident = *i, .worse = worse};
	if ((event_names[change] != NULL &&
	     !incident_note(s->w, i, event_names[change], (struct sv){0}, event_detail(s, i), err)) ||
	    (worse && !incident_note(s->w, i, "worse", (struct sv){0}, i->message, err)))
		return false;
	return !flaps || incident_note(s->w, i, "flapping", (struct sv){0}, (struct sv){0}, err);
}

/* What a problem says of its incident. */
static void
take_problem(struct settling *s, struct incident *i, const struct problem *p)
{
	i->severity = p->severity;
	i->title = p->title;
	i->message = p->message;
	i->seen_us = s->now_us;
}

static bool
open_new(struct settling *s, const struct problem *p, struct err *err)
{
	struct incident i = {
		.key = p->key,
		.kind = sv_of(problem_names[p->kind]),
		.asset = p->asset,
		.partition = p->partition,
		.check = p->check,
		.opened_us = s->now_us,
		.resolved_us = TIME_NONE,
		.opened_run = sv_of(s->r->run_id),
	};

	(void)map_put(&s->settled, p->key);
	take_problem(s, &i, p);
	return settle_put(s, &i, INCIDENT_OPENED, false, &p, 1, err);
}

void
settle_reopen(struct incident *i)
{
	i->resolved_us = TIME_NONE;
	i->watched = false;
	i->resolved_by = i->acked_by = i->snoozed_by = i->note = (struct sv){0};
	i->acked_us = i->snoozed_until_us = 0;
}

static bool
reopen(struct settling *s, const struct incident *old, const struct problem *p, struct err *err)
{
	struct incident i = *old;

	settle_reopen(&i);
	i.kind = sv_of(problem_names[p->kind]);
	take_problem(s, &i, p);
	return settle_put(s, &i, INCIDENT_REOPENED, false, &p, 1, err);
}

static bool
see_again(struct settling *s, const struct incident *old, const struct problem *p, struct err *err)
{
	const enum problem_kind was = problem_kind_of(old->kind);
	struct incident i = *old;
	/* A smaller number is worse. */
	const bool worse = p->severity < old->severity ||
	                   (problem_is_judged(p->kind) && was != PROBLEM_COUNT && !problem_is_judged(was));
	bool calm;

	/* That it could not even be looked at does not take back that its checks could not read it. */
	if (p->kind != PROBLEM_UNREACHABLE || was != PROBLEM_UNREADABLE)
		i.kind = sv_of(problem_names[p->kind]);
	take_problem(s, &i, p);
	return settle_calm(s->w, &i, s->now_us, &calm, err) &&
	       settle_put(s, &i, INCIDENT_STILL, worse, &p, 1, err);
}

bool
settle_calm(struct workspace *w, struct incident *i, int64_t now_us, bool *calm, struct err *err)
{
	*calm = i->flapping && now_us >= calm_at(i, &w->catalog->alerts.flapping);
	if (!*calm)
		return true;
	i->flapping = false;
	/* Whoever resolved it by hand may still be wrong. */
	i->watched = i->resolved_us != TIME_NONE && i->resolved_by.n > 0;
	return store_put_incident(w->store, i, err) &&
	       incident_note(w, i, "calm", (struct sv){0}, (struct sv){0}, err);
}

/*
 * Further symptoms of what this report did not look at itself: added to the record, told with the next look; at once if they make it worse,
 * as who hears of such severity has not heard of it.
 */
static bool
add_symptoms(struct settling *s, const struct incident *old, const struct problem *more, struct err *err)
{
	struct incident i = *old;

	if (more->severity < old->severity) {
		i.severity = more->severity;
		i.seen_us = s->now_us;
		return settle_put(s, &i, INCIDENT_STILL, true, &more, 1, err);
	}
	return !symptoms_change(s, more) ||
	       (symptoms_count(s, &i, &more, 1, err) && store_put_incident(s->w->store, &i, err) &&
	        symptoms_put(s, &i, &more, 1, err));
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
	if (s->r->unpublished || !settle_is_over(s, old, &why))
		return true;
	/* Somebody saw it after this report began to look: it may have looked before that. */
	if (!store_run_is_past(s->w->store, old->run_id, s->r->position, &seen_since, err))
		return false;
	if (seen_since)
		return true;
	i.message = why;
	i.seen_us = i.resolved_us = s->now_us;
	return settle_put(s, &i, INCIDENT_RESOLVED, false, NULL, 0, err);
}

/*
 * A resolved one that may come back as the same.  By hand: whoever looks next and finds the problem opens it again; whoever finds it gone
 * agrees.  Flapping: until it is calm; then its end is told, and what comes later is another one.
 */
static bool
settle_watched(struct settling *s, const struct incident *old, struct err *err)
{
	const struct problem *p = map_get(&s->problems.by_key, old->key);
	struct incident i = *old;
	struct sv why = {0};
	bool calm;

	if (p != NULL) {
		if (!settle_calm(s->w, &i, s->now_us, &calm, err))
			return false;
		if (calm && !i.watched) {
			i.change = INCIDENT_RESOLVED;
			*LIST_ADD(s->w->a, &s->change) = (struct change){.incident = i};
			return true;
		}
		(void)map_put(&s->settled, p->key);
		return reopen(s, &i, p, err);
	}
	if (i.flapping || s->r->unpublished || !settle_is_over(s, old, &why))
		return true;
	i.watched = false;
	i.loose = i.symptoms > 0;
	return store_put_incident(s->w->store, &i, err) &&
	       incident_note(s->w, &i, "confirmed", (struct sv){0}, why, err);
}

/* Reports ------------------------------------------------------------------------------------------------------- */

static int
worst_first(const void *x, const void *y)
{
	const struct change *a = x, *b = y;

	static const int place[INCIDENT_CHANGES] = {[INCIDENT_OPENED] = 0,
	                                            [INCIDENT_REOPENED] = 1,
	                                            [INCIDENT_STILL] = 2,
	                                            [INCIDENT_RESOLVED] = 3};

	if (a->incident.change != b->incident.change)
		return place[a->incident.change] - place[b->incident.change];
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

static bool
settle_all(struct settling *s, struct err *err)
{
	for (size_t i = 0; i < s->nopen; i++) {
		if (incident_is_group(&s->open[i]))
			continue;
		(void)map_put(&s->settled, s->open[i].key);
		if (!settle_open(s, &s->open[i], err))
			return false;
	}
	for (size_t i = 0; i < s->nwatched; i++)
		if (!incident_is_group(&s->watched[i]) && !map_has(&s->settled, s->watched[i].key) &&
		    !settle_watched(s, &s->watched[i], err))
			return false;
	if (!settle_groups(s, err))
		return false;
	for (size_t i = 0; i < s->problems.n; i++)
		/* Two results with one key would be two of the same life. */
		if (!map_has(&s->settled, s->problems.v[i].key) && !open_new(s, &s->problems.v[i], err))
			return false;
	return true;
}

bool
alerts_settle(struct workspace *w, struct report *r, struct err *err)
{
	struct settling s = {.w = w, .r = r, .now_us = clock_now_us(w->clock)};
	struct incident *seen;
	size_t nseen;

	if (w->catalog == NULL)
		return true;
	if (!settle_load_open(&s, err) ||
	    !store_watched_incidents(w->store, w->a, &s.watched, &s.nwatched, err))
		return false;
	index_results(&s);
	map_init(&s.settled, w->a);
	groups_expand(w->a, s.open, s.nopen, &seen, &nseen);
	if (!symptoms_load(&s, &seen, &nseen, err))
		return false;
	problems_find(w->a, w->catalog, r, seen, nseen, &s.problems);
	problems_fold(w->a, seen, nseen, &s.problems, &s.elsewhere);
	if (!symptoms_sort(&s, err) || !settle_all(&s, err))
		return false;
	if (s.change.n > 0)
		qsort(s.change.v, s.change.n, sizeof(*s.change.v), worst_first);
	tell_report(&s);
	return alerts_route(w, r, s.change.v, s.change.n, err);
}
