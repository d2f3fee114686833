/* Conditions in Spark's SQL, as our expressions. */
#ifndef WEIR_IMPORT_SPARK_H
#define WEIR_IMPORT_SPARK_H

#include "import/import.h"

/* False, and why, if it says what no expression of ours does. */
MUST_CHECK bool spark_expr(struct arena *a, struct sv sql, struct sv *ret, struct sv *why);
/* The same for a filter: what it is goes to where of the item, and a refusal if it is none. */
void spark_where(struct import_item *it, struct sv sql);

#endif
