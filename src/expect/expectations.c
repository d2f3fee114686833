/* The table of expectations, sorted by name.  Adding one is its file and a line here. */
#include <string.h>

#include "expect/family.h"

const char *const severity_names[3] = {"critical", "warning", "info"};
const char *const outcome_names[5] = {"pass", "warn", "fail", "error", "skipped"};

const struct expectation *const expectations[] = {
	&expect_all_of,
	&expect_any_of,
	&expect_distinct_in_set,
	&expect_distinct_contain_set,
	&expect_distinct_equal_set,
	&expect_drift_less,
	&expect_entropy_between,
	&expect_iqr_between,
	&expect_kl_divergence,
	&expect_kurtosis_between,
	&expect_max_length_between,
	&expect_max_between,
	&expect_max_recent,
	&expect_mean_length_between,
	&expect_mean_between,
	&expect_median_between,
	&expect_min_length_between,
	&expect_min_between,
	&expect_most_common_in_set,
	&expect_correlation_between,
	&expect_mutual_information_between,
	&expect_exclusive_ranges,
	&expect_pair_greater,
	&expect_pair_equal,
	&expect_pair_in_set,
	&expect_percentile_between,
	&expect_non_null_proportion_between,
	&expect_unique_proportion_between,
	&expect_once_proportion_between,
	&expect_quantiles_between,
	&expect_range_between,
	&expect_skewness_between,
	&expect_stdev_between,
	&expect_sum_between,
	&expect_no_time_gaps,
	&expect_column_exists,
	&expect_column_type,
	&expect_unique_count_between,
	&expect_lengths_between,
	&expect_lengths_equal,
	&expect_z_scores_less,
	&expect_be_between,
	&expect_dateutil,
	&expect_decreasing,
	&expect_be_in_set,
	&expect_in_type_list,
	&expect_increasing,
	&expect_json,
	&expect_be_null,
	&expect_of_type,
	&expect_be_unique,
	&expect_consistent_case,
	&expect_no_gaps,
	&expect_match_format,
	&expect_match_json_schema,
	&expect_match_like,
	&expect_match_like_list,
	&expect_match_regex,
	&expect_match_regex_list,
	&expect_match_strftime,
	&expect_not_be_in_set,
	&expect_not_be_missing,
	&expect_not_be_null,
	&expect_not_outliers,
	&expect_not_match_like,
	&expect_not_match_like_list,
	&expect_not_match_regex,
	&expect_not_match_regex_list,
	&expect_variance_between,
	&expect_compound_unique,
	&expect_duplicate_count_between,
	&expect_change_between,
	&expect_usual,
	&expect_within_past,
	&expect_multicolumn_sum,
	&expect_equal_within_record,
	&expect_none_of,
	&expect_query_match,
	&expect_query_value,
	&expect_unique_within_record,
	&expect_column_count_between,
	&expect_column_count_equal,
	&expect_columns_ordered,
	&expect_columns_set,
	&expect_row_count_between,
	&expect_row_count_fewer,
	&expect_row_count_equal,
	&expect_row_count_other,
	&expect_same_rows,
	&expect_schema_change,
	&expect_schema,
	&expect_expr,
	&expect_fits_type,
	&expect_not_empty,
	&expect_relationships,
	&expect_unexpected_rows,
	&expect_unsupported,
	&expect_well_formed,
};
const size_t expectation_count = LEN(expectations);

/* Great Expectations' core names that have no row: recognised, so that the answer is not "unknown". */
#define NOT_ALIVE "its class raises an error in Great Expectations since 1.0, too"
const struct expectation_absent expectations_absent[] = {
	{"expect_column_bootstrapped_ks_test_p_value_to_be_greater_than", NOT_ALIVE},
	{"expect_column_chisquare_test_p_value_to_be_greater_than", NOT_ALIVE},
	{"expect_column_pair_cramers_phi_value_to_be_less_than", NOT_ALIVE},
	{"expect_column_parameterized_distribution_ks_test_p_value_to_be_greater_than", NOT_ALIVE},
};
const size_t expectations_absent_count = LEN(expectations_absent);

enum outcome
outcome_worse(enum outcome a, enum outcome b)
{
	static const int rank[] = {[OUTCOME_SKIPPED] = 0,
	                           [OUTCOME_PASS] = 1,
	                           [OUTCOME_WARN] = 2,
	                           [OUTCOME_FAIL] = 3,
	                           [OUTCOME_ERROR] = 4};

	return rank[a] >= rank[b] ? a : b;
}

static bool
is_called(const struct expectation *e, struct sv name)
{
	if (sv_is(name, e->name) || sv_is(name, e->shorthand))
		return true;
	for (size_t i = 0; i < LEN(e->alias) && e->alias[i] != NULL; i++)
		if (sv_is(name, e->alias[i]))
			return true;
	return false;
}

const struct expectation *
expectation_find(struct sv name)
{
	for (size_t i = 0; i < expectation_count; i++)
		if (is_called(expectations[i], name))
			return expectations[i];
	return NULL;
}

const char *const *
expectation_names(struct arena *a, size_t *n)
{
	const char **name = ARENA_ARRAY(a, const char *,
	                                expectation_count *(2 + LEN(expectations[0]->alias)));

	*n = 0;
	for (size_t i = 0; i < expectation_count; i++) {
		const struct expectation *e = expectations[i];

		name[(*n)++] = e->name;
		if (strcmp(e->shorthand, e->name) != 0)
			name[(*n)++] = e->shorthand;
		for (size_t j = 0; j < LEN(e->alias) && e->alias[j] != NULL; j++)
			name[(*n)++] = e->alias[j];
	}
	return name;
}
