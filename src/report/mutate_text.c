/*
 * Mutation coverage as a list of what is wrong with the suite:
 *
 *	raw/orders  10,000 rows: 41 faults planted, 29 noticed (70.7 %)
 *
 *	  nobody notices
 *	    amount  unit x 100   mean: {column: amount, min: 10, max: 45}
 *	    city    encoding broken   no check of these rows can tell: …
 *
 *	  checks        noticed  alone
 *	    unique:id         3      1
 */
#include "report/mutate_report.h"

#include "base/num.h"
#include "report/text.h"
#include "report/view.h"

enum { NAME_WIDTH = 28, CELL_BYTES = 1 << 14 };

static const struct {
	const char *unicode, *ascii, *colour;
} marks[] = {
	[MUTANT_CAUGHT] = {"✓", "ok  ", "32"},
	[MUTANT_MISSED] = {"✗", "MISS", "31"},
	[MUTANT_NO_EFFECT] = {"–", "none", "2"},
	[MUTANT_NOT_PLANTED] = {"–", "none", "2"},
};

struct sv
mutate_label(const struct mutation *m, const struct check *c)
{
	const struct asset_result a = {.key = m->key};

	return view_label(&a, c);
}

double
mutates_score(const struct mutation *m, size_t n)
{
	int64_t planted = 0, caught = 0;

	for (size_t i = 0; i < n; i++) {
		planted += m[i].planted;
		caught += m[i].caught;
	}
	return mutation_score(caught, planted);
}

static void
put_head(const struct mutation *m, const struct report_style *s, struct buf *b)
{
	char rows[NUM_MAX];

	text_coloured(s, b, "1", m->key);
	if (m->partition.n > 0) {
		buf_putc(b, ' ');
		text_plain(b, m->partition);
	}
	if (m->err.code != ERR_NONE) {
		buf_puts(b, "  cannot be judged: ");
		text_plain(b, sv_of(m->err.msg));
		buf_putc(b, '\n');
		return;
	}
	buf_printf(b, "  %s%s row%s: %jd fault%s planted, %jd noticed", m->cut ? "the first " : "",
	           num_group(m->rows, rows), m->rows == 1 ? "" : "s", (intmax_t)m->planted,
	           m->planted == 1 ? "" : "s", (intmax_t)m->caught);
	if (m->planted > 0)
		buf_printf(b, " (%.1f %%)", mutation_score(m->caught, m->planted));
	buf_putc(b, '\n');
}

/* The longest name in a column of the table, up to a bound. */
static int
width_of(int width, struct sv text)
{
	return MAX(width, MIN(text_width(text), NAME_WIDTH));
}

static void
put_noticed(const struct mutation *m, const struct mutant *x, struct buf *b)
{
	for (size_t i = 0; i < x->nnoticed; i++) {
		const struct check *c = m->check[x->noticed[i].check].check;

		buf_puts(b, i > 0 ? ", " : "");
		text_plain(b, mutate_label(m, c));
		if (x->noticed[i].outcome != OUTCOME_FAIL)
			buf_printf(b, " (%s)", outcome_names[x->noticed[i].outcome]);
	}
}

static void
put_rest(const struct mutation *m, const struct mutant *x, struct buf *b)
{
	switch (x->state) {
	case MUTANT_CAUGHT:
		put_noticed(m, x, b);
		break;
	case MUTANT_NO_EFFECT:
		buf_puts(b, "no effect on these rows");
		break;
	case MUTANT_MISSED:
		if (x->proposal >= 0) {
			buf_puts(b, "try ");
			text_plain(b, m->proposed[x->proposal].check);
			break;
		}
		text_plain(b, x->why);
		break;
	case MUTANT_NOT_PLANTED:
		buf_puts(b, "not planted: ");
		text_plain(b, x->why);
		break;
	}
}

static void
put_mutants(const struct mutation *m, bool all, const struct report_style *s, struct buf *b)
{
	int column = 0, fault = 0;

	for (size_t i = 0; i < m->nmutant; i++) {
		if (!all && m->mutant[i].state != MUTANT_MISSED)
			continue;
		column = width_of(column, m->mutant[i].column.n > 0 ? m->mutant[i].column : SV("(rows)"));
		fault = width_of(fault, sv_of(m->mutant[i].fault->title));
	}
	if (fault == 0)
		return;
	buf_puts(b, all ? "\n  all faults\n" : "\n  what nobody notices\n");
	for (size_t i = 0; i < m->nmutant; i++) {
		const struct mutant *x = &m->mutant[i];
		AUTO(buf) line = buf_new(CELL_BYTES);

		if (!all && x->state != MUTANT_MISSED)
			continue;
		buf_puts(b, "    ");
		text_coloured(s, b, marks[x->state].colour,
		              sv_of(s->unicode ? marks[x->state].unicode : marks[x->state].ascii));
		buf_putc(b, ' ');
		text_pad(b, x->column.n > 0 ? x->column : SV("(rows)"), column);
		buf_puts(b, "  ");
		text_pad(b, sv_of(x->fault->title), fault);
		buf_puts(b, "  ");
		put_rest(m, x, line);
		buf_add(b, buf_sv(line));
		buf_putc(b, '\n');
	}
}

static void
put_checks(const struct mutation *m, struct buf *b)
{
	int width = 0;

	for (size_t i = 0; i < m->ncheck; i++)
		width = width_of(width, mutate_label(m, m->check[i].check));
	buf_puts(b, "\n  ");
	text_pad(b, SV("checks"), width + 2);
	buf_puts(b, "  noticed  alone\n");
	for (size_t i = 0; i < m->ncheck; i++) {
		const struct mutated_check *c = &m->check[i];

		buf_puts(b, "    ");
		text_pad(b, mutate_label(m, c->check), width);
		if (c->asked) {
			buf_printf(b, "  %7jd  %5jd\n", (intmax_t)c->caught, (intmax_t)c->alone);
			continue;
		}
		if (c->outcome == OUTCOME_FAIL || c->outcome == OUTCOME_ERROR)
			buf_puts(b, c->outcome == OUTCOME_FAIL ? "  fails already: "
			                                       : "  cannot be evaluated: ");
		else
			buf_puts(b, "  not asked: ");
		text_plain(b, c->why);
		buf_putc(b, '\n');
	}
}

static void
put_proposed(const struct mutation *m, struct buf *b)
{
	if (m->nproposed == 0)
		return;
	buf_puts(b, "\n  checks that hold today and would notice them\n\n    checks:\n");
	for (size_t i = 0; i < m->nproposed; i++) {
		buf_puts(b, "      - ");
		text_plain(b, m->proposed[i].check);
		buf_printf(b, "  # notices %jd of them\n", (intmax_t)m->proposed[i].faults);
	}
}

void
mutate_text(const struct mutation *m, bool all, const struct report_style *s, struct buf *b)
{
	put_head(m, s, b);
	if (m->err.code != ERR_NONE)
		return;
	put_mutants(m, all, s, b);
	put_checks(m, b);
	put_proposed(m, b);
}
