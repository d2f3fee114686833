/* The bodies of POST and GET /v1/events and of POST /v1/metrics. */
#include "serve/schemas.h"
#include "store/store.h"

static const struct body_field input_fields[] = {
	{"key", BODY_TEXT, .doc = "Key or alias of the asset that was read."},
	{"partition", BODY_TEXT, .doc = "Which partition of it.", .optional = true, .nullable = true},
	{"version", BODY_TEXT, .doc = "In which version.", .optional = true, .nullable = true},
};
const struct body_schema body_event_input = {
	.name = "EventInput",
	.doc = "What was read to make something.",
	.field = input_fields,
	.nfield = LEN(input_fields),
};
const struct body_schema body_event_input_told = {
	.name = "EventInputTold",
	.doc = "`KEY`, `KEY@VERSION`, or an object.",
	.shape = BODY_TEXT_OR_OBJECT,
	.of = "EventInput",
};

#define MAY .optional = true, .nullable = true
static const struct body_field event_fields[] = {
	{"asset", BODY_TEXT, .doc = "Key or alias."},
	{"at", BODY_TIME, .doc = "When it happened; default: now.", MAY},
	{"code_version", BODY_TEXT, .doc = "Version of the code that produced it.", MAY},
	{"data_through", BODY_TIME, .doc = "Up to which moment the data speaks.", MAY},
	{"inputs", BODY_LIST, .doc = "What was read; an empty list says that nothing was.",
         .of = "EventInputTold", MAY},
	{"kind", BODY_CHOICE, .doc = "Default: materialized.", .names = event_kind_names,
         .nnames = LEN(event_kind_names), MAY},
	{"metrics", BODY_NUMBERS, .doc = "Numbers to keep with it.", MAY},
	{"note", BODY_TEXT, .doc = "In words, such as why it failed.", MAY},
	{"partition", BODY_TEXT, .doc = "The partition it is about.", MAY},
	{"reporter", BODY_TEXT, .doc = "Who tells; default: http.", MAY},
	{"rows", BODY_WHOLE, .doc = "Rows that were written.", MAY},
	{"run_id", BODY_TEXT, .doc = "The run it belongs to: what it started, it ends.", MAY},
	{"updated_at", BODY_TIME, .doc = "observed: when the data was last updated.", MAY},
	{"version", BODY_TEXT, .doc = "Data version that was produced or seen.", MAY},
};
const struct body_schema body_event_to_add = {
	.name = "EventToAdd",
	.doc = "Something that happened to an asset.",
	.field = event_fields,
	.nfield = LEN(event_fields),
};
const struct body_schema body_events_to_add = {
	.name = "EventsToAdd",
	.doc = "One event, or up to 1,000.",
	.shape = BODY_ONE_OR_MORE,
	.of = "EventToAdd",
};

static const struct body_field added_fields[] = {
	{"id", BODY_TEXT, .doc = "ULID."},
	{"seq", BODY_WHOLE, .doc = "Order of arrival."},
};
const struct body_schema body_event_added = {
	.name = "EventAdded",
	.doc = "One event that was stored.",
	.field = added_fields,
	.nfield = LEN(added_fields),
};
static const struct body_field all_added_fields[] = {
	{"events", BODY_LIST, .doc = "In the order of the request.", .of = "EventAdded"},
	{"warnings", BODY_LIST, .doc = "What was taken, but is likely to be a mistake.", .of = "Fault"},
};
const struct body_schema body_events_added = {
	.name = "EventsAdded",
	.doc = "What was stored.",
	.field = all_added_fields,
	.nfield = LEN(all_added_fields),
};

static const struct body_field read_fields[] = {
	{"asset", BODY_TEXT, .doc = "Key."},
	{"version", BODY_TEXT, .doc = "Empty: not known."},
};
const struct body_schema body_event_read = {
	.name = "EventRead",
	.doc = "An input of an event.",
	.field = read_fields,
	.nfield = LEN(read_fields),
};
static const struct body_field listed_fields[] = {
	{"id", BODY_TEXT, .doc = "ULID."},
	{"kind", BODY_CHOICE, .doc = "What happened.", .names = event_kind_names,
         .nnames = LEN(event_kind_names)},
	{"asset", BODY_TEXT, .doc = "Key."},
	{"partition", BODY_TEXT, .doc = "Empty: the whole."},
	{"at", BODY_TIME, .doc = "When it happened."},
	{"recorded_at", BODY_TIME, .doc = "When it was told."},
	{"version", BODY_TEXT, .doc = "Empty: not known."},
	{"updated_at", BODY_TIME, .doc = "observed: last update.", .nullable = true},
	{"data_through", BODY_TIME, .doc = "Up to which moment the data speaks.", .nullable = true},
	{"code_version", BODY_TEXT, .doc = "Empty: not known."},
	{"rows", BODY_WHOLE, .doc = "Rows that were written.", .nullable = true},
	{"reporter", BODY_TEXT, .doc = "Who told."},
	{"run_id", BODY_TEXT, .doc = "The run it belongs to."},
	{"note", BODY_TEXT, .doc = "In words."},
	{"inputs", BODY_LIST, .doc = "What was read.", .of = "EventRead"},
	{"metrics", BODY_NUMBERS, .doc = "Numbers that came with it."},
};
const struct body_schema body_event = {
	.name = "Event",
	.doc = "As `weir events list --format json` writes it.",
	.field = listed_fields,
	.nfield = LEN(listed_fields),
};
static const struct body_field page_fields[] = {
	{"events", BODY_LIST, .doc = "Newest first.", .of = "Event"},
	{"next", BODY_TEXT, .doc = "Path of the next page; null: this is the last.", .nullable = true},
};
const struct body_schema body_events = {
	.name = "Events",
	.doc = "A page of events.",
	.field = page_fields,
	.nfield = LEN(page_fields),
};

static const struct body_field metric_told_fields[] = {
	{"asset", BODY_TEXT, .doc = "Key or alias."},
	{"at", BODY_TIME, .doc = "When it was measured; default: now.", MAY},
	{"name", BODY_TEXT, .doc = "Of the metric."},
	{"partition", BODY_TEXT, .doc = "The partition it is about.", MAY},
	{"value", BODY_NUMBER, .doc = "The number."},
	{"version", BODY_TEXT, .doc = "Version of the data it was measured on.", MAY},
};
const struct body_schema body_metric_to_add = {
	.name = "MetricToAdd",
	.doc = "A number that was measured elsewhere.",
	.field = metric_told_fields,
	.nfield = LEN(metric_told_fields),
};
static const struct body_field metric_body_fields[] = {
	{"asset", BODY_TEXT, .doc = "Key."},
	{"partition", BODY_TEXT, .doc = "Empty: the whole."},
	{"name", BODY_TEXT, .doc = "Of the metric."},
	{"value", BODY_NUMBER, .doc = "The number."},
	{"at", BODY_TIME, .doc = "When it was measured."},
};
const struct body_schema body_metric = {
	.name = "Metric",
	.doc = "A number as it was stored.",
	.field = metric_body_fields,
	.nfield = LEN(metric_body_fields),
};
