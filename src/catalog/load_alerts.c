/* Alerts: channels, and which incident goes where.  What a type of channel takes is checked by the layer alert. */
#include "catalog/load.h"
#include "catalog/problems.h"

#define DIGEST_ABOVE_DEFAULT 10

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

static const struct field channel_fields[] = {
	{"type", "What it is: webhook, slack, command.", .kind = FIELD_TEXT, .required = true,
         .at = offsetof(struct channel_decl, type)},
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

static const struct node *
item_of(const struct node *n, size_t i)
{
	return n->kind == NODE_SEQ ? &n->kid[i] : n;
}

static size_t
items_of(const struct node *n)
{
	return n->kind == NODE_SEQ ? n->n : 1;
}

static bool
matches_one(struct sv glob, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (sv_glob(glob, sv_of(names[i])))
			return true;
	return false;
}

/* A list of names or globs of them that has to mean something: a route that nothing can match is never noticed. */
static void
known_load(struct loader *l, const struct node *n, const char *const *names, size_t nnames,
           const struct sv **ret, size_t *nret)
{
	for (size_t i = 0; i < items_of(n); i++) {
		const struct node *item = item_of(n, i);

		if (!node_is_scalar(item) || item->kind == NODE_NULL || item->text.n == 0 ||
		    matches_one(item->text, names, nnames))
			continue;
		diag_error(l->d, item->loc, "'" SV_FMT "' has no value '" SV_FMT "'", SV_ARG(n->key),
		           SV_ARG(item->text));
		diag_suggest_all(l->d, item->text, names, nnames);
	}
	(void)!load_texts(l, n, ret, nret);
}

static void
kind_load(struct loader *l, void *rec, const struct node *n)
{
	struct route_decl *r = rec;

	known_load(l, n, problem_names, PROBLEM_COUNT, &r->kind, &r->nkind);
}

static void
severity_load(struct loader *l, void *rec, const struct node *n)
{
	static const char *const names[] = {"critical", "warning", "info"};
	struct route_decl *r = rec;

	known_load(l, n, names, LEN(names), &r->severity, &r->nseverity);
}

static void
match_tags_load(struct loader *l, void *rec, const struct node *n)
{
	struct route_decl *r = rec;
	const bool pairs = n->kind == NODE_MAP;
	struct tag *v = ARENA_ARRAY(l->a, struct tag, MAX(n->n, (size_t)1));

	for (size_t i = 0; i < (pairs ? n->n : items_of(n)); i++) {
		const struct node *item = pairs ? &n->kid[i] : item_of(n, i);
		struct sv text = {0};

		if ((!pairs || item->kind != NODE_NULL) && !node_text(item, &text, l->d))
			continue;
		v[r->ntag++] = pairs ? (struct tag){.key = item->key, .value = text}
		                     : (struct tag){.key = text};
	}
	r->tag = v;
}

static const struct field tag_item = {.key = "tag", .doc = "", .kind = FIELD_TEXT, .null_ok = true};
static const char kind_doc[] = "Kinds of problems: "
#define PROBLEM(kind, name, family, judged, severity, meaning) name ", "
#include "catalog/problems.def"
#undef PROBLEM
			       "or globs of them.";
static const struct field match_fields[] = {
	{"asset", "Globs of keys: raw/*.", .kind = FIELD_TEXT, .texts = true,
         .at = offsetof(struct route_decl, asset), .at_n = offsetof(struct route_decl, nasset)},
	{"kind", kind_doc, .kind = FIELD_TEXT, .texts = true, .load = kind_load},
	{"owner", "Globs of owners of the asset: team:*.", .kind = FIELD_TEXT, .texts = true,
         .at = offsetof(struct route_decl, owner), .at_n = offsetof(struct route_decl, nowner)},
	{"severity", "critical, warning, info.", .kind = FIELD_TEXT, .texts = true, .load = severity_load},
	{"tags", "Tags of the asset, all of which it must have: by name with their values, or a list.",
         .kind = FIELD_TEXT, .values = &tag_item, .items = &tag_item, .load = match_tags_load},
};
static const struct table match_table = TABLE("match", match_fields);

static void
match_load(struct loader *l, void *rec, const struct node *n)
{
	table_load(l, &match_table, n, rec);
}

/* In the order of enum group_by. */
static const char *const group_names[] = {"asset", "check", "kind", "owner", "route", NULL};
static const struct field group_item = {
	.key = "group_by", .doc = "", .kind = FIELD_ENUM, .names = group_names};

static void
group_load(struct loader *l, void *rec, const struct node *n)
{
	struct route_decl *r = rec;

	for (size_t i = 0; i < items_of(n); i++) {
		int by = -1;

		field_load(l, &group_item, item_of(n, i), &by);
		if (by >= 0)
			r->group_by |= 1u << by;
	}
}

static void
to_load(struct loader *l, void *rec, const struct node *n)
{
	struct route_decl *r = rec;
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

	for (size_t i = 0; i < items_of(n); i++) {
		const struct node *item = item_of(n, i);
		size_t at = 0;

		while (at < alerts->nchannel && !sv_eq(alerts->channel[at].name, item->text))
			at++;
		if (at == alerts->nchannel) {
			diag_error(l->d, item->loc, "there is no channel '" SV_FMT "'", SV_ARG(item->text));
			diag_suggest(l->d, item->text, names, alerts->nchannel);
			continue;
		}

		bool twice = false;

		for (size_t k = 0; k < r->nto; k++)
			twice = twice || to[k] == at;
		if (!twice)
			to[r->nto++] = (uint32_t)at;
	}
	r->to = to;
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
	{"repeat_every", "Tells again while the problem lasts, at the first run after that long.",
         .kind = FIELD_DURATION, .min = US_PER_MIN, .at = offsetof(struct route_decl, repeat_every_us)},
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

/* Routes come behind channels: they name them. */
static const struct field alerts_fields[] = {
	{"enabled", "Alerts are sent; off (the default) prints them.", .kind = FIELD_BOOL,
         .at = offsetof(struct alerts_decl, enabled)},
	{"digest_above",
         "More new messages than this to one channel in one run become one digest; 10 if absent.",
         .kind = FIELD_INT, .min = 1, .at = offsetof(struct alerts_decl, digest_above)},
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

	c->alerts = (struct alerts_decl){.digest_above = DIGEST_ABOVE_DEFAULT};
	table_load(l, &alerts_table, n, &c->alerts);
}
