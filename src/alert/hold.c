#include "alert/hold.h"

#include "alert/match.h"
#include "store/mute.h"

/* Is maintenance going on then?  *until_us: its end. */
static bool
maintenance_at(const struct maintenance_decl *m, int64_t t_us, int64_t *until_us)
{
	int64_t from_us = m->from_us;

	*until_us = m->until_us;
	if (m->cron_text.n > 0) {
		/* The last beginning: one that lasts into the next goes on with that. */
		from_us = cron_prev(&m->cron, m->zone, t_us);
		if (from_us == TIME_NONE || __builtin_add_overflow(from_us, m->for_us, until_us))
			return false;
	}
	return from_us <= t_us && t_us < *until_us;
}

bool
holds_load(struct workspace *w, int64_t now_us, struct holds *ret, struct err *err)
{
	const struct alerts_decl *alerts = &w->catalog->alerts;
	LIST(struct hold) list = {0};
	struct mute *mute;
	int64_t until_us;
	size_t n;

	for (size_t i = 0; i < alerts->nmaintenance; i++)
		if (maintenance_at(&alerts->maintenance[i], now_us, &until_us))
			*LIST_ADD(w->a, &list) = (struct hold){.match = alerts->maintenance[i].match,
			                                       .until_us = until_us,
			                                       .reason = alerts->maintenance[i].reason,
			                                       .maintenance = true};
	if (!store_mutes(w->store, w->a, now_us, &mute, &n, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct hold h = {.until_us = mute[i].until_us, .reason = mute[i].reason};

		/* One that this weir cannot read mutes nothing: better told once too often. */
		if (match_parse_text(w->a, mute[i].match, &h.match, NULL))
			*LIST_ADD(w->a, &list) = h;
	}
	*ret = (struct holds){.catalog = w->catalog, .v = list.v, .n = list.n};
	return true;
}

const struct hold *
holds_find(const struct holds *h, const struct incident *i)
{
	const struct hold *found = NULL;
	const struct asset *asset;

	if (h->n == 0)
		return NULL;
	asset = incident_asset(h->catalog, i);
	for (size_t k = 0; k < h->n; k++)
		if ((found == NULL || h->v[k].until_us > found->until_us) &&
		    incident_matches(&h->v[k].match, i, asset))
			found = &h->v[k];
	return found;
}
