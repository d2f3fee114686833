/* Reasons of gates and what they do unless a policy says otherwise. */
#include "catalog/catalog.h"

const char *const effect_names[] = {
	[EFFECT_ALLOW] = "allow", [EFFECT_WARN] = "warn", [EFFECT_BLOCK] = "block", NULL};

const char *const reason_names[REASON_COUNT] = {
#define REASON(kind, name, effect, when) [REASON_##kind] = name,
#include "catalog/reasons.def"
#undef REASON
};

const enum gate_effect reason_defaults[REASON_COUNT] = {
#define REASON(kind, name, effect, when) [REASON_##kind] = EFFECT_##effect,
#include "catalog/reasons.def"
#undef REASON
};

const char *const reason_docs[REASON_COUNT] = {
#define REASON(kind, name, effect, when) [REASON_##kind] = when,
#include "catalog/reasons.def"
#undef REASON
};
