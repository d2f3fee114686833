/* The plan of an asset's checks: which metrics in which stages, and how each column is needed. */
#include "expect/expect.h"

struct planning {
	struct arena *a;
	LIST(struct plan_column) column;
	LIST(const struct expr *) foreign;
	uint64_t *seen; /* a bit for each expression that was walked */
};

static void
need_column(void *ctx, const struct column *c, unsigned need)
{
	struct planning *p = ctx;

	for (size_t i = 0; i < p->column.n; i++)
		if (p->column.v[i].column == c) {
			p->column.v[i].need |= need;
			return;
		}
	*LIST_ADD(p->a, &p->column) = (struct plan_column){c, need};
}

/* Trees are shared, so each node is looked at once. */
static void
find_foreign(struct planning *p, const struct expr *e)
{
	if (p->seen[e->id / 64] >> (e->id % 64) & 1)
		return;
	p->seen[e->id / 64] |= UINT64_C(1) << (e->id % 64);
	if (e->kind == EXPR_CALL && e->op == OP_IN_KEYS)
		*LIST_ADD(p->a, &p->foreign) = e;
	for (uint32_t i = 0; i < e->nargs; i++)
		find_foreign(p, e->arg[i]);
}

static void
add_metric(struct planning *p, const struct metric *m)
{
	for (uint32_t i = 0; i < m->nargs; i++) {
		if (m->arg[i]->kind == EXPR_COLUMN && m->kind->need != 0)
			need_column(p, m->arg[i]->column, m->kind->need);
		else
			expr_needs(m->arg[i], need_column, p);
		find_foreign(p, m->arg[i]);
	}
	if (m->where != NULL) {
		expr_needs(m->where, need_column, p);
		find_foreign(p, m->where);
	}
}

struct plan
plan_make(struct arena *a, const struct metrics *m, const struct exprs *x)
{
	uint32_t n = metrics_count(m);
	const struct metric **metric = ARENA_ARRAY(a, const struct metric *, n);
	struct planning p = {.a = a, .seen = ARENA_ARRAY(a, uint64_t, BITMAP_WORDS(exprs_count(x)))};
	struct plan ret = {.metric = metric, .nmetric = n};

	for (uint32_t i = 0; i < n; i++) {
		metric[i] = metrics_at(m, i);
		ret.nstage = MAX(ret.nstage, metric[i]->stage + 1);
		add_metric(&p, metric[i]);
	}
	ret.column = p.column.v;
	ret.ncolumn = (uint32_t)p.column.n;
	ret.foreign = p.foreign.v;
	ret.nforeign = (uint32_t)p.foreign.n;
	return ret;
}
