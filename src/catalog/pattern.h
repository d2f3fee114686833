/* Texts with placeholders for partitions: `{date:%Y/%m}/{region}.csv`, `dt = {date}`. */
#ifndef WEIR_CATALOG_PATTERN_H
#define WEIR_CATALOG_PATTERN_H

#include "catalog/catalog.h"

/* A piece of a pattern: literal text, or a placeholder. */
struct piece {
	bool is_dim;
	struct sv text; /* literal, or the format behind the colon; empty = the key's own form */
	struct sv name; /* of a placeholder */
	size_t offset;  /* of the piece in the pattern */
};
/* Cuts the next piece off *rest; false at the end.  A brace without its partner is literal. */
bool pattern_next(struct sv pattern, struct sv *rest, struct piece *ret);

/*
 * Checks placeholders against the asset's dimensions: known names, known directives, and that all of a dimension's placeholders
 * together tell its windows apart.  Sets used[i] for each dimension that occurs.
 */
MUST_CHECK bool pattern_check(struct arena *a, const struct asset *asset, struct sv pattern, struct loc at,
                              bool *used, struct diags *d);
const struct partition_dim *pattern_dim(const struct asset *asset,
                                        struct sv name); /* NULL if there is none */

#endif
