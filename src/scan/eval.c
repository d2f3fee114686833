/* The evaluator's core: slots, constants, columns, and the way that every operator has. */
#include "scan/eval.h"

#include <assert.h>
#include <stdlib.h>

struct eval *
eval_new(void)
{
	struct eval *e = xcalloc(1, sizeof(*e));

	e->keep = arena_new();
	e->a = arena_new();
	e->scratch = regex_scratch_new();
	e->row = ARENA_ARRAY(e->keep, struct value, VECTOR_ROWS);
	return e;
}

void
eval_free(struct eval *e)
{
	if (e == NULL)
		return;
	for (uint32_t i = 0; i < e->nslot; i++)
		if (e->slot[i] != NULL)
			eval_table_free(e->slot[i]->table);
	eval_free(e->entries);
	regex_scratch_free(e->scratch);
	arena_free(e->a);
	arena_free(e->keep);
	free(e->slot);
	free(e);
}

void
eval_set_values(struct eval *e, const struct metric_value *values)
{
	e->values = values;
}

void
eval_batch(struct eval *e, const struct batch *b)
{
	assert(b->rows <= VECTOR_ROWS);
	e->b = b;
	e->batch++;
	memset(e->all, 0, sizeof(e->all));
	bits_fill(e->all, b->rows);
	arena_reset(e->a);
}

struct eval_slot *
eval_slot_of(struct eval *e, const struct expr *x)
{
	if (x->id >= e->nslot) {
		uint32_t n = MAX(x->id + 1, e->nslot * 2);

		e->slot = xrealloc(e->slot, n * sizeof(*e->slot));
		memset(e->slot + e->nslot, 0, (n - e->nslot) * sizeof(*e->slot));
		e->nslot = n;
	}
	struct eval_slot *s = e->slot[x->id];
	if (s == NULL)
		s = e->slot[x->id] = ARENA_NEW(e->keep, struct eval_slot);
	if (s->e != x) {
		/* Also an expression of another pool: the buffers serve again, what was computed does not. */
		s->e = x;
		s->batch = 0;
		s->constant = false;
		s->set = NULL;
		s->only_known = false;
		eval_table_free(s->table);
		s->table = NULL;
	}
	return s;
}

void
eval_out(struct eval *e, struct eval_slot *s, enum rep rep, struct type t)
{
	size_t size = rep_size(rep) * VECTOR_ROWS;

	if (s->valid == NULL)
		s->valid = ARENA_ARRAY(e->keep, uint64_t, EVAL_WORDS);
	if (rep == REP_BITS && s->bits == NULL)
		s->bits = ARENA_ARRAY(e->keep, uint64_t, EVAL_WORDS);
	if (s->data_size < size) {
		s->data = arena_alloc(e->keep, size);
		s->data_size = size;
	}
	memset(s->valid, 0, EVAL_WORDS * sizeof(*s->valid));
	s->v = (struct vector){.rep = rep, .type = t, .rows = e->b->rows, .valid = s->valid};
	if (rep == REP_BITS)
		s->v.bits = s->bits;
	else
		s->v.i64 = s->data;
}

uint64_t *
eval_errors(struct eval *e, struct eval_slot *s)
{
	if (s->v.error != NULL)
		return s->v.error;
	if (s->error == NULL)
		s->error = ARENA_ARRAY(e->keep, uint64_t, EVAL_WORDS);
	memset(s->error, 0, EVAL_WORDS * sizeof(*s->error));
	s->v.error = s->error;
	return s->error;
}

void
eval_strict(struct eval *e, struct eval_slot *s, enum rep rep, struct type t, const struct vector *a,
            const struct vector *b)
{
	size_t words = BITMAP_WORDS(e->b->rows);
	uint64_t *error;

	eval_out(e, s, rep, t);
	for (size_t w = 0; w < words; w++)
		s->valid[w] = (a != NULL ? a->valid[w] : e->all[w]) & (b != NULL ? b->valid[w] : e->all[w]);
	if ((a == NULL || a->error == NULL) && (b == NULL || b->error == NULL))
		return;
	error = eval_errors(e, s);
	for (size_t w = 0; w < words; w++)
		error[w] = (a != NULL && a->error != NULL ? a->error[w] : 0) |
		           (b != NULL && b->error != NULL ? b->error[w] : 0);
}

bool
eval_constant(const struct eval *e, const struct expr *x, struct value *ret, bool *error)
{
	*error = false;
	if (x->kind == EXPR_LITERAL) {
		*ret = x->literal;
		return true;
	}
	if (x->kind != EXPR_METRIC)
		return false;
	*ret = VALUE_NONE;
	*error = e->values == NULL || e->values[x->metric->id].failed;
	if (!*error)
		*ret = e->values[x->metric->id].v;
	return true;
}

const struct vector *
eval_arg(struct eval *e, const struct expr *x)
{
	if (x->kind == EXPR_COLUMN)
		return eval_plain(e, x, e->b->column[x->column->index]);
	if (x->kind != EXPR_CALL)
		return NULL;
	return &e->slot[x->id]->v;
}

/* The representation of packed values of a type, and the only kind that it holds; VALUE_NULL: any. */
static enum rep
packed_rep(struct type t, enum value_kind *kind)
{
	switch (t.kind) {
	case TYPE_BOOLEAN:
		*kind = VALUE_BOOL;
		return REP_BITS;
	case TYPE_INTEGER:
		*kind = VALUE_INT;
		return REP_I64;
	case TYPE_DATE:
		*kind = VALUE_DATE;
		return REP_I64;
	case TYPE_TIMESTAMP:
		*kind = VALUE_TIME;
		return REP_I64;
	case TYPE_TIMESTAMPTZ:
		*kind = VALUE_TIMETZ;
		return REP_I64;
	case TYPE_NUMBER:
		*kind = VALUE_REAL;
		return REP_F64;
	case TYPE_STRING:
		*kind = VALUE_TEXT;
		return REP_TEXT;
	case TYPE_BINARY:
		*kind = VALUE_BINARY;
		return REP_TEXT;
	default:
		*kind = VALUE_NULL;
		return REP_VALUE;
	}
}

void
eval_pack(struct eval *e, struct eval_slot *s, const struct expr *x)
{
	uint32_t rows = e->b->rows;
	enum value_kind kind;
	enum rep rep = packed_rep(x->type, &kind);
	struct type t = x->type;

	for (uint32_t i = 0; i < rows; i++)
		if (e->row[i].kind != VALUE_NULL && e->row[i].kind != kind) {
			rep = REP_VALUE;
			break;
		}
	/* A decimal among numbers, say: the type promised what the data did not keep. */
	if (rep == REP_VALUE && kind != VALUE_NULL)
		t = (struct type){.kind = TYPE_VARIANT};
	uint64_t *error = s->v.error;
	eval_out(e, s, rep, t);
	s->v.error = error;
	if (rep == REP_BITS)
		memset(s->bits, 0, EVAL_WORDS * sizeof(*s->bits));
	for (uint32_t i = 0; i < rows; i++) {
		struct value v = e->row[i];

		if (rep == REP_VALUE)
			s->v.value[i] = v;
		if (v.kind == VALUE_NULL)
			continue;
		bit_set(s->valid, i);
		if (rep == REP_BITS && v.b)
			bit_set(s->bits, i);
		else if (rep == REP_I64)
			s->v.i64[i] = v.i;
		else if (rep == REP_F64)
			s->v.f64[i] = v.r;
		else if (rep == REP_TEXT)
			s->v.text[i] = v.s;
	}
}

/* A literal as a vector, for who cannot take it as it is. */
static void
constant_vector(struct eval *e, const struct expr *x, struct eval_slot *s)
{
	bool error;
	struct value v = VALUE_NONE;

	/* Filled for VECTOR_ROWS rows once; afterwards only the bitmaps follow the batch. */
	bool again = s->constant;
	eval_constant(e, x, &v, &error);
	if (!again || error || x->type.kind == TYPE_BOOLEAN) {
		for (uint32_t i = 0; i < VECTOR_ROWS; i++)
			e->row[i] = v;
		const struct batch *b = e->b;
		struct batch full = {.rows = VECTOR_ROWS};

		e->b = &full;
		s->v.error = NULL;
		eval_pack(e, s, x);
		e->b = b;
		s->constant = true;
	}
	s->v.rows = e->b->rows;
	s->v.error = NULL;
	for (size_t w = 0; w < EVAL_WORDS; w++)
		s->valid[w] = v.kind == VALUE_NULL ? 0 : e->all[w];
	if (s->v.rep == REP_BITS)
		for (size_t w = 0; w < EVAL_WORDS; w++)
			s->bits[w] &= e->all[w];
	if (error)
		memcpy(eval_errors(e, s), e->all, sizeof(e->all));
}

/* The operator a row at a time: the definition. */
static bool
by_row(struct eval *e, const struct expr *x, struct eval_slot *s, struct err *err)
{
	struct value *arg = ARENA_ARRAY(e->a, struct value, x->nargs);
	const struct vector **v = ARENA_ARRAY(e->a, const struct vector *, x->nargs);
	bool all_error = false;

	for (uint32_t j = 0; j < x->nargs; j++) {
		bool error = false;

		v[j] = eval_arg(e, x->arg[j]);
		if (v[j] == NULL)
			eval_constant(e, x->arg[j], &arg[j], &error);
		else if (v[j]->rep == REP_PRESENCE)
			return err_set(err, ERR_INTERNAL, NOWHERE, "a column was read without its values");
		all_error |= error;
	}
	s->v.error = NULL;
	for (uint32_t i = 0; i < e->b->rows; i++) {
		bool error = all_error;

		for (uint32_t j = 0; j < x->nargs; j++) {
			if (v[j] == NULL)
				continue;
			arg[j] = vector_value(v[j], i);
			error |= v[j]->error != NULL && bit_get(v[j]->error, i);
		}
		e->row[i] = VALUE_NONE;
		if (!error && !expr_eval_op(x, arg, x->nargs, e->scratch, e->a, &e->row[i], &error))
			return err_set(err, ERR_INTERNAL, NOWHERE, "an operator cannot be evaluated here");
		if (error) {
			bit_set(eval_errors(e, s), i);
			e->row[i] = VALUE_NONE;
		}
	}
	eval_pack(e, s, x);
	return true;
}

static eval_fn *const fast[OP_COUNT] = {
	[OP_NOT] = eval_not,       [OP_AND] = eval_and_or,
	[OP_OR] = eval_and_or,     [OP_EQ] = eval_compare,
	[OP_NE] = eval_compare,    [OP_LT] = eval_compare,
	[OP_LE] = eval_compare,    [OP_GT] = eval_compare,
	[OP_GE] = eval_compare,    [OP_IS_NULL] = eval_is_null,
	[OP_IN] = eval_in,         [OP_IN_KEYS] = eval_in_keys,
	[OP_NEG] = eval_arith,     [OP_ADD] = eval_arith,
	[OP_SUB] = eval_arith,     [OP_MUL] = eval_arith,
	[OP_LENGTH] = eval_length, [OP_MATCH] = eval_match,
	[OP_LIKE] = eval_match,    [OP_COALESCE] = eval_coalesce,
	[OP_CASE] = eval_case,
};

static bool
call(struct eval *e, const struct expr *x, struct eval_slot *s, struct err *err)
{
	for (uint32_t i = 0; i < x->nargs; i++) {
		const struct vector *v;

		if (x->arg[i]->kind != EXPR_LITERAL && x->arg[i]->kind != EXPR_METRIC &&
		    !eval_expr(e, x->arg[i], &v, err))
			return false;
	}
	if (fast[x->op] != NULL && fast[x->op](e, x, s))
		return true;
	return by_row(e, x, s, err);
}

bool
eval_expr(struct eval *e, const struct expr *x, const struct vector **ret, struct err *err)
{
	struct eval_slot *s;

	if (x->kind == EXPR_COLUMN) {
		const struct column *c = x->column;

		if (c->index >= e->b->ncolumn || e->b->column[c->index] == NULL)
			return err_set(err, ERR_EVAL, NOWHERE, "there is no column '" SV_FMT "'",
			               SV_ARG(c->name));
		*ret = eval_plain(e, x, e->b->column[c->index]);
		return true;
	}
	s = eval_slot_of(e, x);
	if (s->batch != e->batch) {
		if (x->kind != EXPR_CALL)
			constant_vector(e, x, s);
		else if (!eval_by_entry(e, x, s) && !call(e, x, s, err))
			return false;
		s->batch = e->batch;
	}
	*ret = &s->v;
	return true;
}
