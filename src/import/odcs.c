/*
 * Data contracts of the Open Data Contract Standard, 3.0 to 3.2: tables, columns, and what holds for them.
 *
 * https://bitol-io.github.io/open-data-contract-standard.  An object of `schema` is an asset of its name; its physicalName is an alias.  What is about
 * people, prices and places is looked at and told, and nothing else.
 */
#include "import/odcs.h"

#include <stdlib.h>

#include "import/importers.h"
#include "import/internal.h"

enum { KEY_MAX = 64 };

/* Version 2, and the template that it comes from: their tables are a `dataset`, which may be of the kind virtualDataset. */
static bool
is_version_2(const struct node *root)
{
	const struct node *version = node_get(root, "apiVersion"), *tables = node_get(root, "dataset");

	if (version == NULL)
		return false;
	return sv_starts(version->text, SV("v2")) || sv_starts(version->text, SV("2")) ||
	       (tables != NULL && tables->kind == NODE_SEQ && tables->n > 0 &&
	        node_get(&tables->kid[0], "table") != NULL);
}

static bool
is_odcs(const struct node *root)
{
	const struct node *kind = node_get(root, "kind");

	return kind != NULL && node_get(root, "apiVersion") != NULL &&
	       (sv_is(kind->text, "DataContract") ||
	        (is_version_2(root) && node_get(root, "dataset") != NULL));
}

/* What several files need ------------------------------------------------------------------------------------------- */

struct sv
odcs_text(const struct node *map, const char *key)
{
	const struct node *n = node_get(map, key);

	return n != NULL && n->kind != NODE_MAP && n->kind != NODE_SEQ && n->kind != NODE_NULL
	               ? n->text
	               : (struct sv){0};
}

struct sv
odcs_column_name(const struct node *property)
{
	const struct sv physical = odcs_text(property, "physicalName");

	return physical.n > 0 ? physical : odcs_text(property, "name");
}

struct import_item
odcs_item(const struct odcs_place *p, const struct node *n)
{
	struct importing *im = p->c->im;
	const bool key = n->key.n > 0;
	const struct sv text = import_short(im->a, n);

	return import_item(im, p->object->asset, n, key ? n->key_loc : n->loc,
	                   arena_svf(im->a, SV_FMT "%s" SV_FMT "%s" SV_FMT, SV_ARG(p->column),
	                             p->column.n > 0 ? ": " : "", SV_ARG(n->key), key ? ": " : "",
	                             SV_ARG(text)));
}

struct node
odcs_column(const struct import_item *it, struct sv column)
{
	struct node args = node_of_map(it->loc);

	node_put_text(it->im->a, &args, "column", column, it->loc);
	return args;
}

struct node
odcs_values(struct import_item *it, const struct node *n)
{
	struct node ret = node_of_list(it->loc);

	for (size_t i = 0; n->kind == NODE_SEQ && i < n->n; i++) {
		const struct node *kid = &n->kid[i],
				  *value = kid->kind == NODE_MAP ? node_get(kid, "value") : kid;

		if (value == NULL || value->kind == NODE_MAP || value->kind == NODE_SEQ)
			import_grade(it, GRADE_REFUSED, "write plain values", "'" SV_FMT "' is no value",
			             SV_ARG(import_short(it->im->a, kid)));
		else if (value->kind != NODE_NULL)
			node_append(it->im->a, &ret, value);
	}
	if (ret.n == 0)
		import_grade(it, GRADE_REFUSED, "write a list of them", "it has no values");
	return ret;
}

bool
odcs_flag(struct import_item *it, const struct node *n)
{
	if (n->kind == NODE_BOOL)
		return n->b;
	import_grade(it, GRADE_REFUSED, "write true or false", "'" SV_FMT "' is neither true nor false",
	             SV_ARG(import_short(it->im->a, n)));
	return false;
}

void
odcs_aside(struct importing *im, const struct node *map, const char *const *keys, size_t n)
{
	for (size_t i = 0; i < n; i++)
		import_whole(im, import_get(im, map, keys[i]));
}

static void
refuse_key(void *ctx, const struct node *missed, const char *near)
{
	const struct odcs_place *p = ctx;
	struct arena *a = p->c->im->a;
	const bool key = missed->key.n > 0;

	import_refuse(p->c->im, p->object->asset, missed, key ? missed->key_loc : missed->loc, true,
	              arena_svf(a, SV_FMT "%s" SV_FMT, SV_ARG(p->column), p->column.n > 0 ? ": " : "",
	                        SV_ARG(key ? missed->key : import_short(a, missed))),
	              near != NULL ? arena_printf(a, "did you mean '%s'?", near) : NULL,
	              "%s is not known here", key ? "this key" : "this");
}

void
odcs_missed(const struct odcs_place *p, const struct node *n)
{
	struct odcs_place place = *p;

	look_missed(p->c->im, n, refuse_key, &place);
}

/* Columns ----------------------------------------------------------------------------------------------------------- */

/* Of a table, while its columns are read. */
struct columns {
	struct node declared, present, key;
	const struct node *key_at;
	int64_t position[KEY_MAX];
};

static void
read_simple(const struct odcs_place *p, const struct node *property, const char *key, const char *expectation)
{
	const struct node *n = import_get(p->c->im, property, key);
	struct import_item it;
	struct node args;

	if (n == NULL || (n->kind == NODE_BOOL && !n->b))
		return;
	it = odcs_item(p, n);
	args = node_of_text(p->column, it.loc);
	if (odcs_flag(&it, n))
		import_check(&it, expectation, &args);
	import_item_end(&it);
}

/* Keys are checked when all of them are known. */
static void
read_key(const struct odcs_place *p, const struct node *property, struct columns *all)
{
	struct importing *im = p->c->im;
	const struct node *n = import_get(im, property, "primaryKey");
	const struct node *position = import_get(im, property, "primaryKeyPosition");
	const struct node name = node_of_text(p->column, n != NULL ? n->key_loc : property->loc);
	struct import_item it;

	if (n == NULL || (n->kind == NODE_BOOL && !n->b))
		return;
	it = odcs_item(p, n);
	if (odcs_flag(&it, n))
		import_check(&it, "not_null", &name);
	if (all->key.n == KEY_MAX)
		import_grade(&it, GRADE_REFUSED, NULL, "a key has at most %d columns", KEY_MAX);
	import_item_end(&it);
	if (it.grade == GRADE_REFUSED)
		return;
	if (all->key_at == NULL)
		all->key_at = n;
	all->position[all->key.n] = position != NULL && position->kind == NODE_INT && position->i > 0
	                                    ? position->i
	                                    : INT64_MAX;
	node_append(im->a, &all->key, &name);
}

static void
read_enum(const struct odcs_place *p, const struct node *property)
{
	struct importing *im = p->c->im;
	const struct node *n = import_get(im, property, "enum");
	struct node args, list;
	struct import_item it;

	if (n == NULL)
		return;
	it = odcs_item(p, n);
	args = odcs_column(&it, p->column);
	import_whole(im, n);
	list = odcs_values(&it, n);
	node_put(im->a, &args, SV("values"), &list);
	import_check(&it, "in_set", &args);
	import_item_end(&it);
}

static const char *const column_aside[] = {
	"name",
	"physicalName",
	"id",
	"businessName",
	"description",
	"partitioned",
	"tags",
	"partitionKeyPosition",
	"encryptedName",
	"examples",
	"transformSourceObjects",
	"criticalDataElement",
	"deprecated",
	"authoritativeDefinitions",
	"customProperties",
	"synonyms",
	"transformLogic",
	"transformDescription",
};

/* Values that must not be seen: samples of failing rows mask them. */
static void
read_classification(const struct odcs_place *p, const struct node *property, struct node *declared)
{
	static const char *const secret[] = {"pii",        "personal",  "personal_data", "confidential",
	                                     "restricted", "sensitive", "secret"};
	const struct node *n = import_get(p->c->im, property, "classification");
	const struct node yes = node_of_bool(true, n != NULL ? n->loc : property->loc);

	for (size_t i = 0; n != NULL && i < LEN(secret); i++)
		if (sv_ieq(n->text, sv_of(secret[i])))
			node_put(p->c->im->a, declared, SV("pii"), &yes);
}

/* A measure is made from columns when somebody asks for it. */
static bool
is_measure(const struct odcs_place *p, const struct node *property)
{
	struct importing *im = p->c->im;
	struct import_item it;
	struct sv type;

	if (!import_text_of(im, property, "semanticType", &type) || !sv_ieq(type, SV("measure")))
		return false;
	it = import_item(im, p->object->asset, NULL, property->loc, p->column);
	it.check = false;
	import_remark(&it, "not a check: a measure is no column");
	import_whole(im, property);
	import_item_end(&it);
	return true;
}

static void
read_property(struct odcs *c, struct odcs_object *o, const struct node *n, struct columns *all)
{
	struct importing *im = c->im;
	struct odcs_place p = {
		.c = c, .object = o, .column = odcs_column_name(n), .logical = odcs_text(n, "logicalType")};
	const struct node *text = node_get(n, "description"), name = node_of_text(p.column, n->loc);
	struct node declared = node_of_map(n->loc);

	if (n->kind != NODE_MAP || p.column.n == 0) {
		import_refuse(im, o->asset, n, n->loc, true, import_short(im->a, n), "give it a name",
		              "the column has no name");
		return;
	}
	if (is_measure(&p, n))
		return;
	odcs_aside(im, n, column_aside, LEN(column_aside));
	node_append(im->a, &all->present, &name);
	odcs_type(&p, n, &declared);
	if (text != NULL && text->kind == NODE_TEXT && text->text.n > 0)
		node_put(im->a, &declared, SV("description"), text);
	read_classification(&p, n, &declared);
	if (declared.n > 0)
		node_put(im->a, &all->declared, p.column, &declared);
	read_simple(&p, n, "required", "not_null");
	read_simple(&p, n, "unique", "unique");
	read_key(&p, n, all);
	odcs_options(&p, n);
	read_enum(&p, n);
	odcs_nested(&p, n);
	odcs_relations(&p, n);
	odcs_quality(&p, import_get(im, n, "quality"));
	odcs_missed(&p, n);
}

/* Tables ------------------------------------------------------------------------------------------------------------ */

static void
check_present(const struct odcs_object *o, struct odcs *c, const struct node *list, const struct node *names)
{
	struct import_item it = import_item(
		c->im, o->asset, NULL, list->key_loc,
		arena_svf(c->im->a, "properties: %zu column%s", names->n, names->n == 1 ? "" : "s"));
	struct node args = node_of_map(it.loc);

	it.whole = true;
	node_put(c->im->a, &args, SV("required"), names);
	import_check(&it, "schema", &args);
	import_item_end(&it);
}

/* By their positions; those without one stay in their order, behind the others. */
static void
sort_key(struct columns *all)
{
	for (size_t i = 1; i < all->key.n; i++)
		for (size_t k = i; k > 0 && all->position[k - 1] > all->position[k]; k--) {
			const struct node name = all->key.kid[k];
			const int64_t position = all->position[k];

			all->key.kid[k] = all->key.kid[k - 1];
			all->position[k] = all->position[k - 1];
			all->key.kid[k - 1] = name;
			all->position[k - 1] = position;
		}
}

static void
check_key(const struct odcs_object *o, struct odcs *c, struct columns *all)
{
	struct import_item it;
	struct node args;

	if (all->key_at == NULL)
		return;
	sort_key(all);
	it = import_item(
		c->im, o->asset, NULL, all->key_at->loc,
		arena_svf(c->im->a, "primary key: " SV_FMT, SV_ARG(import_short(c->im->a, &all->key))));
	args = node_of_map(it.loc);
	node_put(c->im->a, &args, SV("columns"), &all->key);
	if (all->key.n == 1)
		import_check(&it, "unique", &all->key.kid[0]);
	else
		import_check(&it, "unique_together", &args);
	import_item_end(&it);
	node_put(c->im->a, &o->asset->keys, SV("key"), &all->key);
}

static void
read_properties(struct odcs *c, struct odcs_object *o)
{
	const struct node *list = import_get(c->im, o->node, "properties");
	struct columns all = {.declared = node_of_map(o->node->loc),
	                      .present = node_of_list(o->node->loc),
	                      .key = node_of_list(o->node->loc)};

	if (list == NULL)
		return;
	if (list->kind != NODE_SEQ) {
		import_refuse(c->im, o->asset, list, list->loc, true, import_short(c->im->a, list),
		              "write them behind dashes", "a list of properties is expected");
		return;
	}
	for (size_t i = 0; i < list->n; i++)
		read_property(c, o, import_kid(c->im, list, i), &all);
	if (all.declared.n > 0)
		node_put(c->im->a, &o->asset->keys, SV("columns"), &all.declared);
	if (all.present.n > 0)
		check_present(o, c, list, &all.present);
	check_key(o, c, &all);
}

static void
append_texts(struct arena *a, struct node *list, const struct node *n)
{
	for (size_t i = 0; n != NULL && n->kind == NODE_SEQ && i < n->n; i++)
		if (n->kid[i].kind == NODE_TEXT && n->kid[i].text.n > 0)
			node_append(a, list, &n->kid[i]);
}

static void
read_object(struct odcs *c, struct odcs_object *o, const struct node *tags)
{
	static const char *const aside[] = {"id",
	                                    "name",
	                                    "physicalName",
	                                    "physicalType",
	                                    "logicalType",
	                                    "businessName",
	                                    "deprecated",
	                                    "synonyms",
	                                    "authoritativeDefinitions",
	                                    "customProperties",
	                                    "dataGranularityDescription"};
	struct importing *im = c->im;
	const struct odcs_place p = {.c = c, .object = o};
	const struct node *text = import_get(im, o->node, "description");
	const struct node *own = import_get(im, o->node, "tags");
	const struct sv physical = odcs_text(o->node, "physicalName");
	struct node list = node_of_list(o->node->loc);

	import_whole(im, own);
	odcs_aside(im, o->node, aside, LEN(aside));
	if (text != NULL && text->kind == NODE_TEXT && text->text.n > 0)
		node_put(im->a, &o->asset->keys, SV("description"), text);
	if (physical.n > 0 && !sv_eq(physical, o->asset->name)) {
		const struct node alias = node_of_text(physical, node_get(o->node, "physicalName")->loc);
		struct node aliases = node_of_list(alias.loc);

		node_append(im->a, &aliases, &alias);
		node_put(im->a, &o->asset->keys, SV("aliases"), &aliases);
	}
	append_texts(im->a, &list, tags);
	append_texts(im->a, &list, own);
	if (list.n > 0)
		node_put(im->a, &o->asset->keys, SV("tags"), &list);
	read_properties(c, o);
	odcs_relations(&p, o->node);
	odcs_quality(&p, import_get(im, o->node, "quality"));
	odcs_missed(&p, o->node);
}

static void
find_objects(struct odcs *c, const struct node *list)
{
	c->object = ARENA_ARRAY(c->im->a, struct odcs_object, list->n);
	for (size_t i = 0; i < list->n; i++) {
		const struct node *n = import_kid(c->im, list, i);
		const struct sv name = odcs_text(n, "name");

		if (n->kind != NODE_MAP || name.n == 0 || odcs_object_find(c, name) != NULL) {
			import_refuse(c->im, NULL, n, n->loc, true, import_short(c->im->a, n),
			              "give it a name of its own", "the table has no name, or another's");
			continue;
		}
		c->object[c->n++] = (struct odcs_object){.node = n,
		                                         .asset = import_asset(c->im, name, n->loc)};
	}
}

/* The whole --------------------------------------------------------------------------------------------------------- */

/* Looked at, and told. */
static void
tell(struct importing *im, const struct node *root, const char *key, const char *why)
{
	const struct node *n = import_get(im, root, key);
	struct import_item it;

	import_whole(im, n);
	if (n == NULL || (n->n == 0 && (n->kind == NODE_SEQ || n->kind == NODE_MAP)))
		return;
	it = import_item(im, NULL, NULL, n->key_loc, sv_of(key));
	it.check = false;
	import_remark(&it, "not a check: %s", why);
	import_item_end(&it);
}

/* The name of the team, or its members that own the data now. */
static struct node
owners_of(struct arena *a, const struct node *team)
{
	const struct node *members = team->kind == NODE_SEQ ? team : node_get(team, "members");
	const struct sv name = odcs_text(team, "name");
	struct node ret = node_of_list(team->loc);

	if (name.n > 0) {
		const struct node owner = node_of_text(name, node_get(team, "name")->loc);

		node_append(a, &ret, &owner);
	}
	for (size_t i = 0; name.n == 0 && members != NULL && members->kind == NODE_SEQ && i < members->n;
	     i++) {
		const struct node *m = &members->kid[i], *user = node_get(m, "username");

		if (user != NULL && user->kind == NODE_TEXT && odcs_text(m, "dateOut").n == 0 &&
		    sv_ieq(odcs_text(m, "role"), SV("owner")))
			node_append(a, &ret, user);
	}
	return ret;
}

static void
read_team(struct odcs *c, const struct node *root)
{
	const struct node *n = import_get(c->im, root, "team");
	struct import_item it;
	struct node owners;

	import_whole(c->im, n);
	if (n == NULL)
		return;
	owners = owners_of(c->im->a, n);
	it = import_item(c->im, NULL, NULL, n->key_loc, SV("team"));
	it.check = false;
	if (owners.n == 0)
		import_remark(&it, "not a check: nobody in it has the role owner");
	else
		it.became = arena_svf(c->im->a, "owners: " SV_FMT, SV_ARG(import_short(c->im->a, &owners)));
	for (size_t i = 0; owners.n > 0 && i < c->n; i++)
		node_put(c->im->a, &c->object[i].asset->keys, SV("owners"), &owners);
	import_item_end(&it);
}

/* What holds for the whole contract, for tables that say nothing themselves. */
static void
read_purpose(struct odcs *c, const struct node *root)
{
	const struct node *n = import_get(c->im, root, "description");
	const struct node *purpose = n != NULL && n->kind == NODE_TEXT ? n : node_get(n, "purpose");

	import_whole(c->im, n);
	for (size_t i = 0; i < c->n && purpose != NULL && purpose->kind == NODE_TEXT; i++)
		if (node_get(&c->object[i].asset->keys, "description") == NULL && purpose->text.n > 0)
			node_put(c->im->a, &c->object[i].asset->keys, SV("description"), purpose);
}

void
odcs_read(struct importing *im, const struct node *root, bool inclusive)
{
	static const char *const aside[] = {"kind",
	                                    "id",
	                                    "version",
	                                    "status",
	                                    "tenant",
	                                    "domain",
	                                    "dataProduct",
	                                    "contractCreatedTs",
	                                    "authoritativeDefinitions"};
	struct odcs c = {.im = im, .inclusive = inclusive};
	const struct node *list = import_get(im, root, "schema"), *tags = import_get(im, root, "tags");
	struct sv version = {0};

	odcs_aside(im, root, aside, LEN(aside));
	import_whole(im, tags);
	(void)import_text_of(im, root, "name", &im->ret->name);
	(void)import_text_of(im, root, "apiVersion", &version);
	if (is_version_2(root)) {
		import_refuse(
			im, NULL, root, root->loc, true,
			arena_svf(im->a, "apiVersion: " SV_FMT, SV_ARG(version)),
			"bring it to version 3: dataset is schema there, and isNullable is required",
			"version 2 of the standard is not read, so nothing of this contract is checked");
		return;
	}
	if (list != NULL && list->kind == NODE_SEQ)
		find_objects(&c, list);
	else if (list != NULL)
		import_refuse(im, NULL, list, list->loc, true, import_short(im->a, list),
		              "write tables behind dashes", "a list of tables is expected");
	for (size_t i = 0; i < c.n; i++)
		read_object(&c, &c.object[i], tags);
	read_purpose(&c, root);
	read_team(&c, root);
	odcs_sla(&c, root);
	tell(im, root, "servers", "where the data lies is for source, path and table of the asset to say");
	tell(im, root, "support", "it says where people ask");
	tell(im, root, "roles", "it says who may read the data");
	tell(im, root, "price", "it says what the data costs");
	tell(im, root, "customProperties", "what they mean is not known");
}

static void
read_odcs(struct importing *im, const struct node *root)
{
	odcs_read(im, root, false);
}

const struct importer import_odcs = {
	.name = "odcs",
	.alias = {"datacontract", "data-contract"},
	.title = "Open Data Contract Standard 3",
	.doc = "A data contract of the Open Data Contract Standard, 3.0 to 3.2: columns and their types, keys, relationships, "
	       "quality, and service levels as freshness.",
	.example =
		"apiVersion: v3.1.0\nkind: DataContract\nid: orders\nversion: 1.0.0\nstatus: active\nschema:\n"
		"  - name: orders\n    properties:\n      - {name: id, logicalType: integer, required: true}\n",
	.recognise = is_odcs,
	.read = read_odcs,
};
