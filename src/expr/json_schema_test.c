/* Values by the rules of a JSON Schema.  What a keyword does not speak of meets it: a text has no maximum. */
#include <math.h>
#include <stdlib.h>

#include "base/num.h"
#include "expr/json_schema_parts.h"

/* A value and a schema are compared in at most so many steps; a reference may lead back to where it stands, and 5000 values pair by pair take long. */
enum { STEPS_MAX = 1000 * 1000, DEPTH_MAX = 200, UNIQUE_MAX = 2000 };

struct test {
	struct regex_scratch *scratch;
	uint32_t steps, depth;
	bool limit; /* nothing is decided any more */
};

static bool meets(struct test *t, const struct json_schema *s, const struct json_value *v);

static const struct rule *
rule_of(const struct json_schema *s, enum keyword_id id)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->rule[i].id == id)
			return &s->rule[i];
	return NULL;
}

static bool
same_number(struct sv a, struct sv b)
{
	int order;

	return value_compare(json_number(a), json_number(b), NULL, &order) && order == 0;
}

static bool
same(const struct json_value *a, const struct json_value *b)
{
	if (a->kind != b->kind)
		return false;
	switch (a->kind) {
	case JSON_IS_BOOL:
		return a->b == b->b;
	case JSON_IS_NUMBER:
		return same_number(a->text, b->text);
	case JSON_IS_STRING:
		return sv_eq(a->text, b->text);
	case JSON_IS_ARRAY:
	case JSON_IS_OBJECT:
		break;
	default:
		return true;
	}
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++) {
		const struct json_value *other = a->kind == JSON_IS_ARRAY ? &b->kid[i]
		                                                          : json_tree_get(b, a->kid[i].key);

		if (other == NULL || !same(&a->kid[i], other))
			return false;
	}
	return true;
}

static bool
is_whole(struct sv text)
{
	struct value v = json_number(text);

	if (v.kind == VALUE_DECIMAL)
		return decimal_rescale(v.d, 0, &v.d);
	return v.kind == VALUE_INT || (v.kind == VALUE_REAL && isfinite(v.r) && floor(v.r) == v.r);
}

static bool
has_type(unsigned types, const struct json_value *v)
{
	if ((types & TYPE_BIT_INTEGER) != 0 && v->kind == JSON_IS_NUMBER && is_whole(v->text))
		return true;
	return (types >> v->kind & 1) != 0;
}

static bool
as_decimal(struct value v, struct decimal *ret)
{
	if (v.kind == VALUE_DECIMAL)
		*ret = v.d;
	else
		*ret = (struct decimal){.coeff = v.i};
	return v.kind == VALUE_DECIMAL || v.kind == VALUE_INT;
}

/* Exactly, as the digits stand there; beyond 38 of them by doubles. */
static bool
is_multiple(struct value v, struct value of)
{
	struct decimal a, b;

	if (as_decimal(v, &a) && as_decimal(of, &b)) {
		uint8_t scale = MAX(a.scale, b.scale);

		if (decimal_rescale(a, scale, &a) && decimal_rescale(b, scale, &b))
			return a.coeff % b.coeff == 0;
	}
	return fmod(value_to_f64(v), value_to_f64(of)) == 0;
}

static bool
number_rule(const struct rule *r, const struct json_value *v)
{
	struct value n = json_number(v->text);
	int order;

	if (r->id == K_MULTIPLE)
		return is_multiple(n, r->number);
	if (!value_compare(n, r->number, NULL, &order))
		return false;
	return r->id == K_MAXIMUM         ? order <= 0
	       : r->id == K_ABOVE_MAXIMUM ? order < 0
	       : r->id == K_MINIMUM       ? order >= 0
	                                  : order > 0;
}

static bool
matches(struct test *t, const struct regex *regex, struct sv text)
{
	enum regex_result result = regex_search(regex, t->scratch, text);

	t->limit = t->limit || result == REGEX_LIMIT;
	return result == REGEX_YES;
}

/* Is a number of things within a rule's limit? */
static bool
count_rule(const struct rule *r, int64_t n, bool most)
{
	int order;

	return value_compare(value_int(n), r->number, NULL, &order) && (most ? order <= 0 : order >= 0);
}

static bool
text_rule(struct test *t, const struct rule *r, const struct json_value *v)
{
	if (r->id == K_PATTERN)
		return matches(t, r->regex[0], v->text);
	return count_rule(r, sv_chars(v->text), r->id == K_MAX_LENGTH);
}

/* Lists ------------------------------------------------------------------------------------------------------------ */

static bool
all_meet(struct test *t, const struct json_schema *s, const struct json_value *v, size_t from)
{
	for (size_t i = from; i < v->n; i++)
		if (!meets(t, s, &v->kid[i]))
			return false;
	return true;
}

static bool
is_unique(struct test *t, const struct json_value *v)
{
	if (v->n > UNIQUE_MAX)
		t->limit = true;
	for (size_t i = 1; i < v->n && !t->limit; i++)
		for (size_t j = 0; j < i; j++)
			if (same(&v->kid[i], &v->kid[j]))
				return false;
	return true;
}

static bool
contains(struct test *t, const struct json_schema *s, const struct rule *r, const struct json_value *v)
{
	const struct rule *least = rule_of(s, K_MIN_CONTAINS), *most = rule_of(s, K_MAX_CONTAINS);
	int64_t n = 0;

	for (size_t i = 0; i < v->n; i++)
		n += meets(t, r->sub[0], &v->kid[i]);
	return (least != NULL ? count_rule(least, n, false) : n >= 1) &&
	       (most == NULL || count_rule(most, n, true));
}

static bool
array_rule(struct test *t, const struct json_schema *s, const struct rule *r, const struct json_value *v)
{
	const struct rule *prefix = rule_of(s, K_PREFIX);
	size_t first = prefix != NULL ? prefix->n : 0;

	switch (r->id) {
	case K_PREFIX:
		for (size_t i = 0; i < r->n && i < v->n; i++)
			if (!meets(t, r->sub[i], &v->kid[i]))
				return false;
		return true;
	case K_ITEMS:
		return all_meet(t, r->sub[0], v, first);
	case K_MORE_ITEMS:
		/* means something beside a list of schemas only */
		return prefix == NULL || all_meet(t, r->sub[0], v, first);
	case K_UNIQUE:
		return !r->arg->b || is_unique(t, v);
	case K_CONTAINS:
		return contains(t, s, r, v);
	default:
		return count_rule(r, (int64_t)v->n, r->id == K_MAX_ITEMS);
	}
}

/* Objects ---------------------------------------------------------------------------------------------------------- */

static bool
has_all(const struct json_value *names, const struct json_value *v)
{
	for (size_t i = 0; i < names->n; i++)
		if (json_tree_get(v, names->kid[i].text) == NULL)
			return false;
	return true;
}

static bool
is_spoken_of(struct test *t, const struct json_schema *s, struct sv name)
{
	const struct rule *known = rule_of(s, K_PROPERTIES), *patterns = rule_of(s, K_PATTERNS);

	if (known != NULL && json_tree_get(known->arg, name) != NULL)
		return true;
	for (size_t i = 0; patterns != NULL && i < patterns->n; i++)
		if (matches(t, patterns->regex[i], name))
			return true;
	return false;
}

static bool
members_rule(struct test *t, const struct json_schema *s, const struct rule *r, const struct json_value *v)
{
	for (size_t i = 0; i < v->n; i++) {
		const struct json_value *kid = &v->kid[i];
		struct json_value name = {.kind = JSON_IS_STRING, .text = kid->key};

		if (r->id == K_NAMES && !meets(t, r->sub[0], &name))
			return false;
		if (r->id == K_MORE_PROPERTIES && !is_spoken_of(t, s, kid->key) && !meets(t, r->sub[0], kid))
			return false;
		for (size_t k = 0; r->id == K_PATTERNS && k < r->n; k++)
			if (matches(t, r->regex[k], kid->key) && !meets(t, r->sub[k], kid))
				return false;
	}
	return true;
}

static bool
object_rule(struct test *t, const struct json_schema *s, const struct rule *r, const struct json_value *v)
{
	switch (r->id) {
	case K_REQUIRED:
		return has_all(r->arg, v);
	case K_PROPERTIES:
		for (size_t i = 0; i < r->n; i++) {
			const struct json_value *kid = json_tree_get(v, r->arg->kid[i].key);

			if (kid != NULL && !meets(t, r->sub[i], kid))
				return false;
		}
		return true;
	case K_DEPENDENT_REQUIRED:
	case K_DEPENDENT_SCHEMAS:
	case K_DEPENDENCIES:
		for (size_t i = 0; i < r->arg->n; i++) {
			const struct json_value *need = &r->arg->kid[i];

			if (json_tree_get(v, need->key) == NULL)
				continue;
			if (r->sub != NULL && r->sub[i] != NULL ? !meets(t, r->sub[i], v) : !has_all(need, v))
				return false;
		}
		return true;
	case K_MAX_PROPERTIES:
	case K_MIN_PROPERTIES:
		return count_rule(r, (int64_t)v->n, r->id == K_MAX_PROPERTIES);
	default:
		return members_rule(t, s, r, v);
	}
}

/* All values ------------------------------------------------------------------------------------------------------- */

static size_t
how_many_meet(struct test *t, const struct rule *r, const struct json_value *v)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n; i++)
		n += meets(t, r->sub[i], v);
	return n;
}

static bool
any_rule(struct test *t, const struct json_schema *s, const struct rule *r, const struct json_value *v)
{
	const struct rule *branch;

	switch (r->id) {
	case K_TYPE:
		return has_type(r->types, v);
	case K_CONST:
		return same(r->arg, v);
	case K_ENUM:
		for (size_t i = 0; i < r->arg->n; i++)
			if (same(&r->arg->kid[i], v))
				return true;
		return false;
	case K_REF:
		return meets(t, r->sub[0], v);
	case K_ALL_OF:
		return how_many_meet(t, r, v) == r->n;
	case K_ANY_OF:
		return how_many_meet(t, r, v) > 0;
	case K_ONE_OF:
		return how_many_meet(t, r, v) == 1;
	case K_NOT:
		return !meets(t, r->sub[0], v);
	case K_IF:
		branch = rule_of(s, meets(t, r->sub[0], v) ? K_THEN : K_ELSE);
		return branch == NULL || meets(t, branch->sub[0], v);
	default:
		return true; /* then and else count with their if, and so on */
	}
}

static bool
rule_met(struct test *t, const struct json_schema *s, const struct rule *r, const struct json_value *v)
{
	switch (r->id) {
	case K_MULTIPLE:
	case K_MAXIMUM:
	case K_ABOVE_MAXIMUM:
	case K_MINIMUM:
	case K_BELOW_MINIMUM:
		return v->kind != JSON_IS_NUMBER || number_rule(r, v);
	case K_MAX_LENGTH:
	case K_MIN_LENGTH:
	case K_PATTERN:
		return v->kind != JSON_IS_STRING || text_rule(t, r, v);
	case K_ITEMS:
	case K_PREFIX:
	case K_MORE_ITEMS:
	case K_MAX_ITEMS:
	case K_MIN_ITEMS:
	case K_UNIQUE:
	case K_CONTAINS:
		return v->kind != JSON_IS_ARRAY || array_rule(t, s, r, v);
	case K_PROPERTIES:
	case K_PATTERNS:
	case K_MORE_PROPERTIES:
	case K_NAMES:
	case K_REQUIRED:
	case K_MAX_PROPERTIES:
	case K_MIN_PROPERTIES:
	case K_DEPENDENT_REQUIRED:
	case K_DEPENDENT_SCHEMAS:
	case K_DEPENDENCIES:
		return v->kind != JSON_IS_OBJECT || object_rule(t, s, r, v);
	default:
		return any_rule(t, s, r, v);
	}
}

static bool
meets(struct test *t, const struct json_schema *s, const struct json_value *v)
{
	bool met = !s->never;

	if (t->depth == DEPTH_MAX || ++t->steps > STEPS_MAX)
		t->limit = true;
	t->depth++;
	for (size_t i = 0; i < s->n && met && !t->limit; i++)
		met = rule_met(t, s, &s->rule[i], v);
	t->depth--;
	return met;
}

enum json_schema_result
json_schema_test(const struct json_schema *s, const struct json_value *v, struct regex_scratch *scratch)
{
	struct test t = {.scratch = scratch};
	bool met = meets(&t, s, v);

	return t.limit ? SCHEMA_LIMIT : met ? SCHEMA_YES : SCHEMA_NO;
}
