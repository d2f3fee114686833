/* The newest value of a column, for `updated: {from: column}`, `version: {from: column}` and max_data_age. */
#include "expr/instant.h"
#include "run/internal.h"

static bool
no_column(struct workspace *w, const struct schema *schema, struct sv name, struct err *err)
{
	size_t count;
	const char *const *names = schema_names(w->a, schema, &count);
	const char *near = sv_nearest(name, names, count);

	err_set(err, ERR_EVAL, NOWHERE, "there is no column '" SV_FMT "'", SV_ARG(name));
	return near != NULL ? err_hint(err, "did you mean '%s'?", near) : false;
}

static bool
no_times(const struct column *c, struct err *err)
{
	char type[TYPE_TEXT_MAX];

	err_set(err, ERR_EVAL, NOWHERE, "column '" SV_FMT "' holds no times but %s values", SV_ARG(c->name),
	        type_text(c->type, type));
	return err_hint(err, "declare its type under columns: (date, timestamp or timestamptz)");
}

bool
run_column_max(struct workspace *w, struct connection *c, struct sv name, int64_t until_us,
               struct column_max *ret, struct err *err)
{
	AUTO(exprs) x = exprs_new();
	AUTO(metrics) ms = metrics_new(x);
	const struct schema *schema = c->engine->schema(c);
	const struct column *col = schema_find(schema, name);
	const struct metric *m[3];
	struct value limit;
	uint32_t n = 0;

	if (col == NULL || col->missing)
		return no_column(w, schema, name, err);

	const struct expr *e = expr_column(x, col), *old = NULL, *future = NULL;
	const bool timed = until_us != TIME_NONE;

	if (timed) {
		if (!value_at_instant(col->type, until_us, &limit))
			return no_times(col, err);
		old = expr_call2(x, OP_LE, e, expr_literal(x, limit), err);
		future = expr_call2(x, OP_GT, e, expr_literal(x, limit), err);
		if (old == NULL || future == NULL)
			return false;
	}
	m[n++] = metric_get(ms, &metric_max, &e, 1, old, (struct metric_params){0});
	if (timed) {
		m[n++] = metric_get(ms, &metric_max, &e, 1, future, (struct metric_params){0});
		m[n++] = metric_get(ms, &metric_count_true, &future, 1, NULL,
		                    (struct metric_params){.keep = 1});
	}

	struct metric_value *value = ARENA_ARRAY(w->a, struct metric_value, metrics_count(ms));
	bool fine = c->engine->evaluate(c, m, n, w->a, value, err);

	for (uint32_t i = 0; fine && i < n; i++)
		if (value[m[i]->id].failed) {
			if (err != NULL)
				*err = value[m[i]->id].err;
			fine = false;
		}
	if (fine) {
		*ret = (struct column_max){
			.type = col->type,
			.max = value_copy(w->a, value[m[0]->id].v),
			.errors = value[m[0]->id].errors,
		};
		if (timed) {
			ret->future_max = value_copy(w->a, value[m[1]->id].v);
			ret->future_count = value[m[2]->id].count;
		}
	}
	metric_values_fini(value, metrics_count(ms));
	return fine;
}
