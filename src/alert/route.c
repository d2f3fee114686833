/*
 * Which incidents are told where.
 *
 * An incident is told to a channel once for what happened to it, by the first route that takes it there.  Tellings of one route that agree
 * in `group_by` share a message; more than `digest_above` messages to a channel become one.  That somebody was told stands in the outbox
 * (store_last_told), so that whoever was told of the beginning is told of the end, whatever became of the routes.
 */
#include "alert/notice.h"
#include "alert/settle.h"

/* One incident for one channel. */
struct telling {
	uint32_t channel;
	const struct route_decl *route; /* NULL: no route leads there any more */
	const char *type;
	struct sv group; /* tellings with the same one share a message */
	const struct incident *incident;
};

struct routing {
	struct workspace *w;
	struct report *r;
	const struct alerts_decl *alerts;
	LIST(struct telling) telling;
};

static const char type_opened[] = "incident.opened", type_repeated[] = "incident.repeated",
		  type_resolved[] = "incident.resolved", type_digest[] = "incident.digest";

/* Matching ------------------------------------------------------------------------------------------------------ */

static bool
any_glob(const struct sv *glob, size_t n, struct sv text)
{
	for (size_t i = 0; i < n; i++)
		if (sv_glob(glob[i], text))
			return true;
	return n == 0;
}

static bool
has_owner(const struct incident_match *m, const struct asset *asset)
{
	for (size_t i = 0; asset != NULL && i < asset->nowner; i++)
		if (any_glob(m->owner, m->nowner, asset->owner[i]))
			return true;
	return m->nowner == 0;
}

static bool
has_tag(const struct asset *asset, const struct tag *wanted)
{
	for (size_t i = 0; i < asset->ntag; i++)
		if (sv_eq(asset->tag[i].key, wanted->key) &&
		    (wanted->value.n == 0 || sv_eq(asset->tag[i].value, wanted->value)))
			return true;
	return false;
}

bool
incident_matches(const struct incident_match *m, const struct incident *i, const struct asset *asset)
{
	for (size_t k = 0; k < m->ntag; k++)
		if (asset == NULL || !has_tag(asset, &m->tag[k]))
			return false;
	return any_glob(m->asset, m->nasset, i->asset) && any_glob(m->kind, m->nkind, i->kind) &&
	       any_glob(m->severity, m->nseverity, sv_of(severity_names[i->severity])) && has_owner(m, asset);
}

const struct asset *
incident_asset(const struct catalog *c, const struct incident *i)
{
	const struct asset *asset = catalog_asset(c, i->asset);
	size_t n = i->asset.n;

	/* A column: what stands before its name. */
	while (asset == NULL && n > 0)
		if (i->asset.p[--n] == '.')
			asset = catalog_asset(c, (struct sv){i->asset.p, n});
	/* What nobody makes concerns those who want it. */
	for (size_t k = 0; asset == NULL && k < c->nasset; k++)
		for (size_t d = 0; d < c->asset[k].ndep && asset == NULL; d++)
			if (sv_eq(c->asset[k].dep[d].key, i->asset))
				asset = &c->asset[k];
	return asset;
}

/* Tellings ------------------------------------------------------------------------------------------------------ */

static bool
leads_to(const struct route_decl *r, uint32_t channel)
{
	for (size_t i = 0; i < r->nto; i++)
		if (r->to[i] == channel)
			return true;
	return false;
}

static struct sv
group_of(struct routing *x, const struct route_decl *r, const char *type, const struct incident *i,
         const struct asset *asset)
{
	struct arena *a = x->w->a;
	struct sv group;

	/* On its own. */
	if (r == NULL || r->group_by == 0)
		return i->id;
	/* None of these holds a line break, but for values that were quoted: that would only split a group. */
	group = arena_svf(a, "%s\n%td", type, r - x->alerts->route);
	if (r->group_by & 1u << GROUP_ASSET)
		group = arena_svf(a, SV_FMT "\n" SV_FMT, SV_ARG(group), SV_ARG(i->asset));
	if (r->group_by & 1u << GROUP_CHECK)
		group = arena_svf(a, SV_FMT "\n" SV_FMT, SV_ARG(group), SV_ARG(i->check));
	if (r->group_by & 1u << GROUP_KIND)
		group = arena_svf(a, SV_FMT "\n" SV_FMT, SV_ARG(group), SV_ARG(i->kind));
	for (size_t k = 0; r->group_by & 1u << GROUP_OWNER && asset != NULL && k < asset->nowner; k++)
		group = arena_svf(a, SV_FMT "\n" SV_FMT, SV_ARG(group), SV_ARG(asset->owner[k]));
	return group;
}

/* Who could not be reached for so long is told anew: a receiver that is gone for good gets no more than that. */
#define RETELL_US (24 * US_PER_HOUR)

/* What is due to a channel that a route leads to: NULL = nothing. */
static bool
due_type(struct routing *x, const struct change *c, const struct route_decl *r, uint32_t channel,
         const char **ret, struct err *err)
{
	const struct incident *i = &c->incident;
	int64_t told_us = TIME_NONE;
	bool in_vain = false;

	*ret = NULL;
	if (i->change == INCIDENT_OPENED) {
		*ret = type_opened;
		return true;
	}
	/* While alerts are off nothing is on record as told, and nothing is worth a line at each run. */
	if (!x->alerts->enabled)
		return true;
	if (!store_last_told(x->w->store, x->alerts->channel[channel].name, i->id, (struct sv){0}, &told_us,
	                     err) ||
	    !store_told_in_vain(x->w->store, x->alerts->channel[channel].name, i->id, &in_vain, err))
		return false;
	if (i->change == INCIDENT_RESOLVED)
		*ret = told_us != TIME_NONE ? type_resolved : NULL;
	else if (told_us == TIME_NONE)
		*ret = type_opened; /* new to this channel: alerts were off, or the route is new */
	else if (in_vain && i->seen_us - told_us >= RETELL_US)
		*ret = type_opened;
	else if (c->worse || (r->repeat_every_us > 0 && i->seen_us - told_us >= r->repeat_every_us))
		*ret = type_repeated;
	return true;
}

static void
add_telling(struct routing *x, uint32_t channel, const struct route_decl *r, const char *type,
            const struct incident *i, const struct asset *asset)
{
	*LIST_ADD(x->w->a, &x->telling) = (struct telling){
		.channel = channel,
		.route = r,
		.type = type,
		.group = group_of(x, r, type, i, asset),
		.incident = i,
	};
}

/* The end is told by whatever route would take it there now, or without one. */
static bool
tell_channel(struct routing *x, const struct change *c, uint32_t channel, const struct asset *asset,
             struct err *err)
{
	const struct incident *i = &c->incident;
	const bool resolved = i->change == INCIDENT_RESOLVED;
	const struct route_decl *route = NULL;
	const char *type;

	for (size_t k = 0; k < x->alerts->nroute && route == NULL; k++)
		if (leads_to(&x->alerts->route[k], channel) && incident_matches(&x->alerts->route[k].match, i, asset))
			route = &x->alerts->route[k];
	if (route == NULL && !resolved)
		return true;
	if (!due_type(x, c, route, channel, &type, err))
		return false;
	if (type != NULL)
		add_telling(x, channel, route, type, i, asset);
	return true;
}

/* Messages ------------------------------------------------------------------------------------------------------ */

struct draft {
	uint32_t channel;
	const struct route_decl *route;
	const char *type;
	LIST(const struct incident *) incident;
};

struct drafts {
	LIST(struct draft *) list;
};

static void
add_to_draft(struct arena *a, struct drafts *d, struct map *by_group, const struct telling *t)
{
	struct sv key = arena_svf(a, "%u\n" SV_FMT, t->channel, SV_ARG(t->group));
	struct map_entry *e = map_put(by_group, key);

	struct draft *draft = e->value;

	if (draft == NULL) {
		e->value = draft = ARENA_NEW(a, struct draft);
		*draft = (struct draft){.channel = t->channel, .route = t->route, .type = t->type};
		*LIST_ADD(a, &d->list) = draft;
	}
	*LIST_ADD(a, &draft->incident) = t->incident;
}

static void
describe(struct routing *x, const struct draft *d, struct notice *ret)
{
	struct notice_incident *v = ARENA_ARRAY(x->w->a, struct notice_incident, d->incident.n);

	for (size_t i = 0; i < d->incident.n; i++) {
		const struct asset *asset = incident_asset(x->w->catalog, d->incident.v[i]);

		v[i].incident = *d->incident.v[i];
		if (asset == NULL)
			continue;
		v[i].owner = asset->owner;
		v[i].nowner = asset->nowner;
		v[i].tag = asset->tag;
		v[i].ntag = asset->ntag;
	}
	*ret = (struct notice){
		.type = sv_of(d->type),
		.at_us = clock_now_us(x->w->clock),
		.project = x->r->project,
		.env = x->r->env,
		.run_id = sv_of(x->r->run_id),
		.route = d->route != NULL ? d->route->name : (struct sv){0},
		.incident = v,
		.nincident = d->incident.n,
		.count = (int64_t)d->incident.n,
	};
}

static void
note_untold(struct routing *x, const struct draft *d, const struct notice *n)
{
	struct untold *v = x->r->untold;

	if (v == NULL)
		x->r->untold = v = ARENA_ARRAY(x->w->a, struct untold, UNTOLD_MAX);
	if (x->r->nuntold < UNTOLD_MAX)
		v[x->r->nuntold++] = (struct untold){.channel = x->alerts->channel[d->channel].name,
		                                     .title = notice_title(x->w->a, n)};
	x->r->untold_total++;
}

static bool
write_message(struct routing *x, const struct draft *d, struct err *err)
{
	struct sv *id = ARENA_ARRAY(x->w->a, struct sv, d->incident.n);
	struct notice n;

	describe(x, d, &n);
	if (!x->alerts->enabled) {
		note_untold(x, d, &n);
		return true;
	}
	for (size_t i = 0; i < d->incident.n; i++)
		id[i] = d->incident.v[i]->id;

	struct message m = {
		.channel = x->alerts->channel[d->channel].name,
		.type = n.type,
		.body = notice_json(x->w->a, &n),
		.incident = id,
		.nincident = d->incident.n,
		.created_us = n.at_us,
	};

	return store_add_message(x->w->store, &m, err);
}

/* All that one channel is told by this run. */
static bool
write_channel(struct routing *x, uint32_t channel, const struct drafts *all, struct err *err)
{
	struct draft digest = {.channel = channel, .type = type_digest};
	int64_t n = 0;

	for (size_t i = 0; i < all->list.n; i++)
		n += all->list.v[i]->channel == channel;
	for (size_t i = 0; i < all->list.n; i++) {
		const struct draft *d = all->list.v[i];

		if (d->channel != channel)
			continue;
		if (n <= x->alerts->digest_above) {
			if (!write_message(x, d, err))
				return false;
			continue;
		}
		for (size_t k = 0; k < d->incident.n; k++)
			*LIST_ADD(x->w->a, &digest.incident) = d->incident.v[k];
	}
	return digest.incident.n == 0 || write_message(x, &digest, err);
}

bool
alerts_route(struct workspace *w, struct report *r, const struct change *c, size_t n, struct err *err)
{
	struct routing x = {.w = w, .r = r, .alerts = &w->catalog->alerts};
	struct drafts drafts = {0};
	struct map by_group;

	for (size_t i = 0; i < n; i++) {
		const struct asset *asset = incident_asset(w->catalog, &c[i].incident);

		for (uint32_t k = 0; k < x.alerts->nchannel; k++)
			if (!tell_channel(&x, &c[i], k, asset, err))
				return false;
	}
	map_init(&by_group, w->a);
	for (size_t i = 0; i < x.telling.n; i++)
		add_to_draft(w->a, &drafts, &by_group, &x.telling.v[i]);
	for (uint32_t k = 0; k < x.alerts->nchannel; k++)
		if (!write_channel(&x, k, &drafts, err))
			return false;
	return true;
}
