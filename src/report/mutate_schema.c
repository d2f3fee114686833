/* The JSON Schema of what `weir mutate` writes; mutate_json.c writes it. */
#include "report/json_schema.h"
#include "report/mutate_report.h"

static const struct property mutated_check_properties[] = {
	{"id", TEXT, .doc = "Id of the check."},
	{"outcome", CHOICE, NAMES(outcome_names),
         .doc = "On the rows as they are; skipped: it was not evaluated."},
	{"asked", FLAG, .doc = "It was asked about the faults: it can be, and does not fail already."},
	{"message", TEXT, .doc = "What it says of the rows as they are, or why it was not asked."},
	{"noticed", WHOLE, .doc = "Faults that it noticed."},
	{"alone", WHOLE, .doc = "Of them, those that no other check noticed."},
};
static const struct object mutated_check_object = OBJECT_OF(mutated_check_properties);

static const struct property noticed_properties[] = {
	{"id", TEXT, .doc = "Id of the check."},
	{"outcome", CHOICE, NAMES(outcome_names), .doc = "On the rows with the fault: worse than without."},
};
static const struct object noticed_object = OBJECT_OF(noticed_properties);

static const struct property mutant_properties[] = {
	{"fault", TEXT, .doc = "Name of the fault, as --fault takes it."},
	{"column", TEXT, .doc = "Where it was planted; empty: in the rows as a whole."},
	{"state", CHOICE, NAMES(mutant_state_names),
         .doc = "no effect: it would change nothing; not planted: the sample does not allow it.  Neither counts."},
	{"rows", WHOLE, .doc = "Rows, or values, that it changed."},
	{"detail", TEXT, .doc = "What it did there in particular, or empty."},
	{"noticed_by", LIST_OF, .object = &noticed_object, .doc = "The checks that noticed it."},
	{"proposal", TEXT, .doc = "YAML of a check that would have, or empty."},
	{"reason", TEXT, .doc = "Why nothing is proposed, or why it was not planted; or empty."},
};
static const struct object mutant_object = OBJECT_OF(mutant_properties);

static const struct property proposed_properties[] = {
	{"check", TEXT, .doc = "YAML of one check."},
	{"faults", WHOLE, .doc = "Unnoticed faults that it would notice."},
};
static const struct object proposed_object = OBJECT_OF(proposed_properties);

static const struct property mutation_properties[] = {
	{"key", TEXT, .doc = "The asset, or what --source named."},
	{"partition", TEXT, .doc = "Its partition; empty for the whole."},
	{"error", OBJECT, .object = &error_object, .optional = true,
         .doc = "Why nothing could be judged; nothing else is there then."},
	{"rows", WHOLE, .optional = true, .doc = "Rows that were taken."},
	{"sampled", FLAG, .optional = true, .doc = "There are more."},
	{"planted", WHOLE, .optional = true, .doc = "Faults that changed something."},
	{"noticed", WHOLE, .optional = true, .doc = "Of them, those that a check noticed."},
	{"noticed_with_proposed", WHOLE, .optional = true,
         .doc = "Those, and what the proposed checks would."},
	{"score", NUMBER, .optional = true, .doc = "noticed / planted in percent; 100 of none."},
	{"checks", LIST_OF, .object = &mutated_check_object, .optional = true, .doc = "One entry a check."},
	{"faults", LIST_OF, .object = &mutant_object, .optional = true,
         .doc = "One entry a fault and column."},
	{"proposed", LIST_OF, .object = &proposed_object, .optional = true,
         .doc = "The checks that are proposed, each once."},
};
static const struct object mutation_object = OBJECT_OF(mutation_properties);

static const struct property mutate_properties[] = {
	{"weir", TEXT, .doc = "Version of weir."},
	{"mutated_at", TIME, .doc = "By the clock, or --now."},
	{"seed", WHOLE, .doc = "As --seed says: the same gives the same faults."},
	{"score", NUMBER, .doc = "Of all of them together, in percent."},
	{"assets", LIST_OF, .object = &mutation_object, .doc = "One entry an asset or partition."},
};
const struct object mutate_object = OBJECT_OF(mutate_properties);
