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
#include "scan/kept.h"

struct needed {
	uint32_t column;
	unsigned need;
};

/* A place in one of the blocks of states. */
struct planned {
	const struct metric *m;
	size_t offset; /* in the ordered block or the unordered one */
	bool ordered;
	LIST(struct needed) need;
};

struct pass_plan {
	struct arena *a;
	struct planned *metric;
	uint32_t n;
	size_t ordered_size, unordered_size;
	const struct metric_value *values;
	const char *spill_folder;
	struct err **failed; /* metrics that use the value of one that failed */
	unsigned *need;      /* by column index */
	uint32_t ncolumn;
	struct planned *planning; /* whose needs are told */
	const bool *known;        /* [part * n + i]: metric i needs nothing of the part; NULL = none */
};

/* Rows of one metric that could not be computed. */
struct tally {
	int64_t errors;
	struct row_at first;
};

/* States of all metrics of a plan, ordered or not, with what became of them. */
struct block {
	const struct pass_plan *plan;
	bool ordered;
	char *state;
	struct err **failed; /* by position in the plan; NULL = all is well */
	struct tally *tally; /* of an ordered block only */
};

struct cut {
	struct block b;
};

struct pass {
	const struct pass_plan *plan;
	struct eval *eval;
	struct block unordered, ordered;
	size_t memory_bytes;
	uint64_t selected[EVAL_WORDS];
	/* By position in the plan: how the metric has what it needs of the morsel, and of how many it had it how. */
	uint8_t *how;
	struct pass_reads *reads;
};

struct merge {
	const struct pass_plan *plan;
	struct block unordered, ordered;
	size_t memory_bytes;
	struct pass_reads *reads;
};

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
static bool
is_known(const struct pass_plan *p, uint32_t i, uint32_t part)
{
	return p->known != NULL && p->known[(size_t)part * p->n + i];
}

/* What those need that do not have all. */
static void
need_again(struct pass_plan *p, size_t parts)
{
	memset(p->need, 0, p->ncolumn * sizeof(*p->need));
	for (uint32_t i = 0; i < p->n; i++) {
		const struct planned *planned = &p->metric[i];
		uint32_t part = 0;

		while (part < parts && is_known(p, i, part))
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

static void *
block_state(const struct block *b, uint32_t i)
{
	return b->state + b->plan->metric[i].offset;
}

static bool
block_holds(const struct block *b, uint32_t i)
{
	return b->plan->metric[i].ordered == b->ordered;
}

static void
block_init(struct block *b, const struct pass_plan *p, bool ordered)
{
	*b = (struct block){.plan = p, .ordered = ordered};
	b->state = xcalloc(1, MAX(ordered ? p->ordered_size : p->unordered_size, 1));
	b->failed = xcalloc(MAX(p->n, 1), sizeof(struct err *));
	if (ordered)
		b->tally = xcalloc(MAX(p->n, 1), sizeof(*b->tally));
	for (uint32_t i = 0; i < p->n; i++)
		if (block_holds(b, i))
			p->metric[i].m->kind->init(block_state(b, i), p->metric[i].m);
}

static void
block_fini(struct block *b)
{
	if (b->plan == NULL)
		return;
	for (uint32_t i = 0; i < b->plan->n; i++) {
		const struct metric_kind *kind = b->plan->metric[i].m->kind;

		if (block_holds(b, i) && kind->fini != NULL)
			kind->fini(block_state(b, i));
		free(b->failed[i]);
	}
	free(b->state);
	free(b->failed);
	free(b->tally);
	*b = (struct block){0};
}

/* The first failure counts; the state is not looked at again, so what it holds is freed. */
static void
block_fail(struct block *b, uint32_t i, const struct err *err)
{
	const struct metric_kind *kind = b->plan->metric[i].m->kind;

	if (b->failed[i] != NULL)
		return;
	b->failed[i] = xmalloc(sizeof(*err));
	*b->failed[i] = *err;
	if (!block_holds(b, i))
		return;
	if (kind->fini != NULL)
		kind->fini(block_state(b, i));
	memset(block_state(b, i), 0, kind->state_size);
	kind->init(block_state(b, i), b->plan->metric[i].m);
}

static size_t
block_bytes(const struct block *b, uint32_t i)
{
	const struct metric_kind *kind = b->plan->metric[i].m->kind;

	return block_holds(b, i) && kind->bytes != NULL ? kind->bytes(block_state(b, i)) : 0;
}

/* To disk with the largest state, where that helps; else it goes, so that the small ones beside it stay. */
static void
relieve(struct block *b, uint32_t i, size_t limit)
{
	const struct metric *m = b->plan->metric[i].m;
	size_t before = block_bytes(b, i);
	struct err err;

	if (m->kind->spill != NULL) {
		if (!m->kind->spill(block_state(b, i), m, b->plan->spill_folder, &err)) {
			block_fail(b, i, &err);
			return;
		}
		if (block_bytes(b, i) <= before / 2)
			return;
	}
	err_set(&err, ERR_LIMIT, NOWHERE, "%s needs more memory than its share of %zu %s", m->kind->name,
	        limit >> (limit < 1 << 20 ? 10 : 20), limit < 1 << 20 ? "KiB" : "MiB");
	err_hint(&err, "Give more with --memory, or check less: add a where, or fewer distinct columns.");
	block_fail(b, i, &err);
}

static void
block_enforce(struct block *b, size_t limit)
{
	for (;;) {
		size_t total = 0, most = 0;
		uint32_t largest = 0;

		for (uint32_t i = 0; i < b->plan->n; i++) {
			size_t bytes = block_bytes(b, i);

			total += bytes;
			if (bytes > most) {
				most = bytes;
				largest = i;
			}
		}
		if (total <= limit || most == 0)
			return;
		relieve(b, largest, limit);
	}
}

struct pass *
pass_new(const struct pass_plan *p, size_t memory_bytes)
{
	struct pass *s = xcalloc(1, sizeof(*s));

	s->plan = p;
	s->memory_bytes = memory_bytes;
	s->eval = eval_new();
	eval_set_values(s->eval, p->values);
	block_init(&s->unordered, p, false);
	block_init(&s->ordered, p, true);
	s->how = xcalloc(MAX(p->n, 1), 1);
	s->reads = xcalloc(MAX(p->n, 1), sizeof(*s->reads));
	return s;
}

static struct block *
block_of(struct pass *p, uint32_t i)
{
	return p->plan->metric[i].ordered ? &p->ordered : &p->unordered;
}

void
pass_free(struct pass *p)
{
	if (p == NULL)
		return;
	eval_free(p->eval);
	block_fini(&p->unordered);
	block_fini(&p->ordered);
	free(p->how);
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

static bool
update_one(struct pass *p, const struct batch *b, uint32_t i, struct err *err)
{
	const struct metric *m = p->plan->metric[i].m;
	struct block *block = block_of(p, i);
	struct metric_batch mb = {.rows = b->rows, .at = b->at, .malformed = b->malformed};
	const struct vector *arg[METRIC_ARGS_MAX + 1] = {0};
	struct vector bits;
	struct truth truth;

	for (uint32_t j = 0; j < m->nargs; j++) {
		if (!eval_expr(p->eval, m->arg[j], &arg[j], err))
			return false;
		if (m->kind->reps == 1U << REP_BITS && m->nargs == 1)
			arg[j] = as_bits(p, m->arg[j], arg[j], &bits, &truth);
		mb.arg[j] = arg[j];
	}
	if (m->where != NULL && !eval_expr(p->eval, m->where, &arg[m->nargs], err))
		return false;
	mb.selected = select_rows(p, b, m, arg, &p->ordered.tally[i]);
	return m->kind->update(block_state(block, i), m, &mb, err);
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
	struct block *block = block_of(p, i);
	struct metric_outlook o = {.rows = v->rows, .at = v->at, .arg = x->arg, .selected = -1};

	if (x->where.error > 0)
		return false;
	if (x->where.yes == 0)
		return true; /* it counts none of them */
	if (outlook_is_decided(&x->where))
		o.selected = x->where.yes;
	for (uint32_t j = 0; j < m->nargs && !m->kind->errors_meant; j++)
		if (x->arg[j].error > 0)
			return false;
	return m->kind->foresee != NULL && m->kind->foresee(block_state(block, i), m, &o);
}

static bool
try_one(struct pass *p, const struct preview *v, uint32_t i, bool pages, struct err *err)
{
	const struct metric *m = p->plan->metric[i].m;
	struct foresight f = {.v = v, .e = p->eval, .pages = pages, .how = PASS_FOOTER, .err = err};
	struct expected x = {.where = {.rows = v->rows, .yes = v->rows, .valid = v->rows}};

	if (m->where != NULL)
		foresee(&f, m->where, &x.where);
	for (uint32_t j = 0; j < m->nargs; j++)
		foresee(&f, m->arg[j], &x.arg[j]);
	if (f.failed)
		return false;
	if (settle(p, v, i, &x))
		p->how[i] = (uint8_t)f.how;
	return true;
}

/* Only conditions are decided by filters and dictionaries. */
static bool
has_condition(const struct metric *m)
{
	return m->where != NULL || m->kind->reps == 1U << REP_BITS;
}

bool
pass_preview(struct pass *p, const struct preview *v, unsigned *need, uint32_t n, bool *open, struct err *err)
{
	const struct batch none = {0};

	*open = false;
	memset(need, 0, n * sizeof(*need));
	eval_batch(p->eval, &none);
	for (uint32_t i = 0; i < p->plan->n; i++) {
		const struct planned *planned = &p->plan->metric[i];
		struct block *block = block_of(p, i);

		if (p->plan->failed[i] != NULL || block->failed[i] != NULL)
			continue;
		if (is_known(p->plan, i, v->at.part)) {
			p->how[i] = PASS_KEPT;
			continue;
		}
		if (!try_one(p, v, i, false, err) ||
		    (p->how[i] == PASS_READ && has_condition(planned->m) && !try_one(p, v, i, true, err)))
			return false;
		if (p->how[i] != PASS_READ)
			continue;
		*open = true;
		for (size_t k = 0; k < planned->need.n; k++)
			if (planned->need.v[k].column < n)
				need[planned->need.v[k].column] |= planned->need.v[k].need;
	}
	return true;
}

bool
pass_update(struct pass *p, const struct batch *b, struct err *err)
{
	(void)err; /* failures are the metrics' own */
	eval_batch(p->eval, b);
	for (uint32_t i = 0; i < p->plan->n; i++) {
		struct block *block = block_of(p, i);
		struct err own;

		if (p->plan->failed[i] != NULL || block->failed[i] != NULL || p->how[i] != PASS_READ ||
		    is_known(p->plan, i, b->at.part))
			continue;
		if (!update_one(p, b, i, &own))
			block_fail(block, i, &own);
	}
	block_enforce(&p->unordered, p->memory_bytes);
	return true;
}

struct cut *
pass_cut(struct pass *p)
{
	struct cut *c = xmalloc(sizeof(*c));

	c->b = p->ordered;
	block_init(&p->ordered, p->plan, true);
	for (uint32_t i = 0; i < p->plan->n; i++)
		p->reads[i].morsels[p->how[i]]++;
	memset(p->how, PASS_READ, p->plan->n);
	return c;
}

void
cut_free(struct cut *c)
{
	if (c == NULL)
		return;
	block_fini(&c->b);
	free(c);
}

struct merge *
merge_new(const struct pass_plan *p, size_t memory_bytes)
{
	struct merge *m = xcalloc(1, sizeof(*m));

	m->plan = p;
	m->memory_bytes = memory_bytes;
	block_init(&m->unordered, p, false);
	block_init(&m->ordered, p, true);
	m->reads = xcalloc(MAX(p->n, 1), sizeof(*m->reads));
	return m;
}

void
merge_free(struct merge *m)
{
	if (m == NULL)
		return;
	block_fini(&m->unordered);
	block_fini(&m->ordered);
	free(m->reads);
	free(m);
}

const struct pass_reads *
merge_reads(const struct merge *m)
{
	return m->reads;
}

static void
merge_block(struct block *into, struct block *from, int64_t rows_before)
{
	for (uint32_t i = 0; i < into->plan->n; i++) {
		const struct metric *m = into->plan->metric[i].m;
		struct err err;

		if (!block_holds(into, i) || into->failed[i] != NULL)
			continue;
		if (from->failed[i] != NULL)
			block_fail(into, i, from->failed[i]);
		else if (!m->kind->merge(block_state(into, i), block_state(from, i), rows_before, m, &err))
			block_fail(into, i, &err);
	}
}

/* The ordered states of the rows that follow, and what was counted of them. */
static void
merge_ordered(struct merge *m, struct block *from, int64_t rows_before)
{
	for (uint32_t i = 0; i < m->plan->n; i++) {
		struct tally *into = &m->ordered.tally[i];
		const struct tally *t = &from->tally[i];

		if (into->errors == 0 && t->errors > 0)
			into->first = (struct row_at){.part = t->first.part,
			                              .row = t->first.row + rows_before};
		into->errors += t->errors;
	}
	merge_block(&m->ordered, from, rows_before);
	/* Only by part do ordered states grow. */
	block_enforce(&m->ordered, m->memory_bytes);
}

void
merge_cut(struct merge *m, struct cut *c, int64_t rows_before)
{
	merge_ordered(m, &c->b, rows_before);
	cut_free(c);
}

void
merge_part(struct merge *m, struct merge *part)
{
	merge_ordered(m, &part->ordered, 0);
}

static struct block *
merge_block_of(struct merge *m, uint32_t i)
{
	return m->plan->metric[i].ordered ? &m->ordered : &m->unordered;
}

bool
merge_save(struct merge *m, uint32_t i, struct buf *b, struct kept_state *ret)
{
	struct block *block = merge_block_of(m, i);
	const struct tally *t = &m->ordered.tally[i];
	size_t before = b->n;

	if (m->plan->failed[i] != NULL || block->failed[i] != NULL ||
	    !metric_state_save(block_state(block, i), m->plan->metric[i].m, KEPT_STATE_MAX, b))
		return false;
	*ret = (struct kept_state){
		.bytes = sv_skip(buf_sv(b), before), .errors = t->errors, .first_error = t->first.row};
	return true;
}

bool
merge_load(struct merge *m, uint32_t i, uint32_t part, const struct kept_state *s)
{
	struct block *block = merge_block_of(m, i);
	struct err err;

	m->ordered.tally[i] = (struct tally){.errors = s->errors,
	                                     .first = {.part = part, .row = s->first_error}};
	if (metric_state_load(block_state(block, i), m->plan->metric[i].m, part, s->bytes, &err))
		return true;
	block_fail(block, i, &err);
	return false;
}

void
merge_pass(struct merge *m, struct pass *p)
{
	for (uint32_t i = 0; i < m->plan->n; i++)
		for (size_t k = 0; k < LEN(m->reads[i].morsels); k++)
			m->reads[i].morsels[k] += p->reads[i].morsels[k];
	merge_block(&m->unordered, &p->unordered, 0);
	block_enforce(&m->unordered, m->memory_bytes);
}

void
merge_final(struct merge *m, struct arena *a, struct metric_value *value)
{
	for (uint32_t i = 0; i < m->plan->n; i++) {
		const struct metric *metric = m->plan->metric[i].m;
		struct block *b = merge_block_of(m, i);
		struct metric_value *v = &value[metric->id];
		const struct err *failed = m->plan->failed[i] != NULL ? m->plan->failed[i] : b->failed[i];

		*v = (struct metric_value){0};
		if (failed != NULL) {
			v->failed = true;
			v->err = *failed;
			continue;
		}
		metric->kind->final(block_state(b, i), metric, a, v);
		v->errors = m->ordered.tally[i].errors;
		v->first_error = m->ordered.tally[i].first;
	}
}
