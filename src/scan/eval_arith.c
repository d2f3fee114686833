/* Arithmetic of integers and of doubles; integers that overflow are errors. */
#include <math.h>

#include "scan/eval.h"

/* An operand: a column of one kind, or a constant of it. */
struct operand {
	const struct vector *v;
	int64_t i;
	double r;
};

static bool
operand_i64(struct eval *e, const struct expr *x, struct operand *ret)
{
	struct value c;
	bool error;

	ret->v = eval_arg(e, x);
	if (ret->v != NULL)
		return ret->v->rep == REP_I64 && ret->v->type.kind == TYPE_INTEGER;
	if (!eval_constant(e, x, &c, &error) || error || c.kind != VALUE_INT)
		return false;
	ret->i = c.i;
	return true;
}

static bool
operand_f64(struct eval *e, const struct expr *x, struct operand *ret)
{
	struct value c;
	bool error;

	ret->v = eval_arg(e, x);
	if (ret->v != NULL)
		return ret->v->rep == REP_F64;
	if (!eval_constant(e, x, &c, &error) || error || c.kind != VALUE_REAL)
		return false;
	ret->r = c.r;
	return true;
}

static bool
apply_i64(enum expr_op op, int64_t a, int64_t b, int64_t *ret)
{
	switch (op) {
	case OP_ADD:
		return !__builtin_add_overflow(a, b, ret);
	case OP_SUB:
		return !__builtin_sub_overflow(a, b, ret);
	default:
		return !__builtin_mul_overflow(a, b, ret);
	}
}

static void
loop_i64(struct eval *e, const struct expr *x, struct eval_slot *s, const struct operand *a,
         const struct operand *b)
{
	eval_strict(e, s, REP_I64, x->type, a->v, b->v);
	for (size_t w = 0; w < BITMAP_WORDS(e->b->rows); w++)
		for (uint64_t mask = s->valid[w]; mask != 0; mask &= mask - 1) {
			uint32_t i = (uint32_t)(w * 64) + (uint32_t)__builtin_ctzll(mask);

			if (apply_i64(x->op, a->v != NULL ? a->v->i64[i] : a->i,
			              b->v != NULL ? b->v->i64[i] : b->i, &s->v.i64[i]))
				continue;
			bit_clear(s->valid, i);
			bit_set(eval_errors(e, s), i);
		}
}

static void
loop_f64(struct eval *e, const struct expr *x, struct eval_slot *s, const struct operand *a,
         const struct operand *b)
{
	eval_strict(e, s, REP_F64, x->type, a->v, b->v);
	for (size_t w = 0; w < BITMAP_WORDS(e->b->rows); w++)
		for (uint64_t mask = s->valid[w]; mask != 0; mask &= mask - 1) {
			uint32_t i = (uint32_t)(w * 64) + (uint32_t)__builtin_ctzll(mask);
			double p = a->v != NULL ? a->v->f64[i] : a->r, q = b->v != NULL ? b->v->f64[i] : b->r;
			double r = x->op == OP_ADD ? p + q : x->op == OP_SUB ? p - q : p * q;

			s->v.f64[i] = r;
			if (isnan(r)) /* infinity less infinity: null, as everywhere */
				bit_clear(s->valid, i);
		}
}

bool
eval_arith(struct eval *e, const struct expr *x, struct eval_slot *s)
{
	struct operand a = {0}, b = {0};

	if (x->nargs != 2)
		return false;
	if (x->type.kind == TYPE_INTEGER && operand_i64(e, x->arg[0], &a) && operand_i64(e, x->arg[1], &b) &&
	    (a.v != NULL || b.v != NULL)) {
		loop_i64(e, x, s, &a, &b);
		return true;
	}
	if (x->type.kind == TYPE_NUMBER && operand_f64(e, x->arg[0], &a) && operand_f64(e, x->arg[1], &b) &&
	    (a.v != NULL || b.v != NULL)) {
		loop_f64(e, x, s, &a, &b);
		return true;
	}
	return false;
}
