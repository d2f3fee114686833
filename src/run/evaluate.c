/*
 * Checks on one dataset: bind, plan, one pass (or one query), judge, and a second look at the rows of what failed.
 *
 * What goes wrong with the data as a whole (it is gone, cannot be read, changed under our hands) is the outcome `error` of every
 * check: nothing passes because it was not looked at.
 */
#include "run/internal.h"

#include "expect/result.h"

struct evaluation {
	struct workspace *w;
	struct dataset *d;
	const struct asset *asset;
	const struct partition *p;
	struct connection *c;
	struct exprs *x;
	struct metrics *m;
	struct checks enabled;
	struct bound *bound;
	struct plan plan;
	struct foreign foreign;
	struct metric_value *value;
};

struct scan_options
run_scan_options(struct workspace *w, const struct asset *asset)
{
	struct scan_options o = {
		.pool = w->pool,
		.memory_bytes = w->memory_bytes,
		.progress = w->progress,
		.progress_ctx = w->progress_ctx,
	};

	if (asset != NULL && asset->source != NULL) {
		o.byte_limit = asset->source->limits.bytes;
		if (asset->source->limits.us > 0)
			o.deadline_ns = clock_mono_ns() +
			                MIN(asset->source->limits.us, INT64_MAX / 2000) * 1000;
	}
	return o;
}

static const struct column **
key_columns(struct evaluation *e, uint32_t *n)
{
	const struct schema *schema = e->c->engine->schema(e->c);
	size_t nkey = e->asset != NULL ? e->asset->nkeycol : 0;
	const struct column **key = ARENA_ARRAY(e->w->a, const struct column *, nkey);

	*n = 0;
	for (size_t i = 0; i < nkey; i++) {
		const struct column *c = schema_find(schema, e->asset->keycol[i]);

		if (c != NULL && !c->missing)
			key[(*n)++] = c;
	}
	return key;
}

static bool
uses(const struct expr *tree, const struct expr *part)
{
	if (tree == part)
		return true;
	for (uint32_t i = 0; tree != NULL && i < tree->nargs; i++)
		if (uses(tree->arg[i], part))
			return true;
	return false;
}

/* The error of a relationship that this metric cannot do without, or NULL. */
static const struct err *
foreign_error(const struct evaluation *e, const struct metric *m)
{
	for (uint32_t i = 0; i < e->plan.nforeign; i++) {
		if (e->foreign.err[i].code == ERR_NONE)
			continue;
		for (uint32_t k = 0; k < m->nargs; k++)
			if (uses(m->arg[k], e->plan.foreign[i]))
				return &e->foreign.err[i];
		if (m->where != NULL && uses(m->where, e->plan.foreign[i]))
			return &e->foreign.err[i];
	}
	return NULL;
}

static bool
evaluate_stages(struct evaluation *e, struct err *err)
{
	const struct metric **stage = ARENA_ARRAY(e->w->a, const struct metric *, e->plan.nmetric);

	e->value = ARENA_ARRAY(e->w->a, struct metric_value, e->plan.nmetric);
	for (uint32_t s = 0; s < e->plan.nstage; s++) {
		uint32_t n = 0;

		for (uint32_t i = 0; i < e->plan.nmetric; i++) {
			const struct metric *m = e->plan.metric[i];
			const struct err *broken = foreign_error(e, m);

			if (broken != NULL)
				e->value[m->id] = (struct metric_value){.failed = true, .err = *broken};
			else if (m->kind == &metric_other_rows)
				run_other_rows(e->w, m, &e->value[m->id]);
			else if (m->stage == s)
				stage[n++] = m;
		}
		if (n > 0 && !e->c->engine->evaluate(e->c, stage, n, e->w->a, e->value, err))
			return false;
	}
	return true;
}

const struct verdict run_switched_off = {.outcome = OUTCOME_SKIPPED, .message = {"switched off", 12}};

void
run_refuse(struct workspace *w, const struct checks *checks, const struct err *err, struct asset_result *ret)
{
	struct verdict failed = {
		.outcome = OUTCOME_ERROR, .err = *err, .message = arena_svf(w->a, "%s", err->msg)};

	ret->err = *err;
	ret->ncheck = checks->n;
	ret->check = ARENA_ARRAY(w->a, struct check_result, checks->n);
	for (size_t i = 0; i < ret->ncheck; i++)
		ret->check[i] = (struct check_result){
			.check = &checks->v[i],
			.verdict = checks->v[i].enabled ? failed : run_switched_off,
			.engine = "",
			.result = SV("{}"),
			.at_us = clock_now_us(w->clock),
		};
}

#define RESULT_MAX ((size_t)64 << 20)

/* Half a result would be no JSON, and read as something else. */
static struct sv
render_result(struct workspace *w, const struct bound *b, struct verdict *v)
{
	AUTO(buf) text = buf_new(RESULT_MAX);
	struct json_writer j;
	struct err err = {0};

	json_write_init(&j, text, 0);
	verdict_result_json(b, v, b->check->format, &j);
	if (buf_check(text, "the result", &err))
		return arena_sv(w->a, buf_sv(text));
	err_hint(&err, "ask for less detail with --result-format");
	*v = (struct verdict){
		.outcome = OUTCOME_ERROR, .err = err, .message = arena_svf(w->a, "%s", err.msg)};
	return SV("{}");
}

static bool
judge_all(struct evaluation *e, struct asset_result *ret, struct err *err)
{
	size_t n = e->enabled.n;
	const struct bound **b = ARENA_ARRAY(e->w->a, const struct bound *, n);
	struct verdict **v = ARENA_ARRAY(e->w->a, struct verdict *, n);
	const struct column **key;
	uint32_t nkey;
	size_t k = 0;

	for (size_t i = 0; i < ret->ncheck; i++) {
		struct check_result *r = &ret->check[i];

		if (!r->check->enabled)
			continue;
		b[k] = &e->bound[k];
		v[k] = &r->verdict;
		judge(b[k], e->value, e->w->a, v[k]);
		k++;
	}
	key = key_columns(e, &nkey);
	if (!e->c->engine->sample(e->c, b, v, (uint32_t)n, e->value, key, nkey, e->w->a, err))
		return false;
	k = 0;
	for (size_t i = 0; i < ret->ncheck; i++) {
		struct check_result *r = &ret->check[i];

		if (r->check->enabled) {
			r->result = render_result(e->w, b[k], v[k]);
			k++;
		}
	}
	return true;
}

/* The data itself is guarded where it is read; a version that comes by reports is told apart from it, and may come meanwhile. */
static bool
same_report(const struct evaluation *e, struct sv before, struct err *err)
{
	struct sv after;

	if (e->asset == NULL || e->asset->version_from != VERSION_REPORTED)
		return true;
	if (!run_connection_version(e->w, e->asset, e->p, e->d, e->c, &after, err))
		return false;
	return sv_eq(before, after) ||
	       err_set(err, ERR_CHANGED, e->asset->loc,
	               "version '" SV_FMT "' was reported while the data was checked", SV_ARG(after));
}

static bool
evaluate_connected(struct evaluation *e, struct asset_result *ret, struct err *err)
{
	struct binder binder = {.a = e->w->a, .x = e->x, .m = e->m, .schema = e->c->engine->schema(e->c)};
	bool done;

	if (!run_connection_version(e->w, e->asset, e->p, e->d, e->c, &ret->data_version, err))
		return false;
	e->bound = checks_bind(&binder, &e->enabled);
	e->plan = plan_make(e->w->a, e->m, e->x);
	run_foreign_keys(e->w, &e->plan, &e->foreign);
	done = evaluate_stages(e, err) && judge_all(e, ret, err);
	metric_values_fini(e->value, e->plan.nmetric);
	for (uint32_t i = 0; i < e->foreign.n; i++)
		keyset_free(e->foreign.set[i]);
	return done && same_report(e, ret->data_version, err);
}

static bool
evaluate_once(struct workspace *w, struct dataset *d, const struct asset *asset, const struct partition *p,
              const struct checks *checks, struct asset_result *ret, struct err *err)
{
	struct scan_options o = run_scan_options(w, asset);
	const struct engine *engine = engine_for(d->format, d->loc, err);
	__attribute__((cleanup(connection_cleanup))) struct connection *c = NULL;
	AUTO(exprs) x = exprs_new();
	AUTO(metrics) m = metrics_new(x);
	struct evaluation e = {.w = w, .d = d, .asset = asset, .p = p, .x = x, .m = m};
	int64_t start_ns = clock_mono_ns();

	if (engine == NULL || !engine->open(d, &o, &c, err))
		return false;
	e.c = c;
	e.enabled.v = ARENA_ARRAY(w->a, struct check, checks->n);
	for (size_t i = 0; i < checks->n; i++) {
		ret->check[i] = (struct check_result){
			.check = &checks->v[i], .engine = engine->name, .result = SV("{}")};
		if (!checks->v[i].enabled) {
			ret->check[i].verdict = run_switched_off;
			continue;
		}
		e.enabled.v[e.enabled.n] = checks->v[i];
		if (!checks->v[i].format_given)
			e.enabled.v[e.enabled.n].format = w->format;
		e.enabled.n++;
	}
	if (!evaluate_connected(&e, ret, err))
		return false;

	double ms = (double)(clock_mono_ns() - start_ns) / 1e6;

	for (size_t i = 0; i < checks->n; i++) {
		ret->check[i].duration_ms = checks->v[i].enabled ? ms / (double)e.enabled.n : 0;
		ret->check[i].at_us = clock_now_us(w->clock);
	}
	if (w->explain && engine->explain != NULL) {
		AUTO(buf) text = buf_new(1 << 20);

		engine->explain(c, text);
		ret->explain = arena_sv(w->a, buf_sv(text));
	}
	return true;
}

static bool
list_anew(struct workspace *w, const struct dataset *d, const struct asset *asset, const struct partition *p,
          struct dataset *ret, struct err *err)
{
	if (asset != NULL)
		return run_dataset(w->a, w->catalog, asset, p, ret, err);
	return run_dataset_of_source(w->a, d->key, d->table, d->query, ret, err);
}

void
run_evaluate(struct workspace *w, const struct dataset *d, const struct asset *asset,
             const struct partition *p, const struct checks *checks, struct asset_result *ret)
{
	struct dataset now = *d;
	struct err err = {0};

	ret->ncheck = checks->n;
	ret->check = ARENA_ARRAY(w->a, struct check_result, checks->n);
	if (evaluate_once(w, &now, asset, p, checks, ret, &err))
		return;
	/* What changed while it was read is listed anew and read once more. */
	if (err.code == ERR_CHANGED) {
		err = (struct err){0};
		if (list_anew(w, d, asset, p, &now, &err) &&
		    evaluate_once(w, &now, asset, p, checks, ret, &err))
			return;
	}
	run_refuse(w, checks, &err, ret);
}
