/* The body of /v1/assets/{key}/past; serve/past_json.c writes it. */
#include "expect/past.h"
#include "serve/schemas.h"

#define NUMBER_DOC " As text where JSON has no such number: Infinity, -Infinity."

static const struct body_field point_fields[] = {
	{"partition", BODY_TEXT, .doc = "Empty for the whole."},
	{"data_version", BODY_TEXT, .doc = "Of the data; empty if that is not known."},
	{"at", BODY_TIME, .doc = "When it was measured."},
	{"value", BODY_ANY, .doc = "The number." NUMBER_DOC},
	{"flagged", BODY_FLAG, .doc = "A check of this number failed or warned then."},
	{"incident", BODY_FLAG, .doc = "A critical incident about something else was open then."},
};
const struct body_schema body_past_point = {
	.name = "PastPoint",
	.doc = "What was measured once.",
	.field = point_fields,
	.nfield = LEN(point_fields),
};

static const struct body_field seen_fields[] = {
	{"partition", BODY_TEXT, .doc = "Empty for the whole."},
	{"data_version", BODY_TEXT, .doc = "Of the data; empty if that is not known."},
	{"value", BODY_TEXT, .doc = "What was observed, as JSON."},
};
const struct body_schema body_past_seen = {
	.name = "PastSeen",
	.doc = "What a check observed once.",
	.field = seen_fields,
	.nfield = LEN(seen_fields),
};

static const struct body_field sketch_fields[] = {
	{"partition", BODY_TEXT, .doc = "Empty for the whole."},
	{"data_version", BODY_TEXT, .doc = "Of the data; empty if that is not known."},
	{"at", BODY_TIME, .doc = "When it was judged."},
	{"distribution", BODY_ANY_OBJECT,
         .doc = "kind: numbers, dates, times or categories; points: values with how many there are of each, or up to each from the one before; "
                "exact; error and shift: how far a summary is off at most; rest: values of other categories."},
};
const struct body_schema body_past_sketch = {
	.name = "PastSketch",
	.doc = "How a column was distributed once.",
	.field = sketch_fields,
	.nfield = LEN(sketch_fields),
};

static const struct body_field answer_fields[] = {
	{"partition", BODY_TEXT, .doc = "Empty for the whole, and for what is of all partitions."},
	{"points", BODY_LIST, .doc = "Of runs and partitions: oldest first.", .of = "PastPoint"},
	{"number", BODY_ANY, .doc = "Of last_good; null where there is none." NUMBER_DOC},
	{"seen", BODY_LIST, .doc = "Of result: the newest, and the newest of other data than that.",
         .of = "PastSeen"},
	{"sketches", BODY_LIST, .doc = "Of sketch and sketches: those that may be meant.",
         .of = "PastSketch"},
};
const struct body_schema body_past_answer = {
	.name = "PastAnswer",
	.doc = "What is known of one partition.",
	.field = answer_fields,
	.nfield = LEN(answer_fields),
};

static const struct body_field error_fields[] = {
	{"code", BODY_TEXT, .doc = "Error code: weir explain CODE tells more."},
	{"message", BODY_TEXT, .doc = "What is wrong."},
	{"hint", BODY_TEXT, .doc = "What to do; may be empty."},
};
const struct body_schema body_past_error = {
	.name = "PastError",
	.doc = "Why there is no answer: whoever asks for it has to end in an error.",
	.field = error_fields,
	.nfield = LEN(error_fields),
};

static const struct body_field record_fields[] = {
	{"kind", BODY_CHOICE,
         .doc = "runs: points of a partition; partitions: the newest point of each; last_good: the number of a check when it "
                "last passed; result: what a check observed; sketch, sketches: how a column was distributed.",
         .names = past_kind_names, .nnames = LEN(past_kind_names) - 1},
	{"name", BODY_TEXT,
         .doc = "Of points the number (`row_count`, `mean:amount`); of last_good the number, of result the expectation, a line break and "
                "the id of the check."},
	{"good", BODY_FLAG, .doc = "Of result: on data that passed."},
	{"error", BODY_OBJECT, .doc = "Why it cannot be told.", .of = "PastError", .nullable = true},
	{"answers", BODY_LIST, .doc = "By partition; one that is not there has no past.", .of = "PastAnswer"},
};
const struct body_schema body_past_record = {
	.name = "PastRecord",
	.doc = "One question of a check.",
	.field = record_fields,
	.nfield = LEN(record_fields),
};

static const struct body_field past_fields[] = {
	{"asset", BODY_TEXT, .doc = "Key of the asset."},
	{"partition", BODY_TEXT, .doc = "It is of this one alone; empty: of all."},
	{"records", BODY_LIST, .doc = "What is asked for.", .of = "PastRecord"},
};
const struct body_schema body_past = {
	.name = "Past",
	.doc = "What the checks of an asset compare with.",
	.field = past_fields,
	.nfield = LEN(past_fields),
};
