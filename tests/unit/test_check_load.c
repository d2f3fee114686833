/* From what people write to checks: short forms, ids, hashes, and every mistake with its place. */
#include <string.h>

#include "expect_util.h"

static const struct {
	const char *yaml;   /* the list of checks */
	const char *id[4];  /* without "t:" */
	const char *kwargs; /* of the first */
} good[] = {
	{"[not_null: a]", {"not_null:a"}, "{\"column\":\"a\"}"},
	{"[not_null: [a, b]]", {"not_null:a", "not_null:b"}, "{\"column\":\"a\"}"},
	{"[expect_column_values_to_not_be_null: {column: a}]", {"not_null:a"}, "{\"column\":\"a\"}"},
	{"[{not_null: a, name: there}]", {"there"}, NULL},
	{"[{not_null: [a, b], name: there}]", {"there:a", "there:b"}, NULL},
	{"[unique_together: [a, b]]", {"unique_together:a,b"}, "{\"column_list\":[\"a\",\"b\"]}"},
	{"[unique_together: {columns: [a, b]}]", {"unique_together:a,b"}, "{\"column_list\":[\"a\",\"b\"]}"},
	{"[between: {column: a, min: 0, max_value: 10, mostly: 0.99}]",
         {"between:a"},
         "{\"column\":\"a\",\"min_value\":0,\"max_value\":10,\"mostly\":0.99}"},
	{"[between: {column: a, min: 0}, between: {column: a, max: 9}]", {NULL}, NULL},
	{"[row_count: {min: 1}]", {"row_count"}, "{\"min_value\":1}"},
	{"[row_count: 7]", {"row_count_equal"}, "{\"value\":7}"},
	{"[greater_than: {a: x, b: y}]", {"greater_than:x,y"}, "{\"column_A\":\"x\",\"column_B\":\"y\"}"},
	{"[columns: [a, b]]", {"columns"}, "{\"column_list\":[\"a\",\"b\"]}"},
	{"[column_exists: a]", {"column_exists:a"}, NULL},
	{"[accepted_values: {column: a, values: [1, x]}]",
         {"in_set:a"},
         "{\"column\":\"a\",\"value_set\":[1,\"x\"]}"},
	{"[{expr: a >= b, where: a > 0}]",
         {"expr"},
         "{\"expr\":\"a >= b\",\"row_condition\":\"a > 0\",\"condition_parser\":\"weir\"}"},
	{"[expr: a > 0, {expr: a > 1}]", {NULL}, NULL},
	{"[not_empty]", {"not_empty"}, "{}"},
	{"[not_null: {column: a, severity: warning, meta: {x: 1}, row_condition: 'col(\"b\") == 1', "
         "condition_parser: great_expectations}]",
         {"not_null:a"},
         "{\"column\":\"a\",\"row_condition\":\"col(\\\"b\\\") == "
         "1\",\"condition_parser\":\"great_expectations\"}"},
	{"[length: {column: a, value: 3.0}]", {"length:a"}, NULL},
	{"[not_null: {column: 2019}]", {"not_null:2019"}, NULL},
};

START_TEST(a_short_form_is_what_it_stands_for)
{
	struct fixture f;
	char yaml[512];
	size_t n = 0;

	snprintf(yaml, sizeof(yaml), "checks: %s\n", good[_i].yaml);
	fixture_open(&f, yaml);
	ck_assert_msg(f.loaded, "%s: %s", good[_i].yaml, f.d.errors > 0 ? f.d.list.v[0].msg : "");
	while (n < LEN(good[_i].id) && good[_i].id[n] != NULL) {
		ck_assert_msg(sv_eq(f.checks.v[n].id, arena_svf(f.a, "t:%s", good[_i].id[n])), "%.*s",
		              SV_ARG(f.checks.v[n].id));
		n++;
	}
	if (good[_i].kwargs != NULL)
		ck_assert_msg(sv_is(f.checks.v[0].kwargs, good[_i].kwargs), "%.*s",
		              SV_ARG(f.checks.v[0].kwargs));
	/* What follows is implicit. */
	for (; n > 0 && n < f.checks.n; n++)
		ck_assert(f.checks.v[n].implicit);
	fixture_close(&f);
}
END_TEST

START_TEST(ids_that_would_be_equal_get_a_hash_that_does_not_depend_on_order)
{
	struct fixture f, g;

	fixture_open(&f, "checks: [{between: {column: a, min: 0}}, {between: {column: a, max: 9}}]\n");
	fixture_open(&g,
	             "checks: [{between: {max_value: 9, column: a}}, {between: {column: a, min: 0.0}}]\n");
	ck_assert(!sv_eq(f.checks.v[0].id, f.checks.v[1].id));
	ck_assert(sv_starts(f.checks.v[0].id, SV("t:between:a:")));
	ck_assert_uint_eq(f.checks.v[0].id.n, strlen("t:between:a:") + 8);
	ck_assert(sv_eq(f.checks.v[0].id, g.checks.v[1].id));
	ck_assert(sv_eq(f.checks.v[1].id, g.checks.v[0].id));
	fixture_close(&f);
	fixture_close(&g);
}
END_TEST

static const struct {
	const char *one, *other;
	bool same;
} hashes[] = {
	{"{not_null: a}", "{expect_column_values_to_not_be_null: {column: a}}", true},
	{"{not_null: a}", "{not_null: b}", false},
	{"{not_null: a}",
         "{not_null: a, name: x, owner: me, description: why, blocking: false, enabled: false}", true},
	{"{not_null: a}", "{not_null: a, mostly: 1.0}", true},
	{"{not_null: a}", "{not_null: a, mostly: 0.9}", false},
	{"{not_null: a}", "{not_null: a, severity: warning}", false},
	{"{not_null: a}", "{not_null: a, where: b > 0}", false},
	{"{not_null: a}", "{not_null: a, fail: '> 1'}", false},
	{"{not_null: a, result_format: BASIC}", "{not_null: a}", true},
	{"{not_null: a, where: b  > 0}", "{not_null: a, where: ' b > 0 '}", true},
	{"{not_null: a, where: \"b = 'x y'\"}", "{not_null: a, where: \"b = 'x  y'\"}", false},
	{"{between: {column: a, min: 1}}", "{between: {column: a, min_value: 1.0, strict_min: false}}", true},
	{"{between: {column: a, min: 1}}", "{between: {column: a, max: 1}}", false},
	{"{between: {column: a, min: 1}}", "{between: {column: a, min: 1, strict_min: true}}", false},
	{"{in_set: {column: a, values: [1]}}", "{in_set: {column: a, values: ['1']}}", false},
	{"{in_set: {column: a, values: [1, 2]}}", "{in_set: {column: a, values: [1]}}", false},
	{"{in_set: {column: a, values: [1, x, 2]}}", "{in_set: {column: a, values: [2, 1.0, x, 1]}}", true},
	{"{in_set: {column: a, values: [1.5, 2]}}", "{in_set: {column: a, values: [2.0, 1.50]}}", true},
	{"{between: {column: a, max: 37.51}}", "{between: {column: a, max: 37.510}}", true},
	{"{between: {column: a, max: 37.51}}", "{between: {column: a, max: 37.509999999999999}}", false},
	{"{sum: {column: a, max: 37.51}}", "{sum: {column: a, max: 37.509999999999999}}", false},
	{"{between: {column: a, max: 1e2}}", "{between: {column: a, max: 100}}", true},
	{"{in_set: {column: a, values: [1, '2']}}", "{in_set: {column: a, values: ['1', 2]}}", false},
	{"{in_set: {column: a, values: []}}", "{in_set: {column: a, values: null}}", false},
	{"{unique_together: [a, b]}",
         "{unique_together: {columns: [a, b], ignore_row_if: all_values_are_missing}}", true},
	{"{unique_together: [ab, c]}", "{unique_together: [a, bc]}", false},
};

START_TEST(the_hash_changes_with_the_meaning_and_with_nothing_else)
{
	struct fixture f, g;
	char yaml[256];

	snprintf(yaml, sizeof(yaml), "checks: [%s]\n", hashes[_i].one);
	fixture_open(&f, yaml);
	snprintf(yaml, sizeof(yaml), "# a comment\nchecks:\n  - %s\n", hashes[_i].other);
	fixture_open(&g, yaml);
	ck_assert(f.loaded && g.loaded);
	ck_assert_msg((strcmp(f.checks.v[0].hash, g.checks.v[0].hash) == 0) == hashes[_i].same, "%s and %s",
	              hashes[_i].one, hashes[_i].other);
	fixture_close(&f);
	fixture_close(&g);
}
END_TEST

START_TEST(another_check_or_another_null_token_is_told_apart_by_the_hash)
{
	struct fixture f, g;
	struct checks again;
	struct sv null[] = {SV("NA")};

	fixture_open(&f, "checks: [not_null: a]\n");
	fixture_open(
		&g,
		"columns: {b: {type: string, checks: [unique]}}\nchecks: [row_count: 3, {not_null: a}]\n");
	ck_assert_str_ne(f.checks.v[0].hash,
	                 g.checks.v[2].hash); /* b has a type now: it is read in another way */
	fixture_close(&g);
	fixture_open(&g, "columns: {b: {checks: [unique]}}\nchecks: [row_count: 3, {not_null: a}]\n");
	ck_assert(sv_is(g.checks.v[2].id, "t:not_null:a"));
	ck_assert_str_eq(f.checks.v[0].hash, g.checks.v[2].hash);
	f.asset.csv.null = null;
	f.asset.csv.nnull = 1;
	ck_assert(checks_load(f.a, &f.catalog, &f.asset, 0, &again, &f.d));
	ck_assert_str_ne(f.checks.v[0].hash, again.v[0].hash);
	fixture_close(&f);
	fixture_close(&g);
}
END_TEST

START_TEST(a_lenient_check_does_not_stand_for_the_implicit_one)
{
	static const char *const lenient[] = {"{not_null: a, mostly: 0.5}", "{not_null: a, fail: '> 10'}",
	                                      "{not_null: a, where: b > 0}"};
	struct fixture f;
	char yaml[160];

	for (size_t i = 0; i < LEN(lenient); i++) {
		snprintf(yaml, sizeof(yaml), "columns: {a: {nullable: false}}\nchecks: [%s]\n", lenient[i]);
		fixture_open(&f, yaml);
		ck_assert(f.loaded && f.checks.n == 4);
		ck_assert(f.checks.v[1].implicit && f.checks.v[1].mostly == 1 && f.checks.v[1].enabled);
		ck_assert(f.checks.v[1].expectation == f.checks.v[0].expectation);
		ck_assert(!sv_eq(f.checks.v[0].id, f.checks.v[1].id));
		fixture_close(&f);
	}
	fixture_open(&f, "columns: {a: {nullable: false}}\nchecks: [{not_null: a, severity: warning}]\n");
	ck_assert_uint_eq(f.checks.n, 3);
	fixture_close(&f);
}
END_TEST

START_TEST(a_check_below_a_column_is_about_that_column_and_stands_in_file_order)
{
	static const char *const id[] = {
		"t:row_count_equal", "t:unique:a",         "t:match_regex:a", "t:in_set:a",
		"t:length:a",        "t:greater_than:a,b", "t:expr",          "t:between:a",
		"t:not_null:b",      "t:not_empty",        "t:type:a",        "t:well_formed"};
	struct fixture f;

	fixture_open(&f, "checks: [row_count: 3,\n not_null: b]\n"
	                 "columns:\n  a: {type: string, checks: [unique, {match_regex: '^x'}, {in_set: [x, "
	                 "y]}, {length: 1},\n"
	                 "    {greater_than: {b: b}}, {expr: a <> ''}, {between: {min: a}}]}\n");
	ck_assert_msg(f.loaded, "%s", f.d.errors > 0 ? f.d.list.v[0].msg : "");
	ck_assert_uint_eq(f.checks.n, LEN(id));
	/* Both checks of the asset stand on lines before those of the column. */
	ck_assert(sv_is(f.checks.v[0].id, id[0]) && sv_is(f.checks.v[1].id, id[8]));
	for (size_t i = 1; i < 8; i++)
		ck_assert_msg(sv_is(f.checks.v[i + 1].id, id[i]), "%.*s", SV_ARG(f.checks.v[i + 1].id));
	for (size_t i = 9; i < LEN(id); i++)
		ck_assert(sv_is(f.checks.v[i].id, id[i]) && f.checks.v[i].implicit);
	fixture_close(&f);
}
END_TEST

START_TEST(what_stands_beside_is_read)
{
	struct fixture f;
	const struct check *c;

	fixture_open(&f, "checks: [{not_null: a, severity: info, owner: me, description: why, enabled: "
	                 "false, blocking: true,\n"
	                 " result_format: {result_format: COMPLETE, partial_unexpected_count: 3,"
	                 " unexpected_index_column_names: [k, j]}, where: b > "
	                 "0, warn: '> 0', fail: '> 1%'}]\n");
	ck_assert_msg(f.loaded, "%s", f.d.errors > 0 ? f.d.list.v[0].msg : "");
	c = &f.checks.v[0];
	ck_assert(c->severity == SEVERITY_INFO && !c->enabled && c->blocking &&
	          c->format == RESULT_COMPLETE && c->format_given && c->keep == 3);
	ck_assert(c->nindex == 2 && sv_is(c->index[0], "k") && sv_is(c->index[1], "j"));
	ck_assert(sv_is(c->owner, "me") && sv_is(c->description, "why") && sv_is(c->where, "b > 0"));
	ck_assert(c->warn.set && !c->warn.percent && c->fail.percent && c->fail.value == 1);
	ck_assert(f.checks.v[1].blocking && f.checks.v[1].enabled &&
	          f.checks.v[1].severity == SEVERITY_CRITICAL);
	fixture_close(&f);
}
END_TEST

START_TEST(implicit_checks_give_way_to_declared_ones)
{
	struct fixture f;

	fixture_open(&f, "columns: {a: integer, b: any}\nchecks: [{not_empty: null, severity: warning}, "
	                 "{type: a, severity: info}]\n");
	ck_assert_msg(f.loaded, "%s", f.d.errors > 0 ? f.d.list.v[0].msg : "");
	ck_assert_uint_eq(f.checks.n, 3);
	ck_assert(!f.checks.v[0].implicit && f.checks.v[0].severity == SEVERITY_WARNING);
	ck_assert(sv_is(f.checks.v[2].id, "t:well_formed") && f.checks.v[2].implicit);
	fixture_close(&f);
	fixture_open(&f, "allow_empty: true\nchecks: []\n");
	ck_assert_uint_eq(f.checks.n, 1);
	fixture_close(&f);
}
END_TEST

START_TEST(a_bare_source_has_two_implicit_checks)
{
	AUTO(arena) a = arena_new();
	struct checks c = {0};

	checks_implicit(a, NULL, &c);
	ck_assert_uint_eq(c.n, 2);
	ck_assert(sv_is(c.v[0].id, "not_empty") && sv_is(c.v[1].id, "well_formed"));
	ck_assert_str_ne(c.v[0].hash, "");
}
END_TEST

static const struct {
	const char *check;
	uint32_t col;     /* on line 2, behind "  - " */
	const char *part; /* of the message */
	const char *hint;
} bad[] = {
	{"not_nul: a", 5, "unknown expectation 'not_nul'", "did you mean 'not_null'?"},
	{"expect_column_pair_cramers_phi_value_to_be_less_than: {column: a}", 5, "cannot be checked", NULL},
	{"not_null: []", 15, "names no column", NULL},
	{"not_null: {colum: a}", 16, "no argument 'colum'", "did you mean 'column'?"},
	{"not_null", 5, "needs 'column'", NULL},
	{"not_null: {column: [a]}", 24, "must be the name of a column, not a list", NULL},
	{"between: {column: a}", 5, "needs min or max", NULL},
	{"between: {column: a, min: 2, max: 1}", 31, "min 2 is greater than max 1", NULL},
	{"between: {column: a, min: 2, min_value: 1}", 34, "given twice", NULL},
	{"between: a", 5, "needs min or max", NULL},
	{"in_set: {column: a, values: 3}", 33, "must be a list of values", NULL},
	{"in_set: {column: a, values: [[1]]}", 34, "plain values", NULL},
	{"match_regex: {column: a, regex: '('}", 38, "", NULL},
	{"match_regex: a", 5, "needs 'regex'", NULL},
	{"length: {column: a, value: 2.5}", 32, "must be a whole number, not 2.5", NULL},
	{"length: {column: a, value: -1}", 32, "must be between", NULL},
	{"length: {column: a, value: x}", 32, "must be a whole number, not text", NULL},
	{"mean: {column: a, min: x}", 28, "must be a number", NULL},
	{"between: {column: a, min: 1, strict_min: 3}", 46, "must be true or false", NULL},
	{"greater_than: [a, b]", 19, "takes a map of arguments, not a list", NULL},
	{"greater_than: {a: x, b: y, ignore_row_if: both}", 47, "cannot be 'both'", NULL},
	{"unique_together: [a, a]", 26, "'a' is in the list already", NULL},
	{"row_count: many", 16, "takes a map", NULL},
	{"row_count: 3.5", 16, "must be a whole number", NULL},
	{"{not_null: a, mostly: 99}", 27, "'mostly' must be from 0 to 1", NULL},
	{"not_null: {column: a, mostly: 99}", 35, "'mostly' must be from 0 to 1",
         "It is a share: 99 percent is 0.99."},
	{"{not_null: {column: a, mostly: 0.9}, mostly: 0.9}", 28, "both inside and beside", NULL},
	{"not_null: {column: a, name: x}", 27, "belongs beside", NULL},
	{"{mean: {column: a}, mostly: 0.9}", 33, "means nothing", NULL},
	{"{not_null: a, mostly: 0.9, fail: '> 1'}", 39, "cannot both", NULL},
	{"{not_null: a, fail: 1}", 25, "'1' is no threshold", NULL},
	{"{mean: {column: a}, fail: '> 1%'}", 32, "cannot be a percentage", NULL},
	{"{columns: [a], fail: '> 1'}", 27, "has no number", NULL},
	{"{not_null: a, severity: bad}", 29, "severity", NULL},
	{"{not_null: a, by: {column: b}}", 24, "'by' has no 'column'", NULL},
	{"{not_null: a, by: []}", 23, "'by' must be a column", NULL},
	{"{not_null: a, by: [b, b]}", 27, "'b' is in the list already", NULL},
	{"{columns: [a], by: b}", 20, "'by' means nothing for 'columns'", NULL},
	{"{not_empty: {}, by: b}", 21, "'by' means nothing for 'not_empty'", NULL},
	{"not_null: {column: a, by: b}", 27, "belongs beside", NULL},
	{"quantiles: {column: a}", 5, "needs 'quantile_ranges'", NULL},
	{"quantiles: {column: a, quantile_ranges: [0.5]}", 45, "must be a map", NULL},
	{"quantiles: {column: a, quantile_ranges: {quantiles: [0.5]}}", 0, "needs 'value_ranges'", NULL},
	{"quantiles: {column: a, quantile_ranges: {quantiles: [], value_ranges: []}}", 57, "a list of 1 to",
         NULL},
	{"quantiles: {column: a, quantile_ranges: {quantiles: [1.5], value_ranges: [[0, 1]]}}", 58,
         "a number from 0 to 1, not 1.5", NULL},
	{"quantiles: {column: a, quantile_ranges: {quantiles: [x], value_ranges: [[0, 1]]}}", 58,
         "a number from 0 to 1, not x", NULL},
	{"quantiles: {column: a, quantile_ranges: {quantiles: [0, 1], value_ranges: [[0, 1]]}}", 79,
         "1 value ranges for 2 quantiles", NULL},
	{"quantiles: {column: a, quantile_ranges: {quantiles: [0.5], value_ranges: [[2, 1]]}}", 79,
         "the least value 2 is greater than the greatest, 1", NULL},
	{"quantiles: {column: a, quantile_ranges: {quantiles: [0.5], value_ranges: [3]}}", 79,
         "[least, greatest]", NULL},
	{"quantiles: {column: a, quantile_ranges: {quantiles: [0.5], value_range: [[0, 1]], value_ranges: "
         "[[0, 1]]}}",
         64, "has no 'value_range'", "did you mean 'value_ranges'?"},
	{"quantiles: {column: a, quantile_ranges: {quantiles: [0.5], value_ranges: [[0, 1]]}, "
         "allow_relative_error: linar}",
         111, "cannot be 'linar'", "did you mean 'linear'?"},
	{"median: {column: a, min: 2, max: 1}", 30, "min 2 is greater than max 1", NULL},
	{"z_scores: {column: a, threshold: 3}", 5, "needs 'double_sided'", NULL},
	{"no_outliers: {column: a, method: mad}", 0, "method", NULL},
	{"no_outliers: {column: a, multiplier: -1}", 0, "multiplier", NULL},
	{"equal_within_record: [a]", 0, "needs two columns at least", NULL},
	{"most_common_in_set: {column: a}", 5, "needs 'value_set'", NULL},
	{"{distinct_equal_set: {column: a, values: [1]}, fail: '> 1'}", 59, "has no number", NULL},
	{"{not_null: a, quarantine: x.csv}", 31, "'quarantine' must be a map or off, not text", NULL},
	{"{not_null: a, quarantine: {to: x.txt}}", 36, "ends neither in .csv nor in .jsonl", NULL},
	{"{row_count: {min: 1}, quarantine: {to: x.csv}}", 27, "judges no single rows", NULL},
	{"{not_null: a, result_format: FULL}", 34, "'result_format' must be", NULL},
	{"{not_null: a, result_format: {unexpected_index_column_names: [k, k]}}", 70, "in the list already",
         NULL},
	{"{not_null: a, result_format: {partial_unexpected_count: -1}}", 61, "must be between", NULL},
	{"{not_null: a, where: 'b >'}", 0, "", NULL},
	{"expr: 'b > > 1'", 0, "", NULL},
	{"expr: {expr: x, mostl: 1}", 21, "no argument 'mostl'", NULL},
	{"not_null: {column: a, row_condition: 'b > 1'}", 43, "needs its condition_parser", NULL},
	{"{not_null: {column: a, row_condition: 'b > 1', condition_parser: pandas}, where: b > 1}", 28,
         "cannot both filter", NULL},
	{"not_null: {column: a, row_condition: 'b > 1', condition_parser: sql}", 43,
         "no translation for the parser 'sql'", NULL},
	{"not_null: {column: {$PARAMETER: x}}", 37, "unknown suite parameter 'x'", NULL},
	{"not_null: {column: {$PARAMETER: 'now() - 1'}}", 38, "these kinds cannot be added", NULL},
	{"not_null: {column: {$PARAMETER: 'urn:great_expectations:a:b'}}", 38, "refers to other results",
         "Give the number. row_count_equal_other compares rows, change: with earlier runs."},
	{"relationships: {column: a, to: nowhere, field: id}", 36, "no asset 'nowhere'", NULL},
	{"relationships: {column: a, to: \"ref('nowhere')\", field: id}", 37, "no asset 'nowhere'", NULL},
	/* Declared types: n is an integer, s a string. */
	{"between: {column: s, min: 1}", 0, "", NULL},
	{"mean: {column: s, min: 1}", 20, "column 's' is of type string", NULL},
	{"stdev: {column: s, min: 1}", 21, "column 's' is of type string", NULL},
	{"z_scores: {column: s, threshold: 3, double_sided: true}", 24, "column 's' is of type string", NULL},
	{"no_outliers: s", 0, "column 's' is of type string", NULL},
	{"median: {column: s, min: a}", 22, "needs numbers or times", NULL},
	{"{median: {column: s, min: a}, by: n}", 23, "needs numbers or times", NULL},
	{"median: {column: n, min: a}", 0, "", NULL},
	{"quantiles: {column: n, quantile_ranges: {quantiles: [0.5], value_ranges: [[a, null]]}}", 0, "",
         NULL},
	{"expr: n + 1", 0, "must be true or false", NULL},
	{"{not_null: n, where: n}", 0, "must be true or false", NULL},
	{"expr: s > 1", 0, "", NULL},
};

START_TEST(a_mistake_is_told_once_with_its_place)
{
	struct fixture f;
	const struct diag *m;
	char yaml[512];

	snprintf(yaml, sizeof(yaml), "checks:\n  - %s\ncolumns: {n: integer, s: string}\n", bad[_i].check);
	fixture_open(&f, yaml);
	ck_assert_msg(!f.loaded, "took %s", bad[_i].check);
	ck_assert_msg(f.d.errors == 1, "%s: %zu errors", bad[_i].check, f.d.errors);
	m = &f.d.list.v[0];
	ck_assert_msg(strstr(m->msg, bad[_i].part) != NULL, "%s: %s", bad[_i].check, m->msg);
	ck_assert_msg(m->loc.line == 2 && m->loc.file != NULL, "%s: line %u", bad[_i].check, m->loc.line);
	if (bad[_i].col != 0)
		ck_assert_msg(m->loc.col == bad[_i].col, "%s: column %u: %s", bad[_i].check, m->loc.col,
		              m->msg);
	if (bad[_i].hint != NULL)
		ck_assert_msg(m->hint != NULL && strcmp(m->hint, bad[_i].hint) == 0, "%s: %s", bad[_i].check,
		              m->hint != NULL ? m->hint : "");
	fixture_close(&f);
}
END_TEST

START_TEST(equal_checks_and_equal_names_are_mistakes)
{
	struct fixture f;

	fixture_open(&f, "checks:\n  - not_null: a\n  - expect_column_values_to_not_be_null: {column: a}\n");
	ck_assert(!f.loaded && f.d.errors == 1);
	ck_assert_uint_eq(f.d.list.v[0].loc.line, 3);
	ck_assert_str_eq(f.d.list.v[0].hint, "The other stands in t.yaml:2:5.");
	fixture_close(&f);
	fixture_open(&f, "checks:\n  - {not_null: a, name: x}\n  - {not_null: b, name: x}\n");
	ck_assert(!f.loaded && f.d.errors == 1);
	ck_assert_str_eq(f.d.list.v[0].msg, "another check is called 'x' too");
	fixture_close(&f);
}
END_TEST

START_TEST(a_table_check_does_not_stand_below_a_column)
{
	struct fixture f;

	fixture_open(&f, "columns:\n  a: {checks: [row_count: 3]}\n");
	ck_assert(!f.loaded && f.d.errors == 1);
	ck_assert_str_eq(f.d.list.v[0].msg, "'row_count' is no check of one column");
	fixture_close(&f);
	fixture_open(&f, "columns:\n  a: {checks: [between: 3]}\n");
	ck_assert(!f.loaded && f.d.errors == 1);
	fixture_close(&f);
	fixture_open(&f, "columns:\n  a: {checks: [not_null: {column: b}]}\n");
	ck_assert(!f.loaded && f.d.errors == 1);
	fixture_close(&f);
}
END_TEST

Suite *
suite_check_load(void)
{
	Suite *s = suite_create("check_load");
	TCase *t = tcase_create("check_load");

	tcase_add_loop_test(t, a_short_form_is_what_it_stands_for, 0, LEN(good));
	tcase_add_test(t, ids_that_would_be_equal_get_a_hash_that_does_not_depend_on_order);
	tcase_add_loop_test(t, the_hash_changes_with_the_meaning_and_with_nothing_else, 0, LEN(hashes));
	tcase_add_test(t, another_check_or_another_null_token_is_told_apart_by_the_hash);
	tcase_add_test(t, a_lenient_check_does_not_stand_for_the_implicit_one);
	tcase_add_test(t, a_check_below_a_column_is_about_that_column_and_stands_in_file_order);
	tcase_add_test(t, what_stands_beside_is_read);
	tcase_add_test(t, implicit_checks_give_way_to_declared_ones);
	tcase_add_test(t, a_bare_source_has_two_implicit_checks);
	tcase_add_loop_test(t, a_mistake_is_told_once_with_its_place, 0, LEN(bad));
	tcase_add_test(t, equal_checks_and_equal_names_are_mistakes);
	tcase_add_test(t, a_table_check_does_not_stand_below_a_column);
	suite_add_tcase(s, t);
	return s;
}
