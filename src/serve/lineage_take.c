/* What an OpenLineage event comes to: events of the assets that it is about. */
#include "serve/lineage_take.h"

#include <stdlib.h>

#include "serve/event_json.h"
#include "serve/openlineage.h"
#include "serve/service.h"

enum { UNKNOWN_SHOWN = 20, RUN_EVENTS_MAX = 10000 };

/* What one OpenLineage event comes to. */
struct reading {
	struct service *s;
	struct arena *a;
	const struct catalog *c;
	const struct lineage *l;
	const struct event *earlier; /* of the same run */
	size_t nearlier;
	bool *done; /* by asset index: once is enough */
	LIST(struct event) event;
	LIST(struct sv) unknown;
	size_t nunknown, repeated;
};

static const struct asset *
find_asset(struct reading *r, const struct lineage_dataset *d)
{
	const struct asset *asset = lineage_asset(r->a, r->c, d);

	if (asset == NULL && r->nunknown++ < UNKNOWN_SHOWN)
		*LIST_ADD(r->a, &r->unknown) = arena_svf(r->a, SV_FMT "/" SV_FMT, SV_ARG(d->space),
		                                         SV_ARG(d->name));
	return asset;
}

/* Versions of a sender can be compared with those that others told, but not with what is seen where the data lies. */
static bool
takes_versions(const struct asset *asset)
{
	return asset->version_from == VERSION_REPORTED ||
	       (asset->path.n == 0 && asset->table.n == 0 && asset->query.n == 0);
}

static const struct event *
earlier_of(const struct reading *r, const struct asset *asset, enum event_kind kind, int64_t at_us)
{
	for (size_t i = 0; i < r->nearlier; i++)
		if (r->earlier[i].kind == kind && sv_eq(r->earlier[i].asset, asset->key) &&
		    (at_us == TIME_NONE || r->earlier[i].at_us == at_us))
			return &r->earlier[i];
	return NULL;
}

/* An input by its key, in this event or in the one that started it. */
static bool
find_input(struct reading *r, const struct asset *up, const struct event *start, struct event_input *ret)
{
	*ret = (struct event_input){.key = up->key};
	for (size_t i = 0; i < r->l->ninput; i++)
		if (lineage_asset(r->a, r->c, &r->l->input[i]) == up) {
			if (takes_versions(up))
				ret->version = r->l->input[i].version;
			return true;
		}
	for (size_t i = 0; start != NULL && i < start->ninput; i++)
		if (sv_eq(start->input[i].key, up->key)) {
			*ret = start->input[i];
			return true;
		}
	return false;
}

/*
 * Inputs that are declared.  A sender names what it saw, which need not be all: only when every declared input is among them is the list
 * taken for complete, else what is missing in it would count as a change.
 */
static void
add_inputs(struct reading *r, const struct asset *asset, const struct event *start, struct event *e)
{
	struct event_input *in = ARENA_ARRAY(r->a, struct event_input, asset->ndep);
	size_t n = 0;

	for (size_t i = 0; i < asset->ndep; i++) {
		const struct asset *up = catalog_asset(r->c, asset->dep[i].key);

		n += up != NULL && find_input(r, up, start, &in[n]);
	}
	e->input = in;
	e->ninput = n;
	e->inputs_given = n > 0 && n == asset->ndep;
}

static void
add_event(struct reading *r, const struct asset *asset, enum event_kind kind, const struct lineage_dataset *d)
{
	const bool start = kind == EVENT_STARTED;
	struct event *e;

	if (r->done[asset->index])
		return;
	r->done[asset->index] = true;
	/* Senders send again what may not have arrived; a run starts once. */
	if (r->l->kind == LINEAGE_RUN &&
	    earlier_of(r, asset, kind, start ? TIME_NONE : r->l->at_us) != NULL) {
		r->repeated++;
		return;
	}
	e = LIST_ADD(r->a, &r->event);
	*e = (struct event){
		.kind = kind,
		.asset = asset->key,
		.at_us = r->l->at_us,
		.updated_us = TIME_NONE,
		.data_through_us = kind == EVENT_MATERIALIZED ? r->l->nominal_end_us : TIME_NONE,
		.rows = d != NULL && kind == EVENT_MATERIALIZED ? d->rows : -1,
		.run_id = r->l->run_id,
		.reporter = SV("openlineage"),
		.note = kind == EVENT_FAILED ? r->l->trouble : (struct sv){0},
	};
	if (d != NULL && !start && kind != EVENT_FAILED && takes_versions(asset))
		e->version = d->version;
	if (r->l->kind == LINEAGE_RUN)
		add_inputs(r, asset, earlier_of(r, asset, EVENT_STARTED, TIME_NONE), e);
}

/* What was dropped or emptied is no new data; but nothing is being made any more, either. */
static void
end_without_data(struct reading *r, const struct asset *asset, const struct lineage_dataset *d)
{
	const size_t before = r->event.n;

	if (earlier_of(r, asset, EVENT_STARTED, TIME_NONE) != NULL)
		add_event(r, asset, EVENT_FAILED, d);
	r->done[asset->index] = true;
	if (r->event.n > before)
		r->event.v[before].note = arena_svf(r->a, "the run left no data: " SV_FMT,
		                                    SV_ARG(d->lifecycle));
}

/* Outputs may have been named when the run began, or only at its end. */
static void
end_run(struct reading *r, enum event_kind kind)
{
	const struct lineage *l = r->l;

	for (size_t i = 0; i < l->noutput; i++) {
		const struct asset *asset = find_asset(r, &l->output[i]);

		if (asset != NULL && (kind == EVENT_FAILED || lineage_is_refresh(&l->output[i])))
			add_event(r, asset, kind, &l->output[i]);
		else if (asset != NULL)
			end_without_data(r, asset, &l->output[i]);
	}
	for (size_t i = 0; i < r->nearlier; i++) {
		const struct asset *asset = catalog_asset(r->c, r->earlier[i].asset);

		if (asset != NULL && r->earlier[i].kind == EVENT_STARTED)
			add_event(r, asset, kind, NULL);
	}
}

static void
go_on(struct reading *r)
{
	for (size_t i = 0; i < r->l->noutput; i++) {
		const struct asset *asset = find_asset(r, &r->l->output[i]);

		if (asset != NULL && lineage_is_refresh(&r->l->output[i]))
			add_event(r, asset, EVENT_STARTED, &r->l->output[i]);
	}
}

/* A dataset event says what is there: a version, or that it was made. */
static void
see_dataset(struct reading *r)
{
	const struct lineage_dataset *d = &r->l->output[0];
	const struct asset *asset = find_asset(r, d);
	const bool made = sv_ieq(d->lifecycle, SV("CREATE")) || sv_ieq(d->lifecycle, SV("OVERWRITE"));

	if (asset == NULL || (!made && (d->version.n == 0 || !takes_versions(asset))))
		return;
	add_event(r, asset, EVENT_OBSERVED, d);
	if (made && r->event.n > 0)
		r->event.v[0].updated_us = r->l->at_us;
}

static void
read_lineage(struct reading *r)
{
	if (r->l->kind == LINEAGE_DATASET)
		see_dataset(r);
	if (r->l->kind != LINEAGE_RUN)
		return;
	switch (r->l->type) {
	case LINEAGE_START:
	case LINEAGE_RUNNING:
		go_on(r);
		break;
	case LINEAGE_COMPLETE:
		end_run(r, EVENT_MATERIALIZED);
		break;
	case LINEAGE_FAIL:
	case LINEAGE_ABORT:
		end_run(r, EVENT_FAILED);
		break;
	case LINEAGE_OTHER:
		break;
	}
}

bool
lineage_take(struct service *s, struct arena *a, struct sv json, struct lineage_taken *ret,
             struct faults *faults, struct err *err)
{
	struct lineage l;
	struct reading r = {.s = s, .a = a, .c = s->project->catalog, .l = &l};
	struct event *earlier = NULL;

	*ret = (struct lineage_taken){0};
	if (!lineage_parse(a, json, &l, faults))
		return true;
	if (l.kind == LINEAGE_RUN &&
	    !store_events_of_run(s->store, a, l.run_id, RUN_EVENTS_MAX, &earlier, &r.nearlier, err))
		return false;
	r.earlier = earlier;
	r.done = xcalloc(MAX(r.c->nasset, (size_t)1), sizeof(*r.done));
	read_lineage(&r);
	free(r.done);
	if (!events_store(s, a, r.event.v, r.event.n, err))
		return false;
	*ret = (struct lineage_taken){
		.event = r.event.v,
		.nevent = r.event.n,
		.repeated = r.repeated,
		.nunknown = r.nunknown,
		.unknown = r.unknown.v,
		.nshown = r.unknown.n,
	};
	return true;
}
