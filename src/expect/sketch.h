/*
 * How a column was distributed, in bounded size: kept with each run of a drift check that compares with the past of its asset.
 *
 * Numbers and times are points (value, how many values are at most this and greater than that of the point before):
 *
 *	exact        up to SKETCH_POINTS different values: a point each
 *	summary      of more: a point wherever another 1 / SKETCH_POINTS of the values is full.  A value that alone makes up as much has a
 *	             point of its own.  At each point the share of what is at most so great is exact; between two points it is off by less than `error`
 *	             at most (so is the distance of Kolmogorov and Smirnov), and `shift` is by how much a value was moved on average (so much the
 *	             Wasserstein distance is off at most, by the triangle inequality).
 *
 * Other values are categories with exact counts: the SKETCH_POINTS most frequent, and how many values are of none of them.
 */
#ifndef WEIR_EXPECT_SKETCH_H
#define WEIR_EXPECT_SKETCH_H

#include "base/drift.h"
#include "metric/metric.h"

enum { SKETCH_POINTS = 500 };
enum sketch_kind { SKETCH_NUMBERS, SKETCH_DATES, SKETCH_TIMES, SKETCH_CATEGORIES };
extern const char *const sketch_kind_names[5];

struct sketch {
	enum sketch_kind kind;
	struct drift_sample sample; /* of numbers and times: points in order */
	bool exact;
	double error, shift;
	const struct sv *label; /* of categories: as JSON, sorted */
	const int64_t *count;
	size_t n;
	int64_t rest; /* values of other categories */
};

/* All of it, of the list of a metric_distinct. */
void sketch_of(struct arena *a, const struct metric_value *m, struct sketch *ret);
/* In bounded size. */
void sketch_reduce(struct arena *a, const struct sketch *whole, struct sketch *ret);
void sketch_write(struct json_writer *w, const struct sketch *s);
MUST_CHECK bool sketch_read(struct arena *a, struct sv json, struct sketch *ret, struct err *err);

/* p[n], q[n]: counts of both by category; of one whose rest is not empty all that it does not name is one bin, the last. */
void sketch_categories(struct arena *a, const struct sketch *p, const struct sketch *q, int64_t **pcount,
                       int64_t **qcount, size_t *n);
/*
 * Counts of both in at most `bins` bins that hold as much of q each.  Of an exact q the edges are its quantiles (drift_edges), of a summary the
 * points at or above these, where its counts are exact.
 */
void sketch_bins(struct arena *a, const struct sketch *p, const struct sketch *q, size_t bins,
                 int64_t **pcount, int64_t **qcount, size_t *n);

#endif
