/*
 * Comparisons of columns with constants and with columns.
 *
 * A constant is first said in the column's own terms: x < 2.5 among integers is x <= 2, and a decimal that no double equals lies
 * between two of them.  So the loops compare one kind only, and know three operators: the other three are their negations.
 */
#include <math.h>

#include "scan/eval.h"

enum base_op { BASE_EQ, BASE_LT, BASE_LE };

struct comparison {
	enum base_op op;
	bool negate;
	bool never;  /* op is false for all values (and true if negated) */
	bool always; /* op is true for all values */
	int64_t i;
	double r;
	struct sv s;
};

static struct comparison
comparison_of(enum expr_op op)
{
	switch (op) {
	case OP_LT:
		return (struct comparison){.op = BASE_LT};
	case OP_LE:
		return (struct comparison){.op = BASE_LE};
	case OP_GT:
		return (struct comparison){.op = BASE_LE, .negate = true};
	case OP_GE:
		return (struct comparison){.op = BASE_LT, .negate = true};
	case OP_NE:
		return (struct comparison){.op = BASE_EQ, .negate = true};
	default:
		return (struct comparison){.op = BASE_EQ};
	}
}

static enum expr_op
mirrored(enum expr_op op)
{
	switch (op) {
	case OP_LT:
		return OP_GT;
	case OP_LE:
		return OP_GE;
	case OP_GT:
		return OP_LT;
	case OP_GE:
		return OP_LE;
	default:
		return op;
	}
}

/* One word of results: bit j is p[j] op what stands on the right. */
#define DEFINE_WORD(name, type, expression)                                           \
	static inline uint64_t name(const type *p, const type *q, type k, uint32_t n) \
	{                                                                             \
		uint64_t word = 0;                                                    \
                                                                                      \
		(void)q, (void)k;                                                     \
		for (uint32_t j = 0; j < n; j++)                                      \
			word |= (uint64_t)(expression) << j;                          \
		return word;                                                          \
	}
DEFINE_WORD(i64_eq_k, int64_t, p[j] == k)
DEFINE_WORD(i64_lt_k, int64_t, p[j] < k)
DEFINE_WORD(i64_le_k, int64_t, p[j] <= k)
DEFINE_WORD(i64_eq_v, int64_t, p[j] == q[j])
DEFINE_WORD(i64_lt_v, int64_t, p[j] < q[j])
DEFINE_WORD(i64_le_v, int64_t, p[j] <= q[j])
DEFINE_WORD(f64_eq_k, double, p[j] == k)
DEFINE_WORD(f64_lt_k, double, p[j] < k)
DEFINE_WORD(f64_le_k, double, p[j] <= k)
DEFINE_WORD(f64_eq_v, double, p[j] == q[j])
DEFINE_WORD(f64_lt_v, double, p[j] < q[j])
DEFINE_WORD(f64_le_v, double, p[j] <= q[j])

typedef uint64_t i64_word(const int64_t *p, const int64_t *q, int64_t k, uint32_t n);
typedef uint64_t f64_word(const double *p, const double *q, double k, uint32_t n);

static i64_word *const i64_words[2][3] = {{i64_eq_k, i64_lt_k, i64_le_k}, {i64_eq_v, i64_lt_v, i64_le_v}};
static f64_word *const f64_words[2][3] = {{f64_eq_k, f64_lt_k, f64_le_k}, {f64_eq_v, f64_lt_v, f64_le_v}};

/* Stores one word of results, where the row has one. */
static void
put(struct eval_slot *s, size_t w, uint64_t word, bool negate)
{
	s->bits[w] = (negate ? ~word : word) & s->valid[w];
}

static uint32_t
rows_of_word(uint32_t rows, size_t w)
{
	return MIN(rows - (uint32_t)w * 64, 64U);
}

static void
loop_i64(struct eval *e, struct eval_slot *s, const struct comparison *c, const struct vector *a,
         const struct vector *b)
{
	i64_word *word = i64_words[b != NULL][c->op];

	for (size_t w = 0; w < BITMAP_WORDS(e->b->rows); w++)
		put(s, w,
		    word(a->i64 + w * 64, b != NULL ? b->i64 + w * 64 : NULL, c->i,
		         rows_of_word(e->b->rows, w)),
		    c->negate);
}

static void
loop_f64(struct eval *e, struct eval_slot *s, const struct comparison *c, const struct vector *a,
         const struct vector *b)
{
	f64_word *word = f64_words[b != NULL][c->op];

	for (size_t w = 0; w < BITMAP_WORDS(e->b->rows); w++)
		put(s, w,
		    word(a->f64 + w * 64, b != NULL ? b->f64 + w * 64 : NULL, c->r,
		         rows_of_word(e->b->rows, w)),
		    c->negate);
}

static bool
text_holds(enum base_op op, struct sv a, struct sv b)
{
	if (op == BASE_EQ)
		return sv_eq(a, b);
	return op == BASE_LT ? sv_cmp(a, b) < 0 : sv_cmp(a, b) <= 0;
}

static void
loop_text(struct eval *e, struct eval_slot *s, const struct comparison *c, const struct vector *a,
          const struct vector *b)
{
	for (size_t w = 0; w < BITMAP_WORDS(e->b->rows); w++) {
		uint64_t word = 0;

		for (uint64_t mask = s->valid[w]; mask != 0; mask &= mask - 1) {
			uint32_t j = (uint32_t)__builtin_ctzll(mask);
			size_t i = w * 64 + j;

			word |= (uint64_t)text_holds(c->op, a->text[i], b != NULL ? b->text[i] : c->s) << j;
		}
		put(s, w, word, c->negate);
	}
}

/* The comparison with k, which no value of the column equals and which lies between `below` and the next one. */
static void
between(struct comparison *c)
{
	if (c->op == BASE_EQ)
		c->never = true;
	c->op = BASE_LE;
}

/* v * 10^scale, rounded down. */
static bool
scale_number(struct value v, uint8_t scale, __int128 *ret, bool *exact)
{
	struct decimal d = {.coeff = v.kind == VALUE_BOOL ? v.b : v.i};

	*exact = true;
	if (v.kind == VALUE_REAL) {
		double floored = floor(v.r);

		if (!isfinite(v.r) || fabs(v.r) > 0x1p100 || (scale > 0 && floored < v.r))
			return false;
		*exact = floored == v.r;
		d.coeff = (__int128)floored;
	} else if (v.kind == VALUE_DECIMAL) {
		d = v.d;
	}
	for (; d.scale < scale; d.scale++)
		if (__builtin_mul_overflow(d.coeff, 10, &d.coeff))
			return false;
	for (; d.scale > scale; d.scale--) {
		__int128 rest = d.coeff % 10;

		d.coeff = d.coeff / 10 - (rest < 0);
		*exact = *exact && rest == 0;
	}
	*ret = d.coeff;
	return true;
}

/* A number beside integers or scaled decimals. */
static bool
number_beside_i64(struct comparison *c, uint8_t scale, struct value v)
{
	__int128 k;
	bool exact;

	if (!scale_number(v, scale, &k, &exact))
		return false;
	if (k > INT64_MAX || k < INT64_MIN) {
		c->never = c->op == BASE_EQ || k < INT64_MIN;
		c->always = !c->never;
		return true;
	}
	c->i = (int64_t)k;
	if (!exact)
		between(c);
	return true;
}

/* A number beside doubles: the nearest of them may be above or below it, and none lies between. */
static bool
number_beside_f64(struct comparison *c, struct value v)
{
	int order;

	c->r = value_to_f64(v);
	if (!value_compare(value_real(c->r), v, NULL, &order))
		return false;
	if (order != 0) {
		between(c);
		c->op = order > 0 ? BASE_LT : BASE_LE;
	}
	return true;
}

/* Says the constant v in the terms of column a. */
static bool
constant_beside(struct comparison *c, const struct vector *a, struct value v)
{
	enum type_kind kind = a->type.kind;

	if (a->rep == REP_TEXT) {
		c->s = v.s;
		return v.kind == (kind == TYPE_BINARY ? VALUE_BINARY : VALUE_TEXT);
	}
	if (a->rep == REP_F64)
		return value_is_numeric(v) && number_beside_f64(c, v);
	if (a->rep != REP_I64 && a->rep != REP_LENGTH)
		return false;
	if (type_is_temporal(a->type) && a->rep == REP_I64) {
		c->i = v.i;
		return v.kind == (kind == TYPE_DATE        ? VALUE_DATE
		                  : kind == TYPE_TIMESTAMP ? VALUE_TIME
		                                           : VALUE_TIMETZ);
	}
	return value_is_numeric(v) && number_beside_i64(c, kind == TYPE_DECIMAL ? a->type.scale : 0, v);
}

/* Same kind, same unit: what stands in the arrays compares as it is. */
static bool
alike(const struct vector *a, const struct vector *b)
{
	if (a->rep != b->rep)
		return false;
	switch (a->rep) {
	case REP_I64:
		return a->type.kind == b->type.kind &&
		       (a->type.kind != TYPE_DECIMAL || a->type.scale == b->type.scale);
	case REP_TEXT:
		return (a->type.kind == TYPE_BINARY) == (b->type.kind == TYPE_BINARY);
	case REP_F64:
	case REP_LENGTH:
		return true;
	default:
		return false;
	}
}

static void
compare_loop(struct eval *e, const struct expr *x, struct eval_slot *s, const struct comparison *c,
             const struct vector *a, const struct vector *b)
{
	eval_strict(e, s, REP_BITS, x->type, a, b);
	if (c->never || c->always) {
		for (size_t w = 0; w < BITMAP_WORDS(e->b->rows); w++)
			put(s, w, c->always ? UINT64_MAX : 0, c->negate);
		return;
	}
	if (a->rep == REP_TEXT)
		loop_text(e, s, c, a, b);
	else if (a->rep == REP_F64)
		loop_f64(e, s, c, a, b);
	else
		loop_i64(e, s, c, a, b);
}

bool
eval_compare(struct eval *e, const struct expr *x, struct eval_slot *s)
{
	const struct vector *a = eval_arg(e, x->arg[0]), *b = eval_arg(e, x->arg[1]);
	struct value v;
	bool error = false;

	if (a != NULL && b != NULL) {
		struct comparison c = comparison_of(x->op);

		if (!alike(a, b))
			return false;
		compare_loop(e, x, s, &c, a, b);
		return true;
	}
	if (a == NULL && b == NULL)
		return false;
	struct comparison c = comparison_of(a != NULL ? x->op : mirrored(x->op));
	eval_constant(e, x->arg[a != NULL ? 1 : 0], &v, &error);
	if (error || v.kind == VALUE_NULL || !constant_beside(&c, a != NULL ? a : b, v))
		return false;
	compare_loop(e, x, s, &c, a != NULL ? a : b, NULL);
	return true;
}
