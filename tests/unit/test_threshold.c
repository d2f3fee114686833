#include <check.h>

#include "expect/expect.h"

static const struct {
	const char *text;
	double number, percent;
	bool met;
} good[] = {
	{"> 0", 0, 0, false},
	{"> 0", 1, 0, true},
	{">0", 1, 0, true},
	{">= 5", 5, 0, true},
	{"< 5", 5, 0, false},
	{"<= 5", 5, 0, true},
	{"= 5", 5, 0, true},
	{"== 5", 6, 0, false},
	{"!= 0", 0, 0, false},
	{"<> 0", 3, 0, true},
	{"> 1%", 1000, 1, false},
	{"> 1%", 1, 1.5, true},
	{" >  0.5 % ", 1, 0.51, true},
	{"between 1 and 9", 1, 0, true},
	{"between 1 and 9", 9, 0, true},
	{"between 1 and 9", 9.5, 0, false},
	{"between (1 and 9]", 1, 0, false},
	{"between (1 and 9]", 9, 0, true},
	{"between [1 and 9)", 1, 0, true},
	{"between [1 and 9)", 9, 0, false},
	{"not between (1 and 9)", 9, 0, true},
	{"not between (1 and 9)", 8.5, 0, false},
	{"between (1% and 9%)", 0, 9, false},
	{"BETWEEN 1 AND 9", 5, 0, true},
	{"not between 1 and 9", 5, 0, false},
	{"not between 1 and 9", 10, 0, true},
	{"between 1% and 9%", 100, 2, true},
	{"> -1e3", 0, 0, true},
};

START_TEST(a_threshold_holds_where_its_text_says)
{
	struct threshold t;
	struct err err = {0};

	ck_assert_msg(threshold_parse(sv_of(good[_i].text), NOWHERE, &t, &err), "refused '%s': %s",
	              good[_i].text, err.msg);
	ck_assert(t.set);
	ck_assert_msg(threshold_met(&t, good[_i].number, good[_i].percent) == good[_i].met,
	              "'%s' on %g, %g %%", good[_i].text, good[_i].number, good[_i].percent);
}
END_TEST

/* On a number, where the last good run had 200; without one nothing is met. */
static const struct {
	const char *text;
	double number;
	bool met;
} relative[] = {
	{"> last_good", 200, false},
	{"> last_good", 201, true},
	{"> last_good + 10%", 220, false},
	{"> last_good + 10%", 220.5, true},
	{">last_good+10", 211, true},
	{"< last_good - 5", 195, false},
	{"< LAST_GOOD - 50 %", 99, true},
	{"between last_good - 10 and last_good + 10", 205, true},
	{"not between last_good - 10% and last_good + 10%", 221, true},
	{"not between last_good - 10% and 300", 299, false},
	{"between 0 and last_good", 201, false},
};

START_TEST(a_threshold_goes_by_the_last_good_run)
{
	struct threshold t, with, without;
	struct err err = {0};

	ck_assert_msg(threshold_parse(sv_of(relative[_i].text), NOWHERE, &t, &err), "refused '%s': %s",
	              relative[_i].text, err.msg);
	ck_assert(threshold_is_relative(&t));
	with = threshold_resolve(&t, true, 200);
	without = threshold_resolve(&t, false, 0);
	ck_assert_msg(threshold_met(&with, relative[_i].number, 0) == relative[_i].met, "'%s' on %g",
	              relative[_i].text, relative[_i].number);
	ck_assert(without.set && !threshold_met(&without, relative[_i].number, 0));
}
END_TEST

/* Percentages are of the size of a number, whichever its sign. */
START_TEST(a_share_of_a_negative_number_widens)
{
	struct threshold t;

	ck_assert(threshold_parse(SV("not between last_good - 10% and last_good + 10%"), NOWHERE, &t, NULL));
	t = threshold_resolve(&t, true, -100);
	ck_assert(!threshold_met(&t, -105, 0) && !threshold_met(&t, -95, 0));
	ck_assert(threshold_met(&t, -111, 0) && threshold_met(&t, -89, 0));
}
END_TEST

START_TEST(durations_are_seconds)
{
	struct threshold t;

	ck_assert(threshold_parse(SV("> 1d6h30m"), NOWHERE, &t, NULL));
	ck_assert(t.seconds && t.value == 109800);
	ck_assert(threshold_parse(SV("between 90s and 15m"), NOWHERE, &t, NULL));
	ck_assert(t.seconds && t.value == 90 && t.value2 == 900);
	ck_assert(threshold_parse(SV("> 1e3"), NOWHERE, &t, NULL));
	ck_assert(!t.seconds && t.value == 1000);
}
END_TEST

static const char *const bad[] = {"",
                                  "5",
                                  ">",
                                  "> x",
                                  "> 5 rows",
                                  "between 1",
                                  "between 1 and",
                                  "between 9 and 1",
                                  "between 1% and 9",
                                  "not > 5",
                                  "> 101%",
                                  "> -1%",
                                  "=> 5",
                                  "> 1 %%",
                                  "nan",
                                  "> 0 and < 5",
                                  "> last_good +",
                                  "> last_good + -5",
                                  "> last_good % 5",
                                  "> last_goods",
                                  "> 5 + last_good",
                                  "> 6hours",
                                  "between last_good"};

START_TEST(what_is_no_threshold_is_refused_and_leaves_the_result_alone)
{
	struct threshold t = {.value = 42};
	struct err err = {0};
	struct loc at = {.line = 3, .col = 7};

	ck_assert_msg(!threshold_parse(sv_of(bad[_i]), at, &t, &err), "took '%s'", bad[_i]);
	ck_assert(t.value == 42 && !t.set);
	ck_assert_int_eq(err.code, ERR_ARG);
	ck_assert_uint_eq(err.loc.line, 3);
}
END_TEST

START_TEST(a_threshold_that_is_not_set_is_never_met)
{
	struct threshold t = {0};

	ck_assert(!threshold_met(&t, 1e9, 100));
}
END_TEST

Suite *
suite_threshold(void)
{
	Suite *s = suite_create("threshold");
	TCase *t = tcase_create("threshold");

	tcase_add_loop_test(t, a_threshold_holds_where_its_text_says, 0, LEN(good));
	tcase_add_loop_test(t, what_is_no_threshold_is_refused_and_leaves_the_result_alone, 0, LEN(bad));
	tcase_add_loop_test(t, a_threshold_goes_by_the_last_good_run, 0, LEN(relative));
	tcase_add_test(t, a_share_of_a_negative_number_widens);
	tcase_add_test(t, durations_are_seconds);
	tcase_add_test(t, a_threshold_that_is_not_set_is_never_met);
	suite_add_tcase(s, t);
	return s;
}
