#include "scan/frame.h"

#include <stdlib.h>

#include "scan/stack.h"

/* Loading ------------------------------------------------------------------------------------------------- */

struct frame_load {
	struct arena *a;
	LIST(struct arena *) taken; /* of loads that were joined: their texts stay where they are */
	uint32_t ncolumn;
	const struct schema *schema;
	struct frame_column *col;
	int64_t rows, room, max, malformed;
	bool cut;
};

struct frame_load *
frame_load_new(const struct schema *schema, int64_t max)
{
	struct frame_load *l = xcalloc(1, sizeof(*l));

	*l = (struct frame_load){.a = arena_new(), .schema = schema, .ncolumn = schema->n, .max = max};
	l->col = xcalloc(MAX(schema->n, 1u), sizeof(*l->col));
	return l;
}

void
frame_load_free(struct frame_load *l)
{
	if (l == NULL)
		return;
	for (uint32_t i = 0; i < l->ncolumn; i++) {
		free(l->col[i].kind);
		free(l->col[i].cell);
	}
	for (size_t i = 0; i < l->taken.n; i++)
		arena_free(l->taken.v[i]);
	free(l->col);
	arena_free(l->a);
	free(l);
}

static void
make_room(struct frame_load *l, int64_t more)
{
	int64_t old = l->room;

	if (l->rows + more <= old)
		return;
	l->room = MAX(l->rows + more, MIN(2 * old, l->max));
	for (uint32_t i = 0; i < l->ncolumn; i++) {
		l->col[i].kind = xrealloc(l->col[i].kind, (size_t)l->room);
		l->col[i].cell = xrealloc(l->col[i].cell, (size_t)l->room * sizeof(struct frame_cell));
	}
}

void
frame_put(struct arena *a, struct frame_column *c, int64_t row, struct value v, bool misfit)
{
	struct frame_cell *cell = &c->cell[row];
	struct value *copy;

	c->kind[row] = (uint8_t)((unsigned)v.kind | (misfit ? (unsigned)CELL_MISFIT : 0));
	switch (v.kind) {
	case VALUE_NULL:
		*cell = (struct frame_cell){0};
		break;
	case VALUE_BOOL:
		*cell = (struct frame_cell){.b = v.b};
		break;
	case VALUE_INT:
	case VALUE_DATE:
	case VALUE_TIME:
	case VALUE_TIMETZ:
		*cell = (struct frame_cell){.i = v.i};
		break;
	case VALUE_REAL:
		*cell = (struct frame_cell){.r = v.r};
		break;
	case VALUE_TEXT:
	case VALUE_BINARY:
		*cell = (struct frame_cell){.s = v.s};
		break;
	case VALUE_DECIMAL:
	case VALUE_LIST:
	case VALUE_OBJECT:
		copy = ARENA_NEW(a, struct value);
		*copy = v;
		*cell = (struct frame_cell){.v = copy};
		break;
	}
}

static void
load_column(struct frame_load *l, uint32_t column, const struct vector *v, uint32_t rows)
{
	for (uint32_t i = 0; i < rows; i++) {
		bool misfit = v != NULL && v->error != NULL && bit_get(v->error, i);
		struct value x = v == NULL ? VALUE_NONE : value_copy(l->a, vector_shown(v, i));

		/* What stands there is not known: it still is no value. */
		if (misfit && x.kind == VALUE_NULL)
			x = value_text(SV("?"));
		frame_put(l->a, &l->col[column], l->rows + i, x, misfit);
	}
}

bool
frame_load_batch(struct frame_load *l, const struct batch *b)
{
	uint32_t rows = (uint32_t)MIN((int64_t)b->rows, l->max - l->rows);

	if (rows < b->rows)
		l->cut = true;
	l->malformed += b->malformed;
	make_room(l, rows);
	for (uint32_t i = 0; i < l->ncolumn; i++)
		load_column(l, i, l->schema->col[i].missing ? NULL : b->column[i], rows);
	l->rows += rows;
	return !l->cut;
}

bool
frame_load_join(struct frame_load *into, struct frame_load *from)
{
	int64_t rows = MIN(from->rows, into->max - into->rows);

	into->cut = into->cut || from->cut || rows < from->rows;
	if (rows > 0 || into->rows < into->max)
		into->malformed += from->malformed;
	make_room(into, rows);
	for (uint32_t i = 0; i < into->ncolumn && rows > 0; i++) {
		memcpy(into->col[i].kind + into->rows, from->col[i].kind, (size_t)rows);
		memcpy(into->col[i].cell + into->rows, from->col[i].cell,
		       (size_t)rows * sizeof(struct frame_cell));
	}
	into->rows += rows;
	*LIST_ADD(into->a, &into->taken) = from->a;
	from->a = NULL;
	frame_load_free(from);
	return !into->cut;
}

struct frame
frame_of(const struct frame_load *l)
{
	return (struct frame){.schema = *l->schema,
	                      .col = l->col,
	                      .rows = l->rows,
	                      .malformed = l->malformed,
	                      .cut = l->cut};
}

/* Rows and columns ---------------------------------------------------------------------------------------- */

struct frame_column
frame_column_new(struct arena *a, int64_t rows)
{
	return (struct frame_column){.kind = ARENA_ARRAY(a, uint8_t, (size_t)rows),
	                             .cell = ARENA_ARRAY(a, struct frame_cell, (size_t)rows)};
}

struct frame
frame_view(struct arena *a, const struct frame *f, struct column **ret)
{
	struct frame v = *f;
	struct column *col = ARENA_ARRAY(a, struct column, f->schema.n + 1);

	v.col = ARENA_ARRAY(a, struct frame_column, f->schema.n + 1);
	for (uint32_t i = 0; i < f->schema.n; i++) {
		col[i] = f->schema.col[i];
		v.col[i] = f->col[i];
	}
	v.schema.col = col;
	*ret = col;
	return v;
}

static int64_t
place_of(const struct frame *f, int64_t row)
{
	return f->pick != NULL ? f->pick[row] : row;
}

struct value
frame_value(const struct frame *f, uint32_t column, int64_t row)
{
	const struct frame_column *c = &f->col[column];
	int64_t at = place_of(f, row);
	struct frame_cell cell;
	enum value_kind kind;

	if (c->kind == NULL)
		return VALUE_NONE;
	cell = c->cell[at];
	kind = (enum value_kind)(c->kind[at] & (CELL_MISFIT - 1));
	switch (kind) {
	case VALUE_NULL:
		return VALUE_NONE;
	case VALUE_BOOL:
		return value_bool(cell.b);
	case VALUE_REAL:
		return (struct value){.kind = VALUE_REAL, .r = cell.r};
	case VALUE_TEXT:
	case VALUE_BINARY:
		return (struct value){.kind = kind, .s = cell.s};
	case VALUE_INT:
	case VALUE_DATE:
	case VALUE_TIME:
	case VALUE_TIMETZ:
		return (struct value){.kind = kind, .i = cell.i};
	case VALUE_DECIMAL:
	case VALUE_LIST:
	case VALUE_OBJECT:
		break;
	}
	return *cell.v;
}

bool
frame_is_misfit(const struct frame *f, uint32_t column, int64_t row)
{
	const struct frame_column *c = &f->col[column];

	return c->kind != NULL && (c->kind[place_of(f, row)] & CELL_MISFIT) != 0;
}

/* Passes -------------------------------------------------------------------------------------------------- */

struct running {
	const struct frame *f;
	struct arena *a, *texts;
	struct stack *stack;
	const struct vector **column;
	uint32_t *number; /* of the stacks' columns */
	uint32_t n;
};

static void
choose_columns(struct running *r, const struct pass_plan *plan)
{
	const struct schema *s = &r->f->schema;

	r->stack = ARENA_ARRAY(r->a, struct stack, s->n);
	r->number = ARENA_ARRAY(r->a, uint32_t, s->n);
	r->column = ARENA_ARRAY(r->a, const struct vector *, s->n);
	for (uint32_t i = 0; i < s->n; i++) {
		if (pass_plan_need(plan, i) == 0 || s->col[i].missing)
			continue;
		stack_init(&r->stack[r->n], r->a, &s->col[i], false);
		r->column[i] = &r->stack[r->n].v;
		r->number[r->n++] = i;
	}
}

static bool
fits(struct type t, enum value_kind k)
{
	return t.kind == TYPE_VARIANT || t.kind == TYPE_ANY ||
	       value_type((struct value){.kind = k}).kind == t.kind;
}

static void
fill(struct running *r, uint32_t at, int64_t from, uint32_t rows)
{
	struct stack *s = &r->stack[at];

	for (uint32_t i = 0; i < rows; i++) {
		struct value v = frame_value(r->f, r->number[at], from + i);

		if (frame_is_misfit(r->f, r->number[at], from + i) ||
		    (v.kind != VALUE_NULL && !fits(s->column->type, v.kind)))
			stack_put_misfit(s, i, v);
		else
			stack_put(s, i, v);
	}
	stack_pack(s, rows, r->texts);
}

static bool
feed(struct running *r, struct pass *pass, struct err *err)
{
	int64_t malformed = r->f->malformed, from = 0;

	/* Once even if there is nothing, for the records that are no rows. */
	do {
		uint32_t rows = (uint32_t)MIN(r->f->rows - from, VECTOR_ROWS);
		struct batch b = {.rows = rows,
		                  .at.row = from,
		                  .column = r->column,
		                  .ncolumn = r->f->schema.n,
		                  .malformed = malformed};

		for (uint32_t i = 0; i < r->n; i++)
			fill(r, i, from, rows);
		if (!pass_update(pass, &b, err))
			return false;
		for (uint32_t i = 0; i < r->n; i++)
			stack_clear(&r->stack[i], rows);
		arena_reset(r->texts);
		malformed = 0;
		from += rows;
	} while (from < r->f->rows);
	return true;
}

bool
frame_run(const struct frame *f, const struct metric *const *m, uint32_t n, size_t memory_bytes,
          const char *spill_folder, struct arena *a, struct metric_value *value, struct err *err)
{
	AUTO(pass_plan) plan = pass_plan_new(m, n, value);
	AUTO(merge) merge = merge_new(plan, memory_bytes);
	AUTO(pass) pass = pass_new(plan, memory_bytes);
	AUTO(arena) own = arena_new();
	AUTO(arena) texts = arena_new();
	struct running r = {.f = f, .a = own, .texts = texts};

	pass_plan_spill(plan, spill_folder);
	choose_columns(&r, plan);
	if (!feed(&r, pass, err))
		return false;
	merge_cut(merge, pass_cut(pass), 0);
	merge_pass(merge, pass);
	merge_final(merge, a, value);
	return true;
}
