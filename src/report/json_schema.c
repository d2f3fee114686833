/*
 * The JSON Schemas of the JSON output.  Tables, one for each object; tests validate real output against them, and since they allow no
 * other keys, a key that is written but not described fails them.
 */
#include "report/json_schema.h"

#include "report/report.h"

static const struct property event_input_properties[] = {
	{"asset", TEXT, .doc = "The input that was read."},
	{"version", TEXT, .doc = "In which version; empty if not known."},
};
static const struct object event_input_object = OBJECT_OF(event_input_properties);

static const struct property event_properties[] = {
	{"id", TEXT, .doc = "A ULID."},
	{"kind", CHOICE, NAMES(event_kind_names), .doc = "What happened."},
	{"asset", TEXT, .doc = "To which asset."},
	{"partition", TEXT, .doc = "To which partition; empty for the whole."},
	{"at", TIME, .doc = "When it happened."},
	{"recorded_at", TIME, .doc = "When it was reported."},
	{"version", TEXT, .doc = "Version produced or seen; empty if not known."},
	{"updated_at", TIME_OR_NULL, .doc = "Of an observation: when the data was last updated."},
	{"data_through", TIME_OR_NULL, .doc = "Up to which moment the data speaks."},
	{"code_version", TEXT, .doc = "Version of the code; empty if not known."},
	{"rows", WHOLE_OR_NULL, .doc = "Rows that were written."},
	{"reporter", TEXT, .doc = "Who said so: cli, or probe for what weir saw itself."},
	{"run_id", TEXT, .doc = "The run that it is of; empty when it is of none."},
	{"note", TEXT, .doc = "In words: why it failed, or what is odd about it; mostly empty."},
	{"inputs", LIST_OF, .object = &event_input_object, .doc = "What it was made from."},
	{"metrics", ANY_OBJECT, .doc = "Numbers by name."},
};
static const struct object event_object = OBJECT_OF(event_properties);

static const struct property run_properties[] = {
	{"run_id", TEXT, .doc = "A ULID."},
	{"command", TEXT, .doc = "What was run."},
	{"started_at", TIME_OR_NULL, .doc = "By the run's clock."},
	{"finished_at", TIME_OR_NULL, .doc = "By the run's clock."},
	{"outcome", CHOICE, NAMES(outcome_names), .doc = "The worst of all assets."},
	{"checks", OBJECT, .object = &check_counts_object, .doc = "Stored verdicts by outcome."},
};
static const struct object run_object = OBJECT_OF(run_properties);

static void put_object(struct json_writer *w, const struct object *o);

static void
put_types(struct json_writer *w, const char *type, bool or_null)
{
	json_key(w, "type");
	if (!or_null) {
		json_str(w, type);
		return;
	}
	json_array_inline(w);
	json_str(w, type);
	json_str(w, "null");
	json_array_end(w);
}

static void
put_shape(struct json_writer *w, const struct property *p)
{
	switch (p->shape) {
	case TEXT:
	case TEXT_OR_NULL:
		put_types(w, "string", p->shape == TEXT_OR_NULL);
		break;
	case TIME:
	case TIME_OR_NULL:
		put_types(w, "string", p->shape == TIME_OR_NULL);
		json_put_str(w, "format", "date-time");
		break;
	case WHOLE:
	case WHOLE_OR_NULL:
		put_types(w, "integer", p->shape == WHOLE_OR_NULL);
		break;
	case NUMBER:
		put_types(w, "number", false);
		break;
	case FLAG:
		put_types(w, "boolean", false);
		break;
	case CHOICE:
		json_key(w, "enum");
		json_array_inline(w);
		for (size_t i = 0; i < p->nnames; i++)
			json_str(w, p->names[i]);
		json_array_end(w);
		break;
	case TEXTS:
		put_types(w, "array", false);
		json_key(w, "items");
		json_object_inline(w);
		put_types(w, "string", false);
		json_object_end(w);
		break;
	case ANY:
		break;
	case ANY_OBJECT:
		put_types(w, "object", false);
		break;
	case OBJECT:
		put_object(w, p->object);
		break;
	case LIST_OF:
		put_types(w, "array", false);
		json_key(w, "items");
		json_object(w);
		put_object(w, p->object);
		json_object_end(w);
		break;
	}
}

/* The keywords of an object's schema, inside an object that is open. */
static void
put_object(struct json_writer *w, const struct object *o)
{
	put_types(w, "object", false);
	json_key(w, "properties");
	json_object(w);
	for (size_t i = 0; i < o->n; i++) {
		json_key(w, o->property[i].name);
		json_object(w);
		json_put_str(w, "description", o->property[i].doc);
		put_shape(w, &o->property[i]);
		json_object_end(w);
	}
	json_object_end(w);
	json_key(w, "required");
	json_array_inline(w);
	for (size_t i = 0; i < o->n; i++)
		if (!o->property[i].optional)
			json_str(w, o->property[i].name);
	json_array_end(w);
	json_put_bool(w, "additionalProperties", false);
}

static const struct property value_count_properties[] = {
	{"value", ANY, .doc = "The value."},
	{"count", WHOLE, .doc = "How many rows have it."},
};
static const struct object value_count_object = OBJECT_OF(value_count_properties);

static const struct property column_profile_properties[] = {
	{"name", TEXT, .doc = "Name of the column."},
	{"type", TEXT, .doc = "Its type, declared or inferred."},
	{"declared", FLAG, .doc = "The catalog declares the type."},
	{"missing", FLAG, .doc = "Declared, but the data has no such column."},
	{"pii", FLAG, .doc = "Personal data: its values are left out."},
	{"count", WHOLE, .doc = "Rows with a value that fits the type."},
	{"nulls", WHOLE, .doc = "Rows without a value."},
	{"misfits", WHOLE, .doc = "Rows with a value that does not fit the declared type."},
	{"distinct", WHOLE_OR_NULL,
         .doc = "Distinct values, or at least so many; null if memory did not suffice."},
	{"distinct_exact", FLAG, .doc = "Are these all?"},
	{"unique", FLAG, .doc = "No two rows have the same value; false where it is not known."},
	{"min", ANY, .doc = "The least number or time."},
	{"max", ANY, .doc = "The greatest."},
	{"mean", ANY, .doc = "Of numbers."},
	{"stdev", ANY, .doc = "Of numbers: the standard deviation of the sample."},
	{"quartiles", ANY, .doc = "Of numbers: the first, the median and the third, or none."},
	{"quartiles_error", NUMBER, .doc = "How far they may be away in truth, as a share of all ranks."},
	{"order", TEXT_OR_NULL, .doc = "rising, falling or neither, from row to row."},
	{"decimals", WHOLE_OR_NULL,
         .doc = "All values of a column of doubles do with so many decimals; null: more than 4."},
	{"length_min", WHOLE_OR_NULL, .doc = "Characters of the shortest text."},
	{"length_max", WHOLE_OR_NULL, .doc = "Of the longest."},
	{"looks_like", TEXTS, .doc = "Shapes that all texts have: email, url, uuid, date, timestamp."},
	{"values", LIST_OF, .object = &value_count_object,
         .doc = "All values, the most frequent first, if there are at most 50."},
};
static const struct object column_profile_object = OBJECT_OF(column_profile_properties);

static const char *const severities_suggested[] = {"critical", "warning"};
static const struct property suggestion_properties[] = {
	{"check", TEXT, .doc = "The check as YAML."},
	{"severity", CHOICE, NAMES(severities_suggested), .doc = "What its failure should mean."},
	{"reason", TEXT, .doc = "What was seen."},
	{"column", TEXT_OR_NULL, .doc = "The column that it is of; null: the whole."},
};
static const struct object suggestion_object = OBJECT_OF(suggestion_properties);

static const struct property profiled_properties[] = {
	{"key", TEXT, .doc = "The asset, or what --source named."},
	{"partition", TEXT, .doc = "Its partition; empty for the whole."},
	{"error", OBJECT, .object = &error_object, .optional = true,
         .doc = "Why there is no profile; nothing else is there then."},
	{"format", TEXT, .optional = true, .doc = "csv, jsonl, sqlite …"},
	{"files", WHOLE, .optional = true, .doc = "How many; 0 for a table."},
	{"size_bytes", WHOLE, .optional = true, .doc = "Of the files, as they are stored."},
	{"changed_at", TIME_OR_NULL, .optional = true, .doc = "When the newest file changed."},
	{"rows", WHOLE, .optional = true, .doc = "Rows."},
	{"malformed", WHOLE, .optional = true, .doc = "Records that could not be read as rows."},
	{"columns", LIST_OF, .object = &column_profile_object, .optional = true,
         .doc = "In the order of the data."},
	{"suggestions", LIST_OF, .object = &suggestion_object, .optional = true,
         .doc = "With --suggest: checks that hold today."},
};
static const struct object profiled_object = OBJECT_OF(profiled_properties);

static const struct property profile_properties[] = {
	{"weir", TEXT, .doc = "Version of weir."},
	{"profiled_at", TIME, .doc = "By the clock, or --now."},
	{"assets", LIST_OF, .object = &profiled_object, .doc = "One entry an asset or partition."},
};
static const struct object profile_object = OBJECT_OF(profile_properties);

static const struct property incident_partition_properties[] = {
	{"partition", TEXT, .doc = "The partition."},
	{"kind", TEXT, .doc = "What kind of problem it has."},
	{"severity", CHOICE, NAMES(severity_names), .doc = "How bad it is."},
	{"since", TIME, .doc = "When it was first seen there."},
	{"message", TEXT, .doc = "What was seen last."},
};
static const struct object incident_partition_object = OBJECT_OF(incident_partition_properties);

static const struct property incident_event_properties[] = {
	{"at", TIME, .doc = "When."},
	{"kind", TEXT,
         .doc = "opened, reopened, worse, flapping, calm, acknowledged, snoozed, resolved, confirmed or told."},
	{"who", TEXT, .doc = "Who did it; empty for a run, and for time."},
	{"channel", TEXT, .doc = "Of what was told: to whom."},
	{"change", TEXT, .doc = "Of what was told: what."},
	{"detail", TEXT, .doc = "In words; of what was told, the id of the message."},
	{"delivery", TEXT,
         .doc = "Of what was told: pending, sent or dead; empty once the message is pruned."},
};
static const struct object incident_event_object = OBJECT_OF(incident_event_properties);

static const char *const incident_states[] = {"open", "acknowledged", "snoozed", "flapping", "resolved"};
static const struct property incident_life_properties[] = {
	{"id", TEXT, .doc = "A ULID."},
	{"state", CHOICE, NAMES(incident_states), .doc = "How it stands."},
	{"kind", TEXT, .doc = "What kind of problem."},
	{"asset", TEXT, .doc = "The asset."},
	{"partition", TEXT, .doc = "Its partition; empty for the whole, and where several share it."},
	{"check", TEXT, .doc = "The check; empty if it is about none."},
	{"severity", CHOICE, NAMES(severity_names), .doc = "How bad it is."},
	{"title", TEXT, .doc = "In one line."},
	{"message", TEXT, .doc = "What was seen last, or why it is over."},
	{"opened_at", TIME, .doc = "When it was first seen."},
	{"seen_at", TIME, .doc = "When it was last seen."},
	{"resolved_at", TIME_OR_NULL, .doc = "When it was seen gone, or resolved by hand."},
	{"opened_run", TEXT, .doc = "The run that opened it."},
	{"run_id", TEXT, .doc = "The run that changed it last."},
	{"acknowledged_at", TIME_OR_NULL, .doc = "When somebody took it on."},
	{"acknowledged_by", TEXT, .doc = "Who; empty if nobody did."},
	{"note", TEXT, .doc = "What they said."},
	{"snoozed_until", TIME_OR_NULL, .doc = "Nobody is told again before that, unless it gets worse."},
	{"snoozed_by", TEXT, .doc = "Who wanted that."},
	{"resolved_by", TEXT, .doc = "Who resolved it by hand; empty if a run did."},
	{"muted_until", TIME_OR_NULL, .doc = "Nobody is told before that: a mute, or maintenance."},
	{"muted_reason", TEXT, .doc = "Why."},
	{"maintenance", FLAG, .doc = "That is a maintenance window of the catalog, and no mute."},
	{"owners", TEXTS, .doc = "Of the asset."},
	{"tags", ANY_OBJECT, .doc = "Of the asset."},
	{"partition_count", WHOLE, .doc = "How many partitions share it; 0 if it is about one thing."},
	{"partitions", LIST_OF, .object = &incident_partition_object, .doc = "The first of these."},
	{"symptom_count", WHOLE, .doc = "Problems that follow from it."},
	{"symptoms", LIST_OF, .object = &symptom_object, .doc = "The first of these."},
	{"events", LIST_OF, .object = &incident_event_object, .optional = true,
         .doc = "What happened, in order; of a single one."},
};
static const struct object incident_life_object = OBJECT_OF(incident_life_properties);

static const char *const mute_states[] = {"in force", "ahead", "ended", "expired"};
static const struct property mute_properties[] = {
	{"id", TEXT, .doc = "A ULID."},
	{"state", CHOICE, NAMES(mute_states), .doc = "Whether it is in force."},
	{"match", TEXTS,
         .doc = "Conditions: asset=raw/x, kind=late, owner=team:a, severity=warning, tag=tier=gold."},
	{"reason", TEXT, .doc = "Why."},
	{"by", TEXT, .doc = "Who wanted it."},
	{"from", TIME, .doc = "Since when."},
	{"until", TIME, .doc = "Until when."},
	{"ended_at", TIME_OR_NULL, .doc = "When it was taken back."},
};
static const struct object mute_object = OBJECT_OF(mute_properties);

static const char *const import_grades[] = {"exact", "approximated", "ambiguous", "refused"};

static const struct property note_properties[] = {
	{"grade", CHOICE, NAMES(import_grades),
         .doc = "exact: the same verdicts; approximated: checked, and verdicts may differ; ambiguous: one reading was "
                "chosen; refused: not imported."},
	{"asset", TEXT, .doc = "As the file calls it; empty: of the file as a whole."},
	{"what", TEXT, .doc = "The original, on one line, cut where it is long."},
	{"became", TEXT, .doc = "The check or key of weir, as YAML on one line; empty if refused."},
	{"why", TEXT, .doc = "Why it is not exact, or a remark."},
	{"remedy", TEXT, .doc = "What to do about it, or empty."},
	{"place", OBJECT, .object = &place_object, .doc = "Where the original stands."},
};
static const struct object note_object = OBJECT_OF(note_properties);

static const struct property import_summary_properties[] = {
	{"exact", WHOLE, .doc = "Things in the file that give the same verdicts."},
	{"approximated", WHOLE, .doc = "Things that are checked, and may give other verdicts."},
	{"ambiguous", WHOLE, .doc = "Things of which one reading was chosen."},
	{"refused", WHOLE, .doc = "Things that were not imported."},
};
static const struct object import_summary_object = OBJECT_OF(import_summary_properties);

static const struct property import_properties[] = {
	{"weir", TEXT, .doc = "Version of weir."},
	{"kind", TEXT, .doc = "The importer."},
	{"file", TEXT, .doc = "The file."},
	{"suite", TEXT, .doc = "The name that the file gives itself, or empty."},
	{"summary", OBJECT, .object = &import_summary_object, .doc = "How many of each grade."},
	{"notes", LIST_OF, .object = &note_object, .doc = "One for each thing in the file, in its order."},
	{"catalog", ANY_OBJECT, .doc = "What it became: a catalog in the form of weir.yaml."},
};
static const struct object import_object = OBJECT_OF(import_properties);

static const struct property backtest_point_properties[] = {
	{"partition", TEXT, .doc = "Its partition; empty for the whole."},
	{"at", TIME, .doc = "When it was looked at."},
	{"value", NUMBER, .doc = "The number on record."},
	{"outcome", CHOICE, NAMES(outcome_names), .doc = "What the check says of it."},
	{"learning", FLAG, .doc = "There was too little before it to judge from."},
	{"flagged_then", FLAG, .doc = "The check that ran then did not pass."},
	{"incident", FLAG, .doc = "Something was known to be wrong with the asset."},
	{"message", TEXT, .doc = "The outcome in words."},
};
static const struct object backtest_point_object = OBJECT_OF(backtest_point_properties);

static const struct property backtest_properties[] = {
	{"id", TEXT, .doc = "Id of the check."},
	{"kwargs", ANY_OBJECT, .doc = "The arguments that were tried, under their canonical names."},
	{"metric", TEXT, .doc = "The number that it looks at."},
	{"alerts", WHOLE, .doc = "How often it would have alerted."},
	{"alerts_in_incident", WHOLE, .doc = "Of these: when something was known to be wrong."},
	{"flagged_then", WHOLE, .doc = "How often the check that ran then did not pass."},
	{"learning", WHOLE, .doc = "Points that could not be judged yet."},
	{"points", LIST_OF, .object = &backtest_point_object,
         .doc = "All points on record, the oldest first."},
};
static const struct object backtest_object = OBJECT_OF(backtest_properties);

static const struct property backtests_properties[] = {
	{"weir", TEXT, .doc = "Version of weir."},
	{"backtests", LIST_OF, .object = &backtest_object,
         .doc = "One for each selected check with a number on record."},
};
static const struct object backtests_object = OBJECT_OF(backtests_properties);

static const struct {
	const char *name, *title;
	const struct object *object;
	bool list;
} schemas[] = {
	{"report", "The JSON report of weir check, fresh, orphans, audit and status", &report_object, false},
	{"asset", "An asset in such a report", &asset_object, false},
	{"orphan", "An orphan in such a report", &orphan_object, false},
	{"state", "An asset in the lists of a service", &state_object, false},
	{"gate", "The decision of weir gate", &decision_object, false},
	{"gates", "The history of weir report gates", &gate_history_object, false},
	{"events", "The list of weir events list", &event_object, true},
	{"profile", "The profiles of weir profile", &profile_object, false},
	{"diff", "What weir diff reports", &diff_object, false},
	{"backtest", "What weir backtest tells", &backtests_object, false},
	{"import", "What weir import reports", &import_object, false},
	{"mutate", "The mutation coverage of weir mutate", &mutate_object, false},
	{"runs", "The list of weir report --list", &run_object, true},
	{"incidents", "The list of weir incidents list", &incident_life_object, true},
	{"change", "An incident in a report", &incident_object, false},
	{"incident", "One of weir incidents show", &incident_life_object, false},
	{"mute", "A mute of weir incidents mute", &mute_object, false},
	{"mutes", "The list of weir incidents mutes", &mute_object, true},
};

bool
report_json_schema(struct sv name, struct buf *b)
{
	struct json_writer w;
	size_t i = 0;

	while (i < LEN(schemas) && !sv_is(name, schemas[i].name))
		i++;
	if (i == LEN(schemas))
		return false;
	json_write_init(&w, b, 2);
	json_object(&w);
	json_put_str(&w, "$schema", "https://json-schema.org/draft/2020-12/schema");
	json_put_str(&w, "title", schemas[i].title);
	if (schemas[i].list) {
		put_types(&w, "array", false);
		json_key(&w, "items");
		json_object(&w);
		put_object(&w, schemas[i].object);
		json_object_end(&w);
	} else {
		put_object(&w, schemas[i].object);
	}
	json_object_end(&w);
	buf_putc(b, '\n');
	return true;
}
