#include "scan/weigh.h"

#include <stdlib.h>

enum { ENTRIES_MAX = 1 << 18 }; /* more are better seen row by row than counted all over the memory */

/* The counts of a column's entries where a filter is true. */
struct scale {
	const struct column *column;
	const struct expr *where;
	const struct vector *dict; /* that is being counted; NULL = none */
	uint64_t dictionaries;
	uint64_t batch; /* the last that was counted */
	uint32_t *times;
	uint32_t cap;
};

struct scales {
	struct eval *eval;
	const struct pass_plan *plan;
	struct scale *scale;
	uint32_t n;
	uint32_t *of; /* by position in the plan: number of its scale + 1; 0 = it cannot be weighed */
	bool *alone; /* by position: it has passed over rows that others of its scale may count, and has one of its own */
	bool *owe; /* by position */
};

static uint32_t
find_scale(struct scales *s, const struct column *c, const struct expr *where)
{
	for (uint32_t i = 0; i < s->n; i++)
		if (s->scale[i].column == c && s->scale[i].where == where)
			return i;
	s->scale[s->n] = (struct scale){.column = c, .where = where};
	return s->n++;
}

struct scales *
scales_new(struct eval *e, const struct pass_plan *p)
{
	struct scales *s = xcalloc(1, sizeof(*s));

	*s = (struct scales){.eval = e, .plan = p};
	s->scale = xcalloc((size_t)MAX(p->n, 1u) * 2, sizeof(*s->scale));
	s->alone = xcalloc(MAX(p->n, 1u), sizeof(*s->alone));
	s->of = xcalloc(MAX(p->n, 1u), sizeof(*s->of));
	s->owe = xcalloc(MAX(p->n, 1u), sizeof(*s->owe));
	for (uint32_t i = 0; i < p->n; i++) {
		const struct metric *m = p->metric[i].m;
		const struct column *c = m->nargs == 1 && m->kind->weigh != NULL
		                                 ? eval_only_column(e, m->arg[0])
		                                 : NULL;

		if (c != NULL && !m->kind->ordered && !m->kind->errors_meant)
			s->of[i] = find_scale(s, c, m->where) + 1;
	}
	return s;
}

void
scales_free(struct scales *s)
{
	if (s == NULL)
		return;
	for (uint32_t i = 0; i < 2 * s->plan->n; i++)
		free(s->scale[i].times);
	free(s->scale);
	free(s->of);
	free(s->alone);
	free(s->owe);
	free(s);
}

static struct scale *
scale_of(const struct scales *s, uint32_t i)
{
	if (s->of[i] == 0)
		return NULL;
	return &s->scale[s->alone[i] ? s->plan->n + i : s->of[i] - 1];
}

bool
scales_take(struct scales *s, uint32_t i, const struct batch *b)
{
	const struct metric *m = s->plan->metric[i].m;
	const struct scale *k = scale_of(s, i);
	const struct vector *v;

	if (k == NULL || k->column->index >= b->ncolumn)
		return false;
	v = b->column[k->column->index];
	if (v == NULL || v->dict == NULL || v->dict->rows > ENTRIES_MAX)
		return false;
	/* Another dictionary in the same morsel: none does that, but counts must not be mixed. */
	if (k->dict != NULL && (k->dict != v->dict || k->dictionaries != b->dictionaries))
		return false;
	return eval_entries_usable(s->eval, m->arg[0], v->dict, b->dictionaries);
}

static void
begin(struct scale *k, const struct vector *dict, uint64_t dictionaries)
{
	uint32_t n = dict->rows + 1;

	k->dict = dict;
	k->dictionaries = dictionaries;
	if (n > k->cap) {
		free(k->times);
		k->times = xmalloc(n * sizeof(*k->times));
		k->cap = n;
	}
	memset(k->times, 0, n * sizeof(*k->times));
}

static void
count(struct scale *k, const struct vector *v, const uint64_t *selected)
{
	uint32_t *times = k->times;

	for (size_t w = 0; w < BITMAP_WORDS(v->rows); w++) {
		uint64_t there = selected[w] & v->valid[w];
		const uint32_t *index = v->index + w * 64;

		times[k->dict->rows] += (uint32_t)__builtin_popcountll(selected[w] & ~v->valid[w]);
		if (there == UINT64_MAX)
			for (int i = 0; i < 64; i++)
				times[index[i]]++;
		else
			for (; there != 0; there &= there - 1)
				times[index[__builtin_ctzll(there)]]++;
	}
}

void
scales_count(struct scales *s, uint32_t i, const struct batch *b, const uint64_t *selected)
{
	struct scale *k = scale_of(s, i);
	const struct vector *v = b->column[k->column->index];

	s->owe[i] = true;
	if (k->dict == NULL)
		begin(k, v->dict, b->dictionaries);
	if (k->batch == s->eval->batch)
		return;
	k->batch = s->eval->batch;
	count(k, v, selected);
}

bool
scales_owe(const struct scales *s, uint32_t i)
{
	return s->owe[i];
}

/* The entries from one on; none of them may have any rows. */
static bool
weigh_some(struct scales *s, uint32_t i, uint32_t from, uint32_t n, void *state, struct err *err)
{
	const struct metric *m = s->plan->metric[i].m;
	const struct scale *k = scale_of(s, i);
	struct entries_values values;
	uint64_t selected[EVAL_WORDS] = {0};
	struct metric_batch mb = {
		.rows = n, .arg = (const struct vector *const[]){&values.v}, .selected = selected};
	bool some = false;

	for (uint32_t j = 0; j < n; j++) {
		bool met = k->times[from + j] > 0;

		selected[j / 64] |= (uint64_t)met << (j % 64);
		some |= met;
	}
	if (!some)
		return true;
	eval_entries_values(s->eval, m->arg[0], k->dict, k->dictionaries, from, &values);
	return m->kind->weigh(state, m, &mb, k->times + from, err);
}

bool
scales_weigh(struct scales *s, uint32_t i, void *state, struct err *err)
{
	uint32_t entries = scale_of(s, i)->dict->rows;

	for (uint32_t from = 0; from < entries; from += VECTOR_ROWS)
		if (!weigh_some(s, i, from, MIN(entries - from, (uint32_t)VECTOR_ROWS), state, err))
			return false;
	return weigh_some(s, i, entries, 1, state, err);
}

bool
scales_leave(struct scales *s, uint32_t i, void *state, struct err *err)
{
	struct scale *own = &s->scale[s->plan->n + i];
	bool owe = s->owe[i];

	if (s->of[i] == 0 || s->alone[i])
		return true;
	s->owe[i] = false;
	if (owe && !scales_weigh(s, i, state, err))
		return false;
	own->column = scale_of(s, i)->column;
	own->where = scale_of(s, i)->where;
	s->alone[i] = true;
	return true;
}

void
scales_clear(struct scales *s)
{
	for (uint32_t i = 0; i < 2 * s->plan->n; i++)
		s->scale[i].dict = NULL;
	memset(s->alone, 0, s->plan->n * sizeof(*s->alone));
	memset(s->owe, 0, s->plan->n * sizeof(*s->owe));
}
