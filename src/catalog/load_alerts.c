/* Alerts: channels, and which incident goes where.  What a type of channel takes is checked by the layer alert. */
#include "catalog/load.h"
#include "catalog/problems.h"

const char *const problem_names[PROBLEM_COUNT + 1] = {
#define PROBLEM(kind, name, family, judged, severity, meaning) [PROBLEM_##kind] = name,
#include "catalog/problems.def"
#undef PROBLEM
};

const char *const problem_docs[PROBLEM_COUNT] = {
#define PROBLEM(kind, name, family, judged, severity, meaning) [PROBLEM_##kind] = meaning,
#include "catalog/problems.def"
#undef PROBLEM
};

/* Channels ------------------------------------------------------------------------------------------------------ */

static const char type_doc[] = "What it is, one of:"
#define CHANNEL(type) " " #type
#include "catalog/channels.def"
#undef CHANNEL
			       ".";
static const struct field channel_fields[] = {
	{"type", type_doc, .kind = FIELD_TEXT, .required = true, .at = offsetof(struct channel_decl, type)},
};
static const struct table channel_table = {
	.what = "a channel", .field = channel_fields, .n = LEN(channel_fields), .open = true};

static void
channel_item_load(struct loader *l, void *rec, const struct node *n)
{
	table_load(l, &channel_table, n, rec);
}

static const struct field channel_item = {.key = "channel",
                                          .doc = "A channel.",
                                          .kind = FIELD_NONE,
                                          .table = &channel_table,
                                          .load = channel_item_load};

static void
channels_load(struct loader *l, void *rec, const struct node *n)
{
	struct alerts_decl *alerts = rec;
	struct channel_decl *v = ARENA_ARRAY(l->a, struct channel_decl, n->n);

	for (size_t i = 0; n->kind == NODE_MAP && i < n->n; i++) {
		const struct node *kid = &n->kid[i];
		struct channel_decl c = {.name = kid->key, .loc = kid->key_loc, .node = kid};

		field_load(l, &channel_item, kid, &c);
		if (kid->kind == NODE_MAP)
			v[alerts->nchannel++] = c;
	}
	alerts->channel = v;
}

/* Routes -------------------------------------------------------------------------------------------------------- */

/* In the order of enum group_by. */
static const char *const group_names[] = {"asset", "check", "kind", "owner", "route", NULL};
static const struct field group_item = {
	.key = "group_by", .doc = "", .kind = FIELD_ENUM, .names = group_names};

static void
group_load(struct loader *l, void *rec, const struct node *n)
{
	struct route_decl *r = rec;

	for (size_t i = 0; i < load_items(n); i++) {
		int by = -1;

		field_load(l, &group_item, load_item(n, i), &by);
		if (by >= 0)
			r->group_by |= 1u << by;
	}
}

static void
channels_named(struct loader *l, const struct node *n, const uint32_t **ret, size_t *nret)
{
	const struct alerts_decl *alerts = &l->c->alerts;
	const char **names = ARENA_ARRAY(l->a, const char *, alerts->nchannel);
	const struct sv *text;
	size_t ntext;

	for (size_t i = 0; i < alerts->nchannel; i++)
		names[i] = arena_str(l->a, alerts->channel[i].name);
	if (n->kind == NODE_SEQ && n->n == 0)
		diag_error(l->d, n->loc, "a route that leads to no channel tells nobody");
	if (!load_texts(l, n, &text, &ntext))
		return;

	uint32_t *to = ARENA_ARRAY(l->a, uint32_t, ntext);
	size_t nto = 0;

	for (size_t i = 0; i < load_items(n); i++) {
		const struct node *item = load_item(n, i);
		size_t at = 0;

		while (at < alerts->nchannel && !sv_eq(alerts->channel[at].name, item->text))
			at++;
		if (at == alerts->nchannel) {
			diag_error(l->d, item->loc, "there is no channel '" SV_FMT "'", SV_ARG(item->text));
			diag_suggest(l->d, item->text, names, alerts->nchannel);
			continue;
		}

		bool twice = false;

		for (size_t k = 0; k < nto; k++)
			twice = twice || to[k] == at;
		if (!twice)
			to[nto++] = (uint32_t)at;
	}
	*ret = to;
	*nret = nto;
}

static void
to_load(struct loader *l, void *rec, const struct node *n)
{
	struct route_decl *r = rec;

	channels_named(l, n, &r->to, &r->nto);
}

static void
match_load(struct loader *l, void *rec, const struct node *n)
{
	struct route_decl *r = rec;

	table_load(l, &match_table, n, &r->match);
}

static void
escalate_to_load(struct loader *l, void *rec, const struct node *n)
{
	struct escalation_decl *e = rec;

	channels_named(l, n, &e->to, &e->nto);
}

static const struct field escalation_fields[] = {
	{"after", "Since the route told of it.", .kind = FIELD_DURATION, .required = true, .min = US_PER_MIN,
         .at = offsetof(struct escalation_decl, after_us)},
	{"to", "Names of channels.", .kind = FIELD_TEXT, .required = true, .texts = true,
         .load = escalate_to_load},
};
static const struct table escalation_table = TABLE("a step of 'escalate'", escalation_fields);

static void
escalation_load(struct loader *l, void *rec, const struct node *n)
{
	table_load(l, &escalation_table, n, rec);
}

static const struct field escalation_item = {.key = "escalate",
                                             .doc = "A step.",
                                             .kind = FIELD_NONE,
                                             .table = &escalation_table,
                                             .load = escalation_load};

static void
escalate_load(struct loader *l, void *rec, const struct node *n)
{
	struct route_decl *r = rec;
	struct escalation_decl *v = ARENA_ARRAY(l->a, struct escalation_decl, n->n);

	for (size_t i = 0; i < n->n; i++) {
		struct escalation_decl e = {0};

		field_load(l, &escalation_item, &n->kid[i], &e);
		if (n->kid[i].kind == NODE_MAP)
			v[r->nescalate++] = e;
	}
	r->escalate = v;
}

static const struct field route_fields[] = {
	{"name", "What messages call it; its number if absent.", .kind = FIELD_TEXT,
         .at = offsetof(struct route_decl, name)},
	{"match",
         "Which incidents: each condition that is given must hold, one item of its list is enough.  All if "
         "absent.",
         .kind = FIELD_NONE, .table = &match_table, .load = match_load},
	{"to", "Names of channels.", .kind = FIELD_TEXT, .required = true, .texts = true, .load = to_load},
	{"group_by",
         "Incidents of one run that agree in these are told together: asset, check, kind, owner, route.  "
         "Else each has a message of its own.",
         .kind = FIELD_ENUM, .names = group_names, .items = &group_item, .load = group_load},
	{"repeat_every",
         "Tells again while the problem lasts and nobody has acknowledged or snoozed it, after each that long.",
         .kind = FIELD_DURATION, .min = US_PER_MIN, .at = offsetof(struct route_decl, repeat_every_us)},
	{"escalate", "Who else is told when nobody has acknowledged it: steps with `after` and `to`.",
         .kind = FIELD_NONE, .items = &escalation_item, .load = escalate_load},
};
static const struct table route_table = TABLE("a route", route_fields);

static void
route_item_load(struct loader *l, void *rec, const struct node *n)
{
	table_load(l, &route_table, n, rec);
}

static const struct field route_item = {.key = "route",
                                        .doc = "A route.",
                                        .kind = FIELD_NONE,
                                        .table = &route_table,
                                        .load = route_item_load};

static void
routes_load(struct loader *l, void *rec, const struct node *n)
{
	struct alerts_decl *alerts = rec;
	struct route_decl *v = ARENA_ARRAY(l->a, struct route_decl, n->n);

	for (size_t i = 0; i < n->n; i++) {
		struct route_decl r = {.name = arena_svf(l->a, "%zu", i + 1), .loc = n->kid[i].loc};

		field_load(l, &route_item, &n->kid[i], &r);
		if (n->kid[i].kind == NODE_MAP)
			v[alerts->nroute++] = r;
	}
	alerts->route = v;
}

static void
url_load(struct loader *l, void *rec, const struct node *n)
{
	struct alerts_decl *alerts = rec;
	struct sv url = n->text;

	while (sv_ends(url, SV("/")))
		url.n--;
	if (sv_starts(url, SV("https://")) || sv_starts(url, SV("http://")))
		alerts->url = url;
	else
		diag_error(l->d, n->loc, "'url' must be an http or https URL");
}

/* Routes come behind channels: they name them. */
static const struct field alerts_fields[] = {
	{"enabled", "Alerts are sent; off (the default) prints them.", .kind = FIELD_BOOL,
         .at = offsetof(struct alerts_decl, enabled)},
	{"digest_above",
         "More new messages than this to one channel in one run become one digest; 10 if absent.",
         .kind = FIELD_INT, .min = 1, .at = offsetof(struct alerts_decl, digest_above)},
	{"partitions_above",
         "More partitions of an asset than this with one problem become one incident; 5 if absent.",
         .kind = FIELD_INT, .min = 1, .at = offsetof(struct alerts_decl, partitions_above)},
	{"flapping",
         "What comes and goes is told once, then not until it is calm; `off` tells of each change.",
         .kind = FIELD_NONE, .off = true, .table = &flapping_table, .load = flapping_load},
	{"maintenance",
         "When nobody is told of what goes wrong; what is still wrong at the end is told then.",
         .kind = FIELD_NONE, .items = &maintenance_item, .load = maintenance_load},
	{"url", "Where people reach the service: messages link to incidents there.", .kind = FIELD_TEXT,
         .load = url_load},
	{"allow_private", "Receivers on private addresses that are allowed: HOST:PORT, HOST, or 10.0.0.0/8.",
         .kind = FIELD_TEXT, .texts = true, .at = offsetof(struct alerts_decl, allow_private),
         .at_n = offsetof(struct alerts_decl, nallow_private)},
	{"channels", "Where alerts can go, by name.", .kind = FIELD_NONE, .values = &channel_item,
         .null_ok = true, .load = channels_load},
	{"routes", "Which incident goes where.", .kind = FIELD_NONE, .items = &route_item,
         .load = routes_load},
};
const struct table alerts_table = TABLE("alerts", alerts_fields);

void
alerts_load(struct loader *l, void *rec, const struct node *n)
{
	struct catalog *c = rec;

	c->alerts = alerts_default;
	table_load(l, &alerts_table, n, &c->alerts);
}
