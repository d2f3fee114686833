/*
 * Named JSON Schemas of what goes in and out over HTTP, for /openapi.json.  Tables; the tests hold every answer against them.
 *
 * A family of routes has its schemas beside its handlers, as `const struct body_schema body_…`; each has a line in the table of schemas.c.
 */
#ifndef WEIR_SERVE_SCHEMAS_H
#define WEIR_SERVE_SCHEMAS_H

#include "base/json.h"

enum body_shape {
	BODY_TEXT,
	BODY_TIME,   /* RFC 3339 */
	BODY_WHOLE,  /* an integer */
	BODY_NUMBER, /* nullable if it may be NaN, which is written as null */
	BODY_FLAG,
	BODY_CHOICE,         /* one of names */
	BODY_TEXTS,          /* a list */
	BODY_OBJECT,         /* of the schema `of` */
	BODY_LIST,           /* of `of` */
	BODY_ONE_OR_MORE,    /* one of `of`, or a list of them */
	BODY_TEXT_OR_OBJECT, /* a text, or one of `of` */
	BODY_NUMBERS,        /* an object: numbers by name */
	BODY_ANY_OBJECT,
	BODY_ANY
};

struct body_field {
	const char *name;
	enum body_shape shape;
	const char *doc;
	const char *of;
	const char *const *names; /* of CHOICE */
	size_t nnames;
	bool optional, nullable;
};

/* An object of these fields and no others; or, without fields, a shape; or what a report format describes. */
struct body_schema {
	const char *name; /* CamelCase */
	const char *doc;
	const struct body_field *field;
	size_t nfield;
	bool open; /* other fields may stand in it */
	enum body_shape shape;
	const char *of;
	const char *report; /* as report_json_schema calls it */
};

extern const struct body_schema *const body_schemas[]; /* sorted by name */
extern const size_t body_schema_count;

const struct body_schema *body_schema_find(const char *name); /* or NULL */
void body_schema_write(struct json_writer *w, const struct body_schema *s);

/* The rows, by family. */
extern const struct body_schema body_problem;
extern const struct body_schema body_health, body_service;

extern const struct body_schema body_asset, body_asset_state, body_assets, body_freshness, body_history;
extern const struct body_schema body_metric_point, body_orphan, body_orphans, body_partition, body_partitions;
extern const struct body_schema body_verdict_point;
extern const struct body_schema body_past, body_past_answer, body_past_error, body_past_point;
extern const struct body_schema body_past_record, body_past_seen, body_past_sketch;
extern const struct body_schema body_decision, body_decisions, body_gate_history, body_override_to_add;
extern const struct body_schema body_asset, body_asset_state, body_assets, body_freshness, body_history;
extern const struct body_schema body_metric_point, body_orphan, body_orphans, body_partition, body_partitions;
extern const struct body_schema body_verdict_point;
extern const struct body_schema body_event, body_event_added, body_event_input, body_event_input_told;
extern const struct body_schema body_event_read, body_event_to_add, body_events, body_events_added;
extern const struct body_schema body_events_to_add, body_metric, body_metric_to_add;
extern const struct body_schema body_lineage_batch, body_lineage_failure, body_lineage_summary;
extern const struct body_schema body_lineage_taken, body_open_lineage, body_open_lineage_batch;
extern const struct body_schema body_dagster_refused, body_dagster_report, body_dagster_taken;
extern const struct body_schema body_results_added, body_results_to_add;
extern const struct body_schema body_run, body_run_to_add, body_runs;
extern const struct body_schema body_waiver, body_waivers, body_waivers_ended, body_waivers_to_add;
extern const struct body_schema body_incident, body_incident_ack, body_incident_resolve;
extern const struct body_schema body_incident_change, body_incident_snooze, body_incidents;
extern const struct body_schema body_symptom, body_symptoms;
extern const struct body_schema body_mute, body_mute_to_add, body_mutes;

#endif
