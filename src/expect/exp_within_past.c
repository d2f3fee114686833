/*
 * A number between bounds that are computed from its past: `min: 0.8 * average(10)`, `max: max(5) + 1`.
 *
 * A change in percent is measured by the size of what was before; a bound is a number, so it means the same when what was before is negative.
 */
#include <math.h>

#include "base/num.h"
#include "base/stat.h"
#include "expect/family.h"
#include "expect/past.h"

static const struct param params[] = {
	PARAMS_PAST,
	{.name = "min",
         .kind = PARAM_TEXT,
         .doc = "The least number: sums, products and quotients of numbers, previous (the point before), and "
                "average(N), median(N), min(N), max(N), sum(N), stdev(N) of the last N: 0.8 * average(10) - 2."},
	{.name = "max", .kind = PARAM_TEXT, .doc = "The greatest number, said likewise."},
	{.name = "strict_min", .kind = PARAM_BOOL, .doc = "The lower bound itself is out of range."},
	{.name = "strict_max", .kind = PARAM_BOOL, .doc = "The upper bound itself is out of range."},
	{.name = "outside", .kind = PARAM_BOOL, .doc = "true: the number must not lie in the range."},
};

enum { DEPTH_MAX = 30, LAST_MAX = 1000 };

/* A bound that is being computed; without a past it is only read. */
struct bound_text {
	struct sv rest;
	const struct check *c;
	const struct past *past;
	struct arena *a;
	size_t need, have, left_out; /* where there are too few points: how many of how many */
	int depth;
	bool asks, lacks; /* the past; enough of it */
	const char *why;  /* NULL: nothing is wrong */
};

static bool
wrong(struct bound_text *t, const char *why)
{
	if (t->why == NULL)
		t->why = why;
	return false;
}

static char
next(struct bound_text *t)
{
	while (t->rest.n > 0 && (t->rest.p[0] == ' ' || t->rest.p[0] == '\t' || t->rest.p[0] == '\n'))
		t->rest = sv_skip(t->rest, 1);
	return t->rest.n > 0 ? t->rest.p[0] : '\0';
}

static bool
take(struct bound_text *t, char c)
{
	if (next(t) != c)
		return false;
	t->rest = sv_skip(t->rest, 1);
	return true;
}

/* Numbers of the past ------------------------------------------------------------------------------------------------- */

enum how { AVERAGE, MEDIAN, LEAST, GREATEST, SUM, STDEV, PREVIOUS };
static const char *const names[] = {"average", "median", "min", "max", "sum", "stdev", "previous"};

static double
sum_of(const double *v, size_t n, double center, bool squares)
{
	struct stat_sum sum = {0};

	for (size_t i = 0; i < n; i++)
		stat_add(&sum, squares ? (v[i] - center) * (v[i] - center) : v[i] - center);
	return stat_total(&sum);
}

/* The standard deviation is that of a sample: of one point there is none. */
static double
combine(double *v, size_t n, enum how how)
{
	const double count = (double)n;

	switch (how) {
	case AVERAGE:
		return sum_of(v, n, 0, false) / count;
	case SUM:
		return sum_of(v, n, 0, false);
	case STDEV:
		return sqrt(sum_of(v, n, sum_of(v, n, 0, false) / count, true) / (count - 1));
	case PREVIOUS:
		return v[n - 1];
	case MEDIAN:
	case LEAST:
	case GREATEST:
		break;
	}
	stat_sort(v, n);
	return how == MEDIAN ? stat_quantile(v, n, 0.5) : how == LEAST ? v[0] : v[n - 1];
}

/* Without enough points it is no number. */
static bool
ask(struct bound_text *t, enum how how, size_t last, double *ret)
{
	struct past_choice choice = {.exclude = how == PREVIOUS ? EXCLUDE_NONE : past_exclude_of(t->c),
	                             .season = SEASON_NONE,
	                             .since = past_since_of(t->c),
	                             .last = last};
	size_t n = 0, left_out = 0;
	double *v;

	t->asks = true;
	*ret = NAN;
	if (t->past == NULL)
		return true;
	v = past_choose(t->a, t->past, &choice, &n, &left_out);
	if (n == last)
		*ret = combine(v, n, how);
	else if (!t->lacks || last > t->need)
		t->need = last, t->have = n, t->left_out = left_out;
	t->lacks = t->lacks || n < last;
	return true;
}

static bool
read_name(struct bound_text *t, double *ret)
{
	size_t len = 0, how = 0;
	int64_t n = 1;
	struct sv name, count;

	while (len < t->rest.n && ((t->rest.p[len] >= 'a' && t->rest.p[len] <= 'z') || t->rest.p[len] == '_'))
		len++;
	name = (struct sv){t->rest.p, len};
	while (how < LEN(names) && !sv_is(name, names[how]))
		how++;
	if (how == LEN(names))
		return wrong(t, "it knows average, median, min, max, sum, stdev and previous only");
	t->rest = sv_skip(t->rest, len);
	if (how == PREVIOUS)
		return ask(t, PREVIOUS, 1, ret);
	if (!take(t, '('))
		return wrong(t, "how many points is said in parentheses: average(10)");
	count = sv_trim(sv_cut(&t->rest, ')'));
	if (!num_i64(count, &n) || n < (how == STDEV ? 2 : 1) || n > LAST_MAX)
		return wrong(t, how == STDEV ? "a standard deviation is of 2 to 1000 points"
		                             : "it is made of 1 to 1000 points");
	return ask(t, (enum how)how, (size_t)n, ret);
}

/* Arithmetic ----------------------------------------------------------------------------------------------------------- */

static bool read_sum(struct bound_text *t, double *ret);

static bool
read_number(struct bound_text *t, double *ret)
{
	size_t n = 0;

	while (n < t->rest.n && ((t->rest.p[n] >= '0' && t->rest.p[n] <= '9') || t->rest.p[n] == '.' ||
	                         (n > 0 && (t->rest.p[n] == 'e' || t->rest.p[n] == 'E'))))
		n++;
	if (n == 0 || !num_f64((struct sv){t->rest.p, n}, ret))
		return wrong(t, "a number, or one of the past, is expected");
	t->rest = sv_skip(t->rest, n);
	return true;
}

static bool
read_one(struct bound_text *t, double *ret)
{
	const char c = next(t);
	bool ok;

	if (++t->depth > DEPTH_MAX)
		return wrong(t, "it is nested too deep");
	if (take(t, '-')) {
		ok = read_one(t, ret);
		*ret = -*ret;
	} else if (take(t, '(')) {
		ok = read_sum(t, ret) && (take(t, ')') || wrong(t, "a ) is missing"));
	} else {
		ok = c >= 'a' && c <= 'z' ? read_name(t, ret) : read_number(t, ret);
	}
	t->depth--;
	return ok;
}

static bool
read_product(struct bound_text *t, double *ret)
{
	double by = 0;

	if (!read_one(t, ret))
		return false;
	for (;;) {
		const bool divide = next(t) == '/';

		if (!take(t, '*') && !take(t, '/'))
			return true;
		if (!read_one(t, &by))
			return false;
		*ret = divide ? *ret / by : *ret * by;
	}
}

static bool
read_sum(struct bound_text *t, double *ret)
{
	double more = 0;

	if (!read_product(t, ret))
		return false;
	for (;;) {
		const bool minus = next(t) == '-';

		if (!take(t, '+') && !take(t, '-'))
			return true;
		if (!read_product(t, &more))
			return false;
		*ret = minus ? *ret - more : *ret + more;
	}
}

static bool
read_bound(struct bound_text *t, const struct arg *arg, double *ret)
{
	t->rest = arg->text;
	*ret = 0;
	return read_sum(t, ret) && (next(t) == '\0' || wrong(t, "something follows that is no arithmetic"));
}

/* The expectation ----------------------------------------------------------------------------------------------------- */

static void
validate(const struct check *c, struct diags *d)
{
	static const char *const ends[] = {"min", "max"};
	bool any = false, asks = false;

	past_validate(c, d);
	for (size_t i = 0; i < LEN(ends); i++) {
		const struct arg *arg = arg_of(c, ends[i]);
		struct bound_text t = {.c = c};
		double ignored;

		if (!arg->given)
			continue;
		any = true;
		if (read_bound(&t, arg, &ignored)) {
			asks = asks || t.asks;
			continue;
		}
		asks = true;
		diag_error(d, arg->loc, "'%s' cannot be '" SV_FMT "': %s", ends[i], SV_ARG(arg->text), t.why);
		diag_hint(d, "Write it as 0.8 * average(10), or max(5) + 1.");
	}
	if (!any) {
		diag_error(d, c->loc, "'" SV_FMT "' has no bound", SV_ARG(c->written_name));
		diag_hint(d, "Give it min, max or both.");
	} else if (!asks) {
		diag_error(d, c->loc, "'" SV_FMT "' asks for nothing of the past", SV_ARG(c->written_name));
		diag_hint(d, "Constant bounds belong to the check of the number itself.");
	}
}

static bool
is_above(double x, double bound, bool strict)
{
	return strict ? x > bound : x >= bound;
}

static struct sv
details(const struct arg *const *arg, const double *bound, size_t n, struct arena *a)
{
	AUTO(buf) b = buf_new(1 << 12);
	struct json_writer w;

	json_write_init(&w, b, 0);
	json_object_inline(&w);
	for (size_t i = 0; i < 2; i++)
		if (arg[i]->given)
			json_put_f64(&w, i == 0 ? "min" : "max", bound[i]);
	json_put_i64(&w, "points", (int64_t)n);
	json_object_end(&w);
	return arena_sv(a, buf_sv(b));
}

static struct sv
message(const struct check *c, double x, const struct arg *const *arg, const double *bound,
        const bool *strict, struct arena *a)
{
	struct buf b;

	buf_init(&b, 1 << 12);
	buf_printf(&b, SV_FMT " is %.10g, expected%s", SV_ARG(check_metric(a, c)), x,
	           arg_of(c, "outside")->flag ? " not" : "");
	if (arg[0]->given)
		buf_printf(&b, " %s %.10g (" SV_FMT ")", strict[0] ? "above" : "at least", bound[0],
		           SV_ARG(arg[0]->text));
	if (arg[1]->given)
		buf_printf(&b, "%s %s %.10g (" SV_FMT ")", arg[0]->given ? " and" : "",
		           strict[1] ? "below" : "at most", bound[1], SV_ARG(arg[1]->text));
	return buf_take(a, &b);
}

/* Nothing lies on the right side of what is no number, and all below what is infinite. */
static void
no_bound(const struct arg *arg, const char *why, struct verdict *ret)
{
	ret->undecided = true;
	ret->outcome = OUTCOME_ERROR;
	err_set(&ret->err, ERR_EVAL, arg->loc, "the bound '" SV_FMT "' is no number: %s", SV_ARG(arg->text),
	        why);
}

static void
compare(const struct check *c, double x, const struct past *past, struct arena *a, struct verdict *ret)
{
	const struct arg *arg[] = {arg_of(c, "min"), arg_of(c, "max")};
	const bool strict[] = {arg_of(c, "strict_min")->flag, arg_of(c, "strict_max")->flag};
	struct bound_text t = {.c = c, .past = past, .a = a};
	double bound[2] = {-INFINITY, INFINITY};
	bool inside;

	ret->has_observed = true;
	ret->observed = value_real(x);
	for (size_t i = 0; i < 2; i++)
		if (arg[i]->given && !read_bound(&t, arg[i], &bound[i]))
			t.lacks = false, bound[i] = NAN;
	if (t.lacks) {
		past_learning(c, t.have, t.need, t.left_out, a, ret);
		return;
	}
	for (size_t i = 0; i < 2; i++)
		if (arg[i]->given && !isfinite(bound[i])) {
			no_bound(arg[i],
			         t.why != NULL ? t.why : "it divides by nothing, or is beyond all numbers",
			         ret);
			return;
		}
	inside = is_above(x, bound[0], strict[0]) && is_above(-x, -bound[1], strict[1]);
	ret->success = inside != arg_of(c, "outside")->flag;
	ret->details = details(arg, bound, past->n, a);
	ret->message = message(c, x, arg, bound, strict, a);
}

const struct expectation expect_within_past = {
	.name = "expect_metric_to_be_within_past",
	.shorthand = "within_past",
	.noun = "the number",
	.no_threshold = true,
	.summary =
		"A number that another check would observe lies between bounds that are computed from its past.",
	.doc = "Each bound is arithmetic over earlier points, so it means the same of negative numbers. Looks at "
	       "unchanged data are one point, and what is tested is never compared with itself. Where there are "
	       "fewer points than a bound needs the outcome is `learning`.",
	.example = "within_past: {of: row_count, min: 0.8 * average(10), max: max(10) + 100}",
	.peers = {.deequ = "DQDL dynamic rules: `> 0.8 * avg(last(10))`"},
	.family = FAMILY_TABLE,
	.params = params,
	.nparams = LEN(params),
	.validate = validate,
	.bind = past_bind,
	.compare = compare,
};
