/*
 * The Kullback-Leibler divergence of a column from a partition: how far its distribution is from the one that is expected.
 *
 *	D = sum p ln (p / q),  p the observed and q the expected weights, both divided by their sums
 *
 * Kullback and Leibler, "On Information and Sufficiency", Annals of Mathematical Statistics 22 (1951).  0 ln (0 / q) is 0; where p > 0 and q = 0
 * there is no divergence, and the check is not met.  What becomes of values beyond the partition is Great Expectations' rule.
 */
#include <math.h>

#include "expect/family.h"

/* Distinct values that can be told apart; and the sum of a partition's weights is 1 up to this. */
enum { VALUES_MAX = 10000 };
#define WEIGHTS_TOLERANCE 1.001e-5

enum { OBSERVED, COUNT, NOBSERVED };

static const struct param params[] = {
	PARAM_THE_COLUMN,
	{.name = "partition_object",
         .alias = {"partition"},
         .kind = PARAM_MAP,
         .doc = "What is expected: {values: [...], weights: [...]} of single values, or {bins: [...], weights: "
                "[...], tail_weights: [below, above]} of numbers between the edges `bins`, of which there is one "
                "more than weights. The weights add up to 1; the first and last edge may be -.inf and .inf. Without "
                "it the data is compared with itself."},
	{.name = "threshold",
         .alias = {"max", "max_value"},
         .kind = PARAM_REAL,
         .doc = "The greatest divergence. Without it the check always passes, and tells the divergence."},
	{.name = "tail_weight_holdout",
         .kind = PARAM_REAL,
         .bounded = true,
         .max = 1,
         .unit = "ratio",
         .doc = "What is expected beyond the partition: below and above the edges, or of values that it does not "
                "list."},
	{.name = "internal_weight_holdout",
         .kind = PARAM_REAL,
         .bounded = true,
         .max = 1,
         .unit = "ratio",
         .doc = "What is expected in bins whose weight is 0, all together."},
	{.name = "bucketize_data",
         .kind = PARAM_BOOL,
         .dflt = 1,
         .doc = "Without a partition: false counts single values, true numbers in bins."},
};

/* The argument -------------------------------------------------------------------------------------------------------- */

struct partition {
	const struct node *value; /* of single values */
	double *edge, *weight, *tail;
	uint32_t n; /* weights */
};

static bool
numbers(const struct node *n, uint32_t least, const char *what, struct arena *a, double **ret,
        struct diags *d)
{
	double *v;

	if (n->kind != NODE_SEQ || n->n < least || n->n > VALUES_MAX) {
		diag_error(d, n->loc, "'%s' must be a list of %u to %d numbers", what, least, VALUES_MAX);
		return false;
	}
	v = ARENA_ARRAY(a, double, n->n);
	for (size_t i = 0; i < n->n; i++) {
		const struct node *kid = &n->kid[i];

		if (kid->kind != NODE_INT && kid->kind != NODE_REAL) {
			diag_error(d, kid->loc, "'%s' must be numbers", what);
			return false;
		}
		v[i] = kid->kind == NODE_INT ? (double)kid->i : kid->r;
	}
	*ret = v;
	return true;
}

static bool
weights_add_up(const struct node *map, const struct partition *p, struct diags *d)
{
	double sum = p->tail != NULL ? p->tail[0] + p->tail[1] : 0;
	bool negative = p->tail != NULL && (p->tail[0] < 0 || p->tail[1] < 0);

	for (uint32_t i = 0; i < p->n; i++) {
		sum += p->weight[i];
		negative = negative || p->weight[i] < 0;
	}
	if (!negative && fabs(sum - 1) <= WEIGHTS_TOLERANCE)
		return true;
	diag_error(d, map->loc, "the weights of a partition are not negative and add up to 1, not to %.6g",
	           sum);
	return false;
}

static bool
read_edges(const struct node *bins, const struct node *tails, struct arena *a, struct partition *p,
           struct diags *d)
{
	if (!numbers(bins, 2, "bins", a, &p->edge, d))
		return false;
	if (bins->n != p->n + 1) {
		diag_error(d, bins->loc, "there are %zu edges for %u weights, and there must be one more",
		           bins->n, p->n);
		return false;
	}
	for (size_t i = 0; i < p->n; i++)
		if (!(p->edge[i] < p->edge[i + 1])) {
			diag_error(d, bins->kid[i + 1].loc, "the edges of the bins must rise");
			return false;
		}
	if (tails == NULL || tails->kind == NODE_NULL)
		return true;
	if (!numbers(tails, 2, "tail_weights", a, &p->tail, d))
		return false;
	if (tails->n == 2 && isfinite(p->edge[0]) && isfinite(p->edge[p->n]))
		return true;
	diag_error(d, tails->loc,
	           tails->n != 2 ? "'tail_weights' are two: below and above the bins"
	                         : "there are no tails beyond infinity");
	return false;
}

static bool
values_differ(const struct node *list, struct arena *a, struct diags *d)
{
	for (size_t i = 1; i < list->n; i++)
		for (size_t j = 0; j < i; j++)
			if (value_eq(node_value(a, &list->kid[i]), node_value(a, &list->kid[j]))) {
				diag_error(d, list->kid[i].loc,
				           "the value " SV_FMT " stands twice in the partition",
				           SV_ARG(list->kid[i].text));
				return false;
			}
	return true;
}

static bool
read_partition(const struct node *map, struct arena *a, struct partition *p, struct diags *d)
{
	static const char *const keys[] = {"values", "weights", "bins", "tail_weights"};
	const struct node *value = node_get(map, "values"), *bins = node_get(map, "bins"),
			  *weights = node_get(map, "weights");

	*p = (struct partition){.value = value};
	for (size_t i = 0; i < map->n; i++)
		if (!sv_is(map->kid[i].key, keys[0]) && !sv_is(map->kid[i].key, keys[1]) &&
		    !sv_is(map->kid[i].key, keys[2]) && !sv_is(map->kid[i].key, keys[3])) {
			diag_error(d, map->kid[i].key_loc, "a partition has no '" SV_FMT "'",
			           SV_ARG(map->kid[i].key));
			diag_suggest(d, map->kid[i].key, keys, LEN(keys));
			return false;
		}
	if (weights == NULL || (value == NULL) == (bins == NULL)) {
		diag_error(d, map->loc, "a partition has 'weights', and either 'values' or 'bins'");
		return false;
	}
	if (!numbers(weights, 1, "weights", a, &p->weight, d))
		return false;
	p->n = (uint32_t)weights->n;
	if (bins != NULL)
		return read_edges(bins, node_get(map, "tail_weights"), a, p, d) && weights_add_up(map, p, d);
	if (value->kind != NODE_SEQ || value->n != p->n) {
		diag_error(d, value->loc, "there must be as many values as weights, %u", p->n);
		return false;
	}
	return values_differ(value, a, d) && weights_add_up(map, p, d);
}

static void
validate(const struct check *c, struct diags *d)
{
	const struct arg *map = arg_of(c, "partition_object"), *tail = arg_of(c, "tail_weight_holdout"),
			 *internal = arg_of(c, "internal_weight_holdout"),
			 *threshold = arg_of(c, "threshold");
	AUTO(arena) a = arena_new();
	struct partition p = {0};

	if (threshold->given && threshold->real < 0)
		diag_error(d, threshold->loc, "'threshold' must not be negative: no divergence is");
	if (map->given && !read_partition(map->node, a, &p, d))
		return;
	if (internal->real > 0 && (p.value != NULL || (!map->given && !arg_of(c, "bucketize_data")->flag)))
		diag_error(d, internal->loc, "'internal_weight_holdout' is for bins, not for single values");
	if (tail->real > 0 && p.edge != NULL &&
	    (p.tail != NULL || (isinf(p.edge[0]) && isinf(p.edge[p.n])))) {
		diag_error(d, tail->loc,
		           "'tail_weight_holdout' is for partitions that say nothing of the tails");
		diag_hint(d, "It has tail_weights, or both of its ends are infinite.");
	}
	if (tail->real > 0 && !map->given && arg_of(c, "bucketize_data")->flag)
		diag_error(
			d, tail->loc,
			"'tail_weight_holdout' needs a partition: one that is made of the data has no tails");
	if (p.edge != NULL && !arg_of(c, "bucketize_data")->flag)
		diag_error(d, map->loc, "a partition into bins needs 'bucketize_data'");
	if (tail->real + internal->real > 1)
		diag_error(d, tail->loc, "both holdouts together are more than 1");
}

/* Binding ------------------------------------------------------------------------------------------------------------- */

/* What the edges follow from, as arguments of the histogram. */
static bool
bind_data_bins(struct binder *b, struct bound *ret, struct err *err)
{
	static const double quarter[] = {0.25}, three_quarters[] = {0.75};
	static const struct type number = {.kind = TYPE_NUMBER}, integer = {.kind = TYPE_INTEGER};
	const struct expr *x = ret->domain[0], *arg[5] = {x};
	struct metric_params none = {0};
	const struct metric *least = metric_get(b->m, &metric_min, &x, 1, ret->where, none),
			    *greatest = metric_get(b->m, &metric_max, &x, 1, ret->where, none),
			    *low = metric_get(b->m, &metric_quantiles, &x, 1, ret->where,
	                                      (struct metric_params){.ratios = quarter, .nratio = 1}),
			    *high = metric_get(b->m, &metric_quantiles, &x, 1, ret->where,
	                                       (struct metric_params){.ratios = three_quarters, .nratio = 1});

	arg[1] = expr_metric(b->x, least, x->type);
	arg[2] = expr_metric(b->x, greatest, x->type);
	arg[3] = expr_call2(b->x, OP_SUB, expr_metric(b->x, high, number), expr_metric(b->x, low, number),
	                    err);
	arg[4] = expr_metric(b->x, ret->nonnull, integer);
	if (arg[3] == NULL)
		return false;
	ret->observed[OBSERVED] = metric_get(b->m, &metric_histogram, arg, LEN(arg), ret->where,
	                                     (struct metric_params){.flag = true});
	return true;
}

static bool
bind(struct binder *b, const struct check *c, struct bound *ret, struct err *err)
{
	const struct arg *map = arg_of(c, "partition_object");
	struct partition p = {0};
	struct diags d;

	diags_init(&d, b->a);
	if (map->given && !read_partition(map->node, b->a, &p, &d))
		return first_mistake(&d, err);
	if (!bind_domain(b, c, ret, err))
		return false;
	bind_column_counts(b, c, ret);
	ret->observed[COUNT] = ret->nonnull;
	ret->nobserved = NOBSERVED;
	if (p.value != NULL || (!map->given && !arg_of(c, "bucketize_data")->flag)) {
		ret->observed[OBSERVED] = metric_get(b->m, &metric_groups, ret->domain, 1, ret->where,
		                                     (struct metric_params){.keep = VALUES_MAX});
		return true;
	}
	if (!bind_numeric(b, c, err))
		return false;
	if (!map->given)
		return bind_data_bins(b, ret, err);
	ret->observed[OBSERVED] = metric_get(b->m, &metric_histogram, ret->domain, 1, ret->where,
	                                     (struct metric_params){.ratios = p.edge, .nratio = p.n + 1});
	return true;
}

/* Judging ------------------------------------------------------------------------------------------------------------- */

/* Two distributions over the same n things, and what they are called. */
struct weights {
	uint32_t n;
	double *observed, *expected;
	struct value
		*label; /* values, or the edges of the bins: one more than there are bins between the tails */
	bool bins;      /* then the first and the last are the tails */
};

static struct weights
weights_new(struct arena *a, uint32_t n, bool bins)
{
	return (struct weights){.n = n,
	                        .observed = ARENA_ARRAY(a, double, n),
	                        .expected = ARENA_ARRAY(a, double, n),
	                        .label = ARENA_ARRAY(a, struct value, n),
	                        .bins = bins};
}

/* Values that the partition lists, in its order, then those that it does not. */
static struct weights
of_values(const struct bound *b, const struct partition *p, const struct metric_value *seen, double count,
          struct arena *a)
{
	struct weights w = weights_new(a, p->n + seen->nlist, false);
	double holdout = arg_of(b->check, "tail_weight_holdout")->real;
	bool *known = ARENA_ARRAY(a, bool, seen->nlist);
	uint32_t strangers;

	w.n = p->n;
	for (uint32_t i = 0; i < p->n; i++) {
		w.label[i] = arg_value(a, &p->value->kid[i], b->domain[0]->type);
		w.expected[i] = p->weight[i];
		for (uint32_t k = 0; k < seen->nlist; k++)
			if (!known[k] && value_eq(w.label[i], seen->list[k])) {
				known[k] = true;
				w.observed[i] = (double)seen->list_count[k] / count;
			}
	}
	for (uint32_t k = 0; k < seen->nlist; k++)
		if (!known[k]) {
			w.label[w.n] = seen->list[k];
			w.observed[w.n++] = (double)seen->list_count[k] / count;
		}
	strangers = w.n - p->n;
	for (uint32_t i = 0; strangers > 0 && i < w.n; i++)
		w.expected[i] = i < p->n ? w.expected[i] * (1 - holdout) : holdout / strangers;
	return w;
}

/* What is counted is what is expected. */
static struct weights
of_themselves(const struct metric_value *seen, double count, struct arena *a)
{
	struct weights w = weights_new(a, seen->nlist, false);

	for (uint32_t i = 0; i < w.n; i++) {
		w.label[i] = seen->list[i];
		w.observed[i] = w.expected[i] = (double)seen->list_count[i] / count;
	}
	return w;
}

/* Bins without weight share what is held back for them. */
static void
fill_empty_bins(double *weight, uint32_t n, double holdout)
{
	uint32_t empty = 0;

	for (uint32_t i = 0; i < n; i++)
		empty += weight[i] == 0;
	for (uint32_t i = 0; holdout > 0 && i < n; i++)
		if (weight[i] == 0)
			weight[i] = holdout / empty;
}

/*
 * The tail below, the bins, the tail above.  An infinite end has its tail in the outermost bin, so that one is the tail then.  seen has the edges, and
 * counts with both tails.
 */
static struct weights
of_bins(const struct bound *b, const struct partition *p, const struct metric_value *seen, double count,
        struct arena *a)
{
	uint32_t nbin = seen->nlist - 2, first = 0, last = nbin;
	double tail = arg_of(b->check, "tail_weight_holdout")->real,
	       internal = arg_of(b->check, "internal_weight_holdout")->real,
	       *weight = ARENA_ARRAY(a, double, nbin);
	bool low_open = isinf(seen->list[0].r), high_open = isinf(seen->list[nbin].r);
	struct weights w = weights_new(a, nbin + 3, true);

	for (uint32_t i = 0; i < nbin; i++)
		weight[i] = (p->weight != NULL ? p->weight[i] : (double)seen->list_count[i + 1] / count) *
		            (1 - tail - internal);
	fill_empty_bins(weight, nbin, internal);
	first += low_open;
	last -= high_open && last > first;
	w.observed[0] = (double)seen->list_count[low_open ? 1 : 0] / count;
	w.expected[0] = low_open ? weight[0] : p->tail != NULL ? p->tail[0] : high_open ? tail : tail / 2;
	w.n = 1;
	for (uint32_t i = first; i < last; i++) {
		w.label[w.n - 1] = seen->list[i];
		w.observed[w.n] = (double)seen->list_count[i + 1] / count;
		w.expected[w.n++] = weight[i];
	}
	w.label[w.n - 1] = seen->list[last];
	/* Of one bin from infinity to infinity the tail below is all. */
	if (high_open && low_open && nbin == 1)
		return w.n++, w;
	w.observed[w.n] = (double)seen->list_count[high_open ? nbin : nbin + 1] / count;
	w.expected[w.n++] = high_open         ? weight[nbin - 1]
	                    : p->tail != NULL ? p->tail[1]
	                    : low_open        ? tail
	                                      : tail / 2;
	return w;
}

/* Infinite where something occurs that is not expected, NaN of nothing. */
static double
divergence(const struct weights *w)
{
	double p = 0, q = 0, sum = 0;

	for (uint32_t i = 0; i < w->n; i++) {
		p += w->observed[i];
		q += w->expected[i];
	}
	for (uint32_t i = 0; i < w->n; i++) {
		double x = w->observed[i] / p, y = w->expected[i] / q;

		if (w->observed[i] > 0)
			sum += w->expected[i] > 0 ? x * log(x / y) : INFINITY;
	}
	if (!(p > 0) || !(q > 0))
		return NAN;
	/* It is never negative; below this there is nothing but rounding. */
	return sum < 1e-15 ? 0 : sum;
}

static void
write_list(struct json_writer *w, const char *key, const double *v, uint32_t n)
{
	json_key(w, key);
	json_array_inline(w);
	for (uint32_t i = 0; i < n; i++)
		json_f64(w, v[i]);
	json_array_end(w);
}

static void
write_partition(const struct bound *b, struct json_writer *w, const char *name, const struct weights *from,
                const double *weight)
{
	bool pii = b->domain[0]->column->pii;
	uint32_t nlabel = from->bins ? from->n - 1 : from->n;

	json_key(w, name);
	json_object(w);
	json_key(w, from->bins ? "bins" : "values");
	json_array_inline(w);
	for (uint32_t i = 0; i < nlabel; i++)
		value_to_json(pii && !from->bins ? value_text(SV("***")) : from->label[i], w);
	json_array_end(w);
	if (from->bins) {
		double tails[] = {weight[0], weight[from->n - 1]};

		write_list(w, "weights", weight + 1, from->n - 2);
		write_list(w, "tail_weights", tails, 2);
	} else {
		write_list(w, "weights", weight, from->n);
	}
	json_object_end(w);
}

static struct sv
details(const struct bound *b, const struct weights *from, struct arena *a)
{
	struct json_writer w;
	struct buf text;

	buf_init(&text, 16 << 20);
	json_write_init(&w, &text, 0);
	json_object(&w);
	write_partition(b, &w, "observed_partition", from, from->observed);
	write_partition(b, &w, "expected_partition", from, from->expected);
	json_object_end(&w);
	if (!buf_check(&text, "the partitions", NULL))
		buf_clear(&text);
	return buf_take(a, &text);
}

static void
judge_kl(const struct bound *b, const struct metric_value *const *observed, struct arena *a,
         struct verdict *ret)
{
	const struct arg *map = arg_of(b->check, "partition_object"),
			 *threshold = arg_of(b->check, "threshold");
	const struct metric_value *seen = observed[OBSERVED];
	double count = (double)observed[COUNT]->count, kl;
	struct partition p = {0};
	struct diags d;
	struct weights w;

	diags_init(&d, a);
	if (map->given && !read_partition(map->node, a, &p, &d) && !first_mistake(&d, &ret->err))
		return;
	ret->has_observed = true;
	ret->success = !threshold->given;
	if (count == 0) {
		ret->message = SV("the divergence does not exist: there are no values");
		return;
	}
	if (seen->list_cut) {
		err_set(&ret->err, ERR_LIMIT, b->check->loc, "there are more than %d distinct values",
		        VALUES_MAX);
		err_hint(&ret->err, "a partition into bins has no such limit");
		return;
	}
	w = b->observed[OBSERVED]->kind == &metric_histogram ? of_bins(b, &p, seen, count, a)
	    : p.value != NULL                                ? of_values(b, &p, seen, count, a)
	                                                     : of_themselves(seen, count, a);
	kl = divergence(&w);
	ret->details = details(b, &w, a);
	if (!isfinite(kl)) {
		ret->message = SV("the divergence is infinite: there are values where none is expected");
		return;
	}
	ret->observed = value_real(kl);
	ret->success = ret->success || kl <= threshold->real;
	ret->message = threshold->given ? arena_svf(a, "the divergence is %.6g, expected at most %.6g", kl,
	                                            threshold->real)
	                                : arena_svf(a, "the divergence is %.6g", kl);
}

const struct expectation expect_kl_divergence = {
	.name = "expect_column_kl_divergence_to_be_less_than",
	.shorthand = "kl_divergence",
	.noun = "the divergence",
	.summary =
		"The column's distribution is close to the expected one, by the Kullback-Leibler divergence.",
	.doc = "The divergence is the sum of p ln(p / q) over single values or bins, p observed and q expected, both "
	       "scaled to add up to 1. It is 0 where both are equal. Values where none is expected make it infinite, "
	       "which fails: holdouts say how much of them is. A bin holds its lower edge, the last one both. At most "
	       "10 000 distinct values, or bins.",
	.example = "kl_divergence: {column: channel, partition: {values: [web, shop], weights: [0.7, 0.3]}, "
		   "threshold: 0.1}",
	.peers = {.gx = "`expect_column_kl_divergence_to_be_less_than`",
                  .soda = "`distribution_difference`",
                  .deequ = "`kllSketchSatisfies`, in part"},
	.family = FAMILY_AGGREGATE,
	.params = params,
	.nparams = LEN(params),
	.validate = validate,
	.bind = bind,
	.judge = judge_kl,
};
