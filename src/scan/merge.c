/* The merged result: cuts in the order of the morsels, parts in the order of their names, and the threads' unordered states. */
#include "scan/pass_states.h"

#include <stdlib.h>

#include "base/pool.h"
#include "scan/kept.h"

struct merge {
	const struct pass_plan *plan;
	struct states unordered, ordered;
	size_t memory_bytes;
	struct pass_reads *reads;
};

struct merge *
merge_new(const struct pass_plan *p, size_t memory_bytes)
{
	struct merge *m = xcalloc(1, sizeof(*m));

	m->plan = p;
	m->memory_bytes = memory_bytes;
	states_init(&m->unordered, p, false);
	states_init(&m->ordered, p, true);
	m->reads = xcalloc(MAX(p->n, 1), sizeof(*m->reads));
	return m;
}

void
merge_free(struct merge *m)
{
	if (m == NULL)
		return;
	states_fini(&m->unordered);
	states_fini(&m->ordered);
	free(m->reads);
	free(m);
}

const struct pass_reads *
merge_reads(const struct merge *m)
{
	return m->reads;
}

static void
merge_states(struct states *into, struct states *from, int64_t rows_before)
{
	for (uint32_t i = 0; i < into->plan->n; i++) {
		const struct metric *m = into->plan->metric[i].m;
		struct err err;

		if (!states_holds(into, i) || into->failed[i] != NULL)
			continue;
		if (from->failed[i] != NULL)
			states_fail(into, i, from->failed[i]);
		else if (!m->kind->merge(states_at(into, i), states_at(from, i), rows_before, m, &err))
			states_fail(into, i, &err);
	}
}

/* The ordered states of the rows that follow, and what was counted of them. */
static void
merge_ordered(struct merge *m, struct states *from, int64_t rows_before)
{
	for (uint32_t i = 0; i < m->plan->n; i++) {
		struct tally *into = &m->ordered.tally[i];
		const struct tally *t = &from->tally[i];

		if (into->errors == 0 && t->errors > 0)
			into->first = (struct row_at){.part = t->first.part,
			                              .row = t->first.row + rows_before};
		into->errors += t->errors;
	}
	merge_states(&m->ordered, from, rows_before);
	/* Only by part do ordered states grow. */
	states_enforce(&m->ordered, m->memory_bytes);
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

static struct states *
states_of(struct merge *m, uint32_t i)
{
	return m->plan->metric[i].ordered ? &m->ordered : &m->unordered;
}

bool
merge_save(struct merge *m, uint32_t i, struct buf *b, struct kept_state *ret)
{
	struct states *in = states_of(m, i);
	const struct tally *t = &m->ordered.tally[i];
	size_t before = b->n;

	if (m->plan->failed[i] != NULL || in->failed[i] != NULL ||
	    !metric_state_save(states_at(in, i), m->plan->metric[i].m, KEPT_STATE_MAX, b))
		return false;
	*ret = (struct kept_state){
		.bytes = sv_skip(buf_sv(b), before), .errors = t->errors, .first_error = t->first.row};
	return true;
}

bool
merge_load(struct merge *m, uint32_t i, uint32_t part, const struct kept_state *s)
{
	struct states *in = states_of(m, i);
	struct err err;

	m->ordered.tally[i] = (struct tally){.errors = s->errors,
	                                     .first = {.part = part, .row = s->first_error}};
	if (metric_state_load(states_at(in, i), m->plan->metric[i].m, part, s->bytes, &err))
		return true;
	states_fail(in, i, &err);
	return false;
}

void
merge_pass(struct merge *m, struct pass *p)
{
	for (uint32_t i = 0; i < m->plan->n; i++) {
		for (size_t k = 0; k < LEN(m->reads[i].morsels); k++)
			m->reads[i].morsels[k] += p->reads[i].morsels[k];
		m->reads[i].rows += p->reads[i].rows;
		m->reads[i].rows_passed += p->reads[i].rows_passed;
	}
	merge_states(&m->unordered, &p->unordered, 0);
	states_enforce(&m->unordered, m->memory_bytes);
}

struct sharing {
	const struct metric_kind *kind;
	void *state;
};

static bool
do_piece(void *ctx, int64_t i, unsigned thread)
{
	const struct sharing *s = ctx;

	(void)thread;
	s->kind->piece(s->state, i);
	return true;
}

void
merge_share(struct merge *m, struct pool *pool)
{
	for (uint32_t i = 0; i < m->plan->n; i++) {
		struct sharing s = {m->plan->metric[i].m->kind, states_at(states_of(m, i), i)};
		int64_t pieces = 0;

		if (m->plan->failed[i] == NULL && states_of(m, i)->failed[i] == NULL &&
		    s.kind->pieces != NULL)
			pieces = s.kind->pieces(s.state);
		if (pieces > 0)
			(void)!pool_run(pool, pieces, do_piece, &s);
	}
}

void
merge_final(struct merge *m, struct arena *a, struct metric_value *value)
{
	for (uint32_t i = 0; i < m->plan->n; i++) {
		const struct metric *metric = m->plan->metric[i].m;
		struct states *b = states_of(m, i);
		struct metric_value *v = &value[metric->id];
		const struct err *failed = m->plan->failed[i] != NULL ? m->plan->failed[i] : b->failed[i];

		*v = (struct metric_value){0};
		if (failed != NULL) {
			v->failed = true;
			v->err = *failed;
			continue;
		}
		metric->kind->final(states_at(b, i), metric, a, v);
		v->errors = m->ordered.tally[i].errors;
		v->first_error = m->ordered.tally[i].first;
	}
}
