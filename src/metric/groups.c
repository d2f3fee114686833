/* How often each value or tuple occurs, for the least of them. */
#include <stdlib.h>

#include "metric/metric.h"
#include "metric/tally.h"

static void
groups_init(void *state, const struct metric *m)
{
	*(struct value_tally *)state = (struct value_tally){.keep = m->params.keep};
}

/* The tuples of the selected rows, each once or times[row] times. */
static void
add_tuples(struct value_tally *t, const struct metric *m, const struct metric_batch *b, const uint32_t *times)
{
	struct value tuple[METRIC_ARGS_MAX];

	for (size_t w = 0; w < BITMAP_WORDS(b->rows); w++) {
		for (uint64_t mask = b->selected[w]; mask != 0; mask &= mask - 1) {
			uint32_t i = (uint32_t)(w * 64) + (uint32_t)__builtin_ctzll(mask);
			struct value v = {.kind = VALUE_LIST, .n = m->nargs, .list = tuple};

			for (uint32_t k = 0; k < m->nargs; k++)
				tuple[k] = value_tally_element(b->arg[k], i);
			value_tally_add(t, v, times != NULL ? times[i] : 1);
		}
	}
}

static bool
groups_update(void *state, const struct metric *m, const struct metric_batch *b, struct err *err)
{
	(void)err;
	if (m->params.flag)
		add_tuples(state, m, b, NULL);
	else
		value_tally_add_vector(state, b->arg[0], b->selected);
	return true;
}

static bool
groups_weigh(void *state, const struct metric *m, const struct metric_batch *b, const uint32_t *times,
             struct err *err)
{
	(void)err;
	if (m->params.flag)
		add_tuples(state, m, b, times);
	else
		value_tally_weigh_vector(state, b->arg[0], b->selected, times);
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

static bool
groups_save(void *state, const struct metric *m, struct buf *b)
{
	(void)m;
	return value_tally_save(state, b);
}

static void
groups_load(void *state, const struct metric *m, uint32_t part, struct unpack *u)
{
	(void)m, (void)part;
	value_tally_load(state, u);
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
	.weigh = groups_weigh,
	.merge = groups_merge,
	.final = groups_final,
	.bytes = groups_bytes,
	.fini = groups_fini,
	.save = groups_save,
	.load = groups_load,
};
