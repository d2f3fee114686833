#include "cmd/gate_here.h"

bool
gate_is_here(const struct input_fact *in, const struct part_fact *part)
{
	return !in->told && in->undecided.n == 0 && part->undecided.n == 0 && !part->missing &&
	       part->version.n > 0;
}

static bool
is_compared(const struct gate_here *g, const struct input_fact *in, const struct part_fact *part)
{
	const struct asset *up = catalog_asset(g->w->w.catalog, in->upstream);

	return gate_is_here(in, part) && (!g->elsewhere || (up != NULL && up->elsewhere));
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
compare(const struct gate_here *g, const struct decision *d, const struct input_fact *in,
        const struct part_fact *part, struct reasons *more)
{
	const struct gate_input *judged = judged_input(d, in->upstream, part->partition);
	bool told = false; /* by the service itself */
	struct sv version = judged != NULL ? judged->data_version : (struct sv){0};

	for (size_t i = 0; i < d->nreason; i++)
		told = told ||
		       (d->reason[i].kind == REASON_CHANGED && sv_eq(d->reason[i].upstream, in->upstream) &&
		        sv_eq(d->reason[i].partition, part->partition));
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
name_versions(const struct gate_here *g, const struct gate_facts *here, struct gate_request *r)
{
	struct gate_named *named = ARENA_ARRAY(g->w->a, struct gate_named, NAMED_MAX);
	size_t n = 0;

	for (size_t i = 0; i < here->ninput; i++)
		for (size_t k = 0; k < here->input[i].npart && n < NAMED_MAX; k++) {
			const struct input_fact *in = &here->input[i];

			if (is_compared(g, in, &in->part[k]) && can_be_named(in, &in->part[k]))
				named[n++] = (struct gate_named){.upstream = in->upstream,
				                                 .partition = in->part[k].partition,
				                                 .version = in->part[k].version};
		}
	r->named = named;
	r->nnamed = n;
}

static void
compare_all(const struct gate_here *g, const struct gate_facts *here, struct decision *d)
{
	struct reasons more = {.a = g->w->a};

	for (size_t i = 0; i < here->ninput; i++)
		for (size_t k = 0; k < here->input[i].npart; k++) {
			const struct input_fact *in = &here->input[i];

			if (is_compared(g, in, &in->part[k]))
				compare(g, d, in, &in->part[k], &more);
		}
	if (more.list.n > 0)
		add_reasons(d, &more);
}

bool
gate_here(const struct gate_here *g, struct gate_request *r, struct decision *ret, struct err *err)
{
	const struct gate_request look = {.asset = r->asset, .partition = r->partition, .who = r->who};
	struct gate_facts here;

	/* Who waits does so for the data to change: what counts lies here in the end. */
	if (r->wait_us > 0 && g->elsewhere) {
		if (!remote_gate(g->service, g->w->a, r, ret, err) ||
		    !gate_collect(&g->w->w, g->asset, &look, &here, err))
			return false;
		compare_all(g, &here, ret);
		return true;
	}
	/* What lies here is looked at first: what comes later is known as changed. */
	if (!gate_collect(&g->w->w, g->asset, &look, &here, err))
		return false;
	name_versions(g, &here, r);
	if (!remote_gate(g->service, g->w->a, r, ret, err))
		return false;
	compare_all(g, &here, ret);
	return true;
}
