/*
 * Row conditions of Great Expectations select the rows that pandas selects.  The table: x = 1, 2, 5, null; s = 'a', 'b', '1', null;
 * "my col" = 1, null, 3, 4.  Expected rows follow from the rules of
 * pandas.DataFrame.query, null being NaN or None.
 */
#include <string.h>

#include "expect/row_condition.h"
#include "expect_util.h"

#define PANDAS ", condition_parser: pandas"
#define GX ", condition_parser: great_expectations"

static const struct {
	const char *condition; /* YAML: row_condition and its parser */
	const char *rows;
} good[] = {
	{"'x == 1'" PANDAS, "1..."},
	{"'x != 1'" PANDAS, ".234"},
	{"'x > 1'" PANDAS, ".23."},
	{"'1 < x'" PANDAS, ".23."},
	{"'not x > 1'" PANDAS, "1..4"},
	{"'~(x > 1)'" PANDAS, "1..4"},
	{"'x > 1 and s == \"b\"'" PANDAS, ".2.."},
	{"'x > 1 & s == \"b\"'" PANDAS, ".2.."},
	{"'(x > 1) | (s == \"a\")'" PANDAS, "123."},
	{"'x == 1 or x == 2 and s == \"z\"'" PANDAS, "1..."},
	{"'x in [1, 5]'" PANDAS, "1.3."},
	{"'x not in [1, 5]'" PANDAS, ".2.4"},
	{"'x == [1, 5]'" PANDAS, "1.3."},
	{"'x in []'" PANDAS, "...."},
	{"'s == \"1\"'" PANDAS, "..3."},
	{"'x == \"1\"'" PANDAS, "...."}, /* kinds differ: equal to nothing */
	{"'s == 1'" PANDAS, "...."},
	{"'`my col` > 2'" PANDAS, "..34"},
	{"'x.isnull()'" PANDAS, "...4"},
	{"'(x > 1) == False'" PANDAS, "1..4"},
	{"'(x > 1) != True'" PANDAS, "1..4"},
	{"'(x > 1) == (s == \"b\")'" PANDAS, "12.4"},
	{"'x.isnull() != (x > 1 and s == \"b\")'" PANDAS, ".2.4"},
	{"'(x > 1).isnull()'" PANDAS, "...."},
	{"'(x > 1) in [False]'" PANDAS, "1..4"},
	{"'x.gt(1) == False'" PANDAS, "1..4"},
	{"'x.gt(1).isna()'" PANDAS, "...."},
	{"'x.isin([1, 5]) == x.isnull()'" PANDAS, ".2.."},
	{"'x.between(2, 5).eq(False)'" PANDAS, "1..4"},
	{"'s.str.startswith(\"a\", na=False) == False'" PANDAS, ".234"},
	{"'x.notna() and `my col`.isna()'" PANDAS, ".2.."},
	{"'not x.isnull()'" PANDAS, "123."},
	{"'x * 2 + 1 == 5'" PANDAS, ".2.."},
	{"'x - -1 > 2'" PANDAS, ".23."},
	{"\"s == 'a'\"" PANDAS, "1..."},
	{"\"s == 'it\\\\'s'\"" PANDAS, "...."},
	{"'x == x'" PANDAS, "123."},
	{"'x >= 1e0'" PANDAS, "123."},
	{"'1 < x < 5'" PANDAS, ".2.."},
	{"'1 <= x != 2'" PANDAS, "1.3."},
	{"'x in (1, 5)'" PANDAS, "1.3."},
	{"'x in (1,)'" PANDAS, "1..."},
	{"'x % 2 == 0'" PANDAS, ".2.."},
	{"'-x % 3 == 1'" PANDAS, ".23."}, /* the sign of the divisor */
	{"'x.isin([1, 5])'" PANDAS, "1.3."},
	{"'~x.isin([1, 5])'" PANDAS, ".2.4"},
	{"'x.between(1, 2)'" PANDAS, "12.."},
	{"'not x.between(1, 2)'" PANDAS, "..34"},
	{"'x.gt(1)'" PANDAS, ".23."},
	{"'(x - 3).abs() < 2'" PANDAS, ".2.."},
	{"'s.str.contains(\"[ab]\", na=False)'" PANDAS, "12.."},
	{"'~s.str.startswith(\"a\", na=False)'" PANDAS, ".234"},
	{"'s.str.startswith(\"_\", na=False)'" PANDAS, "...."}, /* no wildcard */
	{"'s.str.match(\"b\", na=False)'" PANDAS, ".2.."},
	{"'s.str.upper() == \"B\"'" PANDAS, ".2.."},
	{"'s.str.upper().isin([\"A\", \"B\"])'" PANDAS, "12.."},
	{"'s.str.len() == 1'" PANDAS, "123."},
	{"'x > 1', condition_parser: spark", ".23."},
	{"'not x > 1', condition_parser: spark", "1..."}, /* null is not true, negated or not */
	{"'s == \"a\" OR s = \"b\"', condition_parser: spark", "12.."},
	{"'s != \"a\"', condition_parser: spark", ".23."},
	{"'`my col` is null or s rlike \"^1$\"', condition_parser: spark", ".23."},
	{"'col(\"x\") == 1'" GX, "1..."},
	{"'col(\"x\") != 1'" GX, ".234"},
	{"'col(\"x\") >= 2'" GX, ".23."},
	{"'col(\"x\") > -1'" GX, "123."},
	{"'col(\"s\") == \"a\"'" GX, "1..."},
	{"'col(\"x\") == \"1\"'" GX, "...."},
	{"'col(\"x\").notNull()'" GX, "123."},
	{"'col(\"x\").notnull()'" GX, "123."},
	{"'col(\"my col\")<4'" GX, "1.3."},
	{"'col(\"x\") < 2', condition_parser: great_expectations__experimental__", "1..."},
	{"'col(\"x\") < 2'", "1..."},
	{"'col(\"d\") < date(\"2024-01-02\")'" GX, "1..."},
	{"'x > 1', condition_parser: weir", ".23."},
	{"{type: comparison, column: {name: x}, operator: '==', parameter: 5}", "..3."},
	{"{type: comparison, column: {name: x}, operator: '!=', parameter: 5}", "12.4"},
	{"{type: comparison, column: {name: x}, operator: '<=', parameter: 2}", "12.."},
	{"{type: comparison, column: {name: s}, operator: IN, parameter: [a, b]}", "12.."},
	{"{type: comparison, column: {name: s}, operator: NOT_IN, parameter: [a, b]}", "..34"},
	{"{type: comparison, column: {name: x}, operator: '<', parameter: {name: my col}}", "...."},
	{"{type: comparison, column: {name: x}, operator: '==', parameter: {name: my col}}", "1..."},
	{"{type: nullity, column: {name: x}, is_null: true}", "...4"},
	{"{type: nullity, column: {name: x}, is_null: false}", "123."},
	{"{type: or, conditions: [{type: comparison, column: {name: x}, operator: '==', parameter: 1},"
         " {type: and, conditions: [{type: nullity, column: {name: x}, is_null: true}, {type: nullity, "
         "column: {name: s}, is_null: true}]}]}",
         "1..4"},
	{"{type: pass_through, pass_through_filter: 'x > 1'}", ".23."},
};

/* The check `id is null` is unexpected on no row, and element_count says how many are left; row by row. */
START_TEST(a_condition_selects_the_rows_that_pandas_selects)
{
	char yaml[1024], got[5] = "....";

	for (int row = 0; row < 4; row++) {
		struct fixture f;

		snprintf(yaml, sizeof(yaml),
		         "columns: {x: integer, s: string, my col: integer, d: date, id: integer}\n"
		         "rows: {x: [1, 2, 5, null], s: [a, b, '1', null], my col: [1, null, 3, 4],\n"
		         "  d: ['2024-01-01', '2024-01-02', null, null], id: [0, 1, 2, 3]}\n"
		         "checks:\n  - in_set: {column: id, values: [%d], row_condition: %s}\n",
		         row, good[_i].condition);
		fixture_open(&f, yaml);
		ck_assert_msg(f.loaded, "%s: %s", good[_i].condition,
		              f.d.errors > 0 ? f.d.list.v[0].msg : "");
		fixture_run(&f, yaml);

		const struct verdict *v = &f.verdict[0];
		ck_assert_msg(v->has_counts, "%s: %.*s", good[_i].condition, SV_ARG(v->message));
		if (v->element_count > v->unexpected_count)
			got[row] = (char)('1' + row);
		fixture_close(&f);
	}
	ck_assert_msg(strcmp(got, good[_i].rows) == 0, "%s selects %s, not %s", good[_i].condition, got,
	              good[_i].rows);
}
END_TEST

static const char *const bad[] = {
	"'x == @limit'" PANDAS,
	"'len(x) > 1'" PANDAS,
	"'s.str.contains(\"a\", case=False)'" PANDAS,
	"'s.str.contains(x)'" PANDAS,
	"'s.str > 1'" PANDAS,
	"'s.lower() == \"a\"'" PANDAS,
	"'x.between(1)'" PANDAS,
	"'x.between(1, 2, inclusive=\"left\")'" PANDAS,
	"'x.isin(1)'" PANDAS,
	"'x.gt(`my col`)'" PANDAS,
	"'x > x.mean()'" PANDAS,
	"'x in (1, y)'" PANDAS,
	"'(1, 2'" PANDAS,
	"'to_date(x) > 1', condition_parser: spark",
	"'s = \"a', condition_parser: spark",
	"'x ** 2 > 4'" PANDAS,
	"'x ='" PANDAS,
	"''" PANDAS,
	"'(x > 1'" PANDAS,
	"'x > 1)'" PANDAS,
	"'x in s'" PANDAS,
	"'x is None'" PANDAS,
	"'x == \"a'" PANDAS,
	"'x in [y]'" PANDAS,
	"'x not 5'" PANDAS,
	"'x > 1 x'" PANDAS,
	"'x > 1'" GX,
	"'col(\"x\") > 1 and col(\"x\") < 5'" GX,
	"'col(\"x\") ~ 1'" GX,
	"'col(\"x\").isNull()'" GX,
	"'col(\"x\") == y'" GX,
	"'col(x) == 1'" GX,
	"'x > 1'",
	"'x > 1', condition_parser: sql",
	"5" PANDAS,
	"[x]" PANDAS,
	"{type: comparison}",
	"{type: comparison, column: {name: x}, operator: '~', parameter: 1}",
	"{type: comparison, column: {name: x}, operator: IN, parameter: 1}",
	"{type: comparison, column: {name: x}, operator: '==', parameter: [1]}",
	"{type: nullity, column: {name: x}}",
	"{type: and, conditions: []}",
	"{type: what}",
	"{x: 1}",
	"'((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((x))))))))))))))))))))))))))))))))))))))"
	"))))))))))))))))))))))'" PANDAS,
};

START_TEST(what_has_no_translation_is_an_error_and_leaves_the_result_alone)
{
	AUTO(arena) a = arena_new();
	struct diags d;
	struct sv text = SV("as it was");
	struct err err = {0};
	char yaml[512];

	diags_init(&d, a);
	snprintf(yaml, sizeof(yaml), "{row_condition: %s}\n", bad[_i]);
	const struct node *n = node_parse_yaml(a, "t.yaml", sv_of(yaml), &d);
	ck_assert_msg(n != NULL, "%s: %s", yaml, d.errors > 0 ? d.list.v[0].msg : "");
	ck_assert_msg(!row_condition_text(a, node_get(n, "row_condition"), node_get(n, "condition_parser"),
	                                  &text, &err),
	              "took %s as %.*s", bad[_i], SV_ARG(text));
	ck_assert_int_eq(err.code, ERR_ARG);
	ck_assert_uint_eq(err.loc.line, 1);
	ck_assert(sv_is(text, "as it was"));
}
END_TEST

Suite *
suite_row_condition(void)
{
	Suite *s = suite_create("row_condition");
	TCase *t = tcase_create("row_condition");

	tcase_add_loop_test(t, a_condition_selects_the_rows_that_pandas_selects, 0, LEN(good));
	tcase_add_loop_test(t, what_has_no_translation_is_an_error_and_leaves_the_result_alone, 0, LEN(bad));
	suite_add_tcase(s, t);
	return s;
}
