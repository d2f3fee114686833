/* The rows of the table of routes: each family of routes has its file. */
#ifndef WEIR_SERVE_ROUTES_H
#define WEIR_SERVE_ROUTES_H

#include "serve/route.h"

extern const struct route route_service;
extern const struct route route_healthz, route_metrics, route_readyz;
extern const struct route route_openapi, route_page, route_page_script, route_page_style;
extern const struct route route_asset, route_assets, route_history, route_partitions, route_past;
extern const struct route route_freshness, route_orphans, route_state;
extern const struct route route_events_add, route_events_list, route_metrics_add;
extern const struct route route_lineage, route_lineage_usual;
extern const struct route route_lineage_batch, route_lineage_batch_usual;
extern const struct route route_dagster_check, route_dagster_materialization;
extern const struct route route_dagster_observation;
extern const struct route route_results_add, route_run, route_runs_add, route_runs_list;
extern const struct route route_waivers_add, route_waivers_end, route_waivers_list;
extern const struct route route_decisions, route_gate, route_gate_history, route_gate_override;
extern const struct route route_incident, route_incident_ack, route_incident_resolve;
extern const struct route route_incident_snooze, route_incident_symptoms, route_incidents_list;
extern const struct route route_mute_delete, route_mutes_add, route_mutes_list;

#endif
