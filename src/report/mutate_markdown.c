/* Mutation coverage for comments on pull requests: the score, what nobody notices, and what to write. */
#include "report/escape.h"
#include "report/mutate_report.h"
#include "report/view.h"

/* GitHub refuses longer comments than this and a little. */
enum { MISSED_END = 40000 };

static void
put_missed(const struct mutation *m, struct buf *b)
{
	size_t omitted = 0;

	buf_puts(b, "\n| column | fault that nobody notices | a check that would |\n|---|---|---|\n");
	for (size_t i = 0; i < m->nmutant; i++) {
		const struct mutant *x = &m->mutant[i];

		if (x->state != MUTANT_MISSED)
			continue;
		if (b->n > MISSED_END) {
			omitted++;
			continue;
		}
		buf_puts(b, "| ");
		if (x->column.n > 0)
			escape_markdown_code(b, x->column);
		else
			buf_puts(b, "(rows)");
		buf_printf(b, " | %s | ", x->fault->title);
		if (x->proposal >= 0)
			escape_markdown_code(b, m->proposed[x->proposal].check);
		else
			escape_markdown(b, x->why);
		buf_puts(b, " |\n");
	}
	if (omitted > 0)
		buf_printf(b, "\n_%zu more left out._\n", omitted);
}

static void
put_idle(const struct mutation *m, struct buf *b)
{
	size_t n = 0;

	for (size_t i = 0; i < m->ncheck; i++) {
		const struct mutated_check *c = &m->check[i];

		if (c->asked && c->caught > 0)
			continue;
		buf_puts(b, n++ == 0 ? "\nChecks that noticed nothing:\n\n- " : "- ");
		escape_markdown_code(b, mutate_label(m, c->check));
		if (!c->asked) {
			buf_puts(b, ", not asked: ");
			escape_markdown(b, c->why);
		}
		buf_putc(b, '\n');
	}
}

void
mutate_markdown(const struct mutation *m, struct buf *b)
{
	buf_puts(b, "### ");
	escape_markdown_code(b, m->key);
	if (m->partition.n > 0) {
		buf_putc(b, ' ');
		escape_markdown_code(b, m->partition);
	}
	if (m->err.code != ERR_NONE) {
		buf_puts(b, " cannot be judged\n\n");
		escape_markdown(b, sv_of(m->err.msg));
		buf_putc(b, '\n');
		return;
	}
	buf_printf(b, ": %jd of %jd planted faults noticed (%.1f %%)\n", (intmax_t)m->caught,
	           (intmax_t)m->planted, mutation_score(m->caught, m->planted));
	if (m->caught < m->planted)
		put_missed(m, b);
	put_idle(m, b);
}
