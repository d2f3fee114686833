/* The last known state, as a service tells it. */
#ifndef WEIR_CMD_REMOTE_STATUS_H
#define WEIR_CMD_REMOTE_STATUS_H

#include "cmd/remote.h"
#include "run/run.h"

/* A report as of `weir status`; selector: none = all assets.  The service reads them, by its catalog. */
MUST_CHECK bool remote_status(struct remote *r, struct arena *a, const char *const *selector, size_t n,
                              struct report *ret, struct err *err);

#endif
