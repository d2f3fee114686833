/* Sums and means. */
#include "metric/sum.h"
#include "metric/metric.h"
#include "metric/metric_sql.h"

static void
sum_init(void *state, const struct metric *m)
{
	(void)m;
	sum_acc_init(state);
}

static bool
is_numeric(const struct sum_acc *s, struct err *err)
{
	return !s->has_text || err_set(err, ERR_EVAL, NOWHERE, "cannot add values that are not numbers");
}

static bool
sum_update(void *state, const struct metric *m, const struct metric_batch *b, struct err *err)
{
	struct sum_acc *s = state;

	(void)m;
	sum_acc_add_vector(s, b->arg[0], b->selected);
	return is_numeric(s, err);
}

static bool
sum_weigh(void *state, const struct metric *m, const struct metric_batch *b, const uint32_t *times,
          struct err *err)
{
	struct sum_acc *s = state;

	(void)m;
	sum_acc_weigh_vector(s, b->arg[0], b->selected, times);
	return is_numeric(s, err);
}

static bool
sum_merge(void *into, void *from, int64_t rows_before, const struct metric *m, struct err *err)
{
	(void)rows_before, (void)m, (void)err;
	sum_acc_merge(into, from);
	return true;
}

static bool
sum_save(void *state, const struct metric *m, struct buf *b)
{
	(void)m;
	sum_acc_save(state, b);
	return true;
}

static void
sum_load(void *state, const struct metric *m, uint32_t part, struct unpack *u)
{
	(void)m, (void)part;
	sum_acc_load(state, u);
}

static void
sum_final(void *state, const struct metric *m, struct arena *a, struct metric_value *ret)
{
	struct sum_acc *s = state;

	(void)m, (void)a;
	ret->count = s->count;
	ret->failed = !sum_acc_value(s, &ret->v, &ret->err);
}

static void
mean_final(void *state, const struct metric *m, struct arena *a, struct metric_value *ret)
{
	struct sum_acc *s = state;

	(void)m, (void)a;
	ret->count = s->count;
	ret->failed = !sum_acc_mean(s, &ret->v, &ret->err);
}

/* weir_sum and weir_mean are these same accumulators, registered by the engine. */
static bool
sum_sql_as(struct sql *q, const struct dialect *d, const struct metric *m, const char *call)
{
	if (!metric_sql_own(d) || !type_is_numeric(m->arg[0]->type) || m->arg[0]->type.kind == TYPE_DECIMAL)
		return false;
	if (!metric_sql_aggregate(q, d, m, call, ")"))
		return false;
	buf_puts(&q->text, ", ");
	return metric_sql_aggregate(q, d, m, "count(", ")");
}

static bool
sum_sql(struct sql *q, const struct dialect *d, const struct metric *m)
{
	return sum_sql_as(q, d, m, "weir_sum(");
}

static bool
mean_sql(struct sql *q, const struct dialect *d, const struct metric *m)
{
	return sum_sql_as(q, d, m, "weir_mean(");
}

/* A sum past 64 bits comes as text, for want of a wider integer. */
static void
sum_sql_final(const struct value *v, const struct metric *m, struct arena *a, struct metric_value *ret)
{
	struct decimal wide;

	(void)m, (void)a;
	ret->count = metric_sql_count(v[1]);
	if (v[0].kind != VALUE_TEXT)
		ret->v = v[0];
	else if (decimal_parse(v[0].s, &wide))
		ret->v = (struct value){.kind = VALUE_DECIMAL, .d = wide};
	else
		ret->failed = !err_set(&ret->err, ERR_EVAL, NOWHERE, "the database's sum is no number");
}

/* v: the sum, null when count = 0; count: values added. */
const struct metric_kind metric_sum = {
	.name = "sum",
	.doc = "Exact sum of numbers: of doubles, rounded once.",
	.class = STATE_CONSTANT,
	.min_args = 1,
	.max_args = 1,
	.state_size = sizeof(struct sum_acc),
	.need = NEED_VALUE,
	.init = sum_init,
	.update = sum_update,
	.weigh = sum_weigh,
	.merge = sum_merge,
	.final = sum_final,
	.save = sum_save,
	.load = sum_load,
	.sql = sum_sql,
	.sql_columns = 2,
	.sql_final = sum_sql_final,
};

/* v: the mean as a double, null when count = 0; count: values. */
const struct metric_kind metric_mean = {
	.name = "mean",
	.doc = "Exact sum of numbers divided by their count, as a double.",
	.class = STATE_CONSTANT,
	.min_args = 1,
	.max_args = 1,
	.state_size = sizeof(struct sum_acc),
	.need = NEED_VALUE,
	.init = sum_init,
	.update = sum_update,
	.weigh = sum_weigh,
	.merge = sum_merge,
	.final = mean_final,
	.save = sum_save,
	.load = sum_load,
	.sql = mean_sql,
	.sql_columns = 2,
	.sql_final = sum_sql_final,
};
