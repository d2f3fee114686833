/*
 * From what is told of incidents to messages.
 *
 * Tellings of one route that agree in `group_by` share a message; more than `digest_above` messages to a channel become one.  Each incident
 * keeps on record what was told of it to whom.
 */
#include "alert/notice.h"
#include "alert/settle.h"

static const char *const types[INCIDENT_CHANGES] = {
	[INCIDENT_OPENED] = "incident.opened",      [INCIDENT_STILL] = "incident.repeated",
	[INCIDENT_RESOLVED] = "incident.resolved",  [INCIDENT_REOPENED] = "incident.opened",
	[INCIDENT_ACKED] = "incident.acknowledged", [INCIDENT_SNOOZED] = "incident.acknowledged",
	[INCIDENT_FLAPPING] = "incident.flapping",  [INCIDENT_ESCALATED] = "incident.escalated",
};
static const char type_digest[] = "incident.digest";

/* Tellings ------------------------------------------------------------------------------------------------------ */

static struct sv
group_of(const struct teller *x, const struct route_decl *r, const char *type, const struct incident *i,
         const struct asset *asset)
{
	struct arena *a = x->w->a;
	struct sv group;

	/* On its own. */
	if (r == NULL || r->group_by == 0)
		return i->id;
	/* None of these holds a line break, but for values that were quoted: that would only split a group. */
	group = arena_svf(a, "%s\n%td", type, r - x->w->catalog->alerts.route);
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

void
teller_add(struct teller *t, uint32_t channel, const struct route_decl *route, enum incident_change change,
           const struct incident *i)
{
	const struct asset *asset = incident_asset(t->w->catalog, i);

	*LIST_ADD(t->w->a, &t->telling) = (struct telling){
		.channel = channel,
		.route = route,
		.change = change,
		.group = group_of(t, route, types[change], i, asset),
		.incident = i,
	};
}

/* Messages ------------------------------------------------------------------------------------------------------ */

struct draft {
	uint32_t channel;
	const struct route_decl *route;
	const char *type;
	LIST(const struct telling *) telling;
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
		*draft = (struct draft){.channel = t->channel, .route = t->route, .type = types[t->change]};
		*LIST_ADD(a, &d->list) = draft;
	}
	*LIST_ADD(a, &draft->telling) = t;
}

static void
describe(struct teller *x, const struct draft *d, struct notice *ret)
{
	struct arena *a = x->w->a;
	const struct sv url = x->w->catalog->alerts.url;
	struct notice_incident *v = ARENA_ARRAY(a, struct notice_incident, d->telling.n);

	for (size_t i = 0; i < d->telling.n; i++) {
		const struct incident *incident = d->telling.v[i]->incident;
		const struct asset *asset = incident_asset(x->w->catalog, incident);

		v[i].incident = *incident;
		v[i].incident.change = d->telling.v[i]->change;
		v[i].state = sv_of(incident_state_name(incident, x->now_us));
		if (url.n > 0)
			v[i].url = arena_svf(a, SV_FMT "/v1/incidents/" SV_FMT, SV_ARG(url),
			                     SV_ARG(incident->id));
		if (asset == NULL)
			continue;
		v[i].owner = asset->owner;
		v[i].nowner = asset->nowner;
		v[i].tag = asset->tag;
		v[i].ntag = asset->ntag;
	}
	*ret = (struct notice){
		.type = sv_of(d->type),
		.at_us = x->now_us,
		.project = x->w->catalog->project,
		.env = x->w->catalog->env,
		.route = d->route != NULL ? d->route->name : (struct sv){0},
		.incident = v,
		.nincident = d->telling.n,
		.count = (int64_t)d->telling.n,
	};
	if (x->r != NULL) {
		ret->project = x->r->project;
		ret->env = x->r->env;
		ret->run_id = sv_of(x->r->run_id);
	}
}

static void
note_untold(struct teller *x, const struct draft *d, const struct notice *n)
{
	struct untold *v;

	if (x->r == NULL)
		return;
	v = x->r->untold;
	if (v == NULL)
		x->r->untold = v = ARENA_ARRAY(x->w->a, struct untold, UNTOLD_MAX);
	if (x->r->nuntold < UNTOLD_MAX)
		v[x->r->nuntold++] = (struct untold){
			.channel = x->w->catalog->alerts.channel[d->channel].name,
			.title = notice_title(x->w->a, n)};
	x->r->untold_total++;
}

/* That it was told stands with the incident. */
static bool
record(struct teller *x, const struct draft *d, struct sv message, struct err *err)
{
	for (size_t i = 0; i < d->telling.n; i++) {
		const struct telling *t = d->telling.v[i];
		const struct incident_event e = {
			.at_us = x->now_us,
			.kind = SV("told"),
			.channel = x->w->catalog->alerts.channel[t->channel].name,
			.change = sv_of(incident_change_names[t->change]),
			.detail = message,
		};

		if (!store_add_incident_event(x->w->store, t->incident->id, &e, err))
			return false;
	}
	return true;
}

static bool
write_message(struct teller *x, const struct draft *d, struct err *err)
{
	struct sv *id = ARENA_ARRAY(x->w->a, struct sv, d->telling.n);
	struct notice n;

	describe(x, d, &n);
	if (!x->w->catalog->alerts.enabled) {
		note_untold(x, d, &n);
		return true;
	}
	for (size_t i = 0; i < d->telling.n; i++)
		id[i] = d->telling.v[i]->incident->id;

	struct message m = {
		.channel = x->w->catalog->alerts.channel[d->channel].name,
		.type = n.type,
		.body = notice_json(x->w->a, &n),
		.incident = id,
		.nincident = d->telling.n,
		.created_us = n.at_us,
	};

	return store_add_message(x->w->store, &m, err) && record(x, d, arena_sv(x->w->a, m.id), err);
}

/* All that one channel is told by this run. */
static bool
write_channel(struct teller *x, uint32_t channel, const struct drafts *all, struct err *err)
{
	struct draft digest = {.channel = channel, .type = type_digest};
	int64_t n = 0;

	for (size_t i = 0; i < all->list.n; i++)
		n += all->list.v[i]->channel == channel;
	for (size_t i = 0; i < all->list.n; i++) {
		const struct draft *d = all->list.v[i];

		if (d->channel != channel)
			continue;
		if (n <= x->w->catalog->alerts.digest_above) {
			if (!write_message(x, d, err))
				return false;
			continue;
		}
		for (size_t k = 0; k < d->telling.n; k++)
			*LIST_ADD(x->w->a, &digest.telling) = d->telling.v[k];
	}
	return digest.telling.n == 0 || write_message(x, &digest, err);
}

bool
teller_write(struct teller *t, struct err *err)
{
	struct drafts drafts = {0};
	struct map by_group;

	map_init(&by_group, t->w->a);
	for (size_t i = 0; i < t->telling.n; i++)
		add_to_draft(t->w->a, &drafts, &by_group, &t->telling.v[i]);
	for (uint32_t k = 0; k < t->w->catalog->alerts.nchannel; k++)
		if (!write_channel(t, k, &drafts, err))
			return false;
	return true;
}
