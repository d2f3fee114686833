/* The table of metric kinds, sorted by name. */
#include "metric/metric.h"

const struct metric_kind *const metric_kinds[] = {
	&metric_cardinality,  &metric_correlation,
	&metric_count_true,   &metric_count_valid,
	&metric_distinct,     &metric_distinct_approx,
	&metric_duplicates,   &metric_entropy,
	&metric_gaps,         &metric_groups,
	&metric_histogram,    &metric_keys,
	&metric_last_good,    &metric_malformed,
	&metric_max,          &metric_mean,
	&metric_min,          &metric_misfits,
	&metric_modes,        &metric_modes_approx,
	&metric_moments,      &metric_other_rows,
	&metric_out_of_order, &metric_past,
	&metric_past_result,  &metric_program,
	&metric_quantiles,    &metric_quantiles_approx,
	&metric_query_rows,   &metric_rows,
	&metric_stdev,        &metric_sum,
	&metric_text_shape,   &metric_variance,
};
const size_t metric_kind_count = LEN(metric_kinds);
