/*
 * Profiles: the metrics that say something about each column's type, evaluated together by the data's own engine.
 *
 * The metrics are the ones that checks use, so a suggestion holds by the same arithmetic that will judge it.
 */
#include "run/profile.h"

#include <stdlib.h>

#include "base/sv.h"
#include "metric/text_shape.h"
#include "run/internal.h"

/* The metrics of one column; NULL where it means nothing for the type. */
struct column_metrics {
	const struct metric *valid, *misfits, *cardinality, *min, *max, *mean, *stdev, *quartiles, *rising,
		*falling, *length_min, *length_max, *shape;
	const struct metric *scale[PROFILE_SCALE_MAX +
	                           1]; /* values that rounding to so many decimals leaves as they are */
};

static const double quartiles[PROFILE_QUARTILES] = {0.25, 0.5, 0.75};

struct profiling {
	struct workspace *w;
	struct connection *c;
	struct exprs *x;
	struct metrics *m;
	const struct schema *schema;
	const struct metric *rows, *malformed;
	struct column_metrics *column;
	struct metric_value *value;
};

static const struct metric *
one(struct profiling *p, const struct metric_kind *kind, const struct expr *e, struct metric_params params)
{
	return e != NULL ? metric_get(p->m, kind, &e, 1, NULL, params) : NULL;
}

/* round(x, s) = x, as a check of it says. */
static void
plan_scale(struct profiling *p, const struct expr *e, struct column_metrics *ret)
{
	for (int s = 0; s <= PROFILE_SCALE_MAX; s++) {
		const struct expr *rounded = expr_call2(p->x, OP_ROUND, e, expr_literal(p->x, value_int(s)),
		                                        NULL);

		ret->scale[s] = one(p, &metric_count_true, expr_call2(p->x, OP_EQ, rounded, e, NULL),
		                    (struct metric_params){0});
	}
}

static void
plan_number(struct profiling *p, const struct column *c, const struct expr *e, struct column_metrics *ret)
{
	const struct metric_params none = {0};

	ret->mean = one(p, &metric_mean, e, none);
	ret->stdev = one(p, &metric_stdev, e, none);
	ret->quartiles = one(p, &metric_quantiles_approx, e,
	                     (struct metric_params){.ratios = quartiles, .nratio = PROFILE_QUARTILES});
	if (c->type.kind == TYPE_NUMBER)
		plan_scale(p, e, ret);
}

static void
plan_column(struct profiling *p, const struct column *c, struct column_metrics *ret)
{
	const struct metric_params none = {0};
	const struct expr *e = expr_column(p->x, c), *length;

	ret->valid = one(p, &metric_count_valid, e, none);
	ret->cardinality = one(
		p, &metric_cardinality, e,
		(struct metric_params){.keep = PROFILE_VALUES_MAX, .number = PROFILE_DISTINCT_MAX});
	if (c->declared)
		ret->misfits = one(p, &metric_misfits, e, none);
	if (type_is_temporal(c->type) || (type_is_numeric(c->type) && c->type.kind != TYPE_BOOLEAN)) {
		ret->min = one(p, &metric_min, e, none);
		ret->max = one(p, &metric_max, e, none);
		ret->rising = one(p, &metric_out_of_order, e, (struct metric_params){.number = 1});
		ret->falling = one(p, &metric_out_of_order, e, (struct metric_params){.number = -1});
	}
	if (type_is_numeric(c->type) && c->type.kind != TYPE_BOOLEAN)
		plan_number(p, c, e, ret);
	if (c->type.kind != TYPE_STRING)
		return;
	length = expr_call1(p->x, OP_LENGTH, e, NULL);
	ret->length_min = one(p, &metric_min, length, none);
	ret->length_max = one(p, &metric_max, length, none);
	ret->shape = one(p, &metric_text_shape, e, none);
}

static void
plan(struct profiling *p)
{
	const struct metric_params none = {0};

	p->schema = p->c->engine->schema(p->c);
	p->rows = metric_get(p->m, &metric_rows, NULL, 0, NULL, none);
	p->malformed = metric_get(p->m, &metric_malformed, NULL, 0, NULL, none);
	p->column = ARENA_ARRAY(p->w->a, struct column_metrics, p->schema->n);
	for (uint32_t i = 0; i < p->schema->n; i++)
		if (!p->schema->col[i].missing)
			plan_column(p, &p->schema->col[i], &p->column[i]);
}

static const struct metric_value *
value_of(const struct profiling *p, const struct metric *m)
{
	return m != NULL && !p->value[m->id].failed ? &p->value[m->id] : NULL;
}

/* The value of a metric that may have none; numbers of another kind than the rest of the column make a min fail, say. */
static struct value
scalar(const struct profiling *p, const struct metric *m)
{
	const struct metric_value *v = value_of(p, m);

	return v != NULL ? value_copy(p->w->a, v->v) : VALUE_NONE;
}

struct counted {
	struct value v;
	int64_t count;
};

/* The most frequent first; the list is sorted by value already, and that order stays among equals. */
static int
by_count(const void *a, const void *b)
{
	const struct counted *x = a, *y = b;

	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	return value_order(x->v, y->v);
}

static void
take_values(struct arena *a, const struct metric_value *v, struct profile_column *ret)
{
	struct counted *all = ARENA_ARRAY(a, struct counted, v->nlist);
	struct value *value = ARENA_ARRAY(a, struct value, v->nlist);
	int64_t *count = ARENA_ARRAY(a, int64_t, v->nlist);

	for (uint32_t i = 0; i < v->nlist; i++)
		all[i] = (struct counted){v->list[i], v->list_count[i]};
	qsort(all, v->nlist, sizeof(*all), by_count);
	for (uint32_t i = 0; i < v->nlist; i++) {
		value[i] = value_copy(a, all[i].v);
		count[i] = all[i].count;
	}
	ret->value = value;
	ret->value_count = count;
	ret->nvalue = v->nlist;
}

/* What nothing can be said without: a failure of these is one of the whole. */
static bool
count_of(const struct profiling *p, const struct metric *m, int64_t *ret, struct err *err)
{
	const struct metric_value *v = &p->value[m->id];

	if (v->failed) {
		if (err != NULL)
			*err = v->err;
		return false;
	}
	*ret = v->count;
	return true;
}

static bool
is_zero(const struct profiling *p, const struct metric *m)
{
	const struct metric_value *v = value_of(p, m);

	return v != NULL && v->count == 0 && v->errors == 0;
}

/* What numbers and times have beside their ends. */
static void
take_numbers(const struct profiling *p, const struct column_metrics *m, struct profile_column *ret)
{
	const struct metric_value *v = value_of(p, m->quartiles);

	ret->mean = scalar(p, m->mean);
	ret->stdev = scalar(p, m->stdev);
	for (uint32_t i = 0; v != NULL && i < PROFILE_QUARTILES && 2 * i < v->nlist; i++)
		ret->quartile[i] = value_copy(p->w->a, v->list[2 * i]);
	ret->quartile_error = v != NULL ? v->error_bound : 0;
	/* All alike is both, which says nothing. */
	ret->order = is_zero(p, m->rising) - is_zero(p, m->falling);
	ret->scale = -1;
	for (int s = PROFILE_SCALE_MAX; s >= 0; s--) {
		v = value_of(p, m->scale[s]);
		if (v == NULL || v->errors > 0 || v->count != ret->valid || ret->valid == 0)
			break;
		ret->scale = s;
	}
}

static bool
take_column(const struct profiling *p, const struct column *c, const struct column_metrics *m, int64_t rows,
            struct profile_column *ret, struct err *err)
{
	const struct metric_value *v;

	*ret = (struct profile_column){.name = arena_sv(p->w->a, c->name),
	                               .type = c->type,
	                               .declared = c->declared,
	                               .missing = c->missing,
	                               .pii = c->pii};
	if (c->missing)
		return true;
	if (!count_of(p, m->valid, &ret->valid, err) ||
	    (m->misfits != NULL && !count_of(p, m->misfits, &ret->misfits, err)))
		return false;
	ret->nulls = rows - ret->valid - ret->misfits;
	ret->min = scalar(p, m->min);
	ret->max = scalar(p, m->max);
	take_numbers(p, m, ret);
	ret->length_min = scalar(p, m->length_min);
	ret->length_max = scalar(p, m->length_max);
	v = value_of(p, m->shape);
	if (v != NULL && v->v.kind == VALUE_INT)
		ret->shapes = (unsigned)v->v.i;
	v = value_of(p, m->cardinality);
	if (v == NULL)
		return true;
	ret->has_distinct = true;
	ret->distinct = v->count;
	ret->distinct_cut = v->v.kind == VALUE_NULL;
	ret->unique = !ret->distinct_cut && ret->distinct == ret->valid && ret->misfits == 0;
	if (!v->list_cut)
		take_values(p->w->a, v, ret);
	return true;
}

static bool
take(const struct profiling *p, struct profile *ret, struct err *err)
{
	if (!count_of(p, p->rows, &ret->rows, err) || !count_of(p, p->malformed, &ret->malformed, err))
		return false;
	ret->ncolumn = p->schema->n;
	ret->column = ARENA_ARRAY(p->w->a, struct profile_column, ret->ncolumn);
	for (uint32_t i = 0; i < ret->ncolumn; i++)
		if (!take_column(p, &p->schema->col[i], &p->column[i], ret->rows, &ret->column[i], err))
			return false;
	return true;
}

bool
run_profile_connection(struct workspace *w, struct connection *c, struct profile *ret, struct err *err)
{
	AUTO(exprs) x = exprs_new();
	AUTO(metrics) m = metrics_new(x);
	struct profiling p = {.w = w, .c = c, .x = x, .m = m};
	bool ok;

	plan(&p);

	uint32_t n = metrics_count(m);
	const struct metric **all = ARENA_ARRAY(w->a, const struct metric *, n);

	for (uint32_t i = 0; i < n; i++)
		all[i] = metrics_at(m, i);
	p.value = ARENA_ARRAY(w->a, struct metric_value, n);
	ok = c->engine->evaluate(c, all, n, w->a, p.value, err) && take(&p, ret, err);
	metric_values_fini(p.value, n);
	return ok;
}

static bool
profile_once(struct workspace *w, const struct dataset *d, const struct asset *asset, struct profile *ret,
             struct err *err)
{
	struct scan_options o = run_scan_options(w, asset);
	const struct engine *engine = engine_for(d->format, d->loc, err);
	__attribute__((cleanup(connection_cleanup))) struct connection *c = NULL;

	return engine != NULL && engine->open(d, &o, &c, err) && run_profile_connection(w, c, ret, err);
}

bool
run_profile(struct workspace *w, const struct dataset *d, const struct asset *asset,
            const struct partition *part, struct profile *ret, struct err *err)
{
	struct dataset now = *d;
	struct profile p = {
		.key = d->key,
		.format = d->format,
		.table = d->table,
		.partitioned = asset != NULL && asset->ndim > 0 && part == NULL,
		.allow_empty = asset != NULL && asset->allow_empty,
		.at_us = clock_now_us(w->clock),
	};
	struct err why = {0};
	bool ok = profile_once(w, &now, asset, &p, &why);

	if (!ok && why.code == ERR_CHANGED) {
		why = (struct err){0};
		ok = (asset != NULL ? run_dataset(w->a, w->catalog, asset, part, &now, &why)
		                    : run_dataset_of_source(w->a, d->key, d->table, d->query, &now, &why)) &&
		     profile_once(w, &now, asset, &p, &why);
	}
	if (!ok) {
		if (err != NULL)
			*err = why;
		return false;
	}
	p.nparts = now.parts.n;
	p.size_bytes = now.parts.size_bytes;
	p.newest_us = now.parts.n > 0 ? now.parts.newest_us : TIME_NONE;
	*ret = p;
	return true;
}
