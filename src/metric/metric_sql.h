/* What the SQL renderings of the metric kinds share. */
#ifndef WEIR_METRIC_METRIC_SQL_H
#define WEIR_METRIC_METRIC_SQL_H

#include "metric/metric.h"

/* " FILTER (WHERE …)" of the metric's filter and of `condition`; nothing if both are NULL.  False if the dialect cannot say them. */
MUST_CHECK bool metric_sql_filter(struct sql *q, const struct dialect *d, const struct metric *m,
                                  const struct expr *condition);
/* "fn(arg) FILTER (…)": one aggregate over the metric's first argument; `suffix` stands behind it inside the parentheses. */
MUST_CHECK bool metric_sql_aggregate(struct sql *q, const struct dialect *d, const struct metric *m,
                                     const char *prefix, const char *suffix);
/* The functions that the engine registers from our own kernels (weir_sum …) exist there. */
bool metric_sql_own(const struct dialect *d);
/* A column of the result as a count; 0 for null. */
int64_t metric_sql_count(struct value v);
/* v as a value of type t; ret is marked failed if it is none. */
void metric_sql_value(struct value v, struct type t, struct arena *a, struct metric_value *ret);

#endif
