/* Rows whose tuple occurs more than once. */
#include "metric/metric.h"
#include "metric/tuples.h"

/* Beyond it a sample is chosen among these tuples only: 8 MiB of hashes. */
enum { KEYS_MAX = 1 << 18 };

static void
duplicates_init(void *state, const struct metric *m)
{
	tuples_init(state, m, false);
}

static bool
duplicates_update(void *state, const struct metric *m, const struct metric_batch *b, struct err *err)
{
	(void)err;
	tuples_add(state, m, b);
	return true;
}

static bool
duplicates_merge(void *into, void *from, int64_t rows_before, const struct metric *m, struct err *err)
{
	(void)rows_before, (void)m, (void)err;
	tuples_merge(into, from);
	return true;
}

static int64_t
duplicates_pieces(void *state)
{
	return tuples_pieces(state);
}

static void
duplicates_piece(void *state, int64_t i)
{
	tuples_piece(state, i);
}

static void
duplicates_final(void *state, const struct metric *m, struct arena *a, struct metric_value *ret)
{
	(void)m, (void)a;
	ret->keys = keyset_new();
	ret->failed = !tuples_repeated(state, ret->keys, KEYS_MAX, &ret->list_cut, &ret->count, &ret->err);
	ret->v = value_int(ret->count);
}

static size_t
duplicates_bytes(const void *state)
{
	return tuples_bytes(state);
}

static bool
duplicates_spill(void *state, const struct metric *m, const char *folder, struct err *err)
{
	(void)m;
	return tuples_spill(state, folder, err);
}

static bool
duplicates_save(void *state, const struct metric *m, struct buf *b)
{
	(void)m;
	return tuples_save(state, b);
}

static void
duplicates_load(void *state, const struct metric *m, uint32_t part, struct unpack *u)
{
	(void)m, (void)part;
	tuples_load(state, u);
}

static void
duplicates_fini(void *state)
{
	tuples_fini(state);
}

/*
 * v and count: rows in groups of two or more equal tuples, all of the group.  A single null is in no group; in longer tuples null
 * equals null.  keys: those tuples, a quarter of a million at most (list_cut: there are more).
 */
const struct metric_kind metric_duplicates = {
	.name = "duplicates",
	.doc = "Rows whose tuple occurs more than once.",
	.class = STATE_SPILLING,
	.min_args = 1,
	.max_args = METRIC_ARGS_MAX,
	.state_size = sizeof(struct tuples),
	.need = NEED_VALUE,
	.init = duplicates_init,
	.update = duplicates_update,
	.merge = duplicates_merge,
	.pieces = duplicates_pieces,
	.piece = duplicates_piece,
	.final = duplicates_final,
	.bytes = duplicates_bytes,
	.spill = duplicates_spill,
	.fini = duplicates_fini,
	.save = duplicates_save,
	.load = duplicates_load,
};
