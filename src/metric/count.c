/* Counts that need no memory: rows, rows with a value, records that are no rows. */
#include "metric/metric.h"
#include "metric/metric_sql.h"
#include "metric/outlook.h"
#include "metric/packed.h"

static void
count_init(void *state, const struct metric *m)
{
	(void)m;
	*(int64_t *)state = 0;
}

static bool
count_merge(void *into, void *from, int64_t rows_before, const struct metric *m, struct err *err)
{
	int64_t *n = into;

	(void)rows_before, (void)m, (void)err;
	*n += *(int64_t *)from;
	return true;
}

static bool
count_save(void *state, const struct metric *m, struct buf *b)
{
	(void)m;
	pack_u64(b, (uint64_t) * (int64_t *)state);
	return true;
}

static void
count_load(void *state, const struct metric *m, uint32_t part, struct unpack *u)
{
	(void)m, (void)part;
	*(int64_t *)state = unpack_count(u);
}

static void
count_final(void *state, const struct metric *m, struct arena *a, struct metric_value *ret)
{
	(void)m, (void)a;
	ret->count = *(int64_t *)state;
	ret->v = value_int(ret->count);
}

static void
count_sql_final(const struct value *v, const struct metric *m, struct arena *a, struct metric_value *ret)
{
	(void)m, (void)a;
	ret->count = metric_sql_count(v[0]);
	ret->v = value_int(ret->count);
}

static bool
rows_update(void *state, const struct metric *m, const struct metric_batch *b, struct err *err)
{
	int64_t *n = state;

	(void)m, (void)err;
	*n += bits_count(b->selected, b->rows);
	return true;
}

static bool
rows_foresee(void *state, const struct metric *m, const struct metric_outlook *o)
{
	int64_t *n = state;

	(void)m;
	if (o->selected < 0)
		return false;
	*n += o->selected;
	return true;
}

static bool
rows_sql(struct sql *q, const struct dialect *d, const struct metric *m)
{
	buf_puts(&q->text, "count(*)");
	return metric_sql_filter(q, d, m, NULL);
}

/* v and count: rows that count. */
const struct metric_kind metric_rows = {
	.name = "rows",
	.doc = "Rows that count.",
	.class = STATE_CONSTANT,
	.state_size = sizeof(int64_t),
	.init = count_init,
	.update = rows_update,
	.foresee = rows_foresee,
	.merge = count_merge,
	.final = count_final,
	.save = count_save,
	.load = count_load,
	.sql = rows_sql,
	.sql_columns = 1,
	.sql_final = count_sql_final,
};

static bool
count_valid_update(void *state, const struct metric *m, const struct metric_batch *b, struct err *err)
{
	int64_t *n = state;

	(void)m, (void)err;
	for (size_t w = 0; w < BITMAP_WORDS(b->rows); w++)
		*n += __builtin_popcountll(b->arg[0]->valid[w] & b->selected[w]);
	return true;
}

static bool
count_valid_weigh(void *state, const struct metric *m, const struct metric_batch *b, const uint32_t *times,
                  struct err *err)
{
	int64_t *n = state;

	(void)m, (void)err;
	for (uint32_t i = 0; i < b->rows; i++)
		if (bit_get(b->arg[0]->valid, i))
			*n += times[i];
	return true;
}

static bool
count_valid_foresee(void *state, const struct metric *m, const struct metric_outlook *o)
{
	int64_t *n = state;

	(void)m;
	if (o->arg[0].valid != 0 && (o->selected != o->rows || !outlook_is_exact(&o->arg[0])))
		return false;
	*n += o->arg[0].valid;
	return true;
}

static bool
count_valid_sql(struct sql *q, const struct dialect *d, const struct metric *m)
{
	return metric_sql_aggregate(q, d, m, "count(", ")");
}

/* v and count: rows whose argument is neither null nor an error. */
const struct metric_kind metric_count_valid = {
	.name = "count_valid",
	.doc = "Rows whose argument is neither null nor an error.",
	.class = STATE_CONSTANT,
	.min_args = 1,
	.max_args = 1,
	.state_size = sizeof(int64_t),
	.need = NEED_PRESENCE,
	.init = count_init,
	.update = count_valid_update,
	.weigh = count_valid_weigh,
	.foresee = count_valid_foresee,
	.merge = count_merge,
	.final = count_final,
	.save = count_save,
	.load = count_load,
	.sql = count_valid_sql,
	.sql_columns = 1,
	.sql_final = count_sql_final,
};

static bool
malformed_update(void *state, const struct metric *m, const struct metric_batch *b, struct err *err)
{
	int64_t *n = state;

	(void)m, (void)err;
	*n += b->malformed;
	return true;
}

/* What is known of rows before they are read is known of rows. */
static bool
malformed_foresee(void *state, const struct metric *m, const struct metric_outlook *o)
{
	(void)state, (void)m, (void)o;
	return true;
}

/* What a database holds are rows.  An aggregate, since beside no other one a constant would be a row for each row. */
static bool
malformed_sql(struct sql *q, const struct dialect *d, const struct metric *m)
{
	(void)d, (void)m;
	return buf_puts(&q->text, "count(NULL)");
}

/* v and count: records that are not rows. */
const struct metric_kind metric_malformed = {
	.name = "malformed",
	.doc = "Records of the source that cannot be read as rows.",
	.class = STATE_CONSTANT,
	.state_size = sizeof(int64_t),
	.init = count_init,
	.update = malformed_update,
	.foresee = malformed_foresee,
	.merge = count_merge,
	.final = count_final,
	.save = count_save,
	.load = count_load,
	.sql = malformed_sql,
	.sql_columns = 1,
	.sql_final = count_sql_final,
};
