#include <check.h>
#include <math.h>

#include "metric/sum.h"

/* Expected sums from Python's math.fsum, and from fractions.Fraction where that overflows on the way. */
static const struct {
	double v[10];
	int n;
	double sum;
} sums[] = {
	{{0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1}, 10, 0x1.0000000000000p+0},
	{{1e+100, 1.0, -1e+100}, 3, 0x1.0000000000000p+0},
	{{1e+308, 1e+308, -1e+308}, 3, 0x1.1ccf385ebc8a0p+1023},
	{{5e-324, 5e-324, 5e-324}, 3, 0x0.0000000000003p-1022},
	{{9007199254740992.0, 1.0, 8.673617379884035e-19}, 3, 0x1.0000000000001p+53},
	{{9007199254740992.0, 1.0}, 2, 0x1.0000000000000p+53},
	{{9007199254740992.0, 3.0}, 2, 0x1.0000000000002p+53},
	{{1.7976931348623157e+308, -1.7976931348623157e+308, -5e-324}, 3, -0x0.0000000000001p-1022},
	{{2.2250738585072014e-308, -5e-324}, 2, 0x0.fffffffffffffp-1022},
	{{-0.1, -0.2, -0.3}, 3, -0x1.3333333333333p-1},
	{{1e+16, 1.0, 1e-16, -1e+16}, 4, 0x1.0000000000000p+0},
	{{1.1805916207174113e+21, -1.0}, 2, 0x1.0000000000000p+70},
	{{-1.1805916207174113e+21, 1.0, 9.094947017729282e-13}, 3, -0x1.0000000000000p+70},
	{{1e308, 1e308}, 2, INFINITY},
	{{-1e308, -1e308}, 2, -INFINITY},
	{{INFINITY, 1}, 2, INFINITY},
	{{0}, 1, 0},
};

START_TEST(a_sum_of_doubles_is_rounded_once)
{
	struct sum_acc s[2];
	struct value v;

	/* In one accumulator, and spread over two in both ways. */
	for (int split = 0; split < 3; split++) {
		sum_acc_init(&s[0]);
		sum_acc_init(&s[1]);
		for (int i = 0; i < sums[_i].n; i++)
			sum_acc_add_value(&s[split == 0 ? 0 : (i + split) % 2], value_real(sums[_i].v[i]));
		sum_acc_merge(&s[0], &s[1]);
		ck_assert(sum_acc_value(&s[0], &v, NULL));
		ck_assert_int_eq(v.kind, VALUE_REAL);
		ck_assert_msg(v.r == sums[_i].sum, "%a, wanted %a", v.r, sums[_i].sum);
	}
}
END_TEST

START_TEST(many_additions_carry)
{
	struct sum_acc s;
	struct value v;

	sum_acc_init(&s);
	for (int i = 0; i < 300000; i++)
		sum_acc_add_value(
			&s, value_real(0x1.fffffffffffffp+65)); /* its pieces are as large as they get */
	ck_assert(sum_acc_value(&s, &v, NULL));
	ck_assert(v.r == 0x1.24f7fffffffffp+84); /* Fraction(2**66 - 2**13) * 300000 */
	ck_assert(sum_acc_mean(&s, &v, NULL));
	ck_assert(v.r == 0x1.ffffffffffffep+65);
}
END_TEST

START_TEST(sums_of_integers_and_decimals_are_exact_past_64_bits)
{
	struct sum_acc s;
	struct value v;
	char text[DECIMAL_TEXT_MAX];

	sum_acc_init(&s);
	ck_assert(sum_acc_value(&s, &v, NULL));
	ck_assert_int_eq(v.kind, VALUE_NULL);
	for (int i = 0; i < 3; i++)
		sum_acc_add_value(&s, value_int(INT64_MAX));
	sum_acc_add_value(&s, VALUE_NONE);
	ck_assert(sum_acc_value(&s, &v, NULL));
	ck_assert_int_eq(v.kind, VALUE_DECIMAL);
	ck_assert_str_eq(decimal_text(v.d, text), "27670116110564327421");
	ck_assert_int_eq(s.count, 3);
	sum_acc_add_value(&s, (struct value){.kind = VALUE_DECIMAL, .d = {.coeff = -1, .scale = 3}});
	ck_assert(sum_acc_value(&s, &v, NULL));
	ck_assert_str_eq(decimal_text(v.d, text), "27670116110564327420.999");
	sum_acc_add_value(&s, value_real(0.5));
	ck_assert(sum_acc_value(&s, &v, NULL));
	ck_assert(v.kind == VALUE_REAL && v.r == 27670116110564327421.0);
}
END_TEST

START_TEST(a_sum_past_38_digits_or_of_texts_is_an_error_and_leaves_the_result_alone)
{
	struct sum_acc s;
	struct value v = value_int(42), big;
	struct err err;

	sum_acc_init(&s);
	big = (struct value){.kind = VALUE_DECIMAL,
	                     .d = {.coeff = (__int128)9000000000000000000 * 9000000000000000000}};
	sum_acc_add_value(&s, big);
	ck_assert(sum_acc_value(&s, &v, NULL));
	v = value_int(42);
	sum_acc_add_value(&s, big);
	ck_assert(!sum_acc_value(&s, &v, &err));
	ck_assert_int_eq(err.code, ERR_EVAL);
	sum_acc_add_value(&s, big);
	sum_acc_add_value(&s, big);
	ck_assert(!sum_acc_value(&s, &v, &err));
	sum_acc_init(&s);
	sum_acc_add_value(&s, value_text(SV("1")));
	ck_assert(!sum_acc_value(&s, &v, &err));
	ck_assert(!sum_acc_mean(&s, &v, &err));
	ck_assert_int_eq(v.i, 42);
}
END_TEST

Suite *
suite_sum(void)
{
	Suite *s = suite_create("sum");
	TCase *t = tcase_create("sum");

	tcase_add_loop_test(t, a_sum_of_doubles_is_rounded_once, 0, LEN(sums));
	tcase_add_test(t, many_additions_carry);
	tcase_add_test(t, sums_of_integers_and_decimals_are_exact_past_64_bits);
	tcase_add_test(t, a_sum_past_38_digits_or_of_texts_is_an_error_and_leaves_the_result_alone);
	suite_add_tcase(s, t);
	return s;
}
