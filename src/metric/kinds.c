/* The table of metric kinds, sorted by name. */
#include "metric/metric.h"

const struct metric_kind *const metric_kinds[] = {
	&metric_cardinality,     &metric_count_true, &metric_count_valid,  &metric_distinct,
	&metric_distinct_approx, &metric_duplicates, &metric_groups,       &metric_keys,
	&metric_malformed,       &metric_max,        &metric_mean,         &metric_min,
	&metric_misfits,         &metric_modes,      &metric_modes_approx, &metric_other_rows,
	&metric_out_of_order,    &metric_program,    &metric_quantiles,    &metric_quantiles_approx,
	&metric_query_rows,      &metric_rows,       &metric_stdev,        &metric_sum,
	&metric_text_shape,
};
const size_t metric_kind_count = LEN(metric_kinds);
