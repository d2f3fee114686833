/* Types of a contract's columns, what their options ask for, and what lies within objects and lists. */
#include "import/odcs.h"

/* Types ----------------------------------------------------------------------------------------------------------- */

/* type: ours, or NULL where values are looked into instead; json: of a value within another one. */
static const struct {
	const char *name, *type, *json;
} types[] = {
	{"array", NULL, "array"},   {"boolean", "boolean", "boolean"},
	{"date", "date", "string"}, {"integer", "integer", "integer"},
	{"map", NULL, "object"},    {"number", "number", "number"},
	{"object", NULL, "object"}, {"string", "string", "string"},
	{"time", NULL, "string"},   {"timestamp", "timestamp", "string"},
};

static size_t
type_find(struct sv name)
{
	size_t i = 0;

	while (i < LEN(types) && !sv_ieq(name, sv_of(types[i].name)))
		i++;
	return i;
}

bool
odcs_is_of(const struct odcs_place *p, const char *type)
{
	return sv_ieq(p->logical, sv_of(type));
}

bool
odcs_is_nested(const struct odcs_place *p)
{
	return odcs_is_of(p, "object") || odcs_is_of(p, "array") || odcs_is_of(p, "map");
}

static const struct node *
option_of(const struct node *property, const char *key)
{
	const struct node *n = node_get(node_get(property, "logicalTypeOptions"), key);

	return n != NULL && n->kind != NODE_NULL ? n : NULL;
}

/* A date's own form, and what is read as a time anyway: 2024-01-31T12:30:00Z. */
bool
odcs_is_plain_format(struct sv format)
{
	const struct sv day = SV("yyyy-MM-dd");

	if (format.n < day.n || !sv_ieq((struct sv){format.p, day.n}, day))
		return false;
	for (size_t i = day.n; i < format.n; i++)
		if (strchr("THhmsS.:ZXxV' ", format.p[i]) == NULL)
			return false;
	return true;
}

/* Texts in a form of their own are no dates to weir, but texts. */
static bool
has_own_format(const struct odcs_place *p, const struct node *property)
{
	const struct node *format = option_of(property, "format");

	return format != NULL && format->kind == NODE_TEXT &&
	       (odcs_is_of(p, "date") || odcs_is_of(p, "timestamp") || odcs_is_of(p, "time")) &&
	       !odcs_is_plain_format(format->text);
}

/* A date whose form has hours is an instant of a day. */
static bool
has_hours(const struct node *format)
{
	return format != NULL && format->kind == NODE_TEXT && odcs_is_plain_format(format->text) &&
	       (sv_find(format->text, 'H') >= 0 || sv_find(format->text, 'h') >= 0);
}

static struct sv
unknown_type(struct import_item *it, struct sv name)
{
	const char *names[LEN(types)], *near;

	for (size_t i = 0; i < LEN(types); i++)
		names[i] = types[i].name;
	near = sv_nearest(name, names, LEN(names));
	it->check = true;
	import_grade(it, GRADE_REFUSED,
	             near != NULL ? arena_printf(it->im->a, "did you mean '%s'?", near) : NULL,
	             "there is no logicalType '" SV_FMT "'", SV_ARG(name));
	return (struct sv){0};
}

static struct sv
logical_type(const struct odcs_place *p, struct import_item *it, const struct node *property)
{
	const size_t i = type_find(p->logical);
	const struct node *zone = option_of(property, "timezone");

	if (i == LEN(types))
		return unknown_type(it, p->logical);
	if (odcs_is_of(p, "time") && !has_own_format(p, property)) {
		import_grade(it, GRADE_REFUSED, "write valid_format: {column: …, format: time_24h}",
		             "weir has no type for times of day");
		return (struct sv){0};
	}
	if (odcs_is_of(p, "timestamp") && zone != NULL && zone->kind == NODE_BOOL && zone->b)
		return SV("timestamptz");
	if (odcs_is_of(p, "date") && has_hours(option_of(property, "format")))
		return SV("timestamp");
	return types[i].type != NULL ? sv_of(types[i].type) : (struct sv){0};
}

/* What the physical type says beyond the logical one: digits, and whether times have a zone. */
static struct sv
refine(struct import_item *it, struct sv type, struct sv physical)
{
	struct sv more;

	import_grade(it, GRADE_APPROXIMATED, NULL,
	             "values are held against the type, and the physicalType '" SV_FMT "' is not compared",
	             SV_ARG(physical));
	if (!import_type(it->im->a, physical, &more))
		return type;
	/* Until 3.1 there was no other logical type for times than date. */
	if ((sv_is(type, "number") && sv_starts(more, SV("decimal"))) ||
	    (sv_is(type, "timestamp") && sv_is(more, "timestamptz")) ||
	    (sv_is(type, "date") && sv_starts(more, SV("timestamp"))))
		return more;
	return type;
}

void
odcs_type(const struct odcs_place *p, const struct node *property, struct node *declared)
{
	struct importing *im = p->c->im;
	const struct node *logical = import_get(im, property, "logicalType");
	const struct node *physical = import_get(im, property, "physicalType");
	const struct node *n = logical != NULL ? logical : physical;
	struct import_item it;
	struct sv type = {0};

	if (n == NULL || odcs_is_nested(p) || n->kind != NODE_TEXT || has_own_format(p, property))
		return;
	it = odcs_item(p, n);
	it.check = false;
	if (logical != NULL)
		type = logical_type(p, &it, property);
	else if (!import_type(im->a, physical->text, &type))
		import_grade(&it, GRADE_REFUSED, "give it a logicalType",
		             "the type '" SV_FMT "' is not known", SV_ARG(physical->text));
	if (logical != NULL && type.n > 0 && physical != NULL && physical->kind == NODE_TEXT &&
	    !sv_ieq(physical->text, logical->text))
		type = refine(&it, type, physical->text);
	if (it.grade < GRADE_REFUSED) {
		node_put_text(im->a, declared, "type", type, n->loc);
		it.became = arena_svf(im->a, "columns: {" SV_FMT ": " SV_FMT "}", SV_ARG(p->column),
		                      SV_ARG(type));
	}
	import_item_end(&it);
}

/* Within objects and lists ---------------------------------------------------------------------------------------- */

static struct node schema_of(const struct odcs_place *p, struct import_item *it, const struct node *n,
                             bool nullable);

static bool
is_true(const struct node *n, const char *key)
{
	const struct node *flag = node_get(n, key);

	return flag != NULL && flag->kind == NODE_BOOL && flag->b;
}

/* Those options whose names and meanings are JSON Schema's own. */
static void
put_options(struct import_item *it, const struct node *n, struct node *schema)
{
	static const char *const keys[] = {
		"minimum",     "maximum",       "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
		"minLength",   "maxLength",     "pattern",          "minItems",         "maxItems",
		"uniqueItems", "minProperties", "maxProperties",    "required",         "enum"};
	const struct node *options = node_get(n, "logicalTypeOptions");

	for (size_t i = 0; options != NULL && i < options->n; i++) {
		const struct node *kid = &options->kid[i];
		size_t k = 0;

		while (k < LEN(keys) && !sv_is(kid->key, keys[k]))
			k++;
		/* Bounds of times are texts, which JSON Schema does not compare. */
		if (k == LEN(keys) || (k < 4 && kid->kind == NODE_TEXT))
			import_grade(it, GRADE_APPROXIMATED, NULL, "'" SV_FMT "' within it is not looked at",
			             SV_ARG(kid->key));
		else
			node_put(it->im->a, schema, kid->key, kid);
	}
}

static void
refuse_within(const struct odcs_place *p, struct import_item *it, const struct node *n)
{
	static const char *const keys[] = {"quality", "relationships", "unique", "primaryKey"};

	for (size_t i = 0; i < LEN(keys); i++) {
		const struct node *x = node_get(n, keys[i]);

		if (x == NULL || x->kind == NODE_NULL || (x->kind == NODE_BOOL && !x->b) ||
		    (x->kind == NODE_SEQ && x->n == 0))
			continue;
		import_refuse(it->im, p->object->asset, NULL, x->key_loc, true,
		              arena_svf(it->im->a, SV_FMT ": " SV_FMT, SV_ARG(p->column), SV_ARG(x->key)),
		              "make it a column, or write a query",
		              "checks of what lies within a column are not imported");
	}
}

/* A kid of what is looked into. */
static struct node
schema_within(const struct odcs_place *p, struct import_item *it, const struct node *n)
{
	refuse_within(p, it, n);
	return schema_of(p, it, n, !is_true(n, "required"));
}

static void
put_properties(const struct odcs_place *p, struct import_item *it, const struct node *list,
               struct node *schema)
{
	struct arena *a = it->im->a;
	struct node all = node_of_map(it->loc), required = node_of_list(it->loc);
	const struct node *said = node_get(schema, "required");

	for (size_t i = 0; said != NULL && said->kind == NODE_SEQ && i < said->n; i++)
		node_append(a, &required, &said->kid[i]);
	for (size_t i = 0; list->kind == NODE_SEQ && i < list->n; i++) {
		const struct node *n = &list->kid[i];
		const struct sv name = odcs_column_name(n);
		const struct node text = node_of_text(name, n->loc), kid = schema_within(p, it, n);

		if (name.n == 0)
			continue;
		node_put(a, &all, name, &kid);
		if (is_true(n, "required"))
			node_append(a, &required, &text);
	}
	node_put(a, schema, SV("properties"), &all);
	if (required.n > 0)
		node_put(a, schema, SV("required"), &required);
}

static struct node
schema_of(const struct odcs_place *p, struct import_item *it, const struct node *n, bool nullable)
{
	struct arena *a = it->im->a;
	const struct node *logical = node_get(n, "logicalType"), *list = node_get(n, "properties");
	const struct node *items = node_get(n, "items"), *value = node_get(node_get(n, "map"), "value");
	const size_t i = logical != NULL ? type_find(logical->text) : LEN(types);
	struct node ret = node_of_map(it->loc), type = node_of_list(it->loc);
	const struct node null = node_of_text(SV("null"), it->loc);
	struct node name;

	if (logical != NULL && i == LEN(types))
		(void)unknown_type(it, logical->text);
	if (i < LEN(types)) {
		name = node_of_text(sv_of(types[i].json), it->loc);
		node_append(a, &type, &name);
		node_append(a, &type, &null);
		node_put(a, &ret, SV("type"), nullable ? &type : &name);
	}
	put_options(it, n, &ret);
	if (list != NULL)
		put_properties(p, it, list, &ret);
	if (items != NULL && items->kind == NODE_MAP) {
		const struct node kid = schema_within(p, it, items);

		node_put(a, &ret, SV("items"), &kid);
	}
	if (value != NULL && value->kind == NODE_MAP) {
		const struct node kid = schema_within(p, it, value);

		node_put(a, &ret, SV("additionalProperties"), &kid);
	}
	return ret;
}

void
odcs_nested(const struct odcs_place *p, const struct node *property)
{
	static const char *const keys[] = {"properties", "items", "map"};
	struct importing *im = p->c->im;
	const struct node *logical = node_get(property, "logicalType");
	struct import_item it;
	struct node args, schema;

	for (size_t i = 0; i < LEN(keys); i++)
		import_whole(im, import_get(im, property, keys[i]));
	if (!odcs_is_nested(p))
		return;
	import_whole(im, import_get(im, property, "logicalTypeOptions"));
	it = import_item(im, p->object->asset, NULL, logical->loc,
	                 arena_svf(im->a, SV_FMT ": " SV_FMT, SV_ARG(p->column), SV_ARG(logical->text)));
	args = odcs_column(&it, p->column);
	schema = schema_of(p, &it, property, false);
	node_put(im->a, &args, SV("json_schema"), &schema);
	import_check(&it, "json_schema", &args);
	import_grade(&it, GRADE_APPROXIMATED, NULL, "values are looked at as JSON");
	import_item_end(&it);
}
