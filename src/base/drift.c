#include "base/drift.h"

#include <math.h>
#include <string.h>

#include "base/stat.h"

static double
total(const int64_t *c, size_t n)
{
	int64_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += c[i];
	return (double)sum;
}

double
drift_psi(const int64_t *p, const int64_t *q, size_t n)
{
	double np = total(p, n), nq = total(q, n);
	struct stat_sum sum = {0};

	for (size_t i = 0; i < n; i++) {
		double a = fmax((double)p[i], 0.5) / np, b = fmax((double)q[i], 0.5) / nq;

		if (p[i] > 0 || q[i] > 0)
			stat_add(&sum, (a - b) * log(a / b));
	}
	return stat_total(&sum);
}

double
drift_js(const int64_t *p, const int64_t *q, size_t n)
{
	double np = total(p, n), nq = total(q, n);
	struct stat_sum sum = {0};

	for (size_t i = 0; i < n; i++) {
		double a = (double)p[i] / np, b = (double)q[i] / nq, d = (a - b) / (a + b);

		/* With m = (a + b) / 2: a ln (a / m) + b ln (b / m), as a / m = 1 + d and b / m = 1 - d. */
		if (p[i] > 0)
			stat_add(&sum, a * log1p(d));
		if (q[i] > 0)
			stat_add(&sum, b * log1p(-d));
	}
	return sqrt(fmax(stat_total(&sum), 0) / 2 / M_LN2);
}

double
drift_chi_square(const int64_t *p, const int64_t *q, size_t n, double *probability)
{
	double np = total(p, n), nq = total(q, n), all = np + nq;
	struct stat_sum sum = {0};
	size_t used = 0;

	for (size_t i = 0; i < n; i++) {
		double both = (double)p[i] + (double)q[i], ep = both * np / all, eq = both * nq / all;

		if (both == 0)
			continue;
		used++;
		stat_add(&sum, ((double)p[i] - ep) * ((double)p[i] - ep) / ep);
		stat_add(&sum, ((double)q[i] - eq) * ((double)q[i] - eq) / eq);
	}
	*probability = used < 2 ? 1 : stat_chi2_sf(stat_total(&sum), (double)(used - 1));
	return used < 2 ? 0 : stat_total(&sum);
}

/* The next value of either, and how many lie at or below it. */
struct walk {
	const struct drift_sample *p, *q;
	size_t i, j;
	int64_t below_p, below_q;
};

static bool
next(struct walk *w, double *at)
{
	bool p = w->i < w->p->n, q = w->j < w->q->n;

	if (!p && !q)
		return false;
	*at = !q || (p && w->p->v[w->i] < w->q->v[w->j]) ? w->p->v[w->i] : w->q->v[w->j];
	if (p && w->p->v[w->i] == *at)
		w->below_p += w->p->count[w->i++];
	if (q && w->q->v[w->j] == *at)
		w->below_q += w->q->count[w->j++];
	return true;
}

double
drift_ks(const struct drift_sample *p, const struct drift_sample *q, double *probability)
{
	struct walk w = {.p = p, .q = q};
	__int128 most = 0;
	double at;

	while (next(&w, &at)) {
		__int128 d = (__int128)w.below_p * q->total - (__int128)w.below_q * p->total;

		most = MAX(most, d < 0 ? -d : d);
	}
	/* Beyond the limit of the exact test only the ratio counts. */
	if (MAX(p->total, q->total) <= STAT_KS_EXACT_MAX)
		*probability = stat_ks2_sf(p->total, q->total, (int64_t)most);
	else
		*probability = stat_kolmogorov_sf(
			(double)most / (double)p->total / (double)q->total *
			sqrt((double)p->total * ((double)q->total / ((double)p->total + (double)q->total))));
	return (double)most / ((double)p->total * (double)q->total);
}

double
drift_wasserstein(const struct drift_sample *p, const struct drift_sample *q)
{
	struct walk w = {.p = p, .q = q};
	struct stat_sum sum = {0};
	double at, before = 0, apart = 0;

	while (next(&w, &at)) {
		if (apart > 0)
			stat_add(&sum, apart * (at - before));
		before = at;
		apart = fabs((double)w.below_p / (double)p->total - (double)w.below_q / (double)q->total);
		if (w.below_p == 0 && w.below_q == 0)
			apart = 0;
	}
	return stat_total(&sum);
}

/* The value of a rank, from 0. */
static double
at_rank(const struct drift_sample *s, int64_t rank)
{
	size_t i = 0;

	for (int64_t below = s->count[0]; below <= rank && i + 1 < s->n; below += s->count[i])
		i++;
	return s->v[i];
}

size_t
drift_edges(const struct drift_sample *q, size_t bins, double *edge)
{
	size_t n = 0;

	for (size_t i = 1; i < bins; i++) {
		double at = (double)i / (double)bins * (double)(q->total - 1), part = at - floor(at);
		double low = at_rank(q, (int64_t)floor(at)),
		       high = part > 0 ? at_rank(q, (int64_t)floor(at) + 1) : low;
		double e = low == high  ? low
		           : part < 0.5 ? low + (high - low) * part
		                        : high - (high - low) * (1 - part);

		if (n == 0 || e > edge[n - 1])
			edge[n++] = e;
	}
	return n;
}

void
drift_bin(const struct drift_sample *s, const double *edge, size_t n, int64_t *bin)
{
	size_t at = 0;

	memset(bin, 0, (n + 1) * sizeof(*bin));
	for (size_t i = 0; i < s->n; i++) {
		while (at < n && edge[at] < s->v[i])
			at++;
		bin[at] += s->count[i];
	}
}
