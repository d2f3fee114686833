/* Alerts: their shape.  What a type of channel takes is its own. */
#include "catalog/load.h"

static const struct field channel_fields[] = {
	{"type", "slack, webhook, mail …", .kind = FIELD_TEXT, .required = true},
};
static const struct table channel_table = {
	.what = "a channel", .field = channel_fields, .n = LEN(channel_fields), .open = true};

static void channel_load(struct loader *l, void *rec, const struct node *n);
static void route_load(struct loader *l, void *rec, const struct node *n);

static const struct field any_item = {.key = "value", .doc = "", .kind = FIELD_TEXT};
static const struct field match_fields[] = {
	{"asset", "Globs of keys.", .kind = FIELD_TEXT, .texts = true, .at_n = sizeof(struct sv)},
	{"kind", "Kinds of problems.", .kind = FIELD_TEXT, .texts = true, .at_n = sizeof(struct sv)},
	{"owner", "Owners of the asset.", .kind = FIELD_TEXT, .texts = true, .at_n = sizeof(struct sv)},
	{"severity", "critical, warning, info.", .kind = FIELD_TEXT, .texts = true,
         .at_n = sizeof(struct sv)},
	{"tags", "Tags of the asset.", .kind = FIELD_TEXT, .values = &any_item, .items = &any_item},
};
static const struct table match_table = TABLE("match", match_fields);

static const char *const group_names[] = {"asset", "check", "kind", "owner", "route", NULL};
static const struct field group_item = {
	.key = "group_by", .doc = "", .kind = FIELD_ENUM, .names = group_names};

static const struct field route_fields[] = {
	{"match", "Which incidents; all if absent.", .kind = FIELD_NONE, .table = &match_table},
	{"to", "Names of channels.", .kind = FIELD_TEXT, .required = true, .texts = true,
         .at_n = sizeof(struct sv)},
	{"group_by", "Incidents that agree in these are told together: asset, check, kind, owner, route.",
         .kind = FIELD_ENUM, .names = group_names, .items = &group_item},
	{"repeat_every", "Tells again while the problem lasts.", .kind = FIELD_DURATION, .min = US_PER_MIN},
};
static const struct table route_table = TABLE("a route", route_fields);

static const struct field channel_item = {.key = "channel",
                                          .doc = "A channel.",
                                          .kind = FIELD_NONE,
                                          .table = &channel_table,
                                          .load = channel_load};
static const struct field route_item = {
	.key = "route", .doc = "A route.", .kind = FIELD_NONE, .table = &route_table, .load = route_load};

static const struct field alerts_fields[] = {
	{"enabled", "Alerts are sent; off (the default) prints them.", .kind = FIELD_BOOL},
	{"allow_private", "Receivers on private addresses that are allowed, as host:port.",
         .kind = FIELD_TEXT, .texts = true, .at_n = sizeof(struct sv)},
	{"channels", "Where alerts can go, by name.", .kind = FIELD_NONE, .values = &channel_item,
         .null_ok = true},
	{"routes", "Which incident goes where.", .kind = FIELD_NONE, .items = &route_item},
};
const struct table alerts_table = TABLE("alerts", alerts_fields);

static void
channel_load(struct loader *l, void *rec, const struct node *n)
{
	(void)rec;

	max_align_t unused[4] = {0};

	table_load(l, &channel_table, n, unused);
}

static void
route_load(struct loader *l, void *rec, const struct node *n)
{
	(void)rec;

	max_align_t unused[4] = {0};

	table_load(l, &route_table, n, unused);
}

/* Does every route lead to a channel? */
static void
check_routes(struct loader *l, const struct node *alerts)
{
	const struct node *channels = node_get(alerts, "channels"), *routes = node_get(alerts, "routes");
	struct map names;
	size_t nname;

	map_init(&names, l->a);
	for (size_t i = 0; channels != NULL && channels->kind == NODE_MAP && i < channels->n; i++)
		(void)map_put(&names, channels->kid[i].key);

	const char *const *name = map_names(l->a, &names, &nname);

	for (size_t i = 0; routes != NULL && routes->kind == NODE_SEQ && i < routes->n; i++) {
		const struct node *to = node_get(&routes->kid[i], "to");
		const struct node *item = to != NULL && to->kind == NODE_SEQ ? to->kid : to;
		size_t n = to == NULL ? 0 : to->kind == NODE_SEQ ? to->n : to->kind == NODE_TEXT;

		for (size_t j = 0; j < n; j++) {
			if (item[j].kind != NODE_TEXT || map_has(&names, item[j].text))
				continue;
			diag_error(l->d, item[j].loc, "there is no channel '" SV_FMT "'",
			           SV_ARG(item[j].text));
			diag_suggest(l->d, item[j].text, name, nname);
		}
	}
}

void
alerts_load(struct loader *l, void *rec, const struct node *n)
{
	struct catalog *c = rec;
	const struct node *enabled = node_get(n, "enabled");
	max_align_t unused[4] = {0};

	(void)c;
	table_load(l, &alerts_table, n, unused);
	check_routes(l, n);
	/* Nobody should wait for a message that never comes. */
	if (enabled != NULL && enabled->kind == NODE_BOOL && enabled->b)
		diag_warning(l->d, enabled->loc, "alerts are not built yet: nobody is told");
}
