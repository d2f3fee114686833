/* Two reports beside each other: what is new, still open and fixed in the later one, by check and asset. */
#include "report/view.h"

#include "base/map.h"

static struct sv
key_of(struct arena *a, const struct finding *f)
{
	/* A check that failed and cannot be evaluated now is still the same problem. */
	struct sv what = f->check != NULL ? f->check->check->id : sv_of(f->kind);

	return arena_svf(a, SV_FMT "\n" SV_FMT "\n" SV_FMT, SV_ARG(what), SV_ARG(f->asset),
	                 SV_ARG(f->partition));
}

static struct incident
incident_of(struct arena *a, const struct finding *f, enum incident_change change, int64_t opened_us)
{
	return (struct incident){
		.key = key_of(a, f),
		.kind = sv_of(f->kind),
		.asset = f->asset,
		.partition = f->partition,
		.check = f->check != NULL ? f->check->check->id : (struct sv){0},
		.severity = f->outcome == OUTCOME_WARN ? SEVERITY_WARNING : SEVERITY_CRITICAL,
		.title = arena_svf(a, SV_FMT " " SV_FMT, SV_ARG(f->title), SV_ARG(f->label)),
		.message = f->message,
		.opened_us = opened_us,
		.resolved_us = TIME_NONE,
		.change = change,
	};
}

/* Was what a finding is about looked at, so that its absence means something? */
static bool
was_judged(const struct report *r, const struct finding *f)
{
	for (size_t i = 0; i < r->nasset; i++) {
		const struct asset_result *a = &r->asset[i];

		if (!sv_eq(a->key, f->asset) || !sv_eq(a->partition, f->partition))
			continue;
		if (f->check == NULL)
			return sv_is(f->label, "freshness")   ? a->has_freshness
			       : sv_is(f->label, "staleness") ? a->has_staleness
			                                      : true;
		for (size_t k = 0; k < a->ncheck; k++)
			if (sv_eq(a->check[k].check->id, f->check->check->id))
				return a->check[k].verdict.outcome != OUTCOME_SKIPPED;
	}
	return f->result == NULL && r->has_orphans;
}

void
report_compare(struct arena *a, struct report *now, const struct report *before)
{
	LIST(struct incident) list = {0};
	struct finding *old, *new;
	size_t nold, nnew;
	struct map were, are;

	old = view_findings(a, before, &nold);
	new = view_findings(a, now, &nnew);
	map_init(&were, a);
	map_init(&are, a);
	for (size_t i = 0; i < nold; i++)
		map_set(&were, key_of(a, &old[i]), &old[i]);
	for (size_t i = 0; i < nnew; i++) {
		struct sv key = key_of(a, &new[i]);
		bool was = map_get(&were, key) != NULL;

		map_set(&are, key, &new[i]);
		*LIST_ADD(a, &list) = incident_of(a, &new[i], was ? INCIDENT_STILL : INCIDENT_OPENED,
		                                  was ? before->started_us : now->started_us);
	}
	for (size_t i = 0; i < nold; i++)
		if (map_get(&are, key_of(a, &old[i])) == NULL && was_judged(now, &old[i])) {
			struct incident *it = LIST_ADD(a, &list);

			*it = incident_of(a, &old[i], INCIDENT_RESOLVED, before->started_us);
			it->resolved_us = now->started_us;
		}
	now->has_incidents = true;
	now->incident = list.v;
	now->nincident = list.n;
}
