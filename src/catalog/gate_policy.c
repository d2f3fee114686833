/* Reasons of gates and what they do unless a policy says otherwise. */
#include "catalog/catalog.h"

const char *const reason_names[REASON_COUNT] = {
	[REASON_CHECK_FAILED] = "check_failed",
	[REASON_CHECK_ERROR] = "check_error",
	[REASON_UNCHECKED] = "unchecked",
	[REASON_CHANGED] = "changed",
	[REASON_MISSING] = "missing",
	[REASON_DANGLING] = "dangling",
	[REASON_IN_PROGRESS] = "in_progress",
	[REASON_TAINTED] = "tainted",
	[REASON_LATE] = "late",
	[REASON_STALE] = "stale",
	[REASON_WARNED] = "warned",
	[REASON_NO_CHECKS] = "no_checks",
	[REASON_WAIVED] = "waived",
	[REASON_OVERRIDDEN] = "overridden",
	[REASON_UNDECIDED] = "undecided",
};

const enum gate_effect reason_defaults[REASON_COUNT] = {
	[REASON_CHECK_FAILED] = EFFECT_BLOCK, [REASON_CHECK_ERROR] = EFFECT_BLOCK,
	[REASON_UNCHECKED] = EFFECT_BLOCK,    [REASON_CHANGED] = EFFECT_BLOCK,
	[REASON_MISSING] = EFFECT_BLOCK,      [REASON_DANGLING] = EFFECT_BLOCK,
	[REASON_IN_PROGRESS] = EFFECT_BLOCK,  [REASON_TAINTED] = EFFECT_BLOCK,
	[REASON_LATE] = EFFECT_BLOCK,         [REASON_STALE] = EFFECT_ALLOW,
	[REASON_WARNED] = EFFECT_ALLOW,       [REASON_NO_CHECKS] = EFFECT_ALLOW,
	[REASON_WAIVED] = EFFECT_ALLOW,       [REASON_OVERRIDDEN] = EFFECT_ALLOW,
	[REASON_UNDECIDED] = EFFECT_BLOCK,
};
