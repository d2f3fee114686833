#include "serve/schemas.h"

#include <string.h>

#include "report/report.h"

static const struct body_field fault_fields[] = {
	{"pointer", BODY_TEXT, .doc = "JSON pointer to the place in the body.", .optional = true},
	{"detail", BODY_TEXT, .doc = "What is wrong there."},
};
static const struct body_schema body_fault = {
	.name = "Fault",
	.doc = "One mistake in a body.",
	.field = fault_fields,
	.nfield = LEN(fault_fields),
	.open = true,
};

static const struct body_field problem_fields[] = {
	{"type", BODY_TEXT, .doc = "about:blank: the status tells the kind."},
	{"title", BODY_TEXT, .doc = "The status in words."},
	{"status", BODY_WHOLE, .doc = "The status."},
	{"detail", BODY_TEXT, .doc = "What is wrong, and what to do."},
	{"instance", BODY_TEXT, .doc = "The path that was asked for."},
	{"code", BODY_TEXT, .doc = "Error code: weir explain CODE tells more.", .optional = true},
	{"errors", BODY_LIST, .doc = "All mistakes in the body.", .of = "Fault", .optional = true},
};
const struct body_schema body_problem = {
	.name = "Problem",
	.doc = "What went wrong (RFC 9457).",
	.field = problem_fields,
	.nfield = LEN(problem_fields),
	.open = true,
};

static const struct body_schema body_report = {
	.name = "Report",
	.doc = "As `weir check --format json` writes it.",
	.report = "report",
};
static const struct body_schema body_gate = {
	.name = "Gate",
	.doc = "As `weir gate --format json` writes it.",
	.report = "gate",
};

static const struct body_schema body_anything = {
	.name = "Anything",
	.doc = "Any JSON.",
	.shape = BODY_ANY,
};

const struct body_schema *const body_schemas[] = {
	&body_anything,
	&body_asset,
	&body_asset_state,
	&body_assets,
	&body_dagster_refused,
	&body_dagster_report,
	&body_dagster_taken,
	&body_decision,
	&body_decisions,
	&body_event,
	&body_event_added,
	&body_event_input,
	&body_event_input_told,
	&body_event_read,
	&body_event_to_add,
	&body_events,
	&body_events_added,
	&body_events_to_add,
	&body_fault,
	&body_freshness,
	&body_gate,
	&body_gate_history,
	&body_health,
	&body_history,
	&body_incident,
	&body_incident_ack,
	&body_incident_change,
	&body_incident_resolve,
	&body_incident_snooze,
	&body_incidents,
	&body_lineage_batch,
	&body_lineage_failure,
	&body_lineage_summary,
	&body_lineage_taken,
	&body_metric,
	&body_metric_point,
	&body_metric_to_add,
	&body_mute,
	&body_mute_to_add,
	&body_mutes,
	&body_open_lineage,
	&body_open_lineage_batch,
	&body_orphan,
	&body_orphans,
	&body_override_to_add,
	&body_partition,
	&body_partitions,
	&body_past,
	&body_past_answer,
	&body_past_error,
	&body_past_point,
	&body_past_record,
	&body_past_seen,
	&body_past_sketch,
	&body_problem,
	&body_report,
	&body_results_added,
	&body_results_to_add,
	&body_run,
	&body_run_to_add,
	&body_runs,
	&body_service,
	&body_symptom,
	&body_symptoms,
	&body_verdict_point,
	&body_waiver,
	&body_waivers,
	&body_waivers_ended,
	&body_waivers_to_add,
};
const size_t body_schema_count = LEN(body_schemas);

const struct body_schema *
body_schema_find(const char *name)
{
	for (size_t i = 0; i < body_schema_count; i++)
		if (strcmp(body_schemas[i]->name, name) == 0)
			return body_schemas[i];
	return NULL;
}

/* Writing ------------------------------------------------------------------------------------------------------- */

static void
put_ref(struct json_writer *w, const char *of)
{
	AUTO(buf) ref = buf_new(256);

	buf_printf(ref, "#/components/schemas/%s", of);
	json_put_str(w, "$ref", buf_str(ref));
}

static void
put_type(struct json_writer *w, const char *type, bool nullable)
{
	json_key(w, "type");
	if (!nullable) {
		json_str(w, type);
		return;
	}
	json_array(w);
	json_str(w, type);
	json_str(w, "null");
	json_array_end(w);
}

static void
put_list(struct json_writer *w, const char *of, bool nullable)
{
	put_type(w, "array", nullable);
	json_key(w, "items");
	json_object(w);
	if (of != NULL)
		put_ref(w, of);
	else
		json_put_str(w, "type", "string");
	json_object_end(w);
}

/* anyOf the schema `of` and something else. */
static void
put_either(struct json_writer *w, const char *of, enum body_shape other, bool nullable)
{
	json_key(w, "anyOf");
	json_array(w);
	json_object(w);
	put_ref(w, of);
	json_object_end(w);
	if (other == BODY_LIST || other == BODY_TEXT) {
		json_object(w);
		if (other == BODY_LIST)
			put_list(w, of, false);
		else
			json_put_str(w, "type", "string");
		json_object_end(w);
	}
	if (nullable) {
		json_object(w);
		json_put_str(w, "type", "null");
		json_object_end(w);
	}
	json_array_end(w);
}

static void
put_choice(struct json_writer *w, const struct body_field *f)
{
	json_key(w, "enum");
	json_array(w);
	for (size_t i = 0; i < f->nnames; i++)
		json_str(w, f->names[i]);
	if (f->nullable)
		json_null(w);
	json_array_end(w);
}

static void
put_shape(struct json_writer *w, const struct body_field *f)
{
	switch (f->shape) {
	case BODY_TEXT:
		put_type(w, "string", f->nullable);
		break;
	case BODY_TIME:
		put_type(w, "string", f->nullable);
		json_put_str(w, "format", "date-time");
		break;
	case BODY_WHOLE:
		put_type(w, "integer", f->nullable);
		break;
	case BODY_NUMBER:
		put_type(w, "number", f->nullable);
		break;
	case BODY_FLAG:
		put_type(w, "boolean", f->nullable);
		break;
	case BODY_CHOICE:
		put_choice(w, f);
		break;
	case BODY_TEXTS:
	case BODY_LIST:
		put_list(w, f->of, f->nullable);
		break;
	case BODY_OBJECT:
		if (f->nullable)
			put_either(w, f->of, BODY_OBJECT, true);
		else
			put_ref(w, f->of);
		break;
	case BODY_ONE_OR_MORE:
		put_either(w, f->of, BODY_LIST, f->nullable);
		break;
	case BODY_TEXT_OR_OBJECT:
		put_either(w, f->of, BODY_TEXT, f->nullable);
		break;
	case BODY_NUMBERS:
		put_type(w, "object", f->nullable);
		json_key(w, "additionalProperties");
		json_object(w);
		put_type(w, "number", true);
		json_object_end(w);
		break;
	case BODY_ANY_OBJECT:
		put_type(w, "object", f->nullable);
		break;
	case BODY_ANY:
		break;
	}
}

static void
put_fields(struct json_writer *w, const struct body_schema *s)
{
	json_put_str(w, "type", "object");
	json_key(w, "properties");
	json_object(w);
	for (size_t i = 0; i < s->nfield; i++) {
		json_key(w, s->field[i].name);
		json_object(w);
		json_put_str(w, "description", s->field[i].doc);
		put_shape(w, &s->field[i]);
		json_object_end(w);
	}
	json_object_end(w);
	json_key(w, "required");
	json_array(w);
	for (size_t i = 0; i < s->nfield; i++)
		if (!s->field[i].optional)
			json_str(w, s->field[i].name);
	json_array_end(w);
	if (!s->open)
		json_put_bool(w, "additionalProperties", false);
}

void
body_schema_write(struct json_writer *w, const struct body_schema *s)
{
	if (s->report != NULL) {
		AUTO(buf) text = buf_new((size_t)1 << 20);
		bool found = report_json_schema(sv_of(s->report), text);

		json_raw(w, found ? buf_sv(text) : SV("false"));
		return;
	}
	json_object(w);
	if (s->doc != NULL)
		json_put_str(w, "description", s->doc);
	if (s->nfield > 0)
		put_fields(w, s);
	else
		put_shape(w, &(struct body_field){.shape = s->shape, .of = s->of});
	json_object_end(w);
}
