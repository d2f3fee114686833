/*
 * The median and other quantiles.
 *
 * One rule for all engines: of n values in order, numbered from 0, the quantile q stands at q (n - 1).  Between two values it is the nearer one
 * (of two that are as near, the one with the even number), unless the check asks for another rule; the median is the mean of both.
 */
#include <math.h>

#include "expect/family.h"

static const char *const betweens[] = {"nearest", "linear", "lower", "higher", "midpoint"};

enum { QUANTILES_MAX = 100 };

static const struct param params_median[] = {
	PARAM_THE_COLUMN,
	PARAMS_RANGE(PARAM_VALUE, "value"),
	PARAM_APPROX,
};

static const struct param params_quantiles[] = {
	PARAM_THE_COLUMN,
	{.name = "quantile_ranges",
         .alias = {"ranges"},
         .kind = PARAM_MAP,
         .required = true,
         .doc = "`quantiles`: a list of numbers from 0 to 1; `value_ranges`: for each of them [least, "
                "greatest], where null is no bound."},
	{.name = "allow_relative_error",
         .kind = PARAM_VALUE,
         .doc = "What a quantile between two values is: nearest (the default), linear, lower, higher, "
                "midpoint. true, false and numbers are taken and change nothing: quantiles are exact, unless "
                "approx is true."},
	PARAM_APPROX,
};

/* The argument as validated. */
struct quantile_ranges {
	const struct node *quantile, *range; /* lists of the same length */
};

static struct quantile_ranges
ranges_of(const struct check *c)
{
	const struct node *n = arg_of(c, "quantile_ranges")->node;

	return (struct quantile_ranges){node_get(n, "quantiles"), node_get(n, "value_ranges")};
}

static double
quantile_of(const struct node *n)
{
	return n->kind == NODE_INT ? (double)n->i : n->r;
}

static enum between
between_of(const struct check *c)
{
	const struct arg *arg = arg_of(c, "allow_relative_error");

	for (int i = 0; arg->given && arg->node->kind == NODE_TEXT && i < (int)LEN(betweens); i++)
		if (sv_is(arg->node->text, betweens[i]))
			return (enum between)i;
	return BETWEEN_NEAREST;
}

/* Validation ------------------------------------------------------------------------------------------------------ */

static bool
is_list(const struct node *map, const char *key, struct diags *d)
{
	const struct node *n = node_get(map, key);

	if (n != NULL && n->kind == NODE_SEQ && n->n > 0 && n->n <= QUANTILES_MAX)
		return true;
	diag_error(d, n != NULL ? n->loc : map->loc, "'quantile_ranges' needs '%s', a list of 1 to %d", key,
	           QUANTILES_MAX);
	return false;
}

static void
validate_range(const struct node *r, struct diags *d)
{
	static const char *const form = "a value range is [least, greatest], where null is no bound";
	AUTO(arena) a = arena_new();
	int order;

	if (r->kind != NODE_SEQ || r->n != 2) {
		diag_error(d, r->loc, "%s", form);
		return;
	}
	for (size_t i = 0; i < 2; i++)
		if (r->kid[i].kind == NODE_SEQ || r->kid[i].kind == NODE_MAP) {
			diag_error(d, r->kid[i].loc, "%s", form);
			return;
		}
	if (r->kid[0].kind != NODE_NULL && r->kid[1].kind != NODE_NULL &&
	    value_compare(node_value(a, &r->kid[0]), node_value(a, &r->kid[1]), NULL, &order) && order > 0)
		diag_error(d, r->loc, "the least value " SV_FMT " is greater than the greatest, " SV_FMT,
		           SV_ARG(r->kid[0].text), SV_ARG(r->kid[1].text));
}

static void
validate_error(const struct arg *arg, struct diags *d)
{
	if (!arg->given || arg->node->kind == NODE_BOOL || arg->node->kind == NODE_INT ||
	    arg->node->kind == NODE_REAL)
		return;
	for (size_t i = 0; i < LEN(betweens); i++)
		if (sv_is(arg->node->text, betweens[i]))
			return;
	diag_error(d, arg->loc, "'allow_relative_error' cannot be '" SV_FMT "'", SV_ARG(arg->node->text));
	diag_suggest(d, arg->node->text, betweens, LEN(betweens));
}

static void
validate_quantiles(const struct check *c, struct diags *d)
{
	static const char *const keys[] = {"quantiles", "value_ranges"};
	const struct node *map = arg_of(c, "quantile_ranges")->node;
	struct quantile_ranges r = ranges_of(c);

	for (size_t i = 0; i < map->n; i++) {
		if (sv_is(map->kid[i].key, keys[0]) || sv_is(map->kid[i].key, keys[1]))
			continue;
		diag_error(d, map->kid[i].key_loc, "'quantile_ranges' has no '" SV_FMT "'",
		           SV_ARG(map->kid[i].key));
		diag_suggest(d, map->kid[i].key, keys, LEN(keys));
	}
	validate_error(arg_of(c, "allow_relative_error"), d);
	if (!is_list(map, "quantiles", d) || !is_list(map, "value_ranges", d))
		return;
	for (size_t i = 0; i < r.quantile->n; i++) {
		const struct node *q = &r.quantile->kid[i];

		if ((q->kind != NODE_INT && q->kind != NODE_REAL) ||
		    !(quantile_of(q) >= 0 && quantile_of(q) <= 1))
			diag_error(d, q->loc, "a quantile must be a number from 0 to 1, not " SV_FMT,
			           SV_ARG(q->text));
	}
	for (size_t i = 0; i < r.range->n; i++)
		validate_range(&r.range->kid[i], d);
	if (r.quantile->n != r.range->n)
		diag_error(d, r.range->loc, "there are %zu value ranges for %zu quantiles", r.range->n,
		           r.quantile->n);
}

/* Binding --------------------------------------------------------------------------------------------------------- */

/* Of numbers or times, which have values in between. */
bool
bind_orderly(struct binder *b, const struct check *c, struct err *err)
{
	const struct expr *col = bind_first_column(b, c, err);
	char type[TYPE_TEXT_MAX];

	if (col == NULL)
		return false;
	if (type_is_numeric(col->type) || type_is_temporal(col->type) || col->type.kind == TYPE_ANY ||
	    col->type.kind == TYPE_NULL || col->type.kind == TYPE_VARIANT)
		return true;
	return err_set(err, ERR_ARG, arg_of(c, "column")->loc,
	               "column '" SV_FMT "' is of type %s, and '" SV_FMT "' needs numbers or times",
	               SV_ARG(col->column->name), type_text(col->type, type), SV_ARG(c->written_name));
}

bool
bind_ratios(struct binder *b, const struct check *c, const double *ratios, uint32_t n, struct bound *ret,
            struct err *err)
{
	if (!bind_domain(b, c, ret, err))
		return false;
	bind_column_counts(b, c, ret);
	ret->observed[0] = metric_get(b->m, approx_kind(c, &metric_quantiles, &metric_quantiles_approx),
	                              ret->domain, 1, ret->where,
	                              (struct metric_params){.ratios = ratios, .nratio = n});
	ret->nobserved = 1;
	return true;
}

static bool
bind_median(struct binder *b, const struct check *c, struct bound *ret, struct err *err)
{
	static const double half[] = {0.5};

	return bind_orderly(b, c, err) && bind_comparable(b, c, err) && bind_ratios(b, c, half, 1, ret, err);
}

static bool
bind_quantiles(struct binder *b, const struct check *c, struct bound *ret, struct err *err)
{
	struct quantile_ranges r = ranges_of(c);
	double *ratios = ARENA_ARRAY(b->a, double, r.quantile->n);
	const struct expr *col = bind_first_column(b, c, err);

	if (!bind_orderly(b, c, err))
		return false;
	if (between_of(c) == BETWEEN_LINEAR && type_is_temporal(col->type))
		return err_set(err, ERR_ARG, arg_of(c, "allow_relative_error")->loc,
		               "'linear' needs numbers, and column '" SV_FMT "' holds times",
		               SV_ARG(col->column->name));
	for (size_t i = 0; i < r.quantile->n; i++) {
		const struct node *pair = r.range->kid[i].kid;
		struct value low = arg_value(b->a, &pair[0], col->type),
			     high = arg_value(b->a, &pair[1], col->type);

		ratios[i] = quantile_of(&r.quantile->kid[i]);
		if (low.kind == VALUE_NULL && high.kind == VALUE_NULL)
			continue;
		if (expr_outside(b->x, col, low.kind != VALUE_NULL ? &low : NULL, false,
		                 high.kind != VALUE_NULL ? &high : NULL, false, err) == NULL)
			return false;
	}
	return bind_ratios(b, c, ratios, (uint32_t)r.quantile->n, ret, err);
}

/* Values between two values ----------------------------------------------------------------------------------------- */

static bool
decimal_of(struct value v, struct decimal *ret)
{
	*ret = v.kind == VALUE_DECIMAL ? v.d : (struct decimal){.coeff = v.kind == VALUE_BOOL ? v.b : v.i};
	return v.kind == VALUE_DECIMAL || v.kind == VALUE_INT || v.kind == VALUE_BOOL;
}

/* Of whole numbers and decimals exactly: half of an odd number is a decimal. */
static bool
exact_mean(struct value a, struct value b, struct value *ret)
{
	struct decimal x, y, sum;

	if (!decimal_of(a, &x) || !decimal_of(b, &y) || !decimal_add(x, y, &sum) ||
	    !decimal_mul(sum, (struct decimal){.coeff = 5, .scale = 1}, &sum))
		return false;
	if (sum.coeff % 10 == 0 && sum.scale > 0) {
		sum.coeff /= 10;
		sum.scale--;
	}
	*ret = (struct value){.kind = VALUE_DECIMAL, .d = sum};
	if (sum.scale == 0 && sum.coeff >= INT64_MIN && sum.coeff <= INT64_MAX)
		*ret = value_int((int64_t)sum.coeff);
	return true;
}

/* Of two days with an odd number of days between them: noon. */
static struct value
mean_time(struct value a, struct value b)
{
	static const struct type wall = {.kind = TYPE_TIMESTAMP};

	if (a.kind != b.kind || (a.kind == VALUE_DATE && (b.i - a.i) % 2 != 0)) {
		if (a.kind == VALUE_DATE && !value_cast(wall, a, &a))
			return a;
		if (b.kind == VALUE_DATE && !value_cast(wall, b, &b))
			return a;
	}
	/* Within a century of centuries: the difference does not overflow. */
	a.i += (b.i - a.i) / 2;
	return a;
}

static struct value
mean_of(struct value a, struct value b)
{
	struct value ret;

	if (!value_is_numeric(a))
		return mean_time(a, b);
	if (value_eq(a, b))
		return a;
	if (exact_mean(a, b, &ret))
		return ret;
	return value_real(value_to_f64(a) / 2 + value_to_f64(b) / 2);
}

/* The same roundings as numpy's. */
static struct value
linear(struct value a, struct value b, double part)
{
	double low = value_to_f64(a), high = value_to_f64(b);

	if (value_eq(a, b) || part == 0)
		return a;
	return value_real(part < 0.5 ? low + (high - low) * part : high - (high - low) * (1 - part));
}

struct value
quantile_between(struct value low, struct value high, double at, enum between how)
{
	switch (how) {
	case BETWEEN_NEAREST:
		return nearbyint(at) == floor(at) ? low : high;
	case BETWEEN_LINEAR:
		return value_is_numeric(low) ? linear(low, high, at - floor(at)) : low;
	case BETWEEN_HIGHER:
		return high;
	case BETWEEN_MIDPOINT:
		return mean_of(low, high);
	case BETWEEN_LOWER:
		break;
	}
	return low;
}

/* Judging --------------------------------------------------------------------------------------------------------- */

static void
judge_median(const struct bound *b, const struct metric_value *const *observed, struct arena *a,
             struct verdict *ret)
{
	struct metric_value median = *observed[0];
	const struct metric_value *one[] = {&median};

	if (median.nlist == 2)
		median.v = mean_of(median.list[0], median.list[1]);
	judge_range(b, one, a, ret);
}

/* Within a bound, or as near to it as Great Expectations asks: 1e-8 + 1e-4 of its size. */
static bool
near_bound(struct value v, struct value bound)
{
	double x, y;

	if (!value_is_numeric(v) || !value_is_numeric(bound))
		return false;
	x = value_to_f64(v);
	y = value_to_f64(bound);
	return fabs(x - y) <= 1e-8 + 1e-4 * fabs(y);
}

static bool
in_range(struct arena *a, struct value v, const struct node *pair, struct type t, bool *ret, struct err *err)
{
	struct range r = {.low = arg_value(a, &pair[0], t), .high = arg_value(a, &pair[1], t)};

	if (!range_has(&r, v, ret, err))
		return err_prefix(err, "a quantile");
	*ret = *ret || near_bound(v, r.low) || near_bound(v, r.high);
	return true;
}

static void
tell_range(const struct node *pair, struct buf *b)
{
	bool low = pair[0].kind != NODE_NULL, high = pair[1].kind != NODE_NULL;

	if (low && high)
		buf_printf(b, "between " SV_FMT " and " SV_FMT, SV_ARG(pair[0].text), SV_ARG(pair[1].text));
	else if (low)
		buf_printf(b, "at least " SV_FMT, SV_ARG(pair[0].text));
	else
		buf_printf(b, "at most " SV_FMT, SV_ARG(pair[1].text));
}

static struct value
real_list(struct arena *a, const struct node *n)
{
	struct value *list = ARENA_ARRAY(a, struct value, n->n);

	for (size_t i = 0; i < n->n; i++)
		list[i] = node_value(a, &n->kid[i]);
	return (struct value){.kind = VALUE_LIST, .n = (uint32_t)n->n, .list = list};
}

/* {"quantiles": […], "values": […]} */
static struct value
observed_quantiles(struct arena *a, const struct node *quantiles, const struct value *v)
{
	struct value *pair = ARENA_ARRAY(a, struct value, 4);

	pair[0] = value_text(SV("quantiles"));
	pair[1] = real_list(a, quantiles);
	pair[2] = value_text(SV("values"));
	pair[3] = (struct value){.kind = VALUE_LIST, .n = (uint32_t)quantiles->n, .list = v};
	return (struct value){.kind = VALUE_OBJECT, .n = 2, .list = pair};
}

static struct sv
success_details(struct arena *a, const bool *in, size_t n)
{
	AUTO(buf) text = buf_new(1 << 16);
	struct json_writer w;

	json_write_init(&w, text, 0);
	json_object_inline(&w);
	json_key(&w, "success_details");
	json_array_inline(&w);
	for (size_t i = 0; i < n; i++)
		json_bool(&w, in[i]);
	json_array_end(&w);
	json_object_end(&w);
	return arena_sv(a, buf_sv(text));
}

static struct sv
quantiles_message(struct arena *a, const struct quantile_ranges *r, const struct value *v, const bool *in)
{
	size_t out = 0, told = 0;
	struct buf b;

	for (size_t i = 0; i < r->quantile->n; i++)
		out += !in[i];
	if (out == 0)
		return arena_svf(a, "%zu of %zu quantiles are in their ranges", r->quantile->n,
		                 r->quantile->n);
	buf_init(&b, 1 << 16);
	buf_printf(&b, "%zu of %zu quantiles are out of their ranges: ", out, r->quantile->n);
	for (size_t i = 0; i < r->quantile->n && told < 3; i++) {
		if (in[i])
			continue;
		buf_printf(&b, "%s" SV_FMT " is ", told++ > 0 ? ", " : "", SV_ARG(r->quantile->kid[i].text));
		(void)value_to_text(v[i], &b);
		buf_puts(&b, ", expected ");
		tell_range(r->range->kid[i].kid, &b);
	}
	if (out > told)
		buf_printf(&b, " and %zu more", out - told);
	return buf_take(a, &b);
}

static void
judge_quantiles(const struct bound *b, const struct metric_value *const *observed, struct arena *a,
                struct verdict *ret)
{
	struct quantile_ranges r = ranges_of(b->check);
	const struct metric_value *m = observed[0];
	struct value *v = ARENA_ARRAY(a, struct value, r.quantile->n);
	bool *in = ARENA_ARRAY(a, bool, r.quantile->n);

	ret->has_observed = true;
	ret->observed = observed_quantiles(a, r.quantile, v);
	ret->success = m->nlist > 0;
	for (size_t i = 0; i < r.quantile->n && m->nlist > 0; i++) {
		double at = quantile_of(&r.quantile->kid[i]) * (double)(m->count - 1);

		v[i] = quantile_between(m->list[2 * i], m->list[2 * i + 1], at, between_of(b->check));
		if (!in_range(a, v[i], r.range->kid[i].kid, b->domain[0]->type, &in[i], &ret->err))
			return;
		ret->success = ret->success && in[i];
	}
	ret->details = success_details(a, in, r.quantile->n);
	ret->message = m->nlist == 0 ? SV("quantiles do not exist: there are no values")
	                             : quantiles_message(a, &r, v, in);
}

const struct expectation expect_median_between = {
	.name = "expect_column_median_to_be_between",
	.shorthand = "median",
	.alias = {"median_between"},
	.noun = "the median",
	.summary = "The median of the column lies in a range.",
	.doc = "Half of the values lie below it: of an even number of values it is the mean of the two in "
	       "the middle, exactly for whole numbers and decimals. Of times, too. Fails when there is no "
	       "value. All values are kept until the end, within the limit of memory.",
	.example = "median: {column: amount, min: 10, max: 100}",
	.peers = {.gx = "`expect_column_median_to_be_between`",
                  .dbt = "`dbt_expectations.expect_column_median_to_be_between`",
                  .soda = "`percentile(c, 0.5)`",
                  .deequ = "`hasExactQuantile`"},
	.family = FAMILY_AGGREGATE,
	.limits = {.place = PLACE_AMONG},
	.params = params_median,
	.nparams = LEN(params_median),
	.validate = range_validate,
	.bind = bind_median,
	.judge = judge_median,
};

const struct expectation expect_quantiles_between = {
	.name = "expect_column_quantile_values_to_be_between",
	.shorthand = "quantiles",
	.alias = {"quantile_values", "quantiles_between"},
	.noun = "quantiles",
	.summary = "Quantiles of the column lie in ranges.",
	.doc = "The same on all engines: of n values in order, numbered from 0, the quantile q stands at "
	       "q (n - 1), and between two values it is the nearer one (of two as near, the one with the "
	       "even number). A quantile also meets a bound that it misses by at most 1e-8 + 1e-4 of the "
	       "bound's size, as in Great Expectations. Fails when there is no value.",
	.example = "quantiles: {column: amount, quantile_ranges: {quantiles: [0.05, 0.95], value_ranges: "
		   "[[1, null], [null, 500]]}}",
	.peers = {.gx = "`expect_column_quantile_values_to_be_between`",
                  .dbt = "`dbt_expectations.expect_column_quantile_values_to_be_between`, one at a time",
                  .soda = "`percentile(c, q)`",
                  .deequ = "`hasExactQuantile`"},
	.family = FAMILY_AGGREGATE,
	.no_threshold = true,
	.params = params_quantiles,
	.nparams = LEN(params_quantiles),
	.validate = validate_quantiles,
	.bind = bind_quantiles,
	.judge = judge_quantiles,
};
