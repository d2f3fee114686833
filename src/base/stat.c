#include "base/stat.h"

#include <math.h>
#include <stdlib.h>

#include "base/arena.h"

/* The incomplete gamma function ----------------------------------------------------------------------------------- */

/*
 * ln(a!) minus Stirling's approximation of it, and a ln(a / x) + x - a without cancellation where x is near a.  Loader, "Fast and accurate computation
 * of binomial probabilities" (2000); the series is that of Stirling (DLMF 5.11.1).
 */
static double
stirling_rest(double a)
{
	double aa = a * a;
	int sign;

	if (a < 16)
		return lgamma_r(a + 1, &sign) - (a + 0.5) * log(a) + a - 0.5 * log(2 * M_PI);
	return (1.0 / 12 - (1.0 / 360 - (1.0 / 1260 - (1.0 / 1680 - (1.0 / 1188) / aa) / aa) / aa) / aa) / a;
}

static double
deviance(double a, double x)
{
	double d = a - x, v = d / (a + x), sum, term, before;

	if (fabs(d) >= 0.1 * (a + x))
		return a * log(a / x) + x - a;
	sum = d * v;
	term = 2 * a * v;
	for (int k = 1; k < 1000; k++) {
		term *= v * v;
		before = sum;
		sum += term / (2 * k + 1);
		if (sum == before)
			break;
	}
	return sum;
}

/* x^a e^-x / Gamma(a + 1): a Poisson probability. */
static double
poisson(double a, double x)
{
	int sign;

	if (a < 1)
		return exp(a * log(x) - x - lgamma_r(a + 1, &sign));
	return exp(-stirling_rest(a) - deviance(a, x)) / sqrt(2 * M_PI * a);
}

/* P(a, x) = x^a e^-x / Gamma(a + 1) * (1 + x / (a + 1) + x^2 / ((a + 1) (a + 2)) + ...): for x < a + 1. */
static double
gamma_series(double a, double x)
{
	double sum = 1, term = 1;

	for (int64_t k = 1; term > sum * 1e-17; k++) {
		term *= x / (a + (double)k);
		sum += term;
	}
	return sum * poisson(a, x);
}

/*
 * Q(a, x) = x^a e^-x / Gamma(a) * 1 / (x + 1 - a - 1 (1 - a) / (x + 3 - a - 2 (2 - a) / (x + 5 - a - ...))): for x >= a + 1.  Evaluated from the front:
 * Lentz, "Generating Bessel functions in Mie scattering calculations using continued fractions", Applied Optics 15 (1976).
 */
static double
gamma_fraction(double a, double x)
{
	const double tiny = 1e-300;
	double b = x + 1 - a, c = 1 / tiny, d = 1 / b, h = d, step;

	for (int32_t i = 1; i < 10000000; i++) {
		double k = i, numerator = -k * (k - a);

		b += 2;
		d = numerator * d + b;
		c = b + numerator / c;
		d = 1 / (fabs(d) < tiny ? tiny : d);
		c = fabs(c) < tiny ? tiny : c;
		step = d * c;
		h *= step;
		if (fabs(step - 1) < 1e-16)
			break;
	}
	return h * a * poisson(a, x);
}

double
stat_gamma_p(double a, double x)
{
	if (!(a > 0) || !(x >= 0) || isinf(a))
		return NAN;
	if (x == 0 || isinf(x))
		return x == 0 ? 0 : 1;
	return x < a + 1 ? gamma_series(a, x) : 1 - gamma_fraction(a, x);
}

double
stat_gamma_q(double a, double x)
{
	if (!(a > 0) || !(x >= 0) || isinf(a))
		return NAN;
	if (x == 0 || isinf(x))
		return x == 0 ? 1 : 0;
	return x < a + 1 ? 1 - gamma_series(a, x) : gamma_fraction(a, x);
}

double
stat_chi2_sf(double x, double df)
{
	return stat_gamma_q(df / 2, x / 2);
}

double
stat_normal_cdf(double x)
{
	return erfc(-x / M_SQRT2) / 2;
}

double
stat_normal_sf(double x)
{
	return erfc(x / M_SQRT2) / 2;
}

/* Kolmogorov and Smirnov ------------------------------------------------------------------------------------------ */

double
stat_kolmogorov_sf(double x)
{
	double sum = 0, term;

	if (isnan(x))
		return x;
	if (x <= 0)
		return 1;
	if (x < 0.75) {
		for (int k = 1; k < 100; k += 2) {
			term = exp(-(double)(k * k) * M_PI * M_PI / (8 * x * x));
			sum += term;
			if (term <= sum * 1e-18)
				break;
		}
		return 1 - sqrt(2 * M_PI) / x * sum;
	}
	for (int k = 1; k < 100; k++) {
		term = exp(-2.0 * k * k * x * x);
		sum += k % 2 != 0 ? term : -term;
		if (term <= sum * 1e-18)
			break;
	}
	return 2 * sum;
}

/*
 * inside[j]: the probability that a path comes to (i, j) and touched nothing before.  The next step leads right with probability (n - i) / (n - i + m - j),
 * so that each whole path is as likely as any other.
 */
static double
first_touches(int64_t n, int64_t m, int64_t steps, double *inside)
{
	struct stat_sum touched = {0};

	for (int64_t i = 0; i <= n; i++)
		for (int64_t j = 0; j <= m; j++) {
			double here = i == 0 && j == 0 ? 1 : 0;
			int64_t apart = m * i - n * j;

			if (i > 0)
				here += inside[j] * (double)(n - i + 1) / (double)(n - i + 1 + m - j);
			if (j > 0)
				here += inside[j - 1] * (double)(m - j + 1) / (double)(n - i + m - j + 1);
			if (apart >= steps || -apart >= steps) {
				stat_add(&touched, here);
				here = 0;
			}
			inside[j] = here;
		}
	return MIN(stat_total(&touched), 1.0);
}

double
stat_ks2_sf(int64_t n, int64_t m, int64_t steps)
{
	double *inside, p;

	if (n <= 0 || m <= 0)
		return NAN;
	if (steps <= 0)
		return 1;
	if (MAX(n, m) > STAT_KS_EXACT_MAX) {
		double d = (double)steps / ((double)n * (double)m);

		return stat_kolmogorov_sf(d * sqrt((double)n * ((double)m / ((double)n + (double)m))));
	}
	inside = xcalloc((size_t)m + 1, sizeof(*inside));
	p = first_touches(n, m, steps, inside);
	free(inside);
	return p;
}

/* Order ----------------------------------------------------------------------------------------------------------- */

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

void
stat_sort(double *v, size_t n)
{
	if (n > 1)
		qsort(v, n, sizeof(*v), by_size);
}

double
stat_quantile(const double *v, size_t n, double q)
{
	double at = q * (double)(n - 1), part = at - floor(at);
	size_t i = (size_t)floor(at);

	if (part == 0 || i + 1 >= n || v[i] == v[i + 1])
		return v[MIN(i, n - 1)];
	return part < 0.5 ? v[i] + (v[i + 1] - v[i]) * part : v[i + 1] - (v[i + 1] - v[i]) * (1 - part);
}

double
stat_mad(double *v, size_t n, double center)
{
	for (size_t i = 0; i < n; i++)
		v[i] = fabs(v[i] - center);
	stat_sort(v, n);
	return stat_quantile(v, n, 0.5);
}

/* Sums ------------------------------------------------------------------------------------------------------------ */

void
stat_add(struct stat_sum *s, double v)
{
	double sum = s->sum + v;

	s->rest += fabs(s->sum) >= fabs(v) ? (s->sum - sum) + v : (v - sum) + s->sum;
	s->sum = sum;
}

double
stat_total(const struct stat_sum *s)
{
	return isfinite(s->sum) ? s->sum + s->rest : s->sum;
}
