/*
 * What follows from an incident, from look to look.
 *
 *	held by an incident ─┬─ not looked at ───────────────────► stays
 *	                     ├─ well, or stands on its own now ──► taken out
 *	                     ├─ follows from another one ────────► taken out here, put there
 *	                     └─ its incident is resolved ────────► left: LEFT_BEHIND_US to become well, then as if it was found anew
 *	                                                           (looked at, and nobody counts the time: at once)
 *
 * So whoever was told of nothing but the cause misses nothing: what the cause leaves behind is told in its own right.
 */
#include "alert/settle.h"

#include <stdlib.h>

#include "store/symptom.h"

/* Left ones that are taken up at once, and what of them is upstream. */
enum { LEFT_MAX = 2000 };

static struct sv
key_of(struct arena *a, const struct symptom *v)
{
	return problem_key(a, problem_kind_of(v->kind), v->asset, v->partition, v->check);
}

/* Reading -------------------------------------------------------------------------------------------------------- */

static bool
any_held(struct settling *s, bool *ret, struct err *err)
{
	struct incident *loose;
	size_t n;

	if (!store_loose_incidents(s->w->store, s->w->a, &loose, &n, err))
		return false;
	*ret = n > 0;
	for (size_t i = 0; i < n; i++)
		map_set(&s->loose, loose[i].id, &loose[i]);
	for (size_t i = 0; i < s->nopen; i++)
		*ret = *ret || s->open[i].symptoms > 0;
	return true;
}

/* Problems by their keys, and incidents by their ids, to open incidents. */
static void
index_owners(struct settling *s, struct map *ids)
{
	struct incident *v;
	size_t n;

	for (size_t i = 0; i < s->nopen; i++) {
		map_set(ids, s->open[i].id, &s->open[i]);
		groups_expand(s->w->a, &s->open[i], 1, &v, &n);
		for (size_t k = 0; k < n; k++)
			map_set(&s->owner, v[k].key, &s->open[i]);
	}
}

static bool
load_asset(struct settling *s, struct sv asset, const struct map *ids, struct err *err)
{
	struct held_symptom *v;
	size_t n;

	if (!store_asset_symptoms(s->w->store, s->w->a, asset, &v, &n, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct map_entry *e;
		struct held *h;

		if (problem_kind_of(v[i].symptom.kind) == PROBLEM_COUNT)
			continue;
		e = map_put(&s->held, key_of(s->w->a, &v[i].symptom));
		h = e->value;
		/* One that is left of another incident, too, does not count where it follows from an open one. */
		if (h != NULL && h->holder != NULL)
			continue;
		e->value = h = ARENA_NEW(s->w->a, struct held);
		*h = (struct held){.incident = v[i].incident,
		                   .holder = map_get(ids, v[i].incident),
		                   .left = map_get(&s->loose, v[i].incident),
		                   .symptom = v[i].symptom};
	}
	return true;
}

/* One that is only a symptom and not in the report: whoever rests on it follows from the same. */
static bool
load_input(struct settling *s, const struct asset *up, const struct map *ids, struct incident *ret, size_t *n,
           size_t max, struct err *err)
{
	struct held_symptom *v;
	size_t nheld;

	if (!store_asset_symptoms(s->w->store, s->w->a, up->key, &v, &nheld, err))
		return false;
	for (size_t i = 0; i < nheld && *n < max; i++) {
		const struct incident *holder = map_get(ids, v[i].incident);
		struct incident *one;
		size_t none;

		if (holder == NULL)
			continue;
		groups_expand(s->w->a, holder, 1, &one, &none);
		if (none == 0)
			continue;
		ret[*n] = *one;
		ret[*n].kind = v[i].symptom.kind;
		ret[*n].asset = up->key;
		ret[*n].partition = v[i].symptom.partition;
		ret[(*n)++].severity = v[i].symptom.severity;
	}
	return true;
}

struct asset_list {
	const struct asset **v;
	size_t n, cap;
};

static void
add_inputs(struct settling *s, const struct asset *asset, struct map *done, struct asset_list *ret)
{
	const struct catalog *c = s->w->catalog;

	for (uint32_t k = c->up_at[asset->index]; k < c->up_at[asset->index + 1]; k++) {
		const struct asset *up = &c->asset[c->up[k]];

		if (map_has(done, up->key))
			continue;
		(void)map_put(done, up->key);
		*LIST_ADD(s->w->a, ret) = up;
	}
}

static bool
is_stale(const struct asset_result *r)
{
	return r->asset != NULL && r->has_staleness && r->staleness.status == STALE_STALE;
}

bool
symptoms_load(struct settling *s, struct incident **seen, size_t *nseen, struct err *err)
{
	enum { EACH = 4 }; /* kinds of problems that an asset may have as symptoms */
	struct asset_list input = {0};
	struct incident *all;
	struct map ids, done;
	bool any;

	map_init(&s->held, s->w->a);
	map_init(&s->owner, s->w->a);
	map_init(&s->loose, s->w->a);
	map_init(&ids, s->w->a);
	map_init(&done, s->w->a);
	index_owners(s, &ids);
	if (!any_held(s, &any, err))
		return false;
	if (!any)
		return true;
	for (size_t i = 0; i < s->r->nasset; i++) {
		const struct asset_result *r = &s->r->asset[i];

		if (r->asset == NULL || map_has(&done, r->key))
			continue;
		(void)map_put(&done, r->key);
		if (!load_asset(s, r->key, &ids, err))
			return false;
	}
	for (size_t i = 0; i < s->r->nasset; i++)
		if (is_stale(&s->r->asset[i]))
			add_inputs(s, s->r->asset[i].asset, &done, &input);
	if (input.n == 0)
		return true;
	all = ARENA_ARRAY(s->w->a, struct incident, *nseen + EACH * input.n);
	if (*nseen > 0)
		memcpy(all, *seen, *nseen * sizeof(*all));
	*seen = all;
	for (size_t i = 0; i < input.n; i++)
		if (!load_input(s, input.v[i], &ids, all, nseen, *nseen + EACH, err))
			return false;
	return true;
}

/* Sorting -------------------------------------------------------------------------------------------------------- */

/* As if it had an incident of its own. */
static bool
is_over(const struct settling *s, const struct held *h)
{
	const struct incident i = {.kind = h->symptom.kind,
	                           .asset = h->symptom.asset,
	                           .partition = h->symptom.partition,
	                           .check = h->symptom.check};
	struct sv why;

	return !s->r->unpublished && settle_is_over(s, &i, &why);
}

/* Its incident is resolved, or will be by this report. */
static bool
is_of_past(const struct settling *s, const struct held *h)
{
	struct sv why;

	return h->holder == NULL || (!map_has(&s->problems.by_key, h->holder->key) && !s->r->unpublished &&
	                             !incident_is_group(h->holder) && settle_is_over(s, h->holder, &why));
}

static bool
take_out(struct settling *s, struct held *h, struct map *changed, struct err *err)
{
	/* Of one that is over they stay as what followed from it. */
	if (is_of_past(s, h))
		return store_settle_symptom(s->w->store, h->incident, &h->symptom, err);
	map_set(changed, h->holder->id, h->holder);
	return store_drop_symptom(s->w->store, h->incident, &h->symptom, err);
}

/* Somebody saw it after this report began to look: it may have looked before that. */
static bool
seen_since(const struct settling *s, const struct held *h, bool *ret, struct err *err)
{
	*ret = false;
	return h->holder == NULL ||
	       store_run_is_past(s->w->store, h->holder->run_id, s->r->position, ret, err);
}

static bool
sort_one(struct settling *s, struct sv key, struct held *h, struct map *changed, struct err *err)
{
	const struct problem *root = map_get(&s->problems.follows, key);
	bool past;

	if (root != NULL) {
		h->stays = h->holder != NULL && map_get(&s->owner, root->key) == h->holder;
		/* Another kind of the same life is another row. */
		if (h->stays)
			return true;
	} else if (!map_has(&s->problems.by_key, key)) {
		if (!is_over(s, h))
			return true;
		if (!seen_since(s, h, &past, err))
			return false;
		if (past)
			return true;
	}
	return take_out(s, h, changed, err);
}

/* The first by name, as they stand now. */
static bool
show(struct settling *s, struct incident *i, struct err *err)
{
	struct symptom *v;

	if (!store_symptoms(s->w->store, s->w->a, i->id, NULL, SYMPTOMS_MAX, &v, &i->nsymptom, err))
		return false;
	i->symptom = v;
	return true;
}

static struct symptom
symptom_of(const struct problem *p)
{
	return (struct symptom){.kind = sv_of(problem_names[p->kind]),
	                        .asset = p->asset,
	                        .partition = p->partition,
	                        .check = p->check,
	                        .message = p->message,
	                        .severity = p->severity};
}

/* The cause has just gone: what follows from it will, too, if nothing else is wrong. */
static bool
has_time(const struct settling *s, const struct held *h)
{
	if (!s->w->attended || !is_of_past(s, h))
		return false;
	return h->holder != NULL || (h->left != NULL && s->now_us < h->left->resolved_us + LEFT_BEHIND_US);
}

/* What stands on its own now, with what follows from it. */
static bool
leave_for_later(struct settling *s, struct held *h, const struct problem *p, struct map *changed,
                struct err *err)
{
	const struct symptom own = symptom_of(p);

	(void)map_put(&s->settled, p->key);
	if (!sv_eq(own.kind, h->symptom.kind) &&
	    !store_drop_symptom(s->w->store, h->incident, &h->symptom, err))
		return false;
	if (!store_put_symptom(s->w->store, h->incident, &own, err))
		return false;
	for (size_t i = 0; i < p->follower.n; i++) {
		const struct symptom v = symptom_of(p->follower.v[i]);

		if (!store_put_symptom(s->w->store, h->incident, &v, err))
			return false;
	}
	map_set(changed, h->incident, h->holder != NULL ? h->holder : h->left);
	return true;
}

static bool
leave_all(struct settling *s, struct map *changed, struct err *err)
{
	for (size_t i = 0; i < s->held.n; i++) {
		const struct problem *p = map_get(&s->problems.by_key, s->held.e[i].key);

		if (p != NULL && !map_has(&s->owner, p->key) && has_time(s, s->held.e[i].value) &&
		    !leave_for_later(s, s->held.e[i].value, p, changed, err))
			return false;
	}
	return true;
}

bool
symptoms_sort(struct settling *s, struct err *err)
{
	struct map changed;

	map_init(&changed, s->w->a);
	for (size_t i = 0; i < s->held.n; i++)
		if (!sort_one(s, s->held.e[i].key, s->held.e[i].value, &changed, err))
			return false;
	if (!leave_all(s, &changed, err))
		return false;
	for (size_t i = 0; i < changed.n; i++) {
		struct incident *it = changed.e[i].value;

		if (!store_count_symptoms(s->w->store, it->id, &it->symptoms, err) || !show(s, it, err) ||
		    !store_put_incident(s->w->store, it, err))
			return false;
	}
	return true;
}

/* Putting -------------------------------------------------------------------------------------------------------- */

static struct held *
held_of(const struct settling *s, const struct problem *p)
{
	struct held *h = map_get(&s->held, p->key);

	return h != NULL && h->stays ? h : NULL;
}

/* Is there nothing to write? */
static bool
is_known(const struct held *h, const struct problem *p)
{
	return h != NULL && sv_is(h->symptom.kind, problem_names[p->kind]) &&
	       sv_eq(h->symptom.message, p->message) && h->symptom.severity == p->severity;
}

bool
symptoms_change(const struct settling *s, const struct problem *root)
{
	for (size_t i = 0; i < root->follower.n; i++)
		if (!is_known(held_of(s, root->follower.v[i]), root->follower.v[i]))
			return true;
	return false;
}

bool
symptoms_count(struct settling *s, struct incident *i, const struct problem *const *root, size_t nroot,
               struct err *err)
{
	enum severity worst = i->severity;

	if (i->resolved_us != TIME_NONE)
		return true;
	if (i->symptoms > 0 && !store_worst_symptom(s->w->store, i->id, &worst, err))
		return false;
	i->severity = MIN(i->severity, worst);
	for (size_t k = 0; k < nroot; k++)
		for (size_t n = 0; n < root[k]->follower.n; n++) {
			i->symptoms += held_of(s, root[k]->follower.v[n]) == NULL;
			i->severity = MIN(i->severity, root[k]->follower.v[n]->severity);
		}
	return true;
}

static bool
put_one(struct settling *s, const struct incident *i, const struct problem *p, struct err *err)
{
	const struct symptom v = symptom_of(p);
	struct held *h = held_of(s, p);

	if (is_known(h, p))
		return true;
	if (h != NULL && !sv_eq(h->symptom.kind, v.kind) &&
	    !store_drop_symptom(s->w->store, h->incident, &h->symptom, err))
		return false;
	return store_put_symptom(s->w->store, i->id, &v, err);
}

bool
symptoms_put(struct settling *s, struct incident *i, const struct problem *const *root, size_t nroot,
             struct err *err)
{
	bool any = false;

	for (size_t k = 0; k < nroot; k++)
		for (size_t n = 0; n < root[k]->follower.n; n++) {
			any = true;
			if (!put_one(s, i, root[k]->follower.v[n], err))
				return false;
		}
	return !any || show(s, i, err);
}

/* What is left behind -------------------------------------------------------------------------------------------- */

struct leaving {
	struct workspace *w;
	struct report *rep;
	LIST(struct asset_result) result;
	LIST(struct orphan) orphan;
	LIST(struct held_symptom) taken;
	struct map done; /* assets whose symptoms were taken up */
	int64_t now_us;
};

/* As a look would have found it. */
static void
recall(struct leaving *x, const struct asset *asset, const struct symptom *v)
{
	const enum problem_kind kind = problem_kind_of(v->kind);
	struct asset_result r = {.asset = asset, .key = asset->key, .partition = v->partition};

	if (kind == PROBLEM_ABANDONED || kind == PROBLEM_UNSTORED) {
		*LIST_ADD(x->w->a, &x->orphan) = (struct orphan){
			.kind = kind == PROBLEM_UNSTORED ? ORPHAN_UNSTORED : ORPHAN_ABANDONED,
			.key = asset->key,
			.evidence = v->message};
		return;
	}
	if (kind == PROBLEM_STALE) {
		r.has_staleness = true;
		r.staleness = (struct staleness){.status = STALE_STALE,
		                                 .since_us = TIME_NONE,
		                                 .failing = v->severity == SEVERITY_CRITICAL,
		                                 .evidence = v->message};
	} else if (kind == PROBLEM_LATE || kind == PROBLEM_UNKNOWN_AGE) {
		r.has_freshness = true;
		r.freshness = (struct freshness){.status = kind == PROBLEM_LATE ? FRESH_FAIL : FRESH_UNKNOWN,
		                                 .evidence = v->message};
	} else {
		return;
	}
	*LIST_ADD(x->w->a, &x->result) = r;
}

/* All of an asset that are left, and first those of what is upstream: they may be what it follows from. */
static bool
take_up(struct leaving *x, const struct asset *first, struct err *err)
{
	const struct catalog *c = x->w->catalog;
	LIST(uint32_t) todo = {0};

	if (map_has(&x->done, first->key))
		return true;
	(void)map_put(&x->done, first->key);
	*LIST_ADD(x->w->a, &todo) = first->index;
	for (size_t i = 0; i < todo.n; i++) {
		const struct asset *asset = &c->asset[todo.v[i]];
		struct held_symptom *v;
		bool any = false;
		size_t n;

		if (!store_asset_symptoms(x->w->store, x->w->a, asset->key, &v, &n, err))
			return false;
		for (size_t k = 0; k < n; k++) {
			struct incident holder;
			bool found;

			if (!store_incident(x->w->store, x->w->a, v[k].incident, &holder, &found, err))
				return false;
			if (!found || !holder.loose || x->now_us < holder.resolved_us + LEFT_BEHIND_US)
				continue;
			recall(x, asset, &v[k].symptom);
			*LIST_ADD(x->w->a, &x->taken) = v[k];
			any = true;
		}
		for (uint32_t k = c->up_at[asset->index]; any && k < c->up_at[asset->index + 1]; k++)
			if (!map_has(&x->done, c->asset[c->up[k]].key)) {
				(void)map_put(&x->done, c->asset[c->up[k]].key);
				*LIST_ADD(x->w->a, &todo) = c->up[k];
			}
	}
	return true;
}

/* Whatever became of them, it is on record now. */
static bool
settle_taken(struct leaving *x, struct err *err)
{
	for (size_t i = 0; i < x->taken.n; i++)
		if (!store_settle_symptom(x->w->store, x->taken.v[i].incident, &x->taken.v[i].symptom, err))
			return false;
	return true;
}

/* Some of one incident; it is no longer loose when there are none. */
static bool
leave_some(struct workspace *w, struct incident *i, struct err *err)
{
	struct report rep = {.command = "alerts", .unpublished = true, .position = -1};
	struct leaving x = {.w = w, .rep = &rep, .now_us = clock_now_us(w->clock)};
	struct symptom *v;
	size_t n;

	if (!store_symptoms_left(w->store, w->a, i->id, LEFT_MAX, &v, &n, err))
		return false;
	if (n == 0) {
		i->loose = false;
		return store_put_incident(w->store, i, err);
	}
	map_init(&x.done, w->a);
	for (size_t k = 0; k < n; k++) {
		const struct asset *asset = catalog_asset(w->catalog, v[k].asset);

		/* Of what is no longer declared nobody can say anything. */
		if (asset == NULL ? !store_settle_symptom(w->store, i->id, &v[k], err)
		                  : !take_up(&x, asset, err))
			return false;
	}
	snprintf(rep.run_id, sizeof(rep.run_id), SV_FMT, SV_ARG(i->run_id));
	rep.project = w->catalog->project;
	rep.env = w->catalog->env;
	rep.asset = x.result.v;
	rep.nasset = x.result.n;
	rep.orphan = x.orphan.v;
	rep.norphan = x.orphan.n;
	return alerts_settle(w, &rep, err) && settle_taken(&x, err);
}

static bool
leave_due(struct workspace *w, struct incident *v, size_t n, int64_t now_us, struct err *err)
{
	for (size_t i = 0; i < n; i++)
		if (now_us >= v[i].resolved_us + LEFT_BEHIND_US)
			return leave_some(w, &v[i], err);
	return true;
}

bool
symptoms_left(struct workspace *w, int64_t *next_us, struct err *err)
{
	const int64_t now_us = clock_now_us(w->clock);
	struct incident *v;
	size_t n;
	bool due = false;

	*next_us = INT64_MAX;
	if (!store_loose_incidents(w->store, w->a, &v, &n, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		*next_us = MIN(*next_us, MAX(v[i].resolved_us + LEFT_BEHIND_US, now_us));
		due = due || now_us >= v[i].resolved_us + LEFT_BEHIND_US;
	}
	if (!due)
		return true;
	if (!store_begin(w->store, err))
		return false;
	/* Once more where nobody else writes. */
	if (!store_loose_incidents(w->store, w->a, &v, &n, err) || !leave_due(w, v, n, now_us, err)) {
		store_rollback(w->store);
		return false;
	}
	return store_commit(w->store, err);
}
