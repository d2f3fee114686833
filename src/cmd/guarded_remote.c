#include "cmd/guarded_remote.h"

#include "base/log.h"
#include "cmd/gate_here.h"
#include "cmd/remote_past.h"
#include "cmd/remote_results.h"
#include "cmd/remote_waivers.h"

/* The gate ------------------------------------------------------------------------------------------------------ */

bool
guarded_remote_gate(struct guarded *g, struct err *err)
{
	const struct gate_here here = {.w = g->w, .service = g->service, .asset = g->asset};

	return gate_here(&here, &g->request, &g->gate, err);
}

/* Afterwards ---------------------------------------------------------------------------------------------------- */

/* As the service says it is. */
static struct part_fact
part_of_service(const struct gate_input *in)
{
	return (struct part_fact){
		.partition = in->partition,
		.version = in->data_version,
		.version_after = in->data_version,
		.stamp_us = TIME_NONE,
		.started_us = TIME_NONE,
	};
}

static void
merge(struct arena *a, struct input_fact *in, const struct decision *d)
{
	LIST(struct part_fact) part = {0};

	for (size_t k = 0; k < in->npart; k++)
		if (gate_is_here(in, &in->part[k]))
			*LIST_ADD(a, &part) = in->part[k];
	for (size_t i = 0; i < d->ninput; i++) {
		bool here = false;

		for (size_t k = 0; k < part.n; k++)
			here = here || sv_eq(part.v[k].partition, d->input[i].partition);
		if (!here && sv_eq(d->input[i].upstream, in->upstream))
			*LIST_ADD(a, &part) = part_of_service(&d->input[i]);
	}
	in->part = part.v;
	in->npart = part.n;
}

bool
guarded_remote_look(struct guarded *g, struct gate_facts *ret, struct err *err)
{
	struct gate_request again = {
		.asset = g->request.asset, .partition = g->request.partition, .who = g->request.who};
	struct arena *a = g->o->a;
	struct gate_facts f;
	struct decision d;

	if (!remote_gate(g->service, a, &again, &d, err) ||
	    !gate_collect(&g->w->w, g->asset, &again, &f, err))
		return false;

	struct input_fact *in = ARENA_ARRAY(a, struct input_fact, MAX(f.ninput, (size_t)1));

	for (size_t i = 0; i < f.ninput; i++) {
		in[i] = f.input[i];
		merge(a, &in[i], &d);
	}
	f.input = in;
	*ret = f;
	return true;
}

void
guarded_remote_past(struct guarded *g, struct workspace *w)
{
	struct past_copy *copy = ARENA_NEW(g->o->a, struct past_copy);

	remote_past_of(g->service, g->o->a, g->asset, g->p != NULL ? g->p->key : (struct sv){0}, copy);
	w->past = copy;
	w->npast = 1;
}

static bool
something_failed(const struct report *r)
{
	for (size_t i = 0; i < r->nasset; i++)
		for (size_t k = 0; k < r->asset[i].ncheck; k++)
			if (r->asset[i].check[k].verdict.outcome == OUTCOME_FAIL)
				return true;
	return false;
}

void
guarded_remote_waive(struct guarded *g)
{
	struct waiver *w;
	struct err err = {0};
	size_t n;

	if (!something_failed(&g->report))
		return;
	if (!remote_waivers(g->service, g->o->a, true, &w, &n, &err)) {
		log_warn("waivers cannot be read, so that all failures count: %s", err.msg);
		return;
	}
	run_waive_by(g->o->a, w, n, &g->report);
	report_summarize(&g->report);
}

/* The record ---------------------------------------------------------------------------------------------------- */

bool
guarded_remote_tell(struct guarded *g, struct event *e, struct err *err)
{
	struct event told = *e;

	if (!opt(g->o, "now")->given)
		told.at_us = TIME_NONE;
	return remote_event_add(g->service, g->o->a, &told, NULL, 0, &e->id, err);
}

/* Ids are in the order of time, by the service's clock. */
bool
guarded_remote_version(struct guarded *g, struct sv *ret, struct err *err)
{
	const struct remote_events_query q = {
		.asset = g->asset->key,
		.partition = g->p != NULL ? g->p->key : (struct sv){0},
		.kind = event_kind_names[EVENT_MATERIALIZED],
		.max = 100,
	};
	struct event *e;
	size_t n;

	if (!remote_events_list(g->service, g->o->a, &q, &e, &n, err))
		return false;
	*ret = (struct sv){0};
	for (size_t i = 0; i < n && ret->n == 0; i++)
		if (sv_eq(e[i].partition, q.partition) && sv_cmp(e[i].id, g->started_id) > 0)
			*ret = e[i].version;
	return true;
}

bool
guarded_remote_keep(struct guarded *g, struct event *e, struct err *err)
{
	const bool looks = e->kind == EVENT_MATERIALIZED &&
	                   (g->asset->path.n > 0 || g->asset->table.n > 0 || g->asset->query.n > 0);
	struct event told = *e;

	if (!opt(g->o, "now")->given)
		told.at_us = TIME_NONE;

	const struct remote_results x = {
		.report = &g->report, .look = &g->asset, .nlook = looks, .event = &told, .nevent = 1};

	return remote_send_results(g->service, g->w, g->report.run_id, &x, err);
}
