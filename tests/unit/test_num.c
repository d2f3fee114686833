#include <check.h>
#include <math.h>

#include "base/num.h"

static const struct {
	const char *text;
	int64_t value;
} integers[] = {
	{"0", 0},
	{"-0", 0},
	{"+7", 7},
	{"007", 7},
	{"-12", -12},
	{"9223372036854775807", INT64_MAX},
	{"-9223372036854775808", INT64_MIN},
};

START_TEST(integer_is_read)
{
	int64_t v = 42;

	ck_assert(num_i64(sv_of(integers[_i].text), &v));
	ck_assert_int_eq(v, integers[_i].value);
}
END_TEST

static const char *const not_integers[] = {
	"",
	"-",
	"+",
	"+-1",
	"-+1",
	"--1",
	" 1",
	"1 ",
	"1.0",
	"0x1",
	"1e3",
	"9223372036854775808",
	"-9223372036854775809",
	"99999999999999999999999",
};

START_TEST(integer_refused_leaves_the_result_alone)
{
	int64_t v = 42;

	ck_assert_msg(!num_i64(sv_of(not_integers[_i]), &v), "took '%s'", not_integers[_i]);
	ck_assert_int_eq(v, 42);
}
END_TEST

START_TEST(unsigned_has_its_own_range)
{
	uint64_t v = 42;

	ck_assert(num_u64(SV("18446744073709551615"), &v));
	ck_assert_uint_eq(v, UINT64_MAX);
	ck_assert(!num_u64(SV("18446744073709551616"), &v));
	ck_assert(!num_u64(SV("-1"), &v));
	ck_assert(!num_u64((struct sv){0}, &v));
	ck_assert_uint_eq(v, UINT64_MAX);
}
END_TEST

/* Written with Python's repr(float(text)). */
static const struct {
	const char *text, *repr;
} reals[] = {
	{"0", "0.0"},
	{"-0", "-0.0"},
	{".5", "0.5"},
	{"5.", "5.0"},
	{"+1.5e3", "1500.0"},
	{"0.1", "0.1"},
	{"1e-4", "0.0001"},
	{"1e-5", "1e-05"},
	{"1e15", "1000000000000000.0"},
	{"1e16", "1e+16"},
	{"1E22", "1e+22"},
	{"123456789012345680", "1.2345678901234568e+17"},
	{"9007199254740993", "9007199254740992.0"}, /* 2^53 + 1: a tie, to even */
	{"9007199254740993.00000000000000000001", "9007199254740994.0"},
	{"5.684341886080801486968994140625e-14", "5.684341886080802e-14"}, /* 2^-44 */
	{"5e-324", "5e-324"},
	{"2.2250738585072011e-308", "2.225073858507201e-308"}, /* once hung a well-known language */
	{"1.7976931348623157e308", "1.7976931348623157e+308"},
	{"1e-400", "0.0"},
	{"0e999999999999999999999", "0.0"},
	{"0.30000000000000004", "0.30000000000000004"},
	{"inf", "inf"},
	{"-Infinity", "-inf"},
	{"NaN", "nan"},
	{"-nan", "nan"},
};

START_TEST(real_is_read_and_written_as_python_does)
{
	double v;
	char text[NUM_MAX];

	ck_assert_msg(num_f64(sv_of(reals[_i].text), &v), "refused '%s'", reals[_i].text);
	ck_assert_str_eq(num_f64_format(v, text), reals[_i].repr);
}
END_TEST

static const char *const not_reals[] = {
	"",    "-",     ".",     "e5",      ".e5",
	"1e",  "1e+",   "1e5x",  "1,5",     " 1",
	"1 ",  "0x10",  "1_000", "infinit", "nan(1)",
	"++1", "1.2.3", "1e400", "-1e400",  "1e99999999999999999999",
};

START_TEST(real_refused_leaves_the_result_alone)
{
	double v = 42;

	ck_assert_msg(!num_f64(sv_of(not_reals[_i]), &v), "took '%s'", not_reals[_i]);
	ck_assert_double_eq(v, 42);
}
END_TEST

START_TEST(a_view_is_not_read_past_its_end)
{
	double v;
	int64_t i;

	ck_assert(num_f64((struct sv){"1.23456789012345678901", 4}, &v));
	ck_assert_double_eq(v, 1.23);
	ck_assert(num_f64((struct sv){"1234567890123456789099", 19}, &v));
	ck_assert_double_eq(v, 1234567890123456789.0);
	ck_assert(num_i64((struct sv){"123456", 3}, &i));
	ck_assert_int_eq(i, 123);
}
END_TEST

START_TEST(a_text_longer_than_the_copy_on_the_stack_is_read)
{
	char text[1000] = "0.";
	double v;

	memset(text + 2, '0', sizeof(text) - 3);
	memcpy(text + 900, "12345678901234567890", 20);
	ck_assert(num_f64(sv_of(text), &v));
	ck_assert(v == 0); /* 1e-899 */
	memset(text, '1', 300);
	text[300] = '\0';
	ck_assert(num_f64(sv_of(text), &v));
	ck_assert(v == 1.1111111111111112e+299);
}
END_TEST

START_TEST(groups_are_of_three)
{
	char text[NUM_MAX];

	ck_assert_str_eq(num_group(0, text), "0");
	ck_assert_str_eq(num_group(999, text), "999");
	ck_assert_str_eq(num_group(-1000, text), "-1,000");
	ck_assert_str_eq(num_group(123456, text), "123,456");
	ck_assert_str_eq(num_group(INT64_MIN, text), "-9,223,372,036,854,775,808");
}
END_TEST

Suite *
suite_num(void)
{
	Suite *s = suite_create("num");
	TCase *t = tcase_create("num");

	tcase_add_loop_test(t, integer_is_read, 0, LEN(integers));
	tcase_add_loop_test(t, integer_refused_leaves_the_result_alone, 0, LEN(not_integers));
	tcase_add_test(t, unsigned_has_its_own_range);
	tcase_add_loop_test(t, real_is_read_and_written_as_python_does, 0, LEN(reals));
	tcase_add_loop_test(t, real_refused_leaves_the_result_alone, 0, LEN(not_reals));
	tcase_add_test(t, a_view_is_not_read_past_its_end);
	tcase_add_test(t, a_text_longer_than_the_copy_on_the_stack_is_read);
	tcase_add_test(t, groups_are_of_three);
	suite_add_tcase(s, t);
	return s;
}
