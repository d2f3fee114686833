#include "metric/metric_sql.h"

static bool
operand(struct sql *q, const struct dialect *d, const struct expr *e)
{
	buf_putc(&q->text, '(');
	if (!sql_expr(q, d, e))
		return false;
	return buf_putc(&q->text, ')');
}

bool
metric_sql_filter(struct sql *q, const struct dialect *d, const struct metric *m,
                  const struct expr *condition)
{
	if (m->where == NULL && condition == NULL)
		return true;
	buf_puts(&q->text, " FILTER (WHERE ");
	if (m->where != NULL && !operand(q, d, m->where))
		return false;
	if (m->where != NULL && condition != NULL)
		buf_puts(&q->text, " AND ");
	if (condition != NULL && !operand(q, d, condition))
		return false;
	return buf_putc(&q->text, ')');
}

bool
metric_sql_aggregate(struct sql *q, const struct dialect *d, const struct metric *m, const char *prefix,
                     const char *suffix)
{
	buf_puts(&q->text, prefix);
	if (!sql_expr(q, d, m->arg[0]))
		return false;
	buf_puts(&q->text, suffix);
	return metric_sql_filter(q, d, m, NULL);
}

bool
metric_sql_own(const struct dialect *d)
{
	return d == &dialect_sqlite;
}

int64_t
metric_sql_count(struct value v)
{
	return v.kind == VALUE_INT ? v.i : 0;
}

void
metric_sql_value(struct value v, struct type t, struct arena *a, struct metric_value *ret)
{
	struct value to;

	if (v.kind == VALUE_NULL)
		return;
	if (t.kind == TYPE_BOOLEAN && v.kind == VALUE_INT && (v.i == 0 || v.i == 1)) {
		ret->v = value_bool(v.i == 1);
		return;
	}
	if (!value_cast(t, v, &to)) {
		char name[TYPE_TEXT_MAX];

		ret->failed = true;
		err_set(&ret->err, ERR_EVAL, NOWHERE, "the database's result is no %s", type_text(t, name));
		return;
	}
	ret->v = value_copy(a, to);
}
