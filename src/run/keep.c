/* What a run found, into the state: its verdicts, numbers and sketches, the report itself, and what follows from it. */
#include "expect/past.h"
#include "run/internal.h"
#include "store/sketch.h"

#define REPORT_MAX ((size_t)256 << 20)

struct results {
	LIST(struct stored_verdict) verdict;
	LIST(struct stored_metric) metric;
	LIST(struct stored_sketch) sketch;
};

/* As judged, whoever puts up with it. */
static enum outcome
judged(const struct check_result *c)
{
	return c->waiver != NULL ? c->judged : c->verdict.outcome;
}

static bool
is_flagged(const struct check_result *c)
{
	return judged(c) == OUTCOME_FAIL || judged(c) == OUTCOME_WARN;
}

static struct stored_verdict
verdict_of(const struct report *rep, const struct asset_result *a, const struct check_result *c)
{
	return (struct stored_verdict){
		.run_id = sv_of(rep->run_id),
		.asset = a->key,
		.partition = a->partition,
		.version = a->data_version,
		.check_id = c->check->id,
		.check_hash = check_identity(c->check),
		.expectation = c->check->expectation != NULL ? sv_of(c->check->expectation->name)
	                                                     : c->check->written_name,
		.outcome = judged(c),
		.severity = c->check->severity,
		.blocking = c->check->blocking,
		.implicit = c->check->implicit,
		.message = c->verdict.message,
		.result = c->result,
		.engine = sv_of(c->engine),
		.at_us = c->at_us,
		.duration_ms = c->duration_ms,
	};
}

static void
collect_check(struct workspace *w, const struct report *rep, const struct asset_result *a,
              const struct check_result *c, struct results *ret)
{
	double number;

	if (c->stored || (c->verdict.outcome == OUTCOME_SKIPPED && !c->verdict.undecided) ||
	    (rep->unpublished && c->verdict.outcome == OUTCOME_PASS))
		return;
	*LIST_ADD(w->a, &ret->verdict) = verdict_of(rep, a, c);
	if (rep->unpublished)
		return;
	if (c->verdict.sketch.n > 0)
		*LIST_ADD(w->a, &ret->sketch) = (struct stored_sketch){
			.asset = a->key,
			.partition = a->partition,
			.version = a->data_version,
			.name = drift_sketch_name(w->a, c->check),
			/* Nobody said that it is fine where it could not be judged. */
			.flagged = is_flagged(c) || c->verdict.outcome == OUTCOME_ERROR,
			.at_us = c->at_us,
			.body = c->verdict.sketch,
		};
	/* What nobody asked for and finds nothing each time is not worth its place. */
	if (verdict_number(&c->verdict, &number) && !(c->check->implicit && c->verdict.has_counts))
		*LIST_ADD(w->a, &ret->metric) = (struct stored_metric){
			.asset = a->key,
			.partition = a->partition,
			.version = a->data_version,
			.name = c->check->id,
			.identity = check_metric(w->a, c->check),
			/* What was too early to judge is not wrong, whatever is said of it, or nothing would ever be learnt. */
			.flagged = is_flagged(c) && !c->verdict.undecided,
			.value = number,
			.at_us = c->at_us,
		};
}

static void
collect(struct workspace *w, const struct report *rep, struct results *ret)
{
	for (size_t i = 0; i < rep->nasset; i++)
		for (size_t k = 0; k < rep->asset[i].ncheck; k++)
			collect_check(w, rep, &rep->asset[i], &rep->asset[i].check[k], ret);
}

/* What follows from the report comes first, so that the report that is kept tells of it. */
static bool
store_in_transaction(struct workspace *w, struct report *rep, const struct results *x, struct event *event,
                     struct err *err)
{
	AUTO(buf) text = buf_new(REPORT_MAX);
	struct stored_run run = {
		.id = sv_of(rep->run_id),
		.kind = sv_of(rep->command),
		.started_us = rep->started_us,
		.finished_us = rep->finished_us,
		.outcome = rep->outcome,
		.catalog_hash = w->catalog != NULL ? sv_of(w->catalog->hash) : (struct sv){0},
	};

	if ((event != NULL && !store_add_event(w->store, event, err)) ||
	    (w->settle != NULL && !w->settle(w, rep, err)))
		return false;
	if (w->render != NULL) {
		if (!w->render(rep, text, err))
			return false;
		run.report = buf_sv(text);
	}
	return store_add_run(w->store, &run, x->verdict.v, x->verdict.n, err) &&
	       store_add_metrics(w->store, run.id, x->metric.v, x->metric.n, err) &&
	       store_add_sketches(w->store, run.id, x->sketch.v, x->sketch.n, err);
}

bool
run_keep(struct workspace *w, struct report *r, struct event *event, struct err *err)
{
	struct results x = {0};

	collect(w, r, &x);
	if (!store_begin(w->store, err))
		return false;
	if (store_in_transaction(w, r, &x, event, err)) {
		if (store_commit(w->store, err))
			return true;
	} else {
		store_rollback(w->store);
	}
	/* What is not on record did not happen. */
	r->has_incidents = false;
	r->nincident = r->nuntold = 0;
	r->untold_total = 0;
	return false;
}

bool
run_adopt(struct workspace *w, struct report *r, struct err *err)
{
	struct results x = {0};

	run_waive(w, r);
	report_summarize(r);
	collect(w, r, &x);
	return store_in_transaction(w, r, &x, NULL, err);
}
