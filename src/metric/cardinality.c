/*
 * How many distinct values there are, as far as a bound, and which, as long as they are few.
 *
 * Unlike `distinct`, whose memory grows with the data, the state ends at params.number values: from then on it is only known that there are
 * more.  It is cut exactly when there are more than that, so the result does not depend on how the rows are dealt to threads.
 */
#include <stdlib.h>

#include "metric/state.h"
#include "metric/tally.h"

/* A longer value is not worth keeping: nobody wants to read it in a list. */
enum { VALUE_KEEP_BYTES = 256 };

struct cardinality {
	struct keyset *keys;
	struct value_tally values; /* all values so far, unless they were too many or too long */
	bool many;                 /* the values are not kept any more */
	bool cut;                  /* nor are their keys: there are more than params.number */
};

static void
cardinality_init(void *state, const struct metric *m)
{
	struct cardinality *s = state;

	*s = (struct cardinality){.keys = keyset_new(), .many = m->params.keep == 0};
	s->values.keep = m->params.keep;
}

static void
cardinality_fini(void *state)
{
	struct cardinality *s = state;

	keyset_free(s->keys);
	s->keys = NULL;
	value_tally_fini(&s->values);
}

static void
drop_values(struct cardinality *s)
{
	s->many = true;
	value_tally_fini(&s->values);
}

static void
enforce(struct cardinality *s, const struct metric *m)
{
	if (!s->many && s->values.n > m->params.keep)
		drop_values(s);
	if (s->cut || keyset_size(s->keys) <= m->params.number)
		return;
	s->cut = true;
	keyset_free(s->keys);
	s->keys = keyset_new();
}

static bool
is_long(struct value v)
{
	return v.kind == VALUE_LIST || v.kind == VALUE_OBJECT ||
	       ((v.kind == VALUE_TEXT || v.kind == VALUE_BINARY) && v.s.n > VALUE_KEEP_BYTES);
}

static void
add(struct cardinality *s, const struct metric *m, struct value v, int64_t times)
{
	if (!s->cut)
		(void)keyset_add(s->keys, value_hash(v));
	if (!s->many && is_long(v))
		drop_values(s);
	else if (!s->many)
		value_tally_add(&s->values, v, times);
	enforce(s, m);
}

/* The selected rows, each once or times[row] times. */
static bool
cardinality_weigh(void *state, const struct metric *m, const struct metric_batch *b, const uint32_t *times,
                  struct err *err)
{
	const struct vector *v = b->arg[0];
	struct cardinality *s = state;

	(void)err;
	for (size_t w = 0; w < BITMAP_WORDS(b->rows); w++)
		for (uint64_t mask = v->valid[w] & b->selected[w]; mask != 0 && !(s->cut && s->many);
		     mask &= mask - 1) {
			uint32_t i = (uint32_t)(w * 64) + (uint32_t)__builtin_ctzll(mask);

			add(s, m, vector_value(v, i), times != NULL ? times[i] : 1);
		}
	return true;
}

static bool
cardinality_update(void *state, const struct metric *m, const struct metric_batch *b, struct err *err)
{
	return cardinality_weigh(state, m, b, NULL, err);
}

static bool
cardinality_merge(void *into, void *from, int64_t rows_before, const struct metric *m, struct err *err)
{
	struct cardinality *s = into, *f = from;

	(void)rows_before, (void)err;
	if (f->many && !s->many)
		drop_values(s);
	if (!s->many)
		value_tally_merge(&s->values, &f->values);
	s->cut = s->cut || f->cut;
	if (!s->cut)
		keyset_merge(s->keys, f->keys);
	enforce(s, m);
	return true;
}

static bool
cardinality_save(void *state, const struct metric *m, struct buf *b)
{
	struct cardinality *s = state;
	size_t n = (size_t)keyset_size(s->keys);
	struct hash128 *key = xmalloc(MAX(n, 1) * sizeof(*key));

	(void)m;
	keyset_copy(s->keys, key);
	pack_bool(b, s->many);
	pack_bool(b, s->cut);
	pack_u64(b, n);
	for (size_t i = 0; i < n && !b->full; i++) {
		pack_word(b, key[i].lo);
		pack_word(b, key[i].hi);
	}
	free(key);
	return !b->full && (s->many || value_tally_save(&s->values, b));
}

static void
cardinality_load(void *state, const struct metric *m, uint32_t part, struct unpack *u)
{
	struct cardinality *s = state;
	bool many = unpack_bool(u);
	size_t n;

	(void)part;
	s->cut = unpack_bool(u);
	n = unpack_number(u, 16);
	if ((s->cut && n > 0) || (int64_t)n > m->params.number || (m->params.keep == 0 && !many))
		unpack_spoil(u);
	for (; n > 0 && !u->bad; n--) {
		struct hash128 h = {.lo = unpack_word(u)};

		h.hi = unpack_word(u);
		(void)keyset_add(s->keys, h);
	}
	if (many)
		drop_values(s);
	else if (!u->bad)
		value_tally_load(&s->values, u);
}

static void
cardinality_final(void *state, const struct metric *m, struct arena *a, struct metric_value *ret)
{
	struct cardinality *s = state;

	ret->count = s->cut ? m->params.number : keyset_size(s->keys);
	ret->v = s->cut ? VALUE_NONE : value_int(ret->count);
	ret->list_cut = s->many;
	if (s->many)
		return;
	value_tally_sort(&s->values);
	tally_list(s->values.e, s->values.n, a, ret);
}

static size_t
cardinality_bytes(const void *state)
{
	const struct cardinality *s = state;

	return keyset_bytes(s->keys) + value_tally_bytes(&s->values);
}

/*
 * count: distinct values that are not null, v the same; where there are more than params.number, count is that number and v null.
 * list, list_count: all of them, sorted, if they are at most params.keep and none is long; list_cut tells that they are not listed.
 */
const struct metric_kind metric_cardinality = {
	.name = "cardinality",
	.doc = "Distinct values up to a bound, and which they are if they are few.",
	.class = STATE_SPILLING,
	.min_args = 1,
	.max_args = 1,
	.state_size = sizeof(struct cardinality),
	.need = NEED_VALUE,
	.init = cardinality_init,
	.update = cardinality_update,
	.weigh = cardinality_weigh,
	.merge = cardinality_merge,
	.final = cardinality_final,
	.bytes = cardinality_bytes,
	.fini = cardinality_fini,
	.save = cardinality_save,
	.load = cardinality_load,
};
