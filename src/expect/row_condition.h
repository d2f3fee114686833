/* Great Expectations' row conditions in weir's expression language. */
#ifndef WEIR_EXPECT_ROW_CONDITION_H
#define WEIR_EXPECT_ROW_CONDITION_H

#include "catalog/node.h"

/*
 * cond is a text in the language that `parser` names (pandas, spark, great_expectations, weir), or 1.x's object.  False with *err
 * for what cannot be said: `@variables`, methods that weir has not, unknown parsers.
 *
 * Conditions are two-valued, as in pandas: a comparison with null is false, and so its negation true.  Those of Spark are SQL's.
 */
MUST_CHECK bool row_condition_text(struct arena *a, const struct node *cond, const struct node *parser,
                                   struct sv *ret, struct err *err);

#endif
