/* The rows of a table by their key, for comparing it with another one. */
#include <stdlib.h>

#include "metric/metric.h"
#include "metric/packed.h"
#include "metric/rowbag.h"

struct collected {
	struct rowbag *bag;
	struct buf packed;   /* of one row */
	struct value *value; /* likewise */
};

static void
collected_init(void *state, const struct metric *m)
{
	struct collected *s = state;

	*s = (struct collected){.bag = rowbag_new(), .value = xcalloc(m->nargs, sizeof(*s->value))};
	buf_init(&s->packed, SIZE_MAX);
}

/* What a row is beside its key. */
static struct sv
rest_of(struct collected *s, const struct metric *m, struct hash128 *hash)
{
	const uint32_t nkey = (uint32_t)m->params.number;

	if (m->params.flag) {
		buf_clear(&s->packed);
		for (uint32_t j = 0; j < m->nargs; j++)
			pack_value(&s->packed, s->value[j]);
		return buf_sv(&s->packed);
	}
	if (nkey == 0)
		return (struct sv){0};
	*hash = tuple_hash(s->value + nkey, m->nargs - nkey);
	return (struct sv){(const char *)hash, sizeof(*hash)};
}

static bool
collected_update(void *state, const struct metric *m, const struct metric_batch *b, struct err *err)
{
	const uint32_t nkey = m->params.number > 0 ? (uint32_t)m->params.number : m->nargs;
	struct collected *s = state;

	(void)err;
	for (size_t w = 0; w < BITMAP_WORDS(b->rows); w++) {
		for (uint64_t mask = b->selected[w]; mask != 0; mask &= mask - 1) {
			uint32_t i = (uint32_t)(w * 64) + (uint32_t)__builtin_ctzll(mask);
			struct hash128 key, hash;

			for (uint32_t j = 0; j < nkey; j++)
				s->value[j] = vector_value(b->arg[j], i);
			key = tuple_hash(s->value, nkey);
			if (m->params.among != NULL && !keyset_has(m->params.among, key))
				continue;
			for (uint32_t j = nkey; j < m->nargs; j++)
				s->value[j] = vector_value(b->arg[j], i);
			rowbag_add(s->bag, key, rest_of(s, m, &hash));
		}
	}
	return true;
}

static bool
collected_merge(void *into, void *from, int64_t rows_before, const struct metric *m, struct err *err)
{
	struct collected *s = into, *f = from;

	(void)rows_before, (void)m, (void)err;
	rowbag_merge(s->bag, f->bag);
	return true;
}

static void
collected_final(void *state, const struct metric *m, struct arena *a, struct metric_value *ret)
{
	struct collected *s = state;

	(void)m, (void)a;
	ret->bag = s->bag;
	s->bag = NULL;
	ret->count = rowbag_size(ret->bag);
	ret->v = value_int(ret->count);
}

static size_t
collected_bytes(const void *state)
{
	const struct collected *s = state;

	return rowbag_bytes(s->bag);
}

static bool
collected_spill(void *state, const struct metric *m, const char *folder, struct err *err)
{
	struct collected *s = state;

	(void)m;
	return rowbag_spill(s->bag, folder, err);
}

static void
collected_fini(void *state)
{
	struct collected *s = state;

	rowbag_free(s->bag);
	buf_fini(&s->packed);
	free(s->value);
}

/*
 * bag: the rows, by tuple_hash of the first params.number arguments; with 0, of all.  Null is a value like any other, equal to itself.
 * The bytes of a row are tuple_hash of the other arguments, or nothing where there is no key; with params.flag all of its values, packed.
 * params.among: rows of other keys are passed over.  v and count: how many there are.
 */
const struct metric_kind metric_collected = {
	.name = "collected",
	.doc = "The rows themselves, by their key.",
	.class = STATE_SPILLING,
	.min_args = 1,
	.max_args = UINT16_MAX,
	.state_size = sizeof(struct collected),
	.need = NEED_VALUE,
	.init = collected_init,
	.update = collected_update,
	.merge = collected_merge,
	.final = collected_final,
	.bytes = collected_bytes,
	.spill = collected_spill,
	.fini = collected_fini,
};
