/* Opening files of blocks: their columns make the schema, their rows the morsels. */
#include "scan/blocks.h"

#include <inttypes.h>
#include <stdlib.h>

enum {
	KEPT_MAX = 64,          /* files that stay open, their footers parsed */
	PIECE_ROWS = 64 * 1024, /* a block is not cut into less, unless tests want it */
	LEAST_ROWS = 5,         /* not for tests either: each piece is gone to from the block's beginning */
	PIECES_A_THREAD = 2,    /* morsels that a thread should find, if blocks are few */
	BLOCK_ROWS_MAX = INT32_MAX /* of a piece: row numbers within it are small */
};

struct kept {
	struct input *in;
	struct block_file *file;
};

/* A block as its footer has it. */
struct block_rows {
	uint32_t part, block;
	int64_t rows;
};

struct blocks {
	struct kept *kept; /* by part */
	LIST(struct block_rows) block;
	/* While looking. */
	LIST(struct column) column;
	uint32_t first; /* the part that named the columns */
};

/* Columns ------------------------------------------------------------------------------------------------- */

bool
blocks_same_type(struct type file, struct type column)
{
	if (column.kind == TYPE_VARIANT || column.kind == TYPE_ANY)
		return true;
	if (file.kind != column.kind)
		return false;
	return file.kind != TYPE_DECIMAL ||
	       (file.scale == column.scale && (column.precision == 0 || file.precision <= column.precision));
}

static const struct column_decl *
declaration(const struct dataset *d, struct sv name)
{
	for (size_t i = 0; i < d->ncolumn; i++)
		if (sv_eq(d->column[i].name, name) && d->column[i].type.kind != TYPE_ANY)
			return &d->column[i];
	return NULL;
}

static bool
no_column(struct scan *s, uint32_t with, uint32_t without, struct sv name, struct err *err)
{
	const struct part *v = s->d->parts.v;

	err_set(err, ERR_FORMAT, s->d->loc,
	        "'" SV_FMT "' has a column '" SV_FMT "', but '" SV_FMT "' has none", SV_ARG(v[with].name),
	        SV_ARG(name), SV_ARG(v[without].name));
	return err_hint(err, "All files of an asset have the same columns, in any order.");
}

/* Two parts that name one column must mean one type, unless the catalog says which. */
static bool
merge_type(struct scan *s, uint32_t part, struct column *c, struct type t, struct err *err)
{
	const struct part *v = s->d->parts.v;
	char was[TYPE_TEXT_MAX], is[TYPE_TEXT_MAX];

	if (c->type.kind == TYPE_NULL) {
		c->type = t;
		return true;
	}
	if (t.kind == TYPE_NULL || declaration(s->d, c->name) != NULL)
		return true;
	if (t.kind == c->type.kind && t.scale == c->type.scale) {
		c->type.precision = MAX(c->type.precision, t.precision);
		return true;
	}
	err_set(err, ERR_FORMAT, s->d->loc,
	        "'" SV_FMT "' has column '" SV_FMT "' as %s, but '" SV_FMT "' has it as %s",
	        SV_ARG(v[part].name), SV_ARG(c->name), type_text(t, is), SV_ARG(v[s->blocks->first].name),
	        type_text(c->type, was));
	return err_hint(err, "Declare its type under 'columns' to have both converted to it.");
}

static bool
first_columns(struct scan *s, const struct block_file *f, uint32_t part)
{
	const struct block_driver *d = s->driver->blocks;

	for (uint32_t i = 0; i < d->columns(f); i++) {
		struct block_column c = d->column(f, i);

		if (c.type.kind == TYPE_TIMESTAMP)
			c.type.zone = s->d->zone;
		*LIST_ADD(s->a, &s->blocks->column) = (struct column){.name = arena_sv(s->a, c.name),
		                                                      .type = c.type,
		                                                      .index = i,
		                                                      .nulls = c.required ? NULLS_NONE
		                                                                          : NULLS_ALLOWED,
		                                                      .member = c.member};
	}
	s->blocks->first = part;
	return true;
}

/* The position in the file of a column; the same as in the schema, nearly always. */
uint32_t
blocks_column(const struct scan *s, const struct block_file *f, const struct column *c)
{
	const struct block_driver *d = s->driver->blocks;
	uint32_t n = d->columns(f);

	if (c->index < n && sv_eq(d->column(f, c->index).name, c->name))
		return c->index;
	for (uint32_t i = 0; i < n; i++)
		if (sv_eq(d->column(f, i).name, c->name))
			return i;
	return UINT32_MAX;
}

static bool
merge_columns(struct scan *s, const struct block_file *f, uint32_t part, struct err *err)
{
	const struct block_driver *d = s->driver->blocks;
	struct blocks *b = s->blocks;
	uint32_t n = d->columns(f);

	if (n > COLUMNS_MAX)
		return err_set(err, ERR_LIMIT, s->d->loc, "'" SV_FMT "' has more than %d columns",
		               SV_ARG(s->d->parts.v[part].name), COLUMNS_MAX);
	if (part == 0)
		return first_columns(s, f, part);
	for (size_t i = 0; i < b->column.n; i++) {
		uint32_t k = blocks_column(s, f, &b->column.v[i]);

		if (k == UINT32_MAX)
			return no_column(s, b->first, part, b->column.v[i].name, err);
		if (!merge_type(s, part, &b->column.v[i], d->column(f, k).type, err))
			return false;
		if (!d->column(f, k).required)
			b->column.v[i].nulls = NULLS_ALLOWED;
	}
	if (n == b->column.n)
		return true;
	/* More columns than the others have: which? */
	for (uint32_t k = 0; k < n; k++) {
		struct block_column c = d->column(f, k);
		bool known = false;

		for (size_t i = 0; i < b->column.n && !known; i++)
			known = sv_eq(b->column.v[i].name, c.name);
		if (!known)
			return no_column(s, part, b->first, c.name, err);
	}
	return true;
}

/* Parts --------------------------------------------------------------------------------------------------- */

bool
blocks_open(const struct scan *s, struct input *in, uint32_t part, struct block_file **ret, struct err *err)
{
	const struct part *p = &s->d->parts.v[part];

	if (!input_seekable(in)) {
		err_set(err, ERR_FORMAT, s->d->loc,
		        "'" SV_FMT "' is compressed as a whole, which %s cannot be", SV_ARG(p->name),
		        s->driver->format);
		return err_hint(err, "Unpack it; such files are compressed inside.");
	}
	if (s->driver->blocks->open(in, p, s->o.memory_bytes, ret, err))
		return true;
	if (err != NULL && err->loc.file == NULL)
		err->loc = s->d->loc;
	return false;
}

static bool
look_at_file(struct scan *s, const struct block_file *f, uint32_t part, struct err *err)
{
	const struct block_driver *d = s->driver->blocks;

	if (!merge_columns(s, f, part, err))
		return false;
	for (uint32_t i = 0; i < d->blocks(f); i++)
		*LIST_ADD(s->a, &s->blocks->block) = (struct block_rows){
			.part = part, .block = i, .rows = d->rows(f, i)};
	return true;
}

static bool
look_at_part(struct scan *s, uint32_t part, struct err *err)
{
	const struct part *p = &s->d->parts.v[part];
	AUTO(input) in = NULL;
	struct block_file *f = NULL;
	bool ok;

	if (!s->d->driver->open(p, &in, err) || !input_unchanged(in, p, err) ||
	    !blocks_open(s, in, part, &f, err))
		return false;
	ok = look_at_file(s, f, part, err) && input_unchanged(in, p, err);
	if (ok && part < KEPT_MAX)
		s->blocks->kept[part] = (struct kept){.in = STEAL(in), .file = f};
	else
		s->driver->blocks->close(f);
	return ok;
}

bool
blocks_look(struct scan *s, struct err *err)
{
	uint32_t n = (uint32_t)s->d->parts.n;

	s->blocks = ARENA_NEW(s->a, struct blocks);
	s->blocks->kept = ARENA_ARRAY(s->a, struct kept, MIN(n, (uint32_t)KEPT_MAX));
	s->data_start = ARENA_ARRAY(s->a, int64_t, n);
	s->seekable = ARENA_ARRAY(s->a, bool, n);
	s->rows_before = ARENA_ARRAY(s->a, int64_t, n + 1);
	for (uint32_t i = 0; i < n; i++) {
		s->seekable[i] = true;
		if (!look_at_part(s, i, err))
			return false;
	}
	return scan_declare(s, s->blocks->column.v, (uint32_t)s->blocks->column.n, err);
}

void
blocks_close(struct scan *s)
{
	for (uint32_t i = 0; s->blocks != NULL && i < s->d->parts.n && i < KEPT_MAX; i++) {
		if (s->blocks->kept[i].file != NULL)
			s->driver->blocks->close(s->blocks->kept[i].file);
		input_close(s->blocks->kept[i].in);
	}
}

struct block_file *
blocks_kept(const struct scan *s, uint32_t part, struct input **in)
{
	if (part >= KEPT_MAX)
		return NULL;
	*in = s->blocks->kept[part].in;
	return s->blocks->kept[part].file;
}

/* Morsels ------------------------------------------------------------------------------------------------- */

/* Rows that a morsel may have at most. */
static int64_t
piece_rows(const struct scan *s, int64_t rows)
{
	unsigned threads = pool_threads(s->o.pool);
	int64_t bytes = MAX(s->d->parts.size_bytes, 1);

	/* Tests say how many bytes a morsel has. */
	if (s->o.morsel_bytes != 0)
		return MAX(LEAST_ROWS, (int64_t)((double)s->o.morsel_bytes * (double)rows / (double)bytes));
	if (threads == 1 || s->blocks->block.n >= (size_t)threads * PIECES_A_THREAD)
		return BLOCK_ROWS_MAX;
	return MAX(PIECE_ROWS, rows / ((int64_t)threads * PIECES_A_THREAD) + 1);
}

static void
cut(struct scan *s, const struct block_rows *b, int64_t piece, int64_t *row)
{
	int64_t n = b->rows == 0 ? 0 : (b->rows - 1) / piece + 1;

	for (int64_t k = 0; k < n; k++) {
		struct morsel *m = &s->morsel[s->nmorsel++];

		*m = (struct morsel){.part = b->part, .block = b->block, .first = k * piece, .row = *row};
		m->rows = MIN(piece, b->rows - m->first);
		*row += m->rows;
	}
}

/* A share of the file's bytes for each of its morsels, for the progress. */
static void
share_bytes(struct scan *s)
{
	for (int64_t i = 0, n = 1; i < s->nmorsel; i += n) {
		int64_t size = s->d->parts.v[s->morsel[i].part].size_bytes;

		for (n = 1; i + n < s->nmorsel && s->morsel[i + n].part == s->morsel[i].part; n++)
			;
		for (int64_t k = 0; k < n; k++) {
			s->morsel[i + k].from = (int64_t)((double)size * (double)k / (double)n);
			s->morsel[i + k].to = (int64_t)((double)size * (double)(k + 1) / (double)n);
		}
		s->morsel[i + n - 1].last = true;
	}
}

void
blocks_plan(struct scan *s)
{
	struct blocks *b = s->blocks;
	int64_t rows = 0, n = 0, piece, row = 0;

	for (size_t i = 0; i < b->block.n; i++)
		rows += b->block.v[i].rows;
	piece = piece_rows(s, rows);
	for (size_t i = 0; i < b->block.n; i++)
		n += (b->block.v[i].rows + piece - 1) / piece;
	s->morsel = ARENA_ARRAY(s->a, struct morsel, (size_t)n);
	for (size_t i = 0; i < b->block.n; i++) {
		if (i == 0 || b->block.v[i].part != b->block.v[i - 1].part)
			row = 0;
		cut(s, &b->block.v[i], piece, &row);
	}
	share_bytes(s);
}
