/*
 * From rows to verdicts.  The expected counts are Great Expectations 1.2's on pandas where it can say them (great care is due with
 * nulls, empty tables and `mostly`), else worked out by hand.
 */
#include <string.h>

#include "expect_util.h"

/* One column of each kind, nulls among them. */
#define ROWS                                                                              \
	"columns: {i: integer, s: string, d: 'decimal(6,2)', t: timestamp, b: boolean}\n" \
	"rows:\n"                                                                         \
	"  i: [1, 2, 2, null, 10]\n"                                                      \
	"  j: [0, 2, null, null, 3]\n"                                                    \
	"  s: [a, ab, '', null, äö]\n"                                                  \
	"  d: [0.10, 37.51, 2.00, null, 2]\n"                                             \
	"  t: ['2024-01-01', '2024-01-02T12:00:00', '2024-01-03', null, '2024-01-04']\n"  \
	"  b: [true, true, false, null, true]\n"                                          \
	"  v: [1, x, 2, null, 3]\n"                                                       \
	"  e: [null, null, null, null, null]\n"                                           \
	"checks:\n  - "

#define E OUTCOME_ERROR

static const struct {
	const char *check;
	enum outcome outcome;
	int64_t element, considered, unexpected; /* -1: not a map */
	const char *message;
} table[] = {
	{"not_null: i", OUTCOME_FAIL, 5, 5, 1, "1 of 5 values are null (20 %)"},
	{"{not_null: i, mostly: 0.8}", OUTCOME_PASS, 5, 5, 1,
         "1 of 5 values are null (20 %), at most 20 % may"},
	{"{not_null: i, mostly: 0.81}", OUTCOME_FAIL, 5, 5, 1,
         "1 of 5 values are null (20 %), at most 19 % may"},
	{"not_null: e", OUTCOME_FAIL, 5, 5, 5, "5 of 5 values are null (100 %)"},
	{"is_null: e", OUTCOME_PASS, 5, 5, 0, "0 of 5 values are not null"},
	{"is_null: i", OUTCOME_FAIL, 5, 5, 4, "4 of 5 values are not null (80 %)"},
	{"between: {column: i, min: 1, max: 2}", OUTCOME_FAIL, 5, 4, 1,
         "1 of 4 values are not between 1 and 2 (25 %)"},
	{"between: {column: i, min: 1, strict_min: true}", OUTCOME_FAIL, 5, 4, 1,
         "1 of 4 values are not above 1 (25 %)"},
	{"between: {column: e, min: 1}", OUTCOME_PASS, 5, 0, 0, "there are no values to judge"},
	{"between: {column: d, max: 37.51}", OUTCOME_PASS, 5, 4, 0, "0 of 4 values are not at most 37.51"},
	{"between: {column: d, max: 37.51, strict_max: true}", OUTCOME_FAIL, 5, 4, 1, NULL},
	{"between: {column: t, min: '2024-01-02', max: '2024-01-03'}", OUTCOME_FAIL, 5, 4, 2, NULL},
	{"between: {column: s, min: a, max: b}", OUTCOME_FAIL, 5, 4, 2, NULL},
	{"between: {column: s, min: 1}", E, -1, 0, 0, NULL},
	{"between: {column: v, min: 1}", E, -1, 0, 0, NULL},
	{"in_set: {column: i, values: [1, 2.0, 10]}", OUTCOME_PASS, 5, 4, 0, NULL},
	{"in_set: {column: i, values: ['1', '2', 10]}", OUTCOME_FAIL, 5, 4, 3,
         "3 of 4 values are not in [1, 2, 10] (75 %)"},
	{"in_set: {column: d, values: [0.10, 37.51, 2]}", OUTCOME_PASS, 5, 4, 0, NULL},
	{"in_set: {column: i, values: []}", OUTCOME_FAIL, 5, 4, 4, NULL},
	{"in_set: {column: i, values: null}", OUTCOME_PASS, 5, 4, 0, NULL},
	{"in_set: {column: b, values: [1]}", OUTCOME_FAIL, 5, 4, 1, NULL},
	{"in_set: {column: v, values: [1, 2, 3]}", OUTCOME_FAIL, 5, 4, 1, NULL},
	{"in_set: {column: t, values: ['2024-01-01', '2024-01-02T12:00:00', '2024-01-03', '2024-01-04']}",
         OUTCOME_PASS, 5, 4, 0, NULL},
	{"not_in_set: {column: i, values: [2]}", OUTCOME_FAIL, 5, 4, 2, "2 of 4 values are in [2] (50 %)"},
	{"not_in_set: {column: i, values: []}", OUTCOME_PASS, 5, 4, 0, NULL},
	{"unique: i", OUTCOME_FAIL, 5, 4, 2, "2 of 4 values occur more than once (50 %)"},
	{"unique: s", OUTCOME_PASS, 5, 4, 0, NULL},
	{"unique: e", OUTCOME_PASS, 5, 0, 0, NULL},
	{"match_regex: {column: s, regex: '^.{0,2}$'}", OUTCOME_PASS, 5, 4, 0, NULL},
	{"match_regex: {column: s, regex: a}", OUTCOME_FAIL, 5, 4, 2, "2 of 4 values do not match a (50 %)"},
	{"match_regex: {column: i, regex: '^1'}", OUTCOME_FAIL, 5, 4, 2, NULL},
	{"not_match_regex: {column: s, regex: b}", OUTCOME_FAIL, 5, 4, 1, "1 of 4 values match b (25 %)"},
	{"length_between: {column: s, min: 1, max: 2}", OUTCOME_FAIL, 5, 4, 1, NULL},
	{"length_between: {column: s, min: 100}", OUTCOME_FAIL, 5, 4, 4, NULL},
	{"length: {column: s, value: 2}", OUTCOME_FAIL, 5, 4, 2,
         "2 of 4 values are not 2 characters long (50 %)"},
	{"length: {column: b, value: 4}", OUTCOME_FAIL, 5, 4, 1, NULL}, /* True, True, False, True */
	/* Only the fourth row lacks both and does not count; the third lacks one side. */
	{"greater_than: {a: i, b: j}", OUTCOME_FAIL, 5, 4, 2, "2 of 4 rows have i not greater than j (50 %)"},
	{"greater_than: {a: i, b: v}", E, -1, 0, 0, NULL},
	{"expr: i > 1", OUTCOME_FAIL, 5, 4, 1, "1 of 4 rows do not satisfy i > 1 (25 %)"},
	{"expr: i > 1 or s is null", OUTCOME_FAIL, 5, 5, 1, NULL},
	{"expr: v > 1", E, -1, 0, 0, NULL},
	{"expr: i + 1", E, -1, 0, 0, NULL},
	{"{between: {column: i, min: 2}, where: \"s <> 'a'\"}", OUTCOME_PASS, 3, 3, 0, NULL},
	{"{between: {column: i, min: 2}, where: i > 100}", OUTCOME_PASS, 0, 0, 0,
         "there are no rows to judge"},
	{"{not_null: i, severity: warning}", OUTCOME_WARN, 5, 5, 1, NULL},
	{"{not_null: i, severity: info}", OUTCOME_WARN, 5, 5, 1, NULL},
	{"{not_null: i, warn: '> 0', fail: '> 20%'}", OUTCOME_WARN, 5, 5, 1, NULL},
	{"{not_null: i, warn: '> 0', fail: '>= 20%'}", OUTCOME_FAIL, 5, 5, 1, NULL},
	{"{not_null: i, fail: '> 1'}", OUTCOME_PASS, 5, 5, 1, NULL},
	{"{not_null: i, enabled: false}", OUTCOME_SKIPPED, -1, 0, 0, NULL},
	{"not_null: k", E, -1, 0, 0, "no column 'k'"},
	{"min: {column: i, min: 1, max: 1}", OUTCOME_PASS, -1, 0, 0, "the minimum is 1"},
	{"max: {column: i, max: 9}", OUTCOME_FAIL, -1, 0, 0, "the maximum is 10, expected at most 9"},
	{"max: {column: t, max: '2024-01-03'}", OUTCOME_FAIL, -1, 0, 0, NULL},
	{"max: {column: t, max: '2024-01-04'}", OUTCOME_PASS, -1, 0, 0, NULL},
	{"max: {column: d, max: 37.51}", OUTCOME_PASS, -1, 0, 0, "the maximum is 37.51"},
	{"max: {column: e, max: 9}", OUTCOME_FAIL, -1, 0, 0,
         "the maximum does not exist: there are no values"},
	{"max: {column: e}", OUTCOME_FAIL, -1, 0, 0, NULL},
	{"max: {column: v, max: 9}", E, -1, 0, 0, NULL},
	{"mean: {column: i, min: 3.75, max: 3.75}", OUTCOME_PASS, -1, 0, 0, "the mean is 3.75"},
	{"mean: {column: b, min: 0.75, max: 0.75}", OUTCOME_PASS, -1, 0, 0, NULL},
	{"mean: {column: s, min: 1}", E, -1, 0, 0, NULL},
	{"median: {column: i, min: 2, max: 2}", OUTCOME_PASS, -1, 0, 0, "the median is 2"},
	{"median: {column: j, max: 2}", OUTCOME_PASS, -1, 0, 0, "the median is 2"},
	{"{median: {column: i, max: 5}, where: 'i > 1 AND s IS NULL OR i = 1 OR i = 10'}", OUTCOME_FAIL, -1,
         0, 0, "the median is 5.5, expected at most 5"},
	{"median: {column: d, min: 2.01}", OUTCOME_FAIL, -1, 0, 0,
         "the median is 2.00, expected at least 2.01"},
	{"{median: {column: d, max: 1}, where: 'i < 3'}", OUTCOME_FAIL, -1, 0, 0,
         "the median is 2.00, expected at most 1"},
	{"{median: {column: d, max: 19.7}, where: 'j = 2 OR j IS NULL AND i = 2'}", OUTCOME_FAIL, -1, 0, 0,
         "the median is 19.755, expected at most 19.7"},
	{"median: {column: t, max: '2024-01-01'}", OUTCOME_FAIL, -1, 0, 0,
         "the median is 2024-01-02T18:00:00, expected at most 2024-01-01"},
	{"median: {column: b, min: 1}", OUTCOME_PASS, -1, 0, 0, "the median is 1"},
	{"median: {column: e}", OUTCOME_FAIL, -1, 0, 0, "the median does not exist: there are no values"},
	{"median: {column: s}", E, -1, 0, 0, NULL},
	{"median: {column: v, min: 1}", E, -1, 0, 0, NULL},
	{"stdev: {column: i, min: 4.19, max: 4.2}", OUTCOME_PASS, -1, 0, 0,
         "the standard deviation is 4.193248542"},
	{"{stdev: {column: i}, where: 'i = 1'}", OUTCOME_FAIL, -1, 0, 0,
         "the standard deviation does not exist: there is only one value"},
	{"stdev: {column: e}", OUTCOME_FAIL, -1, 0, 0,
         "the standard deviation does not exist: there are no values"},
	{"quantiles: {column: i, ranges: {quantiles: [0, 0.5, 1], value_ranges: [[1, 1], [2, 2], [10, 10]]}}",
         OUTCOME_PASS, -1, 0, 0, "3 of 3 quantiles are in their ranges"},
	{"quantiles: {column: i, ranges: {quantiles: [0.2, 0.9], value_ranges: [[null, 1], [null, 9]]}}",
         OUTCOME_FAIL, -1, 0, 0,
         "2 of 2 quantiles are out of their ranges: 0.2 is 2, expected at most 1, 0.9 is 10, expected at "
         "most 9"},
	{"quantiles: {column: i, ranges: {quantiles: [0.9], value_ranges: [[7.5, 7.7]]}, "
         "allow_relative_error: linear}",
         OUTCOME_PASS, -1, 0, 0, NULL},
	{"quantiles: {column: i, ranges: {quantiles: [1], value_ranges: [[null, 9.9991]]}}", OUTCOME_PASS, -1,
         0, 0, NULL},
	{"quantiles: {column: i, ranges: {quantiles: [1], value_ranges: [[null, 9.998]]}}", OUTCOME_FAIL, -1,
         0, 0, NULL},
	{"quantiles: {column: e, ranges: {quantiles: [1], value_ranges: [[null, null]]}}", OUTCOME_FAIL, -1,
         0, 0, "quantiles do not exist: there are no values"},
	{"unique_proportion: {column: i, min: 0.75, max: 0.75}", OUTCOME_PASS, -1, 0, 0,
         "the share of distinct values is 0.75"},
	{"unique_proportion: {column: e, min: 0.1}", OUTCOME_FAIL, -1, 0, 0,
         "the share of distinct values is 0, expected at least 0.1"},
	{"sum: {column: e, needs_values: true, max: 9}", OUTCOME_FAIL, -1, 0, 0,
         "the sum does not exist: there are no values"},
	{"{sum: {column: e, needs_values: true}, fail: '> 9'}", OUTCOME_FAIL, -1, 0, 0, NULL},
	{"sum: {column: i, needs_values: true, min: 15, max: 15}", OUTCOME_PASS, -1, 0, 0, NULL},
	{"duplicate_count: {column: i, min: 1, max: 1}", OUTCOME_PASS, -1, 0, 0,
         "the number of duplicates is 1"},
	{"duplicate_count: {column: i, count: repeats, min: 1, max: 1}", OUTCOME_PASS, -1, 0, 0, NULL},
	{"duplicate_count: {column: i, count: rows, max: 1}", OUTCOME_FAIL, -1, 0, 0,
         "the number of duplicates is 2, expected at most 1"},
	{"{duplicate_count: {columns: [i]}, fail: '>= 25%'}", OUTCOME_FAIL, -1, 0, 0, NULL},
	{"{duplicate_count: {columns: [i]}, fail: '> 25%'}", OUTCOME_PASS, -1, 0, 0, NULL},
	{"{duplicate_count: {columns: [i], percent_of: all_rows}, fail: '>= 25%', warn: '>= 20%'}",
         OUTCOME_WARN, -1, 0, 0, NULL},
	{"{duplicate_count: {column: i}, where: i > 99, fail: '> 0%'}", OUTCOME_PASS, -1, 0, 0,
         "the number of duplicates is 0"},
	{"duplicate_count: {column: e, max: 0}", OUTCOME_PASS, -1, 0, 0, NULL},
	{"duplicate_count: {column: e, ignore_row_if: never, count: repeats, min: 4, max: 4}", OUTCOME_PASS,
         -1, 0, 0, NULL},
	{"duplicate_count: {columns: [i, e], ignore_row_if: any_value_is_missing, max: 0}", OUTCOME_PASS, -1,
         0, 0, NULL},
	{"duplicate_count: {columns: [i, e], min: 1, max: 1}", OUTCOME_PASS, -1, 0, 0, NULL},
	{"duplicate_count: k", E, -1, 0, 0, NULL},
	{"unique_together: {columns: [e], ignore_row_if: never}", OUTCOME_FAIL, 5, 5, 5, NULL},
	{"unique_together: {columns: [i], ignore_row_if: never}", OUTCOME_FAIL, 5, 5, 2, NULL},
	{"min_length: {column: s, min: 0, max: 0}", OUTCOME_PASS, -1, 0, 0, "the least length is 0"},
	{"max_length: {column: s, max: 1}", OUTCOME_FAIL, -1, 0, 0,
         "the greatest length is 2, expected at most 1"},
	{"mean_length: {column: s, min: 1.25, max: 1.25}", OUTCOME_PASS, -1, 0, 0, "the mean length is 1.25"},
	{"{mean_length: {column: s}, warn: '> 1', fail: '> 2'}", OUTCOME_WARN, -1, 0, 0, NULL},
	{"min_length: {column: i, min: 1, max: 1}", OUTCOME_PASS, -1, 0, 0, NULL},
	{"min_length: {column: e, min: 0}", OUTCOME_FAIL, -1, 0, 0,
         "the least length does not exist: there are no values"},
	{"non_null_proportion: {column: i, max: 0.7}", OUTCOME_FAIL, -1, 0, 0,
         "the share of values that are not null is 0.8, expected at most 0.7"},
	{"{non_null_proportion: {column: i, min: 0.1}, where: 'i > 99'}", OUTCOME_FAIL, -1, 0, 0, NULL},
	{"distinct_in_set: {column: i, values: [1.0, 2, 10, 11]}", OUTCOME_PASS, -1, 0, 0,
         "3 distinct values, as expected"},
	{"distinct_in_set: {column: i, values: [1, '2']}", OUTCOME_FAIL, -1, 0, 0,
         "3 of 4 values are not in the set: 2, 10"},
	{"distinct_in_set: {column: i, values: []}", OUTCOME_FAIL, -1, 0, 0,
         "4 of 4 values are not in the set: 1, 2, 10"},
	{"distinct_in_set: {column: e, values: []}", OUTCOME_PASS, -1, 0, 0, NULL},
	{"distinct_in_set: {column: i, values: null}", OUTCOME_PASS, -1, 0, 0, NULL},
	{"distinct_in_set: {column: e, values: [1]}", OUTCOME_PASS, -1, 0, 0, NULL},
	{"distinct_contain_set: {column: i, values: [10, 1]}", OUTCOME_PASS, -1, 0, 0, NULL},
	{"distinct_contain_set: {column: i, values: [10, null, 7, 7]}", OUTCOME_FAIL, -1, 0, 0,
         "members of the set do not occur: null, 7"},
	{"distinct_contain_set: {column: e, values: [1]}", OUTCOME_FAIL, -1, 0, 0, NULL},
	{"distinct_equal_set: {column: i, values: [2, 1, 1, 10.0]}", OUTCOME_PASS, -1, 0, 0, NULL},
	{"distinct_equal_set: {column: i, values: [1, 2, 3]}", OUTCOME_FAIL, -1, 0, 0,
         "1 of 4 values are not in the set: 10; members of the set do not occur: 3"},
	{"distinct_equal_set: {column: e, values: []}", OUTCOME_PASS, -1, 0, 0, NULL},
	{"distinct_equal_set: {column: t, values: ['2024-01-01', '2024-01-02T12:00:00', '2024-01-03', "
         "'2024-01-04']}",
         OUTCOME_PASS, -1, 0, 0, NULL},
	{"most_common_in_set: {column: i, values: [2]}", OUTCOME_PASS, -1, 0, 0,
         "the most common value is 2 (2 times)"},
	{"most_common_in_set: {column: i, values: [1]}", OUTCOME_FAIL, -1, 0, 0,
         "the most common value is 2 (2 times), not in the set"},
	{"most_common_in_set: {column: d, values: [2]}", OUTCOME_PASS, -1, 0, 0, NULL},
	{"most_common_in_set: {column: t, values: ['2024-01-01']}", OUTCOME_FAIL, -1, 0, 0, NULL},
	{"most_common_in_set: {column: t, values: ['2024-01-04'], ties_okay: true}", OUTCOME_PASS, -1, 0, 0,
         NULL},
	{"most_common_in_set: {column: e, values: [1]}", OUTCOME_FAIL, -1, 0, 0,
         "the most common value does not exist: there are no values"},
	{"sum: {column: d, min: 41.61, max: 41.61}", OUTCOME_PASS, -1, 0, 0, "the sum is 41.61"},
	{"sum: {column: e, min: 0, max: 0}", OUTCOME_PASS, -1, 0, 0, NULL},
	{"{sum: {column: i}, fail: '> 14'}", OUTCOME_FAIL, -1, 0, 0, NULL},
	{"{sum: {column: i}, warn: '> 14', fail: '> 15'}", OUTCOME_WARN, -1, 0, 0, NULL},
	{"unique_count: {column: i, min: 3, max: 3}", OUTCOME_PASS, -1, 0, 0, NULL},
	{"unique_count: {column: e, max: 0}", OUTCOME_PASS, -1, 0, 0, NULL},
	{"unique_count: {column: i, min: 3, strict_min: true}", OUTCOME_FAIL, -1, 0, 0,
         "the number of distinct values is 3, expected above 3"},
	{"row_count: 5", OUTCOME_PASS, -1, 0, 0, "5 rows"},
	{"row_count: 6", OUTCOME_FAIL, -1, 0, 0, "5 rows, expected 6"},
	{"row_count: {min: 6}", OUTCOME_FAIL, -1, 0, 0, "the number of rows is 5, expected at least 6"},
	{"{row_count: {min: 2, max: 2}, where: i = 2}", OUTCOME_PASS, -1, 0, 0, NULL},
	{"{row_count: {}, fail: 'not between 5 and 9'}", OUTCOME_PASS, -1, 0, 0, NULL},
	{"columns: [i, j, s, d, t, b, v, e]", OUTCOME_PASS, -1, 0, 0, NULL},
	{"columns: [i, j, s, d, t, b, v]", OUTCOME_FAIL, -1, 0, 0, "column 'e' is not listed"},
	{"columns: [i, s, j, d, t, b, v, e]", OUTCOME_FAIL, -1, 0, 0, "column 1 is 'j', expected 's'"},
	{"columns: [i, j, s, d, t, b, v, e, f]", OUTCOME_FAIL, -1, 0, 0, "column 'f' is missing"},
	{"columns_set: [e, i]", OUTCOME_FAIL, -1, 0, 0, NULL},
	{"columns_set: {columns: [e, i], exact_match: false}", OUTCOME_PASS, -1, 0, 0, NULL},
	{"columns_set: {columns: [e, f], exact_match: false}", OUTCOME_FAIL, -1, 0, 0, "missing column 'f'"},
	{"columns_set: {columns: [i, j, s, d, t, b, v], exact_match: true}", OUTCOME_FAIL, -1, 0, 0,
         "unexpected column 'e'"},
	{"column_exists: i", OUTCOME_PASS, -1, 0, 0, NULL},
	{"column_exists: f", OUTCOME_FAIL, -1, 0, 0, "there is no column 'f'"},
	{"column_exists: {column: j, column_index: 1}", OUTCOME_PASS, -1, 0, 0, NULL},
	{"column_exists: {column: e, column_index: -1}", OUTCOME_PASS, -1, 0, 0, NULL},
	{"column_exists: {column: j, column_index: 0}", OUTCOME_FAIL, -1, 0, 0,
         "column 'j' is number 1, expected 0"},
	{"unique_together: [i, b]", OUTCOME_PASS, 5, 4, 0, NULL},
	{"unique_together: [i, e]", OUTCOME_FAIL, 5, 4, 2,
         "2 of 4 rows share their i, e with another row (50 %)"},
	{"unique_together: {columns: [i, e], ignore_row_if: any_value_is_missing}", OUTCOME_PASS, 5, 0, 0,
         NULL},
	{"unique_together: {columns: [e, e2], ignore_row_if: never}", E, -1, 0, 0, "no column 'e2'"},
};

static const struct verdict *
only(struct fixture *f, const char *yaml)
{
	fixture_open(f, yaml);
	ck_assert_msg(f->loaded, "%s: %s", yaml, f->d.errors > 0 ? f->d.list.v[0].msg : "");
	fixture_run(f, yaml);
	return &f->verdict[0];
}

START_TEST(a_check_on_five_rows_has_its_verdict)
{
	struct fixture f;
	char yaml[2048];

	snprintf(yaml, sizeof(yaml), "%s%s\n", ROWS, table[_i].check);
	/* Mistakes of type are told when the catalog is loaded; here they are to reach the judge. */
	fixture_open(&f, yaml);
	if (!f.loaded && table[_i].outcome == OUTCOME_ERROR) {
		fixture_close(&f);
		return;
	}
	ck_assert_msg(f.loaded, "%s: %s", table[_i].check, f.d.errors > 0 ? f.d.list.v[0].msg : "");
	fixture_run(&f, yaml);

	const struct verdict *v = &f.verdict[0];
	ck_assert_msg(v->outcome == table[_i].outcome, "%s: %s, %.*s", table[_i].check,
	              outcome_names[v->outcome], SV_ARG(v->message));
	if (v->outcome == OUTCOME_ERROR)
		ck_assert_int_ne(v->err.code, ERR_NONE);
	ck_assert_msg(v->has_counts == (table[_i].element >= 0), "%s", table[_i].check);
	if (v->has_counts) {
		ck_assert_msg(v->element_count == table[_i].element &&
		                      v->considered_count == table[_i].considered &&
		                      v->unexpected_count == table[_i].unexpected,
		              "%s: %jd elements, %jd considered, %jd unexpected", table[_i].check,
		              (intmax_t)v->element_count, (intmax_t)v->considered_count,
		              (intmax_t)v->unexpected_count);
		ck_assert_int_eq(v->missing_count, v->element_count - v->considered_count);
	}
	if (table[_i].message != NULL)
		ck_assert_msg(sv_is(v->message, table[_i].message), "%s: %.*s", table[_i].check,
		              SV_ARG(v->message));
	ck_assert(v->success == (v->outcome == OUTCOME_PASS));
	fixture_close(&f);
}
END_TEST

static const struct {
	const char *check;
	int64_t considered, unexpected;
} pairs[] = {
	/* a: 1 2 3 null null 5; b: 0 2 4 1 null null.  GX on pandas: a null side makes A > B false. */
	{"{a: a, b: b}", 5, 4},
	{"{a: a, b: b, or_equal: true}", 5, 3},
	{"{a: a, b: b, ignore_row_if: either_value_is_missing}", 3, 2},
	{"{a: a, b: b, ignore_row_if: neither}", 6, 5},
	{"{column_A: b, column_B: a, ignore_row_if: either_value_is_missing}", 3, 2},
};

START_TEST(a_pair_counts_the_rows_that_ignore_row_if_leaves)
{
	struct fixture f;
	char yaml[512];

	snprintf(yaml, sizeof(yaml),
	         "columns: {a: integer, b: integer}\nrows: {a: [1, 2, 3, null, null, 5], b: [0, 2, 4, 1, "
	         "null, null]}\n"
	         "checks: [greater_than: %s]\n",
	         pairs[_i].check);
	const struct verdict *v = only(&f, yaml);
	ck_assert_int_eq(v->element_count, 6);
	ck_assert_int_eq(v->considered_count, pairs[_i].considered);
	ck_assert_int_eq(v->unexpected_count, pairs[_i].unexpected);
	fixture_close(&f);
}
END_TEST

/* Three good values, a misfit and a null. */
static const struct {
	const char *check;
	enum outcome outcome;
	int64_t considered, unexpected;
} misfits[] = {
	{"not_null: a", OUTCOME_FAIL, 5, 1},
	{"is_null: a", OUTCOME_FAIL, 5, 4},
	{"between: {column: a, min: 0, max: 9}", OUTCOME_FAIL, 4, 1},
	{"between: {column: a, min: 2, max: 9}", OUTCOME_FAIL, 4, 2},
	{"in_set: {column: a, values: [1, 2, 3]}", OUTCOME_FAIL, 4, 1},
	{"unique: a", OUTCOME_FAIL, 4, 1},
	{"type: a", OUTCOME_FAIL, 4, 1},
	{"expr: a > 0", OUTCOME_FAIL, 4, 1},
	{"expr: a + 1 > 0", OUTCOME_ERROR, 0, 0}, /* could be an overflow as well */
	{"greater_than: {a: a, b: b}", OUTCOME_FAIL, 5, 2},
	{"{not_null: b, where: a > 0}", OUTCOME_ERROR, 0, 0},
	{"mean: {column: a, min: 0}", OUTCOME_ERROR, 0, 0},
	{"{row_count: 3, where: a > 0}", OUTCOME_ERROR, 0, 0},
};

START_TEST(a_value_that_does_not_fit_its_type_is_unexpected_and_never_null)
{
	struct fixture f;
	char yaml[512];

	snprintf(yaml, sizeof(yaml),
	         "columns: {a: integer, b: integer}\nrows: {a: [1, 2, x, null, 3], b: [0, 0, 0, 0, "
	         "0]}\nchecks:\n  - %s\n",
	         misfits[_i].check);
	const struct verdict *v = only(&f, yaml);
	ck_assert_msg(v->outcome == misfits[_i].outcome, "%s: %s, %.*s", misfits[_i].check,
	              outcome_names[v->outcome], SV_ARG(v->message));
	if (v->outcome == OUTCOME_ERROR) {
		ck_assert_msg(memmem(v->message.p, v->message.n, "data row 2", 10) != NULL, "%.*s",
		              SV_ARG(v->message));
	} else {
		ck_assert_msg(v->considered_count == misfits[_i].considered &&
		                      v->unexpected_count == misfits[_i].unexpected,
		              "%s: %jd of %jd", misfits[_i].check, (intmax_t)v->unexpected_count,
		              (intmax_t)v->considered_count);
	}
	fixture_close(&f);
}
END_TEST

static const struct {
	const char *check;
	enum outcome outcome;
} nothing[] = {
	/* Great Expectations' verdicts on an empty table (pandas). */
	{"not_null: a", OUTCOME_PASS},
	{"between: {column: a, min: 1}", OUTCOME_PASS},
	{"unique: a", OUTCOME_PASS},
	{"unique_together: [a, b]", OUTCOME_PASS},
	{"greater_than: {a: a, b: b}", OUTCOME_PASS},
	{"mean: {column: a}", OUTCOME_FAIL},
	{"min: {column: a}", OUTCOME_FAIL},
	{"sum: {column: a, min: 0, max: 0}", OUTCOME_PASS},
	{"unique_count: {column: a, max: 0}", OUTCOME_PASS},
	{"row_count: {min: 1}", OUTCOME_FAIL},
	{"row_count: 0", OUTCOME_PASS},
};

static const struct {
	const char *check;
	enum outcome outcome;
	const char *message;
} edges[] = {
	/* Infinities that cancel are no sum of nothing. */
	{"sum: {column: r, max: 5}", OUTCOME_FAIL, "the sum does not exist: infinities cancel each other"},
	{"mean: {column: r, max: 5}", OUTCOME_FAIL, "the mean does not exist: infinities cancel each other"},
	/* Days against times of a day, and against instants. */
	{"max: {column: d, max: '2024-01-02T00:00:00'}", OUTCOME_PASS, NULL},
	{"max: {column: d, max: '2024-01-02T00:00:01'}", OUTCOME_PASS, NULL},
	{"max: {column: d, max: '2024-01-01T23:59:59'}", OUTCOME_FAIL, NULL},
	{"max: {column: d, max: '2024-01-02T09:00:00+09:00'}", OUTCOME_PASS, NULL},
	{"max: {column: d, max: '2024-01-02T08:59:59+09:00'}", OUTCOME_FAIL, NULL},
	{"between: {column: d, max: '2024-01-01T23:59:59'}", OUTCOME_FAIL, NULL},
};

START_TEST(bounds_and_values_at_the_edges_are_judged)
{
	struct fixture f;
	char yaml[512];

	snprintf(yaml, sizeof(yaml),
	         "columns: {r: number, d: date}\nrows: {r: [.inf, -.inf], d: ['2024-01-01', '2024-01-02']}\n"
	         "checks:\n  - %s\n",
	         edges[_i].check);
	const struct verdict *v = only(&f, yaml);
	ck_assert_msg(v->outcome == edges[_i].outcome, "%s: %.*s", edges[_i].check, SV_ARG(v->message));
	if (edges[_i].message != NULL)
		ck_assert_msg(sv_is(v->message, edges[_i].message), SV_FMT, SV_ARG(v->message));
	fixture_close(&f);
}
END_TEST

START_TEST(on_no_rows_the_verdict_is_great_expectations_and_not_empty_fails)
{
	struct fixture f;
	char yaml[512];

	snprintf(yaml, sizeof(yaml),
	         "columns: {a: integer, b: integer}\nrows: {a: [], b: []}\nchecks:\n  - %s\n",
	         nothing[_i].check);
	const struct verdict *v = only(&f, yaml);
	ck_assert_msg(v->outcome == nothing[_i].outcome, "%s: %.*s", nothing[_i].check, SV_ARG(v->message));
	ck_assert(sv_is(f.checks.v[1].id, "t:not_empty") && f.checks.v[1].implicit);
	ck_assert_int_eq(f.verdict[1].outcome, OUTCOME_FAIL);
	ck_assert(sv_is(f.verdict[1].message, "there are no rows"));
	fixture_close(&f);
}
END_TEST

/* The sample that an engine would fill in: rows 1 and 3 with their values. */
static struct sv
result_of(struct fixture *f, enum result_format format)
{
	static const struct value five = {.kind = VALUE_INT, .i = 5};
	const struct sample_row sample[] = {{.row = 1, .value = five}, {.row = 3, .value = five}};
	struct verdict v = f->verdict[0];
	struct buf b;
	struct json_writer w;

	if (v.has_counts && v.unexpected_count == 2) {
		v.sample = ARENA_ARRAY(f->a, struct sample_row, 2);
		memcpy(v.sample, sample, sizeof(sample));
		v.nsample = 2;
	}
	buf_init(&b, 1 << 16);
	json_write_init(&w, &b, 0);
	verdict_result_json(&f->bound[0], &v, format, &w);
	struct sv s = arena_sv(f->a, buf_sv(&b));
	buf_fini(&b);
	return s;
}

static void
ck_same(struct fixture *f, enum result_format format, const char *want)
{
	struct sv got = result_of(f, format);

	ck_assert_msg(sv_is(got, want), "%.*s", SV_ARG(got));
}

#define COUNTS                                                                                         \
	"\"element_count\":5,\"unexpected_count\":2,\"unexpected_percent\":50.0,\"partial_unexpected_" \
	"list\":[5,5]"
#define MISSING                                                                                         \
	",\"missing_count\":1,\"missing_percent\":20.0,\"unexpected_percent_total\":40.0,\"unexpected_" \
	"percent_nonmissing\":50.0"

START_TEST(a_result_has_great_expectations_keys_at_each_level)
{
	struct fixture f;

	only(&f, "columns: {a: integer}\nrows: {a: [1, 5, 2, 5, null]}\nchecks: [between: {column: a, max: "
	         "4}]\n");
	ck_same(&f, RESULT_BOOLEAN_ONLY, "{}");
	ck_same(&f, RESULT_BASIC, "{" COUNTS MISSING "}");
	ck_same(&f, RESULT_SUMMARY,
	        "{" COUNTS MISSING ",\"partial_unexpected_counts\":[{\"value\":5,\"count\":2}],"
	        "\"partial_unexpected_index_list\":[1,3]}");
	ck_same(&f, RESULT_COMPLETE,
	        "{" COUNTS MISSING ",\"partial_unexpected_counts\":[{\"value\":5,\"count\":2}],"
	        "\"partial_unexpected_index_list\":[1,3],\"unexpected_list\":[5,5],\"unexpected_index_list\":"
	        "[1,3],"
	        "\"unexpected_index_query\":\"a > 4\"}");
	fixture_close(&f);
}
END_TEST

START_TEST(a_result_of_an_aggregate_has_its_observed_value_only)
{
	struct fixture f;

	only(&f, "columns: {a: integer}\nrows: {a: [1, 2]}\nchecks: [mean: {column: a, max: 1}]\n");
	ck_same(&f, RESULT_SUMMARY, "{\"observed_value\":1.5}");
	fixture_close(&f);
	only(&f, "columns: {a: integer}\nrows: {a: [null]}\nchecks: [mean: {column: a, max: 1}]\n");
	ck_same(&f, RESULT_SUMMARY, "{\"observed_value\":null}");
	fixture_close(&f);
	only(&f, "columns: {a: integer}\nrows: {a: [x]}\nchecks: [mean: {column: a, max: 1}]\n");
	ck_same(&f, RESULT_SUMMARY, "{}");
	fixture_close(&f);
}
END_TEST

START_TEST(a_result_of_nothing_has_null_percents)
{
	struct fixture f;

	only(&f, "columns: {a: integer}\nrows: {a: []}\nchecks: [not_null: a]\n");
	ck_same(&f, RESULT_BASIC,
	        "{\"element_count\":0,\"unexpected_count\":0,\"unexpected_percent\":null,\"partial_"
	        "unexpected_list\":[]}");
	fixture_close(&f);
}
END_TEST

START_TEST(mismatched_columns_are_told_as_great_expectations_does)
{
	struct fixture f;

	/* From its own test cases: columns_to_match_set with a misnamed column. */
	only(&f, "rows: {c1: [4], c2: [a], c3: [null]}\nchecks: [columns_set: {columns: [b1, c2, c3], "
	         "exact_match: true}]\n");
	ck_same(&f, RESULT_SUMMARY,
	        "{\"observed_value\":[\"c1\",\"c2\",\"c3\"],\"details\":{\"mismatched\":{\"unexpected\":["
	        "\"c1\"],\"missing\":["
	        "\"b1\"]}}}");
	fixture_close(&f);
	only(&f, "rows: {c1: [4], c2: [a]}\nchecks: [columns: [c2]]\n");
	ck_same(&f, RESULT_SUMMARY,
	        "{\"observed_value\":[\"c1\",\"c2\"],\"details\":{\"mismatched\":[{\"Expected Column "
	        "Position\":0,\"Expected\":"
	        "\"c2\",\"Found\":\"c1\"},{\"Expected Column "
	        "Position\":1,\"Expected\":null,\"Found\":\"c2\"}]}}");
	fixture_close(&f);
}
END_TEST

START_TEST(a_failed_metric_is_an_error_with_its_reason)
{
	struct fixture f;
	struct metric_value *value;

	only(&f, "columns: {a: integer}\nrows: {a: [1]}\nchecks: [not_null: a]\n");
	value = ARENA_ARRAY(f.a, struct metric_value, metrics_count(f.m));
	value[f.bound[0].unexpected->id].failed = true;
	err_set(&value[f.bound[0].unexpected->id].err, ERR_LIMIT, NOWHERE, "out of memory budget");
	judge(&f.bound[0], value, f.a, &f.verdict[0]);
	ck_assert_int_eq(f.verdict[0].outcome, OUTCOME_ERROR);
	ck_assert_int_eq(f.verdict[0].err.code, ERR_LIMIT);
	ck_assert(sv_is(f.verdict[0].message, "out of memory budget"));
	ck_assert(!f.verdict[0].success);
	fixture_close(&f);
}
END_TEST

START_TEST(equal_metrics_of_several_checks_are_computed_once)
{
	struct fixture f;

	only(&f, "columns: {a: integer}\nallow_empty: 1\nrows: {a: [1]}\n"
	         "checks: [not_null: a, {between: {column: a, min: 0}}, {between: {column: a, max: 9}}, "
	         "unique: a]\n");
	/* rows; null count; valid count; two conditions; duplicates; misfits; malformed */
	ck_assert_uint_eq(metrics_count(f.m), 8);
	fixture_close(&f);
}
END_TEST

Suite *
suite_judge(void)
{
	Suite *s = suite_create("judge");
	TCase *t = tcase_create("judge");

	tcase_add_loop_test(t, a_check_on_five_rows_has_its_verdict, 0, LEN(table));
	tcase_add_loop_test(t, a_pair_counts_the_rows_that_ignore_row_if_leaves, 0, LEN(pairs));
	tcase_add_loop_test(t, a_value_that_does_not_fit_its_type_is_unexpected_and_never_null, 0,
	                    LEN(misfits));
	tcase_add_loop_test(t, bounds_and_values_at_the_edges_are_judged, 0, LEN(edges));
	tcase_add_loop_test(t, on_no_rows_the_verdict_is_great_expectations_and_not_empty_fails, 0,
	                    LEN(nothing));
	tcase_add_test(t, a_result_has_great_expectations_keys_at_each_level);
	tcase_add_test(t, a_result_of_an_aggregate_has_its_observed_value_only);
	tcase_add_test(t, a_result_of_nothing_has_null_percents);
	tcase_add_test(t, mismatched_columns_are_told_as_great_expectations_does);
	tcase_add_test(t, a_failed_metric_is_an_error_with_its_reason);
	tcase_add_test(t, equal_metrics_of_several_checks_are_computed_once);
	suite_add_tcase(s, t);
	return s;
}
