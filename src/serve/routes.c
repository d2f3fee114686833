/* The table of routes, and how a path finds its row. */
#include "serve/routes.h"

#include <stdio.h>
#include <string.h>

#include "serve/request_internal.h"

const char *const method_names[METHOD_COUNT] = {"GET", "POST", "DELETE"};

const struct route *const routes[] = {
	&route_page,
	&route_lineage_usual,
	&route_lineage_batch_usual,
	&route_page_style,
	&route_page_script,
	&route_healthz,
	&route_metrics,
	&route_openapi,
	&route_readyz,
	&route_assets,
	&route_asset,
	&route_history,
	&route_partitions,
	&route_past,
	&route_dagster_check,
	&route_dagster_materialization,
	&route_dagster_observation,
	&route_decisions,
	&route_events_list,
	&route_events_add,
	&route_freshness,
	&route_gate,
	&route_gate_override,
	&route_incidents_list,
	&route_incident,
	&route_incident_ack,
	&route_incident_resolve,
	&route_incident_snooze,
	&route_incident_symptoms,
	&route_lineage,
	&route_lineage_batch,
	&route_metrics_add,
	&route_mutes_list,
	&route_mutes_add,
	&route_mute_delete,
	&route_orphans,
	&route_gate_history,
	&route_results_add,
	&route_runs_list,
	&route_runs_add,
	&route_run,
	&route_service,
	&route_state,
	&route_waivers_list,
	&route_waivers_add,
	&route_waivers_end,
};
const size_t route_count = LEN(routes);

/*
 * Does the path fit?  A part in braces is one segment that is not empty; its slashes are %2F, so that cutting comes before decoding.  One
 * that ends in a star is all the rest, slashes too, and may be empty.  What the parts were, still encoded, goes to arg.
 */
static bool
fits(const char *pattern, struct sv path, struct sv arg[ROUTE_ARGS_MAX])
{
	size_t at = 0, n = 0;

	for (; *pattern != '\0'; pattern++) {
		if (*pattern != '{') {
			if (at >= path.n || path.p[at++] != *pattern)
				return false;
			continue;
		}
		const char *end = strchr(pattern, '}');
		const bool rest = end[-1] == '*';
		size_t from = at;

		while (at < path.n && (rest || path.p[at] != '/'))
			at++;
		if (at == from && !rest)
			return false;
		arg[n++] = (struct sv){path.p + from, at - from};
		pattern = end;
	}
	return at == path.n;
}

const struct route *
route_find(enum method method, struct sv path, struct sv arg[ROUTE_ARGS_MAX], unsigned *allowed)
{
	*allowed = 0;
	for (size_t i = 0; i < route_count; i++) {
		struct sv found[ROUTE_ARGS_MAX] = {0};

		if (!fits(routes[i]->path, path, found))
			continue;
		if (routes[i]->method == method) {
			memcpy(arg, found, sizeof(found));
			return routes[i];
		}
		*allowed |= 1u << routes[i]->method;
	}
	return NULL;
}
