/* Is a column distributed as in another asset? */
#include <math.h>

#include "base/drift.h"
#include "expect/family.h"

enum method { PSI, KS, JS, CHI_SQUARE, WASSERSTEIN };
static const char *const methods[] = {"psi", "ks", "js", "chi_square", "wasserstein", NULL};
static const char *const nouns[] = {"the population stability index", "the Kolmogorov-Smirnov distance",
                                    "the Jensen-Shannon distance", "chi-square", "the Wasserstein distance"};

/* Different values of one side that are kept; beyond, the check is an error. */
enum { VALUES_MAX = 1000000, BINS_DEFAULT = 10, BINS_MAX = 1000 };

static const struct param params[] = {
	PARAM_THE_COLUMN,
	{.name = "against",
         .alias = {"baseline"},
         .kind = PARAM_ASSET,
         .required = true,
         .doc = "The asset that is the baseline: its key or an alias. It has a column of the same name."},
	{.name = "method",
         .kind = PARAM_ENUM,
         .names = methods,
         .doc = "psi (the default), ks, js, chi_square or wasserstein."},
	{.name = "bins",
         .kind = PARAM_INTEGER,
         .bounded = true,
         .min = 2,
         .max = BINS_MAX,
         .doc = "Of psi, js and chi_square on numbers and times: quantile bins of the baseline; default 10. "
                "Other values are categories."},
	{.name = "max", .alias = {"threshold"}, .kind = PARAM_REAL, .doc = "The greatest distance."},
	{.name = "min_p",
         .kind = PARAM_REAL,
         .bounded = true,
         .max = 1,
         .doc = "Of ks and chi_square: the least probability of a distance as great, were both samples of one "
                "distribution."},
};

static enum method
method_of(const struct check *c)
{
	return (enum method)arg_of(c, "method")->choice;
}

static void
validate(const struct check *c, struct diags *d)
{
	const struct arg *bins = arg_of(c, "bins"), *p = arg_of(c, "min_p"), *max = arg_of(c, "max");
	enum method m = method_of(c);

	if (bins->given && (m == KS || m == WASSERSTEIN))
		diag_error(d, bins->loc, "%s has no bins", methods[m]);
	if (p->given && m != KS && m != CHI_SQUARE)
		diag_error(d, p->loc, "%s has no probability", methods[m]);
	if (max->given && max->real < 0)
		diag_error(d, max->loc, "a distance is never below 0");
}

static bool
is_ordered(struct type t)
{
	return type_is_numeric(t) || type_is_temporal(t);
}

/* All rows against all rows: the distance is 0 whatever they are. */
static bool
is_itself(const struct check *c)
{
	return c->asset != NULL && c->asset->ndim == 0 && c->where.n == 0 && c->nby == 0 &&
	       sv_eq(arg_of(c, "against")->text, c->asset->key);
}

static bool
bind(struct binder *b, const struct check *c, struct bound *ret, struct err *err)
{
	const struct expr *other[2];
	struct type t;
	char text[TYPE_TEXT_MAX];

	if (!arg_of(c, "max")->given && !arg_of(c, "min_p")->given && !c->warn.set && !c->fail.set)
		return err_set(err, ERR_ARG, c->loc, "'" SV_FMT "' needs max or min_p",
		               SV_ARG(c->written_name));
	if (is_itself(c)) {
		err_set(err, ERR_ARG, arg_of(c, "against")->loc, "'" SV_FMT "' compares '" SV_FMT "' with itself",
		        SV_ARG(c->written_name), SV_ARG(c->asset->key));
		return err_hint(err, "Name another asset, or give the check a `where`.");
	}
	if (!bind_domain(b, c, ret, err))
		return false;
	/* Only the column: the baseline's name is no column. */
	ret->ndomain = 1;
	t = ret->domain[0]->type;
	if ((method_of(c) == KS || method_of(c) == WASSERSTEIN) && !is_ordered(t) && t.kind != TYPE_ANY &&
	    t.kind != TYPE_NULL && t.kind != TYPE_VARIANT)
		return err_set(err, ERR_ARG, arg_of(c, "column")->loc,
		               "column '" SV_FMT "' is of type %s, and %s needs numbers or times",
		               SV_ARG(ret->domain[0]->column->name), type_text(t, text),
		               methods[method_of(c)]);
	bind_column_counts(b, c, ret);
	ret->observed[0] = metric_get(b->m, &metric_distinct, ret->domain, 1, ret->where,
	                              (struct metric_params){.keep = VALUES_MAX});
	other[0] = expr_literal(b->x, value_text(arg_of(c, "against")->text));
	other[1] = expr_literal(b->x, value_text(c->arg[0].column[0]));
	ret->observed[1] = metric_get(b->m, &metric_other_values, other, 2, NULL,
	                              (struct metric_params){.keep = VALUES_MAX});
	ret->nobserved = 2;
	return true;
}

/* Judging --------------------------------------------------------------------------------------------------------- */

static bool
number_of(struct value v, double *ret)
{
	if (value_is_numeric(v))
		*ret = value_to_f64(v);
	else if (type_is_temporal(value_type(v)))
		*ret = (double)v.i;
	else
		return false;
	return true;
}

static bool
sample_of(struct arena *a, const struct metric_value *m, struct drift_sample *ret)
{
	double *v = ARENA_ARRAY(a, double, m->nlist);
	int64_t *count = ARENA_ARRAY(a, int64_t, m->nlist);

	*ret = (struct drift_sample){.v = v, .count = count};
	for (uint32_t i = 0; i < m->nlist; i++) {
		double x;

		if (!number_of(m->list[i], &x))
			return false;
		ret->total += m->list_count[i];
		/* Whole numbers beyond 2^53 may be the same double. */
		if (ret->n > 0 && v[ret->n - 1] == x) {
			count[ret->n - 1] += m->list_count[i];
			continue;
		}
		v[ret->n] = x;
		count[ret->n++] = m->list_count[i];
	}
	return true;
}

struct table {
	int64_t *p, *q;
	size_t n;
};

/* Both lists are sorted by value_order. */
static void
categories(struct arena *a, const struct metric_value *p, const struct metric_value *q, struct table *ret)
{
	size_t most = (size_t)p->nlist + q->nlist;
	uint32_t i = 0, j = 0;

	*ret = (struct table){.p = ARENA_ARRAY(a, int64_t, most), .q = ARENA_ARRAY(a, int64_t, most)};
	while (i < p->nlist || j < q->nlist) {
		int order = i == p->nlist ? 1 : j == q->nlist ? -1 : value_order(p->list[i], q->list[j]);

		if (order <= 0)
			ret->p[ret->n] = p->list_count[i++];
		if (order >= 0)
			ret->q[ret->n] = q->list_count[j++];
		ret->n++;
	}
}

static void
quantile_bins(struct arena *a, const struct drift_sample *p, const struct drift_sample *q, size_t bins,
              struct table *ret)
{
	double *edge = ARENA_ARRAY(a, double, bins);
	size_t n = drift_edges(q, bins, edge);

	*ret = (struct table){
		.p = ARENA_ARRAY(a, int64_t, n + 1), .q = ARENA_ARRAY(a, int64_t, n + 1), .n = n + 1};
	drift_bin(p, edge, n, ret->p);
	drift_bin(q, edge, n, ret->q);
}

struct distance {
	double d, probability;
	bool has_probability;
	size_t bins; /* 0 = none */
	bool categories;
};

static bool
measure(const struct check *c, const struct metric_value *p, const struct metric_value *q, struct arena *a,
        struct distance *ret, struct err *err)
{
	const struct arg *bins = arg_of(c, "bins");
	struct drift_sample x, y;
	bool ordered = sample_of(a, p, &x);
	enum method m = method_of(c);
	struct table t;

	if (sample_of(a, q, &y) != ordered)
		return err_set(err, ERR_EVAL, c->loc,
		               "the values here and in the baseline are of different kinds");
	if (m == KS || m == WASSERSTEIN) {
		if (!ordered)
			return err_set(err, ERR_EVAL, c->loc,
			               "there are values that are neither numbers nor times");
		ret->has_probability = m == KS;
		ret->d = m == KS ? drift_ks(&x, &y, &ret->probability) : drift_wasserstein(&x, &y);
		return isfinite(ret->d) ||
		       err_set(err, ERR_EVAL, c->loc,
		               "there are infinite values, which are infinitely far away");
	}
	if (ordered)
		quantile_bins(a, &x, &y, bins->given ? (size_t)bins->integer : BINS_DEFAULT, &t);
	else
		categories(a, p, q, &t);
	ret->bins = t.n;
	ret->categories = !ordered;
	ret->has_probability = m == CHI_SQUARE;
	ret->d = m == PSI  ? drift_psi(t.p, t.q, t.n)
	         : m == JS ? drift_js(t.p, t.q, t.n)
	                   : drift_chi_square(t.p, t.q, t.n, &ret->probability);
	return true;
}

static struct sv
details(const struct check *c, const struct distance *d, struct arena *a)
{
	AUTO(buf) b = buf_new(1 << 12);
	struct json_writer w;

	json_write_init(&w, b, 0);
	json_object_inline(&w);
	json_put_str(&w, "method", methods[method_of(c)]);
	if (d->bins > 0) {
		json_put_str(&w, "binning", d->categories ? "categories" : "quantiles of the baseline");
		json_put_i64(&w, "bins", (int64_t)d->bins);
	}
	if (d->has_probability)
		json_put_f64(&w, "p_value", d->probability);
	json_object_end(&w);
	return arena_sv(a, buf_sv(b));
}

static void
judge_drift(const struct bound *b, const struct metric_value *const *observed, struct arena *a,
            struct verdict *ret)
{
	const struct check *c = b->check;
	const struct arg *max = arg_of(c, "max"), *least = arg_of(c, "min_p");
	struct sv against = arg_of(c, "against")->text;
	struct distance d = {0};
	struct buf text;

	for (int i = 0; i < 2; i++) {
		if (observed[i]->list_cut) {
			err_set(&ret->err, ERR_LIMIT, c->loc, "there are more than %d different values",
			        VALUES_MAX);
			err_hint(&ret->err, "judge fewer rows with `where`");
			return;
		}
		if (observed[i]->nlist == 0) {
			err_set(&ret->err, ERR_EVAL, c->loc, "there are no values %s to compare",
			        i == 0 ? "here" : "in the baseline");
			return;
		}
	}
	if (!measure(c, observed[0], observed[1], a, &d, &ret->err))
		return;
	ret->has_observed = true;
	ret->observed = value_real(d.d);
	ret->success = (!max->given || d.d <= max->real) && (!least->given || d.probability >= least->real);
	ret->details = details(c, &d, a);
	buf_init(&text, 1 << 12);
	buf_printf(&text, "%s to " SV_FMT " is %.6g", nouns[method_of(c)], SV_ARG(against), d.d);
	if (d.has_probability)
		buf_printf(&text, " (p = %.3g)", d.probability);
	if (max->given && d.d > max->real)
		buf_printf(&text, ", expected at most " SV_FMT, SV_ARG(max->node->text));
	if (least->given && d.probability < least->real)
		buf_printf(&text, ", expected p of at least " SV_FMT, SV_ARG(least->node->text));
	ret->message = buf_take(a, &text);
}

const struct expectation expect_drift_less = {
	.name = "expect_column_drift_to_be_less_than",
	.shorthand = "drift",
	.alias = {"distribution_difference"},
	.noun = "the drift",
	.summary = "A column is distributed as the same column of another asset.",
	.doc = "psi: sum (p - q) ln (p / q) over bins, where an empty bin counts as half a value; js: the "
	       "Jensen-Shannon distance, 0 to 1; chi_square: Pearson's test of homogeneity; ks: the two-sample "
	       "test of Kolmogorov and Smirnov, with the exact probability up to 10000 values; wasserstein: the area "
	       "between the distribution functions. Nulls do not count. Exact: up to a million different values on "
	       "each side, more are an error, and so is a side without values. `where` restricts what is judged, "
	       "not the baseline. The verdict ends with the version of either asset.",
	.on_nothing = "Nulls do not count; a side without values is an error.",
	.peers = {.soda = "`distribution_difference(c) > x`"},
	.example = "drift: {column: amount, against: raw/reference, method: psi, max: 0.2}",
	.family = FAMILY_AGGREGATE,
	.params = params,
	.nparams = LEN(params),
	.validate = validate,
	.bind = bind,
	.judge = judge_drift,
};
