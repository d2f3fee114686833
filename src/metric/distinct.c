/* How many distinct values there are, and which, where they are asked for. */
#include "metric/metric.h"
#include "metric/metric_sql.h"
#include "metric/tally.h"
#include "metric/tuples.h"

struct distinct {
	struct tuples keys;
	struct value_tally values;
};

static void
distinct_init(void *state, const struct metric *m)
{
	struct distinct *s = state;

	tuples_init(&s->keys, m, true);
	s->values = (struct value_tally){.keep = m->params.keep};
}

/* The selected rows, each once or times[row] times. */
static bool
distinct_weigh(void *state, const struct metric *m, const struct metric_batch *b, const uint32_t *times,
               struct err *err)
{
	const struct vector *v = b->arg[0];
	struct distinct *s = state;

	(void)err;
	tuples_add(&s->keys, m, b);
	if (m->params.keep == 0)
		return true;
	for (size_t w = 0; w < BITMAP_WORDS(b->rows); w++)
		for (uint64_t mask = v->valid[w] & b->selected[w]; mask != 0; mask &= mask - 1) {
			uint32_t i = (uint32_t)(w * 64) + (uint32_t)__builtin_ctzll(mask);

			value_tally_add(&s->values, vector_value(v, i), times != NULL ? times[i] : 1);
		}
	return true;
}

static bool
distinct_update(void *state, const struct metric *m, const struct metric_batch *b, struct err *err)
{
	return distinct_weigh(state, m, b, NULL, err);
}

static bool
distinct_merge(void *into, void *from, int64_t rows_before, const struct metric *m, struct err *err)
{
	struct distinct *s = into, *f = from;

	(void)rows_before, (void)m, (void)err;
	tuples_merge(&s->keys, &f->keys);
	value_tally_merge(&s->values, &f->values);
	return true;
}

static int64_t
distinct_pieces(void *state)
{
	return tuples_pieces(&((struct distinct *)state)->keys);
}

static void
distinct_piece(void *state, int64_t i)
{
	tuples_piece(&((struct distinct *)state)->keys, i);
}

static void
distinct_final(void *state, const struct metric *m, struct arena *a, struct metric_value *ret)
{
	struct distinct *s = state;

	if (!tuples_distinct(&s->keys, &ret->count, &ret->err)) {
		ret->failed = true;
		return;
	}
	ret->v = value_int(ret->count);
	if (m->params.keep == 0)
		return;
	value_tally_sort(&s->values);
	tally_list(s->values.e, s->values.n, a, ret);
	ret->list_cut = s->values.cut;
}

static size_t
distinct_bytes(const void *state)
{
	const struct distinct *s = state;

	return tuples_bytes(&s->keys) + value_tally_bytes(&s->values);
}

static bool
distinct_spill(void *state, const struct metric *m, const char *folder, struct err *err)
{
	struct distinct *s = state;

	(void)m;
	return tuples_spill(&s->keys, folder, err);
}

static bool
distinct_save(void *state, const struct metric *m, struct buf *b)
{
	struct distinct *s = state;

	(void)m;
	return tuples_save(&s->keys, b) && value_tally_save(&s->values, b);
}

static void
distinct_load(void *state, const struct metric *m, uint32_t part, struct unpack *u)
{
	struct distinct *s = state;

	(void)m, (void)part;
	tuples_load(&s->keys, u);
	value_tally_load(&s->values, u);
}

static void
distinct_fini(void *state)
{
	struct distinct *s = state;

	tuples_fini(&s->keys);
	value_tally_fini(&s->values);
}

/* Only where the database's equality is ours, and the values themselves are not asked for. */
static bool
distinct_sql(struct sql *q, const struct dialect *d, const struct metric *m)
{
	if (m->params.keep > 0)
		return false;
	switch (m->arg[0]->type.kind) {
	case TYPE_BOOLEAN:
	case TYPE_INTEGER:
	case TYPE_NUMBER:
		return metric_sql_aggregate(q, d, m, "count(DISTINCT ", ")");
	case TYPE_STRING:
		return d == &dialect_sqlite &&
		       metric_sql_aggregate(q, d, m, "count(DISTINCT ", " COLLATE BINARY)");
	default:
		return false;
	}
}

static void
distinct_sql_final(const struct value *v, const struct metric *m, struct arena *a, struct metric_value *ret)
{
	(void)m, (void)a;
	ret->count = metric_sql_count(v[0]);
	ret->v = value_int(ret->count);
}

/* v and count: distinct values that are not null.  With params.keep: list, list_count: the least of them, sorted; list_cut. */
const struct metric_kind metric_distinct = {
	.name = "distinct",
	.doc = "Distinct values that are not null, and the least of them.",
	.class = STATE_SPILLING,
	.min_args = 1,
	.max_args = 1,
	.state_size = sizeof(struct distinct),
	.need = NEED_VALUE,
	.init = distinct_init,
	.update = distinct_update,
	.weigh = distinct_weigh,
	.merge = distinct_merge,
	.pieces = distinct_pieces,
	.piece = distinct_piece,
	.final = distinct_final,
	.bytes = distinct_bytes,
	.spill = distinct_spill,
	.fini = distinct_fini,
	.save = distinct_save,
	.load = distinct_load,
	.sql = distinct_sql,
	.sql_columns = 1,
	.sql_final = distinct_sql_final,
};
