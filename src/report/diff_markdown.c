/* Differences as Markdown, for comments on pull requests. */
#include "base/num.h"
#include "report/diff_report.h"
#include "report/escape.h"

enum { CELL_BYTES = 200 };

static const char *const sides[] = {"A", "B"};

static void
put_value(struct buf *b, struct value v)
{
	AUTO(buf) text = buf_new(1 << 16);

	if (v.kind == VALUE_TEXT)
		v.s.n = MIN(v.s.n, (size_t)CELL_BYTES);
	diff_value(v, text);
	escape_markdown_code(b, buf_sv(text));
}

static void
put_head(const struct diff *f, struct buf *b)
{
	static const char *const marks[] = {"✓", "✗", "⚠"};
	char rows[NUM_MAX];

	buf_printf(b, "### %s ", marks[f->outcome]);
	diff_summary(f, b);
	buf_puts(b, "\n\n| | table | format | rows | columns |\n|---|---|---|---:|---:|\n");
	for (int s = 0; s < 2; s++) {
		buf_printf(b, "| %s | ", sides[s]);
		escape_markdown_code(b, f->side[s].name);
		if (f->side[s].partition.n > 0) {
			buf_putc(b, ' ');
			escape_markdown_code(b, f->side[s].partition);
		}
		buf_printf(b, " | " SV_FMT " | %s | %u |\n", SV_ARG(f->side[s].format),
		           num_group(f->side[s].rows, rows), f->side[s].ncolumn);
	}
}

static void
put_schema(const struct diff *f, struct buf *b)
{
	char type[TYPE_TEXT_MAX];
	bool any = false;

	for (size_t i = 0; i < f->ncolumn; i++) {
		const struct diff_column *c = &f->column[i];

		if (c->there[0] && c->there[1] && diff_type_note(c)[0] == '\0')
			continue;
		if (!any)
			buf_puts(b, "\n| column | A | B | |\n|---|---|---|---|\n");
		any = true;
		buf_puts(b, "| ");
		escape_markdown_code(b, c->name);
		for (int s = 0; s < 2; s++)
			buf_printf(b, " | %s", c->there[s] ? type_text(c->type[s], type) : "–");
		buf_printf(b, " | %s |\n",
		           !c->there[0]   ? "only in B"
		           : !c->there[1] ? "only in A"
		                          : diff_type_note(c));
	}
	if (f->moved)
		buf_puts(b, "\nThe columns of both stand in another order.\n");
}

static void
put_numbers(const struct diff *f, struct buf *b)
{
	AUTO(buf) x = buf_new(1 << 12);
	AUTO(buf) y = buf_new(1 << 12);
	bool any = false;

	for (size_t i = 0; i < f->ncolumn; i++)
		for (int k = 0; k < DIFF_NUMBERS; k++) {
			const struct diff_column *c = &f->column[i];

			if (!diff_number_shown(c, k, false))
				continue;
			if (!any)
				buf_puts(b, "\n| column | number | A | B |\n|---|---|---:|---:|\n");
			any = true;
			buf_puts(b, "| ");
			escape_markdown_code(b, c->name);
			buf_printf(b, " | %s | ", diff_number_names[k]);
			diff_number_words(c, k, x, y);
			escape_markdown_code(b, buf_sv(x));
			buf_puts(b, " | ");
			escape_markdown_code(b, buf_sv(y));
			buf_puts(b, " |\n");
		}
}

static void
put_changes(const struct diff *f, struct buf *b)
{
	AUTO(buf) key = buf_new(1 << 16);
	char rows[NUM_MAX];

	if (f->changed == 0)
		return;
	buf_printf(b, "\n%s row%s changed:\n\n| column | rows | key | A | B |\n|---|---:|---|---|---|\n",
	           num_group(f->changed, rows), f->changed == 1 ? "" : "s");
	for (size_t i = 0; i < f->ncolumn; i++) {
		const struct diff_column *c = &f->column[i];

		for (size_t k = 0; k < c->nsample; k++) {
			buf_puts(b, "| ");
			escape_markdown_code(b, c->name);
			buf_printf(b, " | %s | ", num_group(c->changed, rows));
			buf_clear(key);
			diff_key(f, c->sample[k].key, key);
			escape_markdown_code(b, buf_sv(key));
			for (int s = 0; s < 2; s++) {
				buf_puts(b, " | ");
				put_value(b, c->sample[k].value[s]);
			}
			buf_puts(b, " |\n");
		}
		if (c->changed > 0 && c->nsample == 0) {
			buf_puts(b, "| ");
			escape_markdown_code(b, c->name);
			buf_printf(b, " | %s | | | |\n", num_group(c->changed, rows));
		}
	}
}

static void
put_only(const struct diff *f, int s, struct buf *b)
{
	char rows[NUM_MAX];

	if (f->only[s].n == 0)
		return;
	buf_printf(b, "\n%s row%s only in %s%s\n", num_group(f->only[s].n, rows),
	           f->only[s].n == 1 ? "" : "s", sides[s], f->only[s].nsample > 0 ? ", among them:\n" : ".");
	for (size_t i = 0; i < f->only[s].nsample; i++) {
		AUTO(buf) text = buf_new(1 << 20);
		const char *sep = "";

		for (size_t k = 0; k < f->ncolumn; k++) {
			if (!f->column[k].there[0] || !f->column[k].there[1])
				continue;
			buf_printf(text, "%s" SV_FMT "=", sep, SV_ARG(f->column[k].name));
			diff_value(f->only[s].sample[i].value[k], text);
			sep = ", ";
		}
		buf_puts(b, "- ");
		escape_markdown_code(b, buf_sv(text));
		if (f->only[s].sample[i].times > 1)
			buf_printf(b, ", %s times", num_group(f->only[s].sample[i].times, rows));
		buf_putc(b, '\n');
	}
}

static void
put_repeated(const struct diff *f, struct buf *b)
{
	AUTO(buf) key = buf_new(1 << 16);
	char rows[NUM_MAX];

	for (int s = 0; s < 2; s++)
		if (f->side[s].repeated_keys > 0) {
			buf_printf(
				b,
				"\n%s row%s of %s have a key that names several, and are compared as a whole.\n",
				num_group(f->side[s].repeated_rows, rows),
				f->side[s].repeated_rows == 1 ? "" : "s", sides[s]);
		}
	for (size_t i = 0; i < f->nrepeated; i++) {
		buf_clear(key);
		diff_key(f, f->repeated[i].key, key);
		buf_puts(b, i == 0 ? "\n- " : "- ");
		escape_markdown_code(b, buf_sv(key));
		buf_printf(b, ": %s in A, ", num_group(f->repeated[i].times[0], rows));
		buf_printf(b, "%s in B\n", num_group(f->repeated[i].times[1], rows));
	}
}

void
diff_markdown(const struct diff *f, struct buf *b)
{
	put_head(f, b);
	put_schema(f, b);
	put_numbers(f, b);
	put_changes(f, b);
	put_only(f, 0, b);
	put_only(f, 1, b);
	put_repeated(f, b);
}
