/* Is a number as usual?  By the median of its past and how far that spreads. */
#include <math.h>

#include "expect/past.h"

#include "expect/family.h"

enum { HISTORY_LEAST = 2, HISTORY_DEFAULT = 7, WINDOW_DEFAULT = 60, WINDOW_MAX = 1000 };
#define SENSITIVITY 3.5 /* Iglewicz and Hoaglin's cut-off */

static const char *const directions[] = {"both", "spike", "drop", NULL};

static const struct param params[] = {
	PARAMS_PAST,
	{.name = "sensitivity",
         .kind = PARAM_REAL,
         .bounded = true,
         .min = 0.1,
         .max = 1000,
         .doc = "How many robust standard deviations from the median are still usual; default 3.5."},
	{.name = "direction",
         .kind = PARAM_ENUM,
         .names = directions,
         .doc = "What is told: both (the default), spike (only above), drop (only below)."},
	{.name = "min_history",
         .kind = PARAM_INTEGER,
         .bounded = true,
         .min = HISTORY_LEAST,
         .max = WINDOW_MAX,
         .doc = "Fewer points, of the same season, are not enough to judge from; default 7."},
	{.name = "window",
         .kind = PARAM_INTEGER,
         .bounded = true,
         .min = HISTORY_LEAST,
         .max = WINDOW_MAX,
         .doc = "At most so many points, the newest, make the baseline; default 60."},
	{.name = "seasonal",
         .alias = {"seasonality"},
         .kind = PARAM_ENUM,
         .names = past_season_names,
         .doc = "Only points of the same weekday, hour or hour_of_week count, in the zone of the asset's "
                "partitions, else of the project; none (the default): all."},
	{.name = "ignore_small_changes",
         .kind = PARAM_REAL,
         .bounded = true,
         .max = 1000,
         .unit = "percent",
         .doc = "What differs from the median by at most so many percent of it is usual."},
};

static void
validate(const struct check *c, struct diags *d)
{
	const struct arg *least = arg_of(c, "min_history"), *window = arg_of(c, "window");
	int64_t most = window->given ? window->integer : WINDOW_DEFAULT,
		need = least->given ? least->integer : HISTORY_DEFAULT;

	past_validate(c, d);
	if (need > most)
		diag_error(d, least->given ? least->loc : window->loc,
		           "min_history %jd is more than the window of %jd points", (intmax_t)need,
		           (intmax_t)most);
}

static struct past_choice
choice_of(const struct check *c)
{
	const struct arg *window = arg_of(c, "window");

	return (struct past_choice){
		.exclude = past_exclude_of(c),
		.season = (enum past_season)arg_of(c, "seasonal")->choice,
		.since = past_since_of(c),
		.last = window->given ? (size_t)window->integer : WINDOW_DEFAULT,
	};
}

struct expectation_of {
	struct past_usual u;
	double low, high; /* what is usual */
	size_t n, left_out;
};

static double
sensitivity_of(const struct check *c)
{
	const struct arg *s = arg_of(c, "sensitivity");

	return s->given ? s->real : SENSITIVITY;
}

static void
set_bounds(const struct check *c, struct expectation_of *e)
{
	const struct arg *small = arg_of(c, "ignore_small_changes");
	double reach = sensitivity_of(c) * e->u.scale;

	if (small->given)
		reach = fmax(reach, small->real / 100 * fabs(e->u.median));
	e->low = arg_of(c, "direction")->choice == 1 ? -INFINITY : e->u.median - reach;
	e->high = arg_of(c, "direction")->choice == 2 ? INFINITY : e->u.median + reach;
}

static struct sv
details(const struct expectation_of *e, struct arena *a)
{
	AUTO(buf) b = buf_new(1 << 12);
	struct json_writer w;

	json_write_init(&w, b, 0);
	json_object_inline(&w);
	json_put_f64(&w, "median", e->u.median);
	json_put_f64(&w, "scale", e->u.scale);
	json_put_str(&w, "scale_from",
	             e->u.mean_deviation ? "mean_deviation"
	             : e->u.scale > 0    ? "mad"
	                                 : "constant");
	json_key(&w, "z");
	if (isfinite(e->u.z))
		json_f64(&w, e->u.z);
	else
		json_str(&w, e->u.z > 0 ? "Infinity" : "-Infinity");
	json_key(&w, "usual");
	json_array_inline(&w);
	for (int i = 0; i < 2; i++)
		if (isfinite(i == 0 ? e->low : e->high))
			json_f64(&w, i == 0 ? e->low : e->high);
		else
			json_null(&w);
	json_array_end(&w);
	json_put_i64(&w, "points", (int64_t)e->n);
	json_put_i64(&w, "left_out", (int64_t)e->left_out);
	json_object_end(&w);
	return arena_sv(a, buf_sv(b));
}

static struct sv
message(const struct check *c, double x, const struct expectation_of *e, bool usual, struct arena *a)
{
	struct buf b;

	buf_init(&b, 1 << 12);
	buf_printf(&b, SV_FMT " is %.10g, ", SV_ARG(check_metric(a, c)), x);
	if (usual)
		buf_puts(&b, "as usual: ");
	else if (isinf(e->low))
		buf_printf(&b, "usual is at most %.6g: ", e->high);
	else if (isinf(e->high))
		buf_printf(&b, "usual is at least %.6g: ", e->low);
	else if (e->low == e->high)
		buf_printf(&b, "usual is always %.10g: ", e->low);
	else
		buf_printf(&b, "usual is %.6g to %.6g: ", e->low, e->high);
	buf_printf(&b, "median %.6g of %zu points", e->u.median, e->n);
	if (isfinite(e->u.z))
		buf_printf(&b, ", z = %.3g", e->u.z);
	return buf_take(a, &b);
}

/* Outside what is usual; with thresholds, that is theirs to say, unless a sensitivity is given too. */
static void
compare(const struct check *c, double x, const struct past *past, struct arena *a, struct verdict *ret)
{
	const struct arg *least = arg_of(c, "min_history");
	struct past_choice choice = choice_of(c);
	size_t need = least->given ? (size_t)least->integer : HISTORY_DEFAULT;
	struct expectation_of e = {0};
	double *v = past_choose(a, past, &choice, &e.n, &e.left_out), beyond;
	bool usual;

	ret->has_observed = true;
	ret->observed = value_real(x);
	if (e.n < need) {
		past_learning(c, e.n, need, e.left_out, a, ret);
		return;
	}
	e.u = past_usual(v, e.n, x);
	if (!isfinite(e.u.median) || !isfinite(e.u.scale) || isnan(e.u.z)) {
		past_too_great(c, ret);
		return;
	}
	set_bounds(c, &e);
	usual = x >= e.low && x <= e.high;
	/* Thresholds are about how far it is out on the side that is asked for, and small changes are none. */
	beyond = arg_of(c, "direction")->choice == 1   ? fmax(e.u.z, 0)
	         : arg_of(c, "direction")->choice == 2 ? fmax(-e.u.z, 0)
	                                               : fabs(e.u.z);
	if (arg_of(c, "ignore_small_changes")->given &&
	    fabs(x - e.u.median) <= arg_of(c, "ignore_small_changes")->real / 100 * fabs(e.u.median))
		beyond = 0;
	ret->has_measure = true;
	ret->measure = beyond;
	ret->success = usual || ((c->warn.set || c->fail.set) && !arg_of(c, "sensitivity")->given);
	ret->details = details(&e, a);
	ret->message = message(c, x, &e, usual, a);
}

const struct expectation expect_usual = {
	.name = "expect_metric_to_be_usual",
	.shorthand = "anomaly",
	.alias = {"usual", "anomaly_detection"},
	.noun = "the number",
	.summary = "A number that another check would observe is as it usually is.",
	.doc = "z = (number - median) / (1.4826 MAD) of its past, where MAD is the median of the distances from the "
	       "median; where that is 0, 1.2533 times their mean. Too far is |z| above `sensitivity`; of a number "
	       "that never changed, any change. What is tested is never part of what it is compared with, looks at "
	       "unchanged data are one point, and runs that failed teach nothing. Below `min_history` points the "
	       "outcome is `learning`. `warn` and `fail` are about |z|.",
	.example = "anomaly: {of: row_count, sensitivity: 3, min_history: 14, seasonal: weekday}",
	.peers = {.dbt = "Elementary `column_anomalies`, `volume_anomalies`",
                  .soda = "`anomaly detection for m`",
                  .deequ = "`OnlineNormal`, `BatchNormal`, `HoltWinters`"},
	.family = FAMILY_TABLE,
	.params = params,
	.nparams = LEN(params),
	.validate = validate,
	.bind = past_bind,
	.compare = compare,
};
