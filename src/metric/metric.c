/* Interning: equal metrics are one pointer, and that is all of the sharing between checks. */
#include "metric/metric.h"

#include <stdlib.h>

#include "metric/rowbag.h"

struct metrics {
	struct arena *a;
	LIST(const struct metric *) list; /* by id */
	uint32_t *slot;                   /* id + 1, 0 = free */
	size_t nslot;
};

struct metrics *
metrics_new(struct exprs *x)
{
	struct metrics *m = xcalloc(1, sizeof(*m));

	(void)x; /* expressions are interned there; metrics only point to them */
	m->a = arena_new();
	return m;
}

void
metrics_free(struct metrics *m)
{
	if (m == NULL)
		return;
	arena_free(m->a);
	free(m->slot);
	free(m);
}

const struct metric_kind *
metric_kind_find(const char *name)
{
	for (size_t i = 0; i < metric_kind_count; i++)
		if (strcmp(metric_kinds[i]->name, name) == 0)
			return metric_kinds[i];
	return NULL;
}

static uint64_t
mix(uint64_t h, uint64_t v)
{
	return hash64_u64(h ^ v) + UINT64_C(0x9e3779b97f4a7c15);
}

/* Values that differ in one bit are two metrics, though they compare equal: 0 and -0. */
static uint64_t
bits_of(double v)
{
	uint64_t bits;

	memcpy(&bits, &v, sizeof(bits));
	return bits;
}

static uint64_t
hash_metric(const struct metric *m)
{
	uint64_t h = hash64(sv_of(m->kind->name));

	for (uint32_t i = 0; i < m->nargs; i++)
		h = mix(h, m->arg[i]->hash);
	h = mix(h, m->where != NULL ? m->where->hash : 0);
	h = mix(h, (uint64_t)m->params.keep << 1 | m->params.flag);
	h = mix(h, (uint64_t)m->params.number);
	for (uint32_t i = 0; i < m->params.nratio; i++)
		h = mix(h, bits_of(m->params.ratios[i]));
	return mix(h, bits_of(m->params.ratio));
}

static bool
same_ratios(const struct metric_params *a, const struct metric_params *b)
{
	if (a->nratio != b->nratio)
		return false;
	for (uint32_t i = 0; i < a->nratio; i++)
		if (bits_of(a->ratios[i]) != bits_of(b->ratios[i]))
			return false;
	return true;
}

static bool
same_metric(const struct metric *a, const struct metric *b)
{
	if (a->hash != b->hash || a->kind != b->kind || a->nargs != b->nargs || a->where != b->where)
		return false;
	for (uint32_t i = 0; i < a->nargs; i++)
		if (a->arg[i] != b->arg[i])
			return false;
	return a->params.keep == b->params.keep && a->params.number == b->params.number &&
	       a->params.flag == b->params.flag && a->params.among == b->params.among &&
	       bits_of(a->params.ratio) == bits_of(b->params.ratio) && same_ratios(&a->params, &b->params);
}

static uint32_t
expr_stage(const struct expr *e)
{
	uint32_t stage = 0;

	if (e == NULL)
		return 0;
	if (e->kind == EXPR_METRIC)
		return e->metric->stage + 1;
	for (uint32_t i = 0; i < e->nargs; i++) {
		uint32_t s = expr_stage(e->arg[i]);
		stage = MAX(stage, s);
	}
	return stage;
}

static void
grow(struct metrics *m)
{
	m->nslot = m->nslot == 0 ? 64 : m->nslot * 2;
	free(m->slot);
	m->slot = xcalloc(m->nslot, sizeof(*m->slot));
	for (size_t id = 0; id < m->list.n; id++) {
		size_t i = m->list.v[id]->hash & (m->nslot - 1);

		while (m->slot[i] != 0)
			i = (i + 1) & (m->nslot - 1);
		m->slot[i] = (uint32_t)id + 1;
	}
}

const struct metric *
metric_get(struct metrics *m, const struct metric_kind *kind, const struct expr *const *arg, uint32_t nargs,
           const struct expr *where, struct metric_params params)
{
	struct metric want = {.kind = kind, .arg = arg, .nargs = nargs, .where = where, .params = params};

	if (nargs < kind->min_args || nargs > kind->max_args)
		return NULL;
	for (uint32_t i = 0; i < nargs; i++)
		if (arg[i] == NULL)
			return NULL;
	want.hash = hash_metric(&want);
	if (m->list.n * 2 >= m->nslot)
		grow(m);
	size_t i = want.hash & (m->nslot - 1);
	for (; m->slot[i] != 0; i = (i + 1) & (m->nslot - 1))
		if (same_metric(m->list.v[m->slot[i] - 1], &want))
			return m->list.v[m->slot[i] - 1];

	want.stage = expr_stage(where);
	for (uint32_t j = 0; j < nargs; j++) {
		uint32_t s = expr_stage(arg[j]);
		want.stage = MAX(want.stage, s);
	}
	want.id = (uint32_t)m->list.n;
	struct metric *new = ARENA_NEW(m->a, struct metric);
	const struct expr **own = ARENA_ARRAY(m->a, const struct expr *, nargs);

	for (uint32_t j = 0; j < nargs; j++)
		own[j] = arg[j];
	*new = want;
	new->arg = own;
	*LIST_ADD(m->a, &m->list) = new;
	m->slot[i] = want.id + 1;
	return new;
}

uint32_t
metrics_count(const struct metrics *m)
{
	return (uint32_t)m->list.n;
}

const struct metric *
metrics_at(const struct metrics *m, uint32_t id)
{
	return m->list.v[id];
}

bool
metric_weigh_once(void *state, const struct metric *m, const struct metric_batch *b, const uint32_t *times,
                  struct err *err)
{
	(void)times;
	return m->kind->update(state, m, b, err);
}

void
metric_print(const struct metric *m, struct buf *b)
{
	buf_puts(b, m->kind->name);
	buf_putc(b, '(');
	for (uint32_t i = 0; i < m->nargs; i++) {
		if (i > 0)
			buf_puts(b, ", ");
		expr_print(m->arg[i], b);
	}
	buf_putc(b, ')');
	if (m->where != NULL) {
		buf_puts(b, " where ");
		expr_print(m->where, b);
	}
}

void
metric_values_fini(struct metric_value *v, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		keyset_free(v[i].keys);
		rowbag_free(v[i].bag);
		v[i].keys = NULL;
		v[i].bag = NULL;
	}
}
