/*
 * Mutation coverage as a list of what is wrong with the suite:
 *
 *	raw/orders  10,000 rows: 41 faults planted, 29 noticed (70.7 %), with the checks below 38 (92.7 %)
 *
 *	  what nobody notices
 *	    amount  ✗ unit x 100       try mean: {column: amount, min: 10, max: 45}
 *	            ✗ 1 % nulls        try not_null: amount
 *	    city    ✗ encoding broken  only another source tells
 *
 *	  checks     noticed  alone
 *	    unique:id      3      1
 */
#include "report/mutate_report.h"

#include "base/num.h"
#include "report/text.h"
#include "report/view.h"

enum { NAME_WIDTH = 28, CELL_BYTES = 1 << 14, INDENT = 4, FAULTS_SHOWN = 3 };

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
	if (m->proposable > 0)
		buf_printf(b, ", with the checks below %jd (%.1f %%)", (intmax_t)(m->caught + m->proposable),
		           mutation_score(m->caught + m->proposable, m->planted));
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

struct widths {
	int column, fault;
};

static struct sv
place_of(const struct mutant *x)
{
	return x->column.n > 0 ? x->column : SV("(rows)");
}

static void
put_mutant(const struct mutation *m, const struct mutant *x, bool first, struct widths w,
           const struct report_style *s, struct buf *b)
{
	AUTO(buf) rest = buf_new(CELL_BYTES);
	int used = INDENT + w.column + w.fault + 4 + (s->unicode ? 2 : 5);

	buf_printf(b, "%*s", INDENT, "");
	text_pad(b, first ? place_of(x) : SV(""), w.column);
	buf_puts(b, "  ");
	text_coloured(s, b, marks[x->state].colour,
	              sv_of(s->unicode ? marks[x->state].unicode : marks[x->state].ascii));
	buf_putc(b, ' ');
	text_pad(b, sv_of(x->fault->title), w.fault);
	buf_puts(b, "  ");
	put_rest(m, x, rest);
	if (s->width > 0)
		(void)text_cut(b, buf_sv(rest), MAX(s->width - used, 20), s->unicode);
	else
		buf_add(b, buf_sv(rest));
	buf_putc(b, '\n');
}

static void
put_column(const struct mutation *m, struct sv column, bool all, struct widths w,
           const struct report_style *s, struct buf *b)
{
	bool first = true;

	for (size_t i = 0; i < m->nmutant; i++) {
		if (!sv_eq(m->mutant[i].column, column) || (!all && m->mutant[i].state != MUTANT_MISSED))
			continue;
		put_mutant(m, &m->mutant[i], first, w, s, b);
		first = false;
	}
}

/* Column by column, in the order in which they are met; the rows as a whole last. */
static void
put_mutants(const struct mutation *m, bool all, const struct report_style *s, struct buf *b)
{
	struct widths w = {0};

	for (size_t i = 0; i < m->nmutant; i++) {
		if (!all && m->mutant[i].state != MUTANT_MISSED)
			continue;
		w.column = width_of(w.column, place_of(&m->mutant[i]));
		w.fault = width_of(w.fault, sv_of(m->mutant[i].fault->title));
	}
	if (w.fault == 0)
		return;
	buf_puts(b, all ? "\n  all faults\n" : "\n  what nobody notices\n");
	for (size_t i = 0; i < m->nmutant; i++) {
		bool first = m->mutant[i].column.n > 0;

		for (size_t k = 0; k < i && first; k++)
			first = !sv_eq(m->mutant[k].column, m->mutant[i].column);
		if (first)
			put_column(m, m->mutant[i].column, all, w, s, b);
	}
	put_column(m, SV(""), all, w, s, b);
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

/* The faults that a check would notice: the first ones by name. */
static void
put_reasons(const struct mutation *m, int proposal, struct buf *b)
{
	const struct fault *last = NULL; /* of several columns: told once */
	int n = 0;

	for (size_t i = 0; i < m->nmutant; i++) {
		if (m->mutant[i].proposal != proposal || m->mutant[i].fault == last)
			continue;
		last = m->mutant[i].fault;
		if (n++ >= FAULTS_SHOWN)
			continue;
		buf_puts(b, n > 1 ? ", " : "  # ");
		buf_puts(b, m->mutant[i].fault->title);
	}
	if (n > FAULTS_SHOWN)
		buf_printf(b, " and %d more", n - FAULTS_SHOWN);
}

static void
put_proposed(const struct mutation *m, struct buf *b)
{
	if (m->nproposed == 0)
		return;
	buf_puts(b, "\n  checks that hold on these rows and would notice\n\n    checks:\n");
	for (size_t i = 0; i < m->nproposed; i++) {
		buf_puts(b, "      - ");
		text_plain(b, m->proposed[i].check);
		put_reasons(m, (int)i, b);
		buf_putc(b, '\n');
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
