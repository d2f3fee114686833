/* What the catalog's `retention:` asks for. */
#ifndef WEIR_RUN_RETENTION_H
#define WEIR_RUN_RETENTION_H

#include "run/run.h"
#include "store/prune.h"

/* As it is now, for store_prune.  Checks must have their identity (run_identify, or a report on them). */
void run_retention(struct workspace *w, struct prune *ret);

#endif
