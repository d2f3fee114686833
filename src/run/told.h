/*
 * What somebody tells of an asset (on the command line, over HTTP) becomes an event: the same rules for all ways in.
 */
#ifndef WEIR_RUN_TOLD_H
#define WEIR_RUN_TOLD_H

#include "catalog/catalog.h"
#include "store/store.h"

/* The asset of a key or alias; ERR_USAGE with a suggestion if there is none. */
const struct asset *told_asset(struct arena *a, const struct catalog *c, struct sv key, struct err *err);

/*
 * `KEY` or `KEY@VERSION` as an input, under the asset's key.  Aliases and versions may hold an @ themselves: the longest front that is an
 * asset counts.  NULL if the catalog has no such asset: then the input is what stands before the last @.
 */
const struct asset *told_input(const struct catalog *c, struct sv text, struct event_input *ret);

/* An event of this asset with nothing told yet: at_us is now. */
struct event told_event(const struct asset *asset, enum event_kind kind, int64_t now_us);

/* The partition under its usual key; empty stays empty.  ERR_USAGE. */
MUST_CHECK bool told_partition(struct arena *a, const struct asset *asset, struct sv text, struct sv *ret,
                               struct err *err);

/* What follows from the rest, once all is told. */
void told_finish(struct event *e);

#endif
