/*
 * Data contracts of the Data Contract Specification (datacontract.com), which came before the standard and is read as it.
 *
 * https://github.com/datacontract/datacontract-specification.  Models become tables, fields columns, and service levels what the standard has of the
 * same meaning; every node keeps its place, and what has no counterpart stays under its name, and is refused there.
 */
#include "import/fragment.h"
#include "import/importers.h"
#include "import/odcs.h"

enum { DEPTH_MAX = 32 };

struct contract {
	struct importing *im;
	struct arena *a;
	const struct node *root;
};

static bool
is_dcs(const struct node *root)
{
	const struct node *n = node_get(root, "dataContractSpecification");

	return n != NULL && n->kind != NODE_MAP && n->kind != NODE_SEQ;
}

static void
put_text(struct contract *c, struct node *map, const char *key, const char *text, const struct node *at)
{
	struct node n = node_of_text(sv_of(text), at->loc);

	n.key_loc = at->key_loc;
	node_put(c->a, map, sv_of(key), &n);
}

static bool
is_in(struct sv key, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (sv_is(key, list[i]))
			return true;
	return false;
}

/* Fields ---------------------------------------------------------------------------------------------------------- */

static const struct {
	const char *name, *logical, *physical;
} types[] = {
	{"array", "array", NULL},
	{"bigint", "integer", NULL},
	{"boolean", "boolean", NULL},
	{"bytes", NULL, "bytes"},
	{"date", "date", NULL},
	{"decimal", "number", NULL},
	{"double", "number", NULL},
	{"float", "number", NULL},
	{"int", "integer", NULL},
	{"integer", "integer", NULL},
	{"json", NULL, "json"},
	{"long", "integer", NULL},
	{"map", "map", NULL},
	{"number", "number", NULL},
	{"numeric", "number", NULL},
	{"object", "object", NULL},
	{"record", "object", NULL},
	{"string", "string", NULL},
	{"struct", "object", NULL},
	{"text", "string", NULL},
	{"time", "time", NULL},
	{"timestamp", "timestamp", NULL},
	{"timestamp_ntz", "timestamp", NULL},
	{"timestamp_tz", "timestamp", NULL},
	{"varchar", "string", NULL},
	{"variant", NULL, "variant"},
};

static const char *const options[] = {"minLength", "maxLength", "pattern",          "format",
                                      "minimum",   "maximum",   "exclusiveMinimum", "exclusiveMaximum"};

/* Read otherwise, or for people. */
static const char *const field_aside[] = {"$ref",     "type",       "fields",    "items",   "keys",
                                          "values",   "references", "pii",       "title",   "example",
                                          "examples", "links",      "config",    "lineage", "domain",
                                          "scale",    "name",       "namespace", "tags",    "precision"};

static void
put_type(struct contract *c, const struct node *field, struct node *ret, struct node *more)
{
	const struct node *n = node_get(field, "type"), *precision = node_get(field, "precision");
	const struct node *scale = node_get(field, "scale");
	struct node yes;
	size_t i = 0;

	if (n == NULL || n->kind != NODE_TEXT)
		return;
	while (i < LEN(types) && !sv_ieq(n->text, sv_of(types[i].name)))
		i++;
	if (i == LEN(types) || types[i].logical != NULL)
		put_text(c, ret, "logicalType", i < LEN(types) ? types[i].logical : arena_str(c->a, n->text),
		         n);
	if (i < LEN(types) && types[i].physical != NULL)
		put_text(c, ret, "physicalType", types[i].physical, n);
	if (i < LEN(types) && sv_is(sv_of(types[i].logical), "number") && precision != NULL &&
	    precision->kind == NODE_INT)
		put_text(c, ret, "physicalType",
		         arena_printf(c->a, "decimal(%jd,%jd)", (intmax_t)precision->i,
		                      (intmax_t)(scale != NULL && scale->kind == NODE_INT ? scale->i : 0)),
		         precision);
	/* Without an ending it has a zone. */
	if (sv_ieq(n->text, SV("timestamp")) || sv_ieq(n->text, SV("timestamp_tz"))) {
		yes = node_of_bool(true, n->loc);
		node_put(c->a, more, SV("timezone"), &yes);
	}
}

static struct node field_of(struct contract *c, const struct node *n, struct sv name, int depth);

static struct node
fields_of(struct contract *c, const struct node *map, int depth)
{
	struct node ret = node_of_list(map->loc);

	ret.key_loc = map->key_loc;
	for (size_t i = 0; map->kind == NODE_MAP && i < map->n; i++) {
		const struct node one = field_of(c, &map->kid[i], map->kid[i].key, depth);

		node_append(c->a, &ret, &one);
	}
	return ret;
}

static void
put_within(struct contract *c, const struct node *n, struct node *ret, int depth)
{
	const struct node *fields = node_get(n, "fields"), *items = node_get(n, "items");
	const struct node *values = node_get(n, "values");
	struct node kid, map;

	if (fields != NULL) {
		kid = fields_of(c, fields, depth + 1);
		node_put(c->a, ret, SV("properties"), &kid);
	}
	if (items != NULL && items->kind == NODE_MAP) {
		kid = field_of(c, items, (struct sv){0}, depth + 1);
		node_put(c->a, ret, SV("items"), &kid);
	}
	if (values != NULL && values->kind == NODE_MAP) {
		map = node_of_map(values->loc);
		kid = field_of(c, values, (struct sv){0}, depth + 1);
		node_put(c->a, &map, SV("value"), &kid);
		node_put(c->a, ret, SV("map"), &map);
	}
}

/* What a field says itself, and what its definition says beside that. */
static struct node
with_definition(struct contract *c, const struct node *n, int depth)
{
	const struct node *ref = node_get(n, "$ref"), *base = NULL;
	const struct sv inside = SV("#/definitions/");
	struct node *ret;

	if (ref == NULL || ref->kind != NODE_TEXT || depth > DEPTH_MAX)
		return *n;
	if (sv_starts(ref->text, inside))
		base = node_get(node_get(c->root, "definitions"),
		                arena_str(c->a, sv_skip(ref->text, inside.n)));
	if (base == NULL || base->kind != NODE_MAP) {
		import_refuse(c->im, NULL, NULL, ref->loc, true,
		              arena_svf(c->a, "$ref: " SV_FMT, SV_ARG(ref->text)),
		              "write it as #/definitions/NAME", "there is no such definition in this file");
		return *n;
	}
	ret = node_merge(c->a, base, n, NULL, 0);
	ret->key = n->key;
	ret->key_loc = n->key_loc;
	return node_get(base, "$ref") != NULL ? with_definition(c, base, depth + 1) : *ret;
}

static void
put_reference(struct contract *c, const struct node *n, struct node *ret)
{
	const struct node *to = node_get(n, "references");
	struct node one, list;

	if (to == NULL)
		return;
	one = node_of_map(to->loc);
	list = node_of_list(to->loc);
	node_put(c->a, &one, SV("to"), to);
	node_append(c->a, &list, &one);
	node_put(c->a, ret, SV("relationships"), &list);
}

static struct node
field_of(struct contract *c, const struct node *written, struct sv name, int depth)
{
	const struct node whole = with_definition(c, written, 0), *n = &whole;
	struct node ret = node_of_map(written->loc), more = node_of_map(written->loc);
	const struct node *pii = node_get(n, "pii");

	ret.key_loc = written->key_loc;
	if (name.n > 0) {
		struct node text = node_of_text(name, written->key_loc);

		node_put(c->a, &ret, SV("name"), &text);
	}
	if (depth > DEPTH_MAX)
		return ret;
	put_type(c, n, &ret, &more);
	for (size_t i = 0; n->kind == NODE_MAP && i < n->n; i++) {
		const struct node *kid = &n->kid[i];

		if (is_in(kid->key, options, LEN(options)))
			node_put(c->a, &more, kid->key, kid);
		else if (sv_is(kid->key, "primary") && node_get(n, "primaryKey") == NULL)
			node_put(c->a, &ret, SV("primaryKey"), kid); /* until 0.9.3 */
		else if (!is_in(kid->key, field_aside, LEN(field_aside)))
			node_put(c->a, &ret, kid->key, kid);
	}
	if (more.n > 0)
		node_put(c->a, &ret, SV("logicalTypeOptions"), &more);
	if (pii != NULL && pii->kind == NODE_BOOL && pii->b && node_get(n, "classification") == NULL)
		put_text(c, &ret, "classification", "pii", pii);
	put_reference(c, n, &ret);
	put_within(c, n, &ret, depth);
	return ret;
}

/* Models ---------------------------------------------------------------------------------------------------------- */

/* A key of several fields, which the model names. */
static void
mark_key(struct contract *c, const struct node *key, struct node *properties)
{
	for (size_t i = 0; key != NULL && key->kind == NODE_SEQ && i < key->n; i++)
		for (size_t k = 0; k < properties->n; k++) {
			const struct node *name = node_get(&properties->kid[k], "name");
			struct node yes = node_of_bool(true, key->kid[i].loc);
			const struct node position = node_of_int(c->a, (int64_t)i + 1, key->kid[i].loc);

			if (name == NULL || !sv_eq(name->text, key->kid[i].text))
				continue;
			yes.key_loc = key->kid[i].loc;
			node_put(c->a, &properties->kid[k], SV("primaryKey"), &yes);
			node_put(c->a, &properties->kid[k], SV("primaryKeyPosition"), &position);
		}
}

static struct node
model_of(struct contract *c, const struct node *n)
{
	static const char *const aside[] = {"type",   "title", "fields",    "primaryKey", "examples",
	                                    "config", "links", "namespace", "tags",       "additionalFields"};
	const struct node name = node_of_text(n->key, n->key_loc), *fields = node_get(n, "fields");
	struct node ret = node_of_map(n->key_loc), properties;

	node_put(c->a, &ret, SV("name"), &name);
	for (size_t i = 0; n->kind == NODE_MAP && i < n->n; i++)
		if (!is_in(n->kid[i].key, aside, LEN(aside)))
			node_put(c->a, &ret, n->kid[i].key, &n->kid[i]);
	if (fields != NULL) {
		properties = fields_of(c, fields, 0);
		mark_key(c, node_get(n, "primaryKey"), &properties);
		node_put(c->a, &ret, SV("properties"), &properties);
	}
	return ret;
}

/* Service levels -------------------------------------------------------------------------------------------------- */

/* `daily` as a period; what is none is refused as one. */
static struct node
interval_of(const struct node *n)
{
	static const struct {
		const char *word, *period;
	} words[] = {{"hourly", "PT1H"},
	             {"daily", "P1D"},
	             {"weekly", "P7D"},
	             {"monthly", "P1M"},
	             {"yearly", "P1Y"}};
	struct node ret = *n;

	for (size_t i = 0; i < LEN(words); i++)
		if (sv_ieq(n->text, sv_of(words[i].word)))
			ret = node_of_text(sv_of(words[i].period), n->loc);
	return ret;
}

static void
tell(struct contract *c, const struct node *n, const char *why)
{
	struct import_item it = import_item(c->im, NULL, NULL, n->key_loc, n->key);

	it.check = false;
	import_remark(&it, "not a check: %s", why);
	import_item_end(&it);
}

/* The time that each row took, between two of its columns. */
static void
refuse_latency(struct contract *c, const struct node *n)
{
	const bool said = node_get(n, "threshold") != NULL;

	import_refuse(c->im, NULL, NULL, n->key_loc, said && node_get(n, "processedTimestampField") != NULL,
	              import_short(c->im->a, n),
	              "write the query as sql_value, or a freshness for the newest row",
	              "how long each row took, from one of its columns to another, is not compared");
}

static void
add_level(struct contract *c, const struct node *n, const char *value, const char *element, struct node *list)
{
	const struct node *v = node_get(n, value), *e = node_get(n, element),
			  *text = node_get(n, "description");
	struct node level = node_of_map(n->key_loc);
	const struct node property = node_of_text(n->key, n->key_loc),
			  amount = v != NULL ? interval_of(v) : property;

	if (v == NULL) {
		tell(c, n, "a text for people");
		return;
	}
	node_put(c->a, &level, SV("property"), &property);
	node_put(c->a, &level, SV("value"), &amount);
	if (e != NULL)
		node_put(c->a, &level, SV("element"), e);
	if (text != NULL)
		node_put(c->a, &level, SV("description"), text);
	node_append(c->a, list, &level);
}

static struct node
levels_of(struct contract *c, const struct node *all)
{
	struct node ret = node_of_list(all->loc);

	for (size_t i = 0; all->kind == NODE_MAP && i < all->n; i++) {
		const struct node *n = &all->kid[i];

		if (sv_is(n->key, "freshness"))
			add_level(c, n, "threshold", "timestampField", &ret);
		else if (sv_is(n->key, "latency"))
			refuse_latency(c, n);
		else if (sv_is(n->key, "frequency"))
			add_level(c, n, node_get(n, "cron") != NULL ? "cron" : "interval", "", &ret);
		else if (sv_is(n->key, "retention"))
			add_level(c, n, "period", "timestampField", &ret);
		else if (sv_is(n->key, "availability"))
			add_level(c, n, "percentage", "", &ret);
		else
			tell(c, n, "it is about the service, not its data");
	}
	return ret;
}

/* The whole ------------------------------------------------------------------------------------------------------- */

static void
put_info(struct contract *c, struct node *ret)
{
	const struct node *info = node_get(c->root, "info"), *owner = node_get(info, "owner");
	const struct node *title = node_get(info, "title"), *text = node_get(info, "description");
	struct node team;

	if (title != NULL && title->kind == NODE_TEXT)
		node_put(c->a, ret, SV("name"), title);
	if (text != NULL && text->kind == NODE_TEXT)
		node_put(c->a, ret, SV("description"), text);
	if (owner == NULL || owner->kind != NODE_TEXT)
		return;
	team = node_of_map(owner->loc);
	team.key_loc = owner->key_loc;
	node_put(c->a, &team, SV("name"), owner);
	node_put(c->a, ret, SV("team"), &team);
}

static void
put_models(struct contract *c, struct node *ret)
{
	const struct node *models = node_get(c->root, "models");
	struct node list;

	if (models == NULL)
		return;
	list = node_of_list(models->loc);
	for (size_t i = 0; models->kind == NODE_MAP && i < models->n; i++) {
		const struct node one = model_of(c, &models->kid[i]);

		node_append(c->a, &list, &one);
	}
	node_put(c->a, ret, SV("schema"), models->kind == NODE_MAP ? &list : models);
}

/* `checks for orders`, of a table of the contract: its name. */
static bool
is_for_model(struct contract *c, struct sv key, struct sv *name)
{
	const struct sv head = SV("checks for ");
	const struct node *models = node_get(c->root, "models");

	if (!sv_starts(key, head))
		return false;
	*name = sv_trim(sv_skip(key, head.n));
	return models != NULL && node_get(models, arena_str(c->a, *name)) != NULL;
}

/* Until 0.9.3 the checks of all tables stood together, in the words of a tool. */
static void
read_checks(struct contract *c)
{
	const struct node *n = node_get(c->root, "quality"), *all = node_get(n, "specification");
	const struct node *type = node_get(n, "type");
	const bool soda = type != NULL && sv_ieq(type->text, SV("SodaCL")) && all != NULL &&
	                  all->kind == NODE_MAP;
	struct sv name = {0};

	if (n == NULL)
		return;
	if (!soda)
		import_refuse(c->im, NULL, NULL, n->key_loc, true, import_short(c->a, n),
		              "put its specification into a file of its own, and import that",
		              "checks of all tables together are read in the words of SodaCL only");
	for (size_t i = 0; soda && i < all->n; i++) {
		const struct node *kid = &all->kid[i];
		const bool known = is_for_model(c, kid->key, &name);
		struct node one = node_of_map(kid->key_loc);
		struct import_item it;

		if (!known) {
			import_refuse(c->im, NULL, NULL, kid->key_loc, true, kid->key,
			              "put it into a file of its own, and import that",
			              "it is for no table of the contract");
			continue;
		}
		it = import_item(c->im, import_asset(c->im, name, kid->key_loc), NULL, kid->key_loc,
		                 arena_svf(c->a, SV_FMT ": " SV_FMT, SV_ARG(kid->key),
		                           SV_ARG(import_short(c->a, kid))));
		node_put(c->a, &one, kid->key, kid);
		import_fragment(&it, SV("soda"), (struct sv){0}, &one);
		import_item_end(&it);
	}
}

static void
read_dcs(struct importing *im, const struct node *root)
{
	static const char *const aside[] = {"dataContractSpecification",
	                                    "id",
	                                    "info",
	                                    "models",
	                                    "definitions",
	                                    "servicelevels",
	                                    "schema",
	                                    "examples",
	                                    "quality",
	                                    "links",
	                                    "tags"};
	struct contract c = {.im = im, .a = im->a, .root = root};
	const struct node *levels = node_get(root, "servicelevels"), *terms = node_get(root, "terms");
	const struct node *tags = node_get(root, "tags");
	struct node *ret = ARENA_NEW(im->a, struct node), list;

	import_whole(im, root);
	*ret = node_of_map(root->loc);
	put_info(&c, ret);
	put_models(&c, ret);
	read_checks(&c);
	if (levels != NULL) {
		list = levels_of(&c, levels);
		list.key_loc = levels->key_loc;
		node_put(im->a, ret, SV("slaProperties"), &list);
	}
	if (terms != NULL)
		tell(&c, terms, "it says how the data may be used");
	if (tags != NULL)
		node_put(im->a, ret, SV("tags"), tags);
	for (size_t i = 0; i < root->n; i++)
		if (!is_in(root->kid[i].key, aside, LEN(aside)) && !sv_is(root->kid[i].key, "terms"))
			node_put(im->a, ret, root->kid[i].key, &root->kid[i]);
	im->root = ret;
	odcs_read(im, ret, true);
}

const struct importer import_dcs = {
	.name = "dcs",
	.alias = {"datacontract-specification"},
	.title = "Data Contract Specification 1",
	.doc = "A data contract of the Data Contract Specification (datacontract.com): models, fields, quality and service levels.",
	.example =
		"dataContractSpecification: 1.1.0\nid: orders\ninfo: {title: Orders, version: 1.0.0}\nmodels:\n"
		"  orders:\n    fields:\n      id: {type: integer, required: true}\n",
	.recognise = is_dcs,
	.read = read_dcs,
};
