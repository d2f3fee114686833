/* What is left for one term, by what is said of it: its lists first, then its ranges. */
#include <math.h>

#include "base/civil.h"
#include "expr/expr_eval.h"
#include "expr/refute_parts.h"

enum {
	CANDIDATES_MAX = 10000, /* members of a list that are tried */
	WHOLE_MAX = 256,        /* whole numbers between two bounds that are */
};

static bool
is_dynamic(struct type t)
{
	return t.kind == TYPE_ANY || t.kind == TYPE_VARIANT || t.kind == TYPE_NULL;
}

static bool
is_order(enum expr_op op)
{
	return op >= OP_LT && op <= OP_GE;
}

static bool
is_pattern(enum expr_op op)
{
	return op == OP_MATCH || op == OP_LIKE || op == OP_CONFORMS || op == OP_IS_FORMAT;
}

static bool
is_comparison(enum expr_op op)
{
	return op >= OP_EQ && op <= OP_GE;
}

const struct expr *
fact_term(const struct fact *f)
{
	const struct expr *e = f->e;

	if (e->kind == EXPR_COLUMN)
		return e;
	if (e->kind != EXPR_CALL || e->arg[0]->kind == EXPR_LITERAL)
		return NULL;
	if (is_pattern(e->op) || e->op == OP_IN)
		return e->arg[0];
	return is_comparison(e->op) && e->arg[1]->kind == EXPR_LITERAL ? e->arg[0] : NULL;
}

bool
expr_keeps_null(const struct expr *e)
{
	switch (e->kind == EXPR_CALL && e->nargs == 1 ? e->op : OP_NONE) {
	case OP_LENGTH:
	case OP_LOWER:
	case OP_UPPER:
	case OP_TRIM:
	case OP_TEXT:
	case OP_ABS:
	case OP_NEG:
	case OP_FLOOR:
	case OP_CEIL:
	case OP_YEAR:
	case OP_MONTH:
	case OP_DAY:
	case OP_HOUR:
	case OP_MINUTE:
	case OP_SECOND:
	case OP_WEEKDAY:
	case OP_DATE:
		return true;
	default:
		return false;
	}
}

/* Constants ------------------------------------------------------------------------------------------------ */

static bool
is_time_text(struct value v)
{
	struct time_text t;

	return v.kind == VALUE_TEXT && time_text_parse(v.s, &t);
}

/* 2024-01-31: beside a column whose type is not known it may be a text or a day, and is ordered alike as both. */
static bool
is_day_text(struct value v)
{
	struct time_text t;

	return v.kind == VALUE_TEXT && v.s.n == 10 && time_text_parse(v.s, &t) && !t.has_time && !t.has_zone;
}

static bool
is_time(struct value v)
{
	return v.kind == VALUE_DATE || v.kind == VALUE_TIME || v.kind == VALUE_TIMETZ;
}

/* The order of two constants as the term's values would find them; false: not certain. */
static bool
order_of(struct type t, struct value a, struct value b, int *ret)
{
	if (value_is_numeric(a) && value_is_numeric(b))
		return value_compare(a, b, NULL, ret);
	if (a.kind == VALUE_TEXT && b.kind == VALUE_TEXT) {
		if (is_dynamic(t) && (is_time_text(a) || is_time_text(b)) &&
		    !(is_day_text(a) && is_day_text(b)))
			return false;
		return value_compare(a, b, NULL, ret);
	}
	return is_time(a) && a.kind == b.kind && value_compare(a, b, NULL, ret);
}

/* No value can be compared with both. */
static bool
are_apart(struct value a, struct value b)
{
	return (value_is_numeric(a) && (b.kind == VALUE_TEXT || is_time(b))) ||
	       (value_is_numeric(b) && (a.kind == VALUE_TEXT || is_time(a)));
}

bool
expr_matches_all(const struct expr *e)
{
	if (e->kind != EXPR_CALL || e->regex == NULL || (e->op != OP_MATCH && e->op != OP_LIKE))
		return false;

	struct sv p = e->arg[1]->literal.s;
	AUTO(regex_scratch) scratch = regex_scratch_new();

	if (e->op == OP_LIKE) {
		for (size_t i = 0; i < p.n; i++)
			if (p.p[i] != '%')
				return false;
		return p.n > 0;
	}
	/* What looks at its surroundings may be met by the empty text alone. */
	for (size_t i = 0; i < p.n; i++)
		if (p.p[i] == '\\' || p.p[i] == '$' || (p.p[i] == '^' && i > 0) ||
		    (p.p[i] == '(' && i + 1 < p.n && (p.p[i + 1] == '?' || p.p[i + 1] == '*')))
			return false;
	return regex_search(e->regex, scratch, SV("")) == REGEX_YES;
}

/* Candidates ----------------------------------------------------------------------------------------------- */

static unsigned
outcome(struct value v, bool error)
{
	if (error)
		return MAY_ERROR;
	if (v.kind == VALUE_NULL)
		return MAY_NULL;
	if (v.kind == VALUE_BOOL)
		return v.b ? MAY_TRUE : MAY_FALSE;
	return MAY_ANY;
}

/* Is there one text that stands for all values that are equal to the candidate? */
static bool
has_one_text(struct type t, struct value v)
{
	switch (t.kind) {
	case TYPE_STRING:
		return v.kind == VALUE_TEXT;
	case TYPE_INTEGER:
		return v.kind == VALUE_INT;
	case TYPE_BOOLEAN:
		return v.kind == VALUE_BOOL;
	default:
		return is_dynamic(t) && v.kind == VALUE_TEXT && !is_time_text(v);
	}
}

/* In a column whose type is not known, a text that may be a time is certain beside days of the same spelling only. */
static bool
is_certain(struct type t, struct value candidate, struct value constant)
{
	if (!is_dynamic(t))
		return true;
	if (is_time(candidate) || is_time(constant))
		return false;
	if (is_time_text(candidate) && constant.kind == VALUE_TEXT)
		return is_day_text(candidate) && (is_day_text(constant) || !is_time_text(constant));
	return !is_time_text(constant) || candidate.kind != VALUE_TEXT || is_day_text(constant);
}

static bool
is_certain_beside(const struct expr *e, struct type t, struct value candidate)
{
	const struct value lit = e->nargs > 1 ? e->arg[1]->literal : VALUE_NONE;

	if (is_pattern(e->op))
		return has_one_text(t, candidate);
	if (lit.kind != VALUE_LIST)
		return is_certain(t, candidate, lit);
	for (uint32_t i = 0; i < lit.n; i++)
		if (!is_certain(t, candidate, lit.list[i]))
			return false;
	return true;
}

/* The value of what is made of the term where that has this value; false: not certain. */
static bool
value_of(struct arena *a, const struct expr *e, const struct expr *term, struct value v, struct value *ret,
         bool *error)
{
	const struct expr *chain[8];
	size_t n = 0;

	*ret = v;
	*error = false;
	for (; e != term; e = e->arg[0]) {
		if (n == LEN(chain) || !expr_keeps_null(e))
			return false;
		chain[n++] = e;
	}
	if (n > 0 && !has_one_text(term->type, v))
		return false;
	while (n > 0 && !*error) {
		struct value in = *ret;

		if (!expr_eval_op(chain[--n], &in, 1, NULL, a, ret, error))
			return false;
	}
	return true;
}

/* May the fact be as it is said where the term has this value? */
static bool
passes(struct arena *a, const struct fact *f, const struct expr *term, struct value candidate)
{
	const struct expr *of = fact_term(f), *e = f->e;
	struct value arg[3] = {0}, v;
	bool error;

	if (of == NULL || !value_of(a, of, term, candidate, &arg[0], &error))
		return true;
	if (error)
		return (f->may & MAY_ERROR) != 0;
	if (e->kind == EXPR_COLUMN)
		return (outcome(candidate, false) & f->may) != 0;
	if (e->nargs > LEN(arg) || (of == term && !is_certain_beside(e, term->type, candidate)))
		return true;
	for (uint32_t i = 1; i < e->nargs; i++)
		arg[i] = e->arg[i]->literal;
	if (!expr_eval_op(e, arg, e->nargs, NULL, a, &v, &error))
		return true;
	return (outcome(v, error) & f->may) != 0;
}

static bool
any_passes(struct arena *a, const struct facts *f, const struct expr *term, const struct value *v, uint32_t n)
{
	if (n > CANDIDATES_MAX)
		return true;
	for (uint32_t i = 0; i < n; i++) {
		bool all = v[i].kind != VALUE_NULL;

		for (size_t k = 0; k < f->n && all; k++)
			all = passes(a, &f->v[k], term, v[i]);
		if (all)
			return true;
	}
	return false;
}

/* A fact that leaves a list of values: its members. */
static bool
candidates_of(const struct fact *f, const struct value **v, uint32_t *n)
{
	const struct expr *e = f->e;
	const bool equal = (e->op == OP_EQ && !(f->may & MAY_FALSE)) ||
	                   (e->op == OP_NE && !(f->may & MAY_TRUE));

	if (e->kind != EXPR_CALL)
		return false;
	if (e->op == OP_IN && !(f->may & MAY_FALSE)) {
		*v = e->arg[1]->literal.list;
		*n = e->arg[1]->literal.n;
		return true;
	}
	*v = &e->arg[e->nargs > 1 ? 1 : 0]->literal;
	*n = 1;
	return equal;
}

/* Ranges --------------------------------------------------------------------------------------------------- */

struct end {
	struct value v;
	bool lower, strict;
};

/* Whether the values of a term can be compared with a constant is known by its type, or by another comparison that was no error. */
static bool
is_comparable(const struct facts *f, const struct expr *term, const struct fact *of)
{
	int unused;

	if (!(of->may & MAY_ERROR) || !is_dynamic(term->type))
		return true;
	for (size_t i = 0; i < f->n; i++) {
		const struct fact *o = &f->v[i];

		if (o != of && fact_term(o) == term && o->e->kind == EXPR_CALL && is_order(o->e->op) &&
		    !(o->may & MAY_ERROR) &&
		    order_of(term->type, o->e->arg[1]->literal, of->e->arg[1]->literal, &unused))
			return true;
	}
	return false;
}

static struct end
end_of(const struct fact *f)
{
	const bool holds = (f->may & MAY_TRUE) != 0;
	enum expr_op op = f->e->op;

	if (!holds)
		op = op == OP_LT ? OP_GE : op == OP_LE ? OP_GT : op == OP_GT ? OP_LE : OP_LT;
	return (struct end){.v = f->e->arg[1]->literal,
	                    .lower = op == OP_GT || op == OP_GE,
	                    .strict = op == OP_GT || op == OP_LT};
}

struct ends {
	struct end *v;
	size_t n, cap;
};

/* What functions come to, whatever they are given. */
static void
add_own_ends(struct arena *a, const struct expr *term, struct ends *ret)
{
	static const struct {
		enum expr_op op;
		int64_t least, most; /* most < least: open */
	} known[] = {
		{OP_LENGTH, 0, -1}, {OP_MONTH, 1, 12},  {OP_DAY, 1, 31},
		{OP_HOUR, 0, 23},   {OP_MINUTE, 0, 59}, {OP_SECOND, 0, 59},
	};

	for (size_t i = 0; term->kind == EXPR_CALL && i < LEN(known); i++) {
		if (term->op != known[i].op)
			continue;
		*LIST_ADD(a, ret) = (struct end){.v = value_int(known[i].least), .lower = true};
		if (known[i].most >= known[i].least)
			*LIST_ADD(a, ret) = (struct end){.v = value_int(known[i].most)};
	}
}

/* The whole number that is nearest to a bound, inside; false: not certain. */
static bool
whole_end(const struct end *e, int64_t *ret)
{
	double r;

	if (e->v.kind == VALUE_BOOL || e->v.kind == VALUE_INT) {
		const int64_t i = e->v.kind == VALUE_BOOL ? e->v.b : e->v.i;

		if (!e->strict) {
			*ret = i;
			return true;
		}
		return e->lower ? !__builtin_add_overflow(i, 1, ret) : !__builtin_sub_overflow(i, 1, ret);
	}
	if (e->v.kind != VALUE_REAL || !(fabs(e->v.r) <= 9e15))
		return false;
	r = e->lower ? ceil(e->v.r) : floor(e->v.r);
	if (e->strict && r == e->v.r)
		r += e->lower ? 1 : -1;
	*ret = (int64_t)r;
	return true;
}

/* Of whole numbers: none between the ends, or few that can be tried. */
static bool
no_whole_number(struct arena *a, const struct facts *f, const struct expr *term, const struct ends *ends)
{
	int64_t low = INT64_MIN, high = INT64_MAX, x;
	uint64_t between;

	for (size_t i = 0; i < ends->n; i++) {
		if (!whole_end(&ends->v[i], &x))
			continue;
		if (ends->v[i].lower)
			low = MAX(low, x);
		else
			high = MIN(high, x);
	}
	if (low > high)
		return true;
	between = (uint64_t)high - (uint64_t)low;
	if (between >= WHOLE_MAX)
		return false;

	struct value *v = ARENA_ARRAY(a, struct value, between + 1);
	for (uint64_t i = 0; i <= between; i++)
		v[i] = value_int(low + (int64_t)i);
	return !any_passes(a, f, term, v, (uint32_t)between + 1);
}

/* Does nothing lie between two of the ends?  One value that does is asked what else is said of it. */
static bool
ends_exclude(struct arena *a, const struct facts *f, const struct expr *term, const struct ends *ends)
{
	for (size_t i = 0; i < ends->n; i++)
		for (size_t k = 0; k < ends->n; k++) {
			const struct end *low = &ends->v[i], *high = &ends->v[k];
			int order;

			if (i < k && are_apart(low->v, high->v))
				return true;
			if (!low->lower || high->lower || !order_of(term->type, low->v, high->v, &order))
				continue;
			if (order > 0 || (order == 0 && (low->strict || high->strict)))
				return true;
			if (order == 0 && !any_passes(a, f, term, &low->v, 1))
				return true;
		}
	return false;
}

/* A fact that no value meets, whatever else is said; what values make of it can only be true or false, or an error where orders are asked for. */
static bool
excludes_values(const struct fact *f)
{
	const struct expr *e = f->e;

	if (e->kind == EXPR_CALL && is_comparison(e->op) && e->arg[1]->literal.kind == VALUE_NULL)
		return !(f->may & MAY_NULL);
	if (e->kind == EXPR_CALL && is_pattern(e->op) && expr_matches_all(e))
		return !(f->may & MAY_TRUE);
	return false;
}

bool
term_has_value(struct arena *a, const struct facts *f, const struct expr *term)
{
	static const struct value both[] = {{.kind = VALUE_BOOL, .b = false},
	                                    {.kind = VALUE_BOOL, .b = true}};
	struct ends ends = {0};

	if (term->type.kind == TYPE_BOOLEAN && !any_passes(a, f, term, both, LEN(both)))
		return false;
	for (size_t i = 0; i < f->n; i++) {
		const struct fact *x = &f->v[i];
		const struct value *v;
		uint32_t n;

		if (fact_term(x) != term)
			continue;
		if (excludes_values(x) || (candidates_of(x, &v, &n) && !any_passes(a, f, term, v, n)))
			return false;
		if (x->e->kind != EXPR_CALL || !is_order(x->e->op) || !is_comparable(f, term, x))
			continue;
		if (!(x->may & (MAY_TRUE | MAY_FALSE)))
			return false;
		if ((x->may & (MAY_TRUE | MAY_FALSE)) != (MAY_TRUE | MAY_FALSE))
			*LIST_ADD(a, &ends) = end_of(x);
	}
	add_own_ends(a, term, &ends);
	if (ends_exclude(a, f, term, &ends))
		return false;
	return term->type.kind != TYPE_INTEGER || !no_whole_number(a, f, term, &ends);
}
