/*
 * How far two distributions are apart.  Pure functions of counts and sorted values; p is what is judged, q the baseline.
 */
#ifndef WEIR_BASE_DRIFT_H
#define WEIR_BASE_DRIFT_H

#include "base/base.h"

/* Different values in order, how often each occurs, and how many there are in all. */
struct drift_sample {
	const double *v;
	const int64_t *count;
	size_t n;
	int64_t total;
};

/*
 * The population stability index, sum (p - q) ln (p / q) over bins: the sum of both Kullback-Leibler divergences (Jeffreys, 1946).  An empty bin counts
 * as half a value, since otherwise one new category would be infinitely far away.
 */
double drift_psi(const int64_t *p, const int64_t *q, size_t n);
/*
 * The Jensen-Shannon distance, from 0 to 1: the root of the divergence with logarithms of base 2 (Lin, "Divergence measures based on the Shannon
 * entropy", 1991; Endres and Schindelin, 2003); scipy.spatial.distance.jensenshannon(p, q, 2).
 */
double drift_js(const int64_t *p, const int64_t *q, size_t n);
/*
 * Pearson's test of homogeneity of a table of two rows: sum (observed - expected)^2 / expected, with n - 1 degrees of freedom over bins that are not empty in
 * both; *probability is its tail.  scipy.stats.chi2_contingency(correction=False).  With fewer than two bins: 0 and 1.
 */
double drift_chi_square(const int64_t *p, const int64_t *q, size_t n, double *probability);
/*
 * The greatest distance of two empirical distribution functions (Smirnov, 1939), as steps / (p->total q->total); *probability: stat_ks2_sf.
 * scipy.stats.ks_2samp; exact beyond its limit would not be worth the time.
 */
double drift_ks(const struct drift_sample *p, const struct drift_sample *q, double *probability);
/*
 * The earth mover's distance, the area between the two distribution functions (Vallender, 1974), in the unit of the values.
 * scipy.stats.wasserstein_distance.  Infinite or NaN where infinite values are.
 */
double drift_wasserstein(const struct drift_sample *p, const struct drift_sample *q);

/*
 * The inner edges of at most `bins` bins that hold as much of the baseline each: its quantiles i / bins (numpy's rule), each once.  edge[bins - 1];
 * returns how many.  A value v lies in bin number of edges that are less than v.
 */
size_t drift_edges(const struct drift_sample *q, size_t bins, double *edge);
/* bin[n + 1]: how many values lie in each. */
void drift_bin(const struct drift_sample *s, const double *edge, size_t n, int64_t *bin);

#endif
