/*
 * Distributions: what the tests of distributions and the drift measures need of them.
 *
 * Tails are computed as tails, not as one minus the rest, so that small probabilities keep their digits.  Where a function says nothing else, its
 * relative error is below 1e-10 for results above 1e-290.
 */
#ifndef WEIR_BASE_STAT_H
#define WEIR_BASE_STAT_H

#include "base/base.h"

/*
 * The regularised incomplete gamma functions P(a, x) and Q(a, x) = 1 - P(a, x), for a > 0, x >= 0; NaN for other arguments.
 * Series and continued fraction: NIST Digital Library of Mathematical Functions, 8.11.4 and 8.9.2.
 */
double stat_gamma_p(double a, double x);
double stat_gamma_q(double a, double x);

/* P(X > x) of the chi-square distribution with df > 0 degrees of freedom: Q(df / 2, x / 2). */
double stat_chi2_sf(double x, double df);

/* P(X <= x) and P(X > x) of the standard normal distribution: erfc(-+x / sqrt 2) / 2. */
double stat_normal_cdf(double x);
double stat_normal_sf(double x);

/*
 * P(K > x) of Kolmogorov's distribution, to which sqrt(n) D of a sample tends: 2 sum (-1)^(k-1) exp(-2 k^2 x^2), and for small x its
 * transform 1 - sqrt(2 pi) / x sum exp(-(2k-1)^2 pi^2 / (8 x^2)).
 * Kolmogorov, "Sulla determinazione empirica di una legge di distribuzione" (1933); Marsaglia, Tsang and Wang, "Evaluating
 * Kolmogorov's distribution", Journal of Statistical Software 8 (2003).
 */
double stat_kolmogorov_sf(double x);

/*
 * P(D >= d) of the two-sided two-sample test of Kolmogorov and Smirnov, for samples of n and m without ties, d = steps / (n m).
 *
 * Up to 10 000 in the larger sample exactly: the samples in common order are a path from (0, 0) to (n, m), all are as likely, and D >= d where one
 * touches a line (Hodges, "The significance probability of the Smirnov two-sample test", Arkiv foer Matematik 3 (1958)).  First touches are added up
 * as probabilities, so nothing cancels.  O(n m) time, O(m) memory.  Beyond, by the limit: stat_kolmogorov_sf(d sqrt(n m / (n + m))).
 */
enum { STAT_KS_EXACT_MAX = 10000 };
double stat_ks2_sf(int64_t n, int64_t m, int64_t steps);

/* Sorts v[n]; NaN must not be among them. */
void stat_sort(double *v, size_t n);
/* Of sorted v[n], n >= 1: the quantile q at q (n - 1), between two values linearly (numpy's default). */
double stat_quantile(const double *v, size_t n, double q);
/*
 * The median absolute deviation from `center`, of v[n], n >= 1, which is overwritten.  1.4826 times it estimates a standard deviation: 1 /
 * (quantile 3/4 of the normal distribution).  Hampel, "The influence curve and its role in robust estimation", JASA 69 (1974).
 */
double stat_mad(double *v, size_t n, double center);
#define STAT_MAD_SCALE 1.4826022185056018

/* A sum that does not lose what is small beside what is large: Neumaier, ZAMM 54 (1974).  All-zero is 0. */
struct stat_sum {
	double sum, rest;
};
void stat_add(struct stat_sum *s, double v);
double stat_total(const struct stat_sum *s);

#endif
