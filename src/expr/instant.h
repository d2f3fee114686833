/* Times of columns and instants: a date is its midnight, a wall clock is in the zone of its type. */
#ifndef WEIR_EXPR_INSTANT_H
#define WEIR_EXPR_INSTANT_H

#include "expr/value.h"

/* TIME_NONE for what is no time. */
int64_t value_instant(struct type t, struct value v);
/* The greatest value of the type that lies not after an instant; false if the type holds no time. */
MUST_CHECK bool value_at_instant(struct type t, int64_t us, struct value *ret);

#endif
