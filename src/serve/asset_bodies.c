/* The bodies of /v1/assets and what belongs to it. */
#include "expect/expect.h"
#include "serve/schemas.h"

const struct body_schema body_asset = {
	.name = "Asset",
	.doc = "As in `weir status --format json`.",
	.report = "asset",
};
const struct body_schema body_asset_state = {
	.name = "AssetState",
	.doc = "An asset with its state and its verdicts by outcome.",
	.report = "state",
};
const struct body_schema body_orphan = {
	.name = "Orphan",
	.doc = "Needed and not made, or made and not needed.",
	.report = "orphan",
};

#define NEXT                                                                                       \
	{                                                                                          \
		"next", BODY_TEXT, .doc = "Address of the page behind this one; null at the end.", \
				   .nullable = true                                                \
	}

static const struct body_field assets_fields[] = {
	{"assets", BODY_LIST, .doc = "In the order of the catalog.", .of = "AssetState"},
	NEXT,
};
const struct body_schema body_assets = {
	.name = "Assets",
	.doc = "A page of assets.",
	.field = assets_fields,
	.nfield = LEN(assets_fields),
};

static const struct body_field partition_fields[] = {
	{"partition", BODY_TEXT, .doc = "Its key."},
	{"produced_at", BODY_TIME, .doc = "When it was made, as far as is known.", .nullable = true},
	{"data_version", BODY_TEXT, .doc = "Empty if it is not known."},
};
const struct body_schema body_partition = {
	.name = "Partition",
	.doc = "A partition that is there.",
	.field = partition_fields,
	.nfield = LEN(partition_fields),
};

static const struct body_field partitions_fields[] = {
	{"asset", BODY_TEXT, .doc = "Key of the asset."},
	{"partitions", BODY_LIST, .doc = "By key.", .of = "Partition"},
	{"missing", BODY_TEXTS, .doc = "Due and not there: the newest of them, 20 at most."},
	{"missing_count", BODY_WHOLE, .doc = "How many these are."},
	NEXT,
};
const struct body_schema body_partitions = {
	.name = "Partitions",
	.doc = "A page of partitions.",
	.field = partitions_fields,
	.nfield = LEN(partitions_fields),
};

static const struct body_field freshness_fields[] = {
	{"fresh", BODY_NUMBERS, .doc = "Assets of the catalog by freshness."},
	{"stale", BODY_WHOLE, .doc = "Assets that are older than their inputs."},
	{"assets", BODY_LIST, .doc = "In the order of the catalog.", .of = "AssetState"},
	NEXT,
};
const struct body_schema body_freshness = {
	.name = "Freshness",
	.doc = "What is fresh, late and stale.",
	.field = freshness_fields,
	.nfield = LEN(freshness_fields),
};

static const struct body_field orphans_fields[] = {
	{"orphans", BODY_LIST, .doc = "By kind.", .of = "Orphan"},
};
const struct body_schema body_orphans = {
	.name = "Orphans",
	.doc = "All that are known.",
	.field = orphans_fields,
	.nfield = LEN(orphans_fields),
};

static const struct body_field verdict_fields[] = {
	{"at", BODY_TIME, .doc = "When it was judged.", .nullable = true},
	{"run_id", BODY_TEXT, .doc = "By which run."},
	{"partition", BODY_TEXT, .doc = "Empty for the whole."},
	{"data_version", BODY_TEXT, .doc = "What was judged; empty if that is not known."},
	{"check", BODY_TEXT, .doc = "Id of the check."},
	{"expectation", BODY_TEXT, .doc = "What it expects."},
	{"outcome", BODY_CHOICE, .doc = "As it was judged, waived or not.", .names = outcome_names,
         .nnames = LEN(outcome_names)},
	{"severity", BODY_CHOICE, .doc = "Of the check then.", .names = severity_names,
         .nnames = LEN(severity_names)},
	{"blocking", BODY_FLAG, .doc = "Did it close gates?"},
	{"message", BODY_TEXT, .doc = "In words."},
	{"engine", BODY_TEXT, .doc = "What evaluated it."},
	{"duration_ms", BODY_NUMBER, .doc = "How long that took.", .nullable = true},
};
const struct body_schema body_verdict_point = {
	.name = "VerdictPoint",
	.doc = "One verdict of the past.",
	.field = verdict_fields,
	.nfield = LEN(verdict_fields),
};

static const struct body_field metric_fields[] = {
	{"at", BODY_TIME, .doc = "When."},
	{"partition", BODY_TEXT, .doc = "Empty for the whole."},
	{"data_version", BODY_TEXT, .doc = "Of the data; empty if that is not known."},
	{"name", BODY_TEXT, .doc = "Of the metric, or id of the check that measured it."},
	{"value", BODY_NUMBER, .doc = "The number.", .nullable = true},
};
const struct body_schema body_metric_point = {
	.name = "MetricPoint",
	.doc = "One value of the past.",
	.field = metric_fields,
	.nfield = LEN(metric_fields),
};

static const struct body_field history_fields[] = {
	{"asset", BODY_TEXT, .doc = "Key of the asset."},
	{"verdicts", BODY_LIST, .doc = "Of kind verdicts.", .of = "VerdictPoint", .optional = true},
	{"events", BODY_LIST, .doc = "Of kind events.", .of = "Event", .optional = true},
	{"metrics", BODY_LIST, .doc = "Of kind metrics.", .of = "MetricPoint", .optional = true},
	NEXT,
};
const struct body_schema body_history = {
	.name = "History",
	.doc = "A page of the past, newest first.",
	.field = history_fields,
	.nfield = LEN(history_fields),
};
