/*
 * Partitions that share an incident: a backfill that goes wrong is one thing to mend, not a thousand.
 *
 *	problems of one family, asset and check ─┬─ open on their own ─────────────► stay so, each with its own end
 *	                                         ├─ a shared one is open ──────────► join it, leave it; the last to leave resolves it
 *	                                         └─ more than `partitions_above` ──► open a shared one; else one each
 *
 * What counts against the limit is new and what is open on its own, so that partitions that fail one run after the other come to share one,
 * too.  Its key does not name them, so it stays the same as they come and go.
 */
#include "alert/settle.h"

#include <stdlib.h>

static const char group_prefix[] = "group:";
enum { NAMED_MAX = 5, TEXT_MAX = 2000 };

bool
incident_is_group(const struct incident *i)
{
	return sv_starts(i->key, sv_of(group_prefix));
}

static struct sv
group_key(struct arena *a, enum problem_kind kind, struct sv asset, struct sv check)
{
	struct sv key = problem_key(a, kind, asset, (struct sv){0}, check);

	return arena_svf(a, "%s" SV_FMT, group_prefix, SV_ARG(key));
}

/* As if it had an incident of its own. */
static bool
single(struct arena *a, const struct incident *i, const struct incident_partition *p, struct incident *ret)
{
	const enum problem_kind kind = problem_kind_of(p->kind);

	if (kind == PROBLEM_COUNT)
		return false;
	*ret = *i;
	ret->key = problem_key(a, kind, i->asset, p->partition, i->check);
	ret->kind = p->kind;
	ret->partition = p->partition;
	ret->severity = p->severity;
	ret->message = p->message;
	ret->run_id = p->run_id;
	ret->nsymptom = ret->npart = 0;
	ret->symptoms = ret->partitions = 0;
	return true;
}

void
groups_expand(struct arena *a, const struct incident *open, size_t nopen, struct incident **ret, size_t *n)
{
	LIST(struct incident) list = {0};
	struct incident i;

	for (size_t k = 0; k < nopen; k++) {
		if (!incident_is_group(&open[k]))
			*LIST_ADD(a, &list) = open[k];
		for (size_t p = 0; incident_is_group(&open[k]) && p < open[k].npart; p++)
			if (single(a, &open[k], &open[k].part[p], &i))
				*LIST_ADD(a, &list) = i;
	}
	*ret = list.v;
	*n = list.n;
}

/* Buckets ------------------------------------------------------------------------------------------------------- */

/* What this run found of one family, asset and check. */
struct bucket {
	LIST(const struct problem *) problem;
	size_t singles; /* open on their own */
};

static struct bucket *
bucket_of(struct arena *a, struct map *buckets, struct sv key)
{
	struct map_entry *e = map_put(buckets, key);

	if (e->value == NULL)
		e->value = ARENA_NEW(a, struct bucket);
	return e->value;
}

static void
fill_buckets(struct settling *s, struct map *buckets)
{
	struct arena *a = s->w->a;
	struct map seen, over;

	map_init(&seen, a);
	map_init(&over, a);
	for (size_t i = 0; i < s->change.n; i++)
		if (s->change.v[i].incident.change == INCIDENT_RESOLVED)
			(void)map_put(&over, s->change.v[i].incident.id);
	for (size_t i = 0; i < s->nopen; i++) {
		const struct incident *it = &s->open[i];
		const enum problem_kind kind = problem_kind_of(it->kind);

		if (it->partition.n > 0 && kind != PROBLEM_COUNT && !map_has(&over, it->id))
			bucket_of(a, buckets, group_key(a, kind, it->asset, it->check))->singles++;
	}
	for (size_t i = 0; i < s->problems.n; i++) {
		const struct problem *p = &s->problems.v[i];

		if (p->partition.n == 0 || map_has(&s->settled, p->key) || map_has(&seen, p->key))
			continue;
		(void)map_put(&seen, p->key);
		*LIST_ADD(a, &bucket_of(a, buckets, group_key(a, p->kind, p->asset, p->check))->problem) = p;
	}
}

/* What it says ---------------------------------------------------------------------------------------------------- */

/* Partitions of a shared incident while it is settled. */
struct members {
	struct map map; /* partition -> struct incident_partition *; NULL = gone */
	bool touched, joined;
	LIST(const struct problem *) root; /* whose followers become its symptoms */
};

static void
put_words(struct settling *s, struct incident *i)
{
	AUTO(buf) title = buf_new(TEXT_MAX);
	AUTO(buf) message = buf_new(4 * TEXT_MAX);
	const struct sv local = sv_starts(i->check, i->asset) && i->check.n > i->asset.n
	                                ? sv_skip(i->check, i->asset.n + 1)
	                                : i->check;

	buf_printf(title, SV_FMT "%s" SV_FMT ": ", SV_ARG(i->asset), local.n > 0 ? " " : "", SV_ARG(local));
	for (size_t k = 0; k < i->kind.n; k++)
		buf_putc(title, i->kind.p[k] == '_' ? ' ' : i->kind.p[k]);
	buf_printf(title, " in %lld partition%s: ", (long long)i->partitions, i->partitions == 1 ? "" : "s");
	for (size_t k = 0; k < MIN(i->npart, (size_t)NAMED_MAX); k++) {
		const struct incident_partition *p = &i->part[k];

		buf_printf(title, "%s%.*s", k > 0 ? ", " : "", (int)MIN(p->partition.n, (size_t)60),
		           p->partition.p);
		buf_printf(message, "%s%.*s: %.*s", k > 0 ? "; " : "", (int)MIN(p->partition.n, (size_t)60),
		           p->partition.p, (int)MIN(p->message.n, (size_t)300), p->message.p);
	}
	if (i->partitions > NAMED_MAX) {
		buf_puts(title, " …");
		buf_puts(message, " …");
	}
	i->title = problem_title(s->w->a, buf_sv(title));
	i->message = arena_sv(s->w->a, buf_sv(message));
}

static int
by_partition(const void *x, const void *y)
{
	return sv_cmp(((const struct incident_partition *)x)->partition,
	              ((const struct incident_partition *)y)->partition);
}

/* What follows from those that are there. */
static void
sum_up(struct settling *s, struct incident *i, const struct members *m)
{
	struct incident_partition *v = ARENA_ARRAY(s->w->a, struct incident_partition, m->map.n);
	bool judged = false;
	size_t n = 0;

	for (size_t k = 0; k < m->map.n; k++)
		if (m->map.e[k].value != NULL)
			v[n++] = *(const struct incident_partition *)m->map.e[k].value;
	if (n > 1)
		qsort(v, n, sizeof(*v), by_partition);
	i->part = v;
	i->npart = n;
	i->partitions = (int64_t)n;
	if (n == 0)
		return;
	i->severity = v[0].severity;
	for (size_t k = 0; k < n; k++) {
		const enum problem_kind kind = problem_kind_of(v[k].kind);
		const bool is = kind != PROBLEM_COUNT && problem_is_judged(kind);

		i->severity = MIN(i->severity, v[k].severity);
		if (k == 0 || (is && !judged))
			i->kind = v[k].kind;
		judged = judged || is;
	}
	put_words(s, i);
}

/* Life ------------------------------------------------------------------------------------------------------------ */

static void
members_init(struct settling *s, const struct incident *i, struct members *m)
{
	*m = (struct members){0};
	map_init(&m->map, s->w->a);
	for (size_t k = 0; k < i->npart; k++) {
		struct incident_partition *p = ARENA_NEW(s->w->a, struct incident_partition);

		*p = i->part[k];
		map_put(&m->map, p->partition)->value = p;
	}
}

static void
join(struct settling *s, struct members *m, const struct problem *p)
{
	struct incident_partition *it = map_get(&m->map, p->partition);

	(void)map_put(&s->settled, p->key);
	m->touched = true;
	if (it == NULL) {
		it = ARENA_NEW(s->w->a, struct incident_partition);
		*it = (struct incident_partition){.partition = p->partition, .since_us = s->now_us};
		map_put(&m->map, p->partition)->value = it;
		m->joined = true;
	}
	it->kind = sv_of(problem_names[p->kind]);
	it->severity = p->severity;
	it->message = p->message;
	it->run_id = sv_of(s->r->run_id);
	*LIST_ADD(s->w->a, &m->root) = p;
}

/* Those that are well leave. */
static bool
leave(struct settling *s, const struct incident *i, struct members *m, struct sv *why, struct err *err)
{
	for (size_t k = 0; k < m->map.n; k++) {
		struct incident_partition *p = m->map.e[k].value;
		struct incident own;
		bool seen_since;

		if (s->r->unpublished || sv_is(p->run_id, s->r->run_id) || !single(s->w->a, i, p, &own) ||
		    !settle_is_over(s, &own, why))
			continue;
		if (!store_run_is_past(s->w->store, p->run_id, s->r->position, &seen_since, err))
			return false;
		if (seen_since)
			continue;
		m->touched = true;
		m->map.e[k].value = NULL;
	}
	return true;
}

/* Behind the incident itself, which may only now get its id. */
static bool
store_members(struct settling *s, const struct incident *i, const struct members *m, struct err *err)
{
	for (size_t k = 0; k < m->map.n; k++) {
		const struct incident_partition *p = m->map.e[k].value;

		if (p == NULL) {
			if (!store_drop_incident_partition(s->w->store, i->id, m->map.e[k].key, err))
				return false;
		} else if (sv_is(p->run_id, s->r->run_id) &&
		           !store_put_incident_partition(s->w->store, i->id, p, err)) {
			return false;
		}
	}
	return true;
}

static bool
store_group(struct settling *s, struct incident *i, const struct members *m, enum incident_change change,
            bool worse, struct err *err)
{
	return settle_put(s, i, change, worse, m->root.v, m->root.n, err) && store_members(s, i, m, err);
}

/* Symptoms of partitions that this report did not look at. */
static void
adopt_elsewhere(struct settling *s, const struct incident *i, struct members *m)
{
	struct incident own;

	for (size_t k = 0; k < m->map.n; k++) {
		const struct incident_partition *p = m->map.e[k].value;
		const struct problem *more;

		if (p == NULL || !single(s->w->a, i, p, &own))
			continue;
		more = map_get(&s->elsewhere, own.key);
		if (more == NULL)
			continue;
		*LIST_ADD(s->w->a, &m->root) = more;
		m->touched = m->touched || symptoms_change(s, more);
	}
}

static bool
settle_group(struct settling *s, const struct incident *old, const struct bucket *b, struct err *err)
{
	const enum problem_kind was = problem_kind_of(old->kind);
	const bool was_judged = was == PROBLEM_COUNT || problem_is_judged(was);
	struct incident i = *old;
	struct members m;
	struct sv why = {0};
	bool calm, worse;

	members_init(s, old, &m);
	for (size_t k = 0; b != NULL && k < b->problem.n; k++)
		join(s, &m, b->problem.v[k]);
	if (!leave(s, old, &m, &why, err))
		return false;
	adopt_elsewhere(s, &i, &m);
	if (!m.touched)
		return true;
	sum_up(s, &i, &m);
	i.seen_us = s->now_us;
	if (i.npart == 0) {
		i.message = why;
		i.resolved_us = s->now_us;
		return store_group(s, &i, &m, INCIDENT_RESOLVED, false, err);
	}
	if (m.joined)
		i.joined_us = s->now_us;
	worse = i.severity < old->severity || (!was_judged && problem_is_judged(problem_kind_of(i.kind)));
	return settle_calm(s->w, &i, s->now_us, &calm, err) &&
	       store_group(s, &i, &m, INCIDENT_STILL, worse, err);
}

/* A resolved one that may come back as the same: see settle_watched. */
static bool
settle_watched_group(struct settling *s, const struct incident *old, struct bucket *b, struct err *err)
{
	struct incident i = *old;
	struct members m;
	struct sv why = {0};
	bool calm;

	members_init(s, old, &m);
	if (b != NULL && b->problem.n > 0) {
		if (!settle_calm(s->w, &i, s->now_us, &calm, err))
			return false;
		if (calm && !i.watched) {
			i.change = INCIDENT_RESOLVED;
			*LIST_ADD(s->w->a, &s->change) = (struct change){.incident = i};
			return true;
		}
		settle_reopen(&i);
		for (size_t k = 0; k < b->problem.n; k++)
			join(s, &m, b->problem.v[k]);
		b->problem.n = 0;
		if (!leave(s, old, &m, &why, err))
			return false;
		sum_up(s, &i, &m);
		i.seen_us = s->now_us;
		return store_group(s, &i, &m, INCIDENT_REOPENED, false, err);
	}
	if (!leave(s, old, &m, &why, err))
		return false;
	if (!m.touched)
		return true;
	sum_up(s, &i, &m);
	i.title = old->title;
	i.message = old->message;
	if (i.npart == 0 && !i.flapping) {
		i.watched = false;
		i.loose = i.symptoms > 0;
	}
	if (!store_put_incident(s->w->store, &i, err) || !store_members(s, &i, &m, err))
		return false;
	return i.watched || incident_note(s->w, &i, "confirmed", (struct sv){0}, why, err);
}

static bool
open_group(struct settling *s, struct sv key, const struct bucket *b, struct err *err)
{
	const struct problem *first = b->problem.v[0];
	struct incident i = {
		.key = key,
		.asset = first->asset,
		.check = first->check,
		.opened_us = s->now_us,
		.seen_us = s->now_us,
		.resolved_us = TIME_NONE,
		.opened_run = sv_of(s->r->run_id),
	};
	struct members m;

	members_init(s, &i, &m);
	for (size_t k = 0; k < b->problem.n; k++)
		join(s, &m, b->problem.v[k]);
	sum_up(s, &i, &m);
	return store_group(s, &i, &m, INCIDENT_OPENED, false, err);
}

bool
settle_groups(struct settling *s, struct err *err)
{
	const int64_t above = s->w->catalog->alerts.partitions_above;
	struct map buckets;

	map_init(&buckets, s->w->a);
	fill_buckets(s, &buckets);
	for (size_t i = 0; i < s->nopen; i++) {
		struct bucket *b = map_get(&buckets, s->open[i].key);

		if (!incident_is_group(&s->open[i]))
			continue;
		if (!settle_group(s, &s->open[i], b, err))
			return false;
		if (b != NULL)
			b->problem.n = 0;
	}
	for (size_t i = 0; i < s->nwatched; i++)
		if (incident_is_group(&s->watched[i]) &&
		    !settle_watched_group(s, &s->watched[i], map_get(&buckets, s->watched[i].key), err))
			return false;
	for (size_t i = 0; i < buckets.n; i++) {
		const struct bucket *b = buckets.e[i].value;

		if (b->problem.n > 0 && (int64_t)(b->problem.n + b->singles) > above &&
		    !open_group(s, buckets.e[i].key, b, err))
			return false;
	}
	return true;
}
