/* One pass over a table: how many rows it has, what its columns come to, and its rows by their keys. */
#include "run/diff_internal.h"

/* The metrics of one column; NULL where it means nothing for the type. */
struct measures {
	const struct metric *valid, *misfits, *distinct, *min, *max, *sum, *mean;
};

struct measuring {
	struct differing *d;
	struct differing_side *s;
	int side;
	const struct metric *rows, *malformed, *collected;
	struct measures *column; /* by index in diff.column */
	struct metric_value *value;
};

static const struct metric *
one(struct measuring *m, const struct metric_kind *kind, const struct expr *e)
{
	return metric_get(m->s->m, kind, &e, 1, m->s->where, (struct metric_params){0});
}

static void
plan_column(struct measuring *m, const struct diff_column *c, const struct column *found,
            struct measures *ret)
{
	const struct expr *e = expr_column(m->s->x, found);
	const bool number = type_is_numeric(found->type) && found->type.kind != TYPE_BOOLEAN;

	(void)c;
	ret->valid = one(m, &metric_count_valid, e);
	ret->distinct = one(m, &metric_distinct, e);
	if (found->declared)
		ret->misfits = one(m, &metric_misfits, e);
	if (number || type_is_temporal(found->type)) {
		ret->min = one(m, &metric_min, e);
		ret->max = one(m, &metric_max, e);
	}
	if (number) {
		ret->sum = one(m, &metric_sum, e);
		ret->mean = one(m, &metric_mean, e);
	}
}

static const struct metric *
collected(struct differing *d, struct differing_side *s, bool whole, const struct keyset *among)
{
	const struct metric_params params = {.number = (int64_t)d->diff->nkey, .flag = whole, .among = among};

	return metric_get(s->m, &metric_collected, s->arg, d->ncompared, s->where, params);
}

static void
plan(struct measuring *m)
{
	const struct metric_params none = {0};
	const struct schema *schema = m->s->c->engine->schema(m->s->c);
	const struct diff *f = m->d->diff;

	m->rows = metric_get(m->s->m, &metric_rows, NULL, 0, m->s->where, none);
	m->malformed = metric_get(m->s->m, &metric_malformed, NULL, 0, NULL, none);
	if (m->d->ncompared > 0)
		m->collected = collected(m->d, m->s, false, NULL);
	m->column = ARENA_ARRAY(m->d->w->a, struct measures, f->ncolumn);
	for (size_t i = 0; i < f->ncolumn; i++)
		if (f->column[i].there[m->side])
			plan_column(m, &f->column[i], schema_find(schema, f->column[i].name), &m->column[i]);
}

/* What nothing can be said without. */
static bool
value_of(const struct measuring *m, const struct metric *metric, struct metric_value **ret, struct err *err)
{
	*ret = &m->value[metric->id];
	if ((*ret)->failed && err != NULL)
		*err = (*ret)->err;
	return !(*ret)->failed;
}

/* Null where there is none: a sum past 38 digits, say, is no reason to say nothing of the rows. */
static struct value
scalar(const struct measuring *m, const struct metric *metric)
{
	if (metric == NULL || m->value[metric->id].failed)
		return VALUE_NONE;
	return value_copy(m->d->w->a, m->value[metric->id].v);
}

static bool
take_column(const struct measuring *m, size_t i, int64_t rows, struct err *err)
{
	const struct measures *c = &m->column[i];
	struct diff_numbers *ret = &m->d->diff->column[i].numbers[m->side];
	struct metric_value *v;

	if (!value_of(m, c->valid, &v, err))
		return false;
	ret->count = v->count;
	if (c->misfits != NULL) {
		if (!value_of(m, c->misfits, &v, err))
			return false;
		ret->misfits = v->count;
	}
	ret->nulls = rows - ret->count - ret->misfits;
	ret->distinct = scalar(m, c->distinct);
	ret->min = scalar(m, c->min);
	ret->max = scalar(m, c->max);
	ret->sum = scalar(m, c->sum);
	ret->mean = scalar(m, c->mean);
	return true;
}

/* Rows whose filter cannot be computed are neither among the rows nor among what was collected. */
static bool
take(struct measuring *m, struct err *err)
{
	struct diff_side *ret = &m->d->diff->side[m->side];
	struct metric_value *v;

	if (!value_of(m, m->rows, &v, err))
		return false;
	ret->rows = v->count;
	ret->unread = v->errors;
	if (!value_of(m, m->malformed, &v, err))
		return false;
	ret->malformed = v->count;
	if (v->nmalformed > 0)
		ret->malformed_at = arena_svf(m->d->w->a, SV_FMT ":%jd: %s", SV_ARG(v->malformed[0].file),
		                              (intmax_t)v->malformed[0].line, v->malformed[0].why);
	for (size_t i = 0; i < m->d->diff->ncolumn; i++)
		if (m->d->diff->column[i].there[m->side] && !take_column(m, i, ret->rows, err))
			return false;
	if (m->collected == NULL)
		return true;
	if (!value_of(m, m->collected, &v, err))
		return false;
	ret->unread = MAX(ret->unread, v->errors);
	m->s->bag = STEAL(v->bag);
	return true;
}

static bool
evaluate(struct differing *d, struct differing_side *s, const struct metric *const *all, uint32_t n,
         struct metric_value *value, struct err *err)
{
	return s->c->engine->evaluate(s->c, all, n, d->w->a, value, err);
}

bool
diff_measure(struct differing *d, int side, struct err *err)
{
	struct measuring m = {.d = d, .s = &d->side[side], .side = side};
	const struct metric **all;
	uint32_t n;
	bool ok;

	plan(&m);
	n = metrics_count(m.s->m);
	all = ARENA_ARRAY(d->w->a, const struct metric *, n);
	for (uint32_t i = 0; i < n; i++)
		all[i] = metrics_at(m.s->m, i);
	m.value = ARENA_ARRAY(d->w->a, struct metric_value, n);
	ok = evaluate(d, m.s, all, n, m.value, err) && take(&m, err);
	metric_values_fini(m.value, n);
	return ok;
}

bool
diff_collect(struct differing *d, int side, const struct keyset *among, struct err *err)
{
	struct differing_side *s = &d->side[side];
	const struct metric *m = collected(d, s, true, among);
	struct metric_value *value = ARENA_ARRAY(d->w->a, struct metric_value, metrics_count(s->m));
	bool ok = evaluate(d, s, &m, 1, value, err);

	rowbag_free(s->bag);
	s->bag = NULL;
	if (ok && value[m->id].failed) {
		if (err != NULL)
			*err = value[m->id].err;
		ok = false;
	}
	if (ok)
		s->bag = STEAL(value[m->id].bag);
	metric_values_fini(value, metrics_count(s->m));
	return ok;
}
