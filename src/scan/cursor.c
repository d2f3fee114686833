/*
 * A thread's way through blocks.  Columns are only gone to when they are wanted, so what nobody wants costs nothing, not even the look at
 * its first page.
 */
#include <stdlib.h>

#include "scan/blocks.h"
#include "scan/folders.h"
#include "scan/recast.h"

/* A column that the metrics need. */
struct lane {
	const struct column *column;
	unsigned need;
	uint32_t number; /* in the file that the reader is of */
	struct type type;
	struct block_reader *r;
	struct recast *recast; /* where the file's type is another one */
	bool there;            /* it is at the block, `at` rows into it */
	bool wanted;
	int64_t at;
};

struct cursor {
	const struct scan *s;
	const struct block_driver *driver;
	struct lane *lane;
	uint32_t nlane;
	uint32_t *lane_of; /* by column: its number + 1 */
	const struct vector **column;
	struct block_file *file;
	const struct morsel *m;
	int64_t done;       /* rows of the morsel */
	int64_t bytes_gone; /* of readers that are no more */
	struct preview preview;
};

static const struct outlook unknown = {0};

static struct lane *
lane_of(struct cursor *c, uint32_t column)
{
	uint32_t k = column < c->s->schema.n ? c->lane_of[column] : 0;

	return k == 0 ? NULL : &c->lane[k - 1];
}

/* Whatever can be. */
static struct outlook
anything(int64_t rows)
{
	struct outlook o = unknown;

	o.rows = o.null = o.error = o.valid = o.yes = o.no = rows;
	return o;
}

/* Some rows of a block are no more than all of it; which of its values they have, who knows. */
static void
narrow(struct outlook *o, int64_t rows)
{
	if (rows == o->rows)
		return;
	o->rows = rows;
	o->null = MIN(o->null, rows);
	o->error = MIN(o->error, rows);
	o->valid = MIN(o->valid, rows);
	o->yes = MIN(o->yes, rows);
	o->no = MIN(o->no, rows);
	o->min_exact = o->max_exact = false;
}

/* Booleans are counted apart, as far as the bounds tell. */
static void
count_booleans(struct outlook *o)
{
	o->yes = o->no = o->valid;
	if (o->has_max && o->max.kind == VALUE_BOOL && !o->max.b)
		o->yes = 0;
	if (o->has_min && o->min.kind == VALUE_BOOL && o->min.b)
		o->no = 0;
}

/* Where the column lies in the file as it is in the schema; false if it does not. */
static bool
as_stored(const struct cursor *c, const struct column *col, uint32_t *number)
{
	*number = col->missing || col->of_path ? UINT32_MAX : blocks_column(c->s, c->file, col);
	return *number != UINT32_MAX && blocks_same_type(c->driver->column(c->file, *number).type, col->type);
}

static bool
may_hold(void *ctx, uint32_t column, struct value v, bool *ret, struct err *err)
{
	struct cursor *c = ctx;
	uint32_t number;

	*ret = true;
	return !as_stored(c, &c->s->schema.col[column], &number) ||
	       c->driver->may_hold(c->file, c->m->block, number, v, ret, err);
}

static void
facts(void *ctx, uint32_t column, struct outlook *ret)
{
	struct cursor *c = ctx;
	const struct column *col = &c->s->schema.col[column];
	uint32_t number;

	*ret = anything(c->m->rows);
	if (col->of_path) {
		folders_facts(c->s, c->m->part, col, c->m->rows, ret);
		return;
	}
	if (!as_stored(c, col, &number))
		return;
	c->driver->facts(c->file, c->m->block, number, ret);
	narrow(ret, c->m->rows);
	count_booleans(ret);
}

static struct block_reader *
reader_of(struct cursor *c, struct lane *l)
{
	uint32_t number = blocks_column(c->s, c->file, l->column);
	struct block_column col = c->driver->column(c->file, number);

	if (l->r != NULL && l->number == number && type_eq(l->type, col.type))
		return l->r;
	if (l->r != NULL) {
		c->bytes_gone += c->driver->bytes(l->r);
		c->driver->reader_free(l->r);
	}
	recast_free(l->recast);
	l->recast = blocks_same_type(col.type, l->column->type) ? NULL : recast_new(l->column);
	l->number = number;
	l->type = col.type;
	l->r = c->driver->reader_new(c->file, number,
	                             l->recast != NULL ? NEED_PRESENCE | NEED_TEXT | NEED_VALUE : l->need);
	return l->r;
}

static bool
go_to_block(struct cursor *c, struct lane *l, struct err *err)
{
	if (l->there)
		return true;
	if (!c->driver->seek(reader_of(c, l), c->file, c->m->block, err))
		return false;
	l->there = true;
	l->at = 0;
	return true;
}

static bool
dictionary(void *ctx, uint32_t column, const struct vector **ret, struct err *err)
{
	struct cursor *c = ctx;
	struct lane *l = lane_of(c, column);

	*ret = NULL;
	if (l == NULL || l->column->of_path || (l->recast != NULL && l->there))
		return true;
	if (!go_to_block(c, l, err))
		return false;
	return l->recast != NULL || c->driver->dictionary(l->r, ret, err);
}

struct cursor *
cursor_new(const struct scan *s, const unsigned *need)
{
	struct cursor *c = xcalloc(1, sizeof(*c));
	uint32_t n = s->schema.n;

	*c = (struct cursor){.s = s, .driver = s->driver->blocks};
	c->lane = xcalloc(MAX(n, 1u), sizeof(*c->lane));
	c->lane_of = xcalloc(MAX(n, 1u), sizeof(*c->lane_of));
	c->column = xcalloc(MAX(n, 1u), sizeof(struct vector *));
	for (uint32_t i = 0; i < n; i++) {
		const struct column *col = &s->schema.col[i];

		if (need[i] == 0 || col->missing || col->of_path)
			continue;
		c->lane[c->nlane] = (struct lane){.column = col, .need = need[i]};
		c->lane_of[i] = ++c->nlane;
	}
	c->preview = (struct preview){
		.ctx = c, .facts = facts, .dictionary = dictionary, .may_hold = may_hold};
	return c;
}

void
cursor_free(struct cursor *c)
{
	if (c == NULL)
		return;
	for (uint32_t i = 0; i < c->nlane; i++) {
		if (c->lane[i].r != NULL)
			c->driver->reader_free(c->lane[i].r);
		recast_free(c->lane[i].recast);
	}
	free(c->lane);
	free(c->lane_of);
	free(c->column);
	free(c);
}

void
cursor_seek(struct cursor *c, struct block_file *f, const struct morsel *m)
{
	c->file = f;
	c->m = m;
	c->done = 0;
	c->preview.rows = m->rows;
	c->preview.at = (struct row_at){.part = m->part};
	c->preview.dictionaries++;
	for (uint32_t i = 0; i < c->nlane; i++) {
		c->lane[i].there = false;
		c->lane[i].wanted = true;
	}
}

const struct preview *
cursor_preview(const struct cursor *c)
{
	return &c->preview;
}

void
cursor_want(struct cursor *c, const unsigned *need)
{
	for (uint32_t i = 0; i < c->nlane; i++)
		c->lane[i].wanted = need[c->lane[i].column->index] != 0;
}

static bool
lane_next(struct cursor *c, struct lane *l, uint32_t rows, const struct vector **ret, struct err *err)
{
	int64_t skip;

	if (!go_to_block(c, l, err))
		return false;
	skip = c->m->first + c->done - l->at;
	if ((skip > 0 && !c->driver->skip(l->r, skip, err)) || !c->driver->next(l->r, rows, ret, err))
		return false;
	l->at += skip + rows;
	if (l->recast != NULL)
		*ret = recast(l->recast, *ret);
	return true;
}

bool
cursor_next(struct cursor *c, struct batch *ret, struct err *err)
{
	uint32_t rows = (uint32_t)MIN(c->m->rows - c->done, VECTOR_ROWS);

	*ret = (struct batch){.rows = rows,
	                      .column = c->column,
	                      .ncolumn = c->s->schema.n,
	                      .dictionaries = c->preview.dictionaries};
	for (uint32_t i = 0; i < c->nlane && rows > 0; i++) {
		struct lane *l = &c->lane[i];
		const struct vector **v = &c->column[l->column->index];

		*v = NULL;
		if (l->wanted && !lane_next(c, l, rows, v, err))
			return err_prefix(err, "column '" SV_FMT "'", SV_ARG(l->column->name));
	}
	c->done += rows;
	return true;
}

void
cursor_skip(struct cursor *c, int64_t rows)
{
	c->done += rows;
}

int64_t
cursor_bytes(const struct cursor *c)
{
	int64_t n = c->bytes_gone;

	for (uint32_t i = 0; i < c->nlane; i++)
		if (c->lane[i].r != NULL)
			n += c->driver->bytes(c->lane[i].r);
	return n;
}
