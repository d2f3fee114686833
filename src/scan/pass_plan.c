/* The plan of a pass: which columns its metrics need, and where their states stand. */
#include "scan/pass_states.h"

static void
need_column(void *ctx, const struct column *c, unsigned need)
{
	struct pass_plan *p = ctx;

	if (c->index >= p->ncolumn) {
		uint32_t n = MAX(c->index + 1, p->ncolumn * 2);

		p->need = arena_grow(p->a, p->need, p->ncolumn * sizeof(*p->need), n * sizeof(*p->need));
		p->ncolumn = n;
	}
	/* Whether a value fits its declared type must not depend on which other metrics are in the pass, so it is always parsed. */
	if (need != 0 && c->declared && !c->certain && c->type.kind != TYPE_STRING)
		need |= NEED_VALUE;
	p->need[c->index] |= need;
	*LIST_ADD(p->a, &p->planning->need) = (struct needed){.column = c->index, .need = need};
}

static void
need_arg(struct pass_plan *p, const struct metric *m, const struct expr *e)
{
	if (e->kind == EXPR_COLUMN && m->kind->need == NEED_PRESENCE)
		need_column(p, e->column, NEED_PRESENCE);
	else
		expr_needs(e, need_column, p);
}

/* The failure of a metric whose value the expression uses, or NULL. */
static const struct err *
used_failure(const struct pass_plan *p, const struct expr *e)
{
	const struct err *ret = NULL;

	if (e->kind == EXPR_METRIC)
		return p->values != NULL && p->values[e->metric->id].failed ? &p->values[e->metric->id].err
		                                                            : NULL;
	for (uint32_t i = 0; i < e->nargs && ret == NULL; i++)
		ret = used_failure(p, e->arg[i]);
	return ret;
}

static void
plan_failure(struct pass_plan *p, uint32_t i, const struct expr *e)
{
	const struct err *err = used_failure(p, e);

	if (err == NULL || p->failed[i] != NULL)
		return;
	p->failed[i] = ARENA_NEW(p->a, struct err);
	*p->failed[i] = *err;
}

/* Where the states stand in their blocks. */
static void
lay_out(struct pass_plan *p)
{
	p->ordered_size = p->unordered_size = 0;
	for (uint32_t i = 0; i < p->n; i++) {
		struct planned *planned = &p->metric[i];
		size_t *size = planned->ordered ? &p->ordered_size : &p->unordered_size;

		planned->offset = *size;
		*size += (planned->m->kind->state_size + 15) & ~(size_t)15;
	}
}

struct pass_plan *
pass_plan_new(const struct metric *const *m, uint32_t n, const struct metric_value *values)
{
	struct arena *a = arena_new();
	struct pass_plan *p = ARENA_NEW(a, struct pass_plan);

	p->a = a;
	p->n = n;
	p->values = values;
	p->metric = ARENA_ARRAY(a, struct planned, n);
	p->failed = ARENA_ARRAY(a, struct err *, n);
	for (uint32_t i = 0; i < n; i++) {
		p->metric[i] = (struct planned){.m = m[i], .ordered = m[i]->kind->ordered};
		p->planning = &p->metric[i];
		for (uint32_t j = 0; j < m[i]->nargs; j++) {
			need_arg(p, m[i], m[i]->arg[j]);
			plan_failure(p, i, m[i]->arg[j]);
		}
		if (m[i]->where != NULL) {
			expr_needs(m[i]->where, need_column, p);
			plan_failure(p, i, m[i]->where);
		}
	}
	lay_out(p);
	return p;
}

/* Does the metric have all it needs of a part? */
bool
pass_plan_knows(const struct pass_plan *p, uint32_t i, uint32_t part)
{
	return p->known != NULL && p->known[(size_t)part * p->n + i];
}

/* What those need that do not have all. */
static void
need_again(struct pass_plan *p, size_t parts)
{
	for (uint32_t c = 0; c < p->ncolumn; c++)
		p->need[c] = 0;
	for (uint32_t i = 0; i < p->n; i++) {
		const struct planned *planned = &p->metric[i];
		uint32_t part = 0;

		while (part < parts && pass_plan_knows(p, i, part))
			part++;
		for (size_t k = 0; part < parts && k < planned->need.n; k++)
			p->need[planned->need.v[k].column] |= planned->need.v[k].need;
	}
}

void
pass_plan_by_part(struct pass_plan *p, size_t parts, const bool *known)
{
	p->known = known;
	for (uint32_t i = 0; i < p->n; i++) {
		struct planned *planned = &p->metric[i];

		if (metric_is_kept(planned->m))
			planned->ordered |= parts > 1 || planned->m->kind->class != STATE_SPILLING;
	}
	lay_out(p);
	need_again(p, parts);
}

void
pass_plan_spill(struct pass_plan *p, const char *folder)
{
	p->spill_folder = folder;
}

void
pass_plan_free(struct pass_plan *p)
{
	if (p != NULL)
		arena_free(p->a);
}

unsigned
pass_plan_need(const struct pass_plan *p, uint32_t index)
{
	return index < p->ncolumn ? p->need[index] : 0;
}
