/*
 * Checks on one dataset: bind, plan, one pass (or one query), judge, and a second look at the rows of what failed.  Checks with `by` take
 * a round more: the first only finds their segments.
 *
 * What goes wrong with the data as a whole (it is gone, cannot be read, changed under our hands) is the outcome `error` of every
 * check: nothing passes because it was not looked at.
 */
#include "run/internal.h"

#include "expect/result.h"
#include "expect/segments.h"
#include "run/kept_files.h"
#include "run/quarantine.h"

/* Metrics that are evaluated together, in as many stages as they need. */
struct round {
	struct metrics *m;
	struct plan plan;
	struct foreign foreign;
	struct metric_value *value;
};

struct evaluation {
	struct workspace *w;
	struct dataset *d;
	const struct asset *asset;
	const struct partition *p;
	struct connection *c;
	struct exprs *x;
	struct sv version; /* of the data */
	struct checks enabled;
	struct bound *bound;
	const struct asset_result *result;
	struct round first, segments;
	struct quarantine *quarantine; /* NULL = none */
};

struct scan_options
run_scan_options(struct workspace *w, const struct asset *asset)
{
	struct scan_options o = {
		.pool = w->pool,
		.memory_bytes = w->memory_bytes,
		.spill_folder = w->spill_folder,
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

/* The error of a relationship that this metric cannot do without, or NULL. */
static const struct err *
foreign_error(const struct round *r, const struct metric *m)
{
	for (uint32_t i = 0; i < r->plan.nforeign; i++) {
		if (r->foreign.err[i].code == ERR_NONE)
			continue;
		for (uint32_t k = 0; k < m->nargs; k++)
			if (expr_contains(m->arg[k], r->plan.foreign[i]))
				return &r->foreign.err[i];
		if (m->where != NULL && expr_contains(m->where, r->plan.foreign[i]))
			return &r->foreign.err[i];
	}
	return NULL;
}

/* Where keys in a temporary file could not be read, what was asked of them got wrong answers. */
static void
doubt_foreign(struct round *r, const struct metric *const *m, uint32_t n)
{
	for (uint32_t i = 0; i < r->foreign.n; i++)
		if (r->foreign.set[i] != NULL && r->foreign.err[i].code == ERR_NONE)
			(void)keyset_error(r->foreign.set[i], &r->foreign.err[i]);
	for (uint32_t i = 0; i < n; i++) {
		const struct err *broken = foreign_error(r, m[i]);

		if (broken == NULL || r->value[m[i]->id].failed)
			continue;
		metric_values_fini(&r->value[m[i]->id], 1);
		r->value[m[i]->id] = (struct metric_value){.failed = true, .err = *broken};
	}
}

static bool
evaluate_stages(struct evaluation *e, struct round *r, struct err *err)
{
	const struct metric **stage = ARENA_ARRAY(e->w->a, const struct metric *, r->plan.nmetric);

	r->value = ARENA_ARRAY(e->w->a, struct metric_value, r->plan.nmetric);
	for (uint32_t s = 0; s < r->plan.nstage; s++) {
		uint32_t n = 0;

		for (uint32_t i = 0; i < r->plan.nmetric; i++) {
			const struct metric *m = r->plan.metric[i];
			const struct err *broken = foreign_error(r, m);

			if (m->stage != s)
				continue;
			if (broken != NULL)
				r->value[m->id] = (struct metric_value){.failed = true, .err = *broken};
			else if (m->kind == &metric_other_rows)
				run_other_rows(e->w, m, &r->value[m->id]);
			else if (m->kind == &metric_last_good)
				run_last_good(e->w, m, e->asset, e->p, &r->value[m->id]);
			else if (m->kind == &metric_past_result)
				run_past_result(e->w, m, e->asset, e->p, e->version, &r->value[m->id]);
			else if (m->kind == &metric_other_query)
				run_other_query(e->w, m, &r->value[m->id]);
			else if (m->kind == &metric_other_collected)
				run_other_collected(e->w, m, &r->value[m->id]);
			else if (m->kind == &metric_other_values)
				run_other_values(e->w, m, &r->value[m->id]);
			else if (m->kind == &metric_past_sketch)
				run_past_sketch(e->w, m, e->asset, e->p, e->result, &r->value[m->id]);
			else if (m->kind == &metric_past)
				run_past(e->w, m, e->asset, e->p, e->result, &r->value[m->id]);
			else if (m->kind == &metric_program)
				run_program(e->w, m, e->d, e->p != NULL ? e->p->key : SV(""),
				            &r->value[m->id]);
			else
				stage[n++] = m;
		}
		if (n > 0 && !e->c->engine->evaluate(e->c, stage, n, e->w->a, r->value, err))
			return false;
		doubt_foreign(r, stage, n);
	}
	return true;
}

static bool
evaluate_round(struct evaluation *e, struct round *r, struct err *err)
{
	r->plan = plan_make(e->w->a, r->m, e->x);
	run_foreign_keys(e->w, &r->plan, &r->foreign);
	return evaluate_stages(e, r, err);
}

static void
round_end(struct round *r)
{
	metric_values_fini(r->value, r->plan.nmetric);
	for (uint32_t i = 0; i < r->foreign.n; i++)
		keyset_free(r->foreign.set[i]);
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

/* What rows are to be shown of, from one round. */
struct samples {
	LIST(const struct bound *) bound;
	LIST(struct verdict *) verdict;
};

static void
add_sample(struct evaluation *e, struct samples *s, const struct bound *b, struct verdict *v)
{
	*LIST_ADD(e->w->a, &s->bound) = b;
	*LIST_ADD(e->w->a, &s->verdict) = v;
}

static bool
take_samples(struct evaluation *e, const struct round *r, const struct samples *s, struct err *err)
{
	uint32_t nkey;
	const struct column **key = key_columns(e, &nkey);

	return s->bound.n == 0 || e->c->engine->sample(e->c, s->bound.v, s->verdict.v, (uint32_t)s->bound.n,
	                                               r->value, key, nkey, e->w->a, err);
}

static bool
judge_all(struct evaluation *e, struct asset_result *ret, struct err *err)
{
	struct samples first = {0}, segments = {0};
	size_t k = 0;

	for (size_t i = 0; i < ret->ncheck; i++) {
		struct check_result *r = &ret->check[i];
		struct bound *b = &e->bound[k];

		if (!r->check->enabled)
			continue;
		k++;
		if (b->nsegment == 0) {
			judge(b, e->first.value, e->w->a, &r->verdict);
			add_sample(e, &first, b, &r->verdict);
			continue;
		}
		segments_judge(b, e->segments.value, e->w->a);
		for (uint32_t s = 0; s < segments_sampled(b); s++)
			add_sample(e, &segments, &b->segment[s].bound, &b->segment[s].verdict);
	}
	if (!take_samples(e, &e->first, &first, err) || !take_samples(e, &e->segments, &segments, err))
		return false;
	k = 0;
	for (size_t i = 0; i < ret->ncheck; i++) {
		struct check_result *r = &ret->check[i];

		if (!r->check->enabled)
			continue;
		if (e->bound[k].nsegment > 0)
			segments_verdict(&e->bound[k], e->w->a, &r->verdict);
		r->result = render_result(e->w, &e->bound[k], &r->verdict);
		k++;
	}
	return true;
}

/* Rows in memory have none. */
static bool
has_version(const struct evaluation *e)
{
	return e->c->engine->version != NULL;
}

/* Of all checks that were judged: which of their rows break them. */
static bool
quarantine_rows(struct evaluation *e, const struct asset_result *ret, struct err *err)
{
	const struct metric_value *const value[FAILING_ROUNDS] = {e->first.value, e->segments.value};
	size_t k = 0;

	if (e->quarantine == NULL)
		return true;
	for (size_t i = 0; i < ret->ncheck; i++) {
		const struct verdict *v = &ret->check[i].verdict;
		const struct bound *b;

		if (!ret->check[i].check->enabled)
			continue;
		b = &e->bound[k++];
		quarantine_judged(e->quarantine, i, b->check, v);
		if (b->nsegment == 0)
			quarantine_rows_of(e->quarantine, b, v, 0);
		for (uint32_t s = 0; s < b->nsegment; s++)
			quarantine_rows_of(e->quarantine, &b->segment[s].bound, &b->segment[s].verdict, 1);
	}
	return quarantine_collect(e->quarantine, e->c, e->d, value, err);
}

/* The data itself is guarded where it is read; a version that comes by reports is told apart from it, and may come meanwhile. */
static bool
same_report(const struct evaluation *e, struct sv before, struct err *err)
{
	struct sv after;

	if (!has_version(e) || e->asset == NULL || e->asset->version_from != VERSION_REPORTED)
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
	struct binder binder = {.a = e->w->a,
	                        .x = e->x,
	                        .m = e->first.m,
	                        .schema = e->c->engine->schema(e->c),
	                        .now_us = clock_now_us(e->w->clock)};
	bool done;

	if (has_version(e) &&
	    !run_connection_version(e->w, e->asset, e->p, e->d, e->c, &ret->data_version, err))
		return false;
	e->version = ret->data_version;
	e->bound = checks_bind(&binder, &e->enabled);
	done = evaluate_round(e, &e->first, err);
	binder.m = e->segments.m;
	if (done && segments_bind(&binder, e->bound, e->enabled.n, e->first.value))
		done = evaluate_round(e, &e->segments, err);
	done = done && judge_all(e, ret, err) && quarantine_rows(e, ret, err);
	round_end(&e->segments);
	round_end(&e->first);
	return done && same_report(e, ret->data_version, err);
}

static bool
looks_elsewhere(const struct workspace *w, const struct checks *checks)
{
	for (size_t i = 0; w->catalog != NULL && i < checks->n; i++) {
		uint32_t at = 0;

		if (check_other(w->catalog, &checks->v[i], &at) != NULL)
			return true;
	}
	return false;
}

/* How often the checks ask for each metric, by id. */
static void
count_asked(const struct evaluation *e, uint32_t *asked)
{
	for (size_t i = 0; i < e->enabled.n; i++) {
		const struct bound *b = &e->bound[i];
		const struct metric *named[] = {b->element, b->nonnull, b->unexpected, b->groups};

		for (size_t k = 0; k < LEN(named); k++)
			if (named[k] != NULL)
				asked[named[k]->id]++;
		for (uint32_t k = 0; k < b->nobserved; k++)
			asked[b->observed[k]->id]++;
	}
}

/* What the checks come to before the data is touched. */
static void
explain_plan(const struct evaluation *e, struct buf *b)
{
	const struct plan *plan = &e->first.plan;
	uint32_t *asked = ARENA_ARRAY(e->w->a, uint32_t, metrics_count(e->first.m)), shared = 0;

	count_asked(e, asked);
	for (uint32_t i = 0; i < plan->nmetric; i++)
		shared += asked[plan->metric[i]->id] > 1;
	buf_printf(b, "plan: %zu checks need %u metrics, %u of them more than once, in %u pass%s\n",
	           e->enabled.n, plan->nmetric, shared, plan->nstage, plan->nstage == 1 ? "" : "es");
}

/* Those that are switched on, as they are to be judged. */
static void
take_enabled(struct evaluation *e, const struct checks *checks, struct asset_result *ret)
{
	ret->ncheck = checks->n;
	ret->check = ARENA_ARRAY(e->w->a, struct check_result, checks->n);
	e->enabled.v = ARENA_ARRAY(e->w->a, struct check, checks->n);
	for (size_t i = 0; i < checks->n; i++) {
		struct check *c = &e->enabled.v[e->enabled.n];

		ret->check[i] = (struct check_result){
			.check = &checks->v[i], .engine = e->c->engine->name, .result = SV("{}")};
		if (!checks->v[i].enabled) {
			ret->check[i].verdict = run_switched_off;
			continue;
		}
		*c = checks->v[i];
		if (!c->format_given)
			c->format = e->w->format;
		if (c->expectation != NULL && c->expectation->remembers)
			c->format = MAX(c->format, RESULT_BASIC);
		e->enabled.n++;
	}
}

static void
tell_time(const struct evaluation *e, int64_t start_ns, struct asset_result *ret)
{
	double ms = (double)(clock_mono_ns() - start_ns) / 1e6;

	for (size_t i = 0; i < ret->ncheck; i++) {
		ret->check[i].duration_ms = ret->check[i].check->enabled ? ms / (double)e->enabled.n : 0;
		ret->check[i].at_us = clock_now_us(e->w->clock);
	}
}

/* What the engine tells beside. */
static void
tell_engine(const struct evaluation *e, struct asset_result *ret)
{
	const struct engine *engine = e->c->engine;

	if (engine->reused != NULL) {
		struct scan_reuse r = engine->reused(e->c);

		ret->parts = r.parts;
		ret->parts_reused = r.reused;
	}
	if (e->w->explain && engine->explain != NULL) {
		AUTO(buf) text = buf_new(1 << 20);

		explain_plan(e, text);
		engine->explain(e->c, text);
		ret->explain = arena_sv(e->w->a, buf_sv(text));
	}
}

static bool
evaluate_connection(struct workspace *w, struct connection *c, struct dataset *d, const struct asset *asset,
                    const struct partition *p, const struct checks *checks, struct quarantine *quarantine,
                    struct asset_result *ret, struct err *err)
{
	AUTO(exprs) x = exprs_new();
	AUTO(metrics) first = metrics_new(x);
	AUTO(metrics) segments = metrics_new(x);
	struct evaluation e = {.w = w,
	                       .d = d,
	                       .asset = asset,
	                       .p = p,
	                       .c = c,
	                       .x = x,
	                       .result = ret,
	                       .quarantine = quarantine,
	                       .first.m = first,
	                       .segments.m = segments};
	int64_t start_ns = clock_mono_ns();

	take_enabled(&e, checks, ret);
	if (!evaluate_connected(&e, ret, err))
		return false;
	tell_time(&e, start_ns, ret);
	tell_engine(&e, ret);
	return true;
}

bool
run_evaluate_connection(struct workspace *w, struct connection *c, struct dataset *d,
                        const struct asset *asset, const struct partition *p, const struct checks *checks,
                        struct asset_result *ret, struct err *err)
{
	return evaluate_connection(w, c, d, asset, p, checks, NULL, ret, err);
}

static bool
evaluate_once(struct workspace *w, struct dataset *d, const struct asset *asset, const struct partition *p,
              const struct checks *checks, struct quarantine *quarantine, struct asset_result *ret,
              struct err *err)
{
	struct scan_options o = run_scan_options(w, asset);
	o.memory_bytes -= looks_elsewhere(w, checks) ? o.memory_bytes / 4
	                                             : 0; /* which is for keys of other assets */
	const struct engine *engine = engine_for(d->format, d->loc, err);
	__attribute__((cleanup(connection_cleanup))) struct connection *c = NULL;

	o.kept_path = run_kept_path(w, asset, p);
	return engine != NULL && engine->open(d, &o, &c, err) &&
	       evaluate_connection(w, c, d, asset, p, checks, quarantine, ret, err);
}

static bool
list_anew(struct workspace *w, const struct dataset *d, const struct asset *asset, const struct partition *p,
          struct dataset *ret, struct err *err)
{
	if (asset != NULL)
		return run_dataset(w->a, w->catalog, asset, p, ret, err);
	if (!run_dataset_of_source(w->a, d->key, d->table, d->query, ret, err))
		return false;
	ret->column = d->column;
	ret->ncolumn = d->ncolumn;
	return true;
}

/* What was found of failing rows in data that changed meanwhile is thrown away with all else. */
static bool
evaluate_and_keep(struct workspace *w, struct dataset *d, const struct asset *asset,
                  const struct partition *p, const struct checks *checks, struct asset_result *ret,
                  struct err *err)
{
	AUTO(quarantine) q = quarantine_new(w, asset, p, ret->key);

	if (!evaluate_once(w, d, asset, p, checks, q, ret, err))
		return false;
	quarantine_end(q, ret);
	return true;
}

void
run_evaluate(struct workspace *w, const struct dataset *d, const struct asset *asset,
             const struct partition *p, const struct checks *checks, struct asset_result *ret)
{
	struct dataset now = *d;
	struct err err = {0};

	if (evaluate_and_keep(w, &now, asset, p, checks, ret, &err))
		return;
	/* What changed while it was read is listed anew and read once more. */
	if (err.code == ERR_CHANGED) {
		err = (struct err){0};
		if (list_anew(w, d, asset, p, &now, &err) &&
		    evaluate_and_keep(w, &now, asset, p, checks, ret, &err))
			return;
	}
	run_refuse(w, checks, &err, ret);
}
