#include "cmd/guarded_remote.h"

#include "cmd/remote_gate.h"
#include "cmd/remote_results.h"
#include "gate/facts.h"

/* The gate ------------------------------------------------------------------------------------------------------ */

/* Is there something to compare?  What is told to the service, or lies on other machines, is its to know. */
static bool
is_seen_here(const struct input_fact *in, const struct part_fact *part)
{
	return !in->told && in->undecided.n == 0 && part->undecided.n == 0 && !part->missing &&
	       part->version.n > 0;
}

static const struct gate_input *
judged_input(const struct decision *d, struct sv upstream, struct sv partition)
{
	for (size_t i = 0; i < d->ninput; i++)
		if (sv_eq(d->input[i].upstream, upstream) && sv_eq(d->input[i].partition, partition))
			return &d->input[i];
	return NULL;
}

struct reasons {
	struct arena *a;
	LIST(struct reason) list;
};

static void
compare(struct guarded *g, const struct input_fact *in, const struct part_fact *part, struct reasons *more)
{
	const struct gate_input *judged = judged_input(&g->gate, in->upstream, part->partition);
	bool told = false; /* by the service itself */
	struct sv version = judged != NULL ? judged->data_version : (struct sv){0};

	for (size_t i = 0; i < g->gate.nreason; i++)
		told = told || (g->gate.reason[i].kind == REASON_CHANGED &&
		                sv_eq(g->gate.reason[i].upstream, in->upstream) &&
		                sv_eq(g->gate.reason[i].partition, part->partition));
	if (told || sv_eq(version, part->version))
		return;
	*LIST_ADD(more->a, &more->list) = (struct reason){
		.kind = REASON_CHANGED,
		.upstream = in->upstream,
		.partition = part->partition,
		.message = version.n > 0 ? arena_svf(more->a,
	                                             "the service judged version " SV_FMT ", and " SV_FMT
	                                             " lies here",
	                                             SV_ARG(version), SV_ARG(part->version))
	                                 : arena_svf(more->a,
	                                             "the service knows no version, and " SV_FMT " lies here",
	                                             SV_ARG(part->version)),
		.data_version = part->version,
		.effect = MIN(g->asset->gate.effect[REASON_CHANGED], in->cap),
	};
}

static void
add_reasons(struct decision *d, const struct reasons *more)
{
	struct reason *all = ARENA_ARRAY(more->a, struct reason, d->nreason + more->list.n);

	for (size_t i = 0; i < d->nreason; i++)
		all[i] = d->reason[i];
	for (size_t i = 0; i < more->list.n; i++) {
		all[d->nreason + i] = more->list.v[i];
		d->would_block = d->would_block || more->list.v[i].effect == EFFECT_BLOCK;
	}
	d->reason = all;
	d->nreason += more->list.n;
	d->allow = d->shadow || !d->would_block;
}

/* Addresses must not get too long; the rest is compared here alone. */
enum { NAMED_MAX = 20 };

static bool
can_be_named(const struct input_fact *in, const struct part_fact *part)
{
	return sv_find(in->upstream, ',') < 0 && sv_find(part->partition, ',') < 0 &&
	       sv_find(part->version, ',') < 0 && part->version.n < 200;
}

/* What is about to be read, so that the service's own record says which version was asked for. */
static void
name_versions(struct guarded *g, const struct gate_facts *here)
{
	struct gate_named *named = ARENA_ARRAY(g->o->a, struct gate_named, NAMED_MAX);
	size_t n = 0;

	for (size_t i = 0; i < here->ninput; i++)
		for (size_t k = 0; k < here->input[i].npart && n < NAMED_MAX; k++) {
			const struct input_fact *in = &here->input[i];

			if (is_seen_here(in, &in->part[k]) && can_be_named(in, &in->part[k]))
				named[n++] = (struct gate_named){.upstream = in->upstream,
				                                 .partition = in->part[k].partition,
				                                 .version = in->part[k].version};
		}
	g->request.named = named;
	g->request.nnamed = n;
}

bool
guarded_remote_gate(struct guarded *g, struct err *err)
{
	struct reasons more = {.a = g->o->a};
	struct gate_facts here;

	/* What lies here is looked at first: what comes later is known as changed. */
	if (!gate_collect(&g->w->w, g->asset, &g->request, &here, err))
		return false;
	name_versions(g, &here);
	if (!remote_gate(g->service, g->o->a, &g->request, &g->gate, err))
		return false;
	for (size_t i = 0; i < here.ninput; i++)
		for (size_t k = 0; k < here.input[i].npart; k++) {
			const struct input_fact *in = &here.input[i];

			if (is_seen_here(in, &in->part[k]))
				compare(g, in, &in->part[k], &more);
		}
	if (more.list.n > 0)
		add_reasons(&g->gate, &more);
	return true;
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
		if (is_seen_here(in, &in->part[k]))
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
