/*
 * The pool: every tree exists once, so that equal work is found by comparing pointers.
 *
 * A constructor types its operands (expr_ops.c), brings the call to one canonical form, computes what is constant, and looks the
 * result up in a hash table; only what is new gets an id.
 */
#include "expr/expr.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "expr/expr_eval.h"
#include "expr/expr_ops.h"
#include "expr/form.h"
#include "expr/regex.h"
#include "expr/text_format.h"

enum { FIRST_SLOTS = 256 }; /* a power of two */

struct exprs {
	struct arena *a;
	const struct expr **slot;
	size_t nslot;
	uint32_t n;
	struct regex_list regex;
	struct regex_scratch *scratch;
};

struct exprs *
exprs_new(void)
{
	struct exprs *x = xcalloc(1, sizeof(*x));

	x->a = arena_new();
	x->nslot = FIRST_SLOTS;
	x->slot = xcalloc(x->nslot, sizeof(*x->slot));
	x->scratch = regex_scratch_new();
	return x;
}

void
exprs_free(struct exprs *x)
{
	if (x == NULL)
		return;
	for (size_t i = 0; i < x->regex.n; i++)
		regex_free(x->regex.v[i]);
	regex_scratch_free(x->scratch);
	free(x->slot);
	arena_free(x->a);
	free(x);
}

struct arena *
exprs_arena(struct exprs *x)
{
	return x->a;
}

uint32_t
exprs_count(const struct exprs *x)
{
	return x->n;
}

static uint64_t
mix(uint64_t h, uint64_t v)
{
	return hash64_u64(h * UINT64_C(0x9e3779b97f4a7c15) + v);
}

static uint64_t
type_hash(struct type t)
{
	uint64_t digits = t.precision != 0 ? t.precision : 38;
	uint64_t h = mix((uint64_t)t.kind, t.kind == TYPE_DECIMAL ? digits << 8 | t.scale : 0);

	return t.zone != NULL && t.zone != tz_utc ? mix(h, hash64(sv_of(tz_name(t.zone)))) : h;
}

/* The same from run to run, so that fingerprints may build on it; a metric's is the caller's to make so. */
static uint64_t
expr_hash(const struct expr *e)
{
	uint64_t h = mix(mix((uint64_t)e->kind, (uint64_t)e->op), type_hash(e->type));

	for (uint32_t i = 0; i < e->nargs; i++)
		h = mix(h, e->arg[i]->hash);
	switch (e->kind) {
	case EXPR_LITERAL:
		return mix(mix(h, (uint64_t)e->literal.kind), value_hash(e->literal).lo);
	case EXPR_COLUMN:
		return mix(mix(h, hash64(e->column->name)), e->column->index);
	case EXPR_METRIC:
		return mix(h, (uint64_t)(uintptr_t)e->metric);
	case EXPR_CALL:
		break;
	}
	return e->op == OP_IN_KEYS ? mix(h, hash64(e->keys_id)) : h;
}

/* Stricter than value_eq: 1 and 1.0 are equal, but not the same constant. */
static bool
literal_same(struct value a, struct value b)
{
	if (a.kind != b.kind || !value_eq(a, b))
		return false;
	if (a.kind == VALUE_DECIMAL)
		return a.d.scale == b.d.scale;
	if (a.kind == VALUE_REAL)
		return !signbit(a.r) == !signbit(b.r); /* 0 and -0 */
	if (a.kind != VALUE_LIST && a.kind != VALUE_OBJECT)
		return true;
	for (size_t i = 0, n = a.kind == VALUE_OBJECT ? 2 * (size_t)a.n : a.n; i < n; i++)
		if (!literal_same(a.list[i], b.list[i]))
			return false;
	return true;
}

static bool
expr_same(const struct expr *a, const struct expr *b)
{
	if (a->hash != b->hash || a->kind != b->kind || a->op != b->op || a->nargs != b->nargs ||
	    !type_eq(a->type, b->type))
		return false;
	for (uint32_t i = 0; i < a->nargs; i++)
		if (a->arg[i] != b->arg[i])
			return false;
	switch (a->kind) {
	case EXPR_LITERAL:
		return literal_same(a->literal, b->literal);
	case EXPR_COLUMN:
		return a->column->index == b->column->index && sv_eq(a->column->name, b->column->name);
	case EXPR_METRIC:
		return a->metric == b->metric;
	case EXPR_CALL:
		break;
	}
	return a->op != OP_IN_KEYS || sv_eq(a->keys_id, b->keys_id);
}

static void
grow(struct exprs *x)
{
	size_t n = x->nslot * 2;
	const struct expr **slot = xcalloc(n, sizeof(*slot));

	for (size_t i = 0; i < x->nslot; i++) {
		if (x->slot[i] == NULL)
			continue;

		size_t at = (size_t)x->slot[i]->hash & (n - 1);

		while (slot[at] != NULL)
			at = (at + 1) & (n - 1);
		slot[at] = x->slot[i];
	}
	free(x->slot);
	x->slot = slot;
	x->nslot = n;
}

const struct expr *
expr_intern(struct exprs *x, const struct expr *e)
{
	struct expr key = *e;
	size_t at;

	key.hash = expr_hash(e);
	for (at = (size_t)key.hash & (x->nslot - 1); x->slot[at] != NULL; at = (at + 1) & (x->nslot - 1))
		if (expr_same(x->slot[at], &key))
			return x->slot[at];

	struct expr *made = ARENA_NEW(x->a, struct expr);
	const struct expr **arg = ARENA_ARRAY(x->a, const struct expr *, key.nargs);

	for (uint32_t i = 0; i < key.nargs; i++)
		arg[i] = e->arg[i];
	*made = key;
	made->arg = arg;
	made->id = x->n++;
	made->literal = value_copy(x->a, key.literal);
	if (key.keys_id.n > 0)
		made->keys_id = arena_sv(x->a, key.keys_id);
	x->slot[at] = made;
	if (x->n > x->nslot / 2)
		grow(x);
	return made;
}

const struct expr *
expr_literal_as(struct exprs *x, struct value v, struct type t)
{
	return expr_intern(x, &(struct expr){.kind = EXPR_LITERAL, .type = t, .literal = v});
}

const struct expr *
expr_literal(struct exprs *x, struct value v)
{
	return expr_literal_as(x, v, value_type(v));
}

const struct expr *
expr_column(struct exprs *x, const struct column *c)
{
	return expr_intern(x, &(struct expr){.kind = EXPR_COLUMN, .type = c->type, .column = c});
}

const struct expr *
expr_metric(struct exprs *x, const struct metric *m, struct type t)
{
	return expr_intern(x, &(struct expr){.kind = EXPR_METRIC, .type = t, .metric = m});
}

const struct expr *
expr_in_keys(struct exprs *x, const struct expr *const *tuple, uint32_t n, struct sv keys_id)
{
	for (uint32_t i = 0; i < n; i++)
		if (tuple[i] == NULL)
			return NULL;
	return expr_intern(x, &(struct expr){.kind = EXPR_CALL,
	                                     .op = OP_IN_KEYS,
	                                     .type = {.kind = TYPE_BOOLEAN},
	                                     .arg = tuple,
	                                     .nargs = n,
	                                     .keys_id = keys_id});
}

bool
expr_is_null(const struct expr *e)
{
	return e->kind == EXPR_LITERAL && e->literal.kind == VALUE_NULL;
}

static bool
is_bool(const struct expr *e, bool b)
{
	return e->kind == EXPR_LITERAL && e->literal.kind == VALUE_BOOL && e->literal.b == b;
}

static bool
all_literal(const struct expr *const *arg, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (arg[i]->kind != EXPR_LITERAL)
			return false;
	return true;
}

/* A call whose value does not depend on the row; one that cannot be computed is a mistake of its author. */
static const struct expr *
fold(struct exprs *x, const struct expr *e, struct err *err)
{
	AUTO(arena) a = arena_new();
	struct value v = VALUE_NONE;
	bool error = true;

	if (!expr_eval_row(e, NULL, x->scratch, a, &v, &error) || error) {
		struct buf text;

		buf_init(&text, 100);
		expr_print(e, &text);
		err_set(err, ERR_ARG, NOWHERE, "%s%s cannot be computed", buf_str(&text),
		        text.full ? "…" : "");
		buf_fini(&text);
		return NULL;
	}
	return expr_literal_as(x, v,
	                       v.kind == VALUE_NULL || e->type.kind == TYPE_ANY ? value_type(v) : e->type);
}

/* The operand that the call comes to, whatever the row, or NULL. */
static const struct expr *
simplify(struct exprs *x, const struct expr *e)
{
	const struct expr *a = e->arg[0];

	switch (e->op) {
	case OP_NOT:
		return a->op == OP_NOT && a->arg[0]->type.kind == TYPE_BOOLEAN ? a->arg[0] : NULL;
	case OP_SAME:
		if (!expr_is_null(e->arg[1]))
			return NULL;
		return expr_intern(
			x,
			&(struct expr){
				.kind = EXPR_CALL, .op = OP_IS_NULL, .type = e->type, .arg = &a, .nargs = 1});
	case OP_TEXT:
		return a->type.kind == TYPE_STRING ? a : NULL;
	case OP_DATE:
		return a->type.kind == TYPE_DATE ? a : NULL;
	case OP_FLOOR:
	case OP_CEIL:
		return a->type.kind == TYPE_INTEGER ? a : NULL;
	case OP_COALESCE:
		return e->nargs == 1 ? a : NULL;
	default:
		return NULL;
	}
}

/* Literals stand on the right of comparisons. */
static enum expr_op
swap_sides(enum expr_op op, const struct expr **arg)
{
	static const enum expr_op mirrored[OP_COUNT] = {
		[OP_EQ] = OP_EQ, [OP_NE] = OP_NE, [OP_LT] = OP_GT,     [OP_LE] = OP_GE,
		[OP_GT] = OP_LT, [OP_GE] = OP_LE, [OP_SAME] = OP_SAME,
	};

	if (mirrored[op] == OP_NONE || arg[0]->kind != EXPR_LITERAL || arg[1]->kind == EXPR_LITERAL)
		return op;

	const struct expr *a = arg[0];

	arg[0] = arg[1];
	arg[1] = a;
	return mirrored[op];
}

/* Patterns are compiled once, when the call is new. */
static const struct expr *
intern_pattern(struct exprs *x, const struct expr *e, uint32_t *bad, struct err *err)
{
	uint32_t before = x->n;
	struct sv pattern = e->arg[1]->literal.s;
	char escape = e->nargs > 2 ? *e->arg[2]->literal.s.p : '\0';
	struct regex *r;

	if (e->op == OP_MATCH ? !regex_compile(pattern, &r, err)
	                      : !regex_compile_like(pattern, escape, &r, err)) {
		*bad = 1;
		return NULL;
	}

	const struct expr *made = expr_intern(x, e);

	if (x->n == before) {
		regex_free(r);
		return made;
	}
	((struct expr *)(uintptr_t)made)->regex = r;
	*LIST_ADD(x->a, &x->regex) = r;
	return made;
}

/* The same of forms.  What a form that was met before is made of stays in the arena. */
static const struct expr *
intern_form(struct exprs *x, const struct expr *e, uint32_t *bad, struct err *err)
{
	uint32_t before = x->n;
	struct form_use *use = ARENA_NEW(x->a, struct form_use);
	struct sv argument = e->nargs > 2 ? e->arg[2]->literal.s : (struct sv){0};

	if (!form_compile(x->a, &x->regex, e->arg[1]->literal.s, argument, e->nargs > 2, use, err)) {
		*bad = e->nargs - 1;
		return NULL;
	}

	const struct expr *made = expr_intern(x, e);

	if (x->n > before)
		((struct expr *)(uintptr_t)made)->form = use;
	return made;
}

uint32_t
expr_operands(const struct expr *e)
{
	switch (e->op) {
	case OP_MATCH:
	case OP_LIKE:
	case OP_CONFORMS:
	case OP_IN:
		return 1;
	default:
		return e->nargs;
	}
}

struct leaves {
	const struct expr **v;
	size_t n, cap;
};

/* The operands of a chain of one operator, each once, without the constants that change nothing. */
static void
add_leaves(struct arena *a, struct leaves *l, enum expr_op op, const struct expr *e)
{
	if (e->kind == EXPR_CALL && e->op == op) {
		for (uint32_t i = 0; i < e->nargs; i++)
			add_leaves(a, l, op, e->arg[i]);
		return;
	}
	if (is_bool(e, op == OP_AND))
		return;
	for (size_t i = 0; i < l->n; i++)
		if (l->v[i] == e)
			return;
	*LIST_ADD(a, l) = e;
}

/* Balanced, so that a long chain of conditions does not become a deep tree. */
static const struct expr *
balance(struct exprs *x, enum expr_op op, const struct expr *const *leaf, size_t n)
{
	const struct type boolean = {.kind = TYPE_BOOLEAN};

	if (n == 1)
		return leaf[0];

	const struct expr *arg[] = {balance(x, op, leaf, n / 2), balance(x, op, leaf + n / 2, n - n / 2)};

	return expr_intern(
		x, &(struct expr){.kind = EXPR_CALL, .op = op, .type = boolean, .arg = arg, .nargs = 2});
}

/*
 * AND and OR, however they were grouped: the same conditions in the same order are one tree.  The least of (false, error,
 * null, true) is what AND comes to, the greatest OR, so grouping and repetition mean nothing.
 */
static const struct expr *
make_logic(struct exprs *x, struct arena *scratch, enum expr_op op, const struct expr *const *arg, uint32_t n)
{
	const struct expr *neutral = expr_literal(x, value_bool(op == OP_AND));
	struct leaves l = {0};

	for (uint32_t i = 0; i < n; i++)
		add_leaves(scratch, &l, op, arg[i]);
	for (size_t i = 0; i < l.n; i++)
		if (is_bool(l.v[i], op == OP_OR))
			return l.v[i];
	if (l.n == 0)
		return neutral;
	if (l.n == 1 && (l.v[0]->type.kind == TYPE_BOOLEAN || expr_is_null(l.v[0])))
		return l.v[0];
	/* A value of unknown kind becomes a condition only beside another. */
	if (l.n == 1)
		*LIST_ADD(scratch, &l) = neutral;
	return balance(x, op, l.v, l.n);
}

/* A format that is a pattern is one: NULL if it is none. */
static const struct expr *
as_pattern(struct exprs *x, const struct expr *e, struct err *err)
{
	enum format_compat compat = e->nargs > 2 ? FORMAT_SODA : FORMAT_STRICT;
	const char *pattern = text_format_pattern(text_format_find(e->arg[1]->literal.s, compat), compat);

	return pattern == NULL
	               ? NULL
	               : expr_call2(x, OP_MATCH, e->arg[0], expr_literal(x, value_text(sv_of(pattern))), err);
}

/* Calls whose operands went through the typing rule. */
static const struct expr *
finish(struct exprs *x, struct expr *e, uint32_t *bad, struct err *err)
{
	const struct expr *simple = simplify(x, e);

	if (simple != NULL)
		return simple;
	if (e->op == OP_IS_FORMAT && (simple = as_pattern(x, e, err)) != NULL)
		return simple;
	if (e->op != OP_MATCH && e->op != OP_LIKE && e->op != OP_CONFORMS)
		return all_literal(e->arg, e->nargs) ? fold(x, e, err) : expr_intern(x, e);

	const struct expr *made = e->op == OP_CONFORMS ? intern_form(x, e, bad, err)
	                                               : intern_pattern(x, e, bad, err);

	return made != NULL && made->arg[0]->kind == EXPR_LITERAL ? fold(x, made, err) : made;
}

const struct expr *
expr_make(struct exprs *x, enum expr_op op, const struct expr *const *arg, uint32_t nargs, uint32_t *bad,
          struct err *err)
{
	const struct op_info *info = &expr_ops[op];

	*bad = UINT32_MAX;
	assert(op > OP_NONE && op < OP_COUNT && info->type != NULL);
	for (uint32_t i = 0; i < nargs; i++)
		if (arg[i] == NULL)
			return NULL;
	if (nargs < info->min || nargs > info->max) {
		err_set(err, ERR_ARG, NOWHERE, "%s takes %s%u operands, not %u", info->name,
		        info->min == info->max ? ""
		        : nargs < info->min    ? "at least "
		                               : "at most ",
		        nargs < info->min ? info->min : info->max, nargs);
		return NULL;
	}

	AUTO(arena) scratch = arena_new();
	const struct expr **own = ARENA_ARRAY(scratch, const struct expr *, nargs);
	struct type type;

	for (uint32_t i = 0; i < nargs; i++)
		own[i] = arg[i];
	if (!info->type(x, op, own, nargs, &type, bad, err))
		return NULL;
	if (op == OP_AND || op == OP_OR)
		return make_logic(x, scratch, op, own, nargs);
	op = swap_sides(op, own);
	return finish(x,
	              &(struct expr){.kind = EXPR_CALL, .op = op, .type = type, .arg = own, .nargs = nargs},
	              bad, err);
}

const struct expr *
expr_call(struct exprs *x, enum expr_op op, const struct expr *const *arg, uint32_t nargs, struct err *err)
{
	uint32_t bad;

	return expr_make(x, op, arg, nargs, &bad, err);
}

const struct expr *
expr_call1(struct exprs *x, enum expr_op op, const struct expr *a, struct err *err)
{
	return expr_call(x, op, &a, 1, err);
}

const struct expr *
expr_call2(struct exprs *x, enum expr_op op, const struct expr *a, const struct expr *b, struct err *err)
{
	const struct expr *arg[] = {a, b};

	return expr_call(x, op, arg, 2, err);
}

/* Can any value of type `from` become one of type `to`? */
static bool
castable(struct type from, struct type to)
{
	if (from.kind == TYPE_ANY || from.kind == TYPE_VARIANT || from.kind == TYPE_NULL ||
	    from.kind == TYPE_STRING || from.kind == to.kind)
		return to.kind > TYPE_NULL && to.kind != TYPE_VARIANT;
	return (type_is_numeric(from) && type_is_numeric(to)) ||
	       (type_is_temporal(from) && type_is_temporal(to));
}

const struct expr *
expr_cast(struct exprs *x, struct type t, const struct expr *a, struct err *err)
{
	char from[TYPE_TEXT_MAX], to[TYPE_TEXT_MAX];

	if (a == NULL || type_eq(a->type, t))
		return a;
	if (t.kind == TYPE_STRING)
		return expr_call1(x, OP_TEXT, a, err);
	if (t.kind == TYPE_DATE && type_is_temporal(a->type))
		return expr_call1(x, OP_DATE, a, err); /* cuts the time off, as everywhere in SQL */
	if (!castable(a->type, t)) {
		err_set(err, ERR_ARG, NOWHERE, "%s cannot become %s", type_text(a->type, from),
		        type_text(t, to));
		return NULL;
	}

	struct expr e = {.kind = EXPR_CALL, .op = OP_CAST, .type = t, .arg = &a, .nargs = 1};

	return a->kind == EXPR_LITERAL ? fold(x, &e, err) : expr_intern(x, &e);
}

const struct expr *
expr_outside(struct exprs *x, const struct expr *a, const struct value *low, bool strict_low,
             const struct value *high, bool strict_high, struct err *err)
{
	const struct expr *below = NULL, *above = NULL;

	if (a == NULL)
		return NULL;
	if (low != NULL) {
		below = expr_call2(x, strict_low ? OP_LE : OP_LT, a, expr_literal(x, *low), err);
		if (below == NULL)
			return NULL;
	}
	if (high != NULL) {
		above = expr_call2(x, strict_high ? OP_GE : OP_GT, a, expr_literal(x, *high), err);
		if (above == NULL)
			return NULL;
	}
	if (below != NULL && above != NULL)
		return expr_call2(x, OP_OR, below, above, err);
	if (below == NULL && above == NULL) {
		err_set(err, ERR_ARG, NOWHERE, "a range needs a bound");
		return NULL;
	}
	return below != NULL ? below : above;
}

const struct expr *
expr_in(struct exprs *x, const struct expr *a, const struct value *set, uint32_t n, struct err *err)
{
	return expr_call2(x, OP_IN, a,
	                  expr_literal(x, (struct value){.kind = VALUE_LIST, .n = n, .list = set}), err);
}

void
expr_set_keys(const struct expr *e, const struct keyset *k)
{
	/* Nodes live in the pool's arena, writable; callers hold them as const because nothing else may change. */
	struct expr *node = (struct expr *)(uintptr_t)e;

	assert(e->op == OP_IN_KEYS);
	node->keys = k;
}

bool
expr_contains(const struct expr *tree, const struct expr *part)
{
	if (tree == part)
		return true;
	for (uint32_t i = 0; tree != NULL && i < tree->nargs; i++)
		if (expr_contains(tree->arg[i], part))
			return true;
	return false;
}
