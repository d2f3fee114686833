/* The set of key tuples of an asset, for those that refer to it. */
#include "metric/metric.h"

static void
keys_init(void *state, const struct metric *m)
{
	struct keyset **k = state;

	(void)m;
	*k = NULL; /* made with the first row: most states of a pass are thrown away empty */
}

static bool
keys_update(void *state, const struct metric *m, const struct metric_batch *b, struct err *err)
{
	struct keyset **k = state;
	struct value v[METRIC_ARGS_MAX];

	(void)err;
	if (*k == NULL)
		*k = keyset_new();
	for (size_t w = 0; w < BITMAP_WORDS(b->rows); w++) {
		uint64_t mask = b->selected[w];

		for (uint32_t j = 0; j < m->nargs; j++)
			mask &= b->arg[j]->valid[w];
		for (; mask != 0; mask &= mask - 1) {
			for (uint32_t j = 0; j < m->nargs; j++)
				v[j] = vector_value(b->arg[j],
				                    (uint32_t)(w * 64) + (uint32_t)__builtin_ctzll(mask));
			keyset_add(*k, tuple_hash(v, m->nargs));
		}
	}
	return true;
}

static bool
keys_merge(void *into, void *from, int64_t rows_before, const struct metric *m, struct err *err)
{
	struct keyset **k = into, **f = from;

	(void)rows_before, (void)m, (void)err;
	if (*f == NULL)
		return true;
	if (*k == NULL || keyset_size(*k) < keyset_size(*f)) {
		struct keyset *larger = *f;

		*f = *k;
		*k = larger;
	}
	if (*f != NULL)
		keyset_merge(*k, *f);
	return true;
}

static void
keys_final(void *state, const struct metric *m, struct arena *a, struct metric_value *ret)
{
	struct keyset **k = state;

	(void)m, (void)a;
	ret->keys = *k != NULL ? STEAL(*k) : keyset_new();
	ret->count = keyset_size(ret->keys);
	ret->v = value_int(ret->count);
}

static size_t
keys_bytes(const void *state)
{
	struct keyset *const *k = state;

	return *k != NULL ? keyset_bytes(*k) : 0;
}

static void
keys_fini(void *state)
{
	struct keyset **k = state;

	keyset_free(*k);
	*k = NULL;
}

/* keys: the distinct tuples without a null in them; v and count: how many. */
const struct metric_kind metric_keys = {
	.name = "keys",
	.doc = "The distinct tuples without a null.",
	.class = STATE_SPILLING,
	.min_args = 1,
	.max_args = METRIC_ARGS_MAX,
	.state_size = sizeof(struct keyset *),
	.need = NEED_VALUE,
	.init = keys_init,
	.update = keys_update,
	.merge = keys_merge,
	.final = keys_final,
	.bytes = keys_bytes,
	.fini = keys_fini,
};
