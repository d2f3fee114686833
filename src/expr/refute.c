#include "expr/refute.h"

#include "expr/refute_parts.h"

enum {
	BRANCHES_MAX = 4096, /* ways that are tried, all in all */
	DEPTH_MAX = 40,
	ROUNDS_MAX = 8, /* in which terms learn from each other */
};

/* What is known on one way through all the ORs. */
struct state {
	struct facts facts;
	struct facts open; /* chains of which one operand must come to what the whole may */
};

struct search {
	struct arena *a;
	int branches;
};

static unsigned
swapped(unsigned may)
{
	return (may & ~(unsigned)(MAY_TRUE | MAY_FALSE)) | (may & MAY_TRUE ? (unsigned)MAY_FALSE : 0) |
	       (may & MAY_FALSE ? (unsigned)MAY_TRUE : 0);
}

static unsigned
truth_of(struct value v)
{
	if (v.kind == VALUE_NULL)
		return MAY_NULL;
	if (v.kind == VALUE_BOOL)
		return v.b ? MAY_TRUE : MAY_FALSE;
	return MAY_ANY;
}

/* False: it contradicts what is known already. */
static bool
add_fact(struct search *s, struct state *st, const struct expr *e, unsigned may)
{
	for (size_t i = 0; i < st->facts.n; i++)
		if (st->facts.v[i].e == e)
			return (st->facts.v[i].may &= may) != 0;
	*LIST_ADD(s->a, &st->facts) = (struct fact){e, may};
	return true;
}

/* NOLINTNEXTLINE(misc-no-recursion) */
static bool assume(struct search *s, struct state *st, const struct expr *e, unsigned may);

/*
 * The whole comes to what one of its operands comes to: to what decides, if any does; else to an error, else to null.  So each operand is
 * limited by what the whole is not, and one of them is what the whole is.
 */
static bool
assume_chain(struct search *s, struct state *st, const struct expr *e, unsigned may)
{
	const unsigned decides = e->op == OP_AND ? MAY_FALSE : MAY_TRUE, other = swapped(decides);
	unsigned each = MAY_ANY;

	if (!(may & decides)) {
		each = other;
		if (may & MAY_ERROR)
			each |= MAY_ERROR | MAY_NULL;
		if (may & MAY_NULL)
			each |= MAY_NULL;
	}
	for (uint32_t i = 0; each != MAY_ANY && i < e->nargs; i++)
		if (!assume(s, st, e->arg[i], each))
			return false;
	if (!(may & other))
		*LIST_ADD(s->a, &st->open) = (struct fact){e, may};
	return true;
}

/* Whether a condition is null says what it comes to. */
static unsigned
when_null(unsigned may)
{
	return (may & MAY_FALSE ? MAY_TRUE | MAY_FALSE : 0u) | (may & MAY_TRUE ? (unsigned)MAY_NULL : 0u) |
	       (may & MAY_ERROR);
}

static bool
is_condition(const struct expr *e)
{
	return e->kind == EXPR_CALL && e->type.kind == TYPE_BOOLEAN;
}

static bool
assume(struct search *s, struct state *st, const struct expr *e, unsigned may)
{
	if (may == MAY_ANY)
		return true;
	if (e == NULL)
		return (may & MAY_TRUE) != 0;
	if (e->kind == EXPR_CALL && e->op == OP_IS_NULL && is_condition(e->arg[0]))
		return assume(s, st, e->arg[0], when_null(may));
	if (e->kind == EXPR_LITERAL)
		return (truth_of(e->literal) & may) != 0;
	if (e->kind == EXPR_CALL && e->op == OP_NOT)
		return assume(s, st, e->arg[0], swapped(may));
	if (e->kind == EXPR_CALL && (e->op == OP_AND || e->op == OP_OR))
		return assume_chain(s, st, e, may);
	return add_fact(s, st, e, may);
}

/* Terms ---------------------------------------------------------------------------------------------------- */

struct terms {
	struct term *v;
	size_t n, cap;
};

static struct term *
term_of(struct search *s, struct terms *t, const struct expr *e)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->v[i].e == e)
			return &t->v[i];
	struct term *made = LIST_ADD(s->a, t);
	*made = (struct term){e, IS_VALUE | IS_NULL | IS_ERROR};
	return made;
}

/* The term and those that it is made of, one of another. */
static void
add_terms(struct search *s, struct terms *t, const struct expr *e)
{
	while (true) {
		(void)term_of(s, t, e);
		if (e->kind != EXPR_CALL || !expr_keeps_null(e))
			return;
		e = e->arg[0];
	}
}

/* A row in which the operand is missing or an error says so in the condition, too. */
static void
narrow_strict(struct term *t, unsigned may)
{
	if (!(may & MAY_NULL))
		t->may &= ~(unsigned)IS_NULL;
	if (!(may & MAY_ERROR))
		t->may &= ~(unsigned)IS_ERROR;
	if (!(may & (MAY_TRUE | MAY_FALSE | MAY_ERROR)))
		t->may &= ~(unsigned)IS_VALUE;
}

static void
narrow_is_null(struct term *t, unsigned may)
{
	if (!(may & MAY_TRUE))
		t->may &= ~(unsigned)IS_NULL;
	if (!(may & MAY_FALSE))
		t->may &= ~(unsigned)IS_VALUE;
	if (!(may & MAY_ERROR))
		t->may &= ~(unsigned)IS_ERROR;
}

static bool
compares(enum expr_op op)
{
	return op >= OP_EQ && op <= OP_GE;
}

static void
take_terms(struct search *s, const struct state *st, struct terms *t)
{
	for (size_t i = 0; i < st->facts.n; i++) {
		const struct fact *f = &st->facts.v[i];
		const struct expr *e = f->e, *term = fact_term(f);

		if (term != NULL) {
			add_terms(s, t, term);
			narrow_strict(term_of(s, t, term), f->may);
		} else if (e->kind == EXPR_CALL && e->op == OP_IS_NULL) {
			add_terms(s, t, e->arg[0]);
			narrow_is_null(term_of(s, t, e->arg[0]), f->may);
		} else if (e->kind == EXPR_CALL && compares(e->op)) {
			for (int k = 0; k < 2; k++) {
				add_terms(s, t, e->arg[k]);
				narrow_strict(term_of(s, t, e->arg[k]), f->may | MAY_TRUE);
			}
		}
	}
}

/* Of a value it always makes one. */
static bool
is_total(const struct expr *e)
{
	switch (e->op) {
	case OP_TEXT:
		return true;
	case OP_LENGTH:
	case OP_LOWER:
	case OP_UPPER:
	case OP_TRIM:
		return e->arg[0]->type.kind == TYPE_STRING;
	default:
		return type_is_temporal(e->arg[0]->type);
	}
}

/* What is made of a term is null, or an error, where that is. */
static bool
share(struct search *s, struct terms *t)
{
	bool changed = false;

	for (size_t i = 0; i < t->n; i++) {
		const struct expr *e = t->v[i].e;

		if (e->kind != EXPR_CALL || !expr_keeps_null(e))
			continue;
		struct term *below = term_of(s, t, e->arg[0]), *above = term_of(s, t, e);
		const unsigned before = above->may | below->may << 8, fails = is_total(e) ? 0u : IS_VALUE;

		above->may &= below->may | (below->may & fails ? (unsigned)IS_ERROR : 0u);
		below->may &= above->may | (above->may & IS_ERROR ? fails : 0u);
		changed = changed || before != (above->may | below->may << 8);
	}
	return changed;
}

/* Two terms that are compared: less, equal, greater, or not to be compared at all, which only `=` and `<>` know an answer to. */
enum { LESS = 1, EQUAL = 2, GREATER = 4, APART = 8 };

static bool
is_dynamic(struct type t)
{
	return t.kind == TYPE_ANY || t.kind == TYPE_VARIANT || t.kind == TYPE_NULL;
}

/* What a comparison of two terms may come to, by what these may be. */
static unsigned
left_of(struct search *s, struct terms *t, const struct fact *f)
{
	const struct term *a = term_of(s, t, f->e->arg[0]);
	unsigned is = a->may, may = f->may;

	is |= term_of(s, t, f->e->arg[1])->may;
	if (!(is & IS_NULL))
		may &= ~(unsigned)MAY_NULL;
	if (!(is & IS_ERROR) && !is_dynamic(f->e->arg[0]->type) && !is_dynamic(f->e->arg[1]->type))
		may &= ~(unsigned)MAY_ERROR;
	return may;
}

static unsigned
orders(enum expr_op op, unsigned may)
{
	static const unsigned when_true[OP_COUNT] = {
		[OP_EQ] = EQUAL,   [OP_NE] = LESS | GREATER | APART, [OP_LT] = LESS, [OP_LE] = LESS | EQUAL,
		[OP_GT] = GREATER, [OP_GE] = GREATER | EQUAL,
	};
	const unsigned all = LESS | EQUAL | GREATER | (op == OP_EQ || op == OP_NE ? (unsigned)APART : 0);
	unsigned ret = 0;

	if (may & (MAY_NULL | MAY_ERROR))
		return LESS | EQUAL | GREATER | APART;
	if (may & MAY_TRUE)
		ret |= when_true[op];
	if (may & MAY_FALSE)
		ret |= all & ~when_true[op];
	return ret;
}

static unsigned
mirrored(unsigned o)
{
	return (o & (EQUAL | APART)) | (o & LESS ? (unsigned)GREATER : 0) |
	       (o & GREATER ? (unsigned)LESS : 0);
}

static bool
is_pair(const struct expr *e)
{
	return e->kind == EXPR_CALL && compares(e->op) && e->arg[0]->kind != EXPR_LITERAL &&
	       e->arg[1]->kind != EXPR_LITERAL;
}

static bool
pairs_agree(struct search *s, struct terms *t, const struct facts *f)
{
	for (size_t i = 0; i < f->n; i++) {
		const struct expr *e = f->v[i].e;
		unsigned left;

		if (!is_pair(e))
			continue;
		left = orders(e->op, left_of(s, t, &f->v[i]));
		for (size_t k = 0; k < f->n; k++) {
			const struct expr *other = f->v[k].e;

			if (!is_pair(other))
				continue;
			if (other->arg[0] == e->arg[0] && other->arg[1] == e->arg[1])
				left &= orders(other->op, left_of(s, t, &f->v[k]));
			else if (other->arg[0] == e->arg[1] && other->arg[1] == e->arg[0])
				left &= mirrored(orders(other->op, left_of(s, t, &f->v[k])));
		}
		if (left == 0)
			return false;
	}
	return true;
}

/* May a row be like that?  Only false is certain. */
static bool
is_possible(struct search *s, const struct state *st)
{
	struct terms t = {0};

	take_terms(s, st, &t);
	for (size_t i = 0; i < t.n; i++)
		if ((t.v[i].may & IS_VALUE) && !term_has_value(s->a, &st->facts, t.v[i].e))
			t.v[i].may &= ~(unsigned)IS_VALUE;
	for (int round = 0; round < ROUNDS_MAX && share(s, &t); round++)
		;
	for (size_t i = 0; i < t.n; i++)
		if (t.v[i].may == 0)
			return false;
	return pairs_agree(s, &t, &st->facts);
}

static struct facts
copy(struct search *s, const struct facts *f)
{
	struct facts ret = {0};

	for (size_t i = 0; i < f->n; i++)
		*LIST_ADD(s->a, &ret) = f->v[i];
	return ret;
}

/* Is there no way on?  depth bounds the stack. NOLINTNEXTLINE(misc-no-recursion) */
static bool
refute(struct search *s, struct state *st, int depth)
{
	struct fact next;

	if (!is_possible(s, st))
		return true;
	if (st->open.n == 0 || depth > DEPTH_MAX)
		return false;
	next = st->open.v[--st->open.n];
	for (uint32_t i = 0; i < next.e->nargs; i++) {
		struct state way = {.facts = copy(s, &st->facts), .open = copy(s, &st->open)};

		if (++s->branches > BRANCHES_MAX)
			return false;
		if (assume(s, &way, next.e->arg[i], next.may) && !refute(s, &way, depth + 1))
			return false;
	}
	return true;
}

bool
expr_refuted(const struct assumption *v, size_t n)
{
	AUTO(arena) a = arena_new();
	struct search s = {.a = a};
	struct state st = {0};

	for (size_t i = 0; i < n; i++)
		if (!assume(&s, &st, v[i].e, v[i].may))
			return true;
	return refute(&s, &st, 0);
}
