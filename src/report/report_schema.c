/* The JSON Schema of the JSON report, and of what stands in it: assets, checks, orphans, incidents. */
#include "report/json_schema.h"
#include "report/report.h"

static const struct property place_properties[] = {
	{"file", TEXT, .doc = "A file of the catalog, or of a suite."},
	{"line", WHOLE, .doc = "From 1; 0 if it is not known."},
	{"column", WHOLE, .doc = "In bytes from 1; 0 if it is not known."},
};
const struct object place_object = OBJECT_OF(place_properties);
#define PLACE                                                               \
	{                                                                   \
		"place", OBJECT, .optional = true, .object = &place_object, \
				 .doc = "Where the catalog says it."        \
	}

static const struct property error_properties[] = {
	{"code", TEXT, .doc = "Error code: weir explain CODE tells more."},
	{"message", TEXT, .doc = "What is wrong."},
	{"hint", TEXT, .optional = true, .doc = "What to do."},
	PLACE,
};
const struct object error_object = OBJECT_OF(error_properties);

static const struct property policy_properties[] = {
	{"max_age", TEXT, .optional = true, .doc = "Greatest age."},
	{"warn_after", TEXT, .optional = true, .doc = "Age that warns."},
	{"max_data_age", TEXT, .optional = true, .doc = "Greatest age of data_through."},
	{"cron", TEXT, .optional = true, .doc = "Schedule of deadlines."},
	{"timezone", TEXT, .optional = true, .doc = "Its zone."},
	{"within", TEXT, .optional = true, .doc = "How long before the deadline the data may have come."},
	{"grace", TEXT, .optional = true, .doc = "How long after it still counts."},
	{"learned", FLAG, .optional = true, .doc = "By its own arrivals."},
	{"sensitivity", NUMBER, .optional = true, .doc = "Robust standard deviations that are usual."},
	{"min", TEXT, .optional = true, .doc = "The least interval that is allowed."},
	{"max", TEXT, .optional = true, .doc = "The greatest interval that is allowed."},
	{"until_learned", TEXT, .optional = true,
         .doc = "The interval that is allowed while too few are known."},
};
static const struct object policy_object = OBJECT_OF(policy_properties);

static const struct property freshness_properties[] = {
	{"status", CHOICE, NAMES(fresh_status_names), .doc = "The asset against the clock."},
	{"produced_at", TIME_OR_NULL, .doc = "When it was made."},
	{"data_through", TIME_OR_NULL, .doc = "Up to which moment the data speaks."},
	{"age_seconds", WHOLE_OR_NULL, .doc = "Now less produced_at."},
	{"policy", OBJECT, .object = &policy_object, .doc = "What was asked of it."},
	PLACE,
	{"deadline", TIME_OR_NULL, .doc = "The deadline that was judged."},
	{"next_deadline", TIME_OR_NULL, .doc = "When it changes for the worse if nothing comes."},
	{"evidence", TEXT, .doc = "Why, in words."},
	{"learning", FLAG, .optional = true,
         .doc = "The policy is learned and too little is known yet: judged by until_learned, or not at all."},
	{"missing_partitions", TEXTS, .optional = true,
         .doc = "Closed partitions that are not there, at most 20."},
	{"missing_partition_count", WHOLE, .optional = true, .doc = "How many there are in all."},
	{"warning", TEXT, .optional = true, .doc = "Times that were not believed."},
};
static const struct object freshness_object = OBJECT_OF(freshness_properties);

static const struct property cause_properties[] = {
	{"kind", CHOICE, NAMES(cause_kind_names), .doc = "What made it stale."},
	{"upstream", TEXT, .doc = "The input."},
	{"partition", TEXT, .optional = true, .doc = "Its partition."},
	{"had", TEXT_OR_NULL, .doc = "The version or time it was built from."},
	{"now", TEXT_OR_NULL, .doc = "The version or time there is now."},
};
static const struct object cause_object = OBJECT_OF(cause_properties);

static const struct property staleness_properties[] = {
	{"status", CHOICE, NAMES(stale_status_names), .doc = "The asset against its inputs."},
	{"causes", LIST_OF, .object = &cause_object, .doc = "Why."},
	{"root", TEXT_OR_NULL, .doc = "Where it began."},
	{"path", TEXTS, .doc = "From the root to this asset."},
	{"since", TIME_OR_NULL, .doc = "When the oldest cause arose."},
	{"failing", FLAG, .doc = "Stale past fail_after."},
	{"evidence", TEXT, .doc = "Why, in words."},
};
static const struct object staleness_object = OBJECT_OF(staleness_properties);

static const struct property waived_properties[] = {
	{"outcome", CHOICE, NAMES(outcome_names), .doc = "What was judged, and stored."},
	{"by", TEXT, .doc = "Who put up with it."},
	{"reason", TEXT, .doc = "Why."},
	{"until", TIME_OR_NULL, .doc = "When it counts again."},
};
static const struct object waived_object = OBJECT_OF(waived_properties);

static const struct property sample_row_properties[] = {
	{"row", WHOLE, .doc = "Data row, from 0."},
	{"key", TEXT, .optional = true, .doc = "Its key, in words."},
	{"value", TEXT, .doc = "The value that breaks the check, in words; cut where it is long."},
};
static const struct object sample_row_object = OBJECT_OF(sample_row_properties);
static const struct property sample_properties[] = {
	{"total", WHOLE, .doc = "How many rows break the check."},
	{"rows", LIST_OF, .object = &sample_row_object, .doc = "The first of them, at most 10."},
};
static const struct object sample_object = OBJECT_OF(sample_properties);

static const struct property quarantine_properties[] = {
	{"to", TEXT, .doc = "The file, or `sqlite:PATH?table=NAME`."},
	{"rows", WHOLE, .doc = "How many rows that break the check were written there."},
	{"failing", WHOLE, .doc = "How many there are: more than were written only where `limit` says so."},
};
static const struct object quarantine_object = OBJECT_OF(quarantine_properties);

static const struct property check_properties[] = {
	{"id", TEXT, .doc = "asset:name, or asset:shorthand:columns."},
	{"expectation", TEXT, .doc = "Its canonical name."},
	{"kwargs", ANY_OBJECT, .doc = "The arguments, under their canonical names."},
	{"severity", CHOICE, NAMES(severity_names), .doc = "What a failure means."},
	{"blocking", FLAG, .doc = "Does a failure close gates?"},
	{"implicit", FLAG, .doc = "Nobody wrote it: weir always looks."},
	{"outcome", CHOICE, NAMES(outcome_names),
         .doc = "pass, warn, fail, error (not evaluated) or skipped."},
	{"message", TEXT, .doc = "The outcome in words."},
	{"result", ANY_OBJECT, .doc = "Great Expectations' result at the run's format."},
	{"error", OBJECT, .optional = true, .object = &error_object,
         .doc = "Of an error: why it could not be evaluated."},
	{"waived", OBJECT, .optional = true, .object = &waived_object,
         .doc = "Its failure is put up with: the outcome above is warn."},
	{"engine", TEXT, .doc = "What evaluated it; empty if nothing could."},
	{"duration_ms", NUMBER, .doc = "Its share of the asset's evaluation."},
	{"checked_at", TIME_OR_NULL, .optional = true, .doc = "status: when it was judged."},
	{"hash", TEXT, .optional = true, .doc = "Sent to a service: of the check as its catalog has it."},
	{"identity", TEXT, .optional = true,
         .doc = "Sent to a service: the hash with the versions of the other assets it looked at."},
	{"judged_at", TIME_OR_NULL, .optional = true, .doc = "Sent to a service: when it was judged."},
	{"number", NUMBER, .optional = true,
         .doc = "Sent to a service: what stays in the history of numbers."},
	{"sketch", ANY_OBJECT, .optional = true,
         .doc = "Sent to a service: how the column is distributed, for later runs."},
	{"undecided", FLAG, .optional = true,
         .doc = "Sent to a service: too little is known of the past to judge it."},
	{"sample", OBJECT, .optional = true, .object = &sample_object, .doc = "Failing rows in words."},
	{"quarantine", OBJECT, .optional = true, .object = &quarantine_object,
         .doc = "Where its failing rows were written."},
	{"meta", ANY_OBJECT, .optional = true, .doc = "What an imported suite says beside the check."},
	PLACE,
};
static const struct object check_object = OBJECT_OF(check_properties);

static const struct property asset_properties[] = {
	{"key", TEXT, .doc = "The asset's key."},
	{"partition", TEXT, .doc = "The partition; empty for the whole."},
	{"outcome", CHOICE, NAMES(outcome_names), .doc = "The worst of all below."},
	{"data_version", TEXT, .doc = "The version that was judged; empty if it is not known."},
	{"freshness", OBJECT, .optional = true, .object = &freshness_object,
         .doc = "Not in reports of check."},
	{"staleness", OBJECT, .optional = true, .object = &staleness_object,
         .doc = "Not in reports of check."},
	{"checks", LIST_OF, .object = &check_object,
         .doc = "Declared ones in the order of the file, then implicit ones."},
	{"error", OBJECT, .optional = true, .object = &error_object,
         .doc = "The asset could not be observed or read."},
	{"parts", WHOLE, .optional = true, .doc = "Files of the data; not where nothing is kept of them."},
	{"parts_reused", WHOLE, .optional = true,
         .doc = "Files that were not read, as what is kept of them did."},
	{"explain", TEXT, .optional = true, .doc = "With --explain: what was read, how, and why."},
	PLACE,
};
const struct object asset_object = OBJECT_OF(asset_properties);

static const struct property orphan_properties[] = {
	{"kind", CHOICE, NAMES(orphan_kind_names), .doc = "What kind of orphan."},
	{"key", TEXT, .doc = "An asset, a column, or a stored object."},
	{"wanted_by", TEXTS, .doc = "Assets that want it."},
	{"evidence", TEXT, .doc = "Why, in words."},
};
const struct object orphan_object = OBJECT_OF(orphan_properties);

static const struct property symptom_properties[] = {
	{"kind", TEXT, .doc = "What kind of problem."},
	{"asset", TEXT, .doc = "The asset."},
	{"partition", TEXT, .doc = "Its partition; empty for the whole."},
	{"check", TEXT, .doc = "The check; empty if it is about none."},
	{"message", TEXT, .doc = "What was seen."},
};
const struct object symptom_object = OBJECT_OF(symptom_properties);

static const struct property incident_properties[] = {
	{"id", TEXT, .doc = "A ULID; empty in a comparison of two runs."},
	{"change", CHOICE, NAMES(incident_change_names), .doc = "What this run made of it."},
	{"kind", TEXT, .doc = "What kind of problem."},
	{"asset", TEXT, .doc = "The asset."},
	{"partition", TEXT, .doc = "Its partition; empty for the whole."},
	{"check", TEXT, .doc = "The check; empty if it is about none."},
	{"severity", CHOICE, NAMES(severity_names), .doc = "How bad it is."},
	{"title", TEXT, .doc = "In one line."},
	{"message", TEXT, .doc = "What was seen last."},
	{"opened_at", TIME_OR_NULL, .doc = "When it was first seen."},
	{"resolved_at", TIME_OR_NULL, .doc = "When it was seen gone."},
	{"symptom_count", WHOLE, .doc = "Problems that follow from it."},
	{"symptoms", LIST_OF, .object = &symptom_object, .doc = "The first of these."},
};
const struct object incident_object = OBJECT_OF(incident_properties);

static const struct property check_counts[] = {
	{"pass", WHOLE, .doc = "Met."},
	{"warn", WHOLE, .doc = "A warning or info check that failed."},
	{"fail", WHOLE, .doc = "A critical check that failed."},
	{"error", WHOLE, .doc = "Could not be evaluated."},
	{"skipped", WHOLE, .doc = "Switched off, or never checked."},
};
const struct object check_counts_object = OBJECT_OF(check_counts);
static const struct property fresh_counts[] = {
	{"pass", WHOLE, .doc = "Fresh."},
	{"warn", WHOLE, .doc = "Getting old."},
	{"fail", WHOLE, .doc = "Late."},
	{"unknown", WHOLE, .doc = "No evidence."},
	{"none", WHOLE, .doc = "Without a policy."},
};
static const struct object fresh_counts_object = OBJECT_OF(fresh_counts);

/* What a service lists of an asset. */
static const struct property state_properties[] = {
	{"key", TEXT, .doc = "The asset's key."},
	{"partition", TEXT, .doc = "Empty: it is about the whole."},
	{"outcome", CHOICE, NAMES(outcome_names), .doc = "The worst of all below."},
	{"data_version", TEXT, .doc = "The version that was seen last; empty if it is not known."},
	{"freshness", OBJECT, .object = &freshness_object, .doc = "Against the clock."},
	{"staleness", OBJECT, .object = &staleness_object, .doc = "Against its inputs."},
	{"checks", OBJECT, .object = &check_counts_object, .doc = "Last verdicts by outcome."},
	{"owners", TEXTS, .doc = "Who looks after it."},
	{"tags", TEXTS, .doc = "NAME, or NAME=VALUE."},
};
const struct object state_object = OBJECT_OF(state_properties);

static const struct property summary_properties[] = {
	{"assets", WHOLE, .doc = "Distinct assets in the report."},
	{"checks", OBJECT, .object = &check_counts_object, .doc = "Checks by outcome."},
	{"fresh", OBJECT, .object = &fresh_counts_object, .doc = "Assets by freshness."},
	{"stale", WHOLE, .doc = "Assets that are stale."},
	{"orphans", WHOLE, .doc = "Orphans of all kinds."},
};
static const struct object summary_object = OBJECT_OF(summary_properties);

static const struct property report_properties[] = {
	{"weir", TEXT, .doc = "Version of weir."},
	{"command", TEXT, .doc = "What was run."},
	{"run_id", TEXT, .doc = "A ULID."},
	{"project", TEXT, .doc = "The catalog's project."},
	{"environment", TEXT, .doc = "The chosen environment."},
	{"started_at", TIME, .doc = "By the run's clock."},
	{"finished_at", TIME, .doc = "By the run's clock."},
	{"seconds", NUMBER, .doc = "How long it took."},
	{"outcome", CHOICE, NAMES(outcome_names), .doc = "The worst of all assets."},
	{"suite", TEXT, .optional = true, .doc = "Of --suite: its name."},
	{"suite_parameters", ANY_OBJECT, .optional = true, .doc = "Of --suite: its parameters."},
	{"summary", OBJECT, .object = &summary_object, .doc = "Counts."},
	{"assets", LIST_OF, .object = &asset_object, .doc = "One entry an asset or partition."},
	{"orphans", LIST_OF, .object = &orphan_object, .doc = "Of audit and orphans."},
	{"incidents", LIST_OF, .object = &incident_object, .optional = true,
         .doc = "What is new, still open and fixed, worst first."},
};
const struct object report_object = OBJECT_OF(report_properties);
