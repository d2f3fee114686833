/*
 * A profile as a table, a line for each column:
 *
 *	data/orders  csv, 10,000 rows, 3 columns, changed 8 h ago
 *
 *	  column    type     nulls  distinct  range              what is in it
 *	  order_id  integer      0    10,000  1 … 10,000         unique, mean 5000.5
 *	  status    string       3         4  4-8 characters     paid 60 %, open 39 %, …
 */
#include "report/profile_report.h"

#include <math.h>

#include "base/duration.h"
#include "base/num.h"
#include "metric/text_shape.h"
#include "report/text.h"

enum { NAME_WIDTH = 28, RANGE_WIDTH = 41, CELL_BYTES = 1 << 12, VALUE_WIDTH = 24, VALUES_SHOWN = 8, GAP = 2 };
enum { COLUMN_NAME, COLUMN_TYPE, COLUMN_NULLS, COLUMN_DISTINCT, COLUMN_RANGE, COLUMN_REST, COLUMNS };

static const struct {
	const char *title;
	int max;
	bool right;
} columns[COLUMNS] = {
	{"column", NAME_WIDTH, false}, {"type", TYPE_TEXT_MAX, false}, {"nulls", NUM_MAX, true},
	{"distinct", NUM_MAX, true},   {"range", RANGE_WIDTH, false},  {"what is in it", INT32_MAX, false},
};

static void
put_number(struct buf *b, struct value v)
{
	char text[NUM_MAX];

	if (v.kind == VALUE_INT)
		buf_puts(b, num_group(v.i, text));
	else if (v.kind == VALUE_REAL && fabs(v.r) >= 1e6 && fabs(v.r) < 1e15)
		buf_puts(b, num_group(llround(v.r), text));
	else if (v.kind == VALUE_REAL)
		buf_printf(b, "%.6g", v.r);
	else
		(void)value_to_text(v, b);
}

static void
put_range(struct buf *b, const struct profile_column *c, const struct report_style *s)
{
	if (c->pii)
		return;
	if (c->length_min.kind == VALUE_INT) {
		buf_printf(b, "%jd", (intmax_t)c->length_min.i);
		if (c->length_max.i != c->length_min.i)
			buf_printf(b, "-%jd", (intmax_t)c->length_max.i);
		buf_puts(b, c->length_max.i == 1 ? " character" : " characters");
	} else if (c->min.kind != VALUE_NULL) {
		put_number(b, c->min);
		if (value_order(c->min, c->max) != 0) {
			buf_puts(b, s->unicode ? " … " : " .. ");
			put_number(b, c->max);
		}
	}
}

static void
put_values(struct buf *b, const struct profile_column *c, const struct report_style *s)
{
	AUTO(buf) text = buf_new(CELL_BYTES);

	for (uint32_t i = 0; i < c->nvalue; i++) {
		double percent = 100.0 * (double)c->value_count[i] / (double)c->valid;

		if (i == VALUES_SHOWN) {
			buf_puts(b, s->unicode ? ", …" : ", ..");
			return;
		}
		buf_clear(text);
		(void)value_to_text(c->value[i], text);
		buf_puts(b, i > 0 ? ", " : "");
		(void)text_cut(b, buf_sv(text), VALUE_WIDTH, s->unicode);
		/* 99.96 % are not all. */
		buf_printf(b, percent < 10 || (percent > 99 && c->nvalue > 1) ? " %.1f %%" : " %.0f %%",
		           percent);
	}
}

static void
put_rest(struct buf *b, const struct profile_column *c, const struct report_style *s)
{
	const char *sep = "";

	if (c->missing) {
		buf_puts(b, "declared, but the data has no such column");
		return;
	}
	if (c->pii) {
		buf_puts(b, "personal data: not shown");
		sep = ", ";
	}
	if (c->misfits > 0) {
		buf_printf(b, "%s%jd do not fit the type", sep, (intmax_t)c->misfits);
		sep = ", ";
	}
	if (c->unique && c->valid > 1) {
		buf_printf(b, "%sunique", sep);
		sep = ", ";
	}
	for (int i = 0; i < SHAPE_COUNT; i++)
		if ((c->shapes >> i & 1) != 0) {
			buf_printf(b, "%s%s", sep, text_shape_name((enum text_shape)i));
			sep = ", ";
		}
	if (c->mean.kind != VALUE_NULL && !c->pii) {
		buf_printf(b, "%smean ", sep);
		put_number(b, c->mean);
		sep = ", ";
	}
	/* A list says nothing of values that never repeat, nor of numbers that have a range. */
	if (c->nvalue > 0 && !c->pii && (!c->unique || c->valid < 2) && c->min.kind == VALUE_NULL) {
		buf_puts(b, sep);
		put_values(b, c, s);
	}
}

static void
put_cell(struct buf *b, const struct profile_column *c, int column, const struct report_style *s)
{
	char text[MAX(NUM_MAX, TYPE_TEXT_MAX)];

	if (column == COLUMN_NAME)
		buf_add(b, (struct sv){c->name.p, MIN(c->name.n, (size_t)CELL_BYTES / 8)});
	else if (column == COLUMN_REST)
		put_rest(b, c, s);
	else if (column == COLUMN_TYPE)
		buf_puts(b, type_text(c->type, text));
	else if (c->missing)
		return;
	else if (column == COLUMN_NULLS)
		buf_puts(b, num_group(c->nulls, text));
	else if (column == COLUMN_RANGE)
		put_range(b, c, s);
	else if (!c->has_distinct)
		buf_putc(b, '?');
	else
		buf_printf(b, "%s%s", c->distinct_cut ? ">" : "", num_group(c->distinct, text));
}

static void
put_line(struct buf *b, const struct sv cell[COLUMNS], const int width[COLUMNS], int line,
         const struct report_style *s)
{
	int used = 2, pending = 2; /* spaces are put only before what follows: no line ends in some */

	for (int k = 0; k < COLUMNS; k++) {
		AUTO(buf) text = buf_new(CELL_BYTES);
		int taken = text_cut(text, cell[k], k == COLUMN_REST ? MAX(line - used, 8) : width[k],
		                     s->unicode);

		if (columns[k].right)
			pending += MAX(width[k] - taken, 0);
		if (taken > 0) {
			buf_printf(b, "%*s", pending, "");
			buf_add(b, buf_sv(text));
			pending = 0;
		}
		pending += GAP + (columns[k].right ? 0 : MAX(width[k] - taken, 0));
		used += MAX(width[k], 0) + GAP;
	}
	buf_putc(b, '\n');
}

static void
put_table(struct buf *b, const struct profile *p, const struct report_style *s, int line)
{
	AUTO(arena) a = arena_new();
	struct sv(*cell)[COLUMNS] = arena_array(a, (size_t)p->ncolumn + 1, sizeof(*cell));
	int width[COLUMNS] = {0};

	for (int k = 0; k < COLUMNS; k++)
		cell[0][k] = sv_of(columns[k].title);
	for (uint32_t i = 0; i < p->ncolumn; i++)
		for (int k = 0; k < COLUMNS; k++) {
			AUTO(buf) text = buf_new(CELL_BYTES);

			put_cell(text, &p->column[i], k, s);
			cell[i + 1][k] = arena_sv(a, buf_sv(text));
		}
	for (uint32_t i = 0; i <= p->ncolumn; i++)
		for (int k = 0; k + 1 < COLUMNS; k++)
			width[k] = MAX(width[k], MIN(text_width(cell[i][k]), columns[k].max));
	for (uint32_t i = 0; i <= p->ncolumn; i++)
		put_line(b, cell[i], width, line, s);
}

static void
put_head(struct buf *b, const struct profiled *p, const struct report_style *s, int64_t now_us)
{
	const struct profile *f = &p->profile;
	char text[MAX(NUM_MAX, DURATION_MAX)];

	text_coloured(s, b, "1", p->key);
	if (p->partition.n > 0) {
		buf_putc(b, ' ');
		text_plain(b, p->partition);
	}
	buf_printf(b, "  " SV_FMT, SV_ARG(f->format));
	if (f->nparts > 1)
		buf_printf(b, ", %s files", num_group((int64_t)f->nparts, text));
	buf_printf(b, ", %s row%s", num_group(f->rows, text), f->rows == 1 ? "" : "s");
	buf_printf(b, ", %u column%s", f->ncolumn, f->ncolumn == 1 ? "" : "s");
	if (f->newest_us != TIME_NONE && f->newest_us <= now_us)
		buf_printf(b, ", changed %s", moment_words(f->newest_us, now_us, text));
	buf_putc(b, '\n');
	if (f->malformed > 0)
		buf_printf(b, "  %s record%s could not be read as rows\n", num_group(f->malformed, text),
		           f->malformed == 1 ? "" : "s");
}

void
suggestions_yaml(const struct suggestion *s, size_t n, int indent, struct buf *b)
{
	buf_printf(b, "%*schecks:\n", indent, "");
	for (size_t i = 0; i < n; i++) {
		buf_printf(b, "%*s- " SV_FMT, indent + 2, "", SV_ARG(s[i].check));
		buf_printf(b, "  # suggested: " SV_FMT "\n", SV_ARG(s[i].reason));
		if (s[i].warning)
			buf_printf(b, "%*sseverity: warning\n", indent + 4, "");
	}
}

/* In a suite ${VAR} means nothing, so nothing is to be escaped: "$${" is "${" again. */
static void
put_plain(struct buf *b, struct sv text)
{
	while (text.n > 0) {
		if (sv_starts(text, SV("$${")))
			text = sv_skip(text, 1);
		buf_putc(b, *text.p);
		text = sv_skip(text, 1);
	}
}

void
suite_yaml(const struct profiled *p, int64_t now_us, struct buf *b)
{
	AUTO(buf) checks = buf_new(b->max);
	char rows[NUM_MAX], at[RFC3339_MAX];

	buf_puts(b, "# Suggested by `weir profile` from ");
	text_plain(b, p->key);
	if (p->partition.n > 0) {
		buf_putc(b, ' ');
		text_plain(b, p->partition);
	}
	buf_printf(b, ": %s row%s at %s.\n", num_group(p->profile.rows, rows),
	           p->profile.rows == 1 ? "" : "s", rfc3339_seconds(now_us, at));
	buf_puts(
		b,
		"# All of it was true then.  Keep what should always be, loosen what should not, delete the rest.\n");
	if (p->nsuggestion > 0)
		suggestions_yaml(p->suggestion, p->nsuggestion, 0, checks);
	else
		buf_puts(checks, "checks: []\n");
	put_plain(b, buf_sv(checks));
	b->full = b->full || checks->full;
}

void
profile_text(const struct profiled *p, const struct report_style *s, int width, int64_t now_us, struct buf *b)
{
	if (p->err.code != ERR_NONE) {
		text_coloured(s, b, "1", p->key);
		buf_puts(b, "  cannot be read: ");
		text_plain(b, sv_of(p->err.msg));
		buf_putc(b, '\n');
		return;
	}
	put_head(b, p, s, now_us);
	if (!p->suggested) {
		buf_putc(b, '\n');
		put_table(b, &p->profile, s, width);
	} else if (p->nsuggestion > 0) {
		suggestions_yaml(p->suggestion, p->nsuggestion, 4, b);
	} else {
		buf_puts(b, "  nothing to suggest\n");
	}
}
