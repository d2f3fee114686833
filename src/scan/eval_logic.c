/*
 * Logic on whole words.  True and false are bitmaps, error is a third; what is in none of them is null.  Error wins over
 * null, and false AND error is false.
 */
#include "scan/eval.h"

/* Columns without a type may hold booleans as 0 and 1. */
bool
eval_is_true(struct value v)
{
	return (v.kind == VALUE_BOOL && v.b) || (v.kind == VALUE_INT && v.i == 1);
}

bool
eval_is_false(struct value v)
{
	return (v.kind == VALUE_BOOL && !v.b) || (v.kind == VALUE_INT && v.i == 0);
}

static void
truth_of_value(struct value v, bool error, size_t w, uint64_t bit, struct truth *ret)
{
	if (error)
		ret->e[w] |= bit;
	else if (eval_is_true(v))
		ret->t[w] |= bit;
	else if (eval_is_false(v))
		ret->f[w] |= bit;
	else if (v.kind != VALUE_NULL)
		ret->e[w] |= bit;
}

void
eval_truth(const struct eval *e, const struct expr *x, const struct vector *v, struct truth *ret)
{
	size_t words = BITMAP_WORDS(e->b->rows);

	if (v != NULL && v->rep == REP_BITS) {
		for (size_t w = 0; w < words; w++) {
			ret->t[w] = v->bits[w] & v->valid[w];
			ret->f[w] = ~v->bits[w] & v->valid[w];
			ret->e[w] = v->error != NULL ? v->error[w] : 0;
		}
		return;
	}
	memset(ret, 0, sizeof(*ret));
	if (v == NULL) {
		bool error;
		struct value c = VALUE_NONE;

		eval_constant(e, x, &c, &error);
		for (size_t w = 0; w < words; w++)
			truth_of_value(c, error, w, e->all[w], ret);
		return;
	}
	for (uint32_t i = 0; i < e->b->rows; i++)
		truth_of_value(vector_value(v, i), v->error != NULL && bit_get(v->error, i), i / 64,
		               UINT64_C(1) << (i % 64), ret);
}

static void
from_truth(struct eval *e, const struct expr *x, struct eval_slot *s, const struct truth *a)
{
	size_t words = BITMAP_WORDS(e->b->rows);
	uint64_t any = 0;

	eval_out(e, s, REP_BITS, x->type);
	for (size_t w = 0; w < words; w++) {
		/* As in eval_and_or(): the caller set as many. */
		/* NOLINTNEXTLINE(clang-analyzer-core.uninitialized.Assign) */
		s->bits[w] = a->t[w];
		s->valid[w] = a->t[w] | a->f[w];
		any |= a->e[w];
	}
	if (any != 0)
		memcpy(eval_errors(e, s), a->e, words * sizeof(uint64_t));
}

bool
eval_not(struct eval *e, const struct expr *x, struct eval_slot *s)
{
	struct truth a, r;
	size_t words = BITMAP_WORDS(e->b->rows);

	eval_truth(e, x->arg[0], eval_arg(e, x->arg[0]), &a);
	for (size_t w = 0; w < words; w++) {
		r.t[w] = a.f[w];
		r.f[w] = a.t[w];
		r.e[w] = a.e[w];
	}
	from_truth(e, x, s, &r);
	return true;
}

bool
eval_and_or(struct eval *e, const struct expr *x, struct eval_slot *s)
{
	size_t words = BITMAP_WORDS(e->b->rows);
	struct truth r;

	eval_truth(e, x->arg[0], eval_arg(e, x->arg[0]), &r);
	for (uint32_t i = 1; i < x->nargs; i++) {
		struct truth a;

		eval_truth(e, x->arg[i], eval_arg(e, x->arg[i]), &a);
		for (size_t w = 0; w < words; w++) {
			bool all = x->op == OP_AND;
			/* eval_truth() set as many words as this loop takes; clang-tidy does not see it. */
			/* NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult) */
			uint64_t t = all ? r.t[w] & a.t[w] : r.t[w] | a.t[w];
			uint64_t f = all ? r.f[w] | a.f[w] : r.f[w] & a.f[w];

			r.e[w] = (r.e[w] | a.e[w]) & ~(t | f);
			r.t[w] = t;
			r.f[w] = f;
		}
	}
	from_truth(e, x, s, &r);
	return true;
}

bool
eval_is_null(struct eval *e, const struct expr *x, struct eval_slot *s)
{
	const struct vector *v = eval_arg(e, x->arg[0]);

	if (v == NULL)
		return false;
	eval_out(e, s, REP_BITS, x->type);
	for (size_t w = 0; w < BITMAP_WORDS(e->b->rows); w++) {
		uint64_t error = v->error != NULL ? v->error[w] : 0;

		s->valid[w] = e->all[w] & ~error;
		s->bits[w] = s->valid[w] & ~v->valid[w];
	}
	if (v->error != NULL)
		memcpy(eval_errors(e, s), v->error, BITMAP_WORDS(e->b->rows) * sizeof(uint64_t));
	return true;
}
