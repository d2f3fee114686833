/* The set of key tuples of an asset, for those that refer to it. */
#include "metric/keybag.h"
#include "metric/metric.h"
#include "metric/spill.h"
#include "metric/state.h"

struct keys {
	struct keybag bag; /* of hashes */
	const char *folder;
};

static void
keys_init(void *state, const struct metric *m)
{
	struct keys *s = state;

	(void)m;
	*s = (struct keys){0};
	keybag_init(&s->bag, 2, true);
}

static bool
keys_update(void *state, const struct metric *m, const struct metric_batch *b, struct err *err)
{
	struct value v[METRIC_ARGS_MAX];
	uint64_t key[128];
	struct keys *s = state;

	(void)err;
	for (size_t w = 0; w < BITMAP_WORDS(b->rows); w++) {
		uint64_t mask = b->selected[w];
		size_t n = 0;

		for (uint32_t j = 0; j < m->nargs; j++)
			mask &= b->arg[j]->valid[w];
		for (; mask != 0; mask &= mask - 1) {
			struct hash128 h;

			for (uint32_t j = 0; j < m->nargs; j++)
				v[j] = vector_value(b->arg[j],
				                    (uint32_t)(w * 64) + (uint32_t)__builtin_ctzll(mask));
			h = tuple_hash(v, m->nargs);
			key[n++] = h.lo;
			key[n++] = h.hi;
		}
		keybag_add(&s->bag, key, n / 2);
	}
	return true;
}

static bool
keys_merge(void *into, void *from, int64_t rows_before, const struct metric *m, struct err *err)
{
	struct keys *s = into, *f = from;

	(void)rows_before, (void)m, (void)err;
	if (s->folder == NULL)
		s->folder = f->folder;
	keybag_merge(&s->bag, &f->bag);
	return true;
}

static void
keys_final(void *state, const struct metric *m, struct arena *a, struct metric_value *ret)
{
	struct keys *s = state;

	(void)m, (void)a;
	ret->failed = !keyset_of_bag(&s->bag, s->folder, &ret->keys, &ret->err);
	if (ret->failed)
		return;
	ret->count = keyset_size(ret->keys);
	ret->v = value_int(ret->count);
}

/* The set is made from the bag while that is still there. */
static size_t
keys_bytes(const void *state)
{
	const struct keys *s = state;

	return 2 * keybag_bytes(&s->bag);
}

static bool
keys_spill(void *state, const struct metric *m, const char *folder, struct err *err)
{
	struct keys *s = state;

	(void)m;
	s->folder = folder;
	return keybag_spill(&s->bag, folder, err);
}

static bool
keys_save(void *state, const struct metric *m, struct buf *b)
{
	struct keys *s = state;

	(void)m;
	return pack_keys(b, &s->bag);
}

static void
keys_load(void *state, const struct metric *m, uint32_t part, struct unpack *u)
{
	struct keys *s = state;

	(void)m, (void)part;
	unpack_keys(u, &s->bag);
}

static void
keys_fini(void *state)
{
	struct keys *s = state;

	keybag_fini(&s->bag);
}

/* keys: the distinct tuples without a null in them; v and count: how many. */
const struct metric_kind metric_keys = {
	.name = "keys",
	.doc = "The distinct tuples without a null.",
	.class = STATE_SPILLING,
	.min_args = 1,
	.max_args = METRIC_ARGS_MAX,
	.state_size = sizeof(struct keys),
	.need = NEED_VALUE,
	.init = keys_init,
	.update = keys_update,
	.weigh = metric_weigh_once,
	.merge = keys_merge,
	.final = keys_final,
	.bytes = keys_bytes,
	.spill = keys_spill,
	.fini = keys_fini,
	.save = keys_save,
	.load = keys_load,
};
