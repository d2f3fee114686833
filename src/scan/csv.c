/*
 * CSV as in RFC 4180, and what else is found: any delimiter and quote, LF and CRLF mixed, a byte order mark, a last record
 * without newline.  Records with too few or too many fields or with a misplaced quote are malformed: counted and left out.
 * A blank line is a record only if the table has exactly one column.
 */
#include <stdlib.h>

#include "scan/cells.h"
#include "scan/csv_field.h"

enum {
	SEPARATORS_MAX = 1 << 20, /* of one batch, for very wide tables */
	SPLITS_MAX =
		64 /* a text's first malformed records begin a batch, so that it is known where they stood */
};

struct csv_reader {
	struct reader base;
	const struct dataset *d;
	uint32_t ncol, ncolumn; /* in the file; in the schema */
	uint32_t rows_max;
	struct csv_index x;
	uint32_t *start,
		*first;      /* of the batch's rows: where they begin; their first separator in the index */
	struct cells *cells; /* of the needed columns */
	uint32_t ncells;
	const struct vector **column;
	struct arena *scratch;
	int splits;
};

static bool
csv_chained(const struct dataset *d)
{
	return d->csv.quote != '\0';
}

static struct reader *
csv_open(const struct dataset *d, const struct schema *schema, const unsigned *need)
{
	struct csv_reader *r = xcalloc(1, sizeof(*r));

	r->base.driver = &reader_csv;
	r->d = d;
	r->ncolumn = schema->n;
	for (uint32_t i = 0; i < schema->n; i++)
		r->ncol += !schema->col[i].missing;
	r->rows_max = (uint32_t)MAX(1, MIN(VECTOR_ROWS, SEPARATORS_MAX / MAX(r->ncol, 1u)));
	csv_index_init(&r->x, r->ncol);
	r->start = xcalloc(VECTOR_ROWS, sizeof(*r->start));
	r->first = xcalloc(VECTOR_ROWS, sizeof(*r->first));
	r->column = xcalloc(MAX(schema->n, 1u), sizeof(struct vector *));
	r->cells = xcalloc(MAX(schema->n, 1u), sizeof(*r->cells));
	r->scratch = arena_new();
	for (uint32_t i = 0; i < schema->n; i++)
		if (need[i] != 0 && !schema->col[i].missing)
			cells_init(&r->cells[r->ncells++], &schema->col[i], need[i], false);
	return &r->base;
}

static void
csv_close(struct reader *base)
{
	struct csv_reader *r = (struct csv_reader *)base;

	if (r == NULL)
		return;
	for (uint32_t i = 0; i < r->ncells; i++)
		cells_fini(&r->cells[i]);
	csv_index_fini(&r->x);
	arena_free(r->scratch);
	free(r->cells);
	free(r->column);
	free(r->start);
	free(r->first);
	free(r);
}

/* Long records are rare enough to look at their fields one by one. */
static bool
check_sizes(const struct csv_index *x, uint32_t i, size_t start, struct err *err)
{
	uint32_t first = i > 0 ? x->end[i - 1] : 0;
	size_t end = x->sep[x->end[i] - 1];

	if (end - start <= FIELD_MAX)
		return true;
	if (end - start > RECORD_MAX)
		return err_set(err, ERR_LIMIT, NOWHERE, "a record is longer than %zu MiB", RECORD_MAX >> 20);
	for (uint32_t k = first; k < x->end[i]; k++) {
		if (x->sep[k] - start > FIELD_MAX)
			return err_set(err, ERR_LIMIT, NOWHERE, "a field is longer than %zu MiB",
			               FIELD_MAX >> 20);
		start = (size_t)x->sep[k] + 1;
	}
	return true;
}

enum record { RECORD_ROW, RECORD_BLANK, RECORD_MALFORMED };

static enum record
judge(const struct csv_reader *r, const char *p, uint32_t i, size_t start)
{
	const struct csv_index *x = &r->x;
	uint32_t n = x->end[i] - (i > 0 ? x->end[i - 1] : 0);

	if (n == r->ncol && !bit_get(x->broken, i))
		return RECORD_ROW;
	if (n == 1 && csv_trim(p, start, x->sep[x->end[i] - 1]) == start)
		return RECORD_BLANK;
	return RECORD_MALFORMED;
}

/* Places are in what is left of the text; csv_next adds the rest. */
static void
note_malformed(struct csv_reader *r, struct sv text, size_t start, size_t end)
{
	struct malformed *m = &r->base.bad[r->base.nbad];

	if (r->base.nbad >= MALFORMED_KEEP)
		return;
	r->base.nbad++;
	m->at = start;
	csv_index_why(&r->d->csv, (struct sv){text.p + start, end - start}, r->ncol, m->why);
}

/*
 * Finds the rows of a batch; false on an error.  The batch ends before a malformed record, which so begins the next one, as long as these
 * are few.  Returns in *used how many bytes were looked at.
 */
static bool
find_rows(struct csv_reader *r, struct sv text, size_t *used, struct batch *ret, struct err *err)
{
	const struct csv_index *x = &r->x;
	size_t start = 0;

	for (uint32_t i = 0; i < x->n; i++) {
		if (!check_sizes(x, i, start, err)) {
			r->base.error_at = start; /* as above */
			return false;
		}
		switch (judge(r, text.p, i, start)) {
		case RECORD_ROW:
			r->start[ret->rows] = (uint32_t)start;
			r->first[ret->rows++] = i > 0 ? x->end[i - 1] : 0;
			break;
		case RECORD_BLANK:
			break;
		case RECORD_MALFORMED:
			if (ret->rows > 0 && r->splits < SPLITS_MAX) {
				r->splits++;
				*used = start;
				return true;
			}
			note_malformed(r, text, start, x->sep[x->end[i] - 1]);
			ret->malformed++;
			break;
		}
		start = (size_t)x->sep[x->end[i] - 1] + 1;
	}
	*used = MIN(start, text.n);
	return true;
}

/* The text of one column's fields. */
static void
take_column(struct csv_reader *r, struct sv text, struct cells *c, uint32_t rows)
{
	const struct csv_format *f = &r->d->csv;
	const uint32_t *sep = r->x.sep;
	uint32_t k = c->column->index;
	bool plain = f->nnull == 0 || (f->nnull == 1 && f->null[0].n == 0), last = k + 1 == r->ncol;

	memset(c->valid, 0, BITMAP_WORDS(rows) * sizeof(c->valid[0]));
	for (uint32_t i = 0; i < rows; i++) {
		size_t from = k == 0 ? r->start[i] : (size_t)sep[r->first[i] + k - 1] + 1,
		       to = sep[r->first[i] + k];

		if (last)
			to = csv_trim(text.p, from, to);

		struct sv raw = {text.p + from, to - from};
		bool valid = raw.n > 0;

		if (!plain || (valid && raw.p[0] == f->quote))
			valid = csv_field(f, raw, r->scratch, &raw);
		c->text[i] = raw;
		c->valid[i / 64] |= (uint64_t)valid << (i % 64);
	}
}

static bool
csv_next(struct reader *base, struct sv text, size_t *at, struct batch *ret, struct err *err)
{
	struct csv_reader *r = (struct csv_reader *)base;
	struct sv rest = sv_skip(text, *at);
	struct batch b = {.column = r->column, .ncolumn = r->ncolumn};
	size_t used;

	if (*at == 0)
		r->splits = 0;
	r->base.nbad = 0;
	arena_reset(r->scratch);
	csv_index_text(&r->x, &r->d->csv, rest, r->rows_max);
	if (!find_rows(r, rest, &used, &b, err)) {
		r->base.error_at += *at;
		return false;
	}
	for (uint32_t i = 0; i < r->ncells; i++) {
		struct cells *c = &r->cells[i];

		take_column(r, rest, c, b.rows);
		cells_vector(c, b.rows);
		r->column[c->column->index] = &c->v;
	}
	for (uint32_t i = 0; i < r->base.nbad; i++)
		r->base.bad[i].at += *at;
	*at += used;
	*ret = b;
	return true;
}

static const char *const suffixes[] = {".csv", ".tsv", NULL};

const struct reader_driver reader_csv = {
	.format = "csv",
	.suffix = suffixes,
	.fixed = true,
	.mixed = TYPE_STRING,
	.head = csv_head,
	.chained = csv_chained,
	.survey = csv_survey,
	.advance = csv_advance,
	.border = csv_border,
	.open = csv_open,
	.close = csv_close,
	.next = csv_next,
};
