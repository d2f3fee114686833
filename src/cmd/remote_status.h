/* The state of assets, as a service tells it. */
#ifndef WEIR_CMD_REMOTE_STATUS_H
#define WEIR_CMD_REMOTE_STATUS_H

#include "cmd/remote.h"
#include "run/run.h"

/*
 * A report as of `weir fresh`, `orphans` or `status` (kind); selector: none = all assets.  The service reads them, by its catalog, and tells
 * what it knows: data is not looked at.
 */
MUST_CHECK bool remote_state(struct remote *r, struct arena *a, const char *kind, const char *const *selector,
                             size_t n, struct report *ret, struct err *err);

#endif
