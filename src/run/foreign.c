/* What checks ask of other assets, their keys and how many rows they have: computed before the pass that needs it. */
#include "run/internal.h"

/* Values of different families are never equal: 0 = not known, or each value by itself. */
static int
type_family(struct type t)
{
	if (type_is_numeric(t))
		return 1;
	if (type_is_temporal(t))
		return 2;
	return t.kind == TYPE_STRING ? 3 : t.kind == TYPE_BINARY ? 4 : 0;
}

/* Without this, a number column beside one of texts would be said to hold nothing but unknown keys. */
static bool
types_fit(const struct expr *mine, const struct column *theirs, struct sv key, struct err *err)
{
	char a[TYPE_TEXT_MAX], b[TYPE_TEXT_MAX];
	int x = type_family(mine->type), y = type_family(theirs->type);

	if (x == 0 || y == 0 || x == y)
		return true;
	err_set(err, ERR_EVAL, NOWHERE,
	        "%s values cannot be looked up in column '" SV_FMT "' of '" SV_FMT "', which holds %s values",
	        type_text(mine->type, a), SV_ARG(theirs->name), SV_ARG(key), type_text(theirs->type, b));
	return err_hint(err, "declare the same type for both under columns:");
}

/* d is the caller's, since it must outlive the connection.  share: of the memory, 1 / share. */
static bool
open_other(struct workspace *w, struct sv key, size_t share, struct dataset *d, struct connection **ret,
           struct err *err)
{
	const struct asset *asset = w->catalog != NULL ? catalog_asset(w->catalog, key) : NULL;

	if (asset == NULL)
		return err_set(err, ERR_EVAL, NOWHERE, "there is no asset '" SV_FMT "' to look at",
		               SV_ARG(key));
	if (!run_dataset(w->a, w->catalog, asset, NULL, d, err))
		return false;

	struct scan_options o = run_scan_options(w, asset);
	o.memory_bytes /= share;
	const struct engine *engine = engine_for(d->format, asset->data_loc, err);

	return engine != NULL && engine->open(d, &o, ret, err);
}

static bool
count_rows(struct workspace *w, struct sv key, struct metric_value *ret, struct err *err)
{
	AUTO(exprs) x = exprs_new();
	AUTO(metrics) ms = metrics_new(x);
	struct dataset d; /* outlives the connection, which reads it when it closes */
	__attribute__((cleanup(connection_cleanup))) struct connection *c = NULL;
	const struct metric *m = metric_get(ms, &metric_rows, NULL, 0, NULL, (struct metric_params){0});
	struct metric_value value = {0};

	if (!open_other(w, key, 1, &d, &c, err) || !c->engine->evaluate(c, &m, 1, w->a, &value, err))
		return false;
	if (value.failed) {
		*err = value.err;
		return false;
	}
	*ret = (struct metric_value){.v = value.v, .count = value.count};
	return true;
}

void
run_other_rows(struct workspace *w, const struct metric *m, struct metric_value *ret)
{
	struct sv key = m->arg[0]->literal.s;
	struct err err = {0};

	if (count_rows(w, key, ret, &err))
		return;
	(void)err_prefix(&err, "the rows of '" SV_FMT "'", SV_ARG(key));
	*ret = (struct metric_value){.failed = true, .err = err};
}

static bool
list_values(struct workspace *w, const struct metric *m, struct metric_value *ret, struct err *err)
{
	struct sv key = m->arg[0]->literal.s, name = m->arg[1]->literal.s;
	AUTO(exprs) x = exprs_new();
	AUTO(metrics) ms = metrics_new(x);
	struct dataset d; /* outlives the connection, which reads it when it closes */
	__attribute__((cleanup(connection_cleanup))) struct connection *c = NULL;
	struct metric_value value = {0};
	const struct metric *all;
	const struct expr *arg;
	const struct column *col;

	/* While it is read, so is the asset at work. */
	if (!open_other(w, key, 4, &d, &c, err))
		return false;
	col = schema_find(c->engine->schema(c), name);
	if (col == NULL || col->missing)
		return err_set(err, ERR_EVAL, NOWHERE, "asset '" SV_FMT "' has no column '" SV_FMT "'",
		               SV_ARG(key), SV_ARG(name));
	arg = expr_column(x, col);
	all = metric_get(ms, &metric_distinct, &arg, 1, NULL, m->params);
	if (!c->engine->evaluate(c, &all, 1, w->a, &value, err))
		return false;
	if (value.failed || value.errors > 0) {
		if (value.failed)
			*err = value.err;
		else
			err_set(err, ERR_EVAL, NOWHERE, "%jd values do not fit the column's type",
			        (intmax_t)value.errors);
		return false;
	}
	*ret = value;
	return true;
}

void
run_other_values(struct workspace *w, const struct metric *m, struct metric_value *ret)
{
	struct err err = {0};

	*ret = (struct metric_value){0};
	if (list_values(w, m, ret, &err))
		return;
	(void)err_prefix(&err, "the values of '" SV_FMT "'", SV_ARG(m->arg[0]->literal.s));
	*ret = (struct metric_value){.failed = true, .err = err};
}

/* Where all columns are meant, the other side has no more of them. */
static bool
has_no_more(const struct metric *m, const struct schema *s, struct sv key, struct err *err)
{
	for (uint32_t i = 0; !m->params.flag && i < s->n; i++) {
		bool named = s->col[i].missing;

		for (uint32_t k = 1; !named && k < m->nargs; k++)
			named = k <= m->params.number ? sv_eq(s->col[i].name, m->arg[k]->literal.s)
			                              : sv_ieq(s->col[i].name, m->arg[k]->literal.s);
		if (named)
			continue;
		err_set(err, ERR_EVAL, NOWHERE,
		        "asset '" SV_FMT "' has a column '" SV_FMT "' that is not here", SV_ARG(key),
		        SV_ARG(s->col[i].name));
		return err_hint(err, "name the columns to compare, or those to exclude");
	}
	return true;
}

static bool
collect_rows(struct workspace *w, const struct metric *m, struct metric_value *ret, struct err *err)
{
	const struct sv key = m->arg[0]->literal.s;
	const uint32_t n = (uint32_t)m->params.number;
	AUTO(exprs) x = exprs_new();
	AUTO(metrics) ms = metrics_new(x);
	struct dataset d; /* outlives the connection, which reads it when it closes */
	__attribute__((cleanup(connection_cleanup))) struct connection *c = NULL;
	const struct expr **arg = ARENA_ARRAY(w->a, const struct expr *, n);
	struct metric_value value = {0};
	const struct metric *all;

	/* While it is read, so is the asset at work. */
	if (!open_other(w, key, 4, &d, &c, err) || !has_no_more(m, c->engine->schema(c), key, err))
		return false;
	for (uint32_t i = 0; i < n; i++) {
		const struct sv name = m->arg[1 + i]->literal.s;
		const struct column *col = schema_find(c->engine->schema(c), name);

		if (col == NULL || col->missing)
			return err_set(err, ERR_EVAL, NOWHERE,
			               "asset '" SV_FMT "' has no column '" SV_FMT "'", SV_ARG(key),
			               SV_ARG(name));
		arg[i] = expr_column(x, col);
	}
	all = metric_get(ms, &metric_collected, arg, n, NULL, (struct metric_params){0});
	if (!c->engine->evaluate(c, &all, 1, w->a, &value, err))
		return false;
	if (value.failed || value.errors > 0) {
		if (value.failed)
			*err = value.err;
		else
			err_set(err, ERR_EVAL, NOWHERE,
			        "%jd rows have values that do not fit their columns' types",
			        (intmax_t)value.errors);
		metric_values_fini(&value, 1);
		return false;
	}
	*ret = value;
	return true;
}

void
run_other_collected(struct workspace *w, const struct metric *m, struct metric_value *ret)
{
	struct err err = {0};

	*ret = (struct metric_value){0};
	if (collect_rows(w, m, ret, &err))
		return;
	(void)err_prefix(&err, "the rows of '" SV_FMT "'", SV_ARG(m->arg[0]->literal.s));
	*ret = (struct metric_value){.failed = true, .err = err};
}

/* The keyset of one relationship: "asset\0column\0column…". */
static bool
foreign_keyset(struct workspace *w, const struct expr *in_keys, size_t share, struct keyset **ret,
               struct err *err)
{
	struct sv rest = in_keys->keys_id, key = sv_cut(&rest, '\0');
	AUTO(exprs) x = exprs_new();
	AUTO(metrics) ms = metrics_new(x);
	struct dataset d; /* outlives the connection, which reads it when it closes */
	__attribute__((cleanup(connection_cleanup))) struct connection *c = NULL;
	const struct expr *arg[METRIC_ARGS_MAX];
	uint32_t n = 0;

	if (!open_other(w, key, share, &d, &c, err))
		return err_prefix(err, "the keys of '" SV_FMT "'", SV_ARG(key));
	while (rest.n > 0 && n < METRIC_ARGS_MAX) {
		struct sv name = sv_cut(&rest, '\0');
		const struct column *col = schema_find(c->engine->schema(c), name);

		if (col == NULL || col->missing)
			return err_set(err, ERR_EVAL, NOWHERE,
			               "asset '" SV_FMT "' has no column '" SV_FMT "'", SV_ARG(key),
			               SV_ARG(name));
		if (n < in_keys->nargs && !types_fit(in_keys->arg[n], col, key, err))
			return false;
		arg[n++] = expr_column(x, col);
	}

	const struct metric *m = metric_get(ms, &metric_keys, arg, n, NULL, (struct metric_params){0});
	struct metric_value *value = ARENA_ARRAY(w->a, struct metric_value, metrics_count(ms));

	if (!c->engine->evaluate(c, &m, 1, w->a, value, err))
		return err_prefix(err, "the keys of '" SV_FMT "'", SV_ARG(key));
	if (value[m->id].failed) {
		if (err != NULL)
			*err = value[m->id].err;
		return err_prefix(err, "the keys of '" SV_FMT "'", SV_ARG(key));
	}
	*ret = STEAL(value[m->id].keys);
	return true;
}

/*
 * A relationship whose other side cannot be read must fail its own check only: it gets an error of its own, which the judge sees
 * because its metric is failed beforehand.
 */
void
run_foreign_keys(struct workspace *w, const struct plan *plan, struct foreign *ret)
{
	*ret = (struct foreign){.set = ARENA_ARRAY(w->a, struct keyset *, plan->nforeign),
	                        .n = plan->nforeign};
	/* While keys are collected they take twice what they take then: a quarter is left to all sets, see run_evaluate. */
	const size_t share = 2 * (size_t)MAX(plan->nforeign, 1);
	ret->err = ARENA_ARRAY(w->a, struct err, plan->nforeign);
	for (uint32_t i = 0; i < plan->nforeign; i++)
		if (foreign_keyset(w, plan->foreign[i], share, &ret->set[i], &ret->err[i]))
			expr_set_keys(plan->foreign[i], ret->set[i]);
}

static const struct source_decl *
source_of(const struct catalog *c, struct sv name)
{
	for (size_t i = 0; c != NULL && i < c->nsource; i++)
		if (sv_eq(c->source[i].name, name))
			return &c->source[i];
	return NULL;
}

/* The whole of what the query returns, as rows of a table that is that query. */
static bool
ask_other(struct workspace *w, const struct metric *m, struct metric_value *ret, struct err *err)
{
	const struct source_decl *s = source_of(w->catalog, m->arg[1]->literal.s);
	AUTO(exprs) x = exprs_new();
	AUTO(metrics) ms = metrics_new(x);
	struct dataset d; /* outlives the connection, which reads it when it closes */
	__attribute__((cleanup(connection_cleanup))) struct connection *c = NULL;
	const struct expr *all = expr_literal(x, value_text(SV("SELECT * FROM {batch}")));
	const struct metric *rows = metric_get(ms, &metric_query_rows, &all, 1, NULL, m->params);
	const struct asset limited = {.source = s};
	struct scan_options o = run_scan_options(w, &limited);
	struct metric_value value = {0};

	if (s == NULL) {
		err_set(err, ERR_EVAL, NOWHERE, "the catalog has no such source");
		return err_hint(err, "name one of `sources:`");
	}
	if (!sv_is(s->scheme, "sqlite") || s->path == NULL)
		return err_set(err, ERR_UNSUPPORTED, s->loc, "it is no database that can be asked");
	d = (struct dataset){.key = s->name,
	                     .format = SV("sqlite"),
	                     .loc = s->loc,
	                     .database = sv_of(s->path),
	                     .query = m->arg[0]->literal.s,
	                     .zone = w->catalog->zone};
	const struct engine *engine = engine_for(d.format, s->loc, err);

	if (engine == NULL || !engine->open(&d, &o, &c, err) ||
	    !c->engine->evaluate(c, &rows, 1, w->a, &value, err))
		return false;
	if (value.failed) {
		*err = value.err;
		return false;
	}
	*ret = value;
	return true;
}

void
run_other_query(struct workspace *w, const struct metric *m, struct metric_value *ret)
{
	struct err err = {0};

	*ret = (struct metric_value){0};
	if (ask_other(w, m, ret, &err))
		return;
	(void)err_prefix(&err, "the source '" SV_FMT "'", SV_ARG(m->arg[1]->literal.s));
	err.loc = NOWHERE;
	*ret = (struct metric_value){.failed = true, .err = err};
}
