/*
 * JSON Schema, read: each keyword is a row that says what its argument is.
 *
 * The standard: "JSON Schema Core" and "JSON Schema Validation", draft 2020-12 (json-schema.org), and their versions draft-07 and 2019-09.
 */
#include "base/num.h"
#include "expr/json_schema_parts.h"

enum draft { DRAFT_07, DRAFT_2019, DRAFT_2020 };

/* What an argument is. */
enum arg {
	ARG_ANY,
	ARG_TYPES,
	ARG_LIST,
	ARG_NUMBER,
	ARG_ABOVE_ZERO,
	ARG_COUNT,
	ARG_BOOL,
	ARG_TEXT,
	ARG_PATTERN,
	ARG_TEXTS,
	ARG_TEXTS_MAP, /* names → lists of names */
	ARG_SCHEMA,
	ARG_SCHEMAS,      /* a list that is not empty */
	ARG_ITEMS,        /* a schema; before 2020-12 a list of them too */
	ARG_SCHEMA_MAP,   /* names → schemas */
	ARG_PATTERN_MAP,  /* patterns → schemas */
	ARG_DEPENDENCIES, /* names → schemas or lists of names */
	ARG_REF,
	ARG_ID,
	ARG_REFUSED
};

struct keyword {
	const char *name;
	enum arg arg;
	enum keyword_id id;
	enum draft from, to;
};

#define ALWAYS DRAFT_07, DRAFT_2020
static const struct keyword keywords[] = {
	{"$anchor", ARG_TEXT, K_OTHER, DRAFT_2019, DRAFT_2020},
	{"$comment", ARG_ANY, K_OTHER, ALWAYS},
	{"$defs", ARG_SCHEMA_MAP, K_OTHER, ALWAYS},
	{"$dynamicAnchor", ARG_REFUSED, K_OTHER, ALWAYS},
	{"$dynamicRef", ARG_REFUSED, K_OTHER, ALWAYS},
	{"$id", ARG_ID, K_OTHER, ALWAYS},
	{"$recursiveAnchor", ARG_REFUSED, K_OTHER, ALWAYS},
	{"$recursiveRef", ARG_REFUSED, K_OTHER, ALWAYS},
	{"$ref", ARG_REF, K_REF, ALWAYS},
	{"$schema", ARG_TEXT, K_OTHER, ALWAYS},
	{"$vocabulary", ARG_REFUSED, K_OTHER, ALWAYS},
	{"additionalItems", ARG_SCHEMA, K_MORE_ITEMS, DRAFT_07, DRAFT_2019},
	{"additionalProperties", ARG_SCHEMA, K_MORE_PROPERTIES, ALWAYS},
	{"allOf", ARG_SCHEMAS, K_ALL_OF, ALWAYS},
	{"anyOf", ARG_SCHEMAS, K_ANY_OF, ALWAYS},
	{"const", ARG_ANY, K_CONST, ALWAYS},
	{"contains", ARG_SCHEMA, K_CONTAINS, ALWAYS},
	{"contentEncoding", ARG_ANY, K_OTHER, ALWAYS},
	{"contentMediaType", ARG_ANY, K_OTHER, ALWAYS},
	{"contentSchema", ARG_ANY, K_OTHER, ALWAYS},
	{"default", ARG_ANY, K_OTHER, ALWAYS},
	{"definitions", ARG_SCHEMA_MAP, K_OTHER, ALWAYS},
	{"dependencies", ARG_DEPENDENCIES, K_DEPENDENCIES, ALWAYS},
	{"dependentRequired", ARG_TEXTS_MAP, K_DEPENDENT_REQUIRED, DRAFT_2019, DRAFT_2020},
	{"dependentSchemas", ARG_SCHEMA_MAP, K_DEPENDENT_SCHEMAS, DRAFT_2019, DRAFT_2020},
	{"deprecated", ARG_ANY, K_OTHER, ALWAYS},
	{"description", ARG_ANY, K_OTHER, ALWAYS},
	{"else", ARG_SCHEMA, K_ELSE, ALWAYS},
	{"enum", ARG_LIST, K_ENUM, ALWAYS},
	{"example", ARG_ANY, K_OTHER, ALWAYS},
	{"examples", ARG_ANY, K_OTHER, ALWAYS},
	{"exclusiveMaximum", ARG_NUMBER, K_ABOVE_MAXIMUM, ALWAYS},
	{"exclusiveMinimum", ARG_NUMBER, K_BELOW_MINIMUM, ALWAYS},
	{"format", ARG_ANY, K_OTHER, ALWAYS},
	{"if", ARG_SCHEMA, K_IF, ALWAYS},
	{"items", ARG_ITEMS, K_ITEMS, ALWAYS},
	{"maxContains", ARG_COUNT, K_MAX_CONTAINS, DRAFT_2019, DRAFT_2020},
	{"maxItems", ARG_COUNT, K_MAX_ITEMS, ALWAYS},
	{"maxLength", ARG_COUNT, K_MAX_LENGTH, ALWAYS},
	{"maxProperties", ARG_COUNT, K_MAX_PROPERTIES, ALWAYS},
	{"maximum", ARG_NUMBER, K_MAXIMUM, ALWAYS},
	{"minContains", ARG_COUNT, K_MIN_CONTAINS, DRAFT_2019, DRAFT_2020},
	{"minItems", ARG_COUNT, K_MIN_ITEMS, ALWAYS},
	{"minLength", ARG_COUNT, K_MIN_LENGTH, ALWAYS},
	{"minProperties", ARG_COUNT, K_MIN_PROPERTIES, ALWAYS},
	{"minimum", ARG_NUMBER, K_MINIMUM, ALWAYS},
	{"multipleOf", ARG_ABOVE_ZERO, K_MULTIPLE, ALWAYS},
	{"not", ARG_SCHEMA, K_NOT, ALWAYS},
	{"oneOf", ARG_SCHEMAS, K_ONE_OF, ALWAYS},
	{"pattern", ARG_PATTERN, K_PATTERN, ALWAYS},
	{"patternProperties", ARG_PATTERN_MAP, K_PATTERNS, ALWAYS},
	{"prefixItems", ARG_SCHEMAS, K_PREFIX, DRAFT_2020, DRAFT_2020},
	{"properties", ARG_SCHEMA_MAP, K_PROPERTIES, ALWAYS},
	{"propertyNames", ARG_SCHEMA, K_NAMES, ALWAYS},
	{"readOnly", ARG_ANY, K_OTHER, ALWAYS},
	{"required", ARG_TEXTS, K_REQUIRED, ALWAYS},
	{"then", ARG_SCHEMA, K_THEN, ALWAYS},
	{"title", ARG_ANY, K_OTHER, ALWAYS},
	{"type", ARG_TYPES, K_TYPE, ALWAYS},
	{"unevaluatedItems", ARG_REFUSED, K_OTHER, ALWAYS},
	{"unevaluatedProperties", ARG_REFUSED, K_OTHER, ALWAYS},
	{"uniqueItems", ARG_BOOL, K_UNIQUE, ALWAYS},
	{"writeOnly", ARG_ANY, K_OTHER, ALWAYS},
};

struct compiler {
	struct arena *a;
	struct regex_list *own;
	const struct json_value *root;
	enum draft draft;
	LIST(struct json_schema *)
	done; /* each part of the document once, so that references may go in circles */
	struct err *err;
};

static bool
mistake(struct compiler *c, const struct keyword *k, const char *what)
{
	return err_set(c->err, ERR_ARG, NOWHERE, "the JSON schema's '%s' must be %s", k->name, what);
}

static struct json_schema *compile(struct compiler *c, const struct json_value *node);

struct value
json_number(struct sv text)
{
	struct decimal d;
	int64_t i;
	double r;

	if (num_i64(text, &i))
		return value_int(i);
	if (decimal_parse(text, &d))
		return (struct value){.kind = VALUE_DECIMAL, .d = d};
	return num_f64(text, &r) ? value_real(r) : VALUE_NONE;
}

/* Arguments -------------------------------------------------------------------------------------------------------- */

static bool
are_texts(const struct json_value *v)
{
	for (size_t i = 0; i < v->n; i++)
		if (v->kid[i].kind != JSON_IS_STRING)
			return false;
	return v->kind == JSON_IS_ARRAY;
}

static bool
add_type(const struct json_value *v, unsigned *types)
{
	static const struct {
		const char *name;
		unsigned bit;
	} names[] = {
		{"null", 1 << JSON_IS_NULL},     {"boolean", 1 << JSON_IS_BOOL},
		{"number", 1 << JSON_IS_NUMBER}, {"string", 1 << JSON_IS_STRING},
		{"array", 1 << JSON_IS_ARRAY},   {"object", 1 << JSON_IS_OBJECT},
		{"integer", TYPE_BIT_INTEGER},
	};

	for (size_t i = 0; v->kind == JSON_IS_STRING && i < LEN(names); i++)
		if (sv_is(v->text, names[i].name)) {
			*types |= names[i].bit;
			return true;
		}
	return false;
}

static bool
read_types(struct compiler *c, const struct keyword *k, struct rule *r)
{
	static const char what[] =
		"one of null, boolean, integer, number, string, array, object, or a list of them";

	if (r->arg->kind != JSON_IS_ARRAY)
		return add_type(r->arg, &r->types) || mistake(c, k, what);
	for (size_t i = 0; i < r->arg->n; i++)
		if (!add_type(&r->arg->kid[i], &r->types))
			return mistake(c, k, what);
	return true;
}

static bool
read_number(struct compiler *c, const struct keyword *k, struct rule *r)
{
	static const struct value zero = {.kind = VALUE_INT};
	int order = -1;

	if (r->arg->kind != JSON_IS_NUMBER)
		return mistake(c, k, "a number");
	r->number = json_number(r->arg->text);
	if (k->arg == ARG_NUMBER)
		return true;
	if (!value_compare(r->number, zero, NULL, &order) || order < 0 ||
	    (k->arg == ARG_ABOVE_ZERO && order == 0))
		return mistake(c, k, k->arg == ARG_COUNT ? "a whole number from 0" : "a number above 0");
	if (k->arg == ARG_COUNT && r->number.kind == VALUE_DECIMAL &&
	    !decimal_rescale(r->number.d, 0, &r->number.d))
		return mistake(c, k, "a whole number from 0");
	return true;
}

static bool
read_pattern(struct compiler *c, const struct keyword *k, struct sv text, struct regex **ret)
{
	struct err why = {0};

	if (!regex_compile(text, ret, &why))
		return err_set(c->err, ERR_ARG, NOWHERE, "in the JSON schema's '%s': %s", k->name, why.msg);
	*LIST_ADD(c->a, c->own) = *ret;
	return true;
}

static bool
read_schemas(struct compiler *c, const struct keyword *k, struct rule *r)
{
	bool map = k->arg == ARG_SCHEMA_MAP || k->arg == ARG_PATTERN_MAP || k->arg == ARG_DEPENDENCIES;
	bool list = k->arg == ARG_SCHEMAS || (k->arg == ARG_ITEMS && r->arg->kind == JSON_IS_ARRAY);
	const struct json_value *from = map || list ? r->arg->kid : r->arg;
	size_t n = map || list ? r->arg->n : 1;
	struct json_schema **sub = ARENA_ARRAY(c->a, struct json_schema *, n);

	if (map && r->arg->kind != JSON_IS_OBJECT)
		return mistake(c, k, "an object of schemas");
	if (k->arg == ARG_ITEMS && list && c->draft == DRAFT_2020)
		return mistake(c, k,
		               "one schema (a list of them is prefixItems, or name draft-07 as its $schema)");
	if (k->arg == ARG_SCHEMAS && (r->arg->kind != JSON_IS_ARRAY || n == 0))
		return mistake(c, k, "a list of schemas");
	for (size_t i = 0; i < n; i++) {
		if (k->arg == ARG_DEPENDENCIES && are_texts(&from[i]))
			continue;
		sub[i] = compile(c, &from[i]);
		if (sub[i] == NULL)
			return false;
	}
	if (k->arg == ARG_ITEMS && list)
		r->id = K_PREFIX;
	r->sub = sub;
	r->n = n;
	return true;
}

static bool
read_patterns(struct compiler *c, const struct keyword *k, struct rule *r)
{
	struct regex **regex = ARENA_ARRAY(c->a, struct regex *, r->arg->n + 1);

	for (size_t i = 0; r->arg->kind == JSON_IS_OBJECT && i < r->arg->n; i++)
		if (!read_pattern(c, k, r->arg->kid[i].key, &regex[i]))
			return false;
	r->regex = regex;
	return read_schemas(c, k, r);
}

/* References ------------------------------------------------------------------------------------------------------- */

/* ~1 is a slash, ~0 a tilde, %25 a percent sign. */
static struct sv
pointer_name(struct arena *a, struct sv raw)
{
	char *text = arena_alloc(a, raw.n + 1), *d = text;

	for (size_t i = 0; i < raw.n; i++) {
		unsigned byte = 0;
		char c = raw.p[i];

		for (size_t k = 1; c == '%' && k <= 2; k++) {
			char h = i + k < raw.n ? raw.p[i + k] : '\0';

			byte = h >= '0' && h <= '9' ? byte * 16 + (unsigned)(h - '0')
			       : (h | 32) >= 'a' && (h | 32) <= 'f'
			               ? byte * 16 + (unsigned)((h | 32) - 'a' + 10)
			               : 0x100;
		}
		if (c == '%' && byte < 0x100) {
			c = (char)byte;
			i += 2;
		}
		if (c == '~' && i + 1 < raw.n && (raw.p[i + 1] == '0' || raw.p[i + 1] == '1'))
			c = raw.p[++i] == '1' ? '/' : '~';
		*d++ = c;
	}
	return (struct sv){text, (size_t)(d - text)};
}

static const struct json_value *
step(const struct json_value *v, struct sv name)
{
	uint64_t i;

	if (v->kind == JSON_IS_OBJECT)
		return json_tree_get(v, name);
	return v->kind == JSON_IS_ARRAY && num_u64(name, &i) && i < v->n ? &v->kid[i] : NULL;
}

static const struct json_value *
find_anchor(const struct json_value *v, struct sv name)
{
	const struct json_value *anchor = json_tree_get(v, SV("$anchor")), *found = NULL;

	if (anchor != NULL && anchor->kind == JSON_IS_STRING && sv_eq(anchor->text, name))
		return v;
	for (size_t i = 0; v->kid != NULL && i < v->n && found == NULL; i++)
		found = find_anchor(&v->kid[i], name);
	return found;
}

static bool
read_ref(struct compiler *c, const struct keyword *k, struct rule *r)
{
	const struct json_value *at = c->root, *id = json_tree_get(c->root, SV("$id"));
	struct json_schema **sub = ARENA_ARRAY(c->a, struct json_schema *, 1);
	struct sv text = r->arg->text;

	if (r->arg->kind != JSON_IS_STRING)
		return mistake(c, k, "text");
	/* The document may call itself by its own name. */
	if (id != NULL && id->kind == JSON_IS_STRING && id->text.n > 0 && sv_starts(text, id->text) &&
	    (text.n == id->text.n || text.p[id->text.n] == '#'))
		text = sv_skip(text, id->text.n);
	if (text.n > 0 && text.p[0] != '#') {
		err_set(c->err, ERR_ARG, NOWHERE, "the JSON schema refers to '" SV_FMT "', another document",
		        SV_ARG(text));
		return err_hint(c->err, "put it under $defs, and write #/$defs/NAME");
	}
	text = sv_skip(text, 1);
	if (text.n > 0 && text.p[0] != '/')
		at = find_anchor(c->root, text);
	for (struct sv rest = sv_skip(text, 1); text.n > 0 && text.p[0] == '/' && at != NULL;) {
		at = step(at, pointer_name(c->a, sv_cut(&rest, '/')));
		if (rest.n == 0)
			break;
	}
	if (at == NULL)
		return err_set(c->err, ERR_ARG, NOWHERE,
		               "the JSON schema refers to '" SV_FMT "', which is not there",
		               SV_ARG(r->arg->text));
	sub[0] = compile(c, at);
	r->sub = sub;
	r->n = 1;
	return sub[0] != NULL;
}

/* A name for a part of the document changes what references mean; "#name" alone is harmless. */
static bool
read_id(struct compiler *c, const struct keyword *k, const struct json_value *in, struct rule *r)
{
	if (r->arg->kind != JSON_IS_STRING)
		return mistake(c, k, "text");
	if (in == c->root || (r->arg->text.n > 0 && r->arg->text.p[0] == '#'))
		return true;
	return err_set(c->err, ERR_ARG, NOWHERE,
	               "a JSON schema with an $id for a part of itself is not built");
}

/* Schemas ---------------------------------------------------------------------------------------------------------- */

static bool
read_argument(struct compiler *c, const struct keyword *k, const struct json_value *in, struct rule *r)
{
	struct regex **one;

	switch (k->arg) {
	case ARG_ANY:
		return true;
	case ARG_TYPES:
		return read_types(c, k, r);
	case ARG_LIST:
		return r->arg->kind == JSON_IS_ARRAY || mistake(c, k, "a list");
	case ARG_NUMBER:
	case ARG_ABOVE_ZERO:
	case ARG_COUNT:
		return read_number(c, k, r);
	case ARG_BOOL:
		return r->arg->kind == JSON_IS_BOOL || mistake(c, k, "true or false");
	case ARG_TEXT:
		return r->arg->kind == JSON_IS_STRING || mistake(c, k, "text");
	case ARG_PATTERN:
		if (r->arg->kind != JSON_IS_STRING)
			return mistake(c, k, "a pattern");
		one = ARENA_ARRAY(c->a, struct regex *, 1);
		r->regex = one;
		return read_pattern(c, k, r->arg->text, one);
	case ARG_TEXTS:
		return are_texts(r->arg) || mistake(c, k, "a list of names");
	case ARG_TEXTS_MAP:
		for (size_t i = 0; i < r->arg->n; i++)
			if (!are_texts(&r->arg->kid[i]))
				return mistake(c, k, "an object of lists of names");
		return r->arg->kind == JSON_IS_OBJECT || mistake(c, k, "an object of lists of names");
	case ARG_PATTERN_MAP:
		return read_patterns(c, k, r);
	case ARG_REF:
		return read_ref(c, k, r);
	case ARG_ID:
		return read_id(c, k, in, r);
	case ARG_REFUSED:
		err_set(c->err, ERR_ARG, NOWHERE, "a JSON schema's '%s' is not built", k->name);
		return err_hint(c->err, "say the same with properties, additionalProperties and $ref");
	default:
		return read_schemas(c, k, r);
	}
}

static const struct keyword *
find_keyword(struct compiler *c, struct sv name)
{
	for (size_t i = 0; i < LEN(keywords); i++)
		if (sv_is(name, keywords[i].name) && c->draft >= keywords[i].from &&
		    c->draft <= keywords[i].to)
			return &keywords[i];
	return NULL;
}

static bool
unknown(struct compiler *c, struct sv name)
{
	err_set(c->err, ERR_ARG, NOWHERE, "a JSON schema of this draft has no '" SV_FMT "'", SV_ARG(name));
	for (size_t i = 0; i < LEN(keywords); i++)
		if (sv_is(name, keywords[i].name))
			return err_hint(c->err, "name the draft that it is of: \"$schema\"");
	return err_hint(c->err, "names of your own begin with x-");
}

static bool
compile_members(struct compiler *c, const struct json_value *node, struct json_schema *s)
{
	bool only_ref = c->draft == DRAFT_07 && json_tree_get(node, SV("$ref")) != NULL;

	s->rule = ARENA_ARRAY(c->a, struct rule, node->n);
	for (size_t i = 0; i < node->n; i++) {
		const struct json_value *arg = &node->kid[i];
		const struct keyword *k = find_keyword(c, arg->key);
		struct rule r = {.arg = arg};

		if (sv_starts(arg->key, SV("x-")))
			continue;
		if (k == NULL)
			return unknown(c, arg->key);
		r.id = k->id;
		if (!read_argument(c, k, node, &r))
			return false;
		/* Up to draft-07 nothing counts beside a reference. */
		if (r.id != K_OTHER && (!only_ref || r.id == K_REF))
			s->rule[s->n++] = r;
	}
	return true;
}

static struct json_schema *
compile(struct compiler *c, const struct json_value *node)
{
	struct json_schema *s;

	for (size_t i = 0; i < c->done.n; i++)
		if (c->done.v[i]->node == node)
			return c->done.v[i];
	s = ARENA_NEW(c->a, struct json_schema);
	s->node = node;
	*LIST_ADD(c->a, &c->done) = s;
	if (node->kind == JSON_IS_BOOL) {
		s->never = !node->b;
		return s;
	}
	if (node->kind != JSON_IS_OBJECT) {
		(void)err_set(c->err, ERR_ARG, NOWHERE, "a JSON schema must be an object, true or false");
		return NULL;
	}
	return compile_members(c, node, s) ? s : NULL;
}

static bool
find_draft(struct compiler *c)
{
	static const struct {
		const char *part;
		enum draft draft;
	} drafts[] = {{"draft-06", DRAFT_07},
	              {"draft-07", DRAFT_07},
	              {"2019-09", DRAFT_2019},
	              {"2020-12", DRAFT_2020}};
	const struct json_value *name = json_tree_get(c->root, SV("$schema"));

	c->draft = DRAFT_2020;
	if (name == NULL)
		return true;
	for (size_t i = 0; name->kind == JSON_IS_STRING && i < LEN(drafts); i++)
		if (memmem(name->text.p, name->text.n, drafts[i].part, strlen(drafts[i].part)) != NULL) {
			c->draft = drafts[i].draft;
			return true;
		}
	err_set(c->err, ERR_ARG, NOWHERE, "this draft of JSON Schema is not built");
	return err_hint(c->err, "there are draft-06, draft-07, 2019-09 and 2020-12");
}

bool
json_schema_compile(struct arena *a, struct regex_list *own, struct sv text, const struct json_schema **ret,
                    struct err *err)
{
	struct json_value *root = ARENA_NEW(a, struct json_value);
	struct compiler c = {.a = a, .own = own, .root = root, .err = err};
	const struct json_schema *s;

	if (json_tree_parse(a, text, root, err) != JSON_TREE_OK || !find_draft(&c))
		return false;
	s = compile(&c, root);
	if (s == NULL)
		return false;
	*ret = s;
	return true;
}
