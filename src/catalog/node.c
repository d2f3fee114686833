/* What nodes have in common, wherever they were read from: types by the core schema, access, laying one over another. */
#include "catalog/node.h"

#include <math.h>

#include "base/fs.h"
#include "base/num.h"
#include "catalog/node_parse.h"

enum { FILE_MAX_BYTES = 64 << 20 };

struct node *
node_parse_file(struct arena *a, const char *path, struct diags *d)
{
	struct sv text;
	struct err err = {0};
	const char *file = arena_str(a, sv_of(path));

	if (!fs_read(a, path, FILE_MAX_BYTES, &text, &err)) {
		diag_add_err(d, &err);
		return NULL;
	}
	if (sv_ends(sv_of(path), SV(".json")))
		return node_parse_json(a, file, text, d);
	return node_parse_yaml(a, file, text, d);
}

/* Types -------------------------------------------------------------------------------------------------------- */

static size_t
digits(struct sv s, size_t at)
{
	size_t i = at;

	while (i < s.n && s.p[i] >= '0' && s.p[i] <= '9')
		i++;
	return i - at;
}

/* [-+]?[0-9]+ */
static bool
is_decimal_int(struct sv s)
{
	size_t sign = s.n > 0 && (s.p[0] == '-' || s.p[0] == '+');

	return s.n > sign && digits(s, sign) == s.n - sign;
}

/* [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)? */
static bool
is_float(struct sv s)
{
	size_t i = s.n > 0 && (s.p[0] == '-' || s.p[0] == '+');
	size_t whole = digits(s, i), fraction = 0;

	i += whole;
	if (i < s.n && s.p[i] == '.') {
		fraction = digits(s, ++i);
		i += fraction;
	}
	if (whole + fraction == 0)
		return false;
	if (i < s.n && (s.p[i] == 'e' || s.p[i] == 'E')) {
		i++;
		if (i < s.n && (s.p[i] == '-' || s.p[i] == '+'))
			i++;
		if (digits(s, i) == 0)
			return false;
		i += digits(s, i);
	}
	return i == s.n;
}

/* 0o17 and 0x1F; false if s is neither.  What does not fit 64 bits becomes a real number. */
static bool
based_int(struct sv s, struct node *n)
{
	if (s.n < 3 || s.p[0] != '0' || (s.p[1] != 'o' && s.p[1] != 'x'))
		return false;

	int base = s.p[1] == 'o' ? 8 : 16;
	int64_t value = 0;
	double real = 0;
	bool over = false;

	for (size_t i = 2; i < s.n; i++) {
		char c = s.p[i];
		int digit = c >= '0' && c <= '9'   ? c - '0'
		            : c >= 'a' && c <= 'f' ? c - 'a' + 10
		            : c >= 'A' && c <= 'F' ? c - 'A' + 10
		                                   : 99;

		if (digit >= base)
			return false;
		over = over || __builtin_mul_overflow(value, base, &value) ||
		       __builtin_add_overflow(value, digit, &value);
		real = real * base + digit;
	}
	n->kind = over ? NODE_REAL : NODE_INT;
	if (over)
		n->r = real;
	else
		n->i = value;
	return true;
}

static bool
is_word(struct sv s, const char *lower, const char *title, const char *upper)
{
	return sv_is(s, lower) || sv_is(s, title) || sv_is(s, upper);
}

static bool
special_float(struct sv s, double *ret)
{
	bool sign = s.n > 0 && (s.p[0] == '-' || s.p[0] == '+');
	struct sv rest = sv_skip(s, sign);

	if (is_word(rest, ".inf", ".Inf", ".INF"))
		*ret = sign && s.p[0] == '-' ? -(double)INFINITY : (double)INFINITY;
	else if (!sign && is_word(rest, ".nan", ".NaN", ".NAN"))
		*ret = (double)NAN;
	else
		return false;
	return true;
}

void
node_type_plain(struct node *n)
{
	struct sv s = n->text;
	int64_t i = 0;
	double r = 0;

	n->kind = NODE_TEXT;
	if (s.n == 0 || sv_is(s, "~") || is_word(s, "null", "Null", "NULL")) {
		n->kind = NODE_NULL;
	} else if (is_word(s, "true", "True", "TRUE") || is_word(s, "false", "False", "FALSE")) {
		n->kind = NODE_BOOL;
		n->b = s.p[0] == 't' || s.p[0] == 'T';
	} else if (based_int(s, n)) {
		return;
	} else if (is_decimal_int(s) && num_i64(s, &i)) {
		n->kind = NODE_INT;
		n->i = i;
	} else if ((is_float(s) && num_f64(s, &r)) || special_float(s, &r)) {
		n->kind = NODE_REAL;
		n->r = r;
	}
}

/* Access ------------------------------------------------------------------------------------------------------- */

const char *
node_kind_name(enum node_kind k)
{
	static const char *const name[] = {
		[NODE_NULL] = "null",     [NODE_BOOL] = "true or false", [NODE_INT] = "a whole number",
		[NODE_REAL] = "a number", [NODE_TEXT] = "text",          [NODE_SEQ] = "a list",
		[NODE_MAP] = "a map",
	};

	return name[k];
}

const struct node *
node_find(const struct node *map, struct sv key)
{
	if (map == NULL || map->kind != NODE_MAP)
		return NULL;
	for (size_t i = 0; i < map->n; i++)
		if (sv_eq(map->kid[i].key, key))
			return &map->kid[i];
	return NULL;
}

const struct node *
node_get(const struct node *map, const char *key)
{
	return node_find(map, sv_of(key));
}

bool
node_is_scalar(const struct node *n)
{
	return n->kind != NODE_SEQ && n->kind != NODE_MAP;
}

bool
node_is_off(const struct node *n)
{
	return n->kind == NODE_TEXT && !n->quoted && sv_is(n->text, "off");
}

static bool
wrong_kind(const struct node *n, const char *wanted, struct diags *d)
{
	struct sv what = n->key.n > 0 ? n->key : SV("an item");
	const char *quote = n->key.n > 0 ? "'" : "";

	diag_error(d, n->loc, "%s" SV_FMT "%s must be %s, not %s", quote, SV_ARG(what), quote, wanted,
	           node_kind_name(n->kind));
	return false;
}

bool
node_text(const struct node *n, struct sv *ret, struct diags *d)
{
	if (!node_is_scalar(n) || n->kind == NODE_NULL)
		return wrong_kind(n, "text", d);
	*ret = n->text;
	return true;
}

bool
node_int(const struct node *n, int64_t *ret, struct diags *d)
{
	if (n->kind == NODE_REAL && n->r == floor(n->r) && fabs(n->r) < 0x1p53) {
		*ret = (int64_t)n->r;
		return true;
	}
	if (n->kind != NODE_INT)
		return wrong_kind(n, "a whole number", d);
	*ret = n->i;
	return true;
}

bool
node_real(const struct node *n, double *ret, struct diags *d)
{
	if (n->kind != NODE_INT && n->kind != NODE_REAL)
		return wrong_kind(n, "a number", d);
	*ret = n->kind == NODE_INT ? (double)n->i : n->r;
	return true;
}

bool
node_bool(const struct node *n, bool *ret, struct diags *d)
{
	if (n->kind != NODE_BOOL) {
		(void)wrong_kind(n, "true or false", d);
		if (n->kind == NODE_TEXT && !n->quoted &&
		    (sv_ieq(n->text, SV("yes")) || sv_ieq(n->text, SV("on"))))
			diag_hint(d, "YAML 1.2 reads this word as text: write true");
		else if (n->kind == NODE_TEXT && !n->quoted &&
		         (sv_ieq(n->text, SV("no")) || sv_ieq(n->text, SV("off"))))
			diag_hint(d, "YAML 1.2 reads this word as text: write false");
		return false;
	}
	*ret = n->b;
	return true;
}

static struct value
list_value(struct arena *a, const struct node *n)
{
	bool map = n->kind == NODE_MAP;
	size_t each = map ? 2 : 1;
	struct value *v = ARENA_ARRAY(a, struct value, n->n * each);

	for (size_t i = 0; i < n->n; i++) {
		if (map)
			v[2 * i] = value_text(n->kid[i].key);
		v[each * i + each - 1] = node_value(a, &n->kid[i]);
	}
	return (struct value){.kind = map ? VALUE_OBJECT : VALUE_LIST, .n = (uint32_t)n->n, .list = v};
}

struct value
node_value(struct arena *a, const struct node *n)
{
	struct decimal d;

	switch (n->kind) {
	case NODE_NULL:
		return VALUE_NONE;
	case NODE_BOOL:
		return value_bool(n->b);
	case NODE_INT:
		return value_int(n->i);
	case NODE_REAL:
		/* A whole number beyond 64 bits is still exact. */
		if (is_decimal_int(n->text) && decimal_parse(n->text, &d))
			return (struct value){.kind = VALUE_DECIMAL, .d = d};
		return value_real(n->r);
	case NODE_TEXT:
		return value_text(n->text);
	case NODE_SEQ:
	case NODE_MAP:
		break;
	}
	return list_value(a, n);
}

/* JSON --------------------------------------------------------------------------------------------------------- */

bool
node_is_secret(const struct node *n)
{
	return n->kind == NODE_MAP && n->n == 1 && n->kid[0].kind == NODE_TEXT &&
	       (sv_is(n->kid[0].key, "env") || sv_is(n->kid[0].key, "file"));
}

/* As YAML allows `+1`, `.5` and `1.`, which JSON does not, only what JSON takes too is written digit for digit. */
static bool
is_json_number(struct sv s)
{
	size_t i = s.n > 0 && s.p[0] == '-';
	size_t whole = digits(s, i);
	ptrdiff_t dot = sv_find(s, '.');

	if (!is_float(s) || s.p[0] == '+' || whole == 0 || (whole > 1 && s.p[i] == '0'))
		return false;
	return dot < 0 || digits(s, (size_t)dot + 1) > 0;
}

static void
to_json(const struct node *n, struct json_writer *w, bool reveal)
{
	switch (n->kind) {
	case NODE_NULL:
		json_null(w);
		return;
	case NODE_BOOL:
		json_bool(w, n->b);
		return;
	case NODE_INT:
		json_i64(w, n->i);
		return;
	case NODE_REAL:
		if (is_json_number(n->text))
			json_raw(w, n->text);
		else if (isfinite(n->r))
			json_f64(w, n->r);
		else
			json_sv(w, n->text);
		return;
	case NODE_TEXT:
		json_sv(w, n->text);
		return;
	case NODE_SEQ:
		json_array(w);
		for (size_t i = 0; i < n->n; i++)
			to_json(&n->kid[i], w, reveal);
		json_array_end(w);
		return;
	case NODE_MAP:
		break;
	}
	if (!reveal && node_is_secret(n)) {
		json_str(w, "***");
		return;
	}
	json_object(w);
	for (size_t i = 0; i < n->n; i++) {
		json_key_sv(w, n->kid[i].key);
		to_json(&n->kid[i], w, reveal);
	}
	json_object_end(w);
}

void
node_to_json(const struct node *n, struct json_writer *w)
{
	to_json(n, w, false);
}

void
node_to_json_symbolic(const struct node *n, struct json_writer *w)
{
	to_json(n, w, true);
}

/* Merging.  Nodes are never changed in place, so trees share what they have in common. */

size_t
node_count(const struct node *n)
{
	size_t count = 1;

	for (size_t i = 0; i < n->n && !node_is_scalar(n); i++)
		count += node_count(&n->kid[i]);
	return count;
}

static bool
is_listed(struct sv key, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (sv_is(key, list[i]))
			return true;
	return false;
}

/* Keys for which `off` is a value of its own. */
static bool
knows_off(struct sv key)
{
	static const char *const keys[] = {"freshness", "staleness"};

	return is_listed(key, keys, LEN(keys));
}

struct merge {
	struct arena *a;
	const char *const *appended;
	size_t nappended;
};

static void
append(const struct merge *m, const struct node *base, const struct node *over, struct node *ret)
{
	*ret = *over;
	ret->n = base->n + over->n;
	ret->kid = ARENA_ARRAY(m->a, struct node, ret->n);
	for (size_t i = 0; i < base->n; i++)
		ret->kid[i] = base->kid[i];
	for (size_t i = 0; i < over->n; i++)
		ret->kid[base->n + i] = over->kid[i];
}

static void merge_maps(const struct merge *m, const struct node *base, const struct node *over,
                       struct node *ret);

static void
merge_value(const struct merge *m, const struct node *base, const struct node *over, struct node *ret)
{
	if (base->kind == NODE_MAP && over->kind == NODE_MAP && !node_is_secret(base) &&
	    !node_is_secret(over))
		merge_maps(m, base, over, ret);
	else if (base->kind == NODE_SEQ && over->kind == NODE_SEQ &&
	         is_listed(over->key, m->appended, m->nappended))
		append(m, base, over, ret);
	else
		*ret = *over;
}

/*
 * Does `over` take its key away from the map?  Not if the base is a boolean: there `off` is somebody's spelling of
 * false, and removing the key would silently turn it into the default, which may be true.
 */
static bool
removes(const struct node *base, const struct node *over)
{
	return node_is_off(over) && base->kind != NODE_BOOL && !knows_off(over->key);
}

/*
 * Is `key` of a freshness policy ruled out by what is laid over it?  A policy in one spelling replaces a policy in another;
 * keys that both know, like `blocking`, stay.
 */
static bool
other_spelling(const struct node *over, struct sv key)
{
	static const char *const cron[] = {"cron", "timezone", "within", "grace", "calendar"};
	static const char *const age[] = {"max_age", "warn_after", "error_after"};
	bool is_age = is_listed(key, age, LEN(age));

	if (!sv_is(over->key, "freshness"))
		return false;
	if (node_get(over, "cron") != NULL)
		return is_age;
	if (node_get(over, "error_after") != NULL)
		return is_age || is_listed(key, cron, LEN(cron));
	if (node_get(over, "max_age") != NULL)
		return sv_is(key, "error_after") || is_listed(key, cron, LEN(cron));
	return false;
}

static void
merge_maps(const struct merge *m, const struct node *base, const struct node *over, struct node *ret)
{
	struct map index;
	size_t n = 0;

	map_init(&index, m->a);
	for (size_t i = 0; i < over->n; i++)
		(void)map_set(&index, over->kid[i].key, &over->kid[i]);
	*ret = *over;
	/* What was declared first names the place of the whole; items of `defaults` have no key and so no such place. */
	if (base->key_loc.line > 0) {
		ret->key_loc = base->key_loc;
		ret->loc = base->loc;
	}
	ret->kid = ARENA_ARRAY(m->a, struct node, base->n + over->n);
	for (size_t i = 0; i < base->n; i++) {
		const struct node *o = map_get(&index, base->kid[i].key);

		if (o == NULL && other_spelling(over, base->kid[i].key))
			continue;
		if (o == NULL)
			ret->kid[n++] = base->kid[i];
		else if (!removes(&base->kid[i], o))
			merge_value(m, &base->kid[i], o, &ret->kid[n++]);
		/* What is left in the index afterwards is new. */
		if (o != NULL)
			(void)map_set(&index, base->kid[i].key, NULL);
	}
	for (size_t i = 0; i < over->n; i++)
		if (map_get(&index, over->kid[i].key) != NULL)
			ret->kid[n++] = over->kid[i];
	ret->n = n;
}

struct node *
node_merge(struct arena *a, const struct node *base, const struct node *over, const char *const *appended,
           size_t nappended)
{
	struct merge m = {.a = a, .appended = appended, .nappended = nappended};
	struct node *ret = ARENA_NEW(a, struct node);

	if (base == NULL)
		*ret = *over;
	else
		merge_value(&m, base, over, ret);
	return ret;
}

/* Kids ---------------------------------------------------------------------------------------------------------- */

enum { SEEN_FROM = 8 }; /* so many keys are compared one by one */

struct node_kids
node_kids_begin(struct node_stack *stack)
{
	struct node_kids ret = {.stack = stack, .from = stack->list.n};

	map_init(&ret.seen, stack->a);
	return ret;
}

void
node_kids_push(struct node_kids *kids, const struct node *kid)
{
	*LIST_ADD(kids->stack->a, &kids->stack->list) = *kid;
}

/* The kid of this key that is there already, or NULL. */
static const struct node *
find_kid(struct node_kids *kids, struct sv key)
{
	const size_t n = kids->stack->list.n - kids->from;
	const struct node *kid;

	/* The stack may not have been made yet. */
	if (n == 0)
		return NULL;
	kid = kids->stack->list.v + kids->from;
	if (n < SEEN_FROM) {
		for (size_t i = 0; i < n; i++)
			if (sv_eq(kid[i].key, key))
				return &kid[i];
		return NULL;
	}
	for (size_t i = kids->seen.n; i < n; i++)
		(void)map_put(&kids->seen, kid[i].key);

	/* One for each kid, in the same order. */
	const struct map_entry *e = map_put(&kids->seen, key);

	return kids->seen.n > n ? NULL : &kid[e - kids->seen.e];
}

void
node_kids_add(struct node_kids *kids, const struct node *kid, struct diags *d)
{
	const struct node *first = find_kid(kids, kid->key);

	if (first == NULL) {
		node_kids_push(kids, kid);
		return;
	}
	diag_error(d, kid->key_loc, "'" SV_FMT "' is here twice", SV_ARG(kid->key));
	diag_hint(d, "the first one is on line %u, column %u", first->key_loc.line, first->key_loc.col);
}

void
node_kids_end(struct arena *a, struct node_kids *kids, struct node *ret)
{
	ret->n = kids->stack->list.n - kids->from;
	ret->kid = NULL;
	if (ret->n > 0) {
		ret->kid = ARENA_ARRAY(a, struct node, ret->n);
		memcpy(ret->kid, kids->stack->list.v + kids->from, ret->n * sizeof(*ret->kid));
	}
	kids->stack->list.n = kids->from;
}
