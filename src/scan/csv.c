/*
 * CSV as in RFC 4180, and what else is found: any delimiter and quote, LF and CRLF mixed, a byte order mark, a last record
 * without newline.  Records with too few or too many fields or with a misplaced quote are malformed: counted and left out.
 * A blank line is a record only if the table has exactly one column.
 */
#include <stdlib.h>

#include "base/simd.h"
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
	const struct simd *simd;
	struct csv_index x;
	/*
	 * The batch's rows: field k of row i stands between mark[i * stride + k] and the next mark.  Fields that follow each other share a
	 * mark, so a batch of nothing but rows has ncol of them a row; what lies before the first field is the place -1.
	 */
	uint32_t *mark;
	size_t stride;
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
		r->ncol += !schema->col[i].missing && !schema->col[i].of_path;
	r->rows_max = (uint32_t)MAX(1, MIN(VECTOR_ROWS, SEPARATORS_MAX / MAX(r->ncol, 1u)));
	csv_index_init(&r->x, r->ncol);
	r->simd = simd_level();
	r->mark = xcalloc((size_t)r->rows_max * (r->ncol + 1) + 1 + SIMD_SLACK, sizeof(*r->mark));
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
	free(r->mark);
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
	uint32_t *mark;

	csv_index_text(&r->x, &r->d->csv, text, r->rows_max);
	r->stride = (size_t)r->ncol + 1;
	for (uint32_t i = 0; i < x->n; i++) {
		if (!check_sizes(x, i, start, err)) {
			r->base.error_at = start; /* as above */
			return false;
		}
		switch (judge(r, text.p, i, start)) {
		case RECORD_ROW:
			mark = r->mark + ret->rows++ * r->stride;
			mark[0] = (uint32_t)start - 1;
			memcpy(mark + 1, x->sep + (i > 0 ? x->end[i - 1] : 0), r->ncol * sizeof(*mark));
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

/* Does the place end a record: is it a newline, or the end of the text? */
static bool
ends_record(struct sv text, size_t at)
{
	return at >= text.n || text.p[at] == '\n';
}

/*
 * The same for texts of nothing but rows: then each separator whose number ncol divides is a newline, and no other.  False if that is
 * not so, or anything else is odd: nothing was done.
 */
static bool
find_plain_rows(struct csv_reader *r, struct sv text, size_t *used, struct batch *ret)
{
	struct simd_format f = {.delimiter = r->d->csv.delimiter, .quote = r->d->csv.quote};
	uint32_t *place = r->mark + 1;
	struct simd_marks m;
	size_t rows, ends;

	if (r->ncol == 0)
		return false;
	m = r->simd->marks(f, text, (size_t)r->rows_max * r->ncol, place);
	if (m.misplaced)
		return false;
	if (m.end == text.n && (m.n == 0 || text.p[place[m.n - 1]] != '\n' || place[m.n - 1] + 1 < text.n)) {
		if (m.quoted)
			return false;
		place[m.n++] = (uint32_t)text.n;
		m.newlines++;
	}
	rows = MIN(m.n / r->ncol, (size_t)r->rows_max);
	if (rows == 0 || (rows < r->rows_max && m.n % r->ncol != 0))
		return false;
	for (size_t i = rows * r->ncol; i < m.n; i++)
		m.newlines -= ends_record(text, place[i]);
	if (m.newlines != rows)
		return false;
	ends = 0;
	for (size_t i = 1; i <= rows; i++)
		ends += ends_record(text, place[i * r->ncol - 1]);
	*used = MIN((size_t)place[rows * r->ncol - 1] + 1, text.n);
	if (ends != rows || *used > FIELD_MAX)
		return false;
	r->mark[0] = UINT32_MAX;
	r->stride = r->ncol;
	ret->rows = (uint32_t)rows;
	return true;
}

/* Fields from the row `row` on, at most 64, as the bits of those that are not null. */
static inline uint64_t
take_fields(struct csv_reader *r, struct sv text, struct cells *c, uint32_t row, uint32_t n, bool tokens,
            bool last)
{
	const struct csv_format *f = &r->d->csv;
	const uint32_t *mark = r->mark + row * r->stride + c->column->index;
	struct sv *dst = c->text + row;
	uint64_t ret = 0;

	for (uint32_t j = 0; j < n; j++, mark += r->stride) {
		uint32_t from = mark[0] + 1, to = mark[1];

		if (last)
			to = (uint32_t)csv_trim(text.p, from, to);

		const char *p = text.p + from;
		bool valid = to > from;

		/* The struct is written a member at a time, as one whose address goes to a function would be through memory. */
		dst[j].p = p;
		dst[j].n = to - from;
		if (tokens || UNLIKELY(*p == f->quote && valid)) {
			struct sv raw = {p, to - from};

			valid = csv_field(f, raw, r->scratch, &raw);
			dst[j] = raw;
		}
		ret |= (uint64_t)valid << j;
	}
	return ret;
}

/* The text of one column's fields. */
static void
take_column(struct csv_reader *r, struct sv text, struct cells *c, uint32_t rows)
{
	const struct csv_format *f = &r->d->csv;
	/* Only the empty field is null, which is what a field without tokens says, too. */
	bool plain = f->nnull == 0 || (f->nnull == 1 && f->null[0].n == 0);
	bool last = c->column->index + 1 == r->ncol;

	for (uint32_t row = 0; row < rows; row += 64) {
		uint32_t n = MIN(rows - row, 64u);

		/* Constants, so that there is a loop of its own for nearly all columns. */
		c->valid[row / 64] = plain && !last ? take_fields(r, text, c, row, n, false, false)
		                                    : take_fields(r, text, c, row, n, !plain, last);
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
	if (!find_plain_rows(r, rest, &used, &b) && !find_rows(r, rest, &used, &b, err)) {
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

const struct reader_driver reader_csv = {
	.format = "csv",
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
