/*
 * Differences for people, in at most the width of the terminal:
 *
 *	A  old.csv  csv, 10,000 rows, 5 columns
 *	B  new.csv  csv, 10,003 rows, 6 columns
 *
 *	Columns
 *	  note    only in B, string
 *
 *	Rows by id
 *	   9,990  equal
 *	       8  changed
 */
#include "base/num.h"
#include "report/diff_report.h"
#include "report/text.h"

enum { CELL_BYTES = 1 << 12, CELLS = 4, NAME_WIDTH = 28, VALUE_WIDTH = 40, KEY_WIDTH = 32 };

struct printing {
	const struct diff *f;
	const struct report_style *s;
	int width;
	struct buf *b;
	struct arena *a;
};

/* Lines of a few cells, the columns as wide as they need; the last one takes what is left. */
struct table {
	struct sv (*line)[CELLS];
	size_t n, cap;
	int max[CELLS];
	bool right[CELLS];
};

static struct sv *
add_line(struct printing *p, struct table *t)
{
	if (t->n == t->cap)
		t->line = arena_list_grow(p->a, t->line, &t->cap, sizeof(*t->line));
	return t->line[t->n++];
}

static void
put_line(struct printing *p, const struct table *t, const struct sv cell[CELLS], const int width[CELLS],
         const char *colour)
{
	int used = 2, pending = 2; /* no line ends in spaces */

	for (int k = 0; k < CELLS; k++) {
		AUTO(buf) text = buf_new(CELL_BYTES);
		int room = MAX(MIN(width[k], p->width - used), 8);
		int taken = text_cut(text, cell[k], room, p->s->unicode);

		if (t->right[k])
			pending += MAX(width[k] - taken, 0);
		if (taken > 0) {
			buf_printf(p->b, "%*s", pending, "");
			if (k == 0 && colour != NULL && p->s->colour)
				buf_printf(p->b, "\033[%sm" SV_FMT "\033[0m", colour, SV_ARG(buf_sv(text)));
			else
				buf_add(p->b, buf_sv(text));
			pending = 0;
		}
		pending += 2 + (t->right[k] ? 0 : MAX(width[k] - taken, 0));
		used += width[k] + 2;
	}
	buf_putc(p->b, '\n');
}

static void
put_table(struct printing *p, const struct table *t)
{
	int width[CELLS] = {0};

	for (size_t i = 0; i < t->n; i++)
		for (int k = 0; k < CELLS; k++)
			width[k] = MAX(width[k], MIN(text_width(t->line[i][k]), t->max[k]));
	for (size_t i = 0; i < t->n; i++)
		put_line(p, t, t->line[i], width, NULL);
}

static void put_title(struct printing *p, const char *fmt, ...) PRINTF(2, 3);

static void
put_title(struct printing *p, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_putc(p->b, '\n');
	text_coloured(p->s, p->b, "1", sv_of(arena_vprintf(p->a, fmt, ap)));
	va_end(ap);
	buf_putc(p->b, '\n');
}

static struct sv
group(struct printing *p, int64_t n)
{
	char text[NUM_MAX];

	return arena_sv(p->a, sv_of(num_group(n, text)));
}

/* A value that a cell can hold. */
static struct sv
value_cell(struct printing *p, struct value v)
{
	AUTO(buf) text = buf_new(CELL_BYTES);

	if (v.kind == VALUE_TEXT)
		v.s.n = MIN(v.s.n, (size_t)CELL_BYTES / 4);
	diff_value(v, text);
	return arena_sv(p->a, buf_sv(text));
}

static void
put_head(struct printing *p)
{
	for (int s = 0; s < 2; s++) {
		const struct diff_side *side = &p->f->side[s];
		struct sv text = arena_svf(p->a, SV_FMT "%s" SV_FMT "  " SV_FMT ", ", SV_ARG(side->name),
		                           side->partition.n > 0 ? " " : "", SV_ARG(side->partition),
		                           SV_ARG(side->format));
		const char *rows = group(p, side->rows).p;

		if (side->nparts > 1)
			text = arena_svf(p->a, SV_FMT "%zu files, ", SV_ARG(text), side->nparts);
		text = arena_svf(p->a, SV_FMT "%s row%s, %u column%s", SV_ARG(text), rows,
		                 side->rows == 1 ? "" : "s", side->ncolumn, side->ncolumn == 1 ? "" : "s");
		text_coloured(p->s, p->b, s == 0 ? "31" : "32", s == 0 ? SV("A") : SV("B"));
		buf_puts(p->b, "  ");
		(void)text_cut(p->b, text, p->width - 3, p->s->unicode);
		buf_putc(p->b, '\n');
	}
	if (p->f->where.n > 0) {
		buf_puts(p->b, "   where ");
		(void)text_cut(p->b, p->f->where, p->width - 9, p->s->unicode);
		buf_putc(p->b, '\n');
	}
}

/* Columns -------------------------------------------------------------------------------------------------------- */

static void
add_schema_line(struct printing *p, struct table *t, const struct diff_column *c)
{
	char type[2][TYPE_TEXT_MAX];
	struct sv *line;

	if (c->there[0] && c->there[1] && diff_type_note(c)[0] == '\0')
		return;
	line = add_line(p, t);
	line[0] = c->name;
	for (int s = 0; s < 2; s++)
		line[1 + s] = c->there[s]     ? arena_sv(p->a, sv_of(type_text(c->type[s], type[s])))
		              : p->s->unicode ? SV("–")
		                              : SV("-");
	line[3] = !c->there[0] ? SV("only in B") : !c->there[1] ? SV("only in A") : sv_of(diff_type_note(c));
}

static void
put_schema(struct printing *p)
{
	const struct diff *f = p->f;
	struct table t = {.max = {NAME_WIDTH, TYPE_TEXT_MAX, TYPE_TEXT_MAX, p->width}};
	struct sv *head;

	if (f->only_columns[0] + f->only_columns[1] + f->types == 0 && !f->moved)
		return;
	put_title(p, "Columns that differ");
	head = add_line(p, &t);
	head[0] = SV("column");
	head[1] = SV("A");
	head[2] = SV("B");
	for (size_t i = 0; i < f->ncolumn; i++)
		add_schema_line(p, &t, &f->column[i]);
	if (t.n > 1)
		put_table(p, &t);
	if (f->moved)
		buf_puts(p->b, "  The columns of both stand in another order.\n");
	for (size_t i = 0; i < f->ncolumn; i++)
		if (f->column[i].nullable[0] != f->column[i].nullable[1] && f->column[i].nullable[0] != 0 &&
		    f->column[i].nullable[1] != 0) {
			buf_puts(p->b, "  ");
			text_plain(p->b, f->column[i].name);
			buf_printf(p->b, " may be null in %s only.\n",
			           f->column[i].nullable[0] == DIFF_NULLABLE_YES ? "A" : "B");
		}
}

/* Numbers ---------------------------------------------------------------------------------------------------------- */

static void
put_numbers(struct printing *p)
{
	const struct diff *f = p->f;
	struct table t = {.max = {NAME_WIDTH, NAME_WIDTH, VALUE_WIDTH / 2, p->width},
	                  .right = {false, false, true, true}};
	AUTO(buf) a = buf_new(CELL_BYTES);
	AUTO(buf) b = buf_new(CELL_BYTES);
	struct sv *line = add_line(p, &t);

	line[0] = SV("column");
	line[2] = SV("A");
	line[3] = SV("B");
	t.max[3] = VALUE_WIDTH / 2;
	for (size_t i = 0; i < f->ncolumn; i++) {
		const struct diff_column *c = &f->column[i];
		bool first = true;

		for (int k = 0; k < DIFF_NUMBERS; k++) {
			if (!diff_number_shown(c, k, p->s->verbose))
				continue;
			line = add_line(p, &t);
			line[0] = first ? c->name : SV("");
			line[1] = sv_of(diff_number_names[k]);
			diff_number_words(c, k, a, b);
			line[2] = arena_sv(p->a, buf_sv(a));
			line[3] = arena_sv(p->a, buf_sv(b));
			first = false;
		}
	}
	if (t.n == 1)
		return;
	put_title(p, p->s->verbose ? "Numbers of columns" : "Numbers that differ");
	put_table(p, &t);
}

/* Rows ------------------------------------------------------------------------------------------------------------- */

static void add_count(struct printing *p, struct table *t, int64_t n, const char *fmt, ...) PRINTF(4, 5);

static void
add_count(struct printing *p, struct table *t, int64_t n, const char *fmt, ...)
{
	struct sv *line;
	va_list ap;

	if (n == 0)
		return;
	line = add_line(p, t);
	line[0] = group(p, n);
	va_start(ap, fmt);
	line[1] = sv_of(arena_vprintf(p->a, fmt, ap));
	va_end(ap);
}

static void
put_counts(struct printing *p)
{
	const struct diff *f = p->f;
	struct table t = {.max = {NUM_MAX, p->width, 0, 0}, .right = {true}};
	AUTO(buf) key = buf_new(CELL_BYTES);

	for (size_t i = 0; i < f->nkey; i++) {
		buf_puts(key, i > 0 ? ", " : " by ");
		buf_add(key, f->column[f->key[i]].name);
	}
	put_title(p, "Rows%s", f->nkey > 0 ? buf_str(key) : ", as a whole: there is no key");
	add_count(p, &t, f->same, "equal");
	if (t.n == 0)
		add_line(p, &t)[0] = SV("0"), t.line[0][1] = SV("equal");
	add_count(p, &t, f->within, "of these only within the tolerance");
	add_count(p, &t, f->changed, "changed");
	for (int s = 0; s < 2; s++)
		add_count(p, &t, f->only[s].n, "only in %s", s == 0 ? "A" : "B");
	for (int s = 0; s < 2; s++)
		add_count(p, &t, f->side[s].repeated_rows,
		          "in %s with %s that name%s several rows: compared as a whole", s == 0 ? "A" : "B",
		          f->side[s].repeated_keys == 1 ? "a key" : "keys",
		          f->side[s].repeated_keys == 1 ? "s" : "");
	for (int s = 0; s < 2; s++) {
		add_count(p, &t, f->side[s].unread, "of %s not compared: a value does not fit its type",
		          s == 0 ? "A" : "B");
		add_count(p, &t, f->side[s].malformed, "in %s that could not be read as rows",
		          s == 0 ? "A" : "B");
	}
	put_table(p, &t);
}

/* Why something could not be compared. */
static void
put_misfits(struct printing *p)
{
	static const char *const sides[] = {"A", "B"};

	for (int s = 0; s < 2; s++)
		if (p->f->side[s].malformed_at.n > 0) {
			buf_puts(p->b, "  ");
			(void)text_cut(p->b, p->f->side[s].malformed_at, p->width - 2, p->s->unicode);
			buf_putc(p->b, '\n');
		}
	for (size_t i = 0; i < p->f->ncolumn; i++)
		for (int s = 0; s < 2; s++) {
			const struct diff_column *c = &p->f->column[i];
			const int64_t n = c->numbers[s].misfits;
			char type[TYPE_TEXT_MAX];

			if (n == 0)
				continue;
			buf_printf(p->b, "  %s value%s of ", group(p, n).p, n == 1 ? "" : "s");
			(void)text_cut(p->b, c->name, NAME_WIDTH, p->s->unicode);
			buf_printf(p->b, " in %s %s no %s\n", sides[s], n == 1 ? "is" : "are",
			           type_text(c->read[s], type));
		}
}

static void
put_changes(struct printing *p)
{
	const struct diff *f = p->f;

	if (f->changed == 0)
		return;
	put_title(p, "Changed values");
	for (size_t i = 0; i < f->ncolumn; i++) {
		const struct diff_column *c = &f->column[i];
		struct table t = {.max = {KEY_WIDTH, VALUE_WIDTH, VALUE_WIDTH, 0}};

		if (c->changed == 0)
			continue;
		buf_puts(p->b, "  ");
		text_coloured(p->s, p->b, "33", c->name);
		buf_printf(p->b, ": %s row%s\n", group(p, c->changed).p, c->changed == 1 ? "" : "s");
		for (size_t k = 0; k < c->nsample; k++) {
			const struct sv old = value_cell(p, c->sample[k].value[0]),
					new = value_cell(p, c->sample[k].value[1]);
			AUTO(buf) key = buf_new(CELL_BYTES);
			struct sv *line = add_line(p, &t);

			diff_key(f, c->sample[k].key, key);
			line[0] = arena_svf(p->a, "  " SV_FMT, SV_ARG(buf_sv(key)));
			line[1] = arena_svf(p->a, SV_FMT " %s " SV_FMT, SV_ARG(old),
			                    p->s->unicode ? "→" : "->", SV_ARG(new));
		}
		t.max[1] = p->width;
		put_table(p, &t);
		if ((int64_t)c->nsample < c->changed && c->nsample > 0)
			buf_printf(p->b, "    %s\n", p->s->unicode ? "…" : "..");
	}
}

static void
put_row(struct printing *p, const struct diff_row *row)
{
	const struct diff *f = p->f;
	AUTO(buf) text = buf_new(CELL_BYTES);
	const char *sep = "";

	for (int keys = 1; keys >= 0; keys--)
		for (size_t i = 0; i < f->ncolumn; i++) {
			if (f->column[i].key != (keys == 1) || !f->column[i].there[0] ||
			    !f->column[i].there[1])
				continue;
			buf_printf(text, "%s" SV_FMT "=", sep, SV_ARG(f->column[i].name));
			buf_add(text, value_cell(p, row->value[i]));
			sep = ", ";
		}
	buf_puts(p->b, "  ");
	if (row->times > 1)
		buf_printf(p->b, "%s times ", group(p, row->times).p);
	(void)text_cut(p->b, buf_sv(text), p->width - 2, p->s->unicode);
	buf_putc(p->b, '\n');
}

static void
put_only(struct printing *p, int s)
{
	const struct diff_rows *rows = &p->f->only[s];
	int64_t shown = 0;

	if (rows->n == 0)
		return;
	put_title(p, "Only in %s", s == 0 ? "A" : "B");
	for (size_t i = 0; i < rows->nsample; i++) {
		put_row(p, &rows->sample[i]);
		shown += rows->sample[i].times;
	}
	if (shown < rows->n)
		buf_printf(p->b, "  %s\n", p->s->unicode ? "…" : "..");
}

static void
put_repeated(struct printing *p)
{
	const struct diff *f = p->f;

	if (f->nrepeated == 0)
		return;
	put_title(p, "Keys that name several rows");
	for (size_t i = 0; i < f->nrepeated; i++) {
		AUTO(buf) text = buf_new(CELL_BYTES);

		diff_key(f, f->repeated[i].key, text);
		buf_puts(p->b, "  ");
		(void)text_cut(p->b, buf_sv(text), p->width - 32, p->s->unicode);
		buf_printf(p->b, ": %s in A, %s in B\n", group(p, f->repeated[i].times[0]).p,
		           group(p, f->repeated[i].times[1]).p);
	}
	if ((int64_t)f->nrepeated < MAX(f->side[0].repeated_keys, f->side[1].repeated_keys))
		buf_printf(p->b, "  %s\n", p->s->unicode ? "…" : "..");
}

/* As after a check: one behind the other, in lines as long as they are. */
static void
put_explained(struct printing *p)
{
	static const char *const sides[] = {"A", "B"};

	for (int s = 0; s < 2; s++)
		if (p->f->side[s].explain.n > 0) {
			put_title(p, "How %s was read", sides[s]);
			text_lines(p->b, p->f->side[s].explain);
		}
	if (p->f->explain.n > 0) {
		put_title(p, "How rows were compared");
		text_lines(p->b, p->f->explain);
	}
}

void
diff_text(const struct diff *f, const struct report_style *s, int width, struct buf *b)
{
	static const enum outcome marks[] = {OUTCOME_PASS, OUTCOME_FAIL, OUTCOME_ERROR};
	AUTO(arena) a = arena_new();
	AUTO(buf) text = buf_new(CELL_BYTES);
	struct printing p = {.f = f, .s = s, .width = width, .b = b, .a = a};

	put_head(&p);
	put_schema(&p);
	put_numbers(&p);
	put_counts(&p);
	put_misfits(&p);
	put_changes(&p);
	put_only(&p, 0);
	put_only(&p, 1);
	put_repeated(&p);
	put_explained(&p);
	buf_putc(b, '\n');
	text_mark(s, b, marks[f->outcome]);
	buf_putc(b, ' ');
	diff_summary(f, text);
	buf_add(b, buf_sv(text));
	buf_putc(b, '\n');
}
