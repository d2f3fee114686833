/*
 * Whether failing rows may be written to a place, now that its name is known to the last word: links among its folders may lead to data of an asset,
 * or to where the rows of another one were just written.  What is written there replaces what was.
 */
#ifndef WEIR_RUN_QUARANTINE_PLACES_H
#define WEIR_RUN_QUARANTINE_PLACES_H

#include "run/run.h"

/* owner: whose rows they are; nobody else may take the place in this run. */
MUST_CHECK bool quarantine_place_take(struct workspace *w, struct sv owner, struct sv path, struct sv table,
                                      struct err *err);
/* Is it none of the files, or the table, that the rows are read from? */
MUST_CHECK bool quarantine_place_apart(const struct dataset *d, const char *path, struct sv table,
                                       struct err *err);

#endif
