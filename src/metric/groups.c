/* How often each value or tuple occurs: the least of them, or the most common. */
#include <stdlib.h>

#include "metric/metric.h"
#include "metric/tally.h"

static void
groups_init(void *state, const struct metric *m)
{
	*(struct value_tally *)state = (struct value_tally){.keep = m->params.keep};
}

/* Of row i; -0 is 0, whichever came first. */
static struct value
element(const struct metric_batch *b, uint32_t k, uint32_t i)
{
	struct value v = vector_value(b->arg[k], i);

	if (v.kind == VALUE_REAL)
		v.r += 0.0;
	return v;
}

static bool
groups_update(void *state, const struct metric *m, const struct metric_batch *b, struct err *err)
{
	struct value tuple[METRIC_ARGS_MAX];
	struct value_tally *t = state;
	bool tuples = m->params.flag;

	(void)err;
	for (size_t w = 0; w < BITMAP_WORDS(b->rows); w++) {
		uint64_t mask = b->selected[w] & (tuples ? UINT64_MAX : b->arg[0]->valid[w]);

		for (; mask != 0; mask &= mask - 1) {
			uint32_t i = (uint32_t)(w * 64) + (uint32_t)__builtin_ctzll(mask);
			struct value v = {.kind = VALUE_LIST, .n = m->nargs, .list = tuple};

			for (uint32_t k = 0; tuples && k < m->nargs; k++)
				tuple[k] = element(b, k, i);
			value_tally_add(t, tuples ? v : element(b, 0, i), 1);
		}
	}
	return true;
}

static bool
groups_merge(void *into, void *from, int64_t rows_before, const struct metric *m, struct err *err)
{
	(void)rows_before, (void)m, (void)err;
	value_tally_merge(into, from);
	return true;
}

static void
groups_final(void *state, const struct metric *m, struct arena *a, struct metric_value *ret)
{
	struct value_tally *t = state;

	(void)m;
	value_tally_sort(t);
	tally_list(t->e, t->n, a, ret);
	ret->list_cut = t->cut;
	ret->count = t->n;
	ret->v = value_int(t->n);
}

static size_t
groups_bytes(const void *state)
{
	return value_tally_bytes(state);
}

static void
groups_fini(void *state)
{
	value_tally_fini(state);
}

/*
 * list, list_count: the least params.keep values that are not null, sorted, and how often each occurs; list_cut: there are more.  With
 * params.flag the values are tuples of all arguments (lists), and null is a value in them.  v and count: the length of the list.
 */
const struct metric_kind metric_groups = {
	.name = "groups",
	.doc = "How often each of the least values or tuples occurs.",
	.class = STATE_BOUNDED,
	.min_args = 1,
	.max_args = METRIC_ARGS_MAX,
	.state_size = sizeof(struct value_tally),
	.need = NEED_VALUE,
	.init = groups_init,
	.update = groups_update,
	.merge = groups_merge,
	.final = groups_final,
	.bytes = groups_bytes,
	.fini = groups_fini,
};

/* Any value may become the most common one, so none is dropped. */
static void
modes_init(void *state, const struct metric *m)
{
	(void)m;
	*(struct value_tally *)state = (struct value_tally){.keep = UINT32_MAX};
}

static int
by_value(const void *a, const void *b)
{
	return value_order(((const struct tally_entry *)a)->v, ((const struct tally_entry *)b)->v);
}

static void
modes_final(void *state, const struct metric *m, struct arena *a, struct metric_value *ret)
{
	struct value_tally *t = state;
	int64_t most = 0;
	uint32_t n = 0;

	for (uint32_t i = 0; i < t->n; i++)
		most = MAX(most, t->e[i].count);
	for (uint32_t i = 0; i < t->n; i++)
		if (t->e[i].count == most)
			t->e[n++] = t->e[i];
	if (n > 1)
		qsort(t->e, n, sizeof(*t->e), by_value);
	/* The entries no longer stand where the index says, which is over anyway. */
	t->n = n;
	tally_list(t->e, MIN(n, m->params.keep), a, ret);
	ret->list_cut = n > m->params.keep;
	ret->count = most;
	ret->v = value_int(n);
}

/* count: how often the most common values occur, v: how many such values there are; list: the least params.keep of them, sorted; list_cut. */
const struct metric_kind metric_modes = {
	.name = "modes",
	.doc = "The most common values that are not null.",
	.class = STATE_SPILLING,
	.min_args = 1,
	.max_args = 1,
	.state_size = sizeof(struct value_tally),
	.need = NEED_VALUE,
	.init = modes_init,
	.update = groups_update,
	.merge = groups_merge,
	.final = modes_final,
	.bytes = groups_bytes,
	.fini = groups_fini,
};
