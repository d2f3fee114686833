/* The JSON Schemas of the decisions of gates: one, and their history. */
#include "gate/gate.h"
#include "report/json_schema.h"

static const char *const decision_names[] = {"allow", "block"};
static const char *const mode_names[] = {"enforce", "shadow"};
static const char *const input_check_names[] = {"pass", "warn", "fail", "error", "unchecked", "none"};

static const struct property reason_properties[] = {
	{"upstream", TEXT, .doc = "The input; empty if it is about none."},
	{"partition", TEXT, .doc = "Its partition; empty for the whole."},
	{"kind", CHOICE, NAMES(reason_names), .doc = "What speaks against it."},
	{"check", TEXT, .optional = true, .doc = "The check that is meant."},
	{"message", TEXT, .doc = "Why, in words."},
	{"data_version", TEXT, .doc = "The version that lies there; empty if not known."},
	{"effect", CHOICE, .names = effect_names, .nnames = EFFECT_BLOCK + 1, .doc = "What the reason does."},
	{"partition_count", WHOLE, .optional = true,
         .doc = "Of a reason about several partitions of the input: how many; `partition` is the first."},
	{"partitions", TEXTS, .optional = true, .doc = "The first 20 of these."},
};
static const struct object reason_object = OBJECT_OF(reason_properties);

static const struct property input_properties[] = {
	{"upstream", TEXT, .doc = "The input."},
	{"partition", TEXT, .doc = "Its partition; empty for the whole."},
	{"data_version", TEXT, .doc = "The version that lies there; empty if not known."},
	{"freshness", CHOICE, NAMES(fresh_status_names), .doc = "The input against the clock."},
	{"checks", CHOICE, NAMES(input_check_names),
         .doc = "The worst verdict of its blocking checks on this version."},
	{"elsewhere", FLAG, .optional = true,
         .doc = "The service does not see its data: what was last reported of it counts."},
	{"observed_at", TIME_OR_NULL, .optional = true,
         .doc = "Of what lies elsewhere: when it was last looked at; null: never."},
};
static const struct object input_object = OBJECT_OF(input_properties);

static const struct property decision_properties[] = {
	{"asset", TEXT, .doc = "What is to be made."},
	{"partition", TEXT, .doc = "Its partition; empty for the whole."},
	{"decision", CHOICE, NAMES(decision_names), .doc = "What holds; allow in shadow mode."},
	{"mode", CHOICE, NAMES(mode_names), .doc = "Shadow mode decides and never blocks."},
	{"would_block", FLAG, .doc = "The decision without shadow mode."},
	{"decided_at", TIME, .doc = "By the run's clock."},
	{"catalog", TEXT, .doc = "Hash of the catalog."},
	{"reasons", LIST_OF, .object = &reason_object, .doc = "All that was found, with its effect."},
	{"inputs", LIST_OF, .object = &input_object, .doc = "What was looked at."},
};
const struct object decision_object = OBJECT_OF(decision_properties);

static const struct property gate_tally_properties[] = {
	{"asset", TEXT, .doc = "Whose gate."},
	{"allow", WHOLE, .doc = "Decisions that allowed."},
	{"block", WHOLE, .doc = "Decisions that blocked."},
	{"shadow", WHOLE, .doc = "Of those that allowed: only since the gate is in shadow mode."},
	{"overridden", WHOLE, .doc = "Decisions under an override."},
	{"answers", WHOLE, .doc = "How often it was answered; one decision may be given many times."},
};
static const struct object gate_tally_object = OBJECT_OF(gate_tally_properties);

static const struct property check_tally_properties[] = {
	{"check", TEXT, .doc = "Id of the check. Counted are cases: one gate, one version of one input."},
	{"blocks", WHOLE, .doc = "Its failure or error closed the gate, or would have in shadow mode."},
	{"blocks_false", WHOLE, .doc = "Of these: a later run of the check on the same version passed."},
	{"overridden", WHOLE, .doc = "Somebody let the version through all the same."},
	{"waived", WHOLE, .doc = "The failure was put up with."},
	{"blocks_needless", WHOLE,
         .doc = "Overridden or waived, and the output made next from that version passed all its blocking checks."},
	{"allows_false", WHOLE,
         .doc = "The gate was open on a version, and the check failed on that very version later."},
};
static const struct object check_tally_object = OBJECT_OF(check_tally_properties);

static const struct property gate_history_properties[] = {
	{"weir", TEXT, .doc = "Version of weir."},
	{"since", TIME_OR_NULL, .doc = "Decisions since then; null: all on record."},
	{"until", TIME_OR_NULL, .doc = "Decisions before then; null: to the newest."},
	{"cut", FLAG, .doc = "There are more; the newest 200,000 were read."},
	{"gates", LIST_OF, .object = &gate_tally_object, .doc = "By gate, the most asked first."},
	{"checks", LIST_OF, .object = &check_tally_object, .doc = "By check, most blocks first."},
};
const struct object gate_history_object = OBJECT_OF(gate_history_properties);
