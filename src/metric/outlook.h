/*
 * Outlooks: what is known of an expression's values in some rows that were not read, from statistics.
 *
 * Each count is the most rows that there can be of the kind.  When they add up to `rows`, none of them can be less, so all are exact;
 * a zero is always exact.
 */
#ifndef WEIR_METRIC_OUTLOOK_H
#define WEIR_METRIC_OUTLOOK_H

#include "metric/metric.h"

struct outlook {
	int64_t rows;
	int64_t null, error, valid; /* error: rows that cannot be computed */
	int64_t yes, no;            /* of booleans: how many of `valid` */
	bool has_min, has_max;      /* bounds of the values that are valid */
	bool min_exact, max_exact;  /* such a value occurs */
	struct value min, max;
};

/* What a metric is asked to foresee. */
struct metric_outlook {
	int64_t rows;
	int64_t selected; /* rows where the filter is true; -1 = not known */
	struct row_at at; /* of the first row */
	const struct outlook *arg;
};

static inline bool
outlook_is_exact(const struct outlook *o)
{
	return o->null + o->error + o->valid == o->rows;
}

/* The same of a boolean. */
static inline bool
outlook_is_decided(const struct outlook *o)
{
	return o->null + o->error + o->yes + o->no == o->rows;
}

#endif
