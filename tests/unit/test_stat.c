/* Distributions against scipy 1.10 (special.gammainc, gammaincc, kolmogorov; stats.ks_2samp's exact method, norm, chi2; numpy's quantile). */
#include <check.h>
#include <float.h>
#include <math.h>

#include "base/stat.h"

static const struct {
	double a, x, p, q;
} gammas[] = {
	{0.5, 0.1, 0.34527915398142317, 0.65472084601857683},
	{0.5, 3, 0.98569412156457037, 0.014305878435429641},
	{1, 1, 0.63212055882855767, 0.36787944117144245},
	{2.5, 2.5, 0.58411981300449201, 0.41588018699550788},
	{10, 3, 0.0011024881301154815, 0.99889751186988451},
	{10, 25, 0.99977852336175121, 0.00022147663824878349},
	{100, 100, 0.5132987982791487, 0.48670120172085135},
	{100, 160, 0.99999985579775497, 1.4420224505352197e-07},
	{10000.0, 9700, 0.0012341755844684902, 0.99876582441553141},
	{10000.0, 10300, 0.99852950510361427, 0.0014704948963856813},
	{50000.0, 50000.0, 0.50059470810479334, 0.49940529189520672},
	{0.001, 1e-06, 0.98684813369407687, 0.013151866305923335},
	{3, 700, 1, 2.4225323864784486e-299},
};
static const struct {
	double x, p;
} kolmogorovs[] = {
	{0.2, 0.99999999999949496},  {0.3, 0.99999069419866549},   {0.5, 0.96394524366487511},
	{0.7, 0.71123519502968935},  {0.75, 0.62716704177626159},  {0.8, 0.54414241157419807},
	{1, 0.26999967167735456},    {1.36, 0.049485876755377876}, {2, 0.00067092525577969533},
	{3, 3.0459959489425258e-08}, {8, 5.1444187452848296e-56},
};
static const struct {
	int64_t n, m, steps;
	double p;
} smirnovs[] = {
	{1, 1, 1, 1},
	{2, 3, 6, 0.20000000000000001},
	{5, 5, 15, 0.35714285714285715},
	{7, 11, 40, 0.13436400201106086},
	{20, 30, 200, 0.11901288467516954},
	{50, 50, 2300, 7.773164323782225e-23},
	{40, 17, 680, 1.4321878503878818e-14},
	{100, 90, 1200, 0.33335606563262177},
};

#define NEAR(got, want) \
	ck_assert_msg(fabs((got) - (want)) <= 1e-10 * fabs(want), "case %d: %.17g, not %.17g", _i, got, want)

START_TEST(both_halves_of_the_gamma_function_keep_their_digits)
{
	NEAR(stat_gamma_p(gammas[_i].a, gammas[_i].x), gammas[_i].p);
	NEAR(stat_gamma_q(gammas[_i].a, gammas[_i].x), gammas[_i].q);
}
END_TEST

START_TEST(kolmogorovs_distribution_is_that_of_scipy)
{
	NEAR(stat_kolmogorov_sf(kolmogorovs[_i].x), kolmogorovs[_i].p);
}
END_TEST

START_TEST(two_samples_are_compared_exactly)
{
	double p = stat_ks2_sf(smirnovs[_i].n, smirnovs[_i].m, smirnovs[_i].steps);

	NEAR(p, smirnovs[_i].p);
	/* It does not matter which is the first. */
	NEAR(stat_ks2_sf(smirnovs[_i].m, smirnovs[_i].n, smirnovs[_i].steps), smirnovs[_i].p);
}
END_TEST

START_TEST(tails_are_no_differences)
{
	NEAR(stat_normal_sf(3), 0.0013498980316300933);
	NEAR(stat_normal_sf(30), 4.906713927147908e-198);
	NEAR(stat_normal_cdf(-30), 4.906713927147908e-198);
	NEAR(stat_chi2_sf(12.3, 4), 0.015254394655769615);
}
END_TEST

START_TEST(what_has_no_answer_gives_none)
{
	ck_assert(isnan(stat_gamma_q(0, 1)));
	ck_assert(isnan(stat_gamma_q(1, -1)));
	ck_assert(isnan(stat_gamma_p(NAN, 1)));
	ck_assert(isnan(stat_ks2_sf(0, 3, 1)));
	ck_assert(stat_gamma_q(3, INFINITY) == 0);
	ck_assert(stat_gamma_p(3, 0) == 0);
	ck_assert(stat_kolmogorov_sf(0) == 1);
	ck_assert(stat_ks2_sf(3, 4, 0) == 1);
}
END_TEST

START_TEST(order_statistics_are_those_of_numpy)
{
	double v[] = {3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5}, one[] = {7};

	stat_sort(v, LEN(v));
	ck_assert(stat_quantile(v, LEN(v), 0) == 1 && stat_quantile(v, LEN(v), 1) == 9);
	NEAR(stat_quantile(v, LEN(v), 0.99), 8.7);
	ck_assert(stat_quantile(v, LEN(v), 0.5) == 4);
	ck_assert(stat_quantile(one, 1, 0.3) == 7);
	ck_assert(stat_mad(v, LEN(v), 4) == 1);
	ck_assert(stat_mad(one, 1, 7) == 0);
}
END_TEST

/* numpy.quantile's, to the last digit.  A compiler that multiplies and adds in one step gives 13.729999999999999 and so on. */
START_TEST(a_quantile_has_the_same_digits_on_all_processors)
{
	static const struct {
		double v[2], q, expected;
	} of[] = {
		{{9.7, 50.0}, 0.1, 13.73},
		{{32.6, 92.4}, 0.1, 38.58},
		{{1.0, 55.5}, 0.6, 33.7},
	};

	for (size_t i = 0; i < LEN(of); i++) {
		double got = stat_quantile(of[i].v, 2, of[i].q);

		ck_assert_msg(got == of[i].expected, "%.17g", got);
	}
}
END_TEST

START_TEST(a_sum_keeps_what_is_small)
{
	struct stat_sum s = {0};

	stat_add(&s, 1);
	stat_add(&s, 1e100);
	stat_add(&s, 1);
	stat_add(&s, -1e100);
	ck_assert(stat_total(&s) == 2);
	stat_add(&s, INFINITY);
	ck_assert(isinf(stat_total(&s)));
}
END_TEST

Suite *suite_stat(void);
Suite *
suite_stat(void)
{
	Suite *s = suite_create("stat");
	TCase *c = tcase_create("stat");

	tcase_add_loop_test(c, both_halves_of_the_gamma_function_keep_their_digits, 0, LEN(gammas));
	tcase_add_loop_test(c, kolmogorovs_distribution_is_that_of_scipy, 0, LEN(kolmogorovs));
	tcase_add_loop_test(c, two_samples_are_compared_exactly, 0, LEN(smirnovs));
	tcase_add_loop_test(c, tails_are_no_differences, 0, 1);
	tcase_add_test(c, what_has_no_answer_gives_none);
	tcase_add_loop_test(c, order_statistics_are_those_of_numpy, 0, 1);
	tcase_add_test(c, a_quantile_has_the_same_digits_on_all_processors);
	tcase_add_test(c, a_sum_keeps_what_is_small);
	suite_add_tcase(s, c);
	return s;
}
