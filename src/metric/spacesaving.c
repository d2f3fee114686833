/*
 * The most common values, approximately: SpaceSaving.
 *
 * Some thousand counters.  When there are too many values, as much is taken off all counts as leaves half of the counters, and that
 * is added to what each count may lack: the truth lies between a count and the count plus `lacks`, and a value without a counter occurs at most
 * `lacks` times.
 *
 * Metwally, Agrawal, El Abbadi, "Efficient computation of frequent and top-k elements in data streams" (2005).  Kept as lower bounds and a common
 * error, which Agarwal and others, "Mergeable summaries" (2012), show to be the same summary, and how two are merged; reduced by half at a time as
 * in Anderson and others, "A high-performance algorithm for identifying frequent items in data streams" (2017).  `lacks` is at most the
 * number of values divided by the counters left.
 */
#include <stdlib.h>

#include "metric/packed.h"
#include "metric/tally.h"

enum { COUNTERS = 2048 };

struct saving {
	struct value_tally values;
	int64_t lacks;
};

static void
saving_init(void *state, const struct metric *m)
{
	(void)m;
	*(struct saving *)state = (struct saving){.values.keep = UINT32_MAX};
}

static int
by_count(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x < y) - (x > y);
}

/* Leaves at most COUNTERS values. */
static void
reduce(struct saving *s)
{
	struct value_tally left = {.keep = UINT32_MAX};
	int64_t *count, off;

	if (s->values.n <= 2 * COUNTERS)
		return;
	count = xmalloc(s->values.n * sizeof(*count));
	for (uint32_t i = 0; i < s->values.n; i++)
		count[i] = s->values.e[i].count;
	qsort(count, s->values.n, sizeof(*count), by_count);
	off = count[COUNTERS];
	free(count);
	for (uint32_t i = 0; i < s->values.n; i++)
		if (s->values.e[i].count > off)
			value_tally_add(&left, s->values.e[i].v, s->values.e[i].count - off);
	value_tally_fini(&s->values);
	s->values = left;
	s->lacks += off;
}

static bool
saving_update(void *state, const struct metric *m, const struct metric_batch *b, struct err *err)
{
	struct saving *s = state;

	(void)m, (void)err;
	value_tally_add_vector(&s->values, b->arg[0], b->selected);
	reduce(s);
	return true;
}

static bool
saving_merge(void *into, void *from, int64_t rows_before, const struct metric *m, struct err *err)
{
	struct saving *s = into, *f = from;

	(void)rows_before, (void)m, (void)err;
	value_tally_merge(&s->values, &f->values);
	s->lacks += f->lacks;
	reduce(s);
	return true;
}

static void
exact_modes(struct saving *s, int64_t most, const struct metric *m, struct arena *a, struct metric_value *ret)
{
	struct value_tally best = {.keep = m->params.keep};
	int64_t modes = 0;

	for (uint32_t i = 0; i < s->values.n; i++)
		if (s->values.e[i].count == most) {
			value_tally_add(&best, s->values.e[i].v, most);
			modes++;
		}
	value_tally_sort(&best);
	tally_list(best.e, best.n, a, ret);
	ret->list_cut = modes > m->params.keep;
	ret->v = value_int(modes);
	value_tally_fini(&best);
}

/* The same value occurs as often as it was counted, or up to `lacks` times more. */
static const struct metric_value *
end_of(const struct metric_value *v, int64_t count, struct arena *a)
{
	struct metric_value *ret = ARENA_NEW(a, struct metric_value);

	*ret = *v;
	ret->count = count;
	ret->low = ret->high = NULL;
	return ret;
}

static void
saving_final(void *state, const struct metric *m, struct arena *a, struct metric_value *ret)
{
	struct saving *s = state;
	int64_t most = 0, second = 0;

	for (uint32_t i = 0; i < s->values.n; i++) {
		int64_t count = s->values.e[i].count;

		second = MAX(second, MIN(most, count));
		most = MAX(most, count);
	}
	if (s->lacks > 0 && most <= second + s->lacks) {
		ret->failed = true;
		err_set(&ret->err, ERR_EVAL, NOWHERE,
		        "which value is the most common one cannot be told approximately: several may be");
		err_hint(&ret->err, "Leave out approx: all values are counted then.");
		return;
	}
	ret->count = most;
	exact_modes(s, most, m, a, ret);
	if (s->lacks == 0)
		return;
	ret->error_bound = (double)s->lacks;
	ret->low = end_of(ret, most, a);
	ret->high = end_of(ret, most + s->lacks, a);
}

static size_t
saving_bytes(const void *state)
{
	const struct saving *s = state;

	return value_tally_bytes(&s->values);
}

static void
saving_fini(void *state)
{
	struct saving *s = state;

	value_tally_fini(&s->values);
}

static bool
saving_save(void *state, const struct metric *m, struct buf *b)
{
	struct saving *s = state;

	(void)m;
	pack_u64(b, (uint64_t)s->lacks);
	return value_tally_save(&s->values, b);
}

static void
saving_load(void *state, const struct metric *m, uint32_t part, struct unpack *u)
{
	struct saving *s = state;

	(void)m, (void)part;
	s->lacks = unpack_count(u);
	value_tally_load(&s->values, u);
}

/* As metric_modes where there are few values.  Else count is a lower bound, and it fails where another value may be as common. */
const struct metric_kind metric_modes_approx = {
	.name = "modes_approx",
	.doc = "The most common value, in bounded memory.",
	.class = STATE_BOUNDED,
	.min_args = 1,
	.max_args = 1,
	.state_size = sizeof(struct saving),
	.need = NEED_VALUE,
	.exact = &metric_modes,
	.init = saving_init,
	.update = saving_update,
	.merge = saving_merge,
	.final = saving_final,
	.bytes = saving_bytes,
	.fini = saving_fini,
	.save = saving_save,
	.load = saving_load,
};
