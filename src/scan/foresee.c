#include "scan/foresee.h"

static struct outlook
anything(int64_t rows)
{
	return (struct outlook){
		.rows = rows, .null = rows, .error = rows, .valid = rows, .yes = rows, .no = rows};
}

static struct outlook
constant(int64_t rows, struct value v, bool error)
{
	struct outlook o = {.rows = rows};

	if (error) {
		o.error = rows;
	} else if (v.kind == VALUE_NULL) {
		o.null = rows;
	} else {
		o.valid = rows;
		o.yes = eval_is_false(v) ? 0 : rows;
		o.no = eval_is_true(v) ? 0 : rows;
		o.has_min = o.has_max = o.min_exact = o.max_exact = true;
		o.min = o.max = v;
	}
	return o;
}

/* Order of two bounds; false if it says nothing of the values between: other kinds, clocks beside instants. */
static bool
order(bool there, struct value a, struct value b, int *ret)
{
	if (!there || (a.kind == VALUE_TIMETZ) != (b.kind == VALUE_TIMETZ))
		return false;
	return value_compare(a, b, NULL, ret);
}

/* Logic --------------------------------------------------------------------------------------------------- */

/* What is no boolean makes no condition, but an error. */
static bool
is_condition(const struct expr *x)
{
	for (uint32_t i = 0; i < x->nargs; i++)
		if (x->arg[i]->type.kind != TYPE_BOOLEAN && x->arg[i]->type.kind != TYPE_NULL)
			return false;
	return true;
}

static void
logic(struct foresight *f, const struct expr *x, struct outlook *ret)
{
	const bool all = x->op == OP_AND;
	int64_t rows = f->v->rows, every = rows, some = 0, null = 0, error = 0;
	bool settled = false;

	/* Of AND: rows where every operand is true, where one is false.  Of OR the other way round. */
	for (uint32_t i = 0; i < x->nargs; i++) {
		struct outlook a;

		foresee(f, x->arg[i], &a);
		every = MIN(every, all ? a.yes : a.no);
		some = MIN(rows, some + (all ? a.no : a.yes));
		null = MIN(rows, null + a.null);
		error = MIN(rows, error + a.error);
		settled |= a.null + a.error + (all ? a.yes : a.no) == 0;
	}
	if (settled) {
		every = null = error = 0;
		some = rows;
	}
	*ret = (struct outlook){.rows = rows, .null = null, .error = error};
	ret->yes = all ? every : some;
	ret->no = all ? some : every;
}

static void
negation(struct foresight *f, const struct expr *x, struct outlook *ret)
{
	struct outlook a;

	foresee(f, x->arg[0], &a);
	*ret = (struct outlook){.rows = a.rows, .null = a.null, .error = a.error, .yes = a.no, .no = a.yes};
}

static void
is_null(struct foresight *f, const struct expr *x, struct outlook *ret)
{
	struct outlook a;

	foresee(f, x->arg[0], &a);
	*ret = (struct outlook){.rows = a.rows, .error = a.error, .yes = a.null, .no = a.valid};
}

/* Comparisons --------------------------------------------------------------------------------------------- */

/* Can a < b, or with `equal` a <= b, be true; can it be false? */
static void
less(const struct outlook *a, const struct outlook *b, bool equal, bool *yes, bool *no)
{
	int d;

	*yes = *no = true;
	if (order(a->has_min && b->has_max, a->min, b->max, &d))
		*yes = d < 0 || (d == 0 && equal);
	if (order(a->has_max && b->has_min, a->max, b->min, &d))
		*no = d > 0 || (d == 0 && !equal);
}

static void
equals(const struct outlook *a, const struct outlook *b, bool *yes, bool *no)
{
	int low, high;

	*yes = *no = true;
	if ((order(a->has_max && b->has_min, a->max, b->min, &low) && low < 0) ||
	    (order(a->has_min && b->has_max, a->min, b->max, &high) && high > 0))
		*yes = false;
	/* All are one value, the same on both sides. */
	if (order(a->has_min && b->has_max, a->min, b->max, &low) &&
	    order(a->has_max && b->has_min, a->max, b->min, &high))
		*no = low != 0 || high != 0;
}

/* Can a column have the value, for all that a filter knows?  Not asked where there is a dictionary, which knows more and is asked anyhow. */
static bool
may_hold(struct foresight *f, const struct expr *x, struct value v)
{
	const struct vector *dict;
	bool ret = true;

	if (!f->pages || f->failed || x->kind != EXPR_COLUMN)
		return true;
	f->failed = !f->v->dictionary(f->v->ctx, x->column->index, &dict, f->err);
	if (f->failed || dict != NULL)
		return true;
	f->failed = !f->v->may_hold(f->v->ctx, x->column->index, v, &ret, f->err);
	if (!ret)
		f->how = MAX(f->how, PASS_FILTER);
	return ret;
}

static void
comparison(struct foresight *f, const struct expr *x, struct outlook *ret)
{
	struct outlook a, b;
	bool yes, no, swap = x->op == OP_GT || x->op == OP_GE, negate = x->op == OP_NE;
	int64_t valid;

	foresee(f, x->arg[swap ? 1 : 0], &a);
	foresee(f, x->arg[swap ? 0 : 1], &b);
	if (x->op == OP_EQ || negate) {
		equals(&a, &b, &yes, &no);
		if (yes && b.valid > 0 && x->arg[1]->kind == EXPR_LITERAL)
			yes = may_hold(f, x->arg[0], b.min);
	} else {
		less(&a, &b, x->op == OP_LE || x->op == OP_GE, &yes, &no);
	}
	valid = MIN(a.valid, b.valid);
	*ret = (struct outlook){.rows = a.rows};
	ret->null = MIN(a.rows, a.null + b.null);
	ret->error = MIN(a.rows, a.error + b.error);
	ret->yes = (negate ? no : yes) ? valid : 0;
	ret->no = (negate ? yes : no) ? valid : 0;
	/* Values without an order between them are errors, which types tell beforehand. */
	if (!type_eq(x->arg[0]->type, x->arg[1]->type) &&
	    (x->arg[0]->type.kind == TYPE_VARIANT || x->arg[1]->type.kind == TYPE_VARIANT ||
	     x->arg[0]->type.kind == TYPE_ANY || x->arg[1]->type.kind == TYPE_ANY))
		ret->error = ret->rows;
}

static void
membership(struct foresight *f, const struct expr *x, struct outlook *ret)
{
	const struct value *set = &x->arg[1]->literal;
	struct outlook a;
	bool yes = false, no = true, several;
	int d;

	foresee(f, x->arg[0], &a);
	/* Only where all are one value it matters whether that is a member. */
	several = !order(a.has_min && a.has_max, a.min, a.max, &d) || d != 0;
	for (uint32_t i = 0; i < set->n && !(yes && several); i++) {
		struct outlook member = constant(a.rows, set->list[i], false);
		bool can, cannot;

		equals(&a, &member, &can, &cannot);
		yes = yes || (can && member.null == 0 && may_hold(f, x->arg[0], set->list[i]));
		no &= cannot || member.null != 0;
	}
	*ret = (struct outlook){.rows = a.rows, .null = a.null, .error = a.error};
	ret->yes = yes ? a.valid : 0;
	ret->no = no ? a.valid : 0;
}

/* Columns ------------------------------------------------------------------------------------------------- */

/*
 * A condition of a column that is coded by a dictionary: what no entry gives, no row does.  There may be entries that no row has, so what some
 * give stays possible.
 */
static void
by_dictionary(struct foresight *f, const struct expr *x, struct outlook *o)
{
	const struct column *c = eval_only_column(f->e, x);
	const struct vector *dict;
	struct entries_truth t;
	struct outlook facts;

	if (c == NULL || x->type.kind != TYPE_BOOLEAN || outlook_is_decided(o) || f->failed)
		return;
	f->v->facts(f->v->ctx, c->index, &facts);
	if (!f->v->dictionary(f->v->ctx, c->index, &dict, f->err)) {
		f->failed = true;
		return;
	}
	if (dict == NULL || dict->rows == 0 || !eval_entries(f->e, x, dict, f->v->dictionaries, &t))
		return;

	int64_t value = facts.valid, null = MIN(facts.rows, facts.null);
	bool null_error = !t.null_yes && !t.null_no && !t.null_null;

	f->how = PASS_DICTIONARY;
	o->yes = MIN(o->yes, MIN(o->rows, (t.yes ? value : 0) + (t.null_yes ? null : 0)));
	o->no = MIN(o->no, MIN(o->rows, (t.no ? value : 0) + (t.null_no ? null : 0)));
	o->null = MIN(o->null, MIN(o->rows, (t.null ? value : 0) + (t.null_null ? null : 0)));
	o->error = MIN(o->error, MIN(o->rows, (t.error ? value : 0) + (null_error ? null : 0)));
}

/* An expression of a column all of whose values are one. */
static bool
of_one_value(struct foresight *f, const struct expr *x, struct outlook *ret)
{
	const struct column *c = eval_only_column(f->e, x);
	struct outlook o;
	struct value v = VALUE_NONE, null = VALUE_NONE;
	bool error = false, null_error = false;
	struct eval_env env = {.scratch = f->e->scratch};
	struct value *columns;
	int d;

	if (c == NULL)
		return false;
	f->v->facts(f->v->ctx, c->index, &o);
	if (o.error != 0 || !outlook_is_exact(&o))
		return false;
	if (o.valid != 0 && (!order(o.has_min && o.has_max, o.min, o.max, &d) || d != 0))
		return false;
	/* Both zeros are equal, but have other texts. */
	if (o.valid != 0 && o.min.kind == VALUE_REAL && o.min.r == 0)
		return false;

	AUTO(arena) a = arena_new();

	env.a = a;
	columns = ARENA_ARRAY(a, struct value, c->index + 1);
	env.column = columns;
	if (o.null != 0 && !expr_eval(&env, x, &null, &null_error))
		return false;
	columns[c->index] = o.min;
	if (o.valid != 0 && !expr_eval(&env, x, &v, &error))
		return false;
	if (v.kind != VALUE_NULL && v.kind != VALUE_BOOL)
		return false; /* its text would not live */

	struct outlook there = constant(o.valid, v, error), absent = constant(o.null, null, null_error);

	*ret = (struct outlook){.rows = o.rows};
	ret->null = there.null + absent.null;
	ret->error = there.error + absent.error;
	ret->valid = there.valid + absent.valid;
	ret->yes = there.yes + absent.yes;
	ret->no = there.no + absent.no;
	return true;
}

static void
call(struct foresight *f, const struct expr *x, struct outlook *ret)
{
	switch (x->op) {
	case OP_AND:
	case OP_OR:
	case OP_NOT:
		if (!is_condition(x))
			*ret = anything(f->v->rows);
		else if (x->op == OP_NOT)
			negation(f, x, ret);
		else
			logic(f, x, ret);
		break;
	case OP_IS_NULL:
		is_null(f, x, ret);
		break;
	case OP_EQ:
	case OP_NE:
	case OP_LT:
	case OP_LE:
	case OP_GT:
	case OP_GE:
		comparison(f, x, ret);
		break;
	case OP_IN:
		membership(f, x, ret);
		break;
	default:
		if (!of_one_value(f, x, ret))
			*ret = anything(f->v->rows);
		break;
	}
	if (f->pages)
		by_dictionary(f, x, ret);
	if (x->type.kind == TYPE_BOOLEAN)
		ret->valid = MIN(ret->rows, ret->yes + ret->no);
}

void
foresee(struct foresight *f, const struct expr *x, struct outlook *ret)
{
	struct value v = VALUE_NONE;
	bool error;

	if (x->kind == EXPR_COLUMN)
		f->v->facts(f->v->ctx, x->column->index, ret);
	else if (eval_constant(f->e, x, &v, &error))
		*ret = constant(f->v->rows, v, error);
	else if (x->kind == EXPR_CALL)
		call(f, x, ret);
	else
		*ret = anything(f->v->rows);
}
