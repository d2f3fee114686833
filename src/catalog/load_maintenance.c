/* `maintenance:` and `flapping:` of alerts: when nobody is told, or not of each change. */
#include "base/civil.h"
#include "catalog/load.h"

const struct alerts_decl alerts_default = {
	.digest_above = 10,
	.partitions_above = 5,
	.flapping = {.changes = 3, .within_us = US_PER_HOUR, .quiet_us = 30 * US_PER_MIN},
};

/* Flapping ------------------------------------------------------------------------------------------------------ */

static const struct field flapping_fields[] = {
	{"changes", "Opened more often than this, it is flapping; default 3.", .kind = FIELD_INT, .min = 1,
         .at = offsetof(struct flapping_decl, changes)},
	{"within", "Counted over this long; default 1h.", .kind = FIELD_DURATION, .min = US_PER_MIN,
         .at = offsetof(struct flapping_decl, within_us)},
	{"quiet", "Calm again once nothing has changed for this long; default 30m.", .kind = FIELD_DURATION,
         .min = US_PER_MIN, .at = offsetof(struct flapping_decl, quiet_us)},
};
const struct table flapping_table = TABLE("flapping", flapping_fields);

void
flapping_load(struct loader *l, void *rec, const struct node *n)
{
	struct alerts_decl *alerts = rec;

	if (node_is_off(n))
		alerts->flapping.changes = 0;
	else
		table_load(l, &flapping_table, n, &alerts->flapping);
}

/* Maintenance --------------------------------------------------------------------------------------------------- */

static void
match_load(struct loader *l, void *rec, const struct node *n)
{
	struct maintenance_decl *m = rec;

	table_load(l, &match_table, n, &m->match);
}

static void
cron_load(struct loader *l, void *rec, const struct node *n)
{
	struct maintenance_decl *m = rec;
	struct err err = {0};

	if (!cron_parse(n->text, &m->cron, &err)) {
		err.loc = n->loc;
		diag_add_err(l->d, &err);
		return;
	}
	m->cron_text = n->text;
}

/* A wall time is one of the zone; a date is its first moment. */
static void
instant_load(struct loader *l, const struct maintenance_decl *m, const struct node *n, int64_t *ret)
{
	struct time_text t;
	int64_t later;

	if (n->kind != NODE_TEXT || !time_text_parse(n->text, &t)) {
		diag_error(l->d, n->loc, "'" SV_FMT "' must be a date or a time, not '" SV_FMT "'",
		           SV_ARG(n->key), SV_ARG(n->text));
		diag_hint(l->d, "2026-12-24, 2026-12-24T08:00 (in the zone) or 2026-12-24T08:00:00Z.");
	} else if (t.has_zone) {
		*ret = t.us - t.offset_us;
	} else {
		(void)tz_from_local(m->zone, t.us, ret, &later);
	}
}

static void
from_load(struct loader *l, void *rec, const struct node *n)
{
	struct maintenance_decl *m = rec;

	instant_load(l, m, n, &m->from_us);
}

static void
until_load(struct loader *l, void *rec, const struct node *n)
{
	struct maintenance_decl *m = rec;

	instant_load(l, m, n, &m->until_us);
}

/* The zone comes before what is read in it. */
static const struct field maintenance_fields[] = {
	{"match", "Which incidents, as for a route; all if absent.", .kind = FIELD_NONE,
         .table = &match_table, .load = match_load},
	{"timezone", "Zone of its times; default: the project's.", .kind = FIELD_ZONE,
         .at = offsetof(struct maintenance_decl, zone)},
	{"cron", "Begins at these times, and lasts for `for`.", .kind = FIELD_TEXT, .load = cron_load},
	{"for", "How long it lasts.", .kind = FIELD_DURATION, .min = US_PER_MIN,
         .at = offsetof(struct maintenance_decl, for_us)},
	{"from", "Once, from this date or time on …", .kind = FIELD_TEXT, .load = from_load},
	{"until", "… until this one, or for as long as `for` says.", .kind = FIELD_TEXT, .load = until_load},
	{"reason", "Why; shown where somebody asks why nobody was told.", .kind = FIELD_TEXT,
         .at = offsetof(struct maintenance_decl, reason)},
};
static const struct table maintenance_table = TABLE("maintenance", maintenance_fields);

/* Either again and again (cron, for) or once (from, and until or for). */
static bool
finish(struct loader *l, struct maintenance_decl *m, const struct node *n)
{
	const bool cron = node_get(n, "cron") != NULL, from = node_get(n, "from") != NULL,
		   until = node_get(n, "until") != NULL, lasts = node_get(n, "for") != NULL;
	const char *wrong = NULL;

	if (cron == from)
		wrong = "maintenance needs either 'cron' or 'from'";
	else if (cron && (until || !lasts))
		wrong = "maintenance with 'cron' needs 'for', and takes no 'until'";
	else if (from && until == lasts)
		wrong = "maintenance with 'from' needs either 'until' or 'for'";
	if (wrong != NULL) {
		diag_error(l->d, n->loc, "%s", wrong);
		diag_hint(l->d,
		          "{cron: \"0 2 * * sun\", for: 4h}, or {from: 2026-12-24, until: 2026-12-27}.");
		return false;
	}
	if (from && lasts && __builtin_add_overflow(m->from_us, m->for_us, &m->until_us))
		m->until_us = INT64_MAX;
	if (from && m->from_us != TIME_NONE && m->until_us != TIME_NONE && m->until_us <= m->from_us)
		diag_error(l->d, n->loc, "maintenance must end after it begins");
	return true;
}

static void
item_load(struct loader *l, void *rec, const struct node *n)
{
	struct maintenance_decl *m = rec;

	table_load(l, &maintenance_table, n, m);
	(void)finish(l, m, n);
}

const struct field maintenance_item = {.key = "maintenance",
                                       .doc = "A time of work.",
                                       .kind = FIELD_NONE,
                                       .table = &maintenance_table,
                                       .load = item_load};

void
maintenance_load(struct loader *l, void *rec, const struct node *n)
{
	struct alerts_decl *alerts = rec;
	struct maintenance_decl *v = ARENA_ARRAY(l->a, struct maintenance_decl, n->n);

	for (size_t i = 0; i < n->n; i++) {
		struct maintenance_decl m = {.loc = n->kid[i].loc,
		                             .zone = l->c->zone,
		                             .from_us = TIME_NONE,
		                             .until_us = TIME_NONE};

		field_load(l, &maintenance_item, &n->kid[i], &m);
		if (n->kid[i].kind == NODE_MAP)
			v[alerts->nmaintenance++] = m;
	}
	alerts->maintenance = v;
}
