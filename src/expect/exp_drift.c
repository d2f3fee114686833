/* Is a column distributed as in another asset, or as it was before? */
#include <math.h>

#include "expect/past.h"

#include "base/hash.h"
#include "expect/baseline.h"
#include "expect/check.h"
#include "expect/family.h"
#include "expect/sketch.h"

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
         .names = baseline_names,
         .required = true,
         .doc = "The baseline. An asset (its key or an alias), which has a column of the same name; or the past of this "
                "one: last_good (the newest other data on which no such check failed or warned), previous (the newest "
                "other data), {version: V}, {days_ago: N} (the newest that is at least so old)."},
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

bool
drift_is_of_past(const struct check *c)
{
	return c->expectation == &expect_drift_less && arg_of(c, "against")->flag;
}

/* The same whatever the method, bins and bounds are, and which data is meant. */
struct sv
drift_sketch_name(struct arena *a, const struct check *c)
{
	const struct sv column = c->arg[0].column[0];
	struct hasher h;
	char hex[HASH_HEX];
	bool other;

	hasher_init(&h);
	hasher_add(&h, sv_trim(c->where));
	other = check_hash_rows(c, &h);
	hasher_end(&h, hex);
	if (c->where.n == 0 && !other)
		return column;
	return arena_svf(a, SV_FMT ":%.8s", SV_ARG(column), hex);
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
	       !arg_of(c, "against")->flag && sv_eq(arg_of(c, "against")->text, c->asset->key);
}

/* What is kept is of whole checks, and anybody who may read results may read it. */
static bool
fits_past(const struct check *c, const struct bound *b, struct err *err)
{
	if (c->nby > 0) {
		err_set(err, ERR_ARG, c->by_loc, "how segments were distributed is not on record");
		return err_hint(err, "leave out `by`, or compare with another asset");
	}
	if (b->domain[0]->column->pii) {
		err_set(err, ERR_ARG, arg_of(c, "column")->loc,
		        "column '" SV_FMT "' is pii, and its distribution would keep values of it",
		        SV_ARG(c->arg[0].column[0]));
		return err_hint(err, "compare it with another asset, of which nothing is kept");
	}
	return true;
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
		err_set(err, ERR_ARG, arg_of(c, "against")->loc,
		        "'" SV_FMT "' compares '" SV_FMT "' with itself", SV_ARG(c->written_name),
		        SV_ARG(c->asset->key));
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
	if (drift_is_of_past(c)) {
		other[0] = expr_literal(b->x, value_text(drift_sketch_name(b->a, c)));
		other[1] = expr_literal(b->x, value_text(arg_of(c, "against")->text));
	}
	ret->observed[1] = metric_get(b->m, drift_is_of_past(c) ? &metric_past_sketch : &metric_other_values,
	                              other, 2, NULL, (struct metric_params){.keep = VALUES_MAX});
	ret->nobserved = 2;
	return !drift_is_of_past(c) || fits_past(c, ret, err);
}

/* Judging --------------------------------------------------------------------------------------------------------- */

struct distance {
	double d, probability, bound; /* bound: how far d may be from that of all values */
	bool has_probability;
	size_t bins; /* 0 = none */
};

static bool
measure_points(const struct check *c, const struct sketch *p, const struct sketch *q, struct distance *ret,
               struct err *err)
{
	if (p->kind == SKETCH_CATEGORIES)
		return err_set(err, ERR_EVAL, c->loc, "there are values that are neither numbers nor times");
	ret->has_probability = method_of(c) == KS;
	ret->d = method_of(c) == KS ? drift_ks(&p->sample, &q->sample, &ret->probability)
	                            : drift_wasserstein(&p->sample, &q->sample);
	ret->bound = method_of(c) == KS ? q->error : q->shift;
	return (isfinite(ret->d) && isfinite(ret->bound)) ||
	       err_set(err, ERR_EVAL, c->loc, "there are infinite values, which are infinitely far away");
}

static bool
measure(const struct check *c, const struct sketch *p, const struct sketch *q, struct arena *a,
        struct distance *ret, struct err *err)
{
	const struct arg *bins = arg_of(c, "bins");
	const enum method m = method_of(c);
	int64_t *x, *y;

	if (p->kind != q->kind)
		return err_set(err, ERR_EVAL, c->loc,
		               "the values here and in the baseline are of different kinds");
	if (m == KS || m == WASSERSTEIN)
		return measure_points(c, p, q, ret, err);
	if (p->kind == SKETCH_CATEGORIES)
		sketch_categories(a, p, q, &x, &y, &ret->bins);
	else
		sketch_bins(a, p, q, bins->given ? (size_t)bins->integer : BINS_DEFAULT, &x, &y, &ret->bins);
	ret->has_probability = m == CHI_SQUARE;
	ret->d = m == PSI  ? drift_psi(x, y, ret->bins)
	         : m == JS ? drift_js(x, y, ret->bins)
	                   : drift_chi_square(x, y, ret->bins, &ret->probability);
	return true;
}

/* What it was compared with; of another asset that is all of its values. */
struct before {
	bool past;
	struct sv version, partition;
	int64_t at_us;
};

static const char *
binning_of(const struct sketch *q)
{
	if (q->kind == SKETCH_CATEGORIES)
		return q->exact ? "categories" : "the most frequent categories of the baseline, and the rest";
	return q->exact ? "quantiles of the baseline" : "points of the baseline at or above its quantiles";
}

static void
put_before(struct json_writer *w, const struct before *before, const struct sketch *q)
{
	json_key(w, "baseline");
	json_object_inline(w);
	json_put_sv(w, "version", before->version);
	if (before->partition.n > 0)
		json_put_sv(w, "partition", before->partition);
	json_put_time(w, "at", before->at_us);
	json_put_bool(w, "exact", q->exact);
	json_put_i64(w, "points", (int64_t)(q->kind == SKETCH_CATEGORIES ? q->n : q->sample.n));
	json_object_end(w);
}

static struct sv
details(const struct check *c, const struct distance *d, const struct sketch *q, const struct before *before,
        struct arena *a)
{
	AUTO(buf) b = buf_new(1 << 12);
	struct json_writer w;

	json_write_init(&w, b, 0);
	json_object_inline(&w);
	json_put_str(&w, "method", methods[method_of(c)]);
	if (d->bins > 0) {
		json_put_str(&w, "binning", binning_of(q));
		json_put_i64(&w, "bins", (int64_t)d->bins);
	}
	if (d->has_probability)
		json_put_f64(&w, "p_value", d->probability);
	if (before->past) {
		json_put_f64(&w, "error_bound", d->bound);
		put_before(&w, before, q);
	}
	json_object_end(&w);
	return arena_sv(a, buf_sv(b));
}

static struct sv
message(const struct check *c, const struct distance *d, bool close, struct arena *a)
{
	const struct arg *max = arg_of(c, "max"), *least = arg_of(c, "min_p");
	struct buf text;

	buf_init(&text, 1 << 12);
	buf_printf(&text, "%s to " SV_FMT " is %.6g", nouns[method_of(c)], SV_ARG(arg_of(c, "against")->text),
	           d->d);
	if (d->bound > 0)
		buf_printf(&text, ", give or take %.2g", d->bound);
	if (d->has_probability)
		buf_printf(&text, " (p = %.3g)", d->probability);
	if (!close)
		buf_printf(&text, ", expected at most " SV_FMT, SV_ARG(max->node->text));
	if (least->given && d->probability < least->real)
		buf_printf(&text, ", expected p of at least " SV_FMT, SV_ARG(least->node->text));
	return buf_take(a, &text);
}

/* Where only a summary of the baseline is left, no distance that may be too great passes. */
static void
judge_distance(const struct check *c, const struct sketch *p, const struct sketch *q,
               const struct before *before, struct arena *a, struct verdict *ret)
{
	const struct arg *max = arg_of(c, "max"), *least = arg_of(c, "min_p");
	struct distance d = {0};
	bool close;

	if (!measure(c, p, q, a, &d, &ret->err))
		return;
	close = !max->given || d.d + d.bound <= max->real;
	ret->has_observed = true;
	ret->observed = value_real(d.d);
	ret->has_measure = d.bound > 0;
	ret->measure = d.d + d.bound;
	ret->success = close && (!least->given || d.probability >= least->real);
	ret->details = details(c, &d, q, before, a);
	ret->message = message(c, &d, close, a);
}

static bool
usable(const struct check *c, const struct metric_value *m, bool here, struct err *err)
{
	if (m->list_cut) {
		err_set(err, ERR_LIMIT, c->loc, "there are more than %d different values", VALUES_MAX);
		return err_hint(err, "judge fewer rows with `where`");
	}
	return m->nlist > 0 || err_set(err, ERR_EVAL, c->loc, "there are no values %s to compare",
	                               here ? "here" : "in the baseline");
}

/* Kept whatever comes of it: what is fine is told by the verdict beside it. */
static struct sv
kept(struct arena *a, const struct sketch *whole)
{
	struct sketch s;
	struct json_writer w;
	struct buf b;

	sketch_reduce(a, whole, &s);
	buf_init(&b, (size_t)64 << 20);
	json_write_init(&w, &b, 0);
	sketch_write(&w, &s);
	return buf_take(a, &b);
}

static void
judge_past(const struct check *c, const struct sketch *here, const struct metric_value *m, struct arena *a,
           struct verdict *ret)
{
	struct before before = {.past = true};
	struct sketch base;
	struct baseline pick;

	ret->sketch = kept(a, here);
	if (m->v.kind != VALUE_LIST || m->v.n != 4) {
		if (!baseline_parse(arg_of(c, "against")->text, &pick) || pick.pick == BASELINE_VERSION) {
			err_set(&ret->err, ERR_EVAL, c->loc,
			        "how the column was distributed in " SV_FMT " is not on record",
			        SV_ARG(arg_of(c, "against")->text));
			err_hint(&ret->err, "it is kept by runs of this check, as long as metrics are");
			return;
		}
		ret->undecided = true;
		ret->outcome = OUTCOME_SKIPPED;
		ret->message = arena_svf(a, "learning: there is no baseline (" SV_FMT ") yet",
		                         SV_ARG(arg_of(c, "against")->text));
		return;
	}
	before.version = m->v.list[1].s;
	before.partition = m->v.list[2].s;
	before.at_us = m->v.list[3].i;
	if (sketch_read(a, m->v.list[0].s, &base, &ret->err))
		judge_distance(c, here, &base, &before, a, ret);
}

static void
judge_drift(const struct bound *b, const struct metric_value *const *observed, struct arena *a,
            struct verdict *ret)
{
	const struct check *c = b->check;
	const struct before all = {.past = false};
	struct sketch here, base;

	if (!usable(c, observed[0], true, &ret->err) ||
	    (!drift_is_of_past(c) && !usable(c, observed[1], false, &ret->err)))
		return;
	sketch_of(a, observed[0], &here);
	if (drift_is_of_past(c)) {
		judge_past(c, &here, observed[1], a, ret);
		return;
	}
	sketch_of(a, observed[1], &base);
	judge_distance(c, &here, &base, &all, a, ret);
}

const struct expectation expect_drift_less = {
	.name = "expect_column_drift_to_be_less_than",
	.shorthand = "drift",
	.alias = {"distribution_difference"},
	.noun = "the drift",
	.summary = "A column is distributed as the same column of another asset, or as it was before.",
	.doc = "psi: sum (p - q) ln (p / q) over bins, where an empty bin counts as half a value; js: the "
	       "Jensen-Shannon distance, 0 to 1; chi_square: Pearson's test of homogeneity; ks: the two-sample "
	       "test of Kolmogorov and Smirnov, with the exact probability up to 10000 values; wasserstein: the area "
	       "between the distribution functions. Nulls do not count. Exact: up to a million different values on "
	       "each side, more are an error, and so is a side without values. `where` restricts what is judged, "
	       "an asset that is the baseline. The verdict ends with the version of either asset. Of the past, runs of such "
	       "checks keep how the column is distributed: up to 500 different values exactly, of more numbers and times a "
	       "summary of 500 shares (its `error_bound` is told, and what may be beyond the bound fails), of more "
	       "categories the most frequent and the rest. Without a baseline yet the outcome is skipped.",
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
