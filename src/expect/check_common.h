/* What stands beside an expectation, or inside its arguments in Great Expectations' way. */
#ifndef WEIR_EXPECT_CHECK_COMMON_H
#define WEIR_EXPECT_CHECK_COMMON_H

#include "expect/expect.h"

enum common {
	COMMON_NAME,
	COMMON_WHERE,
	COMMON_MOSTLY,
	COMMON_BY,
	COMMON_WARN,
	COMMON_FAIL,
	COMMON_SEVERITY,
	COMMON_BLOCKING,
	COMMON_ENABLED,
	COMMON_OWNER,
	COMMON_DESCRIPTION,
	COMMON_RESULT_FORMAT,
	COMMON_QUARANTINE,
	COMMON_LINT,
	COMMON_ROW_CONDITION,
	COMMON_CONDITION_PARSER,
	COMMON_META,
	COMMON_COUNT
};

struct common_key {
	const char *name;
	bool beside, inside; /* where it may stand */
};
extern const struct common_key commons[COMMON_COUNT];
int common_find(struct sv name); /* -1 if there is none */

/* Reads common[COMMON_COUNT] (NULL = not given) into the check, whose expectation is known.  Every mistake goes to *d. */
void common_read(struct arena *a, const struct node *const *common, struct check *c, struct diags *d);
/* A node as JSON text. */
struct sv node_json(struct arena *a, const struct node *n);

#endif
