/* JSON Schema (2020-12) of weir.yaml, from the tables that read it. */
#include "catalog/load.h"

/* Written once and referred to, as they are large or stand in themselves. */
static const struct {
	const struct table *table;
	const char *ref;
} defs[] = {
	{&asset_table, "#/$defs/asset"},
	{&check_table, "#/$defs/check"},
	{&top_table, "#"},
};

static void write_table(struct json_writer *w, const struct table *t);

static const char *
ref_of(const struct table *t)
{
	for (size_t i = 0; i < LEN(defs); i++)
		if (defs[i].table == t)
			return defs[i].ref;
	return NULL;
}

static void
pair(struct json_writer *w, const char *key, const char *value)
{
	json_put_str(w, key, value);
}

static void
write_scalar(struct json_writer *w, const struct field *f)
{
	switch (f->kind) {
	case FIELD_TEXT:
		json_key(w, "type");
		json_array_inline(w);
		json_str(w, "string");
		json_str(w, "number");
		json_str(w, "boolean");
		json_array_end(w);
		break;
	case FIELD_BOOL:
		pair(w, "type", "boolean");
		break;
	case FIELD_INT:
		pair(w, "type", "integer");
		json_put_i64(w, "minimum", f->min);
		break;
	case FIELD_REAL:
		pair(w, "type", "number");
		break;
	case FIELD_DURATION:
		pair(w, "type", "string");
		pair(w, "pattern", "^(0|([0-9]+[wdhms])+)$|\\$\\{");
		break;
	case FIELD_SIZE:
		pair(w, "type", "string");
		pair(w, "pattern", "^[0-9]+ *([KMGT]?i?B)?$|\\$\\{");
		break;
	case FIELD_ENUM:
		json_key(w, "enum");
		json_array_inline(w);
		for (size_t i = 0; f->names[i] != NULL; i++)
			json_str(w, f->names[i]);
		json_array_end(w);
		break;
	case FIELD_ZONE:
		pair(w, "type", "string");
		break;
	case FIELD_NONE:
	case FIELD_ANY:
		break;
	}
}

static void
write_ref(struct json_writer *w, const struct table *t)
{
	if (ref_of(t) != NULL)
		pair(w, "$ref", ref_of(t));
	else
		write_table(w, t);
}

static void write_shape(struct json_writer *w, const struct field *f, bool off);

static void
write_list(struct json_writer *w, const struct field *f)
{
	pair(w, "type", "array");
	json_key(w, "items");
	json_object(w);
	if (f->items != NULL)
		write_shape(w, f->items, false);
	else
		write_scalar(w, f);
	json_object_end(w);
}

static void
write_values(struct json_writer *w, const struct field *f)
{
	pair(w, "type", "object");
	json_key(w, "additionalProperties");
	json_object(w);
	write_shape(w, f->values, false);
	json_object_end(w);
}

/* The k-th thing that a field takes; false past the last. */
static bool
write_alternative(struct json_writer *w, const struct field *f, bool off, int k)
{
	if (f->kind != FIELD_NONE && k-- == 0)
		write_scalar(w, f);
	else if ((f->texts || f->items != NULL) && k-- == 0)
		write_list(w, f);
	else if (f->table != NULL && k-- == 0)
		write_ref(w, f->table);
	else if (f->values != NULL && k-- == 0)
		write_values(w, f);
	else if ((off || f->off) && k-- == 0)
		pair(w, "const", "off");
	else if (f->null_ok && k-- == 0)
		pair(w, "type", "null");
	else
		return false;
	return true;
}

static int
alternatives(const struct field *f, bool off)
{
	return (f->kind != FIELD_NONE) + (f->texts || f->items != NULL) + (f->table != NULL) +
	       (f->values != NULL) + (off || f->off) + f->null_ok;
}

static void
write_shape(struct json_writer *w, const struct field *f, bool off)
{
	int n = alternatives(f, off);

	/* Anything, and anything else, is anything. */
	if (f->kind == FIELD_ANY)
		return;
	if (n == 1) {
		(void)write_alternative(w, f, off, 0);
		return;
	}
	json_key(w, "anyOf");
	json_array(w);
	for (int k = 0; k < n; k++) {
		json_object(w);
		(void)write_alternative(w, f, off, k);
		json_object_end(w);
	}
	json_array_end(w);
}

static void
write_property(struct json_writer *w, const struct field *f, bool off)
{
	json_key(w, f->key);
	json_object(w);
	if (f->doc[0] != '\0')
		pair(w, "description", f->doc);
	write_shape(w, f, off);
	json_object_end(w);
}

/* In definitions of assets `off` takes away what defaults said, where it is no value itself. */
static void
write_properties(struct json_writer *w, const struct table *t)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct field *f = &t->field[i];

		write_property(w, f, t == &asset_table && f->kind != FIELD_BOOL && f->kind != FIELD_TEXT);
	}
}

static void
write_required(struct json_writer *w, const struct table *t)
{
	size_t n = 0;

	for (size_t i = 0; i < t->n; i++) {
		if (!t->field[i].required)
			continue;
		if (n++ == 0) {
			json_key(w, "required");
			json_array_inline(w);
		}
		json_str(w, t->field[i].key);
	}
	if (n > 0)
		json_array_end(w);
}

static void
write_table(struct json_writer *w, const struct table *t)
{
	static const struct field vars = {
		.key = "for",
		.doc = "Makes this definition one for many: values for each name in braces.",
		.kind = FIELD_NONE,
		.values = &for_item};
	/* Beside it in `defaults:`; an asset may not say it, but one definition is enough for editors. */
	static const struct field match = {.key = "match",
	                                   .doc = "Only in `defaults:`: globs of keys.",
	                                   .kind = FIELD_TEXT,
	                                   .texts = true};

	pair(w, "type", "object");
	json_key(w, "properties");
	json_object(w);
	if (t == &asset_table) {
		write_property(w, &vars, false);
		write_property(w, &match, false);
	}
	write_properties(w, t);
	json_object_end(w);
	if (!t->open)
		json_put_bool(w, "additionalProperties", false);
	write_required(w, t);
}

/* A bare word or a map with the common keys; what else a check may say is the registry's to tell. */
static void
write_check(struct json_writer *w, void (*expectation)(struct json_writer *w))
{
	json_key(w, "check");
	json_object(w);
	pair(w, "$ref", "#/$defs/expectation");
	json_key(w, "anyOf");
	json_array(w);
	json_object_inline(w);
	pair(w, "type", "string");
	json_object_end(w);
	json_object_inline(w);
	pair(w, "$ref", "#/$defs/check_keys");
	json_object_end(w);
	json_array_end(w);
	json_object_end(w);
	json_key(w, "check_keys");
	json_object(w);
	write_table(w, &check_table);
	json_object_end(w);
	json_key(w, "expectation");
	expectation(w);
}

void
catalog_schema(void (*expectation)(struct json_writer *w), struct buf *b)
{
	struct json_writer w;

	json_write_init(&w, b, 2);
	json_object(&w);
	pair(&w, "$schema", "https://json-schema.org/draft/2020-12/schema");
	pair(&w, "title", "weir.yaml");
	write_table(&w, &top_table);
	json_key(&w, "$defs");
	json_object(&w);
	json_key(&w, "asset");
	json_object(&w);
	write_table(&w, &asset_table);
	json_object_end(&w);
	write_check(&w, expectation);
	json_object_end(&w);
	json_object_end(&w);
	buf_putc(b, '\n');
}
