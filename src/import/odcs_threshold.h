/* Inside the importer of data contracts: what a rule says that its number must be. */
#ifndef WEIR_IMPORT_ODCS_THRESHOLD_H
#define WEIR_IMPORT_ODCS_THRESHOLD_H

#include "import/soda.h"

/*
 * The good case of a rule: of its operators and unit, which are looked at; not set if it has none (percent says its unit all the same).
 * inclusive: no doubt that `between` takes its ends.  What cannot be read makes the item refused.
 */
void odcs_threshold(struct import_item *it, const struct node *rule, bool inclusive, struct soda_cond *ret);

#endif
