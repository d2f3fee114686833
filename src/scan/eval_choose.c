/* COALESCE and CASE: what was not chosen does not matter, be it an error. */
#include "scan/eval.h"

/* The operand's value at row i. */
static struct value
at(struct eval *e, const struct expr *x, uint32_t i, bool *error)
{
	const struct vector *v = eval_arg(e, x);
	struct value ret = VALUE_NONE;

	if (v == NULL) {
		eval_constant(e, x, &ret, error);
		return ret;
	}
	*error = v->error != NULL && bit_get(v->error, i);
	return *error ? VALUE_NONE : vector_value(v, i);
}

static struct value
coalesce_row(struct eval *e, const struct expr *x, uint32_t i, bool *error)
{
	struct value v = VALUE_NONE;

	*error = false;
	for (uint32_t j = 0; j < x->nargs && v.kind == VALUE_NULL && !*error; j++)
		v = at(e, x->arg[j], i, error);
	return v;
}

static struct value
case_row(struct eval *e, const struct expr *x, uint32_t i, bool *error)
{
	uint32_t j = 0;

	*error = false;
	for (; j + 1 < x->nargs; j += 2) {
		struct value v = at(e, x->arg[j], i, error);

		if (v.kind != VALUE_NULL && !eval_is_true(v) && !eval_is_false(v))
			*error = true;
		if (*error)
			return VALUE_NONE;
		if (eval_is_true(v))
			return at(e, x->arg[j + 1], i, error);
	}
	return j < x->nargs ? at(e, x->arg[j], i, error) : VALUE_NONE;
}

static bool
choose(struct eval *e, const struct expr *x, struct eval_slot *s,
       struct value (*row)(struct eval *e, const struct expr *x, uint32_t i, bool *error))
{
	s->v.error = NULL;
	for (uint32_t i = 0; i < e->b->rows; i++) {
		bool error;

		e->row[i] = row(e, x, i, &error);
		if (error)
			bit_set(eval_errors(e, s), i);
	}
	eval_pack(e, s, x);
	return true;
}

bool
eval_coalesce(struct eval *e, const struct expr *x, struct eval_slot *s)
{
	return choose(e, x, s, coalesce_row);
}

bool
eval_case(struct eval *e, const struct expr *x, struct eval_slot *s)
{
	return choose(e, x, s, case_row);
}
