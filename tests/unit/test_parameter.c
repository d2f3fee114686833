/* Suite parameters: values computed with Python's datetime and operator modules. */
#include <check.h>
#include <string.h>

#include "base/clock.h"
#include "expect/parameter.h"

#define NOW_US (INT64_C(1700000000) * US_PER_S) /* 2023-11-14T22:13:20Z */

static const struct {
	const char *text, *want; /* NULL = refused */
	enum node_kind kind;
	bool clock;
} cases[] = {
	{"now()", "2023-11-14T22:13:20Z", NODE_TEXT, true},
	{"now() - timedelta(weeks=52)", "2022-11-15T22:13:20Z", NODE_TEXT, true},
	{"now() - timedelta(weeks=52*100)", "1924-03-18T22:13:20Z", NODE_TEXT, true},
	{"timedelta(hours=1) + now()", "2023-11-14T23:13:20Z", NODE_TEXT, true},
	{"datetime(1969, 1, 1)", "1969-01-01T00:00:00", NODE_TEXT, false},
	{"datetime(2024, 2, 29, 12, minute=30, microsecond=5)", "2024-02-29T12:30:00.000005", NODE_TEXT,
         false},
	{"datetime(year=2024, month=3, day=1) - timedelta(1, 1)", "2024-02-28T23:59:59", NODE_TEXT, false},
	{"datetime(2024,1,1) + 2 * timedelta(days=1) / 4", "2024-01-01T12:00:00", NODE_TEXT, false},
	{"day + timedelta(days=1)", "2024-01-02T00:00:00", NODE_TEXT, false},
	{"(datetime(2024,1,2) - day) / timedelta(hours=1)", "24.0", NODE_REAL, false},
	{"1 + 2 * 3", "7", NODE_INT, false},
	{"2 - 3 - 4", "-5", NODE_INT, false},
	{"2 ^ 3 ^ 2", "512", NODE_INT, false},
	{"2 ^ -1", "0.5", NODE_REAL, false},
	{"-2", "-2", NODE_INT, false},
	{"7 / 2", "3.5", NODE_REAL, false},
	{"6 / 2", "3.0", NODE_REAL, false},
	{"9223372036854775807 + 0", "9223372036854775807", NODE_INT, false},
	{"n * 1.5", "15.0", NODE_REAL, false},
	{"n - -n", "20", NODE_INT, false},
	{"round(2.5)", "2", NODE_INT, false},
	{"trunc(-2.7) + abs(-3) + sgn(-9)", "0", NODE_INT, false},
	{"E ^ 0 + PI - PI", "1.0", NODE_REAL, false},
	{"cos(0)", "1.0", NODE_REAL, false},
	{"", NULL, 0, false},
	{"1 +", NULL, 0, false},
	{"(1", NULL, 0, false},
	{"1)", NULL, 0, false},
	{"1 2", NULL, 0, false},
	{"missing", NULL, 0, false},
	{"word + 1", NULL, 0, false},
	{"1 / 0", NULL, 0, false},
	{"now() - 1", NULL, 0, false},
	{"now() + now()", NULL, 0, false},
	{"now(1)", NULL, 0, false},
	{"timedelta(days=1)", NULL, 0, false},
	{"datetime(2024, 2, 30)", NULL, 0, false},
	{"datetime(2024, 1)", NULL, 0, false},
	{"datetime(2024, 1, 1, year=2024)", NULL, 0, false},
	{"datetime(9999, 12, 31) + timedelta(days=1)", NULL, 0, false},
	{"timedelta(fortnights=1)", NULL, 0, false},
	{"open('/etc/passwd')", NULL, 0, false},
	{"10 ^ 400", NULL, 0, false},
	{"1.2.3", NULL, 0, false},
};

START_TEST(an_expression_is_worth_what_python_says)
{
	struct arena *a = arena_new();
	struct node kid[] = {{.kind = NODE_INT, .key = SV("n"), .i = 10},
	                     {.kind = NODE_TEXT, .key = SV("word"), .text = SV("ten")},
	                     {.kind = NODE_TEXT, .key = SV("day"), .text = SV("2024-01-01")}};
	const struct node params = {.kind = NODE_MAP, .kid = kid, .n = LEN(kid)};
	struct node got = {0};
	struct err err = {0};
	bool clock = false;

	bool good = parameter_eval(a, sv_of(cases[_i].text), NOWHERE, &params, NOW_US, &got, &clock, &err);
	ck_assert_msg(good == (cases[_i].want != NULL), "%s: %s", cases[_i].text, err.msg);
	if (!good) {
		ck_assert_msg(err.code == ERR_ARG && strstr(err.msg, "suite parameter") != NULL, "%s",
		              err.msg);
		ck_assert(got.kind == NODE_NULL && got.text.n == 0);
	} else {
		ck_assert_msg(sv_is(got.text, cases[_i].want), "%s = " SV_FMT, cases[_i].text,
		              SV_ARG(got.text));
		ck_assert_int_eq(got.kind, cases[_i].kind);
		ck_assert(clock == cases[_i].clock);
	}
	arena_free(a);
}
END_TEST

START_TEST(parentheses_without_end_are_refused_early)
{
	struct arena *a = arena_new();
	char text[4097];
	struct node got;
	bool clock;

	memset(text, '(', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	ck_assert(!parameter_eval(a, sv_of(text), NOWHERE, NULL, 0, &got, &clock, NULL));
	memset(text, '-', sizeof(text) - 1);
	ck_assert(!parameter_eval(a, sv_of(text), NOWHERE, NULL, 0, &got, &clock, NULL));
	arena_free(a);
}
END_TEST

Suite *
suite_parameter(void)
{
	Suite *s = suite_create("parameter");
	TCase *t = tcase_create("parameter");

	tcase_add_loop_test(t, an_expression_is_worth_what_python_says, 0, LEN(cases));
	tcase_add_test(t, parentheses_without_end_are_refused_early);
	suite_add_tcase(s, t);
	return s;
}
