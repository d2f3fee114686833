/* How a number changed since earlier runs. */
#include <math.h>

#include "expect/past.h"

#include "base/num.h"
#include "base/stat.h"
#include "expect/family.h"

static const struct param params[] = {
	PARAMS_PAST,
	{.name = "against",
         .kind = PARAM_TEXT,
         .doc = "previous (the default): the point before; last_good: the last one that is not left out; "
                "same_weekday: the last such of the same weekday; average(N), median(N), min(N), max(N) of the "
                "last N such."},
	{.name = "min", .kind = PARAM_REAL, .doc = "The least change; a drop is negative."},
	{.name = "max", .kind = PARAM_REAL, .doc = "The greatest change."},
	{.name = "min_percent",
         .kind = PARAM_REAL,
         .unit = "percent",
         .doc = "The least change, in percent of the earlier number; a drop is negative."},
	{.name = "max_percent",
         .kind = PARAM_REAL,
         .unit = "percent",
         .doc = "The greatest change, in percent."},
	{.name = "min_ratio", .kind = PARAM_REAL, .doc = "The least number, divided by the earlier one."},
	{.name = "max_ratio", .kind = PARAM_REAL, .doc = "The greatest number, divided by the earlier one."},
	{.name = "within", .kind = PARAM_REAL, .doc = "The greatest change in either direction."},
	{.name = "within_percent",
         .kind = PARAM_REAL,
         .unit = "percent",
         .doc = "The same in percent of the earlier number."},
};

enum against { PREVIOUS, LAST_GOOD, SAME_WEEKDAY, AVERAGE, MEDIAN, LEAST, GREATEST };
static const char *const names[] = {"previous", "last_good", "same_weekday", "average",
                                    "median",   "min",       "max"};
enum { LAST_MAX = 1000 };

struct baseline {
	enum against how;
	size_t last; /* points that it is made of */
};

/* "average(7)" */
static bool
read_against(struct sv text, struct baseline *ret)
{
	struct sv rest = text, name = sv_trim(sv_cut(&rest, '('));
	size_t i = 0;
	int64_t n = 1;

	while (i < LEN(names) && !sv_is(name, names[i]))
		i++;
	if (i == LEN(names) || (i < AVERAGE) != (name.n == sv_trim(text).n))
		return false;
	if (i >= AVERAGE) {
		rest = sv_trim(rest);
		if (!sv_ends(rest, SV(")")) || !num_i64(sv_trim((struct sv){rest.p, rest.n - 1}), &n) ||
		    n < 1 || n > LAST_MAX)
			return false;
	}
	*ret = (struct baseline){(enum against)i, (size_t)n};
	return true;
}

static struct baseline
baseline_of(const struct check *c)
{
	const struct arg *against = arg_of(c, "against");
	struct baseline ret = {PREVIOUS, 1};

	if (against->given)
		(void)read_against(against->text, &ret);
	return ret;
}

static void
needs_order(const struct check *c, const char *low, const char *high, struct diags *d)
{
	const struct arg *min = arg_of(c, low), *max = arg_of(c, high);

	if (min->given && max->given && min->real > max->real)
		diag_error(d, min->loc, "%s " SV_FMT " is greater than %s " SV_FMT, low,
		           SV_ARG(min->node->text), high, SV_ARG(max->node->text));
}

static void
validate(const struct check *c, struct diags *d)
{
	const struct arg *against = arg_of(c, "against");
	struct baseline ignored;

	past_validate(c, d);
	if (against->given && !read_against(against->text, &ignored)) {
		diag_error(d, against->loc, "'against' cannot be '" SV_FMT "'", SV_ARG(against->text));
		diag_hint(
			d,
			"It is previous, last_good, same_weekday, or average(N), median(N), min(N), max(N).");
	}
	needs_order(c, "min", "max", d);
	needs_order(c, "min_percent", "max_percent", d);
	needs_order(c, "min_ratio", "max_ratio", d);
	for (int i = 0; i < 2; i++) {
		const struct arg *within = arg_of(c, i == 0 ? "within" : "within_percent");

		if (within->given && within->real < 0)
			diag_error(d, within->loc, "'%s' must not be negative",
			           i == 0 ? "within" : "within_percent");
	}
}

static bool
has_bound(const struct check *c)
{
	static const char *const bounds[] = {"min",       "max",       "min_percent", "max_percent",
	                                     "min_ratio", "max_ratio", "within",      "within_percent"};
	bool any = c->warn.set || c->fail.set;

	for (size_t i = 0; i < LEN(bounds); i++)
		any = any || arg_of(c, bounds[i])->given;
	return any;
}

static bool
bind(struct binder *b, const struct check *c, struct bound *ret, struct err *err)
{
	if (has_bound(c))
		return past_bind(b, c, ret, err);
	err_set(err, ERR_ARG, c->loc, "'" SV_FMT "' has no bound, so no change is too great",
	        SV_ARG(c->written_name));
	return err_hint(
		err,
		"Give it within_percent, within, min, max, min_percent or max_percent, or `fail:` beside it.");
}

/* Of chosen values, in order of time. */
static double
combine(double *v, size_t n, enum against how)
{
	struct stat_sum sum = {0};

	if (how == AVERAGE) {
		for (size_t i = 0; i < n; i++)
			stat_add(&sum, v[i]);
		return stat_total(&sum) / (double)n;
	}
	if (how < AVERAGE)
		return v[n - 1];
	stat_sort(v, n);
	return how == MEDIAN ? stat_quantile(v, n, 0.5) : how == LEAST ? v[0] : v[n - 1];
}

static bool
in_range(const struct check *c, const char *low, const char *high, const char *either, double change)
{
	const struct arg *min = arg_of(c, low), *max = arg_of(c, high), *within = arg_of(c, either);

	return (!min->given || change >= min->real) && (!max->given || change <= max->real) &&
	       (!within->given || fabs(change) <= within->real);
}

/* Of 0 and 0 nothing is said. */
static bool
has_ratio(const struct check *c, double x, double from)
{
	const struct arg *min = arg_of(c, "min_ratio"), *max = arg_of(c, "max_ratio");
	const double ratio = x / from;

	return !(min->given && ratio < min->real) && !(max->given && ratio > max->real);
}

/* From 0 to anything else is more than any percentage. */
static double
percent_change(double from, double change)
{
	if (change == 0)
		return 0;
	return from == 0 ? copysign(INFINITY, change) : 100 * change / fabs(from);
}

static struct sv
details(double from, double change, double percent, size_t n, size_t left_out, struct arena *a)
{
	AUTO(buf) b = buf_new(1 << 12);
	struct json_writer w;

	json_write_init(&w, b, 0);
	json_object_inline(&w);
	json_put_f64(&w, "baseline", from);
	json_put_f64(&w, "change", change);
	json_key(&w, "change_percent");
	if (isfinite(percent))
		json_f64(&w, percent);
	else
		json_null(&w);
	json_put_i64(&w, "points", (int64_t)n);
	json_put_i64(&w, "left_out", (int64_t)left_out);
	json_object_end(&w);
	return arena_sv(a, buf_sv(b));
}

static struct sv
message(const struct check *c, double x, double from, double percent, struct arena *a)
{
	const struct arg *against = arg_of(c, "against");
	struct buf b;

	buf_init(&b, 1 << 12);
	buf_printf(&b, SV_FMT " is %.10g, %+.6g", SV_ARG(check_metric(a, c)), x, x - from);
	if (isfinite(percent))
		buf_printf(&b, " (%+.4g %%)", percent);
	buf_printf(&b, " against %.10g (" SV_FMT ")", from,
	           SV_ARG(against->given ? against->text : sv_of(names[PREVIOUS])));
	return buf_take(a, &b);
}

static void
compare(const struct check *c, double x, const struct past *past, struct arena *a, struct verdict *ret)
{
	struct baseline base = baseline_of(c);
	struct past_choice choice = {
		.exclude = base.how == PREVIOUS ? EXCLUDE_NONE : past_exclude_of(c),
		.season = base.how == SAME_WEEKDAY ? SEASON_WEEKDAY : SEASON_NONE,
		.since = past_since_of(c),
		.last = base.last,
	};
	size_t n, left_out;
	double *v = past_choose(a, past, &choice, &n, &left_out), from;

	ret->has_observed = true;
	ret->observed = value_real(x);
	if (n < base.last) {
		past_learning(c, n, base.last, left_out, a, ret);
		return;
	}
	from = combine(v, n, base.how);
	if (!isfinite(from) || !isfinite(x - from)) {
		past_too_great(c, ret);
		return;
	}
	ret->has_measure = true;
	ret->measure = x - from;
	ret->percent = percent_change(from, ret->measure);
	ret->success = in_range(c, "min", "max", "within", ret->measure) &&
	               in_range(c, "min_percent", "max_percent", "within_percent", ret->percent) &&
	               has_ratio(c, x, from);
	ret->details = details(from, ret->measure, ret->percent, n, left_out, a);
	ret->message = message(c, x, from, ret->percent, a);
}

const struct expectation expect_change_between = {
	.name = "expect_metric_change_to_be_between",
	.shorthand = "change",
	.alias = {"metric_change"},
	.noun = "the change",
	.percent = true,
	.summary =
		"A number that another check would observe changed no more than allowed since earlier runs.",
	.doc = "The change is the number less the earlier one; percentages are of the earlier one's size, and from 0 to "
	       "anything else is beyond each of them; ratios are of the two numbers with their signs. All given bounds must hold. `warn` and `fail` are about the "
	       "change: `fail: \"not between -50% and 20%\"`. Looks at unchanged data are one point, and what is "
	       "tested is never compared with itself. Where there are fewer points than `against` needs the "
	       "outcome is `learning`.",
	.example = "change: {of: row_count, against: last_good, within_percent: 20}",
	.peers = {.dbt = "Elementary `volume_anomalies`, in part",
                  .soda = "`change percent for m`",
                  .deequ = "`RelativeRateOfChange`"},
	.family = FAMILY_TABLE,
	.params = params,
	.nparams = LEN(params),
	.validate = validate,
	.bind = bind,
	.compare = compare,
};
