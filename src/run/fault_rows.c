/* Faults in whole columns and in rows. */
#include "base/civil.h"
#include "run/fault.h"
#include "run/fault_propose.h"

enum { STALE_DAYS = 30 };

static bool
differ(const struct planting *p, uint32_t a, int64_t i, uint32_t b, int64_t k)
{
	struct value x = frame_value(p->base, a, i), y = frame_value(p->base, b, k);

	return x.kind != y.kind || (x.kind != VALUE_NULL && !value_eq(x, y)) ||
	       frame_is_misfit(p->base, a, i) != frame_is_misfit(p->base, b, k);
}

static void
copy_cell(const struct planting *p, struct frame_column *to, int64_t row, int64_t from)
{
	const struct frame_column *base = &p->base->col[p->column];

	to->kind[row] = base->kind[from];
	to->cell[row] = base->cell[from];
}

static int64_t
plant_key_twice(struct planting *p)
{
	struct frame_column *to;
	int64_t at;

	if (p->base->rows < 2)
		return 0;
	at = 1 + (int64_t)(fault_random(p, 0) % (uint64_t)(p->base->rows - 1));
	to = fault_column(p, p->column);
	copy_cell(p, to, at, at - 1);
	return 1;
}

/* What names rows: whole numbers or texts, no two of which are the same. */
static bool
is_key(const struct planting *p, const struct column *c)
{
	const struct profile_column *f = &p->profile->column[c->index];

	return (c->type.kind == TYPE_INTEGER || c->type.kind == TYPE_STRING) && f->unique && f->nulls == 0;
}

const struct fault fault_key_twice = {
	.name = "key_twice",
	.title = "a key twice",
	.doc = "One row has the key of the row before it, in columns where no value occurs twice.",
	.applies = is_key,
	.plant = plant_key_twice,
	.propose = propose_unique,
};

/* Rows 2k and 2k + 1 change places in this column, in one pair of a hundred. */
static int64_t
plant_row_swap(struct planting *p)
{
	LIST(int64_t) pair = {0};
	const uint64_t *pick;
	struct frame_column *to;
	int64_t n = 0;

	for (int64_t i = 0; i + 1 < p->base->rows; i += 2)
		if (differ(p, p->column, i, p->column, i + 1))
			*LIST_ADD(p->a, &pair) = i;
	if (pair.n == 0)
		return 0;
	pick = fault_pick(p, (int64_t)pair.n);
	to = fault_column(p, p->column);
	for (size_t k = 0; k < pair.n; k++) {
		if (!bit_get(pick, (uint32_t)k))
			continue;
		copy_cell(p, to, pair.v[k], pair.v[k] + 1);
		copy_cell(p, to, pair.v[k] + 1, pair.v[k]);
		n += 2;
	}
	return n;
}

const struct fault fault_row_swap = {
	.name = "row_swap",
	.title = "1 % swapped between rows",
	.doc = "In one of a hundred pairs of neighbouring rows, the values of the column have changed places.",
	.plant = plant_row_swap,
	.propose = propose_order,
	.blind = "only a rule between columns, or another source, tells",
};

static int64_t
plant_row_shift(struct planting *p)
{
	int64_t n = 0, rows = p->base->rows;
	struct frame_column *to;

	for (int64_t i = 0; i < rows; i++)
		n += differ(p, p->column, i, p->column, (i + rows - 1) % rows);
	if (n == 0)
		return 0;
	to = fault_column(p, p->column);
	for (int64_t i = 0; i < rows; i++)
		copy_cell(p, to, i, (i + rows - 1) % rows);
	return n;
}

const struct fault fault_row_shift = {
	.name = "row_shift",
	.title = "shifted by a row",
	.doc = "Each row has the column's value of the row before it, the first one that of the last.",
	.plant = plant_row_shift,
	.propose = propose_order,
	.blind = "only a rule between columns, or another source, tells",
};

/* Columns ------------------------------------------------------------------------------------------------- */

static bool
has_same_neighbour(const struct planting *p, const struct column *c)
{
	const struct column *next = c + 1;

	return c->index + 1 < p->base->schema.n && !next->missing && !next->of_path && !next->member &&
	       type_eq(c->type, next->type) && c->declared == next->declared;
}

static int64_t
plant_column_swap(struct planting *p)
{
	uint32_t a = p->column, b = a + 1;
	int64_t n = 0;

	for (int64_t i = 0; i < p->base->rows; i++)
		n += differ(p, a, i, b, i);
	if (n == 0)
		return 0;
	p->view.col[a] = p->base->col[b];
	p->view.col[b] = p->base->col[a];
	p->detail = arena_printf(p->a, "with " SV_FMT, SV_ARG(p->base->schema.col[b].name));
	return n;
}

const struct fault fault_column_swap = {
	.name = "column_swap",
	.title = "columns swapped",
	.doc = "The column and the next one, of the same type, have changed places under their names.",
	.applies = has_same_neighbour,
	.plant = plant_column_swap,
	.propose = propose_pair,
	.blind = "only a rule between the two, or another source, tells",
};

/* A field of a JSON object goes with its object. */
static bool
stands_alone(const struct planting *p, const struct column *c)
{
	const struct schema *s = &p->base->schema;

	for (uint32_t i = 0; i < s->n; i++)
		if (s->col[i].name.n > c->name.n && sv_starts(s->col[i].name, c->name) &&
		    s->col[i].name.p[c->name.n] == '.')
			return false;
	return !c->member;
}

/* What is declared and not there stands behind the others, without values. */
static void
add_missing(struct planting *p, struct column c)
{
	struct frame *v = &p->view;
	struct column *col = p->col;

	if (!c.declared && !c.pii)
		return;
	c.index = v->schema.n;
	c.missing = v->fixed;
	c.certain = false;
	if (!c.declared)
		c.type = (struct type){.kind = TYPE_ANY};
	col[v->schema.n] = c;
	v->col[v->schema.n++] = (struct frame_column){0};
}

static int64_t
plant_column_lost(struct planting *p)
{
	struct frame *v = &p->view;
	struct column *col = p->col, lost = col[p->column];

	for (uint32_t i = p->column; i + 1 < v->schema.n; i++) {
		col[i] = col[i + 1];
		col[i].index = i;
		v->col[i] = v->col[i + 1];
	}
	v->schema.n--;
	add_missing(p, lost);
	return p->base->rows;
}

const struct fault fault_column_lost = {
	.name = "column_lost",
	.title = "column lost",
	.doc = "The data has no such column.",
	.shape = true,
	.applies = stands_alone,
	.plant = plant_column_lost,
	.propose = propose_column,
};

static int64_t
plant_column_renamed(struct planting *p)
{
	struct column *c = &p->col[p->column], old = *c;

	c->name = arena_svf(p->a, SV_FMT "_new", SV_ARG(old.name));
	c->declared = false;
	p->detail = arena_printf(p->a, "to " SV_FMT, SV_ARG(c->name));
	add_missing(p, old);
	return p->base->rows;
}

const struct fault fault_column_renamed = {
	.name = "column_renamed",
	.title = "column renamed",
	.doc = "The column has another name, `amount_new` for `amount`.",
	.shape = true,
	.applies = stands_alone,
	.plant = plant_column_renamed,
	.propose = propose_column,
};

/* Rows ---------------------------------------------------------------------------------------------------- */

static int64_t
plant_rows_twice(struct planting *p)
{
	const uint64_t *pick = fault_pick(p, p->base->rows);
	int64_t more = bits_count(pick, (uint32_t)p->base->rows), n = 0;
	uint32_t *row = ARENA_ARRAY(p->a, uint32_t, (size_t)(p->base->rows + more));

	for (int64_t i = 0; i < p->base->rows; i++) {
		row[n++] = (uint32_t)i;
		if (bit_get(pick, (uint32_t)i))
			row[n++] = (uint32_t)i;
	}
	p->view.pick = row;
	p->view.rows = n;
	return more;
}

const struct fault fault_rows_twice = {
	.name = "rows_twice",
	.title = "1 % of the rows twice",
	.doc = "One row in a hundred stands there twice.",
	.of_table = true,
	.plant = plant_rows_twice,
	.propose = propose_keys,
};

static int64_t
plant_half_lost(struct planting *p)
{
	int64_t lost = p->base->rows / 2;

	p->view.rows = p->base->rows - lost;
	return lost;
}

const struct fault fault_half_lost = {
	.name = "half_lost",
	.title = "half of the rows lost",
	.doc = "The second half of the rows is not there.",
	.of_table = true,
	.counts = true,
	.plant = plant_half_lost,
	.propose = propose_row_count,
};

/* Where types come from the values there are none; where columns do, neither. */
static int64_t
plant_all_lost(struct planting *p)
{
	struct frame *v = &p->view;
	struct column *col = p->col;
	uint32_t n = 0;

	v->rows = 0;
	for (uint32_t i = 0; i < v->schema.n; i++) {
		if (!v->fixed && !col[i].declared && !col[i].of_path)
			continue;
		if (v->infers && !col[i].declared && !col[i].of_path)
			col[i].type = (struct type){.kind = TYPE_NULL};
		col[n] = col[i];
		col[n].index = n;
		v->col[n] = v->col[i];
		n++;
	}
	v->schema.n = n;
	return p->base->rows;
}

const struct fault fault_all_lost = {
	.name = "all_lost",
	.title = "all rows lost",
	.doc = "There are no rows.",
	.of_table = true,
	.counts = true,
	.shape = true,
	.plant = plant_all_lost,
	.propose = propose_row_count,
};

static int64_t
plant_repeated(struct planting *p)
{
	uint32_t *row = ARENA_ARRAY(p->a, uint32_t, 2 * (size_t)p->base->rows);

	for (int64_t i = 0; i < 2 * p->base->rows; i++)
		row[i] = (uint32_t)(i % p->base->rows);
	p->view.pick = row;
	p->view.rows = 2 * p->base->rows;
	return p->base->rows;
}

const struct fault fault_repeated = {
	.name = "repeated",
	.title = "all rows twice",
	.doc = "The rows were appended a second time: a partition that was loaded twice.",
	.of_table = true,
	.counts = true,
	.plant = plant_repeated,
	.propose = propose_keys,
};

static int64_t
plant_stale(struct planting *p)
{
	int64_t n = 0;

	for (uint32_t c = 0; c < p->base->schema.n; c++) {
		const struct column *col = &p->base->schema.col[c];
		struct frame_column *to;

		if (!type_is_temporal(col->type) || col->missing || col->of_path)
			continue;
		to = fault_column(p, c);
		for (int64_t i = 0; i < p->base->rows; i++) {
			struct value v = frame_value(p->base, c, i);

			/* What has no room to be older is no time that a row has. */
			if (v.kind == VALUE_NULL || frame_is_misfit(p->base, c, i) ||
			    __builtin_sub_overflow(
				    v.i, v.kind == VALUE_DATE ? STALE_DAYS : STALE_DAYS * US_PER_DAY, &v.i))
				continue;
			frame_put(p->a, to, i, v, false);
			n++;
		}
	}
	return n;
}

const struct fault fault_stale = {
	.name = "stale",
	.title = "a stale copy",
	.doc = "All times are thirty days older, as if an old copy had been delivered again.",
	.of_table = true,
	.plant = plant_stale,
	.propose = propose_recent,
	.blind = "the data is as old as a stale copy already; freshness: says how old it may be",
};
