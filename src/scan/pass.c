/*
 * A pass feeds batches to metric states.
 *
 *	batch ──► eval ──► arguments, filter ──► selected rows ──► kind->update(state)
 *
 * Rows that cannot be computed (an error in the filter, or in an argument where the filter is true) are taken out and counted
 * here, once for all kinds.  Ordered states and these counts live in a cut, one a morsel; other states live as long as the pass.
 */
#include "scan/pass.h"

#include <stdlib.h>

#include "scan/foresee.h"
#include "scan/pass_states.h"
#include "scan/weigh.h"

struct pass *
pass_new(const struct pass_plan *p, size_t memory_bytes)
{
	struct pass *s = xcalloc(1, sizeof(*s));
	uint32_t most = 0;

	s->plan = p;
	s->memory_bytes = memory_bytes;
	s->eval = eval_new();
	eval_set_values(s->eval, p->values);
	s->scales = scales_new(s->eval, p);
	states_init(&s->unordered, p, false);
	states_init(&s->ordered, p, true);
	s->how = xcalloc(MAX(p->n, 1), 1);
	s->passed = xcalloc(MAX(p->n, 1), sizeof(*s->passed));
	s->reads = xcalloc(MAX(p->n, 1), sizeof(*s->reads));
	for (uint32_t i = 0; i < p->n; i++)
		most = MAX(most, p->metric[i].m->nargs);
	s->arg = xcalloc((size_t)most + 1, sizeof(*s->arg));
	return s;
}

static struct states *
states_of(struct pass *p, uint32_t i)
{
	return p->plan->metric[i].ordered ? &p->ordered : &p->unordered;
}

void
pass_free(struct pass *p)
{
	if (p == NULL)
		return;
	scales_free(p->scales);
	eval_free(p->eval);
	states_fini(&p->unordered);
	states_fini(&p->ordered);
	free(p->arg);
	free(p->how);
	free(p->passed);
	free(p->reads);
	free(p);
}

/* Counts rows that could not be computed. */
static void
tally_add(struct tally *t, const struct batch *b, const uint64_t *errors)
{
	for (size_t w = 0; w < BITMAP_WORDS(b->rows); w++) {
		if (errors[w] == 0)
			continue;
		if (t->errors == 0)
			t->first = (struct row_at){
				.part = b->at.part,
				.row = b->at.row + (int64_t)(w * 64) + __builtin_ctzll(errors[w]),
			};
		t->errors += __builtin_popcountll(errors[w]);
	}
}

/*
 * The rows that count: where the filter is true and no argument is an error.  Yields the evaluator's own bitmap where that is all
 * rows, which is nearly always.
 */
static const uint64_t *
select_rows(struct pass *p, const struct batch *b, const struct metric *m, const struct vector *const *arg,
            struct tally *t)
{
	size_t words = BITMAP_WORDS(b->rows);
	uint64_t errors[EVAL_WORDS] = {0};
	bool some = false;

	if (m->where != NULL) {
		struct truth where;

		eval_truth(p->eval, m->where, arg[m->nargs], &where);
		for (size_t w = 0; w < words; w++) {
			p->selected[w] = where.t[w];
			errors[w] = where.e[w];
			some |= where.e[w] != 0;
		}
	}
	for (uint32_t j = 0; j < m->nargs && !m->kind->errors_meant; j++) {
		if (arg[j]->error == NULL)
			continue;
		for (size_t w = 0; w < words; w++) {
			uint64_t bad = arg[j]->error[w] &
			               (m->where != NULL ? p->selected[w] : p->eval->all[w]);

			errors[w] |= bad;
			some |= bad != 0;
		}
	}
	if (!some)
		return m->where != NULL ? p->selected : p->eval->all;
	tally_add(t, b, errors);
	for (size_t w = 0; w < words; w++)
		p->selected[w] = (m->where != NULL ? p->selected[w] : p->eval->all[w]) & ~errors[w];
	return p->selected;
}

/* Conditions come as bits; a value that is none is an error of its row. */
static const struct vector *
as_bits(struct pass *p, const struct expr *e, const struct vector *v, struct vector *store, struct truth *t)
{
	size_t words = BITMAP_WORDS(v->rows);

	if (v->rep == REP_BITS)
		return v;
	eval_truth(p->eval, e, v, t);
	/* truth is t, f, e; a vector is bits, valid, error. */
	for (size_t w = 0; w < words; w++)
		t->f[w] |= t->t[w];
	*store = (struct vector){.rep = REP_BITS,
	                         .type = {.kind = TYPE_BOOLEAN},
	                         .rows = v->rows,
	                         .valid = t->f,
	                         .error = t->e};
	store->bits = t->t;
	return store;
}

/* By the entries of a dictionary; *done: it was. */
static bool
weigh_one(struct pass *p, const struct batch *b, uint32_t i, bool *done, struct err *err)
{
	const struct metric *m = p->plan->metric[i].m;
	const struct vector *arg[2] = {0};

	*done = m->nargs == 1 && scales_take(p->scales, i, b);
	if (!*done)
		return true;
	/* None of the entries is an error, but a filter may be. */
	arg[0] = b->column[eval_only_column(p->eval, m->arg[0])->index];
	if (m->where != NULL && !eval_expr(p->eval, m->where, &arg[1], err))
		return false;
	scales_count(p->scales, i, b, select_rows(p, b, m, arg, &p->ordered.tally[i]));
	return true;
}

static bool
update_one(struct pass *p, const struct batch *b, uint32_t i, struct err *err)
{
	const struct metric *m = p->plan->metric[i].m;
	struct states *s = states_of(p, i);
	struct metric_batch mb = {.rows = b->rows, .arg = p->arg, .at = b->at, .malformed = b->malformed};
	const struct vector **arg = p->arg;
	struct vector bits;
	struct truth truth;
	bool done;

	if (!weigh_one(p, b, i, &done, err))
		return false;
	if (done)
		return true;
	for (uint32_t j = 0; j < m->nargs; j++) {
		if (!eval_expr(p->eval, m->arg[j], &arg[j], err))
			return false;
		if (m->kind->reps == 1U << REP_BITS && m->nargs == 1)
			arg[j] = as_bits(p, m->arg[j], arg[j], &bits, &truth);
	}
	if (m->where != NULL && !eval_expr(p->eval, m->where, &arg[m->nargs], err))
		return false;
	mb.selected = select_rows(p, b, m, arg, &p->ordered.tally[i]);
	return m->kind->update(states_at(s, i), m, &mb, err);
}

/* Of what decides without the rows: what they are expected to come to. */
struct expected {
	struct outlook where, arg[METRIC_ARGS_MAX];
};

/* Does the metric have what it needs, or need nothing, of these rows? */
static bool
settle(struct pass *p, const struct preview *v, uint32_t i, const struct expected *x)
{
	const struct metric *m = p->plan->metric[i].m;
	struct states *s = states_of(p, i);
	struct metric_outlook o = {.rows = v->rows, .at = v->at, .arg = x->arg, .selected = -1};

	if (x->where.error > 0)
		return false;
	if (x->where.yes == 0)
		return true; /* it counts none of them */
	if (outlook_is_decided(&x->where))
		o.selected = x->where.yes;
	if (m->kind->foresee == NULL)
		return false;
	for (uint32_t j = 0; j < m->nargs && !m->kind->errors_meant; j++)
		if (x->arg[j].error > 0)
			return false;
	return m->kind->foresee(states_at(s, i), m, &o);
}

static bool
try_one(struct pass *p, const struct preview *v, uint32_t i, bool pages, enum pass_how *how, struct err *err)
{
	const struct metric *m = p->plan->metric[i].m;
	struct foresight f = {.v = v, .e = p->eval, .pages = pages, .how = PASS_FOOTER, .err = err};
	struct expected x = {.where = {.rows = v->rows, .yes = v->rows, .valid = v->rows}};

	if (m->where != NULL)
		foresee(&f, m->where, &x.where);
	for (uint32_t j = 0; j < m->nargs && m->kind->foresee != NULL; j++)
		foresee(&f, m->arg[j], &x.arg[j]);
	if (f.failed)
		return false;
	*how = settle(p, v, i, &x) ? f.how : PASS_READ;
	return true;
}

/* Only conditions are decided by filters and dictionaries. */
static bool
has_condition(const struct metric *m)
{
	return m->where != NULL || m->kind->reps == 1U << REP_BITS;
}

static void
add_needs(const struct planned *planned, unsigned *need, uint32_t n)
{
	for (size_t k = 0; k < planned->need.n; k++)
		if (planned->need.v[k].column < n)
			need[planned->need.v[k].column] |= planned->need.v[k].need;
}

/* How a metric has what it needs of a morsel, from the cheapest to the dearest that there is. */
static bool
find_how(struct pass *p, const struct preview *v, uint32_t i, enum pass_how *how, struct err *err)
{
	*how = PASS_KEPT;
	if (pass_plan_knows(p->plan, i, v->at.part))
		return true;
	if (!try_one(p, v, i, false, how, err))
		return false;
	return *how != PASS_READ || !has_condition(p->plan->metric[i].m) || try_one(p, v, i, true, how, err);
}

bool
pass_preview(struct pass *p, const struct preview *v, unsigned *need, uint32_t n, bool *open, bool *pieces,
             struct err *err)
{
	const struct batch none = {0};

	*open = *pieces = false;
	memset(need, 0, n * sizeof(*need));
	eval_batch(p->eval, &none);
	for (uint32_t i = 0; i < p->plan->n; i++) {
		const struct planned *planned = &p->plan->metric[i];
		enum pass_how how;

		if (p->plan->failed[i] != NULL || states_of(p, i)->failed[i] != NULL)
			continue;
		if (!find_how(p, v, i, &how, err))
			return false;
		p->how[i] = (uint8_t)how;
		if (how != PASS_READ)
			continue;
		*open = true;
		*pieces |= planned->m->where != NULL || planned->m->kind->foresee != NULL;
		add_needs(planned, need, n);
	}
	return true;
}

bool
pass_preview_piece(struct pass *p, const struct preview *v, unsigned *need, uint32_t n, bool *open,
                   struct err *err)
{
	const struct batch none = {0};

	*open = false;
	memset(need, 0, n * sizeof(*need));
	eval_batch(p->eval, &none);
	for (uint32_t i = 0; i < p->plan->n; i++) {
		enum pass_how how;

		p->passed[i] = false;
		if (p->plan->failed[i] != NULL || states_of(p, i)->failed[i] != NULL ||
		    p->how[i] != PASS_READ)
			continue;
		if (!try_one(p, v, i, false, &how, err))
			return false;
		p->passed[i] = how != PASS_READ;
		p->reads[i].rows += v->rows;
		if (p->passed[i]) {
			struct states *s = states_of(p, i);
			struct err own;

			if (!scales_leave(p->scales, i, states_at(s, i), &own))
				states_fail(s, i, &own);
			p->reads[i].rows_passed += v->rows;
			continue;
		}
		*open = true;
		add_needs(&p->plan->metric[i], need, n);
	}
	return true;
}

bool
pass_update(struct pass *p, const struct batch *b, struct err *err)
{
	(void)err; /* failures are the metrics' own */
	eval_batch(p->eval, b);
	for (uint32_t i = 0; i < p->plan->n; i++) {
		struct states *s = states_of(p, i);
		struct err own;

		if (p->plan->failed[i] != NULL || s->failed[i] != NULL || p->how[i] != PASS_READ ||
		    p->passed[i] || pass_plan_knows(p->plan, i, b->at.part))
			continue;
		if (!update_one(p, b, i, &own))
			states_fail(s, i, &own);
	}
	states_enforce(&p->unordered, p->memory_bytes);
	return true;
}

/* What was counted by the entries of dictionaries. */
static void
weigh_all(struct pass *p)
{
	for (uint32_t i = 0; i < p->plan->n; i++) {
		struct states *s = states_of(p, i);
		struct err own;

		if (!scales_owe(p->scales, i) || s->failed[i] != NULL)
			continue;
		if (!scales_weigh(p->scales, i, states_at(s, i), &own))
			states_fail(s, i, &own);
		if (!s->ordered)
			states_enforce(s, p->memory_bytes);
	}
	scales_clear(p->scales);
}

struct cut *
pass_cut(struct pass *p)
{
	struct cut *c = xmalloc(sizeof(*c));

	weigh_all(p);
	c->b = p->ordered;
	states_init(&p->ordered, p->plan, true);
	for (uint32_t i = 0; i < p->plan->n; i++)
		p->reads[i].morsels[p->how[i]]++;
	memset(p->how, PASS_READ, p->plan->n);
	memset(p->passed, 0, p->plan->n * sizeof(*p->passed));
	return c;
}

void
cut_free(struct cut *c)
{
	if (c == NULL)
		return;
	states_fini(&c->b);
	free(c);
}
