/* The files in which stands what is kept of the parts of assets' files (scan/kept.h): what they are called, and when they go. */
#ifndef WEIR_RUN_KEPT_FILES_H
#define WEIR_RUN_KEPT_FILES_H

#include "run/run.h"

/* Of an asset: what lies there is of its partitions, and of nothing else. */
const char *run_kept_folder(struct arena *a, const char *folder, const struct asset *asset);
/* Of an asset (NULL = none) and one of its partitions, or NULL = the whole; NULL if nothing is kept. */
const char *run_kept_path(const struct workspace *w, const struct asset *asset, const struct partition *p);
/*
 * Removes those of assets that are not in the catalog, and those that no check used for as long as samples are kept, as they hold values of the data,
 * too.  What was used within a day stays, as other catalogs may have the same state.  Returns how many go, or with dry_run would.
 */
int64_t run_prune_kept(struct workspace *w, const char *folder, bool dry_run);

#endif
