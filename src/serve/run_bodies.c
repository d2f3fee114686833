/* The bodies of /v1/runs and /v1/results. */
#include "expect/expect.h"
#include "serve/schemas.h"
#include "serve/workshop.h"

#define MAY .optional = true
#define OR_NULL .optional = true, .nullable = true

static const struct body_field to_add_fields[] = {
	{"asset", BODY_TEXT, .doc = "Key or alias."},
	{"checks", BODY_TEXTS, .doc = "Globs of their names or ids; default: all.", OR_NULL},
	{"partition", BODY_TEXT, .doc = "`K` or `A..B`; default: all that exist.", OR_NULL},
};
const struct body_schema body_run_to_add = {
	.name = "RunToAdd",
	.doc = "Which checks to run.",
	.field = to_add_fields,
	.nfield = LEN(to_add_fields),
};

static const struct body_field run_fields[] = {
	{"asset", BODY_TEXT, .doc = "Of a run that the service made: its asset.", MAY},
	{"checks", BODY_TEXTS, .doc = "Globs that were asked for; none = all.", MAY},
	{"finished_at", BODY_TIME, .doc = "When it was over.", OR_NULL},
	{"id", BODY_TEXT, .doc = "A ULID."},
	{"kind", BODY_TEXT, .doc = "check, probe (a look at the data), audit, run, gate, watch …"},
	{"outcome", BODY_CHOICE, .doc = "Of the report.", .names = outcome_names, .nnames = 5, MAY},
	{"partition", BODY_TEXT, .doc = "What was asked for; empty = all.", MAY},
	{"queued_at", BODY_TIME, .doc = "When it was asked for.", OR_NULL},
	{"report", BODY_OBJECT, .doc = "What it found, once it is done.", .of = "Report", MAY},
	{"started_at", BODY_TIME, .doc = "When it began.", OR_NULL},
	{"state", BODY_CHOICE, .doc = "failed: it could not be done, and its checks have the outcome error.",
         .names = work_state_names, .nnames = LEN(work_state_names)},
	{"trouble", BODY_TEXT, .doc = "Why it failed.", MAY},
	{"verdicts", BODY_NUMBERS, .doc = "In lists: its verdicts by outcome.", MAY},
	{"why", BODY_TEXT, .doc = "Who or what asked for it.", MAY},
};
const struct body_schema body_run = {
	.name = "Run",
	.doc = "Checks of an asset, asked for or done.",
	.field = run_fields,
	.nfield = LEN(run_fields),
};

static const struct body_field runs_fields[] = {
	{"next", BODY_TEXT, .doc = "Address of the next page; null on the last one.", .nullable = true},
	{"pending", BODY_LIST, .doc = "What waits or runs, the newest first; on the first page.",
         .of = "Run"},
	{"runs", BODY_LIST, .doc = "What is on record, the newest first, without reports.", .of = "Run"},
};
const struct body_schema body_runs = {
	.name = "Runs",
	.doc = "A page of runs.",
	.field = runs_fields,
	.nfield = LEN(runs_fields),
};

static const struct body_field results_to_add_fields[] = {
	{"events", BODY_LIST, .doc = "What was made.", .of = "EventToAdd", MAY},
	{"observed", BODY_ANY, .doc = "What was seen of the data: a list, by asset.", MAY},
	{"report", BODY_ANY_OBJECT, .doc = "The report, with the hashes of its checks.", MAY},
};
const struct body_schema body_results_to_add = {
	.name = "ResultsToAdd",
	.doc = "What a check found elsewhere.",
	.field = results_to_add_fields,
	.nfield = LEN(results_to_add_fields),
	.open = true,
};

const struct body_schema body_incident_change = {
	.name = "IncidentChange",
	.doc = "What a run made of an incident.",
	.report = "change",
};

static const struct body_field results_added_fields[] = {
	{"events", BODY_WHOLE, .doc = "Events that were stored."},
	{"incidents", BODY_LIST, .doc = "What is new, still open and fixed by it, worst first.",
         .of = "IncidentChange", MAY},
	{"observed", BODY_WHOLE, .doc = "Looks at data that were stored."},
	{"outcome", BODY_CHOICE, .doc = "Of the report, by the waivers of this service.",
         .names = outcome_names, .nnames = 5, MAY},
	{"repeated", BODY_FLAG, .doc = "The run was stored before: nothing was stored now."},
	{"run_id", BODY_TEXT, .doc = "The run; null without a report.", .nullable = true},
	{"waivers", BODY_LIST, .doc = "Those in force of checks of the report, newest first.", .of = "Waiver",
         MAY},
};
const struct body_schema body_results_added = {
	.name = "ResultsAdded",
	.doc = "What became of it.",
	.field = results_added_fields,
	.nfield = LEN(results_added_fields),
};
