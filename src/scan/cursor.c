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
	/* First rows of the pages of which an index tells, and the end; none: npage 0. */
	const int64_t *page;
	uint32_t npage;
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
	int64_t end;        /* of the piece: likewise */
	bool piece;         /* facts are of the rows from done to end */
	int64_t bytes_gone; /* of readers that are no more */
	int64_t passed_gone;
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

/* The page that has a row of the block. */
static uint32_t
page_of(const struct lane *l, int64_t row)
{
	uint32_t lo = 0, hi = l->npage - 1;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo + 1) / 2;

		if (l->page[mid] <= row)
			lo = mid;
		else
			hi = mid - 1;
	}
	return lo;
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

/* What the pages of the piece tell, added up; what their block is known to have stays so. */
static void
page_facts(const struct cursor *c, const struct lane *l, struct outlook *ret)
{
	int64_t from = c->m->first + c->done, to = c->m->first + c->end;
	struct outlook all = {.rows = ret->rows, .has_min = true, .has_max = true};
	bool first = true;

	if (l == NULL || l->npage == 0)
		return;
	for (uint32_t i = page_of(l, from); i < l->npage && l->page[i] < to; i++) {
		int64_t rows = MIN(l->page[i + 1], to) - MAX(l->page[i], from);
		struct outlook o;
		int d;

		c->driver->page_facts(l->r, i, &o);
		narrow(&o, rows);
		all.null += o.null;
		all.valid += o.valid;
		if (o.valid == 0)
			continue;
		all.has_min &= o.has_min;
		all.has_max &= o.has_max;
		if (all.has_min && (first || (value_compare(o.min, all.min, NULL, &d) && d < 0)))
			all.min = o.min;
		if (all.has_max && (first || (value_compare(o.max, all.max, NULL, &d) && d > 0)))
			all.max = o.max;
		first = false;
	}
	ret->null = MIN(ret->null, all.null);
	ret->valid = MIN(ret->valid, all.valid);
	if (ret->null + ret->valid < ret->rows) {
		*ret = anything(ret->rows); /* the index contradicts what is said of the block */
		return;
	}
	if (first)
		ret->has_min = ret->has_max = false;
	if (!first && all.has_min) {
		ret->has_min = true;
		ret->min_exact = false;
		ret->min = all.min;
	}
	if (!first && all.has_max) {
		ret->has_max = true;
		ret->max_exact = false;
		ret->max = all.max;
	}
}

static void
facts(void *ctx, uint32_t column, struct outlook *ret)
{
	struct cursor *c = ctx;
	const struct column *col = &c->s->schema.col[column];
	uint32_t number;

	*ret = anything(c->preview.rows);
	if (col->of_path) {
		folders_facts(c->s, c->m->part, col, c->preview.rows, ret);
		return;
	}
	if (!as_stored(c, col, &number))
		return;
	c->driver->facts(c->file, c->m->block, number, ret);
	narrow(ret, c->preview.rows);
	if (c->piece)
		page_facts(c, lane_of(c, column), ret);
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
		c->passed_gone += c->driver->pages_passed(l->r);
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
	c->end = m->rows;
	c->piece = false;
	c->preview.rows = m->rows;
	c->preview.at = (struct row_at){.part = m->part};
	c->preview.dictionaries++;
	for (uint32_t i = 0; i < c->nlane; i++) {
		c->lane[i].there = false;
		c->lane[i].wanted = true;
		c->lane[i].npage = 0;
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

bool
cursor_has_pieces(struct cursor *c, bool *ret, struct err *err)
{
	*ret = false;
	for (uint32_t i = 0; i < c->nlane; i++) {
		struct lane *l = &c->lane[i];
		uint32_t number;

		if (!l->wanted || !as_stored(c, l->column, &number))
			continue;
		if (!go_to_block(c, l, err))
			return false;
		if (l->recast == NULL && !c->driver->pages(l->r, &l->page, &l->npage, err))
			return false;
		*ret |= l->npage > 1;
	}
	return true;
}

/* Small pages are taken together, so that there are whole vectors to work on; not in tests, which have little. */
static int64_t
least_rows(const struct cursor *c)
{
	return c->s->o.morsel_bytes != 0 ? 1 : 2 * VECTOR_ROWS;
}

int64_t
cursor_piece(struct cursor *c)
{
	int64_t from = c->m->first + c->done, least = from + least_rows(c), to = c->m->first + c->m->rows;

	if (to - least < least_rows(c))
		least = to;
	for (uint32_t i = 0; i < c->nlane && least < to; i++) {
		const struct lane *l = &c->lane[i];

		/* The first border that is not too near. */
		for (uint32_t k = l->npage > 0 ? page_of(l, least - 1) + 1 : 0; k < l->npage; k++)
			if (l->page[k] >= least) {
				to = MIN(to, l->page[k]);
				break;
			}
	}
	c->end = to - c->m->first;
	c->piece = true;
	c->preview.rows = c->end - c->done;
	c->preview.at.row = c->done;
	return c->preview.rows;
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
	uint32_t rows = (uint32_t)MIN(c->end - c->done, VECTOR_ROWS);

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

int64_t
cursor_pages_passed(const struct cursor *c)
{
	int64_t n = c->passed_gone;

	for (uint32_t i = 0; i < c->nlane; i++)
		if (c->lane[i].r != NULL)
			n += c->driver->pages_passed(c->lane[i].r);
	return n;
}
