/* The bodies of /v1/gates and /v1/decisions. */
#include "serve/schemas.h"

static const struct body_field override_fields[] = {
	{"for", BODY_TEXT, .doc = "How long it holds: a duration, like 2h; at most 366d."},
	{"partition", BODY_TEXT, .doc = "Of the gate.", .optional = true, .nullable = true},
	{"reason", BODY_TEXT, .doc = "Why; shown wherever the override is."},
};
const struct body_schema body_override_to_add = {
	.name = "OverrideToAdd",
	.doc = "Lets the versions through that were last seen.",
	.field = override_fields,
	.nfield = LEN(override_fields),
};

static const char *const decision_names[] = {"allow", "block"};
static const char *const mode_names[] = {"enforce", "shadow"};
static const struct body_field decision_fields[] = {
	{"id", BODY_TEXT, .doc = "ULID."},
	{"asset", BODY_TEXT, .doc = "Whose gate."},
	{"partition", BODY_TEXT, .doc = "Of which partition; empty for the whole."},
	{"decision", BODY_CHOICE, .doc = "What held.", .names = decision_names,
         .nnames = LEN(decision_names)},
	{"mode", BODY_CHOICE, .doc = "Shadow mode decides and never blocks.", .names = mode_names,
         .nnames = LEN(mode_names)},
	{"at", BODY_TIME, .doc = "When it was decided."},
	{"last_at", BODY_TIME, .doc = "When it was given last."},
	{"count", BODY_WHOLE, .doc = "How often it was given."},
	{"answer", BODY_OBJECT, .doc = "As it was given.", .of = "Gate"},
};
const struct body_schema body_decision = {
	.name = "Decision",
	.doc = "What a gate said.",
	.field = decision_fields,
	.nfield = LEN(decision_fields),
};

static const struct body_field decisions_fields[] = {
	{"decisions", BODY_LIST, .doc = "Newest first.", .of = "Decision"},
	{"next", BODY_TEXT, .doc = "Address of the next page; null on the last.", .nullable = true},
};
const struct body_schema body_decisions = {
	.name = "Decisions",
	.doc = "A page of decisions.",
	.field = decisions_fields,
	.nfield = LEN(decisions_fields),
};

const struct body_schema body_gate_history = {
	.name = "GateHistory",
	.doc = "As `weir report gates --format json` writes it.",
	.report = "gates",
};
