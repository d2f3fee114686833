/*
 * Patterns, types, pairs, records, order, columns and queries: verdicts on a few rows, worked out by hand as Great Expectations counts
 * on pandas (LIKE: as SQLite does), and the mistakes that are told when a check is loaded.
 */
#include <string.h>

#include "expect_util.h"

/* Nulls in each column; v holds values of several kinds, w is a JSON column of integers and reals. */
#define ROWS                                                                                           \
	"columns: {i: integer, j: integer, s: string, d: 'decimal(6,2)', r: number, t: timestamp, b: " \
	"boolean, x: integer}\n"                                                                       \
	"allow_sql: 1\n"                                                                               \
	"rows:\n"                                                                                      \
	"  i: [1, 2, 2, null, 1, 5]\n"                                                                 \
	"  j: [1, 3, null, null, 1, 4]\n"                                                              \
	"  s: [abc, aBc, '50%', null, a_c, '12']\n"                                                    \
	"  d: [0.10, 37.51, 2.00, null, 2, 2.01]\n"                                                    \
	"  r: [0.5, 1.5, null, 2.5, 2.5, 3]\n"                                                         \
	"  t: ['2024-01-01', '2024-01-02', null, '2024-01-02', '2024-01-01', '2024-02-01']\n"          \
	"  b: [true, true, null, false, false, true]\n"                                                \
	"  x: [1, 2, many, null, 4, 3]\n"                                                              \
	"  v: [1, x, 2.5, null, true, 3]\n"                                                            \
	"  e: [null, null, null, null, null, null]\n"                                                  \
	"checks:\n  - "

#define E OUTCOME_ERROR

static const struct {
	const char *check;
	enum outcome outcome;
	int64_t considered, unexpected; /* -1: no counts */
	const char *message;
} table[] = {
	/* Lists of patterns. */
	{"match_regex_list: {column: s, regex_list: ['^a', '^[0-9]']}", OUTCOME_PASS, 5, 0, NULL},
	{"regex_list: {column: s, patterns: ['^a', 'b', '%$']}", OUTCOME_FAIL, 5, 1,
         "1 of 5 values match none of [^a, b, %$] (20 %)"},
	{"match_regex_list: {column: s, regex_list: ['a', 'c'], match_on: all}", OUTCOME_FAIL, 5, 2,
         "2 of 5 values do not match all of [a, c] (40 %)"},
	{"match_regex_list: {column: i, regex_list: ['^1$']}", OUTCOME_FAIL, 5, 3, NULL},
	{"match_regex_list: {column: e, regex_list: ['^1$']}", OUTCOME_PASS, 0, 0, NULL},
	{"not_match_regex_list: {column: s, regex_list: ['[A-Z]', '%']}", OUTCOME_FAIL, 5, 2,
         "2 of 5 values match one of [[A-Z], %] (40 %)"},
	{"{not_match_regex_list: {column: s, regex_list: ['[A-Z]', '%']}, mostly: 0.6}", OUTCOME_PASS, 5, 2,
         NULL},
	/* LIKE: the whole value, and upper case is not lower case. */
	{"match_like: {column: s, like: 'a_c'}", OUTCOME_FAIL, 5, 2, "2 of 5 values are not like a_c (40 %)"},
	{"match_like: {column: s, like: 'abc%'}", OUTCOME_FAIL, 5, 4, NULL},
	{"match_like: {column: s, like: 'a\\_c'}", OUTCOME_FAIL, 5, 4, NULL},
	{"match_like: {column: s, like: '%!%', escape: '!'}", OUTCOME_FAIL, 5, 4, NULL},
	{"not_match_like: {column: s, like: 'b'}", OUTCOME_PASS, 5, 0, "0 of 5 values are like b"},
	{"not_match_like: {column: i, like: '1'}", OUTCOME_FAIL, 5, 2, NULL},
	{"match_like_list: {column: s, patterns: ['a%', '1_']}", OUTCOME_FAIL, 5, 1, NULL},
	{"match_like_list: {column: s, patterns: ['a%', '%c'], match_on: all}", OUTCOME_FAIL, 5, 2, NULL},
	{"not_match_like_list: {column: s, patterns: ['a%', '1_']}", OUTCOME_FAIL, 5, 4, NULL},
	/* Types: by the column, or by each value where they are of several kinds. */
	{"of_type: {column: i, type: integer}", OUTCOME_PASS, 5, 0, NULL},
	{"of_type: {column: i, type: BIGINT}", OUTCOME_PASS, 5, 0, NULL},
	{"of_type: {column: i, type_: float64}", OUTCOME_FAIL, 5, 5,
         "5 of 5 values are not of type float64 (100 %)"},
	{"of_type: {column: i, type: null}", OUTCOME_PASS, 5, 0, NULL},
	{"of_type: {column: d, type: numeric}", OUTCOME_PASS, 5, 0, NULL},
	{"of_type: {column: t, type: 'datetime64[ns]'}", OUTCOME_PASS, 5, 0, NULL},
	{"of_type: {column: t, type: timestamptz}", OUTCOME_FAIL, 5, 5, NULL},
	{"of_type: {column: x, type: int}", OUTCOME_FAIL, 5, 1, NULL},
	{"of_type: {column: e, type: str}", OUTCOME_PASS, 0, 0, NULL},
	{"of_type: {column: i, type: LongType()}", OUTCOME_PASS, 5, 0, NULL},
	{"in_type_list: {column: i, types: [BIGINT, uint8, object, 'VARCHAR(20)']}", OUTCOME_PASS, 5, 0,
         NULL},
	{"in_type_list: {column: i, types: [str, object, \"dtype('O')\", FLOAT4]}", OUTCOME_FAIL, 5, 5, NULL},
	/* of MySQL a boolean, of nobody else */
	{"in_type_list: {column: i, types: [BOOL, TINYINT, BIT]}", OUTCOME_FAIL, 5, 5, NULL},
	{"in_type_list: {column: i, types: [SMALLINT, TINYINT]}", OUTCOME_PASS, 5, 0, NULL},
	{"in_type_list: {column: v, types: [int, float]}", OUTCOME_FAIL, 5, 2,
         "2 of 5 values are not of type [int, float] (40 %)"},
	{"in_type_list: {column: v, type_list: [bool, str, int, float]}", OUTCOME_PASS, 5, 0, NULL},
	{"in_type_list: {column: v, type_list: null}", OUTCOME_PASS, 5, 0, NULL},
	{"column_type: {column: i, type: LongType}", OUTCOME_PASS, -1, 0, "column 'i' is of type integer"},
	{"column_type: {column: d, type: float}", OUTCOME_FAIL, -1, 0,
         "column 'd' is of type decimal(6,2), expected float"},
	{"column_type: {column: no, type: float}", OUTCOME_FAIL, -1, 0, "there is no column 'no'"},
	/* Pairs: a row with one side missing is unexpected. */
	{"equal_columns: {a: i, b: j}", OUTCOME_FAIL, 5, 3, "3 of 5 rows have i other than j (60 %)"},
	{"equal_columns: {a: i, b: j, ignore_row_if: either_value_is_missing}", OUTCOME_FAIL, 4, 2, NULL},
	{"equal_columns: {a: i, b: j, ignore_row_if: neither}", OUTCOME_FAIL, 6, 4, NULL},
	{"equal_columns: {a: i, b: v, ignore_row_if: either_value_is_missing}", OUTCOME_FAIL, 5, 3, NULL},
	{"equal_columns: {a: i, b: i}", OUTCOME_PASS, 5, 0, NULL},
	{"equal_columns: {a: i, b: s}", E, -1, 0, NULL},
	{"pair_in_set: {a: i, b: j, pairs: [[1, 1], [2, 3], [5, 4]]}", OUTCOME_FAIL, 5, 1,
         "1 of 5 rows have i and j not in [[1, 1], [2, 3], [5, 4]] (20 %)"},
	{"pair_in_set: {a: i, b: j, pairs: [[1, 1], [2, 3], [5, 4], [2, null]]}", OUTCOME_PASS, 5, 0, NULL},
	{"pair_in_set: {a: i, b: j, pairs: [[1, 1.0], [2, 3]], ignore_row_if: neither}", OUTCOME_FAIL, 6, 3,
         NULL},
	{"pair_in_set: {a: i, b: j, pairs: [['1', 1], [2, 3]], ignore_row_if: either_value_is_missing}",
         OUTCOME_FAIL, 4, 3, NULL},
	{"pair_in_set: {a: t, b: d, pairs: [['2024-01-01', 0.1], ['2024-01-02', 37.51]], "
         "ignore_row_if: either_value_is_missing}",
         OUTCOME_FAIL, 4, 2, NULL},
	{"pair_in_set: {a: i, b: j, pairs: []}", OUTCOME_FAIL, 5, 5, NULL},
	{"pair_in_set: {a: i, b: j, pairs: null}", OUTCOME_PASS, 5, 0, NULL},
	/* Records: two nulls are equal, a null has no sum. */
	{"unique_within_record: [i, j]", OUTCOME_FAIL, 5, 2, "2 of 5 rows repeat a value among i, j (40 %)"},
	{"unique_within_record: {columns: [i, j, e], ignore_row_if: never}", OUTCOME_FAIL, 6, 4, NULL},
	{"unique_within_record: {columns: [i, j, r], ignore_row_if: any_value_is_missing}", OUTCOME_FAIL, 4,
         2, NULL},
	{"unique_within_record: [i, s]", OUTCOME_PASS, 5, 0, NULL},
	/* All of a row the same; two nulls are. */
	{"equal_within_record: [i, j]", OUTCOME_FAIL, 5, 3,
         "3 of 5 rows have different values in i, j (60 %)"},
	{"equal_within_record: {columns: [i, j], ignore_row_if: never}", OUTCOME_FAIL, 6, 3, NULL},
	{"equal_within_record: {columns: [i, j], ignore_row_if: any_value_is_missing}", OUTCOME_FAIL, 4, 2,
         NULL},
	{"{expect_multicolumn_values_to_be_equal: {column_list: [i, j]}, mostly: 0.4}", OUTCOME_PASS, 5, 3,
         NULL},
	{"equal_within_record: [i, s]", OUTCOME_FAIL, 5, 5, NULL},
	{"equal_within_record: {columns: [i, s], ignore_row_if: never}", OUTCOME_FAIL, 6, 5, NULL},
	{"no_outliers: {column: s}", E, -1, -1, NULL},
	{"sum_of_columns: {columns: [i, j], sum_total: 2}", OUTCOME_FAIL, 5, 3,
         "3 of 5 rows have i + j other than 2 (60 %)"},
	{"sum_of_columns: {columns: [i, j], total: 2, ignore_row_if: any_value_is_missing}", OUTCOME_FAIL, 4,
         2, NULL},
	{"sum_of_columns: {columns: [i, d], total: 39.51}", OUTCOME_FAIL, 5, 4, NULL},
	{"sum_of_columns: {columns: [i, r], total: 3.5}", OUTCOME_FAIL, 6, 4, NULL},
	{"sum_of_columns: {columns: [i, s], total: 3}", E, -1, 0, NULL},
	/* Order: nulls are passed over, the first value always passes. */
	{"increasing: i", OUTCOME_FAIL, 5, 1, "1 of 5 values are less than the value before them (20 %)"},
	{"increasing: {column: i, strictly: true}", OUTCOME_FAIL, 5, 2,
         "2 of 5 values are not greater than the value before them (40 %)"},
	{"increasing: r", OUTCOME_PASS, 5, 0, NULL},
	{"increasing: {column: r, strictly: true}", OUTCOME_FAIL, 5, 1, NULL},
	{"decreasing: i", OUTCOME_FAIL, 5, 2, "2 of 5 values are greater than the value before them (40 %)"},
	{"decreasing: {column: t, strictly: true}", OUTCOME_FAIL, 5, 3,
         "3 of 5 values are not less than the value before them (60 %)"},
	{"{decreasing: t, mostly: 0.6}", OUTCOME_PASS, 5, 2, NULL},
	{"{increasing: i, where: j >= 1}", OUTCOME_FAIL, 4, 1, NULL},
	{"increasing: d", OUTCOME_FAIL, 5, 1, NULL},
	{"increasing: e", OUTCOME_PASS, 0, 0, NULL},
	{"increasing: x", OUTCOME_FAIL, 5, 2, NULL}, /* the misfit, and 3 behind 4 */
	{"increasing: v", E, -1, 0, "there are values that are no numbers or times: string"},
	{"increasing: s", E, -1, 0, NULL},
	/* Columns. */
	{"column_count: 10", OUTCOME_PASS, -1, 0, "10 columns"},
	{"column_count_equal: 9", OUTCOME_FAIL, -1, 0, "10 columns, expected 9"},
	{"column_count: {min: 10, max: 10}", OUTCOME_PASS, -1, 0, "the number of columns is 10"},
	{"column_count: {min: 10, strict_min: true}", OUTCOME_FAIL, -1, 0,
         "the number of columns is 10, expected above 10"},
	/* A pass knows nothing of databases. */
	{"unexpected_rows: SELECT 1 FROM {batch}", E, -1, 0, "files cannot be asked with SQL"},
};

START_TEST(a_check_on_six_rows_has_its_verdict)
{
	struct fixture f;
	char yaml[2048];

	snprintf(yaml, sizeof(yaml), "%s%s\n", ROWS, table[_i].check);
	fixture_open(&f, yaml);
	if (!f.loaded && table[_i].outcome == OUTCOME_ERROR) {
		fixture_close(&f); /* told when the catalog is loaded, even earlier */
		return;
	}
	ck_assert_msg(f.loaded, "%s: %s", table[_i].check, f.d.errors > 0 ? f.d.list.v[0].msg : "");
	fixture_run(&f, yaml);

	const struct verdict *v = &f.verdict[0];
	ck_assert_msg(v->outcome == table[_i].outcome, "%s: %s, %.*s", table[_i].check,
	              outcome_names[v->outcome], SV_ARG(v->message));
	ck_assert_msg(v->has_counts == (table[_i].considered >= 0), "%s", table[_i].check);
	if (v->has_counts)
		ck_assert_msg(v->element_count == 6 - (strstr(table[_i].check, "where") != NULL ? 2 : 0) &&
		                      v->considered_count == table[_i].considered &&
		                      v->unexpected_count == table[_i].unexpected,
		              "%s: %jd elements, %jd considered, %jd unexpected", table[_i].check,
		              (intmax_t)v->element_count, (intmax_t)v->considered_count,
		              (intmax_t)v->unexpected_count);
	if (table[_i].message != NULL)
		ck_assert_msg(sv_is(v->message, table[_i].message), "%s: %.*s", table[_i].check,
		              SV_ARG(v->message));
	fixture_close(&f);
}
END_TEST

/* Mistakes, and the text of the check at which each stands. */
static const struct {
	const char *check, *message, *at;
} mistakes[] = {
	{"match_regex_list: {column: a, regex_list: [b, '(']}", "missing closing parenthesis", "(']"},
	{"match_regex_list: {column: a, regex_list: []}", "'regex_list' names no pattern", "[]"},
	{"match_regex_list: {column: a, regex_list: [null]}", "'regex_list' must be text, not null", "null"},
	{"match_regex_list: {column: a, regex_list: x}", "'regex_list' must be a list of values", "x}"},
	{"match_regex_list: {column: a, regex_list: [x], match_on: some}", "'match_on' cannot be 'some'",
         "some"},
	{"not_match_regex_list: {column: a, regex_list: [x], match_on: any}", "has no argument 'match_on'",
         "match_on"},
	{"match_like: {column: a, like: x, escape: '!!'}", "'escape' must be one ASCII character, not '!!'",
         "!!"},
	{"match_like: {column: a}", "'match_like' needs 'like_pattern'", "match_like"},
	{"of_type: {column: a, type: strng}", "unknown type 'strng'", "strng"},
	{"of_type: {column: a, type: varchar(40)}", "unknown type 'varchar(40)'", "varchar"},
	{"of_type: {column: a, type: object}", "unknown type 'object'", "object"},
	{"in_type_list: {column: a, types: []}", "'type_list' names no type", "[]"},
	{"in_type_list: {column: a, types: [str, 5]}", "unknown type '5'", "5"},
	{"pair_in_set: {a: a, b: b, pairs: [[1, 2], [1]]}", "this is no pair", "[1]]"},
	{"pair_in_set: {a: a, b: b, pairs: [1]}", "this is no pair", "1]"},
	{"pair_in_set: {a: a, b: b, pairs: 1}", "must be a list of pairs of values", "1}"},
	{"equal_columns: x", "takes a map of arguments", "x"},
	{"equal_columns: {a: a, b: b, ignore_row_if: never}", "'ignore_row_if' cannot be 'never'", "never"},
	{"unique_within_record: [a]", "needs two columns at least", "[a]"},
	{"sum_of_columns: {columns: [a, b], sum_total: x}", "'sum_total' must be a number", "x}"},
	{"increasing: {column: a, strictly: 1}", "'strictly' must be true or false", "1}"},
	{"column_count: {min: 3, max: 2}", "min 3 is greater than max 2", "3"},
	{"column_count: -1", "'value' must be between 0 and", "-1"},
	{"unexpected_rows: SELECT 1", "checks with SQL of their own are not allowed here", "SELECT"},
	{"row_count_equal_other: nothing", "no asset 'nothing'", "nothing"},
};

START_TEST(a_mistake_is_told_with_its_place)
{
	struct fixture f;
	char yaml[512];

	snprintf(yaml, sizeof(yaml), "allow_empty: 1\nchecks:\n  - %s\n", mistakes[_i].check);
	fixture_open(&f, yaml);
	ck_assert_msg(f.d.errors == 1, "%s: %zu mistakes", mistakes[_i].check, f.d.errors);
	const struct diag *d = &f.d.list.v[0];
	const char *at = strstr(mistakes[_i].check, mistakes[_i].at);
	uint32_t col = (uint32_t)(at - mistakes[_i].check) + 5; /* behind "  - " */
	ck_assert_msg(strstr(d->msg, mistakes[_i].message) != NULL, "%s: %s", mistakes[_i].check, d->msg);
	ck_assert_msg(d->loc.line == 3 && d->loc.col == col, "%s: %u:%u", mistakes[_i].check, d->loc.line,
	              d->loc.col);
	fixture_close(&f);
}
END_TEST

/* Pairs of checks: what is said otherwise is the same check, what is meant otherwise is another. */
static const struct {
	const char *a, *b;
	bool same;
} hashes[] = {
	{"match_regex_list: {column: a, regex_list: [x, y]}", "regex_list: {column: a, patterns: [y, x]}",
         true},
	{"match_regex_list: {column: a, regex_list: [x, y]}",
         "match_regex_list: {column: a, regex_list: [x, y], match_on: all}", false},
	{"pair_in_set: {a: a, b: b, pairs: [[1, 2]]}", "pair_in_set: {a: a, b: b, pairs: [[1.0, 2]]}", true},
	{"pair_in_set: {a: a, b: b, pairs: [[1, 2]]}", "pair_in_set: {a: a, b: b, pairs: [[2, 1]]}", false},
	{"pair_in_set: {a: a, b: b, pairs: [[1, 2]]}", "pair_in_set: {a: a, b: b, pairs: [['1', 2]]}", false},
	{"pair_in_set: {a: a, b: b, pairs: []}", "pair_in_set: {a: a, b: b, pairs: null}", false},
	{"unexpected_rows: SELECT 1  FROM x", "unexpected_rows: {sql: SELECT 1 FROM x}", true},
	{"unexpected_rows: SELECT 1 FROM x", "unexpected_rows: SELECT 1 FROM y", false},
	{"increasing: a", "increasing: {column: a, strictly: true}", false},
};

START_TEST(the_hash_of_a_check_follows_what_it_means)
{
	struct fixture f[2];
	char yaml[2][512];

	for (int i = 0; i < 2; i++) {
		snprintf(yaml[i], sizeof(yaml[i]), "allow_empty: 1\nallow_sql: 1\nchecks:\n  - %s\n",
		         i == 0 ? hashes[_i].a : hashes[_i].b);
		fixture_open(&f[i], yaml[i]);
		ck_assert_msg(f[i].loaded, "%s", f[i].d.errors > 0 ? f[i].d.list.v[0].msg : "");
	}
	ck_assert_msg((strcmp(f[0].checks.v[0].hash, f[1].checks.v[0].hash) == 0) == hashes[_i].same,
	              "%s and %s", hashes[_i].a, hashes[_i].b);
	for (int i = 0; i < 2; i++)
		fixture_close(&f[i]);
}
END_TEST

START_TEST(the_first_rows_out_of_order_are_kept_in_order)
{
	struct fixture f;
	const char *yaml =
		"columns: {a: integer}\nrows: {a: [3, 1, null, 2, 0, 9, 8]}\nchecks: [increasing: a]\n";

	fixture_open(&f, yaml);
	ck_assert(f.loaded);
	fixture_run(&f, yaml);
	ck_assert_uint_eq(f.verdict[0].nfirst, 3);
	ck_assert_int_eq(f.verdict[0].first[0].row, 1);
	ck_assert_int_eq(f.verdict[0].first[1].row, 4);
	ck_assert_int_eq(f.verdict[0].first[2].row, 6);
	fixture_close(&f);
}
END_TEST

Suite *
suite_row_checks(void)
{
	Suite *s = suite_create("row_checks");
	TCase *t = tcase_create("verdicts");

	tcase_add_loop_test(t, a_check_on_six_rows_has_its_verdict, 0, (int)LEN(table));
	tcase_add_loop_test(t, a_mistake_is_told_with_its_place, 0, (int)LEN(mistakes));
	tcase_add_loop_test(t, the_hash_of_a_check_follows_what_it_means, 0, (int)LEN(hashes));
	tcase_add_test(t, the_first_rows_out_of_order_are_kept_in_order);
	suite_add_tcase(s, t);
	return s;
}
