/*
 * Expressions of Great Expectations' suite parameters, as in {"$PARAMETER": "now() - timedelta(weeks=2)"}.
 *
 * + - * / ^ and parentheses; numbers, PI, E and names of parameters; sin cos tan exp abs trunc round sgn; now(), datetime(…) and
 * timedelta(…) with Python's arguments.  Integers stay integers as in Python, and / is always a division of reals.
 */
#ifndef WEIR_EXPECT_PARAMETER_H
#define WEIR_EXPECT_PARAMETER_H

#include "catalog/node.h"

/*
 * The value of an expression as a scalar node at `at`: a number, or a time as ISO 8601 text (in UTC with a Z where it comes from the
 * clock, else without a zone).  params: a map, or NULL.  *clock: the value depends on now_us.
 */
MUST_CHECK bool parameter_eval(struct arena *a, struct sv text, struct loc at, const struct node *params,
                               int64_t now_us, struct node *ret, bool *clock, struct err *err);

#endif
