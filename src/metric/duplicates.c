/* Rows whose tuple occurs more than once. */
#include "metric/metric.h"
#include "metric/tuples.h"

struct duplicates {
	struct tuples tuples;
	const char *folder; /* where it was spilled to; NULL = it was not */
};

static void
duplicates_init(void *state, const struct metric *m)
{
	struct duplicates *s = state;

	*s = (struct duplicates){0};
	tuples_init(&s->tuples, m, false);
}

static bool
duplicates_update(void *state, const struct metric *m, const struct metric_batch *b, struct err *err)
{
	struct duplicates *s = state;

	(void)err;
	tuples_add(&s->tuples, m, b);
	return true;
}

static bool
duplicates_merge(void *into, void *from, int64_t rows_before, const struct metric *m, struct err *err)
{
	struct duplicates *s = into, *f = from;

	(void)rows_before, (void)m, (void)err;
	if (s->folder == NULL)
		s->folder = f->folder;
	tuples_merge(&s->tuples, &f->tuples);
	return true;
}

static int64_t
duplicates_pieces(void *state)
{
	struct duplicates *s = state;

	return tuples_pieces(&s->tuples);
}

static void
duplicates_piece(void *state, int64_t i)
{
	struct duplicates *s = state;

	tuples_piece(&s->tuples, i);
}

static void
duplicates_final(void *state, const struct metric *m, struct arena *a, struct metric_value *ret)
{
	struct duplicates *s = state;
	struct tuples_repeated repeated = {0};

	(void)a;
	if (m->params.flag) {
		ret->failed = !tuples_all_repeated(&s->tuples, s->folder, &ret->keys, &repeated, &ret->err);
	} else {
		ret->keys = keyset_new();
		ret->failed = !tuples_repeated(&s->tuples, ret->keys, METRIC_KEYS_MAX, &ret->list_cut,
		                               &repeated, &ret->err);
	}
	ret->count = repeated.rows;
	ret->groups = repeated.tuples;
	ret->v = value_int(ret->count);
}

static size_t
duplicates_bytes(const void *state)
{
	const struct duplicates *s = state;

	return tuples_bytes(&s->tuples);
}

static bool
duplicates_spill(void *state, const struct metric *m, const char *folder, struct err *err)
{
	struct duplicates *s = state;

	(void)m;
	s->folder = folder;
	return tuples_spill(&s->tuples, folder, err);
}

static bool
duplicates_save(void *state, const struct metric *m, struct buf *b)
{
	struct duplicates *s = state;

	(void)m;
	return tuples_save(&s->tuples, b);
}

static void
duplicates_load(void *state, const struct metric *m, uint32_t part, struct unpack *u)
{
	struct duplicates *s = state;

	(void)m, (void)part;
	tuples_load(&s->tuples, u);
}

static void
duplicates_fini(void *state)
{
	struct duplicates *s = state;

	tuples_fini(&s->tuples);
}

/*
 * v and count: rows in groups of two or more equal tuples, all of the group; groups: how many groups.  A single null is in no group; in longer tuples null
 * equals null.  keys: those tuples, a quarter of a million at most (list_cut: there are more); with params.flag all of them.
 */
const struct metric_kind metric_duplicates = {
	.name = "duplicates",
	.doc = "Rows whose tuple occurs more than once.",
	.class = STATE_SPILLING,
	.min_args = 1,
	.max_args = METRIC_ARGS_MAX,
	.state_size = sizeof(struct duplicates),
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
