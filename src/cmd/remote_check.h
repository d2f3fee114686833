/* Checks that are done here and kept by a service. */
#ifndef WEIR_CMD_REMOTE_CHECK_H
#define WEIR_CMD_REMOTE_CHECK_H

#include "cmd/remote.h"
#include "cmd/workspace.h"

/*
 * Runs what is asked for and sends what was found, with a look at what lies there.  Where that could not be sent the report says so
 * (unsaved); else it counts by the waivers of the service.
 */
MUST_CHECK bool remote_check(struct remote *r, struct opened *w, const struct run_request *request,
                             struct report *ret, struct err *err);
/*
 * Adds freshness, staleness and orphans as the service knows them, unless the results did not get there.  Files that no asset names are
 * those found here, too.  Where it cannot be asked the report says so (unsaved).
 */
void remote_add_state(struct remote *r, struct arena *a, const char *const *selector, size_t n,
                      struct report *report);

#endif
